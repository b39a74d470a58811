"""A thousand random graphs with shared parts, and Hessians, against mpmath at 50 digits and more."""

import random

import mpmath
import pytest
from random_graphs import draw, sums_of_absolute_paths

from minigrad import Value, hessian

WORST_CONDITION = 100.0


def condition(exact, program, leaves, paths):
    """How much a relative change of what is given, or of a summand, is magnified in each gradient.

    The larger of Σ|paths| / |∂y/∂x| (cancellation between paths), and the relative change of the gradient
    over the relative change of the leaves that caused it.
    """
    nudged = program.exact_gradient([leaf * (1 + mpmath.mpf(10) ** -12) for leaf in leaves])
    return [
        max(abs(float(path / g)), abs(float((n - g) / g)) * 1e12) if g else float("inf")
        for g, n, path in zip(exact, nudged, paths, strict=True)
    ]


def test_a_thousand_random_graphs_agree_with_mpmath_to_1e_12():
    generator = random.Random(0)
    compared = graphs = 0
    while graphs < 1200:
        program = draw(generator)
        leaves = [Value(leaf) for leaf in program.leaves]
        y = program.run(leaves)
        y.backward()
        with mpmath.workdps(80):
            numbers = [mpmath.mpf(leaf) for leaf in program.leaves]
            value, exact = program.exact(numbers), program.exact_gradient(numbers)
            sums = sums_of_absolute_paths(y)
            paths = [sums.get(leaf, 0.0) for leaf in leaves]
            conditions = condition(exact, program, numbers, paths)
        assert abs(float(value) - y.data) <= 1e-12 * sum(abs(operand.data) for operand in y.operands)
        graphs += 1
        for leaf, wanted, size, worst in zip(leaves, exact, paths, conditions, strict=True):
            if worst < WORST_CONDITION:
                compared += 1
                assert leaf.grad == pytest.approx(float(wanted), rel=1e-12, abs=0)
            elif not size:
                assert leaf.grad == 0.0 == float(wanted)
    assert (
        compared > 2000
    )  # of 3,600 gradients; in the others paths cancel, or the result hangs on a leaf steeply


def test_hessians_of_random_graphs_agree_with_mpmath_to_1e_10():
    generator = random.Random(1)
    for _ in range(100):
        program = draw(generator, leaf_count=2, step_count=6)
        leaves = [Value(leaf) for leaf in program.leaves]
        actual = hessian(program.run(leaves), leaves)
        with mpmath.workdps(90):
            wanted = program.exact_hessian([mpmath.mpf(leaf) for leaf in program.leaves])
        scale = max(1.0, *(abs(float(entry)) for row in wanted for entry in row))
        for i in range(2):
            assert actual[i][0] == pytest.approx(actual[0][i], rel=1e-10, abs=1e-10 * scale)
            for j in range(2):
                assert actual[i][j] == pytest.approx(float(wanted[i][j]), rel=1e-10, abs=1e-10 * scale)
