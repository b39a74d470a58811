"""How large the boxes and labels of a computation graph are, from the text in them."""

from __future__ import annotations

from collections.abc import Sequence

from viz.graph_model import Box, Row
from viz.numerals import shown
from viz.typography import widest, width

SIZE = 11.0
SMALL = 9.5
LINE = 13.0
ROW = 2 * LINE + 4.0  # a name over its number, and the arithmetic beside them
HEADER = 22.0
BAND = 20.0
PADDING = 8.0


def heading(box: Box) -> str:
    """The first line of a box: its name, and the operation that made it."""
    if box.name and box.symbol:
        return f"{box.name} = {box.symbol}"
    return box.name or box.symbol


def gradient_text(box: Box) -> str:
    """The gradient with its sign, or "?" before a backward pass: 0 is something else."""
    return shown(box.node.grad, signed=True) if box.node.has_gradient else "?"


def box_size(box: Box) -> tuple[float, float]:
    """Width and height of a box in px."""
    if box.constant:
        return width(box.number, SIZE) + 10, 18.0
    first = width(heading(box), SIZE, bold=True) + width(box.number, SIZE) + 14
    second = width(box.gradient_name, SIZE, bold=True) + width(gradient_text(box), SIZE, bold=True) + 14
    names, sums = row_columns(box.rows)
    inside = max(first, second, names + sums + 14 if box.rows else 0.0)
    return inside + 2 * PADDING, HEADER + BAND + ROW * len(box.rows)


def row_columns(rows: Sequence[Row]) -> tuple[float, float]:
    """The widths of the two columns of a neuron's rows: name and number, arithmetic."""
    names = [text for row in rows for text in (row.name, row.number)]
    return widest(names, SMALL), widest([text for row in rows for text in row.arithmetic], SMALL)


def label_size(label: Sequence[str]) -> tuple[float, float]:
    """Width and height of the label of an edge."""
    return widest(label, SMALL) + 8, LINE * len(label) + 2
