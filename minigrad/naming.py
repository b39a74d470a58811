"""What a node is called in one word, where there is room for no more: its label, or how it was made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from minigrad.value import Value


def label_of(node: Value) -> str:
    """The label of a node."""
    return str(node.label)


def name(node: Value, written: Callable[[Value], str] = label_of) -> str:
    """How a node is called in one word: its label, its number, or how it was made.

    `written` gives the label, if it is not to be written as it is.

    >>> from minigrad import Value
    >>> x = Value(2.0, label="x")
    >>> name(x), name(x - 1.0), name((x - 1.0) ** 2), name(x.tanh())
    ('x', '(x − 1)', '(… ^ 2)', 'tanh(x)')
    """
    if node.label or node.op is None or not node.operands:
        return _short_name(node, written)
    if len(node.operands) == 2 and not node.op.symbol.isidentifier():
        left, right = (_short_name(operand, written) for operand in node.operands)
        return f"({left} {node.op.symbol} {right})"
    return f"{node.op.symbol}({_short_name(node.operands[0], written) if len(node.operands) == 1 else '…'})"


def _short_name(node: Value, written: Callable[[Value], str]) -> str:
    if node.label:
        return written(node)
    if node.operands:
        return "…"
    return f"{node.data:.6g}" if not node.data < 0 else f"(−{-node.data:.6g})"
