"""Rows that are a product of axes: position, head, dimension. One line a thing, however many positions."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest
from compiler_graphs import assert_agrees, examples
from conftest import load_example

import minigrad
from minigrad import Value, dot, total
from minigrad.compiler import Program
from minigrad.compiler.compilation import make_program

ATTENTION = """\
    query = W_query @ normed_2
    key = W_key @ normed_2
    value = W_value @ normed_2
    Q = query.reshape(4, 4, 4, -1).transpose(0, 3, 1, 2)
    K = key.reshape(4, 4, 4, -1).transpose(0, 3, 1, 2)
    query_dot_key = (Q.mT @ K).transpose(0, 2, 3, 1)
    divide_3 = query_dot_key / 2
    seen = where(is_seen, divide_3, -inf)
    highest = seen.max(axis=2, keepdims=True)
    subtract_1 = seen - highest
    exp_1 = exp(subtract_1)
    total_5 = exp_1.sum(axis=2, keepdims=True)
    softmax = exp_1 / total_5
    S = softmax.transpose(0, 3, 1, 2)
    V = value.reshape(4, 4, 4, -1).transpose(0, 3, 1, 2)
    softmax_dot_value = (V @ S.mT).transpose(0, 2, 3, 1)
    G = softmax_dot_value.reshape(16, -1)
    mix = W_mix @ G + normed
"""
REST_OF_FORWARD = """\
    normed_3 = mix * power_3
    up = W_up @ normed_3
    A_up = relu(up)
    down = W_down @ A_up + mix
    logits = W_logits @ down
"""
BACKWARD = """\
    Y = multiply_1 / total_9
    delta_logits = (0.25 / examples) * (softmax_2 - Y)
    dW_logits = delta_logits @ down.T
    delta_down = W_logits.T @ delta_logits
    dW_down = delta_down @ A_up.T
    delta_up = where(up > 0, W_down.T @ delta_down, 0.0)
    dW_up = delta_up @ normed_3.T
    dnormed_3 = W_up.T @ delta_up
"""
ATTENTION_BACKWARD = """\
    dsoftmax_dot_value = (W_mix.T @ delta_mix).reshape(4, 4, 4, -1).transpose(0, 3, 1, 2)
    dsoftmax = (dsoftmax_dot_value.mT @ V).transpose(0, 2, 3, 1)
    dsubtract_1 = softmax * (dsoftmax - (dsoftmax * softmax).sum(axis=2, keepdims=True))
    dquery_dot_key = (0.5 * dsubtract_1).transpose(0, 3, 1, 2)
    delta_value = (dsoftmax_dot_value @ S).transpose(0, 2, 3, 1).reshape(16, -1)
    dW_value = delta_value @ normed_2.T
    delta_key = (Q @ dquery_dot_key).transpose(0, 2, 3, 1).reshape(16, -1)
    dW_key = delta_key @ normed_2.T
    delta_query = (K @ dquery_dot_key.mT).transpose(0, 2, 3, 1).reshape(16, -1)
    dW_query = delta_query @ normed_2.T
"""


def drawn(count: int, seed: int = 0, stem: str = "") -> list[Value]:
    draw = random.Random(seed)
    return [Value(draw.uniform(-1, 1), label=f"{stem}{k}" if stem else "") for k in range(count)]


def code(program: Program) -> str:
    """The source without comments."""
    return "\n".join(line.split("  #")[0].rstrip() for line in program.source.splitlines()) + "\n"


@pytest.fixture(scope="module")
def gpt():
    return load_example("scalar_gpt")


def test_a_gpt_has_one_line_a_thing_whatever_the_number_of_positions(gpt):
    w = gpt.parameters(Value)
    sources = {length + 1: code(gpt.compiled(length, w)) for length in (3, 7, 15)}
    assert len({source.count("\n") for source in sources.values()}) == 1
    assert sources[4].count("\n") <= 110
    for part in (ATTENTION, REST_OF_FORWARD, BACKWARD, ATTENTION_BACKWARD):
        assert part in sources[4]
    assert [line for line in sources[4].splitlines() if "W_" in line and "reshape" not in line] == [
        line for line in sources[8].splitlines() if "W_" in line and "reshape" not in line
    ]


LAYER = ("query", "key", "value", "mix", "up", "down")


def deep_gpt(gpt, layers: int, positions: int) -> Program:
    """The example's GPT with several layers, of this many positions."""
    w = gpt.parameters(lambda number: Value(5 * number))
    deep = [w] + [gpt.parameters(lambda number: Value(5 * number), seed) for seed in range(1, layers)]
    for number, each in enumerate(deep):
        for name in LAYER if number else w:
            for parameter in gpt.flat({name: each[name]}):
                parameter.label = f"{name}{number}"
    inputs = [Value(0.1, label="x") for _ in range(gpt.CHARACTERS * (positions + 1))]
    tokens = [inputs[start : start + gpt.CHARACTERS] for start in range(0, len(inputs), gpt.CHARACTERS)]
    seen = [([], []) for _ in deep]
    losses = []
    for position in range(positions):
        x = gpt.embedded(tokens[position], position, w)
        for each, (keys, values) in zip(deep, seen):
            x = gpt.layer(x, each, keys, values)
        p = gpt.softmax(gpt.linear(x, w["logits"]))
        losses.append(-gpt.pick(tokens[position + 1], p).log())
    trained = gpt.flat(w) + [p for each in deep[1:] for p in gpt.flat({n: each[n] for n in LAYER})]
    return minigrad.compile(total(losses), inputs, trained)


