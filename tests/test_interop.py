"""Values among NumPy's numbers and arrays, and in `sum`."""

import math
import warnings

import numpy as np
import pytest
from edge_table import rows
from row_checks import defined

import minigrad
from minigrad import LeftGraphWarning, Value, jacobian, logaddexp, maximum, operation, sigmoid

SCALARS = [np.float64(2), np.float32(2), np.int64(2), np.uint8(2), np.array(2.0), np.longdouble(2)]


@pytest.mark.parametrize("scalar", SCALARS, ids=lambda scalar: type(scalar).__name__)
def test_numpy_scalars_stand_on_either_side(scalar):
    v = Value(4.0)
    for made, wanted in [
        (scalar * v, 8), (v * scalar, 8), (scalar + v, 6), (v + scalar, 6), (scalar - v, -2), (v - scalar, 2),
        (scalar / v, 0.5), (v / scalar, 2), (scalar**v, 16), (v**scalar, 16),
    ]:  # fmt: skip
        assert type(made) is Value
        assert made.data == wanted
        assert all(type(operand.data) is float for operand in made.operands)
    assert scalar < v
    assert v > scalar


def test_a_mask_is_a_number():
    v = Value(3.0)
    assert [(v * (v > 2)).data, (v * np.bool_(False)).data, (np.bool_(True) * v).data] == [3.0, 0.0, 3.0]


NAMES = [
    *("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan"),
    *("sinh", "cosh", "tanh", "arcsinh", "arctanh", "log2", "log10", "absolute", "negative"),
    *("floor", "ceil", "trunc", "rint"),
]


@pytest.mark.parametrize("name", NAMES)
def test_functions_of_numpy_take_arrays_of_values(name):
    function = getattr(np, name)
    numbers = np.array([[0.3, 0.45], [0.7, 0.9]])
    array = np.array([[Value(x) for x in row] for row in numbers])
    made = function(array)
    assert made.shape == (2, 2)
    np.testing.assert_allclose([[y.data for y in row] for row in made], function(numbers), rtol=1e-15)
    slope = np.diag(jacobian(made.ravel().tolist(), array.ravel().tolist()))
    difference = (function(numbers + 1e-6) - function(numbers - 1e-6)).ravel() / 2e-6
    np.testing.assert_allclose(slope, difference, rtol=1e-8)  # h² f‴ / 6 is below 1e-10


@pytest.mark.parametrize("name", ["arctan2", "hypot", "floor_divide", "remainder", "maximum", "power"])
def test_functions_of_two_arrays_take_arrays_of_values(name):
    function = getattr(np, name)
    left, right = np.array([1.3, 2.5]), np.array([0.7, 1.1])
    made = function(*[np.array([Value(x) for x in numbers]) for numbers in (left, right)])
    np.testing.assert_allclose([y.data for y in made], function(left, right), rtol=1e-15)
    for y, a, b in zip(made, left, right, strict=True):
        difference = [
            (function(a + e, b + f) - function(a - e, b - f)) / 2e-6 for e, f in ((1e-6, 0), (0, 1e-6))
        ]
        assert jacobian([y], y.operands or [y])[0] == pytest.approx(
            difference if y.operands else [1.0], rel=1e-8
        )


def test_rounding_clipping_and_the_area_cosine_of_an_array_of_values():
    array = np.array([Value(1.26), Value(2.5)])
    assert [v.data for v in np.round(array, 1)] == [1.3, 2.5]
    assert [v.data for v in np.round(array)] == [1.0, 2.0]
    assert np.clip(array, 0.0, 2.0)[0].data == 1.26
    assert np.clip(array, 0.0, 2.0)[1] == 2.0
    assert np.sign(-array).tolist() == [-1, -1]
    assert np.arccosh(array)[0].local_derivatives == pytest.approx([1 / math.sqrt(1.26**2 - 1)])
    assert [v.data for v in logaddexp(array, array)] == pytest.approx([1.26 + math.log(2), 2.5 + math.log(2)])


