"""Recording, the backward pass, comparisons, text, and what an operand may be."""

import functools
import gc
import inspect
import math
import operator
import sys
import tracemalloc
from fractions import Fraction

import pytest

from minigrad import (
    Operation,
    Value,
    count_paths,
    dot,
    edges,
    logsumexp,
    operation,
    tanh,
    topological_order,
    total,
)
from minigrad import rules as table


def gradients(y, *xs):
    for x in xs:
        x.grad = 0.0
    y.backward()
    return [x.grad for x in xs]


# --- the backward pass -----------------------------------------------------------------------------------


def test_both_edges_of_a_node_to_the_same_operand_count():
    x = Value(3.0)
    assert gradients(x + x, x) == [2.0]
    assert gradients(x * x, x) == [6.0]
    assert gradients(x - x, x) == [0.0]
    assert gradients(x / x, x) == [0.0]
    assert gradients(x**x, x) == pytest.approx([27.0 * (math.log(3.0) + 1.0)], rel=1e-15)
    assert len(list(edges(x * x))) == 2


def test_shared_operand_accumulates_both_paths():
    x = Value(2.0)
    shared = x * x
    assert gradients(shared * 3 + shared, x) == [16.0]


def test_leaves_accumulate_over_passes_and_interior_nodes_start_afresh():
    x = Value(3.0)
    square = x * x
    y = square * 2
    y.backward()
    y.backward()
    assert x.grad == 2 * 12.0
    assert (y.grad, square.grad) == (1.0, 2.0)


def test_passes_from_two_roots_add_up_in_the_leaves_they_share():
    x = Value(3.0)
    square = x * x
    (square + 1).backward()
    (square * 10).backward()
    assert x.grad == 6.0 + 60.0


def test_backward_from_a_leaf_gives_one_and_accumulates():
    x = Value(3.0)
    x.backward()
    x.backward()
    assert x.grad == 2.0


def test_doubling_sixty_times_takes_sixty_steps():
    x = Value(1.0)
    y = x
    for _ in range(60):
        y = y + y
    assert len(topological_order(y)) == 61
    assert count_paths(y, x) == 2**60
    assert gradients(y, x) == [2.0**60]


def test_no_path_leads_from_a_stranger():
    x, stranger = Value(1.0), Value(2.0) * 3
    assert (count_paths(x + 1, stranger), count_paths(stranger, stranger)) == (0, 1)


def test_a_leaf_used_a_hundred_thousand_times_gets_every_contribution():
    x = Value(2.0)
    assert gradients(total([x] * 100_000), x) == [100_000.0]
    assert gradients(sum(x * 1 for _ in range(100_000)), x) == [100_000.0]


def test_operations_follow_the_order_of_the_source():
    a, b = Value(5.0), Value(2.0)
    assert (2 - a).operands[1] is a
    assert [operand.data for operand in (a - b).operands] == [5.0, 2.0]
    assert [str(node.op) for node in topological_order(a - b) if node.op] == ["−"]


# --- operators -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [2, 2.0, Fraction(2), True])
def test_numbers_of_python_stand_on_either_side(number):
    x, n = Value(4.0), float(number)
    for made, wanted in [
        (x + number, 4 + n),
        (number + x, 4 + n),
        (x - number, 4 - n),
        (number - x, n - 4),
        (x * number, 4 * n),
        (number * x, 4 * n),
        (x / number, 4 / n),
        (number / x, n / 4),
        (x**number, 4**n),
        (number**x, n**4),
    ]:
        assert isinstance(made, Value)
        assert made.data == wanted


def test_both_operands_of_a_power_have_a_gradient():
    base, exponent = Value(2.0), Value(3.0)
    assert gradients(base**exponent, base, exponent) == [12.0, 8.0 * math.log(2.0)]


def test_comparisons_compare_numbers_and_equality_is_identity():
    small, large = Value(1.0), Value(2.0)
    assert small < large
    assert small <= 1
    assert large <= 2
    assert large > 1.5
    assert small != Value(1.0)
    assert len({small, Value(1.0), small}) == 2
    assert max([small, large]) is large


