"""The table of operations: one row each, its value on floats and its local derivatives.

Glossary: y is the result of an operation, x, x1, x2, … its operands. A row gives (∂y/∂x1, ∂y/∂x2, …), written
once in plain arithmetic, and is read five ways: with floats when an expression is evaluated, with arrays when
a compiled program runs, with Values for derivatives of derivatives, with symbols for formulas, as JavaScript
in a page; and with any other kind of number that offers what `minigrad.number.Number` lists.

Where a derivative does not exist the row states the one it uses: 0 at the kink of relu and of |x|, ½ to
either side of a tie in minimum and maximum, 0 at the jumps of sign, floor, ceil, trunc and rint, and at the
length 0 of hypot, norm and atan2. Where it is unbounded (√x at 0) it is inf.

A local derivative is right to 1e-12 of itself, or to what a change of 1e-12 in an operand makes of it. Not
so in three rows: those of sigmoid and tanh cancel where y is near 1, and that of logsumexp has the rounding
of a large y; each says so. `tests/test_precision.py` has these, and where second derivatives cancel.

An operand that is not selected, as x by relu(x) where x ≤ 0, has the derivative NOTHING: a 0 that is 0 also
times inf and nan, since the result does not depend on it at all. Any other 0 is a float, and 0 · inf is nan.
"""

import math
import operator
from functools import reduce
from typing import Any

from minigrad.choices import divisor, lowering, raised, ratio, where_zero
from minigrad.choices import where as where  # which rows of one's own are written with, too
from minigrad.number import NOTHING, Number
from minigrad.operations import LocalDerivatives, Operation, operation

# --- rows of a single formula: arithmetic; exponentials and roots; trigonometric and hyperbolic functions --

_FINITE, _UNIT = "the operand must be finite", "the operand must lie in -1 … 1"
_POSITIVE, _DIVISOR = "the operand must be > 0", "the divisor must not be 0"

# fmt: off
add = Operation("add", operator.add, lambda y, x1, x2: (1.0, 1.0), symbol="+")
subtract = Operation("subtract", operator.sub, lambda y, x1, x2: (1.0, -1.0), symbol="−", latex="-")
multiply = Operation("multiply", operator.mul, lambda y, x1, x2: (x2, x1), symbol="×", latex=r"\cdot")
divide = Operation("divide", operator.truediv, lambda y, x1, x2: (1.0 / x2, -y / x2), symbol="÷", latex="/",
                   domain=_DIVISOR)
negative = Operation("negative", operator.neg, lambda y, x: (-1.0,), symbol="−", latex="-")

exp = Operation("exp", math.exp, lambda y, x: (y,))
expm1 = Operation("expm1", math.expm1, lambda y, x: (exp(x),))
log = Operation("log", math.log, lambda y, x: (1.0 / x,), domain=_POSITIVE)
log2 = Operation("log2", math.log2, lambda y, x: (1.0 / math.log(2.0) / x,), latex=r"\log_2",
                 domain=_POSITIVE)
log10 = Operation("log10", math.log10, lambda y, x: (1.0 / math.log(10.0) / x,), latex=r"\log_{10}",
                  domain=_POSITIVE)
log1p = Operation("log1p", math.log1p, lambda y, x: (1.0 / (1.0 + x),), domain="the operand must be > -1")
sqrt = Operation("sqrt", math.sqrt, lambda y, x: (ratio(0.5, y),), symbol="√",
                 domain="the operand must be ≥ 0")

