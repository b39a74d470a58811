"""What the three documents state holds in the program; `examples/statements.md` says which test shows which.

Numbers in the names are those of the documents: 000, 001, 002.
"""

import itertools
import math

import numpy as np
import pytest

from minigrad import Value, count_paths, edges, jacobian, topological_order
from nn import MLP, cross_entropy_on_logits, equations, fit, mean_cost, squared_error, trace, trace_batch
from nn.training.descent import descend

X = [0.4, -1.2, 0.7, 2.0]
Y = -1.0
CLOSE = {"rtol": 0, "atol": 1e-12}  # numbers of size 1 to 10: some thousand roundings


@pytest.fixture
def network() -> MLP:
    """001's network, with biases that are not 0."""
    model = MLP(4, [2, 2, 1], activation="sigmoid", bias=[True, True, False], seed=1, initial="uniform")
    for layer, numbers in zip(model.layers, ([0.3, -0.2], [0.1, 0.5])):
        for neuron, number in zip(layer.neurons, numbers):
            neuron.b.data = number
    return model


@pytest.fixture
def example(network):
    t = trace(network, X, Y)
    t.backward()
    return t


def nudged(model: MLP, parameter: Value, nudge: float) -> float:
    """C with one parameter moved."""
    before = parameter.data
    parameter.data += nudge
    cost = trace(model, X, Y).cost.data
    parameter.data = before
    return cost


# --- the forward pass ------------------------------------------------------------------------------------


def test_one_neuron_after_the_other_is_the_matrix_form(network, example):
    a = np.array(X)
    for l in (1, 2, 3):
        z = example.weights(l) @ a + example.biases(l)
        a = z if l == 3 else 1 / (1 + np.exp(-z))
        np.testing.assert_allclose(example.pre_activations(l), z, **CLOSE)
        np.testing.assert_allclose(example.activations(l), a, **CLOSE)


def test_shapes_and_indices_are_to_from(network, example):
    assert [example.weights(l).shape for l in (1, 2, 3)] == [(2, 4), (2, 2), (1, 2)]
    assert [example.biases(l).shape for l in (1, 2)] == [(2,), (2,)]
    assert example.activations(0).tolist() == X
    z21 = example.z[2][0]
    weights, sources = z21.operands[:2], z21.operands[2:4]
    assert [w.label for w in weights] == ["w2_11", "w2_12"]  # to neuron 1 of layer 2, from neurons 1 and 2
    assert list(sources) == example.a[1]


def test_the_output_is_linear_and_has_no_bias(network, example):
    assert example.a[3] == example.z[3]  # s is z³₁: one node
    assert network.layers[2].neurons[0].b is None
    assert len(network.parameters()) == 4 * 2 + 2 + 2 * 2 + 2 + 2


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "tanh"])
def test_without_a_nonlinear_function_layers_collapse_into_one(activation):
    rows = np.random.default_rng(0).normal(size=(2, 3))

    def bend(name: str) -> float:
        model = MLP(3, [4, 1], activation=name, seed=0)
        ends, middle = [model(list(x)).data for x in rows], model(list(rows.mean(axis=0))).data
        return abs(sum(ends) / 2 - middle)

    assert bend("identity") < 1e-12
    assert bend(activation) > 1e-5


# --- the cost --------------------------------------------------------------------------------------------


def test_the_cost_of_many_is_the_average_of_the_costs_of_one(network):
    inputs, targets = [X, X[::-1], [0.0, 1.0, 0.0, 1.0]], [1.0, -1.0, 0.5]
    costs = [trace(network, x, y).cost.data for x, y in zip(inputs, targets)]
    assert mean_cost(network, inputs, targets, squared_error).data == pytest.approx(np.mean(costs), rel=1e-14)
    own = []
    for x, y in zip(inputs, targets):
        t = trace(network, x, y)
        t.backward()
        own.append(t.weight_gradients(1))
    batch = trace_batch(network, inputs, targets)
    batch.backward()
    np.testing.assert_allclose(batch.weight_gradients(1), np.mean(own, axis=0), **CLOSE)