def test_matrix_products_of_values_have_the_gradients_of_matrices():
    generator = np.random.default_rng(0)
    numbers, x = generator.normal(size=(3, 4)), generator.normal(size=4)
    W = np.array([[Value(w) for w in row] for row in numbers])
    y = np.tanh(W @ x).sum()
    y.backward()
    delta = 1 - np.tanh(numbers @ x) ** 2
    assert y.data == pytest.approx(np.tanh(numbers @ x).sum(), rel=1e-15)
    np.testing.assert_allclose([[w.grad for w in row] for row in W], np.outer(delta, x), rtol=1e-14)


def test_arrays_on_either_side_apply_to_their_entries():
    v, array = Value(3.0), np.array([1.0, 5.0])
    for made in (v * array, array * v):
        assert [entry.data for entry in made] == [3.0, 15.0]
    assert [entry.data for entry in v - array] == [2.0, -2.0]
    assert [entry.data for entry in array - v] == [-2.0, 2.0]
    assert [entry.data for entry in v**array] == [3.0, 243.0]
    assert (v > array).tolist() == (array < v).tolist() == [True, False]
    assert [entry.data for entry in np.array([v, v]) * array] == [3.0, 15.0]


def test_comparisons_with_arrays_are_those_with_their_entries():
    v, singles = Value(0.1), np.array([0.1], np.float32)
    assert (v < singles).tolist() == (singles > v).tolist() == [v < singles[0]] == [True]
    assert (Value(1e300) < np.array([np.inf], np.float32)).tolist() == [True]
    with pytest.raises(TypeError, match="an operand cannot be complex"):
        assert v < np.array([3 + 2j])
    with pytest.raises(TypeError, match="convert the text with float"):
        assert v < np.array(["a"])


def test_an_array_without_axes_that_holds_a_value_is_that_value():
    v = Value(3.0)
    for made in (Value(1.0) + np.array(v), np.array(v) + Value(1.0), np.polyval([1.0, 1.0], v)):
        assert type(made) is Value
        assert made.data == 4.0
        made.backward()
    assert v.grad == 3.0


def test_sum_mean_prod_square_and_maximum_of_an_array_of_values():
    array = np.array([Value(1.0), Value(4.0)])
    found = [np.sum(array), np.mean(array), np.prod(array), np.square(array)[1], np.maximum(array, 2)[1]]
    assert [v.data for v in found] == [5.0, 2.5, 4.0, 16.0, 4.0]
    assert sum(array.tolist()).data == 5.0


def test_var_std_and_vdot_of_an_array_of_values_have_the_gradients_of_their_formulas():
    xs = [Value(1.0), Value(3.0), Value(5.0)]
    array = np.array(xs)
    deviations = np.array([-2.0, 0.0, 2.0])
    for made, value, gradient in [
        (np.var(array), 8 / 3, 2 * deviations / 3),
        (np.var(array, ddof=1), 4.0, deviations),
        (np.std(array), math.sqrt(8 / 3), deviations / 3 / math.sqrt(8 / 3)),
        (np.vdot(array, array), 35.0, [2.0, 6.0, 10.0]),
        (np.vdot([2.0, 0.0, 1.0], array), 7.0, [2.0, 0.0, 1.0]),
        (np.linalg.norm(array), math.sqrt(35.0), np.array([1.0, 3.0, 5.0]) / math.sqrt(35.0)),
    ]:
        assert made.data == pytest.approx(value, rel=1e-15)
        np.testing.assert_allclose(jacobian([made], xs), [gradient], rtol=1e-14)
    assert [y is x for y, x in zip(array.conj(), xs, strict=True)] == [True] * 3
    np.testing.assert_allclose(
        [y.data for y in np.var(np.array([xs, xs]).T, axis=0)], [8 / 3, 8 / 3], rtol=1e-15
    )


