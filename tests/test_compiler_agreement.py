"""A program gives what the engine gives, |Δ| ≤ 1e-12 · Σ|paths|, on every kind of graph and size of batch."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
from compiler_graphs import Layered, assert_agrees, compiled, examples, on_tape, random_graph

import minigrad
from minigrad import Operation, Value, dot, rules, total
from minigrad.compiler import Program
from minigrad.compiler.targets.running import SLICE_ENTRIES
from minigrad.compiler.targets.tape_running import TapeCode
from nn import MLP, squared_error

RANDOM_GRAPHS = 1_000
LAYERED_NETWORKS = 1_000
BATCHES = (1, 2, 100)
PARTS = 10


@pytest.mark.parametrize("part", range(PARTS))
def test_random_graphs_compile_to_what_the_engine_computes(part: int) -> None:
    for seed in range(part, RANDOM_GRAPHS, PARTS):
        graph = random_graph(seed, size=3 + seed % 40)
        assert_agrees(compiled(graph), examples(BATCHES[seed % 3], len(graph[1]), seed))


@pytest.mark.parametrize("part", range(PARTS))
def test_layered_networks_with_disturbed_parts_compile_to_what_the_engine_computes(part: int) -> None:
    for seed in range(part, LAYERED_NETWORKS, PARTS):
        graph = Layered(seed).graph()
        assert_agrees(compiled(graph), examples(BATCHES[seed % 3], len(graph[1]), seed))


@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("form", ["lines", "loops"])
def test_step_by_step_it_is_what_the_engine_computes_for_one_and_for_many_examples(
    part: int, form: Literal["lines", "loops"]
) -> None:
    for seed in range(part, 120, 4):
        for graph in (random_graph(seed, size=3 + seed % 40), Layered(seed).graph()):
            program = on_tape(graph, form)
            for count in (1, 2, 9):
                assert_agrees(program, examples(count, len(graph[1]), seed))


# --- every operation of the table ------------------------------------------------------------------------

OPERATIONS = [each for each in vars(rules).values() if isinstance(each, Operation)]
FOUND = {each.name: each for each in OPERATIONS if each is not rules.constant}


def layer_of(operation: Operation, neurons: int = 3) -> tuple[Value, list[Value], list[Value]]:
    """Σ p (op(u1, u2, …) + …) with u = w x + b inside the operation's domain, on a row of neurons."""
    count = operation.arity or 4
    inputs = [Value(0.3 + 0.1 * k, label=f"x{k}") for k in range(count)]
    parameters: list[Value] = []

    def parameter(number: float) -> Value:
        parameters.append(Value(number))
        return parameters[-1]

    offset = next(shift for shift in (0.0, 1.5) if _is_defined(operation, [0.5 + shift] * count))
    results = []
    for j in range(neurons):
        operands = [parameter(0.2 + 0.05 * j) * x + (0.1 * (k + 1) + offset) for k, x in enumerate(inputs)]
        results.append(operation(*operands) * parameter(0.5 + j))
    return total(results) ** 2, inputs, parameters


def _is_defined(operation: Operation, numbers: list[float]) -> bool:
    try:
        return math.isfinite(operation.value(*numbers))
    except (ValueError, ZeroDivisionError, OverflowError):
        return False


@pytest.mark.parametrize("run", [compiled, on_tape])
@pytest.mark.parametrize("name", FOUND)
def test_every_operation_of_the_table_compiles(name: str, run: Callable[..., Program]) -> None:
    graph = layer_of(FOUND[name])
    batch = np.random.default_rng(0).uniform(0.2, 0.9, (100, len(graph[1])))
    for count in (1, 2, 100):
        assert_agrees(run(graph), batch[:count])


@pytest.mark.parametrize("name", [name for name, each in FOUND.items() if each.arity != 1])
def test_operands_on_either_side_may_be_constants(name: str) -> None:
    operation = FOUND[name]
    count = operation.arity or 3
    for place in range(count):
        w, x = Value(0.6), Value(0.5, label="x")
        operands: list[Value | float] = [0.3 + 0.1 * k for k in range(count)]
        operands[place] = w * x
        assert_agrees(compiled((operation(*operands) ** 2, [x], [w])), np.array([[0.4], [0.9]]))


