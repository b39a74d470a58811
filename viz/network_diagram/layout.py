"""Computes the places of a network's columns: every neuron is a stack of rows, or one row of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from viz.drawing.grid import Box
from viz.drawing.room import PAGE, Room
from viz.drawing.typography import widest
from viz.network_diagram.columns import Column, Neuron, Row

SIZE = 10.0
HEADING = 11.0
ROW, TABLE_ROW, CELL = 17.0, 21.0, 13.0
TOP = 78.0  # of the neurons, below their headings
_BETWEEN, _BAND, _MARGIN, _PADDING, _INDEX = 14.0, 20.0, 20.0, 6.0, 18.0
_LEGEND, _STEP = 120.0, 1.25  # the usual height of a legend; from one width of bands to the next
_BELOW = 42.0  # from the last layer to a cost below it
_ROOM = 96.0  # between two columns, for ribbons; or as much as a page has room for, but not less than
_BEFORE_MATRIX = 10.0  # of that
_LEAST_ROOM, _LEAST_ROOM_BELOW = 64.0, 40.0  # with the cost beside the last layer, and below it
TABLED = ("a", "error", "delta")  # the columns of a table; z and b are in its tool tips


@dataclass(frozen=True)
class Placed:
    """A column with its place. `parts` are the widths of what stands side by side in a row.

    Of a block these are a weight's name, its number, and its gradient; of a table the cells of the matrix
    together, a, ∂C/∂a and δ.
    """

    column: Column
    left: float
    top: float
    parts: Sequence[float]
    is_below: bool = False  # the layer before it; else beside

    @property
    def width(self) -> float:
        """The width of the column in px."""
        return sum(self.parts)

    @property
    def right(self) -> float:
        """The x of its right side."""
        return self.left + self.width

    def neuron(self, position: int) -> Box:
        """The box of the neuron that is drawn as number `position`, from 0."""
        x = self.left + self.width / 2
        if self.column.is_table:
            return Box(x, self.top + (position + 0.5) * TABLE_ROW, self.width, TABLE_ROW)
        between = _between(self.column)
        above = sum(_height(neuron) + between for neuron in self.column.neurons[:position])
        height = _height(self.column.neurons[position])
        return Box(x, self.top + above + height / 2, self.width, height)

    def row(self, position: int, row: Row) -> Box:
        """The place of one row of a neuron; in a table that of the whole neuron."""
        box = self.neuron(position)
        if self.column.is_table:
            return box
        number = list(self.column.neurons[position].rows).index(row)
        return Box(box.x, box.top + (number + 0.5) * ROW, box.width, ROW)

    def part(self, box: Box, number: int) -> Box:
        """One of the parts of a row, from 0."""
        left = self.left + sum(self.parts[:number])
        return Box(left + self.parts[number] / 2, box.y, self.parts[number], box.height)


def in_bands(columns: Sequence[Column], room: Room = PAGE) -> list[list[Placed]]:
    """The columns side by side; where there is no room for all, with the cost below the last layer, or in
    bands, each of which begins with the last column of the one before.

    >>> from nn import MLP, trace
    >>> from viz.network_diagram.columns import columns_of
    >>> t = trace(MLP(2, [3, 3, 3, 3, 1], seed=0), [1.0, 2.0], y=0.0)
    >>> [[placed.column.layer for placed in band] for band in in_bands(columns_of(t, "002", 10))]
    [[0, 1, 2, 3], [3, 4, 5, 6]]
    """
    return room.chosen(_layouts(columns, room), size_of)


def _layouts(columns: Sequence[Column], room: Room) -> Iterator[list[list[Placed]]]:
    """In one piece, with the cost beside the last layer, and below it; then in bands, wide ones first."""
    for below, least_room in ((False, _LEAST_ROOM), (True, _LEAST_ROOM_BELOW)):
        rooms = (least_room, _ROOM)
        least, most = (_placed(columns, TOP, space, below)[-1].right + _MARGIN for space in rooms)
        share = min(max(room.widest - least, 0.0) / ((most - least) or 1.0), 1.0)
        yield [_placed(columns, TOP, least_room + share * (_ROOM - least_room), below)]
    widest = most
    while widest > room.widest:
        widest = max(room.widest, widest / _STEP)
        yield _bands(columns, widest)


def _bands(columns: Sequence[Column], widest: float) -> list[list[Placed]]:
    bands: list[list[Placed]] = []
    first, top = 0, TOP
    while first < len(columns) - 1 or not bands:
        last = first + 2
        while last < len(columns) and _placed(columns[first : last + 1], top)[-1].right + _MARGIN <= widest:
            last += 1
        bands.append(_placed(columns[first:last], top))
        top = bottom_of(bands[-1]) + _BAND + TOP
        first = last - 1
    return bands


def size_of(bands: Sequence[Sequence[Placed]]) -> tuple[float, float]:
    """Width and height in px, with a legend of usual size."""
    return max(band[-1].right for band in bands) + _MARGIN, bottom_of(bands[-1]) + _LEGEND


def _placed(columns: Sequence[Column], top: float, room: float = _ROOM, below: bool = False) -> list[Placed]:
    """The columns of one band, all centred at the same height; the cost `below` the last layer if asked."""
    tallest = max(_column_height(column) for column in columns)
    made: list[Placed] = []
    x = _MARGIN
    for number, column in enumerate(columns):
        if below and column.heading == "cost":
            parts, y = _parts(column), bottom_of(made[-1:]) + _BELOW
            made.append(Placed(column, made[-1].right - sum(parts), y, parts, is_below=True))
            break
        y = top + (tallest - _column_height(column)) / 2
        made.append(Placed(column, x, y, _parts(column)))
        x = made[-1].right + _gap(columns[number + 1] if number + 1 < len(columns) else column, room)
    return made


def bottom_of(columns: Sequence[Placed]) -> float:
    """The lowest y of all columns."""
    return max(c.top + _column_height(c.column) for c in columns)


def _gap(following: Column, room: float) -> float:
    """The space before a column: `room` for ribbons, or a tenth of it before a matrix."""
    if following.is_table:
        return room * _BEFORE_MATRIX / _ROOM
    return 42.0 if following.heading == "cost" else room


def _between(column: Column) -> float:
    """The space between two neurons."""
    return _BETWEEN if len(column.neurons[0].rows) > 1 else 6.0


def _height(neuron: Neuron) -> float:
    return ROW * len(neuron.rows)


def _column_height(column: Column) -> float:
    if column.is_table:
        return TABLE_ROW * len(column.neurons)
    return sum(map(_height, column.neurons)) + _between(column) * (len(column.neurons) - 1)


def _parts(column: Column) -> list[float]:
    rows = [row for neuron in column.neurons for row in neuron.rows]
    if column.is_table:
        sources = sum(row.kind == "w" for row in column.neurons[0].rows)
        texts = [[row.text for row in rows if row.kind == kind] for kind in TABLED]
        return [_INDEX + CELL * sources, *(widest(text, SIZE, bold=True) + 2 * _PADDING for text in texts)]
    weights = [row for row in rows if row.kind == "w"]
    gradients = [column.derivative, *(row.gradient_text for row in weights)]
    gradient = widest(gradients, SIZE) + _PADDING + 2 if weights else 0.0
    name = widest((row.name for row in rows), SIZE) + _PADDING + 6
    number = widest((row.text for row in rows), SIZE, bold=True) + _PADDING
    pairs = widest((row.name + row.text for row in rows if row.kind in ("error", "delta")), SIZE, bold=True)
    wanted = max(pairs + 3 * _PADDING, widest([column.heading], HEADING, bold=True) - 30, 50.0)
    return [name, max(number, wanted - name - gradient), gradient]
