"""Chooses the engine that computes gradients: the graph of every example, or a program made from one."""

from __future__ import annotations

from nn.loss_rows import Loss, LossFunction
from nn.mlp import MLP
from nn.module import Module
from nn.training.compiled import CompiledEngine, is_compilable
from nn.training.gradients import Engine, ScalarEngine


def make_engine(engine: str | None, model: Module, loss: LossFunction, penalty: float = 0.0) -> Engine:
    """The engine for a model, a loss and a penalty λ: "scalar", "compiled", or None for the fastest possible.

    "compiled" needs a recording that is valid for all examples (`nn.training.compiled.is_compilable`). Raises
    ValueError if it is not, and for an unknown name.

    >>> from nn import squared_error
    >>> make_engine("scalar", MLP(1, [1]), squared_error).__class__.__name__
    'ScalarEngine'
    >>> make_engine(None, MLP(1, [1]), squared_error).__class__.__name__
    'CompiledEngine'
    """
    if engine not in (None, "scalar", "compiled"):
        raise ValueError(f'unknown engine {engine!r}; use "compiled" or "scalar"')
    compilable = is_compilable(model, loss)
    if engine == "compiled" and not compilable:
        raise ValueError(
            "the compiled engine records one example for all, and a function of your own may branch on data: "
            'use a loss of nn, or one made with @nn.loss, and activations by name, or engine="scalar"'
        )
    if engine == "scalar" or not compilable:
        return ScalarEngine(model, loss, penalty)
    assert isinstance(model, MLP)  # is_compilable says so, and the next
    assert isinstance(loss, Loss)
    return CompiledEngine(model, loss, penalty)
