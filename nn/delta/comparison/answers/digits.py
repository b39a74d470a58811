"""Numbers as somebody wrote them, and what exact numbers may stand behind: rounded, cut off, or as computed.

Glossary
    written     the digits of each entry of an array; an entry that is not a number (nan) is a blank
    reading     one way to take the digits, and the bounds of each array in it
    bounds      low and high, of the array's shape: the exact number lies between them
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from minigrad.symbols.numerals import exact
from nn.arrays import as_floats
from nn.delta.comparison.passes import Array

UNROUNDED = 12  # so many significant digits nobody writes by hand
AT_LEAST = 2  # decimals: of 0.50 and 1.00 the zeros are lost


def array_of(name: str, entry: Any) -> NDArray[Any]:
    """Numbers, nested lists or a tensor as an array of floats of their type and shape, or of texts.

    Raises ValueError, with the name, for what is no number or not finite.

    >>> array_of("delta1", ["−0,25", "1/3", None]).tolist()
    ['-0.25', '0.3333333333333333', 'nan']
    """
    if hasattr(entry, "detach"):  # a tensor
        entry = entry.detach().cpu()
        is_short = str(entry.dtype) == "torch.bfloat16"
        entry = np.asarray(entry.float().tolist(), np.float32) if is_short else entry.numpy()
    try:
        if isinstance(entry, (list, tuple)) and any(hasattr(part, "detach") for part in entry):
            entry = [array_of(name, part) for part in entry]
        array = np.asarray(entry)
        if array.dtype.kind in "USO":
            array = _of_texts(name, np.asarray(entry, dtype=object))
        array = array if array.dtype.kind in "fU" else as_floats(array)
    except (TypeError, ValueError) as error:
        if str(error).startswith("compare"):
            raise
        raise ValueError(f"compare: {name} is not an array of numbers, such as [0.12, -0.5]") from None
    if np.isinf(array.astype(np.float64)).any():
        raise ValueError(f"compare: {name} has numbers that are not finite")
    return array


def _of_texts(name: str, entries: NDArray[Any]) -> NDArray[Any]:
    """Texts such as "0.120", "0,12", "−1/3"; None and "" are blanks. Numbers among them keep their digits."""
    texts = []
    for entry in entries.ravel():
        text = "nan" if entry is None else exact(float(entry)) if not isinstance(entry, str) else entry
        text = text.strip().replace("−", "-").replace(",", ".").replace("½", "1/2") or "nan"
        try:
            texts.append(repr(float(Fraction(text))) if "/" in text else str(text))
            float(texts[-1])
        except (ValueError, ZeroDivisionError):
            raise ValueError(f"compare: {name} has {entry!r}, which is no number") from None
    return np.array(texts).reshape(entries.shape)


@dataclass(frozen=True)
class Written:
    """An array as it was written: its numbers, the decimals and significant digits of each entry.

    >>> w = Written.of(np.array([0.25, -0.5]))
    >>> w.most, w.digits, w.computed
    (2, 2, False)
    """

    numbers: Array
    decimals: NDArray[np.int64]
    significant: NDArray[np.int64]
    unit: float = 2.0**-53  # the unit roundoff of the type of the numbers

    @classmethod
    def of(cls, array: NDArray[Any]) -> Written:
        """From floats of any type, or from texts, whose last zeros count."""
        if array.dtype.kind in "US":
            texts, unit = [str(text) or "nan" for text in array.ravel()], 2.0**-53
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
    def digits(self) -> int:
        """The significant digits of the entry that has most; 2 at least."""
        return max(2, int(self.significant.max(initial=0)))

    @property
    def computed(self) -> bool:
        """Whether the digits are those of a computation, and not rounded."""
        return self.digits >= (UNROUNDED if self.unit < 1e-12 else np.floor(-np.log10(self.unit)) - 1)

    def shaped(self, shape: tuple[int, ...]) -> Written:
        """The same in another shape of the same order."""
        decimals, significant = self.decimals.reshape(shape), self.significant.reshape(shape)
        return Written(self.numbers.reshape(shape), decimals, significant, self.unit)

    @property
    def T(self) -> Written:
        """Transposed."""
        return Written(self.numbers.T, self.decimals.T, self.significant.T, self.unit)


def _digits(text: str) -> tuple[int, int]:
    """Decimals and significant digits."""
    mantissa, _, power = text.lower().partition("e")
    whole, _, decimals = mantissa.lstrip("+-").partition(".")
    digits = (whole + decimals).lstrip("0") if decimals else whole.strip("0")  # 150 may have two or three
    return (0, 0) if "n" in text else (max(0, len(decimals) - int(power or 0)), len(digits))


class Bounds(NamedTuple):
    """Between them lies the exact number, entry by entry; a blank holds any number.

    >>> Bounds.around(np.array([0.25]), 0.005).hold(np.array([0.2513]))
    True
    """

    low: Array
    high: Array

    @classmethod
    def around(cls, numbers: Array, room: Any) -> Bounds:
        """With so much room on both sides."""
        low, high = numbers - room, numbers + room
        return cls(np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high))

    def hold(self, exact: Array) -> bool:
        """Whether an array of exact numbers may stand behind what was written."""
        return exact.shape == self.low.shape and not self.off(exact).any()

    def off(self, exact: Array) -> NDArray[np.bool_]:
        """Where it may not."""
        return ~((self.low <= exact) & (exact <= self.high))

    def on_one_side(self, numbers: Array) -> Bounds:
        """Without 0 where the numbers are none: a 0 is written as 0.

        >>> Bounds.around(np.array([0.01]), 0.01).on_one_side(np.array([0.01])).hold(np.array([0.0]))
        False
        """
        low = np.where(numbers > 0, np.maximum(self.low, 0.01 * numbers), self.low)
        return Bounds(low, np.where(numbers < 0, np.minimum(self.high, 0.01 * numbers), self.high))

    def moved(self, down: Any, up: Any) -> Bounds:
        """With other ends."""
        return Bounds(self.low + down, self.high + up)


class Reading(NamedTuple):
    """A way to take an answer: in words, and the bounds of each of its arrays.

    >>> Reading("to your 2 decimals", {"delta1": Bounds.around(np.array([0.25]), 0.005)}).words
    'to your 2 decimals'
    """

    words: str
    bounds: dict[str, Bounds]


def rounded_of(answer: Mapping[str, Written]) -> dict[str, Written]:
    """The arrays that somebody rounded; nothing but 0 is not, beside numbers as they were computed.

    >>> list(rounded_of({"delta1": Written.of(np.array([0.25])), "db1": Written.of(np.array([1 / 3]))}))
    ['delta1']
    """
    some_computed = any(w.computed for w in answer.values())
    return {
        name: w for name, w in answer.items() if not w.computed and (w.numbers.any() or not some_computed)
    }


def readings(answer: Mapping[str, Written], tolerance: float) -> Iterator[Reading]:
    """The ways to take an answer, the sharpest first; `tolerance` is relative to an array's largest entry.

    >>> [take.words for take in readings({"delta1": Written.of(np.array([0.25]))}, 1e-6)][:2]
    ['to your 2 decimals', 'to the decimals that you give']
    """
    rounded = rounded_of(answer)
    finest = max((w.most for w in rounded.values()), default=0)
    coarsest = min((w.most for w in rounded.values()), default=0)
    ways: dict[str, Callable[[Written], Any]] = {
        f"to your {finest} decimals": lambda w: 0.5 * 10.0**-finest,
        "to the decimals that you give": lambda w: 0.5 * 10.0 ** -(w.most if w.numbers.any() else coarsest),
        "to the digits that you give": lambda w: 0.5 * _unit(w),
        "to the last digit that you give": lambda w: _one_in_the_last(w, finest),
    }
    for words, room in ways.items() if rounded else [("", np.zeros_like)]:
        bounds = {}
        for name, w in answer.items():
            rounding = room(w) * (1 + 1e-9) if name in rounded else np.zeros_like(w.numbers)
            slack = _slack(w, tolerance)
            bounds[name] = Bounds.around(w.numbers, rounding).on_one_side(w.numbers).moved(-slack, slack)
        yield Reading(words, bounds)


def _one_in_the_last(w: Written, finest: int) -> Array:
    """1 in the last place of the array, if cut off, or ½ in that of the number; of a 0, 1 in the finest."""
    own = 0.5 * 10.0 ** -np.maximum(w.decimals, AT_LEAST)
    place: Array = np.where(w.numbers, np.maximum(own, 10.0**-w.most), 10.0**-finest)
    return np.maximum(place, _unit(w))


def _unit(w: Written) -> Array:
    """1 in the last of so many significant digits as the array has; of a 0, that of the smallest entry.

    Never less than 1 in the last decimal that the array has: a digit that nobody wrote is no evidence.
    """
    with np.errstate(divide="ignore"):
        exponents = np.floor(np.log10(np.abs(w.numbers)))
    is_number = np.isfinite(exponents)
    smallest = np.min(exponents[is_number], initial=0.0)
    unit: Array = 10.0 ** (np.where(is_number, exponents, smallest) - w.digits + 1)
    return np.maximum(unit, 10.0**-w.most)


def _slack(w: Written, tolerance: float) -> float:
    """What a computation may be off by: `tolerance`, or 64 roundings, of the largest entry."""
    return max(tolerance, 64 * w.unit) * float(np.max(np.abs(np.nan_to_num(w.numbers)), initial=0.0))
