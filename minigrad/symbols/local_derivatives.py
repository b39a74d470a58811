"""Local derivatives as formulas: a row of the table, read with symbols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from minigrad.operations import Operation
from minigrad.symbols.formulas import Formula, formula, symbol
from minigrad.symbols.tree import broadcast


@dataclass(frozen=True)
class Asked:
    """Local derivatives of an operation, in its place in a formula; it has what is printed of one."""

    operation: Operation

    @property
    def name(self) -> str:
        """What it is called in a program."""
        return f"{self.operation.name}_slopes"

    @property
    def symbol(self) -> str:
        """What it is called in text."""
        return f"{self.operation.symbol}′"

    @property
    def latex(self) -> str:
        """What it is called in LaTeX."""
        return rf"{self.operation.latex}'"


class Slopes(Asked):
    """All local derivatives of an operation on many operands, as one function."""


class RowSlopes(Asked):
    """All local derivatives of an operation on the rows of an array, as one array of such rows."""


@dataclass(frozen=True)
class Unread(Asked):
    """A local derivative that cannot be read: it is asked for numbers instead."""

    position: int

    @property
    def name(self) -> str:
        """What it is called in a program, its operand counted from 1."""
        return f"{self.operation.name}_slope{self.position + 1}"


# A formula nested deeper than this, as that of a loop over many operands, or with more parts is not printed.
DEEPEST = 60
LARGEST = 1_000


def is_readable(operation: Operation, count: int) -> bool:
    """True if the row of an operation on that many operands can be read with symbols, and so with arrays.

    >>> from minigrad import rules
    >>> is_readable(rules.tanh, 1)
    True
    """
    return _read(operation, symbol("y"), [symbol(f"x{k}") for k in range(count)]) is not None


def local_derivatives(operation: Operation, y: Formula, operands: Sequence[Formula]) -> list[Formula]:
    """(∂y/∂x1, ∂y/∂x2, …) as formulas of y and the operands.

    A row with an `if`, or with functions of `math`, cannot be read with symbols, nor one printed that nests
    too deeply; its derivatives are then functions of their own, asked entry by entry.

    >>> from minigrad import rules
    >>> from minigrad.symbols.formulas import symbol
    >>> print(*local_derivatives(rules.divide, symbol("y"), [symbol("a"), symbol("b")]))
    1 / b -y / b
    """
    slopes = _read(operation, y, operands)
    if slopes is not None and all(map(_is_printable, slopes)):
        return slopes
    parts = (y, *operands)
    shape = broadcast([each.shape for each in parts])
    return [Formula("call", parts, Unread(operation, k), shape) for k in range(len(operands))]


def _is_printable(slope: Formula) -> bool:
    size = sum(1 for _ in islice(slope.walk(), LARGEST + 1))
    return size <= DEEPEST or (size <= LARGEST and not slope.is_deeper_than(DEEPEST))


def _read(operation: Operation, y: Formula, operands: Sequence[Formula]) -> list[Formula] | None:
    """The row as formulas; None if it asks what symbols do not answer, whatever it raises then."""
    try:
        return [formula(each) for each in operation.local_derivatives(y, *operands)]
    except Exception:
        return None
