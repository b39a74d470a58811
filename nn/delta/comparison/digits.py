"""What exact number may stand behind a number that somebody wrote: rounded, cut off, or as it was computed.

Glossary
    written     the digits of each entry of an array, and its bounds
    reading     one way to take the written numbers: "0.12" is 0.115 … 0.125 if rounded, 0.12 … 0.13 if cut
    off bounds      low and high, of the array's shape: the exact number lies between them
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nn.delta.comparison.passes import Pass
from nn.losses import binary_cross_entropy, cross_entropy

Array = NDArray[np.float64]

UNROUNDED = 12  # so many significant digits nobody writes by hand
AT_LEAST = 2  # decimals: of 0.50 and 1.00 the zeros are lost


@dataclass(frozen=True)
class Written:
    """An array as it was written: its numbers, the decimals and significant digits of each entry.

    >>> Written.of(np.array([0.25, 0.0341])).decimals.tolist()
    [2, 4]
    """

    numbers: Array
    decimals: NDArray[np.int64]
    significant: NDArray[np.int64]
    unit: float = 2.0**-53  # the unit roundoff of the type of the numbers

    @classmethod
    def of(cls, array: NDArray[Any]) -> Written:
        """From floats of any type, or from texts, whose last zeros count."""
        if array.dtype.kind in "US":
            texts = [str(text).strip().replace("−", "-") for text in array.ravel()]
            unit = 2.0**-53
        else:
            texts = [np.format_float_positional(entry, trim="-") for entry in array.ravel()]
            unit = float(np.finfo(array.dtype).eps) / 2
        numbers = np.array([float(text) for text in texts]).reshape(array.shape)
        digits = np.array([_digits(text) for text in texts], dtype=np.int64).reshape(-1, 2)
        return cls(numbers, digits[:, 0].reshape(array.shape), digits[:, 1].reshape(array.shape), unit)

    @property
    def most(self) -> int:
        """The decimals of the entry that has most; 2 at least."""
        return max(AT_LEAST, int(self.decimals.max(initial=0)))

    @property
    def computed(self) -> bool:
        """Whether the digits are those of a computation, and not rounded."""
        enough = UNROUNDED if self.unit < 1e-12 else np.floor(-np.log10(self.unit)) - 1
        return bool(self.significant.max(initial=0) >= enough)

    def reshaped(self, numbers: Array) -> Written:
        """The same with another shape of the same order."""
        shape = numbers.shape
        return Written(numbers, self.decimals.reshape(shape), self.significant.reshape(shape), self.unit)

    @property
    def T(self) -> Written:
        """Transposed."""
        return Written(self.numbers.T, self.decimals.T, self.significant.T, self.unit)


def _digits(text: str) -> tuple[int, int]:
    """Decimals and significant digits.

    >>> _digits("-0.0120"), _digits("1.5e-3"), _digits("150")
    ((4, 3), (4, 2), (0, 2))
    """
    mantissa, _, power = text.lower().partition("e")
    whole, _, decimals = mantissa.lstrip("+-").partition(".")
    digits = (whole + decimals).lstrip("0") if decimals else whole.strip("0")  # 150 may have two or three
    return max(0, len(decimals) - int(power or 0)), len(digits)


class Bounds(NamedTuple):
    """Between them lies the exact number, entry by entry.

    >>> Bounds(np.array([0.1]), np.array([0.3])).hold(np.array([0.2]))
    True
    """

    low: Array
    high: Array

    def hold(self, exact: Array) -> bool:
        """Whether an array of exact numbers may stand behind what was written."""
        return exact.shape == self.low.shape and not self.off(exact).any()

    def off(self, exact: Array) -> NDArray[np.bool_]:
        """Where it may not."""
        return ~((self.low <= exact) & (exact <= self.high))

    def wider(self, by: Array) -> Bounds:
        """With more room on both sides."""
        return Bounds(self.low - by, self.high + by)


class Reading(NamedTuple):
    """A way to take an answer: in words, and the bounds of each of its arrays.

    >>> Reading("to your 2 decimals", {}).words
    'to your 2 decimals'
    """

    words: str
    bounds: dict[str, Bounds]


def rounded_of(answer: Mapping[str, Written]) -> dict[str, Written]:
    """The arrays that somebody rounded; nothing but 0 is not, beside numbers as they were computed.

    >>> list(rounded_of({"db1": Written.of(np.array([0.25])), "db2": Written.of(np.array([1 / 3]))}))
    ['db1']
    """
    some_computed = any(w.computed for w in answer.values())
    return {
        name: w for name, w in answer.items() if not w.computed and (w.numbers.any() or not some_computed)
    }


def readings(answer: Mapping[str, Written], tolerance: float) -> Iterator[Reading]:
    """The ways to take an answer, the likeliest first; `tolerance` is relative to an array's largest
    entry.

    >>> [reading.words for reading in readings({"db1": Written.of(np.array([0.25]))}, 1e-6)][0]
    'to your 2 decimals'
    """
    rounded = rounded_of(answer)
    if not rounded:
        yield Reading("", {name: _computed(w, tolerance) for name, w in answer.items()})
        return
    most = max(w.most for w in rounded.values())
    least = min(w.most for w in rounded.values())
    exact = {name: _computed(w, tolerance) for name, w in answer.items() if name not in rounded}

    def reading(words: str, halves: dict[str, Array], cut: bool = False) -> Reading:
        bounds = {name: _bounds(w, halves[name], cut, tolerance) for name, w in rounded.items()}
        return Reading(words, exact | bounds)

    def places(decimals: Mapping[str, int]) -> dict[str, Array]:
        return {name: np.full(w.numbers.shape, 0.5 * 10.0 ** -decimals[name]) for name, w in rounded.items()}

    everywhere = dict.fromkeys(rounded, most)
    each = {name: w.most if w.numbers.any() else least for name, w in rounded.items()}
    digits = {name: _of_significant(w, int(w.significant.max(initial=2))) for name, w in rounded.items()}
    own = {name: 0.5 * 10.0 ** -np.maximum(w.decimals, AT_LEAST) for name, w in rounded.items()}
    yield reading(f"to your {most} decimals", places(everywhere))
    yield reading("to the decimals that you give", places(each))
    yield reading("to the digits that you give", digits)
    yield reading(f"but cut off after {most} decimals, not rounded", places(everywhere), cut=True)
    yield reading("to the digits that each number has", own)
    yield reading("but cut off, not rounded", places(each), cut=True)
    yield reading("but cut off, not rounded", digits, cut=True)


def _of_significant(w: Written, significant: int) -> Array:
    with np.errstate(divide="ignore"):
        exponents = np.floor(np.log10(np.abs(w.numbers)))
    smallest = np.min(exponents[np.isfinite(exponents)], initial=0.0)
    half: Array = 0.5 * 10.0 ** (
        np.where(np.isfinite(exponents), exponents, smallest) - max(significant, 2) + 1
    )
    return half


def _bounds(w: Written, half: Array, cut: bool, tolerance: float) -> Bounds:
    """`half` is half a unit of the last place."""
    slack = _slack(w, tolerance) + 1e-9 * half
    if not cut:
        return Bounds(w.numbers - half - slack, w.numbers + half + slack)
    below = np.where(w.numbers <= 0, 2 * half, 0.0)
    above = np.where(w.numbers >= 0, 2 * half, 0.0)
    return Bounds(w.numbers - below - slack, w.numbers + above + slack)


def _computed(w: Written, tolerance: float) -> Bounds:
    slack = _slack(w, tolerance)
    return Bounds(w.numbers - slack, w.numbers + slack)


def _slack(w: Written, tolerance: float) -> float:
    """What a computation may be off by: `tolerance`, or 64 roundings, of the largest entry."""
    return max(tolerance, 64 * w.unit) * float(np.max(np.abs(w.numbers), initial=0.0))


@dataclass(frozen=True)
class Quantity:
    """One array of the answer. `takes` are its bounds in every reading, in words; `bounds` in this one.

    >>> one = np.array([0.5])
    >>> Quantity("dW2", Written.of(one), one, (), Bounds(one, one)).layer
    2
    """

    name: str
    written: Written
    truth: Array
    takes: tuple[tuple[str, Bounds], ...]
    bounds: Bounds

    @property
    def kind(self) -> str:
        """ "delta", "dW" or "db"."""
        return self.name.rstrip("0123456789")

    @property
    def layer(self) -> int:
        """l."""
        return int(self.name.removeprefix(self.kind))

    def how_right(self, exact: Array) -> str | None:
        """In which reading the numbers are those; None if in none."""
        return next((words for words, bounds in self.takes if bounds.hold(exact)), None)


def carried_rounding(passed: Pass, half: float, relative: float) -> dict[str, Array]:
    """By how much right numbers may be off if every step before was rounded too, by name of the quantity.

    Each z, a, σ′, ∂C/∂a and δ is off by `half`, or by `relative` of its size, and by what came before.
    The arrays have the shapes of the quantities, δ (n_l, N).

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [3.0], y=5.0))
    >>> carried_rounding(right, 0.5, 0.0)["delta1"] >= 0.5
    array([[ True]])
    """

    def step(quantity: Array) -> Array:
        return half + relative * np.abs(quantity)

    off_a, off_slope = np.zeros_like(passed.a[0]), {}
    allowed: dict[str, Array] = {}
    inputs = {1: off_a}
    for l in range(1, passed.depth + 1):
        z = passed.z[l]
        off_z = np.abs(passed.W[l]) @ off_a + step(z)
        off_a = _change(partial(passed.activated, l), z, off_z) + step(passed.a[l])
        if not passed.couples(l):
            from_z = _change(partial(passed.slope, l), z, off_z)
            from_a = 2.0 * off_a * (passed.sigmas[l] in ("sigmoid", "tanh", "elu"))  # as a (1 − a), 1 − a²
            off_slope[l] = np.maximum(from_z, from_a) + step(passed.slope(l))
        inputs[l + 1] = off_a
    off_error = step(passed.gradient)
    if passed.loss is not None:
        off_error = off_error + _change(passed.gradient_at, passed.a[passed.depth], off_a)
    for l in range(passed.depth, 0, -1):
        error, delta = passed.error(l), passed.delta[l]
        a, off_a = passed.a[l], inputs[l + 1]
        if passed.couples(l):  # aⱼ (eⱼ − Σ a e)
            total, off_total = (a * error).sum(axis=0), (off_a * np.abs(error) + a * off_error).sum(axis=0)
            off_delta = off_a * np.abs(error - total) + a * (off_error + off_total) + step(delta)
        else:
            slope = np.abs(passed.slope(l))
            off_delta = off_error * (slope + off_slope[l]) + np.abs(error) * off_slope[l] + step(delta)
        if l == passed.depth and passed.loss in (binary_cross_entropy, cross_entropy):
            off_delta = np.maximum(off_delta, off_a + step(delta))  # a − y at once
        before, off_before = np.abs(passed.a[l - 1]), inputs[l]
        product = off_delta @ (before + off_before).T + np.abs(delta) @ off_before.T
        allowed[f"delta{l}"] = off_delta
        allowed[f"dW{l}"] = product / passed.examples + step(passed.weight_gradient(l))
        allowed[f"db{l}"] = off_delta.mean(axis=1, keepdims=True) + step(passed.bias_gradient(l))
        off_error = np.abs(passed.W[l]).T @ off_delta + step(passed.W[l].T @ delta)
    return allowed


def _change(function: Callable[[Array], Any], at: Array, off: Array) -> Array:
    """By how much a function of an array changes, if each entry is off by `off` (either way, one by one)."""
    here = function(at)
    change: Array = np.zeros_like(here)
    for row in range(len(at)):
        only = np.zeros_like(at)
        only[row] = off[row]
        with np.errstate(all="ignore"):
            moved = np.maximum(np.abs(function(at + only) - here), np.abs(function(at - only) - here))
        change = change + np.where(np.isfinite(moved), moved, 0.0)
    return change
