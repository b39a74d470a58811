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
from viz.drawing.palette import Scale, Theme, theme_named
from viz.drawing.picture import Picture, picture_of
from viz.drawing.room import Asked, Room, room_of
from viz.drawing.typography import widest
from viz.equation_diagrams.products import Panel, is_numbered, panel_of
from viz.network_diagram.scales import scales_of

_GAP, _MARGIN, _HEAD, _LEGEND = 36.0, 24.0, 70.0, 56.0
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
    They stand side by side as far as the `room`, as of `viz.graph`, lets them be read.

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
    scales = scales_of(trace, scale, colours.zero)
    panels = []
    for l in range(trace.depth, 0, -1):
        weight_scale = scales.weight[l] if scales.reached else Scale(0.0)
        panel = panel_of(trace, l, notation, colours, weight_scale)
        words = _words(trace, l, notation, panel)
        across = max(panel.width, widest(words[:1], 14, bold=True), widest(words[1:], 10))
        panels.append((panel, words, across))
    sizes = [(across, panel.height) for panel, _, across in panels]
    place = room_of(room)
    placed = place.chosen(
        _layouts(sizes, place), lambda found: (found.right + _MARGIN, found.bottom + _LEGEND)
    )
    parts = []
    for (panel, words, _), (x, y) in zip(panels, placed.corners, strict=True):
        parts += _heading(x, y, words, colours)
        parts.append(svg.group(panel.content, transform=f"translate({x:g},{y + _HEAD:g})"))
    width = max(placed.right + _MARGIN, 560.0)
    legend = Legend(_MARGIN, placed.bottom + 26, width - _MARGIN, colours)
    _add_keys(legend, trace, notation, scale)
    n = as_notation(notation)
    title = f"∂{n.cost}/∂{n.W} of every layer as an outer product"
    body = [*parts, *legend.keys]
    return picture_of(width, legend.end, body, title=title, description=_description(trace, n), theme=colours)


@dataclass(frozen=True)
class _Layout:
    corners: list[Point]
    right: float
    bottom: float


def _layouts(sizes: Sequence[tuple[float, float]], room: Room) -> Iterator[_Layout]:
    """In rows as wide as can be read, and in wider ones."""
    whole = sum(across + _GAP for across, _ in sizes) + _MARGIN
    widest = room.widest
    while True:
        yield _in_rows(sizes, widest)
        if widest > whole:
            return
        widest *= _STEP


def _in_rows(sizes: Sequence[tuple[float, float]], widest: float) -> _Layout:
    x, y, tallest, right, corners = _MARGIN, 0.0, 0.0, 0.0, []
    for across, down in sizes:
        if x > _MARGIN and x + across + _MARGIN > widest:
            x, y, tallest = _MARGIN, y + _HEAD + tallest + _GAP, 0.0
        corners.append((x, y))
        x, tallest = x + across + _GAP, max(tallest, down)
        right = max(right, x - _GAP)
    return _Layout(corners, right, y + _HEAD + tallest)


def _words(trace: Trace, l: int, notation: AnyNotation, panel: Panel) -> list[str]:
    """The equation of a layer, its largest numbers, its size, and how far the scalar graph is from it."""
    delta, a, gradient = trace.delta(l), trace.activations(l - 1), trace.weight_gradients(l)
    m_delta, m_a, m_gradient = (compact(Scale.of(n.ravel().tolist()).maximum) for n in (delta, a, gradient))
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


def _add_keys(legend: Legend, trace: Trace, notation: AnyNotation, kind: str) -> None:
    n = as_notation(notation)
    derivative = f"∂{n.cost}/∂{n.W}"
    legend.add(words_key, f"each cell is its {n.delta} × its {n.a}: equation (3)")
    legend.add(bar_key, n.delta, kind="delta")
    legend.add(bar_key, f"{n.a}, hollow if < 0", kind="data")
    legend.add(bar_key, derivative, kind="cell")
    legend.add(words_key, "M: the largest of each")
    if not all(is_numbered(trace.weights(l)) for l in range(1, trace.depth + 1)):
        legend.add(colour_key, f"{derivative} without numbers", symlog=kind == "symlog", kind="cell")
    if not all(np.isfinite(trace.weight_gradients(l)).all() for l in range(1, trace.depth + 1)):
        legend.add(hatch_key)


def _description(trace: Trace, n: Notation) -> str:
    return ". ".join(
        f"Layer {l}: {trace.delta(l).size} × {trace.activations(l - 1).size}, "
        f"largest |∂{n.cost}/∂{n.w}| {compact(float(np.max(np.abs(trace.weight_gradients(l)))))}"
        for l in range(trace.depth, 0, -1)
    )
