"""minigrad: a scalar autograd engine to look inside.

>>> from minigrad import Value
>>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
>>> c = a * b + a
>>> c.backward()
>>> a.grad, b.grad
(-2.0, 2.0)
"""

# By topic, several names a line.
# isort: off
# fmt: off
from minigrad.operations import Operation, operation
from minigrad.rules import absolute, clip, maximum, minimum, ceil, floor, rint, sign, trunc
from minigrad.rules import exp, expm1, log, log1p, log2, log10, logaddexp, sqrt
from minigrad.rules import acos, asin, atan, atan2, cos, erf, erfc, hypot, sin, tan
from minigrad.rules import acosh, asinh, atanh, cosh, sinh, tanh
from minigrad.rules import elu, gelu, leaky_relu, relu, sigmoid, silu, softplus
from minigrad.value import Value
from minigrad.leaving import LeftGraphWarning
from minigrad.sums import dot, logsumexp, norm, total, where
from minigrad.graph import count_paths, edges, topological_order
from minigrad.calculus import grad, hessian, jacobian, no_grad
from minigrad.compiler import compile
from minigrad.journal import backward_steps
from minigrad.debugger import AnomalyError, check_gradients, debug, detect_anomaly

__version__ = "0.2.0"

__all__ = [
    "Operation", "operation",
    "absolute", "clip", "maximum", "minimum", "ceil", "floor", "rint", "sign", "trunc",
    "exp", "expm1", "log", "log1p", "log2", "log10", "logaddexp", "sqrt",
    "acos", "asin", "atan", "atan2", "cos", "erf", "erfc", "hypot", "sin", "tan",
    "acosh", "asinh", "atanh", "cosh", "sinh", "tanh",
    "elu", "gelu", "leaky_relu", "relu", "sigmoid", "silu", "softplus",
    "Value", "LeftGraphWarning", "no_grad", "dot", "logsumexp", "norm", "total", "where",
    "count_paths", "edges", "topological_order", "grad", "hessian", "jacobian",
    "AnomalyError", "backward_steps", "check_gradients", "compile", "debug", "detect_anomaly",
]
