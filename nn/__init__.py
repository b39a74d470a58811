"""Networks made of Values: neurons, layers, multilayer perceptrons, and their δ.

>>> from nn import MLP
>>> model = MLP(4, [2, 2, 1], activation="sigmoid", seed=0)
>>> model([0.1, 0.2, 0.3, 0.4])  # doctest: +ELLIPSIS
Value(...)
"""

from importlib.util import find_spec

try:
    from minigrad import neighbours as neighbours

    neighbours.check_neighbour("minigrad")  # an installed package may be found in part behind one's own
except ImportError as error:
    _found = getattr(find_spec("minigrad"), "origin", None)
    raise ImportError(f"nn needs the package minigrad; Python finds {_found}: rename that file") from error

# By topic, several names a line.
# isort: off
# fmt: off
from nn.module import Module
from nn.activations import ACTIVATIONS, softmax
from nn.initializers import INITIALIZERS
from nn.neuron import Neuron
from nn.layer import Layer
from nn.mlp import MLP
from nn.loss_rows import Loss, loss
from nn.losses import half_squared_error, l2_penalty, mean, squared_error
from nn.losses import binary_cross_entropy, cross_entropy
from nn.losses import binary_cross_entropy_on_logits, cross_entropy_on_logits
from nn.training import SGD, Adam, History, Optimizer, accuracy, fit, mean_cost, predict
from nn.delta import equations as equations, formulas as formulas, notation as notation
from nn.delta.notation import Notation
from nn.delta.tracing import Trace, trace
from nn.delta.batches import BatchTrace, Ledger, trace_batch
from nn.exchange import TorchTrace, from_sklearn, from_torch, load, save, to_sklearn, to_torch, trace_torch
from nn import debugging as debugging  # adds its commands to the debugger's prompt

__all__ = [
    "MLP", "Layer", "Neuron", "Module", "ACTIVATIONS", "INITIALIZERS", "softmax",
    "squared_error", "half_squared_error", "binary_cross_entropy", "binary_cross_entropy_on_logits",
    "cross_entropy", "cross_entropy_on_logits", "mean", "l2_penalty", "Loss", "loss",
    "fit", "History", "Optimizer", "SGD", "Adam", "predict", "mean_cost", "accuracy",
    "Notation", "trace", "Trace", "trace_batch", "BatchTrace", "Ledger", "trace_torch", "TorchTrace",
    "save", "load", "to_torch", "from_torch", "to_sklearn", "from_sklearn",
]
