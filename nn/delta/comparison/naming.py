"""What the quantities of a comparison and their entries are called: here, and in a notation."""

from __future__ import annotations

import numpy as np

from nn.delta.notation import AnyNotation, as_notation, written

KINDS = ("z", "a", "C", "delta", "dW", "db")
FORWARD = KINDS[:3]


def kind_and_layer(name: str) -> tuple[str, int]:
    """The kind of a quantity and its layer; 0 for C, which has none.

    >>> kind_and_layer("dW2"), kind_and_layer("C")
    (('dW', 2), ('C', 0))
    """
    kind = name.rstrip("0123456789")
    return kind, int(name.removeprefix(kind) or 0)


def named(name: str, notation: AnyNotation = "002") -> str:
    """A quantity as the documents write it.

    >>> named("delta2"), named("dW2"), named("C")
    ('δ²', '∂C/∂W²', 'C')
    """
    kind, l = kind_and_layer(name)
    letter = {"dW": "W", "db": "b"}.get(kind, kind)
    return _of_cost(kind, "" if kind == "C" else written(letter, l, notation=notation), notation)


def entry_name(name: str, shape: tuple[int, ...], position: int, notation: AnyNotation = "002") -> str:
    """An entry of a quantity as the documents write it; of a batch with its example.

    >>> entry_name("dW2", (2, 2), 1), entry_name("delta1", (3, 5), 7)
    ('∂C/∂w²₁₂', 'δ¹₂ of example 3')
    """
    kind, l = kind_and_layer(name)
    if kind == "C":
        return named(name, notation)
    neuron, second = (*(int(n) + 1 for n in np.unravel_index(position, shape)), 0)[:2]
    letter = {"dW": "w", "db": "b"}.get(kind, kind)
    entry = written(letter, l, neuron, second if kind == "dW" else 0, notation)
    example = f" of example {second}" if kind in ("z", "a", "delta") and shape[1:] > (1,) else ""
    return _of_cost(kind, entry, notation) + example


def _of_cost(kind: str, written: str, notation: AnyNotation) -> str:
    cost = as_notation(notation).cost
    return {"C": cost, "dW": f"∂{cost}/∂{written}", "db": f"∂{cost}/∂{written}"}.get(kind, written)
