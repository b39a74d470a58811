"""Rows of a user's own: whatever they ask of a number, a program gives what the engine gives."""

from __future__ import annotations

import math
import operator

import pytest
from compiler_graphs import assert_agrees, examples, on_tape

import minigrad
import nn
from minigrad import Operation, Value, operation

W, X = Value(2.0, label="w"), Value(0.5, label="x")


def agrees(cost: Value, inputs: list[Value] | None = None, parameters: list[Value] | None = None) -> None:
    """Array lines and tape agree with the engine, for one example, few and many."""
    graph = (cost, inputs or [X], parameters or [W])
    for program in (minigrad.compile(*graph), on_tape(graph), on_tape(graph, "lines")):
        for count in (1, 2, 9):
            assert_agrees(program, examples(count, len(graph[1]), seed=count))


@pytest.mark.parametrize("symbol", ["^", "+", "−", "×", "÷"])
def test_a_symbol_says_nothing_of_what_an_operation_does(symbol: str) -> None:
    @operation(lambda a, b: a * b + a, symbol=symbol)
    def own(y, a, b):  # type: ignore[no-untyped-def]
        return b + 1.0, a

    agrees(own(W * X, W + X))


def test_an_activation_in_a_row_may_meet_a_number() -> None:
    @operation(lambda x, g: x / (1.0 + math.exp(-g)))
    def gated(y, x, g):  # type: ignore[no-untyped-def]
        gate = minigrad.sigmoid(g)
        return gate, x * gate * (1.0 - gate)

    agrees(gated(W * X, 0.5))
    agrees(gated(W * X, 1.0))


@pytest.mark.parametrize(
    ("value", "row"),
    [
        (operator.mod, lambda y, a, b: (1.0, -(a // b))),
        (operator.floordiv, lambda y, a, b: (0.0, 0.0)),
        (lambda a, b: abs(a) * b, lambda y, a, b: (b * a / abs(a), abs(a))),
        (lambda a, b: a * b, lambda y, a, b: (b if a == 0 else y / a, a)),
        (lambda a, b: a * b, lambda y, a, b: ({True: b}[isinstance(a, float)], a)),
    ],
    ids=["mod", "floordiv", "abs", "equal", "key error"],
)
def test_what_symbols_cannot_answer_is_asked_entry_by_entry(value, row) -> None:  # type: ignore[no-untyped-def]
    agrees(Operation("own", value, row)(W * X, 0.3) + W * X)
    agrees(Operation("own", value, row)(W * X + 2.0, 0.3 + W) + W * X)


def test_a_whole_number_in_a_row_stays_a_float() -> None:
    @operation(lambda x, c: x / max(c, 1.0))
    def scaled(y, x, c):  # type: ignore[no-untyped-def]
        return minigrad.maximum(c, 1.0) ** -1, 0.0  # NumPy has no −1st power of an integer

    agrees(scaled(W * X, 3.0))


@pytest.mark.parametrize("has_if", [False, True])
def test_a_row_may_unpack_the_number_of_operands_that_it_has(has_if: bool) -> None:
    def row(y, *operands):  # type: ignore[no-untyped-def]
        a, b, c, d = operands
        if has_if and a > 0:
            return b * c * d, a * c * d, a * b * d, a * b * c
        return b * c * d, a * c * d, a * b * d, a * b * c

    product = Operation("product", lambda *operands: math.prod(operands), row)
    x, w = [Value(0.1, label=f"x{k}") for k in range(4)], [Value(0.5 + 0.1 * k) for k in range(4)]
    agrees(product(*[a * b for a, b in zip(w, x)]), x, w)


@pytest.mark.parametrize(
    "array_value", [None, lambda xp, x: x / (1.0 + xp.abs(x))], ids=["by entries", "by array"]
)
def test_a_row_of_the_table_that_numpy_has_no_function_for_runs_in_programs(array_value, monkeypatch):
    def soft_sign(y, x):
        return (1.0 / ((1.0 + abs(x)) * (1.0 + abs(x))),)

    soft_sign.__module__ = "minigrad.rules"
    row = Operation("soft_sign", lambda x: x / (1.0 + abs(x)), soft_sign, array_value=array_value)
    monkeypatch.setattr(minigrad.rules, "soft_sign", row, raising=False)
    monkeypatch.setitem(nn.ACTIVATIONS, "soft_sign", row)
    x, w = Value(2.0, label="x"), Value(3.0, label="w")
    cost, gradient = minigrad.compile(row(w * x), inputs=[x], parameters=[w]).gradient([[-1.0], [2.0]])
    assert (cost, gradient[0]) == (pytest.approx((-3 / 4 + 6 / 7) / 2), pytest.approx((-1 / 16 + 2 / 49) / 2))
    examples = [[1.0, 2.0], [0.5, -1.0]]
    costs = {}
    for engine in ("compiled", "scalar"):
        model = nn.MLP(2, [3, 1], "soft_sign", seed=0)
        costs[engine] = nn.fit(model, examples, [1.0, 0.0], epochs=5, engine=engine).cost
    assert costs["compiled"] == pytest.approx(costs["scalar"], rel=1e-12)
    assert nn.predict(model, examples)[1, 0] == pytest.approx(model(examples[1]).data, rel=1e-12)
    trace = nn.trace(model, examples[0], 1.0)
    trace.backward()
    assert nn.equations.report(trace).largest < 1e-12
