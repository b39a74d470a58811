"""δ and every gradient against the algorithm that Nielsen published.

Michael Nielsen, Neural Networks and Deep Learning (2015), chapter 2, "The backpropagation algorithm", and
chapter 3, equations 61 to 75: feed forward, keep every z and a; δᴸ = ∇ₐC ⊙ σ′(zᴸ) for the quadratic cost ½‖y
− a‖², δᴸ = a − y for the cross-entropy; then δˡ = (wˡ⁺¹)ᵀ δˡ⁺¹ ⊙ σ′(zˡ); ∂C/∂b = δ, ∂C/∂w = a δ; written down
here from that description.
"""

from __future__ import annotations

import numpy as np
import pytest

from nn import (
    MLP,
    binary_cross_entropy,
    binary_cross_entropy_on_logits,
    half_squared_error,
    trace,
    trace_batch,
)


def _sigma(z):
    return 1.0 / (1.0 + np.exp(-z))


def _nielsen(weights, biases, x, y, quadratic):
    """δ, ∂C/∂b, ∂C/∂w of one example, layer by layer; all vectors are columns, as in the book."""
    activation, activations, zs = x, [x], []
    for w, b in zip(weights, biases, strict=True):
        zs.append(w @ activation + b)
        activation = _sigma(zs[-1])
        activations.append(activation)
    delta = activations[-1] - y
    if quadratic:
        delta = delta * _sigma(zs[-1]) * (1 - _sigma(zs[-1]))
    deltas = [delta]
    for layer in range(2, len(weights) + 1):
        slope = _sigma(zs[-layer]) * (1 - _sigma(zs[-layer]))
        deltas.insert(0, (weights[-layer + 1].T @ deltas[0]) * slope)
    return deltas, deltas, [d @ a.T for d, a in zip(deltas, activations[:-1], strict=True)]


def _network(sizes, seed):
    rng = np.random.default_rng(seed)
    model = MLP(sizes[0], sizes[1:], activation="sigmoid", output_activation="sigmoid", seed=seed)
    state = {name: rng.normal(size=array.shape) for name, array in model.state_dict().items()}
    model.load_state_dict(state)
    layers = range(1, len(sizes))
    return model, [state[f"W{l}"] for l in layers], [state[f"b{l}"][:, None] for l in layers], rng


COSTS = {"quadratic": half_squared_error, "cross-entropy": binary_cross_entropy}


@pytest.mark.parametrize("sizes", [(4, 2, 2, 1), (3, 5, 2), (2, 1, 1, 3), (6, 2)])
@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("seed", range(3))
def test_one_example_has_nielsens_deltas_and_gradients(sizes, cost, seed):
    model, weights, biases, rng = _network(sizes, seed)
    x, y = rng.normal(size=sizes[0]), rng.integers(0, 2, size=sizes[-1]).astype(float)
    deltas, nabla_b, nabla_w = _nielsen(weights, biases, x[:, None], y[:, None], cost == "quadratic")
    t = trace(model, x, y, COSTS[cost])
    t.backward()
    for l in range(1, len(sizes)):
        np.testing.assert_allclose(t.delta(l), deltas[l - 1][:, 0], rtol=0, atol=1e-10)
        np.testing.assert_allclose(t.bias_gradients(l), nabla_b[l - 1][:, 0], rtol=0, atol=1e-10)
        np.testing.assert_allclose(t.weight_gradients(l), nabla_w[l - 1], rtol=0, atol=1e-10)


@pytest.mark.parametrize("cost", COSTS)
def test_a_mini_batch_has_the_mean_of_nielsens_gradients(cost):
    sizes = (4, 3, 2)
    model, weights, biases, rng = _network(sizes, 7)
    X, Y = rng.normal(size=(9, 4)), rng.integers(0, 2, size=(9, 2)).astype(float)
    passes = [
        _nielsen(weights, biases, x[:, None], y[:, None], cost == "quadratic")
        for x, y in zip(X, Y, strict=True)
    ]
    batch = trace_batch(model, X, Y, COSTS[cost])
    batch.backward()
    for l in (1, 2):
        mean_w = sum(nabla_w[l - 1] for _, _, nabla_w in passes) / len(X)
        mean_b = sum(nabla_b[l - 1] for _, nabla_b, _ in passes) / len(X)
        np.testing.assert_allclose(batch.weight_gradients(l), mean_w, rtol=0, atol=1e-10)
        np.testing.assert_allclose(batch.bias_gradients(l), mean_b[:, 0], rtol=0, atol=1e-10)


def test_on_logits_the_output_delta_is_nielsens_a_minus_y():
    model, weights, biases, rng = _network((4, 3, 2), 5)
    logits = MLP(4, [3, 2], activation="sigmoid", output_activation="identity")
    logits.load_state_dict(model.state_dict())
    x, y = rng.normal(size=4), np.array([1.0, 0.0])
    deltas, _, _ = _nielsen(weights, biases, x[:, None], y[:, None], quadratic=False)
    t = trace(logits, x, y, binary_cross_entropy_on_logits)
    t.backward()
    for l in (1, 2):
        np.testing.assert_allclose(t.delta(l), deltas[l - 1][:, 0], rtol=0, atol=1e-10)
