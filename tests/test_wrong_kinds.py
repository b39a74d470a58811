"""What is given in place of a model, a list of Values or a size gets an error that says what to give."""

import copy
import math
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


class Tensor:
    """What PyTorch's tensors without axes are to us: they look as if they could be iterated over."""

    shape = ()

    def __init__(self, number, requires_grad=False):
        self.number, self.requires_grad = number, requires_grad

    def item(self):
        return self.number

    def __float__(self):
        return float(self.number)

    def __iter__(self):
        raise TypeError("iteration over a 0-d tensor")


@pytest.mark.parametrize("kind", [Tensor, np.array])
@pytest.mark.parametrize(
    "loss", [nn.cross_entropy_on_logits, nn.squared_error, nn.binary_cross_entropy_on_logits]
)
def test_a_target_may_be_an_array_without_axes(kind, loss):
    model = MLP(2, [3 if loss is nn.cross_entropy_on_logits else 1], seed=0)
    rows, plain = [[1.0, 2.0], [0.5, -1.0]], [1, 0]
    wrapped = [kind(y) for y in plain]
    assert (
        trace(model, rows[0], wrapped[0], loss).cost.data == trace(model, rows[0], plain[0], loss).cost.data
    )
    assert (
        nn.trace_batch(model, rows, wrapped, loss).cost.data
        == nn.trace_batch(model, rows, plain, loss).cost.data
    )
    costs = [
        nn.fit(copy.deepcopy(model), rows, y, loss=loss, epochs=2, seed=0).cost for y in (wrapped, plain)
    ]
    assert costs[0] == costs[1]


@pytest.mark.parametrize("targets", [5, np.array(5), Tensor(5)])
def test_one_target_is_no_list_of_targets(targets):
    with pytest.raises(TypeError, match=r"fit: give a list of targets, one an example, not "):
        nn.fit(model(), [[1.0, 2.0]], targets)


def test_a_label_is_no_row():
    with pytest.raises(
        ValueError, match=r"3 outputs need as many targets, or a label, which is no list or row"
    ):
        nn.fit(MLP(2, [3]), [[1.0, 2.0]], np.array([[2]]), loss=nn.cross_entropy_on_logits)


def test_a_tensor_that_requires_grad_warns_where_its_gradient_is_lost():
    with pytest.warns(minigrad.LeftGraphWarning, match=r"no gradient comes back to it") as caught:
        assert (Value(2.0) * Tensor(3.0, requires_grad=True)).data == 6.0
    assert caught[0].filename == __file__


def test_an_array_that_requires_grad_is_refused_by_name():
    class Parameter:
        def __array__(self, dtype=None, copy=None):
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")

    with pytest.raises(TypeError, match=r"^W: .* give tensor.detach\(\)"):
        model().layers[0].W = Parameter()
    with pytest.raises(TypeError, match=r"^fit: .* give tensor.detach\(\)"):
        nn.fit(model(), Parameter(), [1.0])


def test_a_gradient_that_was_put_away_is_zero():
    w = Value(3.0, label="w")
    w.grad = None  # as PyTorch does between passes
    (w * w).backward()
    assert w.grad == 6.0
    w.grad = None
    assert repr(w) == "Value(3, grad none yet, w)"
    with pytest.raises(
        TypeError, match=r"SGD: the gradient of Value.3, grad none yet, w. is None; call backward"
    ):
        nn.SGD(0.1).step([w])
    assert [step.after for step in minigrad.backward_steps(w * w)] == [3.0, 6.0]


@pytest.mark.parametrize("wrong", [np.ones(3), "x", [1.0], 1j], ids=repr)
def test_what_is_no_float_can_be_looked_at(wrong):
    w = Value(3.0, label="w")
    w.data = wrong
    assert repr(w).startswith(f"Value(no float: {type(wrong).__name__} ")


def test_a_loss_of_pytorch_is_answered_with_ours():
    loss = type("CrossEntropyLoss", (), {"__module__": "torch.nn.modules.loss", "__call__": len,
                                         "__repr__": lambda self: "CrossEntropyLoss()"})()  # fmt: skip
    with pytest.raises(TypeError, match=r"such as nn.cross_entropy_on_logits, not CrossEntropyLoss"):
        nn.fit(MLP(2, [3]), [[1.0, 2.0]], [0], loss=loss)


@minigrad.operation(value=lambda x: x / (1 + abs(x)), array_value=lambda xp, x: x / (1 + xp.abs(x)))
def soft_sign(y, x):
    return (1 / ((1 + abs(x)) * (1 + abs(x))),)


def test_an_operation_of_ones_own_is_trained_by_a_program():
    rows, targets = [[1.0, 2.0], [0.5, -1.0]], [1.0, 0.0]
    costs = {}
    for engine in ("compiled", "scalar"):
        network = MLP(2, [3, 1], soft_sign, seed=0)
        costs[engine] = nn.fit(network, rows, targets, epochs=5, engine=engine).cost
    assert costs["compiled"] == pytest.approx(costs["scalar"], rel=1e-12)
    assert nn.predict(network, rows)[0, 0] == pytest.approx(network(rows[0]).data, rel=1e-12)


def test_a_function_of_arrays_is_held_against_that_of_floats():
    wrong = minigrad.Operation(
        "wrong", math.tanh, lambda y, x: (1 - y * y,), array_value=lambda xp, x: xp.sinh(x)
    )
    with pytest.raises(ValueError, match=r"wrong\(0.5\): its array_value gives 0.521095, its value 0.462117"):
        wrong(np.array([0.0, 0.5]))
    x = Value(0.5, label="x")
    with pytest.raises(ValueError, match="they must agree"):
        minigrad.compile(wrong(x), [x], [])([[0.5]])
