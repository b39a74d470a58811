"""Gradients that a model kept from the passes before, because nobody set them to zero."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from nn.delta.comparison.digits import Quantity
from nn.delta.comparison.passes import STEPS, Pass
from nn.delta.comparison.paths import Finding, Path
from nn.delta.comparison.variants import Mark

Array = NDArray[np.float64]


def kept(right: Pass, quantities: Mapping[str, Quantity]) -> Path | None:
    """The finding that all gradients of a model are sums over passes; None if they are not.

    Either m passes with these W and b, or one more before the last update: if k is what was kept, the W of
    that pass were W + ε k, whose gradient is k.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.digits import Bounds, Written
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.3], y=1.0))  # ∂C/∂W = −0.24
    >>> numbers = np.array([[-0.48]])
    >>> bounds = Bounds.around(numbers, 1e-9)
    >>> q = Quantity("dW1", Written.of(numbers), right.quantity("dW1"), (("", bounds),), bounds)
    >>> kept(right, {"dW1": q}).marks
    [Mark(kind='gradients kept', detail='2 passes')]
    """
    truths = {name: quantity.truth for name, quantity in quantities.items()}
    given = {name: quantity.filled(truths[name]) for name, quantity in quantities.items()}
    if any(given[name].shape != truth.shape for name, truth in truths.items()):
        return None
    length = sum(float((truth**2).sum()) for truth in truths.values())
    along = sum(float((given[name] * truth).sum()) for name, truth in truths.items())
    count = round(along / length) if length else 0
    if 2 <= count <= 100 and _are(quantities, {name: count * truth for name, truth in truths.items()}):
        return _path(quantities, f"{count} passes")
    before = {name: given[name] - truth for name, truth in truths.items()}
    for step in STEPS:
        W = {l: W + step * before.get(f"dW{l}", 0.0) for l, W in right.W.items()}
        b = {l: b + step * before.get(f"db{l}", np.zeros(len(b)))[:, None] for l, b in right.b.items()}
        other = right.again(W=W, b=b)
        if other is not None:
            sums = {name: truth + other.quantity(name) for name, truth in truths.items()}
            if _are(quantities, sums):
                return _path(quantities, f"this pass and the one before the update, ε = {step:g},")
    return None


def _are(quantities: Mapping[str, Quantity], arrays: Mapping[str, Array]) -> bool:
    return all(quantity.bounds.hold(arrays[name]) for name, quantity in quantities.items())


def _path(quantities: Mapping[str, Quantity], detail: str) -> Path:
    mark = Mark("gradients kept", detail)
    return Path(findings=tuple(Finding(name, "wrong", (mark,)) for name in quantities))
