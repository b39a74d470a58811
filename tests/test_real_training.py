"""Trained on real data, a network of Values is as good as scikit-learn's on examples new to both."""

from __future__ import annotations

from dataclasses import replace

import pytest
from real_training import TASKS, run

# digits is smaller here, so that the scalar engine takes seconds; benchmarks/bench_training.py has it whole
IN_A_TEST = {
    "iris": replace(TASKS["iris"], epochs=50),
    "moons": replace(TASKS["moons"], epochs=40),
    "digits": replace(TASKS["digits"], hidden=(8,), epochs=4),
}
AT_LEAST = {
    "iris": 0.9,
    "moons": 0.9,
    "digits": 0.75,
}  # so that two useless networks do not count as agreeing


@pytest.mark.parametrize("name", IN_A_TEST)
def test_test_accuracy_is_within_one_point_of_scikit_learns(name):
    outcome = run(IN_A_TEST[name])
    assert abs(outcome.ours - outcome.theirs) <= 0.01
    assert outcome.ours >= AT_LEAST[name]


def test_without_a_kink_even_the_probabilities_are_scikit_learns():
    outcome = run(IN_A_TEST["iris"])  # tanh: no path is decided by a sign
    assert outcome.difference < 1e-5  # two Adams that differ by some 1e-8 a step, over 150 steps
