"""Where nodes come from, and the first one that became nan or inf."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator

from minigrad import rules
from minigrad.contexts import Context, context
from minigrad.display import listed
from minigrad.hooks import AFTER_BACKWARD, LIBRARIES, after_recording, setting
from minigrad.value import Value


class AnomalyError(ArithmeticError):
    """A value or a gradient became nan or inf under `detect_anomaly()`."""


def note_origins() -> Context:
    """Nodes remember, in `origin`, the file and line outside of `LIBRARIES` that recorded them.

    >>> with note_origins():
    ...     y = Value(3.0) + 1
    >>> y.origin
    '<doctest minigrad.debugger.anomalies.note_origins[0]>:2'
    """
    return after_recording(_note_origin)


@context
def detect_anomaly() -> Iterator[None]:
    """Raise AnomalyError at the first node whose value, or contribution in `backward()`, is nan or inf.

    The message names the operation, its operands, its local derivatives, and the file and line that built
    the node. Gradients are looked at when a pass is done, and stay as it left them. What flows into a
    constant does not count: x ** 3 has no derivative by its exponent where x < 0, and needs none.

    >>> with detect_anomaly():
    ...     Value(1e200, label="x") * 1e200  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    minigrad.debugger.anomalies.AnomalyError: value inf of multiply(x = 1e+200, 1e+200), local derivatives ...
    """
    with note_origins(), after_recording(_check_value), setting(AFTER_BACKWARD, _check_gradients):
        yield


def _note_origin(node: Value) -> None:
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(tuple(LIBRARIES)):
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


def written(node: Value) -> str:
    """The operation of a node on its first operands, such as "multiply(x = 2, 3)"; a leaf by its number.

    >>> written(Value(2.0, label="x") * 3)
    'multiply(x = 2, 3)'
    """
    if node.op is None or not node.operands:
        return _named(node)
    return f"{node.op.name}({listed(map(_named, node.operands))})"


def _described(node: Value) -> str:
    slopes = listed(f"{local_derivative:.6g}" for local_derivative in node.local_derivatives)
    origin = node.origin or "a line outside detect_anomaly()"
    return f"{written(node)}, local derivatives {slopes}, built at {origin}"


def _named(node: Value) -> str:
    return f"{node.label} = {node.data:.6g}" if node.label else f"{node.data:.6g}"
