"""The backward pass of an answer, last layer first: a beam search for the shortest explanations.

At each quantity that was given the ways to compute it (`mistakes.variants`) are tried, from the learner's own
δ, on the learner's numbers (`fitting`). So what follows rightly from a wrong δ is not blamed; and a number
that is right is right, whatever came before. A δ that was not given is tried in every way, and the gradients
decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np

from nn.delta.comparison.answers.quantities import Quantity
from nn.delta.comparison.answers.rounded_steps import NEAR, ROUNDED_STEPS
from nn.delta.comparison.mistakes.rows import Place
from nn.delta.comparison.mistakes.variants import Mark, Variant, variants
from nn.delta.comparison.naming import FORWARD, entry_name
from nn.delta.comparison.passes import Array, Pass
from nn.delta.comparison.search.explanation import NOTHING, PRICE, UNKNOWN, Explanation, Finding
from nn.delta.comparison.search.fitting import Fit, fits, information, reordered, slips

SET_RIGHT = 5.0  # bits of a wrong δ that was not given, and after which all is right again
BEAM = 400  # explanations that are followed, where little was given
EXPANDED = 80  # of them, those on which a mistake in a δ that was not given is tried
CLOSELY = 6  # those on which a mistake in a quantity is looked for
MOST_CLOSELY = 2  # and two
SLIPS = {"slip", "sign in an entry", "entry left at 0", "point misplaced"}
FACTORS = {"sign", "half", "double", "factor"}


def backward(
    right: Pass, quantities: Mapping[str, Quantity], most: int, start: Explanation
) -> list[Explanation]:
    """The explanations of δ, ∂C/∂W and ∂C/∂b, best first; with at most `most` mistakes at once in a quantity.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.answers.digits import Written
    >>> from nn.delta.comparison.answers.quantities import quantities_of
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.3], y=1.0))  # δ = −0.8
    >>> quantities = quantities_of(right, {"delta1": Written.of(np.array([[0.8]]))})
    >>> [mark.kind for mark in backward(right, quantities, 1, Explanation())[0].marks]
    ['sign']
    """
    found = [start]
    lowest = min((q.layer for q in quantities.values() if q.kind not in FORWARD), default=right.depth + 1)
    for l in range(right.depth, lowest - 1, -1):
        given = [quantities[name] for name in (f"delta{l}", f"db{l}", f"dW{l}") if name in quantities]
        before = found
        is_hidden = f"delta{l}" not in quantities
        for mistakes in range(most + 1) if is_hidden else [most]:
            found = _cheapest(_hidden(right, l, before, mistakes)) if is_hidden else before
            for quantity in given:
                found = extended(right, quantity, found, most if mistakes else 0)
            if _is_enough(found, before, mistakes) if given else mistakes:
                break
    return found


def _is_enough(found: list[Explanation], before: list[Explanation], mistakes: int) -> bool:
    """Whether no more mistakes need be looked for in a δ that was not given."""
    unknown = found[0].marks.count(UNKNOWN) > before[0].marks.count(UNKNOWN)
    return not unknown if mistakes else len(found[0].marks) == len(before[0].marks)


def _hidden(right: Pass, l: int, before: list[Explanation], most: int) -> Iterator[Explanation]:
    """Each explanation, longer by every way to compute a δ that was not given."""
    closely = EXPANDED if most < 2 else MOST_CLOSELY
    for rank, one in enumerate(before):
        places = [Place(right, l, above, NOTHING) for above in one.options]
        rightly = tuple(variants("delta", place, 0)[0].array for place in places)
        one = replace(one, is_given=False, options=rightly)
        yield one
        if rank < closely and most:
            for way in _distinct(variants("delta", places[0], most)[1:], rightly[0]):
                yield one.longer(Finding(f"delta{l}", "hidden", way.marks), way.bits, (way.array,))


def _distinct(ways: list[Variant], rightly: Array) -> Iterator[Variant]:
    """Those that differ from the right one; a number t that is free has a usual value."""
    least = 1e-9 * float(np.max(np.abs(rightly), initial=0.0))
    for way in ways:
        if way.array.shape != rightly.shape:
            continue
        for step in (0.0,) if way.direction is None else (0.1, 0.5, 1.0, 0.01):
            array, marks, bits = way.array, way.marks, way.bits
            if way.direction is not None:
                marks = (marks[0]._replace(detail=f"{step:g}"), *marks[1:])
                array, bits = array + step * way.direction, bits + 2.0
            if float(np.max(np.abs(array - rightly))) > least:
                yield Variant(array, marks, bits)


def extended(right: Pass, quantity: Quantity, before: list[Explanation], most: int) -> list[Explanation]:
    """The explanations, each longer by what explains the quantity, with at most `most` mistakes; best first.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.answers.digits import Written
    >>> from nn.delta.comparison.answers.quantities import quantities_of
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.3], y=1.0))  # z = 0.6
    >>> q = quantities_of(right, {"z1": Written.of(np.array([[0.6]]))})["z1"]
    >>> [(one.bits, one.findings[0].state) for one in extended(right, q, [Explanation()], most=1)]
    [(0.0, 'right')]
    """
    followed = [_as_consequence(right, quantity, one) for one in before]
    longer = [one for one in followed if one is not None]
    without = [one for one, found in zip(before, followed, strict=True) if found is None]
    for rank, one in enumerate(without):
        mistakes = 2 if rank < MOST_CLOSELY else int(rank < CLOSELY)
        longer += _by_mistakes(right, quantity, one, min(most, mistakes))
    return _cheapest(longer)


def _cheapest(found: Iterable[Explanation]) -> list[Explanation]:
    return sorted(found, key=lambda one: one.bits)[:BEAM]


def _places(right: Pass, quantity: Quantity, before: Explanation) -> list[Place]:
    if quantity.kind == "delta":
        return [Place(right, quantity.layer, above, NOTHING) for above in before.options]
    return [Place(right, quantity.layer or right.depth, NOTHING, delta) for delta in before.options]


def _as_consequence(right: Pass, quantity: Quantity, before: Explanation) -> Explanation | None:
    """The explanation, if the numbers are right, or follow rightly from the learner's δ."""
    follows = None
    for place in _places(right, quantity, before):
        exact = variants(quantity.kind, place, 0)[0].array
        how = quantity.how_right(exact)
        if how is None and quantity.kind == "delta" and _is_of_rounded_slope(quantity, place, exact):
            how = ROUNDED_STEPS
        if how is not None:
            follows = Finding(quantity.name, "carried", how=how)
            break
    how = quantity.how_right(quantity.truth)
    if how is not None:
        is_free = follows or quantity.kind in FORWARD or (before.is_given and not before.is_elsewhere)
        finding = Finding(quantity.name, "right", how=how)
        return _after(before, quantity, finding, 0.0 if is_free else SET_RIGHT, quantity.truth)
    return _after(before, quantity, follows, 0.0, exact) if follows else None