sin = Operation("sin", math.sin, lambda y, x: (cos(x),), domain=_FINITE)
cos: Operation = Operation("cos", math.cos, lambda y, x: (-sin(x),), domain=_FINITE)
tan = Operation("tan", math.tan, lambda y, x: (1.0 + y * y,), domain=_FINITE)
asin = Operation("asin", math.asin, lambda y, x: (ratio(1.0, sqrt((1.0 - x) * (1.0 + x))),), domain=_UNIT)
acos = Operation("acos", math.acos, lambda y, x: (ratio(-1.0, sqrt((1.0 - x) * (1.0 + x))),), domain=_UNIT)
atan = Operation("atan", math.atan, lambda y, x: (1.0 / (1.0 + x * x),))
sinh = Operation("sinh", math.sinh, lambda y, x: (cosh(x),))
cosh: Operation = Operation("cosh", math.cosh, lambda y, x: (sinh(x),))
tanh = Operation("tanh", math.tanh, lambda y, x: (1.0 - y * y,))  # as the documents have it, see sigmoid
hypot: Operation = Operation("hypot", math.hypot, lambda y, x1, x2: (x1 / divisor(y), x2 / divisor(y)))
asinh = Operation("asinh", math.asinh, lambda y, x: (1.0 / hypot(1.0, x),))
acosh = Operation("acosh", math.acosh, lambda y, x: (ratio(1.0, sqrt(x - 1.0) * sqrt(x + 1.0)),),
                  domain="the operand must be ≥ 1")
atanh = Operation("atanh", math.atanh, lambda y, x: (1.0 / ((1.0 - x) * (1.0 + x)),),
                  domain="the operand must lie between -1 and 1")
erf = Operation("erf", math.erf, lambda y, x: (2.0 / math.sqrt(math.pi) * exp(-x * x),))
erfc = Operation("erfc", math.erfc, lambda y, x: (-2.0 / math.sqrt(math.pi) * exp(-x * x),))
# fmt: on


# --- angles, powers, and what has a kink -----------------------------------------------------------------


@operation(math.atan2)
def atan2(y: Number, x1: Number, x2: Number) -> LocalDerivatives:
    """y = the angle of the point (x2, x1), tan y = x1 / x2; the derivatives are taken as 0 at (0, 0)"""
    length = divisor(hypot(x1, x2))
    return x2 / length / length, -x1 / length / length


@operation(math.pow, symbol="^", domain="a base < 0 needs an integer exponent, a base of 0 an exponent ≥ 0")
def power(y: Number, x1: Number, x2: Number) -> LocalDerivatives:
    """y = x1 ^ x2. ∂y/∂x2 is y log x1; 0 at the base 0; nan for x1 < 0, of which no nearby power is real."""
    lowered = x2 - lowering(x1, x2)
    return x2 * raised(x1, lowered), where(x1 < 0, math.nan, y * log(where(x1 > 0, x1, 1.0)))


@operation(math.fabs, symbol="abs")
def absolute(y: Number, x: Number) -> LocalDerivatives:
    """y = |x|; the derivative is taken as 0 at 0"""
    return (where(x > 0, 1.0, where(x < 0, -1.0, 0.0)),)


@operation(lambda x1, x2: x1 if x1 < x2 or x1 != x1 else x2, symbol="min")
def minimum(y: Number, x1: Number, x2: Number) -> LocalDerivatives:
    """y = min(x1, x2); at a tie ½ each"""
    first = where(x1 > x2, NOTHING, where(x1 < x2, 1.0, 0.5))
    second = where(x1 < x2, NOTHING, where(x1 > x2, 1.0, 0.5))
    return first, second


@operation(lambda x1, x2: x1 if x1 > x2 or x1 != x1 else x2, symbol="max")
def maximum(y: Number, x1: Number, x2: Number) -> LocalDerivatives:
    """y = max(x1, x2); at a tie ½ each"""
    first = where(x1 < x2, NOTHING, where(x1 > x2, 1.0, 0.5))
    second = where(x1 > x2, NOTHING, where(x1 < x2, 1.0, 0.5))
    return first, second


@operation(lambda x, low, high: minimum.value(maximum.value(x, low), high))
def clip(y: Number, x: Number, low: Number, high: Number) -> LocalDerivatives:
    """y = min(max(x, low), high); the derivative by x is 1 from low to high, both included, else 0"""
    is_inside = where(x >= low, where(x <= high, 1.0, NOTHING), NOTHING)
    is_low = where(x < low, where(low <= high, 1.0, NOTHING), NOTHING)
    is_high = where(low > high, 1.0, where(x > high, 1.0, NOTHING))
    return is_inside, is_low, is_high


