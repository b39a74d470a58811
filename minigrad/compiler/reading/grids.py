"""Finds the sums of products that together are one matrix product.

A layer, a convolution, a recurrent step and a batch recorded in one graph have this in common: each tuple of
weights is combined with each tuple of sources, so that W @ A contains all the sums. A layer has one tuple of
sources, and a tuple of weights for each neuron; a convolution has a tuple of sources for each position.
Nothing is padded with zeros, because 0 · inf is nan.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from itertools import chain, groupby

import numpy as np

from minigrad.compiler.reading.axes import Box
from minigrad.compiler.reading.blocks import LEAF, Block, Blocks, Product, home
from minigrad.compiler.reading.boxes import columns_box, in_box, terms_box
from minigrad.compiler.reading.sums import Sum

# Rows that share nothing are put into one sparse block from this number on.
MANY_SINGLE_ROWS = 4

Ints = tuple[int, ...]
Tuples = Mapping[int, Ints]


@dataclass(slots=True)
class Parts:
    """What a sum reads, by the block of it.

    `products` are the weights and the sources, in the order of the sources' rows, by the block of the sources
    and that of the weights; `terms` those of each home, in the order of their rows.
    """

    products: dict[tuple[int, int], tuple[Ints, Ints]]
    terms: dict[Hashable, list[int]]

    @property
    def weights(self) -> Ints:
        """Those of all products."""
        return _joined([weights for weights, _ in self.products.values()])

    @property
    def sources(self) -> Ints:
        """Those of all products."""
        return _joined([sources for _, sources in self.products.values()])

    @property
    def key(self) -> Hashable:
        """Equal for sums that may be one block; sums of 1, 2, 3 … terms may be one box."""
        products = tuple([(blocks, len(weights)) for blocks, (weights, _) in self.products.items()])
        terms = [(where, len(terms) if products else 1) for where, terms in self.terms.items()]
        return products, frozenset(terms)


def _joined(tuples: list[Ints]) -> Ints:
    return tuples[0] if len(tuples) == 1 else tuple(chain.from_iterable(tuples))


def parts_of(found: Blocks, node: int) -> Parts:
    """The parts of a sum."""
    place, each = found.place, found.fused.sums[node]
    terms: dict[Hashable, list[int]] = {}
    for term in each.terms:
        terms.setdefault(home(found, term), []).append(term)
    for where, row in terms.items():
        if len(row) > 1 and row[0] in place:
            terms[where] = sorted(row, key=place.__getitem__)
    return Parts(_products(found, each), terms)


def _products(found: Blocks, each: Sum) -> dict[tuple[int, int], tuple[Ints, Ints]]:
    place, weights, sources = found.place, each.weights, each.sources
    if place.keys().isdisjoint(weights):  # as parameters are, so that the sources decide
        if sources not in found.orders:
            found.orders[sources] = _orders(found, sources)
        orders = found.orders[sources]
        if orders is not None:
            return {
                (block, LEAF[0]): (tuple(map(weights.__getitem__, order)), own)
                for block, order, own in orders
            }
    rows: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for weight, source in zip(weights, sources):
        block, row = place[source]
        rows.setdefault((block, place.get(weight, LEAF)[0]), []).append((row, weight, source))
    parts = {key: list(zip(*sorted(rows[key]))) for key in sorted(rows)}
    return {key: (weights, sources) for key, (_, weights, sources) in parts.items()}


def _orders(found: Blocks, sources: Ints) -> list[tuple[int, list[int], Ints]] | None:
    """Of each block: its number, the places of its rows among the sources, and those; None with repeats."""
    if len(set(sources)) < len(sources):
        return None
    places = [found.place[source] for source in sources]
    order = sorted(range(len(sources)), key=places.__getitem__)
    by_block = [(block, list(group)) for block, group in groupby(order, lambda k: places[k][0])]
    return [(block, group, tuple([sources[k] for k in group])) for block, group in by_block]


def sum_blocks(found: Blocks, nodes: list[int], parts: Mapping[int, Parts]) -> list[Block]:
    """The blocks of the sums of one key: grids, and one sparse block for what is left."""
    if not parts[nodes[0]].products:
        return _sums_of_terms(found, nodes, parts)
    weights = {node: parts[node].weights for node in nodes}
    sources = {node: parts[node].sources for node in nodes}
    blocks: list[Block] = []
    singles: list[int] = []
    for component in _components(nodes, weights, sources):
        grid = _grid(component, weights, sources)
        if grid is None or len(component) == 1:
            singles.extend(component)
        else:
            blocks.append(_grid_block(found, grid, parts, len({sources[node] for node in grid})))
    if len(singles) >= MANY_SINGLE_ROWS:
        return [*blocks, _block(found, singles, parts, 0)]
    return [*blocks, *(_block(found, [node], parts, 1) for node in singles)]


def _sums_of_terms(found: Blocks, nodes: list[int], parts: Mapping[int, Parts]) -> list[Block]:
    """One block with axes, if it is found; else one for each number of terms."""
    whole = _block(found, nodes, parts, 1)
    box = terms_box(found, nodes, whole.terms)
    if box is not None:
        return [_boxed(whole, box)]
    by_count: dict[Hashable, list[int]] = {}
    for row, node in enumerate(nodes):
        by_count.setdefault(tuple([len(terms[row]) for terms in whole.terms]), []).append(node)
    return [_block(found, part, parts, 1) for part in by_count.values()]


def _grid_block(found: Blocks, grid: list[int], parts: Mapping[int, Parts], positions: int) -> Block:
    """The block of a grid; if its tuples of sources have axes, these follow that of its rows."""
    columns = grid[:positions]
    read = [[sources for _, sources in parts[node].products.values()] for node in columns]
    box = None if positions == 1 else columns_box(found, read)
    if box is not None:
        rows = [grid[start : start + positions] for start in range(0, len(grid), positions)]
        grid = [row[position] for row in rows for position in box.order]
    block = _block(found, grid, parts, positions)
    if positions > 1:
        block.columns = box.dims if box is not None else (positions,)
        block.dims = (len(grid) // positions, *block.columns)
        block.box = Box(block.dims, np.arange(len(grid)))
    return block


def _boxed(block: Block, box: Box) -> Block:
    """A block of terms, in the order of a box."""
    block.dims, block.box = box.dims, box
    block.nodes = in_box(block.nodes, box)
    block.terms = [in_box(rows, box, []) for rows in block.terms]
    if block.offsets:
        block.offsets = in_box(block.offsets, box)
    if block.numbers:
        block.numbers = in_box(block.numbers, box, 0.0)
    return block


def _components(nodes: list[int], weights: Tuples, sources: Tuples) -> list[list[int]]:
    """Groups of nodes in which one shares all its weights or all its sources with another."""
    known: dict[tuple[str, Ints], int] = {}
    keys = [(("weights", weights[node]), ("sources", sources[node])) for node in nodes]
    ends = [[known.setdefault(key, len(known)) for key in pair] for pair in keys]
    parent = list(range(len(known)))

    def top(key: int) -> int:
        while parent[key] != key:
            parent[key] = key = parent[parent[key]]
        return key

    for of_weights, of_sources in ends:
        parent[top(of_weights)] = top(of_sources)
    components: dict[int, list[int]] = {}
    for node, (of_weights, _) in zip(nodes, ends):
        components.setdefault(top(of_weights), []).append(node)
    return list(components.values())


def _grid(nodes: list[int], weights: Tuples, sources: Tuples) -> list[int] | None:
    """The nodes in the order of a grid, by tuple of weights; None if they form no grid."""
    cells = {(weights[node], sources[node]): node for node in nodes}
    rows = dict.fromkeys([weights[node] for node in nodes])
    columns = dict.fromkeys([sources[node] for node in nodes])
    if len(cells) < len(nodes) or len(rows) * len(columns) != len(nodes):
        return None
    return [cells[row, column] for row in rows for column in columns]


def _block(found: Blocks, nodes: list[int], parts: Mapping[int, Parts], positions: int) -> Block:
    """A block of sums: a grid with that many tuples of sources, or, for 0, a sparse block."""
    sums = [found.fused.sums[node] for node in nodes]
    graph = found.graph
    block = Block(nodes, graph.is_batch[nodes[0]], graph.is_trained[nodes[0]], is_sparse=not positions)
    rows = nodes[::positions] if positions else nodes
    columns = nodes[:positions] if positions else nodes
    for key in parts[nodes[0]].products:
        weights = [parts[node].products[key][0] for node in rows]
        block.products.append(Product(weights, [parts[node].products[key][1] for node in columns]))
    homes = dict.fromkeys([where for node in nodes for where in parts[node].terms])
    block.terms = [[parts[node].terms.get(where, []) for node in nodes] for where in homes]
    block.offsets = [each.offset for each in sums if each.offset is not None]
    if any(each.number for each in sums):
        block.numbers = [each.number for each in sums]
    return block
