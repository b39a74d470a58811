"""What comes of backpropagation, as the documents have it: new features, and the same principle elsewhere."""

import math

import pytest

from minigrad import Value
from nn import MLP, fit, trace_batch


def test_a_hidden_neuron_has_become_a_feature(main_job):
    flowers = main_job.read_flowers()
    inputs, targets = [f.scores for f in flowers], [f.target for f in flowers]
    model = MLP(4, [2, 2, 1], "sigmoid", bias=[True, True, False], seed=0, initial="uniform")

    def separation() -> float:
        """How far apart a¹₁ is for the two species, in standard deviations."""
        a = trace_batch(model, inputs, targets).activations(1)[0]
        return abs(a[:50].mean() - a[50:].mean()) / math.hypot(a[:50].std(), a[50:].std())

    before = separation()
    fit(model, inputs, targets, learning_rate=0.5, epochs=150)
    assert separation() > 1.5 * before


def test_shared_weights_sum_what_each_place_sends_back():
    w, u = Value(0.8, label="w"), Value(0.5, label="u")
    series = [0.5, -1.0, 2.0, 0.3]
    h, steps = Value(0.0), []
    for x in series:  # a recurrent neuron, its two weights used at every step
        steps.append((w * x + u * h, x, h))
        h = steps[-1][0].tanh()
    (h - 0.2).backward()
    assert w.grad == pytest.approx(sum(z.grad * x for z, x, _ in steps), rel=1e-14)
    assert u.grad == pytest.approx(sum(z.grad * before.data for z, _, before in steps), rel=1e-14)
