"""Places for the neurons of a network: a column a layer, a row a neuron, neuron 1 on top.

After this file you can find any box of a network's picture, and a free place for a label on an edge.

Glossary: lengths are in px, x to the right, y down; a box is placed by its middle.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A rectangle, by its middle and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        """The x of its left side."""
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        """The x of its right side."""
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        """The y of its upper side."""
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        """The y of its lower side."""
        return self.y + self.height / 2

    def overlap(self, other: Box) -> float:
        """The area that two boxes share, in px².

        >>> Box(0, 0, 2, 2).overlap(Box(1, 1, 2, 2)), Box(0, 0, 2, 2).overlap(Box(2, 0, 2, 2))
        (1.0, 0.0)
        """
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return float(across * down) if across > 0 and down > 0 else 0.0


def around(boxes: Sequence[Box], margin: float, above: float = 0.0) -> Box:
    """The box around others, with a margin, and more of it above for a heading.

    >>> around([Box(0, 0, 2, 2), Box(10, 0, 2, 2)], 1.0)
    Box(x=5.0, y=0.0, width=14.0, height=4.0)
    """
    left, right = min(box.left for box in boxes) - margin, max(box.right for box in boxes) + margin
    top = min(box.top for box in boxes) - max(margin, above)
    bottom = max(box.bottom for box in boxes) + margin
    return Box((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)


@dataclass(frozen=True)
class Grid:
    """Columns of boxes, each column centred on the same height.

    Attributes:
        rows: the number of boxes in each column.
        widths: the width of the boxes of each column.
        heights: the height of the boxes of each column.
        gaps: the space to the right of each column but the last.
        row_gaps: the space between the boxes of each column.
        left, top: the space around.
    """

    rows: Sequence[int]
    widths: Sequence[float]
    heights: Sequence[float]
    gaps: Sequence[float]
    row_gaps: Sequence[float]
    left: float = 24.0
    top: float = 24.0

    def box(self, column: int, row: int) -> Box:
        """The box in a column and a row, both counted from 0.

        >>> grid = Grid(rows=[2, 1], widths=[60, 60], heights=[40, 40], gaps=[100], row_gaps=[20, 20])
        >>> grid.box(0, 0).y, grid.box(0, 1).y, grid.box(1, 0).y
        (44.0, 104.0, 74.0)
        """
        x = self.left + sum(self.widths[:column]) + sum(self.gaps[:column]) + self.widths[column] / 2
        first = self.top + (self.height - self._column_height(column)) / 2
        y = first + row * (self.heights[column] + self.row_gaps[column]) + self.heights[column] / 2
        return Box(x, y, self.widths[column], self.heights[column])

    @property
    def width(self) -> float:
        """The width of all columns and gaps, without the space around."""
        return sum(self.widths) + sum(self.gaps[: len(self.widths) - 1])

    @property
    def height(self) -> float:
        """The height of the tallest column, without the space around."""
        return max(self._column_height(column) for column in range(len(self.rows)))

    def _column_height(self, column: int) -> float:
        count = self.rows[column]
        return count * self.heights[column] + (count - 1) * self.row_gaps[column]


Point = tuple[float, float]


def along(start: Point, end: Point, share: float) -> Point:
    """The point at `share`, 0 … 1, of the way.

    >>> along((0.0, 0.0), (10.0, 20.0), 0.5)
    (5.0, 10.0)
    """
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def place_labels(
    edges: Sequence[tuple[Point, Point]],
    sizes: Sequence[tuple[float, float]],
    obstacles: Iterable[Box] = (),
) -> list[Box]:
    """A place on each edge for its label, so that labels keep off one another, off boxes and other edges.

    Greedy: label by label, the place along its own edge that covers least of what is there already, and, of
    equally good ones, that nearest to the middle. Then each is placed again, knowing all the others.

    >>> [box.x for box in place_labels([((0, 0), (100, 0)), ((0, 5), (100, 5))], [(30, 12), (30, 12)])]
    [50.0, 80.0]
    """
    fixed = list(obstacles)
    placed: dict[int, Box] = {}
    shares = [0.5 + sign * step * 0.02 for step in range(17) for sign in (1, -1)][1:]
    for index in [*range(len(edges))] * 4:
        (start, end), (width, height) = edges[index], sizes[index]
        others = [edge for number, edge in enumerate(edges) if number != index]
        labels = [box for number, box in placed.items() if number != index]
        candidates = [Box(*along(start, end, share), width, height) for share in shares]
        placed[index] = min(candidates, key=lambda box: _cost(box, [*fixed, *labels], others))
    return [placed[index] for index in range(len(edges))]


def _cost(box: Box, boxes: Iterable[Box], edges: Iterable[tuple[Point, Point]]) -> float:
    """How much a label at this place would cover; another box weighs more than a line."""
    return 10.0 * sum(box.overlap(other) for other in boxes) + sum(_crossing(box, edge) for edge in edges)


def _crossing(box: Box, edge: tuple[Point, Point]) -> float:
    """How much of a straight edge runs behind a box, in px², for a line as wide as 4 px."""
    (x1, y1), (x2, y2) = edge
    steps = 24
    inside = 0
    for step in range(steps + 1):
        x, y = along((x1, y1), (x2, y2), step / steps)
        inside += box.left <= x <= box.right and box.top <= y <= box.bottom
    return 4.0 * math.dist((x1, y1), (x2, y2)) * inside / steps
