"""Computes the sizes of the boxes and labels of a computation graph from their text."""

from __future__ import annotations

from collections.abc import Sequence

from viz.computation_graph.model import Box, Row
from viz.drawing.typography import widest, width

SIZE = 11.0
SMALL = 9.5
LINE = 13.0
ROW = 2 * LINE + 4.0  # a name over its number, and the arithmetic beside them
HEADER = 22.0
BAND = 20.0
PADDING = 8.0


def box_size(box: Box) -> tuple[float, float]:
    """Width and height of a box in px.

    >>> box_size(Box("n1", "", "2", "the constant 2.0"))[1]
    18.0
    """
    if not box.title:
        return width(box.number, SIZE) + 10, 18.0
    inside = width(box.title, SIZE, bold=True) + width(box.number, SIZE) + 14
    for name, number in box.lines:
        inside = max(inside, width(name, SMALL) + width(number, SMALL) + 14)
    if box.band is not None:
        inside = max(inside, widest([box.band.name + box.band.text], SIZE, bold=True) + 18)
    if box.rows:
        inside = max(inside, sum(row_columns(box.rows)) + 14)
    return inside + 2 * PADDING, _above_rows(box) + ROW * len(box.rows)


def band_top(box: Box) -> float:
    """The distance of the gradient from the top of its box.

    >>> band_top(Box("n1", "x", "2", "", lines=[("", "a line")]))
    35.0
    """
    return HEADER + LINE * len(box.lines)


def _above_rows(box: Box) -> float:
    return band_top(box) + (0.0 if box.band is None else BAND)


def row_top(box: Box, index: int) -> float:
    """The distance of a row from the top of its box.

    >>> row_top(Box("n1", "x", "2", ""), 1)
    52.0
    """
    return _above_rows(box) + ROW * index


def row_columns(rows: Sequence[Row]) -> tuple[float, float]:
    """The widths of the two columns of a neuron's rows: name and number; arithmetic.

    >>> row_columns([])
    (0.0, 0.0)
    """
    names = [text for row in rows for text in (row.name, row.number)]
    return widest(names, SMALL), widest([text for row in rows for text in row.arithmetic], SMALL)


def label_size(label: Sequence[str]) -> tuple[float, float]:
    """Width and height of the label of an edge.

    >>> label_size(["one line"])[1], label_size(["two", "lines"])[1]
    (15.0, 28.0)
    """
    return widest(label, SMALL) + 8, LINE * len(label) + 2
