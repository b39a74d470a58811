"""The table of known mistakes: what a learner computes instead, as a formula, and what to say.

A quantity is put together from parts, and a mistake puts something else in the place of one of them; several
parts may be wrong at once. To teach a mistake, add a row to `forward_rows`, `delta_rows` or `gradient_rows`:
its part, its kind, its formula, its sentence. A formula reads a `Place` (and what the parts before have made)
and gives an array; several of them by their names, which the sentence has as {detail}; or a `Line`, start +
t · direction with any t. One that does not apply gives None, or arrays of shapes that do not fit.
In sentences {q} is what is wrong; {up} and {down} number the layers after and before; {slope} is σ′ of the
layer in letters, {start} what ∂C/∂aᴸ is for this loss.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from nn.delta.comparison.passes import Array, Pass

Formula = Callable[..., Any]

ORDERS = 4  # of so many neurons or examples all orders are tried within a formula


class Line(NamedTuple):
    """start + t · direction: what is computed with a number t that is not known, such as ε.

    >>> Line(np.array([1.0]), np.array([-2.0])).direction
    array([-2.])
    """

    start: Array
    direction: Array


class Row(NamedTuple):
    """A mistake: where it is made, what it is called, what is computed, and what to say.

    >>> Row("slope", "no slope", lambda p, e: e, "σ′ is missing in {q}").formula(None, 3.0)
    3.0
    """

    part: str
    kind: str
    formula: Formula
    sentence: str


class Place:
    """Layer l of a pass, with the learner's own δ: what a formula may read. Arrays as in `Pass`.

    `above` is δˡ⁺¹ and `delta` δˡ, as the learner has them; empty for the last layer, and while looked for.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.passes import pass_of
    >>> p = Place(pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.3], y=1.0)), 1, np.empty(0), np.empty(0))
    >>> p.z, p.slope
    (array([[0.6]]), array([[1.]]))
    """

    def __init__(self, right: Pass, l: int, above: Array, delta: Array) -> None:
        self.right, self.l, self.above, self.delta = right, l, above, delta
        self.W, self.b, self.z, self.a = right.W[l], right.b[l], right.z[l], right.a[l]
        self.W_above: Any = right.W.get(l + 1)
        self.z_before, self.a_before = right.z.get(l - 1), right.a[l - 1]
        self.y: Any = right.y
        self.N = right.examples

    @property
    def slope(self) -> Array:
        """σ′(zˡ)."""
        return self.right.slope(self.l)

    @property
    def error(self) -> Array:
        """∂C/∂aˡ, from the learner's δ of the layer after."""
        error: Array = self.right.gradient if self.l == self.right.depth else self.W_above.T @ self.above
        return error

    @property
    def cost(self) -> Array:
        """C, (1,)."""
        return self.right.cost(self.a)

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
    """The rows (or columns) in every other order, if they are few; else reversed and shifted by one.

    Each of the shape of `array`, by the order that it has.

    >>> orders(np.array([[1.0], [2.0]]))
    {'2, 1': array([[2.],
           [1.]])}
    """
    n = array.shape[axis]
    if n <= ORDERS:
        some = list(itertools.permutations(range(n)))[1:]
    else:
        some = [tuple(range(n)[::-1]), (*range(1, n), 0), (n - 1, *range(n - 1))]
    return {", ".join(str(k + 1) for k in order): np.take(array, order, axis) for order in some}


def each(array: Array, make: Callable[[int], Array]) -> dict[str, Array]:
    """What `make` makes of the number of each row, in an array of any shape.

    >>> each(np.array([5.0, 7.0]), lambda k: 10 * k)
    {'1': 0, '2': 10}
    """
    return {str(k + 1): make(k) for k in range(len(array))}
