"""Training does what it says: the same bits from the same seed, an honest history, and no half-done work."""

from __future__ import annotations

import math
import signal
import threading

import numpy as np
import pytest

from minigrad import Value
from nn import (
    MLP,
    SGD,
    Adam,
    Module,
    accuracy,
    binary_cross_entropy,
    cross_entropy,
    cross_entropy_on_logits,
    fit,
    mean_cost,
    predict,
    squared_error,
    trace_batch,
)
from nn.training.descent import descend

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 3))
Y = np.tanh(X @ [1.0, -2.0, 0.5]) + 0.1 * RNG.normal(size=20)
LABELS = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.5)


def _model(seed=1, **settings):
    return MLP(3, [4, 1], **{"activation": "tanh"} | settings, seed=seed)


def _numbers(model):
    return [parameter.data for parameter in model.parameters()]


@pytest.mark.parametrize("make", [lambda: None, lambda: SGD(0.1, momentum=0.9), lambda: Adam(0.01)])
def test_the_same_seed_gives_the_same_bits(make):
    runs = []
    for _ in range(2):
        model = _model()
        history = fit(model, X, Y, optimizer=make(), epochs=4, batch_size=6, seed=3)
        runs.append((_numbers(model), history.cost, history.delta, history.gradient))
    assert runs[0] == runs[1]
    other = _model()
    fit(other, X, Y, optimizer=make(), epochs=4, batch_size=6, seed=4)
    assert _numbers(other) != runs[0][0]


def test_full_batch_descent_is_the_loop_of_the_documents():
    model, by_hand = _model(), _model()
    history = fit(model, X, Y, learning_rate=0.2, epochs=5)
    costs = []
    for _ in range(5):
        cost = mean_cost(by_hand, X, Y, squared_error)
        by_hand.zero_grad()
        cost.backward()
        costs.append(cost.data)
        descend(by_hand.parameters(), 0.2)
    np.testing.assert_allclose(history.cost, costs, rtol=1e-13)
    np.testing.assert_allclose(_numbers(model), _numbers(by_hand), rtol=1e-12)


def test_the_history_has_cost_metric_delta_and_gradient_of_every_layer():
    model = _model()
    batch = trace_batch(model, X, np.sign(Y))
    batch.backward()
    norms = {l: np.linalg.norm(batch.weight_gradients(l)) for l in (1, 2)}
    history = fit(model, X, np.sign(Y), epochs=3, metric=accuracy)
    assert history.cost[0] == pytest.approx(batch.cost.data, rel=1e-13)
    for l in (1, 2):
        assert history.delta[l][0] == pytest.approx(np.sqrt((batch.delta(l) ** 2).sum() / 20), rel=1e-12)
        assert history.gradient[l][0] == pytest.approx(norms[l], rel=1e-12)
        assert len(history.delta[l]) == len(history.gradient[l]) == 3
    assert history.metric[0] == accuracy(predict(_model(), X), np.sign(Y))
    assert history.epochs == 3
    assert str(history).endswith("all 3 epochs done")


def test_the_cost_of_an_epoch_of_batches_is_the_mean_over_its_examples():
    model, steps = _model(), []

    class Still(SGD):
        def change(self, gradient):
            steps.append(gradient)
            return 0 * gradient

    history = fit(model, X, Y, optimizer=Still(0.1), epochs=1, batch_size=6, seed=0)  # 6 + 6 + 6 + 2
    assert len(steps) == 4
    assert history.cost[0] == pytest.approx(mean_cost(model, X, Y, squared_error).data, rel=1e-12)
    weighted = sum(gradient * size for gradient, size in zip(steps, (6, 6, 6, 2), strict=True)) / 20
    trace_batch(model, X, Y).backward()
    np.testing.assert_allclose(weighted, [p.grad for p in model.parameters()], rtol=0, atol=1e-13)


def test_batches_in_order_are_the_examples_in_order():
    seen = []

    def loss(output, y):
        seen.append(y)
        return squared_error(output, y)

    fit(_model(), X, Y, loss=loss, epochs=2, batch_size=7, shuffle=False)
    assert seen == [*Y, *Y]
    seen.clear()
    fit(_model(), X, Y, loss=loss, epochs=1, batch_size=7, seed=0)
    assert seen != list(Y)
    assert sorted(seen) == sorted(Y)


def test_a_penalty_adds_lambda_w_to_the_gradient_of_weights_and_not_of_biases():
    plain, penalised = _model(), _model()
    for model, penalty in ((plain, 0.0), (penalised, 0.3)):
        fit(model, X, Y, learning_rate=0.5, epochs=1, penalty=penalty)
    start = _model()
    for before, without, with_penalty in zip(
        start.parameters(), plain.parameters(), penalised.parameters(), strict=True
    ):
        shrunk = 0.5 * 0.3 * before.data if before.label.kind == "w" else 0.0
        assert with_penalty.data == pytest.approx(without.data - shrunk, abs=1e-14)


