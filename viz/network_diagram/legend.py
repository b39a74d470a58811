"""The legend of a network's picture: one key for every look that is in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from minigrad.symbols.numerals import compact
from nn import Trace
from nn.delta.notation import AnyNotation, as_notation
from viz.drawing.legend import Key, bar_key, colour_key, hatch_key, in_rows, line_key, words_key
from viz.drawing.palette import Theme
from viz.network_diagram.columns import Column, weight_derivative
from viz.network_diagram.ribbons import DASH, flows, largest
from viz.network_diagram.scales import Scales


def legend(
    x: float,
    y: float,
    right: float,
    columns: Sequence[Column],
    trace: Trace,
    theme: Theme,
    scales: Scales,
    notation: AnyNotation,
) -> tuple[list[str], float]:
    """The keys in rows from (x, y) to `right`, and the y of the picture's end."""
    n = as_notation(notation)
    c, w, a, delta = n.cost, n.w, n.a, n.delta
    keys: list[Callable[[float, float], Key]] = []
    blocks = [each.layer for each in columns[1:] if each.layer <= trace.depth and not each.is_table]
    tables = any(column.is_table for column in columns)
    grey: dict[str, str | float | None] = {"stroke": theme.faint, "opacity": 0.55}
    if blocks:
        words = f"forward {w} · {a}, dashed if < 0{_widest(columns, blocks, trace, 'forward')}"
        keys.append(lambda x, y: line_key(x, y, words, theme, 5.0, DASH, **grey))
    if not scales.reached:
        unknown = f"no backward pass yet: {delta} and {weight_derivative(notation)} are not known"
        keys.append(lambda x, y: words_key(x, y, unknown, theme))
    behind = [l for l in blocks if l > 1]
    if scales.reached and behind:
        back = f"backward {w} · {delta}{_widest(columns, behind, trace, 'backward')}"
        keys.append(lambda x, y: bar_key(x, y, back, theme, "part"))
    if tables:
        bars = f"in a cell {w}, hollow if < 0" + (
            f", over {weight_derivative(notation)}" if scales.reached else ""
        )
        longest = f"; longest |{w}| = {compact(scales.largest_weight)}"
        keys.append(lambda x, y: bar_key(x, y, bars + longest, theme, "data"))
    if scales.reached:
        keys.append(lambda x, y: bar_key(x, y, f"∂{c}/∂{a}", theme, "error"))
        keys.append(lambda x, y: bar_key(x, y, weight_derivative(notation), theme, "cell"))
        symlog = scales.kind == "symlog"
        what = delta + (", log steps" if symlog else "")
        keys.append(lambda x, y: colour_key(x, y, what, theme, symlog=symlog))
        keys.append(lambda x, y: words_key(x, y, _maxima(trace, scales, notation), theme))
        if not all(np.isfinite(trace.delta(l)).all() for l in range(1, trace.depth + 1)):
            keys.append(lambda x, y: hatch_key(x, y, theme))
    if any(column.abridged for column in columns):
        strongest = f"drawn: the strongest neurons, of the largest |{delta}|, and what leads to them"
        keys.append(lambda x, y: words_key(x, y, strongest, theme))
    return in_rows(x, y, right, keys)


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
