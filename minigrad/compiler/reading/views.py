"""Finds a block that another reads as a view of its array: sliced, transposed, reshaped, broadcast, added up.

An array is one of these forms of its rows and the N examples:

    full        an axis each:                                   4 × 8 × 8 × N
    columns     the rows of two axes, which matrices multiply:  16 × 8·N
    flat        all rows in one axis:                           128 × N

Glossary
    form        the sizes before the last axis, and how many times N the last one has
    reader      the block that reads; its axes are numbered 0, 1, …
    free        of an axis of the source: the reader adds up what is along it
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad.compiler.reading.axes import AxisMap, Box, Cells, axis_map, read_box
from minigrad.compiler.reading.blocks import Block


@dataclass(frozen=True)
class Form:
    """The sizes of all axes but the last, and the multiple of N that the last one has."""

    lead: tuple[int, ...]
    columns: int = 1

    @property
    def shape(self) -> tuple[int | str, ...]:
        """As formulas have it."""
        return (*self.lead, "N" if self.columns == 1 else f"{self.columns}·N")

    def groups(self, dims: tuple[int, ...]) -> list[list[int]] | None:
        """The axes, of these sizes, that each axis of the array consists of; None if they do not fit."""
        result: list[list[int]] = []
        axes = list(range(len(dims)))
        for size in (*self.lead, self.columns):
            group: list[int] = []
            while axes and (prod(dims[axis] for axis in group) < size or (not group and dims[axes[0]] == 1)):
                group.append(axes.pop(0))
            result.append(group)
            if prod(dims[axis] for axis in group) != size:
                return None
        result[-1] += axes
        return result if all(dims[axis] == 1 for axis in axes) else None

    def narrowed(self, dims: tuple[int, ...], kept: Sequence[int]) -> Form:
        """The form with the sizes `kept` in place of these, some of which are 1."""
        groups = self.groups(dims)
        if groups is None:
            raise AssertionError(f"{self} is no form of {dims}")
        *lead, last = [prod(kept[axis] for axis in group) for group in groups]
        return Form(tuple(lead), last)

    def spreads(self, other: Form) -> bool:
        """Whether an array of the other form is broadcast to this one by NumPy."""
        sizes = zip(other.lead, self.lead)
        return all(size in (1, whole) for size, whole in sizes) and other.columns == self.columns


def columns(dims: tuple[int, ...]) -> Form:
    """Rows × columns."""
    return Form(dims[:1], prod(dims[1:]))


def flat(dims: tuple[int, ...]) -> Form:
    """One axis of rows."""
    return Form((prod(dims),))


@dataclass(frozen=True)
class View:
    """A source as a reader of these dims sees it; `maps` are of the source's axes, of sizes `source`."""

    source: tuple[int, ...]
    maps: tuple[AxisMap, ...]
    dims: tuple[int, ...]

    @property
    def is_partial(self) -> bool:
        """Whether only some of the source's cells are read."""
        return any(each.size != size for each, size in zip(self.maps, self.source))

    @property
    def axes(self) -> list[int]:
        """The reader's axes, in the order of the source."""
        return [axis for each in self.maps for axis in each.axes]

    @property
    def fine(self) -> tuple[int, ...]:
        """The sizes of the source's axes, split as the reader's are."""
        return tuple(
            size
            for each in self.maps
            for size in ([each.size] if not each.axes else [self.dims[axis] for axis in each.axes])
        )

    @property
    def free(self) -> tuple[int, ...]:
        """The places in `fine` that are added up."""
        places: list[int] = []
        position = 0
        for each in self.maps:
            if each.is_free:
                places.append(position)
            position += max(1, len(each.axes))
        return tuple(places)

    def rows(self) -> NDArray[Any]:
        """The source's rows that are read, in their order."""
        parts = [np.arange(each.start, each.start + each.size) for each in self.maps]
        return np.ravel_multi_index(np.ix_(*parts), self.source).ravel()


def view_of(source: Block, reader: Box, cells: Cells) -> View | None:
    """The view of a source, of which the nodes of the reader read these cells; None if none fits."""
    for dims in _coarser(source.dims):
        read = read_box(cells, dims, source.valid)
        if read is None:
            continue
        maps = [
            AxisMap(0, size, (), True) if column is None else axis_map(column, reader)
            for size, column in zip(dims, read.columns)
        ]
        found = [each for each in maps if each is not None]
        axes = [axis for each in found for axis in each.axes]
        if len(found) == len(maps) and len(set(axes)) == len(axes):
            return View(dims, tuple(found), reader.dims)
    return None


def _coarser(dims: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """The dims, and with neighbours joined: the same rows with fewer axes."""
    inner = range(1, len(dims))
    for count in range(len(dims) - 1, -1, -1):
        for cuts in combinations(inner, count):
            yield tuple(prod(dims[start:stop]) for start, stop in pairwise((0, *cuts, len(dims))))


def leading_rows(view: View, form: Form) -> str:
    """The slice of an array's first axis that a view reads, such as "16:32"; "" if it reads no such part."""
    first, *rest = view.maps
    if any(each.size != size for each, size in zip(rest, view.source[1:])) or form.lead[0] % view.source[0]:
        return ""
    each = form.lead[0] // view.source[0]
    return f"{first.start * each}:{(first.start + first.size) * each}"
