"""A thousand random graphs with shared parts, and Hessians, against mpmath at 50 digits and more.

And against PyTorch, where it is installed: 300 programs, or as many as `MINIGRAD_RANDOM_PROGRAMS` says.
"""

import math
import os
import random

import mpmath
import pytest
from random_graphs import JUMPING, ROWS, draw, is_near_kink, sums_of_absolute_paths

from minigrad import Value, grad, hessian, topological_order

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


def is_smooth(root):
    """Whether no step is at a kink, a tie or a border."""
    steps = [node for node in topological_order(root) if node.operands]
    return not any(is_near_kink(node.op, [x.data for x in node.operands], 1e-9) for node in steps)


def test_programs_at_kinks_agree_with_mpmath_in_value_and_wherever_they_are_smooth_in_gradient():
    generator = random.Random(2)
    values = gradients = 0
    for _ in range(300):
        program = draw(generator, step_count=8, kind="kinked")
        leaves = [Value(leaf) for leaf in program.leaves]
        y = program.run(leaves)
        y.backward()
        with mpmath.workdps(80):
            numbers = [mpmath.mpf(leaf) for leaf in program.leaves]
            value = program.exact(numbers)
            if mpmath.im(value):  # a border was passed by the last digits of a float
                continue
            exact = program.exact_gradient(numbers) if is_smooth(y) else None
        if abs(float(value) - y.data) > 1e-12 * max(abs(operand.data) for operand in y.operands):
            assert not is_smooth(y)  # a jump was passed by the last digits of a float
        else:
            values += 1
        if exact is not None:
            sums = sums_of_absolute_paths(y)
            gradients += 1
            for leaf, wanted in zip(leaves, exact, strict=True):
                assert leaf.grad == pytest.approx(float(wanted), rel=1e-9, abs=1e-11 * sums.get(leaf, 0.0))
    assert values >= 290
    assert gradients > 30


def test_hostile_programs_agree_with_mpmath_or_are_not_finite_or_raise():
    generator = random.Random(3)
    compared = 0
    for _ in range(400):
        program = draw(generator, step_count=6, kind="hostile")
        leaves = [Value(leaf) for leaf in program.leaves]
        try:
            y = program.run(leaves)
        except (ValueError, ZeroDivisionError, OverflowError):
            continue
        y.backward()
        assert [leaf.grad for leaf in leaves] == pytest.approx(
            [each.data for each in grad(y, leaves)], rel=1e-15, nan_ok=True
        )
        steps = topological_order(y)
        if not all(math.isfinite(node.data) and math.isfinite(node.grad) for node in steps):
            continue
        # What rounding of each node by a handful of ulps makes of the result.
        rounding = 1e-14 * sum(abs(node.grad * node.data) for node in steps)
        with mpmath.workdps(400):
            try:
                value = program.exact([mpmath.mpf(leaf) for leaf in program.leaves])
            except OverflowError:  # mpmath's erfc of huge numbers
                continue
            jumps = any(operation.name in JUMPING for operation, _ in program.steps)
            if rounding < 1e-6 * abs(y.data) and not jumps:
                compared += 1
                assert abs(float(value - mpmath.mpf(y.data))) <= rounding + 1e-300
    assert compared > 50  # in the others a step jumps, or rounding is as large as the result


def test_random_programs_differ_from_pytorch_only_for_stated_reasons():
    pytest.importorskip("torch")
    from random_torch import run

    verdicts = run(int(os.environ.get("MINIGRAD_RANDOM_PROGRAMS", "300")))
    unexplained = [words for each in verdicts.values() for words in each if "UNEXPLAINED" in words]
    assert not unexplained, unexplained[:3]
    assert verdicts["tame"]["agrees"] == sum(verdicts["tame"].values())


def test_every_row_of_the_table_takes_part_in_random_programs():
    generator = random.Random(4)
    drawn = {
        operation
        for kind in ("tame", "kinked", "hostile")
        for _ in range(200)
        for operation, _ in draw(generator, kind=kind).steps
    }
    assert drawn == set(ROWS)
