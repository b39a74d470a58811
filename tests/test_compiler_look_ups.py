"""Parameters that are looked up while recording: gathers of rows, and matrices that multiply them."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from compiler_graphs import assert_agrees
from conftest import load_example
from test_compiler_axes import code

import minigrad
from minigrad import Value, dot, total
from minigrad.compiler import Program
from minigrad.compiler.compilation import make_program

MAKEMORE = """\
    rows = C[index].T.reshape(2, 4, 3, -1)
    G = rows.transpose(0, 2, 1, 3).reshape(6, -1)
    hidden = W_hidden @ G + b1
    A_hidden = tanh(hidden)
    logits = W_logits @ A_hidden
"""
MAKEMORE_BACKWARD = """\
    dW_hidden = delta_hidden @ G.T
    db1 = delta_hidden.sum(axis=1, keepdims=True)
    drows = (W_hidden.T @ delta_hidden).reshape(2, 3, 4, -1).transpose(0, 2, 1, 3)
    dC = zeros_like(C)
    dC = scatter(dC, drows.reshape(2, -1).T)
"""


def matrix(rows: int, columns: int, draw: random.Random, label: str = "") -> list[list[Value]]:
    return [
        [Value(draw.gauss(0, 0.5), label=f"{label}{j}_{k}" if label else "") for k in range(columns)]
        for j in range(rows)
    ]


def embedding_mlp(
    names: int, is_labelled: bool = True, with_dot: bool = False, is_tied: bool = False, decay: float = 0.0
) -> tuple[Value, list[Value]]:
    """The mean cost of predicting a character from the three before it, recorded for some names at once."""
    draw = random.Random(5)
    size = 4 if is_tied else 2
    table, hidden = (
        matrix(27, size, draw, "C" * is_labelled),
        matrix(4, 3 * size, draw, "hidden" * is_labelled),
    )
    logits = table if is_tied else matrix(27, 4, draw, "logits" * is_labelled)
    offsets = [Value(draw.gauss(0, 0.5), label="b" * is_labelled) for _ in range(4)]
    product = dot if with_dot else lambda row, x: sum(w * x_k for w, x_k in zip(row, x))
    costs = []
    for _ in range(names):
        x = [entry for token in draw.choices(range(27), k=3) for entry in table[token]]
        a = [minigrad.tanh(product(row, x) + b) for row, b in zip(hidden, offsets)]
        powers = [product(row, a).exp() for row in logits]
        costs.append(-(powers[draw.randrange(27)] / sum(powers)).log())
    matrices = [table, hidden, *([] if is_tied else [logits]), [offsets]]
    parameters = [p for each in matrices for row in each for p in row]
    cost = sum(costs) / names
    return (cost + decay * total([p * p for p in parameters]) if decay else cost), parameters


def compiled(cost: Value, parameters: list[Value] | None) -> Program:
    return make_program(cost, [], parameters, form="arrays")


def test_rows_that_are_looked_up_are_a_gather_and_their_gradient_a_scatter():
    program = compiled(*embedding_mlp(4))
    assert MAKEMORE in code(program)
    assert MAKEMORE_BACKWARD in code(program)
    assert program.parameters.views()["C"].shape == (27, 2)
    sources = [code(compiled(*embedding_mlp(names))) for names in (8, 16)]
    assert len({source[source.index("def gradient(") :].count("\n") for source in sources}) == 1


@pytest.mark.parametrize("names", [1, 2, 7])
@pytest.mark.parametrize("given", [True, False], ids=["parameters", "all leaves"])
def test_look_ups_agree_with_the_engine_however_they_are_written(names, given):
    for is_labelled, with_dot, is_tied, decay in itertools.product(*[(False, True)] * 3, (0.0, 0.1)):
        cost, parameters = embedding_mlp(names, is_labelled, with_dot, is_tied, decay)
        program = compiled(cost, parameters if given else None)
        assert_agrees(program, np.zeros((3, 0)))
        assert code(program).count("@") >= 5


def test_a_gpt_whose_tokens_are_looked_up_has_the_matrices_of_one_whose_tokens_are_inputs():
    gpt = load_example("scalar_gpt")
    w = gpt.parameters(Value)
    for name, rows in w.items():
        for k, parameter in enumerate(gpt.flat({name: rows})):
            parameter.label = f"{name}{k}"
    counts = set()
    for name in ("eve", "natalia"):
        program = minigrad.compile(gpt.cost(gpt.tokens_of(name), w), [], gpt.flat(w))
        source = code(program)
        source = source[source.index("def gradient(") :]
        counts.add(source.count("\n"))
        positions = len(name) + 1
        for line in (
            "tokens = C_tokens[index].T",
            f"positions = C_positions[0:{positions}].T",
            "key = W_key @ normed_2",
            "mix = W_mix @ G + normed",
            "down = W_down @ A_up + mix",
            "dW_logits = delta_logits @ down.T",
            f"dC_positions = add_at(dC_positions, slice(0, {positions}), dtotal.T)",
        ):
            assert f"    {line}\n" in source
        assert_agrees(program, np.zeros((1, 0)))
    assert len(counts) == 1


def test_outputs_of_a_program_without_inputs_are_the_same_for_all_examples():
    cost, parameters = embedding_mlp(2)
    hidden = next(node for node in minigrad.topological_order(cost) if node.op is minigrad.rules.tanh)
    program = make_program(cost, [], parameters, outputs=[hidden], form="arrays")
    assert program.outputs(np.zeros((3, 0))) == pytest.approx(np.full((3, 1), hidden.data), rel=1e-14)


def test_a_penalty_alone_looks_nothing_up():
    parameters = matrix(3, 4, random.Random(1))[0]
    program = compiled(total([p * p for p in parameters]), parameters)
    assert "look_up" not in program.source
    assert "rows" not in program.source
    assert_agrees(program, np.zeros((2, 0)))


def one_hot(token: Value, count: int) -> list[Value]:
    """1 at the place that a whole number among the inputs tells, 0 elsewhere."""
    return [minigrad.where(token - k, 0.0, 1.0) for k in range(count)]


def picked(token: Value, table: list[list[Value]]) -> list[Value]:
    return [sum(x * c for x, c in zip(one_hot(token, len(table)), column)) for column in zip(*table)]


def character_mlp() -> Program:
    """The next character from three, which are the numbers of the batch, as is the one that follows."""
    draw = random.Random(2)
    table, hidden, logits = (
        matrix(9, 2, draw, "token"),
        matrix(4, 6, draw, "hidden"),
        matrix(9, 4, draw, "logits"),
    )
    inputs = [Value(float(k), label=f"x{k}") for k in range(4)]
    x = [entry for token in inputs[:3] for entry in picked(token, table)]
    a = [minigrad.tanh(dot(row, x)) for row in hidden]
    powers = [dot(row, a).exp() for row in logits]
    p = [power / sum(powers) for power in powers]
    cost = -sum(y * p_k for y, p_k in zip(one_hot(inputs[3], 9), p)).log()
    return minigrad.compile(
        cost, inputs, [w for rows in (table, hidden, logits) for row in rows for w in row]
    )


def test_whole_numbers_among_the_inputs_pick_columns():
    program = character_mlp()
    assert "    token = columns_at(W_token, X[0:3])\n" in code(program)
    assert "    dW_token = sums_at(delta_token, X[0:3], 9)\n" in code(program)
    assert_agrees(program, np.random.default_rng(1).integers(0, 9, (20, 4)).astype(float))
    assert any("sums_at" in equation.line and equation.number == 3 for equation in program.equations())


def test_what_is_no_place_picks_nothing_as_in_the_engine():
    batch = np.array([[-1.0, 2.0, 0.5, 1.0], [8.0, 9.0, 1e9, 3.0], [-1e9, 0.0, 3.0, 0.0]])
    assert_agrees(character_mlp(), batch)


def test_a_single_place_for_each_example_is_a_column_of_the_matrix():
    table = matrix(3, 2, random.Random(4), "row")
    x = Value(1.0, label="x")
    program = make_program(
        total([r * r for r in picked(x, table)]), [x], [w for row in table for w in row], form="arrays"
    )
    assert "row = columns_at(W_row, x)" in code(program)
    assert_agrees(program, np.array([[0.0], [2.0], [1.0], [2.0]]))


def test_a_gpt_reads_tokens_as_whole_numbers_in_as_many_lines_for_any_number_of_them():
    gpt = load_example("scalar_gpt")
    w = gpt.parameters(Value)
    counts = set()
    for name in ("eve", "naomi"):
        by_places = gpt.compiled(len(name), w)
        tokens = [Value(float(token), label=f"character{k}") for k, token in enumerate(gpt.tokens_of(name))]
        cost = gpt.cost([one_hot(token, gpt.CHARACTERS) for token in tokens], w)
        program = minigrad.compile(cost, tokens, gpt.flat(w))
        source = code(program)
        assert "tokens = columns_at(W_tokens, CHARACTER[0:" in source
        counts.add(source[source.index("def gradient(") :].count("\n"))
        numbers = np.array([gpt.tokens_of(name), gpt.tokens_of(name[::-1])], dtype=float)
        found, expected = program.gradient(numbers), by_places.gradient(gpt.as_batch([name, name[::-1]]))
        assert found[0] == pytest.approx(expected[0], rel=1e-13)
        np.testing.assert_allclose(found[1], expected[1], rtol=0, atol=1e-13)
    assert len(counts) == 1


def begins_with_a_constant(name: str, is_constant: bool = True) -> tuple[Program, np.ndarray]:
    """The GPT of which the first token is a constant, and the tokens of this name and of it reversed."""
    gpt = load_example("scalar_gpt")
    w = gpt.parameters(Value)
    for key, rows in w.items():
        for k, parameter in enumerate(gpt.flat({key: rows})):
            parameter.label = f"{key}{k}"
    first, *others = gpt.tokens_of(name)
    tokens = [Value(float(token), label=f"character{k}") for k, token in enumerate(others)]
    begin = first if is_constant else Value(float(first), label="character")
    each = [one_hot(token, gpt.CHARACTERS) for token in tokens]
    inputs = tokens if isinstance(begin, int) else [begin, *tokens]
    cost = gpt.cost([begin if isinstance(begin, int) else one_hot(begin, gpt.CHARACTERS), *each], w)
    batch = np.array([gpt.tokens_of(name), gpt.tokens_of(name[::-1])], dtype=float)
    return minigrad.compile(cost, inputs, gpt.flat(w)), batch[:, 1:] if is_constant else batch


def test_a_constant_first_token_is_a_row_of_those_that_inputs_pick():
    counts = set()
    for name in ("eve", "naomi"):
        (program, batch), (other, whole) = (begins_with_a_constant(name, each) for each in (True, False))
        assert "CHARACTER = concatenate([zeros_like(batch[:, :1]), batch], axis=1).T\n" in code(program)
        assert f"tokens = columns_at(W_tokens, CHARACTER[0:{len(name) + 1}])" in code(program)
        lines, all_inputs = (
            code(each).split("# backward")[0].splitlines()[-80:] for each in (program, other)
        )
        counts |= {len(lines), len(all_inputs)}
        assert lines[5:] == all_inputs[5:]  # but for the unpacking, the same program
        found, expected = program.gradient(batch), other.gradient(whole)
        assert found[0] == pytest.approx(expected[0], rel=1e-14)
        np.testing.assert_allclose(found[1], expected[1], rtol=0, atol=1e-14)
        assert_agrees(program, batch)
    assert len(counts) == 1


@pytest.mark.parametrize("prompt", [[0, 0, 0], [8, 0, 2]])
@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("product", [dot, lambda row, x: sum(w * x_k for w, x_k in zip(row, x))])
def test_tokens_that_are_known_are_picked_beside_those_that_are_not(prompt, decay, product):
    """Each character from the three before it, of which the first are known; a penalty looks nothing up."""
    draw = random.Random(7)
    table, hidden, logits = (
        matrix(9, 2, draw, "token"),
        matrix(4, 6, draw, "hidden"),
        matrix(9, 4, draw, "logits"),
    )
    inputs = [Value(1.0, label=f"x{k}") for k in range(5)]
    rows = [*(table[k] for k in prompt), *(picked(x, table) for x in inputs)]
    costs = []
    for t, x in enumerate(inputs):
        before = [entry for row in rows[t : t + 3] for entry in row]
        powers = [product(row, [minigrad.tanh(product(w, before)) for w in hidden]).exp() for row in logits]
        costs.append(-(sum(y * power for y, power in zip(one_hot(x, 9), powers)) / sum(powers)).log())
    parameters = [p for each in (table, hidden, logits) for row in each for p in row]
    program = minigrad.compile(total(costs) + decay * total([p * p for p in parameters]), inputs, parameters)
    assert_agrees(program, np.random.default_rng(1).integers(0, 9, (20, 5)).astype(float))
    for line in ("hidden = W_hidden @ G", "A_hidden = tanh(hidden)", "logits = W_logits @ A_hidden"):
        assert f"    {line}\n" in code(program)
    assert code(program).count("@") == 6  # two forward, four backward
