"""A pass that is looked at is one pass: its gradients do not add to those of passes before."""

import io

import numpy as np
import pytest

import minigrad
from minigrad import Value, backward_steps
from nn import MLP, trace


@pytest.fixture
def t():
    result = trace(MLP(2, [2, 1], "tanh", seed=0), [1.0, -2.0], y=0.5)
    result.backward()
    return result


def _debug(root, *commands):
    output = io.StringIO()
    minigrad.debug(root, commands, stdin=io.StringIO(), stdout=output)
    return output.getvalue()


def test_debugging_after_backward_leaves_the_gradients_of_one_pass_and_says_so(t):
    gradients = [p.grad for p in t.model.parameters()]
    told = _debug(t.cost, "continue")
    assert [p.grad for p in t.model.parameters()] == gradients
    assert told.startswith("Leaves have gradients of earlier passes; this one starts at 0 and replaces them.")
    again = _debug(t.cost, "step 3", "quit")
    assert [p.grad for p in t.model.parameters()] == gradients
    assert "earlier passes" in again


def test_a_first_pass_says_nothing_of_earlier_ones():
    x = Value(3.0, label="x")
    assert "earlier" not in _debug(x * 2.0, "quit")  # nor is a number in an expression a leaf of anyone's
    assert x.grad == 2.0


def test_the_debugger_shows_the_numbers_of_a_first_pass(t):
    fresh = trace(t.model, [1.0, -2.0], y=0.5)
    t.model.zero_grad()
    first = _debug(fresh.cost, "step 20", "print w1_11.grad", "list", "quit")
    after = _debug(fresh.cost, "step 20", "print w1_11.grad", "list", "quit")
    assert after.split("\n", 1)[1] == first


def test_debugger_and_page_take_the_same_steps(t):
    taken = [step.after for step in backward_steps(t.cost, from_zero=True)]
    fresh = trace(t.model, [1.0, -2.0], y=0.5)
    t.model.zero_grad()
    np.testing.assert_array_equal(taken, [step.after for step in backward_steps(fresh.cost)])
