"""What a row of the table of mistakes is made of, and what its formulas may read.

Glossary: arrays as in `Pass`, an example a column.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nn.delta.comparison.passes import Pass

Array = NDArray[np.float64]
Formula = Callable[..., Any]

ORDERS = 4  # of so many neurons or examples all orders are tried within a formula


class Line(NamedTuple):
    """start + t · direction: what is computed with a number t that is not known, such as ε.

    >>> Line(np.zeros(1), np.ones(1)).direction
    array([1.])
    """

    start: Array
    direction: Array


class Row(NamedTuple):
    """A mistake: where it is made, what it is called, what is computed, and what to say.

    >>> Row("slope", "no slope", lambda p, e: e, "σ′ is missing in {q}").kind
    'no slope'
    """

    part: str
    kind: str
    formula: Formula
    sentence: str


@dataclass(frozen=True)
class Place:
    """Layer l of a pass, with the learner's own δ: what a formula may read. Arrays as in `Pass`.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [3.0], y=5.0))
    >>> Place(right, 1, np.empty((0, 0)), right.delta[1]).a_before
    array([[3.]])
    """

    right: Pass
    l: int
    above: Array  # δˡ⁺¹, as the learner has it; empty for the last layer
    delta: Array  # δˡ, as the learner has it; empty while it is looked for

    @property
    def W(self) -> Array:
        """Wˡ."""
        return self.right.W[self.l]

    @property
    def W_above(self) -> Array:
        """Wˡ⁺¹."""
        return self.right.W[self.l + 1]

    @property
    def b(self) -> Array:
        """bˡ."""
        return self.right.b[self.l]

    @property
    def z(self) -> Array:
        """zˡ."""
        return self.right.z[self.l]

    @property
    def a(self) -> Array:
        """aˡ."""
        return self.right.a[self.l]

    @property
    def y(self) -> Any:
        """The targets as numbers."""
        return self.right.y

    @property
    def z_before(self) -> Array | None:
        """zˡ⁻¹."""
        return self.right.z.get(self.l - 1)

    @property
    def a_before(self) -> Array:
        """aˡ⁻¹."""
        return self.right.a[self.l - 1]

    @property
    def slope(self) -> Array:
        """σ′(zˡ)."""
        return self.right.slope(self.l)

    @property
    def N(self) -> int:
        """The number of examples."""
        return self.right.examples

    def through(self, error: Array) -> Array:
        """∂C/∂z from ∂C/∂a, rightly."""
        return self.right.through(self.l, error)

    def others(self, of: Callable[[int], Array], *but: int) -> dict[str, Array]:
        """The same quantity of the other layers, by their numbers, where the shapes fit."""
        found = {}
        for m in range(1, self.right.depth + 1):
            with suppress(ValueError):
                if m not in but:
                    found[str(m)] = of(m)
        return found


def orders(array: Array, axis: int = 0) -> dict[str, Array]:
    """The rows (or columns) in every other order, if there are few of them; else reversed and shifted by one.

    >>> orders(np.array([1.0, 2.0]))
    {'2, 1': array([2., 1.])}
    """
    n = array.shape[axis]
    if n <= ORDERS:
        some = list(itertools.permutations(range(n)))[1:]
    else:
        some = [tuple(range(n)[::-1]), (*range(1, n), 0), (n - 1, *range(n - 1))]
    return {", ".join(str(k + 1) for k in order): np.take(array, order, axis) for order in some}


def each(array: Array, make: Callable[[int], Array]) -> dict[str, Array]:
    """What `make` makes of the number of each row, in an array of any shape.

    >>> each(np.zeros(2), lambda k: np.array([k]))
    {'1': array([0]), '2': array([1])}
    """
    return {str(k + 1): make(k) for k in range(len(array))}
