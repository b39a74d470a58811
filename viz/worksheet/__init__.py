"""Writes worksheets: backpropagation by hand on a small network, a page to fill in and one with the solution.

    python -m viz.worksheet --seed 7 --layers 2 2 1

writes sheet-7.html and sheet-7.tex. Each seed gives a different sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from minigrad.files import whole_file
from viz.worksheet.content import make_sheet
from viz.worksheet.exercise import Exercise, Solution, make_exercise, solve
from viz.worksheet.html_page import html_page
from viz.worksheet.latex_page import latex_page

__all__ = ["Exercise", "Solution", "make_exercise", "solve", "write_sheets"]


def write_sheets(
    seed: int, sizes: Sequence[int] = (2, 2, 1), folder: str | Path = "out", notation: str = "002"
) -> list[Path]:
    """Write the exercise of a seed and its solution as HTML and as LaTeX; returns the two paths.

    Raises ValueError for sizes that `make_exercise` refuses, or an unknown notation.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_sheets(7, (2, 2, 1), folder)]
    ['sheet-7.html', 'sheet-7.tex']
    """
    exercise = make_exercise(seed, sizes)
    sheets = [make_sheet(exercise, notation, is_solution) for is_solution in (False, True)]
    pages = {".html": html_page(sheets), ".tex": latex_page(sheets)}
    paths = [Path(folder) / f"sheet-{seed}{ending}" for ending in pages]
    for path, text in zip(paths, pages.values()):
        with whole_file(path) as file:
            file.write(text.encode())
    return paths
