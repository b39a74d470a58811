"""A neuron: z = Σₖ wₖ aₖ + b, a = σ(z).

Glossary: w the weights, b the bias, z the pre-activation, a the activation, σ the activation function.
Source: document 001, "by definition"; document 002, section 1.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from minigrad import Value, dot
from nn.module import Module
from nn.notation import Name


def identity(z: Value) -> Value:
    """a = z: no node of its own, so that the last layer's a is its z, and σ′ = 1."""
    return z


ACTIVATIONS: dict[str, Callable[[Value], Value]] = {
    "sigmoid": Value.sigmoid,
    "tanh": Value.tanh,
    "relu": Value.relu,
    "identity": identity,
}


class Neuron(Module):
    """A neuron of `n_inputs` inputs, its weights uniform in −1 … 1, its bias 0 (None without one).

    With `elementary=True` it records products and sums instead of one `dot` node.

    Raises ValueError for fewer than one input or an unknown activation.

    >>> neuron = Neuron(2, activation="identity", seed=1)
    >>> neuron.w[0].data, neuron.w[1].data = 2.0, -1.0
    >>> neuron([3.0, 4.0]).data
    2.0
    """

    def __init__(
        self,
        n_inputs: int,
        activation: str = "relu",
        bias: bool = True,
        seed: int | random.Random | None = None,
        elementary: bool = False,
    ) -> None:
        if n_inputs < 1:
            raise ValueError(f"Neuron: n_inputs must be at least 1, not {n_inputs}")
        if activation not in ACTIVATIONS:
            known = ", ".join(ACTIVATIONS)
            raise ValueError(f"Neuron: unknown activation {activation!r}; use one of {known}")
        generator = seed if isinstance(seed, random.Random) else random.Random(seed)
        self.w = [Value(generator.uniform(-1.0, 1.0)) for _ in range(n_inputs)]
        self.b = Value(0.0) if bias else None
        self.activation = activation
        self.elementary = elementary
        self.z_name: str = ""
        self.a_name: str = ""

    def name(self, layer: int, neuron: int) -> None:
        """Label the parameters, and from now on z and a, with their place in a network, counted from 1."""
        for source, weight in enumerate(self.w, start=1):
            weight.label = Name("w", layer, neuron, source)
        if self.b is not None:
            self.b.label = Name("b", layer, neuron)
        self.z_name = Name("z", layer, neuron)
        self.a_name = Name("a", layer, neuron)

    def pre_activation(self, inputs: Sequence[Value | float]) -> Value:
        """z = Σₖ wₖ aₖ + b. Raises ValueError unless there is one input a weight."""
        if len(inputs) != len(self.w):
            raise ValueError(f"Neuron: {len(self.w)} weights need as many inputs, not {len(inputs)}")
        if self.elementary:
            z = self.w[0] * inputs[0]
            for weight, x in zip(self.w[1:], inputs[1:]):
                z = z + weight * x
            z = z if self.b is None else z + self.b
        else:
            z = dot(self.w, inputs, self.b)
        z.label = self.z_name
        return z

    def activate(self, z: Value) -> Value:
        """a = σ(z)."""
        a = ACTIVATIONS[self.activation](z)
        if a is not z:
            a.label = self.a_name
        return a

    def __call__(self, inputs: Sequence[Value | float]) -> Value:
        """a = σ(Σₖ wₖ aₖ + b)."""
        return self.activate(self.pre_activation(inputs))

    def parameters(self) -> list[Value]:
        """w₁, w₂, …, then b."""
        return self.w if self.b is None else [*self.w, self.b]

    def __repr__(self) -> str:
        return f"Neuron({len(self.w)} inputs, {self.activation})"
