"""Converts an MLP to a PyTorch `Sequential` and back. PyTorch is optional, and imported when it is needed.

As here, the `weight` of a PyTorch `Linear` is Wˡ, shape (n_l, n_{l−1}), and its `bias` bˡ, shape (n_l,).
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from nn.activations import SOFTMAX, Activation, activation_name
from nn.mlp import MLP

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
    "softplus": ("Softplus", {"beta": 1.0, "threshold": 20.0}),
    SOFTMAX: ("Softmax", {}),
}


def import_torch() -> Any:
    """The module `torch`. Raises ImportError, with the command to install it.

    >>> import_torch.__name__
    'import_torch'
    """
    try:
        return importlib.import_module("torch")
    except ImportError:
        raise ImportError("this needs PyTorch, which minigrad does not install: pip install torch") from None


def to_torch(model: MLP) -> Any:
    """The same network as a `torch.nn.Sequential` of float64, with a `Linear` and an activation a layer.

    Raises ValueError for an activation that is a function of your own; ImportError without PyTorch.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> to_torch(MLP(2, [1], initial=[[[2.0, 3.0]]]))(torch.ones(2, dtype=torch.float64)).item()
    5.0
    """
    torch = import_torch()
    state = model.state_dict()
    modules = []
    for l, layer in enumerate(model.layers, start=1):
        if not isinstance(layer.activation, str):
            name = activation_name(layer.activation)
            raise ValueError(f"to_torch: layer {l} has a function of your own, {name}, which PyTorch has not")
        weight = torch.tensor(state[f"W{l}"])
        has_bias = f"b{l}" in state
        linear = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=has_bias, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(weight)
            if has_bias:
                linear.bias.copy_(torch.tensor(state[f"b{l}"]))
        modules.append(linear)
        if layer.activation != "identity":
            class_name, settings = TORCH_ACTIVATIONS[layer.activation]
            settings = {"dim": -1} if layer.activation == SOFTMAX else settings
            modules.append(getattr(torch.nn, class_name)(**settings))
    return torch.nn.Sequential(*modules)


def from_torch(sequential: Any) -> MLP:
    """An MLP with the weights of a `Sequential` of `Linear`s with activations between them.

    Raises ValueError for modules that `nn` does not have; ImportError without PyTorch.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> from_torch(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))).sizes
    (2, 3, 1)
    """
    layers = layers_of(sequential)
    activations: list[Activation] = []
    for l, (_, between) in enumerate(layers, start=1):
        if len(between) > 1:
            raise ValueError(
                f"from_torch: layer {l} has {len(between)} activations one after another: {between}"
            )
        activations.append(known_activation(between[0]) if between else "identity")
    sizes = [layers[0][0].in_features, *(linear.out_features for linear, _ in layers)]
    model = MLP(
        sizes[0],
        sizes[1:],
        activation=activations[:-1],
        output_activation=activations[-1],
        bias=[linear.bias is not None for linear, _ in layers],
    )
    state = {}
    for l, (linear, _) in enumerate(layers, start=1):
        state[f"W{l}"] = as_array(linear.weight)
        if linear.bias is not None:
            state[f"b{l}"] = as_array(linear.bias)
    model.load_state_dict(state)
    return model


def layers_of(sequential: Any) -> list[tuple[Any, list[Any]]]:
    """Each `Linear` with the modules between it and the next. Raises ValueError if the first module is none.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> len(layers_of(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))))
    2
    """
    torch = import_torch()
    layers: list[tuple[Any, list[Any]]] = []
    for module in sequential:
        if isinstance(module, torch.nn.Linear):
            layers.append((module, []))
        elif layers:
            layers[-1][1].append(module)
        else:
            raise ValueError(f"a Sequential must begin with a Linear here, not with {module}")
    if not layers:
        raise ValueError("a Sequential without a Linear has no layers")
    return layers


def known_activation(module: Any) -> str:
    """The name in `nn` of a PyTorch activation. Raises ValueError if there is none, or its settings differ.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> known_activation(torch.nn.ReLU())
    'relu'
    """
    for name, (class_name, settings) in TORCH_ACTIVATIONS.items():
        same = all(
            getattr(module, key) == setting for key, setting in settings.items() if hasattr(module, key)
        )
        if type(module).__name__ == class_name and type(module).__module__.startswith("torch.") and same:
            return name
    raise ValueError(f"an activation that is not known here: {module}")


def as_array(tensor: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The numbers of a tensor as float64, of the same shape.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> as_array(torch.ones(2))
    array([1., 1.])
    """
    return np.array(tensor.detach().cpu().tolist(), dtype=np.float64).reshape(tuple(tensor.shape))
