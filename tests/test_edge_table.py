"""Values, derivatives and errors at zero, negative, huge, tiny, infinite and nan operands."""

import math

import edge_table
import pytest

from minigrad import Value, exp, relu, sigmoid, tanh


def test_the_table_in_the_documentation_is_what_the_engine_does():
    kept = (edge_table.HERE / "edge_table.md").read_text().splitlines()
    changed = [line for line in edge_table.document().splitlines() if line not in kept]
    assert not changed, "write it again: python tests/edge_table.py > tests/edge_table.md"
    assert edge_table.document().splitlines() == kept


def test_every_difference_from_pytorch_has_a_reason():
    found = list(edge_table.differences())
    assert len(found) > 50
    assert all(why for *_, why in found)


@pytest.mark.parametrize(
    "y",
    [
        lambda x: exp(x - 1000),
        lambda x: sigmoid(x + 1000),
        lambda x: sigmoid(x - 1000),
        lambda x: tanh(x + 1000),
        lambda x: tanh(x - 1000),
        lambda x: x**x,
        lambda x: x**0,
        relu,
    ],
)
def test_saturated_functions_and_zero_to_the_zero_are_finite(y):
    x = Value(0.0)
    result = y(x)
    result.backward()
    assert math.isfinite(result.data)
    assert math.isfinite(x.grad)


def test_relu_of_nan_is_nan():
    assert math.isnan(relu(Value(math.nan)).data)


@pytest.mark.parametrize("base", [-1e-300, -0.3, -2.0, -1e300])
@pytest.mark.parametrize("exponent", [0.5, -0.5, 1 / 3, 2.5])
def test_a_negative_base_with_a_fractional_exponent_is_an_error_and_never_complex(base, exponent):
    with pytest.raises(ValueError, match=r"power\(.*\): a base < 0 needs an integer exponent"):
        Value(base) ** exponent
    with pytest.raises(ValueError, match="a base < 0"):
        base ** Value(exponent)


def test_a_negative_base_with_an_integer_exponent_has_a_gradient_and_its_constant_exponent_none():
    x = Value(-2.0)
    y = x**3
    y.backward()
    assert (y.data, x.grad) == (-8.0, 12.0)
    assert math.isnan(y.operands[1].grad)


def test_an_unbounded_derivative_is_inf_where_the_value_exists():
    x = Value(0.0)
    x.sqrt().backward()
    assert x.grad == math.inf
