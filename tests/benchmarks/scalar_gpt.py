"""A GPT of lists of scalars, for any kind of Value: one layer, 16 dimensions, 4 heads, 27 characters.

Token and position embeddings; RMS norm, causal attention, residual; RMS norm, ReLU MLP, residual; logits.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

DIMENSIONS, HEADS, CHARACTERS, BLOCK = 16, 4, 27, 16
Vector = list[Any]
Matrix = list[Vector]


def parameters(make: Callable[[float], Any], seed: int = 0) -> dict[str, Matrix]:
    """The 4,192 parameters, by the names of their matrices, each (outputs, inputs)."""
    generator = random.Random(seed)

    def matrix(rows: int, columns: int, deviation: float = 0.08) -> Matrix:
        return [[make(generator.gauss(0, deviation)) for _ in range(columns)] for _ in range(rows)]

    d = DIMENSIONS
    return {
        "tokens": matrix(CHARACTERS, d),
        "positions": matrix(BLOCK, d),
        **{name: matrix(d, d) for name in ("query", "key", "value", "mix")},
        "up": matrix(4 * d, d),
        "down": matrix(d, 4 * d),
        "logits": matrix(CHARACTERS, d),
    }


def linear(x: Vector, w: Matrix) -> Vector:
    return [sum(w_jk * x_k for w_jk, x_k in zip(row, x)) for row in w]


def softmax(z: Vector) -> Vector:
    highest = max(z_j.data for z_j in z)
    powers = [(z_j - highest).exp() for z_j in z]
    total = sum(powers)
    return [power / total for power in powers]


def rms_norm(x: Vector) -> Vector:
    scale = (sum(x_k * x_k for x_k in x) / len(x) + 1e-5) ** -0.5
    return [x_k * scale for x_k in x]


def logits(
    token: int, position: int, w: dict[str, Matrix], keys: list[Vector], values: list[Vector]
) -> Vector:
    """For the next character, from this one and the keys and values of those before, which it joins."""
    x = [t + p for t, p in zip(w["tokens"][token], w["positions"][position])]
    x = rms_norm(x)
    normed = rms_norm(x)
    q = linear(normed, w["query"])
    keys.append(linear(normed, w["key"]))
    values.append(linear(normed, w["value"]))
    mixed = []
    size = DIMENSIONS // HEADS
    for head in range(0, DIMENSIONS, size):
        ours = slice(head, head + size)
        scores = [sum(q_j * k_j for q_j, k_j in zip(q[ours], k[ours])) / size**0.5 for k in keys]
        weights = softmax(scores)
        mixed += [sum(weight * v[j] for weight, v in zip(weights, values)) for j in range(head, head + size)]
    x = [a + b for a, b in zip(x, linear(mixed, w["mix"]))]
    hidden = [h.relu() for h in linear(rms_norm(x), w["up"])]
    x = [a + b for a, b in zip(x, linear(hidden, w["down"]))]
    return linear(x, w["logits"])


def cost(tokens: list[int], w: dict[str, Matrix]) -> Any:
    """The mean of −log p(next character) over the positions, one fewer than there are tokens."""
    keys: list[Vector] = []
    values: list[Vector] = []
    losses = []
    for position, (token, following) in enumerate(itertools.pairwise(tokens)):
        p = softmax(logits(token, position, w, keys, values))
        losses.append(-p[following].log())
    return sum(losses) / len(losses)
