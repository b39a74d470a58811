"""Draws equation (3): ∂C/∂W of every layer as an outer product.

The picture shows why ∂C/∂Wˡ = δˡ (aˡ⁻¹)ᵀ has the shape of Wˡ: δ is at the left margin, aᵀ at the top, and
each cell is the product of its margins.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from minigrad.symbols.numerals import as_number, compact, plain
from nn import Trace
from nn.delta import equations
from nn.delta.formulas import as_text, equation
from nn.delta.notation import cost_letter, drawn
from viz.arguments import check_trace
from viz.drawing import svg
from viz.drawing.cells import Cell, Drawn, table
from viz.drawing.legend import colour_key, hatch_key, in_a_row, words_key
from viz.drawing.palette import Scale, Theme, theme_named
from viz.drawing.picture import Picture, picture_of
from viz.network_diagram.scales import scales_of

_NUMBERED_ROWS, _NUMBERED_COLUMNS = 16, 10
_MOST = 100
_GAP = 40.0


def outer_products(
    trace: Trace, *, notation: str = "002", theme: str = "light", scale: str = "layer"
) -> Picture:
    """Draw ∂C/∂Wˡ = δˡ (aˡ⁻¹)ᵀ for every layer: δ as a column, aᵀ as a row, each cell as their product.

    Matrices of more than 16 rows or 10 columns are drawn as colours without numbers; of more than 100 rows or
    columns the first hundred are drawn.

    Raises TypeError for what is not a trace; ValueError before a backward pass, and for an unknown notation,
    theme or scale.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(2, [1], seed=0), [1.0, 2.0], y=0.0)
    >>> t.backward()
    >>> "∂C/∂W⁽¹⁾" in outer_products(t).svg
    True
    """
    check_trace("outer_products", trace)
    colours = theme_named(theme)
    scales = scales_of(trace, scale, colours.zero)
    x, panels, tallest = 24.0, [], 0.0
    for l in range(trace.depth, 0, -1):
        weight_scale = scales.weight[l] if scales.reached else Scale(0.0)
        panel = _panel(x, trace, l, notation, colours, weight_scale)
        panels.append(panel.content)
        x += panel.width + _GAP
        tallest = max(tallest, panel.height)
    y = 24 + tallest + 36
    legend, end = _legend(y, trace, colours, scale == "symlog")
    title = f"∂{cost_letter(notation)}/∂W of every layer as an outer product"
    width, body = max(x - _GAP, end) + 24, [*panels, *legend]
    return picture_of(width, y + 32, body, title=title, description=_description(trace), theme=colours)


def _legend(y: float, trace: Trace, theme: Theme, symlog: bool) -> tuple[list[str], float]:
    what = "each of δ, a and ∂C/∂W from −M to +M, its largest"
    keys = [
        lambda at: colour_key(at, y, what, theme, symlog=symlog),
        lambda at: words_key(at, y, "each cell is δ at its left × a above it: equation (3)", theme),
    ]
    if not all(np.isfinite(trace.weight_gradients(l)).all() for l in range(1, trace.depth + 1)):
        keys.append(lambda at: hatch_key(at, y, theme))
    return in_a_row(24.0, keys)


def _panel(x: float, trace: Trace, l: int, notation: str, theme: Theme, scale: Scale) -> Drawn:
    delta, a, gradient = trace.delta(l), trace.activations(l - 1), trace.weight_gradients(l)
    rows_drawn, columns_drawn = min(len(delta), _MOST), min(len(a), _MOST)
    numbered = len(delta) <= _NUMBERED_ROWS and len(a) <= _NUMBERED_COLUMNS
    decimals = _decimals(delta, a, gradient) if numbered else 4
    delta_scale, a_scale = (Scale.of(x.tolist(), scale.symlog, theme.zero) for x in (delta, a))
    derivative = f"∂{cost_letter(notation)}/∂"
    rows = [[Cell()]]
    for k in range(columns_drawn):
        name = drawn("a", l - 1, k + 1, notation=notation)
        rows[0].append(_cell(name, a[k], a_scale, decimals, numbered))
    for j in range(rows_drawn):
        name = drawn("delta", l, j + 1, notation=notation)
        row = [_cell(name, delta[j], delta_scale, decimals, numbered)]
        for k in range(columns_drawn):
            name = derivative + drawn("w", l, j + 1, k + 1, notation=notation)
            row.append(_cell(name, gradient[j, k], scale, 4, numbered, product=True))
        rows.append(row)
    body = table(x, 76, rows, theme, smallest=0 if numbered else 13)
    heading = as_text(equation(3, l, notation), notation)
    difference = float(np.max(np.abs(gradient - np.outer(delta, a))))
    ends = f"M: δ {compact(delta_scale.maximum)}, a {compact(a_scale.maximum)}, ∂/∂W {compact(scale.maximum)}"
    small = f"{len(delta)} × {len(a)}"
    if max(len(delta), len(a)) > _MOST:
        small += f", drawn: the first {rows_drawn} × {columns_drawn}"
    small += f"; scalar graph − matrix: {equations.shown(difference)}"
    words = [
        svg.text(x, 30, heading, size=14, fill=theme.ink, anchor="start", bold=True),
        svg.text(x, 48, ends, size=10, fill=theme.muted, anchor="start"),
        svg.text(x, 62, small, size=10, fill=theme.muted, anchor="start"),
    ]
    return Drawn("".join(words) + body.content, max(body.width, 270.0), 60 + body.height)


def _cell(
    name: str, number: float, scale: Scale, decimals: int, numbered: bool, product: bool = False
) -> Cell:
    tooltip = f"{name} = {float(number)!r}"
    if not numbered:
        return Cell(fill=scale.fill(number), tooltip=tooltip, class_="cell")
    value = compact(number, signed=True) if product else plain(number, decimals)
    return Cell((name, value), scale.fill(number), bold=not product, tooltip=tooltip, class_="cell")


def _decimals(delta: NDArray[np.float64], a: NDArray[np.float64], gradient: NDArray[np.float64]) -> int:
    """The number of decimals of the margins with which each cell is their product as printed."""
    for decimals in range(4, 16):
        columns = [as_number(plain(number, decimals)) for number in a.tolist()]
        rows = [as_number(plain(number, decimals)) for number in delta.tolist()]
        printed = [[compact(d * column) for column in columns] for d in rows]
        if printed == [[compact(number) for number in row] for row in gradient.tolist()]:
            return decimals
    return 5  # gradients summed over several passes are no product of one pass


def _description(trace: Trace) -> str:
    return ". ".join(
        f"Layer {l}: {trace.delta(l).size} × {trace.activations(l - 1).size}, "
        f"largest |∂C/∂w| {compact(float(np.max(np.abs(trace.weight_gradients(l)))))}"
        for l in range(trace.depth, 0, -1)
    )