def test_the_average_goes_downhill_where_single_examples_do_not(network):
    rng = np.random.default_rng(2)
    inputs = rng.normal(size=(20, 4)).tolist()
    targets = [1.0 if x[0] + x[1] > 0 else -1.0 for x in inputs]
    parameters = network.parameters()
    start = mean_cost(network, inputs, targets, squared_error).data

    def cost_after_a_step_of(examples, rate=1e-3) -> float:
        network.zero_grad()
        mean_cost(network, *zip(*examples), squared_error).backward()
        step = [parameter.grad for parameter in parameters]
        descend(parameters, rate)
        cost = mean_cost(network, inputs, targets, squared_error).data
        for parameter, gradient in zip(parameters, step):
            parameter.data += rate * gradient
        return cost

    examples = list(zip(inputs, targets))
    assert cost_after_a_step_of(examples) < start
    assert sum(cost_after_a_step_of([example]) > start for example in examples) >= 5


def test_the_cost_depends_on_the_outputs_alone(example):
    (other,) = [Value(example.output.data)]
    cost = squared_error(other, Y)
    cost.backward()
    assert cost.data == example.cost.data
    assert other.grad == example.output.grad == 2 * (example.output.data - Y)


def test_any_function_of_outputs_and_targets_serves_as_a_cost(network):
    def fourth_power(output, target):
        return (output - target) ** 4

    t = trace(network, X, Y, loss=fourth_power)
    t.backward()
    assert t.delta(3)[0] == pytest.approx(4 * (t.output.data - Y) ** 3, rel=1e-14)
    assert equations.report(t).largest <= 1e-9  # ∂C/∂aᴸ of an unknown cost is a numeric difference
    classes = trace(MLP(4, [3, 2], activation="tanh", seed=0), X, 1, loss=cross_entropy_on_logits)
    classes.backward()
    assert equations.report(classes).largest <= 1e-12


# --- derivatives -----------------------------------------------------------------------------------------


def test_a_derivative_is_a_sensitivity(network, example):
    for parameter in network.parameters():
        change = nudged(network, parameter, 1e-6) - nudged(network, parameter, -1e-6)
        assert parameter.grad == pytest.approx(change / 2e-6, abs=1e-8)  # rounding of C over the nudge


def test_the_gradient_points_uphill(network, example):
    for parameter in network.parameters():
        uphill = math.copysign(1e-4, parameter.grad)
        assert nudged(network, parameter, uphill) > example.cost.data > nudged(network, parameter, -uphill)


def test_the_local_derivatives_of_z_are_a_w_and_1(example):
    for l in (1, 2):
        for z, neuron in zip(example.z[l], example.model.layers[l - 1].neurons):
            a = [node.data for node in example.a[l - 1]]
            w = [weight.data for weight in neuron.w]
            assert z.local_derivatives == (*a, *w, 1.0)


def test_a_of_one_neuron_does_not_depend_on_z_of_another(example):
    for l in (1, 2):
        J = np.array(jacobian(example.a[l], example.z[l]))
        np.testing.assert_allclose(J.diagonal(), equations.slope(example, l), **CLOSE)
        assert J[0, 1] == J[1, 0] == 0
    coupled = trace(MLP(4, [3], output_activation="softmax", seed=0), X)
    assert (np.array(jacobian(coupled.a[1], coupled.z[1])) != 0).all()  # where ⊙ does not hold


def test_z_of_the_next_layer_depends_on_z_by_weight_times_slope(example):
    J = np.array(jacobian(example.z[2], example.z[1]))
    np.testing.assert_allclose(J, example.weights(2) * equations.slope(example, 1), **CLOSE)


# --- δ and the four equations ----------------------------------------------------------------------------


def test_delta_is_what_arrives_at_z(example):
    for l in (1, 2, 3):
        assert example.delta(l).tolist() == [z.grad for z in example.z[l]]


def test_equation_1_starts_at_the_end(example):
    np.testing.assert_array_equal(
        example.delta(3), example.activation_gradients(3) * equations.slope(example, 3)
    )
    first, *_ = (node for node, _, _ in edges(example.cost) if node in example.z[3])
    order = [node for node in reversed(topological_order(example.cost)) if str(node.label).startswith("z")]
    assert order[0] is first
    assert [node.label.layer for node in order] == [3, 2, 2, 1, 1]  # back through the layers


