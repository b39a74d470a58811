"""Networks: what a layer may be, where weights start, and what losses are."""

from __future__ import annotations

import copy
import math
import pickle
import random

import mpmath
import numpy as np
import pytest
from scipy.special import log_softmax, softmax
from sklearn.metrics import log_loss

from minigrad import Value, topological_order
from nn import (
    ACTIVATIONS,
    MLP,
    Layer,
    Module,
    Neuron,
    binary_cross_entropy,
    binary_cross_entropy_on_logits,
    cross_entropy,
    cross_entropy_on_logits,
    half_squared_error,
    l2_penalty,
    mean,
    predict,
    squared_error,
    trace,
)
from nn.activations import identity
from nn.delta.derivatives import FUNCTIONS, SLOPES, activated, slope_at
from nn.loss_rows import one_hot

Z = [-30.0, -3.0, -0.5, -1e-9, 0.0, 1e-9, 0.7, 4.0, 30.0]


# --- activations -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_equations_sigma_and_slope_are_those_of_the_graph(name):
    for number in Z:
        z = Value(number)
        a = ACTIVATIONS[name](z)
        a.backward()
        assert FUNCTIONS[name](np.array([number]))[0] == pytest.approx(a.data, rel=1e-14, abs=1e-15)
        slope = 1.0 if a is z else z.grad
        assert SLOPES[name](np.array([number]))[0] == pytest.approx(slope, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_equations_slope_is_the_derivative_of_their_sigma(name):
    for number in (-3.0, -0.5, 0.7, 4.0):  # away from the kinks at 0
        step = 1e-6
        nudged = FUNCTIONS[name](np.array([number - step, number + step]))
        assert SLOPES[name](np.array([number]))[0] == pytest.approx(
            (nudged[1] - nudged[0]) / (2 * step), abs=1e-9
        )


def test_softmax_adds_up_to_one_and_is_scipys():
    t = trace(MLP(2, [4], output_activation="softmax", seed=1), [300.0, -200.0])
    np.testing.assert_allclose(t.activations(1), softmax(t.pre_activations(1)), rtol=1e-12, atol=1e-15)
    assert t.activations(1).sum() == pytest.approx(1.0, abs=1e-12)


def test_any_function_of_a_value_is_an_activation_and_its_slope_is_its_derivative():
    def square(z):
        return z * z

    t = trace(MLP(2, [2, 1], activation=square, seed=0), [1.0, -1.0], 0.5)
    t.backward()
    np.testing.assert_array_equal(t.activations(1), t.pre_activations(1) ** 2)
    np.testing.assert_array_equal(slope_at(square, np.array([[3.0, -1.0]])), [[6.0, -2.0]])
    np.testing.assert_array_equal(activated(square, np.array([[3.0, -1.0]])), [[9.0, 1.0]])
    assert [a.label for a in t.a[1]] == ["a1_1", "a1_2"]


def test_each_hidden_layer_may_have_its_own_activation():
    model = MLP(2, [3, 3, 1], activation=["tanh", identity], output_activation="sigmoid")
    assert [layer.activation for layer in model.layers] == ["tanh", identity, "sigmoid"]
    assert "tanh" in model.summary()
    assert "identity" in repr(model)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"activation": "tahn"}, ValueError, "unknown activation 'tahn'; use one of sigmoid"),
        ({"activation": 3.0}, TypeError, "activation"),
        ({"activation": ["tanh"]}, ValueError, "2 hidden layers need a list activation"),
        ({"activation": ["softmax", "tanh"]}, ValueError, "softmax is for the output layer"),
        ({"bias": [True]}, ValueError, "3 layers need a list bias"),
        ({"initial": "golden"}, ValueError, "unknown initial weights 'golden'"),
        ({"initial": [np.zeros((3, 2)), np.zeros((3, 2)), None]}, ValueError, r"needs shape \(3, 3\)"),
        ({"initial": [np.full((3, 2), math.nan), None, None]}, ValueError, "finite"),
    ],
)
def test_a_layer_that_cannot_be_is_refused(settings, error, message):
    with pytest.raises(error, match=message):
        MLP(2, [3, 3, 1], **settings)


