"""Programs as a user meets them: running, training, pickling, and what is said about a wrong input."""

from __future__ import annotations

import gc
import math
import os
import pickle
import subprocess
import sys
import traceback

import numpy as np
import pytest
from compiler_graphs import assert_agrees, examples, on_tape, random_graph

import minigrad
from minigrad import Value, operation
from minigrad.compiler import Program
from minigrad.compiler.held import FrozenWarning
from nn import MLP, squared_error


def network(hidden: int = 3) -> tuple[MLP, Program]:
    model = MLP(2, [hidden, 1], "tanh", seed=0)
    x, y = [Value(0.1, label="x1"), Value(0.2, label="x2")], Value(0.3, label="y")
    return model, minigrad.compile(squared_error(model(x), [y]), [*x, y], model.parameters())


BATCH = examples(5, 3, seed=0)


# --- running ---------------------------------------------------------------------------------------------


def test_a_gradient_is_the_callers_own() -> None:
    _, program = network()
    first = program.gradient(BATCH)[1]
    kept = first.copy()
    second = program.gradient(2.0 * BATCH)[1]
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, kept)


def test_gradient_touches_no_value() -> None:
    model, program = network()
    before = [(p.data, p.grad, p.has_gradient) for p in model.parameters()]
    program.gradient(BATCH)
    assert [(p.data, p.grad, p.has_gradient) for p in model.parameters()] == before


@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_collector_is_as_it_was_after_compiling(is_enabled: bool) -> None:
    was_enabled = gc.isenabled()
    try:
        (gc.enable if is_enabled else gc.disable)()
        network()
        assert gc.isenabled() == is_enabled
        with pytest.raises(TypeError, match="cost"):
            minigrad.compile(1.0, [])
        assert gc.isenabled() == is_enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()


def test_views_share_the_flat_vector() -> None:
    _, program = network()
    views = program.parameters.views()
    assert set(views) == {"W1", "b1", "W2", "b2"}
    views["W1"][...] = 0.0
    assert np.count_nonzero(program.parameters.vector) < len(program.parameters)
    assert sum(view.size for view in views.values()) == len(program.parameters)


def test_the_vector_has_the_order_of_the_values() -> None:
    _, program = network()
    assert program.parameters.vector.tolist() == [value.data for value in program.parameters]
    model = network()[0]
    layer = model.layers[0]
    views = program.parameters.views()
    assert views["W1"].tolist() == [[w.data for w in neuron.w] for neuron in layer.neurons]


def test_load_and_store_move_numbers_between_values_and_vector() -> None:
    model, program = network()
    program.parameters.vector[...] = np.arange(len(program.parameters))
    assert model.parameters()[0].data != 0.0
    program.store()
    assert sorted(p.data for p in model.parameters()) == list(range(len(program.parameters)))
    for parameter in model.parameters():
        parameter.data = 7.0
    program.load()
    assert set(program.parameters.vector.tolist()) == {7.0}


def test_backward_adds_to_the_gradients_as_the_engine_does() -> None:
    model, program = network()
    for parameter in model.parameters():
        parameter.grad = 1.0
    cost = program.backward(BATCH)
    expected, gradient = program.gradient(BATCH)
    assert cost == expected
    assert [value.grad for value in program.parameters] == (1.0 + gradient).tolist()
    assert all(value.has_gradient for value in program.parameters)


def test_backward_sees_values_that_were_changed() -> None:
    model, program = network()
    before = program.backward(BATCH)
    for parameter in model.parameters():
        parameter.data *= 0.5
    assert program.backward(BATCH) != before


def test_training_on_the_vector_lowers_the_cost() -> None:
    _, program = network()
    first, _ = program.gradient(BATCH)
    for _ in range(50):
        program.parameters.vector -= 0.1 * program.gradient(BATCH)[1]
    assert program(BATCH) < 0.5 * first


def test_costs_per_example_have_the_cost_as_their_mean() -> None:
    _, program = network()
    costs = program(BATCH, per_example=True)
    assert costs.shape == (5,)
    assert program(BATCH) == pytest.approx(costs.mean(), rel=1e-15)
    assert [program(BATCH[k : k + 1]) for k in range(5)] == pytest.approx(costs.tolist(), rel=1e-14)


def test_whole_numbers_and_lists_are_batches_too() -> None:
    w, x = Value(2.0), Value(3.0, label="x")
    program = minigrad.compile((w * x) ** -1, [x])
    for batch in ([[2]], np.array([[2]]), np.array([[True]]) * 2, [[2.0]]):
        assert program(batch) == 0.25


def test_columns_may_be_any_view() -> None:
    _, program = network()
    wide = np.zeros((10, 6))
    wide[::2, ::2] = BATCH
    assert program.gradient(wide[::2, ::2])[0] == pytest.approx(program.gradient(BATCH)[0], rel=1e-14)


