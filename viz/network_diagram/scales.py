"""The scales of a network's picture: colours for δ and ∂C/∂w of every layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nn import Trace
from viz.drawing.palette import ZERO, Scale, largest

SCALES = ("layer", "global", "symlog")


@dataclass(frozen=True)
class Scales:
    """Colours by layer number, 1 … L, and whether there was a backward pass."""

    delta: dict[int, Scale]
    weight: dict[int, Scale]
    largest_weight: float
    reached: bool
    kind: str


def check_kind(kind: str) -> None:
    """Raises ValueError for a kind other than "layer", "global", "symlog".

    >>> check_kind("layer")
    """
    if kind not in SCALES:
        raise ValueError(f"scale must be one of {', '.join(SCALES)}, not {kind!r}")


def scales_of(trace: Trace, kind: str = "layer", zero: str = ZERO) -> Scales:
    """The scales of a trace. Raises ValueError for a kind other than "layer", "global", "symlog".

    >>> from nn import MLP, trace
    >>> t = trace(MLP(2, [2, 1], seed=0), [1.0, 2.0], y=0.0)
    >>> t.backward()
    >>> scales_of(t).delta[2].maximum == abs(t.delta(2)[0])
    np.True_
    """
    check_kind(kind)
    layers = range(1, trace.depth + 1)
    largest_weight = max(largest(trace.weights(l).ravel().tolist()) for l in layers)
    if not trace.has_gradients:
        return Scales({}, {}, largest_weight, reached=False, kind=kind)
    deltas = {l: trace.delta(l).ravel() for l in layers}
    gradients = {l: trace.weight_gradients(l).ravel() for l in layers}
    colours = _scales(deltas, kind, zero), _scales(gradients, kind, zero)
    return Scales(*colours, largest_weight, reached=True, kind=kind)


def _scales(numbers: dict[int, np.ndarray], kind: str, zero: str) -> dict[int, Scale]:
    if kind == "layer":
        return {l: Scale.of(values.tolist(), zero=zero) for l, values in numbers.items()}
    together = Scale.of(np.concatenate(list(numbers.values())).tolist(), kind == "symlog", zero)
    return dict.fromkeys(numbers, together)
