"""The arrays of an answer, each with the right numbers, and the bounds between which these may lie."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from nn.delta.comparison.answers.digits import Bounds, Reading, Written, readings, rounded_of
from nn.delta.comparison.answers.rounded_steps import NEAR, roundings
from nn.delta.comparison.naming import kind_and_layer
from nn.delta.comparison.passes import Array, Pass
from nn.delta.notation import AnyNotation

ENOUGH = 3  # entries that do not all lose their last zeros
ZERO = "as far as a 0 can tell"
MOST_OFF, LEAST_OFF = (
    0.5,
    0.02,
)  # relative to the largest; and in any case: rounding explains no more than this


@dataclass(frozen=True)
class Quantity:
    """One array of the answer. `takes` are its bounds in every reading, in words; `bounds` in this one.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.3], y=1.0))  # δ = −0.8
    >>> q = quantities_of(right, {"delta1": Written.of(np.array([[-0.8]]))})["delta1"]
    >>> q.kind, q.layer, q.how_right(right.delta[1])
    ('delta', 1, 'to your 2 decimals')
    """

    name: str
    written: Written
    truth: Array
    takes: tuple[tuple[str, Bounds], ...]
    bounds: Bounds
    notation: AnyNotation = "002"  # whose names its entries have
    coarsest: int = 0  # the fewest decimals of an array of the answer, to which steps may be rounded, too
    kind: str = field(init=False)
    layer: int = field(init=False)

    def __post_init__(self) -> None:
        for attribute, value in zip(("kind", "layer"), kind_and_layer(self.name), strict=True):
            object.__setattr__(self, attribute, value)

    def how_right(self, exact: Array) -> str | None:
        """In which reading the numbers are those; None if in none."""
        return next((words for words, bounds in self.takes if bounds.hold(exact)), None)

    def filled(self, exact: Array) -> Array:
        """The numbers, and exact ones in the blanks."""
        numbers = self.written.numbers
        return np.where(np.isnan(numbers), exact, numbers) if exact.shape == numbers.shape else numbers


def readings_of(right: Pass, answer: Mapping[str, Written], tolerance: float) -> list[Reading]:
    """The ways to read the digits, with room for what is left where terms cancel, a few roundings of them.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.3], y=1.0))
    >>> [take.words for take in readings_of(right, {"delta1": Written.of(np.array([[-0.8]]))}, 1e-6)][:2]
    ['to your 2 decimals', 'to the decimals that you give']
    """
    rooms = {name: 1e-13 * float(np.max(np.abs(right.quantity(name)), initial=0.0)) for name in answer}
    return [
        Reading(take.words, {name: b.moved(-rooms[name], rooms[name]) for name, b in take.bounds.items()})
        for take in readings(answer, tolerance)
    ]


def quantities_of(
    right: Pass,
    answer: Mapping[str, Written],
    takes: Iterable[Reading] = (),
    near: float = NEAR,
    notation: AnyNotation = "002",
) -> dict[str, Quantity]:
    """The quantities of an answer by name; `takes` are the ways to read its digits, `near` as in `roundings`.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.3], y=1.0))
    >>> quantities_of(right, {"delta1": Written.of(np.array([[0.8]]))})["delta1"].truth
    array([[-0.8]])
    """
    takes = list(takes) or readings_of(right, answer, 1e-6)
    truths = {name: right.quantity(name) for name in answer}
    all_zero = not any(w.numbers.any() for w in answer.values())

    def words(n: int, name: str) -> str:
        is_rounded_to_0 = n > 0 or (all_zero and truths[name].any())
        return ZERO if is_rounded_to_0 and not answer[name].numbers.any() else takes[n].words

    ways = {name: [(words(n, name), take.bounds[name]) for n, take in enumerate(takes)] for name in answer}
    if not all(any(bounds.hold(truths[name]) for _, bounds in these) for name, these in ways.items()):
        near_ones = {name: w for name, w in answer.items() if _is_near(w.numbers, truths[name])}
        for name, more in (roundings(right, near_ones, takes, truths, near) if near_ones else {}).items():
            ways[name] += more
    coarsest = min((w.most for w in rounded_of(answer).values() if w.numbers.size >= ENOUGH), default=17)
    return {
        name: Quantity(name, w, truths[name], tuple(ways[name]), takes[0].bounds[name], notation, coarsest)
        for name, w in answer.items()
    }


def _is_near(numbers: Array, truth: Array) -> bool:
    """Whether rounding on the way may explain the difference, at the most."""
    if numbers.shape != truth.shape:
        return False
    off = np.nanmax(np.abs(numbers - truth), initial=0.0)
    return bool(off <= MOST_OFF * np.max(np.abs(truth), initial=0.0) or off < LEAST_OFF)
