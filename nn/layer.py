"""A layer: neurons that share their inputs, zˡ = Wˡ aˡ⁻¹ + bˡ, aˡ = σ(zˡ), one row of Wˡ a neuron."""

from __future__ import annotations

import random
from collections.abc import Sequence

from minigrad import Value
from nn.module import Module
from nn.neuron import Neuron


class Layer(Module):
    """`n_outputs` neurons of `n_inputs` inputs each. Calling it gives a list, whatever its length.

    Raises ValueError for fewer than one neuron, and what `Neuron` raises.
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        activation: str = "relu",
        bias: bool = True,
        seed: int | random.Random | None = None,
        elementary: bool = False,
    ) -> None:
        if n_outputs < 1:
            raise ValueError(f"Layer: a layer needs at least 1 neuron, not {n_outputs}")
        generator = seed if isinstance(seed, random.Random) else random.Random(seed)
        self.neurons = [Neuron(n_inputs, activation, bias, generator, elementary) for _ in range(n_outputs)]

    def name(self, layer: int) -> None:
        """Label what the neurons record with the layer's number, counted from 1."""
        for index, neuron in enumerate(self.neurons, start=1):
            neuron.name(layer, index)

    def pre_activations(self, inputs: Sequence[Value | float]) -> list[Value]:
        """z, one a neuron."""
        return [neuron.pre_activation(inputs) for neuron in self.neurons]

    def activate(self, z: Sequence[Value]) -> list[Value]:
        """a = σ(z), one a neuron."""
        return [neuron.activate(z_j) for neuron, z_j in zip(self.neurons, z, strict=True)]

    def __call__(self, inputs: Sequence[Value | float]) -> list[Value]:
        """a = σ(W x + b), one Value a neuron."""
        return self.activate(self.pre_activations(inputs))

    def parameters(self) -> list[Value]:
        """Neuron by neuron."""
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(repr, self.neurons))}]"
