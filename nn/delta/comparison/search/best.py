"""The best explanations of a whole answer: by the right forward pass, a wrong one, or gradients kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from nn.delta.comparison.answers.digits import Reading
from nn.delta.comparison.answers.quantities import Quantity
from nn.delta.comparison.mistakes.variants import Mark
from nn.delta.comparison.mistakes.wrong_passes import wrong_passes
from nn.delta.comparison.passes import STEPS, Array, Pass
from nn.delta.comparison.search.explanation import PRICE, Explanation, Finding
from nn.delta.comparison.search.forward import both_ways

SEVERAL = 13.0  # bits of two kinds of mistake: beyond them a wrong forward pass may be the shorter story
LIKELIEST = 3  # wrong forward passes after which a mistake more is looked for


def best_explanations(
    right: Pass, quantities: Mapping[str, Quantity], takes: list[Reading]
) -> list[Explanation]:
    """The shortest explanations, in the first way to read the digits that leaves nothing unknown.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.answers.digits import Written
    >>> from nn.delta.comparison.answers.quantities import quantities_of, readings_of
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.3], y=1.0))  # δ = −0.8
    >>> mine = {"delta1": Written.of(np.array([[0.8]]))}
    >>> takes = readings_of(right, mine, 1e-6)
    >>> [mark.kind for mark in best_explanations(right, quantities_of(right, mine, takes), takes)[0].marks]
    ['sign']
    """
    hows = {name: quantity.how_right(quantity.truth) for name, quantity in quantities.items()}
    if None not in hows.values():
        findings = tuple(Finding(name, "right", how=how or "") for name, how in hows.items())
        return [Explanation(findings=findings)]
    results = []
    for reading in _different(takes):
        results.append(both_ways(right, _read(quantities, reading), 2))
        if not results[-1][0].has_unknown:
            break
    best = results[-1] if not results[-1][0].has_unknown else results[0]
    some_right = any(name.startswith("delta") and how is not None for name, how in hows.items())
    if not some_right and (best[0].has_unknown or best[0].bits > SEVERAL):  # no right δ of a wrong pass
        others = _after_wrong_passes(right, _read(quantities, takes[0]))
        best = min([best, *others], key=lambda explanations: explanations[0].bits)
    return best


def _after_wrong_passes(right: Pass, quantities: Mapping[str, Quantity]) -> Iterator[list[Explanation]]:
    """By a wrong forward pass alone, and for the likeliest of them by a mistake after it, too."""
    tried = []
    for mark, where, other in wrong_passes(right):
        start = Explanation(findings=(Finding(where, "hidden", (mark,)),), bits=PRICE, is_elsewhere=True)
        tried.append((both_ways(other, quantities, 0, start), other, start))
        yield tried[-1][0]
    if all(explanations[0].has_unknown for explanations, _, _ in tried):
        tried.sort(key=lambda one: one[0][0].bits)
        for _, other, start in tried[:LIKELIEST]:
            yield both_ways(other, quantities, 1, start)


def _different(takes: list[Reading]) -> Iterator[Reading]:
    """The readings but for those that are another's."""
    seen: set[tuple[bytes, ...]] = set()
    for take in takes:
        lows = tuple(bounds.low.tobytes() for bounds in take.bounds.values())
        if lows not in seen:
            seen.add(lows)
            yield take


def _read(quantities: Mapping[str, Quantity], reading: Reading) -> dict[str, Quantity]:
    return {name: replace(q, bounds=reading.bounds[name]) for name, q in quantities.items()}


def kept_gradients(right: Pass, quantities: Mapping[str, Quantity]) -> Explanation | None:
    """That all gradients of a model are sums over passes, as nobody set them to zero; None if they are not.

    Either m passes with these W and b, or one more before the last update: if k is what was kept, the W of
    that pass were W + ε k, whose gradient is k.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.answers.digits import Written
    >>> from nn.delta.comparison.answers.quantities import quantities_of
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.3], y=1.0))  # ∂C/∂W = −0.24
    >>> kept_gradients(right, quantities_of(right, {"dW1": Written.of(np.array([[-0.48]]))})).marks
    [Mark(kind='gradients kept', detail='2 passes')]
    """
    truths = {name: quantity.truth for name, quantity in quantities.items()}
    given = {name: quantity.filled(truths[name]) for name, quantity in quantities.items()}
    if any(given[name].shape != truth.shape for name, truth in truths.items()):
        return None
    length = sum(float((truth**2).sum()) for truth in truths.values())
    along = sum(float((given[name] * truth).sum()) for name, truth in truths.items())
    count = round(along / length) if length else 0
    if 2 <= count <= 100 and _are(quantities, {name: count * truth for name, truth in truths.items()}):
        return _of_passes(quantities, f"{count} passes")
    before = {name: given[name] - truth for name, truth in truths.items()}
    for step in STEPS:
        W = {l: W + step * before.get(f"dW{l}", 0.0) for l, W in right.W.items()}
        b = {l: b + step * before.get(f"db{l}", np.zeros(len(b)))[:, None] for l, b in right.b.items()}
        other = right.again(W=W, b=b)
        if other and _are(quantities, {name: truth + other.quantity(name) for name, truth in truths.items()}):
            return _of_passes(quantities, f"this pass and the one before the update, ε = {step:g},")
    return None


def _are(quantities: Mapping[str, Quantity], arrays: Mapping[str, Array]) -> bool:
    return all(quantity.bounds.hold(arrays[name]) for name, quantity in quantities.items())


def _of_passes(quantities: Mapping[str, Quantity], detail: str) -> Explanation:
    mark = Mark("gradients kept", detail)
    return Explanation(findings=tuple(Finding(name, "wrong", (mark,)) for name in quantities))
