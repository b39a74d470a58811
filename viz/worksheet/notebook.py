"""A worksheet as a notebook that nbgrader grades: cells to fill in, and cells that mark them.

One source serves a class: a student types a name, which gives the numbers, and the marks are of these. The
cells that mark end in a number, which nbgrader takes as the points, so that who has a part of them right has
a part of the points. They need nothing but minigrad: the notebook also runs by itself.
Source of the cells' metadata, and of BEGIN SOLUTION: nbgrader's documentation, schema version 3.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Any

import numpy as np

from nn.delta.notation import AnyNotation, Notation, as_notation
from viz.worksheet.exercise import PARTS, Exercise
from viz.worksheet.keys import key, names
from viz.worksheet.pages.content import Sheet, make_sheet
from viz.worksheet.pages.latex_page import math_of, set_of
from viz.worksheet.pages.wording import hints_of, rules_of

Cell = dict[str, Any]


def notebook_of(exercise: Exercise, notation: AnyNotation = "002", for_a_class: str = "") -> dict[str, Any]:
    """The notebook as JSON has it, to be written with `json.dump`; `nbformat` reads it.

    `for_a_class` is the call that makes the exercise of `student`, a name that is typed in the first cell;
    the exercise given is then one such. The cells have the solution between BEGIN SOLUTION and END SOLUTION,
    which nbgrader takes out of what students get.

    >>> from viz.worksheet.exercise import mazur
    >>> [cell["metadata"]["nbgrader"]["points"] for cell in notebook_of(mazur())["cells"] if points_of(cell)]
    [9, 8, 12]
    """
    sheet = make_sheet(exercise, notation)
    cells = [_words(exercise, "introduction", _introduction(sheet, bool(for_a_class)))]
    if for_a_class:
        cells.append(_solution(exercise, "name", 'student = ""', f"student = {exercise.student!r}"))
    cells.append(_code(exercise, "setting", _setting(exercise, notation, for_a_class)))
    for part, words in zip(PARTS, _words_of_parts(sheet), strict=True):
        arrays = [(kind, l) for kind, l in exercise.places() if kind in PARTS[part]]
        if not arrays:
            continue
        points = sum(len(names(exercise, kind, l)) for kind, l in arrays)
        sofar = list(PARTS)[: list(PARTS).index(part) + 1]  # what follows from one's own numbers is right
        before = ", ".join(f'**globals().get("{name}", {{}})' for name in sofar)
        marking = f'marks = grade(exercise, {{{before}}}, ["{part}"], notation)\nprint(marks)\nmarks.points'
        cells += [
            _words(exercise, f"{part}-words", words),
            _solution(
                exercise, part, _blanks(exercise, part, arrays, notation),
                f'{part} = solution_of(exercise, "{part}", notation)',
            ),
            _code(exercise, f"{part}-marks", marking, points),
        ]  # fmt: skip
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


def solution_of(exercise: Exercise, part: str, notation: AnyNotation = "002") -> dict[str, Any]:
    """The right answers of a part, by the names and in the shapes that `grade` takes.

    >>> from viz.worksheet.exercise import mazur
    >>> solution_of(mazur(), "forward")["z1"]
    [0.3775, 0.3925]
    """
    n = as_notation(notation)
    return {
        key(kind, l, notation): np.round(n.matrix(array) if kind == "dW" else array, 12).tolist()
        for kind, l in exercise.places()
        if kind in PARTS[part]
        for array in [exercise.results(kind, l)]
    }


def _introduction(sheet: Sheet, for_a_class: bool) -> str:
    title = "" if for_a_class else f", sheet {sheet.exercise.title}"
    name = "Type your name below, as your teacher has it: it gives you numbers of your own.\n\n"
    rules = set_of(rules_of(sheet), sheet.notation)
    return (
        f"# Backpropagation by hand{title}\n\n{name * for_a_class}{rules}\n\n"
        "Fill in your numbers for None below, and run the cell behind them: it says which are right. If a "
        "cell has a line that raises NotImplementedError, delete that line."
    )


def _words_of_parts(sheet: Sheet) -> list[str]:
    n = sheet.notation
    hint, gradient_hint = (set_of([sentence], n) for sentence in hints_of(sheet))
    cost = math_of(tuple(token for token in sheet.cost[:-2] if not hasattr(token, "rows")), n)
    return [f"## Forward\n\n${cost}$", f"## Backward\n\n{hint}", f"## Gradients\n\n{gradient_hint}"]


def _setting(exercise: Exercise, notation: AnyNotation, for_a_class: str) -> str:
    own = isinstance(notation, Notation)
    written = f"Notation(**{asdict(notation)!r})" if isinstance(notation, Notation) else repr(notation)
    return (
        "from IPython.display import HTML\n\n"
        + "from nn import Notation\n" * own
        + "from viz.worksheet import Exercise, given_html, grade, of_student, solution_of\n\n"
        f"exercise = {for_a_class or repr(exercise)}\nnotation = {written}\n"
        "HTML(given_html(exercise, notation))"
    )


def _blanks(exercise: Exercise, part: str, arrays: list[tuple[str, int]], notation: AnyNotation) -> str:
    n = as_notation(notation)
    lines = []
    for kind, l in arrays:
        shape = exercise.results(kind, l).shape
        shape = shape if kind != "dW" or n.to_first else shape[::-1]
        row = f"[{', '.join(['None'] * shape[-1])}]"
        blank = "None" if kind == "C" else row if len(shape) == 1 else f"[{', '.join([row] * shape[0])}]"
        letter = {"da": n.a, "dW": n.W, "db": n.b, "delta": n.delta}.get(kind, getattr(n, kind, n.cost))
        of = f"∂{n.cost}/∂{letter}" if kind in ("da", "dW", "db") else letter
        number = f" of layer {n.number_of(l)}" if l else ", the cost"
        lines.append(f'    "{key(kind, l, notation)}": {blank},  # {of}{number}')
    return "\n".join([f"{part} = {{", *lines, "}"])


def _words(exercise: Exercise, name: str, text: str) -> Cell:
    return _cell(exercise, name, "markdown", text, {"grade": False, "locked": True, "solution": False})


def _solution(exercise: Exercise, name: str, blank: str, solution: str) -> Cell:
    text = f"{blank}\n### BEGIN SOLUTION\n{solution}\n### END SOLUTION"
    return _code(exercise, name, text, is_solution=True)


def _code(exercise: Exercise, name: str, text: str, points: int = 0, is_solution: bool = False) -> Cell:
    facts: dict[str, Any] = {"grade": points > 0, "locked": not is_solution, "solution": is_solution}
    if points:
        facts["points"] = points
    return _cell(exercise, name, "code", text, facts) | {"execution_count": None, "outputs": []}


def _cell(exercise: Exercise, name: str, kind: str, text: str, facts: dict[str, Any]) -> Cell:
    cell = hashlib.sha256(f"{exercise!r}{name}".encode()).hexdigest()[:12]
    nbgrader = {"grade_id": name, "schema_version": 3, "task": False, "cell_type": kind, **facts}
    return {"cell_type": kind, "id": cell, "metadata": {"nbgrader": nbgrader}, "source": text}
