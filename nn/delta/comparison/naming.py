"""What the quantities of a comparison, their entries and their formulas are called, in a notation."""

from __future__ import annotations

import numpy as np

from nn.delta.notation import AnyNotation, as_notation, written
from nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_on_logits,
    cross_entropy,
    cross_entropy_on_logits,
    half_squared_error,
    squared_error,
)

KINDS = ("z", "a", "C", "delta", "dW", "db")
FORWARD = KINDS[:3]

SLOPES_IN_LETTERS = {
    "sigmoid": "a (1 − a)",
    "tanh": "1 − a²",
    "relu": "1 where z > 0, else 0",
    "identity": "1",
    "leaky_relu": "1 where z > 0, else 0.01",
    "elu": "1 where z > 0, else a + 1",
    "softplus": "the sigmoid of z",
}
STARTS_IN_LETTERS = {
    squared_error: "2 (a − y)",
    half_squared_error: "a − y",
    binary_cross_entropy: "(a − y) / (a (1 − a))",
    cross_entropy: "−y / a",
    binary_cross_entropy_on_logits: "σ(z) − y",
    cross_entropy_on_logits: "softmax(z) − y",
}


def named(kind: str, l: int, notation: AnyNotation = "002") -> str:
    """A quantity as the documents write it.

    >>> named("delta", 2), named("dW", 2), named("C", 0)
    ('δ²', '∂C/∂W²', 'C')
    """
    if kind in FORWARD:
        return as_notation(notation).cost if kind == "C" else written(kind, l, notation=notation)
    symbol = written(kind.removeprefix("d") if kind != "delta" else kind, l, notation=notation)
    return symbol if kind == "delta" else f"∂{as_notation(notation).cost}/∂{symbol}"


def entry_name(name: str, shape: tuple[int, ...], position: int, notation: AnyNotation = "002") -> str:
    """An entry of a quantity as the documents write it; of a batch with its example.

    >>> entry_name("dW2", (2, 2), 1), entry_name("delta1", (3, 5), 7)
    ('∂C/∂w²₁₂', 'δ¹₂ of example 3')
    """
    kind = name.rstrip("0123456789")
    if kind == "C":
        return as_notation(notation).cost
    l, index = int(name.removeprefix(kind)), np.unravel_index(position, shape)
    if kind in ("z", "a", "delta"):
        example = f" of example {index[1] + 1}" if len(shape) > 1 and shape[1] > 1 else ""
        return written(kind, l, int(index[0]) + 1, notation=notation) + example
    source = int(index[1]) + 1 if kind == "dW" else 0
    if kind in FORWARD:
        return as_notation(notation).cost if kind == "C" else written(kind, l, notation=notation)
    symbol = written(kind[1:].lower(), l, int(index[0]) + 1, source, notation)
    return f"∂{as_notation(notation).cost}/∂{symbol}"
