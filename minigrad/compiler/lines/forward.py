"""Writes the forward pass of a program from blocks: one array operation a line.

A line such as Z2 = W2 @ A1 + b2 is a formula with a shape, assigned to a name that comes from the role of the
block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from minigrad import rules
from minigrad.compiler.lines.names import Names, array, weights_word
from minigrad.compiler.lines.plan import Plan
from minigrad.compiler.lines.references import Reference, References, part_of, pattern
from minigrad.compiler.lines.softmax import softmaxes
from minigrad.compiler.lines.views import (
    Form,
    GatherReference,
    SpreadReference,
    ViewReference,
    broadcast,
    read_into,
    read_view,
    reshaped,
)
from minigrad.compiler.reading.blocks import HOLE, Block, Blocks, collapsed, stem_of, word_of
from minigrad.symbols.formulas import Formula, call, formula, symbol
from minigrad.symbols.tree import Shape

AnyReference = Reference | ViewReference | SpreadReference | GatherReference

# Operations on any number of operands that take an array of them, one a row, with axis=0.
OF_ROWS = frozenset({rules.logsumexp})

# A sum of more blocks takes several lines: one would be unreadable, and too deeply nested to print.
LONGEST_SUM = 20


@dataclass(frozen=True)
class Line:
    """target = formula, or target += formula; `equation` is 1 … 4 for the four equations, else 0.

    With an `index`, the formula is added to rows of the target; with `scatter`, by the function of that name.
    """

    target: str
    formula: Formula
    assign: str = "="
    equation: int = 0
    shape: Shape = ()
    index: str = ""
    scatter: str = ""


def summed(parts: Sequence[Formula], lines: list[Line], names: Names) -> Formula:
    """The sum of the parts; if there are many, the first ones become lines of their own.

    >>> lines: list[Line] = []
    >>> print(summed([symbol(f"x{k}") for k in range(22)], lines, Names(set())))
    total + x20 + x21
    >>> len(lines)
    1
    """
    result = parts[0]
    for position, part in enumerate(parts[1:], start=1):
        if position % LONGEST_SUM == 0:
            name = array(names.new("total"), result.shape)
            lines.append(Line(str(name), result, shape=result.shape))
            result = name
        result = result + part
    return result


@dataclass
class Gathered:
    """The sources of each row or position, as an array, for a product that is not simply W @ A."""

    name: Formula
    sources: AnyReference


class Forward:
    """The lines of the forward pass, and the name of each block as a formula."""

    def __init__(self, references: References) -> None:
        self.references = references
        self.found: Blocks = references.found
        self.lines: list[Line] = []
        self.plan = Plan(self.found)
        references.forms = self.plan.forms
        self.softmaxes = softmaxes(self.plan)
        self.powers = {each.quotient for each in self.softmaxes.values()}
        self.reads: dict[tuple[int, int], AnyReference] = {}
        self.gathered: dict[tuple[int, int], Gathered] = {}
        self.told: dict[Any, str] = {}
        self.layers = 0
        self._computed: dict[str, Formula] = {}

    def run(self) -> None:
        """Write the lines of every block, in order."""
        for number, block in enumerate(self.found.blocks):
            if block.is_leaf:
                self._input(number, block)
            elif block.operation is None:
                self._assign(number, self._sum(number, block))
            else:
                self._assign(number, self._operation(number, block))

    def _input(self, number: int, block: Block) -> None:
        label = self.found.graph.labels[block.nodes[0]]
        kind = getattr(label, "kind", None) or word_of(label) or "x"
        wanted = kind.upper() if len(block.nodes) > 1 else kind
        if not wanted.isidentifier():
            wanted = "X"
        name = self.references.names.new(wanted)
        self.references.arrays[number] = array(name, (len(block.nodes), "N"))

    def _assign(self, number: int, formula: Formula) -> None:
        block = self.found.blocks[number]
        self.layers += bool(block.products)
        if self.plan.has_axes(number):
            formula = self._with_all_cells(number, formula)
        else:
            formula = self._with_all_rows(block, formula)
        shape: Shape = self.plan.forms[number].shape if block.is_batch else formula.shape
        is_root = self.found.place[self.found.graph.root][0] == number
        name = "cost" if is_root else self.references.names.new(self._wanted(number, block))
        self.references.arrays[number] = array(name, shape)
        if number in self.powers or (
            block.products and weights_word(self.found.graph, block.products[0].weights)
        ):
            self.told[number] = name
        self.lines.append(Line(name, formula, shape=shape))
        if formula.kind != "symbol":
            self._computed.setdefault(str(formula), self.references.arrays[number])

    def reused(self, formula: Formula) -> Formula:
        """The formula with the name of an array wherever a line computes the same, such as cos(x)."""
        name = self._computed.get(str(formula)) if formula.operands else None
        if name is not None and name.shape == formula.shape:
            return name
        operands = tuple([self.reused(operand) for operand in formula.operands])
        if all(new is old for new, old in zip(operands, formula.operands)):
            return formula
        again = Formula(formula.kind, operands, formula.value, formula.shape)
        return self.reused(again)  # its parts now have names, under which it may be known

    def _with_all_rows(self, block: Block, formula: Formula) -> Formula:
        """The formula repeated for as many rows as there are nodes, if it has one row for all of them."""
        rows = len(block.nodes)
        if prod(size for size in formula.shape if isinstance(size, int)) == rows:
            return formula
        shape: Shape = (rows, "N") if block.is_batch else (rows, 1)
        width = "examples" if block.is_batch else "1"
        return pattern(f"broadcast_to({{}}, ({rows}, {width}))", "{}", (formula,), shape)

    def _with_all_cells(self, number: int, formula: Formula) -> Formula:
        """The formula in the form of its array, with zeros in the holes if they would be added up."""
        working, block = self.plan.working(number), self.found.blocks[number]
        formula = broadcast(formula, working)
        if number in self.plan.filled:
            formula = pattern(f"where({self.mask(block)}, {{}}, 0.0)", "{}", (formula,), formula.shape)
        return reshaped(formula, working, self.plan.forms[number])

    def mask(self, block: Block) -> str:
        """The name of the array that says which cells of a block are no holes."""
        assert block.box is not None
        assert block.box.valid is not None
        valid = block.box.valid
        for axis in range(valid.ndim):
            if (valid == valid.take([0], axis=axis)).all():
                valid = valid.take([0], axis=axis)
        key = ("mask", valid.shape, valid.tobytes())
        return self.references.constant("is_seen", valid[..., None], key)

    def _wanted(self, number: int, block: Block) -> str:
        """The name that a block should have: by its role, or else by its operation."""
        graph = self.found.graph
        role = graph.role(block.nodes[0])
        if role is not None:
            kind, layer = role
            return f"{kind.upper()}{layer or ''}"
        if block.products:
            return weights_word(graph, block.products[0].weights) or f"Z{self.layers}"
        if number in self.powers:
            return "softmax"
        stems = {stem_of(graph.labels[node]) for node in block.nodes}
        if len(stems) == 1 and (stem := stems.pop()).isidentifier():
            return stem
        if block.operation is None:
            factors = self._factors(number, block)
            if factors:
                return "_dot_".join(factors)
            is_reduction = any(len(rows[0]) > 1 for rows in block.terms)
            return "penalty" if is_reduction and not block.is_batch else "total"
        return self._after_operation(number, block)

    def _after_operation(self, number: int, block: Block) -> str:
        operands = [self.reads[key].target for key in self.reads if key[0] == number]
        is_input = [isinstance(t, int) and t >= 0 and self.found.blocks[t].is_leaf for t in operands]
        if block.operation is rules.subtract and block.is_trained and is_input[-1:] == [True]:
            return "error"
        if len(block.operands) == 1 and isinstance(operands[0], int) and operands[0] >= 0:
            name = str(self.references.arrays[operands[0]])
            if name.startswith("Z") and self.found.blocks[operands[0]].products:
                return f"A{name[1:]}"
            weights = [product.weights for product in self.found.blocks[operands[0]].products]
            if weights and weights_word(self.found.graph, weights[0]):
                return f"A_{name}"
        assert block.operation is not None
        if block.operation is rules.multiply:
            return self._product_of_two(operands, block) or block.operation.name
        return block.operation.name

    def _product_of_two(self, operands: Sequence[Any], block: Block) -> str:
        """A name for an entry by entry product: a square, what an RMS norm gives, or by names that tell."""
        if block.operands[0] == block.operands[1]:
            return "square"
        blocks = [self.found.blocks[t] if isinstance(t, int) and t >= 0 else None for t in operands]
        if blocks[1] is not None and blocks[1].operation is rules.power:
            return "normed"
        names = [self.told.get(target, "") for target in operands]
        return "_".join(names) if all(names) else ""

    def _factors(self, number: int, block: Block) -> list[str]:
        """The names of what is multiplied in sums of products, if they tell."""
        if len(block.terms) != 1 or block.products or not block.is_batch:
            return []
        source = self.found.place[next(node for row in block.terms[0] for node in row)][0]
        factors = self.found.blocks[source]
        if factors.operation is not rules.multiply or not any(len(row) > 1 for row in block.terms[0]):
            return []
        names = [self.told.get(self.reads[source, k].target, "") for k in range(2)]
        return names if all(names) and names[0] != names[1] else []

    def _operation(self, number: int, block: Block) -> Formula:
        assert block.operation is not None
        whole = self._over_rows(number, block)
        if whole is not None:
            template = "{}, axis=0" if block.operation in OF_ROWS else "*{}[:, None]"
            rows = pattern(template, "{}", (whole.formula,), whole.formula.shape)
            return call(block.operation, rows, shape=(1, "N"))
        references: Sequence[AnyReference]
        if number in self.softmaxes:
            references = self._less_the_highest(number, block)
        elif self.plan.has_axes(number):
            references = [self._read(number, k, operands) for k, operands in enumerate(block.operands)]
        else:
            references = self._operands(block)
        for position, reference in enumerate(references):
            self.reads[number, position] = reference
        return call(block.operation, *(reference.formula for reference in references))

    def _operands(self, block: Block) -> list[Reference]:
        references = self.references
        if not block.is_batch:
            natural = [references.natural(operand) for operand in block.operands]
            shapes = {each.formula.shape for each in natural if each is not None} - {()}
            if len(shapes) <= 1 and None not in natural:
                return natural  # type: ignore[return-value]  # without None
        return [references.column(operand) for operand in block.operands]

    def _less_the_highest(self, number: int, block: Block) -> Sequence[AnyReference]:
        """The operands of z − max z, which is a constant in the derivative of a softmax."""
        has_axes = self.plan.has_axes(number)
        z = (
            self._read(number, 0, block.operands[0])
            if has_axes
            else self.references.column(block.operands[0])
        )
        value, form = z.formula, self.plan.working(number)
        if block.box is not None and block.box.valid is not None:
            value = pattern(f"where({self.mask(block)}, {{}}, -inf)", "{}", (value,), value.shape)
        groups = form.groups(block.dims) or []
        places = [k for k, group in enumerate(groups[:-1]) if set(group) & set(self.softmaxes[number].axes)]
        axis = str(places[0]) if len(places) == 1 else str(tuple(places))
        shape: Shape = tuple(1 if k in places else size for k, size in enumerate(value.shape))
        highest = pattern(f"{{}}.max(axis={axis}, keepdims=True)", r"\max {}", (value,), shape)
        name = array(self.references.names.new("highest"), shape)
        self.lines.append(Line(str(name), highest, shape=shape))
        return [z, Reference(name)]

    def _read(self, number: int, key: int, nodes: Sequence[int]) -> AnyReference:
        """An operand of a block with axes: of each cell one node."""
        block, reader = self.found.blocks[number], self.plan.working(number)
        first = next(node for node in nodes if node != HOLE)
        if not self.found.graph.is_batch[first]:
            return self._spread(collapsed(nodes, block.dims), block.dims, reader)
        home = self.found.place[first][0]
        if self.plan.views[number, key] is not None:
            return self._view(number, key, home)
        rows = np.array([self.found.place[node][1] for node in nodes])  # no box with holes has gathers
        kept, sizes = collapsed(rows.tolist(), block.dims)
        return self._gather(home, kept, sizes, block.dims, reader)

    def _view(self, number: int, key: int, home: int) -> ViewReference:
        view, reader = self.plan.views[number, key], self.plan.working(number)
        assert view is not None
        source, form = self.references.arrays[home], self.plan.forms[home]
        index = self.references.index(view.rows()) if view.is_partial and not self._is_input(home) else ""
        value = self._named(home, read_into(view, source, form, reader))
        return ViewReference(value, view, form, reader, home, index)

    def _named(self, home: int, value: Formula) -> Formula:
        """A part of the inputs in another order, which is a copy, under a name of its own."""
        if not self._is_input(home) or ".transpose" not in value.as_python({}):
            return value
        known = self._computed.get(str(value))
        if known is None:
            known = array(self.references.names.new(str(self.references.arrays[home])), value.shape)
            self.lines.append(Line(str(known), value, shape=value.shape))
            self._computed[str(value)] = known
        return known

    def _is_input(self, number: int) -> bool:
        return self.found.blocks[number].is_leaf

    def _gather(
        self, home: int, rows: np.ndarray, kept: tuple[int, ...], dims: tuple[int, ...], reader: Form
    ) -> GatherReference:
        """Rows of a source for the cells of a reader, one where those along an axis are equal."""
        index = self.references.index(rows.ravel())
        shape = Form((rows.size,))
        value = part_of(self.references.flat(home), index, shape.shape)
        groups = reader.groups(dims)
        assert groups is not None
        *lead, last = [prod(kept[axis] for axis in group) for group in groups]
        fits = all(size in (1, whole) for size, whole in zip(lead, reader.lead)) and last == reader.columns
        if not fits:
            value = broadcast(reshaped(value, shape, Form(kept)), Form(dims))
        value = reshaped(value, shape if fits else Form(dims), Form(tuple(lead), last) if fits else reader)
        return GatherReference(value, kept, dims, reader, home, index, self.references.scatter(rows.ravel()))

    def _spread(
        self, collapsed_nodes: tuple[np.ndarray, tuple[int, ...]], dims: tuple[int, ...], reader: Form
    ) -> SpreadReference:
        """Numbers or parameters for the cells of a reader, one where those along an axis are equal."""
        nodes, kept = collapsed_nodes
        inner = self.references.column(nodes.ravel().tolist(), exact=True)
        value = inner.formula
        if value.shape:
            value = self._spread_out(value, inner, kept, dims, reader)
        return SpreadReference(value, inner, kept, dims, reader)

    def _spread_out(
        self, value: Formula, inner: Reference, kept: tuple[int, ...], dims: tuple[int, ...], reader: Form
    ) -> Formula:
        groups = reader.groups(dims)
        assert groups is not None
        *lead, last = [prod(kept[axis] for axis in group) for group in groups]
        wide = (*lead, last) if last > 1 else (*lead, 1)
        if inner.kind == "reshaped":  # its own shape will do
            value = value.operands[0]
        if not all(size in (1, whole) for size, whole in zip(lead, reader.lead)) or last not in (
            1,
            reader.columns,
        ):
            value = broadcast(_of_shape(value, (*kept, 1)), Form(dims))
            return reshaped(value, Form(dims), reader)
        value = _of_shape(value, wide)
        if last == 1:
            return value
        axis = len(lead)
        shape: Shape = (*lead, f"{last}·N")
        return pattern(f"repeat({{}}, examples, axis={axis})", "{}", (value,), shape)

    def _over_rows(self, number: int, block: Block) -> Reference | None:
        """The block whose rows are all operands of an operation on any number of operands, as in softmax."""
        assert block.operation is not None
        if block.operation.arity is not None or len(block.nodes) != 1 or not block.is_batch:
            return None
        places = [self.found.place.get(operand[0]) for operand in block.operands]
        homes = {place[0] for place in places if place is not None}
        if len(homes) != 1 or None in places:
            return None
        home = homes.pop()
        if not self.found.blocks[home].is_batch:
            return None
        if [place[1] for place in places if place] != list(range(len(self.found.blocks[home].nodes))):
            return None
        reference = self.references.column([operand[0] for operand in block.operands])
        self.reads[number, -1] = reference
        return reference

    def _sum(self, number: int, block: Block) -> Formula:
        references = self.references
        parts = [self._product(number, k, block) for k in range(len(block.products))]
        parts += [self._terms(number, k, block) for k in range(len(block.terms))]
        if block.offsets:
            has_axes = self.plan.has_axes(number)
            offset = self._read(number, -1, block.offsets) if has_axes else references.column(block.offsets)
            self.reads[number, -1] = offset
            parts.append(offset.formula)
        if block.numbers:
            parts.append(self._number(number, block))
        return summed(parts, self.lines, self.references.names)

    def _number(self, number: int, block: Block) -> Formula:
        if len(set(block.numbers)) == 1:
            return formula(block.numbers[0])
        if self.plan.has_axes(number):
            nodes = [self.found.graph.number(each) for each in block.numbers]
            return self._spread(collapsed(nodes, block.dims), block.dims, self.plan.working(number)).formula
        name = self.references.constant("numbers", np.array(block.numbers)[:, None])
        return symbol(name, shape=(len(block.numbers), 1))

    def _product(self, number: int, k: int, block: Block) -> Formula:
        product, references = block.products[k], self.references
        weights = references.matrix(product.weights)
        self.reads[number, 2 * k] = weights
        if block.is_sparse:
            return self._sparse_product(number, k, block, weights)
        if not self.plan.has_axes(number):
            sources: AnyReference = references.column(product.sources[0], exact=True)
            self.reads[number, 2 * k + 1] = sources
            return weights.formula @ sources.formula
        sources = self._sources(number, k, block)
        self.reads[number, 2 * k + 1] = sources
        name = sources.formula
        if name.kind != "symbol":
            name = array(self.references.names.new("G"), name.shape)
            self.lines.append(Line(str(name), sources.formula, shape=name.shape))
        self.gathered[number, k] = Gathered(name, sources)
        return weights.formula @ name

    def _sources(self, number: int, k: int, block: Block) -> AnyReference:
        """The sources of a grid, as a matrix with a column for each tuple of them."""
        product, view = block.products[k], self.plan.views[number, 2 * k + 1]
        home = self.found.place[product.sources[0][0]][0]
        form = Form((len(product.sources[0]),), len(product.sources))
        if view is None:
            rows = np.array([[self.found.place[node][1] for node in each] for each in product.sources]).T
            return self._gather(home, rows, rows.shape, rows.shape, form)
        value = self._named(home, read_view(view, self.references.arrays[home], self.plan.forms[home], form))
        index = self.references.index(view.rows()) if view.is_partial and not self._is_input(home) else ""
        return ViewReference(value, view, self.plan.forms[home], form, home, index)

    def _sparse_product(self, number: int, k: int, block: Block, weights: Reference) -> Formula:
        product, rows = block.products[k], len(block.nodes)
        index = np.array([[self.found.place[node][1] for node in each] for each in product.sources])
        home = self.found.place[product.sources[0][0]][0]
        read = self.references.rows_of(home, index.ravel())
        self.reads[number, 2 * k + 1] = read
        gathered = part_of(self.references.flat(home), self.references.index(index), (*index.shape, "N"))
        name = array(self.references.names.new("G"), gathered.shape)
        self.lines.append(Line(str(name), gathered, shape=gathered.shape))
        self.gathered[number, k] = Gathered(name, read)
        return pattern("({}[:, None] @ {})[:, 0]", "{} {}", (weights.formula, name), (rows, "N"))

    def _terms(self, number: int, k: int, block: Block) -> Formula:
        rows = block.terms[k]
        references, key = self.references, (number, 2 * len(block.products) + k)
        if self.plan.has_axes(number):
            nodes = [row[0] if row else HOLE for row in rows]
            self.reads[key] = self._read(*key, nodes)
            return self.reads[key].formula
        if len(rows[0]) == 1:
            reference = references.column([row[0] for row in rows])
            self.reads[key] = reference
            return reference.formula
        nodes = [node for row in rows for node in row]
        natural = references.natural(nodes) if not block.is_batch else None
        reference = natural or references.column(nodes, exact=True)
        self.reads[key] = reference
        if len(rows) == 1 and not block.is_batch:
            return pattern("{}.sum(keepdims=True)", r"\sum {}", (reference.formula,), (1, 1))
        if len(rows) == 1:
            shape: Shape = (1, *reference.formula.shape[1:])
            return pattern("{}.sum(axis=0, keepdims=True)", r"\sum_j {}", (reference.formula,), shape)
        shape = (len(rows), *reference.formula.shape[1:])
        width = len(rows[0])
        return pattern(
            f"{{}}.reshape({len(rows)}, {width}, -1).sum(axis=1)", r"\sum_j {}", (reference.formula,), shape
        )


def _of_shape(value: Formula, shape: tuple[int, ...]) -> Formula:
    if value.shape == shape:
        return value
    sizes = ", ".join(map(str, shape))
    return pattern(f"{{}}.reshape({sizes})", "{}", (value,), shape)
