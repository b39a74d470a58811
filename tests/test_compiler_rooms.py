"""The rooms of the compiler one by one: what is read, folded, fused, and laid out."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad
from minigrad import Value, dot, rules, total
from minigrad.compiler.lines.names import Names
from minigrad.compiler.reading.fuse import fuse
from minigrad.compiler.reading.graph import Graph, read
from minigrad.compiler.reading.sums import Fused, Sum
from minigrad.compiler.targets.functions import adding_at
from minigrad.graph import topological_order


def graph_of(cost: Value, inputs: list[Value], parameters: list[Value] | None = None) -> Graph:
    return read(topological_order(cost, as_recorded=True), inputs, parameters)[0]


def operations(graph: Graph) -> list[str]:
    return [operation.name for operation in graph.operations if operation is not None]


# --- reading ---------------------------------------------------------------------------------------------


def test_equal_operations_on_equal_operands_are_one_node() -> None:
    w, x = Value(2.0), Value(3.0)
    assert operations(graph_of((w * x) + minigrad.tanh(w * x), [x])) == ["multiply", "tanh", "add"]


def test_sums_and_products_merge_whatever_the_order_of_their_operands() -> None:
    w, x = Value(2.0), Value(3.0)
    assert operations(graph_of((w * x) - (x * w), [x])) == ["multiply", "subtract"]
    assert operations(graph_of((w - x) * (x - w), [x])) == ["subtract", "subtract", "multiply"]


def test_constants_fold_and_equal_constants_are_one() -> None:
    x = Value(3.0)
    scale = Value(2.0)
    graph = graph_of((scale * 3.0 + 1.0) * x + 7.0, [x], [])
    assert operations(graph) == ["multiply", "add"]
    assert sorted(graph.numbers.values())[-2:] == [7.0, 7.0] or 7.0 in graph.numbers.values()


@pytest.mark.parametrize(
    "same",
    [
        lambda v: 0 + v,
        lambda v: v + 0.0,
        lambda v: 1 * v,
        lambda v: v * 1.0,
        lambda v: v / 1,
        lambda v: total([v]),
    ],
)
def test_what_changes_nothing_is_folded(same) -> None:  # type: ignore[no-untyped-def]
    w, x = Value(2.0), Value(3.0)
    assert operations(graph_of(same(w * x), [x])) == ["multiply"]


@pytest.mark.parametrize("other", [lambda v: 0.0 * v, lambda v: v - v, lambda v: v / v, lambda v: v**0])
def test_what_infinity_would_notice_is_not_folded(other) -> None:  # type: ignore[no-untyped-def]
    x = Value(3.0)
    assert len(operations(graph_of(other(x), [x]))) == 1


def test_zero_and_minus_zero_are_two_constants() -> None:
    x = Value(3.0)
    graph = graph_of(minigrad.maximum(x, 0.0) + minigrad.maximum(x, -0.0), [x])
    assert operations(graph) == ["maximum", "maximum", "add"]


# --- fusing ----------------------------------------------------------------------------------------------


def only_sum(fused: Fused) -> Sum:
    (result,) = fused.sums.values()
    return result


def neuron() -> tuple[list[Value], list[Value], Value]:
    return [Value(0.1), Value(0.2), Value(0.3)], [Value(1.0), Value(2.0), Value(3.0)], Value(0.5)


@pytest.mark.parametrize("style", ["dot", "left", "right", "total", "x first"])
def test_a_neuron_is_one_sum_of_products_however_it_is_written(style: str) -> None:
    w, x, b = neuron()
    p = [a * c for a, c in zip(w, x)]
    z = {
        "dot": lambda: dot(w, x, b),
        "left": lambda: p[0] + p[1] + p[2] + b,
        "right": lambda: b + (p[0] + (p[1] + p[2])),
        "total": lambda: total([*p, b]),
        "x first": lambda: x[0] * w[0] + x[1] * w[1] + x[2] * w[2] + b,
    }[style]()
    graph = graph_of(z, x)
    found = only_sum(fuse(graph))
    position = graph.parameters
    column = graph.columns
    assert sorted(column[source] for _, source in found.products) == [0, 1, 2]
    assert all(weight in position for weight, _ in found.products)
    assert found.offset in position
    assert not found.terms


def test_subtraction_is_a_boundary() -> None:
    w, x, b = neuron()
    assert len(fuse(graph_of((dot(w, x, b) - x[0]) + x[1], x)).sums) == 2


def test_a_node_that_is_used_twice_is_not_absorbed() -> None:
    w, x, b = neuron()
    z = dot(w, x, b)
    assert len(fuse(graph_of((z + x[0]) * z, x)).sums) == 2


def test_a_node_with_a_role_is_not_absorbed() -> None:
    class Role(str):
        kind, layer, neuron = "z", 1, 1

    w, x, b = neuron()
    z = dot(w, x, b)
    z.label = Role("z")
    assert len(fuse(graph_of(z + x[0], x)).sums) == 2


def test_a_product_of_two_batch_nodes_or_of_two_parameters_is_no_weight_times_a_source() -> None:
    w, x, _ = neuron()
    found = only_sum(fuse(graph_of(w[0] * w[1] + x[0] * x[1] + w[2] * x[2], x)))
    assert len(found.products) == 1
    assert len(found.terms) == 1
    assert found.offset is not None


def test_a_constant_times_an_input_is_no_product_of_a_weight() -> None:
    w, x, _ = neuron()
    found = only_sum(fuse(graph_of(2.0 * x[0] + w[0] * x[1], x)))
    assert len(found.products) == 1
    assert len(found.terms) == 1


# --- shapes that no weights are padded into --------------------------------------------------------------


def test_an_infinite_input_of_one_neuron_does_not_reach_another() -> None:
    w, x = [Value(0.5) for _ in range(4)], [Value(1.0, label=f"x{k}") for k in range(3)]
    rows = [dot(w[:2], x[:2]), dot(w[2:], x[1:])]
    program = minigrad.compile(minigrad.tanh(rows[0]) + 0.5 * minigrad.tanh(rows[1]), x, w)
    cost = program([[np.inf, 0.25, 0.5]])
    assert cost == pytest.approx(1.0 + 0.5 * np.tanh(0.375), rel=1e-14)


def test_weights_of_sparse_rows_gather_their_own_sources() -> None:
    x = [Value(0.1 * k, label=f"x{k}") for k in range(8)]
    rows = [([Value(0.3), Value(0.4)], [x[k], x[k + 2]]) for k in range(6)]
    program = minigrad.compile(total([minigrad.tanh(dot(w, s)) for w, s in rows]), x)
    assert program.source.count(" @ ") == 2  # one product forward, one for the weights' gradient
    assert "G = X[index" in program.source


# --- names and scattering --------------------------------------------------------------------------------


def test_no_name_is_given_twice() -> None:
    names = Names({"exp"})
    wanted = ["A1", "A1", "exp", "exp_1", "A1_2", "1", "for", "a b", ""]
    given = [names.new(name) for name in wanted]
    assert len(set(given)) == len(given)
    assert all(name.isidentifier() for name in given)


def test_a_parameters_name_keeps_the_name_of_its_gradient_free() -> None:
    names = Names(set())
    names.new("dW", with_gradient=True)
    assert names.new("W", with_gradient=True) != "W"


def test_scattering_is_the_transpose_of_gathering() -> None:
    rng = np.random.default_rng(0)
    index = rng.integers(0, 5, (3, 4))
    source, values = rng.normal(size=(5, 6)), rng.normal(size=(12, 6))
    target = np.zeros((5, 6))
    adding_at(index)(target, values)
    assert np.sum(source[index.ravel()] * values) == pytest.approx(np.sum(source * target), rel=1e-12)
    assert rules.dot.arity is None


def test_the_face_finds_each_name_that_it_lists() -> None:
    assert all(getattr(minigrad.compiler, name).__name__ == name for name in minigrad.compiler.__all__)
