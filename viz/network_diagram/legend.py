"""The legend of a network's picture: one key for every look that is in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from minigrad.symbols.numerals import compact
from nn import Trace
from nn.delta.notation import AnyNotation, as_notation
from viz.drawing.legend import Legend, bar_key, colour_key, hatch_key, line_key, words_key
from viz.drawing.palette import largest
from viz.network_diagram.columns import Column, weight_derivative
from viz.network_diagram.ribbons import DASH, flows
from viz.network_diagram.scales import Scales


def add_keys(
    legend: Legend, columns: Sequence[Column], trace: Trace, scales: Scales, notation: AnyNotation
) -> None:
    """The keys of what is in the columns."""
    n, derivative = as_notation(notation), weight_derivative(notation)
    blocks = [each.layer for each in columns[1:] if each.layer <= trace.depth and not each.is_table]
    if blocks:
        words = f"forward {n.w} · {n.a}, dashed if < 0{_widest(columns, blocks, trace, 'forward')}"
        legend.add(line_key, words, stroke_width=5.0, dash=DASH, stroke=legend.theme.faint, opacity=0.55)
    if not scales.reached:
        legend.add(words_key, f"no backward pass yet: {n.delta} and {derivative} are not known")
    behind = [l for l in blocks if l > 1]
    if scales.reached and behind:
        words = f"backward {n.w} · {n.delta}{_widest(columns, behind, trace, 'backward')}"
        legend.add(bar_key, words, kind="part")
    if any(column.is_table for column in columns):
        bars = f"in a cell {n.w}, hollow if < 0" + (f", over {derivative}" if scales.reached else "")
        legend.add(bar_key, f"{bars}; longest |{n.w}| = {compact(scales.largest_weight)}", kind="data")
    if scales.reached:
        legend.add(bar_key, f"∂{n.cost}/∂{n.a}", kind="error")
        legend.add(bar_key, derivative, kind="cell")
        symlog = scales.kind == "symlog"
        legend.add(colour_key, n.delta + (", log steps" if symlog else ""), symlog=symlog)
        legend.add(words_key, _maxima(trace, scales, notation))
        if not all(np.isfinite(trace.delta(l)).all() for l in range(1, trace.depth + 1)):
            legend.add(hatch_key)
    if any(column.abridged for column in columns):
        strongest = f"drawn: the strongest neurons, of the largest |{n.delta}|, and what leads to them"
        legend.add(words_key, strongest)


def _widest(columns: Sequence[Column], layers: Sequence[int], trace: Trace, kind: str) -> str:
    """The largest flow of every layer, which is as wide as a ribbon can be."""
    numbers = [compact(largest(flows(columns[l], trace, kind).values())) for l in layers]
    return "; widest " + ", ".join(numbers)


def _maxima(trace: Trace, scales: Scales, notation: AnyNotation) -> str:
    """M of δ and of ∂C/∂w, layer by layer, or the one of all."""
    layers = [1] if scales.kind != "layer" else range(1, trace.depth + 1)
    deltas = ", ".join(compact(scales.delta[l].maximum) for l in layers)
    weights = ", ".join(compact(scales.weight[l].maximum) for l in layers)
    where = "of all layers" if scales.kind != "layer" else "by layer"
    return f"M {where}: {as_notation(notation).delta} {deltas}; {weight_derivative(notation)} {weights}"