def into_an_array(p):
    buffer = np.zeros(3)
    for i in range(3):
        buffer[i] = p * p * i


LEAVING = {
    "math.exp": math.exp,
    "math.exp of a result": lambda p: math.exp(p * p),
    "an array of floats": into_an_array,
    "np.interp": lambda p: np.interp(p, [0.0, 2.0], [0.0, 4.0]),
    "astype": lambda p: np.array([p, p]).astype(float),
    "np.array": lambda p: np.array([p, p], dtype=float),
    "float": float,
    "%": lambda p: "%.3f" % p,  # noqa: UP031  # as in many a script
    "a float of NumPy": np.float64,
    "math.hypot": lambda p: math.hypot(p, 1.0),
    "complex": complex,
}


@pytest.mark.parametrize("leaves", LEAVING.values(), ids=LEAVING.keys())
def test_a_value_that_becomes_a_float_warns_once_a_place_and_at_that_place(leaves):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            leaves(Value(1.5))  # the line of what is in C, or else of the function
    assert len(caught) == 1
    assert caught[0].category is LeftGraphWarning
    assert caught[0].filename == __file__
    for remedy in ("minigrad.exp", "np.zeros(3, dtype=object)", "v.data"):
        assert remedy in str(caught[0].message)


STAYING = {
    ".data": (lambda v: v.data, 1.5),
    "format": (lambda v: f"{v:.3f} {v}", "1.500 Value(1.5, grad none yet)"),
    "comparisons": (
        lambda v: (v > 1, [w.data for w in sorted([v + 1, v])], max(v, 2.0)),
        (True, [1.5, 2.5], 2.0),
    ),
    "a constant": (lambda v: float(minigrad.grad(v * 2, [v])[0]), 2.0),
    "an array of Values": (lambda v: [w.data for w in np.array([v, v * v]) * np.float64(2)], [3.0, 4.5]),
    "repr": (repr, "Value(1.5, grad none yet)"),
}


@pytest.mark.parametrize(("stays", "result"), STAYING.values(), ids=STAYING.keys())
def test_what_cuts_no_graph_does_not_warn(stays, result):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert stays(Value(1.5)) == result


def test_without_a_graph_a_float_is_free():
    with minigrad.no_grad():
        assert float(Value(1.5) * 2) == 3.0


def test_operations_take_arrays_of_values_and_record_one_node_an_entry():
    array = np.array([[Value(-1.0), Value(2.0)]])
    for row in rows():
        if row.arity == 1 and defined(row, [-1.0]) and defined(row, [2.0]):
            made = row(array)
            assert made.shape == (1, 2)
            assert [entry.op for entry in made.ravel()] == [row, row]
            assert [entry.operands for entry in made.ravel()] == [(x,) for x in array.ravel()]
    assert maximum(array, 0.5)[0, 0].data == 0.5


def test_operations_take_arrays_of_numbers_and_give_arrays():
    made = sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    assert made.tolist() == [0.0, 0.5, 1.0]


def test_an_operation_of_ones_own_is_not_taken_for_numpys_namesake():
    @operation(value=lambda x: math.sin(x) / x)
    def sinc(y, x):
        return ((math.cos(x) - y) / x,)

    assert sinc(np.array([0.5]))[0] == sinc(0.5) == math.sin(0.5) / 0.5


def test_a_value_of_ones_own_that_is_no_real_number_is_refused():
    @operation(value=lambda x: x**0.5)
    def root(y, x):
        return (0.5 / y,)

    with pytest.raises(TypeError, match="root: an operand cannot be complex"):
        root(Value(-4.0))


def test_a_complex_number_of_numpys_widest_kind_is_refused():
    with pytest.raises(TypeError, match="multiply: an operand cannot be"):
        Value(2.0) * np.clongdouble(1j)  # whose item() is of that kind again


def test_a_label_is_a_text():
    with pytest.raises(TypeError, match="the label must be a text, not 5"):
        Value(2.0, label=5)
