"""The scalar and the compiled engine of training: one gradient, two ways."""

import numpy as np
import pytest

from nn import (
    MLP,
    Layer,
    binary_cross_entropy,
    binary_cross_entropy_on_logits,
    cross_entropy,
    cross_entropy_on_logits,
    fit,
    half_squared_error,
    mean_cost,
    squared_error,
    trace,
)
from nn.activations import ACTIVATIONS
from nn.training.compiled import make_engine
from nn.training.examples import Examples
from nn.training.gradients import ScalarEngine

ONE = Examples(np.array([[1.0]]), [0.0])

CASES = [
    (squared_error, "identity", 2, lambda rng: rng.normal(size=2).tolist()),
    (half_squared_error, "tanh", 1, lambda rng: float(rng.normal())),
    (binary_cross_entropy, "sigmoid", 1, lambda rng: int(rng.integers(2))),
    (binary_cross_entropy_on_logits, "identity", 1, lambda rng: int(rng.integers(2))),
    (cross_entropy, "softmax", 3, lambda rng: int(rng.integers(3))),
    (cross_entropy_on_logits, "identity", 3, lambda rng: int(rng.integers(3))),
]


def both(model, loss, inputs, targets, weights=None):
    """(result, gradient in the order of `parameters()`) of either engine."""
    weights = None if weights is None else np.array(weights)
    examples = Examples(np.array(inputs), targets, weights)
    results = []
    for name in ("scalar", "compiled"):
        engine = make_engine(name, model, loss, examples, weighted=weights is not None)
        result = engine.gradient(engine.prepare(examples)[:])
        gradient = dict(zip(engine.parameters, result.gradient.tolist(), strict=True))
        results.append((result, [gradient[parameter] for parameter in model.parameters()]))
    return results


def check_squares(compiled, scalar):
    """Neuron by neuron, in the same order."""
    assert list(compiled) == list(scalar)
    for l, squares in scalar.items():
        assert compiled[l] == pytest.approx(squares, rel=1e-12)


@pytest.mark.parametrize("elementary", [False, True])
@pytest.mark.parametrize("weights", [None, [2.0, 0.5, 1.0, 3.0, 1.0, 1e-3, 7.0]])
@pytest.mark.parametrize(("loss", "output", "n_outputs", "target"), CASES)
def test_both_engines_give_the_same_gradient(loss, output, n_outputs, target, weights, elementary):
    rng = np.random.default_rng(0)
    model = MLP(3, [4, n_outputs], "tanh", output, seed=1, elementary=elementary)
    inputs = rng.normal(size=(7, 3)).tolist()
    (scalar, scalar_gradient), (compiled, compiled_gradient) = both(
        model, loss, inputs, [target(rng) for _ in inputs], weights
    )
    # Sums of some dozen terms of size 1: rounding stays below 1e-14.
    assert compiled.cost == pytest.approx(scalar.cost, rel=1e-13)
    assert compiled_gradient == pytest.approx(scalar_gradient, rel=1e-12, abs=1e-14)
    assert compiled.outputs == pytest.approx(scalar.outputs, rel=1e-13)
    check_squares(compiled.delta_squares, scalar.delta_squares)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_both_engines_agree_for_every_activation(activation):
    rng = np.random.default_rng(2)
    model = MLP(3, [4, 4, 1], activation, seed=3)
    inputs, targets = rng.normal(size=(5, 3)).tolist(), rng.normal(size=5).tolist()
    (scalar, scalar_gradient), (compiled, compiled_gradient) = both(model, squared_error, inputs, targets)
    assert compiled_gradient == pytest.approx(scalar_gradient, rel=1e-12, abs=1e-14)
    check_squares(compiled.delta_squares, scalar.delta_squares)


def test_training_comes_to_the_same_weights_by_either():
    rng = np.random.default_rng(4)
    inputs, targets = rng.normal(size=(20, 3)), rng.integers(3, size=20)
    learned = []
    for engine in ("scalar", "compiled"):
        model = MLP(3, [5, 3], "tanh", seed=5)
        fit(
            model,
            inputs,
            targets,
            loss=cross_entropy_on_logits,
            epochs=20,
            batch_size=8,
            seed=6,
            engine=engine,
        )
        learned.append([parameter.data for parameter in model.parameters()])
    assert learned[1] == pytest.approx(learned[0], rel=1e-9)  # 60 updates, each within rounding


def test_a_loss_that_branches_on_data_is_walked_not_compiled():
    def own(a, y):
        return a * a if a.data > y else (a - y) ** 2

    assert isinstance(make_engine(None, MLP(1, [1]), own, ONE), ScalarEngine)
    with pytest.raises(ValueError, match="may branch on data"):
        make_engine("compiled", MLP(1, [1]), own, ONE)


def test_an_unknown_engine_is_refused_by_name():
    with pytest.raises(ValueError, match="unknown engine 'gpu'"):
        fit(MLP(1, [1]), [[1.0]], [1.0], engine="gpu")


def test_a_shared_weight_is_a_parameter_once_and_gets_both_contributions():
    model = MLP(2, [2, 2], "tanh", bias=False, seed=0)
    for j, neuron in enumerate(model.layers[1].neurons):
        neuron.w = [model.layers[0].neurons[k].w[j] for k in range(2)]  # W² = (W¹)ᵀ
    assert len(model.parameters()) == 4
    inputs, targets = [[0.1, 0.2], [0.3, -0.4], [1.0, 0.5]], [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]]
    (_, scalar), (_, compiled) = both(model, squared_error, inputs, targets)
    assert compiled == pytest.approx(scalar, rel=1e-12)
    weight = model.parameters()[0]

    def cost_at(number):
        kept, weight.data = weight.data, number
        result = mean_cost(model, inputs, targets, squared_error).data
        weight.data = kept
        return result

    nudge = 1e-6  # a central difference is right to about 1e-9 here
    numeric = (cost_at(weight.data + nudge) - cost_at(weight.data - nudge)) / (2 * nudge)
    assert scalar[0] == pytest.approx(numeric, rel=1e-7)


def test_a_layer_of_ones_own_is_trained_as_it_computes():
    class Doubled(Layer):
        def __call__(self, inputs):
            return [2.0 * a for a in super().__call__(inputs)]

    model = MLP(1, [1, 1], "tanh", initial=[[[0.5]], [[1.0]]])
    model.layers[0].__class__ = Doubled
    engine = make_engine(None, model, squared_error, ONE)
    assert isinstance(engine, ScalarEngine)
    assert engine.gradient(ONE).outputs[0, 0] == model([1.0]).data
    with pytest.raises(ValueError, match="layer 1 has a forward pass of its own"):
        trace(model, [1.0])


def test_neurons_of_different_activations_are_not_taken_for_one_layer():
    model = MLP(1, [2, 1], "tanh", seed=0)
    model.layers[0].neurons[1].activation = "sigmoid"
    assert isinstance(make_engine(None, model, squared_error, ONE), ScalarEngine)
    with pytest.raises(ValueError, match="neurons of layer 1 have different activations"):
        trace(model, [1.0])


def test_a_saturated_probability_costs_what_the_loss_says_by_either_engine():
    model = MLP(1, [1], output_activation="sigmoid", initial=[[[1.0]]])
    (scalar, scalar_gradient), (compiled, compiled_gradient) = both(
        model, binary_cross_entropy, [[100.0], [0.0]], [1.0, 0.0]
    )
    assert compiled.cost == scalar.cost
    assert compiled_gradient == scalar_gradient
