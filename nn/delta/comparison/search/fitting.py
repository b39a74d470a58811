"""Whether a variant explains the numbers that somebody wrote: as it is, times a factor, in another order, …

Every fit has its price in bits: what it takes to say it. An explanation is worth something if it is shorter
than the numbers themselves, so that a few digits are not explained by a mistake with a free number in it.

Glossary: bounds as in `digits`; information, the bits in each entry of the numbers that were written.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from nn.delta.comparison.answers.digits import Bounds
from nn.delta.comparison.mistakes.variants import Mark, Variant
from nn.delta.comparison.naming import FORWARD
from nn.delta.comparison.passes import STEPS, Array

POWERS = [10.0**k for k in range(-4, 5) if k]
NICE = [*range(3, 13), *(1 / k for k in range(3, 13)), *POWERS, 0.05, 0.02, 0.2, 1.5]
TWO_DIGITS = 1.2  # the largest over the least number that may stand behind one of so many digits
KNOWN = 3.0  # bits of a factor that people know
LEAST_STEP = 1e-4  # a smaller t is told only if the numbers give it sharply:
SHARP = 0.01  # so far apart, relatively, are the least and the largest that fit
FEW = 5  # of so many rows or columns all orders are tried


class Fit(NamedTuple):
    """A variant that explains the numbers: all marks, the bits beyond those of their kinds, the array.

    >>> Fit((Mark("sign"),), 0.0, np.array([-0.5])).marks[0].kind
    'sign'
    """

    marks: tuple[Mark, ...]
    bits: float
    array: Array


def information(bounds: Bounds, right: Array) -> Array:
    """The bits in each entry: how many steps of its precision it is large. None in a 0 that is right.

    All of the shape of `right`.

    >>> information(Bounds.around(np.array([7.0]), 0.5), np.array([7.0]))  # log₂ (1 + 7 / 1)
    array([3.])
    """
    width = np.maximum(bounds.high - bounds.low, 1e-300)
    with np.errstate(invalid="ignore"):  # inf − inf, of a blank, of which nothing is known
        middle = np.where(np.isinf(width), 0.0, bounds.high - width / 2)
    largest = max(float(np.max(np.abs(array), initial=0.0)) for array in (middle, right))
    bits = np.log2(1.0 + largest / width)
    if right.shape == bits.shape:
        bits = np.where((right == 0) & (bounds.low <= 0) & (bounds.high >= 0), 0.0, bits)
    return np.minimum(bits, 40.0)


def fits(bounds: Bounds, kind: str, examples: int, found: list[Variant], info: Array) -> Iterator[Fit]:
    """The variants that are the numbers, perhaps times a factor or with a number t.

    The arrays have the shape of the bounds, `info` too.

    >>> right, bounds = np.array([0.25, 0.5]), Bounds.around(np.array([-0.25, -0.5]), 0.005)
    >>> [fit.marks[0].kind for fit in fits(bounds, "delta", 1, [Variant(right)], information(bounds, right))]
    ['sign']
    """
    shape = bounds.low.shape
    fitting = [v for v in found if v.array.shape == shape]
    plain = [v for v in fitting if v.direction is None]
    largest = float(np.max(info, initial=0.0))
    low, high = _multiples(bounds, np.array([v.array for v in plain]).reshape(-1, *shape))
    for n in np.flatnonzero(low <= high):
        v = plain[n]
        for marks, bits in factors(low[n], high[n], kind, examples, largest):
            if not (kind in FORWARD and v.marks and bits > KNOWN):  # with a free factor too much fits
                factor = 0.5 * (low[n] + high[n]) if marks else 1.0
                yield Fit(v.marks + marks, v.bits + bits, v.array * factor)
    for v in fitting:
        if v.direction is None:
            continue
        low, high = _multiples(Bounds(bounds.low - v.array, bounds.high - v.array), v.direction[np.newaxis])
        if 0 < low[0] <= high[0]:
            t, bits = _step(low[0], high[0], largest)
            if t < LEAST_STEP and high[0] - low[0] > SHARP * t:
                continue
            if (t * np.abs(v.direction) <= bounds.high - bounds.low).all():  # rounding does as much
                continue
            first = v.marks[0]._replace(detail=f"{t:.3g}")
            yield Fit((first, *v.marks[1:]), v.bits + bits, v.array + t * v.direction)


def _multiples(bounds: Bounds, arrays: Array) -> tuple[Array, Array]:
    """For each array the least and the largest λ with which λ · array lies within the bounds."""
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = bounds.low / arrays, bounds.high / arrays
    is_zero = arrays == 0
    possible = (bounds.low <= 0) & (bounds.high >= 0)
    low = np.where(is_zero, np.where(possible, -np.inf, np.inf), np.fmin(one, other))
    high = np.where(is_zero, np.where(possible, np.inf, -np.inf), np.fmax(one, other))
    axes = tuple(range(1, arrays.ndim))
    return low.max(axis=axes), high.min(axis=axes)


def factors(
    low: float, high: float, kind: str, examples: int, largest: float
) -> Iterator[tuple[tuple[Mark, ...], float]]:
    """What the factors between low and high are called: the right one, those that are known, or a number.

    >>> [[mark.kind for mark in marks] for marks, _ in factors(1.99, 2.01, "dW", 2, 20.0)]
    [['double'], ['1/N missing']]
    """
    if low <= 1.0 <= high:
        yield (), 0.0
        return
    if low <= 0.0 <= high:  # everything is 0, and 0 is a multiple of all
        return
    sign = (Mark("sign"),) if high < 0 else ()
    low, high = (-high, -low) if sign else (low, high)
    if low <= 1.0 <= high:
        yield sign, 0.0
        return
    known = {"half": 0.5, "double": 2.0}
    if examples > 1 and kind == "delta":
        known["1/N in δ"] = 1.0 / examples
    elif examples > 1 and kind in ("dW", "db", "C"):
        known |= {"1/N missing": float(examples), "1/N twice": 1.0 / examples}
    named = [name for name, value in known.items() if low <= value <= high]
    for name in named:
        yield (*sign, Mark(name)), 0.0
    if named:
        return
    prefix = "−" if sign else ""
    nice = [value for value in [*NICE, examples / max(examples - 1, 1)] if low <= value <= high]
    if nice:
        is_part = 1 / 13 < nice[0] < 1 and nice[0] != 0.1 and round(1 / nice[0], 9) == round(1 / nice[0])
        number = f"1/{round(1 / nice[0])}" if is_part else f"{nice[0]:.4g}"
        yield (Mark("factor", prefix + number),), KNOWN
    else:
        yield (Mark("factor", f"{prefix}{(low + high) / 2:.4g}"),), largest


def _step(low: float, high: float, largest: float) -> tuple[float, float]:
    nice = [step for step in (*STEPS, 2.0, 0.2, 0.3) if low <= step <= high]
    return (nice[0], 2.0) if nice else ((low + high) / 2, largest)


def reordered(bounds: Bounds, kind: str, found: list[Variant]) -> Iterator[Fit]:
    """The variants that are the numbers in another order: of rows, of columns, of both, or of all entries.

    >>> right, bounds = np.array([0.25, 0.5]), Bounds.around(np.array([0.5, 0.25]), 0.005)
    >>> [fit.marks[0].detail for fit in reordered(bounds, "delta", [Variant(right)])]
    ['neurons 2, 1']
    """
    low, high = np.sort(bounds.low, axis=None), np.sort(bounds.high, axis=None)
    for v in found:
        if v.array.shape != bounds.low.shape or v.direction is not None:
            continue
        ordered = np.sort(v.array, axis=None)
        if ordered.size < 2 or not ((low <= ordered) & (ordered <= high)).all():
            continue
        order = _order_of(bounds, kind, v.array)
        if order is not None:
            mark, bits, array = order
            yield Fit((*v.marks, mark), v.bits + bits, array)


def _order_of(bounds: Bounds, kind: str, array: Array) -> tuple[Mark, float, Array] | None:
    """In which order an array has to be read to lie within the bounds; the shortest way to say it."""
    if array.ndim == 2 and len(array) != len(array.T) and bounds.hold(array.T.reshape(array.shape)):
        return Mark("misread"), 0.0, array.T.reshape(array.shape)
    names = ("rows", "columns") if kind == "dW" else ("neurons", "examples")
    for axis, name in enumerate(names[: array.ndim]):
        order = _matching(*(np.moveaxis(side, axis, 0) for side in (bounds.low, bounds.high, array)))
        if order is not None:
            return Mark("permuted", f"{name} {_listed(order)}"), _bits(order), np.take(array, order, axis)
    if array.ndim == 2 and len(array) <= FEW:
        for rows in itertools.permutations(range(len(array))):
            turned = array[list(rows)]
            order = _matching(bounds.low.T, bounds.high.T, turned.T)
            if order is not None:
                both = f"{names[0]} {_listed(rows)} and {names[1]} {_listed(order)}"
                return Mark("permuted", both), _bits(rows) + _bits(order), turned[:, order]
    order = _matching(bounds.low.reshape(-1, 1), bounds.high.reshape(-1, 1), array.reshape(-1, 1))
    if order is None:
        return None
    return Mark("permuted", "entries mixed"), _bits(order), array.ravel()[order].reshape(array.shape)


def _listed(order: Iterable[int]) -> str:
    return ", ".join(str(k + 1) for k in order)


def _bits(order: Sequence[int]) -> float:
    return math.lgamma(len(order) + 1) / math.log(2)


def _matching(low: Array, high: Array, rows: Array) -> list[int] | None:
    """Which row of `rows` lies within each row of the bounds, each used once; None if there is no such order.

    Source: Kuhn (1955), by augmenting paths.
    """
    n = len(rows)
    flat = rows.reshape(n, -1)
    fits: Any = ((low.reshape(n, 1, -1) <= flat) & (flat <= high.reshape(n, 1, -1))).all(axis=2)
    owner: dict[int, int] = {}

    def place(row: int, seen: set[int]) -> bool:
        for candidate in np.flatnonzero(fits[row]).tolist():
            if candidate not in seen:
                seen.add(candidate)
                if candidate not in owner or place(owner[candidate], seen):
                    owner[candidate] = row
                    return True
        return False

    if not all(place(row, set()) for row in range(n)):
        return None
    taken = {row: candidate for candidate, row in owner.items()}
    return [taken[row] for row in range(n)]


def slips(
    bounds: Bounds, numbers: Array, found: list[Variant], info: Array
) -> Iterator[tuple[Fit, dict[str, list[int]]]]:
    """The variants that are the numbers but for some entries, at most a quarter: what is wrong with which.

    The marks of a fit have no detail yet: the entries' positions in the flattened array stand beside it. The
    arrays have the shape of the bounds.

    >>> right, numbers = np.array([0.25, 0.5]), np.array([0.25, -0.5])
    >>> bounds = Bounds.around(numbers, 0.005)
    >>> [wrong for _, wrong in slips(bounds, numbers, [Variant(right)], information(bounds, right))]
    [{'sign in an entry': [1]}]
    """
    for v in found:
        if v.array.shape != bounds.low.shape or v.direction is not None or v.array.size < 2:
            continue
        off = np.flatnonzero(bounds.off(v.array))
        if not 0 < len(off) <= max(1, v.array.size // 4):
            continue
        wrong: dict[str, list[int]] = {}
        for entry in off.tolist():
            kind = _slip(
                numbers.flat[entry], v.array.flat[entry], bounds.low.flat[entry], bounds.high.flat[entry]
            )
            wrong.setdefault(kind, []).append(entry)
        bits = v.bits + len(off) * math.log2(v.array.size)
        bits += sum(
            float(info.flat[all_].sum()) if kind == "slip" else len(all_) for kind, all_ in wrong.items()
        )
        yield Fit((*v.marks, *(Mark(kind) for kind in wrong)), bits, v.array), wrong


def _slip(number: float, exact: float, low: float, high: float) -> str:
    if low <= -exact <= high:
        return "sign in an entry"
    if number == 0:
        return "entry left at 0"
    least, most = sorted([abs(low / exact), abs(high / exact)]) if exact else (0.0, 0.0)
    has_two_digits = low * high > 0 and most < TWO_DIGITS * least
    if has_two_digits and any(least <= 10.0**k <= most for k in (-3, -2, -1, 1, 2, 3)):
        return "point misplaced"
    return "slip"
