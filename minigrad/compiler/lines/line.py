"""A line of a program: a formula with a shape, assigned to a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from minigrad.compiler.lines.names import Names, array
from minigrad.symbols.formulas import Formula
from minigrad.symbols.tree import Shape

# A sum of more blocks takes several lines: one would be unreadable, and too deeply nested to print.
LONGEST_SUM = 20


@dataclass(frozen=True)
class Line:
    """target = formula, or target += formula; `equation` is 1 … 4 for the four equations, else 0.

    With an `index`, the formula is added to rows of the target; with `scatter`, by the function of that name.
    """

    target: str
    formula: Formula
    assign: str = "="
    equation: int = 0
    shape: Shape = ()
    index: str = ""
    scatter: str = ""

    @cached_property
    def reads(self) -> set[str]:
        """The names in the formula."""
        return names_in(self.formula)


def names_in(formula: Formula) -> set[str]:
    """The names of the arrays that a formula reads."""
    return {part.value.python for part in formula.walk() if part.kind == "symbol"}


def small_first(formula: Formula) -> Formula:
    """The same with c · (a ⊙ B) as (c · a) ⊙ B, for an array a that is smaller than B."""
    operands = tuple(map(small_first, formula.operands))
    if formula.kind == "*" and operands[0].is_scalar and operands[1].kind == "*":
        small, large = operands[1].operands
        if small.shape != large.shape == formula.shape:
            return formula.elementwise("*", formula.elementwise("*", operands[0], small), large)
    return formula.of(operands)


class Definitions:
    """The lines of a pass, and the names that they give to formulas."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.lines: list[Line] = []
        self._named: dict[str, Formula] = {}

    def define(self, name: str, formula: Formula) -> Formula:
        """The name that the same formula has, or a new one."""
        known = self._named.get(str(formula))
        if known is None or known.shape != formula.shape:
            known = self._named[str(formula)] = self.new(name, formula)
        return known

    def new(self, name: str, formula: Formula) -> Formula:
        """Write a line that gives the formula a name."""
        named = array(self.names.new(name), formula.shape)
        self.lines.append(Line(str(named), formula, shape=formula.shape))
        return named

    def summed(self, parts: Sequence[Formula]) -> Formula:
        """The sum of the parts; if there are many, the first ones become lines of their own.

        >>> from minigrad.symbols.formulas import symbol
        >>> definitions = Definitions(Names(set()))
        >>> print(definitions.summed([symbol(f"x{k}") for k in range(22)]))
        total + x20 + x21
        >>> len(definitions.lines)
        1
        """
        result = parts[0]
        for position, part in enumerate(parts[1:], start=1):
            if position % LONGEST_SUM == 0:
                result = self.new("total", result)
            result = result + part
        return result

    def assign(self, name: Formula, formula: Formula) -> None:
        """Write a line that gives the formula this name."""
        self.lines.append(Line(str(name), formula, shape=name.shape))
        if formula.kind != "symbol":
            self._named.setdefault(str(formula), name)

    def reused(self, formula: Formula) -> Formula:
        """The formula with the name of an array wherever a line computes the same, such as cos(x)."""
        name = self._named.get(str(formula)) if formula.operands else None
        if name is not None and name.shape == formula.shape:
            return name
        operands = tuple([self.reused(operand) for operand in formula.operands])
        again = formula.of(operands)
        return formula if again is formula else self.reused(again)  # under its parts' names it may be known