@operation(
    lambda condition, yes, no: yes if condition else no,
    symbol="where",
    latex=r"\operatorname{where}",
    array_value=lambda xp, condition, yes, no: xp.where(condition != 0, yes, no),
)
def select(y: Number, condition: Number, yes: Number, no: Number) -> LocalDerivatives:
    """y = yes where the condition is not 0, else no; the derivative by the condition is 0"""
    return NOTHING, where_zero(condition, NOTHING, 1.0), where_zero(condition, 1.0, NOTHING)


# --- whole numbers: steps, flat between their jumps ------------------------------------------------------


def _whole(function: Any) -> Any:
    """A function that gives an int, as one of floats; inf and nan stay, and a 0 has the sign of x."""
    return lambda x: math.copysign(function(x), x) if math.isfinite(x) else x


# fmt: off
sign = Operation("sign", lambda x: x if x != x else float((x > 0) - (x < 0)), lambda y, x: (NOTHING,))
floor = Operation("floor", _whole(math.floor), lambda y, x: (NOTHING,))
ceil = Operation("ceil", _whole(math.ceil), lambda y, x: (NOTHING,))
trunc = Operation("trunc", _whole(math.trunc), lambda y, x: (NOTHING,))
rint = Operation("rint", _whole(round), lambda y, x: (NOTHING,))  # halves to the even number, as Python does
floor_divide = Operation("floor_divide", operator.floordiv, lambda y, x1, x2: (NOTHING, NOTHING),
                         symbol="div", domain=_DIVISOR)
# fmt: on


@operation(operator.mod, symbol="mod", domain=_DIVISOR)
def remainder(y: Number, x1: Number, x2: Number) -> LocalDerivatives:
    """y = x1 − x2 ⌊x1 / x2⌋, which has the sign of x2, as in Python; ∂y/∂x2 = −⌊x1 / x2⌋"""
    quotient = floor_divide(x1, x2)
    return 1.0, where_zero(quotient, NOTHING, -quotient)


# --- activations -----------------------------------------------------------------------------------------


def _sigmoid(x: float) -> float:
    small = math.exp(-abs(x))  # for a large negative x, exp(-x) would overflow
    return (1.0 if x >= 0 else small) / (1.0 + small)


def _sigmoid_array(xp: Any, x: Any) -> Any:
    small = xp.exp(-xp.abs(x))
    return xp.where(x >= 0, 1.0, small) / (1.0 + small)


@operation(_sigmoid, symbol="σ", latex=r"\sigma", array_value=_sigmoid_array)
def sigmoid(y: Number, x: Number) -> LocalDerivatives:
    """y = σ(x) = 1 / (1 + e⁻ˣ), σ′ = σ (1 − σ), as the documents write it

    1 − σ is right to 1e-16, not to 1e-16 of itself: from x = 9 on σ′ has fewer than 12 digits, from 37 on
    it is 0, as in PyTorch. For a logarithm write −softplus(−x), which is log σ(x) and keeps its digits.
    """
    return (y * (1.0 - y),)


@operation(
    lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))), array_value=lambda xp, x: xp.logaddexp(x, 0.0)
)
def softplus(y: Number, x: Number) -> LocalDerivatives:
    """y = log (1 + eˣ), whose derivative is σ(x)"""
    return (sigmoid(x),)


@operation(lambda x: 0.0 if x <= 0 else x, array_value=lambda xp, x: xp.maximum(x, 0.0))
def relu(y: Number, x: Number) -> LocalDerivatives:
    """y = max(x, 0); the derivative is taken as 0 at 0; nan stays nan"""
    return (where(x > 0, 1.0, NOTHING),)


@operation(
    lambda x, slope: x if x > 0 else slope * x, array_value=lambda xp, x, slope: xp.where(x > 0, x, slope * x)
)
def leaky_relu(y: Number, x: Number, slope: Number | float = 0.01) -> LocalDerivatives:
    """y = x for x > 0, else slope · x; the derivative at 0 is taken as the slope"""
    return where(x > 0, 1.0, slope), where(x > 0, NOTHING, x)


