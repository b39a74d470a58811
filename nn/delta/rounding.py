"""How far δ, ∂C/∂W and ∂C/∂b may be off by rounding alone, in the precision in which they were computed.

Glossary
    u       the unit roundoff: a rounded number is off by at most u times its size; 2⁻⁵³ in float64, 2⁻²⁴ in
            float32, 2⁻¹¹ in float16, 2⁻⁸ in bfloat16
    γ(n)    u + n u₊/(1 − n u₊), the most by which a sum of n products is off, relative to Σ |terms|; sums
            are kept in float32 at least, so u₊ = min(u, 2⁻²⁴)
    E(q)    the most by which a quantity q is off, of the shape of q
The errors are carried down with the recursion, since δ of a layer has what the layers above it rounded:
    E(δˡ)      = E(e) |σ′| + |e| E(σ′) + 2u |δˡ|,    e = (Wˡ⁺¹)ᵀ δˡ⁺¹, or ∂C/∂aᴸ, which is given: E = 0
    E(e)       = |Wˡ⁺¹|ᵀ (E(δˡ⁺¹) + γ(n_{l+1}) |δˡ⁺¹|)
    E(σ′)      = 4u max(1, |σ′|): 1 − a² and a (1 − a) lose relative, not absolute precision where σ is flat
    E(∂C/∂Wˡ)  = 1/N (E(δˡ) + (γ(N) + 2u) |δˡ|) |aˡ⁻¹|ᵀ
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

    def gamma(self, count: int) -> float:
        """γ(n): by how much a sum of `count` products may be off, relative to the sum of their sizes.

        >>> FLOAT32.gamma(100) < 1e-5
        True
        """
        in_sum = count * min(self.unit, FLOAT32.unit)
        return self.unit + in_sum / (1.0 - in_sum) if in_sum < 0.5 else 1.0


FLOAT64 = Precision("float64", 2.0**-53, 5e-324)
FLOAT32 = Precision("float32", 2.0**-24, 2.0**-149)


def through_error(
    activation: Activation, gradient: Array, gradient_error: Array, z: Array, precision: Precision
) -> Array:
    """E(δ) from E(e), e = ∂C/∂a, all of shape (n,) or (n, N).

    >>> zero = np.zeros(1)
    >>> through_error("identity", np.array([2.0]), zero, zero, FLOAT64) == 12 * FLOAT64.unit
    array([ True])
    """
    unit = precision.unit
    if couples(activation):
        spread = _spread(activation, np.abs(gradient), z)
        return _spread(activation, gradient_error, z) + (precision.gamma(len(z)) + 6 * unit) * spread
    slope = np.abs(slope_at(activation, z))
    slope_error = 4 * unit * np.maximum(1.0, slope)
    if isinstance(activation, LayerFunction):
        slope_error = slope_error + activation.slope_errors(z)
    sizes = np.abs(gradient)
    error: Array = gradient_error * slope + sizes * (slope_error + 2 * unit * slope)
    return error + precision.smallest


def back_error(next_weights: Array, next_delta: Array, delta_error: Array, precision: Precision) -> Array:
    """E(e) of e = (Wˡ⁺¹)ᵀ δˡ⁺¹, shape (n_l,) or (n_l, N), from E(δˡ⁺¹).

    >>> back_error(np.array([[2.0]]), np.array([1.0]), np.zeros(1), FLOAT64) == 4 * FLOAT64.unit
    array([ True])
    """
    relative = precision.gamma(len(next_weights))
    error: Array = np.abs(next_weights).T @ (delta_error + relative * np.abs(next_delta))
    return error + precision.smallest


def gradient_error(delta: Array, delta_error: Array, inputs: Array, precision: Precision) -> Array:
    """E(∂C/∂W), shape (n_l, n_{l−1}), from E(δ) and aˡ⁻¹; E(∂C/∂b) in one column for inputs 1.

    >>> gradient_error(np.array([1.0]), np.zeros(1), np.array([3.0]), FLOAT64) <= 13 * FLOAT64.unit
    array([[ True]])
    """
    columns, before = delta.reshape(len(delta), -1), np.abs(inputs.reshape(len(inputs), -1))
    count = columns.shape[1]
    errors = delta_error.reshape(columns.shape)
    per_example = errors + (precision.gamma(count) + 2 * precision.unit) * np.abs(columns)
    error: Array = per_example @ before.T / count
    return error + precision.smallest


def _spread(activation: Activation, sizes: Array, z: Array) -> Array:
    """(1 + |J|)ᵀ · sizes: what meets in each ∂C/∂z, without the signs that may cancel it."""
    if isinstance(activation, LayerFunction):
        met: Array = np.einsum("ij...,i...->j...", np.abs(activation.jacobian(z)), sizes)
        return sizes + met
    a = softmax(z)
    return sizes + a * (sizes + (a * sizes).sum(axis=0))