def test_a_value_is_neither_true_nor_false():
    with pytest.raises(TypeError, match="neither true nor false; compare it, as in v > 0"):
        bool(Value(0.0))


def test_a_value_reads_as_a_number():
    v = Value(3.14159, label="p")
    assert v.data == 3.14159
    assert format(v, ".3f") == f"{v:.3f}" == "3.142"
    assert f"{v}" == repr(v) == "Value(3.14159, grad none yet, p)"
    assert +v is v
    assert abs(Value(-2.0)).data == 2.0


def test_repr_is_one_line_of_at_most_100_characters_and_tells_no_pass_from_gradient_zero():
    x = Value(-1.23456789e-300, label="a very long label, " * 20)
    y = (x * 0).log1p()
    assert "none yet" in repr(x)
    y.backward()
    assert "grad 0" in repr(x)
    for node in topological_order(y):
        assert len(repr(node)) <= 100
        assert "\n" not in repr(node)


@pytest.mark.parametrize("name", [
    *("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan"),
    *("sinh", "cosh", "tanh", "arcsinh", "arctanh", "log2", "log10", "rint", "erf"),
    *("sigmoid", "softplus", "relu", "gelu", "silu"),
])  # fmt: skip
def test_a_function_of_a_value_is_the_row_of_its_name(name):
    x = Value(0.5)
    row = getattr(table, name.replace("arc", "a"))
    method = getattr(Value, name)
    assert method.__name__ == name  # which is what an activation is called by
    assert (method(x).op, method(x).operands) == (row, (x,))


def test_a_value_is_shown_whatever_its_label_and_data_were_set_to():
    x = Value(1.0)
    x.label = None
    assert repr(x) == "Value(1, grad none yet)"
    x.data = Fraction(-1, 3)
    with pytest.raises(ValueError, match=r"log\(-0.333333\): the operand must be > 0"):
        x.log()


def test_sums_have_the_softmax_or_the_other_factor_as_local_derivatives():
    w, x = [Value(2.0), Value(-1.0)], [Value(3.0), Value(4.0)]
    b = Value(0.5)
    assert dot(w, x, b).local_derivatives == (3.0, 4.0, 2.0, -1.0, 1.0)
    assert dot(w, x).data == 2.0
    softmax = logsumexp([1000.0, Value(1000.0)]).local_derivatives
    assert softmax == pytest.approx((0.5, 0.5), rel=1e-12)  # 1000 + log 2 keeps 13 digits of log 2


# --- one row -------------------------------------------------------------------------------------------


def test_an_operation_of_ones_own_is_one_row():
    @operation(lambda x: x * x * x, symbol="cube")
    def cube(y, x):
        """y = x³"""
        return (3 * x * x,)

    x = Value(2.0)
    assert gradients(cube(x), x) == [12.0]
    assert cube(2.0) == 8.0
    assert str(cube) == "cube"
    assert cube.__doc__ == "y = x³"


def test_a_row_with_a_missing_derivative_is_refused_and_not_silently_zero():
    product = operation(lambda a, b: a * b)(lambda y, a, b: (b,))
    with pytest.raises(TypeError, match=r"must return a tuple of 2 local derivative\(s\)"):
        product(Value(1.0), Value(2.0))
    bare = operation(lambda a: 2 * a)(lambda y, a: 2.0)
    with pytest.raises(
        TypeError, match=r"must return a tuple of 1 local derivative\(s\), one for each .* 2.0"
    ):
        bare(Value(1.0))


class Cubes:
    def by_method(self, y, x):
        return (3 * x * x,)

    __call__ = by_method


@functools.wraps(Cubes().by_method)
def wrapped(*numbers):
    return Cubes().by_method(*numbers)


