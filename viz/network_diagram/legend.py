"""The legend of a network's picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from minigrad.symbols.numerals import compact
from nn import Trace
from viz.drawing.legend import Key, colour_key, hatch_key, in_a_row, line_key, words_key
from viz.drawing.palette import Theme
from viz.network_diagram.scales import Scales


def legend(
    x: float, y: float, trace: Trace, theme: Theme, scales: Scales, derivative: str
) -> tuple[list[str], float]:
    """The keys in a row from (x, y), and their end; `derivative` is the name of ∂C/∂w.

    >>> from viz.drawing.palette import LIGHT
    >>> from viz.network_diagram.scales import scales_of
    >>> from nn import MLP, trace
    >>> t = trace(MLP(2, [2, 1], seed=0), [1.0, 2.0], y=0.0)
    >>> "w &lt; 0" in "".join(legend(0, 0, t, LIGHT, scales_of(t), "∂C/∂w")[0])
    True
    """
    keys: list[Callable[[float], Key]] = []
    if scales.reached:
        what = f"δ, {derivative}" + (", log steps" if scales.kind == "symlog" else "")
        largest_of = "its layer" if scales.kind == "layer" else "all layers"
        meaning = f"M: the largest |δ|, |{derivative}| of {largest_of}"
        keys.append(lambda at: colour_key(at, y, what, theme, symlog=scales.kind == "symlog"))
        keys.append(lambda at: words_key(at, y, meaning, theme))
    else:
        unknown = f"no backward pass yet: δ and {derivative} are not known"
        keys.append(lambda at: words_key(at, y, unknown, theme))
    w = derivative[-1]
    largest = f"thickest: |{w}| = {compact(scales.largest_weight)}"
    keys.append(lambda at: line_key(at, y, largest, theme, scales.line_width(scales.largest_weight)))
    keys.append(lambda at: line_key(at, y, f"thinnest: {w} near 0", theme, 1.0))
    keys.append(lambda at: line_key(at, y, f"{w} < 0", theme, 2.5, dash="7 4"))
    if scales.reached and not all(np.isfinite(trace.delta(l)).all() for l in range(1, trace.depth + 1)):
        keys.append(lambda at: hatch_key(at, y, theme))
    return in_a_row(x, keys)
