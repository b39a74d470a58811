"""Worked lines of arithmetic: factors with as many digits as it takes for the line to come out as printed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from minigrad.symbols.numerals import ALL_DIGITS, FACTOR_DIGITS, as_number, digits_needed, plain

Signs = tuple[str, ...]


def fixed(value: float, digits: int) -> str:
    """A number with that many decimals."""
    return f"{value:z.{digits}f}".replace("-", "−")


def written(value: float, digits: int) -> str:
    """A number as a person types it if that is short, else with that many decimals; small ones with more."""
    text = plain(value, digits)
    return fixed(value, digits + 3) if "e" in text else text


def factor(text: str) -> Signs:
    """A number that a product sign stands before: in parentheses if it is negative."""
    return ("(", text, ")") if text.startswith("−") else (text,)


def signed(value: float) -> Signs:
    """A number that is added."""
    return ("−" if value < 0 else "+", plain(abs(value)))


def slope_text(slope: float, digits: int = FACTOR_DIGITS) -> str:
    """σ′ as text: 1, ½, or with decimals."""
    return "½" if slope == 0.5 else written(slope, digits)


def factors(
    numbers: Sequence[float], combine: Callable[[Sequence[float]], float], result: float, digits: int
) -> list[str]:
    """The numbers as text, with as many decimals as it takes for what is printed to give the result.

    >>> factors([0.755041, 0.383252], lambda xs: xs[0] * xs[1], 0.755041 * 0.383252, 4)
    ['0.75504', '0.38325']
    """
    wanted = fixed(result, digits)

    def comes_out(more: int) -> bool:
        return fixed(combine([as_number(written(each, more)) for each in numbers]), digits) == wanted

    enough = digits_needed(comes_out, FACTOR_DIGITS, ALL_DIGITS) or ALL_DIGITS
    return [written(each, enough) for each in numbers]


def sum_of_products(
    weights: Sequence[float], numbers: Sequence[float], result: float, digits: int, bias: float | None = None
) -> Signs:
    """w · a + w · a (+ b): w and b as they are given, the others with digits enough for the result."""

    def combined(rounded: Sequence[float]) -> float:
        return math.fsum(w * a for w, a in zip(weights, rounded)) + (bias or 0.0)

    signs: Signs = ()
    for index, (w, text) in enumerate(zip(weights, factors(numbers, combined, result, digits))):
        signs += (*(("+",) if index else ()), *factor(plain(w)), "·", *factor(text))
    return signs if bias is None else (*signs, *signed(bias))


def digits_of_slope(error: str, slope: float, delta: str) -> int:
    """The fewest decimals of σ′ with which the printed ∂C/∂a times it is the printed δ; 0 if none do.

    >>> digits_of_slope("0.7414", 0.186816, "0.1385")
    5
    """
    decimals = len(delta.partition(".")[2])

    def comes_out(digits: int) -> bool:
        return fixed(as_number(error) * as_number(written(slope, digits)), decimals) == delta

    return digits_needed(comes_out, FACTOR_DIGITS, ALL_DIGITS) or 0


def digits_of_error(error: float, slope: float, delta: str) -> int:
    """With how many decimals ∂C/∂a must be printed so that a slope makes it the printed δ."""
    least = len(delta.partition(".")[2])
    enough = digits_needed(
        lambda digits: digits_of_slope(fixed(error, digits), slope, delta) > 0, least, ALL_DIGITS
    )
    return enough or least
