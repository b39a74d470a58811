"""The multilayer perceptron of the documents: layer after layer, a⁰ = x, aˡ = σ(Wˡ aˡ⁻¹ + bˡ)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from minigrad import Value
from minigrad.display import listed
from nn.activations import SOFTMAX, Activation, activation_name, checked_activation
from nn.delta.notation import Name
from nn.initializers import Initial, generator_of
from nn.layer import Layer
from nn.module import Module, State, added_values, as_size, checked_state, refuse_unknown, summary_of
from nn.neuron import Neuron, has_bias

if TYPE_CHECKING:

    class Output(Value, list[Value]):  # type: ignore[misc]
        """To a type checker both: which of them it is depends on a number, the size of the last layer."""

else:
    Output = Value | list[Value]


class MLP(Module):
    """A multilayer perceptron. `layers[l − 1].neurons[j − 1].w[k − 1]` is the weight wˡⱼₖ.

    Its numbers can be assigned: `layers[0].W = [[…], […]]`, `layers[0].b = […]` (`Layer`), `neuron.b = 0.5`.

    Args:
        n_inputs: the number of inputs, at least 1.
        layer_sizes: the number of neurons of each layer, the last of which is the output.
        activation: σ of the hidden layers, a name of `nn.ACTIVATIONS` or any function of a Value: one for
            all, or a list with one a hidden layer; "tanh" if nothing is said. The last layer stays linear.
        output_activation: σ of the last layer, such as "sigmoid" for an output in 0 … 1; also "softmax".
        bias: whether neurons have a bias: one flag, or one a layer.
        seed: where the initial weights come from; the same seed gives the same network.
        elementary: record products and sums instead of one `dot` node a neuron.
        initial: the initial weights: "uniform" (−1 … 1, as micrograd), "glorot", "he", a function, or None,
            which takes He's for rectifiers and Glorot's for the others; or a list with one of these, or an
            array of shape (n_l, n_{l−1}), a layer. Biases start at 0.
        weights: the first weights: for each layer an array or list of shape (n_l, n_{l−1}), row j leading to
            neuron j, or None for weights that are drawn.
        biases: the first biases: for each layer n_l numbers, one number for all its neurons, or None for a
            layer without biases.

    Raises ValueError for an empty list of layers, a list of a wrong length, and what `Layer` raises.

    >>> model = MLP(4, [2, 2, 1], activation="sigmoid", bias=[True, True, False], seed=0)
    >>> len(model.parameters())
    18
    >>> model = MLP(2, [2, 1], "relu", weights=[[[1, 2], [3, 4]], [[1, -1]]], biases=[[0.5, 0.5], None])
    >>> model([1.0, 1.0]).data
    -4.0
    """

    layers: list[Layer]
    sizes: tuple[int, ...]

    def __init__(
        self,
        n_inputs: int,
        layer_sizes: Sequence[int],
        activation: Activation | Sequence[Activation] = "tanh",
        output_activation: Activation = "identity",
        bias: bool | Sequence[bool] = True,
        seed: int | None = None,
        elementary: bool = False,
        initial: Initial | Sequence[Any] = None,
        weights: Sequence[Any] | None = None,
        biases: Sequence[Any] | None = None,
    ) -> None:
        if not isinstance(layer_sizes, Sequence | np.ndarray) or isinstance(layer_sizes, str):
            raise TypeError(
                "MLP: give the number of inputs and a list of layer sizes, as in MLP(4, [2, 2, 1]); "
                f"not {n_inputs!r} and {layer_sizes!r}"
            )
        n_inputs = as_size(n_inputs, "MLP: n_inputs")
        layer_sizes = [as_size(size, "MLP: a layer's size") for size in layer_sizes]
        if len(layer_sizes) == 0:
            raise ValueError("MLP: layer_sizes is empty; give at least the size of the output layer")
        depth = len(layer_sizes)
        if isinstance(activation, str):
            checked_activation(activation)  # also where no layer is hidden, and none would ask
        activations = [*_one_each(activation, depth - 1, "activation", "hidden layers"), output_activation]
        flags = [has_bias(flag, "MLP") for flag in _one_each(bias, depth, "bias", "layers")]
        initials = _one_each(initial, depth, "initial", "layers")
        if SOFTMAX in activations[:-1]:
            raise ValueError("MLP: softmax is for the output layer; it couples the neurons of its layer")
        given_weights = _of_each(weights, depth, "weights")
        given_biases = _of_each(biases, depth, "biases")
        if biases is not None:
            flags = [flag and b is not None for flag, b in zip(flags, given_biases, strict=True)]
        generator = generator_of(seed)
        sizes = [n_inputs, *layer_sizes]
        layers = []
        for l in range(depth):
            with _of_layer(l + 1):
                layers.append(
                    Layer(
                        sizes[l], sizes[l + 1], activations[l], flags[l], generator, elementary,
                        initials[l], given_weights[l], given_biases[l],
                    )
                )  # fmt: skip
        self.layers = layers

    def __setattr__(self, name: str, new: Any) -> None:
        refuse_unknown(self, ("layers",), name)
        if name == "layers":
            new, vars(self)["sizes"] = _checked_layers(new)
            for number, layer in enumerate(new, start=1):
                layer.name(number)
        super().__setattr__(name, new)

    @property
    def stray(self) -> str:
        """What computes something else than a = σ(W a + b), with one σ a layer, in words; "" if nothing does.

        Traces, equations and programs speak of such networks only.
        """
        if type(self).__call__ is not MLP.__call__:
            return f"{type(self).__name__} has a forward pass of its own"
        for number, layer in enumerate(self.layers, start=1):
            is_own, activation = type(layer) is not Layer, layer.activation
            for neuron in layer.neurons:
                if is_own or type(neuron) is not Neuron:
                    return f"layer {number} has a forward pass of its own"
                if neuron.activation != activation:
                    return f"the neurons of layer {number} have different activations"
        return ""

    def inputs(self, x: Sequence[Value | float]) -> list[Value]:
        """a⁰ = x as Values, those that are numbers labelled x1, x2, …

        Raises ValueError for a wrong number of inputs, TypeError for one that is no number.
        """
        if not hasattr(x, "__len__"):
            raise TypeError(f"MLP: give one example as a list of {self.sizes[0]} numbers, not {x!r}")
        if len(x) != self.sizes[0]:
            is_batch = len(x) > 0 and hasattr(x[0], "__len__")
            many = "; for many examples use nn.predict(model, examples)" if is_batch else ""
            raise ValueError(f"MLP: the network takes {self.sizes[0]} inputs, not {len(x)}{many}")
        return [
            x_k if isinstance(x_k, Value) else Value(x_k, label=Name("x", 0, k))
            for k, x_k in enumerate(x, start=1)
        ]

    def __call__(self, x: Sequence[Value | float]) -> Output:
        """The forward pass: the output as a list of Values, or as a Value if there is one."""
        activations = self.inputs(x)
        for layer in self.layers:
            activations = layer(activations)
        return cast(Output, activations[0] if len(activations) == 1 else activations)

    def parameters(self) -> list[Value]:
        """Layer by layer, neuron by neuron, weights before the bias; a weight that is shared comes once."""
        found = [parameter for layer in self.layers for parameter in layer.parameters()]
        return list(dict.fromkeys([*found, *self._added().values()]))

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """(name, parameter) in the order of `parameters()`; the names are as a person types them: w2_11."""
        added = {value: name for name, value in self._added().items()}
        for parameter in self.parameters():
            yield added.get(parameter, str(parameter.label)), parameter

    def _added(self) -> dict[str, Value]:
        """The Values by name that classes derived from MLP or Layer have besides those of their neurons."""
        added: dict[str, Value] = {}
        for l, layer in enumerate(self.layers, start=1):
            of_layer = added_values(layer, Layer, ("neurons",))
            added |= {f"layer{l}.{name}": value for name, value in of_layer.items()}
        added |= added_values(self, MLP, ("layers", "sizes"))
        if not added:
            return added
        known = {p for layer in self.layers for neuron in layer.neurons for p in neuron.parameters()}
        return {name: value for name, value in added.items() if value not in known}

    def state_dict(self) -> State:
        """{"W1": shape (n_1, n_0), "b1": shape (n_1,), "W2": …}; a layer without bias has no b."""
        state: State = {}
        for l, layer in enumerate(self.layers, start=1):
            state[f"W{l}"] = np.array(layer.W)
            if layer.b is not None:
                state[f"b{l}"] = np.array(layer.b)
        return state | {name: np.array(value.data) for name, value in self._added().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take weights and biases of the names and shapes of `state_dict`.

        Raises ValueError for missing or unknown names, shapes that differ, numbers that are not finite; the
        model is then as it was.
        """
        arrays = checked_state(state, self.state_dict())
        for l, layer in enumerate(self.layers, start=1):
            for neuron, row in zip(layer.neurons, arrays[f"W{l}"].tolist()):
                for weight, number in zip(neuron.w, row):
                    weight.data = number
            biases = [neuron.b for neuron in layer.neurons if neuron.b is not None]  # not all may have one
            for bias, number in zip(biases, arrays.get(f"b{l}", np.zeros(0)).tolist(), strict=True):
                bias.data = number
        for name, value in self._added().items():
            value.data = float(arrays[name])

    def summary(self) -> str:
        """A table: each layer's neurons, activation and parameters."""
        lines = ["layer   neurons   activation     weights   biases"]
        lines.append(f"{'input':<8}{self.sizes[0]:>7}")
        for l, layer in enumerate(self.layers, start=1):
            weights, biases = self.sizes[l] * self.sizes[l - 1], sum(n.b is not None for n in layer.neurons)
            name = activation_name(layer.activation)
            lines.append(f"{l:<8}{self.sizes[l]:>7}   {name:<12}{weights:>10}{biases:>9}")
        lines.append(f"{len(self.parameters())} parameters")
        return "\n".join(lines)

    def __repr__(self) -> str:
        activations = [layer.activation for layer in self.layers]
        biases = [any(neuron.b is not None for neuron in layer.neurons) for layer in self.layers]
        sizes = [self.sizes[0], f"[{listed(self.sizes[1:])}]"]
        elementary = [neuron.elementary for layer in self.layers for neuron in layer.neurons]
        return summary_of(
            self,
            *sizes,
            activation=activations[:-1],
            output_activation=activations[-1:],
            bias=biases,
            elementary=elementary,
        )


