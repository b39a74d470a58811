"""What a worksheet asks: a network with its numbers, an input, a target and a cost.

Glossary, for layer l of n_l neurons
    half    an activation for mental arithmetic: z for z > 0 and z/2 for z < 0, so that σ′ is 1 or ½
    whole   an exercise in which every number is a whole one; the numbers of others have 4 decimals or more
"""

from __future__ import annotations

import hashlib
import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from minigrad import Value, leaky_relu
from nn import MLP, Trace, cross_entropy, equations, half_squared_error, squared_error, trace

Array = NDArray[np.float64]
Row = tuple[float, ...]

LOSSES = {
    "squared_error": squared_error, "half_squared_error": half_squared_error, "cross_entropy": cross_entropy,
}  # fmt: skip
PARTS = {"forward": ("z", "a", "C"), "backward": ("da", "delta"), "gradients": ("dW", "db")}
MOST_NEURONS_IN_A_LAYER = 4
MOST_NEURONS = 6  # without inputs; more do not fit on an A4 page with room to write
LEAST_DECIMALS, MOST_DECIMALS = 4, 7


def half(z: Value) -> Value:
    """z for z > 0, else z/2.

    >>> half(Value(-3.0)).data
    -1.5
    """
    return leaky_relu(z, 0.5)


ACTIVATIONS: dict[str, str | Callable[[Value], Value]] = {
    "half": half, **{name: name for name in ("sigmoid", "tanh", "relu", "identity")},
}  # fmt: skip
SIGMAS = {**ACTIVATIONS, "softmax": "softmax"}  # of the last layer, too


@dataclass(frozen=True)
class Exercise:
    """The given numbers: `weights[l − 1][j − 1][k − 1]` is wˡⱼₖ, `biases[l − 1]` are bˡ, or None.

    Attributes:
        name: what the sheet is called, such as "7".
        activations: σ of each layer: "half", "sigmoid", "tanh", "relu" or "identity"; "softmax" in the last.
        loss: "squared_error", Σ (a − y)², or "half_squared_error", ½ Σ (a − y)²; with a softmax, and only
            with it, "cross_entropy", −Σ y log a, for which δᴸ = a − y.
        rate: the learning rate of the one step of descent.
        student: whose sheet it is, if anyone's.
        only: what is asked for, parts or kinds of `PARTS`, such as "backward" or "delta"; () is everything.

    Raises ValueError for sizes that do not fit together or on a page, and names that are not known.

    >>> mazur().trace.cost.data.__round__(6)
    0.298371
    """

    name: str
    x: Row
    y: Row
    weights: tuple[tuple[Row, ...], ...]
    biases: tuple[Row | None, ...]
    activations: tuple[str, ...]
    loss: str = "squared_error"
    rate: float = 0.1
    student: str = ""
    only: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        kinds = [kind for part in PARTS.values() for kind in part]
        for name in self.only:
            if name not in (*PARTS, *kinds):
                raise ValueError(f"worksheet: only {', '.join((*PARTS, *kinds))} are asked for, not {name!r}")
        check_sizes(self.sizes)
        for what, given, known in (("activation", self.activations, SIGMAS), ("loss", (self.loss,), LOSSES)):
            for name in given:
                if name not in known:
                    raise ValueError(f"worksheet: {what} must be one of {', '.join(known)}, not {name!r}")
        in_last = self.activations[-1:] == ("softmax",)
        if "softmax" in self.activations[:-1] or in_last != (self.loss == "cross_entropy"):
            raise ValueError(
                "worksheet: softmax and cross_entropy go together, in the last layer and only there"
            )
        _ = self.trace  # the network says what does not fit

    @property
    def sizes(self) -> tuple[int, ...]:
        """n_0 inputs, and n_1, …, n_L neurons."""
        return (len(self.x), *map(len, self.weights))

    @cached_property
    def trace(self) -> Trace:
        """Forward and backward pass, from a scalar graph: the solution."""
        *hidden, last = (SIGMAS[name] for name in self.activations)
        model = MLP(len(self.x), self.sizes[1:], hidden, last, weights=self.weights, biases=self.biases)
        traced = trace(model, self.x, self.y, LOSSES[self.loss])
        traced.backward()
        return traced

    @property
    def is_short(self) -> bool:
        """Whether δᴸ = a − y at once: of softmax and cross-entropy, where σ has no σ′ for each neuron."""
        return self.loss == "cross_entropy"

    @cached_property
    def is_whole(self) -> bool:
        """Whether every number of it is a whole one, but for the slope ½."""
        numbers = np.concatenate([self.results(kind, l).ravel() for kind, l in self.all_places()])
        given = [*self.x, *self.y, *np.concatenate([np.ravel(rows) for rows in self.weights])]
        return bool(np.all(numbers == np.rint(numbers)) and np.all(np.array(given) == np.rint(given)))

    @cached_property
    def decimals(self) -> int:
        """To how many decimals its numbers are asked: 0, or 4 and more, so that each has two digits."""
        if self.is_whole:
            return 0
        sizes = np.abs(np.concatenate([self.results(kind, l).ravel() for kind, l in self.all_places()]))
        smallest = float(np.min(sizes[sizes > 1e-9], initial=1.0))
        return min(max(LEAST_DECIMALS, 1 - math.floor(math.log10(smallest))), MOST_DECIMALS)

    @property
    def title(self) -> str:
        """What the sheet is called, and whose it is."""
        return self.name + (f" for {self.student}" if self.student else "")

    def asks(self, *kinds: str) -> bool:
        """Whether any of these kinds of numbers is asked for.

        >>> mazur().asks("z")
        True
        """
        asked = [kind for name in self.only or PARTS for kind in PARTS.get(name, (name,))]
        return any(kind in asked for kind in kinds)

    def places(self) -> list[tuple[str, int]]:
        """Every array that is asked for, in the order of the sheet: its kind and its layer."""
        return [(kind, l) for kind, l in self.all_places() if self.asks(kind)]

    def all_places(self) -> list[tuple[str, int]]:
        """Every array that could be asked for."""
        layers = range(1, len(self.weights) + 1)
        forward = [(kind, l) for l in layers for kind in ("z", "a")]
        backward = [(kind, l) for l in reversed(layers) for kind in ("da", "delta")][self.is_short :]
        gradients = [(kind, l) for l in layers for kind in ("dW", "db") if kind == "dW" or self.biases[l - 1]]
        return [*forward, ("C", 0), *backward, *gradients]

    def results(self, kind: str, l: int) -> Array:
        """The right numbers of an array, as the network has it: z, a, slope, da (∂C/∂a), delta, dW, db; C."""
        read: dict[str, Callable[[int], Array]] = {
            "z": self.trace.pre_activations,
            "a": self.trace.activations,
            "slope": lambda l: equations.slope(self.trace, l),
            "da": self.trace.activation_gradients,
            "delta": self.trace.delta,
            "dW": self.trace.weight_gradients,
            "db": self.trace.bias_gradients,
            "C": lambda _: np.array([self.trace.cost.data]),
        }
        return read[kind](l)


