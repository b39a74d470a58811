"""Worksheets: backpropagation by hand on a small network, pages to fill in, their solution, and marks.

    python -m viz.worksheet --seed 7 --layers 2 2 2

writes sheet-7.html, sheet-7.tex, sheet-7.txt to fill in with an editor, and sheet-7.ipynb, which nbgrader
grades. Each seed gives a different sheet; `--student NAME` gives each student one of their own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from minigrad.files import whole_file
from nn.delta.notation import AnyNotation
from viz.worksheet.answers import Mark, Marks, grade
from viz.worksheet.draws import document_001, make_exercise
from viz.worksheet.exercise import Exercise, exercise_of, mazur, seed_of
from viz.worksheet.form import answers_in, as_data, ask, form_of
from viz.worksheet.notebook import notebook_of
from viz.worksheet.pages.content import make_sheet
from viz.worksheet.pages.html_page import html_page
from viz.worksheet.pages.latex_page import latex_page

# fmt: off
__all__ = [
    "Exercise", "Mark", "Marks", "answers_in", "as_data", "ask", "document_001", "exercise_of", "form_of",
    "grade", "make_exercise", "mazur", "notebook_of", "seed_of", "write_sheets",
]
# fmt: on


def write_sheets(
    exercise: Exercise | int,
    sizes: Sequence[int] = (2, 2, 2),
    folder: str | Path = "out",
    notation: AnyNotation = "002",
) -> list[Path]:
    """Write an exercise with its solution as HTML and as LaTeX, and as a form and a notebook without it.

    `exercise` may be a seed, for an exercise of `sizes`. Gives the paths. Raises ValueError for sizes that
    `make_exercise` refuses, or an unknown notation.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_sheets(7, (2, 2, 1), folder)]
    ['sheet-7.html', 'sheet-7.tex', 'sheet-7.txt', 'sheet-7.ipynb']
    """
    if not isinstance(exercise, Exercise):
        exercise = make_exercise(exercise, sizes)
    sheets = [make_sheet(exercise, notation, is_solution) for is_solution in (False, True)]
    pages = {
        ".html": html_page(sheets),
        ".tex": latex_page(sheets),
        ".txt": form_of(exercise, notation),
        ".ipynb": json.dumps(notebook_of(exercise, notation), indent=1, ensure_ascii=False) + "\n",
    }
    name = "".join(letter if letter.isalnum() else "-" for letter in exercise.name)
    paths = [Path(folder) / f"sheet-{name}{ending}" for ending in pages]
    for path, text in zip(paths, pages.values()):
        with whole_file(path) as file:
            file.write(text.encode())
    return paths