@pytest.mark.parametrize(
    "row",
    [
        Cubes().by_method,
        Cubes(),
        wrapped,
        functools.partial(lambda y, x, factor: (factor * x * x,), factor=3),
        functools.lru_cache(lambda y, x: (3 * x * x,)),
    ],
)
def test_a_row_is_any_callable(row):
    cube = Operation("cube", lambda x: x * x * x, row)
    x = Value(2.0)
    assert gradients(cube(x), x) == [12.0]
    with pytest.raises(TypeError, match=r"cube takes 1 operand\(s\), not 2"):
        cube(x, x)


def test_a_row_that_forgets_its_result_is_told_so():
    square = operation(lambda x: x * x)(lambda x: (2 * x,))
    with pytest.raises(TypeError, match="the first parameter of a row is the result y"):
        square(Value(3.0))


def test_the_decorator_without_its_value_says_how_it_is_written():
    @operation
    def square(y, x):
        return (2 * x,)

    with pytest.raises(TypeError, match=r"operation: write @operation\(value\)"):
        square(Value(3.0))


def test_functions_of_the_table_tell_their_names_and_operands():
    assert (table.leaky_relu.__name__, table.acos.__name__) == ("leaky_relu", "acos")
    assert str(inspect.signature(table.tanh)) == "(x)"
    assert inspect.signature(table.elu).parameters["scale"].default == 1.0
    assert list(inspect.signature(table.total).parameters) == ["terms"]


# --- freed -----------------------------------------------------------------------------------------------


def test_a_graph_goes_when_its_root_goes_without_the_garbage_collector():
    def graph():
        x = Value(0.5)
        y = x
        for _ in range(300):
            y = tanh(y * x + 1)
        y.backward()

    gc.collect()
    gc.disable()
    try:
        graph()
        tracemalloc.start()
        graph()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(100):
            graph()
        growth = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert gc.collect() == 0  # nothing was left in a cycle
    finally:
        gc.enable()
    assert growth < 150_000  # one graph is 270 kB; Python keeps some freed tuples and floats for later


def test_a_node_takes_at_most_250_bytes():
    tracemalloc.start()
    a, b = Value(1.0001), Value(0.9999)
    before = tracemalloc.get_traced_memory()[0]
    y = a
    for _ in range(2000):
        y = y * a + b
    y.backward()
    size = (tracemalloc.get_traced_memory()[0] - before) / 4000
    tracemalloc.stop()
    assert size <= 250


def test_a_node_has_no_dictionary():
    assert not hasattr(Value(1.0), "__dict__")
    x = Value(1.0)
    most = 128  # for which Python takes as much memory as for 120
    if sys.version_info >= (3, 12):
        most += 8  # weak references have 16 bytes before the object there, no longer 8 in it
    for y in (x * x, x.tanh()):  # operands and local derivatives lie in the node: it is all that is kept
        assert sys.getsizeof(y) <= most
        assert [type(kept) for kept in gc.get_referents(y) if gc.is_tracked(kept)].count(tuple) == 0


def test_every_row_is_documented_or_a_single_formula():
    for row in vars(table).values():
        if isinstance(row, table.Operation):
            assert row.__doc__ or row.local_derivatives.__name__ == "<lambda>"


@pytest.mark.parametrize(("written_out", "row"), [(operator.add, table.add), (operator.mul, table.multiply)])
def test_the_operators_that_are_written_out_record_what_their_rows_say(written_out, row):
    a, b = Value(3.0), Value(-0.7)
    for operands in ((a, b), (a, a), (b, Value(math.inf))):
        node, wanted = written_out(*operands), row(*operands)
        assert (node.op, node.operands, node.data) == (row, operands, wanted.data)
        x1, x2 = (operand.data for operand in operands)
        assert node.local_derivatives == wanted.local_derivatives == row.local_derivatives(node.data, x1, x2)


@pytest.mark.parametrize("combine", [lambda a, b, c: a * b + c, lambda a, b, c: total([a, b, c])])
def test_a_walk_back_comes_to_first_operands_first(combine):
    leaves = [Value(1.0), Value(2.0), Value(3.0)]
    backward = [node for node in reversed(topological_order(combine(*leaves))) if node in leaves]
    forward = [node for node in topological_order(combine(*leaves), as_recorded=True) if node in leaves]
    assert backward == forward == leaves
