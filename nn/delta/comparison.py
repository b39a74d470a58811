"""Compare with your own: what is wrong with a backward pass, in words, by trying the known mistakes.

How: from the last layer to the first, every known way to compute each quantity (`nn.mistakes`) is tried on
what is consistent so far, and those that give the learner's numbers are kept. So a layer that goes wrong
because of a wrong δ below it is not blamed, and the explanation with the fewest kinds of mistake wins.

Glossary: mine, the learner's numbers; right, those of the equations; an explanation is a list of mistakes
that leads from the forward pass to all that is mine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad.display import html_form, one_line
from nn.delta.given import Given, forward_state, forward_without_biases, given_by, named
from nn.delta.mistakes import (
    WORDS,
    LayerState,
    Variant,
    bias_gradients,
    hidden_deltas,
    output_deltas,
    weight_gradients,
)
from nn.delta.recording import Recording
from nn.delta.rounding import FLOAT64, Precision

Array = NDArray[np.float64]

BEAM = 150  # explanations kept at a layer where little was given; the rest are dearer


@dataclass(frozen=True)
class Mistake:
    """One kind of mistake, a key of `nn.mistakes.WORDS`, and the quantity in which it is.

    >>> Mistake("sign", "δ²").kind
    'sign'
    """

    kind: str
    quantity: str


@dataclass(frozen=True)
class Comparison:
    """What was found. `mistakes` is empty if all is right; `alternatives` explain the same numbers as well.

    >>> print(Comparison((Mistake("no slope", "δ²"), Mistake("no slope", "δ¹"))))
    σ′ is missing in δ² and δ¹: that is ∂C/∂a; multiply by σ′(z) to have ∂C/∂z.
    """

    mistakes: tuple[Mistake, ...] = ()
    alternatives: tuple[tuple[Mistake, ...], ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        """Whether everything given agrees with the four equations."""
        return not self.mistakes

    @property
    def kinds(self) -> list[str]:
        """The kinds of mistake found, each once."""
        return list(dict.fromkeys(mistake.kind for mistake in self.mistakes))

    def __repr__(self) -> str:
        return one_line(f"<comparison: {self}>")

    _repr_html_ = html_form

    def __str__(self) -> str:
        lines = _in_words(self.mistakes) or ["All that was given is right."]
        for alternative in self.alternatives:
            lines.append("Or, as these numbers cannot tell: " + " ".join(_in_words(alternative)))
        return "\n".join([*lines, *self.remarks])


@dataclass(frozen=True)
class _Path:
    """An explanation so far: δ of the layer reached, and the mistakes on the way to it."""

    delta: Array | None = None
    mistakes: tuple[Mistake, ...] = ()

    def cost(self) -> tuple[int, int]:
        """Unknown mistakes weigh most, then kinds, then places."""
        kinds = {mistake.kind for mistake in self.mistakes}
        unknown = sum(mistake.kind == "unknown" for mistake in self.mistakes)
        return len(kinds) + 10 * unknown, len(self.mistakes)

    def adding(self, kinds: Iterable[str], quantity: str) -> tuple[Mistake, ...]:
        return (*self.mistakes, *(Mistake(kind, quantity) for kind in kinds))


def compare(
    trace: Recording, mine: Mapping[str, Any] | Callable[..., Mapping[str, Any]], tolerance: float = 1e-6
) -> Comparison:
    """Say what is wrong with a backward pass, by trying the known mistakes on the trace's forward pass.

    `mine` is a mapping with any of "delta2" (shape (n_2,), δ of one example), "dW2" (n_2, n_1), "db2" (n_2,),
    and so on for each layer, or with "delta", "dW", "db", each a list with an array a layer. A column (n, 1)
    counts as (n,); over a batch δ is (n_l, N) and gradients are means over the N examples. Or `mine` is a
    function that returns such a mapping: mine(W, b, x, y) gets the lists of weights and biases, x of shape
    (n_0,) or (n_0, N), and the target or list of targets. Numbers agree if they differ by at most `tolerance`
    × the largest, or 16 roundings where the trace was computed in less than float64.

    The trace needs a target; it needs no backward pass. Raises ValueError for names or shapes that do not
    belong to the network, or if nothing is given. Source: the four equations of document 002, section 3.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(1, [1], output_activation="sigmoid", initial=[[[2.0]]]), [0.5], y=1.0)
    >>> z = 2.0 * 0.5
    >>> a = 1 / (1 + np.exp(-z))
    >>> print(compare(t, {"delta1": 2 * (a - 1)}))
    σ′ is missing in δ¹: that is ∂C/∂a; multiply by σ′(z) to have ∂C/∂z.
    >>> compare(t, {"delta1": 2 * (a - 1) * a * (1 - a)}).right
    True
    """
    precision: Precision = getattr(trace, "precision", FLOAT64)
    tolerance = max(tolerance, 16 * precision.unit)
    given = given_by(trace, mine)
    layers, gradient = forward_state(trace)
    best = _explanations(trace, layers, gradient, given, tolerance)
    if best[0].cost()[0] >= 10:
        without = forward_without_biases(trace)
        if without is not None:
            start = (Mistake("bias not added", "z"),)
            other = _explanations(trace, *without, given, tolerance, start)
            best = min(best, other, key=lambda paths: paths[0].cost())
    return _conclusion(best, given, trace)


def _explanations(
    trace: Recording,
    layers: list[LayerState],
    cost_gradient: Array,
    given: Given,
    tolerance: float,
    start: tuple[Mistake, ...] = (),
) -> list[_Path]:
    """The explanations of the lowest cost, after a walk from the last layer to the first."""
    paths = [_Path(None, start)]
    for l in range(trace.depth, 0, -1):
        layer = layers[l - 1]
        found: list[_Path] = []
        for path in paths:
            if path.delta is None:
                variants = output_deltas(layer, cost_gradient)
            else:
                variants = hidden_deltas(layer, trace.weights(l + 1), path.delta)
            found += _explain_delta(
                path, list(variants), given.get(f"delta{l}"), named("delta", l), tolerance
            )
        for key, ways in (("dW", weight_gradients), ("db", bias_gradients)):
            array = given.get(f"{key}{l}")
            if array is not None:
                found = [
                    _Path(path.delta, path.adding(kinds, named(key, l)))
                    for path in found
                    for kinds in _ways_to(array, _delta_ways(ways, layer, path), tolerance)
                ]
        paths = sorted(found, key=_Path.cost)[:BEAM]
    lowest = paths[0].cost()
    return [path for path in paths if path.cost() == lowest]


def _delta_ways(ways: Callable[..., Iterable[Variant]], layer: LayerState, path: _Path) -> list[Variant]:
    return list(ways(layer, path.delta))


def _explain_delta(
    path: _Path, variants: Iterable[Variant], array: Array | None, quantity: str, tolerance: float
) -> list[_Path]:
    """The path, longer by each way that leads to the learner's δ; by each known way if none was given."""
    if array is None:  # without δ, its 1/N shows in the gradients only, as 1/N twice
        seen = [variant for variant in variants if "1/N in δ" not in variant.kinds]
        distinct = _distinct(seen)
        return [_Path(variant.array, path.adding(variant.kinds, quantity)) for variant in distinct]
    matches = [variant for variant in variants if _agree(array, variant.array, tolerance)]
    if matches:
        return [_Path(array, path.adding(variant.kinds, quantity)) for variant in matches]
    return [_Path(array, path.adding(("unknown",), quantity))]


