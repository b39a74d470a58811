"""How far δ, ∂C/∂W and ∂C/∂b may be off by rounding alone, in the precision in which they were computed.

Glossary
    u       the unit roundoff: a rounded number is off by at most u times its size; 2⁻⁵³ in float64, 2⁻²⁴ in
            float32, 2⁻¹¹ in float16, 2⁻⁸ in bfloat16
    u₊      the same within a sum or a function, which are computed in float32 at least: min(u, 2⁻²⁴)
    γ(n)    u + n u₊ / (1 − n u₊), the most by which a sum of n products is off, relative to Σ |terms|
    E(q)    the most by which a quantity q is off, entry by entry, if what it is computed from is right
Each equation is held against what it was given, so that no layer is excused by the rounding of another:
    E(δˡ)      = γ(n_{l+1}) |Wˡ⁺¹|ᵀ |δˡ⁺¹| |σ′| + |e| E(σ′) + 2u |δˡ|,    e = (Wˡ⁺¹)ᵀ δˡ⁺¹
    E(δᴸ)      = |e| E(σ′) + 2u |δᴸ|,    e = ∂C/∂aᴸ, which is given
    E(σ′)      = (4u + 8u₊) max(1, |σ′|) a step: 1 − a² and a (1 − a) lose relative precision where σ is flat,
                 and not absolute precision; of a softmax each entry may be off as the largest of its example
    E(∂C/∂Wˡ)  = 1/N (γ(N) + 2u) |δˡ| |aˡ⁻¹|ᵀ
and every number may be off by the smallest number of the precision, where it underflows.
Source: Higham, Accuracy and Stability of Numerical Algorithms (2002), sections 2.2, 3.1 and 3.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nn.activations import Activation
from nn.delta.derivatives import couples, slope_at, softmax
from nn.delta.layer_functions import LayerFunction

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Precision:
    """A floating-point format: its unit roundoff u and its smallest positive number.

    >>> FLOAT64.unit == 2.0**-53
    True
    """

    name: str
    unit: float
    smallest: float

    @property
    def in_sums(self) -> float:
        """u₊, the unit roundoff within a sum or a function."""
        return min(self.unit, 2.0**-24)

    def gamma(self, count: int) -> float:
        """γ(n): by how much a sum of `count` products may be off, relative to the sum of their sizes.

        >>> FLOAT32.gamma(100) < 1e-5
        True
        """
        in_sum = count * self.in_sums
        return self.unit + in_sum / (1.0 - in_sum) if in_sum < 0.5 else 1.0


FLOAT64 = Precision("float64", 2.0**-53, 5e-324)
FLOAT32 = Precision("float32", 2.0**-24, 2.0**-149)


def delta_rounding(
    activation: Activation, error: Array, terms: Array, z: Array, precision: Precision, count: int
) -> Array:
    """E(δ), of the shape of z: (n,) or (n, N).

    `error` is e, a sum of `count` products, of which `terms` is Σ |product|; count is 0 for ∂C/∂aᴸ.

    >>> two = np.array([2.0])
    >>> delta_rounding("identity", two, two, np.zeros(1), FLOAT64, count=0) == 28 * FLOAT64.unit
    array([ True])
    """
    unit = precision.unit
    error_off = precision.gamma(count) * terms if count else np.zeros_like(terms)
    steps = activation.steps if isinstance(activation, LayerFunction) else 1
    if couples(activation):
        relative = (precision.gamma(len(z)) + 6 * unit) * steps
        spread = _spread(activation, error_off + relative * np.abs(error), z)
        for_all: Array = np.maximum(spread, spread.max(axis=0)) + precision.smallest
        return for_all
    slope = np.abs(slope_at(activation, z))
    slope_off = (4 * unit + 8 * precision.in_sums) * steps * np.maximum(1.0, slope)
    if isinstance(activation, LayerFunction):
        slope_off = slope_off + activation.slope_errors(z)
    off: Array = error_off * slope + np.abs(error) * (slope_off + 2 * unit * slope)
    least: Array = precision.smallest * np.maximum(1.0, count + slope)
    return off + least


def gradient_rounding(delta: Array, inputs: Array, precision: Precision) -> Array:
    """E(∂C/∂W), shape (n_l, n_{l−1}), from δˡ and aˡ⁻¹; E(∂C/∂b) in one column for inputs 1.

    >>> gradient_rounding(np.array([1.0]), np.array([3.0]), FLOAT64) <= 13 * FLOAT64.unit
    array([[ True]])
    """
    columns, before = np.abs(delta.reshape(len(delta), -1)), np.abs(inputs.reshape(len(inputs), -1))
    count = columns.shape[1]
    off: Array = (precision.gamma(count) + 2 * precision.unit) * (columns @ before.T) / count
    least: Array = precision.smallest * np.maximum(1.0, before.sum(axis=1))
    return off + least


def _spread(activation: Activation, sizes: Array, z: Array) -> Array:
    """(1 + |J|)ᵀ · sizes: what meets in each ∂C/∂z, without the signs that may cancel it."""
    if isinstance(activation, LayerFunction):
        met: Array = np.einsum("ij...,i...->j...", np.abs(activation.jacobian(z)), sizes)
        return sizes + met
    a = softmax(z)
    met = a * (sizes + (a * sizes).sum(axis=0))
    return sizes + met


def shown(difference: float) -> str:
    """A residual in few characters: "exact", or "2e−16".

    >>> shown(0.0), shown(2e-16)
    ('exact', '2e−16')
    """
    return "exact" if difference == 0 else f"{difference:.0e}".replace("e-", "e−")
