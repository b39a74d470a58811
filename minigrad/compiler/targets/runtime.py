"""The functions that generated lines call: operations on arrays, and adding rows at repeated indices.

An operation is computed with NumPy if its row in the table says how, and otherwise with the row's function of
floats, entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy import (
    add,
    divide,
    exp,
    log,
    logaddexp,
    ndarray,
    negative,
)  # by name: a look-up in np shows at one example
from numpy.typing import NDArray

from minigrad import rules
from minigrad.number import NOTHING
from minigrad.operations import Operation
from minigrad.symbols.local_derivatives import RowSlopes, Slopes, Unread, is_readable

Array = NDArray[np.float64]


class Scatter:
    """Adds values to rows of a target at an index with repeats: sorted once, then summed in segments.

    >>> target = np.zeros((2, 1))
    >>> Scatter(np.array([1, 0, 1]))(target, np.array([[1.0], [2.0], [4.0]]))
    >>> target.ravel().tolist()
    [2.0, 5.0]
    """

    def __init__(self, index: NDArray[np.int64]) -> None:
        flat = index.ravel()
        self.size = flat.size
        self.order = np.argsort(flat, kind="stable")
        self.rows, self.starts = np.unique(flat[self.order], return_index=True)

    def __call__(self, target: Array, values: Any) -> None:
        rest = target.shape[1:]
        values = np.asarray(values)
        if values.size == 1:
            values = values.ravel()[0]
        if values.size != self.size * int(np.prod(rest)):
            values = np.broadcast_to(values, (self.size, *rest))
        values = values.reshape(self.size, *rest)[self.order]
        target[self.rows] += np.add.reduceat(values, self.starts, axis=0)


class Elementwise:
    """An operation on floats, applied entry by entry; nan or inf outside its domain."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation

    def __call__(self, *operands: Any) -> Array:
        return _entry_by_entry(self.operation.value, operands)


class LocalDerivative:
    """A local derivative of a row that cannot be called with symbols, as a function of y and operands."""

    def __init__(self, operation: Operation, position: int) -> None:
        self.operation = operation
        self.position = position

    def __call__(self, *numbers: Any) -> Array:
        return _entry_by_entry(self.one, numbers)

    def one(self, *numbers: float) -> float:
        """The local derivative for floats."""
        slope = self.operation.local_derivatives(*numbers)[self.position]
        return slope if slope is NOTHING else float(slope)


def float_function(function: Operation | Unread | Slopes) -> Callable[..., Any]:
    """An operation for a tape, as a function of floats; raises outside its domain."""
    if isinstance(function, Unread):
        return LocalDerivative(function.operation, function.position).one
    return function.operation.local_derivatives if isinstance(function, Slopes) else function.value


def array_function(function: Operation | Unread | Slopes | RowSlopes) -> Callable[..., Any]:
    """An operation, or local derivatives of one, as a function of arrays.

    >>> from minigrad import rules
    >>> array_function(rules.relu)(np.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """
    if isinstance(function, Unread):
        return LocalDerivative(function.operation, function.position)
    if isinstance(function, Slopes):
        return AllSlopes(function.operation)
    if isinstance(function, RowSlopes):
        return StackedSlopes(function.operation)
    operation = function
    if operation in IN_PROGRAMS:
        return IN_PROGRAMS[operation]
    if operation.array_value is not None:
        return ArrayValue(operation)
    if operation.__module__ == "minigrad.rules" and hasattr(np, operation.name):
        own: Callable[..., Any] = getattr(np, operation.name)
        return own
    return Elementwise(operation)


class AllSlopes:
    """The local derivatives of a row with many operands, entry by entry if it accepts only floats."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.readable: dict[int, bool] = {}

    def __call__(self, y: Any, *operands: Any) -> Sequence[Any]:
        count = len(operands)
        if count not in self.readable:
            self.readable[count] = is_readable(self.operation, count)
        if self.readable[count]:
            return self.operation.local_derivatives(y, *operands)
        return list(self.entry_by_entry(y, *operands))

    def entry_by_entry(self, y: Any, *operands: Any) -> Array:
        """An array for each local derivative; the row is called once for each entry."""
        arrays = np.broadcast_arrays(y, *operands)
        columns = [_slopes(self.operation, entry) for entry in zip(*(a.ravel().tolist() for a in arrays))]
        return np.array(columns, dtype=np.float64).T.reshape(len(operands), *arrays[0].shape)


class StackedSlopes:
    """The local derivatives of an operation on all rows of an array, as an array of the same shape."""

    def __init__(self, operation: Operation) -> None:
        self.slopes = AllSlopes(operation)

    def __call__(self, y: Any, rows: Array) -> Array:
        slopes = self.slopes(y, *rows[:, None])
        return np.concatenate([np.broadcast_to(slope, y.shape) for slope in slopes])


class ArrayValue:
    """The function of arrays in a row of the table, with NumPy as its namespace."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation

    def __call__(self, *operands: Any) -> Any:
        return self.operation.array_value(np, *operands)  # type: ignore[misc]  # made where there is one


