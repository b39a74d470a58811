"""Finds that an index counts along axes, as that of a window that slides over a picture does."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.compiler.targets.functions import strided

MOST_AXES = 5


def even_axes(index: Any) -> list[tuple[int, int]] | None:
    """(size, step) of each axis, the last one fastest, if index = first + Σ step · place; else None.

    >>> even_axes(np.array([7, 8, 12, 13, 17, 18]))
    [(3, 5), (2, 1)]
    """
    axes: list[tuple[int, int]] = []
    rest = index
    while len(rest) > 1 and len(axes) < MOST_AXES:
        steps = np.diff(rest)
        size = int(np.argmax(steps != steps[0])) + 1 if (steps != steps[0]).any() else len(rest)
        if len(rest) % size:
            return None
        axes.insert(0, (size, int(steps[0])))
        rest = rest[::size]
    counted = strided(index[0], *axes).ravel()
    return axes if len(counted) == len(index) and (counted == index).all() else None
