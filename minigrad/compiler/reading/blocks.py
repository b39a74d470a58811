"""Blocks: nodes of the same operation, which become the rows of one array.

Glossary
    batch block a block whose rows have N numbers, one for each example
    place       (block, row) of a node
    grid        sums that are one matrix product, see grids.py
    sparse      of sums that form no grid: each row reads other sources
    box         the rows of a block as a product of axes, see axes.py
    hole        a cell of a box that no node has: HOLE stands among the nodes, and in what they read
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad.compiler.reading.axes import Box, Cells
from minigrad.compiler.reading.sums import Fused
from minigrad.operations import Operation

Place = tuple[int, int]
HOLE = -1
LEAF: Place = (-1, 0)  # where a weight is that is no result, but a parameter


@dataclass(slots=True)
class Product:
    """Part of a block of sums: Σₖ w x, with sources x of one block.

    `weights[i][k]` are the nodes of row i, or of tuple i of the weights of a grid; `sources[j][k]` those of
    row j of a sparse block, or of tuple j of the sources of a grid.
    """

    weights: Sequence[Sequence[int]]
    sources: Sequence[Sequence[int]]


@dataclass(slots=True)
class Block:
    """Rows of one array.

    `operation` is None for sums and leaves. `operands[k]` are the k-th operands of the rows, as nodes. A
    block of sums has instead products, terms (for each source block, the nodes that each row adds up),
    offsets (nodes without a batch, one a row) and numbers. The rows are cells of `dims`, first those of the
    weights of a grid, then those of its sources, `columns`.
    """

    nodes: list[int]
    is_batch: bool
    is_trained: bool
    operation: Operation | None = None
    operands: list[list[int]] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    is_sparse: bool = False
    terms: list[list[list[int]]] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)
    is_leaf: bool = False
    dims: tuple[int, ...] = ()
    columns: tuple[int, ...] = ()
    box: Box | None = None

    @property
    def first(self) -> int:
        """The first node; no box begins with a hole."""
        return self.nodes[0]

    @property
    def valid(self) -> NDArray[np.bool_] | None:
        """Which cells are nodes; None if all are."""
        return None if self.box is None else self.box.valid


class Blocks:
    """The blocks of a graph, and where each node is; `order` has operands before results."""

    def __init__(self, fused: Fused, levels: Sequence[int]) -> None:
        self.fused, self.levels = fused, levels
        self.graph = fused.graph
        self.blocks: list[Block] = []
        self.place: dict[int, Place] = {}
        self.row = np.full(len(self.graph), HOLE)  # of each node that has a place
        self.uses: dict[int, set[Hashable]] = {}
        self.orders: dict[tuple[int, ...], Any] = {}  # of sources of sums, see grids.py
        self.sum_of = {
            term: node for node, each in fused.sums.items() if len(each.terms) > 1 for term in each.terms
        }

    @cached_property
    def first_uses(self) -> dict[int, Hashable]:
        """As what each node is read first by a node that an input affects, and on which level."""
        fused, graph = self.fused, self.graph
        uses: dict[int, Hashable] = {}
        for node in reversed(fused.order):  # so that the first use is noted last
            level, each, operands = self.levels[node], fused.sums.get(node), graph.operands[node]
            if not graph.is_batch[node]:
                continue
            if each is not None:
                uses.update(dict.fromkeys(each.offsets, ("b", level)))
                uses.update(dict.fromkeys(each.weights, ("w", level)))
            elif node in fused.look_ups:
                uses.update(dict.fromkeys(operands, (fused.look_ups[node], level)))
            else:
                for k in range(len(operands) - 1, -1, -1):
                    uses[operands[k]] = str(k), level
        return uses

    def add(self, block: Block) -> None:
        """Number a block, and record the places of its nodes."""
        number = len(self.blocks)
        self.blocks.append(block)
        block.dims = block.dims or (len(block.nodes),)
        nodes = np.array(block.nodes)
        rows = np.flatnonzero(nodes != HOLE)
        self.row[nodes[rows]] = rows
        self.place.update(zip(nodes[rows].tolist(), zip(repeat(number), rows.tolist())))

    def rows(self, nodes: Sequence[Any]) -> NDArray[Any]:
        """The rows of nodes in their blocks, in the shape in which they are given."""
        rows: NDArray[Any] = self.row[np.array(nodes)]
        return rows

    def cells(self, nodes: Sequence[Sequence[int]]) -> Cells:
        """The cells that are read of a block, from the nodes of it that each row reads."""
        cells = Cells.of(nodes)
        return replace(cells, flat=self.row[cells.flat])


def home(found: Blocks, node: int) -> Hashable:
    """What an operand belongs to: a block, the parameters of an owner, or nothing (a constant)."""
    if node in found.place:
        return found.place[node][0]
    if node in found.graph.parameters:
        return ("parameter", None if found.graph.is_batch[node] else owner(found, node))
    return "number"


def owner(found: Blocks, parameter: int) -> Hashable:
    """What decides the array that a parameter belongs to: its role, or else its first use."""
    return found.graph.role(parameter) or found.first_uses.get(parameter)


def stem_of(label: str) -> str:
    """The part that the labels of one quantity have in common.

    >>> stem_of("x12"), stem_of("z2_1"), stem_of("")
    ('x', 'z2', '')
    """
    return label.rstrip("0123456789").rstrip("_,[(")


def word_of(label: str) -> str:
    """The part before all numbers.

    >>> word_of("x0_12"), word_of("query3,4"), word_of("y")
    ('x', 'query', 'y')
    """
    while label != (label := stem_of(label)):
        pass
    return label


def collapsed(nodes: Sequence[int], dims: tuple[int, ...]) -> tuple[NDArray[Any], tuple[int, ...]]:
    """The nodes of the cells, without the axes along which they are equal; holes are given any node."""
    kept = np.array(nodes).reshape(dims)
    for axis, size in enumerate(dims):
        if size > 1:
            highest = kept.max(axis=axis, keepdims=True)
            if ((kept == highest) | (kept == HOLE)).all():
                kept = highest
    return np.where(kept == HOLE, kept.max(), kept), kept.shape
