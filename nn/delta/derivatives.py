"""σ, σ′ and ∂C/∂a in NumPy, each written from its definition: what the four equations are made of.

Nothing here knows of the scalar engine's rules, so that an agreement with it says something; the exceptions
are functions of the user's own, whose derivative is taken in the engine on each number alone. ∂C/∂a of a
loss stands in its row (`nn.losses`).

Glossary: arrays have shape (n,), or (n, N) for N examples, one a column, n neurons of a layer.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from minigrad import Operation, Value, grad
from nn.activations import ACTIVATIONS, SOFTMAX, Activation, activate
from nn.arrays import as_floats
from nn.delta.layer_functions import LayerFunction
from nn.loss_rows import Loss, LossFunction, Targets, one_hot

Array = NDArray[np.float64]


def sigmoid(z: Array) -> Array:
    """σ(z) = 1 / (1 + e⁻ᶻ), entry by entry, of any shape.

    >>> sigmoid(np.array([0.0]))
    array([0.5])
    """
    with np.errstate(over="ignore"):  # e⁻ᶻ may be inf, and the quotient is then right, 0
        return 1.0 / (1.0 + np.exp(-z))


def softmax(z: Array) -> Array:
    """aⱼ = e^zⱼ / Σᵢ e^zᵢ over the neurons, the first axis.

    >>> softmax(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    exponentials = np.exp(z - z.max(axis=0))
    probabilities: Array = exponentials / exponentials.sum(axis=0)
    return probabilities


def _normal(z: Array) -> Array:
    """Φ(z), the normal distribution."""
    return np.array([0.5 * math.erfc(-number / math.sqrt(2.0)) for number in z.ravel()]).reshape(z.shape)


FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0.0),
    "identity": lambda z: z,
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0.0))),
    "gelu": lambda z: z * _normal(z),
    "silu": lambda z: z * sigmoid(z),
    "softplus": lambda z: np.logaddexp(z, 0.0),
    SOFTMAX: softmax,
}

SLOPES: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda z: sigmoid(z) * (1.0 - sigmoid(z)),
    "tanh": lambda z: 1.0 - np.tanh(z) ** 2,
    "relu": lambda z: (z > 0).astype(np.float64),
    "identity": np.ones_like,
    "leaky_relu": lambda z: np.where(z > 0, 1.0, 0.01),
    "elu": lambda z: np.exp(np.minimum(z, 0.0)),
    "gelu": lambda z: _normal(z) + z * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi),
    "silu": lambda z: sigmoid(z) * (1.0 + z * (1.0 - sigmoid(z))),
    "softplus": sigmoid,
}


def activated(activation: Activation, z: Array) -> Array:
    """a = σ(z), of the shape of z.

    >>> activated("relu", np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    if isinstance(activation, str):
        return FUNCTIONS[activation](z) if activation in FUNCTIONS else activated(ACTIVATIONS[activation], z)
    if isinstance(activation, LayerFunction):
        return activation.values(z)
    if isinstance(activation, Operation):
        return np.asarray(activation(z), dtype=np.float64)
    return np.array([activate(activation, Value(number)).data for number in z.ravel()]).reshape(z.shape)


def slope_at(activation: Activation, z: Array) -> Array:
    """σ′(z), of the shape of z. Raises ValueError for softmax, which has a Jacobian in its place.

    >>> slope_at("sigmoid", np.array([0.0]))
    array([0.25])
    """
    if activation == SOFTMAX:
        raise ValueError("softmax couples its neurons: it has no σ′(z) of one neuron; use through_activation")
    if isinstance(activation, str):
        return SLOPES[activation](z) if activation in SLOPES else slope_at(ACTIVATIONS[activation], z)
    if isinstance(activation, LayerFunction):
        return activation.slopes(z)
    return np.array([_slope_of_own(activation, number) for number in z.ravel()]).reshape(z.shape)


def times_slope(gradient: Array, slope: Array) -> Array:
    """gradient ⊙ σ′(z), of one shape; where σ′ is 0, as of relu at z ≤ 0, it is 0 whatever arrives.

    >>> times_slope(np.array([2.0, np.inf]), np.array([0.25, 0.0]))
    array([0.5, 0. ])
    """
    selected: Array = np.where(slope == 0, 0.0, gradient) * slope
    return selected


def couples(activation: Activation) -> bool:
    """Whether σ couples the neurons of its layer, as softmax does: then σ′ is a Jacobian.

    >>> couples("softmax"), couples("tanh")
    (True, False)
    """
    return activation == SOFTMAX or (isinstance(activation, LayerFunction) and activation.couples)


def through_activation(activation: Activation, gradient: Array, z: Array) -> Array:
    """∂C/∂z from ∂C/∂a: gradient ⊙ σ′(z), or Jᵀ gradient for softmax, whose J is diag(a) − a aᵀ.

    All of shape (n,) or (n, N). Source: document 000, equation 1, before all but j = i is dropped.

    >>> through_activation("softmax", np.array([1.0, 0.0]), np.array([0.0, 0.0]))
    array([ 0.25, -0.25])
    """
    if isinstance(activation, LayerFunction) and activation.couples:
        return activation.through(gradient, z)
    if activation != SOFTMAX:
        return times_slope(gradient, slope_at(activation, z))
    a = softmax(z)
    through: Array = a * (gradient - (a * gradient).sum(axis=0))
    return through


def _slope_of_own(activation: Activation, number: float) -> float:
    z = Value(number)
    return grad(activate(activation, z), [z])[0].data


def cost_gradient_of(loss: LossFunction, outputs: Array, target: Targets) -> Array:
    """∂Cₙ/∂aᴸ of one example, shape (n_L,), from the outputs aᴸ, shape (n_L,), and a target.

    >>> from nn import squared_error
    >>> cost_gradient_of(squared_error, np.array([3.0]), 1.0)
    array([4.])
    """
    if not isinstance(loss, Loss):
        nodes, cost = _recorded(loss, outputs, target)
        return np.array([gradient.data for gradient in grad(cost, nodes)])
    if loss.targets == "classes" and np.ndim(target) == 0:
        target = one_hot(target, len(outputs))
    return loss.gradient(outputs, as_floats(target).reshape(outputs.shape))


def cost_of(loss: LossFunction, outputs: Array, target: Targets) -> float:
    """Cₙ, from outputs of shape (n_L,) and a target. Raises what the loss raises.

    >>> from nn import squared_error
    >>> cost_of(squared_error, np.array([3.0]), 1.0)
    4.0
    """
    return _recorded(loss, outputs, target)[1].data


def _recorded(loss: LossFunction, outputs: Array, target: Targets) -> tuple[list[Value], Value]:
    nodes = [Value(number) for number in outputs.tolist()]
    return nodes, loss(nodes[0] if len(nodes) == 1 else nodes, target)