def exercise_of(traced: Trace, name: str = "own", rate: float = 0.1) -> Exercise:
    """A worksheet of a network of one's own, with its numbers, for the example of a trace.

    Raises ValueError for a trace without a target, activations and losses that worksheets do not have, and
    networks that do not fit on a page.

    >>> exercise_of(trace(MLP(2, [1], seed=0), [1.0, 2.0], y=0.5)).sizes
    (2, 1)
    """
    losses = {loss: loss_name for loss_name, loss in LOSSES.items()}
    if traced.loss is None:
        raise ValueError("worksheet: the trace has no target; use nn.trace(model, x, y)")
    if traced.loss not in losses:
        raise ValueError(f"worksheet: the loss must be one of {', '.join(LOSSES)}")
    layers = range(1, traced.depth + 1)
    named = {activation: own for own, activation in SIGMAS.items()}
    has_biases = [layer.neurons[0].b is not None for layer in traced.model.layers]
    return Exercise(
        name,
        _row(traced.activations(0)),
        _row(np.ravel(traced.loss.targets_of(traced.target, len(traced.activations(traced.depth))))),
        tuple(tuple(_row(row) for row in traced.weights(l)) for l in layers),
        tuple(_row(traced.biases(l)) if has_b else None for l, has_b in zip(layers, has_biases)),
        tuple(named.get(traced.activation(l), str(traced.activation(l))) for l in layers),
        losses[traced.loss],
        rate,
    )


def mazur() -> Exercise:
    """The 2-2-2 network of Matt Mazur, "A Step by Step Backpropagation Example" (2015), with its numbers.

    >>> mazur().results("delta", 2).round(6)
    array([ 0.138499, -0.038098])
    """
    weights = (((0.15, 0.20), (0.25, 0.30)), ((0.40, 0.45), (0.50, 0.55)))
    biases = ((0.35, 0.35), (0.60, 0.60))
    sigmoids = ("sigmoid", "sigmoid")
    return Exercise("Mazur", (0.05, 0.10), (0.01, 0.99), weights, biases, sigmoids, "half_squared_error", 0.5)


def seed_of(student: str, exercise: str = "") -> int:
    """A seed of their own for each student and exercise, the same on every machine; capitals do not count.

    >>> seed_of("Ada Lovelace", "1") == seed_of(" ada  lovelace", "1") != seed_of("Ada Lovelace", "2")
    True

    Raises ValueError for an empty name.
    """
    words = [" ".join(unicodedata.normalize("NFKC", text).casefold().split()) for text in (student, exercise)]
    if not words[0]:
        raise ValueError("worksheet: the student's name is empty")
    return int.from_bytes(hashlib.sha256("\n".join(words).encode()).digest()[:4], "big")


def check_sizes(sizes: Sequence[int]) -> None:
    """Raises ValueError for sizes that are not valid, or do not fit on a page."""
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(
            f"worksheet: sizes are inputs and layers, at least 1 each, such as 2 2 2, not {sizes}"
        )
    if max(sizes) > MOST_NEURONS_IN_A_LAYER or sum(sizes[1:]) > MOST_NEURONS:
        raise ValueError(
            f"worksheet: a page holds layers of up to {MOST_NEURONS_IN_A_LAYER} neurons, and {MOST_NEURONS} "
            f"neurons in all beyond the inputs; {' '.join(map(str, sizes))} has more"
        )


def _row(numbers: Array) -> Row:
    return tuple(map(float, numbers))
