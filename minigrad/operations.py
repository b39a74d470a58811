"""What an operation is: a value, and its local derivatives, for any kind of number.

After this file you can add an operation of your own with one row:

>>> from minigrad import Value, operation
>>> @operation(value=lambda x: x * x * x, symbol="cube")
... def cube(y, x):
...     return (3 * x * x,)
>>> x = Value(2.0)
>>> cube(x).backward()
>>> x.grad
12.0

Glossary
    y           the result of an operation, y = f(x1, x2, …)
    x, x1, x2   its operands
    ∂y/∂x       a *local derivative*: of a result by one of its operands, with no factor from further
                downstream in it
"""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from minigrad.value import Value

# A float, an array, a Value or a symbol: the kinds of number that a row is read with.
Number = Any
Row = Callable[..., tuple[Number, ...]]


class Operation:
    """A primitive operation y = f(x1, x2, …), applied by calling it.

    Attributes:
        name: what errors call it, such as "sigmoid".
        symbol: what pictures call it, such as "σ" or "+".
        latex: the same in LaTeX, such as r"\\sigma".
        value: floats in, float out; outside the domain it raises as Python's `math` does.
        local_derivatives: (y, x1, x2, …) → (∂y/∂x1, ∂y/∂x2, …), in plain arithmetic.
        array_value: (xp, x1, x2, …) → array, where xp is the arrays' namespace; left out, it is `value`,
            entry by entry; for a row of the table the function of its name there, such as NumPy's `tanh`.
        domain: what the operands must satisfy, in words.
        arity: the number of operands, None for any number of them.
    """

    def __init__(
        self,
        name: str,
        value: Callable[..., float],
        local_derivatives: Row,
        *,
        symbol: str = "",
        latex: str = "",
        array_value: Callable[..., Any] | None = None,
        domain: str = "",
    ) -> None:
        self.name = name
        self.__module__ = local_derivatives.__module__
        self.__doc__ = local_derivatives.__doc__
        self.local_derivatives = local_derivatives
        self.value = value
        self.symbol = symbol or self.name
        self.latex = latex or rf"\operatorname{{{self.name}}}"
        self.array_value = array_value
        self.domain = domain
        self.arity, self.default_operands = _read_signature(local_derivatives)

    @overload
    def __call__(self, *operands: float) -> float: ...  # type: ignore[overload-overlap]  # one Value is enough
    @overload
    def __call__(self, *operands: Value | float) -> Value: ...
    @overload
    def __call__(self, *operands: Number) -> Number: ...
    def __call__(self, *operands: Number) -> Number:
        """Floats give a float, arrays an array, and with a Value or a symbol among them a node."""
        operands = self.complete(operands)
        for operand in operands:
            if hasattr(operand, "record_operation"):
                return operand.record_operation(self, operands)
        for operand in operands:
            if is_array(operand):
                return self.evaluate_arrays(operand.__array_namespace__(), operands)
        return self.evaluate(*(as_float(operand, self) for operand in operands))

    def complete(self, operands: tuple[Number, ...]) -> tuple[Number, ...]:
        """The operands, with those that have a default filled in; TypeError for a wrong number of them."""
        if self.arity is None or self.arity == len(operands):
            return operands
        missing = self.arity - len(operands)
        if missing < 0 or missing > len(self.default_operands):
            raise TypeError(f"{self.name} takes {self.arity} operand(s), not {len(operands)}")
        return operands + self.default_operands[len(self.default_operands) - missing :]

    def evaluate(self, *operands: float) -> float:
        """y for floats; an error that names the operation and the operands outside the domain."""
        try:
            return self.value(*operands)
        except (ValueError, ZeroDivisionError, OverflowError) as error:
            raise self.domain_error(error, operands) from None

    def evaluate_arrays(self, namespace: Any, operands: Sequence[Any]) -> Any:
        """y for arrays, entry by entry where neither the row nor the namespace has a function for them."""
        if any(getattr(operand, "dtype", None) == "O" for operand in operands):  # of Values, perhaps
            return namespace.frompyfunc(self, len(operands), 1)(*operands)
        if self.array_value is not None:
            return self.array_value(namespace, *operands)
        if self.__module__ == "minigrad.rules" and hasattr(namespace, self.name):  # one's own may differ
            return getattr(namespace, self.name)(*operands)
        operands = namespace.broadcast_arrays(*operands)
        entries = zip(*(operand.ravel().tolist() for operand in operands), strict=True)
        return namespace.asarray([self.value(*entry) for entry in entries]).reshape(operands[0].shape)

    def domain_error(self, error: Exception, operands: Sequence[Number], labels: str = "") -> Exception:
        """The error of the same type that says where the operation is defined and what it was given."""
        what = ", ".join(f"{float(operand):.6g}" for operand in operands)
        if isinstance(error, OverflowError):
            why = "the result is too large for a float"
        else:
            why = self.domain or str(error)
        return type(error)(f"{self.name}({what}): {why}{labels}")

    def __str__(self) -> str:
        return self.symbol

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    def __reduce__(self) -> str:
        """An operation is pickled by name, as a function is."""
        return self.name


def operation(value: Callable[..., float], **notation: Any) -> Callable[[Row], Operation]:
    """Make the decorated function, the local derivatives, a row of the table; keywords as of `Operation`."""

    def make(local_derivatives: Row) -> Operation:
        return Operation(local_derivatives.__name__, value, local_derivatives, **notation)

    return make


def _read_signature(row: Row) -> tuple[int | None, tuple[float, ...]]:
    """The number of operands (None: any), and the defaults of the last ones; the first parameter is y."""
    parameters = list(inspect.signature(row).parameters.values())[1:]
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return None, ()
    defaults = [parameter.default for parameter in parameters if parameter.default is not parameter.empty]
    return len(parameters), tuple(defaults)


def is_array(operand: object) -> bool:
    """True for an array of the array API standard, as NumPy's are; asking needs no import of NumPy."""
    return hasattr(operand, "__array_namespace__") and getattr(operand, "shape", ()) != ()


def as_float(operand: object, where: object) -> float:
    """A real number as a float; anything else is a TypeError that names the operation and the operand.

    True and False are 1 and 0, as in Python's arithmetic, so that `v * (x > 0)` masks.
    """
    name = getattr(where, "name", where)
    if isinstance(operand, numbers.Real):
        try:
            return float(operand)
        except OverflowError:
            raise OverflowError(f"{name}: an operand is too large for a float") from None
    if is_array(operand):
        remedy = "apply it to the entries of the array, one Value each"
    elif getattr(operand, "shape", None) == ():
        return as_float(operand.item(), where)  # type: ignore[attr-defined]  # a scalar of NumPy and its like
    elif isinstance(operand, (list, tuple)):
        remedy = "apply it to the entries, one by one"
    elif isinstance(operand, str):
        remedy = "convert the text with float()"
    else:
        remedy = "use a real number or a Value"
    text = repr(operand).replace("\n", " ")
    shown = text if len(text) <= 40 else text[:39] + "…"
    raise TypeError(f"{name}: an operand cannot be {type(operand).__name__} {shown}; {remedy}")
