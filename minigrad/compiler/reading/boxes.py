"""Finds the box of a block from the boxes of what it reads, for operations, sums of terms and grids.

A source that is read in runs of equal length, such as one head's dimensions, is given an axis more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from minigrad.compiler.reading.axes import Box, Ints, Read, find_box, read_box, refined
from minigrad.compiler.reading.blocks import HOLE, Blocks

# Fewer rows are read as a list.
FEW_ROWS = 2


def in_box(each: Sequence[Any], box: Box, hole: Any = HOLE) -> list[Any]:
    """What the nodes have, for every cell of their box."""
    return [hole if index < 0 else each[index] for index in box.order.tolist()]


def operation_box(found: Blocks, nodes: Sequence[int]) -> Box | None:
    """The box of an operation on rows of other blocks; None if a list of rows says as much."""
    graph = found.graph
    if len(nodes) < FEW_ROWS or not graph.is_batch[nodes[0]]:
        return None
    reads: list[Read] = []
    others: list[Ints] = []
    for operands in zip(*(graph.operands[node] for node in nodes)):
        if operands[0] in graph.parameters and not graph.is_batch[operands[0]]:
            others.append(np.array([graph.parameters[operand] for operand in operands]))
        elif operands[0] in graph.numbers:  # in the order of their use, whatever knew them before
            order = {number: k for k, number in enumerate(dict.fromkeys(operands))}
            others.append(np.array([order[operand] for operand in operands]))
        elif operands[0] in found.place and graph.is_batch[operands[0]]:
            _split_as_added_up(found, nodes, operands)
            block = found.blocks[found.place[operands[0]][0]]
            columns = np.unravel_index(found.rows(operands), block.dims)
            reads.append(Read(block.dims, columns, block.is_leaf))
    return _box(reads, others, len(nodes))


def _split_as_added_up(found: Blocks, nodes: Sequence[int], operands: Sequence[int]) -> None:
    """Give inputs an axis more if what reads a run of them is added up, as in Σ qₖ kₖ."""
    block = found.blocks[found.place[operands[0]][0]]
    runs: dict[int | None, list[int]] = {}
    if block.is_leaf and len(block.dims) == 1:
        for node, operand in zip(nodes, operands):
            runs.setdefault(found.sum_of.get(node), []).append(operand)
        if None not in runs and len(runs) > 1:
            block.dims = refined(found.cells(list(runs.values())), block.dims)
            block.box = Box(block.dims, np.arange(len(block.nodes)))


def terms_box(found: Blocks, nodes: Sequence[int], homes: Sequence[Sequence[Sequence[int]]]) -> Box | None:
    """The box of sums of terms, for each block of terms and each node the terms; None as above."""
    if not found.graph.is_batch[nodes[0]] or not homes:
        return None
    reads = _all_reads(found, homes)
    return None if reads is None else _box(reads, [], len(nodes))


def columns_box(found: Blocks, columns: Sequence[Sequence[Sequence[int]]]) -> Box | None:
    """The box of the tuples of sources of a grid, for each tuple the sources by block."""
    reads = _all_reads(found, zip(*columns))
    if reads is None:
        return None
    reads.sort(key=_extent, reverse=True)
    box = find_box(len(columns), [], _told(reads))
    return box if box is not None and box.valid is None and len(box.order) == len(columns) else None


def _all_reads(found: Blocks, operands: Iterable[Sequence[Sequence[int]]]) -> list[Read] | None:
    reads = []
    for rows in operands:
        read = read_of(found, rows)
        if read is None:
            return None
        reads.append(read)
    return reads


def _told(reads: Sequence[Read]) -> list[Ints]:
    return [column for read in reads for column in read.columns if column is not None]


def read_of(found: Blocks, rows: Sequence[Sequence[int]]) -> Read | None:
    """How the nodes with these operands read the block of them; it may be given an axis more by that."""
    block = found.blocks[found.place[rows[0][0]][0]]
    if not block.is_batch:
        return None
    cells = found.cells(rows)
    read = read_box(cells, block.dims, block.valid, block.is_leaf)
    finer = refined(cells, block.dims) if read is None else block.dims
    if finer == block.dims:
        return read
    read = read_box(cells, finer, block.valid, block.is_leaf)
    if read is not None:
        order = np.arange(len(block.nodes)) if block.box is None else block.box.order
        block.dims, block.box = finer, Box(finer, order)
    return read


def _box(reads: list[Read], others: list[Ints], count: int) -> Box | None:
    if not reads:
        return None
    reads = sorted(reads, key=_extent, reverse=True)
    first, *rest = reads
    is_plain = all(len(read.dims) == 1 for read in reads)
    told = _told(reads if is_plain else rest)
    if is_plain and told and all(len(set(column.tolist())) == count for column in told):
        return None  # row by row
    given = [] if is_plain else first.columns
    box = find_box(count, given, told)
    if box is None and others:
        box = find_box(count, given, [*told, *others])
    if box is None or (box.order >= 0).sum() != count:
        return None
    return None if is_plain and (len(box.dims) == 1 or box.valid is not None) else box


def _extent(read: Read) -> tuple[int, bool]:
    """How many axes tell the nodes apart; the inputs, which may be in any order, come after others."""
    told = sum(column is not None and bool((column != column[0]).any()) for column in read.columns)
    return told, not read.is_of_inputs
