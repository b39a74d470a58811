"""`Engine`: the mean cost of a batch, and its gradient as a flat vector; `ScalarEngine` walks the graphs.

The cost of N examples is C = Σₙ wₙ Cₙ / Σₙ wₙ; without weights, wₙ = 1, that is 1/N Σₙ Cₙ.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from minigrad import Operation, Value
from nn.delta.tracing import Trace
from nn.loss_rows import LossFunction, checked_cost
from nn.mlp import MLP
from nn.module import Module
from nn.training.examples import Examples

Array = NDArray[np.float64]
Inputs = Sequence[Sequence[float]]


@dataclass
class BatchResult:
    """The mean cost of a batch, its gradient, its outputs and δ.

    `gradient` has shape (P,), in the order of the engine's vector; `outputs` shape (N, n_L). `count` is
    Σₙ wₙ. For a network of layers `scale · squares[l]` is Σₙ wₙ (δˡₙ)² over the batch, neuron by neuron,
    shape (n_l,); where a program does not hold a layer as one array it is the sum of them, shape (1,).

    >>> BatchResult(0.5, np.zeros(1), np.zeros((2, 1)), 2.0, {1: np.ones(1)}, scale=4.0).delta_squares
    {1: array([4.])}
    """

    cost: float
    gradient: Array
    outputs: Array
    count: float
    squares: dict[int, Array] = field(default_factory=dict)
    scale: float = 1.0

    @property
    def delta_squares(self) -> dict[int, Array]:
        """Σₙ wₙ (δˡₙ)² by layer."""
        return {l: self.scale * squares for l, squares in self.squares.items()}


class Engine(ABC):
    """Computes costs and gradients of a model from its P parameters as a flat vector.

    Training changes `vector` in place, shape (P,); the Values are written by `store`, when somebody looks.
    The methods take a batch, which is made of prepared examples by [numbers], or by [:] of all of them.

    >>> from nn import squared_error
    >>> engine = ScalarEngine(MLP(1, [1], initial=[[[2.0]]]), squared_error)
    >>> engine.vector[...] = [3.0, 0.5]
    >>> engine.store()
    >>> [parameter.data for parameter in engine.parameters]
    [3.0, 0.5]
    """

    parameters: list[Value]
    vector: Array

    @abstractmethod
    def prepare(self, examples: Examples) -> Any:
        """The examples in the form that the engine computes with."""

    @abstractmethod
    def gradient(self, batch: Any) -> BatchResult:
        """The cost of a batch, and its gradient."""

    @abstractmethod
    def evaluate(self, batch: Any, with_outputs: bool) -> tuple[float, Array]:
        """The cost of a batch, and its outputs, shape (N, n_L), which may be left empty."""

    def load(self) -> None:
        """Copy the numbers of the Values into the vector."""
        self.vector[...] = [parameter.data for parameter in self.parameters]

    def store(self, gradient: Array | None = None) -> None:
        """Copy the vector into the Values, and a gradient, if there is one, into their `grad`."""
        for parameter, number in zip(self.parameters, self.vector.tolist()):
            parameter.data = number
        if gradient is not None:
            for parameter, number in zip(self.parameters, gradient.tolist()):
                parameter.grad = number
                parameter.has_gradient = True


class ScalarEngine(Engine):
    """Records the scalar graph of each example, and goes backward through it.

    >>> from nn import squared_error
    >>> engine = ScalarEngine(MLP(1, [1], initial=[[[2.0]]]), squared_error)
    >>> result = engine.gradient(Examples(np.array([[1.0], [3.0]]), [0.0, 0.0]))
    >>> result.cost, result.gradient.tolist()
    (20.0, [20.0, 8.0])
    """

    def __init__(self, model: Module, loss: LossFunction) -> None:
        self.model, self.loss = model, loss
        self.parameters = all_parameters(model)
        self.vector = np.array([parameter.data for parameter in self.parameters])

    def prepare(self, examples: Examples) -> Examples:
        """The examples as they are."""
        return examples

    def gradient(self, batch: Examples) -> BatchResult:
        """The cost of N examples, and its gradient, from the graph of each."""
        self.store(np.zeros(len(self.parameters)))
        total, count, outputs = 0.0, batch.count, []
        delta_squares: dict[int, Array] = {}
        for x, y, w in batch:
            output, z = forward(self.model, x)
            cost = checked_cost(self.loss(output, y), self.loss)
            cost = cost if w == 1.0 else w * cost
            cost.backward()
            total += cost.data
            outputs.append(numbers_of(output))
            for l, nodes in enumerate(z[1:], start=1):
                squares = np.array([node.grad * node.grad for node in nodes]) / w
                delta_squares[l] = delta_squares.get(l, 0.0) + squares
        gradient = np.array([parameter.grad for parameter in self.parameters]) / count
        return BatchResult(total / count, gradient, np.array(outputs), count, delta_squares)

    def evaluate(self, batch: Examples, with_outputs: bool) -> tuple[float, Array]:
        """The cost of N examples and their outputs, from one forward pass each."""
        self.store()
        total, outputs = 0.0, []
        for x, y, w in batch:
            output = self.model(x)  # type: ignore[operator]  # a Module to be trained is callable
            total += w * checked_cost(self.loss(output, y), self.loss).data
            outputs.append(numbers_of(output))
        return total / batch.count, np.array(outputs)


def is_plain(model: object) -> TypeGuard[MLP]:
    """Whether every layer of an `MLP` computes a = σ(W a + b), with a σ that has a name or is an operation.

    >>> is_plain(MLP(1, [1])), is_plain(MLP(1, [1], output_activation=lambda z: z * z))
    (True, False)
    """
    if not isinstance(model, MLP) or model.stray:
        return False
    for layer in model.layers:  # noqa: SIM110  # `predict` asks each time, and a generator takes longer
        if not isinstance(layer.activation, (str, Operation)):
            return False
    return True


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


def all_parameters(model: Module) -> list[Value]:
    """The parameters of a model, also those that a network of your own does not list, to freeze them.

    >>> class Frozen(MLP):
    ...     def parameters(self):
    ...         return self.layers[-1].parameters()
    >>> model = Frozen(2, [3, 1])
    >>> len(model.parameters()), len(all_parameters(model))
    (4, 13)
    """
    if type(model).parameters is MLP.parameters:
        return model.parameters()
    unlisted = MLP.parameters(model) if isinstance(model, MLP) else []
    return list(dict.fromkeys([*model.parameters(), *unlisted]))


def penalised(model: Module) -> list[Value]:
    """The parameters that a penalty acts on: the weights of an MLP, without the biases; else all.

    >>> len(penalised(MLP(2, [3, 1])))
    9
    """
    if isinstance(model, MLP):
        return [weight for layer in model.layers for neuron in layer.neurons for weight in neuron.w]
    return model.parameters()
