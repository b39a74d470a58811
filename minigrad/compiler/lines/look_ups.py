"""Reads rows of matrices of parameters that are looked up: C[[3, 0, 7]], and adds their gradients to them.

What looks up depends on no input, so that its arrays have one column.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minigrad.compiler.lines.references import Deposit, Reference, References, pattern
from minigrad.compiler.lines.views import broadcast, reshaped
from minigrad.compiler.reading.blocks import Block
from minigrad.compiler.reading.tables import leaves_of
from minigrad.compiler.reading.views import Form
from minigrad.symbols.formulas import Formula


@dataclass(frozen=True)
class LookUpReference:
    """Rows of an array of parameters, or numbers, in the form of the block that looks them up."""

    formula: Formula
    inner: Reference
    reader: Form

    sums_examples = True

    @property
    def target(self) -> int | str | None:
        """What the gradient is added to."""
        return self.inner.target

    def deposit(self, value: Formula) -> Deposit | None:
        """The contribution that the gradient `value` of the block makes to the rows."""
        rows, width = (int(size) for size in self.inner.formula.shape)
        value = reshaped(broadcast(value, self.reader), self.reader, Form((width,), rows))
        value = pattern("{}.T", "{}^{{\\top}}", (value,), (rows, width))
        return self.inner.deposit(value)


def looked_up(references: References, block: Block, reader: Form) -> LookUpReference:
    """What a block of look-ups reads, in its form."""
    inner = _rows(references, leaves_of(block))
    rows, width = (int(size) for size in inner.formula.shape)
    form = Form((width,), rows)
    value = pattern("{}.T", "{}^{{\\top}}", (inner.formula,), form.shape)
    return LookUpReference(reshaped(value, form, reader), inner, reader)


def _rows(references: References, leaves: list[int]) -> Reference:
    layout = references.layout
    if leaves[0] not in layout.positions:
        return references.column(leaves, exact=True)
    positions = np.array([layout.positions[leaf] for leaf in leaves])
    number = layout.array_at[positions[0]]
    each = layout.arrays[number]
    width = each.shape[1]
    if len(positions) % width == 0:
        rows = positions.reshape(-1, width) - each.start
        is_whole = (rows % width == np.arange(width)).all() and (rows // width == rows[:, :1] // width).all()
        if is_whole and ((rows >= 0) & (rows < each.size)).all():
            return references.rows_of_parameters(number, rows[:, 0] // width)
    return references.column(leaves, exact=True)
