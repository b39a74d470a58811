"""Boxes, points and edges, and places for labels on edges.

Lengths are in px, x to the right, y down; the place of a box is its middle.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache


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

    def touches(self, other: Box) -> bool:
        """Whether two boxes share an area, told without computing it.

        >>> Box(0, 0, 2, 2).touches(Box(1, 1, 2, 2)), Box(0, 0, 2, 2).touches(Box(2, 0, 2, 2))
        (True, False)
        """
        across, down = self.width + other.width, self.height + other.height
        return 2 * abs(self.x - other.x) < across and 2 * abs(self.y - other.y) < down

    def overlap(self, other: Box) -> float:
        """The area that two boxes share, in px².

        >>> Box(0, 0, 2, 2).overlap(Box(1, 1, 2, 2)), Box(0, 0, 2, 2).overlap(Box(2, 0, 2, 2))
        (1.0, 0.0)
        """
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return float(across * down) if across > 0 and down > 0 else 0.0


def around(boxes: Sequence[Box], margin: float, above: float = 0.0) -> Box:
    """The box around others, with a margin, and extra space above for a heading.

    >>> around([Box(0, 0, 2, 2), Box(10, 0, 2, 2)], 1.0)
    Box(x=5.0, y=0.0, width=14.0, height=4.0)
    """
    left, right = min(box.left for box in boxes) - margin, max(box.right for box in boxes) + margin
    top = min(box.top for box in boxes) - max(margin, above)
    bottom = max(box.bottom for box in boxes) + margin
    return Box((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)


Point = tuple[float, float]
Edge = tuple[Point, Point]
_CLEARANCE = 4.0  # the widest line reaches 3 px to either side of its middle


def along(start: Point, end: Point, share: float) -> Point:
    """The point at `share`, 0 … 1, of the way along the edge.

    >>> along((0.0, 0.0), (10.0, 20.0), 0.5)
    (5.0, 10.0)
    """
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def place_labels(
    edges: Sequence[Edge], sizes: Sequence[tuple[float, float]], obstacles: Iterable[Box] = ()
) -> list[Box]:
    """A place on each edge for its label, if possible one that no other edge crosses.

    A greedy search: edges with the fewest such places come first; then each label is placed again, given all
    the others.

    >>> cross = [((0, 0), (200, 200)), ((0, 200), (200, 0))]
    >>> [(round(box.x), round(box.y)) for box in place_labels(cross, [(40, 20), (40, 20)])]
    [(73, 73), (73, 127)]
    """
    return list(_placed(tuple(edges), tuple(sizes), tuple(obstacles)))


@lru_cache(maxsize=16)  # a picture that is drawn in another theme has its labels where they were
def _placed(
    edges: tuple[Edge, ...], sizes: tuple[tuple[float, float], ...], fixed: tuple[Box, ...]
) -> tuple[Box, ...]:
    places = [_places(number, edges, size) for number, size in enumerate(sizes)]
    order = sorted(range(len(edges)), key=lambda number: sum(cost < 3.0 for _, cost in places[number]))
    placed: dict[int, Box] = {}
    for number in order * 6:
        others = [*fixed, *(_wider(box, 6.0) for other, box in placed.items() if other != number)]
        placed[number], _ = min(places[number], key=lambda place: place[1] + _covered(place[0], others))
    return tuple(placed[number] for number in range(len(edges)))


def _places(number: int, edges: Sequence[Edge], size: tuple[float, float]) -> list[tuple[Box, float]]:
    """The possible places of the label of an edge, with their costs; a free place costs little."""
    start, end = edges[number]
    others = [edge for other, edge in enumerate(edges) if other != number]
    beside = min(size[0] / 2 / max(abs(end[0] - start[0]), 1.0), 0.32)  # not near the boxes at the ends
    places = []
    for step in range(-50, 51):
        box = Box(*along(start, end, 0.5 + (0.5 - beside) * step / 50), *size)
        crossed = sum(_inside(_wider(box, _CLEARANCE), edge) for edge in others)
        near = sum(_inside(_wider(box, 3 * _CLEARANCE), edge) for edge in others)
        places.append((box, 10.0 * crossed + near / 200 + abs(step) / 100))
    return places


def _covered(box: Box, others: Iterable[Box]) -> float:
    return 10.0 * sum(box.overlap(other) for other in others)


def _wider(box: Box, by: float) -> Box:
    return Box(box.x, box.y, box.width + 2 * by, box.height + 2 * by)


def _inside(box: Box, edge: Edge) -> float:
    """The length of the part of a straight edge that is inside a box (Liang and Barsky, 1984).

    >>> _inside(Box(0, 0, 2, 2), ((-4.0, 0.0), (4.0, 0.0)))
    2.0
    """
    (x1, y1), (x2, y2) = edge
    enters, leaves = 0.0, 1.0
    for at, way, low, high in ((x1, x2 - x1, box.left, box.right), (y1, y2 - y1, box.top, box.bottom)):
        if not way:
            if not low < at < high:
                return 0.0
            continue
        first, last = sorted(((low - at) / way, (high - at) / way))
        enters, leaves = max(enters, first), min(leaves, last)
    return max(leaves - enters, 0.0) * math.dist((x1, y1), (x2, y2))
