"""`CompiledEngine`: gradients for `fit` from a compiled program.

The cost of one example is recorded once, compiled with `minigrad.compile`, and run on batches. Except for
rounding, the numbers are those of `ScalarEngine`. The inputs have an example in each row; z, a and δ, of
shape (n_l, N), have one in each column.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import minigrad
from minigrad import Value
from minigrad.compiler import Program
from nn.arrays import as_floats
from nn.delta.derivatives import activated, through_activation
from nn.loss_rows import Loss, LossFunction, Targets, one_hot
from nn.losses import l2_penalty
from nn.mlp import MLP
from nn.training.gradients import BatchResult, Inputs, ScalarEngine, penalised

Array = NDArray[np.float64]


def is_compilable(model: object, loss: LossFunction) -> bool:
    """Whether one recording is valid for all examples: an `MLP` and a `Loss` row, with activations by name.

    A function of your own may contain an `if`, of which a recording has only the branch that was taken.

    >>> from nn import squared_error
    >>> is_compilable(MLP(1, [1]), squared_error), is_compilable(MLP(1, [1]), lambda a, y: (a - y) ** 4)
    (True, False)
    """
    if not isinstance(model, MLP) or model.stray or not isinstance(loss, Loss):
        return False
    return all(isinstance(layer.activation, str) for layer in model.layers)


class CompiledEngine:
    """Computes the mean cost of a batch, and the `grad` of every parameter, with a compiled program.

    Called with N examples and targets, it returns a `BatchResult`, as `ScalarEngine` does. The program is
    made at the first call. A batch with an operand outside the domain of an operation is computed by
    `ScalarEngine`, in which a loss may leave out a term with the factor 0, as in 0 · log 0; if it does not,
    the engine raises its error.

    >>> from nn import squared_error
    >>> model = MLP(1, [1], initial=[[[2.0]]])
    >>> CompiledEngine(model, squared_error)([[1.0], [3.0]], [0.0, 0.0]).cost
    20.0
    >>> [parameter.grad for parameter in model.parameters()]
    [20.0, 8.0]
    """

    def __init__(self, model: MLP, loss: Loss, penalty: float = 0.0) -> None:
        self.model, self.loss, self.penalty = model, loss, penalty
        self.program: Program | None = None

    def __call__(self, inputs: Inputs, targets: Sequence[Targets]) -> BatchResult:
        """One batch: inputs (N, n_0), N targets."""
        x = as_floats(inputs)
        y = self._target_rows(targets)
        self.model.zero_grad()
        try:
            if self.program is None:
                self.program = self._compile(x[0], y[0])
            cost = self.program.backward(np.hstack([x, y]))
        except (ValueError, ArithmeticError):  # an operand was outside a domain, at least for one example
            return ScalarEngine(self.model, self.loss, self.penalty)(inputs, targets)
        outputs, delta_squares = self._seen_on_the_way(x.T, y.T)
        return BatchResult(cost, outputs, delta_squares)

    def _compile(self, x: Array, y: Array) -> Program:
        inputs = self.model.inputs(x.tolist())
        targets = [Value(number, label="y") for number in y.tolist()]
        cost = self.loss(self.model(inputs), targets)
        if self.penalty:
            cost = cost + l2_penalty(penalised(self.model), self.penalty)
        return minigrad.compile(cost, inputs=[*inputs, *targets], parameters=self.model.parameters())

    def _target_rows(self, targets: Sequence[Targets]) -> Array:
        """Targets as an array (N, n_L); the label of a class becomes 1 for it and 0 for the others."""
        n_outputs = self.model.sizes[-1]
        is_label = [self.loss.targets == "classes" and np.ndim(y) == 0 for y in targets]
        rows: list[Any] = [one_hot(y, n_outputs) if is_label[n] else y for n, y in enumerate(targets)]
        return as_floats(rows).reshape(len(rows), n_outputs)

    def _seen_on_the_way(self, x: Array, y: Array) -> tuple[Array, dict[int, float]]:
        """The outputs (N, n_L) and Σₙ ‖δˡₙ‖² of each layer, by the four equations, for the history."""
        layers = self.model.layers
        weights = [np.array([[w.data for w in n.w] for n in layer.neurons]) for layer in layers]
        biases = [np.array([[0.0 if n.b is None else n.b.data] for n in layer.neurons]) for layer in layers]
        z, a = [], x
        for W, b, layer in zip(weights, biases, layers):
            z.append(W @ a + b)
            a = activated(layer.activation, z[-1])
        delta = through_activation(layers[-1].activation, self.loss.gradient(a, y), z[-1])
        squares = {len(layers): float(np.sum(delta**2))}
        for l in range(len(layers) - 1, 0, -1):
            delta = through_activation(layers[l - 1].activation, weights[l].T @ delta, z[l - 1])
            squares[l] = float(np.sum(delta**2))
        return a.T, squares
