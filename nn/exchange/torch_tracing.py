"""Traces a PyTorch network: its δ layer by layer, and the first tensor that is wrong.

`trace_torch(sequential, x, y, loss)` has the δ of a network that you train with PyTorch; `equations.report`
of it says whether the gradients are those of the four equations. A batch has its examples in columns here, in
rows in PyTorch.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad import Operation
from minigrad.display import html_form, listed
from nn.activations import Activation
from nn.exchange.torch_exchange import as_array, import_torch, known_activation, layers_of

Array = NDArray[np.float64]


class TorchTrace:
    """The result of `trace_torch`: a `Recording`, which `equations.report` and `equations.compare` accept.

    δ is that of each example; the gradients of weights and biases are those of the mean cost of the batch.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> network = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    >>> t = trace_torch(network, [1.0, 2.0], [0.5], torch.nn.MSELoss())
    >>> t.depth, t.delta(1).shape
    (2, (3,))
    """

    def __init__(
        self,
        layers: list[tuple[Any, Activation]],
        z: list[Array],
        a: list[Array],
        delta: list[Array],
        activation_gradients: list[Array],
        weight_gradients: list[Array],
        bias_gradients: list[Array],
        cost: float,
    ) -> None:
        self._layers = layers
        self._z, self._a = z, a
        self._delta, self._activation_gradients = delta, activation_gradients
        self._weight_gradients, self._bias_gradients = weight_gradients, bias_gradients
        self.cost = cost

    def __repr__(self) -> str:
        sizes = [len(a) for a in self._a]
        return f"<trace of a PyTorch network {listed(sizes, '-')}, C = {self.cost:.6g}>"

    _repr_html_ = html_form

    @property
    def depth(self) -> int:
        """L, the number of layers."""
        return len(self._layers)

    def activation(self, l: int) -> Activation:
        """σ of layer l; for a module that `nn` does not have, a function with its values."""
        return self._layers[self._checked(l)][1]

    def weights(self, l: int) -> Array:
        """Wˡ, shape (n_l, n_{l−1})."""
        return as_array(self._layers[self._checked(l)][0].weight)

    def biases(self, l: int) -> Array:
        """bˡ, shape (n_l,); zeros for a layer without bias."""
        linear = self._layers[self._checked(l)][0]
        return np.zeros(linear.out_features) if linear.bias is None else as_array(linear.bias)

    def pre_activations(self, l: int) -> Array:
        """zˡ, shape (n_l,) or (n_l, N)."""
        return self._z[self._checked(l)]

    def activations(self, l: int) -> Array:
        """aˡ, shape (n_l,) or (n_l, N); a⁰ is x."""
        return self._a[0 if l == 0 else self._checked(l) + 1]

    def cost_gradient(self) -> Array:
        """∂Cₙ/∂aᴸ, shape (n_L,) or (n_L, N), as PyTorch's loss gives it."""
        return self._activation_gradients[-1]

    def activation_gradients(self, l: int) -> Array:
        """∂Cₙ/∂aˡ, shape (n_l,) or (n_l, N), for l ≥ 1."""
        return self._activation_gradients[self._checked(l)]

    def delta(self, l: int) -> Array:
        """δˡ = ∂Cₙ/∂zˡ, shape (n_l,) or (n_l, N)."""
        return self._delta[self._checked(l)]

    def weight_gradients(self, l: int) -> Array:
        """∂C/∂Wˡ, shape (n_l, n_{l−1})."""
        return self._weight_gradients[self._checked(l)]

    def bias_gradients(self, l: int) -> Array:
        """∂C/∂bˡ, shape (n_l,), or (0,) for a layer without bias."""
        return self._bias_gradients[self._checked(l)]

    def _checked(self, l: int) -> int:
        if not 1 <= l <= self.depth:
            raise ValueError(f"trace: layers are numbered 1 … {self.depth}, there is no layer {l}")
        return l - 1


