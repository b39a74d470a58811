"""Finds the axes of a block: its rows as a product, such as head × position, in place of a flat list.

Glossary
    dims        the sizes of the axes; a row's number counts through them, the last one fastest
    cell        a combination of coordinates; a hole if no node has it, as where a position would look ahead
    column      for each node, its coordinate along an axis of what it reads
    fixed       of an axis of a source: each node reads one coordinate; else free: it reads all that there are
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Box:
    """Nodes as cells: the sizes of the axes, and for each cell the index of its node, −1 for a hole."""

    dims: tuple[int, ...]
    order: Ints

    @property
    def valid(self) -> NDArray[np.bool_] | None:
        """Which cells are nodes; None if all are."""
        return None if (self.order >= 0).all() else (self.order >= 0).reshape(self.dims)


@dataclass(frozen=True)
class Cells:
    """The cells of a source that each of `count` nodes reads: `flat`, and where each node's begin."""

    flat: Ints
    starts: Ints
    lengths: Ints

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> Cells:
        """From the rows of the source that each node reads."""
        lengths = np.array(list(map(len, rows)))
        flat = np.fromiter(chain.from_iterable(rows), np.int64, int(lengths.sum()))
        return cls(flat, np.cumsum(lengths) - lengths, lengths)


@dataclass(frozen=True)
class Read:
    """How nodes read a source: for each axis the column of fixed coordinates, or None if it is free."""

    dims: tuple[int, ...]
    columns: tuple[Ints | None, ...]
    is_of_inputs: bool = False


def read_box(
    cells: Cells, dims: tuple[int, ...], valid: NDArray[np.bool_] | None = None, is_of_inputs: bool = False
) -> Read | None:
    """The read of a source of these dims; None if a node reads only some of the cells along a free axis."""
    coordinates = np.unravel_index(cells.flat, dims)
    lows = [np.minimum.reduceat(each, cells.starts) for each in coordinates]
    highs = [np.maximum.reduceat(each, cells.starts) for each in coordinates]
    columns = tuple([low if (low == high).all() else None for low, high in zip(lows, highs)])
    filled = np.ones(dims, dtype=bool) if valid is None else valid.reshape(dims)
    free = tuple(axis for axis, column in enumerate(columns) if column is None)
    counts = filled.sum(axis=free)
    wanted = counts[tuple(column for column in columns if column is not None)]
    if free and _repeats(cells):
        return None
    return Read(dims, columns, is_of_inputs) if (np.asarray(wanted) == cells.lengths).all() else None


def _repeats(cells: Cells) -> bool:
    owner = np.repeat(np.arange(len(cells.lengths)), cells.lengths)
    return len(np.unique(owner * (int(cells.flat.max()) + 1) + cells.flat)) < len(cells.flat)


