"""A neuron: z = Σₖ wₖ aₖ + b, a = σ(z).

Source: document 001, "by definition"; document 002, section 1.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from minigrad import Value, dot
from nn.activations import Activation, activate, checked_activation
from nn.delta.notation import Name
from nn.initializers import generator_of, uniform
from nn.module import Module, summary_of


class Neuron(Module):
    """A neuron of `n_inputs` inputs. Called, it takes n_inputs numbers or Values and gives one Value.

    Its weights are those given, or else uniform in −1 … 1 from `seed`; its bias starts at 0 (None without
    one). With `elementary=True` it records products and sums instead of one `dot` node.

    Raises ValueError for fewer than one input, an unknown activation, a wrong number of weights.

    >>> neuron = Neuron(2, activation="identity", weights=[2.0, -1.0])
    >>> neuron([3.0, 4.0]).data
    2.0
    """

    def __init__(
        self,
        n_inputs: int,
        activation: Activation = "relu",
        bias: bool = True,
        seed: int | random.Random | None = None,
        elementary: bool = False,
        weights: Sequence[float] | None = None,
    ) -> None:
        if n_inputs < 1:
            raise ValueError(f"Neuron: n_inputs must be at least 1, not {n_inputs}")
        if weights is None:
            generator = generator_of(seed)
            weights = uniform(n_inputs, 1, generator)[0]
        if len(weights) != n_inputs:
            raise ValueError(f"Neuron: {n_inputs} inputs need as many weights, not {len(weights)}")
        self.w = [Value(weight) for weight in weights]
        self.b = Value(0.0) if bias else None
        self.activation = checked_activation(activation)
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
        a = activate(self.activation, z)
        if a is not z:
            a.label = self.a_name
        return a

    def __call__(self, inputs: Sequence[Value | float]) -> Value:
        """a = σ(Σₖ wₖ aₖ + b)."""
        return self.activate(self.pre_activation(inputs))

    def parameters(self) -> list[Value]:
        """w₁, w₂, …, then b; a weight that is shared comes once."""
        return list(dict.fromkeys(self.w if self.b is None else [*self.w, self.b]))

    def __repr__(self) -> str:
        has_bias = self.b is not None
        return summary_of(
            self, len(self.w), activation=self.activation, bias=has_bias, elementary=self.elementary
        )
