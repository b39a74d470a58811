"""The legend of a network's picture."""

from __future__ import annotations

from collections.abc import Callable

from nn import Trace
from viz.legend import Key, colour_key, hatch_key, in_a_row, line_key, words_key
from viz.network_scales import Scales
from viz.numerals import shown
from viz.palette import Theme


def legend(x: float, y: float, trace: Trace, theme: Theme, scales: Scales) -> tuple[list[str], float]:
    """The keys in a row from (x, y), and where they end."""
    keys: list[Callable[[float], Key]] = []
    if scales.reached:
        what = {"layer": "δ, ∂C/∂w, M by layer", "global": "δ, ∂C/∂w", "symlog": "δ, ∂C/∂w, log steps"}
        keys.append(lambda at: colour_key(at, y, what[scales.kind], theme, symlog=scales.kind == "symlog"))
    else:
        keys.append(lambda at: words_key(at, y, "no backward pass yet: δ and ∂C/∂w are not known", theme))
    largest = f"|w| = {shown(scales.largest_weight)}"
    keys.append(lambda at: line_key(at, y, largest, theme, scales.line_width(scales.largest_weight)))
    keys.append(lambda at: line_key(at, y, "w near 0", theme, 1.0))
    keys.append(lambda at: line_key(at, y, "w < 0", theme, 2.5, dash="7 4"))
    if scales.reached and any(not scale_holds(trace, l) for l in range(1, trace.depth + 1)):
        keys.append(lambda at: hatch_key(at, y, theme))
    return in_a_row(x, keys)


def scale_holds(trace: Trace, l: int) -> bool:
    """Whether every δ of a layer is finite."""
    return all(abs(delta) < float("inf") for delta in trace.delta(l))
