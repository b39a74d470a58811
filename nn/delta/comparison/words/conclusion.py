"""From the best explanations to what is told: the mistakes, other stories as good, remarks and verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from nn.delta.comparison.answers.quantities import Quantity
from nn.delta.comparison.naming import FORWARD, KINDS
from nn.delta.comparison.passes import Pass
from nn.delta.comparison.search.explanation import Explanation
from nn.delta.comparison.words.sentences import mistake_of
from nn.delta.comparison.words.verdicts import Comparison, Mistake, verdict_of
from nn.delta.notation import AnyNotation

CLOSE = 0.02  # relative: near enough to be no mistake in a formula
AS_WELL = 4.0  # bits by which another story may be longer and still be told,
AS_WELL_OF_SEVERAL = 1.5  # where the first is of several kinds
MOST_TOLD = 2


def conclusion(
    best: list[Explanation],
    quantities: Mapping[str, Quantity],
    right: Pass,
    remarks: tuple[str, ...],
    notation: AnyNotation,
) -> Comparison:
    """What to tell of an answer; `best` has the best explanation first, which is believed.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.3], y=1.0))
    >>> conclusion([Explanation()], {}, right, ("No number was given.",), "002").remarks
    ('No number was given.',)
    """

    def story_of(one: Explanation) -> tuple[Mistake, ...]:
        pairs = [(mark, finding.name) for finding in one.findings for mark in finding.marks]
        return tuple(mistake_of(mark, name, right, notation) for mark, name in pairs)

    first = story_of(best[0])
    kinds = {mistake.kind for mistake in first}
    stories = {frozenset(kinds): first}  # of one kind in other places one is told
    margin = AS_WELL if len(kinds) < 2 else AS_WELL_OF_SEVERAL
    for one in best:
        if one.bits <= best[0].bits + margin or not first:
            story = story_of(one)
            others = frozenset(mistake.kind for mistake in story)
            if not any(told and told <= others for told in stories):
                stories[others] = story
    states = {finding.name: finding for finding in best[0].findings if finding.state != "hidden"}
    in_order = sorted(quantities.values(), key=_place)
    verdicts = tuple(verdict_of(q, states[q.name].state, states[q.name].how) for q in in_order)
    gradients = {v.state for v in verdicts if v.quantity.startswith("∂")}
    if kinds == {"1/N in δ"} and gradients <= {"right"}:
        note = "All is right; your δ carries the 1/N that stands in (3) and (4) here."
        return Comparison(remarks=(*remarks, note))
    more = tuple(list(stories.values())[1 : MOST_TOLD + 1])
    return Comparison(first, more, (*_remarks(first, quantities, right), *remarks), verdicts)


def _place(quantity: Quantity) -> tuple[bool, int, int]:
    """Forward, z before a; and backward: the last layer first, δ before ∂C/∂W and ∂C/∂b."""
    kind, l = quantity.kind, quantity.layer
    return kind not in FORWARD, l if kind in ("z", "a") else -l, KINDS.index(kind)


def _remarks(mistakes: tuple[Mistake, ...], quantities: Mapping[str, Quantity], right: Pass) -> Iterator[str]:
    places = {mistake.kind: mistake.quantity for mistake in reversed(mistakes)}  # the first of each kind
    if "unknown" in places:
        start = places["unknown"]
        yield f"It starts at {start}: there may be several mistakes in it, or one that is not known here."
        off = max(map(_relative_error, quantities.values()))
        if off < CLOSE:
            yield f"All is within {off:.1%} of right: rounding on the way, or a derivative by differences?"
    if "W for Wᵀ" in places:
        yield "W is square there, so the shapes fit and nothing fails: only the numbers tell."
    given = {quantity.kind for quantity in quantities.values()}
    if right.biased and "dW" in given and "db" not in given and any(right.b[l].any() for l in right.biased):
        yield "No ∂C/∂b was given."


def _relative_error(quantity: Quantity) -> float:
    """How far the numbers are off at most, relative to the largest of the right ones."""
    truth = quantity.truth
    if quantity.written.numbers.shape != truth.shape:
        return 1.0
    return float(np.max(np.abs(quantity.filled(truth) - truth)) / max(float(np.max(np.abs(truth))), 1e-300))
