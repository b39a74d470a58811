"""A GPT of single numbers learns names: step by step in the engine, then compiled to programs.

    python examples/scalar_gpt.py

One layer, 16 dimensions, 4 heads, 27 characters: token and position embeddings; RMS norm, causal attention,
residual; RMS norm, ReLU MLP, residual; logits. The model is made of lists of numbers, of any class that has
+ − × ÷ ** exp log relu and `data`; tests/benchmarks runs it with another.

Glossary
    token   a character: 0 is the end of a name, 1 … 26 are a … z; in a program, which has them as inputs, it
            is 27 Values, 1 at its place and 0 elsewhere
    w       the matrices of parameters by name, each (outputs, inputs)
"""

from __future__ import annotations

import itertools
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import minigrad
from minigrad import Value, no_grad
from minigrad.compiler import Program
from nn import Adam

NAMES = Path(__file__).parent / "data" / "names.txt"
DIMENSIONS, HEADS, CHARACTERS, BLOCK = 16, 4, 27, 16
LENGTHS = (4, 5, 6)  # of the names for which programs are made
Vector = list[Any]
Matrix = list[Vector]
Token = int | Vector


def parameters(make: Callable[[float], Any], seed: int = 0) -> dict[str, Matrix]:
    """The 4,192 parameters, by the names of their matrices."""
    generator = random.Random(seed)

    def matrix(rows: int, columns: int) -> Matrix:
        return [[make(generator.gauss(0, 0.08)) for _ in range(columns)] for _ in range(rows)]

    d = DIMENSIONS
    return {
        "tokens": matrix(CHARACTERS, d),
        "positions": matrix(BLOCK, d),
        **{name: matrix(d, d) for name in ("query", "key", "value", "mix")},
        "up": matrix(4 * d, d),
        "down": matrix(d, 4 * d),
        "logits": matrix(CHARACTERS, d),
    }


def flat(w: dict[str, Matrix]) -> Vector:
    """All parameters in one list."""
    return [number for matrix in w.values() for row in matrix for number in row]


def pick(token: Token, numbers: Sequence[Any]) -> Any:
    """That of 27 numbers which is the token's; Σ xᵢ nᵢ for a token of inputs x."""
    return numbers[token] if isinstance(token, int) else sum(x_i * n_i for x_i, n_i in zip(token, numbers))


def linear(x: Vector, w: Matrix) -> Vector:
    """W x."""
    return [sum(w_jk * x_k for w_jk, x_k in zip(row, x)) for row in w]


def softmax(z: Vector) -> Vector:
    """Probabilities, from numbers that may be any."""
    highest = max(z_j.data for z_j in z)  # a constant, which the quotients do not depend on
    powers = [(z_j - highest).exp() for z_j in z]
    total = sum(powers)
    return [power / total for power in powers]


def rms_norm(x: Vector) -> Vector:
    """The vector, scaled so that the mean of its squares is 1."""
    scale = (sum(x_k * x_k for x_k in x) / len(x) + 1e-5) ** -0.5
    return [x_k * scale for x_k in x]


def layer(x: Vector, w: dict[str, Matrix], keys: Matrix, values: Matrix) -> Vector:
    """Attention, then the MLP, each added to what comes in; keys and values are those of all before."""
    normed = rms_norm(x)
    q = linear(normed, w["query"])
    keys.append(linear(normed, w["key"]))
    values.append(linear(normed, w["value"]))
    mixed = []
    size = DIMENSIONS // HEADS
    for head in range(0, DIMENSIONS, size):
        ours = slice(head, head + size)
        scores = [sum(q_j * k_j for q_j, k_j in zip(q[ours], k[ours])) / size**0.5 for k in keys]
        weights = softmax(scores)
        mixed += [sum(weight * v[j] for weight, v in zip(weights, values)) for j in range(head, head + size)]
    x = [a + b for a, b in zip(x, linear(mixed, w["mix"]))]
    hidden = [h.relu() for h in linear(rms_norm(x), w["up"])]
    return [a + b for a, b in zip(x, linear(hidden, w["down"]))]


def embedded(token: Token, position: int, w: dict[str, Matrix]) -> Vector:
    """What goes into the first layer."""
    embedding = [pick(token, column) for column in zip(*w["tokens"])]
    return rms_norm([a + b for a, b in zip(embedding, w["positions"][position])])


def logits(token: Token, position: int, w: dict[str, Matrix], keys: Matrix, values: Matrix) -> Vector:
    """For the next character, from this one and the keys and values of those before, which it joins."""
    return linear(layer(embedded(token, position, w), w, keys, values), w["logits"])