@operation(
    lambda x, scale: x if x > 0 else scale * math.expm1(x),
    array_value=lambda xp, x, scale: xp.where(x > 0, x, scale * xp.expm1(xp.minimum(x, 0.0))),
)
def elu(y: Number, x: Number, scale: Number | float = 1.0) -> LocalDerivatives:
    """y = x for x > 0, else scale · (eˣ − 1); the derivative at 0 is the scale (Clevert et al., 2015)"""
    below = where(x > 0, 0.0, x)
    return where(x > 0, 1.0, scale * exp(below)), where(x > 0, NOTHING, expm1(below))


@operation(lambda x: 0.0 if x == -math.inf else x * 0.5 * math.erfc(-x / math.sqrt(2.0)))
def gelu(y: Number, x: Number) -> LocalDerivatives:
    """y = x Φ(x), Φ the normal distribution: y′ = Φ(x) + x φ(x) (Hendrycks and Gimpel, 2016)"""
    distribution = 0.5 * erfc(-x / math.sqrt(2.0))  # 1 + erf cancels for x < 0
    density = exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
    return (distribution + x * density,)


@operation(
    lambda x: 0.0 if x == -math.inf else x * _sigmoid(x),
    array_value=lambda xp, x: xp.where(x == -xp.inf, 0.0, x * _sigmoid_array(xp, x)),
)
def silu(y: Number, x: Number) -> LocalDerivatives:
    """y = x σ(x), y′ = σ(x) + y (1 − σ(x)) (Hendrycks and Gimpel, 2016)"""
    gate = sigmoid(x)
    return (gate + y * (1.0 - gate),)


# --- operations on any number of operands ----------------------------------------------------------------


def _sum(*terms: Any) -> Any:
    return reduce(operator.add, terms, 0.0)  # `sum` rounds otherwise from Python 3.12 on


@operation(_sum, symbol="Σ", latex=r"\sum", array_value=lambda xp, *terms: _sum(*terms))
def total(y: Number, *terms: Number) -> LocalDerivatives:
    """y = x1 + x2 + …"""
    return (1.0,) * len(terms)


def _dot(*operands: Any) -> Any:
    count = len(operands) // 2
    products = map(operator.mul, operands, operands[count : 2 * count])
    return _sum(*products, *operands[2 * count :])


@operation(_dot, symbol="Σwx", latex=r"\sum w x", array_value=lambda xp, *operands: _dot(*operands))
def dot(y: Number, *operands: Number) -> LocalDerivatives:
    """z = Σ wₖ xₖ + b of (w1, w2, …, x1, x2, …, b), b optional: ∂z/∂wₖ = xₖ, ∂z/∂xₖ = wₖ, ∂z/∂b = 1"""
    count = len(operands) // 2
    weights, inputs = operands[:count], operands[count : 2 * count]
    return (*inputs, *weights, 1.0) if len(operands) % 2 else (*inputs, *weights)


@operation(math.hypot, array_value=lambda xp, *terms: reduce(xp.hypot, terms, 0.0))
def norm(y: Number, *terms: Number) -> LocalDerivatives:
    """y = √(x1² + x2² + …), at which no square overflows; the derivatives are taken as 0 at the length 0"""
    return tuple(term / divisor(y) for term in terms)


def _logsumexp(*terms: float) -> float:
    if any(map(math.isnan, terms)):  # which have no order to be sorted by
        return math.nan
    *others, largest = sorted(terms)
    if math.isinf(largest):
        return largest
    return largest + math.log1p(_sum(*(math.exp(term - largest) for term in others)))


@operation(_logsumexp, array_value=lambda xp, *terms: reduce(xp.logaddexp, terms))
def logsumexp(y: Number, *terms: Number) -> LocalDerivatives:
    """y = log (eˣ¹ + eˣ² + …); the local derivatives are the softmax of the operands, to 1e-16 · |y|"""
    return tuple(exp(term - y) for term in terms)


logaddexp = Operation("logaddexp", _logsumexp, lambda y, x1, x2: (sigmoid(x1 - x2), sigmoid(x2 - x1)))


# A number that stands in an expression: a leaf that nobody trains.
constant = Operation("constant", lambda: math.nan, lambda y: ())