def sigmoid(x: Any) -> Any:
    """σ(x) = 1 / (1 + e⁻ˣ): e⁻ˣ may overflow to inf, and the quotient is then right, 0.

    >>> sigmoid(np.array([0.0])).tolist()
    [0.5]
    """
    if type(x) is not ndarray:  # a number in a row of the user's own
        return 1.0 / (1.0 + exp(-np.float64(x)))
    result = negative(x)
    exp(result, result)
    add(result, 1.0, result)  # in place: a large array that is new costs more than what is done with it
    return divide(1.0, result, result)


def logsumexp(*terms: Any, axis: int | None = None) -> Any:
    """log Σ eˣ of several terms, entry by entry, or with axis 0 of the rows of one array, as one row.

    >>> logsumexp(np.array([[1000.0], [0.0]]), axis=0)
    array([[1000.]])
    """
    if axis is None:
        return reduce(logaddexp, terms)
    (rows,) = terms
    largest = rows.max(axis=0, keepdims=True)
    largest = where(np.isfinite(largest), largest, 0.0)  # inf − inf is nan
    return largest + log(exp(rows - largest).sum(axis=0, keepdims=True))


# Shorter forms than the table's, right where overflow is no error: programs follow IEEE arithmetic.
IN_PROGRAMS: dict[Operation, Callable[..., Any]] = {rules.sigmoid: sigmoid, rules.logsumexp: logsumexp}

# Operations on any number of operands that take an array of them, one a row, with axis=0.
OF_ROWS = frozenset({rules.logsumexp})


def narrowed(constant: Any, dtype: np.dtype[Any]) -> Any:
    """A function of arrays whose result is of this type, or a constant of it; indices are left as they are.

    Some functions make arrays of numbers alone, as `where(x > 0, 1.0, 0.0)`, which would be float64.

    >>> narrowed(where, np.dtype(np.float32))(np.array([True]), 1.0, 0.0).dtype
    dtype('float32')
    """
    if isinstance(constant, ndarray):
        return constant.astype(dtype) if constant.dtype.kind == "f" else constant
    if not callable(constant) or isinstance(constant, (np.ufunc, Scatter)) or constant in KEEPING:
        return constant

    def narrow(*operands: Any, **settings: Any) -> Any:
        result = constant(*operands, **settings)
        if type(result) is list or type(result) is tuple:  # the local derivatives of a row
            return [np.asarray(each, dtype=dtype) for each in result]
        return np.asarray(result, dtype=dtype)

    return narrow


# Functions whose result has the type of the arrays that they are given.
KEEPING = (sigmoid, logsumexp, np.zeros_like, np.repeat, np.ravel, np.reshape, np.concatenate)


def where(condition: Any, yes: Any, no: Any) -> Any:
    """`yes` where the condition holds, else `no`.

    >>> where(np.array([True, False]), 1.0, 0.0).tolist()
    [1.0, 0.0]
    """
    return np.where(condition, yes, no)


def _slopes(operation: Operation, entry: tuple[float, ...]) -> Sequence[float]:
    try:
        return operation.local_derivatives(*entry)
    except (ArithmeticError, ValueError):
        return [_ieee(LocalDerivative(operation, k).one, entry) for k in range(len(entry) - 1)]


def _entry_by_entry(function: Callable[..., float], operands: tuple[Any, ...]) -> Array:
    arrays = np.broadcast_arrays(*operands)
    result = [_ieee(function, entry) for entry in zip(*(array.ravel().tolist() for array in arrays))]
    return np.array(result, dtype=np.float64).reshape(arrays[0].shape)


def _ieee(function: Callable[..., float], entry: tuple[float, ...]) -> float:
    try:
        return function(*entry)
    except OverflowError:
        return float("inf")
    except (ValueError, ZeroDivisionError):
        return float("nan")
