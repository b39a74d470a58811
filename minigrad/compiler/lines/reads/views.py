"""Writes how a block with axes reads others, and sends its gradient back to them.

The terms are those of `reading.views`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod

from minigrad.compiler.lines.reads.references import pattern
from minigrad.compiler.reading.views import Form, View, leading_rows
from minigrad.symbols.formulas import Formula, formula, symbol
from minigrad.symbols.tree import Shape

EXAMPLES = symbol("examples", "N", "N")
LATEX = {"sum": r"\sum_j", "max": r"\max"}
RESHAPE = re.compile(r"\{\}\.reshape\([^()]*\)")


def reshaped(value: Formula, old: Form, new: Form) -> Formula:
    """The same numbers in another form."""
    if old == new:
        return value
    if value.kind == "pattern" and RESHAPE.fullmatch(value.value[0]):  # of numbers in the same order
        value = value.first
        if value.shape == new.shape:
            return value
    sizes = ", ".join(map(str, new.lead))
    return pattern(f"{{}}.reshape({sizes}, -1)", "{}", (value,), new.shape)


def summed_along(value: Formula, form: Form, axes: Sequence[int], keepdims: bool) -> tuple[Formula, Form]:
    """Σ along axes before the last."""
    kept = [1 if k in axes else size for k, size in enumerate(form.lead)]
    if keepdims:
        return _reduced("sum", value, axes), Form(tuple(kept), form.columns)
    axis = str(axes[0]) if len(axes) == 1 else f"({', '.join(map(str, axes))})"
    new = Form(tuple(size for k, size in enumerate(form.lead) if k not in axes), form.columns)
    return pattern(f"{{}}.sum(axis={axis})", r"\sum_j {}", (value,), new.shape), new


def along(name: str, value: Formula, form: Form, dims: tuple[int, ...], axes: Sequence[int]) -> Formula:
    """The "sum" or "max" along these axes of the rows, of sizes `dims`, of an array of this form."""
    groups = form.groups(dims) or []
    places = [k for k, group in enumerate(groups[:-1]) if group and set(group) <= set(axes)]
    if {axis for k in places for axis in groups[k]} >= {axis for axis in axes if dims[axis] > 1}:
        return _reduced(name, value, places)
    fine = Form(dims)  # some are in one axis of the array with others
    value = _reduced(name, reshaped(broadcast(value, form), form, fine), axes)
    return reshaped(broadcast(value, fine), fine, form)


def _reduced(name: str, value: Formula, places: Sequence[int]) -> Formula:
    axis = str(places[0]) if len(places) == 1 else f"({', '.join(map(str, places))})"
    shape: Shape = tuple(1 if k in places else size for k, size in enumerate(value.shape))
    return pattern(f"{{}}.{name}(axis={axis}, keepdims=True)", f"{LATEX[name]} {{}}", (value,), shape)


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
        value, form = moved_axes(value, form, order)
    return reshaped(value, form, wanted)


def read_into(view: View, array: Formula, form: Form, reader: Form) -> Formula:
    """The formula of a view in the form of its reader, with size 1 where it is broadcast if that can be."""
    sizes = tuple(size if axis in view.axes else 1 for axis, size in enumerate(view.dims))
    narrow = reader.narrowed(view.dims, sizes)
    if reader.spreads(narrow):
        return read_view(view, array, form, narrow)
    value = read_view(view, array, form, Form(sizes))
    return reshaped(broadcast(value, Form(view.dims)), Form(view.dims), reader)


def moved_axes(value: Formula, form: Form, order: Sequence[int]) -> tuple[Formula, Form]:
    """With the axes before the last in another order."""
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
        now = tuple(1 if axis in missing else size for axis, size in enumerate(dims))
        value = _sum_there(value, reader.narrowed(dims, now), now, groups, there)
    if count > 1:
        value = formula(float(count)) * value
    return value, missing | set(axes)


def _sum_there(
    value: Formula, form: Form, dims: tuple[int, ...], groups: list[list[int]], axes: Sequence[int]
) -> Formula:
    """Σ along axes of an array of this form, whose rows have these sizes, and which may lack examples."""
    places = [place for place, group in enumerate(groups[:-1]) if group and set(group) <= set(axes)]
    if set(axes) <= {axis for place in places for axis in groups[place]}:
        return summed_along(value, form, places, keepdims=True)[0]
    value, _ = summed_along(reshaped(broadcast(value, form), form, Form(dims)), Form(dims), axes, True)
    lead = tuple(1 if axis in axes else size for axis, size in enumerate(dims))
    return reshaped(value, Form(lead), form.narrowed(dims, lead))
