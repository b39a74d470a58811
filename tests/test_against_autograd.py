"""Whole networks, and expressions with shared parts, against HIPS autograd, to 1e-12 relative."""

import itertools

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from minigrad import Value, grad, hessian
from nn import MLP, squared_error


def unpacked(flat, sizes):
    """W and b of every layer, from a vector in the order of `MLP.parameters()`: w₁, …, b of each neuron."""
    place = 0
    for n_in, n_out in itertools.pairwise(sizes):
        rows_ = anp.reshape(flat[place : place + n_out * (n_in + 1)], (n_out, n_in + 1))
        place += n_out * (n_in + 1)
        yield rows_[:, :-1], rows_[:, -1]


FUNCTIONS = {
    "sigmoid": lambda x: 1 / (1 + anp.exp(-x)),
    "tanh": anp.tanh,
    "relu": lambda x: anp.maximum(x, 0.0),
}


def network_cost(flat, sizes, activation, x, y):
    a = x
    layers = list(unpacked(flat, sizes))
    for l, (W, b) in enumerate(layers):
        z = W @ a + b
        a = FUNCTIONS[activation](z) if l < len(layers) - 1 else z
    return anp.sum((a - y) ** 2)


@pytest.mark.parametrize("elementary", [False, True])
@pytest.mark.parametrize("activation", FUNCTIONS)
@pytest.mark.parametrize("sizes", [(4, 2, 2, 1), (3, 5, 4), (2, 16, 16, 1), (1, 1, 1)])
def test_whole_networks(sizes, activation, elementary):
    model = MLP(sizes[0], sizes[1:], activation=activation, seed=7, elementary=elementary)
    generator = np.random.default_rng(7)
    x, y = generator.normal(size=sizes[0]), generator.normal(size=sizes[-1])
    cost = squared_error(model(x.tolist()), y.tolist())
    cost.backward()
    parameters = model.parameters()
    flat = np.array([parameter.data for parameter in parameters])
    assert cost.data == pytest.approx(network_cost(flat, sizes, activation, x, y), rel=1e-12)
    wanted = autograd.grad(network_cost)(flat, sizes, activation, x, y)
    # A gradient is a sum over paths: their rounding, 1e-14 of the largest, shows in a small one.
    np.testing.assert_allclose(
        [parameter.grad for parameter in parameters], wanted, rtol=1e-12, atol=1e-14 * abs(wanted).max()
    )


def test_the_hessian_of_a_network():
    sizes = (2, 3, 1)
    model = MLP(2, sizes[1:], activation="tanh", seed=5)
    x, y = [0.5, -0.3], [0.7]
    parameters = model.parameters()
    flat = np.array([parameter.data for parameter in parameters])
    wanted = autograd.hessian(network_cost)(flat, sizes, "tanh", np.array(x), np.array(y))
    actual = hessian(squared_error(model(x), y), parameters)
    np.testing.assert_allclose(actual, wanted, rtol=1e-12, atol=1e-14)


def shared(x, w):
    """The same expression for floats of autograd and for Values."""
    a = x * w
    b = a + a
    c = b * b + a * x
    return c * c + b / (1 + c * c) + x * x


def test_shared_subexpressions_repeated_operands_and_a_second_pass():
    x, w = Value(0.7), Value(-1.3)
    y = shared(x, w)
    wanted = [autograd.grad(shared, i)(0.7, -1.3) for i in (0, 1)]
    for passes in (1, 2, 3):
        y.backward()
        assert [x.grad, w.grad] == pytest.approx([passes * g for g in wanted], rel=1e-12)
    x.grad = w.grad = 0.0
    y.backward()
    assert [x.grad, w.grad] == pytest.approx(wanted, rel=1e-12)
    assert [g.data for g in grad(y, [x, w])] == pytest.approx(wanted, rel=1e-12)
