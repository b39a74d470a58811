"""The gradients that a model has after its backward pass, or a trace, by name."""

from __future__ import annotations

from typing import Any

from nn.mlp import MLP


def is_model(mine: Any) -> bool:
    """Whether it is a model of `nn` or of PyTorch, whose gradients add up until they are set to zero.

    >>> is_model(MLP(1, [1])), is_model({"delta1": [0.5]})
    (True, False)
    """
    return isinstance(mine, MLP) or hasattr(mine, "named_parameters")


def has_gradients(mine: Any) -> bool:
    """Whether it is a model, or a trace.

    >>> has_gradients(MLP(1, [1])), has_gradients([0.5])
    (True, False)
    """
    return is_model(mine) or (hasattr(mine, "weight_gradients") and hasattr(mine, "delta"))


def gradients_of(mine: Any) -> dict[str, Any]:
    """∂C/∂W and ∂C/∂b of a model or a trace, of a trace δ, too. Raises ValueError if there are none yet.

    >>> sorted(gradients_of(MLP(1, [1])))
    ['dW1', 'db1']
    """
    if isinstance(mine, MLP):
        return _of_mlp(mine)
    return _of_torch(mine) if is_model(mine) else _of_recording(mine)


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
