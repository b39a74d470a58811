"""How a formula is written: as Python, as LaTeX, as a line of text.

After this file you know why a printed formula, read back as Python, computes what it says: an operand is put
in parentheses wherever its own operation binds less tightly, and sometimes where that only reads better.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from minigrad.symbols.numerals import exact
from minigrad.symbols.tree import Tree

_COMPARISON = 4
_BINDING = {"+": 5, "-": 5, "*": 6, "/": 6, "@": 6, "neg": 7, "**": 8}
_BINDING |= dict.fromkeys(("<", "<=", ">", ">="), _COMPARISON)
_ATOM = 9


def python(formula: Tree, names: Mapping[Any, str] | None = None) -> str:
    """The formula as an expression in Python; operations are called by name, or as `names` says.

    >>> from minigrad.symbols.formulas import symbol
    >>> x = symbol("x")
    >>> python(2 * (x - 1) ** 2)
    '2 * (x - 1) ** 2'
    """
    kind, operands = formula.kind, formula.operands
    if kind == "number":
        return exact(formula.value)
    if kind == "symbol":
        return str(formula.value[0])
    if kind == "call":
        name = formula.value.name if names is None else names.get(formula.value, formula.value.name)
        return f"{name}({', '.join(argument(operand, names) for operand in operands)})"
    if kind == "pattern":
        return str(formula.value[0].format(*(_atom(o, lambda o: python(o, names)) for o in operands)))
    if kind == "where":
        chosen = [argument(operand, names) for operand in operands[1:]]
        return f"where({python(operands[0], names)}, {', '.join(chosen)})"
    return _operator(formula, lambda operand: python(operand, names), f" {kind} ", "-")


def argument(formula: Tree, names: Mapping[Any, str] | None = None) -> str:
    """What a function is given: a number as a float, as NumPy would compute with whole ones in integers.

    >>> from minigrad.symbols.formulas import formula
    >>> argument(formula(2.0))
    '2.0'
    """
    return repr(formula.value) if formula.kind == "number" else python(formula, names)


def text(formula: Tree) -> str:
    """The formula as a line of text.

    >>> from minigrad.symbols.formulas import symbol
    >>> text(-symbol("y") / symbol("x2", text="x₂"))
    '−y / x₂'
    """
    kind, operands = formula.kind, formula.operands
    if kind == "number":
        return exact(formula.value).replace("-", "−").replace("inf", "∞")
    if kind == "symbol":
        return str(formula.value[2])
    if kind == "call":
        return f"{formula.value.symbol}({', '.join(map(text, operands))})"
    if kind == "where":
        return f"({text(operands[1])} if {text(operands[0])} else {text(operands[2])})"
    if kind == "**" and operands[1].kind == "number":
        return f"{_wrapped(formula, operands[0], text)}^{text(operands[1])}"
    if kind == "pattern":
        return str(_as_text(formula.value[1]).format(*(_atom(o, text) for o in operands)))
    signs = {"*": " · ", "@": " ", "-": " − ", "**": "^", "<=": " ≤ ", ">=": " ≥ "}
    if kind == "*" and not any(operand.is_scalar for operand in operands):
        signs["*"] = " ⊙ "
    return _operator(formula, text, signs.get(kind, f" {kind} "), "−")


def latex(formula: Tree) -> str:
    r"""The formula in LaTeX: ⊙ between arrays, fractions, cases.

    >>> from minigrad.symbols.formulas import symbol
    >>> latex((1 - symbol("x")) / symbol("y"))
    '\\frac{1 - x}{y}'
    """
    kind, operands = formula.kind, formula.operands
    if kind == "number":
        return exact(formula.value).replace("inf", r"\infty")
    if kind == "symbol":
        return str(formula.value[1])
    if kind == "call":
        return rf"{formula.value.latex}\left({', '.join(map(latex, operands))}\right)"
    if kind == "where":
        condition, yes, no = map(latex, operands)
        return rf"\begin{{cases}} {yes} & {condition} \\ {no} & \text{{else}} \end{{cases}}"
    if kind == "/":
        return rf"\frac{{{latex(operands[0])}}}{{{latex(operands[1])}}}"
    if kind == "**":
        return f"{_wrapped(formula, operands[0], latex)}^{{{latex(operands[1])}}}"
    if kind == "pattern":
        return str(formula.value[1].format(*(_atom(o, latex) for o in operands)))
    signs = {"*": r" \, ", "@": r" \, ", "<=": r" \le ", ">=": r" \ge "}
    if kind == "*" and not any(operand.is_scalar for operand in operands):
        signs["*"] = r" \odot "
    return _operator(formula, latex, signs.get(kind, f" {kind} "), "-")


def _operator(formula: Tree, write: Callable[[Tree], str], sign: str, minus: str) -> str:
    if formula.kind == "neg":
        return minus + _wrapped(formula, formula.operands[0], write)
    left, right = formula.operands
    return _wrapped(formula, left, write) + sign + _wrapped(formula, right, write, is_right=True)


def _atom(inner: Tree, write: Callable[[Tree], str]) -> str:
    return write(inner) if inner.kind not in _BINDING else f"({write(inner)})"


def _as_text(template: str) -> str:
    for tex, plain in (
        (r"{{{}}}^{{\top}}", "{}ᵀ"),
        (r"\sum_n", "Σₙ"),
        (r"\sum_j", "Σⱼ"),
        (r"\sum", "Σ"),
        (r"\_", "_"),
    ):
        template = template.replace(tex, plain)
    return template.replace("_{{", "[").replace("}}", "]")


def _wrapped(outer: Tree, inner: Tree, write: Callable[[Tree], str], is_right: bool = False) -> str:
    written = write(inner)
    if inner.kind == "/" and write is latex and outer.kind != "**":
        return written  # a fraction holds itself together
    return f"({written})" if _needs_parentheses(outer, inner, is_right) else written


def _needs_parentheses(outer: Tree, inner: Tree, is_right: bool) -> bool:
    if inner.kind == "number":
        negative = inner.value < 0 or str(inner.value) == "-0.0"
        return negative and not (is_right and outer.kind == "**") and (is_right or outer.kind == "**")
    binding, own = _BINDING[outer.kind], _BINDING.get(inner.kind, _ATOM)
    if outer.kind == "*" and inner.kind in ("@", "/"):
        return True  # reads better, and a quotient of numbers is worked out before arrays are touched
    if outer.kind == "neg":
        return own <= binding and inner.kind != "/"
    if outer.kind == "**":
        return own <= binding
    if outer.kind in ("<", "<=", ">", ">="):
        return own <= binding
    if is_right:
        return own < binding or (own == binding and outer.kind != "+") or inner.kind == "neg"
    return own < binding or (own == binding and outer.kind == "@")
