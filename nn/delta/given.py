"""What a learner hands over, as arrays of the network's shapes, and the forward pass it is held against.

Glossary: l = 1 … L numbers layers; "delta2", "dW2", "db2" name δ², ∂C/∂W², ∂C/∂b².
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.arrays import as_floats
from nn.delta.batches import BatchTrace
from nn.delta.derivatives import activated, cost_gradient_of
from nn.delta.mistakes import LayerState
from nn.delta.notation import written
from nn.delta.recording import Recording
from nn.delta.tracing import Trace

Array = NDArray[np.float64]
Given = dict[str, Array]

KINDS = ("delta", "dW", "db")


def named(kind: str, l: int) -> str:
    """A quantity as the documents write it.

    >>> named("delta", 2), named("dW", 1), named("db", 1)
    ('δ²', '∂C/∂W¹', '∂C/∂b¹')
    """
    return written("delta", l) if kind == "delta" else f"∂C/∂{written(kind[1:], l)}"


def given_by(trace: Recording, mine: Mapping[str, Any] | Callable[..., Mapping[str, Any]]) -> Given:
    """The learner's arrays by name, each of the shape that the network has.

    Raises ValueError for unknown names, shapes that do not fit, numbers that are not finite, or nothing at
    all; TypeError for what is neither a mapping nor a function that returns one.

    >>> from nn import MLP, trace
    >>> given_by(trace(MLP(2, [1]), [1.0, 2.0]), {"delta": [3.0]})
    {'delta1': array([3.])}
    """
    if callable(mine):
        mine = mine(*_for_function(trace))
    if not isinstance(mine, Mapping):
        raise TypeError(f"compare: give a mapping such as {{'delta2': …}}, not {type(mine).__name__}")
    shapes = _shapes(trace)
    given: Given = {}
    for name, array in _one_a_layer(mine, trace.depth).items():
        if name not in shapes:
            raise ValueError(f"compare: the network has no {name!r}; it has {', '.join(shapes)}")
        given[name] = _fitted(name, array, shapes[name])
    if not given:
        raise ValueError(f"compare: nothing was given; give any of {', '.join(shapes)}")
    return given


def forward_state(trace: Recording) -> tuple[list[LayerState], Array]:
    """Each layer's forward pass, and ∂C/∂aᴸ, as they are in the trace; shapes as in `Recording`.

    >>> from nn import MLP, trace
    >>> layers, gradient = forward_state(trace(MLP(1, [1], initial=[[[2.0]]]), [3.0], y=5.0))
    >>> layers[0].z.tolist(), gradient.tolist()
    ([6.0], [2.0])
    """
    layers = [
        LayerState(
            trace.activation(l),
            trace.pre_activations(l),
            trace.activations(l - 1),
            trace.pre_activations(l - 1) if l > 1 else None,
        )
        for l in range(1, trace.depth + 1)
    ]
    return layers, trace.cost_gradient()


def forward_without_biases(trace: Recording) -> tuple[list[LayerState], Array] | None:
    """The same for a forward pass that forgot the biases; None if they are all 0, or the loss is not known.

    ∂C/∂aᴸ has shape (n_L,) or (n_L, N).

    >>> from nn import MLP, trace
    >>> forward_without_biases(trace(MLP(1, [1]), [3.0], y=5.0)) is None
    True
    """
    if not any(trace.biases(l).any() for l in range(1, trace.depth + 1)):
        return None
    layers, a, z_before = [], trace.activations(0), None
    for l in range(1, trace.depth + 1):
        z = trace.weights(l) @ a
        layers.append(LayerState(trace.activation(l), z, a, z_before))
        a, z_before = activated(trace.activation(l), z), z
    if isinstance(trace, Trace) and trace.loss is not None:
        return layers, cost_gradient_of(trace.loss, a, trace.target)
    if isinstance(trace, BatchTrace):
        pairs = zip(trace.traces, a.T, strict=True)
        columns = [cost_gradient_of(t.loss, output, t.target) for t, output in pairs if t.loss is not None]
        return layers, np.column_stack(columns)
    return None


def _for_function(trace: Recording) -> tuple[list[Array], list[Array], Array, Any]:
    """W, b, x, y: copies, so that a function may write into them."""
    layers = range(1, trace.depth + 1)
    target: Any = getattr(trace, "target", None)
    if isinstance(trace, BatchTrace):
        target = [t.target for t in trace.traces]
    return [trace.weights(l) for l in layers], [trace.biases(l) for l in layers], trace.activations(0), target


def _one_a_layer(mine: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """{"delta": [δ¹, δ²]} as {"delta1": δ¹, "delta2": δ²}; None entries are left out."""
    arrays: dict[str, Any] = {}
    for name, entry in mine.items():
        if name not in KINDS:
            arrays[name] = entry
            continue
        if len(entry) != depth:
            raise ValueError(f"compare: {name!r} needs an array for each of {depth} layers, not {len(entry)}")
        arrays |= {f"{name}{l}": array for l, array in enumerate(entry, start=1)}
    return {name: array for name, array in arrays.items() if array is not None}


def _shapes(trace: Recording) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for l in range(1, trace.depth + 1):
        shapes[f"delta{l}"] = trace.pre_activations(l).shape
        shapes[f"dW{l}"] = trace.weights(l).shape
        shapes[f"db{l}"] = trace.biases(l).shape
    return shapes


def _fitted(name: str, entry: Any, shape: tuple[int, ...]) -> Array:
    """The learner's array in the network's shape; a transposed matrix stays so, for it is a known mistake."""
    try:
        array = as_floats(entry)
    except (TypeError, ValueError):
        raise ValueError(f"compare: {name} is not an array of numbers") from None
    if not np.isfinite(array).all():
        raise ValueError(f"compare: {name} has numbers that are not finite")
    squeezed = tuple(length for length in array.shape if length != 1)
    if squeezed == tuple(length for length in shape if length != 1):
        same = array.shape == shape or len(shape) == 1 or 1 in shape
        return array.reshape(shape) if same else array
    if name.startswith("delta") and array.ndim == 2 and array.T.shape == shape:
        return array.T  # an example a row, as many libraries have it
    if name.startswith("dW") and array.T.shape == shape:
        return array
    raise ValueError(f"compare: {name} has shape {array.shape}; the network's is {shape}")
