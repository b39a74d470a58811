"""Weights and biases of one's own: given to the constructor, or assigned; and what cannot be them."""

import copy
import math
import operator
import pickle

import numpy as np
import pytest

import minigrad
from minigrad import Value
from nn import MLP, SGD, Layer, Neuron, fit, half_squared_error, trace

# Mazur, "A Step by Step Backpropagation Example" (2015): two inputs, two hidden neurons, two outputs
MAZUR_W = [[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]]
MAZUR_B = [0.35, 0.60]  # one number for all neurons of a layer


def _mazur():
    return MLP(2, [2, 2], "sigmoid", "sigmoid", weights=MAZUR_W, biases=MAZUR_B)


def test_a_textbooks_network_is_made_of_its_numbers_and_gives_its_results():
    t = trace(_mazur(), [0.05, 0.10], [0.01, 0.99], half_squared_error)
    t.backward()
    assert [round(a.data, 9) for a in t.output] == [0.751365070, 0.772928465]
    assert round(t.cost.data, 9) == 0.298371109
    after = np.array(MAZUR_W) - 0.5 * np.array([t.weight_gradients(1), t.weight_gradients(2)])
    expected = [[0.149780716, 0.19956143], [0.24975114, 0.29950229]]
    np.testing.assert_allclose(after[0], expected, rtol=0, atol=5e-9)  # as printed there
    np.testing.assert_allclose(after[1], [[0.35891648, 0.408666186], [0.511301270, 0.561370121]], atol=5e-9)


def test_a_network_by_assignment_is_that_of_the_constructor():
    model = MLP(2, [2, 2], "sigmoid", "sigmoid", seed=0)
    for layer, W, b in zip(model.layers, MAZUR_W, MAZUR_B, strict=True):
        layer.W, layer.b = W, [b, b]
    for name, array in _mazur().state_dict().items():
        np.testing.assert_array_equal(model.state_dict()[name], array)


@pytest.mark.parametrize(
    "kind", [np.array, np.float32, np.asarray, list, lambda rows: tuple(map(tuple, rows))]
)
def test_numbers_of_every_kind_are_taken(kind):
    layer = Layer(2, 2, weights=kind([[1.0, 2.0], [3.0, 4.0]]), biases=kind([[5.0, 6.0]])[0])
    assert layer.W.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert layer.b.tolist() == [5.0, 6.0]


def test_values_keep_their_identity_labels_optimizers_and_programs():
    model = MLP(2, [2, 1], "tanh", seed=0)
    before, labels = model.parameters(), [p.label for p in model.parameters()]
    x, y = model.inputs([1.0, 2.0]), Value(0.5, label="y")
    program = minigrad.compile((model(x) - y) ** 2, inputs=[*x, y], parameters=before)
    optimizer = SGD(0.1)
    model.layers[0].W = np.ones((2, 2))
    model.layers[0].b = [0.5, -0.5]
    model.layers[1].neurons[0].w = [1, 2]
    model.layers[1].neurons[0].w[1] = 3
    model.layers[1].neurons[0].b = 0.25
    assert all(now is then for now, then in zip(model.parameters(), before, strict=True))
    assert [p.label for p in model.parameters()] == labels
    assert [p.data for p in before] == [1, 1, 0.5, 1, 1, -0.5, 1, 3, 0.25]
    expected = (math.tanh(3.5) + 3 * math.tanh(2.5) + 0.25 - 0.5) ** 2
    assert program.backward([[1.0, 2.0, 0.5]]) == pytest.approx(expected, rel=1e-14)
    optimizer.step(model.parameters())
    assert model.layers[1].b[0] != 0.25