def _of_each(given: Any, count: int, what: str) -> list[Any]:
    """A list with one entry for each of `count` layers."""
    if given is None:
        return [None] * count
    if isinstance(given, str) or not hasattr(given, "__len__"):
        raise TypeError(f"MLP: {what} are a list with one entry for each of {count} layers, not {given!r}")
    if len(given) != count:
        raise ValueError(f"MLP: {what} need one entry for each of {count} layers, not {len(given)}")
    return list(given)


@contextmanager
def _of_layer(number: int) -> Iterator[None]:
    """Errors say which layer they are about."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise type(error)(f"layer {number}: {error}") from None


def _checked_layers(layers: Any) -> tuple[list[Layer], tuple[int, ...]]:
    """The layers as a list, and the number of inputs of the first, then of neurons of each."""
    given = list(layers) if isinstance(layers, Sequence) else []
    if not given or not all(isinstance(layer, Layer) for layer in given):
        raise ValueError(f"MLP: layers are a list of Layers, at least one, not {layers!r}")
    sizes = [len(given[0].neurons[0].w)]
    for number, layer in enumerate(given, start=1):
        if len(layer.neurons[0].w) != sizes[-1]:
            raise ValueError(
                f"MLP: layer {number} has {len(layer.neurons[0].w)} inputs, but {sizes[-1]} numbers reach it"
            )
        sizes.append(len(layer.neurons))
    return given, tuple(sizes)


def _one_each(given: Any, count: int, what: str, of_what: str) -> list[Any]:
    """One entry for each of `count` layers: the one given for all, or the list as it is."""
    if isinstance(given, str) or not isinstance(given, Sequence):
        return [given] * count
    if len(given) != count:
        raise ValueError(f"MLP: {count} {of_what} need a list {what} of that length, not {len(given)}")
    return list(given)
