"""Finds the lines of a program that are equations (1) to (4), as text and in LaTeX.

For the squared error, for example, equation (1) is the line δ³ = 2/N · (z³ − y).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from minigrad.compiler.lines.forward import Line
from minigrad.compiler.lines.names import written
from minigrad.display import one_line
from minigrad.symbols.formulas import Formula

# Quantities that the documents name, which are not written out.
NAMED = re.compile(r"([XYxyZAWb]|delta)\d*(_\d+)?")
LONGEST = 90


@dataclass(frozen=True)
class Equation:
    """A line of a program that is one of the four equations.

    Attributes:
        number: 1 … 4.
        line: the line of the source.
        text: the line in the documents' notation, with the factor 1/N where the program has it.
        latex: the same in LaTeX.
    """

    number: int
    line: str
    text: str
    latex: str

    def __str__(self) -> str:
        return f"({self.number})  {self.text}"

    def __repr__(self) -> str:
        return one_line(f"<equation {self}>")

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle ({self.number})\quad {self.latex}$"


def equations(
    forward: Sequence[Line], backward: Sequence[Line], codes: Sequence[str]
) -> tuple[Equation, ...]:
    """The equations of a program, in the order of its backward pass, of which `codes` are the lines.

    Of a line in a loop, that of the first step.
    """
    meanings = {line.target: line.formula for line in [*forward, *backward] if line.assign == "="}
    result: dict[str, Equation] = {}
    for line, code in zip(backward, codes):
        if line.equation and code not in result:
            latex, text = written(line.target)
            formula = _in_named_quantities(line.formula, meanings)
            equation = f"{text} = {formula.as_text()}", f"{latex} = {formula.as_latex()}"
            result[code] = Equation(line.equation, code, *equation)
    return tuple(result.values())


def _in_named_quantities(formula: Formula, meanings: Mapping[str, Formula]) -> Formula:
    """The formula with names that only the program has, such as `error`, written out unless too long."""
    while True:
        names = [part for part in formula.walk() if part.kind == "symbol" and not _is_named(part)]
        longer = formula
        for name in names:
            if str(name) in meanings:
                longer = longer.replace(name, meanings[str(name)])
        if longer.same(formula) or len(longer.as_text()) > LONGEST:
            return formula
        formula = longer


def _is_named(part: Formula) -> bool:
    return NAMED.fullmatch(str(part)) is not None
