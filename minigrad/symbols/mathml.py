"""MathML, which browsers draw and screen readers read: the language, and formulas that stand on a page.

>>> MATHML.fraction("<mn>1</mn>", "<mi>x</mi>")
'<mfrac><mn>1</mn><mi>x</mi></mfrac>'
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, ClassVar

from minigrad.symbols.languages import Text
from minigrad.symbols.numerals import plain


class MathMl(Text):
    """Presentation MathML (Core); every part is one element."""

    code, has_layout = "mathml", True
    plus, times = "<mo>+</mo>", "<mo>·</mo>"
    signs: ClassVar = {"-": "−", "*": "\u2062", "⊙": "⊙", "@": "\u2062", "<=": "≤", ">=": "≥"}

    def printed(self, digits: str) -> str:
        """A printed number, with powers of ten.

        >>> MATHML.printed("−2")
        '<mrow><mo>−</mo><mn>2</mn></mrow>'
        """
        mantissa, _, exponent = digits.lstrip("−+").partition("e")
        inside = f"<mn>{escape(mantissa)}</mn>"
        if exponent:
            inside += f"<mo>·</mo><msup><mn>10</mn><mn>{escape(exponent)}</mn></msup>"
        return self.negative(inside) if digits.startswith("−") else inside

    def joined(self, kind: str, left: str, right: str) -> str:
        return f"<mrow>{left}<mo>{escape(self.signs.get(kind, kind))}</mo>{right}</mrow>"

    def call(self, operation: Any, arguments: Sequence[str]) -> str:
        inside = "<mo>,</mo>".join(arguments)
        return f"<mrow><mi>{escape(operation.symbol)}</mi><mo>(</mo>{inside}<mo>)</mo></mrow>"

    def cases(self, condition: str, yes: str, no: str) -> str:
        rows = [(yes, f"<mtext>if&#160;</mtext>{condition}"), (no, "<mtext>else</mtext>")]
        cells = "".join(f"<mtr><mtd>{value}</mtd><mtd>{when}</mtd></mtr>" for value, when in rows)
        return f"<mrow><mo>{{</mo><mtable>{cells}</mtable></mrow>"

    def filled(self, templates: tuple[str, str], operands: Sequence[str]) -> str:
        between = super().filled(templates, ["\0"] * len(operands)).split("\0")
        pieces = [f"<mtext>{escape(text)}</mtext>" if text else "" for text in between]
        return f"<mrow>{pieces[0]}{''.join(map(''.join, zip(operands, pieces[1:])))}</mrow>"

    def derivative(self, above: str, below: str) -> str:
        return self.fraction(f"<mrow><mo>∂</mo>{above}</mrow>", f"<mrow><mo>∂</mo>{below}</mrow>")

    def slope(self, function: str, argument: str) -> str:
        prime = self.power(f"<mi>{escape(function)}</mi>", "<mo>′</mo>")
        return f"<mrow>{prime}<mo>(</mo>{argument}<mo>)</mo></mrow>"

    # fmt: off
    def name(self, names: Any) -> str: return str(names.mathml or f"<mi>{escape(names.text)}</mi>")
    def number(self, value: float) -> str: return self.printed(plain(value))
    def brackets(self, inside: str) -> str: return f"<mrow><mo>(</mo>{inside}<mo>)</mo></mrow>"
    def negative(self, operand: str) -> str: return f"<mrow><mo>−</mo>{operand}</mrow>"
    def fraction(self, above: str, below: str) -> str: return f"<mfrac>{above}{below}</mfrac>"
    def power(self, base: str, exponent: str) -> str: return f"<msup>{base}{exponent}</msup>"
    # fmt: on


MATHML = MathMl()


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
