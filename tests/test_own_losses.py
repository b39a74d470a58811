"""A loss of one's own is one row: it compiles, has the four equations, is compared and pickled as nn's."""

from __future__ import annotations

import inspect
import pickle
import re

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import nn.losses
from minigrad import Value, log, logsumexp, total
from nn import MLP, Loss, equations, fit, loss, mean_cost, squared_error, trace, trace_batch
from nn.delta.derivatives import softmax
from nn.training.compiled import is_compilable

N = 6


@loss(gradient=lambda a, y: np.sign(a - y))
def absolute_error(outputs, targets):
    """Σⱼ |aⱼ − yⱼ|"""
    return total([abs(a - y) for a, y in zip(outputs, targets)])


@loss(gradient=lambda a, y: np.tanh(a - y))
def log_cosh(outputs, targets):
    """Σⱼ log cosh (aⱼ − yⱼ)"""
    return total([log((a - y).cosh()) for a, y in zip(outputs, targets)])


@loss(gradient=lambda z, y: softmax(z) - y, targets="classes")
def own_cross_entropy(outputs, targets):
    """log Σⱼ e^zⱼ − Σⱼ yⱼ zⱼ"""
    return logsumexp(outputs) - total([z * y for z, y in zip(outputs, targets)])


# each with the same in HIPS autograd, of outputs (n,) and targets (n,)
OWN = {
    absolute_error: lambda a, y: anp.sum(anp.abs(a - y)),
    log_cosh: lambda a, y: anp.sum(anp.log(anp.cosh(a - y))),
    own_cross_entropy: lambda z, y: anp.log(anp.sum(anp.exp(z))) - anp.sum(y * z),
}


def _data(own, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, 4))
    if own.targets == "classes":
        labels = rng.integers(0, 3, size=N)
        return X, labels, np.eye(3)[labels]
    Y = rng.normal(size=(N, 3))
    return X, Y, Y


def _theirs(model, own, X, rows):
    """∂C/∂W and ∂C/∂b of each layer, by HIPS autograd."""

    def cost(parameters):
        total_cost = 0.0
        for x, y in zip(X, rows):
            a = x
            for l, (W, b) in enumerate(parameters):
                z = anp.dot(W, a) + b
                a = z if l == len(parameters) - 1 else anp.tanh(z)
            total_cost = total_cost + OWN[own](a, y)
        return total_cost / len(X)

    state = model.state_dict()
    return autograd.grad(cost)([(state[f"W{l}"], state[f"b{l}"]) for l in (1, 2)])


