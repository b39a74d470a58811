"""Lines that repeat are written as a loop: a recurrence, an LSTM, an unrolled optimizer, in as many lines
for any number of steps.
"""

from __future__ import annotations

import random

import numpy as np
import pytest
from compiler_graphs import assert_agrees, examples
from test_compiler_axes import code

import minigrad
from minigrad import Value, total
from minigrad.compiler import Program
from minigrad.compiler.compilation import make_program
from minigrad.compiler.lines.loops import Rolled

RECURRENCE = """\
    A_inputs = [A_input]
    for t in range(1, 6):
        input_t = W_input @ X[3 * t:3 * t + 3] + W_state @ A_inputs[t - 1] + b2
        A_inputs.append(tanh(input_t))
"""
RECURRENCE_BACKWARD = """\
    delta_input_t = delta_input_6
    for t in range(4, 0, -1):
        delta_input_t = (W_state.T @ delta_input_t) * (1 - A_inputs[t] * A_inputs[t])
        dW_input = dW_input + delta_input_t @ X[3 * t:3 * t + 3].T
        dW_state = dW_state + delta_input_t @ A_inputs[t - 1].T
        db2 = db2 + delta_input_t.sum(axis=1, keepdims=True)
"""
DESCENT = """\
        total_t = (A_matrices @ total_t_3.reshape(3, 1, -1).transpose(2, 0, 1))\
.transpose(1, 2, 0).reshape(3, -1)
        error_t = total_t - B
        total_t_2 = (A_matrices.mT @ error_t.reshape(3, 1, -1).transpose(2, 0, 1))\
.transpose(1, 2, 0).reshape(3, -1)
"""
Vector = list[Value]


class Recorder:
    """Makes labelled leaves and keeps them."""

    def __init__(self) -> None:
        self.draw = random.Random(3)
        self.inputs: Vector = []
        self.parameters: Vector = []

    def matrix(self, rows: int, columns: int, label: str) -> list[Vector]:
        result = [[self._leaf(f"{label}{j}_{k}") for k in range(columns)] for j in range(rows)]
        self.parameters += [p for row in result for p in row]
        return result

    def vector(self, size: int, label: str, is_input: bool = False) -> Vector:
        result = [self._leaf(f"{label}{k}") for k in range(size)]
        (self.inputs if is_input else self.parameters).extend(result)
        return result

    def _leaf(self, label: str) -> Value:
        return Value(self.draw.gauss(0, 0.5), label=label)

    def compiled(self, cost: Value) -> Program:
        return make_program(cost, self.inputs, self.parameters, form="arrays")


def linear(rows: list[Vector], x: Vector) -> Vector:
    return [sum(w * x_k for w, x_k in zip(row, x)) for row in rows]


def added(*vectors: Vector) -> Vector:
    return [sum(each) for each in zip(*vectors)]


def recurrence(steps: int) -> Program:
    r = Recorder()
    w, u, b = r.matrix(4, 3, "input"), r.matrix(4, 4, "state"), r.vector(4, "b")
    state: Vector = [0.0] * 4
    for _ in range(steps):
        z = added(linear(w, r.vector(3, "x", True)), linear(u, state), b)
        state = [minigrad.tanh(z_j) for z_j in z]
    return r.compiled(total([h * h for h in state]))


def lstm(steps: int) -> Program:
    r = Recorder()
    gates = ("keep", "add", "show", "new")
    w, u = ({gate: r.matrix(4, size, gate + kind) for gate in gates} for kind, size in (("in", 3), ("st", 4)))
    b = {gate: r.vector(4, f"{gate}b") for gate in gates}
    state, cell = [0.0] * 4, [0.0] * 4
    for _ in range(steps):
        x = r.vector(3, "x", True)
        z = {gate: added(linear(w[gate], x), linear(u[gate], state), b[gate]) for gate in gates}
        keep, add, show = ([minigrad.sigmoid(z_j) for z_j in z[gate]] for gate in gates[:3])
        new = [minigrad.tanh(z_j) for z_j in z["new"]]
        cell = [f * c + i * n for f, c, i, n in zip(keep, cell, add, new)]
        state = [o * minigrad.tanh(c) for o, c in zip(show, cell)]
    return r.compiled(total([h * h for h in state]))


def unrolled_optimizer(steps: int) -> Program:
    """‖A x − b‖² after steps of descent with momentum, of the rate, the momentum and where it begins."""
    r = Recorder()
    a, b = [r.vector(3, "a", True) for _ in range(3)], r.vector(3, "b", True)
    x, (rate, momentum) = r.vector(3, "start"), r.vector(2, "rate")
    speed: Vector = [0.0] * 3
    for _ in range(steps):
        error = [z - b_j for z, b_j in zip(linear(a, x), b)]
        slope = linear(list(zip(*a)), error)
        speed = [momentum * v - rate * g for v, g in zip(speed, slope)]
        x = added(x, speed)
    return r.compiled(total([(z - b_j) ** 2 for z, b_j in zip(linear(a, x), b)]))


def test_a_recurrence_is_a_loop_over_time_forward_and_backward():
    source = code(recurrence(6))
    assert RECURRENCE in source
    assert RECURRENCE_BACKWARD in source


def test_a_matrix_of_each_example_times_a_vector_is_a_product_of_matrices():
    source = code(unrolled_optimizer(6))
    assert DESCENT in source
    assert "broadcast_to" not in source
    assert (source.count("A_matrices @"), source.count("A_matrices.mT @")) == (5, 5)


