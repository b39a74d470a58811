"""The forward pass of an answer: z, a and C, each judged from the learner's numbers before it.

What follows rightly from a wrong z or a is not blamed, neither on the way there nor on the way back: the
backward pass is held against the pass that goes on from those numbers, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nn.delta.comparison.digits import Quantity
from nn.delta.comparison.naming import FORWARD
from nn.delta.comparison.passes import Pass
from nn.delta.comparison.paths import NOTHING, Path
from nn.delta.comparison.search import all_explained, explanations

Array = NDArray[np.float64]

BESIDE = 1e-9  # of a 0 or a 1: small beside every tolerance, and a (1/a) is still 1


def forward(
    right: Pass, quantities: Mapping[str, Quantity], path: Path, most: int, as_written: bool
) -> tuple[Path, Pass]:
    """The path after the numbers of the forward pass, and the pass that goes on from them.

    It goes on from the numbers as they are written, or else from what they were before they were rounded.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.digits import Bounds, Written
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.3], y=1.0))  # z = 0.6
    >>> numbers = np.array([[0.7]])
    >>> bounds = Bounds.around(numbers, 1e-9)
    >>> q = Quantity("z1", Written.of(numbers), right.quantity("z1"), (("", bounds),), bounds)
    >>> path, own = forward(right, {"z1": q}, Path(), 1, as_written=True)
    >>> path.has_unknown, own.a[1]
    (True, array([[0.7]]))
    """
    own = right
    for l in range(1, right.depth + 1):
        for kind in ("z", "a"):
            numbers = own.W[l] @ own.a[l - 1] + own.b[l] if kind == "z" else own.activated(l, own.z[l])
            own = _with(own, kind, l, numbers)
            if f"{kind}{l}" in quantities:
                path = all_explained(own, quantities[f"{kind}{l}"], [path], most)[0]
                own = _with(own, kind, l, path.options[-1 if as_written else 0])
    if "C" in quantities:
        path = all_explained(own, quantities["C"], [path], most)[0]
    return replace(path, options=(NOTHING,)), _compared(own)


def _compared(own: Pass) -> Pass:
    """The pass with its ∂C/∂aᴸ. Where a logarithm has none, as at a written 0, it is that of an a beside
    it."""
    gradient, outputs = own.gradient_at(own.a[own.depth]), own.a[own.depth]
    if gradient is not None and not np.isfinite(gradient).all():
        outputs = np.clip(outputs, BESIDE, 1 - BESIDE)
        gradient = own.gradient_at(outputs)
    return own if gradient is None else replace(_with(own, "a", own.depth, outputs), gradient=gradient)


def _with(own: Pass, kind: str, l: int, numbers: Array) -> Pass:
    if kind == "z":  # with its a, since a formula may read it
        return replace(own, z={**own.z, l: numbers}, a={**own.a, l: own.activated(l, numbers)})
    return replace(own, a={**own.a, l: numbers})


def both_ways(
    right: Pass, quantities: dict[str, Quantity], most: int, start: Path | None = None
) -> list[Path]:
    """The explanations of a forward and a backward pass; the latter also as it goes on from the learner's own
    z and a.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.digits import Bounds, Written
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.3], y=1.0))  # z = 0.6
    >>> numbers = np.array([[0.7]])
    >>> bounds = Bounds.around(numbers, 1e-9)
    >>> q = Quantity("z1", Written.of(numbers), right.quantity("z1"), (("", bounds),), bounds)
    >>> [mark.kind for mark in both_ways(right, {"z1": q}, 1)[0].marks]
    ['unknown']
    """
    start = start or Path()
    if not any(quantity.kind in FORWARD for quantity in quantities.values()):
        return explanations(right, quantities, most, start)
    found: list[Path] = []
    for as_written in (False, True):
        path, own = forward(right, quantities, start, most, as_written)
        if not found and not path.marks:
            found += explanations(right, quantities, most, path)
        elsewhere = replace(path, is_elsewhere=True)
        for other in (own, replace(own, by_a=True)):
            if other.is_finite and not any(one.marks == path.marks for one in found):
                found += explanations(other, quantities, most, elsewhere)
    if not found or (path.marks and not any(one.marks == path.marks for one in found)):
        found += explanations(right, quantities, most, path)
    return sorted(found, key=lambda one: one.bits)
