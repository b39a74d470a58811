"""Contexts that change how nodes are made: without a graph, with their origin, or watched for nan and inf.

After this file you know that every node is made in one place, and how to be there when it is. A context
belongs to the thread, or the asynchronous task, that entered it.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from minigrad import rules
from minigrad.value import INSPECTOR, RECORDER, Value

_HERE = os.path.dirname(__file__) + os.sep


class AnomalyError(ArithmeticError):
    """A value or a gradient became nan or inf under `detect_anomaly()`."""


@contextmanager
def after_recording(change: Callable[[Value], None]) -> Iterator[None]:
    """Every node is recorded as it would be, and then given to `change`."""
    record = RECORDER.get()

    def record_and_change(*facts: Any) -> Value:
        node = record(*facts)
        change(node)
        return node

    token = RECORDER.set(record_and_change)
    try:
        yield
    finally:
        RECORDER.reset(token)


def _detach(node: Value) -> None:
    node.op, node.operands, node.local_derivatives = rules.constant, (), ()


def _note_origin(node: Value) -> None:
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    node.origin = f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _check_value(node: Value) -> None:
    if not math.isfinite(node.data):
        raise AnomalyError(f"value {node.data} of {_described(node)}")


def _check_gradients(order: list[Value]) -> None:
    """In the order of a backward pass, the first edge that contributed nan or inf, or sum that overflowed."""
    for node in reversed(order):
        if not math.isfinite(node.grad) and node.op is not rules.constant:
            raise AnomalyError(f"gradient {node.grad} of {written(node)}: its contributions add up to it")
        for operand, local_derivative in zip(node.operands, node.local_derivatives):
            contribution = node.grad * local_derivative
            if not math.isfinite(contribution) and operand.op is not rules.constant:
                product = f"{contribution} = {node.grad:.6g} · {local_derivative:.6g}"
                raise AnomalyError(f"contribution {product} to {_named(operand)}, from {_described(node)}")


def no_grad() -> AbstractContextManager[None]:
    """Results are constants: no graph is kept, and nothing flows back through them.

    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.operands
    (9.0, ())
    """
    return after_recording(_detach)


def note_origins() -> AbstractContextManager[None]:
    """Nodes remember, in `origin`, the file and line outside of this package that recorded them.

    >>> with note_origins():
    ...     y = Value(3.0) + 1
    >>> y.origin
    '<doctest minigrad.context.note_origins[0]>:2'
    """
    return after_recording(_note_origin)


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Raise AnomalyError at the first node whose value, or contribution in `backward()`, is nan or inf.

    The message names the operation, its operands, its local derivatives, and the file and line that built
    the node. Gradients are looked at when a pass is done, and stay as it left them. What flows into a
    constant does not count: x ** 3 has no derivative by its exponent where x < 0, and needs none.

    >>> with detect_anomaly():
    ...     Value(1e200, label="x") * 1e200  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    minigrad.context.AnomalyError: value inf of multiply(x = 1e+200, 1e+200), local derivatives ...
    """
    token = INSPECTOR.set(_check_gradients)
    try:
        with note_origins(), after_recording(_check_value):
            yield
    finally:
        INSPECTOR.reset(token)


def written(node: Value) -> str:
    """The operation of a node on its first operands, such as "multiply(x = 2, 3)"; a leaf by its number."""
    if node.op is None or not node.operands:
        return _named(node)
    more = ", …" if len(node.operands) > 6 else ""
    return f"{node.op.name}({', '.join(map(_named, node.operands[:6]))}{more})"


def _described(node: Value) -> str:
    local_derivatives = ", ".join(f"{derivative:.6g}" for derivative in node.local_derivatives[:6])
    more = ", …" if len(node.operands) > 6 else ""
    origin = getattr(node, "origin", "") or "a line outside detect_anomaly()"
    return f"{written(node)}, local derivatives {local_derivatives}{more}, built at {origin}"


def _named(node: Value) -> str:
    return f"{node.label} = {node.data:.6g}" if node.label else f"{node.data:.6g}"
