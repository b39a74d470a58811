"""Every way to compute a quantity that the table of rows can make, with a few mistakes at once.

Glossary
    mark      a mistake that was made: its kind, and the detail that the formula gave
    variant   an array computed with some marks; none for the right way
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nn.delta.comparison.rows import Formula, Line, Place, Row
from nn.delta.comparison.table import ROWS

Array = NDArray[np.float64]


class Mark(NamedTuple):
    """A mistake: a kind of `table.SENTENCES`, and what its sentence has as {detail}.

    >>> Mark("one path only", "2").detail
    '2'
    """

    kind: str
    detail: str = ""


class Variant(NamedTuple):
    """What is computed with some mistakes; `direction` if a number t is free in it: array + t · direction.

    `bits` is what it takes to say which of several details it is.

    >>> Variant(np.array([1.0])).marks
    ()
    """

    array: Array
    marks: tuple[Mark, ...] = ()
    bits: float = 0.0
    direction: Array | None = None


def variants(kind: str, place: Place, most: int) -> list[Variant]:
    """The ways to compute "delta", "dW" or "db" at a place with at most so many mistakes, the right one
    first.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [3.0], y=5.0))
    >>> nothing = np.empty((0, 0))
    >>> variants("delta", Place(right, 1, nothing, nothing), 0)
    [Variant(array=array([[2.]]), marks=(), bits=0.0, direction=None)]
    """
    with np.errstate(all="ignore"):
        found = list({"delta": _deltas, "dW": _weights, "db": _biases}[kind](place, most))
        if most:
            found += [v for row in _rows(kind) for v in _made(row, row.formula, place)]
    return [v for v in found if np.isfinite(v.array).all() and v.array.size]


def _deltas(p: Place, most: int) -> Iterator[Variant]:
    last = p.l == p.right.depth
    right = p.right.gradient if last else p.W_above.T @ p.above
    errors = [Variant(right), *_of_part("start" if last else "error", p, most)]
    errors = [e for e in errors if e.array.shape == right.shape and np.isfinite(e.array).all()]
    for error in errors:
        yield _through(p, error)
        if len(error.marks) < most:
            for row in _rows("slope"):
                yield from _sloped(row, p, error)


def _through(p: Place, error: Variant) -> Variant:
    direction = None if error.direction is None else p.through(error.direction)
    return error._replace(array=p.through(error.array), direction=direction)


def _sloped(row: Row, p: Place, error: Variant) -> Iterator[Variant]:
    made = list(_made(row, row.formula, p, error.array))
    if error.direction is None:
        directions: list[Any] = [None] * len(made)
    else:
        directions = [v.array for v in _made(row, row.formula, p, error.direction)]
    for v, direction in zip(made, directions, strict=False):
        yield Variant(v.array, error.marks + v.marks, error.bits + v.bits, direction)


def _weights(p: Place, most: int) -> Iterator[Variant]:
    lefts = [Variant(p.delta), *_of_part("left", p, most)]
    inputs = [Variant(p.a_before), *_of_part("input", p, most)]
    for v in _summed(p, lefts, inputs, most):
        yield v
        if v.array.ndim == 2 and len(v.marks) < max(most, 1) and min(v.array.shape) > 1 and most:
            yield Variant(v.array.T, (*v.marks, Mark("transposed")), v.bits)


def _biases(p: Place, most: int) -> Iterator[Variant]:
    lefts = [Variant(p.delta), *_of_part("left", p, most)]
    for v in _summed(p, lefts, [Variant(np.ones((1, p.N)))], most):
        yield v._replace(array=v.array[:, 0])


def _summed(p: Place, lefts: list[Variant], inputs: list[Variant], most: int) -> Iterator[Variant]:
    for left in lefts:
        for a in inputs:
            marks, bits = left.marks + a.marks, left.bits + a.bits
            if len(marks) > most or left.array.shape[1] != p.N or a.array.shape[1] != p.N:
                continue
            yield Variant(left.array @ a.array.T / p.N, marks, bits)
            for row in _rows("sum") if len(marks) < most else ():
                for v in _made(row, row.formula, p, left.array, a.array):
                    yield Variant(v.array, marks + v.marks, bits + v.bits)


def _of_part(part: str, p: Place, most: int) -> Iterator[Variant]:
    for row in _rows(part) if most else ():
        yield from _made(row, row.formula, p)


def _made(row: Row, formula: Formula, *parts: Any) -> Iterator[Variant]:
    """What a formula gives, each array with its detail."""
    try:
        result = formula(*parts)
    except (ValueError, IndexError, TypeError, KeyError, AttributeError, ZeroDivisionError):
        return  # shapes that do not fit, or a layer, a loss or a target that is not there
    if isinstance(result, dict):
        named = list(result.items())
    else:
        named = [("", array) for array in (result if isinstance(result, list) else [result])]
    for detail, array in named:
        if isinstance(array, Line):
            yield Variant(array.start, (Mark(row.kind, detail),), 0.0, array.direction)
        elif array is not None:
            yield Variant(array, (Mark(row.kind, detail),), math.log2(len(named)))


def _rows(part: str) -> list[Row]:
    return [row for row in ROWS if row.part == part]
