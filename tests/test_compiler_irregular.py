"""Graphs without structure: straight-line Python, loops, machine code, bit for bit the engine or nearly."""

from __future__ import annotations

import importlib.util
import math
import pickle

import numpy as np
import pytest
from compiler_graphs import Layered, assert_agrees, examples, on_tape, random_graph

import minigrad
from minigrad import Operation, Value, operation, rules
from minigrad.compiler.compilation import make_program
from minigrad.compiler.targets import tape_running
from minigrad.compiler.targets.native import native_passes
from nn import MLP, squared_error

needs_numba = pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="numba is not installed")


def chain(steps: int) -> tuple[Value, list[Value], list[Value]]:
    """+ − × tanh σ, of two operands each: no sum that could be added up in another order."""
    x, parameters = Value(0.3, label="x"), [Value(0.2 + 0.1 * k) for k in range(6)]
    nodes = [*parameters, x]
    kinds = (lambda a, b: a * b, lambda a, b: a + b, lambda a, b: a - b, lambda a, b: (a * b).tanh())
    for k in range(steps):
        nodes.append(kinds[k * k % 7 % 4](nodes[-1], nodes[(5 * k + 3) % 7]))
    return nodes[-1].sigmoid(), [x], parameters


@pytest.mark.parametrize("form", ["lines", "loops"])
def test_cost_and_gradient_are_the_engines_bit_for_bit(form) -> None:
    cost, inputs, parameters = chain(200)
    program = on_tape((cost, inputs, parameters), form)
    found = program.gradient([[0.3]])
    cost.backward()
    assert found[0] == cost.data
    assert found[1].tolist() == [parameter.grad for parameter in parameters]


def test_the_lines_of_a_small_graph_can_be_read() -> None:
    w, x, y = (Value(2.0, label=name) for name in "wxy")
    program = minigrad.compile((w * x - y) ** 2, [x, y], examples=1)
    assert program.source.splitlines()[3:14] == [
        "def both_passes(parameters, inputs, seed):",
        "    v0, = parameters",
        "    v1, v2, = inputs",
        "    v4 = v0 * v1",
        "    v5 = v4 - v2",
        "    v6 = power(v5, 2.0)",
        "    g6 = seed",
        "    g5 = g6 * (2 * v5)",
        "    g4 = g5",
        "    g0 = g4 * v1",
        "    return v6, [g0]",
    ]
    assert program.gradient([[3.0, 5.0]])[1].tolist() == [6.0]


def test_the_number_of_examples_that_come_decides_between_lines_and_arrays() -> None:
    model = MLP(2, [2, 1], "tanh", seed=0)
    inputs = [Value(0.1, label=name) for name in ("x1", "x2", "y")]
    graph = (squared_error(model(inputs[:2]), [inputs[2]]), inputs, model.parameters())
    forms = {n: minigrad.compile(*graph, examples=n) for n in (1, 1_000)}
    assert "v9" in forms[1].source
    assert "W1" in forms[1_000].source
    for program in forms.values():
        assert_agrees(program, examples(4, 3, seed=1))
    for wrong in (0, -1, 2.0, "many"):
        with pytest.raises(ValueError, match=r"compile: examples= is how many a batch has"):
            minigrad.compile(*graph, examples=wrong)


def test_an_operation_called_as_a_slot_is_hides_none() -> None:
    @operation(value=lambda x: 3.0 * x)
    def v1(y, x):
        return (3.0,)

    p, x = Value(2.0), Value(5.0)
    program = on_tape((v1(p) * x, [x], [p]), "lines")
    assert program.gradient([[5.0]])[1].tolist() == [15.0]


def test_negative_and_infinite_constants_are_written_in_brackets() -> None:
    p, x = Value(0.5), Value(3.0)
    limits = (-1.5, -2.5, -3.5, -4.5, math.inf)
    cost = minigrad.total([minigrad.minimum(p * x, number) for number in limits]) + 2.0**p
    program = on_tape((cost, [x], [p]), "lines")
    found = program.gradient([[3.0]])
    cost.backward()
    assert found[0] == pytest.approx(cost.data, rel=1e-15)
    assert found[1].tolist() == pytest.approx([p.grad], rel=1e-15)


def test_a_parameter_that_nothing_leads_back_to_has_the_gradient_0() -> None:
    p, q, x = Value(0.5), Value(1.5), Value(3.0)
    program = on_tape((p * x, [x], [p, q]), "lines")
    assert program.gradient([[3.0]])[1].tolist() == [3.0, 0.0]


def test_a_gradient_that_two_operands_share_is_not_added_to_for_one_of_them() -> None:
    p, q, x = Value(0.5), Value(-0.3), Value(2.0)
    u, v = p * x, q * x
    cost = (u + v) * 2.0 + u * v + u.tanh()
    assert_agrees(on_tape((cost, [x], [p, q]), "lines"), examples(9, 1, seed=0))


