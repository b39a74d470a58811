"""The gradient of examples/scalar_gpt.py as a careful person writes it in NumPy: batches of names in rows.

Activations have the shape (names, positions, features), the heads (names, heads, positions, size). The
functions take the batch of the compiled program, tokens as rows of 27 inputs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from examples.scalar_gpt import CHARACTERS, DIMENSIONS, HEADS

Array = NDArray[np.float64]
SCALE = (DIMENSIONS // HEADS) ** -0.5


def norm(x: Array) -> tuple[Array, Array]:
    """x scaled to a mean square of 1, and the factor of each row."""
    scale = (np.einsum("nd,nd->n", x, x)[:, None] / DIMENSIONS + 1e-5) ** -0.5
    return x * scale, scale


def norm_back(d: Array, normed: Array, scale: Array) -> Array:
    """The gradient before a norm, from that after it."""
    return scale * (d - normed * (np.einsum("nd,nd->n", d, normed)[:, None] / DIMENSIONS))


def softmax(z: Array) -> Array:
    """Along the last axis, without overflow, in place."""
    z -= z.max(axis=-1, keepdims=True)
    np.exp(z, z)
    z /= z.sum(axis=-1, keepdims=True)
    return z


def gpt(w: dict[str, Array], batch: Array) -> tuple[float, dict[str, Array]]:
    """The mean cost and the gradients, by the names of the matrices; batch: (names, 27 (positions + 1))."""
    one_hot = batch.reshape(len(batch), -1, CHARACTERS)
    names, positions = len(batch), one_hot.shape[1] - 1
    before = one_hot[:, :-1].reshape(-1, CHARACTERS)
    after = one_hot[:, 1:].reshape(-1, CHARACTERS)

    def heads(x: Array) -> Array:
        return x.reshape(names, positions, HEADS, -1).transpose(0, 2, 1, 3)

    def joined(x: Array) -> Array:
        return x.transpose(0, 2, 1, 3).reshape(names * positions, DIMENSIONS)

    embedded = (before @ w["tokens"]).reshape(names, positions, -1) + w["positions"][:positions]
    x, scale_0 = norm(embedded.reshape(-1, DIMENSIONS))
    normed, scale_1 = norm(x)
    q, k, v = (heads(normed @ w[name].T) for name in ("query", "key", "value"))
    scores = q @ k.swapaxes(-1, -2)
    scores *= SCALE
    scores[..., np.triu(np.ones((positions, positions), bool), 1)] = -np.inf
    p = softmax(scores)
    mixed = joined(p @ v)
    y = x + mixed @ w["mix"].T
    normed_2, scale_2 = norm(y)
    hidden = np.maximum(normed_2 @ w["up"].T, 0.0)
    z = y + hidden @ w["down"].T
    guess = softmax(z @ w["logits"].T)
    cost = -np.log(np.einsum("nc,nc->n", guess, after)).mean()

    g: dict[str, Any] = {}
    delta = (guess - after) / (names * positions)
    g["logits"] = delta.T @ z
    dz = delta @ w["logits"]
    g["down"] = dz.T @ hidden
    d_hidden = (dz @ w["down"]) * (hidden > 0)
    g["up"] = d_hidden.T @ normed_2
    dy = dz + norm_back(d_hidden @ w["up"], normed_2, scale_2)
    g["mix"] = dy.T @ mixed
    d_mixed = heads(dy @ w["mix"])
    dp = d_mixed @ v.swapaxes(-1, -2)
    dv = joined(p.swapaxes(-1, -2) @ d_mixed)
    ds = p * (dp - (p * dp).sum(axis=-1, keepdims=True))
    ds *= SCALE
    dq, dk = joined(ds @ k), joined(ds.swapaxes(-1, -2) @ q)
    g["query"], g["key"], g["value"] = dq.T @ normed, dk.T @ normed, dv.T @ normed
    dx = dy + norm_back(dq @ w["query"] + dk @ w["key"] + dv @ w["value"], normed, scale_1)
    de = norm_back(dx, x, scale_0)
    g["tokens"] = before.T @ de
    g["positions"] = np.zeros_like(w["positions"])
    g["positions"][:positions] = de.reshape(names, positions, -1).sum(axis=0)
    return float(cost), g
