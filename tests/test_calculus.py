"""Derivatives of derivatives, Jacobians, Hessians, and the check that goes down to the edge."""

import itertools
import math

import numpy as np
import pytest
import sympy
from scipy.optimize import rosen, rosen_der, rosen_hess

import minigrad
from minigrad import (
    LeftGraphWarning,
    Operation,
    Value,
    check_gradients,
    dot,
    exp,
    grad,
    hessian,
    jacobian,
    logsumexp,
    operation,
    sqrt,
    tanh,
)
from nn import MLP, squared_error


def rosenbrock(xs):
    return sum(100.0 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in itertools.pairwise(xs))


# --- grad, jacobian, hessian -----------------------------------------------------------------------------


def test_grad_leaves_every_gradient_as_it_was():
    x = Value(3.0)
    y = x * x
    y.backward()
    [gradient] = grad(y * y, [x])
    assert gradient.data == 108.0
    assert (x.grad, y.grad) == (6.0, 1.0)
    assert not Value(1.0).has_gradient


def test_grad_by_an_interior_node_by_the_root_and_by_a_stranger():
    x = Value(3.0)
    square = x * x
    y = square * 2
    assert [g.data for g in grad(y, [square, y, Value(5.0), x])] == [2.0, 1.0, 0.0, 12.0]
    assert [g.data for g in grad(x, [x])] == [1.0]


@pytest.mark.parametrize("create_graph", [False, True])
def test_grad_is_what_backward_finds(create_graph):
    model = MLP(3, [4, 4, 2], activation="tanh", seed=3)
    cost = squared_error(model([0.1, -0.2, 0.3]), [1.0, -1.0])
    cost.backward()
    found = grad(cost, model.parameters(), create_graph)
    assert [g.data for g in found] == pytest.approx(
        [p.grad for p in model.parameters()], rel=1e-14, abs=1e-16
    )


def test_hessian_of_the_rosenbrock_function_is_that_of_scipy():
    at = np.array([-1.2, 1.0, 0.7, 1.9, -0.4])
    xs = [Value(x) for x in at]
    y = rosenbrock(xs)
    assert y.data == pytest.approx(rosen(at), rel=1e-14)
    assert [g.data for g in grad(y, xs)] == pytest.approx(rosen_der(at), rel=1e-12)
    np.testing.assert_allclose(hessian(y, xs), rosen_hess(at), rtol=1e-12, atol=1e-10)


@pytest.mark.parametrize(
    "source",
    [
        "exp(a*b) * sin(b - a) + c**3",
        "log(a + b**2 + c**2) / (1 + exp(-c))",
        "sqrt(a*b*c) + tanh(a - b*c) * atan(c)",
        "a**b + b**c + c**a",
        "erf(a*b) * cosh(c/3) - sinh(a/2) * cos(b*c)",
        "asin(a/3) * acos(b/3) + tan(c/5)",
    ],
)
def test_hessians_are_those_of_sympy(source):
    at = {"a": 0.7, "b": 1.3, "c": 0.4}
    xs = [Value(x) for x in at.values()]
    y = eval(source, vars(minigrad) | dict(zip(at, xs, strict=True)))
    expression = sympy.sympify(source)
    wanted = sympy.hessian(expression, sympy.symbols("a b c")).evalf(50, subs=at)
    np.testing.assert_allclose(hessian(y, xs), np.array(wanted, dtype=float), rtol=1e-12, atol=1e-13)


def test_derivatives_of_any_order():
    x = Value(0.5)
    y = derivative = exp(2 * x)
    for order in range(1, 7):
        [derivative] = grad(derivative, [x], create_graph=True)
        assert derivative.data == pytest.approx(2.0**order * y.data, rel=1e-14)


def test_powers_lose_one_degree_at_a_time_also_at_zero_and_below():
    for at in (0.0, -2.0, 2.0):
        x = Value(at)
        derivative = x**3
        found = []
        for _ in range(4):
            [derivative] = grad(derivative, [x], create_graph=True)
            found.append(derivative.data)
        assert found == [3 * at**2, 6 * at, 6.0, 0.0]


