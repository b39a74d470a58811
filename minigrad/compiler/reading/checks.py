"""Checks the arguments of `compile`, and that a second recording has the structure of the first."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from minigrad import rules
from minigrad.value import Value


def check_arguments(
    cost: Value, inputs: Sequence[Value], parameters: Sequence[Value] | None, outputs: Sequence[Value]
) -> None:
    """TypeError for what is no Value, ValueError for an input or parameter that is no leaf or is repeated."""
    if not isinstance(cost, Value):
        raise TypeError(f"compile: the cost must be a Value, not {type(cost).__name__}")
    for output in outputs:
        if not isinstance(output, Value):
            raise TypeError(f"compile: an output must be a Value, not {type(output).__name__} {output!r}")
    for kind, values in (("an input", inputs), ("a parameter", parameters or ())):
        for value in values:
            if not isinstance(value, Value):
                raise TypeError(f"compile: {kind} must be a Value, not {type(value).__name__} {value!r}")
            if value.op is not None and value.operands:
                raise ValueError(f"compile: {kind} must be a leaf, not the result of {value.op!r}: {value!r}")
    everything = [*inputs, *(parameters or ())]
    if len(set(everything)) < len(everything):
        raise ValueError("compile: a Value stands twice among the inputs and parameters")


def checked_dtype(dtype: Any) -> np.dtype[Any]:
    """The type of a program's numbers. Raises ValueError for one that is neither float64 nor float32.

    >>> checked_dtype("float32")
    dtype('float32')
    """
    found: np.dtype[Any] | None = None
    with suppress(TypeError):
        found = np.dtype(dtype)
    if found is None or found not in (np.dtype(np.float64), np.dtype(np.float32)):
        raise ValueError(f'dtype is "float64" or "float32", not {dtype!r}')
    return found


def checked_count(examples: Any) -> int | None:
    """How many examples a batch has, about. Raises ValueError for what is no whole number from 1 on.

    >>> checked_count(np.int64(3))
    3
    """
    if examples is None:
        return None
    try:
        count = operator.index(examples)
    except TypeError:
        count = 0
    if count < 1 or isinstance(examples, (bool, np.bool_)):
        raise ValueError(f"compile: examples= is how many a batch has, 1 or more, not {examples!r}")
    return count


def check_reach(order: Sequence[Value], inputs: Sequence[Value], parameters: Sequence[Value] | None) -> None:
    """Raises ValueError if the cost depends on none of the inputs, but on leaves not named as parameters."""
    if not inputs or not set(inputs).isdisjoint(order):
        return
    trained = set(parameters or ())
    strangers = [v for v in order if not v.operands and v.op is not rules.constant and v not in trained]
    if strangers:
        raise ValueError(
            f"compile: the cost depends on none of the inputs, but on {strangers[0]!r}; record it with the "
            "Values that you give: x = model.inputs(example); compile(loss(model(x), y), inputs=[*x, y])"
        )


def check_structure(
    order: Sequence[Value], inputs: Sequence[Value], order2: Sequence[Value], inputs2: Sequence[Value]
) -> None:
    """Raises ValueError, naming the first node, if two recordings differ in more than their inputs."""
    if len(inputs) != len(inputs2):
        raise ValueError(f"compile: the second recording has {len(inputs2)} inputs, not {len(inputs)}")
    same = dict(zip(inputs, inputs2))
    for node, node2 in zip(order, order2):
        is_leaf = not node.operands and node.op is not rules.constant
        fits = node.op is node2.op and len(node.operands) == len(node2.operands)
        fits = fits and all(same[o] is o2 for o, o2 in zip(node.operands, node2.operands))
        if is_leaf:
            fits = fits and same.get(node, node) is node2
        elif not node.operands:
            fits = fits and node.data == node2.data
        if not fits:
            raise ValueError(
                f"compile: the two recordings differ, first at {node!r} and {node2!r}: the graph depends on "
                "the numbers, such as by an `if`, and a program would freeze one branch"
            )
        same[node] = node2
    if len(order) != len(order2):
        raise ValueError(f"compile: the two recordings have {len(order)} and {len(order2)} nodes")