def test_a_value_takes_the_place_of_the_one_that_was_there():
    model = MLP(2, [2, 2], "tanh", seed=0)
    first, second = model.layers
    second.neurons[0].w = [first.neurons[k].w[0] for k in range(2)]  # shared: W² has a column of W¹ as a row
    assert len(model.parameters()) == 12 - 2
    shared, label = Value(0.35), first.neurons[0].b.label
    first.b = [shared, shared]
    assert first.neurons[0].b is first.neurons[1].b is shared
    assert shared.label == label  # so that pictures and programs know it
    mixed = Neuron(2, seed=0)
    kept, own = mixed.w[1], Value(2.0, label="mine")
    mixed.w = [own, 7]
    assert mixed.w[0] is own
    assert (own.label, kept.data) == ("mine", 7.0)


def test_an_update_by_hand_is_one_line_a_layer():
    model = _mazur()
    t = trace(model, [0.05, 0.10], [0.01, 0.99], half_squared_error)
    t.backward()
    for l, layer in enumerate(model.layers, start=1):
        layer.W = layer.W - 0.5 * t.weight_gradients(l)
    assert round(model.layers[1].W[0, 0], 8) == 0.35891648


RAGGED = [[1.0, 2.0], [3.0]]
BAD_W = {
    "too few rows": ([[1.0, 2.0]], ValueError, r"W: it needs shape \(2, 3\).*not \(1, 2\)"),
    "transposed": (np.zeros((3, 2)), ValueError, r"needs shape \(2, 3\) \(neurons × inputs\).*transposed"),
    "ragged": (RAGGED, ValueError, r"needs shape \(2, 3\)"),
    "nan": (np.full((2, 3), math.nan), ValueError, "finite"),
    "inf": (np.full((2, 3), -math.inf), ValueError, "finite"),
    "text": ([["1", "2", "3"]] * 2, TypeError, "real numbers"),
    "a name": ("glorot", TypeError, "real numbers, not 'glorot'"),
    "nothing": (None, TypeError, "real numbers"),
    "one number": (0.5, ValueError, r"not \(\)"),
    "flags": ([[True] * 3] * 2, TypeError, "real numbers"),
    "complex": ([[1j] * 3] * 2, TypeError, "real numbers"),
}


@pytest.mark.parametrize(("wrong", "error", "message"), BAD_W.values(), ids=BAD_W)
def test_weights_that_do_not_fit_are_refused_and_nothing_changes(wrong, error, message):
    model = MLP(3, [2, 1], seed=0)
    before = model.state_dict()
    with pytest.raises(error, match=message):
        model.layers[0].W = wrong
    for name, array in before.items():
        np.testing.assert_array_equal(model.state_dict()[name], array)
    if wrong is not None:
        with pytest.raises(error, match=r"layer 1: weights of a layer: it needs shape \(2, 3\)"):
            MLP(3, [2, 1], weights=[wrong, None])


BAD_SETTINGS = {
    "numbers as flags": ({"bias": [[0.1, 0.2], [0.3]]}, TypeError, "numbers are given as biases"),
    "a number as a flag": ({"bias": 0.5}, TypeError, "True or False"),
    "too many biases": ({"biases": [[0.1, 0.2, 0.3], [0.3]]}, ValueError, r"layer 1: .*\(2,\), not \(3,\)"),
    "biases of one layer": ({"biases": [[0.1, 0.2]]}, ValueError, "one entry for each of 2 layers, not 1"),
    "one bias": ({"biases": 0.5}, TypeError, "one entry for each of 2 layers"),
    "nan bias": ({"biases": [math.nan, 0.0]}, ValueError, "finite"),
    "text": ({"biases": "zero"}, TypeError, "one entry for each"),
    "weights of one layer": ({"weights": [[[1, 2, 3], [4, 5, 6]]]}, ValueError, "one entry for each of 2"),
    "two ways": ({"weights": [None, [[1, 2]]], "initial": "he"}, ValueError, "give one of them"),
    "bias and none": ({"biases": [1.0, 1.0], "bias": False}, ValueError, "contradict"),
}


@pytest.mark.parametrize(("settings", "error", "message"), BAD_SETTINGS.values(), ids=BAD_SETTINGS)
def test_settings_that_do_not_fit_are_refused_at_once(settings, error, message):
    with pytest.raises(error, match=message):
        MLP(3, [2, 1], **settings)


