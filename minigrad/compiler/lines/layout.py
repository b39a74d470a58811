"""Gives each parameter its place in the flat vector, and finds the arrays that are views of it.

The weights of a layer become one matrix: the first product that uses them lays them out row by row, in the
order in which it needs them. Another product that uses the same parameters reads them from there, through a
view, a transpose or an index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, count, filterfalse

from minigrad.compiler.lines.names import Names, weights_word
from minigrad.compiler.reading.blocks import Block, Blocks, collapsed
from minigrad.compiler.reading.graph import look_up
from minigrad.compiler.reading.tables import table_of


@dataclass(frozen=True)
class ParameterArray:
    """A view of the flat vector: entries start … start + size, row by row."""

    name: str
    start: int
    shape: tuple[int, int]

    @property
    def size(self) -> int:
        """The number of entries."""
        return self.shape[0] * self.shape[1]


@dataclass
class Layout:
    """The arrays of parameters, and the position of each parameter, by node, in the flat vector."""

    arrays: list[ParameterArray] = field(default_factory=list)
    positions: dict[int, int] = field(default_factory=dict)
    array_at: list[int] = field(default_factory=list)

    def claim(self, names: Names, wanted: str, rows: list[list[int]]) -> None:
        """Give the nodes without a place one: as a matrix, if they form one, or else as a column."""
        nodes = list(chain.from_iterable(rows))
        free = list(filterfalse(self.positions.__contains__, dict.fromkeys(nodes)))
        if not free:
            return
        shape = (len(rows), len(rows[0])) if len(free) == len(nodes) else (len(free), 1)
        start = len(self.array_at)
        self.positions.update(zip(free, count(start)))
        self.array_at.extend([len(self.arrays)] * len(free))
        self.arrays.append(ParameterArray(names.new(wanted, with_gradient=True), start, shape))


def lay_out(found: Blocks, names: Names) -> Layout:
    """Give every parameter its place, in the order in which blocks use them; unused ones come last."""
    layout = Layout()
    parameters = found.graph.parameters
    layers = 0
    ordered = [block for block in found.blocks if block.is_batch and block.operation is not look_up]
    ordered += [block for block in found.blocks if block.operation is look_up]
    ordered += [block for block in found.blocks if not block.is_batch]
    for block in ordered:
        layers += bool(block.products)
        for letter, rows in _uses(found, block, layout.positions):
            own = [row for row in (list(filter(parameters.__contains__, row)) for row in rows) if row]
            if own:
                layout.claim(names, _wanted(found, own, letter, layers, block), own)
    rest = [[node] for node in parameters if node not in layout.positions]
    if rest:
        layout.claim(names, "unused", rest)
    return layout


def _uses(
    found: Blocks, block: Block, claimed: Collection[int]
) -> Iterator[tuple[str, Sequence[Sequence[int]]]]:
    if block.operation is look_up:
        yield "C", table_of(found, block, claimed)
        return
    for product in block.products:
        yield "W", product.weights
    if block.offsets:
        yield "b", _in_rows(block, block.offsets)
    for rows in block.terms:
        yield "p", [[node] for row in rows for node in row]
    for operand in block.operands:
        yield "p", _in_rows(block, operand)


def _in_rows(block: Block, nodes: list[int]) -> list[list[int]]:
    """The nodes of a column; with axes, one where those along an axis are equal."""
    if len(block.dims) == 1 or not block.is_batch:
        return [[node] for node in nodes]
    kept, sizes = collapsed(nodes, block.dims)
    rows: list[list[int]] = kept.reshape(sizes[0], -1).tolist()
    return rows


def _wanted(found: Blocks, rows: list[list[int]], letter: str, layers: int, block: Block) -> str:
    """W2 and b2 by role or by the number of products so far; a single parameter by its label."""
    node = rows[0][0]
    role = found.graph.role(node)
    if role is not None:
        kind, layer = role
        return f"{'W' if kind == 'w' else kind}{layer or ''}"
    word = weights_word(found.graph, rows)
    if word and (len(rows) > 1 or len(rows[0]) > 1):
        return f"{letter}_{word}"
    label = found.graph.labels[node]
    if len(block.nodes) == 1 and letter == "p" and label.isidentifier():
        return label
    return f"{letter}{layers if block.products else ''}"
