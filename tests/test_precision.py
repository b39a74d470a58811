"""Every row keeps its digits: value, local and second derivatives to 1e-12, at operands of every size.

Oracle: SymPy's derivatives by mpmath with 400 digits, so that nothing that a float can hold cancels in them.
No float formula can be asked for more than to be right for operands that differ by 1e-12 of themselves:
sin x has no digits left at x = 1e300, and x + y none near x = −y. So an error counts where it is larger than
1e-12 of the number, and than what a change of an operand by 1e-12 makes of it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import mpmath
import pytest
from edge_table import rows
from row_checks import defined, needed
from symbolic import derivatives, function_of

from minigrad import Value, gelu, grad, sigmoid, softplus, tanh
from minigrad.operations import Operation

DIGITS = 400
SMALL, LARGE = 1e-290, 1e290  # what lies outside may come of a product that under- or overflows

# Rows that are known to lose digits, and why.
LOST = {
    "sigmoid": "σ (1 − σ), as the documents write it, cancels where σ is near 1",
    "tanh": "1 − a², as the documents write it, cancels where |a| is near 1",
    "logsumexp": "e^(z − y), as programs write a softmax, has the rounding of a large y in the exponent",
}
# Beside what chance draws: where rows lose, or would lose, their digits.
CHOSEN = {"gelu": [(-10.0,), (-30.0,)], "logsumexp": [(1e6, 1e6 - 20.0)]}
LOST_TWICE = LOST | {
    "softplus": "its second derivative is σ′",
    "silu": "its second derivative contains σ′",
    "logaddexp": "its second derivative is σ′",
    "asin": "the derivative of (1 − x) (1 + x), of which two terms cancel, near 0",
    "acos": "the derivative of (1 − x) (1 + x), of which two terms cancel, near 0",
    "atanh": "the derivative of (1 − x) (1 + x), of which two terms cancel, near 0",
    "hypot": "1/y − x²/y³ cancels where x is nearly the whole length",
    "norm": "1/y − x²/y³ cancels where x is nearly the whole length",
}


def draw(generator: random.Random, decades: float) -> float:
    """A number of any size: ordinary, or near 1, or of up to so many decades."""
    side = generator.choice((-1.0, 1.0))
    return generator.choice(
        (
            generator.uniform(-40.0, 40.0),
            side * (1.0 + generator.choice((-1.0, 1.0)) * 10.0 ** generator.uniform(-14.0, -1.0)),
            side * 10.0 ** generator.uniform(-12.0, 12.0),
            side * 10.0 ** generator.uniform(-decades, decades),
        )
    )


def cases(row: Operation, count: int, decades: float) -> Iterator[tuple[float, ...]]:
    """Those chosen, and that many at which the row is defined; in some of them two are near each other."""
    yield from CHOSEN.get(row.name, [])
    generator = random.Random(row.name)
    while count:
        size = row.arity or generator.randint(2, 3)
        operands = [draw(generator, decades) for _ in range(size)]
        if size > 1 and generator.random() < 0.3:
            operands[1] = operands[0] + generator.choice((generator.uniform(-40.0, 40.0), operands[0] * 1e-9))
        if defined(row, operands) and SMALL < abs(row.value(*operands)) < LARGE:
            count -= 1
            yield tuple(operands)


Exact = Callable[..., Any]


def wanted(f: Exact, operands: Sequence[float]) -> tuple[Any, Any]:
    """The number, and how far off a float may be."""
    numbers = [mpmath.mpf(operand) for operand in operands]
    exact = mpmath.mpmathify(f(*numbers))
    allowed = abs(exact)
    for k, number in enumerate(numbers):
        nudged = number * (1 + mpmath.mpf("1e-12"))
        allowed += 1e12 * abs(mpmath.mpmathify(f(*numbers[:k], nudged, *numbers[k + 1 :])) - exact)
    return exact, 1e-12 * allowed


def is_right(actual: float, f: Exact, operands: Sequence[float]) -> bool:
    exact, allowed = wanted(f, operands)
    if exact.imag or not -LARGE < exact < LARGE:
        return True
    return math.isfinite(actual) and abs(actual - exact) <= allowed + SMALL


def functions(row: Operation, count: int) -> tuple[Exact, list[Exact], list[Exact]]:
    y, *slopes = derivatives(row.name, function_of(row), count)
    return y, slopes[:count], slopes[count:]


def wrong_first(row: Operation, count: int) -> list[Any]:
    """Operands at which the value or a local derivative is not right."""
    found = []
    for operands in cases(row, count, decades=150):
        value, first, _ = functions(row, len(operands))
        y = row(*operands)
        if not is_right(y, value, operands):
            found.append((operands, y))
        for k, slope in enumerate(row.local_derivatives(y, *operands)):
            if needed(row, operands, k) and not is_right(slope, first[k], operands):
                found.append((operands, k, slope))
    return found


def wrong_second(row: Operation, count: int) -> list[Any]:
    """Operands at which a derivative of a local derivative, read with Values, is not right."""
    found = []
    for operands in cases(row, count, decades=60):  # of which a row takes the fourth power
        _, _, second = functions(row, len(operands))
        xs = [Value(operand) for operand in operands]
        for i, first in enumerate(grad(row(*xs), xs, create_graph=True)):
            for j, slope in enumerate(grad(first, xs)):
                place = i * len(xs) + j
                asked = needed(row, operands, i) and needed(row, operands, j)
                if asked and not is_right(slope.data, second[place], operands):
                    found.append((operands, i, j, slope.data))
    return found


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_value_and_local_derivatives_keep_their_digits(row: Operation) -> None:
    with mpmath.workdps(DIGITS):
        found = wrong_first(row, 100 if row.arity == 1 else 60)
    assert bool(found) == (row.name in LOST), found[:5]  # a reason that no longer holds is wrong too


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_second_derivatives_keep_their_digits(row: Operation) -> None:
    with mpmath.workdps(DIGITS):
        found = wrong_second(row, 60 if row.arity == 1 else 25)
    assert bool(found) == (row.name in LOST_TWICE), found[:5]


def test_where_sigmoid_and_tanh_lose_digits_the_error_is_that_of_a_float_near_1() -> None:
    with mpmath.workdps(DIGITS):
        for row in (sigmoid, tanh):
            for operands in cases(row, 100, decades=3):
                _, (first,), _ = functions(row, 1)
                (slope,) = row.local_derivatives(row(*operands), *operands)
                assert abs(slope - wanted(first, operands)[0]) <= 2.3e-16


def test_the_logarithm_of_a_sigmoid_keeps_its_digits_as_softplus() -> None:
    x = Value(40.0)
    (-softplus(-x)).backward()
    assert x.grad == pytest.approx(4.248354255291589e-18, rel=1e-14)  # σ(−40), by mpmath


@pytest.mark.parametrize(
    ("x", "value", "slope"),  # x Φ(x) and Φ(x) + x φ(x), by mpmath
    [
        (-8.0, -4.976768459417427e-15, -3.979607261086796e-14),
        (-10.0, -7.619853024160526e-23, -7.618400096464814e-22),
        (-30.0, -1.472014178144456e-196, -4.416031690708495e-195),
    ],
)
def test_gelu_keeps_its_digits_far_below_0(x: float, value: float, slope: float) -> None:
    v = Value(x)
    y = gelu(v)
    y.backward()
    assert (y.data, v.grad) == (pytest.approx(value, rel=1e-12), pytest.approx(slope, rel=1e-12))
