"""Networks made of Values: neurons, layers, multilayer perceptrons, and their δ.

>>> from nn import MLP
>>> model = MLP(4, [2, 2, 1], activation="sigmoid", seed=0)
>>> model([0.1, 0.2, 0.3, 0.4])  # doctest: +ELLIPSIS
Value(...)
"""

from nn import debugging as debugging  # adds its commands to the debugger's prompt
from nn.activations import ACTIVATIONS, softmax
from nn.costs import Loss, loss
from nn.delta import equations as equations
from nn.delta import notation as notation
from nn.delta.batches import BatchTrace, Ledger, trace_batch
from nn.delta.tracing import Trace, trace
from nn.exchange.files import from_sklearn, load, save, to_sklearn
from nn.exchange.torch_exchange import from_torch, to_torch
from nn.exchange.torch_tracing import TorchTrace, trace_torch
from nn.initializers import INITIALIZERS
from nn.layer import Layer
from nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_on_logits,
    cross_entropy,
    cross_entropy_on_logits,
    half_squared_error,
    l2_penalty,
    mean,
    squared_error,
)
from nn.mlp import MLP
from nn.module import Module
from nn.neuron import Neuron
from nn.training.descent import fit
from nn.training.history import History
from nn.training.metrics import accuracy, mean_cost, predict
from nn.training.optimizers import SGD, Adam, Optimizer

__all__ = [
    # networks
    "MLP",
    "Layer",
    "Neuron",
    "Module",
    "ACTIVATIONS",
    "INITIALIZERS",
    "softmax",
    # losses
    "squared_error",
    "half_squared_error",
    "binary_cross_entropy",
    "binary_cross_entropy_on_logits",
    "cross_entropy",
    "cross_entropy_on_logits",
    "mean",
    "l2_penalty",
    "Loss",
    "loss",
    # training
    "fit",
    "History",
    "Optimizer",
    "SGD",
    "Adam",
    "predict",
    "mean_cost",
    "accuracy",
    # traces
    "trace",
    "Trace",
    "trace_batch",
    "BatchTrace",
    "Ledger",
    "trace_torch",
    "TorchTrace",
    # exchange
    "save",
    "load",
    "to_torch",
    "from_torch",
    "to_sklearn",
    "from_sklearn",
]
