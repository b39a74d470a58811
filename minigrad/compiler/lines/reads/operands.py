"""Makes references to the operands of a block with axes, in the form in which the block is computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from numpy.typing import NDArray

from minigrad.compiler.lines.line import Definitions
from minigrad.compiler.lines.plan import Plan
from minigrad.compiler.lines.reads.matrices import Contraction, MatrixProduct, as_matrices
from minigrad.compiler.lines.reads.references import Reference, References, part_of, pattern
from minigrad.compiler.lines.reads.view_references import (
    GatherReference,
    LookUpReference,
    SpreadReference,
    ViewReference,
)
from minigrad.compiler.lines.reads.views import along, broadcast, read_into, read_view, reshaped
from minigrad.compiler.lines.softmax import Softmax
from minigrad.compiler.reading.blocks import HOLE, Block, collapsed
from minigrad.compiler.reading.views import Form, View
from minigrad.symbols.formulas import Formula

AnyReference = Reference | ViewReference | SpreadReference | GatherReference | LookUpReference
Ints = NDArray[Any]


class Operands:
    """Reads the operands of blocks; a part that needs a name gets one among the definitions."""

    def __init__(self, references: References, plan: Plan, definitions: Definitions) -> None:
        self.references = references
        self.found = references.found
        self.plan = plan
        self.define = definitions.define
        self.zero_in_holes: set[int] = set()  # exponentials of −∞ there

    def read(self, number: int, key: int, nodes: Sequence[int]) -> AnyReference:
        """An operand of a block with axes: of each cell one node."""
        block, reader = self.found.blocks[number], self.plan.working(number)
        first = next(node for node in nodes if node != HOLE)
        if not self.found.graph.is_batch[first]:
            return self.spread(collapsed(nodes, block.dims), block.dims, reader)
        home = self.found.place[first][0]
        view = self.plan.views[number, key]
        if view is not None:
            return self._view(home, view, reader)
        rows = self.found.rows(nodes)  # no box with holes has gathers
        kept, sizes = collapsed(rows.tolist(), block.dims)
        return self._gather(home, kept, sizes, block.dims, reader)

    def _view(
        self, home: int, view: View, reader: Form, read: Callable[..., Formula] = read_into
    ) -> ViewReference:
        source, form = self.references.arrays[home], self.plan.forms[home]
        index = self.references.index(view.rows()) if view.is_partial and not self._is_input(home) else ""
        value = self._named(home, read(view, source, form, reader))
        return ViewReference(value, view, form, reader, home, index)

    def matrix_product(self, axes: Contraction) -> MatrixProduct:
        """A sum of products as one of matrices."""
        factors = self._factor(axes, 0), self._factor(axes, 1)
        matrices = [
            as_matrices(axes, each.formula, own, partial(self.define, self._letter(each.target)), True)
            for each, own in zip(factors, axes.factors)
        ]
        return MatrixProduct(axes, factors, (matrices[0], matrices[1]))

    def _factor(self, axes: Contraction, k: int) -> ViewReference:
        """A factor of a sum of products, without the axes that it lacks."""
        view, own = self.plan.views[axes.products, k], axes.factors[k]
        assert view is not None
        maps = [replace(each, axes=tuple(own.index(axis) for axis in each.axes)) for each in view.maps]
        home = self.found.place[self.found.blocks[axes.products].operands[k][0]][0]
        sizes = axes.sizes(own)
        return self._view(home, View(view.source, tuple(maps), sizes), Form(sizes))

    def _letter(self, number: int) -> str:
        """What the matrices of an array are called: Q of query; but letters that mean something else."""
        name = str(self.references.arrays[number])
        letter = name[0].upper()
        return f"{name}_matrices" if len(name) == 1 or letter in "ABTWXYZ" else letter

    def _named(self, home: int, value: Formula) -> Formula:
        """A part of the inputs in another order, which is a copy, under a name of its own."""
        if not self._is_input(home) or ".transpose" not in value.as_python({}):
            return value
        return self.define(str(self.references.arrays[home]), value)

    def _is_input(self, number: int) -> bool:
        return self.found.blocks[number].is_leaf

    def _gather(
        self, home: int, rows: Ints, kept: tuple[int, ...], dims: tuple[int, ...], reader: Form
    ) -> GatherReference:
        """Rows of a source for the cells of a reader, one where those along an axis are equal."""
        index = self.references.index(rows.ravel())
        shape = Form((rows.size,))
        value = part_of(self.references.flat(home), index, shape.shape)
        narrow = reader.narrowed(dims, kept)
        if reader.spreads(narrow):
            value = reshaped(value, shape, narrow)
        else:
            value = reshaped(broadcast(reshaped(value, shape, Form(kept)), Form(dims)), Form(dims), reader)
        return GatherReference(value, kept, dims, reader, home, index, self.references.scatter(rows.ravel()))

    def spread(
        self, collapsed_nodes: tuple[Ints, tuple[int, ...]], dims: tuple[int, ...], reader: Form
    ) -> SpreadReference:
        """Numbers or parameters for the cells of a reader, one where those along an axis are equal."""
        nodes, kept = collapsed_nodes
        inner = self.references.column(nodes.ravel().tolist(), exact=True)
        value = inner.formula
        if value.shape:
            value = self._spread_out(value, inner, kept, dims, reader)
        return SpreadReference(value, inner, reader, kept, dims)

    def _spread_out(
        self, value: Formula, inner: Reference, kept: tuple[int, ...], dims: tuple[int, ...], reader: Form
    ) -> Formula:
        narrow = reader.narrowed(dims, kept)
        if inner.kind == "reshaped":  # its own shape will do
            value = value.operands[0]
        fits = reader.spreads(Form(narrow.lead, reader.columns)) and narrow.columns in (1, reader.columns)
        if not fits:
            value = broadcast(_of_shape(value, (*kept, 1)), Form(dims))
            return reshaped(value, Form(dims), reader)
        value = _of_shape(value, (*narrow.lead, narrow.columns))
        if narrow.columns == 1:
            return value
        return pattern(f"repeat({{}}, examples, axis={len(narrow.lead)})", "{}", (value,), narrow.shape)

    def sources(self, number: int, k: int, block: Block) -> AnyReference:
        """The sources of a grid, as a matrix with a column for each tuple of them."""
        product, view = block.products[k], self.plan.views[number, 2 * k + 1]
        home = self.found.place[product.sources[0][0]][0]
        form = Form((len(product.sources[0]),), len(product.sources))
        if view is None:
            rows = self.found.rows(product.sources).T
            return self._gather(home, rows, rows.shape, rows.shape, form)
        return self._view(home, view, form, read_view)

    def less_the_highest(self, number: int, block: Block, softmax: Softmax) -> Sequence[AnyReference]:
        """The operands of z − max z, which is a constant in the derivative of a softmax; −∞ in holes."""
        has_axes, form = self.plan.has_axes(number), self.plan.working(number)
        z = self.read(number, 0, block.operands[0]) if has_axes else self.references.column(block.operands[0])
        if block.valid is not None:
            value = broadcast(z.formula, form)
            value = pattern(f"where({self.mask(block)}, {{}}, -inf)", "{}", (value,), value.shape)
            z = replace(z, formula=self.define("seen", value))
            is_seen = block.valid.reshape(softmax.dims).any(axis=softmax.axes)
            if is_seen.all():  # else −∞ − (−∞) would be nan
                self.zero_in_holes.update(self.plan.users[number])
        highest = along("max", z.formula, form, softmax.dims, softmax.axes)
        return [z, Reference(self.define("highest", highest))]

    def mask(self, block: Block) -> str:
        """The name of the array that says which cells of a block are no holes."""
        valid = block.valid
        assert valid is not None
        for axis in range(valid.ndim):
            if (valid == valid.take([0], axis=axis)).all():
                valid = valid.take([0], axis=axis)
        key = ("mask", valid.shape, valid.tobytes())
        return self.references.constant("is_seen", valid[..., None], key)


def _of_shape(value: Formula, shape: tuple[int, ...]) -> Formula:
    if value.shape == shape:
        return value
    sizes = ", ".join(map(str, shape))
    return pattern(f"{{}}.reshape({sizes})", "{}", (value,), shape)
