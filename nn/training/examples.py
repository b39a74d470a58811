"""Checks the examples of a training run, before anything is changed.

`inputs` has the shape (N, n_0), with an example in each row; `targets` has N entries.
"""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np

from nn.activations import SOFTMAX
from nn.arrays import as_floats
from nn.loss_rows import Loss, LossFunction, Targets, name_of
from nn.mlp import MLP
from nn.module import Module

Rows = list[list[float]]


def checked_examples(
    model: Module, inputs: Any, targets: Any, loss: LossFunction, where: str = "fit"
) -> tuple[Rows, list[Targets]]:
    """Inputs and targets as lists.

    Raises ValueError if there are no examples, a row has the wrong length, a target is missing, a number is
    not finite, or the loss refuses a target (the message has the number of the example, from 1); TypeError
    for what is not a number.

    >>> from nn import squared_error
    >>> checked_examples(MLP(2, [1]), np.array([[1, 2]]), np.array([0]), squared_error)
    ([[1.0, 2.0]], [0])
    """
    rows = _numbers(inputs, where)
    if len(rows) == 0:
        raise ValueError(f"{where}: there are no examples; give at least one")
    if rows.ndim != 2:
        raise ValueError(f"{where}: the inputs must have shape (examples, inputs), not {rows.shape}")
    if isinstance(model, MLP) and rows.shape[1] != model.sizes[0]:
        raise ValueError(f"{where}: the network takes {model.sizes[0]} inputs, not {rows.shape[1]}")
    bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if bad.size:
        raise ValueError(
            f"{where}: example {bad[0] + 1} has an input that is not finite: {rows[bad[0]].tolist()}"
        )
    is_coarse = isinstance(loss, Loss) and getattr(targets, "dtype", None) in (np.float16, np.float32)
    wanted = targets.tolist() if isinstance(targets, np.ndarray) and not is_coarse else list(targets)
    if len(wanted) != len(rows):
        raise ValueError(f"{where}: {len(rows)} examples need as many targets, not {len(wanted)}")
    _check_output(model, loss, where)
    _check_targets(model, wanted, loss, where)
    return rows.tolist(), wanted


def _numbers(inputs: Any, where: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        return as_floats(inputs)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"{where}: the inputs must be rows of numbers, all of one length: {error}"
        ) from None


def _check_output(model: Module, loss: LossFunction, where: str) -> None:
    """Refuses a loss on logits after a sigmoid or softmax, which would then be applied twice."""
    if not isinstance(model, MLP) or not isinstance(loss, Loss) or loss.on_probabilities is None:
        return
    output = model.layers[-1].activation
    if output in ("sigmoid", SOFTMAX):
        name, plain = name_of(loss), name_of(loss.on_probabilities)
        raise ValueError(
            f"{where}: {name} takes logits, not a {output}'s output; use {plain}, or no {output}"
        )


def _check_targets(model: Module, targets: Sequence[Targets], loss: LossFunction, where: str) -> None:
    """Read each different target as a row of `nn.losses` will, for as many outputs as there are."""
    if not isinstance(loss, Loss) or not isinstance(model, MLP):
        return  # which targets a function of your own accepts is known only when training calls it
    seen = set()
    for n, y in enumerate(targets, start=1):
        if isinstance(y, numbers.Real):
            if y in seen:
                continue
            seen.add(y)
        try:
            loss.targets_of(y, model.sizes[-1])
        except (TypeError, ValueError) as error:
            raise type(error)(f"{where}: example {n}: {error}") from None
