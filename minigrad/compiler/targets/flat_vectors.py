"""`FlatVectors`: the flat vectors into which the lines of a program write gradients, array by array."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from minigrad.compiler.parameters import Array, Parameters, Views

LARGE = 10_000  # numbers of which a copy takes longer than making the arrays of a vector
DENSE = 1_000  # numbers that are put in order sooner than written where they belong
SMALL = 512  # numbers of an array that take less to copy than a call of `dot` saves


class FlatVectors:
    """New flat vectors, and their arrays. Small ones are kept for the next run, and what is given is a copy.

    >>> from minigrad import Value
    >>> parameters = Parameters([Value(1.0), Value(2.0)], {"w": np.array([[0]]), "b": np.array([[1]])})
    >>> vectors = FlatVectors(parameters)
    >>> vector, into = vectors.take()
    >>> into["b"][...] = 3.0
    >>> vectors.filled(vector, into, {"w": np.array([[5.0]])}).tolist()
    [5.0, 3.0]

    Attributes:
        dtype: of its numbers.
        shapes: those of its arrays, by name.
        rows: of small matrices of parameters, by name, with dense rows, in float32 with nothing between
            these, as its product with one column would be rounded otherwise; and of transposed ones of a row.
        is_dense: whether they lie array by array, and are put in order at last.
    """

    def __init__(self, parameters: Parameters) -> None:
        vector, places = parameters.vector, parameters.places
        self._like, self.dtype = np.empty_like(vector), vector.dtype
        views = dict(zip(places, parameters.given()))
        self.shapes = {name: view.shape for name, view in views.items()}
        small = {name: view for name, view in views.items() if view.size <= SMALL}
        may_lie_apart = self.dtype == np.float64
        self.rows = {
            name: len(view)
            for name, view in small.items()
            if view.flags.c_contiguous or (may_lie_apart and view.strides[1] == view.itemsize)
        }
        self.rows |= {f"{name}.T": view.shape[1] for name, view in small.items() if len(view) == 1}
        self.is_dense = len(vector) <= DENSE or not all(view.flags.writeable for view in views.values())
        self._is_kept = self.is_dense or len(vector) <= LARGE
        if self.is_dense:
            self._order = np.argsort([position for place in places.values() for position in place.flat])
            views = Views(vector, {name: self._order[place] for name, place in places.items()})
        start = vector.ctypes.data
        self._layout = {
            name: (view.shape, view.dtype, view.ctypes.data - start, view.strides)
            for name, view in views.items()
        }
        self._spare: list[tuple[Array, dict[str, Array]]] = []

    def take(self) -> tuple[Array, dict[str, Array]]:
        """A flat vector, and its arrays by name."""
        try:
            return self._spare.pop()  # of a list: several threads may do so at once
        except IndexError:
            vector = np.empty_like(self._like)
            return vector, {
                name: np.ndarray(shape, dtype, vector, offset, strides)
                for name, (shape, dtype, offset, strides) in self._layout.items()
            }

    def filled(self, vector: Array, into: dict[str, Array], others: Mapping[str, Array]) -> Array:
        """The vector, with the gradients that are not there yet."""
        for name, array in others.items():
            into[name][...] = array
        if not self._is_kept:
            return vector
        gradient = vector.take(self._order) if self.is_dense else vector.copy()
        self._spare.append((vector, into))  # only now, as another thread may take it at once
        return gradient
