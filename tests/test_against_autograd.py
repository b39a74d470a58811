"""Every operation, and whole networks, against HIPS autograd, to 1e-12 relative."""

import itertools

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from autograd.scipy.special import erf, erfc, logsumexp
from edge_table import rows
from row_checks import POINTS, defined

from minigrad import Value, grad, hessian
from nn import MLP, squared_error

THEIRS = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negative": lambda x: -x,
    "power": lambda a, b: a**b,
    "asin": anp.arcsin,
    "acos": anp.arccos,
    "atan": anp.arctan,
    "asinh": anp.arcsinh,
    "acosh": anp.arccosh,
    "atanh": anp.arctanh,
    "atan2": anp.arctan2,
    "hypot": lambda a, b: anp.sqrt(a * a + b * b),
    "norm": lambda *terms: anp.sqrt(sum(term * term for term in terms)),
    "clip": lambda x, low, high: anp.minimum(anp.maximum(x, low), high),
    "select": lambda condition, yes, no: anp.where(condition != 0, yes, no),
    "floor_divide": lambda a, b: anp.floor(a / b),
    "erf": erf,
    "erfc": erfc,
    "sigmoid": lambda x: 1 / (1 + anp.exp(-x)),
    "softplus": lambda x: anp.logaddexp(x, 0.0),
    "relu": lambda x: anp.maximum(x, 0.0),
    "leaky_relu": lambda x, slope: anp.where(x > 0, x, slope * x),
    "elu": lambda x, scale: anp.where(x > 0, x, scale * anp.expm1(x)),
    "gelu": lambda x: x * (1 + erf(x / anp.sqrt(2.0))) / 2,
    "silu": lambda x: x / (1 + anp.exp(-x)),
    "total": lambda *terms: sum(terms),
    "dot": lambda a, b, c, d: a * c + b * d,
    "logsumexp": lambda *terms: logsumexp(anp.array(terms)),
}


@pytest.mark.filterwarnings("ignore:Output seems independent of input")  # that of a step is
@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_every_operation(row):
    theirs = THEIRS.get(row.name) or getattr(anp, row.name)
    count = row.arity or 4
    compared = 0
    for operands in itertools.islice(itertools.permutations(POINTS, count), 60):
        if defined(row, operands) and not (row.name == "power" and operands[0] < 0):
            compared += 1
            xs = [Value(operand) for operand in operands]
            y = row(*xs)
            y.backward()
            # Absolute as well, since 1 − y² and y (1 − y) round at the size of 1.
            assert y.data == pytest.approx(float(theirs(*operands)), rel=1e-12, abs=1e-15)
            wanted = autograd.grad(lambda at: theirs(*at))(anp.array(operands))
            assert [x.grad for x in xs] == pytest.approx(list(wanted), rel=1e-12, abs=1e-15)
    assert compared >= 2


def unpacked(flat, sizes):
    """W and b of every layer, from a vector in the order of `MLP.parameters()`: w₁, …, b of each neuron."""
    place = 0
    for n_in, n_out in itertools.pairwise(sizes):
        rows_ = anp.reshape(flat[place : place + n_out * (n_in + 1)], (n_out, n_in + 1))
        place += n_out * (n_in + 1)
        yield rows_[:, :-1], rows_[:, -1]


FUNCTIONS = {"sigmoid": THEIRS["sigmoid"], "tanh": anp.tanh, "relu": THEIRS["relu"]}


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


@pytest.mark.parametrize(
    "f", [lambda a: a + a, lambda a: a * a, lambda a: a - a, lambda a: a / a, lambda a: a**a]
)
def test_an_operand_used_twice_by_one_operation(f):
    a = Value(1.7)
    y = f(a)
    y.backward()
    assert a.grad == pytest.approx(autograd.grad(f)(1.7), rel=1e-12, abs=1e-15)