def test_a_layer_of_which_nothing_is_given_is_drawn_and_one_without_biases_has_none():
    model = MLP(3, [2, 1], weights=[None, [[1, 2]]], biases=[0.5, None], seed=3)
    drawn = MLP(3, [2, 1], seed=3)
    np.testing.assert_array_equal(model.layers[0].W, drawn.layers[0].W)
    assert (model.layers[0].b.tolist(), model.layers[1].b) == ([0.5, 0.5], None)
    assert len(model.parameters()) == 6 + 2 + 2


@pytest.mark.parametrize("wrong", ["x", None, math.inf, [1.0, 2.0], 1j])
def test_a_neurons_numbers_are_checked_when_they_are_assigned(wrong):
    neuron = Neuron(2, seed=0)
    before = [p.data for p in neuron.parameters()]
    with pytest.raises((TypeError, ValueError), match="w: it needs shape"):
        neuron.w = [0.5, wrong]
    with pytest.raises((TypeError, ValueError), match="w: it needs shape"):
        neuron.w[0] = wrong
    with pytest.raises((TypeError, ValueError), match="bias"):
        Neuron(2, bias=wrong)
    if wrong is not None:  # without a bias from now on
        with pytest.raises((TypeError, ValueError), match="b: it needs a number"):
            neuron.b = wrong
    assert [p.data for p in neuron.parameters()] == before


def test_a_bias_is_a_number_or_a_flag_and_not_what_may_be_both():
    assert Neuron(2, bias=0.5).b.data == 0.5
    assert Neuron(2, bias=False).b is None
    with pytest.raises(TypeError, match=r"write 1\.0 or True"):
        Neuron(2, bias=1)
    with pytest.raises(ValueError, match="has none"):
        Neuron(2, bias=False).b = 1.0
    with pytest.raises(ValueError, match="without bias"):
        Layer(2, 2, bias=False).b = [1.0, 1.0]


ELSEWHERE = {
    "of a model": (lambda model: model, ("foo", "sizes", "W1", "weights", "activation", "seed", "bias")),
    "of a layer": (lambda model: model.layers[0], ("weights", "biases", "w", "n_inputs", "bias")),
    "of a neuron": (lambda model: model.layers[0].neurons[0], ("weights", "bias", "W")),
}


