"""Gradient descent: w ← w − ε ∂C/∂w until the termination condition is met (document 001).

Glossary: an epoch is one update with the gradient of the mean cost over all examples; ε is the learning
rate; patience is the number of epochs without progress after which training ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from minigrad import Value
from nn.losses import Loss, Targets, mean, squared_error
from nn.mlp import MLP


@dataclass
class History:
    """What a training run went through: the cost before each update, and why it ended."""

    cost: list[float] = field(default_factory=list)
    stopped: str = ""


def mean_cost(
    model: MLP, inputs: Sequence[Sequence[float]], targets: Sequence[Targets], loss: Loss = squared_error
) -> Value:
    """C = 1/N Σₙ Cₙ over the examples, as one graph. Raises ValueError unless each has one target."""
    if len(inputs) != len(targets):
        raise ValueError(f"mean_cost: {len(inputs)} examples need as many targets, not {len(targets)}")
    return mean([loss(model(x), y) for x, y in zip(inputs, targets)])


def descend(parameters: Sequence[Value], learning_rate: float) -> None:
    """One update: w ← w − ε ∂C/∂w, b ← b − ε ∂C/∂b (document 002, section 4)."""
    for parameter in parameters:
        parameter.data -= learning_rate * parameter.grad


def fit(
    model: MLP,
    inputs: Sequence[Sequence[float]],
    targets: Sequence[Targets],
    *,
    loss: Loss = squared_error,
    learning_rate: float = 0.5,
    epochs: int = 200,
    patience: int = 30,
    tolerance: float = 1e-3,
    gradient_tolerance: float = 0.0,
    on_epoch: Callable[[int, float], None] | None = None,
) -> History:
    """Train by plain gradient descent on all examples at once.

    It ends after `epochs` updates, or when the cost has not fallen by `tolerance` (relative to the lowest so
    far) for `patience` epochs, or when ‖∇C‖ ≤ `gradient_tolerance`. `on_epoch(epoch, cost)` is called with
    the cost before each update.

    Raises ValueError for a learning rate that is not positive, or examples that do not fit.
    """
    if not learning_rate > 0:
        raise ValueError(f"fit: the learning rate must be > 0, not {learning_rate}")
    history = History(stopped=f"all {epochs} epochs done")
    parameters = model.parameters()
    lowest, best_epoch = math.inf, 0
    for epoch in range(1, epochs + 1):
        cost = mean_cost(model, inputs, targets, loss)
        model.zero_grad()
        cost.backward()
        history.cost.append(cost.data)
        if on_epoch is not None:
            on_epoch(epoch, cost.data)
        if cost.data < lowest * (1.0 - tolerance):
            lowest, best_epoch = cost.data, epoch
        if epoch - best_epoch >= patience:
            history.stopped = f"no progress for {patience} epochs"
            break
        if math.hypot(*(parameter.grad for parameter in parameters)) <= gradient_tolerance:
            history.stopped = f"‖∇C‖ ≤ {gradient_tolerance}"
            break
        descend(parameters, learning_rate)
    return history
