"""What the four equations read: the numbers of one forward and one backward pass, layer by layer.

Glossary: l = 1 … L numbers layers, n_l is the number of neurons of layer l, n_0 of inputs. For one example
the arrays have the shapes below; for a batch of N examples z, a, δ and ∂C/∂a have a second axis, one column
an example.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nn.activations import Activation

Array = NDArray[np.float64]


class Recording(Protocol):
    """Weights, forward pass and backward pass of a network of layers.

    >>> from nn import MLP, trace
    >>> recording: Recording = trace(MLP(2, [3, 1], seed=0), [1.0, 2.0])
    >>> recording.depth, recording.weights(1).shape, recording.activations(1).shape
    (2, (3, 2), (3,))
    """

    @property
    def depth(self) -> int:
        """L, the number of layers."""

    def activation(self, l: int) -> Activation:
        """σ of layer l."""

    def weights(self, l: int) -> Array:
        """Wˡ, shape (n_l, n_{l−1})."""

    def biases(self, l: int) -> Array:
        """bˡ, shape (n_l,); zeros for a layer without bias."""

    def pre_activations(self, l: int) -> Array:
        """zˡ, shape (n_l,)."""

    def activations(self, l: int) -> Array:
        """aˡ, shape (n_l,); a⁰ is x."""

    def cost_gradient(self) -> Array:
        """∂Cₙ/∂aᴸ, shape (n_L,), by the definition of the loss."""

    def delta(self, l: int) -> Array:
        """δˡ = ∂Cₙ/∂zˡ, shape (n_l,), as the backward pass left it."""

    def weight_gradients(self, l: int) -> Array:
        """∂C/∂Wˡ, shape (n_l, n_{l−1})."""

    def bias_gradients(self, l: int) -> Array:
        """∂C/∂bˡ, shape (n_l,), or (0,) for a layer without bias."""


def checked_recording(trace: Any, caller: str) -> Any:
    """The trace, if it is one. Raises TypeError, with the caller's name and what to give, for anything else.

    >>> checked_recording(3, "report")
    Traceback (most recent call last):
    TypeError: report: give a trace, of nn.trace(model, x, y), trace_batch or trace_torch, not int
    """
    if any(not hasattr(type(trace), name) for name in ("depth", "weights", "pre_activations", "delta")):
        raise TypeError(
            f"{caller}: give a trace, of nn.trace(model, x, y), trace_batch or trace_torch, not "
            f"{type(trace).__name__}"
        )
    return trace
