"""The four equations of backpropagation in NumPy, as the documents write them, against the scalar graph.

After this file you can say that the δ recursion is what one scalar chain rule does on a network.

Glossary, for layer l of n_l neurons
    W, b    weights (n_l, n_{l−1}) and biases (n_l,)
    z, a    pre-activation and activation (n_l,); a⁰ = x
    delta   the error term δˡ = ∂C/∂zˡ (n_l,)
    slope   σ′(zˡ) (n_l,)
Source: document 002, section 3; document 000, equations 1 to 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nn.tracing import Trace

Array = NDArray[np.float64]


# --- σ and σ′, from their definitions -------------------------------------------------------------------


def sigmoid(z: Array) -> Array:
    """σ(z) = 1 / (1 + e⁻ᶻ)."""
    return np.exp(-np.logaddexp(0.0, -z))


SLOPES: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda z: sigmoid(z) * (1.0 - sigmoid(z)),
    "tanh": lambda z: 1.0 - np.tanh(z) ** 2,
    "relu": lambda z: (z > 0).astype(np.float64),
    "identity": np.ones_like,
}

FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0.0),
    "identity": lambda z: z,
}


# --- the four equations ----------------------------------------------------------------------------------


def output_delta(cost_gradient: Array, slope: Array) -> Array:
    """(1) δᴸ = ∂C/∂aᴸ ⊙ σ′(zᴸ)

    >>> output_delta(np.array([2.0]), np.array([0.25]))
    array([0.5])
    """
    return cost_gradient * slope


def hidden_delta(next_weights: Array, next_delta: Array, slope: Array) -> Array:
    """(2) δˡ = (Wˡ⁺¹)ᵀ δˡ⁺¹ ⊙ σ′(zˡ)

    >>> hidden_delta(np.array([[1.0, 2.0]]), np.array([3.0]), np.array([1.0, 0.5]))
    array([3., 3.])
    """
    return (next_weights.T @ next_delta) * slope


def weight_gradient(delta: Array, previous_activation: Array) -> Array:
    """(3) ∂C/∂Wˡ = δˡ (aˡ⁻¹)ᵀ

    >>> weight_gradient(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    array([[3., 4.],
           [6., 8.]])
    """
    return np.outer(delta, previous_activation)


def bias_gradient(delta: Array) -> Array:
    """(4) ∂C/∂bˡ = δˡ

    >>> bias_gradient(np.array([1.0, 2.0]))
    array([1., 2.])
    """
    return delta


def slope(trace: Trace, l: int) -> Array:
    """σ′(zˡ), from the definition of the layer's activation."""
    return SLOPES[trace.model.layers[l - 1].neurons[0].activation](trace.pre_activations(l))


# --- held against a trace --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Residual:
    """The largest |difference| between the two sides of one equation on one layer."""

    equation: int
    layer: int
    difference: float


@dataclass(frozen=True)
class Report:
    """The four equations, held against one trace."""

    residuals: tuple[Residual, ...]

    @property
    def largest(self) -> float:
        """The largest residual of all; nan if any is."""
        return float(np.max([residual.difference for residual in self.residuals]))

    def of(self, equation: int) -> list[Residual]:
        """The residuals of one equation, from the last layer to the first."""
        return [residual for residual in self.residuals if residual.equation == equation]

    def __str__(self) -> str:
        lines = []
        for equation, (formula, quantity) in EQUATIONS.items():
            row = "   ".join(f"{quantity}{r.layer} {shown(r.difference)}" for r in self.of(equation))
            lines.append(f"({equation})  {formula:<32}{row}")
        return "\n".join(lines)


EQUATIONS = {
    1: ("δᴸ = ∂C/∂aᴸ ⊙ σ′(zᴸ)", "δ"),
    2: ("δˡ = (Wˡ⁺¹)ᵀ δˡ⁺¹ ⊙ σ′(zˡ)", "δ"),
    3: ("∂C/∂Wˡ = δˡ (aˡ⁻¹)ᵀ", "W"),
    4: ("∂C/∂bˡ = δˡ", "b"),
}


def report(trace: Trace, cost_gradient: Array | None = None) -> Report:
    """Hold the four equations, computed in NumPy, against the gradients that arrived in the scalar graph.

    The recursion runs on its own: from ∂C/∂aᴸ down to layer 1, with nothing of the graph in it but W, z, a.
    `cost_gradient` is ∂C/∂aᴸ, shape (n_L,); 2 (aᴸ − y), that of the squared error, if left out.
    """
    last = trace.depth
    if cost_gradient is None:
        target = np.atleast_1d(np.asarray(trace.target, dtype=np.float64))
        cost_gradient = 2.0 * (trace.activations(last) - target)
    residuals = []
    delta = output_delta(cost_gradient, slope(trace, last))
    for l in range(last, 0, -1):
        if l < last:
            delta = hidden_delta(trace.weights(l + 1), delta, slope(trace, l))
        weights = weight_gradient(delta, trace.activations(l - 1))
        residuals.append(Residual(1 if l == last else 2, l, _largest(delta - trace.delta(l))))
        residuals.append(Residual(3, l, _largest(weights - trace.weight_gradients(l))))
        if trace.bias_gradients(l).size:
            residuals.append(Residual(4, l, _largest(bias_gradient(delta) - trace.bias_gradients(l))))
    return Report(tuple(residuals))


def numeric_delta(trace: Trace, l: int, cost: Callable[[Array], float], nudge: float = 1e-6) -> Array:
    """δˡ by central differences, shape (n_l,): nudge each zˡⱼ and run the rest of the network in NumPy.

    `cost` takes aᴸ, shape (n_L,), and gives Cₙ.
    """

    def cost_from(z: Array) -> float:
        for m in range(l, trace.depth + 1):
            a = FUNCTIONS[trace.model.layers[m - 1].neurons[0].activation](z)
            if m < trace.depth:
                z = trace.weights(m + 1) @ a + trace.biases(m + 1)
        return cost(a)

    z = trace.pre_activations(l)
    nudges = nudge * np.eye(len(z))
    return np.array([(cost_from(z + step) - cost_from(z - step)) / (2 * nudge) for step in nudges])


def shown(difference: float) -> str:
    """A residual in few characters: "exact", or "2e−16"."""
    return "exact" if difference == 0 else f"{difference:.0e}".replace("e-", "e−")


def _largest(differences: Array) -> float:
    return float(np.max(np.abs(differences)))
