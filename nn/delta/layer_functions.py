"""σ of a whole layer of which only the values are known: its σ′ and its Jacobian as central differences.

Glossary: z and a have shape (n,), or (n, N) for N examples, one a column; h is the nudge of a difference.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from minigrad import Value

Array = NDArray[np.float64]

WIDE, NARROW = 1e-3, 1e-5  # nudges: of four values for smooth functions, of two where a kink is near
KINK = 1e-3  # slopes of the two sides that differ by more than this have a kink between them


class LayerFunction:
    """a = σ(z) of a layer, where each neuron may have a function of its own, or all neurons are coupled.

    `values(z)` gives a of the shape of z. σ′ is (8 (a(z+h) − a(z−h)) − (a(z+2h) − a(z−2h))) / 12h, off by
    some 1e-12; where a kink is near, (a(z+h) − a(z−h)) / 2h with a smaller h. Source: Abramowitz and Stegun
    (1964), 25.3.

    `steps` is how many functions in turn make it, and `fuzz` by what part of its size z may be off between
    them, by rounding: `slope_errors` has what that does to σ′.

    >>> square = LayerFunction("square", lambda z: z * z, np.array([3.0, -1.0]))
    >>> square.slopes(np.array([3.0, -1.0])).round(9)
    array([ 6., -2.])
    """

    def __init__(
        self,
        name: str,
        values: Callable[[Array], Array],
        z: Array,
        couples: bool = False,
        steps: int = 1,
        fuzz: float = 0.0,
    ) -> None:
        self.__name__ = name
        self.values = values
        self.couples = couples
        self.steps, self._fuzz = steps, fuzz
        self._at = np.array(z)
        if couples:
            self._jacobian = self._jacobian_at(self._at)
        else:
            self._slopes, self._slope_errors = self._slopes_at(self._at)
            self._slope_errors = self._slope_errors + self._change_of_slopes(self._at, self._slopes)

    def __call__(self, z: Value) -> Value:
        """Raises TypeError: this σ has no nodes."""
        raise TypeError(f"{self.__name__}: only the values of a whole layer are known; call values(z)")

    def slopes(self, z: Array) -> Array:
        """σ′(z), of the shape of z. Raises ValueError if σ couples its neurons."""
        if self.couples:
            raise ValueError(f"{self.__name__} couples its neurons: it has no σ′(z) of one neuron")
        return self._slopes if np.array_equal(z, self._at) else self._slopes_at(z)[0]

    def slope_errors(self, z: Array) -> Array:
        """How far `slopes(z)` may be off, of the shape of z: at a kink, by what its two sides differ."""
        if np.array_equal(z, self._at):
            return self._slope_errors
        slopes, errors = self._slopes_at(z)
        return errors + self._change_of_slopes(z, slopes)

    def jacobian(self, z: Array) -> Array:
        """∂aᵢ/∂zⱼ, shape (n, n) or (n, n, N)."""
        if self.couples:
            return self._jacobian if np.array_equal(z, self._at) else self._jacobian_at(z)
        slopes = self.slopes(z)
        diagonal: Array = np.einsum("ij,j...->ij...", np.eye(len(slopes)), slopes)
        return diagonal

    def through(self, gradient: Array, z: Array) -> Array:
        """Jᵀ · gradient: ∂C/∂z from ∂C/∂a, of the shape of z."""
        through: Array = np.einsum("ij...,i...->j...", self.jacobian(z), gradient)
        return through

    def _slopes_at(self, z: Array) -> tuple[Array, Array]:
        size = np.maximum(1.0, np.abs(z))
        h, small = WIDE * size, NARROW * size
        a, above, below = self.values(z), self.values(z + small), self.values(z - small)
        smooth = self._differences(z, h)
        near = (above - below) / (2 * small)
        is_smooth = np.abs(smooth - near) <= 1e-7 * np.maximum(1.0, np.abs(near))
        slopes = np.where(is_smooth, smooth, near)
        sides = np.abs((above - a) - (a - below)) / small
        has_kink = sides > KINK * np.maximum(1.0, np.abs(near))
        return slopes, np.where(has_kink, sides, np.abs(smooth - near) * is_smooth)

    def _change_of_slopes(self, z: Array, slopes: Array) -> Array:
        """How far σ′ changes where z is off by `fuzz`; what is less than a nudge has been looked at."""
        if self._fuzz < NARROW:
            return np.zeros_like(z)
        off = self._fuzz * np.maximum(1.0, np.abs(z))
        above, below = self._slopes_at(z + off)[0], self._slopes_at(z - off)[0]
        return np.maximum(np.abs(above - slopes), np.abs(below - slopes))

    def _jacobian_at(self, z: Array) -> Array:
        h = WIDE * np.maximum(1.0, np.abs(z))
        one_neuron = np.eye(len(z))
        columns = []
        for direction in one_neuron:
            only = direction.reshape(-1, *[1] * (z.ndim - 1))
            columns.append(self._differences(z, h * only, (h * only).sum(axis=0)))
        return np.stack(columns, axis=1)

    def _differences(self, z: Array, step: Array, h: Array | None = None) -> Array:
        """Central differences of four values along `step`, divided by its length h."""
        near = self.values(z + step) - self.values(z - step)
        far = self.values(z + 2 * step) - self.values(z - 2 * step)
        return (8 * near - far) / (12 * (step if h is None else h))
