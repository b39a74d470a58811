"""Watches a PyTorch network at work: each `linear` that it computes is a layer, whoever calls it.

So a layer is a `Linear` in a `Sequential`, in a module of one's own, or `torch.nn.functional.linear`, or
x @ W + b with a matrix and a vector of the network's own; its W is the matrix that multiplies, also where a
parametrization (weight_norm, spectral_norm, pruning) makes it, and what hooks do is seen like anything else
that is computed between two layers.

Glossary: N examples, a row each; layer l computes zˡ = aˡ⁻¹ (Wˡ)ᵀ + bˡ; `given` is aˡ⁻¹ as the layer got it.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.exchange.torch_modules import as_array, import_torch
from nn.exchange.torch_products import added_bias, factors_of, unknown_products

Array = NDArray[np.float64]

# What leaves the numbers as they are.
PASSING = frozenset(
    [
        *("alpha_dropout", "dropout", "dropout1d", "feature_alpha_dropout"),  # not in training mode
        *("flatten", "reshape", "squeeze", "unflatten", "unsqueeze", "view", "view_as"),
        *("clone", "contiguous", "detach", "identity", "requires_grad_"),
        *("bfloat16", "cpu", "cuda", "double", "float", "half", "to", "type", "type_as"),
    ]
)
# Functions that draw numbers, or let the examples of a batch meet, where `training` is true.
RANDOM = ["alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout", "rrelu"]
TRAINING = dict.fromkeys(RANDOM, "draws other numbers at each pass") | {
    "batch_norm": "makes the numbers of each example depend on all examples"
}


@dataclass
class Step:
    """A function of PyTorch that was called after a layer, with what it was given beside its first operand.

    >>> Step("relu", abs, (), {}).name
    'relu'
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    settings: dict[str, Any]


@dataclass
class Layer:
    """One call of `linear`: its tensors in PyTorch's graph, the same as arrays, and the steps after it.

    `weight` (n_l, n_{l−1}), `bias` (n_l,) or None, `given` (N, n_{l−1}) and `z` (N, n_l) are tensors; `W`,
    `b`, `a_before` and `numbers` (z) are copies, which a later training step does not change; `owner` is the
    weight as the network has it; `sent` is the product of x @ W, to which b may be added.

    >>> Layer(None, None, None, None, np.ones((1, 2)), None, np.ones((3, 2)), np.ones((3, 1))).steps
    []
    """

    weight: Any
    bias: Any
    given: Any
    z: Any
    W: Array
    b: Array | None
    a_before: Array
    numbers: Array
    owner: Any = None
    sent: Any = None
    steps: list[Step] = field(default_factory=list)


def watch(network: Any, inputs: Any, caller: str) -> tuple[list[Layer], Any]:
    """The layers of one call of the network on inputs of shape (N, …), and its output.

    Its buffers stay as they are. Raises ValueError, with the cause and the remedy, where the network is no
    chain of layers or does not run.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> network = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    >>> [layer.W.shape for layer in watch(network, torch.ones(5, 2), "trace_torch")[0]]
    [(3, 2), (1, 3)]
    """
    torch = import_torch()
    layers: list[Layer] = []
    own = {id(tensor) for tensor in (*network.parameters(), *network.buffers())}

    def on_call(function: Any, arguments: tuple[Any, ...], settings: dict[str, Any]) -> Any:
        factors = factors_of(function, arguments, settings, own)
        if factors is not None:
            return _linear(layers, len(inputs), caller, factors)
        bias = added_bias(layers[-1].sent if layers else None, function, arguments, own)
        if bias is not None:
            return _with_bias(layers[-1], bias)
        name = getattr(function, "__name__", str(function)).rstrip("_")
        if name in TRAINING and settings.get("training", len(arguments) > 1) and settings.get("p", 1.0) != 0:
            raise ValueError(
                f"{caller}: {name} in training mode {TRAINING[name]}, so that no δ of one example exists; "
                "call network.eval() first"
            )
        result = function(*arguments, **settings)
        if layers and isinstance(result, torch.Tensor) and _is_of_the_data(torch, arguments):
            layers[-1].steps.append(Step(name, function, arguments[1:], settings))
        return result

    buffers = {name: buffer.clone() for name, buffer in network.named_buffers()}
    output = called_in_watch(network, buffers, inputs, on_call, caller)
    if not layers:
        raise ValueError(
            f"{caller}: the network has no layers: no torch.nn.Linear was called. It must begin with a "
            "Linear; trace_torch and from_torch know chains of Linears with activations between them"
            f"{unknown_products(network)}"
        )
    return layers, output