def trace_torch(sequential: Any, x: Any, y: Any, loss: Callable[[Any, Any], Any]) -> TorchTrace:
    """Trace both passes of a `Sequential` of `Linear`s and activations on x, shape (n_0,) or (N, n_0).

    `loss(output, y)` is a PyTorch loss. It is called on each example alone, so that each δ belongs to one
    example. The `.grad` of the network's own tensors does not change. For an activation that `nn` does not
    have, σ′ is computed from its values as a central difference.

    Raises ValueError for an empty batch, too few targets, or a network that is not a chain of `Linear`s;
    ImportError without PyTorch.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> from nn.delta import equations
    >>> network = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1)).double()
    >>> t = trace_torch(network, [[1.0, 2.0], [3.0, 4.0]], [[0.5], [1.0]], torch.nn.MSELoss())
    >>> equations.report(t).first_wrong() is None
    True
    """
    torch = import_torch()
    layers = layers_of(sequential)
    inputs, targets, is_batch = _batch(torch, layers[0][0].weight, x, y)
    z, a = [], [inputs]
    for linear, modules in layers:
        z.append(linear(a[-1]))
        output = z[-1].clone() if modules else z[-1]  # a module may work in place, and z is needed later
        for module in modules:
            output = module(output)
        a.append(output)
    costs = [loss(a[-1][n : n + 1], targets[n : n + 1]) for n in range(len(inputs))]
    total = torch.stack(costs).sum()
    weights = [linear.weight for linear, _ in layers]
    biases = [linear.bias for linear, _ in layers if linear.bias is not None]
    wanted = [*z, *a[1:], *weights, *biases]
    gradients = iter(torch.autograd.grad(total, wanted, allow_unused=True))
    zeros = (torch.zeros_like(tensor) for tensor in wanted)
    arrays = [as_array(zero if g is None else g) for g, zero in zip(gradients, zeros, strict=True)]
    return _assemble(layers, z, a, arrays, float(total.detach()) / len(costs), is_batch)


def _batch(torch: Any, like: Any, x: Any, y: Any) -> tuple[Any, Any, bool]:
    """x as (N, n_0) and y as N targets, in the precision of the network; and whether x was a batch."""
    inputs = torch.as_tensor(x, dtype=like.dtype)
    targets = torch.as_tensor(y)
    targets = targets.to(like.dtype) if targets.is_floating_point() else targets
    is_batch = inputs.dim() == 2
    if not is_batch:
        inputs, targets = inputs.unsqueeze(0), targets.unsqueeze(0)
    if len(inputs) == 0:
        raise ValueError("trace_torch: the batch is empty; give at least one example")
    if targets.dim() == 0 or len(targets) != len(inputs):
        raise ValueError(f"trace_torch: {len(inputs)} examples need as many targets, not {targets.numel()}")
    if targets.is_floating_point() and targets.dim() == 1:
        targets = targets.unsqueeze(1)
    return inputs.detach(), targets, is_batch


def _assemble(
    layers: list[tuple[Any, list[Any]]],
    z: list[Any],
    a: list[Any],
    gradients: list[Array],
    cost: float,
    is_batch: bool,
) -> TorchTrace:
    """Tensors with examples in rows as arrays with examples in columns, sums over examples as means."""

    def turned(rows: Array) -> Array:
        return rows.T if is_batch else rows[0]

    depth, count = len(layers), len(a[0])
    means = iter([gradient / count for gradient in gradients[2 * depth :]])
    weight_gradients = [next(means) for _ in layers]
    bias_gradients = [np.zeros(0) if linear.bias is None else next(means) for linear, _ in layers]
    known = [(linear, _activation(modules, z_l)) for (linear, modules), z_l in zip(layers, z, strict=True)]
    return TorchTrace(
        known,
        [turned(as_array(tensor)) for tensor in z],
        [turned(as_array(tensor)) for tensor in a],
        [turned(gradient) for gradient in gradients[:depth]],
        [turned(gradient) for gradient in gradients[depth : 2 * depth]],
        weight_gradients,
        bias_gradients,
        cost,
    )


def _activation(modules: list[Any], z: Any) -> Activation:
    """The name in `nn` of the activation after a `Linear`, or an operation with central differences as σ′."""
    if not modules:
        return "identity"
    if len(modules) == 1:
        try:
            return known_activation(modules[0])
        except ValueError:
            pass
    return _operation_of(modules, z)


def _operation_of(modules: list[Any], z: Any) -> Activation:
    torch = import_torch()
    doubles = [copy.deepcopy(module).double() for module in modules]

    def value(number: float) -> float:
        with torch.no_grad():
            output = torch.tensor([[number]], dtype=torch.float64)
            for module in doubles:
                output = module(output)
        return float(output)

    def local_derivatives(y: float, x: float) -> tuple[float]:
        nudge = 1e-5 * max(1.0, abs(x))
        return ((value(x + nudge) - value(x - nudge)) / (2 * nudge),)

    together = z.detach().double()
    for module in doubles:
        together = module(together)
    try:
        alone = [[value(number) for number in row] for row in z.detach().double().tolist()]
    except RuntimeError:  # it needs the whole layer
        alone = np.full(tuple(z.shape), np.nan).tolist()
    if not np.allclose(as_array(together), alone):
        names = " then ".join(type(module).__name__ for module in modules)
        raise ValueError(f"trace_torch: {names} couples the neurons of a layer; only Softmax may, at the end")
    return Operation(" then ".join(type(module).__name__ for module in modules), value, local_derivatives)
