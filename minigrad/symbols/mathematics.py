"""Mathematics of named numbers, written in any of the languages: by the names, and by the numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from minigrad.display import one_line
from minigrad.symbols.languages import TEXT, Text
from minigrad.symbols.numerals import ALL_DIGITS, FACTOR_DIGITS, as_number, compact, digits_needed, plain
from minigrad.value import Value


@dataclass(frozen=True, repr=False)
class Quantity:
    """A number by its names in the three languages; `source` is where a rule that gave it was applied."""

    text: str
    latex: str
    mathml: str
    number: float
    compound: bool = False
    source: tuple[Value, int] | None = None

    def __repr__(self) -> str:
        return one_line(f"<{self.text} = {plain(self.number)}>")


@dataclass(frozen=True, repr=False)
class Product:
    """Factors; a product of one is that factor."""

    factors: Sequence[Expression]

    def __repr__(self) -> str:
        return one_line(f"<product {symbols(self, TEXT)}>")


@dataclass(frozen=True, repr=False)
class Total:
    """Terms; a total of one is that term."""

    terms: Sequence[Expression]

    def __repr__(self) -> str:
        return one_line(f"<sum {symbols(self, TEXT)}>")


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


def symbols(expression: Expression, language: Text) -> str:
    """The expression by its names.

    >>> from minigrad.symbols.languages import TEXT
    >>> half = Quantity("h", "h", "<mi>h</mi>", 0.5)
    >>> symbols(Product([half, Total([half, half])]), TEXT)
    'h · (h + h)'
    """
    return _written(expression, language, None)


def numbers(expression: Expression, language: Text, decimals: int) -> str:
    """The expression by its numbers.

    >>> from minigrad.symbols.languages import TEXT
    >>> half = Quantity("h", "h", "<mi>h</mi>", -0.5)
    >>> numbers(Product([half, Total([half, half])]), TEXT, 5)
    '(−0.5) · ((−0.5) + (−0.5))'
    """
    return _written(expression, language, decimals)


def _written(expression: Expression, language: Text, decimals: int | None, in_product: bool = False) -> str:
    if isinstance(expression, Quantity):
        if decimals is not None:
            printed = plain(expression.number, decimals)
            return language.factor(printed)
        name = language.name(expression)
        return language.large_brackets(name) if in_product and expression.compound else name
    if isinstance(expression, Product):
        alone = len(expression.factors) == 1
        parts = [_written(f, language, decimals, in_product or not alone) for f in expression.factors]
        return language.times.join(parts)
    parts = [_written(term, language, decimals, False) for term in expression.terms]
    written = language.plus.join(parts)
    return language.large_brackets(written) if in_product and len(parts) > 1 else written
