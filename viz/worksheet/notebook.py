"""A worksheet as a notebook that nbgrader grades: cells to fill in, and cells that mark them.

The cells that mark end in a number, which nbgrader takes as the points, so that who has a part of them right
has a part of the points. They need nothing but minigrad: the notebook also runs by itself.
Source of the cells' metadata: nbgrader's documentation, "Metadata", schema version 3.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from nn.delta.formulas import as_latex
from nn.delta.notation import AnyNotation, Notation
from viz.worksheet.answers import PARTS, names
from viz.worksheet.exercise import Exercise
from viz.worksheet.pages.content import Sheet, make_sheet
from viz.worksheet.pages.html_page import network_drawing
from viz.worksheet.pages.latex_page import math_of, set_of
from viz.worksheet.pages.wording import hints_of, rules_of

Cell = dict[str, Any]


def notebook_of(exercise: Exercise, notation: AnyNotation = "002") -> dict[str, Any]:
    """The notebook as JSON has it, to be written with `json.dump`; `nbformat` reads it.

    >>> from viz.worksheet.exercise import mazur
    >>> [cell["metadata"]["nbgrader"]["points"] for cell in notebook_of(mazur())["cells"] if points_of(cell)]
    [9, 8, 12]
    """
    sheet = make_sheet(exercise, notation)
    cells = [
        _words(exercise, "introduction", _introduction(sheet)),
        _code(exercise, "setting", _setting(exercise, notation)),
    ]
    for part, words in zip(PARTS, _words_of_parts(sheet), strict=True):
        kinds = PARTS[part]
        arrays = [(kind, l) for kind, l in exercise.places() if kind in kinds]
        points = sum(len(names(exercise, kind, l)) for kind, l in arrays)
        marking = f'marks = grade(exercise, {part}, ["{part}"], notation)\nprint(marks)\nmarks.points'
        if part != "forward":  # what follows from the learner's own numbers is right
            before = " | ".join(list(PARTS)[: list(PARTS).index(part) + 1])
            marking = marking.replace(f"exercise, {part}", f"exercise, {before}")
        cells += [
            _words(exercise, f"{part}-words", words),
            _code(exercise, part, _blanks(exercise, part, arrays, notation), is_solution=True),
            _code(exercise, f"{part}-marks", marking, points),
        ]
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def points_of(cell: Cell) -> int:
    """How many points a cell can have.

    >>> points_of({"metadata": {}})
    0
    """
    return int(cell["metadata"].get("nbgrader", {}).get("points", 0))


def _introduction(sheet: Sheet) -> str:
    given = ", ".join(f"${math_of(formula, sheet.notation)}$" for formula in sheet.given)
    picture = base64.b64encode(network_drawing(sheet).encode()).decode()
    return (
        f"# Backpropagation by hand, sheet {sheet.exercise.name}\n\n{given}\n\n"
        f"{set_of(rules_of(sheet), sheet.notation)}\n\n"
        f'<img alt="the network" width="680" src="data:image/svg+xml;base64,{picture}">\n\n'
        "Fill in the numbers below, and run the cell behind them: it says what is right."
    )


def _words_of_parts(sheet: Sheet) -> list[str]:
    n = sheet.notation
    hint, gradient_hint = (set_of([sentence], n) for sentence in hints_of(sheet))
    cost = as_latex(tuple(token for token in sheet.cost[:-2] if not hasattr(token, "rows")), n)
    return [f"## Forward\n\n${cost}$", f"## Backward\n\n{hint}", f"## Gradients\n\n{gradient_hint}"]


def _setting(exercise: Exercise, notation: AnyNotation) -> str:
    imports = "from viz.worksheet import Exercise, grade"
    if isinstance(notation, Notation):
        imports = f"from nn import Notation\n{imports}"
    return f"{imports}\n\nexercise = {exercise!r}\nnotation = {notation!r}"


def _blanks(exercise: Exercise, part: str, arrays: list[tuple[str, int]], notation: AnyNotation) -> str:
    from nn.delta.notation import as_notation

    n = as_notation(notation)
    lines = []
    for kind, l in arrays:
        shape = exercise.results(kind, l).shape
        shape = shape if kind != "dW" or n.to_first else shape[::-1]
        row = f"[{', '.join(['None'] * shape[-1])}]"
        blank = "None" if kind == "C" else row if len(shape) == 1 else f"[{', '.join([row] * shape[0])}]"
        of = {"da": f"∂{n.cost}/∂{n.a}", "dW": f"∂{n.cost}/∂{n.W}", "db": f"∂{n.cost}/∂{n.b}"}.get(kind, kind)
        number = f" of layer {n.number_of(l)}" if l else ", the cost"
        lines.append(f'    "{kind}{l or ""}": {blank},  # {of}{number}')
    return "\n".join([f"{part} = {{", *lines, "}"])


def _words(exercise: Exercise, name: str, text: str) -> Cell:
    return _cell(exercise, name, "markdown", text, {"grade": False, "locked": True, "solution": False})


def _code(exercise: Exercise, name: str, text: str, points: int = 0, is_solution: bool = False) -> Cell:
    facts: dict[str, Any] = {"grade": points > 0, "locked": not is_solution, "solution": is_solution}
    if points:
        facts["points"] = points
    return _cell(exercise, name, "code", text, facts) | {"execution_count": None, "outputs": []}


def _cell(exercise: Exercise, name: str, kind: str, text: str, facts: dict[str, Any]) -> Cell:
    key = hashlib.sha256(f"{exercise!r}{name}".encode()).hexdigest()[:12]
    nbgrader = {"grade_id": name, "schema_version": 3, "task": False, "cell_type": kind, **facts}
    return {"cell_type": kind, "id": key, "metadata": {"nbgrader": nbgrader}, "source": text}
