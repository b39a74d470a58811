"""Draws what flows between neurons: w · a forward, w · δ backward, and ∂C/∂a from the cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from nn import Notation, Trace
from viz.drawing import looks, svg
from viz.drawing.grid import Point
from viz.drawing.palette import Theme, largest
from viz.network_diagram.columns import Column
from viz.network_diagram.layout import Placed

WIDEST, THINNEST = 7.0, 0.8
DASH = "5 3"
_BULGE = 14.0  # of a ribbon that begins and ends at the right of boxes below one another
_OUTLINE = 1.5  # of ∂C/∂a
_APART = 3.6  # of the two ribbons at the row of their weight, from its middle


def ribbons(columns: Sequence[Placed], trace: Trace, theme: Theme, letters: Notation) -> list[str]:
    """The ribbons of a band: of all layers of blocks, and of the cost; a table has its matrix instead.

    >>> from nn import MLP, Notation, trace
    >>> from viz.drawing.palette import LIGHT
    >>> from viz.network_diagram.columns import columns_of
    >>> from viz.network_diagram.layout import in_bands
    >>> t = trace(MLP(2, [2, 1], seed=0), [1.0, 2.0], y=0.0)
    >>> band = in_bands(columns_of(t, "002", 10))[0]
    >>> len([ribbon for ribbon in ribbons(band, t, LIGHT, Notation()) if "forward" in ribbon])
    6
    """
    forward, backward = [], []
    for before, column in pairwise(columns):
        l = column.column.layer
        if l > trace.depth:
            forward += _to_cost(before, column, theme)
            backward += _from_cost(before, column, trace, theme, letters) if trace.has_gradients else []
        elif not column.column.is_table:
            forward += _flows(before, column, trace, theme, letters, "forward")
            if l > 1 and trace.has_gradients:
                backward += _flows(before, column, trace, theme, letters, "backward")
                backward += _heads(before, trace, theme)
    return forward + backward


def flows(column: Column, trace: Trace, kind: str) -> dict[tuple[int, int], float]:
    """w · a ("forward") or w · δ ("backward") by neuron and source, of the lines that are drawn."""
    found, l = {}, column.layer
    for neuron in column.neurons:
        for row in (row for row in neuron.rows if row.kind == "w"):
            a, z = trace.a[l - 1][row.source], trace.z[l][neuron.index]
            found[neuron.index, row.source] = row.number * (a.data if kind == "forward" else z.grad)
    return found


def across(number: float, maximum: float) -> float:
    """The width of a ribbon in px, in proportion to |number|, and never so thin that it is not seen."""
    if not math.isfinite(number):
        return WIDEST / 2
    return max(WIDEST * min(abs(number) / maximum, 1.0) if maximum else 0.0, THINNEST)


def _port(column: Placed, position: int, kind: str, side: str = "right", source: int | None = None) -> Point:
    """Where a ribbon meets a row: of a kind, or of the weight from a source."""
    neuron = column.column.neurons[position]
    row = next(r for r in neuron.rows if r.kind == kind and (source is None or r.source == source))
    box = column.row(position, row)
    shift = {"a": -_APART, "error": _APART}.get(kind, 0.0) if column.column.is_table else 0.0
    return (box.right if side == "right" else box.left), box.y + shift


def _flows(before: Placed, column: Placed, trace: Trace, theme: Theme, n: Notation, kind: str) -> list[str]:
    """What goes "forward" from a to w, or "backward" from there to ∂C/∂a, below it."""
    numbers, forward = flows(column.column, trace, kind), kind == "forward"
    maximum, parts = largest(numbers.values()), []
    for position, j in enumerate(column.column.shown):
        for source, k in enumerate(before.column.shown):
            number = numbers[j, k]
            x, y = _port(column, position, "w", "left", k)
            at_weight = x, y - _APART if forward else y + _APART
            at_source = _port(before, source, "a" if forward else "error")
            ends = (at_source, at_weight) if forward else (at_weight, at_source)
            look = _quiet(theme, DASH if number < 0 else None) if forward else _tinted(number, theme)
            words = f"{n.w} {n.a if forward else n.delta} = {number!r}"
            parts.append(_ribbon(*ends, across(number, maximum), words, kind, look))
    return parts


def _heads(before: Placed, trace: Trace, theme: Theme) -> list[str]:
    """The heads of arrows, one at every ∂C/∂a."""
    heads = []
    for source, k in enumerate(before.column.shown):
        x, y = _port(before, source, "error")
        fill = looks.colour(trace.a[before.column.layer][k].grad, theme)
        heads.append(svg.arrow((x + 8, y), (x, y), fill=fill))
    return heads


def _quiet(theme: Theme, dash: str | None = None) -> dict[str, svg.Attribute]:
    return {"stroke": theme.faint, "stroke_opacity": 0.55, "stroke_dasharray": dash}


def _tinted(number: float, theme: Theme) -> dict[str, svg.Attribute]:
    return {"stroke": looks.tinted("part", looks.colour(number, theme), theme)}


def _to_cost(before: Placed, column: Placed, theme: Theme) -> list[str]:
    x, y = _port(column, 0, "C", "right" if column.is_below else "left")
    starts = [_port(before, position, "a") for position in range(len(before.column.neurons))]
    return [_ribbon(at, (x, y - _APART), 1.5, "to the cost", "to-cost", _quiet(theme)) for at in starts]


def _from_cost(before: Placed, column: Placed, trace: Trace, theme: Theme, n: Notation) -> list[str]:
    """∂C/∂a of the last layer: outlined, as it is everywhere."""
    x, y = _port(column, 0, "C", "right" if column.is_below else "left")
    numbers = [trace.a[trace.depth][j].grad for j in before.column.shown]
    maximum, outer, inner = largest(numbers), [], []
    for position, number in enumerate(numbers):
        ends = (x, y + _APART), _port(before, position, "error")
        wide, words = across(number, maximum) + 2, f"∂{n.cost}/∂{n.a} = {number!r}"
        hollow = wide - 2 * min(_OUTLINE, wide / 3)
        outer.append(_ribbon(*ends, wide, words, "error", {"stroke": looks.colour(number, theme)}))
        inner.append(_ribbon(*ends, hollow, words, "inside", {"stroke": theme.background}))
    return outer + inner + _heads(before, trace, theme)


def _ribbon(
    start: Point, end: Point, wide: float, words: str, class_: str, look: dict[str, svg.Attribute]
) -> str:
    (x1, y1), (x2, y2) = start, end
    middle = (x1 + x2) / 2 + (_BULGE if abs(x1 - x2) < 1.0 else 0.0)
    d = f"M{x1:.1f},{y1:.1f} C{middle:.1f},{y1:.1f} {middle:.1f},{y2:.1f} {x2:.1f},{y2:.1f}"
    return svg.element("path", svg.title(words), d=d, fill="none", stroke_width=wide, class_=class_, **look)
