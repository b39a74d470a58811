"""The forward passes that people make instead of the right one, for answers that begin at δ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nn.activations import SOFTMAX
from nn.delta.comparison.mistakes.variants import Mark
from nn.delta.comparison.passes import STEPS, Pass
from nn.losses import binary_cross_entropy, cross_entropy


def wrong_passes(right: Pass) -> Iterator[tuple[Mark, str, Pass]]:
    """The mistake, the quantity in which it was made ("" for all layers; or the step), and the pass.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], "sigmoid", "sigmoid", seed=0), [0.3], y=1.0))
    >>> [(mark.kind, where) for mark, where, _ in wrong_passes(right)][:2]
    [('σ left out', 'a1'), ('another σ', 'a1')]
    """
    for kind, where, changes in _changes(right):
        other = right.again(**changes)
        if other is not None and other.is_finite:
            yield (
                Mark(kind, str(other.sigmas[int(where[1:])]) if kind == "another σ" else where),
                where,
                other,
            )


def _changes(right: Pass) -> Iterator[tuple[str, str, dict[str, Any]]]:
    layers, last = range(1, right.depth + 1), right.depth
    without = {l: 0 * b for l, b in right.b.items()}
    with_biases = [l for l in layers if right.b[l].any()]
    if with_biases:
        yield "bias not added", "", {"b": without}
        for l in with_biases if len(with_biases) > 1 else []:
            yield "bias not added", f"z{l}", {"b": {**right.b, l: without[l]}}
        yield "bias subtracted", "", {"b": {l: -b for l, b in right.b.items()}}
    if right.sigmas[last] == SOFTMAX:
        sigmoid = {"sigmas": {**right.sigmas, last: "sigmoid"}}
        yield "sigmoid for softmax", f"a{last}", sigmoid
        if right.loss is cross_entropy and right.y is not None:
            binary = {"loss": binary_cross_entropy, "targets": tuple(right.y.T)}
            yield "sigmoid for softmax", f"a{last}", sigmoid | binary
    for l in layers:
        for other in ("identity", "sigmoid", "tanh", "relu"):
            if right.sigmas[l] not in (other, SOFTMAX):
                kind = "σ left out" if other == "identity" else "another σ"
                yield kind, f"a{l}", {"sigmas": {**right.sigmas, l: other}}
    for l in layers:
        if right.W[l].shape[0] == right.W[l].shape[1]:
            yield "W transposed forward", f"z{l}", {"W": {**right.W, l: right.W[l].T}}
    for step in STEPS:
        W = {l: right.W[l] - step * right.weight_gradient(l) for l in layers}
        b = {l: right.b[l] - step * right.bias_gradient(l) * (l in right.biased) for l in layers}
        yield "after the update", f"ε = {step:g}", {"W": W, "b": b}