@pytest.mark.parametrize("form", ["lines", "loops", "arrays", "native"])
def test_what_only_an_output_needs_passes_nothing_back(form, monkeypatch) -> None:
    """√p has an unbounded derivative at 0, but the cost does not depend on it."""
    if form == "native":
        pytest.importorskip("numba")
        monkeypatch.setattr(tape_running, "STEPS_BEFORE_NATIVE", 0)
    p, q, x = Value(0.0), Value(0.5), Value(1.0)
    cost = x.sin() * q + p * x
    kind = "loops" if form == "native" else form
    program = make_program(cost, [x], [p, q], outputs=[minigrad.sqrt(p), p, x, cost], form=kind)
    assert program.gradient([[1.0]])[1].tolist() == pytest.approx([1.0, math.sin(1.0)], rel=1e-15)
    assert program.outputs([[1.0]])[0].tolist() == pytest.approx([0.0, 0.0, 1.0, 0.5 * math.sin(1.0)])


# --- machine code ----------------------------------------------------------------------------------------


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(tape_running, "STEPS_BEFORE_NATIVE", 0)


@needs_numba
def test_machine_code_gives_the_bits_of_the_engine(at_once) -> None:
    cost, inputs, parameters = chain(400)
    program = on_tape((cost, inputs, parameters))
    found = program.gradient([[0.3]])
    assert program._runner.of_numba is not None
    cost.backward()
    assert found[0] == cost.data
    assert found[1].tolist() == [parameter.grad for parameter in parameters]
    single = on_tape((cost, inputs, parameters), dtype="float32")
    np.testing.assert_allclose(single.gradient([[0.3]])[1], found[1], rtol=1e-5)
    again = pickle.loads(pickle.dumps(program))
    assert again.gradient([[0.3]])[1].tolist() == found[1].tolist()


UNREAD = {rules.logaddexp}  # which sorts its operands, in a way that numba does not read
ROWS = [row for row in vars(rules).values() if isinstance(row, Operation) and row.arity in (1, 2)]


@needs_numba
def test_every_row_of_the_table_is_in_machine_code_what_it_is_in_python(at_once) -> None:
    """One graph with all rows, each on parameters of its own, so that a gradient tells of one row."""
    x, parameters, results = Value(0.4, label="x"), [], []
    for row in [row for row in ROWS if row not in UNREAD]:
        own = [Value(0.3 + 0.2 * k) for k in range(row.arity)]
        least = 1.0 if row is rules.acosh else 0.0
        operands = [minigrad.sigmoid(p * x) + least for p in own]  # in 0 … 1, where the others are defined
        results.append(row(*operands).tanh())
        parameters += own
    graph = (minigrad.total(results), [x], parameters)
    program, in_python, batch = on_tape(graph), on_tape(graph), np.linspace(-2.0, 2.0, 9)[:, None]
    in_python._runner.of_numba = None
    found, wanted = program.gradient(batch), in_python.gradient(batch)
    assert program._runner.of_numba is not None
    assert found[0] == pytest.approx(wanted[0], rel=4e-15)
    np.testing.assert_allclose(found[1], wanted[1], rtol=4e-15, atol=1e-16)
    costs = [each(batch, per_example=True) for each in (program, in_python)]
    np.testing.assert_allclose(costs[0], costs[1], rtol=4e-15)


@needs_numba
def test_machine_code_agrees_on_random_graphs(at_once) -> None:
    for graph in (random_graph(1, size=40), Layered(1).graph()):
        assert_agrees(on_tape(graph), examples(3, len(graph[1]), 1))


@needs_numba
@pytest.mark.parametrize("operands", [2, 3])
def test_an_operation_that_sorts_or_has_more_than_two_operands_is_left_to_python(at_once, operands) -> None:
    p, x = Value(0.5), Value(3.0)
    terms = [p * x, p, x][:operands]
    cost = minigrad.logaddexp(*terms) if operands == 2 else minigrad.logsumexp(terms)
    program = on_tape((cost, [x], [p]))
    assert_agrees(program, np.array([[1.0], [2.0]]))
    assert native_passes(program.code.tape) is None


@needs_numba
def test_what_numba_cannot_read_stays_in_python(at_once) -> None:
    table = {0.0: 1.0}

    @operation(value=lambda x: table.get(x, 2.0 * x))
    def doubled(y, x):
        return (2.0,)

    p, x = Value(0.5), Value(3.0)
    program = on_tape((doubled(p) * x, [x], [p]))
    assert program.gradient([[3.0]])[1].tolist() == [6.0]


@needs_numba
def test_outside_a_domain_machine_code_raises_what_the_engine_raises(at_once) -> None:
    p, x = Value(0.5, label="p"), Value(3.0, label="x")
    program = on_tape((minigrad.log(p * x), [x], [p]))
    with pytest.raises(ValueError, match=r"log\(-0\.5\): the operand must be > 0"):
        program.gradient([[3.0], [-1.0]])


@needs_numba
def test_machine_code_comes_only_when_it_is_worth_it() -> None:
    program = on_tape(chain(50))
    program.gradient([[0.3]])
    assert "of_numba" not in vars(program._runner)
    program._runner.steps_run = tape_running.STEPS_BEFORE_NATIVE
    program.gradient([[0.3]])
    assert program._runner.of_numba is not None
