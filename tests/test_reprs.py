"""A repr is one line of at most 100 characters, of every public class, however large the thing is."""

import inspect

import numpy as np
import pytest
from traced_networks import torch_trace

import minigrad
import nn
import viz
from minigrad import Value, check_gradients, compile, rules
from minigrad.display import LONGEST
from nn import MLP, SGD, Adam, History, Layer, Neuron, Optimizer, squared_error, trace, trace_batch
from nn.delta import equations
from nn.delta.notation import Name


def large_things():
    """By name, a large one of everything that a session has in a variable."""
    wide, deep = MLP(64, [128, 64, 10], seed=0), MLP(2, [2] * 200, bias=[True, False] * 100, seed=0)
    several = MLP(2, [2] * 9, activation=["tanh", "relu"] * 4, output_activation="softmax", seed=0)
    t, d = trace(wide, [0.1] * 64, [0.0] * 10), trace(deep, [0.1, 0.2], [0.0, 0.0])
    t.backward()
    d.backward()
    batch = trace_batch(deep, [[0.1, 0.2]] * 5, [[0.0, 0.0]] * 5)
    batch.backward()
    x, y = [Value(0.1) for _ in range(3)], [Value(0.0) for _ in range(4)]
    layered = MLP(3, [4] * 30, activation="sigmoid", seed=0)
    program = compile(squared_error(layered(x), y), inputs=[*x, *y])
    taped = compile(nested(60, one := Value(1.0)), inputs=[one])
    film = viz.TrainingFilm(deep, [0.1, 0.2], [0.0, 0.0], epochs=range(10**6, 10**6 + 12))
    for epoch in film.epochs:
        film(epoch, 1 / 3)
    mine = {f"delta{l}": d.delta(l) + 1.0 for l in range(1, 201)}
    long = "a label " * 1000 + "\nover\nlines"
    return {
        "Value": Value(-1.23456789e-100, label=long) * Value(2.0, label="x"),
        "Value, labelled": Value(1.0, label=long),
        "Operation": rules.add,
        "Neuron": Neuron(1000),
        "Layer": Layer(64, 500, activation=minigrad.tanh),
        "MLP": wide,
        "MLP, deep": deep,
        "MLP, several": several,
        "Module": nn.Module(),
        "Loss": squared_error,
        "Optimizer": Optimizer(lambda step: 0.1),
        "SGD": SGD(learning_rate=1 / 3, momentum=1 / 7, nesterov=True),
        "Adam": Adam(learning_rate=1 / 3, beta1=1 / 7, beta2=1 / 7, tiny=1 / 7),
        "History": History(cost=[1 / 3] * 100_000, metric=[1 / 3], stopped="because " * 100),
        "Trace": t,
        "Trace, deep": d,
        "BatchTrace": batch,
        "Ledger": batch.ledger(1, 1, 1),
        "Report": equations.report(d),
        "Residual": equations.report(d).residuals[-1],
        "Comparison": equations.compare(d, {"delta200": mine["delta200"]}),
        "Program": program,
        "Program, tape": taped,
        "Parameters": program.parameters,
        "Equation": program.equations()[0],
        "GradientReport": check_gradients(lambda *xs: sum(xs[1:], xs[0]), [1.0] * 300),
        "Journal": minigrad.backward_steps(t.cost),
        "Step": next(iter(minigrad.backward_steps(Value(1 / 3, label=long) * Value(1 / 7, label=long)))),
        "Picture": viz.graph(Value(1.0, label=long) * 2.0),
        "Digraph": viz.draw_dot(Value(1.0, label=long) * 2.0),
        "Page": viz.steps(nested(30, Value(1.0, label="x"))),
        "Explanation": viz.explain(d.z[1][0], d.cost),
        "TrainingFilm": film,
        "Notation": nn.Notation(*"qprstuvwkj", first_layer=1, weights_by="from", vectors="rows"),
        "TorchTrace": torch_trace(layers=200, neurons=64),
    }


def nested(times, x):
    result = x
    for k in range(times):
        result = (result * x).sin() / (k + 1.0)
    return result


@pytest.fixture(scope="module")
def large():
    return large_things()


def test_every_public_class_is_among_them(large):
    named = {name.split(",")[0] for name in large}
    faces = [(face, name) for face in (minigrad, nn, viz) for name in face.__all__]
    classes = {name for face, name in faces if inspect.isclass(getattr(face, name))}
    assert classes - {"AnomalyError", "LeftGraphWarning"} <= named


def test_a_repr_is_one_short_line(large):
    reprs = {name: repr(thing) for name, thing in large.items()}
    assert {name: text for name, text in reprs.items() if len(text) > LONGEST or "\n" in text} == {}


def test_whatever_hangs_on_a_large_thing_has_a_bounded_repr_of_its_own(large):
    own = ("minigrad.", "nn.", "viz.")
    for name, thing in large.items():
        for attribute, part in (getattr(thing, "__dict__", None) or {}).items():
            if type(part).__module__.startswith(own) and not isinstance(part, list | dict):  # these list all
                assert len(repr(part)) <= 200, f"{name}.{attribute}: {type(part)}"


MODELS = [
    MLP(64, [128, 64, 10]),
    MLP(4, [2, 2, 1], activation="sigmoid", output_activation="sigmoid"),
    MLP(2, [3, 1], bias=[True, False]),
    MLP(2, [3, 3, 1], activation=["tanh", "relu"], bias=False, elementary=True),
    MLP(2, [1], output_activation="tanh"),
    Layer(3, 2, activation="softmax", bias=False),
    Neuron(5, activation="tanh", elementary=True),
    SGD(learning_rate=0.1, momentum=0.9),
    Adam(),
]


@pytest.mark.parametrize("thing", MODELS, ids=repr)
def test_the_repr_of_a_model_makes_another_of_its_kind(thing):
    again = eval(repr(thing), vars(nn) | {"Neuron": Neuron})
    assert repr(again) == repr(thing)
    assert type(again) is type(thing)
    if isinstance(thing, MLP):
        shapes = {name: array.shape for name, array in thing.state_dict().items()}
        assert {name: array.shape for name, array in again.state_dict().items()} == shapes
        assert [layer.activation for layer in again.layers] == [layer.activation for layer in thing.layers]


def test_the_repr_of_a_subclass_has_its_name():
    class Mine(MLP):
        pass

    assert repr(Mine(2, [1])) == "Mine(2, [1])"


def test_a_list_of_equations_can_be_read():
    x, y = Value(1.0, label="x"), Value(1.0, label="y")
    program = compile(squared_error(MLP(1, [1], seed=0)([x]), y), inputs=[x, y])
    assert repr(program.equations()[0]) == "<equation (1) δ⁽¹⁾ = (2 / N) · (z⁽¹⁾ − y)>"


def test_a_label_over_several_lines_is_one_line_in_a_repr():
    assert repr(Value(2.0, label=Name("w", 1, 2, 3))) == "Value(2, grad none yet, w1_23)"
    assert repr(Value(2.0, label="a\nb\tc")) == "Value(2, grad none yet, a b c)"
    assert repr(SGD(learning_rate=np.float64(0.5))).startswith("SGD(learning_rate=")