def _is_of_rounded_slope(quantity: Quantity, place: Place, exact: Array) -> bool:
    """Whether δ follows if σ′ was rounded to its decimals; or σ′ and ∂C/∂a to the fewest of the answer."""
    if quantity.written.computed or place.right.couples(place.l):
        return False
    room: Array = 0.5 * 10.0**-quantity.written.most * np.abs(place.error)
    if quantity.coarsest < quantity.written.most:
        coarse = 0.5 * 10.0**-quantity.coarsest * (np.abs(place.error) + np.abs(place.slope))
        room = np.maximum(room, np.minimum(coarse, NEAR * np.max(np.abs(exact), initial=0.0)))
    return room.shape == quantity.bounds.low.shape and quantity.bounds.moved(-room, room).hold(exact)


def _after(
    before: Explanation, quantity: Quantity, finding: Finding, bits: float, exact: Array
) -> Explanation:
    """Longer by a finding; the next step goes on from a δ as it is written, or as it was computed."""
    if quantity.kind in ("dW", "db"):
        return before.longer(finding, bits)
    numbers = quantity.filled(exact)
    if quantity.kind in FORWARD:
        return before.longer(finding, bits, (exact, numbers))
    options = [exact, numbers] if finding.state != "wrong" else [numbers, exact]
    options += [] if before.is_elsewhere else [quantity.truth]
    distinct: list[Array] = []
    for option in options:
        if option.shape == quantity.truth.shape and not any(
            np.allclose(option, other, 1e-9, 0.0) for other in distinct
        ):
            distinct.append(option)
    return replace(before.longer(finding, bits, tuple(distinct)), is_given=True)


