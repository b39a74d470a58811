"""Programs with a mistake in them, and exactly what they are told: the operation, the operand, the remedy."""

import numpy as np
import pytest

from minigrad import Value, detect_anomaly, dot, exp, log, operation, sqrt, total

x, p = Value(2.0, label="x"), Value(-0.3, label="p")
cube = operation(lambda x: x**3)(lambda y, x: 3 * x * x)  # no tuple

BAD_PROGRAMS = [
    (lambda: log(p), ValueError, "log(-0.3): the operand must be > 0 (value labelled 'p')"),
    (lambda: x / (x - 2), ZeroDivisionError, "divide(2, 0): the divisor must not be 0 (value labelled 'x')"),
    (
        lambda: p**0.5,
        ValueError,
        "power(-0.3, 0.5): a base < 0 needs an integer exponent, a base of 0 an exponent ≥ 0 "
        "(value labelled 'p')",
    ),
    (lambda: exp(x * 500), OverflowError, "exp(1000): the result is too large for a float"),
    (lambda: sqrt(-1.0), ValueError, "sqrt(-1): the operand must be ≥ 0"),
    (lambda: x + None, TypeError, "add: an operand cannot be NoneType None; use a real number or a Value"),
    (lambda: "3" * x, TypeError, "multiply: an operand cannot be str '3'; convert the text with float()"),
    (
        lambda: x * [1.0, 2.0],
        TypeError,
        "multiply: an operand cannot be list [1.0, 2.0]; apply it to the entries, one by one",
    ),
    (lambda: x - 1j, TypeError, "subtract: an operand cannot be complex 1j; use a real number or a Value"),
    (
        lambda: Value(np.array([1.0, 2.0])),
        TypeError,
        "Value: an operand cannot be ndarray array([1., 2.]); "
        "apply it to the entries of the array, one Value each",
    ),
    (lambda: Value(x), TypeError, "Value: the data cannot be a Value already; use it as it is, or its .data"),
    (lambda: Value(10**400), OverflowError, "Value: an operand is too large for a float"),
    (
        lambda: x > "1",
        TypeError,
        "comparison gt: an operand cannot be str '1'; convert the text with float()",
    ),
    (
        lambda: 1 if x else 0,
        TypeError,
        "Value: it is neither true nor false; compare it, as in v > 0 or v is not None",
    ),
    (lambda: exp(x, x), TypeError, "exp takes 1 operand(s), not 2"),
    (lambda: dot([x], [1.0, 2.0]), ValueError, "dot: 1 weights need as many inputs, not 2"),
    (lambda: total([]), ValueError, "total: there is nothing to add up; give at least one term"),
    (
        lambda: cube(x),
        TypeError,
        "<lambda>: its row must return a tuple of 1 local derivative(s), one for each operand, not 12.0",
    ),
]


@pytest.mark.parametrize(("program", "error", "message"), BAD_PROGRAMS, ids=lambda case: str(case)[:24])
def test_a_bad_program_is_told_what_is_wrong(program, error, message):
    with pytest.raises(error) as caught:
        program()
    assert str(caught.value) == message
    assert type(caught.value) is error


def test_a_program_that_makes_a_nan_is_told_the_line():
    with pytest.raises(ArithmeticError) as caught, detect_anomaly():
        (x * 1e308) * 10 - x  # 2e308 is more than a float holds
    assert str(caught.value).startswith(
        "value inf of multiply(x = 2, 1e+308), local derivatives 1e+308, 2, built at"
    )


def test_a_long_operand_is_shortened():
    with pytest.raises(TypeError, match=r"^add: an operand cannot be list \[0, 1.{30,40}…; apply"):
        x + list(range(1000))
