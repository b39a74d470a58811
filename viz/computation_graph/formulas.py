"""Writes how a box is computed: in symbols, from what is outside of it."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Callable, Collection, Sequence, Set
from dataclasses import dataclass

from minigrad import Value, rules
from minigrad.symbols.numerals import plain
from nn.delta.notation import NOTATIONS, Notation

SUMS = (rules.add, rules.total)
_BINDS = {"+": 1, "−": 1, "×": 2, "÷": 2, "^": 3}
_NOUNS = {"add": "sum", "total": "sum", "subtract": "difference", "multiply": "product", "divide": "quotient"}
_ATOM = 4
_TIE = "\N{NO-BREAK SPACE}"
_DEEPEST = 8

Written = tuple[str, int]  # and how strongly it binds


def formula(
    node: Value,
    name: Callable[[Value], str | None],
    parts: Collection[Value] = (),
    letters: Notation = NOTATIONS["002"],
) -> str:
    """A node in symbols; `name` says what an operand is called, or None for one to be written out.

    A sum through `parts` is written with one term of each kind: Σ w × x + b.

    >>> x = Value(3.0, label="x")
    >>> formula((x * x + 1.0).exp(), lambda node: node.label or None)
    'exp(x × x + 1)'
    """
    return _Writer(name, parts, letters).operation(node, 0)[0]


def in_lines(text: str, length: int) -> list[tuple[str, str]]:
    """A formula as lines of a box, at most three of `length` characters, broken before operations.

    >>> in_lines("tanh(w × h0 + u × x1 + b)", 18)
    [('tanh(w × h0', ''), ('+ u × x1 + b)', '')]
    """
    tied = re.sub(r"(?<=Σ) | (?=[×÷^])|(?<=[×÷^]) |(?<= [+−]) ", _TIE, text)  # breaks only before + and −
    if max(map(len, tied.split(" "))) > length:
        tied = re.sub(r"(?<=Σ) |(?<= [+−×÷^]) ", _TIE, text)
    lines = textwrap.wrap(tied, length, max_lines=3, placeholder=" …")
    return [(line.replace(_TIE, " "), "") for line in lines]


def symbol_of(node: Value, letters: Notation) -> str:
    """The symbol of an operation; the letters in it are those of the notation.

    >>> symbol_of(Value(1.0).sigmoid(), Notation()), symbol_of(Value(1.0).sigmoid(), Notation(activation="f"))
    ('σ', 'sigmoid')
    """
    if node.op is rules.dot:
        return ("Σ" if len(node.operands) > 3 else "") + letters.w + (letters.x or letters.a)
    if node.op is rules.sigmoid and letters.activation != rules.sigmoid.symbol:
        return rules.sigmoid.name
    return node.op.symbol if node.op is not None else ""


@dataclass(frozen=True)
class _Writer:
    """Writes nodes, as far as they have no names; `depth` is how deep in the formula they are."""

    name: Callable[[Value], str | None]
    parts: Collection[Value]
    letters: Notation

    def written(self, node: Value, depth: int) -> Written:
        if node.op is rules.constant:
            number = plain(node.data)
            return (f"({number})" if number.startswith("−") else number), _ATOM
        called = self.name(node) if depth < _DEEPEST else "…"
        return (called, _ATOM) if called is not None else self.operation(node, depth)

    def operation(self, node: Value, depth: int) -> Written:
        if node.op is None or not node.operands:
            return self.name(node) or "…", _ATOM
        symbol, deeper = symbol_of(node, self.letters), depth + 1
        if node.op is rules.dot:
            return symbol, _ATOM
        if is_softmax(node, self.parts):
            power = node.operands[0].operands[0]
            if power.op is rules.subtract and power.operands[1].op is rules.constant:
                power = power.operands[0]  # less a constant, which the quotient does not depend on
            return f"softmax({self.written(power, deeper)[0]})", _ATOM
        normed = is_norm(node, self.parts)
        if normed is not None:
            return f"norm({self.written(normed, deeper)[0]})", _ATOM
        terms = terms_of(node, self.parts) if node.op in SUMS else node.operands
        is_sum = node.op is rules.total or any(operand in self.parts for operand in node.operands)
        if is_sum or (node.op is rules.add and len(terms) == 1):
            some = terms if len(terms) <= 8 else [*terms[:4], *terms[-4:]]  # the others are like them
            counts = Counter(self.written(term, deeper)[0] for term in some)
            return " + ".join(f"Σ {text}" if count > 1 else text for text, count in counts.items()), 1
        operands = [self.written(operand, deeper) for operand in node.operands[:4]]
        if symbol in _BINDS and len(operands) == 2:
            binds = _BINDS[symbol]
            (left, first), (right, second) = operands
            left = f"({left})" if first < binds or (symbol == "^" and first == binds) else left
            right = f"({right})" if second < binds or (second == binds and symbol in "−÷^") else right
            return f"{left} {symbol} {right}", binds
        return f"{symbol}({', '.join(text for text, _ in operands)})", _ATOM


def terms_of(node: Value, parts: Collection[Value]) -> Sequence[Value]:
    """The terms of a sum, through the sums that are parts of it; none that is 0.

    >>> x = Value(3.0, label="x")
    >>> len(terms_of(0.0 + x * x, []))
    1
    """
    terms: list[Value] = []
    stack = [node]
    while stack:
        each = stack.pop()
        if each is node or each in parts:
            stack += reversed(each.operands)
        elif each.op is not rules.constant or each.data:
            terms.append(each)
    return terms


def is_softmax(node: Value, parts: Collection[Value]) -> bool:
    """Whether a node is exp(z) ÷ Σ exp(z)."""
    if node.op is not rules.divide or node.operands[0].op is not rules.exp or node.operands[1].op not in SUMS:
        return False
    return node.operands[0] in terms_of(node.operands[1], parts)


def is_norm(node: Value, parts: Collection[Value]) -> Value | None:
    """The x of x ÷ √(Σ x² …), or of x times such a power; None for any other node."""
    if node.op not in (rules.multiply, rules.divide):
        return None
    for x, scale in (node.operands, node.operands[:: 1 if node.op is rules.divide else -1]):
        for _ in range(_DEEPEST):
            if scale.op in SUMS and any(_is_square(term, x) for term in terms_of(scale, parts)):
                return x
            scale = next((operand for operand in scale.operands if operand.op is not rules.constant), scale)
    return None


def _is_square(term: Value, x: Value) -> bool:
    return term.op in (rules.multiply, rules.power) and all(
        o is x or o.op is rules.constant for o in term.operands
    )


def operation(node: Value, parts: Collection[Value], parameters: Set[Value]) -> str:
    """What computes a node, in a word: softmax, norm, linear, residual, or the name of its operation.

    >>> x, w = [Value(3.0), Value(1.0)], [Value(2.0), Value(0.5)]
    >>> operation(x[0] * w[0] + x[1] * w[1], [], {*w}), operation(x[0] * x[1], [], {*w})
    ('linear', 'product')
    """
    if is_softmax(node, parts):
        return "softmax"
    if is_norm(node, parts) is not None:
        return "norm"
    if node.op is rules.dot:
        return "linear"
    if node.op in SUMS:
        terms = [term for term in terms_of(node, parts) if term not in parameters]
        products = [term for term in terms if term.op is rules.multiply and parameters & {*term.operands}]
        if products:
            return "linear" if len(products) == len(terms) else "residual"
    name = node.op.name if node.op is not None else "leaf"
    return _NOUNS.get(name, name)
