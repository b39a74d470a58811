"""Networks made of Values: neurons, layers, multilayer perceptrons, and their δ.

>>> from nn import MLP
>>> model = MLP(4, [2, 2, 1], activation="sigmoid", seed=0)
>>> model([0.1, 0.2, 0.3, 0.4])  # doctest: +ELLIPSIS
Value(...)
"""

from nn import debugging as debugging  # adds its commands to the debugger's prompt
from nn.layer import Layer
from nn.losses import mean, squared_error
from nn.mlp import MLP
from nn.module import Module
from nn.neuron import ACTIVATIONS, Neuron
from nn.tracing import Trace, trace
from nn.training import History, fit

__all__ = [
    "ACTIVATIONS",
    "History",
    "Layer",
    "MLP",
    "Module",
    "Neuron",
    "Trace",
    "fit",
    "mean",
    "squared_error",
    "trace",
]
