"""minigrad: a scalar autograd engine to look inside.

>>> from minigrad import Value
>>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
>>> c = a * b + a
>>> c.backward()
>>> a.grad, b.grad
(-2.0, 2.0)
"""

from minigrad.debugger import debug
from minigrad.graph import count_paths, edges, topological_order
from minigrad.journal import backward_steps
from minigrad.operation import Operation, operation
from minigrad.rules import (
    absolute,
    acos,
    asin,
    atan,
    cos,
    cosh,
    elu,
    erf,
    exp,
    expm1,
    gelu,
    leaky_relu,
    log,
    log1p,
    maximum,
    minimum,
    relu,
    sigmoid,
    silu,
    sin,
    sinh,
    softplus,
    sqrt,
    tan,
    tanh,
)
from minigrad.value import Value, dot, logsumexp, total

__version__ = "0.1.0"

__all__ = [
    "Operation",
    "Value",
    "absolute",
    "acos",
    "asin",
    "atan",
    "backward_steps",
    "cos",
    "cosh",
    "count_paths",
    "debug",
    "dot",
    "edges",
    "elu",
    "erf",
    "exp",
    "expm1",
    "gelu",
    "leaky_relu",
    "log",
    "log1p",
    "logsumexp",
    "maximum",
    "minimum",
    "operation",
    "relu",
    "sigmoid",
    "silu",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "tan",
    "tanh",
    "topological_order",
    "total",
]
