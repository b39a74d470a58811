"""Draws equation (3): ∂C/∂W of every layer as an outer product.

The picture shows why ∂C/∂Wˡ = δˡ (aˡ⁻¹)ᵀ has the shape of Wˡ: δ stands at the left and a on top, both as
bars, and each cell is the product of its margins: as high as δ, as wide as a. Where the inputs are a square
image, ∂C/∂W of each neuron is drawn as one: the image, times δ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from minigrad.symbols.numerals import compact
from nn import Trace
from nn.delta import equations
from nn.delta.formulas import as_text, equation
from nn.delta.notation import AnyNotation, Notation, as_notation
from viz.arguments import check_trace
from viz.drawing import svg
from viz.drawing.grid import Point
from viz.drawing.legend import Legend, bar_key, colour_key, hatch_key, words_key
from viz.drawing.palette import Scale, Theme, largest, theme_named
from viz.drawing.picture import Picture, picture_of
from viz.drawing.room import Asked, Room, room_of
from viz.drawing.typography import widest
from viz.equation_diagrams.products import Panel, panel_of
from viz.network_diagram.scales import Scales, scales_of

_GAP, _MARGIN, _HEAD, _NARROWEST = 36.0, 24.0, 70.0, 560.0
_SIZES = (1.0, 0.85, 0.7, 0.55, 0.4)  # of cells, from the usual one to the least
_WAYS = [(size, numbers) for numbers in (True, False) for size in _SIZES]
_STEP = 1.15  # from one width that is tried to the next


def outer_products(
    trace: Trace,
    *,
    notation: AnyNotation = "002",
    theme: str = "auto",
    scale: str = "layer",
    room: Asked = "page",
) -> Picture:
    """Draw ∂C/∂Wˡ = δˡ (aˡ⁻¹)ᵀ for every layer: δ as a column, aᵀ as a row, each cell as their product.

    Matrices of more than 16 rows or 10 columns are drawn without numbers, those of a square number of inputs
    as a stamp for each neuron. Of very large ones the strongest rows and columns are drawn, which is said.
    They stand side by side as far as the `room`, as of `viz.graph`, lets them be read; their cells
    are as small, and as many without numbers, as it takes for that.

    Raises TypeError for what is not a trace; ValueError before a backward pass, and for an unknown notation,
    theme, scale or room.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(2, [1], seed=0), [1.0, 2.0], y=0.0)
    >>> t.backward()
    >>> "∂C/∂W⁽¹⁾" in outer_products(t).svg
    True
    """
    check_trace("outer_products", trace)
    colours = theme_named(theme)
    scales, found = scales_of(trace, scale, colours.zero), room_of(room)

    def legend_of(layout: _Layout) -> Legend:
        legend = Legend(_MARGIN, layout.bottom + 26, layout.width - _MARGIN, colours)
        _add_keys(legend, layout.panels, trace, notation, scale)
        return legend

    layouts = _layouts(trace, notation, colours, scales, found)
    layout = found.chosen(layouts, lambda each: (each.width, legend_of(each).end))
    parts, legend, n = [], legend_of(layout), as_notation(notation)
    for titled, (x, y) in zip(layout.panels, layout.corners, strict=True):
        parts += _heading(x, y, titled.words, colours)
        parts.append(svg.group(titled.panel.content, transform=f"translate({x:g},{y + _HEAD:g})"))
    title = f"∂{n.cost}/∂{n.W} of every layer as an outer product"
    body, words = [*parts, *legend.keys], _description(trace, n)
    return picture_of(layout.width, legend.end, body, title=title, description=words, theme=colours)


@dataclass(frozen=True)
class _Titled:
    """A panel, the words above it, and the width of both."""

    panel: Panel
    words: list[str]
    across: float


@dataclass(frozen=True)
class _Layout:
    panels: Sequence[_Titled]
    corners: list[Point]
    width: float
    bottom: float


def _layouts(
    trace: Trace, notation: AnyNotation, theme: Theme, scales: Scales, room: Room
) -> Iterator[_Layout]:
    """In rows as wide as can be read, and in wider ones; then of smaller cells, and without numbers."""
    for way in _WAYS:
        panels = [_titled(trace, l, notation, theme, scales, way) for l in range(trace.depth, 0, -1)]
        whole = sum(titled.across + _GAP for titled in panels) + _MARGIN
        widest = room.widest
        while True:
            yield _in_rows(panels, widest)
            if widest > whole:
                break
            widest *= _STEP


def _titled(
    trace: Trace, l: int, notation: AnyNotation, theme: Theme, scales: Scales, way: tuple[float, bool]
) -> _Titled:
    weight_scale = scales.weight[l] if scales.reached else Scale(0.0)
    panel = panel_of(trace, l, notation, theme, weight_scale, *way)
    words = _words(trace, l, notation, panel)
    return _Titled(panel, words, max(panel.width, widest(words[:1], 14, bold=True), widest(words[1:], 10)))


def _in_rows(panels: Sequence[_Titled], widest: float) -> _Layout:
    x, y, tallest, right, corners = _MARGIN, 0.0, 0.0, 0.0, []
    for titled in panels:
        if x > _MARGIN and x + titled.across + _MARGIN > widest:
            x, y, tallest = _MARGIN, y + _HEAD + tallest + _GAP, 0.0
        corners.append((x, y))
        x, tallest = x + titled.across + _GAP, max(tallest, titled.panel.height)
        right = max(right, x - _GAP)
    return _Layout(panels, corners, max(right + _MARGIN, _NARROWEST), y + _HEAD + tallest)


def _words(trace: Trace, l: int, notation: AnyNotation, panel: Panel) -> list[str]:
    """The equation of a layer, its largest numbers, its size, and how far the scalar graph is from it."""
    delta, a, gradient = trace.delta(l), trace.activations(l - 1), trace.weight_gradients(l)
    m_delta, m_a, m_gradient = (compact(largest(n.ravel().tolist())) for n in (delta, a, gradient))
    size = f"{len(delta)} × {len(a)}" + (f", drawn: {panel.drawn}" if panel.drawn else "")
    difference, n = float(np.max(np.abs(gradient - np.outer(delta, a)))), as_notation(notation)
    before = n.a if l > 1 else n.x_vector or n.a
    size += "" if n.to_first else ", transposed"
    return [
        as_text(equation(3, l, notation), notation),
        f"M: {n.delta} {m_delta}, {before} {m_a}, ∂/∂{n.W} {m_gradient}",
        f"{size}; scalar graph − matrix: {equations.shown(difference)}",
    ]


def _heading(x: float, y: float, words: list[str], theme: Theme) -> list[str]:
    first, *others = words
    heading = svg.text(x, y + 26, first, size=14, fill=theme.ink, anchor="start", bold=True)
    return [heading] + [
        svg.text(x, y + 44 + 14 * number, line, size=10, fill=theme.muted, anchor="start")
        for number, line in enumerate(others)
    ]


def _add_keys(
    legend: Legend, panels: Sequence[_Titled], trace: Trace, notation: AnyNotation, kind: str
) -> None:
    n = as_notation(notation)
    derivative = f"∂{n.cost}/∂{n.W}"
    legend.add(words_key, f"each cell is its {n.delta} × its {n.a}: equation (3)")
    legend.add(bar_key, n.delta, kind="delta")
    legend.add(bar_key, f"{n.a}, hollow if < 0", kind="data")
    legend.add(bar_key, derivative, kind="cell")
    legend.add(words_key, "M: the largest of each")
    if not all(titled.panel.is_numbered for titled in panels):
        legend.add(colour_key, f"{derivative} without numbers", symlog=kind == "symlog", kind="cell")
    if not all(np.isfinite(trace.weight_gradients(l)).all() for l in range(1, trace.depth + 1)):
        legend.add(hatch_key)


def _description(trace: Trace, n: Notation) -> str:
    return ". ".join(
        f"Layer {l}: {trace.delta(l).size} × {trace.activations(l - 1).size}, "
        f"largest |∂{n.cost}/∂{n.w}| {compact(float(np.max(np.abs(trace.weight_gradients(l)))))}"
        for l in range(trace.depth, 0, -1)
    )
