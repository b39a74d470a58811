"""Reads rows of matrices of parameters that are looked up: C[[3, 0, 7]], and adds their gradients to them.

What looks up depends on no input, so that its arrays have one column.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minigrad.compiler.lines.reads.references import Reference, References, pattern, transposed
from minigrad.compiler.lines.reads.view_references import LookUpReference
from minigrad.compiler.lines.reads.views import reshaped
from minigrad.compiler.reading.blocks import Block, Product
from minigrad.compiler.reading.picks import picking_inputs
from minigrad.compiler.reading.views import Form
from minigrad.symbols.formulas import Formula


@dataclass(frozen=True)
class Picked:
    """The columns of a matrix of weights that the numbers of inputs tell, C[:, x]; 0 where x tells none."""

    weights: Formula
    inputs: Formula
    count: int

    @property
    def formula(self) -> Formula:
        """The columns, one for each input and example."""
        places, examples = self.inputs.shape
        last = examples if places == 1 else f"{places}·{examples}"
        shape = (self.weights.shape[0], last)
        return pattern("columns_at({}, {})", "{}_{{ {} }}", (self.weights, self.inputs), shape)

    def gradient(self, delta: Formula) -> Formula:
        """Of the weights: the sums of the columns of δ by what was picked."""
        template = f"sums_at({{}}, {{}}, {self.count})"
        return pattern(template, r"\sum_n {}_{{ {} }}", (delta, self.inputs), self.weights.shape)


def picked_columns(references: References, weights: Formula, product: Product) -> Picked | None:
    """A product as the columns that inputs pick, if it is that."""
    inputs = picking_inputs(references.found.graph, product)
    if not inputs:
        return None
    return Picked(weights, references.column(inputs, exact=True).formula, len(product.sources[0]))


def looked_up(references: References, block: Block, reader: Form) -> LookUpReference:
    """What a block of look-ups reads, in its form: whole rows of a table as columns, or a list of entries."""
    inner = _rows(references, block)
    if inner is None:
        inner = references.column(block.operands[0], exact=True)
        value = reshaped(inner.formula, Form((len(block.nodes),)), reader)
        return LookUpReference(value, inner, reader, is_transposed=False)
    rows, width = map(int, inner.formula.shape)
    form = Form((width,), rows)
    value = reshaped(transposed(inner.formula, form.shape), form, reader)
    return LookUpReference(value, inner, reader, is_transposed=True)


def _rows(references: References, block: Block) -> Reference | None:
    """Whole rows of one array, of which the block has the columns; else None."""
    layout = references.layout
    if block.operands[0][0] not in layout.positions:
        return None
    positions = np.array([layout.positions[leaf] for leaf in block.operands[0]])
    number = layout.array_at[positions[0]]
    each = layout.arrays[number]
    width = each.shape[1]
    if len(positions) % width:
        return None
    rows = positions[: len(positions) // width] - each.start
    entries = rows + np.arange(width)[:, None]
    is_whole = (rows % width == 0).all() and (rows >= 0).all() and (rows < each.size).all()
    if width == 1 or not is_whole or (positions - each.start != entries.ravel()).any():
        return None
    return references.rows_of_parameters(number, rows // width)
