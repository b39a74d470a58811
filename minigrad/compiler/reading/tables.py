"""Finds the matrices in which parameters are looked up."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from itertools import pairwise
from math import gcd

import numpy as np

from minigrad.compiler.reading.axes import Box
from minigrad.compiler.reading.blocks import Block, Blocks, owner, word_of
from minigrad.compiler.reading.boxes import FEW_ROWS
from minigrad.compiler.reading.graph import look_up


def table_of(found: Blocks, block: Block, claimed: Collection[int]) -> list[list[int]]:
    """The rows of the matrix in which a block looks up, with those that nothing uses.

    The `claimed` parameters belong to other arrays; if one lies between the rows, these are a list.
    """
    places, labels = found.graph.parameters, found.graph.labels
    looked = [leaf for _, leaf in sorted(zip(block.nodes, block.operands[0]))]  # in the order of use
    if looked[0] not in places:
        return []
    first, stop, width = extent([places[leaf] for leaf in looked])
    width = width or (block.dims[0] if len(block.dims) > 1 else 1)
    others = [each for each in found.blocks if each.operation is look_up and each is not block]
    taken = {*claimed, *(leaf for each in others for leaf in each.operands[0])}
    ordered = sorted(places, key=places.__getitem__)
    word = word_of(labels[looked[0]])

    def is_free(start: int) -> bool:
        row = ordered[start : start + width] if start >= 0 else []
        return len(row) == width and all(leaf not in taken and word_of(labels[leaf]) == word for leaf in row)

    if not all(is_free(start) for start in range(first, stop, width)):
        return [[leaf] for leaf in dict.fromkeys(looked)]
    while is_free(first - width):
        first -= width
    while is_free(stop):
        stop += width
    return [ordered[start : start + width] for start in range(first, stop, width)]


def look_up_box(found: Blocks, nodes: list[int]) -> Box | None:
    """Look-ups in the order of their use as the columns × rows of a table, which is what weights multiply.

    Rows that are looked up one after the other, of which the width is not told, have that of other tables.
    """
    tables: dict[Hashable, list[int]] = {}
    for node in found.fused.look_ups:
        (leaf,) = found.graph.operands[node]
        if leaf in found.graph.parameters:
            tables.setdefault(owner(found, leaf), []).append(found.graph.parameters[leaf])
    (leaf,) = found.graph.operands[nodes[0]]
    widths = {width for places in tables.values() if (width := extent(places)[2])}
    width = extent(tables[owner(found, leaf)])[2] if leaf in found.graph.parameters else 0
    if not width and len(widths) == 1:
        width = widths.pop()
    if width < FEW_ROWS or len(nodes) % width or len(nodes) == width:
        return None
    dims = (width, len(nodes) // width)
    return Box(dims, np.arange(len(nodes)).reshape(-1, width).T.ravel())


def extent(places: list[int]) -> tuple[int, int, int]:
    """The first place and the last + 1 of whole rows, and their width, 0 if one run does not tell it.

    A row is a run of places that follow each other, wherever it is looked up.

    >>> extent([10, 11, 4, 5, 10, 11])
    (4, 12, 2)
    """
    starts = [0, *(k for k in range(1, len(places)) if places[k] != places[k - 1] + 1)]
    first, stop = min(places), max(places) + 1
    if len(starts) == 1:
        return first, stop, 0
    lengths = [after - before for before, after in pairwise([*starts, len(places)])]
    return first, stop, gcd(*lengths, *(places[start] - first for start in starts))
