"""The demo of micrograd's users, run in a small setting and held against micrograd itself."""

import random

import micrograd.engine
import micrograd.nn
import pytest
from conftest import load_example

from nn import MLP


@pytest.fixture(scope="module")
def moons():
    return load_example("moons")


def test_it_learns_to_tell_the_moons_apart_and_draws_them(moons, capsys):
    cost, accuracy = moons.main(["--points", "40", "--steps", "30"])
    printed = capsys.readouterr().out
    assert "337 parameters" in printed
    assert accuracy >= 0.95
    assert cost < 0.1
    picture = printed.splitlines()[-15:]
    assert all(any(sign in line for line in picture) for sign in "Ox·")


def test_the_moons_are_half_circles_of_radius_1(moons):
    points, labels = moons.make_moons(50, 0.0, random.Random(0))
    for (x1, x2), label in zip(points, labels):
        middle = (1.0, 0.5) if label == 1 else (0.0, 0.0)
        assert (x1 - middle[0]) ** 2 + (x2 - middle[1]) ** 2 == pytest.approx(1.0)
        assert (x2 - middle[1]) * label <= 0
    assert sum(labels) == 0


def test_cost_and_gradients_are_those_of_micrograd(moons):
    points, labels = moons.make_moons(20, 0.1, random.Random(1))
    ours, theirs = MLP(2, [16, 16, 1], "relu", seed=1), micrograd.nn.MLP(2, [16, 16, 1])
    for here, there in zip(ours.parameters(), theirs.parameters()):
        there.data = here.data
    cost, accuracy = moons.cost_and_accuracy(ours, ours.parameters(), points, labels)
    expected, expected_accuracy = moons.cost_and_accuracy(theirs, theirs.parameters(), points, labels)
    assert isinstance(expected, micrograd.engine.Value)
    cost.backward()
    expected.backward()
    assert cost.data == pytest.approx(expected.data, rel=1e-12)
    assert accuracy == expected_accuracy
    for here, there in zip(ours.parameters(), theirs.parameters()):
        assert here.grad == pytest.approx(there.grad, rel=1e-10, abs=1e-14)  # sums in another order


def test_what_the_page_says_of_micrograd_is_so():
    x = micrograd.engine.Value(3.0)
    assert len((x * x)._prev) == 1  # a set: the second edge is lost in the picture
    assert (5 - x)._op == "+"
    assert (1 / x)._op == "*"

    y = (x * 2.0) * 3.0
    y.backward()
    assert x.grad == 6.0
    x.grad = 0
    y.backward()
    assert x.grad == 12.0  # the interior node still had the first pass's gradient

    with pytest.raises(AssertionError):
        x**x
    chain = x
    for _ in range(1500):
        chain = chain + 1.0
    with pytest.raises(RecursionError):
        chain.backward()
