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
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from minigrad import rules
from minigrad.operations import Operation
from minigrad.symbols import simplification

Shape = tuple[int | str, ...]
Operand = Any  # a formula or a real number

ARITHMETIC = (operator.add, operator.sub, operator.mul, operator.truediv, operator.neg)


@dataclass(frozen=True, slots=True, eq=False)
class Formula:
    """A formula: `kind` says what is done with `operands`.

    `a.same(b)` asks whether two formulas are written alike. `==` is refused unless they are: a row of the
    table that asks `x == 0` cannot be read with symbols.

    Attributes:
        kind: "number", "symbol", "call", "where", "neg", "pattern", a comparison, or one of + - * / ** @.
        operands: what it is applied to.
        value: of a number the float, of a symbol its texts (Python, LaTeX, plain), of a call the operation,
            of a pattern its templates (Python, LaTeX).
        shape: of the array it stands for.
    """

    kind: str
    operands: tuple[Formula, ...] = ()
    value: Any = None
    shape: Shape = ()

    # --- arithmetic --------------------------------------------------------------------------------------

    def __add__(self, other: Operand) -> Formula:
        return simplification.sum(self, formula(other))

    def __radd__(self, other: Operand) -> Formula:
        return simplification.sum(formula(other), self)

    def __sub__(self, other: Operand) -> Formula:
        return simplification.difference(self, formula(other))

    def __rsub__(self, other: Operand) -> Formula:
        return simplification.difference(formula(other), self)

    def __mul__(self, other: Operand) -> Formula:
        return simplification.product(self, formula(other))

    def __rmul__(self, other: Operand) -> Formula:
        return simplification.product(formula(other), self)

    def __truediv__(self, other: Operand) -> Formula:
        return simplification.quotient(self, formula(other))

    def __rtruediv__(self, other: Operand) -> Formula:
        return simplification.quotient(formula(other), self)

    def __pow__(self, other: Operand) -> Formula:
        return simplification.power(self, formula(other))

    def __rpow__(self, other: Operand) -> Formula:
        return simplification.power(formula(other), self)

    def __neg__(self) -> Formula:
        return simplification.negative(self)

    def __matmul__(self, other: Formula) -> Formula:
        return Formula("@", (self, other), None, (self.shape[0], other.shape[1]))

    def __lt__(self, other: Operand) -> Any:
        return simplification.compare("<", self, formula(other))

    def __le__(self, other: Operand) -> Any:
        return simplification.compare("<=", self, formula(other))

    def __gt__(self, other: Operand) -> Any:
        return simplification.compare(">", self, formula(other))

    def __ge__(self, other: Operand) -> Any:
        return simplification.compare(">=", self, formula(other))

    def same(self, other: Formula) -> bool:
        """True for a formula that is written alike."""
        if self is other:
            return True
        if self.kind != other.kind or self.value != other.value or self.shape != other.shape:
            return False
        pairs = zip(self.operands, other.operands)
        return len(self.operands) == len(other.operands) and all(a.same(b) for a, b in pairs)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Formula) and self.same(other):
            return True
        raise TypeError(
            "formula: symbols are neither equal nor unequal; choose with rules.where(condition, …)"
        )

    def __ne__(self, other: object) -> bool:
        raise TypeError(
            "formula: symbols are neither equal nor unequal; choose with rules.where(condition, …)"
        )

    def __hash__(self) -> int:
        return hash((self.kind, self.operands, self.value, self.shape))

    def __bool__(self) -> bool:
        raise TypeError("formula: a symbol is neither true nor false; choose with rules.where(condition, …)")

    def __float__(self) -> float:
        if self.kind != "number":
            raise TypeError(f"formula: {self} is a symbol, it has no float")
        return float(self.value)

    def choose(self, yes: Operand, no: Operand) -> Formula:
        """`yes` where this condition holds, else `no`."""
        operands = (self, formula(yes), formula(no))
        if operands[1].same(operands[2]):
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
        stack = [self]
        while stack:
            part = stack.pop()
            yield part
            stack.extend(reversed(part.operands))

    def is_deeper_than(self, limit: int) -> bool:
        """True if more than `limit` operations nest in it."""
        level = [self]
        for _ in range(limit + 1):
            level = list({id(part): part for each in level for part in each.operands}.values())
        return bool(level)

    def replace(self, old: Formula, new: Formula) -> Formula:
        """This formula with `new` for every `old` (nothing is simplified again)."""
        if self.same(old):
            return new
        operands = tuple(operand.replace(old, new) for operand in self.operands)
        is_own = not operands or self.kind in ("@", "pattern")
        return Formula(self.kind, operands, self.value, self.shape if is_own else broadcast(operands))

    def as_python(self, names: Any = None) -> str:
        """As an expression in Python; `names` maps an operation to the name of its function."""
        from minigrad.symbols.printing import python

        return python(self, names)

    def as_latex(self) -> str:
        """As LaTeX."""
        from minigrad.symbols.printing import latex

        return latex(self)

    def as_text(self) -> str:
        """As one line of Unicode."""
        from minigrad.symbols.printing import text

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

    >>> print(call(rules.divide, symbol("a"), 2.0), call(rules.tanh, symbol("z")))
    a / 2 tanh(z)
    """
    parts = tuple(formula(operand) for operand in operands)
    if is_arithmetic(operation):
        return operation.value(*parts)  # type: ignore[return-value]  # + - * / of formulas are formulas
    if operation is rules.power:
        return parts[0] ** parts[1]
    return Formula("call", parts, operation, broadcast(parts) if shape is None else shape)


def is_arithmetic(operation: Operation) -> bool:
    """True for + − × ÷ and the minus before a formula, whatever the operation is called.

    >>> is_arithmetic(rules.divide), is_arithmetic(rules.tanh)
    (True, False)
    """
    return any(operation.value is each for each in ARITHMETIC)


def broadcast(operands: Sequence[Formula]) -> Shape:
    """The shape of an elementwise operation on formulas.

    >>> broadcast([symbol("b", shape=(3, 1)), symbol("x", shape=(1, "N"))])
    (3, 'N')
    """
    shapes = [operand.shape for operand in operands if operand.shape]
    if not shapes:
        return ()
    return tuple(next((size for size in sizes if size != 1), 1) for sizes in zip(*shapes))
