"""Makes small networks with easy numbers, for backpropagation by hand, and their solutions.

Glossary, for layer l of n_l neurons
    σ       of the hidden layers: z for z > 0 and z/2 for z < 0, so that σ′ is 1 or ½; the output is linear
    C       the squared error Σⱼ (aᴸⱼ − yⱼ)² of one example
Numbers are called friendly if every z, a, ∂C/∂a, δ and ∂C/∂w is a small whole number other than 0.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from minigrad import Value, dot, leaky_relu
from nn.losses import squared_error

SLOPE_BELOW_ZERO = 0.5
LARGEST_Z = 12
LARGEST_DELTA = 24
LARGEST_GRADIENT = 99
MOST_NEURONS_IN_A_LAYER = 4
MOST_NEURONS = 5  # without inputs; more do not fit on an A4 page with room to write

Row = tuple[int, ...]


@dataclass(frozen=True)
class Exercise:
    """The given whole numbers: `weights[l − 1][j − 1][k − 1]` is wˡⱼₖ, `biases[l − 1][j − 1]` bˡⱼ."""

    seed: int
    sizes: Row
    x: Row
    y: Row
    weights: tuple[tuple[Row, ...], ...]
    biases: tuple[Row, ...]


@dataclass(frozen=True)
class Solution:
    """The results, layer by layer from 1, as lists of n_l numbers; `weight_gradients` has n_l rows."""

    z: list[list[float]]
    a: list[list[float]]
    slopes: list[list[float]]
    cost: float
    activation_gradients: list[list[float]]
    delta: list[list[float]]
    weight_gradients: list[list[list[float]]]
    bias_gradients: list[list[float]]


def make_exercise(seed: int, sizes: Sequence[int] = (2, 2, 1)) -> Exercise:
    """The exercise of a seed. `sizes` are the number of inputs n_0, and n_1, …, n_L.

    Raises ValueError for sizes that are not valid, or do not fit on a page.

    >>> exercise = make_exercise(7, sizes=(2, 2, 1))
    >>> solution = solve(exercise)
    >>> all(delta == int(delta) != 0 for layer in solution.delta for delta in layer)
    True
    """
    _check(sizes)
    generator = random.Random(seed)
    while True:
        exercise = _draw(generator, seed, tuple(sizes))
        if _is_friendly(solve(exercise)):
            return exercise


def solve(exercise: Exercise) -> Solution:
    """z, a, C, δ and the gradients, from the backward pass of a scalar graph.

    >>> solution = solve(Exercise(0, (1, 1), x=(2,), y=(1,), weights=(((3,),),), biases=((-1,),)))
    >>> solution.z, solution.cost, solution.delta, solution.weight_gradients
    ([[5.0]], 16.0, [[8.0]], [[[16.0]]])
    """
    weights = [[[Value(w) for w in row] for row in rows] for rows in exercise.weights]
    biases = [[Value(b) for b in layer] for layer in exercise.biases]
    z: list[list[Value]] = []
    a: list[list[Value]] = [[Value(x) for x in exercise.x]]
    for l, (rows, bs) in enumerate(zip(weights, biases), start=1):
        z.append([dot(row, a[-1], b) for row, b in zip(rows, bs)])
        a.append(z[-1] if l == len(weights) else [leaky_relu(z_j, SLOPE_BELOW_ZERO) for z_j in z[-1]])
    cost = squared_error(a[-1], exercise.y)
    cost.backward()
    return Solution(
        z=_data(z),
        a=_data(a[1:]),
        slopes=[[a_j.local_derivatives[0] for a_j in layer] for layer in a[1:-1]] + [[1.0] * len(a[-1])],
        cost=cost.data,
        activation_gradients=_gradients(a[1:]),
        delta=_gradients(z),
        weight_gradients=[_gradients(rows) for rows in weights],
        bias_gradients=_gradients(biases),
    )


def _draw(generator: random.Random, seed: int, sizes: Row) -> Exercise:
    """Random numbers with a friendly forward pass: those of a neuron are drawn until its z is friendly."""
    x = tuple(_nonzero(generator, 3) for _ in range(sizes[0]))
    inputs: Row = x
    weights, biases = [], []
    for l, size in enumerate(sizes[1:], start=1):
        rows: list[Row] = []
        bs: list[int] = []
        activations: list[int] = []
        while len(rows) < size:
            row = tuple(_nonzero(generator, 2) for _ in inputs)
            b = _nonzero(generator, 3)
            z = sum(w * a for w, a in zip(row, inputs)) + b
            is_half = z < 0 and l < len(sizes) - 1
            if 0 < abs(z) <= LARGEST_Z and not (is_half and z % 2):
                rows.append(row)
                bs.append(b)
                activations.append(z // 2 if is_half else z)
        weights.append(tuple(rows))
        biases.append(tuple(bs))
        inputs = tuple(activations)
    y = tuple(s - _nonzero(generator, 3) for s in inputs)
    return Exercise(seed, sizes, x, y, tuple(weights), tuple(biases))


def _is_friendly(solution: Solution) -> bool:
    """Whether all numbers are friendly, and σ′ is both 1 and ½ if there are two or more hidden neurons."""
    deltas = [*chain.from_iterable(solution.activation_gradients), *chain.from_iterable(solution.delta)]
    gradients = [*chain.from_iterable(chain.from_iterable(solution.weight_gradients))]
    slopes = list(chain.from_iterable(solution.slopes[:-1]))
    varied = len(slopes) < 2 or len(set(slopes)) == 2
    small = max(map(abs, deltas)) <= LARGEST_DELTA and max(map(abs, gradients)) <= LARGEST_GRADIENT
    return varied and small and all(number == int(number) != 0 for number in deltas)


def _nonzero(generator: random.Random, largest: int) -> int:
    return generator.choice([n for n in range(-largest, largest + 1) if n])


def _check(sizes: Sequence[int]) -> None:
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(
            f"worksheet: sizes are inputs and layers, at least 1 each, such as 2 2 1, not {sizes}"
        )
    if max(sizes) > MOST_NEURONS_IN_A_LAYER or sum(sizes[1:]) > MOST_NEURONS:
        raise ValueError(
            f"worksheet: a page holds layers of up to {MOST_NEURONS_IN_A_LAYER} neurons, and {MOST_NEURONS} "
            f"neurons in all beyond the inputs; {' '.join(map(str, sizes))} has more"
        )


def _data(layers: Iterable[list[Value]]) -> list[list[float]]:
    return [[node.data for node in layer] for layer in layers]


def _gradients(layers: Iterable[list[Value]]) -> list[list[float]]:
    return [[node.grad for node in layer] for layer in layers]
