"""What a program takes for granted is told: frozen leaves, and comparisons that chose what was recorded."""

from __future__ import annotations

import gc
import math
import pickle
import warnings

import numpy as np
import pytest

import minigrad
from minigrad import Value, comparisons, total
from minigrad.compiler.held import FrozenWarning
from nn import MLP, squared_error


def leaves(*labels):
    return [Value(1.0 + k, label=label) for k, label in enumerate(labels)]


# --- frozen leaves ---------------------------------------------------------------------------------------


def test_leaves_in_neither_list_are_named_at_the_users_line():
    w, x, scale, other = leaves("w", "x", "scale", "")
    with pytest.warns(FrozenWarning, match=r"scale, Value\(4\) are neither") as caught:
        minigrad.compile(w * x * scale + other, [x], [w])
    assert caught[0].filename == __file__


def test_numbers_in_expressions_and_models_that_are_listed_are_no_news():
    model, y = MLP(2, [2, 1], "tanh", seed=0), Value(0.0, label="y")
    x = model.inputs([0.1, 0.2])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cost = 0.5 * squared_error(model(x), [y]) + 1e-3 * total([p * p for p in model.parameters()])
        minigrad.compile(cost, [*x, y], model.parameters())
        minigrad.compile(cost, [*x, y])  # all leaves are trained


def test_load_says_that_a_frozen_leaf_has_changed():
    w, x, scale = leaves("w", "x", "scale")
    with pytest.warns(FrozenWarning):
        program = minigrad.compile(w * x * scale, [x], [w])
    program.load()
    scale.data = math.nan
    with pytest.warns(FrozenWarning, match=r"program.load: scale is frozen in the program") as caught:
        program.backward([[1.0]])
    assert caught[0].filename == __file__


# --- branches --------------------------------------------------------------------------------------------


def taken(compare, x_data=1.0):
    """A cost with an `if` on x, and the program of the branch that was taken."""
    w, x = Value(2.0, label="w"), Value(x_data, label="x")
    cost = w * x if compare(w, x) else w - x
    return minigrad.compile(cost, [x], [w])


@pytest.mark.parametrize(
    ("compare", "text", "x_data", "same", "other"),
    [
        (lambda w, x: x > 0, "x > 0 is not True", 1.0, 3.0, -1.0),
        (lambda w, x: x <= 0, "x <= 0 is not False", 1.0, 3.0, 0.0),
        (lambda w, x: x < w, "x < w is not True", 1.0, 1.9, 2.0),
        (lambda w, x: x * x - 1.0 >= w, "3 >= w is not True", 2.0, -2.0, 1.0),  # forgotten at once
        (lambda w, x: sum(9 * [x]) > 0, "9 > 0 is not True", 1.0, 3.0, -1.0),
        (lambda w, x: total(9 * [x]) > 0, "9 > 0 is not True", 1.0, 3.0, -1.0),
        (
            lambda w, x: x > 0 and sorted(Value(k % 7) for k in range(600)),
            "x > 0 is not True",
            1.0,
            3.0,
            -1.0,
        ),
        (lambda w, x: not x <= 0.5, "x <= 0.5 is not False", 1.0, 0.6, 0.5),
        (lambda w, x: x.data > 0 or x > 5, None, 1.0, 3.0, -1.0),  # by the number: the user's own affair
    ],
)
def test_a_batch_that_would_take_another_branch_is_refused(compare, text, x_data, same, other):
    program = taken(compare, x_data)
    for copy in (program, pickle.loads(pickle.dumps(program))):
        for run in (copy, copy.gradient, copy.run):
            run([[same], [same]])
            if text is None:
                run([[same], [other]])
                continue
            with pytest.raises(ValueError, match=f"program: for example 2 of 2 the comparison {text}"):
                run([[same], [other]])


def test_outputs_of_another_branch_are_refused():
    w, x, y = leaves("w", "x", "y")
    z = w * x if x > 0 else w - x
    program = minigrad.compile((z - y) ** 2, [x, y], [w], outputs=[z])
    assert program.outputs([[3.0], [4.0]]).tolist() == [[3.0], [4.0]]  # the target is not needed
    for batch in ([[3.0], [-4.0]], [[3.0, 0.0], [-4.0, 0.0]]):
        with pytest.raises(ValueError, match="for example 2 of 2 the comparison x > 0 is not True"):
            program.outputs(batch)


