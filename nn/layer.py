"""A layer: neurons that share their inputs, zˡ = Wˡ aˡ⁻¹ + bˡ, aˡ = σ(zˡ), one row of Wˡ a neuron."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad import Value
from nn.activations import SOFTMAX, Activation, checked_activation, softmax
from nn.initializers import Initial, fitted, generator_of, initial_weights
from nn.module import Module, added_values, as_size, refuse_unknown, summary_of
from nn.neuron import Neuron, has_bias


class Layer(Module):
    """`n_outputs` neurons of `n_inputs` inputs each. Calling it gives a list, whatever its length.

    `weights`, of shape (n_outputs, n_inputs), row j leading to neuron j, and `biases`, of shape (n_outputs,),
    one number for all, or None for a layer without, are its first numbers. Without weights, `initial` says
    how they are drawn: "uniform", "glorot", "he", a function, an array, or None, which chooses by the
    activation (`nn.initializers`); without biases, these start at 0. "softmax" acts on the layer as one.

    `W` and `b` are the numbers as arrays; to change them, assign whole arrays: `layer.W = layer.W - 0.1 * dW`
    (the Values stay, with labels, optimizers and programs). `activation` can be assigned as well.

    Raises ValueError for fewer than one neuron or input, an unknown activation, numbers that do not fit,
    TypeError for what is no number.

    >>> layer = Layer(2, 1, activation="identity", weights=[[2.0, -1.0]], biases=[0.5])
    >>> [a.data for a in layer([3.0, 4.0])]
    [2.5]
    >>> layer.W, layer.b = [[1.0, 1.0]], [0.25]
    >>> [a.data for a in layer([3.0, 4.0])], layer.W
    ([7.25], array([[1., 1.]]))
    """

    neurons: list[Neuron]
    activation: Activation

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        activation: Activation = "tanh",
        bias: bool = True,
        seed: int | random.Random | None = None,
        elementary: bool = False,
        initial: Initial = None,
        weights: Any = None,
        biases: Any = None,
    ) -> None:
        n_inputs, n_outputs = as_size(n_inputs, "Layer: n_inputs"), as_size(n_outputs, "Layer: n_outputs")
        for count, what in ((n_outputs, "neuron"), (n_inputs, "input")):
            if count < 1:
                raise ValueError(f"Layer: a layer needs at least 1 {what}, not {count}")
        if weights is not None and initial is not None:
            raise ValueError("Layer: weights and initial both say what the weights are; give one of them")
        flag = has_bias(bias, "Layer")
        if biases is not None and not flag:
            raise ValueError("Layer: bias=False and biases contradict each other; give one of them")
        _check_activation(activation, n_outputs)
        if weights is not None:
            rows = fitted("weights of a layer", weights, (n_outputs, n_inputs)).tolist()
        else:
            rows = initial_weights(initial, activation, n_inputs, n_outputs, generator_of(seed))
        first: list[Any] = [flag] * n_outputs
        if biases is not None:
            first = fitted("biases of a layer", biases, (n_outputs,), spread=True).tolist()
        vars(self)["activation"] = activation
        vars(self)["neurons"] = [
            Neuron(n_inputs, activation, b, elementary=elementary, weights=row)
            for row, b in zip(rows, first, strict=True)
        ]

    def __setattr__(self, name: str, new: Any) -> None:
        refuse_unknown(self, ("W", "b", "activation", "neurons"), name)
        if name == "activation":
            _check_activation(new, len(self.neurons))
            for neuron in self.neurons:
                neuron.activation = new
        elif name == "neurons":
            new = _checked_neurons(new, len(self.neurons[0].w))
        super().__setattr__(name, new)

    @property
    def W(self) -> NDArray[np.float64]:
        """The numbers of Wˡ, shape (n_outputs, n_inputs), row j leading to neuron j; to be assigned whole."""
        return _copied([[w.data for w in neuron.w] for neuron in self.neurons])

    @W.setter
    def W(self, new: Any) -> None:
        rows = fitted("W", new, (len(self.neurons), len(self.neurons[0].w)), values=True)
        for neuron, row in zip(self.neurons, rows.tolist(), strict=True):
            neuron.w = row

    @property
    def b(self) -> NDArray[np.float64] | None:
        """The numbers of bˡ, shape (n_outputs,); None for a layer without biases; to be assigned whole."""
        biases = [neuron.b.data for neuron in self.neurons if neuron.b is not None]
        return _copied(biases) if biases else None

    @b.setter
    def b(self, new: Any) -> None:
        if any(neuron.b is None for neuron in self.neurons):
            raise ValueError("b: the layer has neurons without bias; make it with bias=True")
        for neuron, b in zip(self.neurons, fitted("b", new, (len(self.neurons),), values=True, spread=True)):
            neuron.b = b

    def name(self, layer: int) -> None:
        """Label what the neurons record with the layer's number, counted from 1."""
        for index, neuron in enumerate(self.neurons, start=1):
            neuron.name(layer, index)

    def pre_activations(self, inputs: Sequence[Value | float]) -> list[Value]:
        """z, n_outputs Values. Raises ValueError unless there are n_inputs inputs."""
        return [neuron.pre_activation(inputs) for neuron in self.neurons]

    def activate(self, z: Sequence[Value]) -> list[Value]:
        """a = σ(z), n_outputs Values of as many z."""
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
        found = [parameter for neuron in self.neurons for parameter in neuron.parameters()]
        found += added_values(self, Layer, ("neurons",)).values()
        return list(dict.fromkeys(found))

    def __repr__(self) -> str:
        biases = [neuron.b is not None for neuron in self.neurons]
        sizes = (len(self.neurons[0].w), len(self.neurons)) if self.neurons else ()
        elementary = [neuron.elementary for neuron in self.neurons]
        return summary_of(self, *sizes, activation=self.activation, bias=biases, elementary=elementary)


def _check_activation(activation: Activation, neurons: int) -> None:
    checked_activation(activation)
    if activation == SOFTMAX and neurons == 1:
        raise ValueError('Layer: softmax of a single neuron is 1 whatever z is; take "sigmoid", or two')


class Numbers(np.ndarray[Any, np.dtype[np.float64]]):
    """A copy of what Values hold. One entry cannot be assigned, as that would not reach the Values.

    >>> layer = Layer(2, 1, weights=[[1.0, 2.0]])
    >>> layer.W -= 0.5  # read, changed and assigned whole
    >>> layer.W.tolist()
    [[0.5, 1.5]]
    """

    is_guarded = False

    def __array_finalize__(self, origin: Any) -> None:
        self.is_guarded = self.base is not None and getattr(origin, "is_guarded", False)  # a row, no copy

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        if array is self:
            return self  # of `W -= …`
        return array[()] if return_scalar else np.asarray(array)

    def __setitem__(self, place: Any, number: Any) -> None:
        if self.is_guarded:
            raise TypeError("W, b: these are copies; assign them whole, or neurons[j - 1].w[k - 1]")
        super().__setitem__(place, number)

    def __repr__(self) -> str:
        return repr(np.asarray(self))


def _copied(numbers: list[Any]) -> NDArray[np.float64]:
    array = np.array(numbers, dtype=np.float64).view(Numbers)
    array.is_guarded = True
    return array


def _checked_neurons(neurons: Any, n_inputs: int) -> list[Neuron]:
    given = list(neurons) if isinstance(neurons, Sequence) else []
    if not given or not all(isinstance(neuron, Neuron) and len(neuron.w) == n_inputs for neuron in given):
        raise ValueError(f"Layer: give a list of Neurons of {n_inputs} inputs, not {neurons!r}")
    return given
