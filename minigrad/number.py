"""What a number must offer for a row of the table to be read with it; a float, an array, and nothing."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, Self

from minigrad.leaving import TENSOR, warn_of_leaving


class Number(Protocol):
    """A kind of number that is no float and no array: `Value` and `Formula` are two, another is one's own.

    Arithmetic is with its own kind and with floats, on either side. What is asked of each member:

        + − × ÷ ^ and the sign       numbers of the kind; `-x`, `x + 1.0`, `1.0 + x`, …
        < ≤ > ≥                      a condition: True or False, or, where that is not known or differs from
                                     entry to entry, anything with `choose(yes, no)`, which `rules.where`
                                     calls; yes and no are of the kind, or floats
        record_operation             the number that a function of the table, such as `exp(x)`, gives; called
                                     with the operation, whose `value` is of floats and whose
                                     `local_derivatives(y, x1, …)` is its row, and with all the operands,
                                     floats among them

    Nothing else is asked: a row has no `==`, no `float(x)` and no `if`. Floats and arrays need no
    `record_operation`: functions of them are those of `math`, and of the array's namespace.
    """

    # fmt: off
    def __add__(self, other: Any, /) -> Self: ...
    def __radd__(self, other: Any, /) -> Self: ...
    def __sub__(self, other: Any, /) -> Self: ...
    def __rsub__(self, other: Any, /) -> Self: ...
    def __mul__(self, other: Any, /) -> Self: ...
    def __rmul__(self, other: Any, /) -> Self: ...
    def __truediv__(self, other: Any, /) -> Self: ...
    def __rtruediv__(self, other: Any, /) -> Self: ...
    def __pow__(self, other: Any, /) -> Self: ...
    def __rpow__(self, other: Any, /) -> Self: ...
    def __neg__(self) -> Self: ...
    def __lt__(self, other: Any, /) -> Any: ...
    def __le__(self, other: Any, /) -> Any: ...
    def __gt__(self, other: Any, /) -> Any: ...
    def __ge__(self, other: Any, /) -> Any: ...
    # fmt: on

    def record_operation(self, operation: Any, operands: Sequence[Any], /) -> Self:
        """The operation, of type `Operation`, on operands of which this is the first that is no float."""
        ...


class Nothing(float):
    """The derivative by an operand that is not selected: 0.0, but times inf and nan it is 0.0 as well.

    A kind of float, so that no loop over edges has to ask for it.

    >>> float("inf") * NOTHING, float("nan") * NOTHING, NOTHING + 1.0
    (0.0, 0.0, 1.0)
    """

    __slots__ = ()

    def __mul__(self, other: object) -> float:
        return 0.0

    __rmul__ = __mul__

    def __reduce__(self) -> str:
        return "NOTHING"  # there is one: it may be asked for by `is`, in a copy too


NOTHING = Nothing(0.0)


def is_array(operand: Any) -> bool:
    """True for an array of the array API standard, as NumPy's are; asking needs no import of NumPy.

    An array without axes is a number, unless it is NumPy's wrapping of an object, a Value perhaps.
    """
    return hasattr(operand, "__array_namespace__") and bool(operand.shape != () or operand.dtype == "O")


def as_list(given: Any, name: str, of: str) -> Sequence[Any]:
    """What is given one after another, as a list; anything else is a TypeError that says what to give."""
    if isinstance(given, list | tuple):
        return given
    if isinstance(given, Iterable):
        return list(given)
    raise TypeError(f"{name}: give a list of {of}, not {type(given).__name__} {given!r:.40}")


def as_float(operand: Any, name: str) -> float:
    """A real number as a float; anything else is a TypeError that names the operation and the operand."""
    # True and False are 1 and 0, so that `v * (x > 0)` masks; the abstract class takes longer to ask.
    if isinstance(operand, (int, float, numbers.Real)):
        try:
            return float(operand)
        except OverflowError:
            raise OverflowError(f"{name}: an operand is too large for a float") from None
    if getattr(operand, "shape", None) == () and not isinstance(operand, numbers.Complex):
        if getattr(operand, "requires_grad", False):
            warn_of_leaving(TENSOR)
        return as_float(operand.item(), name)  # a scalar of NumPy and its like
    remedy = "use a real number or a Value"
    if is_array(operand):
        remedy = "apply it to the entries of the array, one Value each"
    elif isinstance(operand, (list, tuple)):
        remedy = "apply it to the entries, one by one"
    elif isinstance(operand, str):
        remedy = "convert the text with float()"
    text = repr(operand).replace("\n", " ")
    shown = text if len(text) <= 40 else text[:39] + "…"
    raise TypeError(f"{name}: an operand cannot be {type(operand).__name__} {shown}; {remedy}")