def test_sizes_that_cannot_be_are_refused():
    for make in (lambda: MLP(0, [1]), lambda: MLP(2, []), lambda: MLP(2, [0]), lambda: MLP(2, [3, -1])):
        with pytest.raises(ValueError, match="at least"):
            make()
    with pytest.raises(ValueError, match="need as many weights"):
        Neuron(2, weights=[1.0])
    with pytest.raises(ValueError, match="at least 1"):
        Neuron(0)
    with pytest.raises(ValueError, match="give it to a Layer"):
        Neuron(2, activation="softmax")([1.0, 2.0])
    with pytest.raises(TypeError, match="must return a Value"):
        Neuron(2, activation=lambda z: z.data)([1.0, 2.0])
    with pytest.raises(ValueError, match="2 inputs, not 3"):
        MLP(2, [1])([1.0, 2.0, 3.0])


@pytest.mark.parametrize("sizes", [[1], [1, 1, 1], [3], [1, 4, 1]])
def test_layers_of_one_neuron_and_no_hidden_layer_work(sizes):
    model = MLP(1, sizes, "tanh", seed=0)
    t = trace(model, [0.5], np.ones(sizes[-1]))
    t.backward()
    assert isinstance(t.output, Value if sizes[-1] == 1 else list)
    assert all(t.delta(l).shape == (n,) for l, n in enumerate(sizes, start=1))


def test_elementary_networks_are_the_same_numbers_from_smaller_nodes():
    settings = {"activation": "tanh", "bias": [True, False], "seed": 4}
    fused, elementary = MLP(3, [4, 2], **settings), MLP(3, [4, 2], elementary=True, **settings)
    x = [0.3, -1.0, 2.0]
    np.testing.assert_allclose(predict(fused, [x]), predict(elementary, [x]), rtol=1e-14)
    names = {node.op.name for node in topological_order(elementary(x)[0]) if node.op}
    assert names == {"add", "multiply", "tanh"}
    assert [z.label for z in trace(elementary, x).z[1]] == ["z1_1", "z1_2", "z1_3", "z1_4"]


def test_a_model_is_copied_and_pickled_with_its_labels():
    model = MLP(2, [2, 1], "tanh", seed=0)
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert [(p.data, p.label) for p in again.parameters()] == [
            (p.data, p.label) for p in model.parameters()
        ]
        assert again.parameters()[0].label.source == 1
        assert again.parameters()[0] is not model.parameters()[0]


# --- initial weights -------------------------------------------------------------------------------------


def _weights(model, l):
    return model.state_dict()[f"W{l}"]


def test_uniform_weights_are_drawn_neuron_by_neuron_as_micrograd_draws_them():
    generator = random.Random(5)
    expected = [[generator.uniform(-1, 1) for _ in range(3)] for _ in range(4)]
    np.testing.assert_array_equal(_weights(MLP(3, [4, 1], seed=5, initial="uniform"), 1), expected)
    generator = random.Random(5)
    assert [w.data for w in Neuron(3, seed=5).w] == [generator.uniform(-1, 1) for _ in range(3)]


@pytest.mark.parametrize(
    ("activation", "bound", "variance"),
    [
        ("tanh", math.sqrt(6 / 300), 2 / 300),
        ("sigmoid", math.sqrt(6 / 300), 2 / 300),
        ("relu", None, 2 / 200),
    ],
)
def test_initial_weights_suit_the_activation(activation, bound, variance):
    W = _weights(MLP(200, [100, 1], activation, seed=0), 1)
    # the variance of 20,000 draws is off by 1 % (a standard deviation is √(2/20,000)); four are allowed
    assert W.var() == pytest.approx(variance, rel=0.04)
    assert abs(W.mean()) < 4 * math.sqrt(variance / W.size)
    if bound is not None:
        assert np.abs(W).max() <= bound


def test_weights_may_be_given_layer_by_layer_or_by_a_function():
    model = MLP(2, [1, 1], initial=[[[1.0, 2.0]], lambda n_in, n_out, rng: [[0.5] * n_in] * n_out])
    assert _weights(model, 1).tolist() == [[1.0, 2.0]]
    assert _weights(model, 2).tolist() == [[0.5]]
    assert Layer(2, 1, initial=np.array([[3.0, 4.0]])).neurons[0].w[1].data == 4.0


# --- losses ----------------------------------------------------------------------------------------------


