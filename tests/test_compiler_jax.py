"""A program on JAX: the same text and the same numbers, on one device, on several, in several processes."""

from __future__ import annotations

import importlib.util
import math

import numpy as np
import pytest
import test_compiler_look_ups
from compiler_graphs import Layered, compiled, examples, on_tape, random_graph
from conftest import load_example
from test_compiler_look_ups import character_mlp, embedding_mlp
from test_compiler_loops import recurrence

import minigrad
from minigrad import Value, operation
from nn import MLP, squared_error

needs_jax = pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")


@pytest.fixture
def jax():
    found = pytest.importorskip("jax")
    with found.enable_x64(True):
        yield found


def network(dtype="float64"):
    model = MLP(3, [8, 2], "sigmoid", seed=0)
    x, y = model.inputs([0.1, 0.2, 0.3]), [Value(0.3, label="y"), Value(0.1, label="y")]
    return minigrad.compile(squared_error(model(x), y), [*x, *y], model.parameters(), dtype=dtype)


def assert_agrees(program, batch, rtol=1e-10, **settings):
    """The cost, and the gradient of each array by its name, are those on NumPy."""
    cost, gradients = program.on("jax", **settings)(batch=batch, **program.parameters.views())
    expected_cost, expected = program.gradient(batch)
    assert float(cost) == pytest.approx(expected_cost, rel=rtol, abs=rtol)
    views = program.parameters.views(expected)
    assert list(gradients) == sorted(views)  # as JAX sorts the names of what it returns
    for name, view in views.items():
        np.testing.assert_allclose(gradients[name], view, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("count", [1, 5])
def test_a_network_on_jax_gives_what_it_gives_on_numpy(jax, count):
    assert_agrees(network(), examples(count, 5, seed=0), rtol=1e-13)


@pytest.mark.parametrize("seed", [3, 4])  # in which rows are gathered and scattered, and logsumexp has slopes
def test_any_graph_on_jax_gives_what_it_gives_on_numpy(jax, seed):
    graph, network = random_graph(seed, size=6), Layered(seed).graph()
    for program in (compiled(graph), on_tape(graph, "lines"), on_tape(graph, "loops"), compiled(network)):
        assert_agrees(program, examples(3, len(program.inputs), seed))


def test_look_ups_picks_and_loops_on_jax_give_what_they_give_on_numpy(jax):
    assert_agrees(test_compiler_look_ups.compiled(*embedding_mlp(4)), np.zeros((1, 0)), rtol=1e-12)
    assert_agrees(character_mlp(), np.array([[1.0, 5.0, 5.0, 2.0], [0.0, 8.0, -1.0, 7.0]]), rtol=1e-12)
    assert_agrees(recurrence(6), examples(3, 18, seed=0), rtol=1e-12)


def test_float32_is_asked_for_or_is_the_programs(jax):
    batch = examples(5, 5, seed=0)
    for program, settings in ((network(), {"dtype": "float32"}), (network("float32"), {})):
        arrays = {name: view.astype(np.float32) for name, view in program.parameters.views().items()}
        cost, gradients = program.on("jax", **settings)(**arrays, batch=batch.astype(np.float32))
        assert {str(array.dtype) for array in (cost, *gradients.values())} == {"float32"}
        assert float(cost) == pytest.approx(network().gradient(batch)[0], rel=1e-5)


def test_a_delta_that_is_one_number_for_all_is_float32_in_a_program_of_float32(jax):
    x = [Value(0.5, label="x1"), Value(0.2, label="x2")]
    model = MLP(2, [3], output_activation="identity", seed=0)
    program = minigrad.compile(minigrad.total(model(x)), x, model.parameters(), dtype="float32")
    assert "broadcast_to((1 / examples)" in program.source
    batch = np.ones((4, 2), np.float32)
    cost, gradients = program.on("jax")(**program.parameters.views(), batch=batch)
    assert {str(array.dtype) for array in (cost, *gradients.values())} == {"float32"}
    assert program.parameters.views(program.gradient(batch)[1])["W1"].tolist() == gradients["W1"].tolist()


def test_float64_while_jax_has_it_switched_off_is_an_error(jax):
    with jax.enable_x64(False):
        with pytest.raises(ValueError, match="jax_enable_x64"):
            network().on("jax", dtype="float64")
        assert_agrees(network(), examples(5, 5, seed=0), rtol=1e-5)


def test_a_training_loop_on_jax_leads_where_that_on_numpy_leads(jax):
    program, batch = network(), examples(20, 5, seed=1)
    gradient, parameters = program.on("jax"), dict(program.parameters.views())
    for _ in range(30):
        _, slopes = gradient(**parameters, batch=batch)
        parameters = {name: array - 0.3 * slopes[name] for name, array in parameters.items()}
    for _ in range(30):
        program.parameters.vector -= 0.3 * program.gradient(batch)[1]
    for name, view in program.parameters.views().items():
        np.testing.assert_allclose(parameters[name], view, rtol=1e-11, atol=1e-13)


def test_an_operation_of_ones_own_needs_a_function_of_arrays(jax):
    @operation(lambda x: x**3, array_value=lambda xp, x: xp.exp(3.0 * xp.log(x)))
    def cube(y, x):
        return (3.0 * x * x,)

    @operation(lambda x: x**3)
    def of_floats(y, x):
        return (3.0 * x * x,)

    w, x = Value(0.5), Value(2.0, label="x")
    assert_agrees(minigrad.compile(cube(w * x), [x]), np.array([[2.0], [3.0]]))
    with pytest.raises(ValueError, match="of_floats is known for floats only; give its row an array_value"):
        minigrad.compile(of_floats(w * x), [x]).on("jax")


def test_another_library_and_one_that_is_not_installed_are_told(monkeypatch):
    with pytest.raises(ValueError, match="the library is \"jax\", not 'torch'"):
        network().on("torch")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="JAX is not installed; pip install"):
        network().on("jax")


@needs_jax
def test_four_devices_and_two_processes_train_to_the_numbers_of_one_with_one_all_reduce_a_step():
    example = load_example("many_devices")
    address = example.free_address()
    # All at once, as most of the time goes by in starting.
    started = [example.start(1), example.start(4)]
    started += [example.start(1, address, "2", str(number)) for number in range(2)]
    alone, *others = example.results(*started)
    assert [run["devices"] for run in (alone, *others)] == [1, 4, 2, 2]
    assert [run["of them here"] for run in others] == [4, 1, 1]
    assert alone["all-reduces"] == 0
    assert alone["costs"][-1] < 0.6 * alone["costs"][0]
    for run in others:
        assert run["all-reduces"] == 1
        np.testing.assert_allclose(run["costs"], alone["costs"], rtol=1e-12)
        np.testing.assert_allclose(run["parameters"], alone["parameters"], rtol=0, atol=1e-13)
    program, batch = example.compiled_network(), example.all_examples()
    for _ in range(example.STEPS):
        program.parameters.vector -= example.RATE * program.gradient(batch)[1]
    np.testing.assert_allclose(program.parameters.vector, alone["parameters"], rtol=0, atol=1e-13)
    assert math.isclose(program(batch), np.mean(program(batch, per_example=True)))
