"""What rows are written with where a formula alone would not do: a choice, and a derivative that is infinite.

Each takes any kind of number. An `if` would not: of symbols, and of arrays, it cannot be asked.
"""

import math
from typing import Any

from minigrad.number import Number, is_array


def where(condition: Any, yes: Number | float, no: Number | float) -> Any:
    """`yes` where the condition holds and `no` elsewhere, for a condition on any kind of number."""
    if isinstance(condition, bool) or (hasattr(condition, "dtype") and not is_array(condition)):
        return yes if condition else no  # of floats, or of scalars of NumPy
    if is_array(condition):
        return condition.__array_namespace__().where(condition, yes, no)
    return condition.choose(yes, no)


def where_zero(x: Number, yes: Number | float, no: Number | float) -> Any:
    """`yes` where x is 0, and `no` elsewhere, at nan too."""
    return where(x >= 0, where(x <= 0, yes, no), no)


def ratio(numerator: float, denominator: Any) -> Any:
    """numerator / denominator, unbounded at a denominator of 0: a derivative may be infinite."""
    if type(denominator) is float and denominator == 0:
        return math.copysign(math.inf, numerator)
    return numerator / (denominator + 0.0 if is_array(denominator) else denominator)  # −0 counts as 0


def raised(base: Any, exponent: Any) -> Any:
    """base ^ exponent, unbounded where floats overflow or 0 is raised to a negative exponent."""
    if type(base) is not float or type(exponent) is not float:
        return base**exponent
    try:
        return math.pow(base, exponent)
    except (ValueError, OverflowError):
        return math.copysign(math.inf, base) if exponent % 2 == 1 else math.inf


def lowering(base: Any, exponent: Any) -> Any:
    """By how much a derivative lowers an exponent: 1, but at the exponent 0 it may as well be 0.

    x⁰ is constant, and 0⁰⁻¹ no number. A derivative that is differentiated again needs the 1, unless the base
    is 0 too, or base⁻¹ no float.
    """
    if type(base) is float and type(exponent) is float:
        return 1.0 if exponent else 0.0
    at_zero = where(base > 1e-308, 1.0, where(base < -1e-308, 1.0, 0.0))
    return where(exponent > 0, 1.0, where(exponent < 0, 1.0, at_zero))


def divisor(length: Number) -> Any:
    """A length to divide by: ∞ for 0, which has no direction; by ∞ quotients are 0, and their derivatives."""
    return where(length <= 0, math.inf, length)
