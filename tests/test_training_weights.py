"""Examples that count more or less than others, parameters that are frozen, and training in float32."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression
from sklearn.neural_network import MLPRegressor

from minigrad import Value
from nn import (
    MLP,
    SGD,
    Adam,
    Module,
    accuracy,
    cross_entropy,
    cross_entropy_on_logits,
    fit,
    from_sklearn,
    half_squared_error,
    mean_cost,
    predict,
    squared_error,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 3))
Y = np.tanh(X @ [1.0, -2.0, 0.5])
LABELS = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.5)
TIMES = np.array([1, 2, 0, 3, 1, 1, 0, 2, 1, 5, 1, 2])
ENGINES = ["scalar", "compiled"]


def _model(**settings):
    return MLP(3, [4, 1], "tanh", seed=1, **settings)


def _numbers(model):
    return [parameter.data for parameter in model.parameters()]


def _same(one, other):
    """Two histories, to rounding: sums of some dozen terms, over some updates."""
    for name in ("cost", "metric", "validation_cost"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-11)
    for name in ("delta", "gradient"):
        for l, numbers in getattr(other, name).items():
            assert getattr(one, name)[l] == pytest.approx(numbers, rel=1e-10)


# --- sample weights --------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("penalty", [0.0, 0.1])
def test_an_example_of_weight_k_counts_as_k_examples(engine, penalty):
    repeated = np.repeat(np.arange(12), TIMES)
    weighted, plain = _model(), _model()
    settings = {"optimizer": None, "epochs": 6, "penalty": penalty, "engine": engine}
    one = fit(weighted, X, Y, sample_weight=TIMES, **settings)
    other = fit(plain, X[repeated], Y[repeated], **settings)
    _same(one, other)
    assert _numbers(weighted) == pytest.approx(_numbers(plain), rel=1e-11)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_only_the_ratios_of_weights_matter(engine, scale):
    weights = RNG.uniform(0.1, 3.0, 12)
    models = [_model(), _model()]
    for model, factor in zip(models, (1.0, scale), strict=True):
        fit(model, X, Y, sample_weight=factor * weights, epochs=4, engine=engine)
    assert _numbers(models[0]) == pytest.approx(_numbers(models[1]), rel=1e-11)


def test_equal_weights_are_no_weights():
    models = [_model(), _model()]
    plain = fit(models[0], X, Y, epochs=4, batch_size=5, seed=0)
    weighted = fit(models[1], X, Y, epochs=4, batch_size=5, seed=0, sample_weight=np.full(12, 0.25))
    _same(weighted, plain)
    assert _numbers(models[1]) == pytest.approx(_numbers(models[0]), rel=1e-12)


def test_both_engines_weigh_alike_in_batches_too():
    weights = RNG.uniform(0.0, 3.0, 12)
    models, histories = [_model(), _model()], []
    for model, engine in zip(models, ENGINES, strict=True):
        histories.append(
            fit(
                model, X, Y, sample_weight=weights, batch_size=5, seed=2, epochs=5, optimizer=Adam(0.05),
                engine=engine, validation=(X[:4], Y[:4], [1.0, 0.0, 2.0, 0.5]),
            )
        )  # fmt: skip
    _same(histories[1], histories[0])
    assert _numbers(models[1]) == pytest.approx(_numbers(models[0]), rel=1e-9)


def test_within_a_batch_the_cost_is_the_weighted_mean_and_over_batches_too():
    class Still(SGD):
        def change(self, gradient):
            return 0.0 * gradient

    weights = RNG.uniform(0.5, 3.0, 12)
    model = _model()
    costs = np.array([mean_cost(model, X[n : n + 1], Y[n : n + 1], squared_error).data for n in range(12)])
    history = fit(model, X, Y, sample_weight=weights, batch_size=5, epochs=1, optimizer=Still(0.1))
    assert history.cost[0] == pytest.approx((weights * costs).sum() / weights.sum(), rel=1e-12)


def test_weighted_least_squares_are_scikit_learns():
    weights = RNG.uniform(0.2, 3.0, 12)
    target = X @ [1.0, -2.0, 0.5] + RNG.normal(size=12)
    model = MLP(3, [1], seed=0)
    fit(
        model, X, target, sample_weight=weights, learning_rate=0.2, epochs=2000, patience=None,
        gradient_tolerance=1e-12,
    )  # fmt: skip
    oracle = LinearRegression().fit(X, target, sample_weight=weights)
    neuron = model.layers[0].neurons[0]
    np.testing.assert_allclose([w.data for w in neuron.w], oracle.coef_, rtol=0, atol=1e-10)
    assert neuron.b.data == pytest.approx(oracle.intercept_, abs=1e-10)


@pytest.mark.parametrize("batch_size", [12, 5])
def test_a_weighted_network_takes_scikit_learns_steps(batch_size):
    weights = RNG.uniform(0.2, 3.0, 12)

    def estimator(rate, epochs):
        return MLPRegressor(
            hidden_layer_sizes=(4,), activation="tanh", solver="sgd", momentum=0.0, alpha=0.0,
            batch_size=batch_size, learning_rate_init=rate, max_iter=epochs, shuffle=False, random_state=0,
            tol=0.0, n_iter_no_change=10**6,
        )  # fmt: skip

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # all epochs were used, as asked
        model = from_sklearn(estimator(1e-300, 1).fit(X, Y))
        oracle = from_sklearn(estimator(0.1, 7).fit(X, Y, sample_weight=weights))
    fit(
        model, X, Y, loss=half_squared_error, sample_weight=weights, learning_rate=0.1, epochs=7,
        batch_size=batch_size, shuffle=False,
    )  # fmt: skip
    assert _numbers(model) == pytest.approx(_numbers(oracle), rel=1e-10)


def test_a_metric_sees_the_examples_that_count():
    seen = []

    def metric(outputs, targets):
        seen.append((len(outputs), list(targets)))
        return 0.0

    fit(_model(), X, Y, sample_weight=TIMES, epochs=1, metric=metric)
    assert seen == [(10, Y[TIMES > 0].tolist())]


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        (np.ones(11), ValueError, "12 examples need as many sample weights, not shape \\(11,\\)"),
        (np.ones((12, 1)), ValueError, "not shape"),
        ([*np.ones(11), -0.5], ValueError, "finite and >= 0, not -0.5 of example 12"),
        ([np.nan, *np.ones(11)], ValueError, "not nan of example 1"),
        (np.zeros(12), ValueError, "every sample weight is 0"),
        (["heavy"] * 12, ValueError, "sample_weight must be numbers"),
    ],
)
def test_weights_that_are_none_are_told_and_the_model_is_as_it_was(weights, error, message):
    model = _model()
    before = _numbers(model)
    with pytest.raises(error, match=message):
        fit(model, X, Y, sample_weight=weights)
    assert _numbers(model) == before


def test_a_saturated_probability_with_weights_falls_back_to_the_scalar_engine():
    histories = []
    for engine in ENGINES:
        model = MLP(1, [2], output_activation="softmax", initial=[[[1.0], [-1.0]]])
        histories.append(
            fit(
                model, [[1000.0], [0.5]], [0, 1], loss=cross_entropy, sample_weight=[3.0, 1.0], epochs=2,
                learning_rate=1e-3, engine=engine,
            )
        )  # fmt: skip
    _same(histories[1], histories[0])


# --- frozen parameters -----------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("make", [lambda: SGD(0.1, momentum=0.9), lambda: Adam(0.05)])
def test_frozen_parameters_keep_their_bits_and_the_others_are_trained(engine, make):
    model, start = _model(), _model()
    last = model.layers[-1].parameters()
    history = fit(model, X, Y, parameters=last, optimizer=make(), epochs=5, batch_size=5, engine=engine)
    for old, new in zip(start.parameters(), model.parameters(), strict=True):
        assert (new.data != old.data) == (new in last)
    assert set(history.delta) == set(history.gradient) == {1, 2}
    assert all(norm > 0 for norm in history.gradient[1])


def test_a_frozen_network_is_trained_as_one_of_fixed_features():
    model, engines = _model(), []
    features = np.tanh(X @ model.state_dict()["W1"].T)
    rest = MLP(4, [1], initial=[model.state_dict()["W2"]])
    for engine in ENGINES:
        model = _model()
        fit(model, X, Y, parameters=model.layers[1].parameters(), epochs=20, engine=engine)
        engines.append(_numbers(model.layers[1]))
    fit(rest, features, Y, epochs=20)
    assert engines[0] == pytest.approx(_numbers(rest), rel=1e-12)
    assert engines[1] == pytest.approx(_numbers(rest), rel=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_gradient_of_what_is_frozen_is_the_gradient_of_the_cost(engine):
    model = _model()
    fit(model, X, Y, parameters=model.layers[1].parameters(), epochs=1, engine=engine)
    found = [parameter.grad for parameter in model.parameters()]
    fresh = _model()
    mean_cost(fresh, X, Y, squared_error).backward()
    assert found == pytest.approx([parameter.grad for parameter in fresh.parameters()], rel=1e-12)


def test_a_single_weight_can_be_trained_alone_and_a_gradient_of_it_alone_ends_training():
    class Line(Module):
        def __init__(self):
            self.slope, self.shift = Value(0.0), Value(5.0)

        def __call__(self, x):
            return self.slope * x[0] + self.shift

    line = Line()
    history = fit(
        line, [[1.0], [2.0]], [6.0, 8.0], parameters=[line.slope], learning_rate=0.1, epochs=500,
        patience=None, gradient_tolerance=1e-9,
    )  # fmt: skip
    assert line.shift.data == 5.0
    assert line.slope.data == pytest.approx(7.0 / 5.0, abs=1e-9)  # min (s − 1)² + (2 s − 3)²
    assert history.stopped.startswith("‖∇C‖")
    assert abs(line.shift.grad) > 0.1


@pytest.mark.parametrize("engine", ENGINES)
def test_parameters_that_a_network_of_ones_own_does_not_list_are_frozen(engine):
    class LastLayer(MLP):
        def parameters(self):
            return self.layers[-1].parameters()

    own, plain = LastLayer(3, [4, 1], "tanh", seed=1), _model()
    settings = {"epochs": 4, "batch_size": 5, "seed": 0, "penalty": 0.1, "engine": engine}
    histories = [
        fit(own, X, Y, **settings),
        fit(plain, X, Y, parameters=plain.layers[-1].parameters(), **settings),
    ]
    _same(*histories)
    assert MLP.parameters(own)[0].data == _model().parameters()[0].data
    assert _numbers(own) == pytest.approx(_numbers(plain.layers[-1]), rel=1e-12)


@pytest.mark.parametrize("labels", [[True, False] * 6, [1.0, 0.0] * 6, np.array([1, 0] * 6, np.uint8)])
def test_labels_are_labels_of_whatever_type(labels):
    models = [MLP(3, [2], seed=0) for _ in range(2)]
    costs = [
        fit(model, X, y, loss=cross_entropy_on_logits, epochs=3).cost
        for model, y in zip(models, (labels, [1, 0] * 6), strict=True)
    ]
    assert costs[0] == costs[1]


@pytest.mark.parametrize(
    "inputs",
    [X.tolist(), np.asfortranarray(X), np.repeat(X, 2, axis=0)[::2], X.astype(object)],
    ids=["lists", "columns", "strides", "objects"],
)
def test_inputs_may_lie_in_memory_as_they_like(inputs):
    costs = [fit(_model(), x, Y, epochs=3, batch_size=5, seed=1).cost for x in (inputs, X)]
    assert costs[0] == costs[1]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_optimizer_sees_the_parameters_in_the_order_given(engine):
    class Watching(SGD):
        def change(self, gradient):
            self.seen = gradient.tolist()
            return super().change(gradient)

    model = _model()
    for parameters in (None, model.parameters()[::-1]):
        optimizer = Watching(0.1)
        fit(model, X, Y, parameters=parameters, optimizer=optimizer, epochs=2, engine=engine)
        assert optimizer.seen == [p.grad for p in parameters or model.parameters()]


@pytest.mark.parametrize(
    ("choose", "message"),
    [
        (lambda model: [], "no parameter to train"),
        (lambda model: [Value(1.0, label="stranger")], "stranger.*no parameter of the model"),
    ],
)
def test_what_cannot_be_trained_is_told(choose, message):
    model = _model()
    with pytest.raises(ValueError, match=message):
        fit(model, X, Y, parameters=choose(model))


# --- the Values, while training goes on ------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_a_callback_sees_the_numbers_and_gradients_of_the_epoch_and_may_change_them(engine):
    model, seen = _model(), []

    def look(epoch, cost):
        fresh = _model()
        for old, new in zip(fresh.parameters(), model.parameters(), strict=True):
            old.data = new.data
        root = mean_cost(fresh, X, Y, squared_error)
        root.backward()
        assert cost == pytest.approx(root.data, rel=1e-12)
        gradient = [parameter.grad for parameter in model.parameters()]
        assert gradient == pytest.approx([p.grad for p in fresh.parameters()], rel=1e-10, abs=1e-14)
        seen.append(_numbers(model))
        for parameter in model.layers[0].parameters():  # weights are kept in a range
            parameter.data = max(-0.3, min(0.3, parameter.data))

    fit(model, X, Y, learning_rate=0.01, epochs=5, on_epoch=look, engine=engine)
    assert len({tuple(numbers) for numbers in seen}) == 5
    assert max(abs(parameter.data) for parameter in model.layers[0].parameters()) < 0.35


def test_a_metric_of_ones_own_sees_the_numbers_of_the_epoch():
    model, seen = _model(), []

    def metric(outputs, targets):
        seen.append(np.abs(outputs - predict(model, X)).max())
        return 0.0

    fit(model, X, Y, metric=metric, epochs=4)
    assert len(seen) == 4
    assert max(seen) < 1e-14


# --- float32 ---------------------------------------------------------------------------------------------


def test_training_in_float32_comes_near_that_in_float64():
    histories = []
    for dtype in ("float64", "float32"):
        model = MLP(3, [8, 3], "tanh", seed=0)
        histories.append(
            fit(
                model, X, LABELS, loss=cross_entropy_on_logits, optimizer=Adam(0.05), epochs=50,
                metric=accuracy, batch_size=6, seed=0, dtype=dtype, validation=(X, LABELS), patience=None,
                sample_weight=np.linspace(1.0, 2.0, 12),
            )
        )  # fmt: skip
    double, single = histories
    assert single.cost == pytest.approx(double.cost, rel=1e-3)  # 100 updates, each within 1e-6
    assert single.validation_cost == pytest.approx(double.validation_cost, rel=1e-3)
    assert single.delta[1] == pytest.approx(double.delta[1], rel=1e-3)
    assert single.cost != double.cost


def test_float32_is_for_programs_and_another_type_is_refused():
    with pytest.raises(ValueError, match="Python's floats, in float64"):
        fit(_model(), X, Y, dtype="float32", engine="scalar")
    with pytest.raises(ValueError, match='dtype is "float64" or "float32"'):
        fit(_model(), X, Y, dtype="float16")
