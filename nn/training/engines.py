"""Two ways to one gradient: walk the graph of every example, or run a program made of the graph of one."""

from __future__ import annotations

from nn.costs import Loss, LossFunction
from nn.mlp import MLP
from nn.module import Module
from nn.training.compiled import CompiledEngine, is_compilable
from nn.training.gradients import Engine, ScalarEngine


def make_engine(engine: str | None, model: Module, loss: LossFunction, penalty: float = 0.0) -> Engine:
    """What computes gradients for a model, a loss and a penalty λ: "scalar", "compiled", or None for either.

    None compiles where one recording stands for all examples (`nn.training.compiled.is_compilable`). Raises
    ValueError for an unknown name, or "compiled" where it does not.

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
