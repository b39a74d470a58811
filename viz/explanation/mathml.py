"""Formulas in MathML, which browsers draw and screen readers read.

>>> from minigrad.symbols.formulas import symbol
>>> mathml(symbol("y") * (1 - symbol("y")), {})
'<mrow><mi>y</mi><mo>\u2062</mo><mrow><mo>(</mo><mrow><mn>1</mn><mo>−</mo><mi>y</mi></mrow><mo>)</mo></mrow></mrow>'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from minigrad.symbols.formulas import Formula
from minigrad.symbols.numerals import plain
from viz.explanation.mathematics import mathml_number

_SIGNS = {"+": "+", "-": "−", "*": "\u2062", "@": "\u2062", "<": "&lt;", "<=": "≤", ">": "&gt;", ">=": "≥"}


def mathml(formula: Formula, names: Mapping[str, str]) -> str:
    """A formula as presentation MathML; `names` maps symbols, by their name in Python, to MathML.

    >>> from minigrad.symbols.formulas import symbol
    >>> mathml(1 / symbol("x"), {})
    '<mfrac><mn>1</mn><mi>x</mi></mfrac>'
    """
    kind, operands = formula.kind, formula.operands
    if kind == "number":
        return mathml_number(plain(formula.value))
    if kind == "symbol":
        return names.get(formula.value[0], f"<mi>{escape(formula.value[0])}</mi>")
    written = [mathml(operand, names) for operand in operands]
    if kind == "/":
        return f"<mfrac>{written[0]}{written[1]}</mfrac>"
    if kind == "**":
        return f"<msup>{_wrapped(operands[0], written[0])}{written[1]}</msup>"
    if kind == "neg":
        return f"<mrow><mo>−</mo>{_wrapped(operands[0], written[0])}</mrow>"
    if kind == "call":
        inside = "<mo>,</mo>".join(written)
        return f"<mrow><mi>{escape(formula.value.symbol)}</mi><mo>(</mo>{inside}<mo>)</mo></mrow>"
    if kind == "where":
        return _cases(written)
    sides = written
    if kind in ("*", "-"):
        sides = [
            written[0] if kind == "-" else _wrapped(operands[0], written[0]),
            _wrapped(operands[1], written[1]),
        ]
    return f"<mrow>{sides[0]}<mo>{_SIGNS[kind]}</mo>{sides[1]}</mrow>"


def document(inside: str, label: str) -> str:
    """A formula on its own, to stand in a page; `label` says it in words.

    >>> document("<mi>x</mi>", "x").endswith("<mi>x</mi></math>")
    True
    """
    start = '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block" alttext='
    return f'{start}"{escape(label)}">{inside}</math>'


def equation_table(rows: Sequence[tuple[str, str]]) -> str:
    """Left and right sides below each other, the signs of equality in one column.

    >>> equation_table([("<mi>a</mi>", "<mo>=</mo><mn>1</mn>")]).count("text-align")
    2
    """
    left, right = 'style="text-align:right;padding-right:0.2em"', 'style="text-align:left;padding-left:0"'
    body = "".join(
        f"<mtr><mtd {left}><mrow>{name}</mrow></mtd><mtd {right}><mrow>{side}</mrow></mtd></mtr>"
        for name, side in rows
    )
    return f'<mtable displaystyle="true" columnalign="right left">{body}</mtable>'


def _cases(written: list[str]) -> str:
    condition, yes, no = written
    rows = [(yes, f"<mtext>if&#160;</mtext>{condition}"), (no, "<mtext>else</mtext>")]
    cells = "".join(f"<mtr><mtd>{value}</mtd><mtd>{when}</mtd></mtr>" for value, when in rows)
    return f"<mrow><mo>{{</mo><mtable>{cells}</mtable></mrow>"


def _wrapped(inner: Formula, written: str) -> str:
    negative = inner.kind == "number" and inner.value < 0
    if inner.kind in ("+", "-", "neg", "where") or negative:
        return f"<mrow><mo>(</mo>{written}<mo>)</mo></mrow>"
    return written
