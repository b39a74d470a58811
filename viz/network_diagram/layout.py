"""Computes the text and the places of the boxes in a network's picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from minigrad.symbols.numerals import compact, lowered, plain
from nn import Trace
from nn.arrays import as_floats
from nn.delta.notation import cost_letter, drawn, layer_number, weight_letter
from viz.drawing.grid import Grid
from viz.drawing.typography import widest, width

SIZE = 11.0
HEADING = 13.0
Line = tuple[str, str]


@dataclass(frozen=True)
class Cell:
    """One box: lines of (name, number), and δ apart from them. A skipped cell says how many are left out."""

    lines: Sequence[Line]
    tooltip: str = ""
    index: int = 0
    layer: int = 0
    delta_name: str = ""
    delta: float = 0.0
    skipped: bool = False


@dataclass(frozen=True)
class Column:
    """The boxes of one layer, and the number of its neurons."""

    cells: Sequence[Cell]
    count: int


def columns_of(trace: Trace, notation: str, max_neurons: int) -> list[Column]:
    """The input, the layers, and the cost if there is one. Raises ValueError for `max_neurons` < 2.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(2, [2, 1], seed=0), [1.0, 2.0], y=0.0)
    >>> [column.count for column in columns_of(t, "002", 10)]
    [2, 2, 1, 1]
    """
    if max_neurons < 2:
        raise ValueError(f"max_neurons must be at least 2, not {max_neurons}")
    columns = [_column([_input(trace, k, notation) for k in range(trace.model.sizes[0])], max_neurons)]
    for l in range(1, trace.depth + 1):
        cells = [_neuron(trace, l, j, notation) for j in range(trace.model.sizes[l])]
        columns.append(_column(cells, max_neurons))
    if trace.target is not None:
        columns.append(Column([_cost(trace, notation)], 1))
    return columns


def grid_of(columns: Sequence[Column], headings: Sequence[str], labelled_edges: int, top: float) -> Grid:
    """The grid, with room for all text, and between columns for the labels of edges if there are any.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(2, [2, 1], seed=0), [1.0, 2.0], y=0.0)
    >>> columns = columns_of(t, "002", 10)
    >>> grid_of(columns, headings(t, columns, "002"), 16, top=0.0).rows
    [2, 2, 1, 1]
    """
    widths = [
        max(_width(column), width(heading, HEADING, bold=True))
        for column, heading in zip(columns, headings, strict=True)
    ]
    heights = [max(_height(cell) for cell in column.cells) for column in columns]
    edges = edges_between(columns)
    gaps = [_gap(count, labelled_edges) for count in edges]
    row_gaps = []
    for number, height in enumerate(heights):
        pitch = max(_pitch(count, labelled_edges) for count in edges[max(0, number - 1) : number + 1])
        row_gaps.append(max(28.0, pitch - height))
    return Grid([len(column.cells) for column in columns], widths, heights, gaps, row_gaps, top=top)


def edges_between(columns: Sequence[Column]) -> list[int]:
    """The number of weights drawn after each column; 0 before the cost.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(2, [2, 1], seed=0), [1.0, 2.0], y=0.0)
    >>> edges_between(columns_of(t, "002", 10))
    [4, 2, 0]
    """
    edges = [_drawn(left) * _drawn(right) for left, right in pairwise(columns)]
    is_cost = not columns[-1].cells[0].delta_name
    return [*edges[:-1], 0] if is_cost else edges


def _gap(edges: int, labelled_edges: int) -> float:
    """The space between two columns with that many edges, so that no label covers another."""
    if not edges:
        return 60.0
    if edges > labelled_edges:
        return 200.0
    return 250.0 if edges <= 4 else 400.0 if edges <= 8 else 480.0


def _pitch(edges: int, labelled_edges: int) -> float:
    """The distance between the middles of a column's boxes, with room for the labels of its edges."""
    if edges <= 1 or edges > labelled_edges:
        return 0.0
    return 90.0 if edges <= 8 else 120.0


def headings(trace: Trace, columns: Sequence[Column], notation: str) -> list[str]:
    """A heading for each column, with the number of its layer in the notation.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(2, [2, 1], seed=0), [1.0, 2.0], y=0.0)
    >>> headings(t, columns_of(t, "002", 10), "001")
    ['input, layer 1', 'layer 2', 'layer 3, output', 'cost']
    """
    first = layer_number(0, notation)
    words = [f"input, layer {first}"]
    for l in range(1, trace.depth + 1):
        words.append(f"layer {first + l}" + (", output" if l == trace.depth else ""))
    return words + ["cost"] * (len(columns) - len(words))


def weight_derivative(notation: str) -> str:
    """∂C/∂w in the notation.

    >>> weight_derivative("002"), weight_derivative("000")
    ('∂C/∂w', '∂E/∂θ')
    """
    return f"∂{cost_letter(notation)}/∂{weight_letter(notation)}"


def _column(cells: Sequence[Cell], max_neurons: int) -> Column:
    if len(cells) <= max_neurons:
        return Column(cells, len(cells))
    left_out = len(cells) - max_neurons
    word = Cell([(f"⋮ {left_out} more, not drawn", "")], skipped=True)
    return Column([*cells[: max_neurons - 1], word, cells[-1]], len(cells))


def _input(trace: Trace, k: int, notation: str) -> Cell:
    node = trace.a[0][k]
    name = drawn("x", 0, k + 1, notation=notation)
    return Cell([(name, plain(node.data))], f"{name} = {node.data!r}", k)


def _neuron(trace: Trace, l: int, j: int, notation: str) -> Cell:
    z, a, b = trace.z[l][j], trace.a[l][j], trace.model.layers[l - 1].neurons[j].b
    present = [(kind, node) for kind, node in zip("zab", (z, a, b)) if node is not None]
    lines = [(drawn(kind, l, j + 1, notation=notation), compact(node.data)) for kind, node in present]
    name = drawn("delta", l, j + 1, notation=notation)
    tooltip = f"z = {z.data!r}, a = {a.data!r}, δ = {z.grad!r}"
    return Cell(lines, tooltip, j, l, delta_name=name, delta=z.grad)


def _cost(trace: Trace, notation: str) -> Cell:
    lines = [(cost_letter(notation), compact(trace.cost.data))]
    targets = np.atleast_1d(as_floats(trace.target))
    if len(targets) <= 3:
        names = ["y"] if len(targets) == 1 else [f"y{lowered(j + 1)}" for j in range(len(targets))]
        lines += [(name, plain(float(y))) for name, y in zip(names, targets)]
    return Cell(lines, f"{cost_letter(notation)} = {trace.cost.data!r}")


def _width(column: Column) -> float:
    words = [f"{name}   {value}" for cell in column.cells if not cell.skipped for name, value in cell.lines]
    bands = [f"{c.delta_name}   {compact(c.delta, signed=True)}" for c in column.cells if c.delta_name]
    skipped = [width(cell.lines[0][0], SIZE) for cell in column.cells if cell.skipped]
    return max(widest(words, SIZE), widest(bands, SIZE, bold=True), *skipped, 40.0) + 18


def _height(cell: Cell) -> float:
    return 8 + 16 * len(cell.lines) + (22 if cell.delta_name else 0)


def _drawn(column: Column) -> int:
    return sum(not cell.skipped for cell in column.cells)
