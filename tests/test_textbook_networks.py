"""The exercises that everybody tries succeed, and where they cannot, training says so."""

import numpy as np
import pytest

from nn import MLP, History, fit, predict

XOR, WANTED = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


def _learned(hidden, seed, **settings):
    model = MLP(2, [hidden, 1], "sigmoid", output_activation="sigmoid", seed=seed)
    history = fit(model, XOR, WANTED, learning_rate=1.0, seed=seed, **settings)
    return np.array_equal(predict(model, XOR).ravel() > 0.5, np.array(WANTED) > 0.5), history


@pytest.mark.parametrize("seed", range(4))
def test_xor_is_learned_with_two_sigmoids_all_examples_at_once(seed):
    assert _learned(2, seed, epochs=1600)[0]


@pytest.mark.parametrize("batch_size", [None, 1])
@pytest.mark.parametrize("seed", range(10, 14))
def test_xor_is_learned_with_four_sigmoids(seed, batch_size):
    assert _learned(4, seed, epochs=1000 if batch_size is None else 400, batch_size=batch_size)[0]


def test_no_patience_is_taken_that_nobody_gave():
    learned, history = _learned(2, 0, epochs=100)
    assert not learned
    assert (history.epochs, history.stopped) == (100, "all 100 epochs done")
    assert "no progress" in _learned(2, 0, epochs=100, patience=30)[1].stopped


def test_where_the_cost_hardly_falls_the_history_says_what_may_help():
    history = _learned(2, 0, epochs=100)[1]
    assert "hardly fallen since epoch 51" in history.advice
    for remedy in ("without patience", "another seed", "larger learning rate", "more hidden neurons"):
        assert remedy in history.advice
    assert repr(history).endswith("it is flat, see .advice>")
    assert history.advice not in str(history)  # which stands below pictures


@pytest.mark.parametrize(
    "cost",
    [
        [],
        [1.0],
        [0.25] * 9,  # too few to say
        [0.9**n for n in range(100)],
        [1 / (1 + n) for n in range(100)],
        [-1.0 - 0.1 * n for n in range(100)],
        [1.0 + n for n in range(100)],  # it rises, which is another matter
    ],
)
def test_there_is_no_advice_where_the_cost_falls(cost):
    assert History(cost=cost).advice == ""


def test_costs_of_either_sign_can_stand_still():
    for level in (0.25, -0.25, 1e-12):
        assert "hardly fallen" in History(cost=[level] * 50).advice
    assert History(cost=[0.0] * 50).advice == ""
