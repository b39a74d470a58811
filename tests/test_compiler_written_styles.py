"""Programs as people write them, in loops, with `-=`, with gains: their sources do not grow."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest
from compiler_graphs import assert_agrees, examples
from drawn_programs import Drawn

import minigrad
from minigrad import Value, total
from minigrad.compiler import Program

Vector = list[Value]


def leaves(count: int, label: str, seed: int = 0) -> Vector:
    draw = random.Random(f"{label}{seed}")
    return [Value(draw.uniform(0.2, 0.9), label=f"{label}{k}") for k in range(count)]


def sum_of_products(weights: Sequence[Value], x: Sequence[Value]) -> Value:
    return sum((w * u for w, u in zip(weights[1:], x[1:])), weights[0] * x[0])


def newton(steps: int) -> Program:
    """The cube root of a, by Newton's method from a trained start."""
    a, start = leaves(1, "a"), leaves(1, "start")
    y = start[0]
    for _ in range(steps):
        y = y - (y**3 - a[0]) / (3 * y**2)
    return minigrad.compile(y, a, start)


def pendulum(steps: int) -> Program:
    """Euler's steps of a pendulum."""
    (gravity, length), (theta, omega) = leaves(2, "p"), leaves(2, "theta")
    initial = [theta, omega]
    for _ in range(steps):
        theta, omega = theta + 0.05 * omega, omega - 0.05 * (gravity / length) * theta.sin()
    return minigrad.compile(theta**2, initial, [gravity, length])


def two_units(steps: int) -> Program:
    """A recurrence of two units, with a cost at each step."""
    w, v, x, state, cost = leaves(4, "w"), leaves(2, "v"), leaves(steps, "x"), leaves(2, "s"), Value(0.0)
    for x_t in x:
        state = [(v[k] * x_t + sum_of_products(w[2 * k :], state)).tanh() for k in range(2)]
        cost = cost + (state[0] + state[1]) ** 2
    return minigrad.compile(cost, x)


def scaled_tokens(size: int, tokens: int = 3, is_layer_norm: bool = True) -> Program:
    """Embedding, a norm with a gain γ (and β) for each entry, and a layer, at several places."""
    x = [leaves(2, f"x{t}_") for t in range(tokens)]
    embedding, out = ([leaves(n, f"{name}{j}_") for j in range(size)] for name, n in (("e", 2), ("o", size)))
    gamma, beta, costs = leaves(size, "gamma"), leaves(size, "beta"), []
    for x_t in x:
        z = [sum_of_products(row, x_t) for row in embedding]
        mean = total(z) / size if is_layer_norm else 0.0
        centred = [z_k - mean for z_k in z]
        scale = (total([c * c for c in centred]) / size + 1e-5) ** -0.5
        normed = [g * (c * scale) + (b if is_layer_norm else 0.0) for g, c, b in zip(gamma, centred, beta)]
        costs += [sum_of_products(row, normed).tanh() for row in out]
    return minigrad.compile(total(costs), [x_k for x_t in x for x_k in x_t])


def likelihood(count: int) -> Program:
    """−Σ log p, written with `-=`."""
    w, x, loss = leaves(2, "w"), leaves(2 * count, "x"), 0.0
    for k in range(count):
        loss -= sum_of_products(w, x[2 * k : 2 * k + 2]).sigmoid().log()
    return minigrad.compile(loss, x, w)


def lines(program: Program) -> int:
    source = program.source
    return source[source.index("def gradient(") :].count("\n")


