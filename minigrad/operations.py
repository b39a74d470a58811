"""What an operation is: a value, and its local derivatives, for any kind of number.

>>> from minigrad import Value, operation
>>> @operation(value=lambda x: x * x * x, symbol="cube")
... def cube(y, x):
...     return (3 * x * x,)
>>> x = Value(2.0)
>>> cube(x).backward()
>>> x.grad
12.0
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, TypeVar, overload

from minigrad.number import Number, as_float, is_array

Kind = TypeVar("Kind", bound=Number)
LocalDerivatives = tuple[Number | float, ...]
Row = Callable[..., tuple[Any, ...]]  # of floats where it is read with floats, of Values where with Values
OUT_OF_DOMAIN = (ValueError, ZeroDivisionError, OverflowError)  # what Python's `math` raises


@dataclass(eq=False, repr=False)
class Operation:
    """A primitive operation y = f(x1, x2, …), applied by calling it."""

    name: str  # what errors call it, such as "sigmoid"
    value: Callable[..., float]  # floats in, float out; outside the domain it raises as Python's `math` does
    local_derivatives: Row  # (y, x1, x2, …) → (∂y/∂x1, ∂y/∂x2, …), in arithmetic and functions of the table
    _: KW_ONLY
    symbol: str = ""  # what pictures call it, such as "σ" or "+"; left out, it is the name
    latex: str = ""  # the same in LaTeX, such as r"\sigma"
    domain: str = ""  # what the operands must satisfy, in words
    # (xp, x1, x2, …) → array, where xp is the arrays' namespace; left out, it is `value`, entry by entry, and
    # for a row of the table the function of its name there, such as NumPy's `tanh`.
    array_value: Callable[..., Any] | None = None

    def __post_init__(self) -> None:
        signature = inspect.signature(self.local_derivatives)
        row = list(signature.parameters.values())
        operands = [x for x in row[1:] if x.kind in (x.POSITIONAL_ONLY, x.POSITIONAL_OR_KEYWORD)]  # after y
        self.arity = None if any(x.kind is x.VAR_POSITIONAL for x in row) else len(operands)  # None: any
        self.default_operands = tuple(x.default for x in operands if x.default is not x.empty)
        self.array_value_is_held = False
        self.symbol = self.symbol or self.name
        self.latex = self.latex or rf"\operatorname{{{self.name}}}"
        self.__name__ = self.name  # which, with the next, tools ask of a function
        self.__signature__ = signature.replace(parameters=row[1:], return_annotation=signature.empty)
        self.__module__, self.__doc__ = self.local_derivatives.__module__, self.local_derivatives.__doc__

    @overload
    def __call__(self, *operands: float) -> float: ...  # type: ignore[overload-overlap]  # one Value is enough
    @overload
    def __call__(self, *operands: Kind | float) -> Kind: ...
    @overload
    def __call__(self, *operands: Any) -> Any: ...
    def __call__(self, *operands: Any) -> Any:
        """Floats give a float, arrays an array, and with a Value or a symbol among them a node."""
        if self.arity == 1 == len(operands) and type(operands[0]) is float:
            return self._of_floats(operands)  # at once: so rows call each other, for each node
        operands = self.complete(operands)
        for operand in operands:
            if hasattr(operand, "record_operation"):
                return operand.record_operation(self, operands)
        for operand in operands:
            if is_array(operand):
                return self.evaluate_arrays(operand.__array_namespace__(), operands)
        return self._of_floats([as_float(operand, self.name) for operand in operands])

    def _of_floats(self, floats: Sequence[float]) -> float:
        try:
            return self.value(*floats)
        except OUT_OF_DOMAIN as error:
            raise self.domain_error(error, floats) from None

    def complete(self, operands: tuple[Any, ...]) -> tuple[Any, ...]:
        """The operands, with those that have a default filled in; TypeError for a wrong number of them."""
        if self.arity is None or self.arity == len(operands):
            return operands
        missing = self.arity - len(operands)
        if not 0 < missing <= len(self.default_operands):
            hint = "" if self.arity else "; the first parameter of a row is the result y"
            raise TypeError(f"{self.name} takes {self.arity} operand(s), not {len(operands)}{hint}")
        return operands + self.default_operands[-missing:]

    def evaluate_arrays(self, namespace: Any, operands: Sequence[Any]) -> Any:
        """y for arrays, entry by entry where neither the row nor the namespace has a function for them."""
        if any(getattr(operand, "dtype", None) == "O" for operand in operands):  # of Values, perhaps
            return namespace.frompyfunc(self, len(operands), 1)(*operands)
        if self.array_value is not None:
            result = self.array_value(namespace, *operands)
            if not self.array_value_is_held and namespace.__name__ == "numpy":
                self._hold(result, operands, namespace)
            return result
        if self.__module__ == "minigrad.rules" and hasattr(namespace, self.name):  # one's own may differ
            return getattr(namespace, self.name)(*operands)
        operands = namespace.broadcast_arrays(*operands)
        entries = zip(*(operand.ravel().tolist() for operand in operands), strict=True)
        return namespace.asarray([self.value(*entry) for entry in entries]).reshape(operands[0].shape)

    def _hold(self, result: Any, operands: Sequence[Any], namespace: Any) -> None:
        """At its first use, hold entries of `array_value` against `value`; ValueError if they differ."""
        columns = namespace.broadcast_arrays(result, *operands)
        for found, *entry in zip(*(column.ravel()[:100].tolist() for column in columns)):
            try:
                wanted = self.value(*entry)
            except OUT_OF_DOMAIN:
                continue
            if math.isfinite(wanted) and not math.isclose(found, wanted, rel_tol=1e-5, abs_tol=1e-6):
                given = ", ".join(f"{operand:.6g}" for operand in entry)
                text = f"{self.name}({given}): its array_value gives {found:.6g}, its value {wanted:.6g}"
                raise ValueError(f"{text}; they must agree")
        self.array_value_is_held = True

    def domain_error(self, error: Exception, given: Iterable[float], labels: Iterable[str] = ()) -> Exception:
        """An error of the same type that says where the operation is defined, and what it was given."""
        too_large = isinstance(error, OverflowError)
        why = "the result is too large for a float" if too_large else self.domain or str(error)
        named = ", ".join(repr(str(label)) for label in labels if label)
        text = f"{self.name}({', '.join(f'{float(operand):.6g}' for operand in given)}): {why}"
        return type(error)(f"{text} (value labelled {named})" if named else text)

    # fmt: off
    def __str__(self) -> str: return self.symbol
    def __repr__(self) -> str: return f"<operation {self.name}>"
    def __reduce__(self) -> str: return self.name  # pickled by name, as a function is
    # fmt: on


def operation(value: Callable[..., float], **notation: Any) -> Callable[[Row], Operation]:
    """Make the decorated function, the local derivatives, a row of the table; keywords as of `Operation`."""

    def make(row: Row) -> Operation:
        if not callable(row):
            raise TypeError("operation: write @operation(value), with the function on floats in brackets")
        return Operation(row.__name__, value, row, **notation)

    return make
