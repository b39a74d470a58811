"""Gradients as a careful person writes them in NumPy, and with other libraries, to hold programs against.

Every function takes a batch, shape (examples, inputs + targets), and returns the mean cost and the gradients.
Hidden layers are sigmoid; the loss is the squared error, or softmax with cross-entropy.
"""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Gradient = Callable[[Array], tuple[float, Any]]
Layers = Sequence[tuple[Array, Array]]  # (W, b) of each layer, W of shape (outputs, inputs), b a column


def sigmoid(z: Array) -> Array:
    """σ(z), written into one new array: temporary ones cost more than the arithmetic when they are large."""
    result = np.negative(z)
    np.exp(result, result)
    np.add(result, 1.0, result)
    return np.divide(1.0, result, result)


def in_columns(layers: Layers, softmax: bool) -> Gradient:
    """One example a column, as the documents write it: Z = W @ A + b."""
    inputs = layers[0][0].shape[1]

    def gradient(batch: Array) -> tuple[float, Any]:
        count, activations = len(batch), [batch[:, :inputs].T]
        target = batch[:, inputs:].T
        for weights, bias in layers[:-1]:
            activations.append(sigmoid(weights @ activations[-1] + bias))
        output = layers[-1][0] @ activations[-1] + layers[-1][1]
        cost, delta = _loss(output, target, count, softmax, axis=0)
        gradients = []
        for level in range(len(layers) - 1, -1, -1):
            a = activations[level]
            gradients.append((delta @ a.T, delta.sum(axis=1, keepdims=True)))
            if level:
                delta = (layers[level][0].T @ delta) * (a * (1.0 - a))
        return cost, gradients

    return gradient


def in_rows(layers: Layers, softmax: bool) -> Gradient:
    """One example a row, as most libraries keep them: Z = A @ W + b, W of shape (inputs, outputs)."""
    inputs = layers[0][0].shape[1]
    turned = [(np.ascontiguousarray(w.T), b.ravel().copy()) for w, b in layers]

    def gradient(batch: Array) -> tuple[float, Any]:
        count, activations = len(batch), [batch[:, :inputs]]
        target = batch[:, inputs:]
        for weights, bias in turned[:-1]:
            activations.append(sigmoid(activations[-1] @ weights + bias))
        output = activations[-1] @ turned[-1][0] + turned[-1][1]
        cost, delta = _loss(output, target, count, softmax, axis=1)
        gradients = []
        for level in range(len(turned) - 1, -1, -1):
            a = activations[level]
            gradients.append((a.T @ delta, delta.sum(axis=0)))
            if level:
                delta = (delta @ turned[level][0].T) * (a * (1.0 - a))
        return cost, gradients

    return gradient


def _loss(output: Array, target: Array, count: int, softmax: bool, axis: int) -> tuple[float, Array]:
    if not softmax:
        error = output - target
        return float((error * error).sum()) / count, (2.0 / count) * error
    largest = output.max(axis=axis, keepdims=True)
    powers = np.exp(output - largest)
    norm = powers.sum(axis=axis, keepdims=True)
    cost = float((np.log(norm) + largest).sum() - (target * output).sum()) / count
    return cost, (powers / norm - target) / count


def as_one_vector(gradient: Gradient) -> Gradient:
    """The same, with all gradients in one flat vector, as `scipy.optimize` and optimizers want them."""

    def flat(batch: Array) -> tuple[float, Any]:
        cost, gradients = gradient(batch)
        return cost, np.concatenate([part.ravel() for pair in gradients[::-1] for part in pair])

    return flat


