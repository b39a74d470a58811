"""Draws the initial weights of a layer (document 001: "random initial values").

An initializer is a function (n_in, n_out, rng) → rows of Wˡ, n_out lists of n_in numbers. n_in and n_out are
the numbers of inputs and neurons of the layer; rng, a `random.Random`, is the only source of randomness.
Biases start at 0.
"""

from __future__ import annotations

import math
import numbers
import operator
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad import Value
from minigrad.display import one_line
from nn.activations import Activation
from nn.arrays import read

Rows = list[list[float]]
Initializer = Callable[[int, int, random.Random], Rows]
Initial = str | Initializer | Sequence[Sequence[float]] | None


def generator_of(seed: int | random.Random | None) -> random.Random:
    """The source of chance: the same for the same whole number, also one of NumPy's; a generator is itself.

    Raises TypeError for a seed of any other kind.

    >>> generator_of(np.int64(3)).random() == generator_of(3).random()
    True
    """
    if seed is None or isinstance(seed, random.Random):
        return seed or random.Random()
    try:
        return random.Random(operator.index(seed))
    except TypeError:
        raise TypeError(f"the seed must be a whole number or None, not {seed!r}") from None


def uniform(n_in: int, n_out: int, rng: random.Random) -> Rows:
    """w uniform in −1 … 1, drawn neuron by neuron as in micrograd; shape (n_out, n_in).

    >>> rows = uniform(3, 2, random.Random(0))
    >>> len(rows), len(rows[0]), all(-1 <= w <= 1 for row in rows for w in row)
    (2, 3, True)
    """
    return _draw(n_in, n_out, lambda: rng.uniform(-1.0, 1.0))


def glorot(n_in: int, n_out: int, rng: random.Random) -> Rows:
    """w uniform in ±√(6 / (n_in + n_out)); shape (n_out, n_in). Source: Glorot, Bengio (2010), eq. 16.

    >>> max(abs(w) for row in glorot(3, 3, random.Random(0)) for w in row) <= 1.0
    True
    """
    bound = math.sqrt(6.0 / (n_in + n_out))
    return _draw(n_in, n_out, lambda: rng.uniform(-bound, bound))


def he(n_in: int, n_out: int, rng: random.Random) -> Rows:
    """w normal, standard deviation √(2 / n_in); shape (n_out, n_in). Source: He et al. (2015), equation 10.

    >>> len(he(8, 2, random.Random(0))[0])
    8
    """
    deviation = math.sqrt(2.0 / n_in)
    return _draw(n_in, n_out, lambda: rng.gauss(0.0, deviation))


INITIALIZERS: dict[str, Initializer] = {"uniform": uniform, "glorot": glorot, "he": he}

# He's variance compensates for the half of its input that a rectifier sets to 0.
RECTIFIERS = ("relu", "leaky_relu", "elu", "gelu", "silu", "softplus")


def default_initializer(activation: Activation) -> Initializer:
    """He's for rectifiers, Glorot's for every other activation.

    >>> default_initializer("relu").__name__, default_initializer("tanh").__name__
    ('he', 'glorot')
    """
    return he if activation in RECTIFIERS else glorot


def initial_weights(
    initial: Initial, activation: Activation, n_in: int, n_out: int, rng: random.Random
) -> Rows:
    """The weights of a layer, shape (n_out, n_in): drawn, or as given.

    `initial` is "uniform", "glorot", "he", a function (n_in, n_out, rng), an array, or None, which chooses by
    the activation. Raises ValueError for an unknown name, a wrong shape, or numbers that are not finite.

    >>> initial_weights([[1, 2]], "tanh", 2, 1, random.Random(0))
    [[1.0, 2.0]]
    """
    if isinstance(initial, str) and initial not in INITIALIZERS:
        raise ValueError(f"unknown initial weights {initial!r}; use one of {', '.join(INITIALIZERS)}")
    chosen: Any = INITIALIZERS[initial] if isinstance(initial, str) else initial
    chosen = default_initializer(activation) if chosen is None else chosen
    weights = chosen(n_in, n_out, rng) if callable(chosen) else chosen
    return fitted("initial weights", weights, (n_out, n_in)).tolist()  # type: ignore[no-any-return]  # rows


def fitted(
    what: str, given: Any, shape: tuple[int, ...], values: bool = False, spread: bool = False
) -> NDArray[Any]:
    """What was given as a new array of `shape`, of finite floats; with `values`, entries may be Values.

    With `spread`, one number stands for the whole of it. Raises ValueError for another shape or a number that
    is not finite, TypeError for what is no number; both name `what`, and say what is needed.

    >>> fitted("b", 0.5, (2,), spread=True).tolist(), fitted("W", np.ones((1, 2), np.int8), (1, 2)).tolist()
    ([0.5, 0.5], [[1.0, 1.0]])
    """
    axes = " (neurons × inputs)" if len(shape) == 2 else ""
    needed = (
        f"{what}: it needs shape {shape}{axes}" if shape else f"{what}: it needs a number, real and finite"
    )
    try:
        array = read(given)
    except ValueError:  # rows of several lengths
        raise ValueError(f"{needed}, not {_short(given)}") from None
    except TypeError as error:
        raise TypeError(f"{what}: {error}") from None
    if array.dtype.kind == "O":
        array = _entries(array, needed, values)
    if array.dtype.kind not in "fiuO":
        raise TypeError(f"{needed}{', real numbers' if shape else ''}, not {_short(given)}")
    if array.shape == () and spread:
        array = np.full(shape, array.item())
    if array.shape != shape:
        turned = "; is it transposed?" if len(shape) == 2 and array.T.shape == shape else ""
        raise ValueError(f"{needed}, not {array.shape}{turned}")
    if array.dtype.kind == "O":
        return array
    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"{needed}{', all finite' if shape else ''}, not {_short(given)}")
    return array


def _entries(array: NDArray[Any], needed: str, values: bool) -> NDArray[Any]:
    """Entries that are objects: Values where they are allowed, or numbers such as fractions."""
    for entry in array.ravel():
        if not (values and isinstance(entry, Value)) and not isinstance(entry, numbers.Real):
            raise TypeError(f"{needed}, real numbers, not {_short(entry)}")
    return array if any(isinstance(entry, Value) for entry in array.ravel()) else array.astype(np.float64)


def _short(given: object) -> str:
    return one_line(repr(given), 60)


def _draw(n_in: int, n_out: int, number: Callable[[], float]) -> Rows:
    return [[number() for _ in range(n_in)] for _ in range(n_out)]
