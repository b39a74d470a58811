"""What a node is called in one word, where there is room for no more: its label, or how it was made."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import TYPE_CHECKING

from minigrad.symbols.numerals import short

if TYPE_CHECKING:
    from minigrad.value import Value


def name(node: Value, written: Callable[[Value], str] = lambda node: str(node.label)) -> str:
    """How a node is called in one word: its label, how it was made, or its number: of a leaf as `leaf 2`.

    `written` gives the label, if it is not to be written as it is.

    >>> from minigrad import Value
    >>> x = Value(2.0, label="x")
    >>> name(x), name(x - 1.0), name((x - 1.0) ** 2), name(x.tanh())
    ('x', '(x − 1)', '(… ^ 2)', 'tanh(x)')
    >>> name(Value(2.0)), name(Value(2.0) * x)
    ('leaf 2', '(2 × x)')
    """
    if node.op is None and not node.label:
        return f"leaf {short(node.data)}"
    if node.label or node.op is None or not node.operands:
        return _short_name(node, written)
    if len(node.operands) == 2 and not node.op.symbol.isidentifier():
        left, right = (_short_name(operand, written) for operand in node.operands)
        return f"({left} {node.op.symbol} {right})"
    inside = _short_name(node.operands[0], written) if len(node.operands) == 1 else "…"
    return node.op.symbol + bracketed(inside)


def bracketed(text: str) -> str:
    """A name in brackets, of which it may have its own.

    >>> bracketed("x"), bracketed("(1 − x)"), bracketed("(1) − (x)")
    ('(x)', '(1 − x)', '((1) − (x))')
    """
    depths = list(accumulate((character == "(") - (character == ")") for character in text))
    return text if text.startswith("(") and 0 not in depths[:-1] else f"({text})"


def _short_name(node: Value, written: Callable[[Value], str]) -> str:
    if node.label:
        return written(node)
    if node.operands:
        return "…"
    return short(node.data) if not node.data < 0 else f"({short(node.data)})"