def in_slices(gradient: Gradient, size: int) -> Gradient:
    """The same, some examples at a time, so that arrays stay in a cache."""

    def sliced(batch: Array) -> tuple[float, Any]:
        parts = np.array_split(batch, -(-len(batch) // size))
        total, sums = 0.0, None
        for part in parts:
            share = len(part) / len(batch)
            cost, gradients = gradient(part)
            total += share * cost
            scaled = [(share * dw, share * db) for dw, db in gradients]
            sums = scaled if sums is None else [(a + c, b + d) for (a, b), (c, d) in zip(sums, scaled)]
        return total, sums

    return sliced


# --- other libraries, those that are installed -----------------------------------------------------------


def pytorch(layers: Layers, softmax: bool) -> Gradient | None:
    """PyTorch's eager mode, float64, one thread."""
    if importlib.util.find_spec("torch") is None:
        return None
    import torch

    torch.set_num_threads(1)
    inputs = layers[0][0].shape[1]
    tensors = [
        (torch.tensor(w, requires_grad=True), torch.tensor(b.ravel(), requires_grad=True)) for w, b in layers
    ]
    flat = [tensor for pair in tensors for tensor in pair]

    def gradient(batch: Array) -> tuple[float, Any]:
        data = torch.from_numpy(batch)
        a, y = data[:, :inputs], data[:, inputs:]
        for w, b in tensors[:-1]:
            a = torch.sigmoid(torch.nn.functional.linear(a, w, b))
        z = torch.nn.functional.linear(a, *tensors[-1])
        costs = torch.nn.functional.cross_entropy(z, y) if softmax else ((z - y) ** 2).sum(dim=1)
        cost = costs.mean()
        return float(cost.detach()), torch.autograd.grad(cost, flat)

    return gradient


def jax_jit(layers: Layers, softmax: bool) -> Gradient | None:
    """JAX, compiled, float64."""
    if importlib.util.find_spec("jax") is None:
        return None
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    inputs = layers[0][0].shape[1]
    parameters = [(jnp.asarray(w.T), jnp.asarray(b.ravel())) for w, b in layers]
    run = jax.jit(jax.value_and_grad(_mean_cost(jnp, softmax)))

    def gradient(batch: Array) -> tuple[float, Any]:
        cost, gradients = run(parameters, batch[:, :inputs], batch[:, inputs:])
        return float(cost), jax.block_until_ready(gradients)

    return gradient


def hips_autograd(layers: Layers, softmax: bool) -> Gradient | None:
    """HIPS autograd: NumPy, traced anew on every call."""
    if importlib.util.find_spec("autograd") is None:
        return None
    import autograd
    import autograd.numpy as anp

    inputs = layers[0][0].shape[1]
    parameters = [(np.ascontiguousarray(w.T), b.ravel().copy()) for w, b in layers]
    run = autograd.value_and_grad(_mean_cost(anp, softmax))

    def gradient(batch: Array) -> tuple[float, Any]:
        cost, gradients = run(parameters, batch[:, :inputs], batch[:, inputs:])
        return float(cost), gradients

    return gradient


def _mean_cost(xp: Any, softmax: bool) -> Callable[..., Any]:
    def cost(parameters: Any, a: Any, y: Any) -> Any:
        for w, b in parameters[:-1]:
            a = 1.0 / (1.0 + xp.exp(-(xp.dot(a, w) + b)))
        z = xp.dot(a, parameters[-1][0]) + parameters[-1][1]
        if not softmax:
            return xp.mean(xp.sum((z - y) ** 2, axis=1))
        largest = xp.max(z, axis=1, keepdims=True)
        norm = xp.log(xp.sum(xp.exp(z - largest), axis=1)) + largest[:, 0]
        return xp.mean(norm - xp.sum(y * z, axis=1))

    return cost


def micrograd(layers: Layers, softmax: bool) -> Gradient | None:
    """micrograd's own MLP of the same shape (its hidden layers are ReLU), the batch recorded in one graph."""
    if softmax or importlib.util.find_spec("micrograd") is None:
        return None
    from micrograd.nn import MLP

    random.seed(0)
    model = MLP(layers[0][0].shape[1], [w.shape[0] for w, _ in layers])
    inputs = layers[0][0].shape[1]

    def gradient(batch: Array) -> tuple[float, Any]:
        model.zero_grad()
        cost = 0.0
        for row in batch.tolist():
            cost = cost + (model(row[:inputs]) - row[inputs]) ** 2
        cost = cost * (1.0 / len(batch))
        cost.backward()
        return cost.data, [parameter.grad for parameter in model.parameters()]

    return gradient
