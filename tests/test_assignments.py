"""An assignment takes effect, or is refused with the remedy: none is accepted and then ignored."""

import pickle

import numpy as np
import pytest

import minigrad
from minigrad import Value
from nn import MLP, trace

BATCH = np.array([[1.0, 2.0, 0.5], [-1.0, 0.5, 1.0]])


@pytest.fixture
def program():
    model = MLP(2, [2, 1], "tanh", seed=0)
    x, y = model.inputs([1.0, 2.0]), Value(0.5, label="y")
    return minigrad.compile((model(x) - y) ** 2, inputs=[*x, y], parameters=model.parameters())


def _after_one_step(program):
    """The cost after a step that is taken on the Values."""
    again = pickle.loads(pickle.dumps(program))
    again.backward(BATCH)
    for value in again.parameters:
        value.data -= 0.1 * value.grad
    again.load()
    return again(BATCH)


def test_a_vector_that_is_assigned_is_the_one_that_is_used(program):
    expected = _after_one_step(program)
    cost, gradient = program.gradient(BATCH)
    program.parameters.vector = program.parameters.vector - 0.1 * gradient
    assert program(BATCH) == pytest.approx(expected, rel=1e-15)
    assert program(BATCH) < cost


def test_every_way_to_write_the_step_gives_the_same_vector(program):
    start, gradient = program.parameters.vector.copy(), program.gradient(BATCH)[1]
    expected, vector = start - 0.1 * gradient, program.parameters.vector

    def assign():
        program.parameters.vector = expected.tolist()

    def in_place():
        program.parameters.vector -= 0.1 * gradient

    def slice_of_it():
        program.parameters.vector[:] = expected

    def by_views():
        for name, array in program.parameters.views(expected).items():
            program.parameters.views()[name] = array

    for way in (assign, in_place, slice_of_it, by_views):
        vector[...] = start
        way()
        assert program.parameters.vector is vector, way.__name__  # the one that the program reads
        np.testing.assert_array_equal(vector, expected, err_msg=way.__name__)


def test_a_view_that_is_assigned_or_changed_by_an_operator_changes_the_vector(program):
    views = program.parameters.views()
    views["W1"] = np.ones((2, 2))
    views["b1"] -= 5.0
    assert program.parameters.views()["W1"].tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert program.parameters.views()["b1"].ravel().tolist() == [-5.0, -5.0]
    with pytest.raises(KeyError, match="no array W9; there are W1, b1, W2, b2"):
        views["W9"] = 1.0


BAD_VECTORS = [np.zeros(3), 0.0, [["a"] * 9], None, np.zeros((9, 1)), "x", np.zeros(9) * 1j, [[1.0], []]]


@pytest.mark.parametrize("wrong", BAD_VECTORS)
def test_a_vector_that_does_not_fit_is_refused_and_nothing_changes(program, wrong):
    before = program.parameters.vector.copy()
    with pytest.raises((ValueError, TypeError), match=r"vector: it needs 9 numbers, shape \(9,\)"):
        program.parameters.vector = wrong
    np.testing.assert_array_equal(program.parameters.vector, before)


OF_PROGRAM = ["parameters", "inputs", "code", "recording", "source", "vector", "lr"]
OF_PARAMETERS = ["gradient", "values", "arrays", "data"]
OF_TRACE = ["z", "a", "target", "loss", "model", "cost", "output", "depth", "y", "x"]


@pytest.mark.parametrize("name", OF_PROGRAM)
def test_what_a_program_does_not_read_again_cannot_be_assigned(program, name):
    with pytest.raises(AttributeError, match=name):
        setattr(program, name, [])


@pytest.mark.parametrize("name", OF_PARAMETERS)
def test_what_parameters_do_not_read_again_cannot_be_assigned(program, name):
    with pytest.raises(AttributeError, match=name):
        setattr(program.parameters, name, [])


@pytest.mark.parametrize("name", OF_TRACE)
def test_what_a_trace_has_recorded_cannot_be_assigned(name):
    t = trace(MLP(2, [1], seed=0), [1.0, 2.0], 0.5)
    with pytest.raises(AttributeError, match=name):
        setattr(t, name, 0.0)


def test_a_refusal_says_what_to_do(program):
    for thing, name, remedy in (
        (program, "parameters", r"program\.parameters\.vector"),
        (program, "inputs", "compile"),
        (trace(MLP(2, [1]), [1.0, 2.0], 0.5), "target", "trace again"),
    ):
        with pytest.raises(AttributeError, match=remedy):
            setattr(thing, name, None)


def test_a_program_that_was_pickled_refuses_and_takes_as_before(program):
    again = pickle.loads(pickle.dumps(program))
    again.parameters.vector = np.zeros(9)
    assert again(BATCH) == pytest.approx(np.mean(BATCH[:, 2] ** 2), rel=1e-15)
    with pytest.raises(AttributeError):
        again.inputs = []
