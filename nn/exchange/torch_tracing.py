"""Traces a PyTorch network: its δ layer by layer, and the first tensor that is wrong.

`trace_torch(network, x, y, loss)` has the δ of a network that you train with PyTorch; `equations.report`
of it says whether the gradients are those of the four equations. A batch has its examples in columns here, in
rows in PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad.display import html_form, listed
from nn.activations import Activation
from nn.delta.rounding import Precision
from nn.exchange.torch_activations import activations_of, steps_in_words
from nn.exchange.torch_losses import mean_cost, targets_of
from nn.exchange.torch_modules import as_array, checked_network, dtype_and_device, import_torch
from nn.exchange.torch_products import unknown_products
from nn.exchange.torch_watching import Layer, left_alone, watch
from nn.loss_rows import Loss

Array = NDArray[np.float64]

CALLER = "trace_torch"


@dataclass(frozen=True)
class TracedLayer:
    """Numbers of a layer: z, a, δ and ∂Cₙ/∂a have shape (n_l,) or (n_l, N), W and b those of PyTorch.

    >>> one = np.ones(1)
    >>> TracedLayer("relu", np.ones((1, 1)), one, 2 * one, 2 * one, one, one, np.ones((1, 1)), one).z
    array([2.])
    """

    sigma: Activation
    W: Array
    b: Array
    z: Array
    a: Array
    delta: Array
    a_gradient: Array
    W_gradient: Array
    b_gradient: Array


class TorchTrace:
    """The result of `trace_torch`: a `Recording`, which `equations.report` and `equations.compare` accept.

    δ is that of each example; the gradients of weights and biases are those of the mean cost of the batch,
    `cost`. `precision` is the coarsest that took part.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> network = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    >>> t = trace_torch(network, [1.0, 2.0], [0.5], torch.nn.MSELoss())
    >>> t.depth, t.delta(1).shape
    (2, (3,))
    """

    def __init__(self, x: Array, layers: list[TracedLayer], cost: float, precision: Precision) -> None:
        self._x, self._layers = x, layers
        self.cost = cost
        self.precision = precision

    def __repr__(self) -> str:
        sizes = [len(self._x), *(len(layer.a) for layer in self._layers)]
        return f"<trace of a PyTorch network {listed(sizes, '-')}, C = {self.cost:.6g}>"

    _repr_html_ = html_form

    @property
    def depth(self) -> int:
        """L, the number of layers."""
        return len(self._layers)

    def activation(self, l: int) -> Activation:
        """σ of layer l: a name of `nn`, or a `LayerFunction` of what comes after the layer."""
        return self._layer(l).sigma

    def weights(self, l: int) -> Array:
        """Wˡ, shape (n_l, n_{l−1}), the matrix that multiplied, as it was then."""
        return self._layer(l).W

    def biases(self, l: int) -> Array:
        """bˡ, shape (n_l,); zeros for a layer without bias."""
        return self._layer(l).b

    def pre_activations(self, l: int) -> Array:
        """zˡ, shape (n_l,) or (n_l, N)."""
        return self._layer(l).z

    def activations(self, l: int) -> Array:
        """aˡ, shape (n_l,) or (n_l, N); a⁰ is what the first layer is given: x, flattened."""
        return self._x if l == 0 else self._layer(l).a

    def cost_gradient(self) -> Array:
        """∂Cₙ/∂aᴸ, shape (n_L,) or (n_L, N), as PyTorch's loss gives it."""
        return self._layers[-1].a_gradient

    def activation_gradients(self, l: int) -> Array:
        """∂Cₙ/∂aˡ, shape (n_l,) or (n_l, N), for l ≥ 1."""
        return self._layer(l).a_gradient

    def delta(self, l: int) -> Array:
        """δˡ = ∂Cₙ/∂zˡ, shape (n_l,) or (n_l, N)."""
        return self._layer(l).delta

    def weight_gradients(self, l: int) -> Array:
        """∂C/∂Wˡ, shape (n_l, n_{l−1})."""
        return self._layer(l).W_gradient

    def bias_gradients(self, l: int) -> Array:
        """∂C/∂bˡ, shape (n_l,), or (0,) for a layer without bias."""
        return self._layer(l).b_gradient

    def _layer(self, l: int) -> TracedLayer:
        if not 1 <= l <= self.depth:
            raise ValueError(f"trace: layers are numbered 1 … {self.depth}, there is no layer {l}")
        return self._layers[l - 1]