# --- pickling, debugging ---------------------------------------------------------------------------------


@pytest.mark.parametrize("tape", [False, True])
def test_programs_pickle_with_their_numbers(tape: bool) -> None:
    graph = random_graph(seed=5, size=20)
    program = on_tape(graph) if tape else minigrad.compile(*graph)
    program.parameters.vector *= 0.5
    copy = pickle.loads(pickle.dumps(program))
    batch = examples(3, len(graph[1]), seed=5)
    assert copy.source == program.source
    np.testing.assert_array_equal(copy.gradient(batch)[1], program.gradient(batch)[1])
    copy.parameters.vector[...] = 0.0
    assert program.parameters.vector.any()
    program.parameters.vector[...] = 0.0
    np.testing.assert_array_equal(copy.gradient(batch)[1], program.gradient(batch)[1])


def test_a_program_of_a_deep_graph_pickles() -> None:
    w, x = Value(0.5), Value(0.1, label="x")
    state: Value = x
    for _ in range(5_000):
        state = w * state + x
    copy = pickle.loads(pickle.dumps(minigrad.compile(state, [x])))
    assert copy([[0.1]]) == pytest.approx(0.2, rel=1e-12)


def broken(x: float) -> float:
    return x


def test_a_traceback_shows_the_emitted_line() -> None:
    @operation(broken, array_value=lambda xp, x: xp.no_such_function(x))
    def fragile(y, x):  # type: ignore[no-untyped-def]
        return (1.0 + 0.0 * x,)

    w, x = Value(1.0), Value(0.1, label="x")
    program = minigrad.compile(fragile(w * x), [x])
    with pytest.raises(AttributeError) as caught:
        program.gradient([[1.0]])
    assert "fragile(Z1)" in "".join(traceback.format_tb(caught.value.__traceback__))


def test_importing_minigrad_loads_no_numpy() -> None:
    code = "import sys, minigrad, minigrad.symbols.formulas; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": "."}).returncode == 0


# --- operations of a user's own --------------------------------------------------------------------------


@operation(lambda x: x * x * x)
def cube(y, x):  # type: ignore[no-untyped-def]
    """y = x³, with nothing said about arrays."""
    return (3 * x * x,)


@operation(lambda x: x if x > 0 else 0.1 * x)
def bent(y, x):  # type: ignore[no-untyped-def]
    """A row with an `if`, which neither symbols nor arrays can ask."""
    return (1.0,) if x > 0 else (0.1,)


@operation(lambda x: math.sin(x) ** 2)
def wave(y, x):  # type: ignore[no-untyped-def]
    """A row with functions of `math`."""
    return (2 * math.sin(x) * math.cos(x),)


@operation(lambda x1, x2, x3: x1 * x2 + x3)
def mixed(y, x1, x2, x3):  # type: ignore[no-untyped-def]
    """Three operands."""
    return x2, x1, 1.0


@operation(lambda x: x - 1.0)
def sort(y, x):  # type: ignore[no-untyped-def]
    """The name of a NumPy function that does something else."""
    return (1.0,)


@operation(lambda *terms: max(terms))
def largest(y, *terms):  # type: ignore[no-untyped-def]
    """Any number of operands, of which all derivatives depend on all operands."""
    return tuple(1.0 if term == y else 0.0 for term in terms)


@pytest.mark.parametrize("tape", [False, True])
@pytest.mark.parametrize("own", [cube, bent, wave, mixed, sort, largest])
def test_an_operation_of_ones_own_compiles(own: minigrad.Operation, tape: bool) -> None:
    x = [Value(0.3, label="x1"), Value(-0.2, label="x2"), Value(0.7, label="x3")]
    w = [Value(0.5 + 0.1 * k) for k in range(9)]
    rows = [[w[3 * j + k] * x[k] for k in range(3)] for j in range(3)]
    results = [own(*row[: own.arity or 3]) for row in rows]
    graph = (minigrad.total(results) ** 2, x, w)
    program = on_tape(graph) if tape else minigrad.compile(*graph)
    for count in (1, 2, 9):
        assert_agrees(program, examples(count, 3, seed=count))


@operation(lambda x, c: -x * x * math.tanh(c) / (2.0 * math.exp(c)))
def well(y, x, c):  # type: ignore[no-untyped-def]
    """A derivative that is minus a quotient of scalars times an array."""
    return -(minigrad.tanh(c) / minigrad.exp(c) * x), 0.0


def test_a_minus_before_a_quotient_of_scalars_stays_there() -> None:
    w, x = Value(2.0), Value(0.5, label="x")
    assert_agrees(minigrad.compile(well(w * x, 3.0), [x]), examples(3, 1, seed=0))


