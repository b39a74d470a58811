"""Draws tables of numbers; columns are as wide as their text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from viz.drawing import grid, svg
from viz.drawing.palette import Theme, text_on
from viz.drawing.typography import widest

SIZE = 11.0
LINE = 14.0
_PADDING = 7.0


@dataclass(frozen=True)
class Cell:
    """Lines of text on a fill. A cell without a fill, such as a heading, has no border."""

    lines: tuple[str, ...] = ()
    fill: str | None = None
    bold: bool = False
    tooltip: str = ""
    class_: str | None = None


Rows = Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Drawn:
    """Part of a picture, with its size."""

    content: str
    width: float
    height: float


def table(x: float, y: float, rows: Rows, theme: Theme, smallest: float = 0.0) -> Drawn:
    """A table with its upper left corner at (x, y); `smallest` is the minimal width and height of a cell.

    >>> from viz.drawing.palette import LIGHT
    >>> table(0, 0, [[Cell(("a",)), Cell(("b",))]], LIGHT).height
    24.0
    """
    widths = [max(smallest, *(_width(row[column]) for row in rows)) for column in range(len(rows[0]))]
    heights = [max(smallest, *(_height(cell) for cell in row)) for row in rows]
    parts = []
    for number, row in enumerate(rows):
        top = y + sum(heights[:number])
        for column, cell in enumerate(row):
            middle = x + sum(widths[:column]) + widths[column] / 2
            place = grid.Box(middle, top + heights[number] / 2, widths[column], heights[number])
            parts.append(_drawn(cell, place, theme))
    return Drawn("".join(parts), sum(widths), sum(heights))


def _drawn(cell: Cell, place: grid.Box, theme: Theme) -> str:
    parts = [svg.title(cell.tooltip)] if cell.tooltip else []
    if cell.fill is not None:
        parts.append(svg.rectangle(place, fill=cell.fill, stroke=theme.background))
    ink = theme.ink if cell.fill is None else text_on(cell.fill, theme)
    first = place.y - LINE * (len(cell.lines) - 1) / 2
    for number, line in enumerate(cell.lines):
        y = first + LINE * number
        parts.append(svg.text(place.x, y, line, size=SIZE, fill=ink, bold=cell.bold))
    return svg.group(*parts, class_=cell.class_) if parts else ""


def _width(cell: Cell) -> float:
    return widest(cell.lines, SIZE, cell.bold) + 2 * _PADDING if cell.lines else 0.0


def _height(cell: Cell) -> float:
    return LINE * len(cell.lines) + 10 if cell.lines else 0.0