def trace_torch(network: Any, x: Any, y: Any, loss: Callable[[Any, Any], Any]) -> TorchTrace:
    """Trace both passes of a chain of `Linear`s and activations on x, shape (n_0,) or (N, …).

    `network` is a `Sequential`, also nested, or a module of your own: a layer is each `Linear` that it calls,
    or x @ W + b of its own parameters. W is the matrix that multiplies, also under weight_norm, spectral_norm
    or pruning; σ is all that happens between a layer and the next, hooks included. Layers with
    requires_grad=False have their ∂C/∂W too. The numbers are those of the network's next call: in eval mode
    Dropout and BatchNorm act on each number alone, and are honoured; in training mode they are refused.

    `loss(outputs, y)` is a PyTorch loss of the whole batch, with its weight, ignore_index and so on. What is
    traced is the mean cost: that loss, or 1/N of it where it adds up over the examples (reduction="sum").
    δ is N times what arrives in z, so that with δ of each example the 1/N stands in (3) and (4). A loss whose
    own backward differs from its differences is warned of: (1) begins with what it sends back.

    The `.grad`, buffers and modes of the network do not change. Where σ is not one of `nn`'s, the network is
    called more often, with other numbers, to see σ′ and what depends on what; hooks of yours are called too.

    Raises TypeError for what is no module or no loss; ValueError, with the cause and the remedy, for an empty
    batch, targets that do not fit, and a network that is not a chain of `Linear`s; ImportError without
    PyTorch.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> from nn.delta import equations
    >>> network = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    >>> t = trace_torch(network, [[1.0, 2.0], [3.0, 4.0]], [[0.5], [1.0]], torch.nn.MSELoss())
    >>> equations.report(t).first_wrong() is None
    True
    """
    torch = import_torch()
    checked_network(network, CALLER)
    if isinstance(loss, Loss) or not callable(loss):
        raise TypeError(f"{CALLER}: the loss must be one of PyTorch, as torch.nn.MSELoss(), not {loss!r}")
    inputs, is_batch = _inputs(torch, network, x)
    with torch.inference_mode(False), torch.enable_grad():
        layers, output = watch(network, inputs.clone().requires_grad_() * 1, CALLER)
        _check_start(torch, network, layers)
        _check_parameter_hooks(network, layers)
        _check_output(torch, network, output, layers, len(inputs))
        with left_alone(network):
            total = mean_cost(torch, loss, output, targets_of(torch, y, output, is_batch))
        a = [*(layer.given for layer in layers), output]
        wanted = [layer.z for layer in layers] + a[1:] + [layer.weight for layer in layers]
        wanted += [layer.bias for layer in layers if layer.bias is not None]
        gradients = _backward(torch, total, wanted)
    arrays = [
        np.zeros(tuple(tensor.shape)) if gradient is None else as_array(gradient)
        for gradient, tensor in zip(gradients, wanted, strict=True)
    ]
    return _assemble(network, inputs, layers, a, arrays, total, is_batch)


def _inputs(torch: Any, network: Any, x: Any) -> tuple[Any, bool]:
    """x with an example a row, in the precision of the network; and whether it was a batch."""
    dtype, device = dtype_and_device(network)
    try:
        inputs = torch.as_tensor(x, dtype=dtype, device=device).detach()
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{CALLER}: x must be an array of numbers, an example a row: {error}") from error
    if inputs.dim() == 0:
        raise ValueError(f"{CALLER}: x is one number; give an example as [x] or a batch as [[x], …]")
    is_batch = inputs.dim() > 1
    inputs = inputs if is_batch else inputs.unsqueeze(0)
    if len(inputs) == 0:
        raise ValueError(f"{CALLER}: the batch is empty; give at least one example")
    return inputs.clone(), is_batch


