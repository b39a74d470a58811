"""Finds the lines of a program that are equations (1) to (4), as text and in LaTeX.

For the squared error, for example, equation (1) is the line δ³ = 2/N · (z³ − y).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from minigrad.compiler.lines.line import Line
from minigrad.compiler.lines.names import written_gradient
from minigrad.display import one_line
from minigrad.symbols.formulas import Formula

# Quantities that the documents name, which are not written out.
NAMED = re.compile(r"([XYxyZAWb]|delta)(\d*(_\d+)?|_[A-Za-z]\w*)")
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
    forward: Sequence[Line], backward: Sequence[Line], codes: Sequence[str], told: Collection[str]
) -> tuple[Equation, ...]:
    """The equations of a program, in the order of its backward pass, of which `codes` are the lines.

    Names that are `told` are kept. Of a line in a loop, the equation is that of the first step.
    """
    lines = list(zip([*forward, *backward], [*[""] * len(forward), *codes]))
    count = Counter(line.target for line, _ in lines)
    kept: list[tuple[Line, str, bool]] = []
    wanted: set[str] = set()
    for line, code in reversed(lines):
        is_meant = line.target in wanted and count[line.target] == 1 and line.target not in told
        is_meant = is_meant and not NAMED.fullmatch(line.target)
        if line.equation or is_meant:
            kept.append((line, code, is_meant))
            wanted |= line.reads
    meanings: dict[str, Formula] = {}
    result: dict[str, Equation] = {}
    for line, code, is_meant in reversed(kept):
        formula = _in_named_quantities(_as_mathematics(line.formula), meanings)
        if is_meant:
            meanings[line.target] = formula
        if line.equation and code not in result:
            latex, text = written_gradient(line.target)
            equation = (
                f"{text} {line.assign} {formula.as_text()}",
                f"{latex} {line.assign} {formula.as_latex()}",
            )
            result[code] = Equation(line.equation, code, *equation)
    return tuple(result.values())


def _in_named_quantities(formula: Formula, meanings: Mapping[str, Formula]) -> Formula:
    """The formula with names that only the program has, such as `error`, written out unless too long."""
    symbols = {part.value.python: part for part in formula.walk() if part.kind == "symbol"}
    for name, part in symbols.items():
        longer = formula.replace(part, meanings[name]) if name in meanings else formula
        if longer is not formula and len(longer.as_text()) <= LONGEST:
            formula = longer
    return formula


def _as_mathematics(formula: Formula) -> Formula:
    """Without what only arranges numbers, such as a reshape."""
    operands = tuple(map(_as_mathematics, formula.operands))
    if formula.kind == "pattern" and formula.value[1] == "{}":
        return operands[0]
    return formula.of(operands)
