"""Formulas: symbols that compute with one another, simplify, and print themselves.

After this file you can read a row of the table of rules as mathematics:

>>> from minigrad import rules
>>> y, x = symbol("y"), symbol("x")
>>> (slope,) = rules.sigmoid.local_derivatives(y, x)
>>> slope.as_python(), slope.as_text(), slope.as_latex()
('y * (1 - y)', 'y · (1 − y)', 'y \\\\, (1 - y)')

Glossary
    formula     a number, a symbol, or an operation on formulas
    shape       of the array a formula stands for: () for a number, (4, "N") for 4 rows of N examples
    scalar      a formula of shape (); in a product it is kept in front, so that it is multiplied out first

Only what holds for every float is simplified: × 1, × −1, + 0, / 1, ^ 1, and factors of scalars. Never × 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from minigrad.operations import Operation

Shape = tuple[int | str, ...]
Operand = Any  # a formula or a real number

_COMPARISONS = {"<": float.__lt__, "<=": float.__le__, ">": float.__gt__, ">=": float.__ge__}


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula: `kind` says what is done with `operands`.

    Attributes:
        kind: "number", "symbol", "call", "where", "neg", "pattern", a comparison, or one of + - * / ** @.
        operands: what it is applied to.
        value: of a number the float, of a symbol its texts (Python, LaTeX, plain), of a call the operation, of
            a pattern its templates (Python, LaTeX).
        shape: of the array it stands for.
    """

    kind: str
    operands: tuple[Formula, ...] = ()
    value: Any = None
    shape: Shape = ()

    # --- arithmetic --------------------------------------------------------------------------------------

    def __add__(self, other: Operand) -> Formula:
        return _sum(self, formula(other))

    def __radd__(self, other: Operand) -> Formula:
        return _sum(formula(other), self)

    def __sub__(self, other: Operand) -> Formula:
        return _difference(self, formula(other))

    def __rsub__(self, other: Operand) -> Formula:
        return _difference(formula(other), self)

    def __mul__(self, other: Operand) -> Formula:
        return _product(self, formula(other))

    def __rmul__(self, other: Operand) -> Formula:
        return _product(formula(other), self)

    def __truediv__(self, other: Operand) -> Formula:
        return _quotient(self, formula(other))

    def __rtruediv__(self, other: Operand) -> Formula:
        return _quotient(formula(other), self)

    def __pow__(self, other: Operand) -> Formula:
        return _power(self, formula(other))

    def __rpow__(self, other: Operand) -> Formula:
        return _power(formula(other), self)

    def __neg__(self) -> Formula:
        return _negative(self)

    def __matmul__(self, other: Formula) -> Formula:
        return Formula("@", (self, other), None, (self.shape[0], other.shape[1]))

    def __lt__(self, other: Operand) -> Any:
        return _compare("<", self, formula(other))

    def __le__(self, other: Operand) -> Any:
        return _compare("<=", self, formula(other))

    def __gt__(self, other: Operand) -> Any:
        return _compare(">", self, formula(other))

    def __ge__(self, other: Operand) -> Any:
        return _compare(">=", self, formula(other))

    def __bool__(self) -> bool:
        raise TypeError("formula: a symbol is neither true nor false; choose with rules.where(condition, …)")

    def __float__(self) -> float:
        if self.kind != "number":
            raise TypeError(f"formula: {self} is a symbol, it has no float")
        return float(self.value)

    def choose(self, yes: Operand, no: Operand) -> Formula:
        """`yes` where this condition holds, else `no`."""
        operands = (self, formula(yes), formula(no))
        if operands[1] == operands[2]:
            return operands[1]
        return Formula("where", operands, None, broadcast(operands))

    def record_operation(self, operation: Operation, operands: Sequence[Operand]) -> Formula:
        """The formula of an operation that was called with this one among its operands."""
        return call(operation, *operands)

    # --- asked and printed -------------------------------------------------------------------------------

    @property
    def is_scalar(self) -> bool:
        """True if it stands for one number, not an array."""
        return self.shape == ()

    @property
    def size_is_known(self) -> bool:
        """True for an array that is no number, nor a single entry that stands for all."""
        return any(size != 1 for size in self.shape)

    def walk(self) -> Iterator[Formula]:
        """This formula and every one in it."""
        yield self
        for operand in self.operands:
            yield from operand.walk()

    def replace(self, old: Formula, new: Formula) -> Formula:
        """This formula with `new` for every `old` (nothing is simplified again)."""
        if self == old:
            return new
        operands = tuple(operand.replace(old, new) for operand in self.operands)
        is_own = not operands or self.kind in ("@", "pattern")
        return Formula(self.kind, operands, self.value, self.shape if is_own else broadcast(operands))

    def as_python(self, names: Any = None) -> str:
        """As an expression in Python; `names` maps an operation to the name of its function."""
        from minigrad.compiler.printing import python

        return python(self, names)

    def as_latex(self) -> str:
        """As LaTeX."""
        from minigrad.compiler.printing import latex

        return latex(self)

    def as_text(self) -> str:
        """As one line of Unicode."""
        from minigrad.compiler.printing import text

        return text(self)

    def __str__(self) -> str:
        return self.as_python()


# --- making formulas -------------------------------------------------------------------------------------


def symbol(python: str, latex: str = "", text: str = "", shape: Shape = ()) -> Formula:
    """A name, with what it is called in LaTeX and in text.

    >>> print(symbol("x") * 1 + 0)
    x
    """
    return Formula("symbol", (), (python, latex or python, text or python), shape)


def formula(operand: Operand) -> Formula:
    """A number as a formula; a formula as it is.

    >>> print(formula(2.0))
    2
    """
    return operand if isinstance(operand, Formula) else Formula("number", (), float(operand))


