"""Formulas: symbols that compute with one another, simplify, and print themselves.

>>> from minigrad import rules
>>> y, x = symbol("y"), symbol("x")
>>> (slope,) = rules.sigmoid.local_derivatives(y, x)
>>> slope.as_python(), slope.as_text(), slope.as_latex()
('y * (1 - y)', 'y · (1 − y)', 'y \\\\, (1 - y)')
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from minigrad import rules
from minigrad.operations import OUT_OF_DOMAIN, Operation
from minigrad.symbols import simplification
from minigrad.symbols.languages import LATEX, TEXT, Python
from minigrad.symbols.mathml import MATHML
from minigrad.symbols.tree import Names, Shape, Tree, broadcast
from minigrad.symbols.writing import write

Operand = Any  # a formula or a real number

NOT_COMPARED = "formula: symbols are neither equal nor unequal; choose with rules.where(condition, …)"
ARITHMETIC = (operator.add, operator.sub, operator.mul, operator.truediv, operator.neg)


@dataclass(frozen=True, slots=True, eq=False)
class Formula(Tree):
    """A formula that computes with others and with numbers.

    `a.same(b)` asks whether two formulas are written alike. `==` is refused unless they are: a row of the
    table that asks `x == 0` cannot be read with symbols.
    """

    # fmt: off
    def __add__(self, other: Operand) -> Formula: return simplification.sum(self, formula(other))
    def __radd__(self, other: Operand) -> Formula: return simplification.sum(formula(other), self)
    def __sub__(self, other: Operand) -> Formula: return simplification.difference(self, formula(other))
    def __rsub__(self, other: Operand) -> Formula: return simplification.difference(formula(other), self)
    def __mul__(self, other: Operand) -> Formula: return simplification.product(self, formula(other))
    def __rmul__(self, other: Operand) -> Formula: return simplification.product(formula(other), self)
    def __truediv__(self, other: Operand) -> Formula: return simplification.quotient(self, formula(other))
    def __rtruediv__(self, other: Operand) -> Formula: return simplification.quotient(formula(other), self)
    def __pow__(self, other: Operand) -> Formula: return simplification.power(self, formula(other))
    def __rpow__(self, other: Operand) -> Formula: return simplification.power(formula(other), self)
    def __neg__(self) -> Formula: return simplification.negative(self)
    def __lt__(self, other: Operand) -> Any: return simplification.compare("<", self, formula(other))
    def __le__(self, other: Operand) -> Any: return simplification.compare("<=", self, formula(other))
    def __gt__(self, other: Operand) -> Any: return simplification.compare(">", self, formula(other))
    def __ge__(self, other: Operand) -> Any: return simplification.compare(">=", self, formula(other))
    def __hash__(self) -> int: return hash((self.kind, self.operands, self.value, self.shape))
    def __str__(self) -> str: return self.as_python()
    # fmt: on

    def __matmul__(self, other: Formula) -> Formula:
        return Formula("@", (self, other), None, (self.shape[0], other.shape[1]))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Formula) and self.same(other):
            return True
        raise TypeError(NOT_COMPARED)

    def __ne__(self, other: object) -> bool:
        raise TypeError(NOT_COMPARED)

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
        return Formula("where", operands, None, broadcast([each.shape for each in operands]))

    def record_operation(self, operation: Operation, operands: Sequence[Operand]) -> Formula:
        """What an operation gives that was called with this one among its operands: of numbers a number."""
        parts = [formula(operand) for operand in operands]
        if all(part.kind == "number" for part in parts):
            with suppress(*OUT_OF_DOMAIN):
                return formula(operation.value(*[float(part) for part in parts]))
        return call(operation, *parts)

    def as_python(self, names: Mapping[Any, str] | None = None) -> str:
        """As an expression in Python; `names` maps an operation to the name of its function."""
        return write(simplification.selecting(self), Python(names))

    def as_latex(self) -> str:
        """As LaTeX."""
        return write(self, LATEX)

    def as_text(self) -> str:
        """As one line of Unicode."""
        return write(self, TEXT)

    def as_mathml(self) -> str:
        """As presentation MathML."""
        return write(self, MATHML)


def symbol(python: str, latex: str = "", text: str = "", shape: Shape = (), mathml: str = "") -> Formula:
    """A name, with what it is called in LaTeX, in text and in MathML.

    >>> print(symbol("x") * 1 + 0)
    x
    """
    return Formula("symbol", (), Names(python, latex or python, text or python, mathml), shape)


def formula(operand: Operand) -> Formula:
    """A number as a formula; a formula as it is.

    >>> print(formula(2.0))
    2
    """
    return operand if isinstance(operand, Formula) else Formula.number(operand)


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
    return Formula(
        "call", parts, operation, broadcast([each.shape for each in parts]) if shape is None else shape
    )


def is_arithmetic(operation: Operation) -> bool:
    """True for + − × ÷ and the minus before a formula, whatever the operation is called.

    >>> is_arithmetic(rules.divide), is_arithmetic(rules.tanh)
    (True, False)
    """
    return any(operation.value is each for each in ARITHMETIC)
