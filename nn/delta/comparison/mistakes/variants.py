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

from nn.delta.comparison.mistakes.delta_rows import DELTA_ROWS
from nn.delta.comparison.mistakes.forward_rows import FORWARD_ROWS
from nn.delta.comparison.mistakes.gradient_rows import GRADIENT_ROWS
from nn.delta.comparison.mistakes.rows import Formula, Line, Place, Row
from nn.delta.comparison.passes import Array

ROWS = [*FORWARD_ROWS, *DELTA_ROWS, *GRADIENT_ROWS]

PARTS = {
    "z": ("z",), "a": ("a", "z"), "C": ("C",), "delta": ("delta", "slope", "error", "start"),
    "dW": ("dW", "sum", "input", "left"), "db": ("db", "sum", "left"),
}  # fmt: skip


def sentence_of(kind: str, quantity: str) -> str:
    """What to say of a kind of mistake in "delta", "dW" or "db".

    >>> sentence_of("left at 0", "delta")
    '{q} is left at 0'
    """
    rows = {(row.part, row.kind): row.sentence for row in ROWS}
    own = (rows[part, kind] for part in PARTS.get(quantity, ()) if (part, kind) in rows)
    return next(own, "") or SENTENCES.get(kind) or next(row.sentence for row in ROWS if row.kind == kind)


# What is done to the whole result, found by fitting and not by a formula, and what has no formula.
SENTENCES = {
    "sign": "{q} has the wrong sign: {sign}",
    "half": "{q} is half of what it should be: a factor ½ that {factor_of}",
    "double": "{q} is twice what it should be: a factor 2 that {factor_of}",
    "factor": "{q} is {detail} times what it should be{step}",
    "1/N in δ": "{q} is divided by N: here δ belongs to one example, and 1/N stands in (3) and (4) only",
    "1/N missing": "1/N is missing in {q}: the gradient of the mean cost is the mean over the examples",
    "1/N twice": "1/N is there twice in {q}",
    "transposed": "{q} is transposed: row j belongs to neuron j, column k to the neuron it comes from",
    "misread": "{q} has its numbers in the wrong order: filled in column by column, not row by row",
    "permuted": "{q} has the right numbers in another order: {detail}",
    "sign in an entry": "{detail} has the wrong sign, the rest of {q} is right",
    "entry left at 0": "{detail} is left at 0, the rest of {q} is right",
    "point misplaced": "{detail} has its decimal point in the wrong place, the rest of {q} is right",
    "slip": "{detail} is off, the rest of {q} is right: a slip",
    "after the update": "these are the gradients of the next pass, with the W and b after an update ({q})",
    "gradients kept": "{q} has the gradients of {detail} added up: set them to zero before each pass, as "
    "zero_grad() does",
    "unknown": "{q} is wrong, in none of the ways known here",
}


class Mark(NamedTuple):
    """A mistake: a kind of a row or of `SENTENCES`, and what its sentence has as {detail}.

    >>> Mark("factor", "1/3").detail
    '1/3'
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
    """The ways to compute a quantity at a place with at most so many mistakes, the right one first.

    `kind` is "z", "a", "C", "delta", "dW" or "db".

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.3], y=1.0))
    >>> ways = variants("delta", Place(right, 1, np.empty((0, 0)), np.empty((0, 0))), 1)
    >>> {way.marks[0].kind: way.array.item() for way in ways[1:] if way.marks}["target forgotten"]  # 2 a
    1.2
    """
    with np.errstate(all="ignore"):
        ways = {"z": _sums, "a": _activations, "C": _costs, "delta": _deltas, "dW": _weights, "db": _biases}
        found = list(ways[kind](place, most))
        if most:
            found += [v for row in _rows(kind) for v in _made(row, row.formula, place)]
    return found[:1] + [v for v in found[1:] if np.isfinite(v.array).all() and v.array.size]


def _sums(p: Place, most: int) -> Iterator[Variant]:
    yield Variant(p.W @ p.a_before + p.b)


def _activations(p: Place, most: int) -> Iterator[Variant]:
    """σ of the learner's own z, or of one with a mistake, if none was given."""
    for z in [Variant(p.z), *_of_part("z", p, most)]:
        if z.array.shape == p.z.shape and Mark("another quantity", "a") not in z.marks:
            yield z._replace(array=p.right.activated(p.l, z.array))


def _costs(p: Place, most: int) -> Iterator[Variant]:
    yield Variant(p.cost)


def _deltas(p: Place, most: int) -> Iterator[Variant]:
    last = p.l == p.right.depth
    right = p.error
    wrong = _of_part("start" if last else "error", p, most)
    errors = [e for e in wrong if e.array.shape == right.shape and np.isfinite(e.array).all()]
    for error in [Variant(right), *errors]:
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
