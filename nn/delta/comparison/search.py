"""The walk from the last layer to the first, which finds the shortest list of mistakes that explains an
answer.

At each quantity that was given the ways to compute it (`variants`) are tried, from the learner's own δ, on
his numbers (`fitting`). So what follows rightly from a wrong δ is not blamed; and a number that is right is
right, whatever came before. A δ that was not given is tried in every way, and the gradients decide.

Glossary
    quantity    δˡ, ∂C/∂Wˡ or ∂C/∂bˡ, named "delta2", "dW2", "db2"
    finding     what became of one quantity
    path        the findings so far, what δ may be after them, and their price in bits
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nn.delta.comparison.carried import WORDS
from nn.delta.comparison.digits import Quantity
from nn.delta.comparison.fitting import Fit, fits, information, reordered, slips
from nn.delta.comparison.naming import FORWARD, entry_name
from nn.delta.comparison.passes import Pass
from nn.delta.comparison.paths import NOTHING, PRICE, UNKNOWN, Finding, Path
from nn.delta.comparison.rows import Place
from nn.delta.comparison.variants import Mark, Variant, variants

Array = NDArray[np.float64]

SET_RIGHT = 5.0  # a wrong δ that was not given, and after which all is right again
BEAM = 400  # paths that are followed, where little was given
EXPANDED = 80  # paths on which a mistake in a δ that was not given is tried
CLOSELY = 6  # paths on which a quantity is looked into with a mistake in it
MOST_CLOSELY = 2  # and with two
SLIPS = {"slip", "sign in an entry", "entry left at 0", "point misplaced"}
FACTORS = {"sign", "half", "double", "factor"}


def explanations(
    right: Pass, quantities: Mapping[str, Quantity], most: int, start: Path | None = None
) -> list[Path]:
    """The shortest explanations of an answer, best first; with at most `most` mistakes at once in a
    quantity.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.digits import Bounds, Written
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.3], y=1.0))  # δ = −0.8
    >>> numbers = np.array([[0.8]])
    >>> bounds = Bounds.around(numbers, 1e-9)
    >>> q = Quantity("delta1", Written.of(numbers), right.quantity("delta1"), (("", bounds),), bounds)
    >>> [mark.kind for mark in explanations(right, {"delta1": q}, most=1)[0].marks]
    ['sign']
    """
    paths = [start or Path()]
    lowest = min((q.layer for q in quantities.values() if q.kind not in FORWARD), default=right.depth + 1)
    for l in range(right.depth, lowest - 1, -1):
        given = [quantities[name] for name in (f"delta{l}", f"db{l}", f"dW{l}") if name in quantities]
        before = paths
        is_hidden = f"delta{l}" not in quantities
        for mistakes in range(most + 1) if is_hidden else [most]:
            paths = before
            if is_hidden:
                paths = _cheapest(_hidden(right, l, before, mistakes))
            for quantity in given:
                paths = all_explained(right, quantity, paths, most if mistakes else 0)
            if given and (not is_hidden or _is_enough(paths, before, mistakes)):
                break
            if not given and mistakes:
                break
    return paths


def _is_enough(paths: list[Path], before: list[Path], mistakes: int) -> bool:
    """Whether no more mistakes need be looked for in a δ that was not given."""
    unknown = paths[0].marks.count(UNKNOWN) > before[0].marks.count(UNKNOWN)
    return not unknown if mistakes else len(paths[0].marks) == len(before[0].marks)


def _cheapest(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: path.bits)[:BEAM]


def _places(right: Pass, quantity: Quantity, path: Path) -> list[Place]:
    if quantity.kind == "delta":
        return [Place(right, quantity.layer, above, NOTHING) for above in path.options]
    return [Place(right, quantity.layer or right.depth, NOTHING, delta) for delta in path.options]


def all_explained(right: Pass, quantity: Quantity, paths: list[Path], most: int) -> list[Path]:
    """The paths, each longer by what explains the quantity, best first.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.digits import Bounds, Written
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.3], y=1.0))  # δ = −0.8
    >>> numbers = np.array([[0.8]])
    >>> bounds = Bounds.around(numbers, 1e-9)
    >>> q = Quantity("delta1", Written.of(numbers), right.quantity("delta1"), (("", bounds),), bounds)
    >>> [mark.kind for mark in all_explained(right, q, [Path()], most=1)[0].marks]
    ['sign']
    """
    followed = [_followed(right, quantity, path) for path in paths]
    longer = [path for path in followed if path is not None]
    without = [path for path, found in zip(paths, followed, strict=True) if found is None]
    for rank, path in enumerate(without):
        if rank < (CLOSELY if longer else 10 * CLOSELY):
            longer += _explained(right, quantity, path, min(most, 2 if rank < MOST_CLOSELY else 1))
        else:
            longer += _explained(right, quantity, path, 0)
    return _cheapest(longer)


def _followed(right: Pass, quantity: Quantity, path: Path) -> Path | None:
    """The path, if the numbers are right, or follow rightly from the learner's δ."""
    follows = None
    for place in _places(right, quantity, path):
        exact = variants(quantity.kind, place, 0)[0].array
        how = quantity.how_right(exact)
        if how is None and quantity.kind == "delta" and _is_of_rounded_slope(quantity, place, exact):
            how = WORDS
        if how is not None:
            follows = exact, "carried", how
            break
    how = quantity.how_right(quantity.truth)
    if how is not None:
        is_free = follows is not None or quantity.kind in FORWARD or (path.is_given and not path.is_elsewhere)
        exact, bits = quantity.truth, 0.0 if is_free else SET_RIGHT
        return _after(path, quantity, Finding(quantity.name, "right", how=how), bits, exact)
    if follows is None:
        return None
    exact, state, how = follows
    return _after(path, quantity, Finding(quantity.name, state, how=how), 0.0, exact)