def cost(tokens: Sequence[Token], w: dict[str, Matrix]) -> Any:
    """The mean of −log p(next character) over the positions, one fewer than there are tokens."""
    keys, values, losses = [], [], []
    for position, (token, following) in enumerate(itertools.pairwise(tokens)):
        p = softmax(logits(token, position, w, keys, values))
        losses.append(-pick(following, p).log())
    return sum(losses) / len(losses)


def sample(w: dict[str, Matrix], generator: random.Random) -> str:
    """A made-up name: one character after the other, each drawn with its probability."""
    keys, values, tokens = [], [], [0]
    while len(tokens) <= BLOCK:
        p = softmax(logits(tokens[-1], len(tokens) - 1, w, keys, values))
        tokens += generator.choices(range(CHARACTERS), [p_j.data for p_j in p])
        if tokens[-1] == 0:
            break
    return "".join(chr(ord("a") - 1 + token) for token in tokens if token)


def tokens_of(name: str) -> list[int]:
    """The letters of a name between two ends."""
    return [0, *(ord(letter) - ord("a") + 1 for letter in name), 0]


def as_batch(names: Sequence[str]) -> np.ndarray:
    """The tokens of names of one length as inputs: (names, 27 × tokens)."""
    return np.eye(CHARACTERS)[[tokens_of(name) for name in names]].reshape(len(names), -1)


def compiled(length: int, w: dict[str, Matrix]) -> Program:
    """The cost of every name of this length as one program, from the recording of any."""
    inputs = [Value(number, label="x") for number in as_batch(["a" * length])[0].tolist()]
    tokens = [inputs[start : start + CHARACTERS] for start in range(0, len(inputs), CHARACTERS)]
    for name, matrix in w.items():  # what the arrays of the program are called
        for k, parameter in enumerate(flat({name: matrix})):
            parameter.label = f"{name}{k}"
    return minigrad.compile(cost(tokens, w), inputs, flat(w))


def update(optimizer: Adam, w: dict[str, Matrix]) -> None:
    """One step, after which the gradients are 0 again."""
    optimizer.step(flat(w))
    for parameter in flat(w):
        parameter.grad = 0.0


def compare(names: Sequence[str], w: dict[str, Matrix], program: Program) -> None:
    """Print cost and gradient of the same names, by the engine and by the program; the times are a remark."""
    started = time.perf_counter()
    mean = sum(cost(tokens_of(name), w) for name in names) / len(names)
    mean.backward()
    between = time.perf_counter()
    by_program, gradient = program.gradient(as_batch(names))
    ratio = (between - started) / (time.perf_counter() - between)
    difference = max(abs(p.grad - number) for p, number in zip(program.parameters, gradient.tolist()))
    print(f"C = {mean.data:.6f} in the engine, {by_program:.6f} in the program")
    print(f"all {len(gradient):,} derivatives agree to 1e-12: {difference <= 1e-12}")
    print(f"the program is {ratio:,.0f} times as fast, measured just now", file=sys.stderr)


def main(rounds: int = 100, samples: int = 20) -> None:
    """Train in the engine, then compiled, and make up names."""
    names, w, optimizer = NAMES.read_text(encoding="utf-8").split(), parameters(Value), Adam(0.01, beta2=0.99)
    random.Random(0).shuffle(names)
    print(f"{len(names)} names, {len(flat(w)):,} parameters\n\nIn the engine: a step for one name at a time")
    for name in names[:5]:
        cost_of_name = cost(tokens_of(name), w)
        cost_of_name.backward()
        update(optimizer, w)
        print(f"C = {cost_of_name.data:.4f}   {name}")

    groups = {length: [name for name in names if len(name) == length] for length in LENGTHS}
    programs = {length: compiled(length, w) for length in LENGTHS}
    print("\nIn the engine and compiled: 16 names of 5 letters")
    compare(groups[5][:16], w, programs[5])
    update(optimizer, w)

    print("\nCompiled: a step for all names of 4 letters, then of 5, then of 6, and again")
    batches = {length: as_batch(group) for length, group in groups.items()}
    for r in range(1, rounds + 1):
        costs = []
        for length, program in programs.items():
            costs.append(program.backward(batches[length]))
            update(optimizer, w)
        if r % 20 == 0:
            print(f"C = {sum(costs) / len(costs):.4f}   after {r} rounds")

    print("\nNames that it makes up")
    generator = random.Random(0)
    with no_grad():
        print(*(sample(w, generator) for _ in range(samples)))


if __name__ == "__main__":
    main()
