"""Numbers as people read them: few digits, and products and sums that come out right as printed.

After this file you can print `a × b = c` so that who multiplies the printed a and b gets the printed c.

Results are printed with 4 decimals and factors with 5, which is enough for most products; where it is not,
digits are added to the factors until it is. Numbers too small or too large for that are written with an
exponent. The minus sign is that of print, −, not a hyphen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

RESULT_DIGITS = 4
FACTOR_DIGITS = 5
MOST_DIGITS = 12


def shown(number: float, digits: int = RESULT_DIGITS) -> str:
    """A number with that many decimals, or as many after the first digit if it needs an exponent.

    >>> shown(-1.37730123), shown(2.0), shown(0.000012345678), shown(float("nan"))
    ('−1.3773', '2.0000', '1.2346e−05', 'nan')
    """
    size = abs(number)
    if math.isfinite(size) and size != 0 and not 0.001 <= size < 1e6:
        text = f"{number:.{digits}e}"
    else:
        text = f"{number:z.{digits}f}"  # no minus before a zero
    return text.replace("-", "−")


def short(number: float) -> str:
    """A number in at most six digits, whole ones without decimals.

    >>> short(-1.0), short(0.5), short(1234.5678)
    ('−1', '0.5', '1234.57')
    """
    return f"{number:.6g}".replace("-", "−")


def as_number(text: str) -> float:
    """The number that a printed one stands for.

    >>> as_number("−1.3773")
    -1.3773
    """
    return float(text.replace("−", "-"))


def product(x: float, y: float, result_digits: int = RESULT_DIGITS) -> tuple[str, str, str]:
    """The texts of x, y and x · y, with as many digits as it takes to make the printed product right.

    >>> product(-1.377301, 2.087941)
    ('−1.37730', '2.08794', '−2.8757')
    >>> product(123.456789, 98.765432)
    ('123.456789', '98.765432', '12193.2631')
    """
    result = shown(x * y, result_digits)
    for digits in range(FACTOR_DIGITS, MOST_DIGITS):
        texts = shown(x, digits), shown(y, digits)
        if shown(as_number(texts[0]) * as_number(texts[1]), result_digits) == result:
            return *texts, result
    return repr(x).replace("-", "−"), repr(y).replace("-", "−"), result


def sum_digits(terms: Sequence[float], digits: int = RESULT_DIGITS) -> int:
    """With how many digits the terms and their sum must be printed for the sum to come out right.

    If no number of digits will do, as may happen with many terms, it is `digits`.

    >>> sum_digits([2.19127, 2.51402]), sum_digits([0.10004, 0.10004, 0.10004])
    (4, 5)
    """
    whole = 0.0
    for term in terms:
        whole += term
    for enough in range(digits, MOST_DIGITS):
        printed = sum(as_number(shown(term, enough)) for term in terms)
        if shown(printed, enough) == shown(whole, enough):
            return enough
    return digits