@pytest.mark.parametrize(("of", "names"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_an_attribute_that_would_have_no_effect_is_refused(of, names):
    for name in names:
        with pytest.raises(AttributeError, match=f"{name} would have no effect; what can be set"):
            setattr(of(MLP(3, [2, 1])), name, 1)


def test_a_class_of_ones_own_may_have_attributes_of_its_own():
    class Mine(MLP):
        pass

    model = Mine(3, [2, 1])
    model.note = "mine"
    assert model.note == "mine"


def test_a_value_of_a_class_of_ones_own_is_trained_and_saved():
    class Scaled(MLP):
        def __init__(self):
            super().__init__(1, [1], weights=[[[1.0]]], biases=[None])
            self.scale = Value(2.0)
            self.shifts = [Value(3.0), self.layers[0].neurons[0].w[0]]  # the second is known already

        def __call__(self, x):
            return self.scale * super().__call__(x) + self.shifts[0]

    model = Scaled()
    assert [name for name, _ in model.named_parameters()] == ["w1_11", "scale", "shifts.0"]
    assert [p.data for p in model.parameters()] == [1.0, 2.0, 3.0]
    history = fit(model, [[1.0], [2.0], [-1.0]], [1.0, 3.0, -3.0], learning_rate=0.05, epochs=300)
    assert history.cost[-1] < 1e-6
    slope = model.scale.data * model.layers[0].W[0, 0]
    assert (slope, model.shifts[0].data) == (pytest.approx(2.0, abs=1e-3), pytest.approx(-1.0, abs=1e-3))
    other = Scaled()
    other.load_state_dict(model.state_dict())
    assert [p.data for p in other.parameters()] == [p.data for p in model.parameters()]


def test_a_value_of_a_layer_of_ones_own_has_a_name_and_is_saved():
    class Gained(Layer):
        def __init__(self, *sizes):
            super().__init__(*sizes)
            self.gain = Value(3.0)

    model, other = MLP(2, [2, 1]), MLP(2, [2, 1])
    model.layers, other.layers = ([Gained(2, 2), Layer(2, 1)] for _ in range(2))
    model.layers[0].gain.data = 5.0
    assert "layer1.gain" in dict(model.named_parameters())
    assert len(model.parameters()) == 9 + 1
    other.load_state_dict(model.state_dict())
    assert other.layers[0].gain.data == 5.0


def test_arrays_that_are_read_cannot_be_written_into_as_nothing_would_change():
    layer = Layer(3, 2)
    for array in (layer.W, layer.b):
        for part in (array, array[:1]):
            with pytest.raises(TypeError, match="assign them whole"):
                part[0] = 1.0
        for free in (array.copy(), 2.0 * array, np.array(array), -array):
            free[0] = 1.0
        assert repr(array).startswith("array(")


def test_the_update_of_the_textbooks_is_taken():
    layer = Layer(3, 2, seed=0)
    W, b, values = np.array(layer.W), np.array(layer.b), layer.parameters()
    layer.W -= 0.5 * W
    layer.b += 1.0
    np.testing.assert_array_equal(layer.W, W - 0.5 * W)
    np.testing.assert_array_equal(layer.b, b + 1.0)
    assert layer.parameters() == values  # the Values are those of before


def test_activations_and_layers_can_be_assigned_and_are_checked():
    model = MLP(3, [2, 1], "tanh", seed=0)
    model.layers[0].activation = "identity"
    W, b = model.layers[0].W, model.layers[1].W
    assert model([1.0, 2.0, 3.0]).data == pytest.approx(float((b @ W @ [1.0, 2.0, 3.0])[0]), rel=1e-14)
    assert model.stray == ""  # the neurons know of it
    with pytest.raises(ValueError, match="unknown activation 'sigmoyd'"):
        model.layers[0].activation = "sigmoyd"
    with pytest.raises(ValueError, match="unknown activation"):
        model.layers[0].neurons[0].activation = "sigmoyd"
    model.layers = [Layer(5, 2), Layer(2, 3)]
    assert model.sizes == (5, 2, 3)
    assert str(model.parameters()[0].label) == "w1_11"
    for wrong, message in (
        ([], "at least one"),
        ("ab", "list of Layers"),
        ([Layer(5, 2), Layer(3, 1)], "layer 2 has 3 inputs"),
    ):
        with pytest.raises(ValueError, match=message):
            model.layers = wrong
    with pytest.raises(ValueError, match="list of Neurons of 2 inputs"):
        model.layers[1].neurons = [Neuron(3)]


def test_networks_are_copied_and_pickled_with_their_lists_of_weights():
    model = _mazur()
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        other.layers[0].neurons[0].w[0] = 9
        assert other.layers[0].W[0, 0] == 9
        assert model.layers[0].W[0, 0] == 0.15


@pytest.mark.parametrize(
    "change",
    [
        lambda w: w.append(0.5),
        lambda w: w.extend([0.5]),
        lambda w: w.insert(0, 0.5),
        lambda w: w.pop(),
        lambda w: w.clear(),
        lambda w: w.reverse(),
        lambda w: operator.delitem(w, 0),
        lambda w: operator.iadd(w, [0.5]),
        lambda w: operator.imul(w, 2),
    ],
)
def test_the_number_of_weights_stays(change):
    neuron = Neuron(3, seed=0)
    before = [w.data for w in neuron.w]
    with pytest.raises(TypeError, match="a weight for each of its 3 inputs"):
        change(neuron.w)
    for same in (neuron, copy.deepcopy(neuron), pickle.loads(pickle.dumps(neuron))):
        assert [w.data for w in same.w] == before
        assert type(same.w) is type(neuron.w)
