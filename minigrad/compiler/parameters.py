"""The parameters of a program: Values, their numbers in one flat vector, and named views of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad.compiler.lines.layout import ParameterArray
from minigrad.display import listed
from minigrad.settled import Settled
from minigrad.value import Value

Array = NDArray[np.float64]


class Views(dict[str, Array]):
    """Named views of one vector. An array that is assigned to a name is copied into the vector.

    >>> vector = np.zeros(2)
    >>> views = Views(W1=vector[:1], b1=vector[1:])
    >>> views["b1"] = [5.0]
    >>> vector.tolist()
    [0.0, 5.0]
    """

    def __setitem__(self, name: str, numbers: Any) -> None:
        if name not in self:
            raise KeyError(f"no array {name}; there are {', '.join(self)}")
        self[name][...] = numbers


class Parameters(Settled):
    """The parameters of a program, in the order of its flat vector; iterating gives the Values.

    >>> import minigrad
    >>> w, b, x = Value(2.0), Value(1.0), Value(3.0)
    >>> parameters = minigrad.compile(w * x + b, inputs=[x]).parameters
    >>> parameters.vector.tolist(), parameters
    ([2.0, 1.0], Parameters(2: W1 1 × 1, b1 1 × 1))

    Attributes:
        values: the Values, in the order of the vector.
        vector: their numbers, shape (len(values),), to be changed in place or assigned, which copies;
            `load()` reads the Values anew. Raises ValueError or TypeError for numbers that do not fit.
        gradient: the buffer of the last run's gradient, in the same order; the next run overwrites it.
        arrays: the name, start and shape of each view.
    """

    remedy = "assign to .vector, to the arrays in .views(), or to the Values before load()"

    def __init__(
        self,
        values: Sequence[Value],
        arrays: Sequence[ParameterArray],
        dtype: np.dtype[Any] | type = np.float64,
    ) -> None:
        self.values = list(values)
        self.vector: Array = np.zeros(len(values), dtype)
        self.gradient: Array = np.zeros(len(values), dtype)
        self.arrays = tuple(arrays)
        self.settle()

    def __setattr__(self, name: str, new: Any) -> None:
        if name == "vector" and self._settled and new is not self.vector:
            self.vector[...] = _fitted(new, self.vector.shape)  # the program's lines read this one
        else:
            super().__setattr__(name, new)

    def views(self, vector: Array | None = None) -> Views:
        """The arrays of the program by name, as views of its vector, or of another in the same order."""
        vector = self.vector if vector is None else vector
        return Views(
            {
                each.name: vector[each.start : each.start + each.size].reshape(each.shape)
                for each in self.arrays
            }
        )

    def load(self) -> None:
        """Copy the numbers of the Values into the vector."""
        self.vector[...] = [value.data for value in self.values]

    def store(self) -> None:
        """Copy the vector into the Values."""
        for value, number in zip(self.values, self.vector.tolist()):
            value.data = number

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Value]:
        return iter(self.values)

    def __repr__(self) -> str:
        shapes = listed(f"{each.name} {each.shape[0]} × {each.shape[1]}" for each in self.arrays)
        return f"Parameters({len(self)}: {shapes})"


def _fitted(numbers: Any, shape: tuple[int, ...]) -> Array:
    needed = f"vector: it needs {shape[0]} numbers, shape {shape}"
    try:
        array = np.asarray(numbers)
    except ValueError:
        raise ValueError(f"{needed}; the rows given differ in length") from None
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{needed}, not {type(numbers).__name__} of {array.dtype}")
    if array.shape != shape:
        raise ValueError(f"{needed}, not {array.shape}")
    return array.astype(np.float64)
