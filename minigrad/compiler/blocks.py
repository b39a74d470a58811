"""Blocks: nodes that do the same, side by side, become the rows of one array.

After this file you know when two neurons belong to one layer: they stand on one level, apply one operation to
rows of the same blocks, and play one role.

Glossary
    block       rows of one array; of a batch block each row holds N numbers, one an example
    level       of a batch node: the longest way to it from the inputs, over batch nodes only
    place       (block, row) of a node
    grid        sums in which every tuple of weights meets every tuple of sources: one matrix product; a layer
                is a grid with one tuple of sources, a convolution has one for each position
    sparse      sums that form no grid: each row gathers sources of its own
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

from minigrad.compiler.fuse import Fused, Sum
from minigrad.operations import Operation

Place = tuple[int, int]


@dataclass(slots=True)
class Product:
    """Part of a block of sums: Σₖ w x, with sources x of one block.

    `weights[i][k]` are the nodes of row i, or of the i-th tuple of weights of a grid; `sources[j][k]` those of
    row j of a sparse block, or of the j-th tuple of sources of a grid.
    """

    weights: list[list[int]]
    sources: list[list[int]]


@dataclass(slots=True)
class Block:
    """Rows of one array.

    `operation` is None for sums and leaves. `operands[k]` are the k-th operands of the rows, as nodes. A block of
    sums has instead products, terms (for each source block, the nodes that each row adds up), offsets (nodes
    without a batch, one a row) and numbers.
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


class Blocks:
    """The blocks of a graph, and where each node is; `order` has operands before results."""

    def __init__(self, fused: Fused) -> None:
        self.fused = fused
        self.graph = fused.graph
        self.blocks: list[Block] = []
        self.place: dict[int, Place] = {}
        self.owner: dict[int, Hashable] = {}

    def add(self, block: Block) -> None:
        """Give a block the next number, and its nodes their places."""
        number = len(self.blocks)
        self.blocks.append(block)
        for row, node in enumerate(block.nodes):
            self.place[node] = (number, row)


def find_blocks(fused: Fused) -> Blocks:
    """Group the nodes of a graph, level by level: first the inputs, then what needs no batch, then the rest."""
    found = Blocks(fused)
    for nodes in _inputs(fused):
        found.add(Block(nodes, is_batch=True, is_trained=False, is_leaf=True))
    levels = _levels(fused)
    found.owner = _owners(fused, levels)
    for is_batch in (False, True):
        by_level: dict[int, list[int]] = {}
        for node in fused.order:
            if fused.graph.is_batch[node] == is_batch:
                by_level.setdefault(levels[node], []).append(node)
        for level in sorted(by_level):
            _add_level(found, by_level[level])
    return found


def _inputs(fused: Fused) -> Iterable[list[int]]:
    """The inputs, split where their names change: x1, x2, x3 | y."""
    graph = fused.graph
    groups: list[list[int]] = []
    last = None
    for node in graph.columns:
        stem = stem_of(graph.labels[node])
        if not groups or stem != last:
            groups.append([])
        groups[-1].append(node)
        last = stem
    return groups


def stem_of(label: str) -> str:
    """What labels of one quantity have in common.

    >>> stem_of("x12"), stem_of("z2_1"), stem_of("")
    ('x', 'z2', '')
    """
    return label.rstrip("0123456789").rstrip("_,[(")


def _levels(fused: Fused) -> dict[int, int]:
    """The level of each kept node; nodes without a batch are levelled on their own."""
    levels: dict[int, int] = {}
    for node in fused.order:
        if fused.graph.is_batch[node]:
            operands: Iterable[int] = fused.batch_operands(node)
        else:
            operands = fused.operands(node)
        levels[node] = 1 + max((levels.get(operand, 0) for operand in operands), default=0)
    return levels


