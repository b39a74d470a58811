"""The forward pass of an answer: z, a and C, each judged from the learner's numbers before it.

What follows rightly from a wrong z or a is not blamed, neither in the forward nor in the backward pass: the
backward pass is compared with the pass that goes on from those numbers, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from nn.delta.comparison.answers.quantities import Quantity
from nn.delta.comparison.naming import FORWARD
from nn.delta.comparison.passes import Array, Pass
from nn.delta.comparison.search.backward import backward, extended
from nn.delta.comparison.search.explanation import NOTHING, Explanation

BESIDE = 1e-9  # of a 0 or a 1: small beside every tolerance, and a (1/a) is still 1


def both_ways(
    right: Pass, quantities: Mapping[str, Quantity], most: int, start: Explanation | None = None
) -> list[Explanation]:
    """The explanations of a forward and a backward pass, best first, with at most `most` mistakes at once.

    The backward pass is tried as it follows from the right z and a, and from the learner's own.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.answers.digits import Written
    >>> from nn.delta.comparison.answers.quantities import quantities_of
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.3], y=1.0))  # z = 0.6
    >>> quantities = quantities_of(right, {"z1": Written.of(np.array([[0.9]]))})
    >>> [mark.kind for mark in both_ways(right, quantities, 1)[0].marks]
    ['unknown']
    """
    start = start or Explanation()
    if not any(quantity.kind in FORWARD for quantity in quantities.values()):
        return backward(right, quantities, most, start)
    found: list[Explanation] = []
    for as_written in (False, True):
        there, own = _forward(right, quantities, start, most, as_written)
        if not found and not there.marks:
            found += backward(right, quantities, most, there)
        for other in (own, replace(own, by_a=True)):
            if other.is_finite and not any(one.marks == there.marks for one in found):
                found += backward(other, quantities, most, replace(there, is_elsewhere=True))
    if not found or (there.marks and not any(one.marks == there.marks for one in found)):
        found += backward(right, quantities, most, there)
    return sorted(found, key=lambda one: one.bits)


def _forward(
    right: Pass, quantities: Mapping[str, Quantity], start: Explanation, most: int, as_written: bool
) -> tuple[Explanation, Pass]:
    """The best explanation of z, a and C, and the pass that goes on from the learner's own.

    It goes on from the numbers as they are written, or else from what they were before they were rounded.
    """
    own, best = right, start
    for l in range(1, right.depth + 1):
        for kind in ("z", "a"):
            numbers = own.W[l] @ own.a[l - 1] + own.b[l] if kind == "z" else own.activated(l, own.z[l])
            own = _with(own, kind, l, numbers)
            if f"{kind}{l}" in quantities:
                best = extended(own, quantities[f"{kind}{l}"], [best], most)[0]
                own = _with(own, kind, l, best.options[-1 if as_written else 0])
    if "C" in quantities:
        best = extended(own, quantities["C"], [best], most)[0]
    return replace(best, options=(NOTHING,)), _with_gradient(own)


def _with_gradient(own: Pass) -> Pass:
    """The pass with its ∂C/∂aᴸ; where a logarithm has none, as at a written 0, that of an a beside it."""
    gradient, outputs = own.gradient_at(own.a[own.depth]), own.a[own.depth]
    if gradient is not None and not np.isfinite(gradient).all():
        outputs = np.clip(outputs, BESIDE, 1 - BESIDE)
        gradient = own.gradient_at(outputs)
    return own if gradient is None else replace(_with(own, "a", own.depth, outputs), gradient=gradient)


def _with(own: Pass, kind: str, l: int, numbers: Array) -> Pass:
    if kind == "z":  # with its a, since a formula may read it
        return replace(own, z={**own.z, l: numbers}, a={**own.a, l: own.activated(l, numbers)})
    return replace(own, a={**own.a, l: numbers})
