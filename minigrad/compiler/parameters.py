"""The parameters of a program: Values, their numbers in one flat vector, and named views of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad.display import listed
from minigrad.settled import Settled
from minigrad.value import Value

Array = NDArray[np.float64]


class Views(dict[str, Array]):
    """Named arrays of one vector. An array that is assigned to a name is copied into the vector.

    They are views of the vector, or copies that cannot be written to if no view has their order.

    >>> vector = np.zeros(2)
    >>> views = Views(vector, {"W1": np.array([[0]]), "b1": np.array([[1]])})
    >>> views["b1"] = [5.0]
    >>> vector.tolist()
    [0.0, 5.0]
    """

    def __init__(self, vector: Array, places: Mapping[str, NDArray[np.int64]]) -> None:
        self._vector, self._places = vector, places
        for name in places:
            self._look(name)

    def _look(self, name: str) -> None:
        place = self._places[name]
        view = _view(self._vector, place)
        if view is None:
            view = self._vector[place]
            view.flags.writeable = False
        super().__setitem__(name, view)

    def __setitem__(self, name: str, numbers: Any) -> None:
        if name not in self:
            raise KeyError(f"no array {name}; there are {', '.join(self)}")
        self._vector[self._places[name]] = numbers
        self._look(name)


def _view(vector: Array, place: NDArray[np.int64]) -> Array | None:
    """The entries at these places as a view of the vector; None if they are not evenly spaced."""
    if not place.size:
        return vector[:0].reshape(place.shape)
    first = int(place[0, 0])
    steps = [int(place[1, 0]) - first if len(place) > 1 else 0, int(place[0, -1]) - first]
    steps[1] //= max(1, place.shape[1] - 1)
    rows, columns = (np.arange(count) * step for count, step in zip(place.shape, steps))
    if not (place == first + rows[:, None] + columns).all():
        return None
    strides = [step * vector.strides[0] for step in steps]
    return np.lib.stride_tricks.as_strided(vector[first:], place.shape, strides)


class Parameters(Settled):
    """The parameters of a program, in the order of its flat vector; iterating gives the Values.

    >>> import minigrad
    >>> w, b, x = Value(2.0), Value(1.0), Value(3.0)
    >>> parameters = minigrad.compile(w * x + b, inputs=[x]).parameters
    >>> parameters.vector.tolist(), parameters
    ([2.0, 1.0], Parameters(2: W1 1 × 1, b1 1 × 1))

    Attributes:
        vector: their numbers, shape (len(values),), to be changed in place or assigned, which copies;
            `load()` reads the Values anew. Raises ValueError or TypeError for numbers that do not fit.
        places: for each array of the program, by name, where its entries are in the vector.
    """

    remedy = "assign to .vector, to the arrays in .views(), or to the Values before load()"

    def __init__(
        self,
        values: Sequence[Value],
        places: Mapping[str, NDArray[np.int64]],
        dtype: np.dtype[Any] | type = np.float64,
    ) -> None:
        self._values: list[Value] | None = list(values)
        self.vector: Array = np.zeros(len(values), dtype)
        self.places = dict(places)
        self._bind()

    def _bind(self) -> None:
        self._given = tuple(self.views().values())
        self._are_views = all(view.flags.writeable for view in self._given)
        self.settle()

    @property
    def values(self) -> list[Value]:
        """The Values, in the order of the vector; of a copy from a pickle new ones, with its numbers."""
        if self._values is None:
            self._values = [Value(number) for number in self.vector.tolist()]
            for name, place in self.places.items():
                for (j, k), position in np.ndenumerate(place):
                    self._values[position].label = f"{name}[{j},{k}]"
        return self._values

    def __getstate__(self) -> dict[str, Any]:
        """The numbers and the shapes, without the Values, which have a whole model's size."""
        return {"vector": self.vector, "places": self.places}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _values=None)
        self._bind()

    def __setattr__(self, name: str, new: Any) -> None:
        if name == "vector" and self._settled and new is not self.vector:
            self.vector[...] = _fitted(new, self.vector.shape)  # the program's lines read this one
        else:
            super().__setattr__(name, new)

    def views(self, vector: Array | None = None) -> Views:
        """The arrays of the program by name, as views of its vector, or of another in the same order."""
        return Views(self.vector if vector is None else vector, self.places)

    def given(self) -> Iterable[Array]:
        """The arrays of the program, in the order in which its functions take them."""
        return self._given if self._are_views else self.views().values()

    def load(self) -> None:
        """Copy the numbers of the Values into the vector."""
        self.vector[...] = [value.data for value in self.values]

    def store(self) -> None:
        """Copy the vector into the Values."""
        for value, number in zip(self.values, self.vector.tolist()):
            value.data = number

    def __len__(self) -> int:
        return len(self.vector)

    def __iter__(self) -> Iterator[Value]:
        return iter(self.values)

    def __repr__(self) -> str:
        shapes = listed(f"{name} {' × '.join(map(str, each.shape))}" for name, each in self.places.items())
        return f"Parameters({len(self)}: {shapes})"


def _fitted(numbers: Any, shape: tuple[int, ...]) -> Array:
    needed = f"vector: it needs {shape[0]} numbers, shape {shape}"
    array = real_array(numbers, needed, "fiu")
    if array.shape != shape:
        raise ValueError(f"{needed}, not {array.shape}")
    return array.astype(np.float64)


def real_array(numbers: Any, needed: str, kinds: str = "fiub") -> Array:
    """Numbers as an array. Raises TypeError or ValueError, which say what is needed, for anything else.

    >>> real_array([1, 2], "batch: it needs numbers")
    array([1, 2])
    """
    try:
        array = np.asarray(numbers)
    except ValueError:
        raise ValueError(f"{needed}; the rows given differ in length") from None
    if array.dtype.kind not in kinds:
        raise TypeError(f"{needed}, not {type(numbers).__name__} of {array.dtype}")
    return array
