"""What compiling costs: calls a node, the same on every machine, and no garbage for the collector."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

import minigrad
from minigrad import Value, comparisons
from minigrad.compiler.written import forget
from nn import MLP, squared_error


def recurrence(steps: int, size: int) -> tuple[Value, list[Value], list[Value]]:
    """Cost, inputs and parameters of a recurrence that is written with single products and sums."""
    w = [[Value(0.1 * (j - k), label=f"w{j}_{k}") for k in range(size)] for j in range(size)]
    inputs = [Value(0.1 * k, label=f"x{k}") for k in range(size)]
    state = inputs
    for _ in range(steps):
        state = [minigrad.tanh(sum(a * b for a, b in zip(row, state))) for row in w]
    return sum(state), inputs, [weight for row in w for weight in row]


def calls(work: Callable[[], Any]) -> int:
    """How many functions are called, those of C among them."""
    count = 0

    def counted(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_a_further_node_costs_few_calls() -> None:
    graphs = [recurrence(steps, 24) for steps in (4, 12)]
    for graph in graphs:
        minigrad.compile(*graph)  # what is found once, such as the text of functions
    forget()
    counts = [calls(lambda graph=graph: minigrad.compile(*graph)) for graph in graphs]
    nodes = [len(minigrad.graph.topological_order(graph[0])) for graph in graphs]
    assert (counts[1] - counts[0]) / (nodes[1] - nodes[0]) <= 25


def test_a_network_costs_a_few_calls_a_weight() -> None:
    model = MLP(64, [32, 10])
    inputs = model.inputs([0.5] * 64)
    outputs, targets = model(inputs), [Value(0.0, label="y") for _ in range(10)]
    given = squared_error(outputs, targets), [*inputs, *targets], model.parameters()
    minigrad.compile(*given)
    forget()
    comparisons._REMEMBERED.clear()  # those of other tests, which compiling looks through
    assert calls(lambda: minigrad.compile(*given)) <= 12 * len(given[2])


def test_the_graph_is_freed_without_the_collector() -> None:
    minigrad.compile(*recurrence(2, 6))
    graph = recurrence(3, 12)
    gc.collect()
    gc.disable()
    try:
        program = minigrad.compile(*graph)
        garbage = gc.collect()
    finally:
        gc.enable()
    assert garbage < len(program.recording.order) / 10
