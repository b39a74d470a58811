"""Writes the forward pass of a program from blocks: one array operation a line.

A line such as Z2 = W2 @ A1 + b2 is a formula with a shape, assigned to a name that comes from the role of the
block.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from minigrad import rules
from minigrad.compiler.lines.block_names import BlockNames
from minigrad.compiler.lines.line import Definitions
from minigrad.compiler.lines.look_ups import Picked, looked_up, picked_columns
from minigrad.compiler.lines.names import array
from minigrad.compiler.lines.plan import Plan
from minigrad.compiler.lines.reads.matrices import MatrixProduct
from minigrad.compiler.lines.reads.operands import AnyReference, Operands
from minigrad.compiler.lines.reads.references import Reference, References, part_of, pattern
from minigrad.compiler.lines.reads.views import broadcast, reshaped
from minigrad.compiler.lines.softmax import softmaxes
from minigrad.compiler.reading.blocks import HOLE, Block, Blocks, collapsed, word_of
from minigrad.compiler.reading.graph import look_up
from minigrad.symbols.formulas import Formula, call, formula, symbol
from minigrad.symbols.tree import Shape

# Operations on any number of operands that take an array of them, one a row, with axis=0.
OF_ROWS = frozenset({rules.logsumexp})


class Forward:
    """The lines of the forward pass, and the name of each block as a formula."""

    def __init__(self, references: References) -> None:
        self.references = references
        self.found: Blocks = references.found
        self.definitions = Definitions(references.names)
        self.lines, self.reused = self.definitions.lines, self.definitions.reused
        self.plan = Plan(self.found)
        references.forms = self.plan.forms
        self.reads: dict[tuple[int, int], AnyReference] = {}
        self.softmaxes = softmaxes(self.plan)
        quotients = {each.quotient for each in self.softmaxes.values()}
        self.block_names = BlockNames(references, self.reads, quotients)
        self.gathered: dict[tuple[int, int], Formula] = {}  # sources that are not simply an array
        self.matrix_products: dict[tuple[int, int], MatrixProduct] = {}
        self.picked: dict[tuple[int, int], Picked] = {}
        self.axes = Operands(references, self.plan, self.definitions)

    def run(self) -> None:
        """Write the lines of every block, in order."""
        inlined = self.plan.inlined
        for number, block in enumerate(self.found.blocks):
            if number in inlined:
                continue
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
        self.block_names.layers += bool(block.products)
        if self.plan.has_axes(number):
            formula = self._with_all_cells(number, formula)
        else:
            formula = self._with_all_rows(block, formula)
        shape: Shape = self.plan.forms[number].shape if block.is_batch else formula.shape
        is_root = self.found.place[self.found.graph.root][0] == number
        name = "cost" if is_root else self.references.names.new(self.block_names.wanted(number, block))
        self.references.arrays[number] = array(name, shape)
        self.block_names.tell(number, block, name)
        self.definitions.assign(self.references.arrays[number], formula)

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
        if number in self.plan.filled - self.axes.zero_in_holes:
            formula = pattern(f"where({self.axes.mask(block)}, {{}}, 0.0)", "{}", (formula,), formula.shape)
        return reshaped(formula, working, self.plan.forms[number])

    def _operation(self, number: int, block: Block) -> Formula:
        assert block.operation is not None
        if block.operation is look_up:
            self.reads[number, 0] = looked_up(self.references, block, self.plan.working(number))
            return self.reads[number, 0].formula
        whole = self._over_rows(number, block)
        if whole is not None:
            template = "{}, axis=0" if block.operation in OF_ROWS else "*{}[:, None]"
            rows = pattern(template, "{}", (whole.formula,), whole.formula.shape)
            return call(block.operation, rows, shape=(1, "N"))
        references: Sequence[AnyReference]
        if number in self.softmaxes:
            references = self.axes.less_the_highest(number, block, self.softmaxes[number])
        elif self.plan.has_axes(number):
            references = [self.axes.read(number, k, operands) for k, operands in enumerate(block.operands)]
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
            offset = (
                self.axes.read(number, -1, block.offsets) if has_axes else references.column(block.offsets)
            )
            self.reads[number, -1] = offset
            parts.append(offset.formula)
        if block.numbers:
            parts.append(self._number(number, block))
        return self.definitions.summed(parts)

    def _number(self, number: int, block: Block) -> Formula:
        if len(set(block.numbers)) == 1:
            return formula(block.numbers[0])
        if self.plan.has_axes(number):
            nodes = [self.found.graph.number(each) for each in block.numbers]
            kept = collapsed(nodes, block.dims)
            return self.axes.spread(kept, block.dims, self.plan.working(number)).formula
        name = self.references.constant("numbers", np.array(block.numbers)[:, None])
        return symbol(name, shape=(len(block.numbers), 1))

    def _product(self, number: int, k: int, block: Block) -> Formula:
        product, references = block.products[k], self.references
        weights = references.matrix(product.weights)
        self.reads[number, 2 * k] = weights
        if block.is_sparse:
            return self._sparse_product(number, k, block, weights)
        picked = picked_columns(references, weights.formula, product)
        if picked is not None:
            self.picked[number, k] = picked
            return picked.formula
        if not self.plan.has_axes(number):
            sources: AnyReference = references.column(product.sources[0], exact=True)
            self.reads[number, 2 * k + 1] = sources
            return weights.formula @ sources.formula
        sources = self.axes.sources(number, k, block)
        self.reads[number, 2 * k + 1] = sources
        name = sources.formula
        if name.kind != "symbol":
            name = self.definitions.new("G", name)
        self.gathered[number, k] = name
        return weights.formula @ name

    def _sparse_product(self, number: int, k: int, block: Block, weights: Reference) -> Formula:
        product, rows = block.products[k], len(block.nodes)
        index = self.found.rows(product.sources)
        home = self.found.place[product.sources[0][0]][0]
        read = self.references.rows_of(home, index.ravel())
        self.reads[number, 2 * k + 1] = read
        gathered = part_of(self.references.flat(home), self.references.index(index), (*index.shape, "N"))
        name = self.gathered[number, k] = self.definitions.new("G", gathered)
        return pattern("({}[:, None] @ {})[:, 0]", "{} {}", (weights.formula, name), (rows, "N"))

    def _terms(self, number: int, k: int, block: Block) -> Formula:
        rows = block.terms[k]
        references, key = self.references, (number, 2 * len(block.products) + k)
        if key in self.plan.contracted:
            product = self.axes.matrix_product(self.plan.contracted[key])
            self.matrix_products[key] = product
            for k, factor in enumerate(product.factors):
                self.reads[product.axes.products, k] = factor
            return reshaped(product.formula, product.form, self.plan.working(number))
        if self.plan.has_axes(number):
            nodes = [row[0] if row else HOLE for row in rows]
            self.reads[key] = self.axes.read(*key, nodes)
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