def test_equation_2_sums_over_all_neurons_of_the_next_layer(example):
    for l in (2, 1):
        W, delta, slope = example.weights(l + 1), example.delta(l + 1), equations.slope(example, l)
        terms = W * delta[:, np.newaxis]  # one row for each neuron of the next layer
        np.testing.assert_allclose(example.delta(l), terms.sum(axis=0) * slope, **CLOSE)
        np.testing.assert_allclose(example.delta(l), W.T @ delta * slope, **CLOSE)
    assert np.abs(example.delta(1) - (terms[0] * slope)).max() > 1e-3  # one of them is not enough


def test_equation_3_is_an_outer_product(example):
    for l in (1, 2, 3):
        delta, a = example.delta(l), example.activations(l - 1)
        singly = [[delta_j * a_k for a_k in a] for delta_j in delta]
        np.testing.assert_allclose(example.weight_gradients(l), singly, **CLOSE)
        np.testing.assert_allclose(example.weight_gradients(l), np.outer(delta, a), **CLOSE)


def test_equation_4_is_delta_itself(example):
    for l in (1, 2):
        np.testing.assert_array_equal(example.bias_gradients(l), example.delta(l))


def test_a_bias_is_the_weight_of_a_unit_that_is_1(network, example):
    rows = [[*(w.data for w in neuron.w), neuron.b.data] for neuron in network.layers[0].neurons]
    others = [example.weights(2), example.weights(3)]
    unit = MLP(5, [2, 2, 1], "sigmoid", bias=[False, True, False], initial=[rows, *others])
    for theirs, ours in zip(unit.layers[1].neurons, network.layers[1].neurons):
        theirs.b.data = ours.b.data
    with_unit = trace(unit, [*X, 1.0], Y)
    with_unit.backward()
    np.testing.assert_allclose(with_unit.weight_gradients(1)[:, 4], example.bias_gradients(1), **CLOSE)


def test_the_example_of_001_along_its_path(network, example):
    s, a22, a12 = example.output.data, example.a[2][1].data, example.a[1][1].data
    w312 = network.layers[2].neurons[0].w[1].data
    by_hand = 2 * (s - Y) * w312 * (a22 * (1 - a22)) * a12
    assert network.layers[1].neurons[1].w[1].grad == pytest.approx(by_hand, rel=1e-14)
    assert count_paths(example.cost, network.layers[1].neurons[1].w[1]) == 1


def test_the_gradient_of_a_matrix_is_made_of_the_partial_derivatives(network, example):
    singly = [[w.grad for w in neuron.w] for neuron in network.layers[1].neurons]
    np.testing.assert_array_equal(example.weight_gradients(2), singly)


def test_each_edge_is_walked_once_however_many_paths_there_are():
    model = MLP(2, [6] * 6 + [1], activation="tanh", seed=0)
    inputs = [Value(0.5), Value(-0.5)]
    output = model(inputs)
    assert count_paths(output, inputs[0]) == 6**6
    walked = list(edges(output))
    assert len(walked) == sum(len(node.operands) for node in topological_order(output)) < 1000


# --- descent ---------------------------------------------------------------------------------------------


def test_an_update_is_against_the_gradient(network, example):
    before = [parameter.data for parameter in network.parameters()]
    gradients = [parameter.grad for parameter in network.parameters()]
    descend(network.parameters(), 0.25)
    after = [parameter.data for parameter in network.parameters()]
    assert after == [p - 0.25 * g for p, g in zip(before, gradients)]


def test_repeating_forward_backward_and_update_lowers_the_cost(network):
    history = fit(network, [X, X[::-1]], [1.0, -1.0], learning_rate=0.05, epochs=60, patience=None)
    assert all(later < earlier for earlier, later in itertools.pairwise(history.cost))


def test_training_ends_when_the_gradient_is_small_or_the_cost_falls_no_more(network):
    data = [X, X[::-1]], [1.0, -1.0]
    by_gradient = fit(network, *data, learning_rate=0.2, epochs=5000, patience=None, gradient_tolerance=0.05)
    assert by_gradient.epochs < 5000
    assert math.hypot(*(parameter.grad for parameter in network.parameters())) <= 0.05
    by_patience = fit(network, *data, learning_rate=1e-9, epochs=5000, patience=5)
    assert by_patience.epochs <= 6


def test_initial_weights_are_random_and_the_seed_repeats_them():
    def weights(seed: int) -> list[float]:
        return [parameter.data for parameter in MLP(4, [2, 2, 1], "sigmoid", seed=seed).parameters()]

    assert weights(0) == weights(0) != weights(1)
    assert len(set(weights(0)[:8])) == 8