def test_two_operations_of_one_name_stay_apart() -> None:
    @operation(lambda x: 2.0 * x)
    def cube(y, x):  # type: ignore[no-untyped-def]
        return (2.0 + 0.0 * x,)

    w, x = Value(2.0), Value(1.0, label="x")
    assert minigrad.compile(globals()["cube"](w * x) + cube(w * x), [x])([[1.0]]) == 12.0


# --- numbers outside a domain ----------------------------------------------------------------------------


@pytest.mark.parametrize("tape", [False, True])
def test_a_cost_that_is_not_finite_raises_the_engines_error_with_its_labels(tape: bool) -> None:
    w, x = Value(1.0), Value(0.5, label="x")
    z = w * x
    z.label = "z"
    graph = (minigrad.log(z), [x], [w])
    program = on_tape(graph) if tape else minigrad.compile(*graph)
    for run in (program, program.gradient):
        with pytest.raises(ValueError, match=r"log\(-3\): the operand must be > 0 \(value labelled 'z'\)"):
            run([[1.0], [-3.0], [-4.0]])


def test_a_replay_uses_the_numbers_of_the_program_and_changes_no_value() -> None:
    w, x = Value(1.0, label="w"), Value(0.5, label="x")
    program = minigrad.compile(minigrad.log(w * x), [x])
    program.parameters.vector[...] = -1.0
    with pytest.raises(ValueError, match=r"log\(-2\)"):
        program([[2.0]])
    assert w.data == 1.0


def test_infinite_inputs_are_no_error_of_an_operation() -> None:
    w, x = Value(1.0), Value(0.5, label="x")
    cost, gradient = minigrad.compile(w * x, [x]).gradient([[math.inf], [1.0]])
    assert cost == math.inf
    assert gradient.tolist() == [math.inf]


@pytest.mark.parametrize("tape", [False, True])
def test_intermediate_infinities_follow_ieee_arithmetic(tape: bool) -> None:
    w, x = Value(1.0), Value(0.5, label="x")
    graph = (1.0 / (1.0 + minigrad.exp(w * x)), [x], [w])
    program = on_tape(graph) if tape else minigrad.compile(*graph)
    assert program([[1000.0]]) == 0.0


def test_zero_times_infinity_is_nan_and_never_folded() -> None:
    w, x = Value(1.0), Value(0.5, label="x")
    program = minigrad.compile(0.0 * (w * x) + w, [x])
    assert math.isnan(program([[math.inf]]))


def test_sigmoid_is_right_far_out() -> None:
    w, x = Value(1.0), Value(0.5, label="x")
    program = minigrad.compile(minigrad.sigmoid(w * x), [x])
    for number in (-1e5, -745.0, -40.0, 0.0, 40.0, 1e5):
        assert program([[number]]) == pytest.approx(minigrad.sigmoid(number), rel=1e-14, abs=5e-324)


def test_no_derivative_is_taken_by_a_constant_exponent() -> None:
    w, x = Value(-2.0), Value(1.0, label="x")
    _, gradient = minigrad.compile((w * x) ** 3, [x]).gradient([[1.0]])
    assert gradient.tolist() == [12.0]


# --- bad input -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "batch",
    [np.zeros((2, 2)), np.zeros(3), np.zeros((0, 3)), np.zeros((2, 3, 1)), 1.0, [[1.0, 2.0, 3.0], [1.0]]],
)
def test_a_batch_of_the_wrong_shape_is_a_value_error(batch: object) -> None:
    _, program = network()
    for run in (program, program.gradient, program.backward):
        with pytest.raises(ValueError, match="program: "):
            run(batch)


@pytest.mark.parametrize("entry", ["1", None, 1j, Value(1.0)])
def test_a_batch_of_no_real_numbers_is_a_type_error(entry: object) -> None:
    _, program = network()
    with pytest.raises(TypeError, match="a batch holds real numbers"):
        program.gradient([[entry, 1.0, 2.0]])


@pytest.mark.parametrize("cost", [1.0, None, [Value(1.0)], "cost"])
def test_a_cost_that_is_no_value_is_a_type_error(cost: Value) -> None:
    with pytest.raises(TypeError, match="the cost must be a Value"):
        minigrad.compile(cost, [])


def test_inputs_and_parameters_are_leaves_that_stand_once() -> None:
    w, x = Value(1.0), Value(2.0)
    with pytest.raises(TypeError, match="an input must be a Value, not float"):
        minigrad.compile(w * x, [2.0])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="a parameter must be a Value, not str"):
        minigrad.compile(w * x, [x], ["w"])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="an input must be a leaf"):
        minigrad.compile(w * x, [w * x])
    with pytest.raises(ValueError, match="stands twice"):
        minigrad.compile(w * x, [x, x])
    with pytest.raises(ValueError, match="stands twice"):
        minigrad.compile(w * x, [x], [x])