def test_the_table_that_these_tests_cover_is_the_whole_one() -> None:
    assert len(FOUND) >= 30
    assert all(inspect.signature(each.local_derivatives).parameters for each in FOUND.values())


# --- batches ---------------------------------------------------------------------------------------------


def small_network(hidden: int) -> Program:
    model = MLP(2, [hidden, 1], "tanh", seed=0)
    inputs = [Value(0.0, label=name) for name in ("x1", "x2", "y")]
    return minigrad.compile(squared_error(model(inputs[:2]), [inputs[2]]), inputs, model.parameters())


@pytest.mark.parametrize("count", [1, 2, 3, 100])
def test_batches_of_any_size_agree(count: int) -> None:
    assert_agrees(small_network(5), examples(count, 3, seed=count))


@pytest.mark.parametrize("beyond", [-1, 0, 1])
@pytest.mark.parametrize("slices", [1, 2])
def test_slice_borders_change_nothing(slices: int, beyond: int) -> None:
    hidden = 256
    assert_agrees(small_network(hidden), examples(slices * SLICE_ENTRIES // hidden + beyond, 3, seed=1))


def test_slices_of_a_tape_change_nothing() -> None:
    graph = random_graph(seed=3, size=30)
    program = on_tape(graph)
    batch = examples(50, len(graph[1]), seed=3)
    whole = program.gradient(batch)
    program._slice_size = 7
    cost, gradient = program.gradient(batch)
    assert cost == pytest.approx(whole[0], rel=1e-13)  # sums of 50 numbers in another order
    np.testing.assert_allclose(gradient, whole[1], rtol=1e-12, atol=1e-14)


# --- structures that need a name of their own ------------------------------------------------------------


def parameters(count: int, seed: int) -> list[Value]:
    return [Value(number) for number in np.random.default_rng(seed).uniform(-1, 1, count)]


def leaves(count: int, letter: str) -> list[Value]:
    return [Value(0.1 * k, label=f"{letter}{k + 1}") for k in range(count)]


def autoencoder() -> tuple[Value, list[Value]]:
    x, weights = leaves(4, "x"), [parameters(4, seed) for seed in range(2)]
    hidden = [minigrad.tanh(dot(row, x)) for row in weights]
    outputs = [dot(column, hidden) for column in zip(*weights)]
    return total([(a - b) ** 2 for a, b in zip(outputs, x)]), x


def convolution() -> tuple[Value, list[Value]]:
    x, y = leaves(8, "x"), leaves(1, "y")
    kernels, biases = [parameters(3, seed) for seed in range(2)], parameters(2, 9)
    maps = [
        [minigrad.relu(dot(kernel, x[at : at + 3], bias)) for at in range(6)]
        for kernel, bias in zip(kernels, biases)
    ]
    second = [parameters(4, seed) for seed in range(3)]
    pooled = [
        minigrad.tanh(dot(k, maps[0][at : at + 2] + maps[1][at : at + 2])) for k in second for at in range(5)
    ]
    return (dot(parameters(15, 5), pooled) - y[0]) ** 2, [*x, *y]


def recurrence(steps: int = 3) -> tuple[Value, list[Value]]:
    x, y = leaves(2 * steps, "x"), leaves(1, "y")
    into, along, bias = (
        [parameters(2, s) for s in range(3)],
        [parameters(3, 5 + s) for s in range(3)],
        parameters(3, 9),
    )
    state = [Value(0.0) * 0.0] * 3
    for step in range(steps):
        now = x[2 * step : 2 * step + 2]
        previous = state
        state = [
            minigrad.tanh(dot(u, now) + b + (dot(w, previous) if step else 0.0))
            for u, w, b in zip(into, along, bias)
        ]
    return (dot(parameters(3, 11), state) - y[0]) ** 2, [*x, *y]


def residual() -> tuple[Value, list[Value]]:
    x, y = leaves(3, "x"), leaves(3, "y")
    state = x
    for block in range(2):
        rows = [parameters(4, 10 * block + j) for j in range(3)]
        state = [a + minigrad.relu(dot(row[:3], state, row[3])) for a, row in zip(state, rows)]
    return total([(a - b) ** 2 for a, b in zip(state, y)]), [*x, *y]


def batch_in_one_graph() -> tuple[Value, list[Value]]:
    model = MLP(2, [3, 1], "tanh", seed=1)
    x, y = leaves(8, "x"), leaves(4, "y")
    costs = [squared_error(model(x[2 * n : 2 * n + 2]), [y[n]]) for n in range(4)]
    return total(costs) / 4, [*x, *y]


def composed_softmax_with_penalty() -> tuple[Value, list[Value]]:
    model = MLP(3, [4, 3], "sigmoid", seed=1)
    x, y = leaves(3, "x"), leaves(3, "y")
    powers = [minigrad.exp(z) for z in model(x)]  # type: ignore[union-attr]  # several outputs are a list
    norm = total(powers)
    penalty = 0.01 * total([w * w for layer in model.layers for neuron in layer.neurons for w in neuron.w])
    return -total([t * minigrad.log(p / norm) for t, p in zip(y, powers)]) + penalty, [*x, *y]


def attention() -> tuple[Value, list[Value]]:
    """Products of batch nodes with one another: no weight among them."""
    x, y = leaves(6, "x"), leaves(1, "y")
    keys = [[dot(parameters(2, 7 * n + j), x[2 * n : 2 * n + 2]) for j in range(2)] for n in range(3)]
    scores = [minigrad.exp(dot(keys[0], key)) for key in keys]
    norm = total(scores)
    mixed = [dot([s / norm for s in scores], [key[j] for key in keys]) for j in range(2)]
    return (dot(parameters(2, 50), mixed) - y[0]) ** 2, [*x, *y]


STRUCTURES = (
    autoencoder,
    convolution,
    recurrence,
    residual,
    batch_in_one_graph,
    composed_softmax_with_penalty,
    attention,
)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_networks_that_are_no_plain_layers_agree(structure: Callable[[], tuple[Value, list[Value]]]) -> None:
    cost, inputs = structure()
    program = minigrad.compile(cost, inputs)
    assert not isinstance(program.code, TapeCode)
    for count in (1, 2, 7):
        assert_agrees(program, examples(count, len(inputs), seed=count))


def test_one_node_that_every_row_reads_gets_the_gradient_of_every_row() -> None:
    x, w = leaves(3, "x"), Value(0.5)
    program = minigrad.compile(total([a - minigrad.tanh(w) for a in x]), x, [w])
    assert program.gradient([[0.0, 0.0, 0.0]])[1][0] == pytest.approx(-3.0 / math.cosh(0.5) ** 2, rel=1e-13)
    s = Value(0.5, label="s")
    assert minigrad.compile(total([a - s for a in x]), x, [s]).gradient([[0.0] * 3])[1].tolist() == [-3.0]


def test_sums_of_one_meaning_written_in_two_ways_are_two_rows() -> None:
    x, (u, v, p, q) = leaves(1, "x"), parameters(4, 0)
    a, b, c = x[0], minigrad.tanh(u * x[0]), minigrad.sin(v * x[0])
    left, right = (a + b) + c, a + (b + c)
    cost = total([p * minigrad.tanh(left), q * minigrad.tanh(right)])
    assert_agrees(minigrad.compile(cost, x), examples(5, 1, seed=0))


def test_a_long_narrow_recurrence_runs_on_a_tape() -> None:
    cost, inputs = recurrence(steps=60)
    state = inputs[0]
    weight = Value(0.9)
    for _ in range(100):
        state = minigrad.tanh(weight * state)
    program = minigrad.compile(cost + state, inputs)
    for count in (1, 8):
        assert_agrees(program, examples(count, len(inputs), seed=1))


def test_absolute_paths_bound_a_sum_whose_order_matters() -> None:
    weights = [Value(number) for number in (1e16, -1e16, 1.0)]
    x = leaves(3, "x")
    cost = weights[1] * x[1] + weights[2] * x[2] + weights[0] * x[0]
    program = minigrad.compile(cost, x, weights)
    assert abs(program([[1.0, 1.0, 1.0]]) - 1.0) <= 1e-12 * 2e16
