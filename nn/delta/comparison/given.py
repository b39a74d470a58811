"""Numbers as people have them: a mapping, lists, a function, a model's gradients, as arrays by name.

Glossary: l = 1 … L numbers layers; "delta2", "dW2", "db2" name δ², ∂C/∂W², ∂C/∂b².
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad.symbols.numerals import exact
from nn.arrays import as_floats
from nn.delta.batches import BatchTrace
from nn.delta.comparison.digits import Written
from nn.delta.comparison.models import gradients_of, has_gradients
from nn.delta.comparison.naming import KINDS, named
from nn.delta.comparison.passes import pass_of
from nn.delta.recording import Recording

Array = NDArray[np.float64]
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


def given_by(trace: Recording, mine: Any) -> tuple[dict[str, Written], tuple[str, ...]]:
    """The learner's numbers by name, an example a column, and remarks on how they were read.

    Raises ValueError for unknown names, numbers that are not finite, no array or nothing at all; TypeError
    for what is none of the things that `compare` takes.

    >>> from nn import MLP, trace
    >>> given, remarks = given_by(trace(MLP(1, [1], seed=0), [0.3], y=1.0), {"W¹": [[0.5]], "δ": [["−0,25"]]})
    >>> {name: w.numbers.item() for name, w in given.items()}
    {'dW1': 0.5, 'delta1': -0.25}
    """
    shapes = _shapes(trace)
    found = _named(trace, mine, shapes)
    shapes |= _forward_shapes(trace)
    if not found:
        raise ValueError(f"compare: nothing was given; give any of {', '.join(shapes)}")
    given = {name: _fitted(name, _read(name, entry), shapes[name]) for name, entry in found.items()}
    given = {name: w for name, w in given.items() if not np.isnan(w.numbers).all()}
    if not given:
        raise ValueError("compare: nothing was given but blanks")
    turned, remarks = _turned(given, shapes)
    if isinstance(mine, (Sequence, np.ndarray)) and _is_flat(mine) and len(found) > 1:
        remarks += (
            f"Your one vector is read as {', '.join(named(n[:2], int(n[2:])) for n in found)}, in turn.",
        )
    return turned, remarks


def _named(trace: Recording, mine: Any, shapes: Shapes) -> dict[str, Any]:
    """The numbers by name, whatever they came in."""
    if has_gradients(mine):
        return gradients_of(mine)
    if callable(mine):
        mine = _called(mine, trace)
    if isinstance(mine, Mapping):
        return _of_mapping(mine, trace.depth, _forward_shapes(trace) | shapes)
    if isinstance(mine, (Sequence, np.ndarray)) and not isinstance(mine, str):
        return _of_sequence(mine, shapes, trace.depth)
    raise TypeError(
        "compare: give a mapping such as {'delta2': …}, a list of arrays, a function that returns one, a "
        f"model with gradients or a trace, not {type(mine).__name__}"
    )


def _of_mapping(mine: Mapping[Any, Any], depth: int, shapes: Shapes) -> dict[str, Any]:
    """Names as the network has them; None entries are left out. {"delta": [δ¹, δ²]} has one a layer."""
    found: dict[str, Any] = {}
    for name, entry in _layers_numbered(mine).items():
        kind, number = _kind_and_number(str(name))
        if kind and kind != "C" and not number and entry is not None:
            biased = [l for l in range(1, depth + 1) if kind != "db" or f"db{l}" in shapes]
            if len(entry) not in (depth, len(biased)):
                raise ValueError(
                    f"compare: {name!r} needs an array for each of {depth} layers, not {len(entry)}"
                )
            layers = range(1, depth + 1) if len(entry) == depth else biased
            found |= {f"{kind}{l}": array for l, array in zip(layers, entry, strict=True)}
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
    """Arrays without names: which they are is seen from their number and shapes, forward or backward."""
    layers = range(1, depth + 1)
    turns = [name for l in layers for name in (f"dW{l}", f"db{l}")]
    in_turn = [name for name in turns if name in shapes]
    orders = [turns, in_turn]
    orders += [[f"{kind}{l}" for l in layers] for kind in KINDS]
    orders.append([f"{kind}{l}" for kind in ("dW", "db") for l in layers])
    orders += [order[::-1] for order in orders]
    orders += [[name for l in layers[::-1] for name in (f"dW{l}", f"db{l}")]]
    for entries in (list(mine), _flattened(mine)):
        for order in orders:
            if len(order) == len(entries) and all(map(_fits, order, entries, map(shapes.get, order))):
                return dict(zip(order, entries, strict=True))
    wanted = [name for name, shape in shapes.items() if name[:2] != "db" and _fits(name, mine, shape)]
    if len(wanted) == 1:
        return {wanted[0]: mine}
    lengths = {name: int(np.prod(shape)) for name, shape in shapes.items()}
    for order in ([f"dW{l}" for l in layers], in_turn):  # one vector of everything, as optimizers have it
        if _is_flat(mine) and len(mine) == sum(lengths[name] for name in order):
            ends = np.cumsum([lengths[name] for name in order])[:-1]
            parts = np.split(np.asarray(mine), ends)
            return {name: part.reshape(shapes[name]) for name, part in zip(order, parts, strict=True)}
    came = ", ".join(str(np.shape(entry)) for entry in mine)
    raise ValueError(
        "compare: these arrays do not have the shapes of the network's ∂C/∂W, of its δ, or of ∂C/∂W and "
        f"∂C/∂b in turn, but shapes {came}; give them by name: "
        + ", ".join(f"{name} {shape}" for name, shape in shapes.items())
    )


def _flattened(mine: Any) -> list[Any]:
    """[(∂C/∂W, ∂C/∂b), …] as one list."""
    return [entry for group in mine for entry in (group if isinstance(group, Iterable) else [group])]


def _is_flat(mine: Any) -> bool:
    return not any(isinstance(entry, Iterable) and getattr(entry, "ndim", 1) for entry in mine)


def _fits(name: str, entry: Any, shape: tuple[int, ...] | None) -> bool:
    try:
        array = np.asarray(_read(name, entry))
    except (TypeError, ValueError):
        return False
    if shape is None:
        return False
    without_ones = [tuple(length for length in one if length != 1) for one in (array.shape, shape)]
    return array.shape in (shape, shape[::-1]) or without_ones[0] == without_ones[1]


def _called(function: Callable[..., Any], trace: Recording) -> Any:
    """What a function gives for W, b, x, y: copies, so that it may write into them."""
    layers = range(1, trace.depth + 1)
    W, b = [trace.weights(l).copy() for l in layers], [trace.biases(l).copy() for l in layers]
    y: Any = pass_of(trace).y
    if y is None:
        y = (
            [t.target for t in trace.traces]
            if isinstance(trace, BatchTrace)
            else getattr(trace, "target", None)
        )
    elif not isinstance(trace, BatchTrace):
        y = y[:, 0]
    try:
        inspect.signature(function).bind(W, b, None, y)
    except (TypeError, ValueError):
        raise TypeError(
            "compare: the function is called as mine(W, b, x, y); let it take these four"
        ) from None
    return function(W, b, trace.activations(0).copy(), y)


def _shapes(trace: Recording) -> Shapes:
    """Of every quantity of the backward pass: δ (n_l, N), with N = 1 for one example."""
    shapes: Shapes = {}
    for l in range(1, trace.depth + 1):
        z = trace.pre_activations(l)
        shapes[f"delta{l}"] = z.reshape(len(z), -1).shape
        shapes[f"dW{l}"] = trace.weights(l).shape
        shapes[f"db{l}"] = trace.biases(l).shape
    return shapes


def _forward_shapes(trace: Recording) -> Shapes:
    """Of z and a (n_l, N), and of C if the loss is known."""
    right = pass_of(trace)
    shapes: Shapes = {f"{kind}{l}": z.shape for l, z in right.z.items() for kind in ("z", "a")}
    return shapes | ({"C": (1,)} if right.loss is not None else {})


def _read(name: str, entry: Any) -> Any:
    """The numbers as an array of floats or of texts, in the type that they have. Raises ValueError
    otherwise."""
    if hasattr(entry, "detach"):  # a tensor
        entry = entry.detach().cpu()
        entry = (
            np.asarray(entry.float().tolist(), np.float32)
            if str(entry.dtype) == "torch.bfloat16"
            else entry.numpy()
        )
    try:
        if isinstance(entry, (list, tuple)) and any(hasattr(part, "detach") for part in entry):
            entry = [_read(name, part) for part in entry]
        array = np.asarray(entry)
        if array.dtype.kind in "USO":
            array = _of_texts(name, np.asarray(entry, dtype=object))
        array = array if array.dtype.kind in "fU" else as_floats(array)
    except (TypeError, ValueError) as error:
        if str(error).startswith("compare"):
            raise
        raise ValueError(f"compare: {name} is not an array of numbers, such as [0.12, -0.5]") from None
    if np.isinf(array.astype(np.float64)).any():
        raise ValueError(f"compare: {name} has numbers that are not finite")
    return array


def _of_texts(name: str, entries: NDArray[Any]) -> NDArray[Any]:
    """Texts such as "0.120", "0,12", "−1/3"; None and "" are blanks. Numbers among them keep their digits."""
    texts = []
    for entry in entries.ravel():
        text = "nan" if entry is None else exact(float(entry)) if not isinstance(entry, str) else entry
        text = text.strip().replace("−", "-").replace(",", ".").replace("½", "1/2") or "nan"
        try:
            texts.append(repr(float(Fraction(text))) if "/" in text else str(text))
            float(texts[-1])
        except (ValueError, ZeroDivisionError):
            raise ValueError(f"compare: {name} has {entry!r}, which is no number") from None
    return np.array(texts).reshape(entries.shape)


def _fitted(name: str, array: Any, shape: tuple[int, ...]) -> Written:
    """Numbers in the network's shape; in their own, if they are no mere column or row of it."""
    numbers = Written.of(array)
    squeezed = tuple(length for length in array.shape if length != 1)
    if squeezed == tuple(length for length in shape if length != 1):
        if array.shape == shape or 1 in shape or len(shape) == 1:
            return numbers.shaped(shape)
    elif name.startswith(("z", "a", "delta")) and array.ndim == 2 and array.T.shape == shape:
        return numbers.T  # an example a row, as many libraries have it
    return numbers


def _turned(given: dict[str, Written], shapes: Shapes) -> tuple[dict[str, Written], tuple[str, ...]]:
    """Where every ∂C/∂W is (n_in, n_out), as of networks with an example a row, that is a convention."""
    matrices = {
        name: w.numbers.shape for name, w in given.items() if name[:2] == "dW" and 1 not in shapes[name]
    }
    uneven = [name for name, shape in matrices.items() if shapes[name][0] != shapes[name][1]]
    if len(uneven) < 2 or any(matrices[name] != shapes[name][::-1] for name in uneven):
        return given, ()
    turned = {name: w.T if name in matrices else w for name, w in given.items()}
    return turned, ("Your ∂C/∂W are transposed, (from, to); they are read as (to, from) here.",)
