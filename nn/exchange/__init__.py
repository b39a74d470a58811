"""Exchanges weights with files, scikit-learn and PyTorch, and traces PyTorch networks."""

from nn.exchange.files import from_sklearn, load, save, to_sklearn
from nn.exchange.torch_exchange import from_torch, to_torch
from nn.exchange.torch_tracing import TorchTrace, trace_torch

# fmt: off
__all__ = [
    "save", "load", "from_sklearn", "to_sklearn", "from_torch", "to_torch", "trace_torch", "TorchTrace",
]