def _is_of_rounded_slope(quantity: Quantity, place: Place, exact: Array) -> bool:
    """Whether δ follows if σ′ was rounded to the decimals of δ before it was multiplied in."""
    if quantity.written.computed or place.right.couples(place.l):
        return False
    room = 0.5 * 10.0**-quantity.written.most * np.abs(place.error)
    return room.shape == quantity.bounds.low.shape and quantity.bounds.moved(-room, room).hold(exact)


def _after(path: Path, quantity: Quantity, finding: Finding, bits: float, exact: Array) -> Path:
    """The path, longer by a finding; of a δ that was given it may be used as written, or as it was
    computed."""
    if quantity.kind in ("dW", "db"):
        return path.longer(finding, bits)
    numbers = quantity.filled(exact)
    if quantity.kind in FORWARD:
        return path.longer(finding, bits, (exact, numbers))
    options = [exact, numbers] if finding.state != "wrong" else [numbers, exact]
    options += [] if path.is_elsewhere else [quantity.truth]
    shape = quantity.truth.shape
    distinct: list[Array] = []
    for option in options:
        if option.shape == shape and not any(np.allclose(option, other, 1e-9, 0.0) for other in distinct):
            distinct.append(option)
    return replace(path.longer(finding, bits, tuple(distinct)), is_given=True)


def _explained(right: Pass, quantity: Quantity, path: Path, most: int) -> list[Path]:
    """The path, longer by each way to make the mistakes that lead to the numbers, and by not knowing it."""
    info = information(quantity.bounds, quantity.truth)
    places = _places(right, quantity, path)
    unknown = Finding(quantity.name, "wrong", (UNKNOWN,))
    found = [_after(path, quantity, unknown, float(info.sum()), quantity.truth)]
    for mistakes in range(min(most, 1), most + 1):
        for place in places:
            for fit in _shortest(_fits(quantity, place, mistakes, info)):
                longer = _after(
                    path, quantity, Finding(quantity.name, "wrong", fit.marks), fit.bits, fit.array
                )
                only_slips = all(mark.kind in SLIPS for mark in fit.marks)
                if longer.bits - path.bits < info.sum() + PRICE * only_slips:
                    found += [longer, *_pulled_back(path, place, quantity, fit)]
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
    marks = {frozenset(fit.marks) for fit in every}
    return [fit for fit in every if not any(other < frozenset(fit.marks) for other in marks)]


def _pulled_back(path: Path, place: Place, quantity: Quantity, fit: Fit) -> Iterator[Path]:
    """A factor in a gradient may be one of the δ before it, if that was not given."""
    if quantity.kind not in ("dW", "db") or path.is_given or {mark.kind for mark in fit.marks} - FACTORS:
        return
    straight = variants(quantity.kind, place, 0)[0].array
    if not straight.any():
        return
    factor = float(
        fit.array.flat[np.argmax(np.abs(straight))]
        / np.max(np.abs(straight))
        * np.sign(straight.flat[np.argmax(np.abs(straight))])
    )
    mistake = Finding(f"delta{place.l}", "hidden", fit.marks)
    yield path.longer(mistake, fit.bits, (factor * place.delta,)).longer(Finding(quantity.name, "carried"))


def _hidden(right: Pass, l: int, paths: list[Path], most: int) -> Iterator[Path]:
    """The paths, longer by every way to compute a δ that was not given."""
    closely = EXPANDED if most < 2 else MOST_CLOSELY
    for rank, path in enumerate(paths):
        places = [Place(right, l, above, NOTHING) for above in path.options]
        rightly = tuple(variants("delta", place, 0)[0].array for place in places)
        path = replace(path, is_given=False)
        yield replace(path, options=rightly)
        if rank < closely and most:
            for way in _distinct(variants("delta", places[0], most)[1:], rightly[0]):
                yield path.longer(Finding(f"delta{l}", "hidden", way.marks), way.bits, (way.array,))


def _distinct(ways: list[Variant], rightly: Array) -> list[Variant]:
    """Those that differ from the right one; a number t that is free has a usual value."""
    kept = []
    for way in ways:
        if way.array.shape != rightly.shape:
            continue
        if way.direction is not None:
            for step in (0.1, 0.5, 1.0, 0.01):
                mark = way.marks[0]._replace(detail=f"{step:g}")
                kept.append(Variant(way.array + step * way.direction, (mark, *way.marks[1:]), way.bits + 2.0))
        else:
            kept.append(way)
    least = 1e-9 * float(np.max(np.abs(rightly), initial=0.0))
    return [way for way in kept if float(np.max(np.abs(way.array - rightly))) > least]