def call(operation: Operation, *operands: Operand, shape: Shape | None = None) -> Formula:
    """operation(operands), as arithmetic where it is that.

    >>> from minigrad import rules
    >>> print(call(rules.divide, symbol("a"), 2.0), call(rules.tanh, symbol("z")))
    a / 2 tanh(z)
    """
    parts = tuple(formula(operand) for operand in operands)
    if getattr(operation.value, "__module__", "") == "_operator":
        return operation.value(*parts)  # type: ignore[return-value]  # + - * / of formulas are formulas
    if operation.symbol == "^" and len(parts) == 2:
        return parts[0] ** parts[1]
    return Formula("call", parts, operation, broadcast(parts) if shape is None else shape)


def broadcast(operands: Sequence[Formula]) -> Shape:
    """The shape of an elementwise operation on formulas.

    >>> broadcast([symbol("b", shape=(3, 1)), symbol("x", shape=(1, "N"))])
    (3, 'N')
    """
    shapes = [operand.shape for operand in operands if operand.shape]
    if not shapes:
        return ()
    return tuple(next((size for size in sizes if size != 1), 1) for sizes in zip(*shapes))


# --- simplification --------------------------------------------------------------------------------------


def _elementwise(kind: str, *operands: Formula) -> Formula:
    return Formula(kind, operands, None, broadcast(operands))


def _is(a: Formula, number: float) -> bool:
    return a.kind == "number" and a.value == number


def _numbers(*operands: Formula) -> bool:
    return all(operand.kind == "number" for operand in operands)


def _negative(a: Formula) -> Formula:
    if a.kind == "number":
        return formula(-a.value)
    if a.kind == "neg":
        return a.operands[0]
    if a.kind == "-" and a.is_scalar:
        return _difference(a.operands[1], a.operands[0])
    scale, rest = _scaled(a)
    if scale is not None and scale.kind in ("number", "/"):
        return _product(_negative(scale), rest)
    if a.kind == "/" and _numbers(a.operands[0]):
        return _quotient(_negative(a.operands[0]), a.operands[1])
    return _elementwise("neg", a)


def _sum(a: Formula, b: Formula) -> Formula:
    if _numbers(a, b):
        return formula(a.value + b.value)
    if _is(a, 0.0):
        return b
    if _is(b, 0.0):
        return a
    if b.kind == "neg":
        return _difference(a, b.operands[0])
    common = _common_scale("+", a, b)
    return _elementwise("+", a, b) if common is None else common


def _difference(a: Formula, b: Formula) -> Formula:
    if _numbers(a, b):
        return formula(a.value - b.value)
    if _is(b, 0.0):
        return a
    if _is(a, 0.0):
        return _negative(b)
    if b.kind == "neg":
        return _sum(a, b.operands[0])
    common = _common_scale("-", a, b)
    return _elementwise("-", a, b) if common is None else common


def _common_scale(kind: str, a: Formula, b: Formula) -> Formula | None:
    """s·a ± s·b as s·(a ± b), for arrays: one pass over them less; −s counts as s."""
    (left, x), (right, y) = _scaled(a), _scaled(b)
    if left is None or right is None or x.is_scalar or y.is_scalar:
        return None
    combine = {"+": _sum, "-": _difference}
    if left == right:
        return _product(left, combine[kind](x, y))
    if left == _negative(right):
        return _product(left, combine["-" if kind == "+" else "+"](x, y))
    return None


def _scaled(a: Formula) -> tuple[Formula | None, Formula]:
    """An array s·x as (s, x); (None, a) if no scalar stands in front."""
    if a.kind == "*" and a.operands[0].is_scalar and not a.is_scalar:
        return a.operands
    return None, a


def _product(a: Formula, b: Formula) -> Formula:
    if _numbers(a, b):
        return formula(a.value * b.value)
    for one, other in ((a, b), (b, a)):
        if _is(one, 1.0):
            return other
        if _is(one, -1.0):
            return _negative(other)
        if one.kind == "neg":
            return _negative(_product(one.operands[0], b if one is a else a))
    if (b.is_scalar and not a.is_scalar) or (b.kind == "number" and a.kind != "number"):
        a, b = b, a
    if a.is_scalar and b.is_scalar:
        return _scalar_product(a, b)
    scale, rest = _scaled(b)
    if scale is not None:
        return _product(_product(a, scale), rest) if a.is_scalar else _product(scale, _product(a, rest))
    scale, rest = _scaled(a)
    if scale is not None:
        return _product(scale, _product(rest, b))
    return _elementwise("*", a, b)


def _scalar_product(a: Formula, b: Formula) -> Formula:
    for one, other in ((a, b), (b, a)):
        if other.kind == "/" and other.operands[1] == one:
            return other.operands[0]
        if other.kind == "/" and _numbers(one, other.operands[0]):
            return _quotient(_product(one, other.operands[0]), other.operands[1])
    if a.kind == "number" and b.kind == "*" and b.operands[0].kind == "number":
        return _product(_product(a, b.operands[0]), b.operands[1])
    if b.kind == "/" and _is(b.operands[0], 1.0):
        return _quotient(a, b.operands[1])
    return _elementwise("*", a, b)


def _quotient(a: Formula, b: Formula) -> Formula:
    if _is(b, 1.0):
        return a
    if _numbers(a, b) and b.value != 0:
        return formula(a.value / b.value)
    return _elementwise("/", a, b)


def _power(a: Formula, b: Formula) -> Formula:
    return a if _is(b, 1.0) else _elementwise("**", a, b)


def _compare(kind: str, a: Formula, b: Formula) -> Any:
    if _numbers(a, b):
        return _COMPARISONS[kind](a.value, b.value)
    return _elementwise(kind, a, b)