@pytest.mark.parametrize("is_trained", [True, False])
@pytest.mark.parametrize("size", [1, 2, 4])
def test_both_factors_of_a_matrix_times_a_vector_have_their_gradients(size, is_trained):
    r = Recorder()
    a, x = [r.vector(3, "a", True) for _ in range(size)], r.vector(3, "x", True)
    scale = r.matrix(size, 3, "scale")
    a = [[minigrad.tanh(s * z) for s, z in zip(*rows)] for rows in zip(scale, a)] if is_trained else a
    weights = r.matrix(3, 3, "weight")
    z = linear(a, [minigrad.tanh(x_k) for x_k in linear(weights, x)])
    program = r.compiled(total([minigrad.exp(z_j) for z_j in z]))
    assert_agrees(program, examples(3, len(program.inputs), size))
    if size > 1:
        assert ".transpose(1, 2, 0)" in program.source


@pytest.mark.parametrize(("model", "most"), [(recurrence, 32), (lstm, 120), (unrolled_optimizer, 60)])
def test_the_number_of_lines_does_not_tell_the_number_of_steps(model, most):
    counts = set()
    for steps in (2, 6, 9):
        program = model(steps)
        assert_agrees(program, examples(4, len(program.inputs), steps))
        source = code(program)
        if steps > 2:
            counts.add(source[source.index("def gradient(") :].count("\n"))
    assert len(counts) == 1
    assert counts.pop() <= most


def test_each_step_can_be_seen_and_each_equation_is_a_line():
    program = recurrence(6)
    batch = examples(4, 18, 1)
    run = program.run(batch)
    names = [name for name in run if name.startswith("A_input")]
    assert len(names) == 6
    state = np.zeros((4, 4))
    views = program.parameters.views()
    for t, name in enumerate(names):
        z = views["W_input"] @ batch.T[3 * t : 3 * t + 3] + views["W_state"] @ state + views["b2"]
        state = np.tanh(z)
        np.testing.assert_allclose(run[name], state, rtol=1e-12)
    assert all(equation.line in program.source for equation in program.equations())
    assert len(program.equations()) == len(recurrence(9).equations())


def rolled(*lines: str, end: str = "") -> list[str]:
    return [code for code, _ in Rolled([[(line, "") for line in lines]], end).lines]


def test_only_lines_that_differ_by_names_and_even_steps_are_a_loop():
    steps = [f"a_{k} = f(a_{k - 1}) + x[{2 * k}:{2 * k + 2}]" for k in range(1, 9)]
    assert rolled(*steps) == [
        "a_t = a_0",
        "for t in range(8):",
        "    a_t = f(a_t) + x[2 * t + 2:2 * t + 4]",
    ]
    others = [line.replace("f", "g") if k % 3 == 2 else line for k, line in enumerate(steps)]
    assert rolled(*others[:4]) == others[:4]
    uneven = [f"a_{k} = f(a_{k - 1}) + x[{k * k}]" for k in range(1, 9)]
    assert rolled(*uneven) == uneven
    parameters = [f"a_{k} = W{k} @ a_{k - 1}" for k in range(1, 9)]  # layers, each with its own
    assert rolled(*parameters) == parameters
    turned = [f"T_{k} = f(T_{k - 1}.T)" for k in range(1, 9)]  # an attribute has a name of its own
    assert rolled(*turned)[-1] == "    T_t = f(T_t.T)"
    assert rolled(*[f"T = f(T.T) + x[{k}]" for k in range(8)])[-1] == "    T = f(T.T) + x[t]"
    again = [*steps, "a_3 = 0"]  # a name that is given twice
    assert rolled(*again)[-1] == "a_3 = 0"


@pytest.mark.parametrize("seed", range(30))
def test_a_loop_does_what_its_lines_do(seed):
    """Random lines in a step, which read names of this and earlier steps, then read again afterwards."""
    draw = random.Random(seed)
    size, count = draw.randint(1, 4), draw.randint(4, 8)
    templates = []
    for j in range(size):
        lags = [(draw.randrange(size), draw.randint(0, 2)) for _ in range(2)]
        lags = [(other, max(lag, other >= j)) for other, lag in lags]
        templates.append((lags, draw.randint(-1, 1), draw.randint(2, 9)))
    start = [f"v{j}_{k} = {draw.randint(-4, 4)}.5" for k in (0, 1) for j in range(size)]
    lines = list(start)
    for k in range(2, count + 2):
        for j, (lags, slope, first) in enumerate(templates):
            (a, p), (b, q) = lags
            number = f"x[{20 + first + slope * k}]"
            lines.append(f"v{j}_{k} = 0.5 * v{a}_{k - p} - v{b}_{k - q} * {number}")
            lines.append(f"s = s + v{j}_{k}")
    reads = [f"v{draw.randrange(size)}_{draw.randint(0, count + 1)}" for _ in range(draw.randint(0, 3))]
    lines += [f"w_{k} = {' - '.join(f'v{j}_{count + 1 - k}' for j in range(size))} + s" for k in range(count)]
    end = f"result = [s, {', '.join([*reads, *(f'w_{k}' for k in range(count))])}]"
    plain, loops = {"s": 0.0, "x": list(range(50))}, {"s": 0.0, "x": list(range(50))}
    exec("\n".join([*lines, end]), plain)
    parts = [[(line, "") for line in lines]]
    found = Rolled(parts, end)
    exec("\n".join([code for code, _ in found.lines] + [found.end]), loops)
    assert loops["result"] == plain["result"]
    assert len(found.lines) < len(lines)
