"""Converts an MLP to a PyTorch `Sequential` and back. PyTorch is optional, and imported when it is needed.

As here, the `weight` of a PyTorch `Linear` is Wˡ, shape (n_l, n_{l−1}), and its `bias` bˡ, shape (n_l,).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.activations import SOFTMAX, Activation, activation_name
from nn.delta.derivatives import FUNCTIONS
from nn.exchange.torch_activations import named_activation, steps_in_words
from nn.exchange.torch_modules import as_array, checked_network, dtype_and_device, import_torch
from nn.exchange.torch_products import unknown_products
from nn.exchange.torch_watching import Layer, watch
from nn.mlp import MLP

Array = NDArray[np.float64]

# The activations of nn as classes of PyTorch, with the settings that make them the same function.
TORCH_ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "relu": ("ReLU", {}),
    "identity": ("Identity", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": 0.01}),
    "elu": ("ELU", {"alpha": 1.0}),
    "gelu": ("GELU", {"approximate": "none"}),
    "silu": ("SiLU", {}),
    "softplus": ("Softplus", {"beta": 1.0, "threshold": 40.0}),  # from there on log(1 + eᶻ) is z in float64
    SOFTMAX: ("Softmax", {"dim": -1}),
}

# What to do about a function that an MLP does not have.
REMEDIES = {
    "batch_norm": "fold BatchNorm into its Linear with torch.nn.utils.fuse_linear_bn_eval",
    "log_softmax": "leave LogSoftmax out, and train with nn.cross_entropy_on_logits, which takes z",
    "prelu": "nn has leaky_relu, whose slope below 0 is 0.01 and stays so",
}


def to_torch(model: MLP) -> Any:
    """The same network as a `torch.nn.Sequential` of float64, with a `Linear` and an activation a layer.

    Raises ValueError for an activation that is a function of your own, or a forward pass of your own;
    TypeError for what is no MLP; ImportError without PyTorch.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> to_torch(MLP(2, [1], initial=[[[2.0, 3.0]]]))(torch.ones(2, dtype=torch.float64)).item()
    5.0
    """
    torch = import_torch()
    if not isinstance(model, MLP):
        raise TypeError(f"to_torch: give an nn.MLP, not {type(model).__name__}")
    if model.stray:
        raise ValueError(f"to_torch: {model.stray}; only networks whose layers are a = σ(W a + b) go there")
    state = model.state_dict()
    modules = []
    for l, layer in enumerate(model.layers, start=1):
        if not isinstance(layer.activation, str):
            name = activation_name(layer.activation)
            raise ValueError(f"to_torch: layer {l} has a function of your own, {name}, which PyTorch has not")
        named = {"weight": f"W{l}", "bias": f"b{l}"}
        tensors = {name: torch.tensor(state[ours]) for name, ours in named.items() if ours in state}
        n_out, n_in = tensors["weight"].shape
        linear = torch.nn.Linear(n_in, n_out, bias="bias" in tensors, dtype=torch.float64)
        linear.load_state_dict(tensors)
        modules.append(linear)
        if layer.activation != "identity":
            class_name, settings = TORCH_ACTIVATIONS[layer.activation]
            modules.append(getattr(torch.nn, class_name)(**settings))
    return torch.nn.Sequential(*modules)


def from_torch(network: Any) -> MLP:
    """An MLP with the weights of a chain of `Linear`s with activations between them.

    `network` is a `Sequential`, also nested, or a module of your own, in eval mode, with `Linear`s or x @ W +
    b of its own parameters; W is the matrix that multiplies, also under weight_norm, spectral_norm or
    pruning. The network is called once, on made-up numbers, and the MLP gives what it gives. requires_grad
    does not go along: which parameters train, an optimizer here is told.

    Raises TypeError for what is no module; ValueError, with the remedy, for what an MLP does not have: other
    modules and settings, hooks that change numbers or gradients. ImportError without PyTorch.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> from_torch(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))).sizes
    (2, 3, 1)
    """
    torch = import_torch()
    checked_network(network, "from_torch")
    _check_backward_hooks(network)
    with torch.inference_mode(False), torch.enable_grad():
        inputs, layers, output = _watched(torch, network)
    if not isinstance(output, torch.Tensor):
        raise ValueError(f"from_torch: the network returns a {type(output).__name__}, not one tensor")
    if not np.array_equal(layers[0].a_before, as_array(inputs)):
        raise ValueError(
            "from_torch: a Sequential must begin with a Linear here; something before it changes x: leave it "
            "out, and do the same to the inputs of the MLP"
        )
    outputs = [*(layer.a_before for layer in layers[1:]), as_array(output).reshape(len(output), -1)]
    activations = [_activation(l, layers, a, network) for l, a in enumerate(outputs, start=1)]
    return MLP(
        layers[0].W.shape[1],
        [len(layer.W) for layer in layers],
        activation=activations[:-1],
        output_activation=activations[-1],
        weights=[layer.W for layer in layers],
        biases=[layer.b for layer in layers],
    )


def _watched(torch: Any, network: Any) -> tuple[Any, list[Layer], Any]:
    """A few examples without a number that any function leaves as it is, the layers on them, the output.

    How many numbers the first layer takes, its matrix says, of which one side or the other is meant.
    """
    dtype, device = dtype_and_device(network)
    sizes = [module.in_features for module in network.modules() if isinstance(module, torch.nn.Linear)][:1]
    matrices = [parameter.shape for parameter in network.parameters() if parameter.dim() == 2]
    sizes += [] if not matrices else [size for size in matrices[0][::-1] if size not in sizes]
    if not sizes:
        raise ValueError(
            "from_torch: a network without a Linear has no layers; it must begin with a Linear "
            "(torch.nn.Linear)"
        )
    problems: list[ValueError] = []
    for size in sizes:
        numbers = np.random.default_rng(0).normal(size=(8, size))
        inputs = torch.tensor(numbers, dtype=dtype, device=device)
        try:
            return inputs, *watch(network, inputs, "from_torch")
        except ValueError as error:
            problems.append(error)
    raise problems[0]


def _activation(l: int, layers: list[Layer], a: Array, network: Any) -> Activation:
    """The name in `nn` of what comes after a layer. Raises ValueError, with the remedy, if there is none."""
    layer, unknown = layers[l - 1], unknown_products(network, layers)
    unit = import_torch().finfo(layer.z.dtype).eps / 2
    name = named_activation(layer, a, unit, l == len(layers))
    if name is not None:
        return name
    steps = [step.name for step in layer.steps if step.name in FUNCTIONS]
    if len(steps) > 1:
        raise ValueError(
            f"from_torch: layer {l} has {len(steps)} activations one after another, {steps_in_words(layer)}; "
            f"an MLP has one a layer{unknown}"
        )
    what = steps_in_words(layer)
    remedies = [remedy for part, remedy in REMEDIES.items() if part in what.split(" then ")]
    hooks = _hooked(network, ("_forward_hooks", "_forward_pre_hooks"))
    if hooks:
        remedies.append(f"there are hooks on {', '.join(hooks)}: remove those that change numbers")
    hint = "; ".join(remedies) or "use an activation of nn.ACTIVATIONS with its settings there, or none"
    raise ValueError(f"from_torch: after layer {l} comes what is not known here: {what}; {hint}{unknown}")


def _check_backward_hooks(network: Any) -> None:
    """What changes gradients in PyTorch would be lost in an MLP without a word."""
    hooked = _hooked(network, ("_backward_hooks", "_backward_pre_hooks"))
    hooked += [name for name, parameter in network.named_parameters() if parameter._backward_hooks]
    if hooked:
        raise ValueError(
            f"from_torch: there are hooks of the backward pass on {', '.join(hooked)}, which an MLP does not "
            "have; remove them with their handles' remove()"
        )


def _hooked(network: Any, kinds: tuple[str, ...]) -> list[str]:
    """The modules with hooks of these kinds, in words."""
    return [
        f"{name or 'the network'} ({type(module).__name__})"
        for name, module in network.named_modules()
        if any(getattr(module, kind, None) for kind in kinds)
    ]
