"""Boxes and points.

Lengths are in px, x to the right, y down; the place of a box is its middle.
"""

from __future__ import annotations

from collections.abc import Sequence
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

    def touches(self, other: Box) -> bool:
        """Whether two boxes share an area, told without computing it.

        >>> Box(0, 0, 2, 2).touches(Box(1, 1, 2, 2)), Box(0, 0, 2, 2).touches(Box(2, 0, 2, 2))
        (True, False)
        """
        across, down = self.width + other.width, self.height + other.height
        return 2 * abs(self.x - other.x) < across and 2 * abs(self.y - other.y) < down


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