@pytest.mark.parametrize(
    ("made", "sizes", "most"),
    [
        (newton, (10, 20, 40), 32),
        (pendulum, (10, 20, 40), 64),
        (two_units, (10, 20, 40), 38),
        (scaled_tokens, (4, 6, 9), 38),
        (lambda size: scaled_tokens(size, is_layer_norm=False), (4, 6, 9), 32),
        (lambda tokens: scaled_tokens(4, tokens), (3, 5, 8), 38),
        (likelihood, (4, 12, 30), 16),
    ],
    ids=["newton", "pendulum", "two_units", "layer_norm", "rms_norm", "tokens", "likelihood"],
)
def test_the_source_does_not_grow_with_the_size(
    made: Callable[[int], Program], sizes: Sequence[int], most: int
) -> None:
    counts = []
    for size in sizes:
        program = made(size)
        assert_agrees(program, examples(3, len(program.inputs), size) * 0.1 + 0.5)
        counts.append(lines(program))
    assert max(counts) - min(counts) <= 2, counts  # a list of steps, or of what is returned, has its own line
    assert max(counts) <= most


def test_a_gain_is_a_product_of_entries_and_no_matrix() -> None:
    source = scaled_tokens(4, is_layer_norm=False).source
    assert "multiply_1 = p_gamma * normed" in source
    assert "dp_gamma = (dmultiply_1 * normed).sum(axis=1, keepdims=True)" in source


def test_a_part_of_an_array_with_holes_has_no_more_terms_than_the_graph() -> None:
    """Two softmaxes over other entries of two examples of one layer: the third exponential is a hole."""
    w, u, x = [leaves(2, f"w{j}_") for j in range(3)], leaves(1, "u"), leaves(4, "x")
    z = [[sum_of_products(row, each) for row in w] for each in (x[:2], x[2:])]
    a, b, c, d = z[0][0].exp(), z[0][1].exp(), z[1][0].exp(), z[1][2].exp()
    cost = a / (a + b) + d / sum([c]) + sum(u[0] * v for row in z for v in row)
    assert_agrees(minigrad.compile(cost, x, [*u, *(v for row in w for v in row)]), examples(5, 4, 0))


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_inputs_that_are_scaled_one_by_one_before_a_layer(rows: int) -> None:
    sizes = {"s": 4, "x": 4, "y": 3}
    scales, x, y = ([leaves(size, f"{name}{t}_") for t in range(rows)] for name, size in sizes.items())
    w, b = [leaves(4, f"w{j}_") for j in range(3)], leaves(3, "b")
    scaled = [[s * u for s, u in zip(*pair)] for pair in zip(scales, x)]
    out = [[sum_of_products(row, each) + c for row, c in zip(w, b)] for each in scaled]
    cost = total([(o - t) ** 2 for given, wanted in zip(out, y) for o, t in zip(given, wanted)])
    program = minigrad.compile(cost, [v for each in (x, y) for row in each for v in row])
    assert_agrees(program, examples(3, len(program.inputs), rows))


@pytest.mark.parametrize("seed", range(30))
def test_softmaxes_over_any_parts_of_any_examples(seed: int) -> None:
    draw = random.Random(seed)
    neurons, several = draw.choice([2, 3, 4]), draw.choice([2, 3])
    w, u = [leaves(2, f"w{j}_", seed) for j in range(neurons)], leaves(1, "u", seed)
    x = [leaves(2, f"x{t}_", seed) for t in range(several)]
    z = [[sum_of_products(row, each) for row in w] for each in x]
    cost = total([u[0] * v for row in z for v in row])
    for row in z:
        chosen = draw.sample(row, draw.randint(1, neurons))
        powers = [v.exp() for v in chosen]
        cost = cost + draw.choice(powers) / total(draw.sample(powers, draw.randint(1, len(powers))))
    program = minigrad.compile(cost, [v for each in x for v in each], [*u, *(v for row in w for v in row)])
    assert_agrees(program, examples(3, 2 * several, seed))


# Of these, some had a term too many, and some one row in place of two.
FOUND_WRONG = [1284, 1756, 2460, 2863, 3310]


@pytest.mark.parametrize("always_arrays", [False, True])
@pytest.mark.parametrize("seed", [*range(150), *FOUND_WRONG])
def test_any_program_has_the_cost_and_the_gradient_of_the_engine(seed: int, always_arrays: bool) -> None:
    program = Drawn(seed).compiled(always_arrays)
    batch = examples(2, len(program.inputs), seed) * 0.5
    assert_agrees(program, batch)