HEAD = """\
    query = W_query @ X_2
    key = W_key @ X_2
    value = W_value @ X_2
    Q = query.reshape(3, 3, -1).transpose(2, 0, 1)
    K = key.reshape(3, 3, -1).transpose(2, 0, 1)
    query_dot_key = (Q.mT @ K).transpose(1, 2, 0)
    seen = where(is_seen, query_dot_key, -inf)
    highest = seen.max(axis=1, keepdims=True)
    subtract_1 = seen - highest
    exp_1 = exp(subtract_1)
    total = exp_1.sum(axis=1)
    softmax = exp_1 / total.reshape(3, 1, -1)
    S = softmax.transpose(2, 0, 1)
    V = value.reshape(3, 3, -1).transpose(2, 0, 1)
    softmax_dot_value = (V @ S.mT).transpose(1, 2, 0).reshape(3, -1)
"""
HEAD_BACKWARD = """\
    dsoftmax = (dsoftmax_dot_value.mT @ V).transpose(1, 2, 0)
    dsubtract_1 = softmax * (dsoftmax - (dsoftmax * softmax).sum(axis=1, keepdims=True))
    dquery_dot_key = dsubtract_1.transpose(2, 0, 1)
    delta_value = (dsoftmax_dot_value @ S).transpose(1, 2, 0).reshape(3, -1)
    dW_value = delta_value @ X_2.T
    delta_key = (Q @ dquery_dot_key).transpose(1, 2, 0).reshape(3, -1)
    dW_key = delta_key @ X_2.T
    delta_query = (K @ dquery_dot_key.mT).transpose(1, 2, 0).reshape(3, -1)
    dW_query = delta_query @ X_2.T
"""


def targets(program: Program) -> list[str]:
    """What its lines give, without the numbers that tell namesakes apart."""
    return [re.sub(r"_\d+", "", name) for name in re.findall(r"^    (\w+) = ", code(program), re.MULTILINE)]


def test_two_layers_of_a_gpt_are_the_lines_of_one_twice(gpt):
    programs = [deep_gpt(gpt, layers, 3) for layers in (1, 2)]
    one, two = map(targets, programs)
    layer = slice(one.index("normed") + 1, one.index("logits"))
    assert two[: two.index("logits")] == one[: layer.stop] + one[layer]
    back = slice(one.index("delta_down"), one.index("db_positions") - 4)  # as far as what goes into it
    assert two[two.index("delta_down") :] == one[back] + one[back.start :]
    for word in LAYER:
        assert two.count(f"dW_{word}") == 2
    assert_agrees(programs[1], gpt.as_batch(["ab", "zy"]))


def test_an_attention_head_alone_is_found():
    """One head of three positions: no axis is shared by the matrices but that of the examples."""
    inputs, rows = [Value(0.1, label=f"x{k}") for k in range(9)], drawn(27)
    for k, row in enumerate(rows):
        row.label = f"{('query', 'key', 'value')[k // 9]}{k % 9}"
    q, k, v = (
        [[dot(rows[m + 3 * j : m + 3 * j + 3], inputs[t : t + 3]) for j in range(3)] for t in (0, 3, 6)]
        for m in (0, 9, 18)
    )
    cost = []
    for t in range(3):
        scores = [sum(a * b for a, b in zip(q[t], k[s])) for s in range(t + 1)]
        highest = max(score.data for score in scores)
        powers = [(score - highest).exp() for score in scores]
        p = [power / sum(powers) for power in powers]
        cost += [sum(p_s * v_s[j] for p_s, v_s in zip(p, v)) ** 2 for j in range(3)]
    program = minigrad.compile(total(cost), inputs, rows)
    assert_agrees(program, examples(3, 9, 7))
    assert HEAD in code(program)
    assert HEAD_BACKWARD in code(program)


