"""Activation functions: a = σ(z), of one neuron or, for softmax, of a whole layer.

σ acts on each neuron alone, except softmax: it couples the neurons of its layer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import minigrad
from minigrad import Value

Activation = str | Callable[[Value], Value]

SOFTMAX = "softmax"


def identity(z: Value) -> Value:
    """a = z: no node of its own, so that the last layer's a is its z, and σ′ = 1.

    >>> z = Value(2.0)
    >>> identity(z) is z
    True
    """
    return z


ACTIVATIONS: dict[str, Callable[[Value], Value]] = {
    "sigmoid": minigrad.sigmoid,
    "tanh": minigrad.tanh,
    "relu": minigrad.relu,
    "identity": identity,
    "leaky_relu": minigrad.leaky_relu,
    "elu": minigrad.elu,
    "gelu": minigrad.gelu,
    "silu": minigrad.silu,
    "softplus": minigrad.softplus,
}


def softmax(z: Sequence[Value]) -> list[Value]:
    """aⱼ = e^zⱼ / Σᵢ e^zᵢ, computed as e^(zⱼ − logsumexp(z)), which no z can overflow. Source: Bridle (1990).

    z and a have n Values each; the a are positive and add up to 1.

    >>> [round(a.data, 9) for a in softmax([Value(1000.0), Value(1000.0)])]
    [0.5, 0.5]
    """
    logarithm_of_sum = minigrad.logsumexp(z)
    return [(z_j - logarithm_of_sum).exp() for z_j in z]


def checked_activation(activation: Activation) -> Activation:
    """The activation, if it can be one. Raises ValueError for an unknown name, TypeError for anything else.

    >>> checked_activation("tanh")
    'tanh'
    """
    if callable(activation):
        return activation
    if not isinstance(activation, str):
        raise TypeError(f"activation: give a name or a function of a Value, not {activation!r}")
    if activation not in ACTIVATIONS and activation != SOFTMAX:
        known = ", ".join([*ACTIVATIONS, SOFTMAX])
        raise ValueError(f"unknown activation {activation!r}; use one of {known}, or a function of a Value")
    return activation


def activation_name(activation: Activation) -> str:
    """What to call it: its name, or that of the function.

    >>> activation_name("relu"), activation_name(identity)
    ('relu', 'identity')
    """
    return activation if isinstance(activation, str) else getattr(activation, "__name__", str(activation))


def activate(activation: Activation, z: Value) -> Value:
    """a = σ(z) for one neuron.

    Raises ValueError for softmax, which needs the whole layer, TypeError if σ does not give a Value.

    >>> activate("relu", Value(-1.0)).data
    0.0
    """
    if activation == SOFTMAX:
        raise ValueError(
            "softmax acts on all neurons of a layer together: give it to a Layer, not to a Neuron"
        )
    function = ACTIVATIONS[activation] if isinstance(activation, str) else activation
    a = function(z)
    if not isinstance(a, Value):
        name = activation_name(activation)
        raise TypeError(f"activation {name}: it must return a Value, not {type(a).__name__}")
    return a
