"""Writes the numbers in pictures, with enough digits that products are right as printed.

If you multiply the printed factors with a pocket calculator, the result is the printed one, to the last
digit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence


def shown(number: float, signed: bool = False, decimals: int = 4) -> str:
    """A number with that many decimals, or with an exponent if it is too small or too large for that.

    >>> shown(-0.5), shown(0.25, signed=True), shown(0.0, signed=True), shown(1.25e-7), shown(float("inf"))
    ('−0.5000', '+0.2500', '0', '1.25e−7', '∞')
    """
    if number == 0:
        return "0"
    sign = "−" if number < 0 else "+" if signed and number > 0 else ""
    return sign + _magnitude(abs(number), decimals)


def plain(number: float, decimals: int = 4) -> str:
    """A number as a person would type it, if that is short: 2 rather than 2.0000.

    >>> plain(2.0), plain(-0.5), plain(1 / 3)
    ('2', '−0.5', '0.3333')
    """
    if not math.isfinite(number):
        return shown(number)
    short = f"{abs(number):.4g}"
    if "e" not in short and math.isclose(float(short), abs(number), rel_tol=1e-12):
        return ("−" if number < 0 else "") + short
    return shown(number, decimals=decimals)


def read(printed: str) -> float:
    """The number that a printed one stands for.

    >>> read("−1.5e−3"), read("+2")
    (-0.0015, 2.0)
    """
    return float(printed.replace("−", "-").replace("∞", "inf"))


def settled(
    factors: Sequence[float],
    result: float,
    combine: Callable[[Sequence[float]], float] = math.prod,
) -> tuple[list[str], str]:
    """Factors and result as text, with enough decimals in the factors that the result is right as printed.

    `combine` computes the result from the factors; by default it is their product.

    >>> settled([4.705312, 0.233041], 4.705312 * 0.233041)
    (['4.70531', '0.23304'], '1.0965')
    """
    printed_result = shown(result)
    for decimals in range(5, 17):
        printed = [plain(factor, decimals) for factor in factors]
        try:
            agrees = shown(combine([read(text) for text in printed])) == printed_result
        except OverflowError:
            agrees = False
        if agrees:
            break
    return printed, printed_result


def product(upstream: float, local_derivative: float) -> tuple[str, str]:
    """The two lines of an edge after a backward pass: upstream × local, = contribution.

    >>> product(2.0, -0.25)
    ('2 × −0.25', '= −0.5000')
    """
    contribution = upstream * local_derivative
    (first, second), result = settled([upstream, local_derivative], contribution)
    sign = "+" if contribution > 0 else ""
    return f"{first} × {second}", f"= {sign}{result}"


def counted(count: int, what: str, several: str = "") -> str:
    """A number and what is counted, such as "3 nodes".

    >>> counted(1, "weight"), counted(1024, "weight"), counted(2, "box", "boxes")
    ('1 weight', '1,024 weights', '2 boxes')
    """
    return f"{count:,} " + (what if count == 1 else several or what + "s")


def _magnitude(number: float, decimals: int) -> str:
    if math.isnan(number):
        return "nan"
    if math.isinf(number):
        return "∞"
    if 1e-3 <= number < 1e5:
        return f"{number:.{decimals}f}"
    mantissa, exponent = f"{number:.{decimals - 2}e}".split("e")
    return f"{mantissa}e{int(exponent)}".replace("-", "−")
