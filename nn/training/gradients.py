"""`ScalarEngine`: the mean cost of a batch and its gradient, from the graph of each example.

The cost of a batch of N examples is C = 1/N Σₙ Cₙ + penalty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad import Value
from nn.delta.tracing import Trace
from nn.loss_rows import LossFunction, Targets, checked_cost
from nn.losses import l2_penalty
from nn.mlp import MLP
from nn.module import Module

Array = NDArray[np.float64]
Inputs = Sequence[Sequence[float]]


@dataclass
class BatchResult:
    """The mean cost of a batch, its outputs and δ; the gradient is in the `grad` of the parameters.

    `outputs` has shape (N, n_L); `delta_squares[l]` is Σₙ ‖δˡₙ‖² over the batch, for a network of layers.

    >>> BatchResult(cost=0.5, outputs=np.zeros((2, 1))).delta_squares
    {}
    """

    cost: float
    outputs: Array
    delta_squares: dict[int, float] = field(default_factory=dict)


Engine = Callable[[Inputs, Sequence[Targets]], BatchResult]


class ScalarEngine:
    """Records the scalar graph of each example, and goes backward through it.

    Called with N examples and targets, it sets the `grad` of every parameter to ∂C/∂w, and returns a
    `BatchResult`.

    >>> from nn import squared_error
    >>> model = MLP(1, [1], initial=[[[2.0]]])
    >>> ScalarEngine(model, squared_error)([[1.0], [3.0]], [0.0, 0.0]).cost
    20.0
    >>> [parameter.grad for parameter in model.parameters()]
    [20.0, 8.0]
    """

    def __init__(self, model: Module, loss: LossFunction, penalty: float = 0.0) -> None:
        self.model, self.loss, self.penalty = model, loss, penalty
        self.parameters = model.parameters()

    def __call__(self, inputs: Inputs, targets: Sequence[Targets]) -> BatchResult:
        """One batch: inputs (N, n_0), N targets."""
        self.model.zero_grad()
        total, outputs = 0.0, []
        delta_squares: dict[int, float] = {}
        for x, y in zip(inputs, targets, strict=True):
            output, z = forward(self.model, x)
            cost = checked_cost(self.loss(output, y), self.loss)
            cost.backward()
            total += cost.data
            outputs.append(numbers_of(output))
            for l, nodes in enumerate(z[1:], start=1):
                square = sum(node.grad * node.grad for node in nodes)
                delta_squares[l] = delta_squares.get(l, 0.0) + square
        count = len(outputs)
        for parameter in self.parameters:
            parameter.grad /= count
        return BatchResult(total / count + self._penalise(), np.array(outputs), delta_squares)

    def _penalise(self) -> float:
        """Add the gradient of λ/2 Σ w² to that of the weights; it is not part of the recursion."""
        if self.penalty == 0:
            return 0.0
        term = l2_penalty(penalised(self.model), self.penalty)
        term.backward()
        return term.data


def forward(model: Module, x: Sequence[float]) -> tuple[Any, list[list[Value]]]:
    """The output for one example, and z of every layer ([] for a model that is not an MLP).

    >>> output, z = forward(MLP(2, [3, 1], seed=0), [1.0, 2.0])
    >>> [len(layer) for layer in z]
    [0, 3, 1]
    """
    if isinstance(model, MLP) and not model.stray:
        trace = Trace(model, x)
        return trace.output, trace.z
    return model(x), []  # type: ignore[operator]  # a Module to be trained is callable


def numbers_of(output: Any) -> list[float]:
    """The numbers of an output, which is a Value or a list of n_L of them.

    >>> numbers_of(Value(2.0)), numbers_of([Value(2.0), Value(3.0)])
    ([2.0], [2.0, 3.0])
    """
    return [node.data for node in ([output] if isinstance(output, Value) else output)]


def penalised(model: Module) -> list[Value]:
    """The parameters that a penalty acts on: the weights of an MLP, without the biases; else all.

    >>> len(penalised(MLP(2, [3, 1])))
    9
    """
    if isinstance(model, MLP):
        return [weight for layer in model.layers for neuron in layer.neurons for weight in neuron.w]
    return model.parameters()
