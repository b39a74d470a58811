"""Draws equation (2): how the δ of a layer come from those of the next.

The picture shows why (2) contains Wᵀ. Neuron k sends its activation forward along the weights in column k of
W. The δ of the next layer come back along the same weights, are added, and are multiplied by σ′.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from minigrad.symbols.numerals import compact, edge_lines, settled
from nn import Trace
from nn.activations import SOFTMAX
from nn.delta import equations
from nn.delta.derivatives import through_activation
from nn.delta.formulas import as_text, equation
from nn.delta.notation import activation_letter, cost_letter, drawn
from viz.arguments import check_trace
from viz.drawing import svg
from viz.drawing.cells import Cell, table
from viz.drawing.legend import colour_key, in_a_row, words_key
from viz.drawing.palette import Scale, Theme, theme_named
from viz.drawing.picture import Picture, picture_of
from viz.drawing.typography import width

_MOST = 8


def recursion(trace: Trace, layer: int, *, notation: str = "002", theme: str = "light") -> Picture:
    """Draw δˡ = (Wˡ⁺¹)ᵀ δˡ⁺¹ ⊙ σ′(zˡ) for layer l, and for the last layer δᴸ = ∂C/∂aᴸ ⊙ σ′(zᴸ).

    Of more than 8 neurons the first are drawn, and the contributions of the others as one sum.

    Raises TypeError for what is not a trace; ValueError before a backward pass, for a layer that does not
    exist, and for an unknown notation or theme.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(2, [2, 1], seed=0), [1.0, 2.0], y=0.0)
    >>> t.backward()
    >>> "= δ⁽¹⁾" in recursion(t, 1).svg
    True
    """
    check_trace("recursion", trace)
    colours = theme_named(theme)
    scalar = trace.delta(layer)
    scale = Scale.of(scalar.tolist(), zero=colours.zero)
    rows = [_headings(trace, layer, notation)]
    rows += [_row(trace, layer, k, notation, colours, scale) for k in _shown(len(scalar))]
    body = table(24, 66, rows, colours)
    y = 66 + body.height + 34
    keys = [
        lambda at: colour_key(at, y, "δ", colours, end=compact(scale.maximum)),
        lambda at: words_key(at, y, _left_out(len(scalar)) + _agreement(trace, layer), colours),
    ]
    legend, end = in_a_row(24.0, keys)
    title = _title(trace, layer, notation)
    heading = svg.text(24, 34, title, size=15, fill=colours.ink, anchor="start", bold=True)
    deltas = ", ".join(compact(float(delta), signed=True) for delta in scalar)
    return picture_of(
        max(body.width + 48, end + 24, 48 + width(title, 15, bold=True)),
        y + 30,
        [heading, body.content, *legend],
        title=title,
        description=f"The δ of the layer: {deltas}.",
        theme=colours,
    )


def matrix_delta(trace: Trace, layer: int) -> equations.Array:
    """δˡ by equation (1) or (2) in NumPy, shape (n_l,), from the next layer's δ in the graph.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(2, [2, 1], seed=0), [1.0, 2.0], y=0.0)
    >>> t.backward()
    >>> bool((matrix_delta(t, 1) == t.delta(1)).all())
    True
    """
    z, activation = trace.pre_activations(layer), trace.activation(layer)
    if layer == trace.depth:
        return through_activation(activation, trace.activation_gradients(layer), z)
    return equations.hidden_delta(
        trace.weights(layer + 1), trace.delta(layer + 1), equations.slope(trace, layer)
    )


def _coupled(trace: Trace, layer: int) -> bool:
    """Whether σ acts on the whole layer (softmax), so that there is no σ′ of a single neuron."""
    return trace.activation(layer) == SOFTMAX


def _title(trace: Trace, layer: int, notation: str) -> str:
    delta, z = drawn("delta", layer, notation=notation), drawn("z", layer, notation=notation)
    if layer == trace.depth:
        a = drawn("a", layer, notation=notation)
        error = f"∂{cost_letter(notation)}/∂{a}"
        if _coupled(trace, layer):
            return f"(1)  {delta} = Jᵀ {error}, where J = ∂{a}/∂{z}: softmax couples the neurons"
    number = 1 if layer == trace.depth else 2
    return f"({number})  {as_text(equation(number, layer, notation), notation)}"


def _headings(trace: Trace, layer: int, notation: str) -> list[Cell]:
    delta, z = drawn("delta", layer, notation=notation), drawn("z", layer, notation=notation)
    error = f"∂{cost_letter(notation)}/∂{drawn('a', layer, notation=notation)}"
    back = []
    if layer < trace.depth:
        senders = len(trace.delta(layer + 1))
        for j in _shown(senders):
            back.append(Cell(("from neuron", drawn("delta", layer + 1, j + 1, notation=notation)), bold=True))
        if senders > _MOST:
            back.append(Cell((f"from {senders - _MOST + 1}", "more"), bold=True))
    through = (
        ("through", "softmax") if _coupled(trace, layer) else (f"× {activation_letter(notation)}′({z})",)
    )
    words = [(f"= {error}",), through, (f"= {delta}", "matrix"), (delta, "scalar graph")]
    return [Cell(("to neuron",), bold=True), *back, *(Cell(lines, bold=True) for lines in words)]


def _row(trace: Trace, layer: int, k: int, notation: str, theme: Theme, scale: Scale) -> list[Cell]:
    error, matrix = float(trace.activation_gradients(layer)[k]), float(matrix_delta(trace, layer)[k])
    scalar, printed_error, printed_slope = float(trace.delta(layer)[k]), compact(error), "Jᵀ"
    if not _coupled(trace, layer):
        slope = float(equations.slope(trace, layer)[k])
        (printed_error, printed_slope), _ = settled([error, slope], matrix)
    name = Cell((drawn("a", layer, k + 1, notation=notation),), theme.surface, bold=True)
    back = [] if layer == trace.depth else _sent_back(trace, layer, k, theme)
    return [
        name,
        *back,
        Cell((printed_error,), theme.surface, tooltip=repr(error), class_="error"),
        Cell((printed_slope,), theme.surface, class_="slope"),
        _delta(matrix, scale.fill(matrix), "matrix"),
        _delta(scalar, scale.fill(scalar), "scalar"),
    ]


def _delta(delta: float, fill: str, kind: str) -> Cell:
    return Cell((compact(delta, signed=True),), fill, bold=True, tooltip=repr(delta), class_=kind)


def _sent_back(trace: Trace, layer: int, k: int, theme: Theme) -> list[Cell]:
    weights, delta = trace.weights(layer + 1)[:, k], trace.delta(layer + 1)
    cells = [
        Cell(edge_lines(float(weights[j]), float(delta[j])), theme.surface, class_="sent")
        for j in _shown(len(delta))
    ]
    if len(delta) > _MOST:
        rest = math.fsum((weights * delta)[_MOST - 1 :].tolist())
        cells.append(Cell((compact(rest, signed=True),), theme.surface, class_="sent"))
    return cells


def _shown(count: int) -> Sequence[int]:
    return range(count if count <= _MOST else _MOST - 1)


def _left_out(count: int) -> str:
    return f"{count - _MOST + 1} more neurons are not drawn; " if count > _MOST else ""


def _agreement(trace: Trace, layer: int) -> str:
    difference = float(np.max(np.abs(matrix_delta(trace, layer) - trace.delta(layer))))
    found = f"largest difference {equations.shown(difference)}" if difference else "equal to the last bit"
    return f"matrix − scalar graph: {found}"