def test_patience_ends_training_before_the_last_epoch():
    history = fit(_model(), X, Y, learning_rate=1e-9, epochs=50, patience=4)
    assert history.epochs == 5
    assert history.stopped == "no progress for 4 epochs"
    assert fit(_model(), X, Y, learning_rate=1e-9, epochs=7, patience=None).epochs == 7


def test_a_gradient_small_enough_ends_training():
    history = fit(_model(), X, Y, epochs=50, gradient_tolerance=100.0)
    assert history.epochs == 1
    assert history.stopped == "‖∇C‖ ≤ 100.0"


def test_with_validation_training_ends_with_the_best_weights_there():
    model = _model(seed=5)
    seen = []
    history = fit(
        model, X[:10], Y[:10], learning_rate=0.4, epochs=60, patience=8, validation=(X[10:], -Y[10:]),
        on_epoch=lambda epoch, cost: seen.append(_numbers(model)),
    )  # fmt: skip
    best = int(np.argmin(history.validation_cost))
    assert _numbers(model) == seen[best]
    assert best < history.epochs - 1
    cost = mean_cost(model, X[10:], -Y[10:], squared_error).data
    assert cost == pytest.approx(min(history.validation_cost), rel=1e-14)


def test_ctrl_c_keeps_what_was_learned_up_to_the_last_update():
    finished = _model()
    fit(finished, X, Y, epochs=3)
    model = _model()

    def interrupt(epoch, cost):
        if epoch == 4:
            raise KeyboardInterrupt

    history = fit(model, X, Y, epochs=10, on_epoch=interrupt)
    assert history.stopped == "interrupted after 4 epochs"
    assert _numbers(model) == _numbers(finished)


def test_ctrl_c_in_the_middle_of_an_update_leaves_no_half_of_it():
    class Interrupted(SGD):
        def update(self, data, gradient):
            if self.steps == 2:
                data[0] = 99.0
                raise KeyboardInterrupt
            return super().update(data, gradient)

    finished, model = _model(), _model()
    fit(finished, X, Y, optimizer=SGD(0.1), epochs=2)
    fit(model, X, Y, optimizer=Interrupted(0.1), epochs=10)
    assert _numbers(model) == _numbers(finished)


def test_a_real_ctrl_c_ends_training_between_two_updates():
    model = _model()
    ctrl_c = threading.Timer(0.2, signal.raise_signal, [signal.SIGINT])  # in the main thread, as a terminal's
    history = fit(
        model, X, Y, epochs=10**6, patience=None, on_epoch=lambda epoch, cost: epoch == 1 and ctrl_c.start()
    )
    assert history.stopped.startswith("interrupted after")
    updated = []
    for updates in {max(history.epochs - 1, 1), history.epochs}:  # the last epoch's update may be done or not
        again = _model()
        fit(again, X, Y, epochs=updates, patience=None)
        updated.append(_numbers(again))
    assert _numbers(model) in updated


class Line(Module):
    """A model of the user's own: y = slope · x + shift."""

    def __init__(self):
        self.slope, self.shift = Value(0.0), Value(0.0)

    def __call__(self, x):
        return self.slope * x[0] + self.shift


def test_a_module_of_ones_own_is_trained_with_a_loss_of_ones_own():
    line = Line()
    inputs = [[-1.0], [0.0], [2.0]]
    history = fit(
        line, inputs, [-1.0, 1.0, 5.0], loss=lambda output, y: abs(output - y) ** 2, learning_rate=0.2,
        epochs=300, tolerance=0.0, patience=None,
    )  # fmt: skip
    assert (line.slope.data, line.shift.data) == pytest.approx((2.0, 1.0), abs=1e-6)
    assert history.delta == history.gradient == {}


def test_a_progress_bar_shows_epochs_and_cost(capsys):
    fit(_model(), X, Y, epochs=3, progress=True)
    assert "epoch 3/3" in capsys.readouterr().out
    fit(_model(), X, Y, epochs=3)
    assert capsys.readouterr().out == ""


# --- bad input: a clear error, and the model as it was ----------------------------------------------------


def _with(array, index, value):
    changed = np.array(array, dtype=float)
    changed[index] = value
    return changed


