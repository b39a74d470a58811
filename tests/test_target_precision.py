"""Probabilities are accepted to the precision of the type that they come in."""

import math

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from minigrad import Value
from nn import (
    MLP,
    binary_cross_entropy,
    cross_entropy,
    cross_entropy_on_logits,
    fit,
    trace,
)

Z = [0.5, -1.0, 2.0]


def _values(numbers):
    return [Value(float(number)) for number in numbers]


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_the_cross_entropy_of_rounded_probabilities_is_that_of_their_numbers(kind):
    y = np.array([0.1, 0.2, 0.7], kind)
    expected = -float(y.astype(np.float64) @ log_softmax(Z))
    # log Σ eᶻ is multiplied by Σ y in one form and by 1 in the other; Σ y is 1 to half an ε of the type
    slack = float(np.finfo(kind).eps) * 4
    for targets in (y, list(y), tuple(y)):
        assert cross_entropy_on_logits(_values(Z), targets).data == pytest.approx(expected, abs=slack)
        assert cross_entropy(_values(softmax(Z)), targets).data == pytest.approx(expected, abs=slack)
    if kind is not np.float16:  # of a list of floats nobody knows that they were float16
        assert cross_entropy_on_logits(_values(Z), y.tolist()).data == pytest.approx(expected, abs=slack)


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_what_a_softmax_or_smoothing_in_a_coarse_type_gives_is_accepted(kind):
    rng = np.random.default_rng(0)
    for n in (2, 3, 10, 100):
        logits = rng.normal(size=n).astype(kind)
        exponentials = np.exp(logits - logits.max())
        smoothed = np.eye(n, dtype=kind)[n // 2] * kind(0.9) + kind(0.1 / n)
        for y in (exponentials / exponentials.sum(dtype=kind), smoothed):
            assert math.isfinite(cross_entropy_on_logits(_values(rng.normal(size=n)), y).data)


@pytest.mark.parametrize(
    ("targets", "sum_shown"),
    [
        ([0.1, 0.2, 0.70001], r"1\.00001 \(1 \+ 1e-05\)"),
        ([0.1, 0.2, 0.6999], r"0\.9999 \(1 − 0\.0001\)"),
        ([0.5, 0.6, 0.0], r"1\.1$"),
        (np.array([0.1, 0.2, 0.69], np.float32), r"0\.99$"),
        (np.array([0.1, 0.2, 0.69], np.float16), r"0\.989"),
        (np.array([0.1, 0.2, 0.70001], np.float32), r"1\.00001"),
    ],
)
def test_a_sum_that_is_off_by_more_is_refused_and_the_difference_is_seen(targets, sum_shown):
    with pytest.raises(ValueError, match=f"must add up to 1, not to {sum_shown}"):
        cross_entropy_on_logits(_values(Z), targets)


def test_outputs_that_are_off_show_by_how_much():
    with pytest.raises(ValueError, match=r"add up to 1, not to 1\.00002 \(1 \+ 2e-05\); use softmax"):
        cross_entropy(_values([0.3, 0.3, 0.40002]), 0)
    rounded = _values(np.array([0.1, 0.2, 0.7], np.float32))
    assert cross_entropy(rounded, 2).data == pytest.approx(-math.log(0.7), abs=1e-7)


def test_a_probability_may_be_beyond_1_by_its_rounding_and_no_more():
    above = np.nextafter(np.float32(1.0), np.float32(2.0))
    assert above > 1
    assert binary_cross_entropy(Value(0.75), above).data == pytest.approx(-math.log(0.75), abs=1e-6)
    assert math.isfinite(binary_cross_entropy(Value(0.75), 1.0000000000000002).data)
    for y in (1.0000001, -1e-9, np.float32(1.00001), np.float16(-0.01)):
        with pytest.raises(ValueError, match=r"must lie in 0 … 1"):
            binary_cross_entropy(Value(0.75), y)


@pytest.mark.parametrize("engine", ["scalar", "compiled"])
@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_training_and_tracing_take_them_too(kind, engine):
    X = np.array([[1.0, 2.0], [0.5, -1.0]], kind)
    Y = np.array([[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]], kind)
    model = MLP(2, [3], seed=0)
    history = fit(model, X, Y, loss=cross_entropy_on_logits, learning_rate=0.5, epochs=3, engine=engine)
    assert history.cost[-1] < history.cost[0]
    t = trace(model, X[0], Y[0], cross_entropy_on_logits)
    t.backward()
    z = [node.data for node in t.z[1]]
    np.testing.assert_allclose(t.delta(1), softmax(z) - Y[0].astype(np.float64), rtol=0, atol=1e-12)
