"""The known mistakes in backpropagation: each of the four equations, right and in the wrong ways people know.

Glossary
    error       what is multiplied by the slope: ∂C/∂aᴸ in (1), (Wˡ⁺¹)ᵀ δˡ⁺¹ in (2)
    slope       σ′(zˡ); Jᵀ for a softmax
    variant     one way to compute a quantity, with the kinds of mistake that are in it; none for the right
    way
Arrays have shape (n_l,), or (n_l, N) for N examples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nn.activations import SOFTMAX, Activation
from nn.delta.derivatives import activated, couples, slope_at, through_activation

Array = NDArray[np.float64]

# What is wrong, in words; {} stands for the quantities in which it is.
WORDS = {
    "no slope": "σ′ is missing in {}: that is ∂C/∂a; multiply by σ′(z) to have ∂C/∂z",
    "slope at a": "σ′ is taken at a in {}: take it at z (a (1 − a) is σ′(z) already)",
    "σ for σ′": "{} is multiplied by σ(z) where σ′(z) belongs",
    "slope twice": "σ′ is multiplied in twice in {}",
    "diagonal only": "{} has only the diagonal of softmax's Jacobian: every output depends on every z",
    "W for Wᵀ": "W stands for Wᵀ in {}: on the way back neuron k gathers column k of W, its outgoing weights",
    "= for +=": "{} has only the last of several contributions: = where += belongs",
    "sign": "the sign of {} is wrong: δᴸ has a − y, not y − a; the update has the minus",
    "half": "{} is half of what it should be: a factor ½ that this loss does not have",
    "double": "{} is twice what it should be: a factor 2 that this loss does not have",
    "1/N in δ": "{} is divided by N: here δ belongs to one example, and 1/N stands in (3) and (4) only",
    "1/N missing": "1/N is missing in {}: the gradient of the mean cost is the mean over the examples",
    "1/N twice": "1/N is there twice in {}",
    "z for a": "{} multiplies by z of the layer before; it is a that enters a weight",
    "transposed": "{} is transposed: row j belongs to neuron j, column k to the neuron it comes from",
    "bias forgotten": "{} is left at 0: a bias has a gradient too, δ · 1",
    "bias not added": "the biases are forgotten in the forward pass: z = W a + b",
    "unknown": "{} is wrong, in none of the ways known here",
}


class Variant(NamedTuple):
    """A quantity computed in one way, and the kinds of mistake in it.

    >>> Variant(np.array([-2.0]), ("sign",)).kinds
    ('sign',)
    """

    array: Array
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class LayerState:
    """The forward pass at one layer: what its equations need.

    `a_before` and `z_before` are of the layer before; `z_before` is None for the first layer.

    >>> LayerState("tanh", np.zeros((2, 5)), np.ones((3, 5)), None).examples
    5
    """

    activation: Activation
    z: Array
    a_before: Array
    z_before: Array | None

    @property
    def examples(self) -> int:
        """N; 1 for a single example."""
        return self.z.shape[1] if self.z.ndim == 2 else 1


def output_deltas(layer: LayerState, cost_gradient: Array) -> Iterator[Variant]:
    """(1) in all known ways: δᴸ from ∂C/∂aᴸ, both of shape (n_L,); the right one first.

    >>> layer = LayerState("identity", np.array([3.0]), np.array([1.0]), None)
    >>> [variant.array.tolist() for variant in output_deltas(layer, np.array([2.0]))][:2]
    [[2.0], [-2.0]]
    """
    factors = {"": 1.0, "sign": -1.0, "half": 0.5, "double": 2.0}
    if layer.examples > 1:
        factors["1/N in δ"] = 1.0 / layer.examples
    yield from _times_slope({"": cost_gradient}, layer, factors)


def hidden_deltas(layer: LayerState, next_weights: Array, next_delta: Array) -> Iterator[Variant]:
    """(2) in all known ways: δˡ, shape (n_l,), from Wˡ⁺¹ and δˡ⁺¹; the right one first.

    >>> layer = LayerState("identity", np.array([3.0]), np.array([1.0]), None)
    >>> weights, delta = np.array([[1.0], [2.0]]), np.array([1.0, 1.0])
    >>> {v.kinds: v.array.tolist() for v in hidden_deltas(layer, weights, delta)}[("= for +=",)]
    [2.0]
    """
    errors = {"": next_weights.T @ next_delta}
    n_next, n_here = next_weights.shape
    if n_next == n_here:
        errors["W for Wᵀ"] = next_weights @ next_delta
    if n_next > 1:
        errors["= for +="] = np.multiply.outer(next_weights[-1], next_delta[-1])
    yield from _times_slope(errors, layer, {"": 1.0, "sign": -1.0})


def weight_gradients(layer: LayerState, delta: Array) -> Iterator[Variant]:
    """(3) in all known ways: ∂C/∂Wˡ from δˡ; the right one, shape (n_l, n_{l−1}), first.

    >>> layer = LayerState("identity", np.array([3.0]), np.array([1.0, 2.0]), None)
    >>> next(weight_gradients(layer, np.array([2.0]))).array
    array([[2., 4.]])
    """
    for what, a in {"": layer.a_before, "z for a": layer.z_before}.items():
        if a is None:
            continue
        for kinds, gradient in _over_examples(_columns(delta), _columns(a)):
            known = _known(*kinds, what)
            yield Variant(gradient, known)
            yield Variant(gradient.T, (*known, "transposed"))


def bias_gradients(layer: LayerState, delta: Array) -> Iterator[Variant]:
    """(4) in all known ways: ∂C/∂bˡ, shape (n_l,), from δˡ; the right one first.

    >>> layer = LayerState("identity", np.array([3.0]), np.array([1.0]), None)
    >>> [variant.array.tolist() for variant in bias_gradients(layer, np.array([2.0]))]
    [[2.0], [-2.0], [0.0]]
    """
    ones = np.ones((1, layer.examples))
    for kinds, gradient in _over_examples(_columns(delta), ones):
        yield Variant(gradient[:, 0], _known(*kinds))
    yield Variant(np.zeros(len(delta)), ("bias forgotten",))


def _times_slope(errors: dict[str, Array], layer: LayerState, factors: dict[str, float]) -> Iterator[Variant]:
    for error_kind, error in errors.items():
        for slope_kind, product in _slopes(layer, error).items():
            for factor_kind, factor in factors.items():
                yield Variant(factor * product, _known(error_kind, slope_kind, factor_kind))


def _slopes(layer: LayerState, error: Array) -> dict[str, Array]:
    """error ⊙ σ′(z), right and wrong."""
    if layer.activation == SOFTMAX:
        a = activated(SOFTMAX, layer.z)
        right = through_activation(SOFTMAX, error, layer.z)
        return {"": right, "no slope": error, "diagonal only": error * a * (1.0 - a)}
    if couples(layer.activation):
        return {"": through_activation(layer.activation, error, layer.z), "no slope": error}
    slope, a = slope_at(layer.activation, layer.z), activated(layer.activation, layer.z)
    return {
        "": error * slope,
        "no slope": error,
        "slope at a": error * slope_at(layer.activation, a),
        "σ for σ′": error * a,
        "slope twice": error * slope * slope,
    }


def _over_examples(delta: Array, a: Array) -> Iterator[tuple[tuple[str, str], Array]]:
    """1/N Σₙ δₙ aₙᵀ from δ (n_l, N) and a (n, N), right and wrong."""
    count = delta.shape[1]
    sums = {"": delta @ a.T}
    factors = {"": 1.0 / count, "sign": -1.0 / count}
    if count > 1:
        sums["= for +="] = np.outer(delta[:, -1], a[:, -1])
        factors |= {"1/N missing": 1.0, "1/N twice": 1.0 / count**2}
    for sum_kind, total in sums.items():
        for factor_kind, factor in factors.items():
            yield (sum_kind, factor_kind), factor * total


def _columns(array: Array) -> Array:
    return array[:, np.newaxis] if array.ndim == 1 else array


def _known(*kinds: str) -> tuple[str, ...]:
    return tuple(kind for kind in kinds if kind)
