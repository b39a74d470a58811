"""Losses: the cost Cₙ of one example, and the mean over examples, C = 1/N Σₙ Cₙ (document 000).

Glossary
    a           an output of the network, aᴸⱼ; n_L of them
    y           the target: n_L numbers (one number if n_L = 1), or for the cross-entropies on several outputs
                also a label 0 … n_L − 1
    logit       an output that is a pre-activation: σ or softmax of it is the probability

Each cross-entropy comes in two forms of the same number. On probabilities the last σ′ cancels node by node,
as (a − y) / (a (1 − a)) · a (1 − a); on logits δᴸ = a − y is there at once, and no logit is too large.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from minigrad import Value, dot, logsumexp, softplus, total
from nn.delta.derivatives import sigmoid, softmax
from nn.loss_rows import Array, loss, not_one


def _over(y: Array, a: Array) -> Array:
    """y / a, and 0 for y = 0, so that a = y = 0 has its limit."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(y == 0, 0.0, y / a)


@loss(gradient=lambda a, y: 2.0 * (a - y))
def squared_error(outputs: Sequence[Value], targets: Sequence[Any]) -> Value:
    """Cₙ = Σⱼ (aⱼ − yⱼ)², without the factor ½ that some texts add; ∂Cₙ/∂aⱼ = 2 (aⱼ − yⱼ).

    n_L outputs and n_L targets. Raises ValueError unless there are as many targets as outputs.
    Source: document 001, "MSE".

    >>> squared_error(Value(3.0), 1.0).data
    4.0
    """
    return _sum([(a - y) ** 2 for a, y in zip(outputs, targets)])


@loss(gradient=lambda a, y: a - y)
def half_squared_error(outputs: Sequence[Value], targets: Sequence[Any]) -> Value:
    """Cₙ = ½ Σⱼ (aⱼ − yⱼ)²; ∂Cₙ/∂aⱼ = aⱼ − yⱼ.

    n_L outputs and n_L targets. Raises ValueError unless there are as many targets as outputs.
    Source: Nielsen (2015), equation 6 for one example.

    >>> half_squared_error(Value(3.0), 1.0).data
    2.0
    """
    return squared_error(outputs, targets) / 2


@loss(gradient=lambda a, y: _over(1.0 - y, 1.0 - a) - _over(y, a), targets="probabilities")
def binary_cross_entropy(outputs: Sequence[Value], targets: Sequence[Any]) -> Value:
    """Cₙ = −Σⱼ (yⱼ log aⱼ + (1 − yⱼ) log (1 − aⱼ)) of probabilities; ∂Cₙ/∂aⱼ = (aⱼ − yⱼ) / (aⱼ (1 − aⱼ)).

    n_L outputs in 0 … 1 and n_L targets in 0 … 1. A term of factor 0 is left out, so that a = y = 1 costs 0.
    Raises ValueError for targets outside 0 … 1 or a wrong number of them, and where a logarithm is of 0.
    Source: Nielsen (2015), equation 63.

    >>> round(binary_cross_entropy(Value(0.5), 1.0).data, 6)
    0.693147
    """
    terms = []
    for a, y in zip(outputs, targets):
        if isinstance(y, Value) or y != 0.0:
            terms.append(y * a.log())
        if isinstance(y, Value) or y != 1.0:
            terms.append((1.0 - y) * (1.0 - a).log())
    return -_sum(terms)


@loss(gradient=lambda z, y: sigmoid(z) - y, targets="probabilities", on_probabilities=binary_cross_entropy)
def binary_cross_entropy_on_logits(outputs: Sequence[Value], targets: Sequence[Any]) -> Value:
    """Cₙ = Σⱼ (log (1 + e^zⱼ) − yⱼ zⱼ), the binary cross-entropy of a = σ(z); ∂Cₙ/∂zⱼ = σ(zⱼ) − yⱼ.

    n_L outputs z, any numbers, and n_L targets in 0 … 1. Raises ValueError as `binary_cross_entropy` does.
    Source: Nielsen (2015), equation 63, with a = σ(z) put in.

    >>> round(binary_cross_entropy_on_logits(Value(0.0), 1.0).data, 6)
    0.693147
    """
    return _sum([softplus(z) - z * y for z, y in zip(outputs, targets)])


@loss(gradient=lambda a, y: -_over(y, a), targets="classes")
def cross_entropy(outputs: Sequence[Value], targets: Sequence[Any]) -> Value:
    """Cₙ = −Σⱼ yⱼ log aⱼ of probabilities that add up to 1, a softmax layer's; ∂Cₙ/∂aⱼ = −yⱼ / aⱼ.

    n_L ≥ 2 outputs; y is a label 0 … n_L − 1, or n_L probabilities. Raises ValueError for outputs that do not
    add up to 1, a label out of range, targets that are no probabilities. Source: Bishop (2006), equation
    4.108.

    >>> round(cross_entropy([Value(0.25), Value(0.75)], 1).data, 6)
    0.287682
    """
    excess = math.fsum(a.data for a in outputs) - 1.0
    # a softmax is off by a few 1e-16, of float32 by a few 1e-7; logits are off by far more
    if not abs(excess) <= 1e-6:
        raise ValueError(
            f"cross_entropy: the outputs must be probabilities that add up to 1, not to {not_one(excess)}; "
            "use softmax as output activation, or cross_entropy_on_logits"
        )
    return -_sum([y * a.log() for a, y in zip(outputs, targets) if isinstance(y, Value) or y != 0.0])


@loss(gradient=lambda z, y: softmax(z) - y, targets="classes", on_probabilities=cross_entropy)
def cross_entropy_on_logits(outputs: Sequence[Value], targets: Sequence[Any]) -> Value:
    """Cₙ = log Σⱼ e^zⱼ − Σⱼ yⱼ zⱼ, the cross-entropy of a = softmax(z); ∂Cₙ/∂zⱼ = aⱼ − yⱼ.

    n_L ≥ 2 outputs z, any numbers; y is a label 0 … n_L − 1, or n_L probabilities. Raises ValueError for a
    label out of range, targets that are no probabilities. Source: Bishop (2006), equation 4.108, with softmax
    put in.

    >>> round(cross_entropy_on_logits([Value(0.0), Value(0.0)], 1).data, 6)
    0.693147
    """
    if any(isinstance(y, Value) for y in targets):
        return logsumexp(outputs) - dot(outputs, targets)
    return logsumexp(outputs) - _sum([z if y == 1.0 else z * y for z, y in zip(outputs, targets) if y != 0.0])


def mean(costs: Sequence[Value]) -> Value:
    """C = 1/N Σₙ Cₙ of N Values. Raises ValueError for no costs at all. Source: document 000.

    >>> mean([Value(1.0), Value(3.0)]).data
    2.0
    """
    if not costs:
        raise ValueError("mean: there are no costs to average; give at least one example")
    return total(costs) / len(costs)


def l2_penalty(weights: Iterable[Value], strength: float) -> Value:
    """λ/2 Σ w², of which each weight's gradient is λ w: a term of its own, outside the δ recursion.

    Biases are usually left out. Raises ValueError for no weights, or a strength below 0.
    Source: Nielsen (2015), equation 87, with λ for his λ/n.

    >>> l2_penalty([Value(3.0), Value(4.0)], 0.1).data
    1.25
    """
    if not strength >= 0:
        raise ValueError(f"l2_penalty: the strength must be >= 0, not {strength}")
    return total([w * w for w in weights]) * (strength / 2)


def _sum(terms: Sequence[Value]) -> Value:
    return terms[0] if len(terms) == 1 else total(terms)