def softmaxes_of(divisor) -> Program:
    """Three softmaxes of three; power j of row i is divided by the sum of another row."""
    w, x = drawn(27), [Value(0.1, label=f"x{k}") for k in range(2)]
    z = [[w[6 * i + 2 * j] * x[0] + w[6 * i + 2 * j + 1] * x[1] for j in range(3)] for i in range(3)]
    highest = [max(z_j.data for z_j in row) for row in z]
    powers = [[(z_j - h).exp() for z_j in row] for row, h in zip(z, highest)]
    sums = [total(row) for row in powers]
    p = [powers[i][j] / sums[divisor(i, j)] for i in range(3) for j in range(3)]
    return minigrad.compile(total([(w_j * p_j) ** 2 for w_j, p_j in zip(w[18:], p)]), x, w)


@pytest.mark.parametrize(
    ("divisor", "is_free_of_the_constant"),
    [(lambda i, j: i, True), (lambda i, j: j, False), (lambda i, j: (i + 1) % 3, False)],
)
def test_several_softmaxes_in_one_list_of_rows_have_a_largest_number_each(divisor, is_free_of_the_constant):
    program = softmaxes_of(divisor)
    assert ("highest" in program.source) == is_free_of_the_constant
    assert_agrees(program, examples(3, 2, 0))


def test_softmax_subtracts_the_largest_number_of_the_example_at_hand():
    w, x, shift = drawn(6), [Value(0.1, label=f"x{k}") for k in range(2)], Value(0.1, label="shift")
    z = [dot(w[2 * j : 2 * j + 2], x) + shift for j in range(3)]
    highest = max(z_j.data for z_j in z)
    powers = [(z_j - highest).exp() for z_j in z]
    program = minigrad.compile(-(powers[0] / total(powers)).log(), [*x, shift], w)
    assert ".max(axis=0, keepdims=True)" in code(program)
    assert_agrees(program, examples(3, 3, 0))
    moved = program.gradient(np.array([[0.3, -0.2, 5000.0]]))  # e⁵⁰⁰⁰ is inf; all shifts give the same cost
    same = program.gradient(np.array([[0.3, -0.2, 0.0]]))
    assert moved[0] == pytest.approx(same[0], rel=1e-11)
    np.testing.assert_allclose(moved[1], same[1], rtol=1e-10)


def test_a_constant_that_matters_is_no_softmax():
    x = [Value(0.1 * k, label=f"x{k}") for k in range(3)]
    w = drawn(3)
    powers = [(a * b - 0.5).exp() for a, b in zip(w, x)]
    program = minigrad.compile(powers[0] / total(powers) + powers[1], x, w)
    assert "highest" not in program.source
    assert_agrees(program, examples(3, 3, 1))


def causal(positions: int, size: int, inputs: list[Value], w: list[Value]) -> list[list[Value]]:
    """Σ over what comes before, with weights that do not add up to 1: relu(qᵀk)."""
    rows = [w[start : start + size] for start in range(0, 3 * size * size, size)]
    x = [inputs[start : start + size] for start in range(0, positions * size, size)]
    q, k, v = ([[dot(row, x_t) for row in rows[m * size : (m + 1) * size]] for x_t in x] for m in range(3))
    result = []
    for t in range(positions):
        scores = [minigrad.tanh(sum(a * b for a, b in zip(q[t], k[s])) - 0.1) for s in range(t + 1)]
        result.append([sum(score * v[s][j] for s, score in enumerate(scores)) for j in range(size)])
    return result


@pytest.mark.parametrize("positions", [1, 2, 3, 5])
def test_sums_of_one_two_three_terms_are_one_block(positions):
    inputs = [Value(0.1, label=f"x{k}") for k in range(3 * positions)]
    w = drawn(27)
    cost = total([z * z for row in causal(positions, 3, inputs, w) for z in row])
    program = minigrad.compile(cost, inputs, w)
    assert_agrees(program, examples(4, 3 * positions, 2))
    if positions > 2:
        assert code(program).count(" = tanh(") + code(program).count("tanh(subtract") <= 2


