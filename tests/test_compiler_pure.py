"""A program is a pure function of arrays: in an empty file, in threads, from a pickle."""

from __future__ import annotations

import copy
import math
import pickle
import random
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest
from compiler_graphs import Layered, compiled, examples, on_tape, random_graph

import minigrad
from minigrad import Value, dot, total
from minigrad.compiler.compilation import make_program
from nn import MLP, squared_error


def in_an_empty_file(source):
    space: dict = {}
    exec(source, space)
    return space["gradient"]


def assert_pure(program, batch):
    """The source alone gives what the program gives, by names, and changes nothing that it is given."""
    views = program.parameters.views()
    arrays = {name: view.copy() for name, view in views.items()}
    kept = {name: array.copy() for name, array in arrays.items()}
    for array in (*arrays.values(), batch):
        array.flags.writeable = False
    with np.errstate(all="ignore"):
        cost, gradients = in_an_empty_file(program.source)(batch=batch, **arrays)
    expected_cost, expected = program.gradient(batch)
    assert float(cost) == pytest.approx(expected_cost, rel=1e-12)
    expected = program.parameters.views(expected)
    assert list(gradients) == list(arrays)
    for name, gradient in gradients.items():
        np.testing.assert_array_equal(arrays[name], kept[name])
        assert gradient.shape == arrays[name].shape
        np.testing.assert_allclose(gradient, expected[name], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("part", range(4))
def test_the_source_of_any_program_runs_in_an_empty_file(part):
    for seed in range(part, 120, 4):
        for graph in (random_graph(seed, size=3 + seed % 40), Layered(seed).graph()):
            batch = examples(3, len(graph[1]), seed)
            for program in (compiled(graph), on_tape(graph, "lines"), on_tape(graph, "loops")):
                assert_pure(program, batch.copy())


def test_a_long_tape_packs_its_steps_into_the_source():
    draw = random.Random(0)
    w, x = [Value(draw.uniform(-0.1, 0.1)) for _ in range(5)], Value(0.5, label="x")
    state = x
    for _ in range(6_000):
        state = state + draw.choice(w) * draw.choice((x, state)) * 0.001
    program = on_tape((state, [x], w), "loops")
    assert "integers(" in program.source
    assert_pure(program, np.array([[0.3], [0.7]]))


# --- the order of the vector -----------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["model", "reversed", "shuffled", "left out"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_gradient_is_in_the_order_of_the_parameters_given(order, dtype):
    model = MLP(3, [4, 2], "tanh", seed=0)
    x, y = model.inputs([0.1, 0.2, 0.3]), [Value(0.3, label="y"), Value(0.1, label="y")]
    cost = squared_error(model(x), y)
    given = model.parameters()
    if order == "reversed":
        given.reverse()
    if order == "shuffled":
        random.Random(0).shuffle(given)
    program = minigrad.compile(cost, [*x, *y], None if order == "left out" else given, dtype=dtype)
    expected = list(program.parameters) if order == "left out" else given
    assert list(program.parameters) == expected
    _, gradient = program.gradient([[0.1, 0.2, 0.3, 0.3, 0.1]])
    cost.backward()
    rtol = 1e-12 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(gradient, [p.grad for p in expected], rtol=rtol, atol=rtol)
    np.testing.assert_allclose(program.parameters.vector, [p.data for p in expected], rtol=1e-6)


def test_arrays_that_no_view_of_the_vector_has_are_read_anew_and_may_be_assigned():
    model = MLP(2, [3, 1], "tanh", seed=0)
    given = model.parameters()
    random.Random(1).shuffle(given)
    x, y = model.inputs([0.1, 0.2]), Value(0.3, label="y")
    program = minigrad.compile((model(x) - y) ** 2, [*x, y], given)
    assert program([[0.1, 0.2, 0.3]]) == pytest.approx(((model(x) - y) ** 2).data, rel=1e-12)
    views = program.parameters.views()
    with pytest.raises(ValueError, match="read-only"):
        views["W1"][...] = 0.0
    for name in views:
        views[name] = np.zeros(views[name].shape)
    assert not program.parameters.vector.any()
    assert not views["W1"].any()
    assert program([[0.1, 0.2, 0.3]]) == pytest.approx(0.09, rel=1e-12)


# --- threads and pickles ---------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["arrays", "lines", "loops"])
def test_eight_threads_on_one_program_give_what_one_gives(form):
    model = MLP(3, [8, 8, 1], "sigmoid", seed=0)
    x, y = model.inputs([0.1, 0.2, 0.3]), Value(0.3, label="y")
    program = make_program((model(x) - y) ** 2, [*x, y], model.parameters(), outputs=[x[0]], form=form)
    batches = [examples(1 + k % 12, 4, seed=k) for k in range(240)]
    expected = [program.gradient(batch) for batch in batches]
    fresh = pickle.loads(pickle.dumps(program))  # with nothing compiled yet
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(fresh.gradient, batches))
        costs = list(pool.map(fresh, batches))
    for (cost, gradient), (expected_cost, expected_gradient), alone in zip(found, expected, costs):
        assert cost == expected_cost
        np.testing.assert_array_equal(gradient, expected_gradient)
        assert alone == pytest.approx(cost, rel=1e-12)


