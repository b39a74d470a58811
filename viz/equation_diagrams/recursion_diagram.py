"""Draws equation (2): how the δ of a layer come from those of the next, and why Wᵀ stands in it.

W is a crossbar. Forward, a row of it is read: neuron j gathers what all neurons k send it. Backward, the same
cells are read by column: neuron k gathers what comes back from all neurons j, each wⱼₖ δⱼ a bar that starts
where the one above it ended. They add up to ∂C/∂a, which σ′ shrinks to δ. Reading columns is what ᵀ means.
"""

from __future__ import annotations

import numpy as np

from minigrad.symbols.numerals import counted
from nn import Trace
from nn.delta import equations
from nn.delta.derivatives import couples
from nn.delta.formulas import as_text, equation
from nn.delta.notation import AnyNotation, as_notation, drawn
from viz.arguments import check_trace
from viz.drawing import svg
from viz.drawing.palette import theme_named
from viz.drawing.picture import Picture, picture_of
from viz.drawing.room import Asked, room_of
from viz.drawing.typography import width
from viz.equation_diagrams.crossbar import Crossbar
from viz.equation_diagrams.crossing import MOST_ROWS, Crossing, crossing
from viz.equation_diagrams.two_layers import TwoLayers

_NOTE, _NOTES = 11.0, 52.0  # the size of notes, and their height together
_FEWEST_ROWS = 3


def recursion(
    trace: Trace,
    layer: int,
    *,
    neuron: int | None = None,
    notation: AnyNotation = "002",
    theme: str = "auto",
    room: Asked = "page",
) -> Picture:
    """Draw δˡ = (Wˡ⁺¹)ᵀ δˡ⁺¹ ⊙ σ′(zˡ) for layer l, and for the last layer δᴸ = ∂C/∂aᴸ ⊙ σ′(zᴸ).

    The column of one `neuron`, counted from 1, is lit, and its lines in the small network; if none is named,
    that of the largest |δ|. Of many neurons the strongest are drawn, as many as can be read in the `room`, as
    of `viz.graph`, and what the other rows add as one.

    Raises TypeError for what is not a trace; ValueError before a backward pass, for a layer or neuron that
    does not exist, and for an unknown notation, theme or room.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(2, [2, 1], seed=0), [1.0, 2.0], y=0.0)
    >>> t.backward()
    >>> "(2)  δ⁽¹⁾" in recursion(t, 1).svg
    True
    """
    check_trace("recursion", trace)
    colours, place = theme_named(theme), room_of(room)
    title = _title(trace, layer, notation)
    found = crossing(trace, layer)
    count = len(found.delta)
    if neuron is not None and not 1 <= neuron <= count:
        raise ValueError(f"recursion: layer {layer} has neurons 1 … {count}, there is no neuron {neuron}")
    lit = None if neuron is None else neuron - 1
    fewer_rows = range(MOST_ROWS, _FEWEST_ROWS - 1, -1)
    crossbars = (Crossbar(trace, found, lit, notation, colours, place, most) for most in fewer_rows)
    crossbar = place.chosen(crossbars, lambda drawn: (drawn.end + 24, drawn.bottom + _NOTES))
    notes = [*crossbar.left_out(), _agreement(found)]
    bottom = crossbar.bottom + 14
    heading = svg.text(24, 32, title, size=17, fill=colours.ink, anchor="start", bold=True)
    words = [
        svg.text(24, bottom + 16 * number, note, size=_NOTE, fill=colours.muted, anchor="start")
        for number, note in enumerate(notes)
    ]
    across = max(crossbar.end + 24, 48 + width(title, 17, bold=True), *(48 + width(n, _NOTE) for n in notes))
    layers = TwoLayers(crossbar).draw() if crossbar.is_weights else []
    deltas, letter = ", ".join(crossbar.texts.delta), as_notation(notation).delta
    return picture_of(
        across,
        bottom + 16 * len(notes) + 6,
        [heading, *crossbar.draw(), *layers, *words],
        title=title,
        description=f"The {letter} of {counted(count, 'neuron')}, of those drawn: {deltas}.",
        theme=colours,
    )


def _title(trace: Trace, layer: int, notation: AnyNotation) -> str:
    n, number = as_notation(notation), 1 if layer == trace.depth else 2
    if number == 1 and couples(trace.activation(layer)):
        delta, z, a = (drawn(kind, layer, notation=n) for kind in ("delta", "z", "a"))
        return f"(1)  {delta} = {n.jacobian}ᵀ ∂{n.cost}/∂{a},  {n.jacobian} = ∂{a}/∂{z}"
    return f"({number})  {as_text(equation(number, layer, notation), notation)}"


def _agreement(found: Crossing) -> str:
    difference = float(np.max(np.abs(found.computed - found.delta)))
    verdict = f"largest difference {equations.shown(difference)}" if difference else "equal to the last bit"
    return f"matrix and scalar graph: {verdict}"
