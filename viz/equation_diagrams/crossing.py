"""What a recursion's picture shows: a matrix crossed forward by row and backward by column, in numbers.

Glossary
    rows, columns   of W, of shape (m, n): row j leads to neuron j, column k comes from neuron k
    sent            what comes back along the rows, shape (m,): δ of the next layer
    parts           what is added down the columns, shape (m, n): Wⱼₖ · sentⱼ
    sums            what they add up to, shape (n,): ∂C/∂a of the layer; with J, its δ
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nn import Trace
from nn.delta import equations
from nn.delta.derivatives import couples, through_activation
from viz.drawing.looks import decimals_of, decimals_of_factors, one, strongest

Array = NDArray[np.float64]
MOST_ROWS = 8


@dataclass(frozen=True)
class Crossing:
    """The numbers of one picture; `matrix` is W, or J where the last layer's σ couples its neurons.

    Attributes:
        slopes: σ′ of every neuron; none where there is no σ′ of a single neuron.
        computed: δ by equation (1) or (2) in NumPy.
        delta: δ in the scalar graph.
    """

    layer: int
    matrix: Array
    sent: Array
    sums: Array
    slopes: Array | None
    computed: Array
    delta: Array

    @property
    def parts(self) -> Array:
        """Wⱼₖ · sentⱼ, shape (m, n)."""
        parts: Array = self.matrix * self.sent[:, np.newaxis]
        return parts

    def shown_parts(self, rows: Sequence[int]) -> Array:
        """The parts of those rows, and below them what the other rows add, if there are any."""
        others = np.delete(self.parts, list(rows), axis=0)
        rest = others.sum(axis=0, keepdims=True)[: len(others)]
        shown: Array = np.vstack([self.parts[list(rows)], rest])
        return shown

    def strongest_columns(self, most: int) -> list[int]:
        """At most that many neurons of the layer, those of the largest |δ|, in their order."""
        return strongest(self.delta, most)

    def strongest_rows(self, columns: Sequence[int], most: int) -> list[int]:
        """The rows that send most to those columns; all of them, or one less than there is room for."""
        sizes = np.abs(self.parts[:, list(columns)]).sum(axis=1)
        return strongest(sizes, most if len(sizes) <= most else most - 1)


def crossing(trace: Trace, layer: int) -> Crossing:
    """The numbers of equation (2) for layer l, of (1) for the last. Raises ValueError before a backward pass.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(2, [2, 1], seed=0), [1.0, 2.0], y=0.0)
    >>> t.backward()
    >>> crossing(t, 1).parts.shape, crossing(t, 2).parts.shape
    ((1, 2), (0, 1))
    """
    delta, error = trace.delta(layer), trace.activation_gradients(layer)
    z, activation = trace.pre_activations(layer), trace.activation(layer)
    coupled = couples(activation)
    slopes = None if coupled else equations.slope(trace, layer)
    if layer < trace.depth:
        matrix, sent = trace.weights(layer + 1), trace.delta(layer + 1)
        back = matrix.T @ sent
        computed = through_activation(activation, back, z) if slopes is None else back * slopes
    else:
        computed = through_activation(activation, error, z)
        unit = np.eye(len(z)) if coupled else np.empty((0, len(z)))
        matrix = np.array([through_activation(activation, e, z) for e in unit]).reshape(-1, len(z))
        sent, error = (error, delta) if coupled else (np.empty(0), error)
    return Crossing(layer, matrix, sent, error, slopes, computed, delta)


@dataclass(frozen=True)
class Printed:
    """The numbers as text: one number of decimals in a row or column, and every product true as printed."""

    matrix: list[list[str]]
    sent: list[str]
    parts: list[list[str]]
    sums: list[str]
    slopes: list[str]
    delta: list[str]


def printed(found: Crossing, rows: Sequence[int], columns: Sequence[int]) -> Printed:
    """The texts of the rows and columns that are drawn: factors have the decimals their products need.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(2, [2, 1], seed=0), [1.0, 2.0], y=0.0)
    >>> t.backward()
    >>> printed(crossing(t, 2), [], [0]).delta
    ['+0.5351']
    """
    matrix, sent = found.matrix[np.ix_(rows, columns)].tolist(), found.sent[list(rows)].tolist()
    parts = found.shown_parts(rows)[:, list(columns)].tolist()
    sums, deltas = found.sums[list(columns)].tolist(), found.delta[list(columns)].tolist()
    slopes = [] if found.slopes is None else found.slopes[list(columns)].tolist()
    decimals = decimals_of(deltas)
    delta = [one(number, decimals, signed=True) for number in deltas]
    enough = decimals_of_factors(list(zip(sums, slopes, delta, strict=bool(slopes))), decimals)
    of_parts = decimals_of(sums)
    part_texts = [[one(number, of_parts, signed=True) for number in row] for row in parts]
    factors = [
        (w, d, text)
        for ws, d, texts in zip(matrix, sent, part_texts, strict=False)  # the last may be of no row
        for w, text in zip(ws, texts, strict=True)
    ]
    of_factors = decimals_of_factors(factors, of_parts)
    return Printed(
        [[one(w, of_factors) for w in row] for row in matrix],
        [one(number, of_factors, signed=True) for number in sent],
        part_texts,
        [one(number, enough if slopes else of_parts, signed=True) for number in sums],
        [one(number, enough) for number in slopes],
        delta,
    )