@pytest.mark.parametrize("hidden", [4, 120])  # gradients that are copied, and so large that they are not
def test_a_gradient_is_that_of_the_engine_and_the_next_one_leaves_it_as_it_is(hidden):
    model = MLP(100, [hidden, 1], seed=0)
    x, y = [Value(0.1, label=f"x{k}") for k in range(100)], Value(0.3, label="y")
    program = minigrad.compile(squared_error(model(x), y), [*x, y], model.parameters())
    batches = np.random.default_rng(0).normal(size=(2, 3, 101))
    gradients = [program.gradient(batch)[1] for batch in batches]
    for batch, gradient in zip(batches, gradients):
        cost = total([squared_error(model(row[:-1]), row[-1]) for row in batch.tolist()]) / 3
        model.zero_grad()
        cost.backward()
        expected = [parameter.grad for parameter in model.parameters()]
        np.testing.assert_allclose(gradient, expected, rtol=1e-10, atol=1e-14)  # sums of 100 terms


def test_one_context_serves_several_threads_at_once():
    x, quiet = Value(2.0), minigrad.no_grad()
    is_inside, may_leave = Event(), Event()

    def first_in_first_out():
        with quiet:
            is_inside.set()
            may_leave.wait(10.0)
            return not (x * x).operands

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(first_in_first_out)
        is_inside.wait(10.0)
        with quiet:
            may_leave.set()
            assert other.result()  # it has left while this thread, which came later, is inside
            assert not (x * x).operands
    assert (x * x).operands


def test_a_pickle_has_the_source_and_the_numbers_but_no_graph():
    model = MLP(64, [32, 10, 1], "tanh", seed=0)
    x, y = model.inputs([0.1] * 64), Value(0.3, label="y")
    program = minigrad.compile((model(x) - y) ** 2, [*x, y], model.parameters())
    size = len(pickle.dumps(program))
    assert size < 3 * program.parameters.vector.nbytes + 20_000
    for other in (pickle.loads(pickle.dumps(program)), copy.deepcopy(program)):
        assert other.recording is None
        other.store()
        assert [p.data for p in other.parameters] == [p.data for p in program.parameters]
        assert {str(p.label) for p in other.parameters} >= {"W1[0,0]", "b2[9,0]"}


# --- numbers that are not finite -------------------------------------------------------------------------


def test_a_gradient_that_is_not_finite_is_looked_into_as_a_cost_is():
    p, x = Value(1.0, label="p"), Value(1.0, label="x")
    program = minigrad.compile(1 / (1 + minigrad.exp(-(x * p))), [x], [p])
    with pytest.raises(OverflowError, match="exp"):
        program.gradient([[-800.0], [1.0]])
    with pytest.raises(OverflowError, match="exp"):
        program.run([[-800.0], [1.0]])


@pytest.mark.parametrize("form", ["arrays", "lines", "loops"])
def test_where_arrays_form_nan_and_the_engine_does_not_its_numbers_are_taken(form):
    w, x = Value(1.0, label="w"), Value(1.0, label="x")
    cost = 1 / (1 + w * x * 1e200 * 1e200)
    cost.backward()
    program = make_program(cost, [x], [w], form=form)
    found, gradient = program.gradient([[1.0], [1e-300], [2.0]])
    # of z = 1e400 x nothing is left at 1 and 2; at 1e-300 z is 1e100, and ∂/∂w = −x z / z² · 1e400 = −1e-100
    assert (found, gradient.tolist()) == (pytest.approx(1e-100 / 3), [pytest.approx(-1e-100 / 3)])
    assert program.run([[1.0], [2.0]]).gradient.tolist() == [0.0]
    assert w.grad == 0.0


def test_numbers_that_are_infinite_in_the_engine_too_stay():
    w, x = Value(1.0), Value(1.0, label="x")
    cost, gradient = minigrad.compile(w * x, [x]).gradient([[math.inf], [1.0]])
    assert (cost, gradient.tolist()) == (math.inf, [math.inf])


def test_large_numbers_whose_sum_overflows_are_no_reason_to_look():
    w, x = [Value(1e-200), Value(1e-200)], [Value(1.0, label="x1"), Value(1.0, label="x2")]
    cost, gradient = minigrad.compile(dot(w, x), x, w).gradient([[1.5e308, 1.5e308]] * 3)
    assert cost == pytest.approx(3e108)
    assert gradient == pytest.approx([1.5e308, 1.5e308], rel=1e-15)


def test_gathered_parameters_have_gradients_of_their_own_arrays():
    w = [Value(0.1 * k + 0.1) for k in range(6)]
    x = [Value(0.3, label=f"x{k}") for k in range(3)]
    once = [minigrad.tanh(dot(w[:3], x)), minigrad.tanh(dot(w[3:], x))]
    mixed = total([w[k] * w[(2 * k) % 5] for k in (0, 2, 4, 5)])
    cost = once[0] * once[1] + mixed * mixed + total([w[1] * each for each in once])
    program = minigrad.compile(cost, x, w)
    cost.backward()
    np.testing.assert_allclose(program.gradient([[0.3] * 3])[1], [p.grad for p in w], rtol=1e-12)
    assert_pure(program, examples(4, 3, seed=0))
