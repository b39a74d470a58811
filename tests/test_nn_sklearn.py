"""δ and every gradient against scikit-learn's own backward pass, `_backprop`.

scikit-learn averages a multi-output squared loss over the outputs too, but its δ is that of the sum over them
(with ½), as ours: so the cost is compared for one output, δ and the gradients for any number.
"""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

from nn import (
    MLP,
    binary_cross_entropy,
    binary_cross_entropy_on_logits,
    cross_entropy,
    cross_entropy_on_logits,
    equations,
    from_sklearn,
    half_squared_error,
    trace_batch,
)

ACTIVATIONS = ("logistic", "tanh", "relu", "identity")
EXAMPLES = 12
TOLERANCE = 1e-10  # asked for; sums of up to 64 products in another order stay below 1e-13


def _iris():
    X, y = load_iris(return_X_y=True)
    return StandardScaler().fit_transform(X)[::13][:EXAMPLES], y[::13][:EXAMPLES]


def _two_irises():
    X, y = load_iris(return_X_y=True)
    return StandardScaler().fit_transform(X[50:])[::9][:EXAMPLES], y[50:][::9][:EXAMPLES]


def _digits():
    X, y = load_digits(return_X_y=True)
    return X[:EXAMPLES] / 16.0, y[:EXAMPLES]


def _diabetes():
    X, y = load_diabetes(return_X_y=True)
    return StandardScaler().fit_transform(X)[:EXAMPLES], (y[:EXAMPLES] - y.mean()) / y.std()


def _diabetes_two_outputs():
    X, y = _diabetes()
    return X, np.column_stack([y, y**2])


def _digits_as_numbers():
    X, y = _digits()
    return X, np.eye(10)[y]


def _backward_pass_of(estimator, X, y):
    """Cost, δ, ∂C/∂W, ∂C/∂b by scikit-learn, in its shapes."""
    layers = len(estimator.coefs_)
    activations = [X] + [None] * layers
    deltas = [None] * layers
    weights = [np.empty_like(coefficients) for coefficients in estimator.coefs_]
    biases = [np.empty_like(intercepts) for intercepts in estimator.intercepts_]
    cost, weights, biases = estimator._backprop(X, y, None, activations, deltas, weights, biases)
    return cost, deltas, weights, biases


def _regressor(activation, X, y):
    estimator = MLPRegressor(hidden_layer_sizes=(5, 4), activation=activation, alpha=0.0, random_state=1)
    estimator.partial_fit(X, y)
    return estimator, y.reshape(len(X), -1)


def _classifier(activation, X, y):
    estimator = MLPClassifier(hidden_layer_sizes=(5, 4), activation=activation, alpha=0.0, random_state=1)
    estimator.partial_fit(X, y, classes=np.unique(y))
    return estimator, estimator._label_binarizer.transform(y).astype(float)


def _assert_same(batch, estimator, X, y):
    cost, deltas, weights, biases = _backward_pass_of(estimator, X, y)
    for l in range(1, batch.depth + 1):
        np.testing.assert_allclose(batch.delta(l), deltas[l - 1].T, rtol=0, atol=TOLERANCE)
        np.testing.assert_allclose(batch.weight_gradients(l), weights[l - 1].T, rtol=0, atol=TOLERANCE)
        np.testing.assert_allclose(batch.bias_gradients(l), biases[l - 1], rtol=0, atol=TOLERANCE)
    assert equations.report(batch).largest <= 1e-12
    return cost


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("data", [_diabetes, _diabetes_two_outputs, _digits_as_numbers])
@pytest.mark.parametrize("elementary", [False, True])
def test_squared_error_has_scikit_learns_deltas_and_gradients(data, activation, elementary):
    X, y = data()
    estimator, targets = _regressor(activation, X, y)
    model = from_sklearn(estimator)
    for layer in model.layers:
        for neuron in layer.neurons:
            neuron.elementary = elementary
    batch = trace_batch(model, X, targets, half_squared_error)
    batch.backward()
    cost = _assert_same(batch, estimator, X, targets)
    if targets.shape[1] == 1:
        assert batch.cost.data == pytest.approx(cost, rel=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("data", [_iris, _digits])
def test_cross_entropy_of_a_softmax_has_scikit_learns_deltas_and_gradients(data, activation):
    X, y = data()
    estimator, targets = _classifier(activation, X, y)
    batch = trace_batch(from_sklearn(estimator), X, y - y.min(), cross_entropy)
    batch.backward()
    cost = _assert_same(batch, estimator, X, targets)
    assert batch.cost.data == pytest.approx(cost, rel=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_binary_cross_entropy_has_scikit_learns_deltas_and_gradients(activation):
    X, y = _two_irises()
    estimator, targets = _classifier(activation, X, y)
    batch = trace_batch(from_sklearn(estimator), X, targets, binary_cross_entropy)
    batch.backward()
    cost = _assert_same(batch, estimator, X, targets)
    assert batch.cost.data == pytest.approx(cost, rel=1e-12)


@pytest.mark.parametrize("data", [_iris, _two_irises])
def test_on_logits_and_on_probabilities_the_deltas_are_the_same(data):
    X, y = data()
    estimator, targets = _classifier("tanh", X, y)
    probabilities = from_sklearn(estimator)
    logits = MLP(X.shape[1], probabilities.sizes[1:], activation="tanh", output_activation="identity")
    logits.load_state_dict(probabilities.state_dict())
    if targets.shape[1] == 1:
        batch = trace_batch(logits, X, targets, binary_cross_entropy_on_logits)
    else:
        batch = trace_batch(logits, X, y, cross_entropy_on_logits)
    batch.backward()
    _assert_same(batch, estimator, X, targets)