def _by_mistakes(right: Pass, quantity: Quantity, before: Explanation, most: int) -> list[Explanation]:
    """Longer by each way to make the mistakes that lead to the numbers, and by not knowing it."""
    info = information(quantity.bounds, quantity.truth)
    places = _places(right, quantity, before)
    unknown = Finding(quantity.name, "wrong", (UNKNOWN,))
    found = [_after(before, quantity, unknown, float(info.sum()), quantity.truth)]
    for mistakes in range(min(most, 1), most + 1):
        for place in places:
            for fit in _shortest(_fits(quantity, place, mistakes, info)):
                finding = Finding(quantity.name, "wrong", fit.marks)
                only_slips = all(mark.kind in SLIPS for mark in fit.marks)
                if before.longer(finding, fit.bits).bits - before.bits < info.sum() + PRICE * only_slips:
                    longer = _after(before, quantity, finding, fit.bits, fit.array)
                    found += [longer, *_pulled_back(before, place, quantity, fit)]
        if len(found) > 1:
            break
    least = min(longer.bits for longer in found)
    return [longer for longer in found if longer.bits <= least + PRICE + 1.0]


def _fits(quantity: Quantity, place: Place, mistakes: int, info: Array) -> Iterator[Fit]:
    ways = variants(quantity.kind, place, mistakes)
    if mistakes > 1:
        ways = [way for way in ways if len(way.marks) == mistakes]
    yield from fits(quantity.bounds, quantity.kind, place.N, ways, info)
    if mistakes == 1 and quantity.bounds.low.shape == quantity.truth.shape:
        yield from reordered(quantity.bounds, quantity.kind, ways)
        for fit, entries in slips(quantity.bounds, quantity.written.numbers, ways, info):
            named = {
                kind: " and ".join(
                    entry_name(quantity.name, quantity.truth.shape, e, quantity.notation) for e in positions
                )
                for kind, positions in entries.items()
            }
            yield fit._replace(marks=tuple(Mark(m.kind, named.get(m.kind, m.detail)) for m in fit.marks))


def _shortest(found: Iterable[Fit]) -> list[Fit]:
    """Without those that have all the marks of another and more: where σ′ = 1, none is missing."""
    every = list(found)
    known = {frozenset(fit.marks) for fit in every}
    return [fit for fit in every if known.isdisjoint(_parts(frozenset(fit.marks)))]


def _parts(marks: frozenset[Mark]) -> Iterator[frozenset[Mark]]:
    """The sets of some of these marks, but not of all, which are few: so many mistakes are tried at once."""
    return (frozenset(some) for count in range(len(marks)) for some in combinations(marks, count))


def _pulled_back(before: Explanation, place: Place, quantity: Quantity, fit: Fit) -> Iterator[Explanation]:
    """A factor in a gradient may be one of the δ before it, if that was not given."""
    if quantity.kind not in ("dW", "db") or before.is_given or {mark.kind for mark in fit.marks} - FACTORS:
        return
    straight = variants(quantity.kind, place, 0)[0].array
    if straight.any():
        largest = np.argmax(np.abs(straight))
        factor = float(fit.array.flat[largest] / straight.flat[largest])
        hidden = Finding(f"delta{place.l}", "hidden", fit.marks)
        follows = Finding(quantity.name, "carried")
        yield before.longer(hidden, fit.bits, (factor * place.delta,)).longer(follows)
