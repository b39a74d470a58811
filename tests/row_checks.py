"""What every row of the table must satisfy, written once, for any `Operation`.

A check raises AssertionError. They are applied to every row in the table (`test_rules.py`), and to rows that
were damaged on purpose (`test_mutations.py`).
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Iterator, Sequence

import mpmath
import numpy as np
import sympy
from symbolic import Symbol, bare, expected, function_of, symbols

from minigrad import Value, grad
from minigrad import compile as compile_graph
from minigrad.number import NOTHING
from minigrad.operations import Operation

# No two are equal and none is whole, so no row is asked at a kink or a tie; those are in the table of edges.
POINTS = (-2.3, -0.7, -0.3, 0.4, 0.8, 1.7, 3.1)
EDGES = (
    0.7,
    -0.7,
    0.0,
    -0.0,
    2.0,
    -2.0,
    -1e-150,
    1000.0,
    -1000.0,
    1e300,
    1e-300,
    math.inf,
    -math.inf,
    math.nan,
)


def ordinary_operands(operation: Operation) -> list[tuple[float, ...]]:
    """Operands inside the domain, away from kinks and jumps."""
    if operation.arity is None:
        candidates = [POINTS[start : start + count] for count in (2, 3, 4, 5) for start in (0, 2)]
    else:
        candidates = list(itertools.permutations(POINTS, operation.arity))
    inside = [operands for operands in candidates if defined(operation, operands)]
    return [operands for operands in inside if not jumps(operation, operands)]


def jumps(operation: Operation, operands: Sequence[float]) -> bool:
    """True where the value is another at a millionth to either side, as that of 0.8 // 0.4."""
    y = operation.value(*operands)
    nudged = [
        (*operands[:k], operands[k] * (1 + side), *operands[k + 1 :])
        for k in range(len(operands))
        for side in (-1e-6, 1e-6)
    ]
    return any(abs(operation.value(*near) - y) > 1e-2 * max(1.0, abs(y)) for near in nudged)


def edge_operands(operation: Operation) -> Iterator[tuple[float, ...]]:
    count = 2 if operation.arity is None else operation.arity
    for operands in itertools.product(EDGES, repeat=count):
        if defined(operation, operands):
            yield operands


def defined(operation: Operation, operands: Sequence[float]) -> bool:
    try:
        operation.value(*operands)
    except (ValueError, ZeroDivisionError, OverflowError):
        return False
    return True


def close(actual: float, wanted: float, relative: float, absolute: float = 0.0) -> bool:
    if math.isnan(wanted) or math.isnan(actual):
        return math.isnan(wanted) and math.isnan(actual)
    if math.isinf(wanted) or math.isinf(actual):
        return actual == wanted
    return abs(actual - wanted) <= relative * abs(wanted) + absolute


def needed(operation: Operation, operands: Sequence[float], k: int) -> bool:
    """Of a negative base no nearby power is real, so the derivative by the exponent is nan by decision."""
    return not (operation.name == "power" and k == 1 and operands[0] < 0)


# --- the checks ------------------------------------------------------------------------------------------


def value_is_that_of_sympy(operation: Operation) -> None:
    for operands in ordinary_operands(operation) if function_of(operation) else ():
        actual, wanted = operation(*operands), expected(operation, operands)[0]
        # A handful of roundings, each 1.1e-16 of an intermediate of order 1.
        assert close(actual, wanted, 1e-14, 1e-15), (operation, operands, actual, wanted)


def local_derivatives_are_those_of_sympy(operation: Operation) -> None:
    for operands in ordinary_operands(operation) if function_of(operation) else ():
        y = operation(*operands)
        actual = operation.local_derivatives(y, *operands)
        assert len(actual) == len(operands)
        wanted = expected(operation, operands)[1 : 1 + len(operands)]
        for k, (a, w) in enumerate(zip(actual, wanted, strict=True)):
            if needed(operation, operands, k):
                # Absolute as well: 1 − y² and y (1 − y) round at the size of 1, not at their own.
                assert close(a, w, 1e-13, 1e-15), (operation, operands, k, a, w)


def local_derivatives_are_central_differences(operation: Operation) -> None:
    for operands in ordinary_operands(operation):
        actual = operation.local_derivatives(operation(*operands), *operands)
        for k, derivative in enumerate(actual):
            if needed(operation, operands, k):
                difference = five_point_difference(operation, operands, k)
                # h = 1e-4: truncation h⁴ f⁽⁵⁾ / 30 is below 1e-11 and rounding ε f / h near 1e-11.
                assert close(derivative, difference, 1e-8, 1e-8), (operation, operands, k)


def five_point_difference(operation: Operation, operands: Sequence[float], k: int, h: float = 1e-4) -> float:
    def at(step: float) -> float:
        return operation.value(*operands[:k], operands[k] + step * h, *operands[k + 1 :])

    return (8.0 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12.0 * h)


def only_what_is_not_selected_has_the_derivative_nothing(operation: Operation) -> None:
    for operands in ordinary_operands(operation):
        for k, derivative in enumerate(operation.local_derivatives(operation(*operands), *operands)):
            assert (derivative is NOTHING) == is_idle(operation, operands, k), (operation, operands, k)


