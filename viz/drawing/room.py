"""The room that a picture gets: a page, which is scrolled, or a slide, on which all is seen at once.

A picture is laid out for its room: broken, folded or abridged until its smallest text can be read there.

Glossary: px are those of a page. The smallest text has 10 px in a picture, and may be shown with 9.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

Asked = str | tuple[float, float]
T = TypeVar("T")

_SIZE, _SMALLEST = 10.0, 9.0  # px of the smallest text, as drawn and as shown


@dataclass(frozen=True)
class Room:
    """`width` × `height` px; a page has no end below.

    >>> PAGE.holds(900, 5000), SLIDE.holds(900, 5000), SLIDE.holds(1200, 600)
    (True, False, True)
    """

    width: float
    height: float = math.inf

    @property
    def widest(self) -> float:
        """The width of a picture whose smallest text can just be read."""
        return self.width * _SIZE / _SMALLEST

    @property
    def is_page(self) -> bool:
        """Whether it has no end below."""
        return self.height == math.inf

    def excess(self, across: float, down: float) -> float:
        """How many times a picture is larger than the room."""
        return max(across / self.width, down / self.height)

    def holds(self, across: float, down: float) -> bool:
        """Whether the smallest text of a picture of that size can be read."""
        return self.excess(across, down) <= _SIZE / _SMALLEST

    def chosen(self, layouts: Iterable[T], size: Callable[[T], tuple[float, float]]) -> T:
        """The first layout that can be read, or else the one that is shown largest.

        >>> PAGE.chosen([(2000, 10), (1000, 10), (900, 90), (800, 800)], lambda pair: pair)
        (900, 90)
        """
        made = []
        for layout in layouts:
            across, down = size(layout)
            if self.holds(across, down):
                return layout
            made.append((self.excess(across, down), layout))
        return min(made, key=lambda pair: pair[0])[1]


PAGE = Room(830.0)  # what a README, a notebook or a page gives a picture
SLIDE = Room(1131.0, 579.0)  # in 1760 × 900 px of a slide of 1920 × 1080, where 9 px become 14


def room_of(given: Asked) -> Room:
    """The room "page", "slide", or a pair (width, height) of px; an endless height is `math.inf`.

    >>> room_of("slide") is SLIDE, room_of((480, math.inf)).is_page
    (True, True)

    Raises ValueError for anything else.
    """
    if isinstance(given, str):
        found = {"page": PAGE, "slide": SLIDE}.get(given)
    else:
        found = Room(*map(float, given)) if _is_size(given) else None
    if found is None:
        raise ValueError(
            f'room must be "page", "slide", or a pair (width, height) of px such as (900, 500), not {given!r}'
        )
    return found


def _is_size(given: object) -> bool:
    return (
        isinstance(given, tuple | list)
        and len(given) == 2
        and all(isinstance(length, int | float) and length > 0 for length in given)
        and given[0] < math.inf
    )
