"""Worksheets: backpropagation by hand on a small network, pages to fill in, their solution, and marks.

    python -m viz.worksheet --seed 7 --solutions

writes sheet-7.html, sheet-7.tex, sheet-7.txt to fill in with an editor, and sheet-7.ipynb, which nbgrader
grades; and the solution, apart. Each seed gives a different sheet, `--student NAME` gives each student one of
their own, and `--class FILE` all of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path

from minigrad.files import whole_file
from nn.delta.notation import AnyNotation, as_notation
from viz.worksheet.answers import Mark, Marks, grade
from viz.worksheet.draws import document_001, make_exercise, of_student
from viz.worksheet.exercise import Exercise, exercise_of, mazur, seed_of
from viz.worksheet.form import answers_in, ask, exercise_in, form_of
from viz.worksheet.notebook import notebook_of, solution_of
from viz.worksheet.pages.content import make_sheet
from viz.worksheet.pages.html_page import given_html, html_page
from viz.worksheet.pages.latex_page import latex_page

# fmt: off
__all__ = [
    "Exercise", "Mark", "Marks", "answers_in", "ask", "document_001", "exercise_in", "exercise_of", "form_of",
    "given_html", "grade", "make_exercise", "mazur", "notebook_of", "of_student", "seed_of", "solution_of",
    "write_class", "write_sheets",
]
# fmt: on


def write_sheets(
    exercise: Exercise | int,
    sizes: Sequence[int] = (2, 2, 2),
    folder: str | Path = "out",
    notation: AnyNotation = "002",
    solutions: bool = False,
) -> list[Path]:
    """Write an exercise as HTML, as LaTeX, as a form and as a notebook, and perhaps its solution apart.

    `exercise` may be a seed, for an exercise of `sizes`. Gives the paths. The notebook is a teacher's, with
    the solution in it, which nbgrader takes out. Raises ValueError for sizes that `make_exercise` refuses,
    or an unknown notation.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_sheets(7, (2, 2, 1), folder)]
    ['sheet-7-2-2-1.html', 'sheet-7-2-2-1.tex', 'sheet-7-2-2-1.txt', 'sheet-7-2-2-1.ipynb']
    """
    if not isinstance(exercise, Exercise):
        exercise = make_exercise(exercise, sizes)
    pages = _pages(exercise, notation, solutions) | {".ipynb": _as_json(notebook_of(exercise, notation))}
    return _written(folder, {_stem(exercise, notation) + ending: text for ending, text in pages.items()})


def write_class(
    students: Sequence[str],
    exercise: str = "1",
    sizes: Sequence[int] = (2, 2, 2),
    activation: str = "half",
    folder: str | Path = "out",
    notation: AnyNotation = "002",
    only: Sequence[str] = (),
    solutions: bool = False,
    is_softmax: bool = False,
) -> list[Path]:
    """Write a sheet for each student, one notebook for all, and index.html with the names. Gives the paths.

    Raises ValueError as `of_student` does, and for two names that are one.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_class(["Ada Lovelace"], "1", folder=folder)][-2:]
    ['sheet-1-class.ipynb', 'index.html']
    """
    files: dict[str, str] = {}
    rows = ""
    for student in students:
        one = of_student(student, exercise, sizes, activation, only, is_softmax)
        stem = _stem(one, notation)
        if f"{stem}.html" in files:
            raise ValueError(f"worksheet: two students are called {student!r}; add what tells them apart")
        pages = _pages(one, notation, solutions)
        files |= {stem + ending: text for ending, text in pages.items()}
        links = " ".join(f'<a href="{stem}{ending}">{ending.strip("-.")}</a>' for ending in pages)
        rows += f"<tr><td>{escape(one.student)}</td><td>{links}</td></tr>\n"
    if not rows:
        raise ValueError("worksheet: the class has no students")
    network = f"{tuple(sizes)!r}, {activation!r}, {tuple(only)!r}, {is_softmax!r}"
    call = f"of_student(student, {exercise!r}, {network})"
    stem = f"sheet-{_slug(exercise)}-class"
    files[f"{stem}.ipynb"] = _as_json(notebook_of(one, notation, call))
    title = f"Backpropagation by hand, exercise {escape(exercise)}"
    files["index.html"] = (
        f'<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title>\n<h1>{title}</h1>\n'
        f"<table>\n{rows}</table>\n</html>\n"
    )
    return _written(folder, files)


def _pages(exercise: Exercise, notation: AnyNotation, solutions: bool) -> dict[str, str]:
    sheet = make_sheet(exercise, notation)
    pages = {".html": html_page([sheet]), ".tex": latex_page([sheet]), ".txt": form_of(exercise, notation)}
    if solutions:
        solved = [make_sheet(exercise, notation, is_solution=True)]
        pages |= {"-solution.html": html_page(solved), "-solution.tex": latex_page(solved)}
    return pages


def _stem(exercise: Exercise, notation: AnyNotation) -> str:
    """sheet, the exercise, the student, and what is not as usual, so that nothing is written over."""
    settings: list[str] = []
    if exercise.student or exercise.name.isdigit():
        settings += ["-".join(map(str, exercise.sizes))] if exercise.sizes != (2, 2, 2) else []
        settings += [exercise.activations[0]] if exercise.activations[0] != "half" else []
        settings += ["softmax"] if exercise.is_short else []
    if notation != "002":
        settings.append(notation if isinstance(notation, str) else as_notation(notation).vectors)
    return "-".join(
        filter(None, ["sheet", *map(_slug, (exercise.name, exercise.student, *settings, *exercise.only))])
    )


def _slug(text: str) -> str:
    return "-".join("".join(letter if letter.isalnum() else " " for letter in text).split())


def _as_json(notebook: object) -> str:
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _written(folder: str | Path, files: dict[str, str]) -> list[Path]:
    for name, text in files.items():
        with whole_file(Path(folder) / name) as file:
            file.write(text.encode())
    return [Path(folder) / name for name in files]
