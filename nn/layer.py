"""A layer: neurons that share their inputs, zˡ = Wˡ aˡ⁻¹ + bˡ, aˡ = σ(zˡ), one row of Wˡ a neuron."""

from __future__ import annotations

import random
from collections.abc import Sequence

from minigrad import Value
from nn.activations import SOFTMAX, Activation, checked_activation, softmax
from nn.initializers import Initial, generator_of, initial_weights
from nn.module import Module, summary_of
from nn.neuron import Neuron


class Layer(Module):
    """`n_outputs` neurons of `n_inputs` inputs each. Calling it gives a list, whatever its length.

    Wˡ has shape (n_outputs, n_inputs). `initial` says how it is drawn: "uniform", "glorot", "he", a function,
    an array, or None, which chooses by the activation (`nn.initializers`). "softmax" acts on the layer as
    one.

    Raises ValueError for fewer than one neuron or input, an unknown activation, weights that do not fit.

    >>> layer = Layer(2, 1, activation="identity", initial=[[2.0, -1.0]])
    >>> [a.data for a in layer([3.0, 4.0])]
    [2.0]
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        activation: Activation = "relu",
        bias: bool = True,
        seed: int | random.Random | None = None,
        elementary: bool = False,
        initial: Initial = None,
    ) -> None:
        if n_outputs < 1:
            raise ValueError(f"Layer: a layer needs at least 1 neuron, not {n_outputs}")
        if n_inputs < 1:
            raise ValueError(f"Layer: a layer needs at least 1 input, not {n_inputs}")
        generator = generator_of(seed)
        self.activation = checked_activation(activation)
        rows = initial_weights(initial, activation, n_inputs, n_outputs, generator)
        self.neurons = [
            Neuron(n_inputs, activation, bias, elementary=elementary, weights=row) for row in rows
        ]

    def name(self, layer: int) -> None:
        """Label what the neurons record with the layer's number, counted from 1."""
        for index, neuron in enumerate(self.neurons, start=1):
            neuron.name(layer, index)

    def pre_activations(self, inputs: Sequence[Value | float]) -> list[Value]:
        """z, one a neuron."""
        return [neuron.pre_activation(inputs) for neuron in self.neurons]

    def activate(self, z: Sequence[Value]) -> list[Value]:
        """a = σ(z), one a neuron."""
        if self.activation != SOFTMAX:
            return [neuron.activate(z_j) for neuron, z_j in zip(self.neurons, z, strict=True)]
        activations = softmax(z)
        for neuron, a in zip(self.neurons, activations, strict=True):
            a.label = neuron.a_name
        return activations

    def __call__(self, inputs: Sequence[Value | float]) -> list[Value]:
        """a = σ(W x + b), one Value a neuron."""
        return self.activate(self.pre_activations(inputs))

    def parameters(self) -> list[Value]:
        """Neuron by neuron; a weight that is shared comes once."""
        return list(dict.fromkeys(parameter for neuron in self.neurons for parameter in neuron.parameters()))

    def __repr__(self) -> str:
        biases = [neuron.b is not None for neuron in self.neurons]
        sizes = (len(self.neurons[0].w), len(self.neurons)) if self.neurons else ()
        elementary = [neuron.elementary for neuron in self.neurons]
        return summary_of(self, *sizes, activation=self.activation, bias=biases, elementary=elementary)
