"""A trace: one forward pass, kept, so that its δ can be read off after a backward pass.

Layers l = 1 … L have n_l neurons, 0 is the input; arrays are indexed from 0: `delta(2)[0]` is δ²₁.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from minigrad import Value
from minigrad.display import html_form, listed
from minigrad.settled import Settled
from nn.activations import Activation
from nn.delta.derivatives import cost_gradient_of
from nn.layer import Layer
from nn.loss_rows import LossFunction, Targets, checked_cost, checked_loss
from nn.losses import squared_error
from nn.mlp import MLP
from nn.module import check_model

Array = NDArray[np.float64]


class Trace(Settled):
    """The Values of one forward pass: `z[l]` and `a[l]`, lists of n_l nodes (z[0] is empty, a[0] is x).

    `output` is the last activation; `cost` is Cₙ when a target was given, `loss` the function that made it.

    >>> trace = Trace(MLP(2, [3, 1], seed=0), [1.0, 2.0])
    >>> [len(layer) for layer in trace.a]
    [2, 3, 1]
    """

    remedy = "it is a recording: trace again, with another x, y or loss"

    def __init__(self, model: MLP, x: Sequence[Value | float]) -> None:
        if model.stray:
            raise ValueError(f"trace: {model.stray}; a trace is of networks whose layers are a = σ(W a + b)")
        self.model = model
        self.z: list[list[Value]] = [[]]
        self.a: list[list[Value]] = [model.inputs(x)]
        for layer in model.layers:
            self.z.append(layer.pre_activations(self.a[-1]))
            self.a.append(layer.activate(self.z[-1]))
        # W and b of this pass: an update of the model afterwards changes nothing here
        self._W = [np.array(layer.W) for layer in model.layers]
        self._b = [
            _numbers([0.0 if neuron.b is None else neuron.b.data for neuron in layer.neurons])
            for layer in model.layers
        ]
        self.target: Targets | None = None
        self.loss: LossFunction | None = None
        self._cost: Value | None = None
        self.settle()

    def __repr__(self) -> str:
        sizes = listed(self.model.sizes, "-")
        cost = "" if self._cost is None else f", C = {self._cost.data:.6g}"
        return f"<trace of one example through {sizes}{cost}>"

    _repr_html_ = html_form

    @property
    def depth(self) -> int:
        """L, the number of layers."""
        return len(self.model.layers)

    @property
    def output(self) -> Value | list[Value]:
        """aᴸ: a Value, or a list of them if the network has several outputs."""
        return self.a[-1][0] if len(self.a[-1]) == 1 else self.a[-1]

    @property
    def cost(self) -> Value:
        """Cₙ, the cost of this example. Raises ValueError when the trace was made without a target."""
        if self._cost is None:
            raise ValueError("trace: no target was given; use trace(model, x, y) or a cost of your own")
        return self._cost

    def judge(self, y: Targets, loss: LossFunction) -> None:
        """Record the cost of the output against the target y.

        Raises TypeError for a loss that is no function or returns no Value, and what the loss raises.
        """
        cost = checked_cost(checked_loss(loss, "trace")(self.output, y), loss)
        if not cost.label:
            cost.label = "C"
        vars(self).update(target=y, loss=loss, _cost=cost)

    @property
    def has_gradients(self) -> bool:
        """Whether a backward pass has been made; what the cost does not depend on then has the gradient 0."""
        cost = [] if self._cost is None else [self._cost]
        return any(node.has_gradient for nodes in (cost, *reversed(self.z)) for node in nodes)

    def activation(self, l: int) -> Activation:
        """σ of layer l: a name, or a function."""
        return self._layer(l).activation

    def weights(self, l: int) -> Array:
        """Wˡ of this pass, shape (n_l, n_{l−1}): row j leads to neuron j."""
        return self._W[self._checked(l) - 1].copy()

    def biases(self, l: int) -> Array:
        """bˡ of this pass, shape (n_l,); zeros for a layer without bias."""
        return self._b[self._checked(l) - 1].copy()

    def pre_activations(self, l: int) -> Array:
        """zˡ, shape (n_l,)."""
        self._layer(l)
        return _numbers([z.data for z in self.z[l]])

    def activations(self, l: int) -> Array:
        """aˡ, shape (n_l,); a⁰ is x."""
        return _numbers([a.data for a in (self.a[l] if l == 0 else self.a[self._checked(l)])])

    def cost_gradient(self) -> Array:
        """∂Cₙ/∂aᴸ, shape (n_L,), from the definition of the loss. Raises ValueError without a target."""
        if self.loss is None:
            raise ValueError("trace: no target was given, so there is no ∂C/∂a; use trace(model, x, y)")
        return cost_gradient_of(self.loss, self.activations(self.depth), self.target)

    def activation_gradients(self, l: int) -> Array:
        """∂C/∂aˡ, shape (n_l,): the gradients that arrived at the activations."""
        return _numbers([a.grad for a in self._reached(self.a[l])])

    def delta(self, l: int) -> Array:
        """δˡ = ∂C/∂zˡ, shape (n_l,): nothing but the gradients that arrived at zˡ.

        Source: document 002, section 2. Raises ValueError before a backward pass.
        """
        self._layer(l)
        return _numbers([z.grad for z in self._reached(self.z[l])])

    def weight_gradients(self, l: int) -> Array:
        """∂C/∂Wˡ, shape (n_l, n_{l−1}). They accumulate over passes: `model.zero_grad()` in between."""
        self._reached(self.z[self._checked(l)])
        return _numbers([[w.grad for w in neuron.w] for neuron in self._layer(l).neurons])

    def bias_gradients(self, l: int) -> Array:
        """∂C/∂bˡ, shape (n_l,), or (0,) for a layer without bias."""
        self._reached(self.z[self._checked(l)])
        return _numbers([neuron.b.grad for neuron in self._layer(l).neurons if neuron.b is not None])

    def backward(self) -> None:
        """Zero the model's gradients and walk back from the cost: every gradient is then this example's."""
        self.model.zero_grad()
        self.cost.backward()

    def _checked(self, l: int) -> int:
        if not 1 <= l <= self.depth:
            raise ValueError(f"trace: layers are numbered 1 … {self.depth}, there is no layer {l}")
        return l

    def _layer(self, l: int) -> Layer:
        return self.model.layers[self._checked(l) - 1]

    def _reached(self, nodes: list[Value]) -> list[Value]:
        if not self.has_gradients:
            raise ValueError("trace: no backward pass has been made yet; call backward() on the cost")
        return nodes


def trace(
    model: MLP, x: Sequence[Value | float], y: Targets | None = None, loss: LossFunction = squared_error
) -> Trace:
    """Run the network on one example x, n_0 numbers, and keep z and a of every layer, and the cost.

    Raises what the model and the loss raise for inputs and targets that do not fit.
    Source: document 002, section 1 (the forward pass).

    >>> t = trace(MLP(2, [1], seed=0), [1.0, 2.0], y=0.0)
    >>> t.backward()
    >>> bool(t.delta(1)[0] == 2 * t.output.data)
    True
    """
    check_model("trace", model)
    result = Trace(model, x)
    if y is not None:
        result.judge(y, loss)
    return result


def _numbers(values: Sequence[object]) -> Array:
    return np.array(values, dtype=np.float64)
