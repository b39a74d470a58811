"""What is given in place of a model, a list of Values or a size gets an error that says what to give."""

import copy
import pickle

import numpy as np
import pytest

import minigrad
import nn
from minigrad import Value, check_gradients, dot, grad, hessian, jacobian
from nn import MLP, trace

x = Value(2.0, label="x")


def model():
    return MLP(2, [2, 1], "sigmoid", seed=0)


MODELS = {
    "trace": lambda given: trace(given, [1.0, 2.0]),
    "trace_batch": lambda given: nn.trace_batch(given, [[1.0, 2.0]], [1.0]),
    "predict": lambda given: nn.predict(given, [[1.0, 2.0]]),
    "fit": lambda given: nn.fit(given, [[1.0, 2.0]], [1.0]),
    "mean_cost": lambda given: nn.mean_cost(given, [[1.0, 2.0]], [1.0], nn.squared_error),
    "save": lambda given: nn.save(given, "never-written"),
}


@pytest.mark.parametrize("given", [3, "model", None, Value(1.0), [1.0]], ids=repr)
@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_asked_for_by_name(name, given):
    expected = f"^{name}: it takes a model, such as nn.MLP, not {type(given).__name__}"
    with pytest.raises(TypeError, match=expected):
        MODELS[name](given)


@pytest.mark.parametrize(
    "call",
    [
        lambda: grad(x * x, x),
        lambda: hessian(x * x, x),
        lambda: jacobian([x * x], x),
        lambda: check_gradients(lambda x: x * x, x),
        lambda: grad(x * x, 3.0),
    ],
)
def test_derivatives_are_by_a_list_of_values(call):
    with pytest.raises(TypeError, match=r"give a list of Values, as in \[x\], not (Value|float)"):
        call()


def test_a_jacobian_is_of_a_list():
    with pytest.raises(TypeError, match=r"jacobian: give a list of Values, as in \[x\], not Value"):
        jacobian(x * x, [x])


@pytest.mark.parametrize("call", [lambda: dot(3.0, [x]), lambda: dot([x], x), lambda: minigrad.total(x)])
def test_sums_are_of_lists(call):
    with pytest.raises(TypeError, match=r"^(dot|total): give a list of numbers or Values, not (float|Value)"):
        call()


@pytest.mark.parametrize("of", [int, np.int64, np.uint8])
def test_sizes_are_whole_numbers_of_any_kind(of):
    assert MLP(of(2), [of(3), of(1)]).sizes == (2, 3, 1)
    assert MLP(of(2), np.array([3, 1])).sizes == (2, 3, 1)
    assert type(MLP(of(2), np.array([3, 1])).sizes[1]) is int
    assert len(nn.Layer(of(2), of(3)).neurons) == 3
    assert len(nn.Neuron(of(2)).w) == 2


@pytest.mark.parametrize("size", [2.0, "2", None, True, [2], Value(2.0)], ids=repr)
def test_other_sizes_are_refused(size):
    for call in (
        lambda: MLP(size, [2]),
        lambda: MLP(2, [size]),
        lambda: nn.Layer(size, 2),
        lambda: nn.Layer(2, size),
        lambda: nn.Neuron(size),
    ):
        with pytest.raises(TypeError, match="whole number"):
            call()


def test_one_example_is_no_list_of_examples():
    with pytest.raises(
        ValueError, match=r"give examples of 2 numbers each; for one, predict\(model, \[x\]\)"
    ):
        nn.predict(model(), [1.0, 2.0])
    with pytest.raises(TypeError, match="predict: give examples"):
        nn.predict(model(), 3.0)


@pytest.mark.parametrize("given", ["ab", [1.0, None], [1.0, "2"], [1j, 1.0]], ids=repr)
def test_local_derivatives_are_numbers(given):
    y = x * x
    with pytest.raises(TypeError, match=r"^local_derivatives: an operand cannot be"):
        y.local_derivatives = given
    assert y.local_derivatives == (2.0, 2.0)


class Counted(Value):
    """A Value of a user's, with something of its own."""


class Slotted(Value):
    __slots__ = ("counts",)


@pytest.mark.parametrize("kind", [Counted, Slotted])
def test_copies_of_a_users_values_have_what_theirs_adds(kind):
    value = kind(2.0, label="v")
    value.counts = [1]
    cost = value * value
    for again in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert type(again) is kind
        assert (again.data, again.label, again.counts) == (2.0, "v", [1])
    assert copy.copy(value).counts is value.counts
    assert copy.deepcopy(value).counts is not value.counts
    for again in (copy.deepcopy(cost), pickle.loads(pickle.dumps(cost))):
        assert again.operands[0].counts == [1]
        assert again.operands[0] is again.operands[1]
