"""σ of each layer of a PyTorch network: its name in `nn`, or a function of which the network gives values.

A name is given only to what was one call of that function, with the settings that `nn` has, and gave the
numbers that `nn`'s definition gives. For anything else the network is called again, in float64 and with other
numbers in the place of each z: that says what each number depends on, and its values give σ′. So σ′ is never
PyTorch's own backward pass, which is what a trace is there to check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.activations import SOFTMAX, Activation
from nn.delta.derivatives import FUNCTIONS
from nn.delta.layer_functions import LayerFunction
from nn.exchange.torch_modules import as_array, import_torch
from nn.exchange.torch_products import added_bias, factors_of, unknown_products
from nn.exchange.torch_watching import PASSING, Layer, called_in_watch

Array = NDArray[np.float64]

OTHER_WAY = "it calls other layers when it is called again: its way depends on numbers"
PROBES = np.linspace(-15.0, 15.0, 61)  # beyond them PyTorch's softplus is the identity


def named_activation(layer: Layer, a: Array, unit: float, is_last: bool) -> str | None:
    """The name in `nn` of what gave a, shape (N, n), from the layer's z, if it has one.

    `unit` is the unit roundoff of PyTorch's numbers: a name is right if its values are, to 32 of them.

    >>> layer = Layer(None, None, None, None, np.ones((1, 2)), None, np.ones((3, 2)), np.ones((3, 1)))
    >>> named_activation(layer, np.ones((3, 1)), 2.0**-53, is_last=True)
    'identity'
    """
    steps = [step for step in layer.steps if step.name not in PASSING]
    if len(steps) > 1:
        return None
    name = steps[0].name if steps else "identity"
    if name not in FUNCTIONS or (name == SOFTMAX and not is_last) or a.shape != layer.numbers.shape:
        return None
    z = layer.numbers.T
    if not _close(FUNCTIONS[name](z).T, a, unit):
        return None
    if steps and name != SOFTMAX:
        torch = import_torch()
        try:
            with torch.no_grad():
                probed = steps[0].function(torch.tensor(PROBES), *steps[0].arguments, **steps[0].settings)
        except (RuntimeError, TypeError):
            return None
        if not _close(FUNCTIONS[name](PROBES), as_array(probed), 2.0**-24):
            return None
    return name


def steps_in_words(layer: Layer) -> str:
    """What was called after a layer, as in "batch_norm then relu".

    >>> steps_in_words(Layer(None, None, None, None, np.ones((1, 2)), None, np.ones((3, 2)), np.ones((3, 1))))
    'a function outside PyTorch'
    """
    names = [step.name for step in layer.steps if step.name not in PASSING and step.name != "dim"]
    return " then ".join(names) or "a function outside PyTorch"


class Replay:
    """A network that is called again in float64, with numbers of one's choice as the z of its layers.

    Its parameters are copied at the start: a later training step does not change it.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> from nn.exchange.torch_watching import watch
    >>> network, x = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.ReLU6()), torch.ones(1, 1)
    >>> replay = Replay(network, x, watch(network, x, "trace_torch")[0], "trace_torch")
    >>> replay([np.array([[2.5]])])[1].tolist(), replay([np.array([[7.0]])])[1].tolist()
    ([[2.5]], [[6.0]])
    """

    def __init__(self, network: Any, inputs: Any, layers: list[Layer], caller: str) -> None:
        self._network, self._caller = network, caller
        self.inputs = as_array(inputs)
        self.zs = [layer.numbers for layer in layers]
        self._like = inputs
        tensors = [*network.named_parameters(), *network.named_buffers()]
        self._tensors = {name: self._double(tensor).clone() for name, tensor in tensors}

    def __call__(self, zs: list[Array], inputs: Array | None = None) -> list[Array]:
        """[a⁰, a¹, …, aᴸ], each (N, n_l) from its z, (N, n_l); a⁰ from the inputs."""
        torch = import_torch()
        given: list[Array] = []
        remaining = iter(zs)
        sent: Any = None

        def on_call(function: Any, arguments: tuple[Any, ...], settings: dict[str, Any]) -> Any:
            nonlocal sent
            factors = factors_of(function, arguments, settings, own)
            if factors is None:
                is_bias = added_bias(sent, function, arguments, own) is not None
                return sent if is_bias else self._precise(function(*arguments, **settings), arguments)
            given.append(self._rows(factors[0]))
            z = next(remaining, None)
            if z is None:
                raise self._refusal(OTHER_WAY)
            sent = torch.tensor(z, dtype=torch.float64, device=self._like.device)
            return sent

        x = torch.tensor(
            self.inputs if inputs is None else inputs, dtype=torch.float64, device=self._like.device
        )
        tensors = {name: tensor.clone() for name, tensor in self._tensors.items()}
        own = {id(tensor) for tensor in tensors.values()}
        output = called_in_watch(self._network, tensors, x, on_call, self._caller)
        if len(given) != len(zs):
            raise self._refusal(OTHER_WAY)
        return [*given, self._rows(output)]

    def values_of(self, l: int) -> Callable[[Array], Array]:
        """aˡ as a function of zˡ, both (n_l,) or (n_l, N), with the z of all other layers as they were."""

        def values(z: Array) -> Array:
            rows = z.T if z.ndim == 2 else z.reshape(1, -1)
            a = self([*self.zs[: l - 1], rows, *self.zs[l:]])[l]
            return a.T if z.ndim == 2 else a[0]

        return values

    def _rows(self, tensor: Any) -> Array:
        return as_array(self._precise(tensor, ())).reshape(len(tensor), -1)

    def _precise(self, result: Any, operands: tuple[Any, ...]) -> Any:
        """The result, which must be in float64 if its operands were: in less, no σ′ is seen."""
        torch = import_torch()
        was_double = not operands or any(getattr(one, "dtype", None) == torch.float64 for one in operands)
        is_number = isinstance(result, torch.Tensor) and result.is_floating_point()
        if was_double and is_number and result.dtype != torch.float64:
            raise self._refusal(
                f"it brings its numbers into {result.dtype}, too coarse to see σ′ in; leave out the "
                "conversion"
            )
        return result

    def _double(self, tensor: Any) -> Any:
        tensor = tensor.detach()
        return tensor.double() if tensor.is_floating_point() else tensor

    def _refusal(self, cause: str) -> ValueError:
        return ValueError(f"{self._caller}: the network is no chain of layers: {cause}")


def activations_of(
    network: Any, inputs: Any, layers: list[Layer], outputs: list[Array], unit: float, is_batch: bool
) -> list[Activation]:
    """σ of each layer, from a¹ … aᴸ, each (N, n_l): functions of z as (n_l, N), or (n_l,) of one example.

    Raises ValueError where a number depends on more than the z of its own neuron, but for the neurons of the
    last layer.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> from nn.exchange.torch_watching import watch
    >>> network = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh())
    >>> x = torch.ones(4, 2)
    >>> layers, output = watch(network, x, "trace_torch")
    >>> activations_of(network, x, layers, [as_array(output)], 2.0**-24, True)
    ['tanh']
    """
    caller, last = "trace_torch", len(layers)
    names = [
        named_activation(layer, a, unit, l == last)
        for l, (layer, a) in enumerate(zip(layers, outputs, strict=True), start=1)
    ]
    if None not in names:
        return [name for name in names if name is not None]
    replay = Replay(network, inputs, layers, caller)
    unknown = [l for l, name in enumerate(names, start=1) if name is None]
    again = replay(replay.zs)
    for l in unknown:
        _check_same(again[l], outputs[l - 1], unit, l, layers[l - 1], caller)
        _check_chain(replay, again[l], l, last, layers[l - 1], caller)
    coupled = _coupled(replay, again, unknown)
    activations: list[Activation] = []
    for l, name in enumerate(names, start=1):
        if name is not None:
            activations.append(name)
            continue
        if l in coupled and l < last:
            raise ValueError(
                f"{caller}: after layer {l}, {steps_in_words(layers[l - 1])} couples the neurons of a layer: "
                "aⱼ depends on z of other neurons, and ⊙ σ′(z) does not hold; only the last layer may be so"
                f"{unknown_products(network, layers)}"
            )
        z = replay.zs[l - 1].T if is_batch else replay.zs[l - 1][0]
        steps = max(1, len([step for step in layers[l - 1].steps if step.name not in PASSING]))
        name, values = steps_in_words(layers[l - 1]), replay.values_of(l)
        activations.append(LayerFunction(name, values, z, l in coupled, steps, 2 * steps * unit))
    return activations


def _check_same(again: Array, before: Array, unit: float, l: int, layer: Layer, caller: str) -> None:
    if again.shape != layer.numbers.shape:
        raise ValueError(
            f"{caller}: layer {l} has {layer.numbers.shape[1]} neurons, and {steps_in_words(layer)} makes "
            f"{again.shape[1]} numbers of them; a trace has one aⱼ for each zⱼ"
        )
    size = max(1.0, float(np.max(np.abs(before), initial=0.0)))
    if not np.allclose(again, before, rtol=0, atol=1e4 * unit * size, equal_nan=True):
        raise ValueError(
            f"{caller}: after layer {l}, {steps_in_words(layer)} gives other numbers when it is called "
            "again: it draws random numbers, or a hook or module remembers its calls; make it depend on its "
            "input alone"
        )


def _check_chain(replay: Replay, a: Array, l: int, last: int, layer: Layer, caller: str) -> None:
    """aˡ must not change when x or the z of another layer changes, nor when those of other examples do."""
    what = "the output" if l == last else f"what layer {l + 1} is given"
    for m in range(last + 1):
        if m == l:
            continue
        zs = [_moved(z, 1.0) if m == k else z for k, z in enumerate(replay.zs, start=1)]
        x = _moved(replay.inputs, 1.0) if m == 0 else None
        if not _unchanged(replay(zs, x)[l], a):
            other = "the input" if m == 0 else f"layer {m}"
            raise ValueError(
                f"{caller}: {what} depends on {other} too, not on layer {l} alone (a connection that skips "
                "layers, or branches); the equations here are those of a chain of layers"
            )
    for mask in _masks(len(a)):
        zs = [np.where(mask[:, np.newaxis], _moved(z, 1.0), z) for z in replay.zs]
        if not _unchanged(replay(zs)[l][~mask], a[~mask]):
            raise ValueError(
                f"{caller}: after layer {l}, {steps_in_words(layer)} lets each example depend on the others "
                "of the batch, so that no δ of one example exists; call network.eval() first, or trace one "
                "example"
            )


def _coupled(replay: Replay, again: list[Array], unknown: list[int]) -> set[int]:
    """The layers in which a number depends on the z of another neuron."""
    coupled: set[int] = set()
    widest = max(replay.zs[l - 1].shape[1] for l in unknown)
    for mask in _masks(widest):
        for sign in (1.0, -1.0):
            zs = [
                np.where(mask[: z.shape[1]] if z.shape[1] <= widest else False, _moved(z, sign), z)
                for z in replay.zs
            ]
            moved = replay(zs)
            for l in unknown:
                kept = ~mask[: again[l].shape[1]]
                if not _unchanged(moved[l][:, kept], again[l][:, kept]):
                    coupled.add(l)
    return coupled


def _masks(count: int) -> Iterator[NDArray[np.bool_]]:
    """Sets of indices, such that for any two there is one with the first and without the second.

    >>> [mask.tolist() for mask in _masks(2)]
    [[False, True], [True, False]]
    """
    for bit in range(max(count - 1, 0).bit_length()):
        mask = (np.arange(count) >> bit) % 2 == 1
        yield mask
        yield ~mask


def _moved(numbers: Array, sign: float) -> Array:
    """Other numbers, each moved by its own amount, so that no sum of them stays by chance."""
    amounts = 0.5 + np.abs(np.sin(1.0 + np.arange(numbers.size))).reshape(numbers.shape)
    moved: Array = numbers + sign * amounts * (1.0 + np.abs(numbers))
    return moved


def _unchanged(new: Array, old: Array) -> bool:
    size = max(1.0, float(np.max(np.abs(old), initial=0.0)))
    return new.shape == old.shape and bool(np.allclose(new, old, rtol=0, atol=1e-12 * size, equal_nan=True))


def _close(ours: Array, theirs: Array, unit: float) -> bool:
    size = np.maximum(np.abs(ours), np.abs(theirs))
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    with np.errstate(invalid="ignore"):
        return bool(np.all(same | (np.abs(ours - theirs) <= 32 * unit * np.maximum(size, 1e-2))))
