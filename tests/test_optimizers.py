"""The optimizers are PyTorch's, to the last digits, and refuse rates that lead nowhere.

The figures were made by `data/make_optimizer_figures.py` with the version of PyTorch that they name.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from minigrad import Value
from nn import MLP, SGD, Adam, trace

FIGURES = json.loads((Path(__file__).parent / "data" / "optimizer_figures.json").read_text())
KEPT_STEPS = [1, 2, 3, 4, 5, *range(10, 101, 10)]


def function(w):
    """The function of the figures."""
    terms = [(w_i - i) ** 2 / (1 + i) for i, w_i in enumerate(w)]
    return sum(terms, Value(0.0)) + 0.1 * (w[0] * w[1] + w[2] * w[3]) ** 2


def halving(rate):
    return lambda step: rate * 0.5 ** (step // 25)


CASES = {
    "SGD": lambda: SGD(0.05),
    "SGD, momentum": lambda: SGD(0.01, momentum=0.9),
    "SGD, Nesterov": lambda: SGD(0.01, momentum=0.9, nesterov=True),
    "SGD, momentum, schedule": lambda: SGD(halving(0.02), momentum=0.8),
    "Adam": lambda: Adam(0.05),
    "Adam, betas": lambda: Adam(0.1, beta1=0.5, beta2=0.9, tiny=1e-3),
    "Adam, schedule": lambda: Adam(halving(0.1)),
}


@pytest.mark.parametrize("name", FIGURES["paths"])
def test_a_hundred_steps_lead_where_pytorchs_lead(name):
    w = [Value(number) for number in FIGURES["start"]]
    optimizer, path = CASES[name](), []
    for step in range(1, 101):
        for w_i in w:
            w_i.grad = 0.0
        function(w).backward()
        optimizer.step(w)
        if step in KEPT_STEPS:
            path.append([w_i.data for w_i in w])
    np.testing.assert_allclose(path, FIGURES["paths"][name], rtol=0, atol=1e-12)


def test_every_case_has_figures():
    assert set(CASES) == set(FIGURES["paths"])


@pytest.mark.parametrize("kind", [SGD, Adam])
@pytest.mark.parametrize("rate", [0.0, -0.1, float("nan"), float("inf")])
def test_a_learning_rate_that_is_no_number_above_zero_is_refused(kind, rate):
    with pytest.raises(ValueError, match="learning rate must be > 0"):
        kind(rate)
    if rate == 0:
        return  # of a schedule it is a rest
    optimizer, w = kind(lambda step: rate), Value(1.0)
    w.grad = 1.0
    with pytest.raises(ValueError, match="learning rate must be ≥ 0"):
        optimizer.step([w])
    assert w.data == 1.0


@pytest.mark.parametrize("kind", [SGD, Adam])
def test_a_schedule_may_rest_at_0(kind):
    optimizer, w = kind(lambda step: 0.1 * (step % 2)), Value(1.0)
    w.grad = 1.0
    optimizer.step([w])
    assert w.data == 1.0
    optimizer.step([w])
    assert w.data < 1.0


@pytest.mark.parametrize("kind", [SGD, Adam])
def test_lr_is_another_name_of_the_learning_rate(kind):
    assert kind(lr=0.25).learning_rate == kind(learning_rate=0.25).learning_rate == 0.25
    with pytest.raises(ValueError, match="two names of one setting"):
        kind(0.25, lr=0.5)


def test_a_learning_rate_is_asked_for_each_step_from_0():
    asked = []

    def rate(step):
        asked.append(step)
        return 0.1

    optimizer, w = SGD(rate), Value(1.0)
    for _ in range(3):
        optimizer.step([w])
    assert asked == [0, 1, 2]


def test_an_optimizer_belongs_to_one_model():
    optimizer = Adam()
    optimizer.step([Value(1.0)])
    with pytest.raises(ValueError, match="one for each model"):
        optimizer.step([Value(1.0), Value(2.0)])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SGD(momentum=1.0), "momentum"),
        (lambda: SGD(momentum=-0.1), "momentum"),
        (lambda: SGD(nesterov=True), "Nesterov"),
        (lambda: Adam(beta1=1.0), "betas"),
        (lambda: Adam(tiny=0.0), "tiny"),
    ],
)
def test_settings_outside_their_range_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("kind", [SGD, Adam])
def test_parameters_are_given_to_the_step_and_not_in_place_of_the_learning_rate(kind):
    large = MLP(64, [32, 10])
    for given in (large, large.parameters()):
        for call in (lambda g: kind(g, lr=0.1), lambda g: kind(g, 0.1)):
            told = "the parameters are given to `step`, or the model to `fit`"
            with pytest.raises(TypeError, match=told) as refused:
                call(given)
            assert len(str(refused.value)) < 250
    learned, same, before = (MLP(2, [2, 1], "sigmoid", seed=0) for _ in range(3))
    for model in (learned, same):
        trace(model, [1.0, 2.0], 1.0).backward()
    kind(0.1).step(learned)
    kind(0.1).step(same.parameters())
    assert learned.parameters()[0].data == same.parameters()[0].data != before.parameters()[0].data


@pytest.mark.parametrize("kind", [SGD, Adam])
def test_a_step_leaves_the_gradient_as_it_was_and_the_numbers_in_their_type(kind):
    gradient = np.array([1.0, -2.0, 0.0], np.float32)
    optimizer, data = kind(0.1), np.ones(3, np.float32)
    for _ in range(3):
        data = optimizer.update(data, gradient)
    assert gradient.tolist() == [1.0, -2.0, 0.0]
    assert data.dtype == np.float32
    assert data[2] == 1.0
