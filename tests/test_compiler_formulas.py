"""Formulas: what is printed computes what was built, and nothing is simplified that a float would notice."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad import Operation, rules
from minigrad.symbols.formulas import Formula, call, formula, symbol
from minigrad.symbols.local_derivatives import Unread, local_derivatives

NAMES = ("x", "y", "N", "A", "B")
ARRAYS = {"A": np.array([0.3, -1.7]), "B": np.array([2.5, 0.4])}
NUMBERS = {"x": 0.7, "y": -1.3, "N": 4.0}
VALUES = NUMBERS | ARRAYS
SYMBOLS = {name: symbol(name, shape=(2,) if name in ARRAYS else ()) for name in NAMES}

# The same expression in symbols and in numbers.
Pair = tuple[Formula, object]


def leaves() -> st.SearchStrategy[Pair]:
    numbers = st.sampled_from([-2.0, -1.0, 0.5, 1.0, 2.0, 3.0])
    return st.one_of(
        st.sampled_from(NAMES).map(lambda name: (SYMBOLS[name], VALUES[name])),
        numbers.map(lambda number: (formula(number), number)),
    )


def extended(pairs: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    def both(operation: object) -> st.SearchStrategy[Pair]:
        return st.tuples(pairs, pairs).map(
            lambda ab: (operation(ab[0][0], ab[1][0]), operation(ab[0][1], ab[1][1]))  # type: ignore[operator]
        )

    def one(operation: object) -> st.SearchStrategy[Pair]:
        return pairs.map(lambda a: (operation(a[0]), operation(a[1])))  # type: ignore[operator]

    return st.one_of(
        both(lambda a, b: a + b),
        both(lambda a, b: a - b),
        both(lambda a, b: a * b),
        both(lambda a, b: a / (1.0 + b * b)),
        one(lambda a: -a),
        one(lambda a: a**2.0),
        one(lambda a: 2.0 * a),
        one(lambda a: 1.0 / (1.0 + a * a)),
    )


@given(st.recursive(leaves(), extended, max_leaves=12))
@settings(max_examples=600, deadline=None)
def test_a_printed_formula_computes_what_was_built(pair: Pair) -> None:
    built, expected = pair
    found = eval(built.as_python(), dict(VALUES))
    # Simplifying changes the order of operations: a few last bits of the largest intermediate result.
    scale = 1.0 + float(np.max(np.abs(expected)))  # type: ignore[arg-type]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9 * scale)


@given(st.recursive(leaves(), extended, max_leaves=12))
@settings(max_examples=200, deadline=None)
def test_the_shape_of_a_formula_is_that_of_its_array(pair: Pair) -> None:
    built, expected = pair
    assert np.broadcast_shapes(built.shape, np.shape(expected)) == np.shape(expected)
    assert built.is_scalar or np.shape(expected) == (2,)


@pytest.mark.parametrize(
    ("built", "printed"),
    [
        (lambda x, A, B: x * 1 + 0, "x"),
        (lambda x, A, B: x * -1.0, "-x"),
        (lambda x, A, B: x**1.0, "x"),
        (lambda x, A, B: 0 - (0 - x), "x"),
        (lambda x, A, B: A - (-B), "A + B"),
        (lambda x, A, B: A + (-B), "A - B"),
        (lambda x, A, B: A * (1 / B), "A / B"),
        (lambda x, A, B: A * x, "x * A"),
        (lambda x, A, B: A * (2.0 * B), "2 * (A * B)"),
        (lambda x, A, B: x * A - x * B, "x * (A - B)"),
        (lambda x, A, B: (-1 / x) * (A - B), "(1 / x) * (B - A)"),
        (lambda x, A, B: (1 / x) * (2.0 * A), "(2 / x) * A"),
        (lambda x, A, B: A + A, "2 * A"),
        (lambda x, A, B: -((x / (x + 1)) * A), "-((x / (x + 1)) * A)"),
        (lambda x, A, B: -((2 / x) * A), "(-2 / x) * A"),
        (lambda x, A, B: (A + B) ** 2, "(A + B) ** 2"),
        (lambda x, A, B: (-A) ** 2, "(-A) ** 2"),
        (lambda x, A, B: A - (B - A), "A - (B - A)"),
        (lambda x, A, B: x / (A * B), "x / (A * B)"),
        (lambda x, A, B: A ** (-x), "A ** (-x)"),
        (lambda x, A, B: -(x / A), "-x / A"),
        (lambda x, A, B: -((x / (1 + x)) * A), "-((x / (1 + x)) * A)"),
        (lambda x, A, B: ((x / (1 + x)) * A) * (-B), "-((x / (1 + x)) * (B * A))"),
    ],
)
def test_what_is_simplified_and_where_parentheses_stand(built, printed: str) -> None:  # type: ignore[no-untyped-def]
    assert built(SYMBOLS["x"], SYMBOLS["A"], SYMBOLS["B"]).as_python() == printed


def test_zero_times_a_symbol_is_kept_as_infinity_would_make_it_nan() -> None:
    assert (0.0 * SYMBOLS["x"]).as_python() == "0 * x"
    assert (SYMBOLS["x"] / SYMBOLS["x"]).as_python() == "x / x"
    assert (SYMBOLS["x"] - SYMBOLS["x"]).as_python() == "x - x"


@pytest.mark.parametrize("number", [0.1, -0.0, 1e-300, 1e300, 123456.0, 1e16, math.pi, -2.5])
def test_printed_numbers_read_back_to_the_same_float(number: float) -> None:
    found = float(eval(formula(number).as_python()))
    assert found == number
    assert math.copysign(1.0, found) == math.copysign(1.0, number)


def test_a_symbol_is_neither_true_nor_equal_to_anything() -> None:
    x = symbol("x")
    for ask in (
        lambda: bool(x > 0),
        lambda: x == 0,
        lambda: x != x,
        lambda: x == symbol("y"),
        lambda: float(x),
    ):
        with pytest.raises(TypeError, match="formula: "):
            ask()


def test_comparisons_of_numbers_are_decided_at_once() -> None:
    assert rules.where(formula(2.0) > 0, 1.0, 0.0) == 1.0
    (slope, _) = local_derivatives(rules.power, symbol("y"), [symbol("x"), formula(2.0)])
    assert slope.as_python() == "2 * x"


# --- the rows of the table, read with symbols ------------------------------------------------------------

TABLE = [each for each in vars(rules).values() if isinstance(each, Operation) and each is not rules.constant]


def namespace() -> dict[str, object]:
    found: dict[str, object] = {each.name: each for each in TABLE}
    return found | {"where": rules.where, "inf": math.inf, "nan": math.nan}


@pytest.mark.parametrize("each", TABLE, ids=lambda each: each.name)
def test_a_row_read_with_symbols_and_printed_computes_its_local_derivatives(each: Operation) -> None:
    count = each.arity or 3
    for start in (0.2, 0.45, 1.6):
        numbers = [start + 0.1 * k for k in range(count)]
        try:
            y = each.value(*numbers)
        except ValueError:
            continue
        slopes = local_derivatives(each, symbol("y"), [symbol(f"x{k}") for k in range(count)])
        assert not any(isinstance(part.value, Unread) for slope in slopes for part in slope.walk())
        space = namespace() | {"y": y} | {f"x{k}": number for k, number in enumerate(numbers)}
        found = [eval(slope.as_python(), space) for slope in slopes]
        assert found == pytest.approx(list(each.local_derivatives(y, *numbers)), rel=1e-14, nan_ok=True)


@pytest.mark.parametrize(
    ("each", "derivative"),
    [
        (rules.sigmoid, "y*(1 - y)"),
        (rules.tanh, "1 - y**2"),
        (rules.exp, "y"),
        (rules.log, "1/x"),
        (rules.sin, "cos(x)"),
        (rules.atan, "1/(1 + x**2)"),
    ],
    ids=lambda each: each if isinstance(each, str) else each.name,
)
def test_sympy_reads_a_printed_row_as_the_derivative_it_is(each: Operation, derivative: str) -> None:
    (slope,) = local_derivatives(each, symbol("y"), [symbol("x")])
    assert sympy.simplify(sympy.sympify(slope.as_python()) - sympy.sympify(derivative)) == 0


def test_text_and_latex_say_products_of_arrays_apart() -> None:
    a, b, n = symbol("a", shape=(2, "N")), symbol("b", shape=(2, "N")), symbol("n")
    assert (a * b).as_text() == "a ⊙ b"
    assert (a * b).as_latex() == r"a \odot b"
    assert (n * symbol("m")).as_text() == "n · m"
    assert call(rules.sigmoid, a).as_latex() == r"\sigma\left(a\right)"
    assert (n / symbol("m")).as_latex() == r"\frac{n}{m}"
    assert rules.where(n > 0, a, -b).as_text() == "(a if n > 0 else −b)"


def test_mathml_has_parentheses_wherever_text_has_them_but_for_fractions() -> None:
    a, b = symbol("a"), symbol("b")
    for built in ((a * b) ** 2, (a + b) * a, a - (a - b), (a * (1 - b)) ** 3, rules.tanh(a * b) / (a + b)):
        inside = re.sub("<[^>]*>", "", built.as_mathml())
        assert inside.count("(") + ("mfrac" in built.as_mathml()) == built.as_text().count("(")


def test_a_formula_in_which_nothing_is_replaced_is_kept_with_its_shape() -> None:
    x, y, z = (symbol(name, shape=(2, "N")) for name in "xyz")
    rows = call(rules.logsumexp, x, shape=(1, "N"))
    whole = rows - y
    assert whole.replace(z, x) is whole
    assert whole.replace(y, z).first is rows
    assert str(whole.replace(x, z)) == "logsumexp(z) - y"