def is_idle(operation: Operation, operands: Sequence[float], k: int, h: float = 1e-3) -> bool:
    """Whether the result does not change with operand k, nor does so after a nudge of all operands."""
    for nudge in (-h, 0.0, h):
        nearby = [operand + nudge for operand in operands]
        moved = [[*nearby[:k], nearby[k] + step, *nearby[k + 1 :]] for step in (-h, 0.0, h)]
        if not all(defined(operation, each) for each in moved):
            return False
        if len({operation.value(*each) for each in moved}) > 1:
            return False
    return True


def arrays_are_read_as_a_loop_of_floats(operation: Operation) -> None:
    for cases in (ordinary_operands(operation), list(edge_operands(operation))):
        for count in {len(operands) for operands in cases}:
            of_this_count = [operands for operands in cases if len(operands) == count]
            columns = [np.array(column) for column in zip(*of_this_count, strict=True)]
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                y = operation(*columns)
                derivatives = operation.local_derivatives(y, *columns)
            for i, operands in enumerate(of_this_count):
                number = operation(*operands)
                # NumPy's functions and math's differ in the last bits: 3 ulp are 7e-16.
                assert close(float(y[i]), number, 1e-14, 1e-300), (operation, operands, y[i], number)
                row = operation.local_derivatives(number, *operands)
                for k, (column, wanted) in enumerate(zip(derivatives, row, strict=True)):
                    actual = float(np.broadcast_to(column, y.shape)[i])
                    assert close(actual, wanted, 1e-14, 1e-15), (operation, operands, k, actual, wanted)


def second_derivatives_are_those_of_sympy_or_differences(operation: Operation) -> None:
    known = function_of(operation) is not None
    patches = [(0.3, 0.0), (-0.7, 0.0), (2.0, 0.0), (2.0, 1.0), (1e-6, 0.0), (-1e-6, 0.0)]
    at_patches = patches if operation.name == "power" else []
    for operands in [*ordinary_operands(operation), *at_patches]:
        xs = [Value(operand) for operand in operands]
        y = operation(*xs)
        assert y.data == operation(*operands)
        count = len(xs)
        wanted = expected(operation, operands)[1 + count :] if known else slopes_of_row(operation, operands)
        tolerance = 1e-12 if known else 1e-6  # a central difference with h = 1e-4 leaves h² f⁗ / 6
        for i, first in enumerate(grad(y, xs, create_graph=True)):
            for j, second in enumerate(grad(first, xs)):
                if needed(operation, operands, i) and needed(operation, operands, j):
                    target = wanted[i * count + j]
                    what = (operation, operands, i, j, second, target)
                    assert close(second.data, target, tolerance, tolerance / 100), what


def slopes_of_row(operation: Operation, operands: Sequence[float], h: float = 1e-4) -> list[float]:
    """∂(∂y/∂xᵢ)/∂xⱼ from the row itself, read with floats: [(i, j) = (0, 0), (0, 1), …]."""

    def row(j: int, step: float) -> tuple[float, ...]:
        at = [*operands[:j], operands[j] + step, *operands[j + 1 :]]
        return operation.local_derivatives(operation.value(*at), *at)

    count = range(len(operands))
    return [(row(j, h)[i] - row(j, -h)[i]) / (2 * h) for i in count for j in count]


def symbols_are_read_as_floats_are(operation: Operation) -> None:
    cases = ordinary_operands(operation)
    for count in {len(operands) for operands in cases}:
        xs = symbols(count)
        y = sympy.Symbol("y", real=True)
        row = operation.local_derivatives(Symbol(y), *map(Symbol, xs))
        formulas = [sympy.lambdify([y, *xs], bare(derivative), "mpmath") for derivative in row]
        for operands in [operands for operands in cases if len(operands) == count][:12]:
            number = operation(*operands)
            for k, formula in enumerate(formulas):
                if needed(operation, operands, k):
                    actual = float(mpmath.mpmathify(formula(number, *operands)))
                    wanted = operation.local_derivatives(number, *operands)[k]
                    assert close(actual, wanted, 1e-12, 1e-14), (operation, operands, k, actual, wanted)


def programs_are_as_the_engine_is(operation: Operation) -> None:
    cases = ordinary_operands(operation)
    for count in {len(operands) for operands in cases}:
        of_this_count = [operands for operands in cases if len(operands) == count][:12]
        xs = [Value(operand, label=f"x{k}") for k, operand in enumerate(of_this_count[0], start=1)]
        ws = [Value(1.0, label=f"w{k}") for k in range(1, count + 1)]
        y = operation(*[w * x for w, x in zip(ws, xs, strict=True)])
        program = compile_graph(y, inputs=xs, parameters=ws)
        for operands in of_this_count:
            cost, gradient = program.gradient([list(operands)])
            number = operation(*operands)
            assert close(cost, number, 1e-13, 1e-15), (operation, operands, cost, number)
            row = operation.local_derivatives(number, *operands)
            for k, (actual, slope, x) in enumerate(zip(gradient, row, operands, strict=True)):
                assert close(float(actual), slope * x, 1e-12, 1e-14), (
                    operation,
                    operands,
                    k,
                    actual,
                    slope * x,
                )


CHECKS = (
    value_is_that_of_sympy,
    local_derivatives_are_those_of_sympy,
    local_derivatives_are_central_differences,
    only_what_is_not_selected_has_the_derivative_nothing,
    arrays_are_read_as_a_loop_of_floats,
    second_derivatives_are_those_of_sympy_or_differences,
    symbols_are_read_as_floats_are,
    programs_are_as_the_engine_is,
)