def _values(numbers):
    return [Value(float(number)) for number in numbers]


@pytest.mark.parametrize("seed", range(3))
def test_cross_entropies_are_scikit_learns_and_scipys(seed):
    rng = np.random.default_rng(seed)
    z, label = 5 * rng.normal(size=4), int(rng.integers(4))
    p = softmax(z)
    expected = log_loss([label], [p], labels=[0, 1, 2, 3])
    assert cross_entropy(_values(p), label).data == pytest.approx(expected, rel=1e-12)
    assert cross_entropy_on_logits(_values(z), label).data == pytest.approx(-log_softmax(z)[label], rel=1e-12)
    y = softmax(rng.normal(size=4))
    soft = -(y * log_softmax(z)).sum()
    assert cross_entropy(_values(p), y).data == pytest.approx(soft, rel=1e-12)
    assert cross_entropy_on_logits(_values(z), y).data == pytest.approx(soft, rel=1e-12)
    a, bits = rng.uniform(size=3), rng.integers(0, 2, size=3)
    binary = sum(log_loss([bit], [number], labels=[0, 1]) for bit, number in zip(bits, a, strict=True))
    assert binary_cross_entropy(_values(a), bits).data == pytest.approx(binary, rel=1e-12)
    logits = np.log(a / (1 - a))
    assert binary_cross_entropy_on_logits(_values(logits), bits).data == pytest.approx(binary, rel=1e-9)


@pytest.mark.parametrize("z", [-800.0, -40.0, -1.0, 0.0, 40.0, 800.0])
@pytest.mark.parametrize("y", [0.0, 0.3, 1.0])
def test_losses_on_logits_are_right_for_any_logit(z, y):
    with mpmath.workdps(400):
        sigma = 1 / (1 + mpmath.exp(-mpmath.mpf(z)))
        exact = -(y * mpmath.log(sigma) + (1 - y) * mpmath.log(1 - sigma))
        slope = sigma - y
    value = Value(z)
    loss = binary_cross_entropy_on_logits(value, y)
    loss.backward()
    rounding = 3e-16 * max(1.0, abs(z))  # of z, which the cost is a difference with
    assert loss.data == pytest.approx(float(exact), rel=1e-14, abs=rounding)
    assert value.grad == pytest.approx(float(slope), rel=1e-14, abs=1e-16)
    pair = _values([0.0, z])
    loss = cross_entropy_on_logits(pair, [1 - y, y])
    loss.backward()
    assert loss.data == pytest.approx(float(exact), rel=1e-13, abs=rounding)
    assert pair[1].grad == pytest.approx(float(slope), rel=1e-12, abs=1e-15)


def test_squared_errors_differ_by_a_half():
    outputs, targets = _values([1.0, 3.0]), [0.0, 5.0]
    assert squared_error(outputs, targets).data == 5.0
    assert half_squared_error(outputs, np.array(targets)).data == 2.5


def test_targets_may_be_values_so_that_a_cost_can_be_compiled_for_any_of_them():
    p, y = _values([0.2, 0.8]), [0.0, 1.0]
    for loss in (squared_error, binary_cross_entropy, cross_entropy):
        assert loss(p, _values(y)).data == pytest.approx(loss(p, y).data, rel=1e-14)
    for loss in (binary_cross_entropy_on_logits, cross_entropy_on_logits):
        assert loss(p, _values(y)).data == pytest.approx(loss(p, y).data, rel=1e-14)