def refined(cells: Cells, dims: tuple[int, ...]) -> tuple[int, ...]:
    """The dims, with an axis of which every node reads a run of the same length split into runs.

    >>> refined(Cells.of([[0, 1, 2], [3, 4, 5]]), (6,))
    (2, 3)
    """
    result: list[int] = []
    for coordinates, size in zip(np.unravel_index(cells.flat, dims), dims):
        low = np.minimum.reduceat(coordinates, cells.starts)
        high = np.maximum.reduceat(coordinates, cells.starts)
        run = int((high - low).max()) + 1
        is_split = 1 < run < size and size % run == 0 and (low // run == high // run).all()
        result += [size // run, run] if is_split else [size]
    return tuple(result)


def find_box(count: int, columns: Sequence[Ints | None], others: Sequence[Ints] = ()) -> Box | None:
    """The box of `count` nodes with these coordinates; None if they are no product, not even one with holes.

    A None among the columns is an axis of size 1. A column that another determines is no axis of its own.
    """
    keys: list[Any] = []
    dependents: list[Ints] = []
    for position, column in enumerate([*columns, *others]):
        if column is None:
            keys.append(None)
            continue
        code = np.unique(column, return_inverse=True)[1]
        if not code.any():
            if position < len(columns):
                keys.append(None)
            continue
        dependents.append(code)
        same = [index for index, key in enumerate(keys) if key is not None and _are_one_axis(key, code)]
        if same and (np.diff(code) >= 0).all():  # in the order of the nodes
            keys[same[0]] = code
        if any(key is not None and _determines(key, code) for key in keys):
            continue
        coarser = [index for index, key in enumerate(keys) if key is not None and _determines(code, key)]
        if coarser:
            keys[coarser[0]] = code
            keys = [key for index, key in enumerate(keys) if index not in coarser[1:]]
        elif position >= len(columns) and keys and keys[0] is None:  # where one was added up
            keys[0] = code
        else:
            keys.append(code)
    keys = _all_split(keys, dependents)
    keys = _without_needless(keys)
    dims = tuple([1 if key is None else int(key.max()) + 1 for key in keys]) or (1,)
    cells = np.zeros(count, dtype=np.int64)
    for key, size in zip(keys, dims):
        cells = cells * size + (0 if key is None else key)
    return _filled(dims, cells, count)


def _filled(dims: tuple[int, ...], cells: Ints, count: int) -> Box | None:
    total = prod(dims)
    if total > 2 * count or len(np.unique(cells)) < count:
        return None
    order = np.full(total, -1)
    order[cells] = np.arange(count)
    return Box(dims, order) if order[0] >= 0 else None


def _without_needless(keys: list[Any]) -> list[Any]:
    """The keys without axes of size 1 that say nothing; rows × 1 is rows, 1 × columns stays."""
    if all(key is None for key in keys):
        return keys[:1]
    while keys[-1] is None and keys[0] is not None and sum(key is not None for key in keys) < 2:
        keys = keys[:-1]
    while len(keys) > 2 and keys[0] is None and keys[1] is None and sum(key is not None for key in keys) < 2:
        keys = keys[1:]
    return keys


def _determines(key: Ints, code: Ints) -> bool:
    size = int(code.max()) + 1
    return len(np.unique(key * size + code)) == int(key.max()) + 1


def _are_one_axis(key: Ints, code: Ints) -> bool:
    return int(key.max()) == int(code.max()) and _determines(key, code)


def _all_split(keys: Sequence[Any], dependents: Sequence[Ints]) -> list[Any]:
    """The keys, split; the inner part of one takes the place of an axis of size 1 after it."""
    result: list[Any] = []
    needless = False
    for key in keys:
        if key is None and needless:
            needless = False
            continue
        parts = [None] if key is None else _split(key, dependents)
        needless = len(parts) == 2
        result += parts
    return result


def _split(key: Ints, dependents: Sequence[Ints]) -> list[Ints]:
    """An axis in two, if a column counts its runs, or counts within its runs."""
    size = int(key.max()) + 1
    for code in dependents:
        runs = int(code.max()) + 1
        if runs == size or size % runs or not _determines(key, code):
            continue
        inner = size // runs
        if (code == key // inner).all():
            return [key // inner, key % inner]
        if (code == key % runs).all():
            return [key // runs, key % runs]
    return [key]


@dataclass(frozen=True)
class AxisMap:
    """An axis of a source as read: from `start`, along these axes of the reader, the last one fastest.

    `is_free` is True for an axis of which every cell is read.
    """

    start: int
    size: int
    axes: tuple[int, ...]
    is_free: bool = False


def axis_map(column: Ints, box: Box) -> AxisMap | None:
    """The coordinates of a source's axis, one for each node of the box, as a view reads them; else None."""
    dims, order = box.dims, box.order
    values = np.where(order >= 0, column[order], 0).reshape(dims)
    filled: NDArray[np.bool_] = np.asarray(order >= 0).reshape(dims)
    strides: dict[int, int] = {}
    for axis, size in enumerate(dims):
        if size == 1:
            continue
        low, high = _halves(len(dims), axis)
        steps = (values[high] - values[low])[filled[high] & filled[low]]
        if len(steps) == 0 or (steps != steps[0]).any():
            return None
        if steps[0]:
            strides[axis] = int(steps[0])
    axes = tuple(sorted(strides, key=lambda axis: (-strides[axis], axis)))
    size = 1
    for axis in reversed(axes):
        if strides[axis] != size:
            return None
        size *= dims[axis]
    start = int(values.ravel()[0])
    rebuilt = start + sum(stride * _along(axis, dims) for axis, stride in strides.items())
    return AxisMap(start, size, axes) if np.equal(rebuilt, values)[filled].all() else None


def _halves(rank: int, axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    whole = [slice(None)] * rank
    return (
        (*whole[:axis], slice(None, -1), *whole[axis + 1 :]),
        (*whole[:axis], slice(1, None), *whole[axis + 1 :]),
    )


def _along(axis: int, dims: tuple[int, ...]) -> Ints:
    shape = [1] * len(dims)
    shape[axis] = dims[axis]
    return np.arange(dims[axis]).reshape(shape)
