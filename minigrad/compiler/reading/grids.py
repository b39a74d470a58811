"""Finds the sums of products that together are one matrix product.

A layer, a convolution, a recurrent step and a batch recorded in one graph have this in common: each tuple of
weights is combined with each tuple of sources, so that W @ A contains all the sums. A layer has one tuple of
sources, and a tuple of weights for each neuron; a convolution has a tuple of sources for each position.
Nothing is padded with zeros, because 0 · inf is nan.
"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from minigrad.compiler.reading.axes import Box
from minigrad.compiler.reading.blocks import LEAF, Block, Blocks, Product, home
from minigrad.compiler.reading.boxes import columns_box, in_box, terms_box

# Rows that share nothing are put into one sparse block from this number on.
MANY_SINGLE_ROWS = 4

# (row of the source, weight, source) of each product, by block of the sources and of the weights.
Parts = dict[tuple[int, int], list[tuple[int, int, int]]]
Tuples = dict[int, tuple[int, ...]]


def sum_blocks(found: Blocks, nodes: list[int]) -> list[Block]:
    """The blocks of the sums of one key: grids, and one sparse block for what is left."""
    if not found.fused.sums[nodes[0]].products:
        return _sums_of_terms(found, nodes)
    parts = {node: _parts(found, node) for node in nodes}
    weights = {node: tuple(w for part in parts[node].values() for _, w, _ in part) for node in nodes}
    sources = {node: tuple(s for part in parts[node].values() for _, _, s in part) for node in nodes}
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


def _sums_of_terms(found: Blocks, nodes: list[int]) -> list[Block]:
    """One block with axes, if it is found; else one for each number of terms."""
    homes = _terms(found, nodes)
    box = terms_box(found, nodes, homes)
    if box is not None:
        return [_boxed(_block(found, nodes, {}, 1), box)]
    by_count: dict[Hashable, list[int]] = {}
    for row, node in enumerate(nodes):
        by_count.setdefault(tuple([len(terms[row]) for terms in homes]), []).append(node)
    return [_block(found, part, {}, 1) for part in by_count.values()]


def _grid_block(found: Blocks, grid: list[int], parts: dict[int, Parts], positions: int) -> Block:
    """The block of a grid; if its tuples of sources have axes, these follow that of its rows."""
    columns = grid[:positions]
    box = None if positions == 1 else columns_box(found, [list(parts[node].values()) for node in columns])
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


def _parts(found: Blocks, node: int) -> Parts:
    parts: Parts = {}
    place = found.place
    for weight, source in found.fused.sums[node].products:
        block, row = place[source]
        parts.setdefault((block, place.get(weight, LEAF)[0]), []).append((row, weight, source))
    return {key: sorted(parts[key]) for key in sorted(parts)}


def _components(nodes: list[int], weights: Tuples, sources: Tuples) -> list[list[int]]:
    """Groups of nodes in which one shares all its weights or all its sources with another."""
    parent: dict[Hashable, Hashable] = {}

    def top(key: Hashable) -> Hashable:
        while parent.setdefault(key, key) != key:
            parent[key] = key = parent[parent[key]]
        return key

    for node in nodes:
        parent[top(("weights", weights[node]))] = top(("sources", sources[node]))
    components: dict[Hashable, list[int]] = {}
    for node in nodes:
        components.setdefault(top(("weights", weights[node])), []).append(node)
    return list(components.values())


def _grid(nodes: list[int], weights: Tuples, sources: Tuples) -> list[int] | None:
    """The nodes in the order of a grid, by tuple of weights; None if they form no grid."""
    cells = {(weights[node], sources[node]): node for node in nodes}
    rows = dict.fromkeys(weights[node] for node in nodes)
    columns = dict.fromkeys(sources[node] for node in nodes)
    if len(cells) < len(nodes) or len(rows) * len(columns) != len(nodes):
        return None
    return [cells[row, column] for row in rows for column in columns]


def _block(found: Blocks, nodes: list[int], parts: dict[int, Parts], positions: int) -> Block:
    """A block of sums: a grid with that many tuples of sources, or, for 0, a sparse block."""
    sums = [found.fused.sums[node] for node in nodes]
    graph = found.graph
    block = Block(nodes, graph.is_batch[nodes[0]], graph.is_trained[nodes[0]], is_sparse=not positions)
    rows = nodes[::positions] if positions else nodes
    columns = nodes[:positions] if positions else nodes
    for key in parts[nodes[0]] if parts else ():
        weights = [[weight for _, weight, _ in parts[node][key]] for node in rows]
        sources = [[source for _, _, source in parts[node][key]] for node in columns]
        block.products.append(Product(weights, sources))
    block.terms = _terms(found, nodes)
    block.offsets = [each.offset for each in sums if each.offset is not None]
    if any(each.number for each in sums):
        block.numbers = [each.number for each in sums]
    return block


def _terms(found: Blocks, nodes: list[int]) -> list[list[list[int]]]:
    """By block of the terms: the terms of each row, in the order of that block."""
    homes: dict[Hashable, list[list[int]]] = {}
    for index, node in enumerate(nodes):
        for term in found.fused.sums[node].terms:
            where = home(found, term)
            if where not in homes:
                homes[where] = [[] for _ in nodes]
            homes[where][index].append(term)
    return [
        [sorted(row, key=lambda term: found.place.get(term, (0, 0))) for row in rows]
        for rows in homes.values()
    ]