def _owners(fused: Fused, levels: dict[int, int]) -> dict[int, Hashable]:
    """To which array a parameter will belong: that of its role, or of the level that uses it first."""
    graph = fused.graph
    owners: dict[int, Hashable] = {}
    for node in fused.order:
        if not graph.is_batch[node]:
            continue
        if node in fused.sums:
            uses = [("w", weight) for weight, _ in fused.sums[node].products]
            uses += [] if fused.sums[node].offset is None else [("b", fused.sums[node].offset)]
        else:
            uses = [(str(k), operand) for k, operand in enumerate(graph.operands[node])]
        for kind, operand in uses:
            if operand in graph.parameters and operand not in owners:
                owners[operand] = graph.role(operand) or (kind, levels[node])
    for node in graph.parameters:
        owners.setdefault(node, graph.role(node))
    return owners


def _add_level(found: Blocks, nodes: list[int]) -> None:
    groups: dict[Hashable, list[int]] = {}
    for node in nodes:
        is_sum = node in found.fused.sums
        key = _key_of_sum(found, node) if is_sum else _key_of_operation(found, node)
        role = found.graph.role(node)
        groups.setdefault((key, role, found.graph.is_trained[node]), []).append(node)
    for group in groups.values():
        group.sort(key=lambda node: _rank(found, node))
        if group[0] in found.fused.sums:
            from minigrad.compiler.grids import sum_blocks

            blocks = sum_blocks(found, group)
        else:
            blocks = _operation_blocks(found, group)
        for block in blocks:
            found.add(block)


def home(found: Blocks, node: int) -> Hashable:
    """Where an operand lives: in a block, among the parameters of an owner, or nowhere (a constant)."""
    if node in found.place:
        return found.place[node][0]
    if node in found.graph.parameters:
        return ("parameter", None if found.graph.is_batch[node] else found.owner[node])
    return "number"


def _key_of_operation(found: Blocks, node: int) -> Hashable:
    homes = tuple([home(found, operand) for operand in found.graph.operands[node]])
    return (found.graph.operations[node], homes)


def weight_home(found: Blocks, node: int) -> int:
    """The block of a weight that is computed; −1 for a parameter."""
    return found.place[node][0] if node in found.place else -1


def _key_of_sum(found: Blocks, node: int) -> Hashable:
    parts: Sum = found.fused.sums[node]
    products: dict[Hashable, int] = {}
    for weight, source in parts.products:
        homes = (found.place[source][0], weight_home(found, weight))
        products[homes] = products.get(homes, 0) + 1
    terms: dict[Hashable, int] = {}
    for term in parts.terms:
        where = home(found, term)
        terms[where] = terms.get(where, 0) + 1
    offset = None if parts.offset is None else home(found, parts.offset)
    return ("sum", frozenset(products.items()), frozenset(terms.items()), offset, parts.number != 0.0)


def _rank(found: Blocks, node: int) -> Any:
    """Rows stand in the order of their neurons, else of their parameters, else of their operands."""
    label = found.graph.labels[node]
    neuron = getattr(label, "neuron", 0)
    if node in found.fused.sums:
        first = min(
            (found.graph.parameters.get(w, 0) for w, _ in found.fused.sums[node].products), default=-1
        )
        operands = list(found.fused.operands(node))[:4]
    else:
        first, operands = -1, found.graph.operands[node][:4]  # type: ignore[assignment]
    rows = [found.place.get(o, (0, found.graph.parameters.get(o, 0))) for o in operands]
    return (neuron, first, rows)


def _operation_blocks(found: Blocks, nodes: list[int]) -> list[Block]:
    graph = found.graph
    return [
        Block(
            group,
            graph.is_batch[group[0]],
            graph.is_trained[group[0]],
            graph.operations[group[0]],
            [list(operands) for operands in zip(*(graph.operands[node] for node in group))],
        )
        for group in _split_by_numbers(found, nodes)
    ]


def _split_by_numbers(found: Blocks, nodes: list[int]) -> list[list[int]]:
    """Rows that differ in their constants: apart where the kinds are few, such as exponents 2 and 3."""
    groups: dict[Hashable, list[int]] = {}
    for node in nodes:
        key = tuple([o for o in found.graph.operands[node] if o in found.graph.numbers])
        groups.setdefault(key, []).append(node)
    if len(groups) <= 2 or len(groups) * 8 <= len(nodes):
        return list(groups.values())
    return [nodes]