def test_certainty_that_is_right_costs_nothing():
    assert binary_cross_entropy(Value(1.0), 1).data == 0.0
    assert binary_cross_entropy(Value(0.0), 0).data == 0.0
    assert cross_entropy(_values([0.0, 1.0]), 1).data == 0.0
    with pytest.raises(ValueError, match="log"):
        binary_cross_entropy(Value(1.0), 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: squared_error(Value(1.0), [1.0, 2.0]), "1 outputs need as many targets, not 2"),
        (lambda: squared_error(Value(1.0), math.nan), "finite"),
        (lambda: binary_cross_entropy(Value(0.5), 2), "0 … 1"),
        (lambda: binary_cross_entropy_on_logits(Value(0.5), -1), "0 … 1"),
        (lambda: cross_entropy(_values([0.5, 0.5]), 2), "whole number in 0 … 1"),
        (lambda: cross_entropy(_values([3.0, 0.5]), 1), "use softmax as output activation"),
        (lambda: cross_entropy_on_logits(_values([3.0, 0.5]), -1), "whole number"),
        (lambda: cross_entropy_on_logits(_values([3.0, 0.5]), [0.5, 0.6]), "add up to 1"),
        (lambda: cross_entropy_on_logits(Value(1.0), 0), "use binary_cross_entropy"),
        (lambda: one_hot(0.5, 2), "whole number"),
        (lambda: mean([]), "at least one example"),
        (lambda: l2_penalty(_values([1.0]), -1.0), "must be >= 0"),
    ],
)
def test_a_target_that_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_target_that_is_no_number_is_a_type_error():
    with pytest.raises(TypeError, match="a target must be a number"):
        squared_error(Value(1.0), [None])
    with pytest.raises(TypeError, match="must return a Value"):
        trace(MLP(1, [1]), [1.0], 1.0, loss=lambda output, y: 3.0)


def test_a_module_of_micrograds_kind_says_its_parameters_itself():
    class Two(Module):
        def __init__(self):
            self.n = Neuron(2)

        def parameters(self):
            return self.n.parameters()

    two = Two()
    two.n.w[0].grad = 3.0
    two.zero_grad()
    assert [p.grad for p in two.parameters()] == [0.0, 0.0, 0.0]


def test_a_neurons_list_of_parameters_is_its_own_list():
    neuron = Neuron(2, bias=False)
    neuron.parameters().append(Value(1.0))
    assert len(neuron.w) == 2


def test_the_summary_counts_what_there_is():
    model = MLP(4, [2, 2, 1], "sigmoid", bias=[True, True, False])
    lines = model.summary().splitlines()
    assert lines[1].split() == ["input", "4"]
    assert lines[2].split() == ["1", "2", "sigmoid", "8", "2"]
    assert lines[4].split() == ["3", "1", "identity", "2", "0"]
    assert lines[5] == f"{len(model.parameters())} parameters"


def test_parameters_are_named_as_a_person_types_them():
    names = [name for name, _ in MLP(2, [2, 1], bias=[True, False]).named_parameters()]
    assert names == ["w1_11", "w1_12", "b1_1", "w1_21", "w1_22", "b1_2", "w2_11", "w2_12"]


class _Part(Module):
    def __init__(self, **attributes):
        vars(self).update(attributes)


def test_a_child_that_refers_to_its_parent_is_walked_once():
    v, w = Value(1.0), Value(2.0)
    child = _Part(v=v)
    parent = _Part(child=child, w=w)
    child.parent = parent
    assert parent.named_parameters().__next__() == ("child.v", v)
    assert dict(parent.named_parameters()) == {"child.v": v, "w": w}
    assert set(child.parameters()) == {v, w}


def test_a_list_that_holds_itself_is_walked_once():
    items = [Value(1.0)]
    items.append(items)
    assert len(_Part(items=items, again={"it": items}).parameters()) == 1


@pytest.mark.parametrize(
    "attributes",
    [
        {"table": {1: Value(1.0), "1": Value(2.0)}},
        {"a.b": Value(1.0), "a": {"b": Value(2.0)}},
        {"x": {(1, 2): Value(1.0), "1.2": Value(2.0)}},
    ],
)
def test_two_parameters_of_one_name_are_told(attributes):
    with pytest.raises(ValueError, match="two parameters have the name"):
        _Part(**attributes).state_dict()


def test_one_parameter_under_two_keys_is_one_parameter():
    v = Value(1.0)
    assert _Part(table={1: v, "1": v}).parameters() == [v]


def test_a_layer_in_which_one_neuron_has_a_bias_is_saved_and_loaded():
    def mixed() -> MLP:
        model = MLP(2, [2, 1], seed=0)
        model.layers[0].neurons = [Neuron(2, bias=False, seed=1), Neuron(2, bias=0.5, seed=2)]
        model.layers = model.layers  # which labels them
        return model

    model, other = mixed(), mixed()
    other.layers[0].neurons[1].b = -1.0
    model.load_state_dict(other.state_dict())
    assert [p.data for p in model.parameters()] == [p.data for p in other.parameters()]
    assert model.layers[0].neurons[1].b.data == -1.0
