"""Lines are written once for each structure of a graph; what makes another program makes other lines."""

import gc

import numpy as np
import pytest

import minigrad
from minigrad import Value, operation
from minigrad.compiler import written
from nn import MLP, Adam, cross_entropy_on_logits, fit, squared_error


@pytest.fixture(autouse=True)
def _nothing_written():
    written.forget()


def program(model, loss=squared_error, x_name="x", **settings):
    inputs = [Value(0.5, label=f"{x_name}{k}") for k in range(model.sizes[0])]
    targets = [Value(0.25, label="y") for _ in range(model.sizes[-1])]
    cost = loss(model(inputs), targets)
    return minigrad.compile(cost, [*inputs, *targets], model.parameters(), **settings)


def assert_is_of_the_engine(compiled, model, example):
    cost, gradient = compiled.gradient([example])
    n = model.sizes[0]
    expected = squared_error(model(example[:n]), example[n:])
    expected.backward()
    np.testing.assert_allclose(cost, expected.data, rtol=1e-13)
    np.testing.assert_allclose(gradient, [p.grad for p in model.parameters()], rtol=1e-12, atol=1e-15)


def test_a_network_of_known_structure_has_the_lines_of_the_first_and_its_own_numbers():
    first, second = MLP(3, [4, 2], seed=0), MLP(3, [4, 2], seed=1)
    programs = [program(first), program(second)]
    assert written._write_once.cache_info().hits == 1
    assert programs[0].source == programs[1].source
    for compiled, model in zip(programs, (first, second)):
        assert_is_of_the_engine(compiled, model, [0.3, -0.2, 0.9, 0.1, -0.4])


def without_bias(model):
    model.layers[0].neurons[1].b = None


def shared(model):
    model.layers[0].neurons[1].w[0] = model.layers[0].neurons[0].w[0]


def other_activation(model):
    model.layers[0].activation = "relu"


def renamed(model):
    for weight in model.layers[0].neurons[0].w:
        weight.label = "speed"


@pytest.mark.parametrize("change", [without_bias, shared, other_activation, renamed])
def test_what_differs_in_structure_or_name_is_written_anew(change):
    program(MLP(3, [4, 2], seed=0))
    model = MLP(3, [4, 2], seed=0)
    change(model)
    assert_is_of_the_engine(program(model), model, [0.3, -0.2, 0.9, 0.1, -0.4])
    assert written._write_once.cache_info().hits == 0


def test_a_number_in_the_graph_and_the_type_of_numbers_make_other_lines():
    def of(factor, dtype="float64"):
        w, x = Value(2.0, label="w"), Value(1.0, label="x")
        return minigrad.compile(factor * w * x, [x], dtype=dtype).gradient([[3.0]])

    assert [of(2.0)[0], of(5.0)[0], of(-5.0)[0], of(0.0)[0]] == [12.0, 30.0, -30.0, 0.0]
    assert of(2.0)[1].dtype == np.float64
    assert of(2.0, "float32")[1].dtype == np.float32


def test_an_operation_of_ones_own_is_read_each_time_as_its_row_may_refer_to_what_changed():
    slope = 2.0

    @operation(value=lambda x: slope * x, array_value=lambda xp, x: slope * x)
    def scaled(y, x):
        return (slope,)

    def gradient():
        w, x = Value(1.0, label="w"), Value(1.0, label="x")
        return minigrad.compile(scaled(w * x), [x]).gradient([[1.0], [3.0]])[1].tolist()

    assert gradient() == [4.0]
    slope = 3.0
    assert gradient() == [6.0]


def test_a_second_fit_is_that_of_the_first_bit_for_bit_and_writes_nothing():
    X, y = np.random.default_rng(0).normal(size=(30, 4)), [k % 3 for k in range(30)]
    costs = []
    for _ in range(2):
        model = MLP(4, [5, 3], seed=2)
        settings = {"loss": cross_entropy_on_logits, "batch_size": 8, "epochs": 3, "seed": 1}
        costs.append(
            (fit(model, X, y, optimizer=Adam(0.01), **settings).cost, model.state_dict()["W1"].tolist())
        )
    assert costs[0] == costs[1]
    assert written._write_once.cache_info().misses == 1


def test_what_is_kept_holds_no_graph():
    program(MLP(3, [4, 2], seed=0))
    kept = [each for each in gc.get_objects() if type(each) is written._Structure]
    assert kept
    assert all(each.graph is None for each in kept)


class Tag(str):
    """A label of another class than text, without a place in a network."""


@pytest.mark.parametrize("tag", [Tag, np.str_])
def test_labels_of_another_class_than_text_compile(tag):
    w, x = Value(2.0, label="w"), Value(1.0, label="x")
    w.label, x.label = tag("speed"), tag("x")
    assert minigrad.compile(w * x, [x], [w]).gradient([[3.0]])[0] == 6.0