def _distinct(variants: list[Variant]) -> list[Variant]:
    """Without those whose numbers a variant of fewer mistakes has: where σ′ = 1, none is missing."""
    fewest: dict[bytes, int] = {}
    keys = [(np.round(variant.array, 12) + 0.0).tobytes() for variant in variants]  # + 0.0: −0 is 0
    for key, variant in zip(keys, variants, strict=True):
        fewest[key] = min(len(variant.kinds), fewest.get(key, len(variant.kinds)))
    return [v for key, v in zip(keys, variants, strict=True) if len(v.kinds) == fewest[key]]


def _ways_to(array: Array, variants: list[Variant], tolerance: float) -> list[tuple[str, ...]]:
    matches = [variant.kinds for variant in variants if _agree(array, variant.array, tolerance)]
    return matches or [("unknown",)]


def _agree(mine: Array, other: Array, tolerance: float) -> bool:
    if mine.shape != other.shape:
        return False
    largest = max(float(np.max(np.abs(mine))), float(np.max(np.abs(other))))
    return bool(np.max(np.abs(mine - other)) <= tolerance * largest)


def _conclusion(best: list[_Path], given: Given, trace: Recording) -> Comparison:
    explanations = list(dict.fromkeys(path.mistakes for path in best))
    mistakes = explanations[0]
    kinds = {mistake.kind for mistake in mistakes}
    gradients = sum(not key.startswith("delta") for key in given)
    missing = sum(mistake.kind == "1/N missing" for mistake in mistakes)
    if "1/N in δ" in kinds and kinds <= {"1/N in δ", "1/N missing"} and missing == gradients:
        return Comparison(remarks=("All is right; your δ carries the 1/N that stands in (3) and (4) here.",))
    return Comparison(mistakes, tuple(explanations[1:4]), tuple(_remarks(mistakes, given, trace)))


def _remarks(mistakes: tuple[Mistake, ...], given: Given, trace: Recording) -> Iterable[str]:
    kinds = {mistake.kind for mistake in mistakes}
    if "unknown" in kinds:
        yield "There may be more than one mistake in it, or one that is not known here."
    if "W for Wᵀ" in kinds:
        yield "W is square there, so the shapes fit and nothing fails: only the numbers tell."
    has_bias = any(trace.biases(l).any() for l in range(1, trace.depth + 1))
    given_kinds = {key.rstrip("0123456789") for key in given}
    if has_bias and "dW" in given_kinds and "db" not in given_kinds:
        yield "No ∂C/∂b was given."


def _in_words(mistakes: tuple[Mistake, ...]) -> list[str]:
    places: dict[str, list[str]] = {}
    for mistake in mistakes:
        places.setdefault(mistake.kind, []).append(mistake.quantity)
    return [WORDS[kind].format(_listed(quantities)) + "." for kind, quantities in places.items()]


def _listed(quantities: list[str]) -> str:
    if len(quantities) == 1:
        return quantities[0]
    return ", ".join(quantities[:-1]) + " and " + quantities[-1]
