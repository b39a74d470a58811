"""The forward pass that numbers are compared with, and the right backward pass through it.

Glossary, for layer l = 1 … L: everything has its examples in columns, one column for a single example.
    z, a, delta   (n_l, N); a[0] is x
    W, b          (n_l, n_{l−1}) and (n_l, 1)
    gradient      ∂C/∂aᴸ (n_L, N)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.activations import SOFTMAX, Activation
from nn.arrays import as_floats
from nn.delta.batches import BatchTrace
from nn.delta.comparison.naming import kind_and_layer
from nn.delta.derivatives import activated, cost_gradient_of, cost_of, couples, slope_at, through_activation
from nn.delta.recording import Recording
from nn.delta.tracing import Trace
from nn.loss_rows import Loss, LossFunction
from nn.losses import cross_entropy

Array = NDArray[np.float64]
SLOPES_BY_A: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda a: a * (1 - a), "tanh": lambda a: 1 - a**2,
}  # fmt: skip
STEPS = (1.0, 0.5, 0.1, 0.05, 0.01, 0.001)  # the learning rates ε that people take


@dataclass(frozen=True)
class Pass:
    """One forward pass and the right backward pass through it. `loss` is None if it is not known.

    >>> from nn import MLP, trace
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.3], y=1.0))  # a = 0.6
    >>> right.quantity("delta1").round(9), right.quantity("dW1").round(9)
    (array([[-0.8]]), array([[-0.24]]))
    """

    sigmas: Mapping[int, Activation]
    W: Mapping[int, Array]
    b: Mapping[int, Array]
    z: Mapping[int, Array]
    a: Mapping[int, Array]
    gradient: Array
    single: bool
    loss: LossFunction | None = None
    targets: tuple[Any, ...] = ()
    biased: tuple[int, ...] = ()  # the layers that have biases
    by_a: bool = False  # whether σ′ is computed from a, as a (1 − a), and not from z

    @property
    def depth(self) -> int:
        """L."""
        return len(self.W)

    @property
    def examples(self) -> int:
        """N."""
        return int(self.gradient.shape[1])

    @cached_property
    def y(self) -> Array | None:
        """The targets as numbers, (n_L, N), a label as one-hot."""
        if self.loss is None:
            return None
        n = len(self.gradient)
        rows = [self.loss.targets_of(y, n) if isinstance(self.loss, Loss) else y for y in self.targets]
        try:
            return as_floats(rows).reshape(self.examples, n).T
        except (TypeError, ValueError):
            return None

    @cached_property
    def delta(self) -> dict[int, Array]:
        """δˡ of every layer, by (1) and (2)."""
        delta = {self.depth: self.through(self.depth, self.gradient)}
        for l in range(self.depth - 1, 0, -1):
            delta[l] = self.through(l, self.W[l + 1].T @ delta[l + 1])
        return delta

    @property
    def is_finite(self) -> bool:
        """Whether every δ is a number: else there is nothing to compare with."""
        with np.errstate(all="ignore"):
            return all(np.isfinite(delta).all() for delta in self.delta.values())

    def error(self, l: int) -> Array:
        """∂C/∂aˡ."""
        return self.gradient if l == self.depth else self.W[l + 1].T @ self.delta[l + 1]

    def weight_gradient(self, l: int) -> Array:
        """∂C/∂Wˡ, by (3)."""
        gradient: Array = self.delta[l] @ self.a[l - 1].T / self.examples
        return gradient

    def bias_gradient(self, l: int) -> Array:
        """∂C/∂bˡ, by (4), a column."""
        gradient: Array = self.delta[l].mean(axis=1, keepdims=True)
        return gradient

    def quantity(self, name: str) -> Array:
        """The right numbers of "z2", "a2", "C", "delta2", "dW2" or "db2"; of the last, and of C, (n,)."""
        kind, l = kind_and_layer(name)
        read: dict[str, Callable[[], Array]] = {
            "z": lambda: self.z[l], "a": lambda: self.a[l], "C": lambda: self.cost(self.a[self.depth]),
            "delta": lambda: self.delta[l], "dW": lambda: self.weight_gradient(l),
            "db": lambda: self.bias_gradient(l)[:, 0],
        }  # fmt: skip
        return read[kind]()

    def cost(self, outputs: Array, targets: tuple[Any, ...] = ()) -> Array:
        """C at other outputs, or for other targets, as (1,); nan where it is not defined."""
        if self.loss is cross_entropy and self.y is not None and not targets:  # also of a that sum up to no 1
            with np.errstate(all="ignore"):
                terms = np.where(self.y, self.y * np.log(outputs), 0.0)
            return np.array([-terms.sum(axis=0).mean()])
        pairs = zip(outputs.T, targets or self.targets, strict=True)
        if self.loss is None:
            return np.full(1, np.nan)
        try:
            return np.array([np.mean([cost_of(self.loss, a, y) for a, y in pairs])])
        except ValueError:
            return np.full(1, np.nan)

    def gradient_at(self, outputs: Array, targets: tuple[Any, ...] = ()) -> Array | None:
        """∂C/∂aᴸ at other outputs, or for other targets; None if the loss is not known."""
        if self.loss is None:
            return None
        pairs = zip(outputs.T, targets or self.targets, strict=True)
        return np.column_stack([cost_gradient_of(self.loss, a, y) for a, y in pairs])

    def activated(self, l: int, z: Array) -> Array:
        """σ of layer l at z."""
        return self._of_layer(l, lambda _, at: activated(self.sigmas[l], at), z)

    def couples(self, l: int) -> bool:
        """Whether σ of the layer couples its neurons."""
        return couples(self.sigmas[l])

    def slope(self, l: int, z: Array | None = None) -> Array:
        """σ′ of layer l, at zˡ if nothing else is given. Raises ValueError for a softmax."""
        sigma = self.sigmas[l]
        if self.by_a and z is None and isinstance(sigma, str) and sigma in SLOPES_BY_A:
            return SLOPES_BY_A[sigma](self.a[l])
        return self._of_layer(l, lambda _, at: slope_at(sigma, at), self.z[l] if z is None else z)

    def through(self, l: int, error: Array) -> Array:
        """∂C/∂zˡ from ∂C/∂aˡ."""
        if self.by_a and self.sigmas[l] == SOFTMAX:
            return through_softmax(self.a[l], error)
        if self.by_a and not self.couples(l):
            return error * self.slope(l)
        return self._of_layer(l, lambda z, e: through_activation(self.sigmas[l], e, z), error)

    def again(self, **changes: Any) -> Pass | None:
        """The pass from x on with other W, b or sigmas; None if its ∂C/∂aᴸ is not known."""
        other = replace(self, **changes)
        z, a = {}, {0: self.a[0]}
        for l in range(1, self.depth + 1):
            z[l] = other.W[l] @ a[l - 1] + other.b[l]
            a[l] = other.activated(l, z[l])
        gradient = other.gradient_at(a[self.depth])
        return None if gradient is None else replace(other, z=z, a=a, gradient=gradient)

    def _of_layer(self, l: int, function: Callable[[Array, Array], Array], error: Array) -> Array:
        if not self.single:  # σ of a layer of PyTorch wants the shape that the layer gave it
            return function(self.z[l], error)
        return function(self.z[l][:, 0], error[:, 0])[:, np.newaxis]


def through_softmax(a: Array, error: Array) -> Array:
    """∂C/∂z of a softmax from its outputs, both of shape (n, N).

    >>> through_softmax(np.array([[0.5], [0.5]]), np.array([[2.0], [0.0]])).ravel()
    array([ 0.5, -0.5])
    """
    delta: Array = a * (error - (a * error).sum(axis=0))
    return delta


def pass_of(trace: Recording) -> Pass:
    """The pass in a trace.

    >>> from nn import MLP, trace
    >>> pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.3], y=1.0)).z[1]
    array([[0.6]])
    """
    gradient, layers = trace.cost_gradient(), range(1, trace.depth + 1)
    loss: LossFunction | None = None
    targets: tuple[Any, ...] = ()
    biased = tuple(layers)
    if isinstance(trace, (Trace, BatchTrace)):
        biased = tuple(l for l in layers if trace.model.layers[l - 1].neurons[0].b is not None)
        traces = trace.traces if isinstance(trace, BatchTrace) else [trace]
        loss, targets = traces[0].loss, tuple(one.target for one in traces)

    def columns(array: Array) -> Array:
        return array.reshape(len(array), -1)

    return Pass(
        sigmas={l: trace.activation(l) for l in layers},
        W={l: trace.weights(l) for l in layers},
        b={l: columns(trace.biases(l)) for l in layers},
        z={l: columns(trace.pre_activations(l)) for l in layers},
        a={l: columns(trace.activations(l)) for l in (0, *layers)},
        gradient=columns(gradient),
        single=gradient.ndim == 1,
        loss=loss,
        targets=targets,
        biased=biased,
    )
