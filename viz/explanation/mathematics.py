"""Mathematics that is written three times: as text, as LaTeX, as MathML; and a fourth time with numbers.

After this file you can read an explanation as what it is: sums of products of named numbers.

Glossary
    quantity    a named number; `compound` if its name needs parentheses inside a product
    product     factors, from left to right
    total       terms that are added; `rest` stands for those that are too many to write
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from minigrad import Value
from minigrad.symbols.numerals import ALL_DIGITS, FACTOR_DIGITS, as_number, compact, digits_needed, plain


@dataclass(frozen=True)
class Quantity:
    """A number by its names in the three languages; `source` is where a rule that gave it was applied."""

    text: str
    latex: str
    mathml: str
    number: float
    compound: bool = False
    source: tuple[Value, int] | None = None


@dataclass(frozen=True)
class Product:
    """Factors; a product of one is that factor."""

    factors: Sequence[Expression]


@dataclass(frozen=True)
class Total:
    """Terms; a total of one is that term."""

    terms: Sequence[Expression]


Expression = Quantity | Product | Total


def evaluate(expression: Expression, decimals: int | None = None) -> float:
    """The number, or with `decimals` the number that the printed ones give.

    >>> half = Quantity("h", "h", "<mi>h</mi>", 0.5)
    >>> evaluate(Product([half, Total([half, half])]))
    0.5
    """
    if isinstance(expression, Quantity):
        return expression.number if decimals is None else as_number(plain(expression.number, decimals))
    if isinstance(expression, Product):
        return math.prod(evaluate(factor, decimals) for factor in expression.factors)
    return math.fsum(evaluate(term, decimals) for term in expression.terms)


def decimals_needed(expression: Expression, result: float) -> int:
    """How many decimals the numbers need, 5 at least, for the printed ones to give the printed result.

    >>> third = Quantity("t", "t", "<mi>t</mi>", 1 / 3)
    >>> decimals_needed(Product([third, third]), 1 / 9)
    5
    """
    printed = compact(result)
    digits = digits_needed(
        lambda digits: compact(evaluate(expression, digits)) == printed, FACTOR_DIGITS, ALL_DIGITS
    )
    return digits or ALL_DIGITS


class Text:
    """Writes in Unicode."""

    times, plus, minus = " · ", " + ", "−"

    def name(self, quantity: Quantity) -> str:
        """The name of a quantity."""
        return quantity.text

    def number(self, printed: str) -> str:
        """A number, in parentheses if it is negative."""
        return f"({printed})" if printed.startswith("−") else printed

    def result(self, printed: str) -> str:
        """A number on its own."""
        return printed

    def wrapped(self, inside: str) -> str:
        """In parentheses."""
        return f"({inside})"

    def joined(self, parts: Sequence[str], sign: str) -> str:
        """Parts with a sign between them."""
        return sign.join(parts)


class Latex(Text):
    """Writes in LaTeX."""

    times, plus, minus = r" \cdot ", " + ", "-"

    def name(self, quantity: Quantity) -> str:
        """The name of a quantity."""
        return quantity.latex

    def number(self, printed: str) -> str:
        """A number, in parentheses if it is negative; powers of ten as such."""
        written = latex_number(printed)
        return f"({written})" if written.startswith("-") else written

    def result(self, printed: str) -> str:
        """A number on its own."""
        return latex_number(printed)

    def wrapped(self, inside: str) -> str:
        """In parentheses that grow with what is in them."""
        return rf"\left( {inside} \right)"


class MathMl(Text):
    """Writes in MathML (Core)."""

    times, plus, minus = "<mo>·</mo>", "<mo>+</mo>", "<mo>−</mo>"

    def name(self, quantity: Quantity) -> str:
        """The name of a quantity."""
        return quantity.mathml

    def number(self, printed: str) -> str:
        """A number, in parentheses if it is negative."""
        written = mathml_number(printed)
        return self.wrapped(written) if printed.startswith("−") else written

    def result(self, printed: str) -> str:
        """A number on its own."""
        return mathml_number(printed)

    def wrapped(self, inside: str) -> str:
        """In parentheses."""
        return f"<mrow><mo>(</mo>{inside}<mo>)</mo></mrow>"


TEXT, LATEX, MATHML = Text(), Latex(), MathMl()


def symbols(expression: Expression, writer: Text) -> str:
    """The expression by its names.

    >>> half = Quantity("h", "h", "<mi>h</mi>", 0.5)
    >>> symbols(Product([half, Total([half, half])]), TEXT)
    'h · (h + h)'
    """
    return _written(expression, writer, None)


def numbers(expression: Expression, writer: Text, decimals: int) -> str:
    """The expression by its numbers.

    >>> half = Quantity("h", "h", "<mi>h</mi>", -0.5)
    >>> numbers(Product([half, Total([half, half])]), TEXT, 5)
    '(−0.5) · ((−0.5) + (−0.5))'
    """
    return _written(expression, writer, decimals)


def leaves(expression: Expression) -> Iterator[Quantity]:
    """The quantities of an expression, from left to right.

    >>> half = Quantity("h", "h", "<mi>h</mi>", 0.5)
    >>> len(list(leaves(Product([half, Total([half, half])]))))
    3
    """
    if isinstance(expression, Quantity):
        yield expression
        return
    for part in expression.factors if isinstance(expression, Product) else expression.terms:
        yield from leaves(part)


def latex_number(printed: str) -> str:
    """A printed number in LaTeX.

    >>> latex_number("−1.25e−7")
    '-1.25 \\\\cdot 10^{-7}'
    """
    mantissa, _, exponent = printed.replace("−", "-").replace("∞", r"\\infty").partition("e")
    return rf"{mantissa} \cdot 10^{{{exponent}}}" if exponent else mantissa.replace("nan", r"\mathrm{nan}")


def mathml_number(printed: str) -> str:
    """A printed number in MathML.

    >>> mathml_number("−2")
    '<mrow><mo>−</mo><mn>2</mn></mrow>'
    """
    mantissa, _, exponent = printed.lstrip("−+").partition("e")
    inside = f"<mn>{escape(mantissa)}</mn>"
    if exponent:
        inside += f"<mo>·</mo><msup><mn>10</mn><mn>{escape(exponent)}</mn></msup>"
    return f"<mrow><mo>−</mo>{inside}</mrow>" if printed.startswith("−") else inside


def _written(expression: Expression, writer: Text, decimals: int | None, in_product: bool = False) -> str:
    if isinstance(expression, Quantity):
        if decimals is not None:
            printed = plain(expression.number, decimals)
            return writer.number(printed)
        name = writer.name(expression)
        return writer.wrapped(name) if in_product and expression.compound else name
    if isinstance(expression, Product):
        alone = len(expression.factors) == 1
        parts = [_written(f, writer, decimals, in_product or not alone) for f in expression.factors]
        return writer.joined(parts, writer.times)
    parts = [_written(term, writer, decimals, False) for term in expression.terms]
    written = writer.joined(parts, writer.plus)
    return writer.wrapped(written) if in_product and len(parts) > 1 else written
