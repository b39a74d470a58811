"""References to what a block with axes reads: a formula, and what its gradient contributes to the source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from minigrad.compiler.lines.reads.references import Deposit, Reference, pattern, transposed
from minigrad.compiler.lines.reads.views import broadcast, moved_axes, reshaped, sum_axes
from minigrad.compiler.reading.views import Form, View, leading_rows
from minigrad.symbols.formulas import Formula
from minigrad.symbols.tree import Shape


@dataclass(frozen=True)
class ViewReference:
    """A view of the array of block `target`, of form `form`, in the form of its reader.

    `index` names the rows that are read, if they are only some.
    """

    formula: Formula
    view: View
    form: Form
    reader: Form
    target: int
    index: str = ""

    sums_examples = False

    def deposit(self, value: Formula) -> Deposit | None:
        """The contribution that the gradient `value` of the reader makes to the source."""
        view, dims = self.view, self.view.dims
        needless = [axis for axis, size in enumerate(dims) if axis not in view.axes and size > 1]
        value, missing = sum_axes(value, self.reader, dims, needless)
        if value.shape == () and not view.is_partial:
            return Deposit(self.target, value)
        if value.shape == ():
            value, missing = broadcast(value, self.reader), set()
        sizes = [1 if axis in missing or axis not in view.axes else size for axis, size in enumerate(dims)]
        form = _form_of(value, sizes)
        axes = view.axes
        if axes != sorted(axes):
            order = sorted(axes)
            fine = Form(tuple(sizes[axis] for axis in order))
            value, form = reshaped(value, form, fine), fine
            value, form = moved_axes(value, form, [order.index(axis) for axis in axes])
        now = tuple(
            size
            for each in view.maps
            for size in ([1] if not each.axes else [sizes[axis] for axis in each.axes])
        )
        if view.is_partial:
            value = self._written_out(value, form, now, view.fine)
            index = leading_rows(view, self.form)
            if index:
                start, stop = map(int, index.split(":"))
                part = Form((stop - start, *self.form.lead[1:]), self.form.columns)
                return Deposit(self.target, reshaped(value, Form(view.fine), part), index)
            rows = Form((prod(view.fine),))
            return Deposit(self.target, reshaped(value, Form(view.fine), rows), self.index)
        groups = self.form.groups(view.fine)
        if groups is not None and self._stays_broadcast(groups, now):
            *lead, last = [prod(now[axis] for axis in group) for group in groups]
            wanted = Form(tuple(lead), last)
            if value.shape[-1] == 1 and last == 1:
                wanted_shape: Shape = (*wanted.lead, 1)
                if value.shape != wanted_shape:
                    sizes_now = ", ".join(map(str, wanted_shape))
                    value = pattern(f"{{}}.reshape({sizes_now})", "{}", (value,), wanted_shape)
                return Deposit(self.target, value)
            return Deposit(self.target, reshaped(value, form, wanted))
        value = self._written_out(value, form, now, view.fine)
        return Deposit(self.target, reshaped(value, Form(view.fine), self.form))

    def _stays_broadcast(self, groups: list[list[int]], now: tuple[int, ...]) -> bool:
        for group in groups:
            size = prod(now[axis] for axis in group)
            if size not in (1, prod(self.view.fine[axis] for axis in group)):
                return False
        last = groups[-1]
        return prod(now[axis] for axis in last) == prod(self.view.fine[axis] for axis in last)

    def _written_out(
        self, value: Formula, form: Form, now: tuple[int, ...], fine: tuple[int, ...]
    ) -> Formula:
        return broadcast(reshaped(value, form, Form(now)), Form(fine))


def _form_of(value: Formula, sizes: Sequence[int]) -> Form:
    lead = tuple(int(size) for size in value.shape[:-1])
    return Form(lead, prod(sizes) // prod(lead))


@dataclass(frozen=True)
class _OfParameters:
    """What a batch block reads of `inner`, parameters or numbers that are alike for all examples."""

    formula: Formula
    inner: Reference
    reader: Form

    sums_examples = True

    @property
    def target(self) -> int | str | None:
        """What the gradient is added to."""
        return self.inner.target


@dataclass(frozen=True)
class LookUpReference(_OfParameters):
    """Rows that are looked up, in the form of the block that does so, which has one example."""

    is_transposed: bool

    def deposit(self, value: Formula) -> Deposit | None:
        """The contribution that the gradient `value` of the block makes to the rows."""
        shape = self.inner.formula.shape
        value = broadcast(value, self.reader)
        if self.is_transposed:
            rows, width = map(int, shape)
            return self.inner.deposit(transposed(reshaped(value, self.reader, Form((width,), rows)), shape))
        return self.inner.deposit(pattern(f"{{}}.reshape{shape}", "{}", (value,), shape))


@dataclass(frozen=True)
class SpreadReference(_OfParameters):
    """Numbers, of which those along some axes are equal: `kept` are the reader's sizes, 1 for those axes."""

    kept: tuple[int, ...]
    dims: tuple[int, ...]

    def deposit(self, value: Formula) -> Deposit | None:
        """The contribution of the gradient `value` of the reader, added up over the axes and examples."""
        if self.inner.target is None:
            return None
        needless = [axis for axis, size in enumerate(self.dims) if self.kept[axis] == 1 and size > 1]
        rows = prod(self.kept)
        value = broadcast(value, self.reader)
        if self.reader.columns > 1 and needless == [1] and self.dims[0] == self.kept[0]:
            total = pattern("{}.sum(axis=1, keepdims=True)", r"\sum_n {}", (value,), (rows, 1))
            return self.inner.deposit(total)
        value = reshaped(value, self.reader, Form(self.dims))
        axes = ", ".join(map(str, [*needless, len(self.dims)]))
        axis = f"({axes})" if needless else axes
        shape: Shape = tuple(size for axis, size in enumerate(self.dims) if axis not in needless)
        value = pattern(f"{{}}.sum(axis={axis})", r"\sum_n {}", (value,), shape)
        own = self.inner.shape if self.inner.kind == "reshaped" else self.inner.formula.shape
        if self.inner.kind in ("whole", "reshaped") and own == shape:
            return self.inner.deposit(value)
        return self.inner.deposit(pattern(f"{{}}.reshape({rows}, 1)", "{}", (value,), (rows, 1)))


@dataclass(frozen=True)
class GatherReference:
    """Rows of the flat array of block `target`, in any order; `kept` as of a SpreadReference."""

    formula: Formula
    kept: tuple[int, ...]
    dims: tuple[int, ...]
    reader: Form
    target: int
    index: str
    scatter: str

    sums_examples = False

    def deposit(self, value: Formula) -> Deposit | None:
        """The contribution of the gradient `value` of the reader to the rows."""
        needless = [axis for axis, size in enumerate(self.dims) if self.kept[axis] == 1 and size > 1]
        value, _ = sum_axes(value, self.reader, self.dims, needless)
        form = self.reader.narrowed(self.dims, self.kept)
        value = reshaped(broadcast(value, form), form, Form((prod(self.kept),)))
        return Deposit(self.target, value, self.index, self.scatter)
