"""The forms in which people give their numbers: a mapping, lists, a function, a model; here made one mapping.

Names are those of the comparison: "z1", "a1", "C", "delta1", "dW1", "db1" and so on.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from nn.delta.batches import BatchTrace
from nn.delta.comparison.answers.digits import array_of
from nn.delta.comparison.passes import pass_of
from nn.delta.recording import Recording
from nn.mlp import MLP

Shapes = dict[str, tuple[int, ...]]

# What people call them, without the number of the layer.
CALLED = {
    "z": "z|pre_activation|pre_activations",
    "a": "a|activation|activations",
    "C": "c|cost|loss",
    "delta": "delta|δ|dz|d|error",
    "dW": "dw|w|∂c/∂w|dc/dw|grad_w|gradw|w_grad|weight|weights",
    "db": "db|b|∂c/∂b|dc/db|grad_b|gradb|b_grad|bias|biases",
}
NUMBERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", "()[]^{}")


def by_name(trace: Recording, mine: Any, shapes: Shapes) -> dict[str, Any]:
    """The numbers by name, as they were given; `shapes` has what the network has, by name.

    Raises TypeError for what is none of these forms; ValueError for names or shapes that the network has not.

    >>> from nn import trace
    >>> by_name(trace(MLP(1, [1], seed=0), [0.3], y=1.0), {"W¹": [[0.5]]}, {"dW1": (1, 1)})
    {'dW1': [[0.5]]}
    """
    if isinstance(mine, MLP):
        return _of_mlp(mine)
    if is_model(mine):
        return _of_torch(mine)
    if hasattr(mine, "weight_gradients") and hasattr(mine, "delta"):
        return _of_recording(mine)
    if callable(mine):
        mine = _called(mine, trace)
    if isinstance(mine, Mapping):
        return _of_mapping(mine, trace.depth, shapes)
    if isinstance(mine, (Sequence, np.ndarray)) and not isinstance(mine, str):
        backward = {name: shape for name, shape in shapes.items() if name[0] == "d"}
        return _of_sequence(mine, backward, trace.depth)
    raise TypeError(
        "compare: give a mapping such as {'delta2': …}, a list of arrays, a function that returns one, a "
        f"model with gradients or a trace, not {type(mine).__name__}"
    )


def is_model(mine: Any) -> bool:
    """Whether it is a model of `nn` or of PyTorch, whose gradients add up until they are set to zero.

    >>> is_model(MLP(1, [1])), is_model({"delta1": [0.5]})
    (True, False)
    """
    return isinstance(mine, MLP) or hasattr(mine, "named_parameters")


def is_flat(mine: Any) -> bool:
    """Whether it is one vector of numbers.

    >>> is_flat([0.5, 0.25]), is_flat([[0.5], [0.25]]), is_flat({"delta1": [0.5]})
    (True, False, False)
    """
    return isinstance(mine, (Sequence, np.ndarray)) and not any(
        isinstance(entry, Iterable) and getattr(entry, "ndim", 1) for entry in mine
    )


def _of_mlp(model: MLP) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for l, layer in enumerate(model.layers, start=1):
        found[f"dW{l}"] = [[w.grad for w in neuron.w] for neuron in layer.neurons]
        biases = [neuron.b.grad for neuron in layer.neurons if neuron.b is not None]
        found |= {f"db{l}": biases} if biases else {}
    return found


def _of_torch(network: Any) -> dict[str, Any]:
    """Each weight of two dimensions begins a layer; the bias after it is of the same."""
    found: dict[str, Any] = {}
    l = 0
    for name, parameter in network.named_parameters():
        if parameter.grad is None:
            raise ValueError(f"compare: {name} has no gradient yet; call backward() on the loss")
        l += parameter.ndim > 1
        found[f"{'dW' if parameter.ndim > 1 else 'db'}{l}"] = parameter.grad
    return found


def _of_recording(other: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for l in range(1, other.depth + 1):
        found |= {f"delta{l}": other.delta(l), f"dW{l}": other.weight_gradients(l)}
        biases = other.bias_gradients(l)
        found |= {f"db{l}": biases} if biases.size else {}
    return found


def _called(function: Callable[..., Any], trace: Recording) -> Any:
    """What a function gives for W, b, x, y: copies, so that it may write into them."""
    layers = range(1, trace.depth + 1)
    W, b = [trace.weights(l).copy() for l in layers], [trace.biases(l).copy() for l in layers]
    y: Any = pass_of(trace).y
    if isinstance(trace, BatchTrace):
        y = [t.target for t in trace.traces] if y is None else y
    else:
        y = getattr(trace, "target", None) if y is None else y[:, 0]
    try:
        inspect.signature(function).bind(W, b, None, y)
    except (TypeError, ValueError):
        raise TypeError(
            "compare: the function is called as mine(W, b, x, y); let it take these four"
        ) from None
    return function(W, b, trace.activations(0).copy(), y)


def _of_mapping(mine: Mapping[Any, Any], depth: int, shapes: Shapes) -> dict[str, Any]:
    """Names as the network has them; None entries are left out. {"delta": [δ¹, δ²]} has one a layer."""
    found: dict[str, Any] = {}
    for name, entry in _layers_numbered(mine).items():
        kind, number = _kind_and_number(str(name))
        if kind and kind != "C" and not number and entry is not None:
            if len(entry) != depth:
                raise ValueError(
                    f"compare: {name!r} needs an array for each of {depth} layers, not {len(entry)}"
                )
            found |= {f"{kind}{l}": array for l, array in enumerate(entry, start=1)}
        elif kind + number in shapes:
            found[kind + number] = entry
        else:
            raise ValueError(f"compare: the network has no {name!r}; it has {', '.join(shapes)}")
    return {name: entry for name, entry in found.items() if entry is not None}


def _layers_numbered(mine: Mapping[Any, Any]) -> dict[str, Any]:
    """{"0.weight": …, "0.bias": …, "2.weight": …}, as PyTorch names them, with "dW1", "db1", "dW2"."""
    if not mine or not all(re.search(r"\.(weight|bias)$", str(name)) for name in mine):
        return dict(mine)
    modules = list(dict.fromkeys(str(name).rpartition(".")[0] for name in mine))
    kinds = {"weight": "dW", "bias": "db"}
    parts = ((str(name).rpartition("."), entry) for name, entry in mine.items())
    return {f"{kinds[kind]}{modules.index(module) + 1}": entry for (module, _, kind), entry in parts}


def _kind_and_number(name: str) -> tuple[str, str]:
    """ "dW_2", "W2", "∂C/∂W²" are ("dW", "2")."""
    plain = name.translate(NUMBERS).replace(" ", "").lower()
    for kind, called in CALLED.items():
        match = re.fullmatch(rf"(?:{called})[._]?(\d*)(?:\.grad)?", plain)
        if match:
            return kind, match[1]
    return "", ""


def _of_sequence(mine: Any, shapes: Shapes, depth: int) -> dict[str, Any]:
    """Arrays without names: which they are is seen from their number and shapes."""
    layers = range(1, depth + 1)
    turns = [name for l in layers for name in (f"dW{l}", f"db{l}")]
    deltas, weights, biases = ([f"{kind}{l}" for l in layers] for kind in ("delta", "dW", "db"))
    orders = [turns, deltas, weights, biases, weights + biases]
    orders += [order[::-1] for order in orders]
    orders.append([name for l in layers[::-1] for name in (f"dW{l}", f"db{l}")])
    pairs_flattened = [e for group in mine for e in (group if isinstance(group, Iterable) else [group])]
    for entries in (list(mine), pairs_flattened):
        for order in orders:
            if len(order) == len(entries) and all(map(_fits, entries, map(shapes.get, order))):
                return dict(zip(order, entries, strict=True))
    wanted = [name for name, shape in shapes.items() if name[:2] != "db" and _fits(mine, shape)]
    if len(wanted) == 1:
        return {wanted[0]: mine}
    lengths = {name: int(np.prod(shape)) for name, shape in shapes.items()}
    for order in (weights, turns):  # one vector of everything, as optimizers have it
        if is_flat(mine) and len(mine) == sum(lengths[name] for name in order):
            parts = np.split(np.asarray(mine), np.cumsum([lengths[name] for name in order])[:-1])
            return {name: part.reshape(shapes[name]) for name, part in zip(order, parts, strict=True)}
    came = ", ".join(str(np.shape(entry)) for entry in mine)
    raise ValueError(
        "compare: these arrays do not have the shapes of the network's ∂C/∂W, of its δ, or of ∂C/∂W and "
        f"∂C/∂b in turn, but shapes {came}; give them by name: "
        + ", ".join(f"{name} {shape}" for name, shape in shapes.items())
    )


def _fits(entry: Any, shape: tuple[int, ...] | None) -> bool:
    """Whether an array has the shape, transposed or not, or but for lengths of 1."""
    try:
        given = array_of("", entry).shape
    except (TypeError, ValueError):
        return False
    without_ones = [tuple(length for length in one if length != 1) for one in (given, shape or ())]
    return shape is not None and (given in (shape, shape[::-1]) or without_ones[0] == without_ones[1])
