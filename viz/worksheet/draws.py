"""Draws exercises: whole numbers for σ = half, numbers with one decimal for the other activations.

Numbers are called friendly if every z, a, ∂C/∂a, δ and ∂C/∂w is a small whole number other than 0, or, with
another σ, at least 0.002, and less only in networks of more than three layers.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from viz.worksheet.exercise import ACTIVATIONS, Array, Exercise, Row, check_sizes, seed_of

LARGEST_Z = 12
LARGEST_DELTA = 24
LARGEST_GRADIENT = 99
SMALLEST = 0.002


def make_exercise(
    seed: int,
    sizes: Sequence[int] = (2, 2, 2),
    activation: str = "half",
    has_output_bias: bool = True,
    is_softmax: bool = False,
) -> Exercise:
    """The exercise of a seed. `sizes` are the number of inputs n_0, and n_1, …, n_L; the output is linear.

    `activation` is σ of the hidden layers, or of the only layer. With `is_softmax` the output is a softmax of
    two neurons or more, y has a 1 for one of them, and the loss is the cross-entropy.
    Raises ValueError for sizes that are not valid, or do not fit on a page, or another activation.

    >>> exercise = make_exercise(7)
    >>> exercise.is_whole, make_exercise(7, (2, 2, 1), "sigmoid").is_whole
    (True, False)
    """
    check_sizes(sizes)
    if activation not in ACTIVATIONS:
        raise ValueError(f"worksheet: activation must be one of {', '.join(ACTIVATIONS)}, not {activation!r}")
    generator = random.Random(seed)
    if is_softmax and sizes[-1] < 2:
        raise ValueError("worksheet: a softmax needs two outputs or more")
    draw = _draw_decimal if is_softmax or activation != "half" else _draw_whole
    while True:
        exercise = draw(generator, str(seed), tuple(sizes), activation, has_output_bias)
        exercise = _with_softmax(exercise, generator.randrange(sizes[-1])) if is_softmax else exercise
        if _is_friendly(exercise):
            return exercise


def of_student(
    student: str,
    exercise: str = "",
    sizes: Sequence[int] = (2, 2, 2),
    activation: str = "half",
    only: Sequence[str] = (),
    is_softmax: bool = False,
) -> Exercise:
    """The exercise of a student, with numbers of their own: of the seed of both names.

    Raises ValueError as `make_exercise` does, and for an empty name.

    >>> of_student("Ada Lovelace", "1").title
    '1 for Ada Lovelace'
    """
    seed = seed_of(student, exercise)
    made = make_exercise(seed, sizes, activation, is_softmax=is_softmax)
    return replace(made, name=exercise or str(seed), student=" ".join(student.split()), only=tuple(only))


def document_001(seed: int = 1, activation: str = "half") -> Exercise:
    """The 4-2-2-1 network of document 001, whose output is linear and has no bias: s = W a.

    It has no numbers of its own; these are drawn.

    >>> document_001().sizes, document_001().biases[-1]
    ((4, 2, 2, 1), None)
    """
    return make_exercise(seed, (4, 2, 2, 1), activation, has_output_bias=False)


def _draw_whole(
    generator: random.Random, name: str, sizes: tuple[int, ...], activation: str, has_output_bias: bool
) -> Exercise:
    """Random numbers with a friendly forward pass: those of a neuron are drawn until its z is friendly."""
    x = tuple(_nonzero(generator, 3) for _ in range(sizes[0]))
    inputs: Row = x
    weights: list[tuple[Row, ...]] = []
    biases: list[Row | None] = []
    for l, size in enumerate(sizes[1:], start=1):
        is_last = l == len(sizes) - 1
        rows: list[Row] = []
        bs: list[float] = []
        activations: list[float] = []
        while len(rows) < size:
            row = tuple(_nonzero(generator, 2) for _ in inputs)
            b = _nonzero(generator, 3) if has_output_bias or not is_last else 0.0
            z = sum(w * a for w, a in zip(row, inputs)) + b
            is_half = z < 0 and not is_last
            if 0 < abs(z) <= LARGEST_Z and not (is_half and z % 2):
                rows.append(row)
                bs.append(b)
                activations.append(z // 2 if is_half else z)
        weights.append(tuple(rows))
        biases.append(tuple(bs) if has_output_bias or not is_last else None)
        inputs = tuple(activations)
    y = tuple(s - _nonzero(generator, 3) for s in inputs)
    sigmas = ("half",) * (len(weights) - 1) + ("identity",)
    return Exercise(name, x, y, tuple(weights), tuple(biases), sigmas)


def _draw_decimal(
    generator: random.Random, name: str, sizes: tuple[int, ...], activation: str, has_output_bias: bool
) -> Exercise:
    def tenths(count: int, least: int = 1) -> Row:
        return tuple(generator.choice((-1, 1)) * generator.randint(least, 9) / 10 for _ in range(count))

    weights = tuple(tuple(tenths(n) for _ in range(size)) for n, size in pairwise(sizes))
    biases: list[Row | None] = [tenths(size) for size in sizes[1:]]
    if not has_output_bias:
        biases[-1] = None
    hidden = (activation,) * max(len(weights) - 1, 1)
    sigmas = (*hidden, "identity")[: len(weights)]
    return Exercise(name, tenths(sizes[0], 5), tenths(sizes[-1]), weights, tuple(biases), sigmas)


def _with_softmax(exercise: Exercise, right: int) -> Exercise:
    y = tuple(float(j == right) for j in range(len(exercise.y)))
    sigmas = (*exercise.activations[:-1], "softmax")
    return replace(exercise, y=y, activations=sigmas, loss="cross_entropy")


def _is_friendly(exercise: Exercise) -> bool:
    """Whether all numbers are friendly, and σ′ is both 1 and ½ if there are two or more hidden neurons."""
    last = len(exercise.weights)

    def sizes(*kinds: str) -> Array:
        return np.abs(
            np.hstack([exercise.results(*at).ravel() for at in exercise.all_places() if at[0] in kinds])
        )

    z, deltas, gradients = sizes("z"), sizes("da", "delta"), sizes("dW")
    slopes = [slope for l in range(1, last) for slope in exercise.results("slope", l)]
    if exercise.activations[0] == "half" and not exercise.is_short:
        varied = len(slopes) < 2 or len(set(slopes)) == 2
        small = deltas.max() <= LARGEST_DELTA and gradients.max() <= LARGEST_GRADIENT
        return bool(varied and small and deltas.all() and exercise.is_whole)
    if exercise.activations[0] == "relu":  # of which one hidden neuron rests, of two or more
        resting = slopes.count(0.0)
        is_clear = (z >= 0.05).all() and np.count_nonzero(deltas) == len(deltas) - resting
        return bool(is_clear and resting == (len(slopes) > 1))
    smallest = SMALLEST * 0.1 ** max(0, last - 3)  # what many slopes leave of a δ
    return bool(min(deltas.min(), gradients.min(), z.min()) >= smallest)


def _nonzero(generator: random.Random, largest: int) -> float:
    return float(generator.choice([n for n in range(-largest, largest + 1) if n]))