def test_a_constant_cost_is_an_error() -> None:
    with pytest.raises(ValueError, match="depends on no input and no parameter"):
        minigrad.compile(Value(1.0) * 2.0, [Value(1.0)], [])


def test_an_input_that_the_cost_does_not_depend_on_is_not_read() -> None:
    w, x, other = Value(2.0), Value(1.0, label="x"), Value(1.0, label="other")
    program = minigrad.compile(w * x, [other, x])
    assert program.gradient([[math.nan, 3.0]]) == (6.0, np.array([3.0]))


def test_a_parameter_that_the_cost_does_not_reach_keeps_the_gradient_0() -> None:
    w, lost, x = Value(2.0), Value(5.0, label="lost"), Value(1.0, label="x")
    program = minigrad.compile(w * x, [x], [lost, w])
    _, gradient = program.gradient([[3.0]])
    by_value = dict(zip(program.parameters, gradient.tolist()))
    assert by_value == {w: 3.0, lost: 0.0}


def test_without_parameters_given_every_other_leaf_is_trained_and_listed() -> None:
    w, x, y = Value(2.0, label="w"), Value(1.0, label="x"), Value(3.0, label="y")
    program = minigrad.compile((w * x - y) ** 2, [x])
    assert set(program.parameters) == {w, y}
    assert "Parameters(2: W1 1 × 1, y" in repr(program)


def test_leaves_beside_given_parameters_are_constants() -> None:
    w, x, scale = Value(2.0), Value(1.0, label="x"), Value(3.0, label="scale")
    with pytest.warns(FrozenWarning, match=r"scale is neither among the inputs nor among the parameters"):
        program = minigrad.compile(w * x * scale, [x], [w])
    assert program.gradient([[1.0]]) == (6.0, np.array([3.0]))


@pytest.mark.parametrize("leaf", ["input", "parameter"])
def test_a_cost_that_is_a_leaf_compiles(leaf: str) -> None:
    x, w = Value(2.0, label="x"), Value(3.0, label="w")
    program = minigrad.compile(x if leaf == "input" else w, [x], [w])
    cost, gradient = program.gradient([[5.0], [7.0]])
    assert (cost, gradient.tolist()) == ((6.0, [0.0]) if leaf == "input" else (3.0, [1.0]))
    assert program([[5.0], [7.0]], per_example=True).shape == (2,)


def test_a_second_recording_tells_a_frozen_branch() -> None:
    w = Value(2.0)

    def cost(x: Value) -> Value:
        return w * x if x > 0 else w - x

    above, below = Value(1.0, label="x"), Value(-1.0, label="x")
    with pytest.raises(ValueError, match="the two recordings differ"):
        minigrad.compile(cost(above), [above], again=(cost(below), [below]))
    other = Value(5.0, label="x")
    assert minigrad.compile(cost(above), [above], again=(cost(other), [other]))([[3.0]]) == 6.0


def test_a_second_recording_tells_a_number_that_was_taken_out_of_an_input() -> None:
    w = Value(2.0)
    one, two = Value(1.0, label="x"), Value(2.0, label="x")
    with pytest.raises(ValueError, match="the two recordings differ"):
        minigrad.compile(w * one + one.data, [one], again=(w * two + two.data, [two]))


def test_a_second_recording_that_goes_on_where_the_first_ends_differs() -> None:
    w, one, two = Value(2.0), Value(1.0, label="x"), Value(3.0, label="x")
    short, long = (w * one, [one]), (minigrad.tanh(w * two), [two])
    for first, again in ((short, long), (long, short)):
        with pytest.raises(ValueError, match=r"the two recordings have \d and \d nodes"):
            minigrad.compile(*first, again=again)


def test_inputs_and_parameters_may_be_anything_that_is_iterated_over() -> None:
    w, x, other = Value(2.0), Value(1.0, label="x"), Value(5.0, label="x")
    for given in (iter([w]), np.array([w]), (w,), {w: 1}.keys()):
        program = minigrad.compile(w * x, iter([x]), given, again=(w * other, iter([other])))
        assert program.gradient([[3.0]]) == (6.0, np.array([3.0]))
    with pytest.raises(TypeError, match="a parameter must be a Value, not ndarray"):
        minigrad.compile(w * x, [x], np.array([[w]]))


def test_a_cost_recorded_with_other_inputs_is_refused():
    w, x, other = Value(2.0, label="w"), Value(1.0, label="x"), Value(1.0, label="x")
    with pytest.raises(ValueError, match=r"depends on none of the inputs, but on Value.*, x"):
        minigrad.compile(w * x, inputs=[other], parameters=[w])
    with pytest.raises(ValueError, match=r"depends on none of the inputs, but on Value.*, [wx]\)"):
        minigrad.compile(w * x, inputs=[other])  # or x, the real input, would be trained