@pytest.mark.parametrize("own", OWN, ids=repr)
def test_its_value_and_gradient_are_autograds(own):
    a = np.array([0.3, -1.2, 2.0])
    _, wanted, rows = _data(own)
    nodes = [Value(number) for number in a]
    cost = own(nodes, wanted[0])
    cost.backward()
    assert cost.data == pytest.approx(OWN[own](a, rows[0]), rel=1e-12)
    theirs = autograd.grad(OWN[own])(a, rows[0])
    np.testing.assert_allclose(own.gradient(a, rows[0]), theirs, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose([node.grad for node in nodes], theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("engine", ["compiled", "scalar"])
@pytest.mark.parametrize("own", OWN, ids=repr)
def test_a_step_of_fit_is_against_autograds_gradient(own, engine):
    model = MLP(4, [5, 3], "tanh", seed=1)
    X, wanted, rows = _data(own)
    assert is_compilable(model, own)
    before, theirs = model.state_dict(), _theirs(model, own, X, rows)
    fit(model, X, wanted, loss=own, learning_rate=0.1, epochs=1, engine=engine)
    for l, (dW, db) in enumerate(theirs, start=1):
        np.testing.assert_allclose(model.state_dict()[f"W{l}"], before[f"W{l}"] - 0.1 * dW, atol=1e-12)
        np.testing.assert_allclose(model.state_dict()[f"b{l}"], before[f"b{l}"] - 0.1 * db, atol=1e-12)


@pytest.mark.parametrize("own", OWN, ids=repr)
def test_the_four_equations_hold_for_it_and_start_at_its_gradient(own):
    model = MLP(4, [5, 3], "tanh", seed=1)
    X, wanted, rows = _data(own)
    one, batch = trace(model, X[0], wanted[0], own), trace_batch(model, X, wanted, own)
    for t in (one, batch):
        t.backward()
        assert equations.report(t).largest < 1e-12
    theirs = autograd.grad(OWN[own])(one.activations(2), rows[0])
    np.testing.assert_allclose(one.cost_gradient(), theirs, rtol=1e-12, atol=1e-12)


def test_a_wrong_gradient_in_a_row_is_found_in_the_first_equation():
    wrong = loss(gradient=lambda a, y: np.tanh(y - a))(log_cosh.value)
    t = trace(MLP(4, [5, 3], "tanh", seed=1), [1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 2.0], wrong)
    t.backward()
    assert equations.report(t).largest > 0.1


@pytest.mark.parametrize("own", OWN, ids=repr)
def test_a_backward_pass_of_ones_own_is_compared_under_it(own):
    X, wanted, rows = _data(own)
    t = trace(MLP(4, [5, 3], "tanh", seed=1), X[0], wanted[0], own)
    delta = autograd.grad(OWN[own])(t.activations(2), rows[0])
    assert equations.compare(t, {"delta2": delta}).right
    assert equations.compare(t, {"delta2": -delta}).kinds == ["sign"]


def test_a_row_is_pickled_by_name_and_has_its_functions_name_docstring_and_signature():
    for row in (absolute_error, squared_error):
        assert isinstance(row, Loss)
        assert pickle.loads(pickle.dumps(row)) is row
        assert list(inspect.signature(row).parameters) == ["outputs", "targets"]
    assert absolute_error.__name__ == "absolute_error"
    assert absolute_error.__doc__ == "Σⱼ |aⱼ − yⱼ|"


def test_targets_that_do_not_fit_a_row_of_ones_own_are_told_with_the_example():
    model = MLP(1, [2], seed=0)
    with pytest.raises(ValueError, match=r"fit: example 2: loss: 2 outputs need as many targets, not 1"):
        fit(model, [[1.0], [2.0]], [[1.0, 2.0], [1.0]], loss=absolute_error)
    with pytest.raises(ValueError, match=r"fit: example 1: loss: a label must be a whole number in 0 … 1"):
        fit(model, [[1.0]], [2], loss=own_cross_entropy)


def test_a_row_on_logits_is_not_given_probabilities():
    on_logits = loss(
        gradient=own_cross_entropy.gradient, targets="classes", on_probabilities=nn.cross_entropy
    )
    with pytest.raises(ValueError, match="own_cross_entropy takes logits, not a softmax's output"):
        fit(MLP(1, [2], output_activation="softmax"), [[1.0]], [0], loss=on_logits(own_cross_entropy.value))


def test_a_decorator_without_its_gradient_says_how_to_write_it():
    with pytest.raises(TypeError, match=r"write @loss\(gradient=…\)"):
        loss(lambda outputs, targets: outputs[0])(None)


def test_a_plain_function_of_one_output_is_a_loss_wherever_it_was_one():
    def hinge(output: Value, target: float) -> Value:
        return (1 - output * target).relu()

    model = MLP(2, [3, 1], "tanh", seed=0)
    X, y = [[0.5, -1.0], [1.0, 2.0]], [1.0, -1.0]
    by_hand = sum(max(0.0, 1 - model(x).data * target) for x, target in zip(X, y)) / 2
    assert not is_compilable(model, hinge)
    assert mean_cost(model, X, y, hinge).data == pytest.approx(by_hand)
    assert fit(model, X, y, loss=hinge, epochs=1).cost == [pytest.approx(by_hand)]
    t = trace(model, X[0], y[0], hinge)
    t.backward()
    assert equations.report(t).largest < 1e-12


def test_the_loss_of_the_contributing_guide_is_a_row_that_holds(root):
    guide = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = guide.split("## A loss")[1].split("\n## ")[0]
    (diff,) = re.findall(r"```diff\n(.*?)```", section, re.DOTALL)
    namespace = dict(vars(nn.losses))
    exec("\n".join(line[1:] for line in diff.splitlines()), namespace)
    t = trace(
        MLP(4, [5, 3], "tanh", seed=1), [1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 2.0], namespace["absolute_error"]
    )
    t.backward()
    assert equations.report(t).largest < 1e-12
    assert t.cost.data == pytest.approx(np.abs(t.activations(2) - [0.0, 1.0, 2.0]).sum())
