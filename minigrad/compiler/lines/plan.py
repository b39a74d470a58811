"""Decides, before any line is written, in which form each array is, and how each block reads the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

import numpy as np

from minigrad import rules
from minigrad.compiler.lines.reads.matrices import Contraction, contraction
from minigrad.compiler.reading.axes import Box, Ints, read_box
from minigrad.compiler.reading.blocks import HOLE, Block, Blocks, Product
from minigrad.compiler.reading.views import Form, View, columns, flat, view_of

Key = tuple[int, int]


class NoArraysError(Exception):
    """The sums of a graph cannot be written as lines of arrays."""


class Plan:
    """The plan of a program.

    Attributes:
        forms: of each array that has examples, by the number of its block.
        views: by the number of the reader and of the operand; None for a gather.
        filled: the blocks whose holes are set to 0, because what is along them is added up.
        contracted: the sums, by number and operand, that are products of matrices.
        users: the numbers of the blocks that read a block, by its number.
        read: the numbers of the blocks with examples that each block reads.
        listed: the blocks that are read and written as lists of rows, as they add up what is no view.
    """

    def __init__(self, found: Blocks) -> None:
        self.found = found
        self.forms: dict[int, Form] = {}
        self.views: dict[Key, View | None] = {}
        self.filled: set[int] = set()
        self.contracted: dict[Key, Contraction] = {}
        self.users: dict[int, list[int]] = {}
        self.listed: set[int] = set()
        self._dropped: dict[int, tuple[int, list[int]]] = {}  # how many axes a block had, which it lost
        below = [set(sources(found, block)) for block in found.blocks]
        self.read = [{each for each in under if found.blocks[each].is_batch} for under in below]
        for number, under in enumerate(below):
            for source in under:
                self.users.setdefault(source, []).append(number)
        gathered: set[int] = set()
        for number, block in enumerate(found.blocks):
            if block.is_batch and not block.is_leaf:
                self._drop_axes(number, block)
                gathered |= set(self._read(number, block))
                if self._contract(number, block):
                    self._drop(number, block, [k for k, size in enumerate(block.dims) if size == 1])
                    gathered |= set(self._read(number, block))
        for number, block in enumerate(found.blocks):
            if block.is_batch:  # an array that is read in parts is a list of rows
                self.forms[number] = _form(block, number in gathered)

    @property
    def inlined(self) -> set[int]:
        """The blocks of products that are not computed, as their sums are."""
        return {each.products for each in self.contracted.values()}

    def has_axes(self, number: int) -> bool:
        """Whether a block is read and written with axes, not as a list of rows."""
        block = self.found.blocks[number]
        if not block.is_batch or block.is_sparse or _is_over_rows(block) or number in self.listed:
            return False
        return len(block.dims) > 1 or any(len(self.found.blocks[n].dims) > 1 for n in self.read[number])

    def working(self, number: int) -> Form:
        """The form in which a block is computed, even if its array is then flat."""
        return _form(self.found.blocks[number], is_gathered=False)  # inputs, and lists of rows, are flat

    def _read(self, number: int, block: Block) -> Iterator[int]:
        """Plan what a block reads; gives the sources of which it needs a list of rows."""
        if not self.has_axes(number):
            yield from self.read[number]
            return
        box = reader_box(block)
        for key, rows in _rows_of(block):
            home = self._home(rows)
            if home is None:
                continue
            view = view_of(self.found.blocks[home], box, self.found.cells(rows))
            if view is None and block.valid is not None:
                raise NoArraysError
            if view is None and any(len(row) > 1 for row in rows):
                self._list(number, block)
                yield from self.read[number]
                return
            self.views[number, key] = view
            if view is None or view.is_partial:
                yield home
            if view is None or not view.free or self._holes_are_zero(home):
                continue
            if self._adds_up_holes(home, view):
                self.filled.add(home)
        for k, product in enumerate(block.products):
            home = self._home(product.sources) or 0
            view = self._product_view(block, product, home)
            self.views[number, 2 * k + 1] = view
            if view is None or view.is_partial:
                yield home

    def _contract(self, number: int, block: Block) -> bool:
        """Note the sums of products that matrices give; True if there is one."""
        known = len(self.contracted)
        outputs = {self.found.place[node][0] for node in self.found.graph.outputs if node in self.found.place}
        for k, rows in enumerate(block.terms):
            key = number, 2 * len(block.products) + k
            view, home = self.views.get(key), self._home(rows)
            if view is None or not view.free or home is None or home in self.filled | outputs:
                continue
            source = self.found.blocks[home]
            if source.operation is rules.multiply and self.users[home] == [number]:
                views = [self.views.get((home, factor)) for factor in range(2)]
                each = contraction(home, source.dims, views, view)
                if each is not None and prod(block.dims) == prod(each.sizes(each.result)):
                    self.contracted[key] = each
        return len(self.contracted) > known

    def _drop_axes(self, number: int, block: Block) -> None:
        """Drop axes of size 1 that what a block reads has lost."""
        if block.products:
            return
        for source in self.read[number]:
            rank, axes = self._dropped.get(source, (0, []))
            axes = [axis for axis in axes if rank == len(block.dims) and block.dims[axis] == 1]
            if axes:
                self._drop(number, block, axes)

    def _drop(self, number: int, block: Block, axes: list[int]) -> None:
        self._dropped[number] = len(block.dims), axes
        block.dims = tuple(size for axis, size in enumerate(block.dims) if axis not in axes)
        if block.box is not None:
            block.box = Box(block.dims, block.box.order)

    def _list(self, number: int, block: Block) -> None:
        """Read a block of sums as a list of rows, as what they add up is no view."""
        is_ragged = any(len({len(row) for row in rows}) > 1 for rows in block.terms)
        if block.products or is_ragged:
            raise NoArraysError
        self.listed.add(number)
        block.dims, block.box = (len(block.nodes),), None

    def _home(self, rows: Sequence[Sequence[int]]) -> int | None:
        node = next(node for row in rows for node in row)
        return self.found.place[node][0] if self.found.graph.is_batch[node] else None

    def _product_view(self, block: Block, product: Product, home: int) -> View | None:
        """The view of the sources of a grid, whose first axes are those that the product adds up."""
        source = self.found.blocks[home]
        read = read_box(self.found.cells(product.sources), source.dims, source.valid)
        if read is None:
            return None
        inner = [size for size, column in zip(read.dims, read.columns) if column is None and size > 1]
        if prod(inner) != len(product.sources[0]):
            return None
        dims = (*inner, *block.columns)
        one_by_one = [[node] for nodes in zip(*product.sources) for node in nodes]
        return view_of(source, Box(dims, np.arange(prod(dims))), self.found.cells(one_by_one))

    def _adds_up_holes(self, number: int, view: View) -> bool:
        """Whether the cells of one reader that are added up are holes in part."""
        valid = self.found.blocks[number].valid
        if valid is None:
            return False
        free = tuple(axis for axis, each in enumerate(view.maps) if each.is_free)
        valid = valid.reshape(view.source)
        return bool((valid.all(axis=free) != valid.any(axis=free)).any())

    def _holes_are_zero(self, number: int) -> bool:
        """Whether a block has no holes, or has zeros there because a factor has."""
        block = self.found.blocks[number]
        if number in self.filled or block.box is None or block.valid is None:
            return True
        if block.operation not in (rules.multiply, rules.divide, rules.negative):
            return False
        factors = (0, 1) if block.operation is rules.multiply else (0,)
        return any(self._passes_holes(number, block.box, k) for k in factors)

    def _passes_holes(self, number: int, box: Box, k: int) -> bool:
        view = self.views.get((number, k))
        operand = self.found.blocks[number].operands[k]
        if view is None or operand[0] not in self.found.place:
            return False
        source = self.found.place[operand[0]][0]
        valid = self.found.blocks[source].valid
        if valid is None or not self._holes_are_zero(source):
            return False
        cells = np.indices(box.dims)
        at = tuple(_coordinate(each.start, each.axes, cells, box.dims) for each in view.maps)
        holes = box.order.reshape(box.dims) < 0
        return not valid.reshape(view.source)[at][holes].any()


def _coordinate(start: int, axes: Sequence[int], cells: Ints, dims: tuple[int, ...]) -> Ints:
    result: Ints = np.zeros(dims, dtype=np.int64)
    for axis in axes:
        result = result * dims[axis] + cells[axis]
    return result + start


def reader_box(block: Block) -> Box:
    """The box of a block's nodes, counted without the holes."""
    is_node = np.array(block.nodes) != HOLE
    return Box(block.dims, np.where(is_node, np.cumsum(is_node) - 1, HOLE))


