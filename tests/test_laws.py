"""Laws of differentiation, on generated numbers and graphs: linearity, product, chain, symmetry, order."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import draw, sums_of_absolute_paths

from minigrad import Value, check_gradients, edges, grad, hessian, sigmoid, tanh, topological_order, total

numbers = st.floats(-3.0, 3.0)
seeds = st.integers(0, 10**6)


def programs(seed, leaf_count=3):
    generator = random.Random(seed)
    program = draw(generator, leaf_count, step_count=8)
    return program, [Value(leaf) for leaf in program.leaves]


def scale_of(root, x):
    """Σ|paths|: gradients are sums of products along paths, and rounding is relative to the terms."""
    return sums_of_absolute_paths(root).get(x, 0.0) + 1e-300


@given(seeds, numbers, numbers)
@settings(max_examples=100, deadline=None)
def test_the_gradient_is_linear(seed, a, b):
    program, xs = programs(seed)
    f = program.run(xs)
    g = sigmoid(total(xs)) * xs[0]
    combined = a * f + b * g
    for x, whole, df, dg in zip(xs, grad(combined, xs), grad(f, xs), grad(g, xs), strict=True):
        wanted = a * df.data + b * dg.data
        assert abs(whole.data - wanted) <= 1e-13 * scale_of(combined, x)


@given(seeds)
@settings(max_examples=100, deadline=None)
def test_product_rule(seed):
    program, xs = programs(seed)
    f = program.run(xs)
    g = tanh(total(xs))
    product = f * g
    for x, whole, df, dg in zip(xs, grad(product, xs), grad(f, xs), grad(g, xs), strict=True):
        wanted = df.data * g.data + f.data * dg.data
        assert abs(whole.data - wanted) <= 1e-13 * scale_of(product, x)


@given(seeds)
@settings(max_examples=100, deadline=None)
def test_chain_rule(seed):
    program, xs = programs(seed)
    inner = program.run(xs)
    outer = sigmoid(inner) * inner
    cut = Value(inner.data)
    [slope] = grad(sigmoid(cut) * cut, [cut])
    for x, whole, through in zip(xs, grad(outer, xs), grad(inner, xs), strict=True):
        assert abs(whole.data - slope.data * through.data) <= 1e-13 * scale_of(outer, x)


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_the_hessian_is_symmetric(seed):
    program, xs = programs(seed)
    y = program.run(xs)
    matrix = hessian(y, xs)
    size = max(abs(entry) for row in matrix for entry in row)
    for i in range(3):
        for j in range(i):
            # Two different graphs for one number: the terms that they add can be larger than the sum.
            assert abs(matrix[i][j] - matrix[j][i]) <= 1e-11 * size + 1e-13


@given(seeds, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_construction_does_not_matter(seed, shuffler):
    """The same graph, recorded in another order, has the same gradients but for the rounding of sums."""
    program, xs = programs(seed)
    y = program.run(xs)
    again = [Value(leaf) for leaf in program.leaves]
    made = dict(enumerate(again))
    waiting = list(enumerate(program.steps, start=len(again)))
    while waiting:
        shuffler.shuffle(waiting)
        for place, (operation, operands) in waiting:
            if all(i in made for i in operands):
                made[place] = operation(*[made[i] for i in operands])
        waiting = [step for step in waiting if step[0] not in made]
    other = made[len(again) + len(program.steps) - 1]
    assert other.data == y.data
    for x, a, b in zip(xs, grad(y, xs), grad(other, again), strict=True):
        assert abs(a.data - b.data) <= 1e-14 * scale_of(y, x)


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_backward_grad_and_differences_agree(seed):
    program, xs = programs(seed)
    y = program.run(xs)
    y.backward()
    assert [x.grad for x in xs] == [slope.data for slope in grad(y, xs)]
    report = check_gradients(lambda *leaves: program.run(leaves), xs)
    assert not report.wrong_edges, str(report)


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_operands_come_before_results_and_every_edge_is_walked_once(seed):
    program, xs = programs(seed)
    order = topological_order(program.run(xs))
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert all(place[operand] < place[node] for node in order for operand in node.operands)
    assert len(list(edges(order[-1]))) == sum(len(node.operands) for node in order)


@given(st.floats(allow_nan=False))
def test_bounded_functions_are_finite_with_finite_derivatives_for_any_float(number):
    for function in (sigmoid, tanh, Value.arctan):
        y = function(Value(number))
        assert math.isfinite(y.data)
        assert math.isfinite(y.local_derivatives[0])


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_sums_and_products_are_those_of_floats(a, b):
    assert (Value(a) + b).data == a + b
    assert (a - Value(b)).data == a - b
    assert (Value(a) * Value(b)).data == pytest.approx(a * b, nan_ok=True, rel=0, abs=0)
