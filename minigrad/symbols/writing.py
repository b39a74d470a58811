"""How a formula is written in a language: the parts in their order, with the parentheses that they need."""

from __future__ import annotations

from minigrad.symbols.languages import PYTHON, Text
from minigrad.symbols.tree import Tree

_COMPARISONS = ("<", "<=", ">", ">=")
_BINDING = dict.fromkeys(_COMPARISONS, 4) | {"+": 5, "-": 5, "*": 6, "/": 6, "@": 6, "neg": 7, "**": 8}
_ATOM = 9


def write(tree: Tree, language: Text) -> str:
    r"""The formula in a language.

    >>> from minigrad.symbols.formulas import symbol
    >>> from minigrad.symbols.languages import LATEX, TEXT
    >>> x, y = symbol("x"), symbol("y")
    >>> write(2 * (x - 1) ** 2, PYTHON), write(-y / x, TEXT), write((1 - x) / y, LATEX)
    ('2 * (x - 1) ** 2', '−y / x', '\\frac{1 - x}{y}')
    """
    kind, operands = tree.kind, tree.operands
    if kind == "number":
        return language.number(tree.value)
    if kind == "symbol":
        return language.name(tree.value)
    if kind == "call":
        return language.call(tree.value, [argument(operand, language) for operand in operands])
    if kind == "where":
        return language.cases(*(argument(operand, language) for operand in operands))
    if kind == "pattern":
        return language.filled(tree.value, [_atom(operand, language) for operand in operands])
    return _operation(tree, language)


def argument(tree: Tree, language: Text = PYTHON) -> str:
    """What a function is given.

    >>> from minigrad.symbols.formulas import formula
    >>> argument(formula(2.0))
    '2.0'
    """
    return language.argument(tree.value) if tree.kind == "number" else write(tree, language)


def _operation(tree: Tree, language: Text) -> str:
    kind = tree.kind
    if kind == "/" and language.has_layout:
        return language.fraction(write(tree.first, language), write(tree.second, language))
    left = _wrapped(tree, tree.first, language)
    if kind == "neg":
        return language.negative(left)
    if kind == "**" and language.has_layout:
        return language.power(left, write(tree.second, language))
    if kind == "*" and not any(operand.is_scalar for operand in tree.operands):
        kind = "⊙"
    return language.joined(kind, left, _wrapped(tree, tree.second, language, is_right=True))


def _atom(inner: Tree, language: Text) -> str:
    written = write(inner, language)
    return language.brackets(written) if inner.kind in _BINDING else written


def _wrapped(outer: Tree, inner: Tree, language: Text, is_right: bool = False) -> str:
    written = write(inner, language)
    holds_together = inner.kind == "/" and language.has_layout and outer.kind != "**"
    needs = not holds_together and _needs_parentheses(outer, inner, is_right)
    return language.brackets(written) if needs else written


def _needs_parentheses(outer: Tree, inner: Tree, is_right: bool) -> bool:
    if inner.kind == "number":
        negative = inner.value < 0 or str(inner.value) == "-0.0"
        return negative and is_right != (outer.kind == "**")
    binding, own = _BINDING[outer.kind], _BINDING.get(inner.kind, _ATOM)
    if outer.kind == "*" and inner.kind in ("@", "/"):
        return True  # reads better, and a quotient of numbers is worked out before arrays are touched
    if outer.kind == "neg":
        return own <= binding and inner.kind != "/"
    if outer.kind == "**" or outer.kind in _COMPARISONS:
        return own <= binding
    if is_right:
        return own < binding or (own == binding and outer.kind != "+") or inner.kind == "neg"
    return own < binding or (own == binding and outer.kind == "@")