def _check_start(torch: Any, network: Any, layers: list[Layer]) -> None:
    """Nothing with weights may come before the first layer, since no trace would show them."""
    first = layers[0].given
    trained = {name: p for name, p in network.named_parameters() if p.requires_grad}
    if not first.requires_grad or not trained:
        return
    gradients = torch.autograd.grad(first.sum(), list(trained.values()), allow_unused=True, retain_graph=True)
    for name, gradient in zip(trained, gradients, strict=True):
        if gradient is not None:
            raise ValueError(
                f"{CALLER}: {name} is used before the first Linear, where a trace has no place for its "
                "gradient; trace the part that begins with the Linear, on what it is given"
            )


def _check_parameter_hooks(network: Any, layers: list[Layer]) -> None:
    """A hook may sit on the weights and biases of layers, whose gradients a trace has, and on no others."""
    seen = {id(tensor) for layer in layers for tensor in (layer.owner, layer.bias)}
    for name, parameter in network.named_parameters():
        if parameter._backward_hooks and id(parameter) not in seen:
            raise ValueError(
                f"{CALLER}: {name} has a hook on its gradient, and is no weight or bias that multiplies: a "
                "trace would not show what the hook does; remove it with its handle's remove()"
            )


def _check_output(torch: Any, network: Any, output: Any, layers: list[Layer], count: int) -> None:
    layer = layers[-1]
    if not isinstance(output, torch.Tensor):
        raise ValueError(
            f"{CALLER}: the network returns a {type(output).__name__}; it must return one tensor, an example "
            "a row"
        )
    if output.dim() == 0 or len(output) != count or output.numel() != layer.numbers.size:
        raise ValueError(
            f"{CALLER}: the last Linear has {layer.numbers.shape[1]} neurons, and {steps_in_words(layer)} "
            f"makes an output of shape {tuple(output.shape)} of {count} examples; a trace has one aⱼ for "
            f"each zⱼ: do the rest in the loss{unknown_products(network, layers)}"
        )
    if not output.requires_grad:
        raise ValueError(
            f"{CALLER}: the output has no graph (detach, no_grad or numbers of NumPy on the way): no "
            "gradient comes back from it"
        )


def _backward(torch: Any, total: Any, wanted: list[Any]) -> Any:
    try:
        return torch.autograd.grad(total, wanted, allow_unused=True)
    except RuntimeError as error:
        raise ValueError(f"{CALLER}: PyTorch's own backward pass fails: {error}") from error


def _assemble(
    network: Any,
    inputs: Any,
    layers: list[Layer],
    a: list[Any],
    gradients: list[Array],
    total: Any,
    is_batch: bool,
) -> TorchTrace:
    depth, count = len(layers), len(inputs)
    rows = [as_array(tensor).reshape(count, -1) for tensor in a]
    precision = _precision([*(layer.z for layer in layers), *(layer.owner for layer in layers), *a], count)
    sigmas = activations_of(network, inputs, layers, rows[1:], precision.unit, is_batch)
    biases = iter(gradients[3 * depth :])

    def turned(of_examples: Array) -> Array:
        return of_examples.reshape(count, -1).T if is_batch else of_examples.ravel()

    traced = [
        TracedLayer(
            sigmas[l],
            layer.W,
            np.zeros(len(layer.W)) if layer.b is None else layer.b,
            turned(layer.numbers),
            turned(rows[l + 1]),
            count * turned(gradients[l]),
            count * turned(gradients[depth + l]),
            gradients[2 * depth + l],
            np.zeros(0) if layer.b is None else next(biases),
        )
        for l, layer in enumerate(layers)
    ]
    return TorchTrace(turned(rows[0]), traced, float(total.detach()), precision)


def _precision(tensors: list[Any], count: int) -> Precision:
    """The coarsest precision among tensors of floating numbers, for δ that is `count` times what arrived."""
    torch = import_torch()
    formats = {tensor.dtype: torch.finfo(tensor.dtype) for tensor in tensors}
    dtype, coarsest = max(formats.items(), key=lambda item: item[1].eps)
    return Precision(
        str(dtype).removeprefix("torch."), coarsest.eps / 2, count * coarsest.tiny * coarsest.eps
    )
