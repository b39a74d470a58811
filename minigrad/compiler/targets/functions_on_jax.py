"""Functions that generated lines call, where JAX wants them otherwise: its arrays cannot be written to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # only their text is run, where JAX is installed
    import jax
    from jax.numpy import broadcast_to, exp, zeros

    from minigrad.compiler.targets.functions import places


def sigmoid(x: Any) -> Any:
    """σ(x) = 1 / (1 + e⁻ˣ)"""
    return 1.0 / (1.0 + exp(-x))


def erf(x: Any) -> Any:
    """The error function."""
    return jax.lax.erf(x)


def erfc(x: Any) -> Any:
    """1 − erf(x)"""
    return jax.lax.erfc(x)


def broadcast_to_float32(array: Any, shape: Any) -> Any:
    """`broadcast_to` in a program of float32, in which a number would become an array of float64."""
    return jax.numpy.broadcast_to(jax.numpy.asarray(array, "float32"), shape)


def add_at(array: Any, index: Any, values: Any) -> Any:
    """The array with values added to the rows at an index."""
    return array.at[index].add(values)


def sums_at(values: Any, numbers: Any, count: int) -> Any:
    """The sums of the columns that have the numbers 0, 1, … count − 1."""
    index, is_place = places(numbers, count)
    return zeros((values.shape[0], count), values.dtype).at[:, index].add(values * is_place)


def adding_at(index: Any) -> Callable[[Any, Any], Any]:
    """A function that adds values to rows at an index with repeats."""
    rows = index.reshape(-1)

    def add_rows(array: Any, values: Any) -> Any:
        shape = (rows.size, *array.shape[1:])
        is_whole = getattr(values, "size", 1) == rows.size * array[0].size
        values = values.reshape(shape) if is_whole else broadcast_to(values, shape)
        return array.at[rows].add(values)

    return add_rows
