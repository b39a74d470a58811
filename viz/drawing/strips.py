"""Draws strips: one row a neuron, one column an epoch, the darker the larger a number that has no sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from viz.drawing import svg
from viz.drawing.grid import Box
from viz.drawing.looks import strongest
from viz.drawing.palette import Theme, mixed

_HIGHEST, _LOWEST = 14.0, 7.0  # px, of a row: of a few neurons, of many
_MOST_ROWS, _MOST_COLUMNS = 12, 80
_BETWEEN = 6.0
_UNDER = 0.5  # px of a cell that lie under the next, so that no ground shows between them
_SIZE = 10.0
_MOST_DECADES = 4.0


@dataclass(frozen=True)
class Strip:
    """Numbers ≥ 0 of neurons over epochs, shape (neurons, epochs), and the name of their layer's δ."""

    name: str
    numbers: NDArray[np.float64]

    @cached_property
    def rows(self) -> list[int]:
        """The rows that are drawn, those of the largest numbers."""
        sizes = np.sqrt((np.nan_to_num(self.numbers, posinf=0.0) ** 2).mean(axis=1))
        return strongest(sizes, _MOST_ROWS)

    @property
    def words(self) -> list[str]:
        """What is written beside it: its name, and how many of its rows are drawn."""
        shown, every = len(self.rows), self.numbers.shape[0]
        return [self.name, f"{shown} of {every}"] if shown < every else [self.name]

    @property
    def row(self) -> float:
        """The height of a row in px."""
        return min(max(60.0 / len(self.rows), _LOWEST), _HIGHEST)

    @property
    def height(self) -> float:
        """The height in px, with the space below."""
        return self.row * len(self.rows) + _BETWEEN


def strip_of(name: str, epochs: Sequence[Sequence[float]]) -> Strip:
    """A strip of a list for each epoch.

    >>> strip_of("δ⁽¹⁾", [[1.0, 2.0], [0.5, 0.25], [0.0, 0.0]]).numbers.shape
    (2, 3)
    """
    return Strip(name, np.array(epochs, dtype=np.float64).T)


def height_of(strips: Sequence[Strip]) -> float:
    """The height of strips below one another, and of the words below them."""
    return sum(strip.height for strip in strips) + 12.0 if strips else 0.0


def drawn(strip: Strip, place: Box, colour: str, theme: Theme, logarithmic: bool = False) -> str:
    """The strip inside a box whose width is that of the axis of epochs, with its name at its right.

    Of many epochs several are one cell, of their root mean square. Where the axis above is logarithmic,
    so are the shades, over the decades of the numbers.
    """
    numbers = strip.numbers[strip.rows]
    epochs = numbers.shape[1]
    bounds = np.unique(np.linspace(0, epochs, min(epochs, _MOST_COLUMNS) + 1).astype(int))
    cells = [np.sqrt((numbers[:, a:b] ** 2).mean(axis=1)) for a, b in pairwise(bounds)]
    every = np.concatenate(cells)
    finite = every[np.isfinite(every)]
    largest = float(finite.max(initial=0.0)) or 1.0
    smallest = float(finite[finite > 0].min(initial=largest))
    decades = min(max(np.log10(largest / smallest), 1.0), _MOST_DECADES)
    parts = []
    for column, (start, cell) in enumerate(zip(bounds, cells, strict=False)):
        left = place.left + place.width * start / epochs
        end = min(place.left + place.width * bounds[column + 1] / epochs + _UNDER, place.right)
        for row, number in enumerate(cell.tolist()):
            share = min(number / largest, 1.0) if np.isfinite(number) else 0.0
            if logarithmic:
                share = max(1.0 + np.log10(share) / decades, 0.0) if share else 0.0
            top, high = place.top + row * strip.row, strip.row + _UNDER
            at = Box((left + end) / 2, top + high / 2, end - left, high)
            parts.append(svg.rectangle(at, fill=mixed(theme.frame, colour, share)))
    middle = place.top + (strip.row * len(strip.rows) - 12 * (len(strip.words) - 1)) / 2
    names = [
        svg.text(place.right + 6, middle + 12 * line, words, size=_SIZE, fill=theme.ink, anchor="start")
        for line, words in enumerate(strip.words)
    ]
    tooltip = svg.title(f"{strip.name}: darkest {largest!r}")
    return svg.group(tooltip, *parts, *names, class_="strip", shape_rendering="crispEdges")