def _rows_of(block: Block) -> Iterator[tuple[int, list[list[int]]]]:
    """The number of each operand but products, and of each node what it reads."""
    for k, operands in enumerate(block.operands):
        yield k, [[node] for node in operands if node != HOLE]
    for k, rows in enumerate(block.terms):
        yield 2 * len(block.products) + k, [row for row in rows if row]


def _is_over_rows(block: Block) -> bool:
    return block.operation is not None and block.operation.arity is None and len(block.nodes) == 1


def _form(block: Block, is_gathered: bool) -> Form:
    if block.is_leaf or block.is_sparse or is_gathered or len(block.dims) == 1:
        return flat(block.dims)
    if block.products:
        return Form((len(block.products[0].weights),), prod(block.columns))
    return columns(block.dims) if len(block.dims) == 2 and block.valid is None else Form(block.dims)


def sources(found: Blocks, block: Block) -> Iterator[int]:
    """The blocks that a block reads; each operand is of one."""
    firsts = [next(node for node in operands if node != HOLE) for operands in block.operands]
    firsts += [next(node for row in rows for node in row) for rows in block.terms]
    for product in block.products:
        firsts += [product.sources[0][0], product.weights[0][0]]
    firsts += [node for node in block.offsets[:1] if node != HOLE]
    for node in firsts:
        if node in found.place:
            yield found.place[node][0]
