"""Computes the predictions of a model, their cost and their accuracy.

Outputs are an array of shape (N, n_L), with an example in each row; targets are N numbers, labels, or rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from minigrad import Value
from nn.arrays import as_floats
from nn.delta.derivatives import activated
from nn.layer import Layer
from nn.loss_rows import LossFunction, Targets, checked_loss
from nn.losses import mean
from nn.mlp import MLP
from nn.module import Module, check_model
from nn.training.gradients import Inputs, is_plain, numbers_of

Array = NDArray[np.float64]
ENTRIES = 1_000_000  # of one layer's activations at a time, 8 MB
FEW_WEIGHTS = 20_000  # arrays of more are not kept: to make them takes little beside computing with them
_LATEST: list[tuple[Any, list[tuple[Array, Array]]]] = [(None, [])]
Metric = Callable[[Array, Sequence[Targets]], float]


def predict(model: Module, inputs: Inputs) -> Array:
    """The outputs for N examples, `inputs` of shape (N, n_0): shape (N, n_L).

    An `MLP` with activations by name is computed in NumPy, aˡ = σ(Wˡ aˡ⁻¹ + bˡ) of all examples at once, and
    any other model example by example.

    >>> from nn import MLP
    >>> predict(MLP(1, [1], initial=[[[2.0]]]), [[1.0], [3.0]])
    array([[2.],
           [6.]])
    """
    x = np.asarray(inputs)
    if is_plain(model) and x.shape[1:] == model.sizes[:1] and x.dtype.kind in "fiub":
        arrays = _arrays_of(model)
        if (count := len(x) * max(model.sizes) // ENTRIES) <= 1:
            return _forward(model.layers, arrays, x)
        return np.concatenate([_forward(model.layers, arrays, part) for part in np.array_split(x, count)])
    check_model("predict", model)
    if not isinstance(inputs, (np.ndarray, Iterable)):
        raise TypeError(f"predict: give examples, shape (N, n_0), not {inputs!r:.40}")
    if x.ndim == 1 and len(x) and isinstance(model, MLP):
        each = f"examples of {model.sizes[0]} numbers each"
        raise ValueError(f"predict: give {each}; for one, predict(model, [x])")
    return np.array([numbers_of(model(x)) for x in inputs])  # type: ignore[operator]  # it has a forward pass


def _forward(layers: Sequence[Layer], arrays: Iterable[tuple[Array, Array]], x: Array) -> Array:
    """The outputs of N examples, shape (N, n_L)."""
    a = x.T
    for layer, (weights, biases) in zip(layers, arrays):
        z = weights @ a
        z += biases
        a = activated(layer.activation, z)
    return a.T


def _arrays_of(model: MLP) -> list[tuple[Array, Array]]:
    """W, shape (n_out, n_in), and b, shape (n_out, 1), of each layer: those of the last call if none changed.

    To read all numbers and compare them takes a fraction of the time that making arrays of them takes.
    """
    neurons = [neuron for layer in model.layers for neuron in layer.neurons]
    weights = [weight.data for neuron in neurons for weight in neuron.w]
    biases = [0.0 if neuron.b is None else neuron.b.data for neuron in neurons]
    numbers = model.sizes, weights, biases
    known, arrays = _LATEST[0]
    if numbers != known:
        counts = [(n_out * n_in, n_out) for n_in, n_out in pairwise(model.sizes)]
        ends = np.cumsum(counts, axis=0)[:-1].T
        flat = (np.split(np.array(each, np.float64), at) for each, at in zip((weights, biases), ends))
        arrays = [(w.reshape(len(b), -1), b[:, None]) for w, b in zip(*flat)]
        if len(weights) <= FEW_WEIGHTS:
            _LATEST[0] = numbers, arrays
    return arrays


def mean_cost(model: Module, inputs: Inputs, targets: Sequence[Targets], loss: LossFunction) -> Value:
    """C = 1/N Σₙ Cₙ over N examples, as one graph. Raises ValueError unless each has one target.

    >>> from nn import MLP, squared_error
    >>> mean_cost(MLP(1, [1], initial=[[[2.0]]]), [[1.0], [3.0]], [0.0, 0.0], squared_error).data
    20.0
    """
    check_model("mean_cost", model)
    checked_loss(loss, "mean_cost")
    if len(inputs) != len(targets):
        raise ValueError(f"mean_cost: {len(inputs)} examples need as many targets, not {len(targets)}")
    outputs = [model(x) for x in inputs]  # type: ignore[operator]  # a Module with a forward pass
    return mean([loss(output, y) for output, y in zip(outputs, targets)])


def accuracy(outputs: ArrayLike, targets: Sequence[Targets], threshold: float | None = None) -> float:
    """The share of N examples whose class is right, 0 … 1; outputs of shape (N, n_L), or (N,) for n_L = 1.

    With several outputs, the predicted class is the index of the largest. The target is a label 0 … n_L − 1,
    or a row whose largest entry is that of the class. A single output is compared with a threshold, by
    default halfway between the two values of the targets (0 for −1 and 1; ½ for 0 and 1); for logits give 0.
    Raises ValueError for a single output and targets of more than two values, or unless there are as many
    targets as rows of outputs; TypeError for a model in place of its outputs.

    >>> accuracy(np.array([[0.2], [0.9]]), [0, 1])
    1.0
    >>> accuracy(np.array([[0.2, 0.8], [0.7, 0.3]]), [1, 1])
    0.5
    """
    if isinstance(outputs, Module):
        raise TypeError("accuracy: it takes outputs, not a model: nn.accuracy(nn.predict(model, X), y)")
    outputs, wanted = as_floats(outputs), as_floats(targets)
    if outputs.ndim == 1:
        outputs = outputs[:, np.newaxis]
    if outputs.ndim != 2 or not len(outputs) or len(outputs) != len(np.atleast_1d(wanted)):
        raise ValueError(
            f"accuracy: the outputs are N rows, and the targets N; not {outputs.shape} and {wanted.shape}"
        )
    if outputs.shape[1] > 1:
        labels = wanted.argmax(axis=1) if wanted.ndim == 2 and wanted.shape[1] > 1 else wanted.ravel()
        return float(np.mean(outputs.argmax(axis=1) == labels))
    wanted = wanted.ravel()
    if threshold is None:
        threshold = (wanted.min() + wanted.max()) / 2 if wanted.min() < wanted.max() else 0.5
    if len(np.unique(wanted)) > 2:
        raise ValueError("accuracy: one output tells two classes apart; the targets take more values")
    return float(np.mean((outputs[:, 0] > threshold) == (wanted > threshold)))
