"""Deep graphs compile: no line of a program, and no formula, nests as deeply as the graph."""

from __future__ import annotations

import random

import pytest
from compiler_graphs import assert_agrees, examples

import minigrad
import nn
from minigrad import Value, dot, operation, total
from minigrad.compiler.targets.tape_running import TapeCode

DRAW = random.Random(0)


def parameters(count: int, size: float = 1.0) -> list[Value]:
    return [Value(DRAW.uniform(-size, size)) for _ in range(count)]


def leaves(count: int, letter: str) -> list[Value]:
    return [Value(0.1, label=f"{letter}{k}") for k in range(count)]


def test_a_penalty_on_250_layers_compiles() -> None:
    model = nn.MLP(2, [4] * 250 + [1], activation="tanh", seed=0)
    before = [parameter.data for parameter in model.parameters()]
    nn.fit(model, [[0.1, 0.2]], [0.5], epochs=1, penalty=0.1, engine="compiled")
    assert all(parameter.data != old for parameter, old in zip(model.parameters(), before) if old)


def recurrence(steps: int, size: int) -> tuple[Value, list[Value]]:
    """A loss at every step: the cost sums as many blocks, and every state has two readers."""
    x, y = leaves(steps, "x"), leaves(steps, "y")
    weights, into, out = [parameters(size, 0.4) for _ in range(size)], parameters(size), parameters(size)
    state = [minigrad.tanh(w * x[0]) for w in into]
    costs = []
    for now, target in zip(x, y):
        state = [minigrad.tanh(dot([*row, w], [*state, now])) for row, w in zip(weights, into)]
        costs.append((dot(out, state) - target) ** 2)
    return total(costs), [*x, *y]


def all_activations(layers: int, size: int) -> tuple[Value, list[Value]]:
    """A cost that reads every layer."""
    x = leaves(size, "x")
    layer, everything = x, []
    for _ in range(layers):
        layer = [minigrad.tanh(dot(parameters(size), layer)) for _ in range(size)]
        everything += layer
    return total(everything), x


def one_layer_read_by_all(layers: int, size: int) -> tuple[Value, list[Value]]:
    """A gradient that is the sum of a deposit from every layer."""
    x = leaves(size, "x")
    base = [minigrad.tanh(dot(parameters(size), x)) for _ in range(size)]
    layer = base
    for _ in range(layers):
        layer = [minigrad.tanh(a * b) for a, b in zip(layer, base)]
    return total(layer), x


@operation(lambda *terms: sum(terms) ** 2)
def squared_sum(y, *terms):  # type: ignore[no-untyped-def]
    """A row with a loop, whose formula nests as deeply as there are operands."""
    result = 0.0
    for term in terms:
        result = result + term
    return tuple(2.0 * result for _ in terms)


def a_loop_in_a_row() -> tuple[Value, list[Value]]:
    x = leaves(1, "x")
    return squared_sum(*[minigrad.tanh(weight * x[0]) for weight in parameters(600)]), x


@operation(lambda x: (1.0 + x / 2**30) ** 2**30)
def squared_thirty_times(y, x):  # type: ignore[no-untyped-def]
    """A row whose formula, written out, has 2³⁰ parts, as each step uses the one before twice."""
    base = result = 1.0 + x / 2**30
    for _ in range(30):
        result = result * result
    return (result / base,)


def a_row_that_doubles() -> tuple[Value, list[Value]]:
    x = leaves(1, "x")
    return squared_thirty_times(parameters(1)[0] * x[0]), x


def one_operand_many_times() -> tuple[Value, list[Value]]:
    x = leaves(1, "x")
    v, w = parameters(2)
    return minigrad.logsumexp([v * x[0]] + [minigrad.sin(w * x[0])] * 500), x


@pytest.mark.parametrize(
    "graph",
    [
        lambda: recurrence(300, 16),
        lambda: all_activations(300, 4),
        lambda: one_layer_read_by_all(300, 4),
        a_loop_in_a_row,
        a_row_that_doubles,
        one_operand_many_times,
    ],
    ids=["recurrence", "all activations", "one layer", "loop in a row", "doubled", "one operand"],
)
def test_depth_is_no_limit(graph) -> None:  # type: ignore[no-untyped-def]
    cost, inputs = graph()
    program = minigrad.compile(cost, inputs)
    assert not isinstance(program.code, TapeCode)
    for count in (1, 3):
        assert_agrees(program, examples(count, len(inputs), seed=count))


def test_no_line_of_a_deep_program_is_longer_than_a_few_hundred_letters() -> None:
    cost, inputs = all_activations(200, 4)
    source = minigrad.compile(cost, inputs).source
    assert max(map(len, source.splitlines())) < 1_000
    assert sum(line.startswith("    total") for line in source.splitlines()) == 9  # of 20 layers each