def test_two_layers_are_the_lines_of_one_twice():
    counts = []
    for layers in (1, 2, 3):
        inputs, w = [Value(0.1, label=f"x{k}") for k in range(12)], drawn(27 * layers)
        x = inputs
        for layer in range(layers):
            x = [z for row in causal(4, 3, x, w[27 * layer :]) for z in row]
        program = minigrad.compile(total([z * z for z in x]), inputs, w)
        assert_agrees(program, examples(2, 12, 3))
        counts.append(code(program).count("\n"))
    assert counts[2] - counts[1] <= counts[1] - counts[0] + 2


def test_a_matrix_for_each_position_is_one_product():
    inputs, w = [Value(0.1, label=f"x{k}") for k in range(12)], drawn(12)
    rows = [w[start : start + 3] for start in range(0, 12, 3)]
    z = [minigrad.tanh(dot(row, inputs[t : t + 3])) for t in range(0, 12, 3) for row in rows]
    program = minigrad.compile(total([a * a for a in z]), inputs, w)
    assert code(program).count("@") == 2  # forward, and for the gradient
    assert_agrees(program, examples(3, 12, 4))


def test_names_of_inputs_do_not_split_them():
    def source(label: str) -> str:
        x = [Value(0.1, label=label.format(k // 3, k % 3)) for k in range(12)]
        z = [
            minigrad.tanh(dot(w[3 * j : 3 * j + 3], x[t : t + 3])) for t in range(0, 12, 3) for j in range(4)
        ]
        return code(minigrad.compile(total([a * a for a in z]), x, w))

    w = drawn(12)
    assert source("x{}_{}") == source("x")


def test_holes_that_would_overflow_are_no_part_of_any_sum():
    """exp(q₀ k₁) is not in the graph, and is inf; its product with 0 would be nan."""
    a, b, v = ([Value(0.1, label=f"{stem}{k}") for k in range(3)] for stem in "abv")
    w = [Value(1.0), Value(1.0), Value(0.5)]
    q, k, values = ([weight * x for x in stem] for weight, stem in zip(w, (a, b, v)))
    results = []
    for t in range(3):
        powers = [(q[t] * k[s]).exp() for s in range(t + 1)]
        results.append(sum(power * values[s] for s, power in enumerate(powers)) / sum(powers))
    program = minigrad.compile(total(results), [*a, *b, *v], w)
    assert "where(is_seen, exp(" in program.source
    assert_agrees(program, np.array([[40.0, 0.1, 0.2, 0.0, 40.0, 3.0, 1.0, 2.0, 3.0]]))


def convolution(size: int) -> Program:
    """Two kernels of 3 × 3 slide over a picture, then a layer of three."""
    x, kernels = [Value(0.1, label=f"x{k}") for k in range(size * size)], drawn(18)
    places = [(i, j) for i in range(size - 2) for j in range(size - 2)]
    window = [(a, b) for a in range(3) for b in range(3)]
    maps = [
        minigrad.relu(sum(kernels[9 * c + 3 * a + b] * x[size * (i + a) + j + b] for a, b in window))
        for c in range(2)
        for i, j in places
    ]
    z = [dot(drawn(len(maps), k), maps) for k in range(3)]
    return minigrad.compile(total([z_k * z_k for z_k in z]), x)


def test_a_convolution_by_loops_is_one_product_of_what_a_window_sees():
    for size in (5, 7):
        program, side = convolution(size), size - 2
        source = code(program)
        for line in (
            f"index = strided(0, (3, {size}), (3, 1), ({side}, {size}), ({side}, 1)).ravel()",
            "    G = X[index].reshape(9, -1)",
            "    Z1 = W1 @ G",
            f"    G_2 = A1.reshape({2 * side * side}, -1)",
            "    dW1 = delta1 @ G.T",
        ):
            assert f"\n{line}\n" in source
        assert source[source.index("def gradient(") :].count("\n") == 16
        assert_agrees(program, examples(3, size * size, 5))


def test_embeddings_of_several_characters_are_one_product_and_one_row_of_the_next():
    x, table, weights = [Value(0.1, label=f"x{k}") for k in range(15)], drawn(10), drawn(24, 1)
    embedding = [sum(x[5 * t + v] * table[2 * v + k] for v in range(5)) for t in range(3) for k in range(2)]
    hidden = [minigrad.tanh(dot(weights[6 * j : 6 * j + 6], embedding)) for j in range(4)]
    program = minigrad.compile(total([a * a for a in hidden]), x)
    assert "index" not in program.source
    assert "    G = Z1.reshape(6, -1)\n    Z2 = W2 @ G\n" in code(program)
    assert_agrees(program, examples(3, 15, 6))


def attention_head(queries, keys, values, score):
    """Σ over what comes before of softmax(score(qᵀk)) v, for rows of any kind of number."""
    result = []
    for t, query in enumerate(queries):
        scores = [score(sum(a * b for a, b in zip(query, key))) for key in keys[: t + 1]]
        highest = max(z.data for z in scores)
        powers = [(z - highest).exp() for z in scores]
        weights = [power / sum(powers) for power in powers]
        result.append([sum(p * v for p, v in zip(weights, column)) for column in zip(*values)])
    return result


@pytest.mark.parametrize("same", [True, False], ids=["x attends to x", "q, k, v"])
def test_an_attention_head_of_inputs_has_its_axes(same):
    sources = []
    for positions in (2, 3, 6):
        names = "x" if same else "qkv"
        each = [
            [[Value(0.1, label=f"{n}{t}_{k}") for k in range(4)] for t in range(positions)] for n in names
        ]
        inputs = [x for rows in each for row in rows for x in row]
        w = drawn(4)
        heads = attention_head(*(each * 3)[:3], lambda z: z / 2)
        program = minigrad.compile(total([dot(w, head) ** 2 for head in heads]), inputs, w)
        assert_agrees(program, 3 * examples(4, len(inputs), positions))
        sources.append(code(program))
    assert "softmax = exp_1 / total_2" in sources[1]
    assert "index" not in sources[1]
    assert sources[1].count("\n") == sources[2].count("\n")


@pytest.mark.parametrize("positions", [2, 3, 5])
def test_sums_of_terms_that_are_no_view_of_an_array_have_all_of_them(positions):
    x = [[Value(0.1 * k + t, label=f"x{t}_{k}") for k in range(4)] for t in range(positions)]
    inputs, scale = [x_k for row in x for x_k in row], Value(0.7)
    heads = attention_head(x, x, x, lambda z: scale * z)
    program = minigrad.compile(total([z * z for head in heads for z in head]), inputs, [scale])
    assert_agrees(program, examples(4, len(inputs), positions))


def any_attention(seed: int) -> tuple[Value, list[Value], list[Value]]:
    """Attention of any size; causal or not, with softmax or tanh, of itself (then q = k) or of another."""
    draw = random.Random(seed)
    heads, size, positions = draw.randint(1, 3), draw.randint(1, 3), draw.randint(1, 4)
    is_causal, is_softmax, is_own = draw.random() < 0.5, draw.random() < 0.6, draw.random() < 0.3
    x, y = ([[Value(0.1, label=f"{s}{t}_{k}") for k in range(2)] for t in range(positions)] for s in "xy")
    rows = [[Value(draw.uniform(-1, 1)) for _ in range(2)] for _ in range(3 * heads * size)]
    y = x if is_own else y
    q, k, v = (
        [[dot(row, each) for row in rows[m * heads * size :][: heads * size]] for each in source]
        for m, source in enumerate((x, y, y))
    )
    k = q if is_own else k
    outputs, all_scores = [], []
    for t in range(positions):
        seen = range(t + 1 if is_causal else positions)
        for part in (slice(h * size, (h + 1) * size) for h in range(heads)):
            scores = [sum(a * b for a, b in zip(q[t][part], k[s][part])) for s in seen]
            highest = max(score.data for score in scores)
            powers = [(score - highest).exp() if is_softmax else minigrad.tanh(score) for score in scores]
            p = [power / sum(powers) for power in powers] if is_softmax else powers
            outputs += [sum(p_s * v[s][part][j] for p_s, s in zip(p, seen)) for j in range(size)]
            all_scores += scores
    cost = total([o * o for o in outputs])
    if draw.random() < 0.3:
        cost = cost + 0.1 * total([score * score for score in all_scores])
    inputs = [number for row in ([*x] if is_own else [*x, *y]) for number in row]
    used = rows[: heads * size] + rows[(2 if is_own else 1) * heads * size :]
    return cost, inputs, [w for row in used for w in row]


@pytest.mark.parametrize("seed", [*range(24), 93])  # 93: rows that are no view, of a box with holes
def test_any_attention_has_the_gradient_of_the_engine(seed):
    cost, inputs, w = any_attention(seed)
    program = make_program(cost, inputs, w, form="arrays")
    assert_agrees(program, examples(3, len(inputs), seed))