BAD = {
    "NaN in the inputs": (
        {"inputs": _with(X, (4, 1), math.nan)},
        "example 5 has an input that is not finite",
    ),
    "inf in the inputs": ({"inputs": _with(X, (0, 0), math.inf)}, "example 1 has an input"),
    "NaN in the targets": ({"targets": _with(Y, 7, math.nan)}, "example 8: .*finite"),
    "too few targets": ({"targets": Y[:-1]}, "20 examples need as many targets, not 19"),
    "too many inputs": ({"inputs": np.ones((20, 4))}, "takes 3 inputs, not 4"),
    "one flat list": ({"inputs": X[:, 0]}, "shape"),
    "rows of two lengths": ({"inputs": [[1.0, 2.0, 3.0], [1.0]], "targets": [1, 2]}, "rows of numbers"),
    "no examples": ({"inputs": [], "targets": []}, "no examples"),
    "two targets for one output": ({"targets": np.ones((20, 2))}, "1 outputs need as many targets, not 2"),
    "a learning rate of 0": ({"learning_rate": 0.0}, "learning rate must be > 0"),
    "a negative learning rate": ({"learning_rate": -1.0}, "learning rate must be > 0"),
    "a rate that falls below 0": (
        {"learning_rate": lambda step: 0.1 - 0.075 * step},
        "learning rate must be ≥ 0",
    ),
    "a rate and an optimizer": ({"learning_rate": 0.1, "optimizer": SGD()}, "not both"),
    "a rate of two names": ({"learning_rate": 0.1, "lr": 0.1}, "two names"),
    "no epochs": ({"epochs": 0}, "epochs must be at least 1"),
    "empty batches": ({"batch_size": 0}, "batch_size must be at least 1"),
    "no patience": ({"patience": 0}, "patience must be at least 1"),
    "a negative penalty": ({"penalty": -1.0}, "penalty must be >= 0"),
    "an engine of another name": ({"engine": "steam"}, "unknown engine 'steam'"),
    "bad validation": ({"validation": (X[:, :2], Y)}, "validation: the network takes 3"),
    "a target outside 0 … 1": (
        {"loss": binary_cross_entropy, "targets": _with(0 * Y, 3, 2.0)},
        "example 4: .*0 … 1",
    ),
    "a loss that fails late": ({"loss": lambda a, y: (a - y).log()}, "log"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_told_and_the_model_is_as_it_was(case):
    settings, message = BAD[case]
    model = _model()
    before = _numbers(model)
    with pytest.raises(ValueError, match=message):
        fit(model, **{"inputs": X, "targets": Y, "epochs": 5} | settings)
    assert _numbers(model) == before


@pytest.mark.parametrize("label", [3, -1, 1.5])
def test_a_label_out_of_range_is_told_and_the_model_is_as_it_was(label):
    for loss, output in ((cross_entropy, "softmax"), (cross_entropy_on_logits, "identity")):
        model = MLP(3, [4, 3], "tanh", output, seed=1)
        before = _numbers(model)
        with pytest.raises(ValueError, match=r"example 20: .*whole number in 0 … 2"):
            fit(model, X, [*LABELS[:-1].tolist(), label], loss=loss, batch_size=2)
        assert _numbers(model) == before


def test_a_cost_that_is_not_finite_is_told_and_the_model_is_as_it_was():
    model = _model(activation="identity")
    before = _numbers(model)
    with pytest.raises(OverflowError, match="too large") as caught:
        fit(model, X, Y, learning_rate=1e100, epochs=50)
    assert "smaller learning rate" in caught.value.__notes__[0]
    assert _numbers(model) == before
    with pytest.raises(FloatingPointError, match="the cost is nan in epoch 1"):
        fit(model, X, Y, loss=lambda a, y: a * math.nan)
    assert _numbers(model) == before


def test_a_loss_or_data_of_the_wrong_type_is_a_type_error():
    with pytest.raises(TypeError, match="number"):
        fit(_model(), X, ["a"] * 20)
    with pytest.raises((TypeError, ValueError), match="rows of numbers"):
        fit(_model(), [["a", "b", "c"]], [1.0])
    with pytest.raises(TypeError, match="loss <lambda>: it must return a Value, not float"):
        fit(_model(), X, Y, loss=lambda output, y: 3.0)
    with pytest.raises(ValueError, match="no parameters"):
        fit(Module(), X, Y)


def test_accuracy_knows_signs_bits_labels_and_rows():
    outputs = np.array([[-0.2], [0.7], [0.2]])
    assert accuracy(outputs, [-1, 1, 1]) == 1.0
    assert accuracy(outputs, [0, 1, 1]) == pytest.approx(2 / 3)
    assert accuracy(outputs, [0, 1, 1], threshold=0.0) == 1.0
    assert accuracy(np.eye(3), np.eye(3)) == 1.0
    assert accuracy(np.eye(3), [0, 1, 1]) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="more values"):
        accuracy(outputs, [0, 1, 2])


@pytest.mark.parametrize(
    "activation", ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus"]
)
@pytest.mark.parametrize("output", ["identity", "softmax", "sigmoid"])
def test_predictions_of_many_are_those_of_each(activation, output):
    model = MLP(3, [4, 3], activation, output, bias=[False, True], seed=0)
    inputs = np.concatenate([X, 1e3 * X, np.zeros((1, 3))])
    expected = [[a.data for a in model(x)] for x in inputs]
    np.testing.assert_allclose(predict(model, inputs), expected, rtol=1e-12, atol=1e-300)
    np.testing.assert_array_equal(predict(model, inputs.tolist()), predict(model, inputs))
    assert predict(model, []).shape == (0,)
    with pytest.raises(ValueError, match="takes 3 inputs, not 2"):
        predict(model, X[:, :2])


def _change_a_number(model):
    model.layers[0].neurons[1].w[2].data = -0.75


def _change_a_bias(model):
    model.layers[1].neurons[0].b.data += 1e-12


def _change_an_activation(model):
    model.layers[0].activation = "relu"


def _change_a_weight_for_a_value(model):
    model.layers[0].neurons[0].w[0] = Value(0.125)


def _change_a_layer(model):
    model.layers[1] = MLP(4, [1], seed=7).layers[0]


def _change_sizes(model):
    model.layers = MLP(3, [1, 4], seed=7).layers  # as many numbers in other places


@pytest.mark.parametrize("change", [value for name, value in globals().items() if "_change_" in name])
def test_predictions_are_those_of_the_numbers_of_now(change):
    model, other = _model(), _model(seed=2)
    for each in (model, other, model):
        np.testing.assert_allclose(predict(each, X[:3]).ravel(), [each(x).data for x in X[:3]], rtol=1e-14)
    change(model)
    expected = [np.ravel([a.data for a in np.ravel(model(x))]) for x in X[:3]]
    np.testing.assert_allclose(predict(model, X[:3]), expected, rtol=1e-14)
    model.layers[0].neurons[0].w[0].data = math.nan
    assert np.isnan(predict(model, X[:3])).all() or change is _change_an_activation


def test_predictions_in_parts_are_those_in_one(monkeypatch):
    whole = predict(_model(), X)
    monkeypatch.setattr("nn.training.metrics.ENTRIES", 20)
    np.testing.assert_allclose(predict(_model(), X), whole, rtol=1e-14)


def test_neurons_with_and_without_bias_have_one_history_by_either_engine():
    histories = []
    for engine in ("scalar", "compiled"):
        model = _model()
        model.layers[0].neurons[1].b = model.layers[0].neurons[3].b = None
        histories.append(fit(model, X, Y, epochs=4, batch_size=6, seed=0, penalty=0.1, engine=engine))
    assert histories[1].cost == pytest.approx(histories[0].cost, rel=1e-11)
    for l in (1, 2):
        assert histories[1].delta[l] == pytest.approx(histories[0].delta[l], rel=1e-11)
        assert histories[1].gradient[l] == pytest.approx(histories[0].gradient[l], rel=1e-11)


def test_a_deep_thin_network_is_trained_by_either_engine():
    histories = []
    for engine in ("scalar", "compiled"):
        model = MLP(3, [2] * 25 + [1], "tanh", seed=0)
        histories.append(fit(model, X, Y, epochs=2, engine=engine))
    assert len(histories[1].delta) == 26
    for l in range(1, 27):
        assert histories[1].delta[l] == pytest.approx(histories[0].delta[l], rel=1e-9)


@pytest.mark.parametrize("scale", [1e-200, 1e-170, 1e-20])
def test_gradients_whose_squares_vanish_have_a_norm(scale):
    history = fit(MLP(3, [1], seed=0), scale * X, 0 * Y + 1.0, epochs=1)
    expected = 2 * scale * np.linalg.norm(X.mean(axis=0))  # of (s w · x − 1)², whose s w · x is lost
    assert history.gradient[1][0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("yes", [True, np.True_])
def test_a_callback_ends_training_by_a_yes_of_python_or_numpy(yes):
    history = fit(_model(), X, Y, epochs=5, learning_rate=0.01, on_epoch=lambda epoch, cost: yes)
    assert history.epochs == 1


def test_the_weights_of_the_best_epoch_are_those_that_had_its_cost():
    """Whatever the callback makes of them afterwards."""
    model = _model()

    def spoil(epoch, cost):
        model.layers[-1].W = 1e3 + 0.0 * model.layers[-1].W

    kept = np.array(model.layers[-1].W)
    with pytest.warns(RuntimeWarning, match="the model has the weights of its best epoch"):
        fit(model, X, Y, epochs=2, learning_rate=1e-12, validation=(X, Y), on_epoch=spoil)
    np.testing.assert_allclose(model.layers[-1].W, kept, rtol=1e-6)