@operation(lambda x: math.sin(x), symbol="sin by math")
def sine_by_math(y, x):
    return (math.cos(x),)


@operation(lambda x: 1 / x)
def reciprocal_by_truth(y, x):
    return (-1 / (x * x) if x else 0.0,)


def test_a_row_that_leaves_the_graph_has_no_second_derivative_and_says_so():
    """`math.cos` of a Value is a number: the Hessian would lack a term, in silence."""
    x = Value(0.3)
    y = sine_by_math(x) ** 2
    assert grad(y, [x])[0].data == pytest.approx(math.sin(0.6), rel=1e-14)
    with pytest.raises(TypeError, match=r"sine_by_math: .* write math\.exp as minigrad\.exp"):
        hessian(y, [x])
    with pytest.raises(TypeError, match=r"reciprocal_by_truth: .* neither true nor false"):
        hessian(reciprocal_by_truth(x), [x])
    with pytest.warns(LeftGraphWarning):
        assert float(x) == 0.3  # outside of a row


def test_an_unbounded_derivative_has_no_derivative():
    x = Value(0.0)
    assert grad(sqrt(x), [x])[0].data == math.inf
    with pytest.raises(ZeroDivisionError, match="divide"):
        grad(sqrt(x), [x], create_graph=True)


def test_a_gradient_can_be_part_of_a_cost():
    """A gradient penalty: d/dw (∂(w x²)/∂x)² = d/dw (2 w x)² = 8 w x²."""
    w, x = Value(3.0), Value(2.0)
    [slope] = grad(w * x * x, [x], create_graph=True)
    (slope * slope).backward()
    assert w.grad == 8 * 3.0 * 4.0


def test_jacobian_of_the_softmax_is_that_of_its_formula():
    xs = [Value(x) for x in (0.3, -1.2, 2.0)]
    normaliser = logsumexp(xs)
    probabilities = [exp(x - normaliser) for x in xs]
    p = np.array([probability.data for probability in probabilities])
    np.testing.assert_allclose(jacobian(probabilities, xs), np.diag(p) - np.outer(p, p), rtol=0, atol=1e-16)


# --- check_gradients -------------------------------------------------------------------------------------


def right(xs):
    return dot(xs, xs[::-1], 0.5) * tanh(xs[0])


def test_a_right_gradient_agrees():
    report = check_gradients(lambda *xs: right(xs), [0.3, -0.7, 1.1])
    assert report
    assert "DISAGREES" not in str(report)
    assert [comparison.what for comparison in report.gradients] == ["∂f/∂x1", "∂f/∂x2", "∂f/∂x3"]


@operation(lambda x: math.sin(x))
def bad_sine(y, x):
    return (1.001 - 0.5 * x * x,)


def test_the_first_wrong_edge_is_named_with_the_line_that_built_it():
    def f(x):
        a = x * x
        b = bad_sine(a)
        return b * a + bad_sine(b)

    line = f.__code__.co_firstlineno + 2
    report = check_gradients(f, [0.9])
    assert not report
    assert len(report.wrong_edges) == 2
    assert f"first wrong edge of 2: ∂bad_sine(0.81)/∂x1, built at {__file__}:{line}, = 0.67" in str(report)
    assert "∂f/∂x1 = " in str(report)


def test_a_node_recorded_before_the_check_is_checked_too():
    wrong = bad_sine(Value(0.9))
    report = check_gradients(lambda x: x * wrong, [3.0])
    assert "first wrong edge of 1: ∂bad_sine(0.9)/∂x1, built at a line outside f, = " in str(report)


def test_leaving_the_graph_is_told_from_a_wrong_edge():
    report = check_gradients(lambda x: x * x.data, [3.0])
    assert not report
    assert "every edge agrees: the function leaves the graph" in str(report)


@pytest.mark.parametrize("f", [abs, Value.relu, lambda x: abs(x) + 2 * x, lambda x: x**3, lambda x: x**1.5])
def test_any_subgradient_agrees_at_a_kink_and_zero_at_a_flat_point(f):
    assert check_gradients(f, [0.0])


