"""The four equations hold, over one example and over a batch, for every activation and loss."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from minigrad import Value
from nn import (
    ACTIVATIONS,
    MLP,
    binary_cross_entropy,
    binary_cross_entropy_on_logits,
    cross_entropy,
    cross_entropy_on_logits,
    equations,
    half_squared_error,
    l2_penalty,
    mean_cost,
    squared_error,
    trace,
    trace_batch,
)

N = 5
TOLERANCE = 1e-12  # asked for; entries here are of the order of 1


def swing(z):
    """An activation that no table has."""
    return z.sigmoid() * z - z.tanh() * 0.5


def fourth_power(outputs, targets):
    """A loss that no table has."""
    nodes = [outputs] if isinstance(outputs, Value) else outputs
    wanted = np.ravel(targets)
    return sum(((a - float(y)) ** 4 for a, y in zip(nodes, wanted, strict=True)), Value(0.0))


# each loss with the output activations that it is made for, and its targets
LOSSES = {
    squared_error: (("identity", "sigmoid", "tanh", "softmax"), "numbers"),
    half_squared_error: (("identity", "sigmoid", "softmax"), "numbers"),
    fourth_power: (("identity", "tanh", "softmax"), "numbers"),
    binary_cross_entropy: (("sigmoid", "softmax"), "bits"),
    binary_cross_entropy_on_logits: (("identity",), "bits"),
    cross_entropy: (("softmax",), "labels"),
    cross_entropy_on_logits: (("identity",), "labels"),
}
PAIRS = [(loss, output) for loss, (outputs, _) in LOSSES.items() for output in outputs]


def _data(loss, rng):
    kind = LOSSES[loss][1]
    X = rng.normal(size=(N, 4))
    if kind == "labels":
        return X, rng.integers(0, 3, size=N)
    return X, rng.normal(size=(N, 3)) if kind == "numbers" else rng.integers(0, 2, size=(N, 3))


@pytest.mark.parametrize("elementary", [False, True], ids=["dot", "elementary"])
@pytest.mark.parametrize("activation", [*ACTIVATIONS, swing])
@pytest.mark.parametrize(("loss", "output"), PAIRS)
def test_the_four_equations_hold_over_an_example_and_over_a_batch(loss, output, activation, elementary):
    rng = np.random.default_rng(3)
    X, Y = _data(loss, rng)
    model = MLP(4, [3, 2, 3], activation, output, bias=[True, False, True], seed=1, elementary=elementary)
    one = trace(model, X[0], Y[0], loss)
    one.backward()
    assert equations.report(one).largest <= TOLERANCE
    batch = trace_batch(model, X, Y, loss)
    batch.backward()
    report = equations.report(batch)
    assert report.largest <= TOLERANCE
    assert [(r.equation, r.layer) for r in report.residuals] == [
        (1, 3),
        (3, 3),
        (4, 3),
        (2, 2),
        (3, 2),
        (2, 1),
        (3, 1),
        (4, 1),
    ]
    assert report.first_wrong() is None


@pytest.mark.parametrize("activation", [*ACTIVATIONS, swing])
@pytest.mark.parametrize(("loss", "output"), PAIRS)
def test_delta_is_the_numeric_derivative_of_the_cost_by_z(loss, output, activation):
    rng = np.random.default_rng(4)
    X, Y = _data(loss, rng)
    t = trace(MLP(4, [3, 3], activation, output, seed=2), X[0], Y[0], loss)
    t.backward()
    for l in (1, 2):  # central differences with nudge 1e-6: rounding of the cost leaves some 1e-10
        np.testing.assert_allclose(t.delta(l), equations.numeric_delta(t, l), rtol=1e-6, atol=1e-8)


def test_softmax_and_cross_entropy_leave_softmax_minus_y_at_z():
    t = trace(MLP(4, [3], output_activation="softmax", seed=0), [0.1, 0.2, 0.3, 0.4], 2, cross_entropy)
    t.backward()
    np.testing.assert_allclose(t.delta(1), t.activations(1) - [0, 0, 1], rtol=0, atol=1e-15)


def test_sigma_prime_cancels_node_by_node_in_the_composed_cross_entropy():
    t = trace(MLP(2, [1], output_activation="sigmoid", seed=0), [1.0, -2.0], 1.0, binary_cross_entropy)
    t.backward()
    a = t.activations(1)
    np.testing.assert_allclose(t.activation_gradients(1), (a - 1) / (a * (1 - a)), rtol=1e-15)
    np.testing.assert_allclose(t.activation_gradients(1) * a * (1 - a), t.delta(1), rtol=1e-15)
    np.testing.assert_allclose(t.delta(1), a - 1, rtol=0, atol=1e-15)


def test_the_gradient_of_a_batch_is_that_of_the_graph_of_the_mean_cost():
    rng = np.random.default_rng(5)
    X, Y = _data(squared_error, rng)
    model = MLP(4, [3, 3], "tanh", seed=1)
    model.zero_grad()
    mean_cost(model, X, Y, squared_error).backward()
    whole = [parameter.grad for parameter in model.parameters()]
    batch = trace_batch(model, X, Y)
    batch.backward()
    np.testing.assert_allclose([parameter.grad for parameter in model.parameters()], whole, rtol=1e-13)
    batch.cost.backward()  # from the mean, δ/N arrives at z
    assert batch.traces[0].z[1][0].grad == pytest.approx(batch.delta(1)[0, 0], rel=1e-12)


def test_from_the_mean_cost_delta_over_n_arrives_at_z():
    model = MLP(1, [1], initial=[[[2.0]]])
    batch = trace_batch(model, [[1.0], [3.0]], [0.0, 0.0])
    batch.backward()
    np.testing.assert_array_equal(batch.delta(1), [[4.0, 12.0]])
    batch.cost.backward()
    np.testing.assert_array_equal(batch.delta(1), [[2.0, 6.0]])


def test_a_ledger_averages_to_the_gradient_and_its_entries_are_delta_times_a():
    rng = np.random.default_rng(6)
    X, Y = _data(squared_error, rng)
    batch = trace_batch(MLP(4, [3, 3], "sigmoid", seed=1), X, Y)
    batch.backward()
    for l, j, k in itertools.product((1, 2), (1, 2, 3), (1, 3)):
        ledger = batch.ledger(l, j, k)
        expected = batch.delta(l)[j - 1] * batch.activations(l - 1)[k - 1]
        np.testing.assert_allclose(ledger.contributions, expected, rtol=1e-13)
        assert ledger.average == pytest.approx(batch.weight_gradients(l)[j - 1, k - 1], rel=1e-12)
    bias = batch.ledger(2, 3)
    np.testing.assert_array_equal(bias.contributions, batch.delta(2)[2])
    assert str(bias).startswith("∂C/∂b²₃ = 1/5 Σ")
    with pytest.raises(ValueError, match="no parameter w3_11"):
        batch.ledger(3, 1, 1)


def test_a_penalty_adds_to_the_weight_gradients_and_leaves_delta_alone():
    model = MLP(2, [2, 1], "tanh", seed=3)
    t = trace(model, [1.0, 2.0], 0.5)
    t.backward()
    delta, gradient = t.delta(1), t.weight_gradients(1)
    weights = [w for layer in model.layers for neuron in layer.neurons for w in neuron.w]
    l2_penalty(weights, 0.25).backward()
    np.testing.assert_array_equal(t.delta(1), delta)
    np.testing.assert_allclose(t.weight_gradients(1), gradient + 0.25 * t.weights(1), rtol=1e-15)


def test_a_report_shows_the_formulas_that_it_held():
    model = MLP(2, [2, 2], "tanh", "softmax", seed=0)
    batch = trace_batch(model, [[1.0, 2.0], [3.0, 4.0]], [0, 1], cross_entropy)
    batch.backward()
    lines = str(equations.report(batch)).splitlines()
    assert lines[0].startswith("(1)  δᴸ = Jᵀ ∂C/∂aᴸ, J of softmax")
    assert lines[2].startswith("(3)  ∂C/∂Wˡ = 1/N Σₙ δˡ (aˡ⁻¹)ᵀ")
    one = trace(MLP(2, [2, 1], "tanh", seed=0), [1.0, 2.0], 0.5)
    one.backward()
    assert str(equations.report(one)).splitlines()[2].startswith("(3)  ∂C/∂Wˡ = δˡ (aˡ⁻¹)ᵀ   ")


def test_a_wrong_gradient_is_found_where_it_is():
    t = trace(MLP(3, [3, 2, 1], "tanh", seed=3), [1.0, 2.0, 3.0], 0.5)
    t.backward()
    t.z[2][1].grad *= 1.01  # δ²₂
    first = equations.report(t).first_wrong()
    assert (first.equation, first.layer, first.quantity) == (2, 2, "δ2")
    t.backward()
    t.model.layers[0].neurons[2].w[1].grad += 0.1
    assert equations.report(t).first_wrong().quantity == "W1"


def test_a_report_needs_a_backward_pass_and_a_target():
    model = MLP(2, [1], seed=0)
    with pytest.raises(ValueError, match="no backward pass"):
        equations.report(trace(model, [1.0, 2.0], 0.5))
    with pytest.raises(ValueError, match="no target"):
        equations.report(trace(model, [1.0, 2.0]))
    with pytest.raises(ValueError, match="couples its neurons"):
        equations.slope(trace(MLP(2, [2], output_activation="softmax"), [1.0, 2.0]), 1)