def test_jax_refuses_another_branch_too():
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        program = taken(lambda w, x: x < w)
        function, (view,) = program.on("jax"), program.parameters.views().values()
        assert float(function(view, np.array([[1.5]]))[0]) == program([[1.5]]) == 3.0
        for batch in (np.array([[1.5], [2.5]]), jax.numpy.array([[1.5], [2.5]])):
            with pytest.raises(ValueError, match="for example 2 of 2 the comparison x < w is not True"):
                function(view, batch=batch)
        assert float(function(view + 1.0, np.array([[2.5]]))[0]) == 7.5
        with pytest.raises(jax.errors.TracerArrayConversionError):
            jax.jit(function)(view, np.array([[1.5]]))


def test_sides_of_comparisons_have_the_parameters_in_the_order_of_the_program():
    """Left out, parameters have the order of the arrays, whatever was recorded first."""
    w = [Value(0.1 * k, label=f"w{k}") for k in range(12)]
    x = [Value(0.1, label=f"x{k}") for k in range(3)]
    hidden = [minigrad.tanh(sum(a * b for a, b in zip(w[3 * j + 3 :], x)) + w[j]) for j in range(3)]
    z = sum(a * b for a, b in zip(w[:3], hidden))
    assert hidden[2] > hidden[0] - 1.0
    program = minigrad.compile(z**2, x)
    assert list(program.held.sides.parameters) == list(program.parameters)


def test_a_branch_moves_with_the_parameters():
    program = taken(lambda w, x: x < w)
    program.parameters.vector[...] = 10.0
    assert program([[9.0]]) == 90.0
    program.parameters.vector[...] = 0.0
    with pytest.raises(ValueError, match="x < w is not True"):
        program([[9.0]])


def test_the_largest_of_several_is_a_comparison_of_each():
    x = leaves("a", "b", "c")
    w = Value(2.0)
    program = minigrad.compile(w * max(x), x, [w])
    assert program([[0.0, 1.0, 2.0]]) == 4.0
    with pytest.raises(ValueError, match="example 1 of 1 the comparison c > b is not True"):
        program([[0.0, 5.0, 2.0]])


def test_comparisons_of_parameters_alone_and_of_other_graphs_hold_nothing():
    w, v, x, y = leaves("w", "v", "x", "y")
    assert max(w, v) is v
    assert x < y  # an input of another program
    program = minigrad.compile(w * x + v, [x], [w, v])
    assert program.held.sides is None
    program.parameters.vector[...] = [5.0, 0.0]
    assert program([[100.0]]) == 500.0


def test_a_second_recording_shows_that_a_comparison_did_not_matter():
    def cost(x):
        return w * x if x > 0 else w * x * 1

    w, above, below = Value(1.0), Value(1.0, label="x"), Value(-1.0, label="x")
    with pytest.raises(ValueError, match="the two recordings"):
        minigrad.compile(cost(above), [above], [w], again=(cost(below), [below]))
    assert above > 0 > below
    program = minigrad.compile(w * above, [above], [w], again=(w * below, [below]))
    assert program([[-3.0]]) == -3.0


def test_a_comparison_keeps_no_graph_alive():
    before = len(gc.get_objects())
    for _ in range(20):
        state = Value(1.0)
        for _ in range(500):
            state = state * 1.001
        assert state > 1.0
    del state
    gc.collect()
    assert len(gc.get_objects()) - before < 5_000
    assert len(comparisons._REMEMBERED) <= comparisons.MOST


def test_training_on_a_branch_that_all_examples_take_goes_on():
    w, x, y = leaves("w", "x", "y")
    z = w * x
    cost = ((z if x > 0 else 0.01 * z) - y) ** 2
    program = minigrad.compile(cost, [x, y], [w])
    batch = np.array([[1.0, 3.0], [2.0, 6.0]])
    for _ in range(100):
        program.parameters.vector -= 0.1 * program.gradient(batch)[1]
    assert program.parameters.vector[0] == pytest.approx(3.0)