@pytest.mark.parametrize(
    ("f", "x"),
    [(Value.log, 1e-7), (Value.sqrt, 1e-9), (Value.sqrt, 0.0), (Value.arcsin, 1.0), (lambda x: 1 / x, 1e-8),
     (Value.exp, -30.0), (Value.sinh, 20.0), (Value.tanh, 30.0), (lambda x: x**-3, -0.4)],
)  # fmt: skip
def test_gradients_near_the_border_of_a_domain_agree(f, x):
    assert check_gradients(f, [x])


def test_a_network_is_checked_in_place_and_left_as_it_was():
    model = MLP(3, [4, 1], activation="tanh", seed=3)
    before = [parameter.data for parameter in model.parameters()]
    report = check_gradients(lambda *_: squared_error(model([0.1, -0.2, 0.3]), 1.0), model.parameters())
    assert report
    assert len(report.gradients) == len(before)
    assert [parameter.data for parameter in model.parameters()] == before
    assert all(parameter.grad == 0 for parameter in model.parameters())


@pytest.mark.parametrize("base", [2.0, 0.5, 1.0, 7.5])
@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0, -1.0, 0.5])
def test_a_power_is_differentiated_twice_in_both_orders_at_every_exponent(base, exponent):
    x, y = Value(base), Value(exponent)
    sx, sy = sympy.symbols("x y", positive=True)
    point = {sx: sympy.Float(base, 40), sy: sympy.Float(exponent, 40)}
    wanted = [[float(sympy.diff(sx**sy, a, b).subs(point)) for a in (sx, sy)] for b in (sx, sy)]
    np.testing.assert_allclose(hessian(x**y, [x, y]), wanted, rtol=1e-13, atol=1e-14)


def test_a_plain_number_has_derivative_0_by_everything():
    x = Value(2.0, label="x")
    assert [g.data for g in grad(3.0, [x])] == [0.0]
    assert hessian(3.0, [x]) == [[0.0]]
    assert jacobian([2 * x, 3.0], [x]) == [[2.0], [0.0]]
    assert check_gradients(lambda x: 3.0, [1.0])
    with pytest.raises(TypeError, match="grad: an operand cannot be str"):
        grad("3", [x])
    with pytest.raises(TypeError, match="derivatives are by Values, not by float"):
        grad(x * x, [2.0])


@pytest.mark.parametrize("scale", [1e-6, 1.0, 100.0, 1e8])
@pytest.mark.parametrize("degree", [3, 5, 7])
def test_an_inflection_agrees(scale, degree):
    assert check_gradients(lambda x: scale * x**degree, [0.0])
    assert check_gradients(lambda x: 2 * x + scale * x**degree, [0.0])
    assert check_gradients(lambda x: scale * x.sin() - scale * x, [0.0])


@pytest.mark.parametrize("error", [1e-3, 1e-5])
def test_a_wrong_derivative_at_an_inflection_does_not_agree(error):
    wrong = Operation("wrong", lambda x: x**3 + x, lambda y, x: (3 * x * x + 1 + error,))
    assert not check_gradients(lambda x: wrong(x), [0.0])


@pytest.mark.parametrize("scale", [1.0, 1e-9, 1e-13, 1e-100])
@pytest.mark.parametrize("factor", [-1.0, 2.0, 1.01])
def test_a_wrong_derivative_is_found_however_small_the_function_is(scale, factor):
    wrong = Operation("wrong", math.sin, lambda y, x: (factor * math.cos(x),))
    assert not check_gradients(lambda x: wrong(x) * scale, [0.7])
    assert check_gradients(lambda x: minigrad.sin(x) * scale, [0.7])
    tiny = Operation("tiny", lambda x: scale * math.sin(x), lambda y, x: (factor * scale * math.cos(x),))
    assert not check_gradients(tiny, [0.7])


def test_a_graph_of_a_number_is_refused():
    for ask in (minigrad.topological_order, minigrad.backward_steps, lambda x: list(minigrad.edges(x))):
        with pytest.raises(TypeError, match="a graph is asked for of a Value, not of float"):
            ask(3.0)
