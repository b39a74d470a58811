"""Writes how a block with axes reads others, and sends its gradient back to them.

The terms are those of `reading.views`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from minigrad.compiler.lines.references import Deposit, Reference, pattern
from minigrad.compiler.reading.views import Form, View, leading_rows
from minigrad.symbols.formulas import Formula, formula, symbol
from minigrad.symbols.tree import Shape

EXAMPLES = symbol("examples", "N", "N")


def reshaped(value: Formula, old: Form, new: Form) -> Formula:
    """The same numbers in another form."""
    if old == new:
        return value
    sizes = ", ".join(map(str, new.lead))
    return pattern(f"{{}}.reshape({sizes}, -1)", "{}", (value,), new.shape)


def summed_along(value: Formula, form: Form, axes: Sequence[int], keepdims: bool) -> tuple[Formula, Form]:
    """Σ along axes before the last."""
    kept = [1 if k in axes else size for k, size in enumerate(form.lead)]
    if keepdims:
        return _reduced("sum", r"\sum_j", value, axes), Form(tuple(kept), form.columns)
    axis = str(axes[0]) if len(axes) == 1 else f"({', '.join(map(str, axes))})"
    new = Form(tuple(size for k, size in enumerate(form.lead) if k not in axes), form.columns)
    return pattern(f"{{}}.sum(axis={axis})", r"\sum_j {}", (value,), new.shape), new


def highest_along(value: Formula, form: Form, dims: tuple[int, ...], axes: Sequence[int]) -> Formula:
    """The maximum along these axes of the rows, of sizes `dims`, of an array of this form."""
    return _along("max", r"\max", value, form, dims, axes)


def total_along(value: Formula, form: Form, dims: tuple[int, ...], axes: Sequence[int]) -> Formula:
    """Σ along axes."""
    return _along("sum", r"\sum_j", value, form, dims, axes)


def _along(
    name: str, latex: str, value: Formula, form: Form, dims: tuple[int, ...], axes: Sequence[int]
) -> Formula:
    groups = form.groups(dims) or []
    places = [k for k, group in enumerate(groups[:-1]) if group and set(group) <= set(axes)]
    if {axis for k in places for axis in groups[k]} >= {axis for axis in axes if dims[axis] > 1}:
        return _reduced(name, latex, value, places)
    fine = Form(dims)  # some are in one axis of the array with others
    value = _reduced(name, latex, reshaped(broadcast(value, form), form, fine), axes)
    return reshaped(broadcast(value, fine), fine, form)


def _reduced(name: str, latex: str, value: Formula, places: Sequence[int]) -> Formula:
    axis = str(places[0]) if len(places) == 1 else f"({', '.join(map(str, places))})"
    shape: Shape = tuple(1 if k in places else size for k, size in enumerate(value.shape))
    return pattern(f"{{}}.{name}(axis={axis}, keepdims=True)", f"{latex} {{}}", (value,), shape)


def read_view(view: View, array: Formula, form: Form, wanted: Form) -> Formula:
    """The formula of a view of an array, in a form of the reader or one that is broadcast to it."""
    value, form = _part(view, array, form)
    if view.free:
        value, form = _summed(view, value, form, wanted)
    axes = view.axes
    if axes != sorted(axes):
        sizes = tuple(view.dims[axis] for axis in axes)
        value, form = reshaped(value, form, Form(sizes)), Form(sizes)
        order = sorted(range(len(axes)), key=lambda k: axes[k])
        value, form = _transposed(value, form, order)
    return reshaped(value, form, wanted)


def read_into(view: View, array: Formula, form: Form, reader: Form) -> Formula:
    """The formula of a view in the form of its reader, with size 1 where it is broadcast if that can be."""
    sizes = tuple(size if axis in view.axes else 1 for axis, size in enumerate(view.dims))
    groups = reader.groups(view.dims)
    if groups is None:
        raise AssertionError(f"{reader} is no form of {view.dims}")
    *lead, last = [prod(sizes[axis] for axis in group) for group in groups]
    if all(size in (1, whole) for size, whole in zip(lead, reader.lead)) and last == reader.columns:
        return read_view(view, array, form, Form(tuple(lead), last))
    value = read_view(view, array, form, Form(sizes))
    return reshaped(broadcast(value, Form(view.dims)), Form(view.dims), reader)


def _transposed(value: Formula, form: Form, order: Sequence[int]) -> tuple[Formula, Form]:
    new = Form(tuple(form.lead[k] for k in order))
    places = ", ".join(map(str, [*order, len(order)]))
    return pattern(f"{{}}.transpose({places})", "{}", (value,), new.shape), new


def _part(view: View, array: Formula, form: Form) -> tuple[Formula, Form]:
    """The part of an array that a view reads."""
    if not view.is_partial:
        return array, form
    index = leading_rows(view, form)
    if index:
        start, stop = map(int, index.split(":"))
        new = Form((stop - start, *form.lead[1:]), form.columns)
        return pattern(f"{{}}[{index}]", "{}_{{" + index + "}}", (array,), new.shape), new
    array = reshaped(array, form, Form(view.source))
    new = Form(tuple(each.size for each in view.maps))
    index = ", ".join(
        ":" if each.size == size else f"{each.start}:{each.start + each.size}"
        for each, size in zip(view.maps, view.source)
    )
    return pattern(f"{{}}[{index}]", "{}_{{" + index + "}}", (array,), new.shape), new


def _summed(view: View, value: Formula, form: Form, wanted: Form) -> tuple[Formula, Form]:
    groups = form.groups(view.fine)
    if groups is not None:
        places = [place for place, group in enumerate(groups[:-1]) if set(group) & set(view.free)]
        inside = [axis for place in places for axis in groups[place]]
        if sorted(axis for axis in inside if view.fine[axis] > 1 or axis in view.free) == list(view.free):
            kept = summed_along(value, form, places, keepdims=True)
            if kept[1] == wanted or len(places) == len(form.lead):
                return kept
            return summed_along(value, form, places, keepdims=False)
    fine = Form(view.fine)
    value = reshaped(value, form, fine)
    is_all = len(view.free) == len(view.fine)
    kept = summed_along(value, fine, view.free, keepdims=True)
    return kept if is_all or kept[1] == wanted else summed_along(value, fine, view.free, keepdims=False)


def broadcast(value: Formula, form: Form) -> Formula:
    """The value with every number of this form written out."""
    if value.shape == form.shape:
        return value
    last = "examples" if form.columns == 1 else f"{form.columns} * examples"
    sizes = ", ".join([*map(str, form.lead), last])
    return pattern(f"broadcast_to({{}}, ({sizes}))", "{}", (value,), form.shape)


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
            value, form = _transposed(value, form, [order.index(axis) for axis in axes])
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


def sum_axes(
    value: Formula, reader: Form, dims: tuple[int, ...], axes: Sequence[int]
) -> tuple[Formula, set[int]]:
    """Σ along axes of a reader, of a value that may be broadcast; and the axes that it has not (any more)."""
    groups = reader.groups(dims)
    assert groups is not None
    if value.shape == ():
        count = prod(dims[axis] for axis in axes)
        return (value if count == 1 else formula(float(count)) * value), set(range(len(dims)))
    missing: set[int] = set()
    for group, size, whole in zip(groups, value.shape, reader.shape):
        if size != whole:
            missing |= {axis for axis in group if dims[axis] > 1}
    count = prod(dims[axis] for axis in axes if axis in missing)
    there = [axis for axis in axes if axis not in missing]
    if there:
        value = _sum_there(value, reader, dims, groups, there)
    if count > 1:
        value = formula(float(count)) * value
    return value, missing | set(axes)


def _sum_there(
    value: Formula, reader: Form, dims: tuple[int, ...], groups: list[list[int]], axes: Sequence[int]
) -> Formula:
    places = [place for place, group in enumerate(groups[:-1]) if group and set(group) <= set(axes)]
    inside = [axis for place in places for axis in groups[place]]
    form = Form(tuple(int(size) for size in value.shape[:-1]), reader.columns)
    if set(axes) <= set(inside):
        return summed_along(value, form, places, keepdims=True)[0]
    value, _ = summed_along(reshaped(broadcast(value, reader), reader, Form(dims)), Form(dims), axes, True)
    lead = tuple(1 if axis in axes else size for axis, size in enumerate(dims))
    *first, last = [prod(lead[axis] for axis in group) for group in groups]
    return reshaped(value, Form(lead), Form(tuple(first), last))


@dataclass(frozen=True)
class SpreadReference:
    """Numbers or parameters, of which those along some axes are equal, for a reader with axes.

    `kept` are the reader's sizes, with 1 for those axes.
    """

    formula: Formula
    inner: Reference
    kept: tuple[int, ...]
    dims: tuple[int, ...]
    reader: Form

    sums_examples = True

    @property
    def target(self) -> int | str | None:
        """What the gradient is added to."""
        return self.inner.target

    def deposit(self, value: Formula) -> Deposit | None:
        """The contribution of the gradient `value` of the reader, added up over the axes and examples."""
        if self.inner.target is None:
            return None
        needless = [axis for axis, size in enumerate(self.dims) if self.kept[axis] == 1 and size > 1]
        rows = prod(self.kept)
        if self.reader.columns > 1 and needless == [1] and self.dims[0] == self.kept[0]:
            total = broadcast(value, self.reader) if value.shape != self.reader.shape else value
            return self.inner.deposit(_over_examples(total, (rows, 1)))
        value = broadcast(value, self.reader)
        value = reshaped(value, self.reader, Form(self.dims))
        axes = ", ".join(map(str, [*needless, len(self.dims)]))
        axis = f"({axes})" if needless else axes
        shape: Shape = tuple(size for axis, size in enumerate(self.dims) if axis not in needless)
        value = pattern(f"{{}}.sum(axis={axis})", r"\sum_n {}", (value,), shape)
        own = self.inner.shape if self.inner.kind == "reshaped" else self.inner.formula.shape
        if self.inner.kind in ("whole", "reshaped") and own == shape:
            return self.inner.deposit(value)
        return self.inner.deposit(pattern(f"{{}}.reshape({rows}, 1)", "{}", (value,), (rows, 1)))


def _over_examples(value: Formula, shape: Shape) -> Formula:
    return pattern("{}.sum(axis=1, keepdims=True)", r"\sum_n {}", (value,), shape)


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
        groups = self.reader.groups(self.dims)
        assert groups is not None
        *lead, last = [prod(self.kept[axis] for axis in group) for group in groups]
        form = Form(tuple(lead), last)
        value = reshaped(broadcast(value, form), form, Form((prod(self.kept),)))
        return Deposit(self.target, value, self.index, self.scatter)
