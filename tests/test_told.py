"""A name where a function is expected, a model where its outputs are: the error says what to write."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from nn import (
    MLP,
    Layer,
    accuracy,
    cross_entropy,
    fit,
    half_squared_error,
    mean_cost,
    predict,
    squared_error,
    trace,
    trace_batch,
)

X, Y = [[1.0, 2.0], [-1.0, 0.5]], [0.0, 1.0]
MODEL = MLP(2, [2, 1], "tanh", seed=0)

TAKES_A_LOSS = {
    "trace": lambda loss: trace(MODEL, X[0], Y[0], loss=loss),
    "trace_batch": lambda loss: trace_batch(MODEL, X, Y, loss=loss),
    "mean_cost": lambda loss: mean_cost(MODEL, X, Y, loss),
    "fit": lambda loss: fit(MODEL, X, Y, loss=loss),
}
NAMES = {
    "mse": "squared_error",
    "MSE": "squared_error",
    "half_squared_error": "half_squared_error",
    "bce": "binary_cross_entropy",
    "cross-entropy": "cross_entropy",
    "cross_entropy_on_logits": "cross_entropy_on_logits",
    3.0: "squared_error",
}


@pytest.mark.parametrize("call", TAKES_A_LOSS.values(), ids=TAKES_A_LOSS)
def test_wherever_a_loss_is_taken_a_name_is_told_its_function(call):
    for name, function in NAMES.items():
        with pytest.raises(TypeError, match=rf"is a function, such as nn\.{function}, not .*; nn has"):
            call(name)


def test_every_loss_that_a_message_names_is_one_of_nn():
    import nn
    from nn.loss_rows import KNOWN_AS, LOSS_NAMES, Loss

    assert {name for name in nn.__all__ if isinstance(getattr(nn, name), Loss)} == set(LOSS_NAMES)
    assert set(KNOWN_AS.values()) <= set(LOSS_NAMES)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"metric": "accuracy"}, r"the metric is a function, such as nn\.accuracy, not 'accuracy'"),
        ({"optimizer": "sgd"}, r"such as nn\.SGD\(0\.01\), not 'sgd'"),
        ({"optimizer": "Adam"}, r"such as nn\.Adam\(0\.01\), not 'Adam'"),
    ],
)
def test_a_name_for_another_setting_is_told_too(settings, message):
    with pytest.raises(TypeError, match=message):
        fit(MODEL, X, Y, **settings)


@pytest.mark.parametrize("outputs", [3.0, "1", [0.25, 0.75], None, [], np.array([0.5, 0.5])])
@pytest.mark.parametrize("loss", [squared_error, half_squared_error, cross_entropy])
def test_a_loss_of_numbers_says_that_it_is_of_values(loss, outputs):
    with pytest.raises(TypeError, match=f"{loss.__name__}: the outputs are a Value or a list of Values"):
        loss(outputs, 1)


def test_accuracy_of_a_model_says_what_to_write():
    with pytest.raises(TypeError, match=r"nn\.accuracy\(nn\.predict\(model, X\), y\)"):
        accuracy(MODEL, X, Y)
    assert accuracy(predict(MODEL, X), Y) in (0.0, 0.5, 1.0)


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_accuracy_of_lists_is_that_of_arrays_and_of_scikit_learn(n_outputs):
    rng = np.random.default_rng(n_outputs)
    outputs, labels = rng.random((40, n_outputs)), rng.integers(0, max(2, n_outputs), 40)
    chosen = outputs.argmax(axis=1) if n_outputs > 1 else outputs[:, 0] > 0.5
    expected = accuracy_score(labels, chosen)
    assert accuracy(outputs, labels) == expected
    assert accuracy(outputs.tolist(), labels.tolist()) == expected
    assert accuracy([tuple(row) for row in outputs.tolist()], list(labels)) == expected
    if n_outputs == 1:
        assert accuracy(outputs[:, 0].tolist(), labels.tolist()) == expected


@pytest.mark.parametrize(("outputs", "targets"), [([[0.2], [0.9]], [1]), ([], []), ([[0, 1]] * 3, [1, 1])])
def test_accuracy_needs_a_target_for_each_row(outputs, targets):
    with pytest.raises(ValueError, match="the outputs are N rows, and the targets N"):
        accuracy(outputs, targets)


def test_softmax_of_a_single_neuron_learns_nothing_and_is_refused():
    with pytest.raises(ValueError, match="softmax of a single neuron is 1 whatever z is"):
        MLP(2, [1], output_activation="softmax")
    layer = Layer(2, 1)
    with pytest.raises(ValueError, match="softmax of a single neuron"):
        layer.activation = "softmax"
    assert layer.activation == "tanh"
