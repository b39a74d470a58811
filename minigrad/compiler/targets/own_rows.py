"""Operations of one's own as functions of arrays: by the row's function of arrays, else entry by entry.

Of a row that cannot be read with symbols the local derivatives are asked entry by entry too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad.number import NOTHING
from minigrad.operations import Operation
from minigrad.symbols.local_derivatives import Slopes, Unread, is_readable

Array = NDArray[np.float64]


def float_function(function: Operation | Unread | Slopes) -> Callable[..., Any]:
    """An operation for a tape, as a function of floats; raises outside its domain."""
    if isinstance(function, Unread):
        return _slope(function.operation, function.position)
    return function.operation.local_derivatives if isinstance(function, Slopes) else function.value


def of_arrays(operation: Operation) -> Callable[..., Any]:
    """An operation as a function of arrays; nan or inf outside its domain."""

    def function(*operands: Any) -> Any:
        if operation.array_value is not None:
            return _typed(operation.evaluate_arrays(np, operands), operands)
        return _entry_by_entry(operation.value, operands)

    return function


def slope_of_arrays(operation: Operation, position: int) -> Callable[..., Any]:
    """The local derivative by one operand, as a function of y and the operands."""
    slope = _slope(operation, position)
    return lambda *numbers: _entry_by_entry(slope, numbers)


def slopes_of_arrays(operation: Operation) -> Callable[..., Sequence[Any]]:
    """The local derivatives by all operands, as a function of y and the operands."""

    def slopes(y: Any, *operands: Any) -> Sequence[Any]:
        if is_readable(operation, len(operands)):
            return [_typed(slope, operands) for slope in operation.local_derivatives(y, *operands)]
        arrays = np.broadcast_arrays(y, *operands)
        columns = [_slopes(operation, entry) for entry in zip(*(a.ravel().tolist() for a in arrays))]
        found = np.array(columns, dtype=np.float64).T.reshape(len(operands), *arrays[0].shape)
        return list(_typed(found, operands))

    return slopes


def slopes_of_rows(operation: Operation) -> Callable[[Any, Any], Any]:
    """The local derivatives of an operation on all rows of an array, as an array of the same shape."""
    slopes = slopes_of_arrays(operation)

    def stacked(y: Any, rows: Any) -> Any:
        return np.concatenate([np.broadcast_to(slope, y.shape) for slope in slopes(y, *rows[:, None])])

    return stacked


def _typed(result: Any, operands: Sequence[Any]) -> Any:
    """In the type of the operands: a row may make arrays of numbers alone, which are float64."""
    return np.asarray(result).astype(np.result_type(*operands, np.float32), copy=False)


def _slope(operation: Operation, position: int) -> Callable[..., float]:
    def slope(*numbers: float) -> float:
        found = operation.local_derivatives(*numbers)[position]
        return found if found is NOTHING else float(found)

    return slope


def _slopes(operation: Operation, entry: tuple[float, ...]) -> Sequence[float]:
    try:
        return operation.local_derivatives(*entry)
    except (ArithmeticError, ValueError):
        return [_ieee(_slope(operation, k), entry) for k in range(len(entry) - 1)]


def _entry_by_entry(function: Callable[..., float], operands: Sequence[Any]) -> Any:
    arrays = np.broadcast_arrays(*operands)
    result = [_ieee(function, entry) for entry in zip(*(array.ravel().tolist() for array in arrays))]
    return _typed(np.array(result, dtype=np.float64).reshape(arrays[0].shape), operands)


def _ieee(function: Callable[..., float], entry: tuple[float, ...]) -> float:
    try:
        return function(*entry)
    except OverflowError:
        return float("inf")
    except (ValueError, ZeroDivisionError):
        return float("nan")