def called_in_watch(
    network: Any, tensors: dict[str, Any], inputs: Any, on_call: Callable[..., Any], caller: str
) -> Any:
    """network(inputs) with `tensors` in place of its own, each function of PyTorch through `on_call`.

    Raises ValueError, which names the caller, where the network fails.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> names = []
    >>> def on_call(function, arguments, settings):
    ...     names.append(function.__name__)
    ...     return function(*arguments, **settings)
    >>> output = called_in_watch(torch.nn.Tanh(), {}, torch.zeros(1, 2), on_call, "trace_torch")
    >>> output.tolist(), names
    ([[0.0, 0.0]], ['tanh'])
    """
    torch = import_torch()
    try:
        with left_alone(network), _mode(on_call):
            return torch.func.functional_call(network, tensors, (inputs,))
    except (RuntimeError, ValueError, TypeError, IndexError, AttributeError, NotImplementedError) as error:
        if str(error).startswith(f"{caller}: "):
            raise
        raise ValueError(
            f"{caller}: the network itself fails on inputs of shape {tuple(inputs.shape)}, {inputs.dtype}: "
            f"{error}"
        ) from error


@contextlib.contextmanager
def left_alone(network: Any) -> Iterator[None]:
    """Within it a network may be called; the tensors that its hooks leave on it, and the seed, stay.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> with left_alone(torch.nn.Linear(2, 1)):
    ...     numbers = torch.rand(3)
    """
    torch = import_torch()
    kept = [
        (module, {name: item for name, item in vars(module).items() if isinstance(item, torch.Tensor)})
        for module in network.modules()
    ]
    try:
        with torch.inference_mode(False), torch.enable_grad(), torch.random.fork_rng(devices=[]):
            yield
    finally:
        for module, tensors in kept:
            vars(module).update(tensors)


def _mode(on_call: Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]) -> Any:
    modes = importlib.import_module("torch.overrides")

    class Watching(modes.TorchFunctionMode):  # type: ignore[misc, name-defined]
        def __torch_function__(
            self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
        ) -> Any:
            return on_call(function, args, kwargs or {})

    return Watching()


def _is_of_the_data(torch: Any, arguments: tuple[Any, ...]) -> bool:
    """Whether a function was given what is computed, and not a parameter, as in a parametrization."""
    first = arguments[0] if arguments else None
    first = first[0] if isinstance(first, list | tuple) and first else first
    return isinstance(first, torch.Tensor) and not isinstance(first, torch.nn.Parameter)


def _with_bias(layer: Layer, bias: Any) -> Any:
    """z of x @ W with b added: the layer is then x @ W + b."""
    layer.bias, layer.b = _in_graph(bias), as_array(bias)
    layer.z = layer.z + layer.bias
    layer.numbers, layer.sent = as_array(layer.z), None
    return layer.z.clone()


def _linear(layers: list[Layer], count: int, caller: str, factors: tuple[Any, Any, Any, Any]) -> Any:
    """z of a layer, which is written down; a copy goes on, since what follows may work in place."""
    given, weight, bias, owner = factors
    _check_call(layers, count, caller, given, weight, owner)
    weight_in_graph, bias_in_graph = _in_graph(weight), None if bias is None else _in_graph(bias)
    given = _in_graph(given) if layers else given
    z = import_torch().nn.functional.linear(given, weight_in_graph, bias_in_graph)
    b = None if bias is None else as_array(bias)
    arrays = as_array(weight), b, as_array(given), as_array(z)
    result = z.clone()
    sent = result if weight is not owner and bias is None else None
    layers.append(Layer(weight_in_graph, bias_in_graph, given, z, *arrays, owner, sent))
    return result


def _in_graph(tensor: Any) -> Any:
    """The tensor, or a copy that has a gradient where it has none: of a frozen layer, or after `detach`."""
    return tensor if tensor.requires_grad else tensor.detach().clone().requires_grad_()


def _check_call(layers: list[Layer], count: int, caller: str, given: Any, weight: Any, owner: Any) -> None:
    torch = import_torch()
    l = len(layers) + 1
    if not torch.is_grad_enabled():
        raise ValueError(
            f"{caller}: layer {l} is called under torch.no_grad(), so that no gradient reaches it"
        )
    if given.dim() != 2 or given.shape[0] != count:
        raise ValueError(
            f"{caller}: layer {l} is given an array of shape {tuple(given.shape)}; it must be one row for "
            f"each of the {count} examples, as torch.nn.Flatten makes it"
        )
    if given.shape[1] != weight.shape[1]:
        raise ValueError(
            f"{caller}: layer {l} takes {weight.shape[1]} numbers an example, and is given {given.shape[1]}"
        )
    if given.dtype != weight.dtype and not torch.is_autocast_enabled(given.device.type):
        raise ValueError(
            f"{caller}: layer {l} is in {weight.dtype}, and is given {given.dtype}; bring the network into "
            "one precision, as network.double() does"
        )
    for m, layer in enumerate(layers, start=1):
        if layer.owner is owner:
            raise ValueError(
                f"{caller}: layers {m} and {l} share one weight, whose gradient is the sum over both; (3) is "
                "of one layer: give each a Linear of its own"
            )
