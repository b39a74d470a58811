"""The functions that generated lines call. The text of those that a program calls is part of its source.

So they use only what is imported here by name, and each other. They follow IEEE arithmetic: outside a domain
they give nan or inf. `functions_on_jax.py` has those that JAX wants otherwise.
"""

from __future__ import annotations

import math
from base64 import b64decode
from collections.abc import Callable
from functools import reduce
from typing import Any
from zlib import decompress

import numpy
from numpy import (
    add,
    arange,
    argsort,
    array,
    asarray,
    bincount,
    broadcast_to,
    divide,
    exp,
    expm1,
    frompyfunc,
    hypot,
    inf,
    isfinite,
    log,
    logaddexp,
    maximum,
    minimum,
    negative,
    unique,
    where,
)  # by name: a look-up in np shows at one example


def sigmoid(x: Any) -> Any:
    """σ(x) = 1 / (1 + e⁻ˣ): e⁻ˣ may overflow to inf, and the quotient is then right, 0.

    In place, as a large array that is new costs more than what is done with it.
    """
    result = negative(x)
    exp(result, result)
    add(result, 1.0, result)
    return divide(1.0, result, result)


def softplus(x: Any) -> Any:
    """log (1 + eˣ)"""
    return logaddexp(x, 0.0)


def relu(x: Any) -> Any:
    """max(x, 0)"""
    return maximum(x, 0.0)


def leaky_relu(x: Any, slope: Any) -> Any:
    """x for x > 0, else slope · x"""
    return where(x > 0, x, slope * x)


def elu(x: Any, scale: Any) -> Any:
    """x for x > 0, else scale · (eˣ − 1)"""
    return where(x > 0, x, scale * expm1(minimum(x, 0.0)))


def silu(x: Any) -> Any:
    """x σ(x), and 0 at −∞"""
    return where(x == -inf, 0.0, x / (1.0 + exp(-x)))


def erf(x: Any) -> Any:
    """The error function, entry by entry."""
    return asarray(frompyfunc(math.erf, 1, 1)(x), dtype=x.dtype)


def erfc(x: Any) -> Any:
    """1 − erf(x), entry by entry."""
    return asarray(frompyfunc(math.erfc, 1, 1)(x), dtype=x.dtype)


def gelu(x: Any) -> Any:
    """x Φ(x), Φ the normal distribution, and 0 at −∞"""
    return where(x == -inf, 0.0, x * 0.5 * erfc(-x / math.sqrt(2.0)))


def select(condition: Any, yes: Any, no: Any) -> Any:
    """yes where the condition is not 0, else no"""
    return where(condition != 0, yes, no)


def total(*terms: Any) -> Any:
    """x1 + x2 + …"""
    return sum(terms)


def dot(*operands: Any) -> Any:
    """Σ wₖ xₖ + b of (w1, w2, …, x1, x2, …, b), b optional"""
    count = len(operands) // 2
    products = [w * x for w, x in zip(operands, operands[count : 2 * count])]
    return sum(products) + sum(operands[2 * count :])


def norm(*terms: Any) -> Any:
    """√(x1² + x2² + …), at which no square overflows"""
    return reduce(hypot, terms, 0.0)


def logsumexp(*terms: Any, axis: int | None = None) -> Any:
    """log Σ eˣ of several terms, entry by entry, or with axis 0 of the rows of one array, as one row."""
    if axis is None:
        return reduce(logaddexp, terms)
    (rows,) = terms
    largest = rows.max(axis=0, keepdims=True)
    largest = where(isfinite(largest), largest, 0.0)  # inf − inf is nan
    return largest + log(exp(rows - largest).sum(axis=0, keepdims=True))


def where_float32(condition: Any, yes: Any, no: Any) -> Any:
    """`where` in a program of float32, in which two numbers would give float64."""
    return numpy.where(condition, yes, no).astype(numpy.float32)


def broadcast_to_float32(array: Any, shape: Any) -> Any:
    """`broadcast_to` in a program of float32, in which a number would become an array of float64."""
    return numpy.broadcast_to(numpy.asarray(array, numpy.float32), shape)


def add_at(array: Any, index: Any, values: Any) -> Any:
    """The array with values added to the rows at an index that has no repeats; in place."""
    array[index] += values
    return array


def adding_at(index: Any) -> Callable[[Any, Any], Any]:
    """A function that adds values to rows at an index with repeats: sorted once, then summed in segments.

    >>> import numpy as np
    >>> add_rows = adding_at(np.array([1, 0, 1]))
    >>> add_rows(np.zeros((2, 1)), np.array([[1.0], [2.0], [4.0]])).ravel().tolist()
    [2.0, 5.0]
    """
    flat = index.reshape(-1)
    order = argsort(flat, kind="stable")
    targets, starts = unique(flat[order], return_index=True)

    def add_rows(array: Any, values: Any) -> Any:
        values = asarray(values)
        rest = array.shape[1:]
        if values.size == 1:
            values = values.reshape(())
        if values.size != flat.size * math.prod(rest):
            values = broadcast_to(values, (flat.size, *rest))
        values = values.reshape(flat.size, *rest)[order]
        array[targets] += add.reduceat(values, starts, axis=0)
        return array

    return add_rows


def columns_at(weights: Any, numbers: Any) -> Any:
    """The columns of a matrix at these numbers, 0 for a number that is no place.

    >>> import numpy as np
    >>> columns_at(np.array([[5.0, 6.0, 7.0]]), np.array([2.0, 0.0, 0.5, -1.0, 3.0])).tolist()
    [[7.0, 5.0, 0.0, 0.0, 0.0]]
    """
    index, is_place = places(numbers, weights.shape[1])
    return where(is_place, weights[:, index], 0.0)


def sums_at(values: Any, numbers: Any, count: int) -> Any:
    """The sums of the columns that have the numbers 0, 1, … count − 1.

    >>> import numpy as np
    >>> sums_at(np.array([[1.0, 2.0, 4.0]]), np.array([1.0, 0.0, 1.0]), 3).tolist()
    [[2.0, 5.0, 0.0]]
    """
    index, is_place = places(numbers, count)
    return array([bincount(index, row * is_place, count) for row in values], dtype=values.dtype)


def places(numbers: Any, count: int) -> Any:
    """Whole numbers from 0 to count − 1 as an index, and where they are that; 0 elsewhere."""
    flat = numbers.reshape(-1)
    is_place = (flat >= 0) & (flat < count) & (flat % 1 == 0)
    return where(is_place, flat, 0).astype(int), is_place


def strided(first: int, *axes: tuple[int, int]) -> Any:
    """first + Σ step · place, for axes (size, step): rows and columns of a window that slides, for example.

    >>> strided(7, (3, 5), (2, 1)).tolist()
    [[7, 8], [12, 13], [17, 18]]
    """
    result = array(first)
    for size, step in axes:
        result = result[..., None] + step * arange(size)
    return result


def integers(text: str) -> Any:
    """Whole numbers from a text in which they are packed."""
    return memoryview(decompress(b64decode(text))).cast("i")
