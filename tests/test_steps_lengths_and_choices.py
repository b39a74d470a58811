"""Steps (round, //, %, …), lengths, angles, clip and where: as in Python, with the stated derivatives."""

import math
import random

import numpy as np
import pytest

import minigrad
from minigrad import Value, atan2, clip, floor, grad, hessian, hypot, log, norm, relu, sign, where


def gradients(y, *xs):
    return [g.data for g in grad(y, xs)]


def numbers(count=300, seed=0):
    """Pairs of all signs and sizes; some are whole, halves, or multiples of each other."""
    generator = random.Random(seed)
    for _ in range(count):
        a = generator.choice(
            (generator.uniform(-9, 9), generator.randint(-40, 40) / 2, generator.gauss(0, 1e9))
        )
        b = generator.choice((generator.uniform(-3, 3), float(generator.randint(1, 4)), -0.1, 1e-3))
        yield a, b


# --- steps -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [round, math.floor, math.ceil, math.trunc])
def test_a_rounded_value_is_pythons_whole_number_and_has_the_derivative_0(function):
    for a, _ in numbers():
        x = Value(a)
        y = function(x)
        assert (y.data, type(y)) == (function(a), Value)
        assert gradients(y, x) == [0.0]


def test_division_with_remainder_is_pythons_and_its_derivatives_are_1_and_minus_the_quotient():
    for a, b in numbers():
        x, d = Value(a), Value(b)
        quotient, rest = divmod(x, d)
        assert (quotient.data, rest.data) == divmod(a, b)
        assert ((x // d).data, (x % d).data) == (a // b, a % b)
        assert gradients(quotient, x, d) == [0.0, 0.0]
        assert gradients(rest, x, d) == [1.0, -(a // b)]
        assert [v.data for v in (a // d, a % d, *divmod(a, d))] == [a // b, a % b, *divmod(a, b)]
        assert [v.data for v in (x // b, x % b, *divmod(x, b))] == [a // b, a % b, *divmod(a, b)]


def test_a_remainder_stands_for_a_sawtooth_that_descends():
    x = Value(7.75)
    for _ in range(100):
        x.grad = 0.0
        cost = (x % 2.0 - 0.5) ** 2
        cost.backward()
        x = Value(x.data - 0.2 * x.grad)
    assert x.data == pytest.approx(6.5, rel=1e-12)


def test_division_by_0_names_the_operation():
    for divide in (lambda x: x // 0, lambda x: x % 0, lambda x: 1 % (x - x)):
        with pytest.raises(ZeroDivisionError, match=r"(floor_divide|remainder)\(.*the divisor must not be 0"):
            divide(Value(3.0))


def test_infinite_numbers_stay_what_they_are():
    for function in (floor, minigrad.ceil, minigrad.trunc, minigrad.rint, sign):
        assert math.isnan(function(math.nan))
        assert function(-math.inf) == (-1.0 if function is sign else -math.inf)
    assert [sign(x) for x in (-2.0, -0.0, 0.0, 1e-300)] == [-1.0, 0.0, 0.0, 1.0]


def test_a_value_is_rounded_to_whole_numbers_only():
    with pytest.raises(TypeError, match=r"to whole numbers only; for print, round\(v.data, 2\)"):
        round(Value(2.345), 2)


def test_int_and_item_give_the_number():
    v = Value(-2.75)
    assert (v.item(), type(v.item())) == (-2.75, float)
    with pytest.warns(minigrad.LeftGraphWarning):
        assert int(v) == -2


# --- lengths and angles ----------------------------------------------------------------------------------


def test_a_length_of_0_has_no_direction_and_the_derivative_0():
    for length in (lambda x, y: norm([x, y]), hypot, lambda x, y: norm([x])):
        x, y = Value(0.0), Value(0.0)
        root = length(x, y)
        assert (root.data, gradients(root, x, y)) == (0.0, [0.0, 0.0])
        assert hessian(root, [x, y]) == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize("size", [1e-300, 1e-3, 1.0, 1e300])
def test_a_length_has_the_unit_vector_as_its_derivatives_at_every_size(size):
    x = [Value(size * part) for part in (2.0, -3.0, 6.0)]
    y = norm(x)
    assert y.data == pytest.approx(7 * size, rel=1e-15)
    assert gradients(y, *x) == pytest.approx([2 / 7, -3 / 7, 6 / 7], rel=1e-15)
    a, b = Value(3 * size), Value(-4 * size)
    assert gradients(hypot(a, b), a, b) == pytest.approx([0.6, -0.8], rel=1e-15)
    angle = atan2(b, a)
    assert angle.data == pytest.approx(math.atan2(-4, 3), rel=1e-15)
    assert gradients(angle, b, a) == pytest.approx([3 / 25 / size, 4 / 25 / size], rel=1e-15)


def test_the_length_of_nothing_is_refused():
    with pytest.raises(ValueError, match="norm: there are no terms; give at least one"):
        norm([])


# --- choices ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "value", "slopes"),
    [
        (-2.0, -1.0, [0, 1, 0]),
        (-1.0, -1.0, [1, 0, 0]),
        (0.5, 0.5, [1, 0, 0]),
        (1.0, 1.0, [1, 0, 0]),
        (3.0, 1.0, [0, 0, 1]),
    ],
)
def test_clip_has_the_derivative_of_what_it_returns(x, value, slopes):
    operands = [Value(x), Value(-1.0), Value(1.0)]
    y = clip(*operands)
    assert (y.data, gradients(y, *operands)) == (value, slopes)


def test_bounds_in_the_wrong_order_give_the_upper_one_as_in_numpy_and_pytorch():
    operands = [Value(0.0), Value(1.0), Value(-1.0)]
    y = clip(*operands)
    assert y.data == float(np.clip(0.0, 1.0, -1.0)) == -1.0
    assert gradients(y, *operands) == [0, 0, 1]


@pytest.mark.parametrize(
    ("condition", "chosen"),
    [(True, 0), (False, 1), (np.bool_(True), 0), (-0.5, 0), (0.0, 1), (-0.0, 1), (math.nan, 0)],
)
def test_where_chooses_as_an_if_does_and_the_other_has_no_derivative(condition, chosen):
    x = [Value(2.0), Value(3.0)]
    for each in (condition, Value(float(condition))):
        y = where(each, *x)
        assert (y.data, gradients(y, *x)) == (x[chosen].data, [1.0 - chosen, float(chosen)])
    assert gradients(y, y.operands[0]) == [0.0]


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_a_program_follows_a_condition_that_is_a_value(count):
    x, m, w = Value(0.5, label="x"), Value(1.0, label="m"), Value(0.3, label="w")
    cost = where(m, w * x, 1.0) + where(relu(x - w), w * w, -w) + clip(w * x, -0.1, 0.2) + norm([w, x])
    program = minigrad.compile(cost, [x, m], [w])
    batch = np.stack([np.linspace(-1, 1, count), np.arange(count) % 2], axis=1)
    total_, slope = 0.0, 0.0
    for a, b in batch.tolist():
        mine = Value(0.3)
        y = where(b, mine * a, 1.0) + where(a > 0.3, mine * mine, -mine) + clip(mine * a, -0.1, 0.2)
        y = y + norm([mine, a])
        y.backward()
        total_ += y.data / count
        slope += mine.grad / count
    found, (gradient,) = program.gradient(batch)
    assert (found, gradient) == (pytest.approx(total_, rel=1e-12), pytest.approx(slope, rel=1e-12))


def test_logarithms_to_other_bases():
    x = Value(8.0)
    assert (minigrad.log2(x).data, minigrad.log10(Value(1000.0)).data) == (3.0, 3.0)
    assert gradients(minigrad.log2(x), x) == pytest.approx(gradients(log(x) / math.log(2.0), x), rel=1e-15)
