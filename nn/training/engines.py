"""Chooses the engine that computes gradients: the graph of every example, or a program made from one."""

from __future__ import annotations

import numpy as np

from minigrad.compiler.reading.checks import checked_dtype
from nn.loss_rows import Loss, LossFunction
from nn.mlp import MLP
from nn.module import Module
from nn.training.compiled import CompiledEngine, is_compilable
from nn.training.examples import Examples
from nn.training.gradients import Engine, ScalarEngine


def make_engine(
    engine: str | None,
    model: Module,
    loss: LossFunction,
    examples: Examples,
    dtype: str = "float64",
    weighted: bool = False,
) -> Engine:
    """The engine for a model and a loss: "scalar", "compiled", or None for the fastest possible.

    "compiled" needs a recording that is valid for all examples (`nn.training.compiled.is_compilable`). Raises
    ValueError if it is not, for an unknown name or dtype, and for float32 in the scalar engine.

    >>> from nn import squared_error
    >>> examples = Examples(np.array([[1.0]]), [0.0])
    >>> make_engine("scalar", MLP(1, [1]), squared_error, examples).__class__.__name__
    'ScalarEngine'
    >>> make_engine(None, MLP(1, [1]), squared_error, examples).__class__.__name__
    'CompiledEngine'
    """
    if engine not in (None, "scalar", "compiled"):
        raise ValueError(f'unknown engine {engine!r}; use "compiled" or "scalar"')
    checked_dtype(dtype)
    compilable = is_compilable(model, loss)
    if engine == "compiled" and not compilable:
        raise ValueError(
            "the compiled engine records one example for all, and a function of your own may branch on data: "
            'use a loss of nn, or one made with @nn.loss, and activations by name, or engine="scalar"'
        )
    if engine == "scalar" or not compilable:
        if dtype != "float64":
            raise ValueError(f"fit: the scalar engine computes with Python's floats, in float64, not {dtype}")
        return ScalarEngine(model, loss)
    assert isinstance(model, MLP)  # is_compilable says so, and the next
    assert isinstance(loss, Loss)
    return _compiled(model, loss, examples, dtype, weighted)


def _compiled(model: MLP, loss: Loss, examples: Examples, dtype: str, weighted: bool) -> Engine:
    """A compiled engine, made of the first example, or of zeros if it is outside the loss's domain."""
    zeros = Examples(np.zeros((1, model.sizes[0])), [[0.0] * model.sizes[-1]])
    for example in (examples[[0]], zeros):
        try:
            return CompiledEngine(model, loss, example, dtype, weighted)
        except (ArithmeticError, ValueError):
            continue
    return ScalarEngine(model, loss)
