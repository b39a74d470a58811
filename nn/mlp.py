"""The multilayer perceptron of the documents: layer after layer, a⁰ = x, aˡ = σ(Wˡ aˡ⁻¹ + bˡ)."""

from __future__ import annotations

import random
from collections.abc import Sequence

from minigrad import Value
from nn.layer import Layer
from nn.module import Module
from nn.notation import Name


class MLP(Module):
    """A multilayer perceptron. `layers[l − 1].neurons[j − 1].w[k − 1]` is the weight wˡⱼₖ.

    Args:
        n_inputs: the number of inputs, at least 1.
        layer_sizes: the number of neurons of each layer, the last of which is the output.
        activation: σ of the hidden layers: "sigmoid", "tanh", "relu" or "identity".
        output_activation: σ of the last layer.
        bias: whether neurons have a bias: one flag, or one a layer.
        seed: where the initial weights come from, uniform in −1 … 1; the same seed gives the same network.
        elementary: record products and sums instead of one `dot` node a neuron.

    Raises ValueError for an empty list of layers or a wrong number of flags, and what `Layer` raises.

    >>> model = MLP(4, [2, 2, 1], activation="sigmoid", bias=[True, True, False], seed=0)
    >>> len(model.parameters())
    18
    """

    def __init__(
        self,
        n_inputs: int,
        layer_sizes: Sequence[int],
        activation: str = "relu",
        output_activation: str = "identity",
        bias: bool | Sequence[bool] = True,
        seed: int | None = None,
        elementary: bool = False,
    ) -> None:
        if len(layer_sizes) == 0:
            raise ValueError("MLP: layer_sizes is empty; give at least the size of the output layer")
        biases = [bias] * len(layer_sizes) if isinstance(bias, bool) else list(bias)
        if len(biases) != len(layer_sizes):
            raise ValueError(f"MLP: {len(layer_sizes)} layers need as many bias flags, not {len(biases)}")
        generator = random.Random(seed)
        sizes = [n_inputs, *layer_sizes]
        activations = [activation] * (len(layer_sizes) - 1) + [output_activation]
        self.layers = [
            Layer(sizes[l], sizes[l + 1], activations[l], biases[l], generator, elementary)
            for l in range(len(layer_sizes))
        ]
        for number, layer in enumerate(self.layers, start=1):
            layer.name(number)
        self.sizes = tuple(sizes)

    def inputs(self, x: Sequence[Value | float]) -> list[Value]:
        """a⁰ = x as Values, those that are numbers labelled x1, x2, …

        Raises ValueError for a wrong number of inputs, TypeError for one that is no number.
        """
        if len(x) != self.sizes[0]:
            raise ValueError(f"MLP: the network takes {self.sizes[0]} inputs, not {len(x)}")
        return [
            x_k if isinstance(x_k, Value) else Value(x_k, label=Name("x", 0, k))
            for k, x_k in enumerate(x, start=1)
        ]

    def __call__(self, x: Sequence[Value | float]) -> Value | list[Value]:
        """The forward pass: the output as a list of Values, or as a Value if there is one."""
        activations = self.inputs(x)
        for layer in self.layers:
            activations = layer(activations)
        return activations[0] if len(activations) == 1 else activations

    def parameters(self) -> list[Value]:
        """Layer by layer, neuron by neuron, weights before the bias."""
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(repr, self.layers))}]"
