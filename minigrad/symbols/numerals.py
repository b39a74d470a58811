"""Numbers as people read them: few digits, and products and sums that come out right as printed.

Results are printed with 4 decimals and factors with 5, which is enough for most products; where it is not,
digits are added to the factors until it is. Numbers too small or too large for that are written with an
exponent. The minus sign is that of print, −, not a hyphen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

RESULT_DIGITS = 4
FACTOR_DIGITS = 5
MOST_DIGITS = 12
ALL_DIGITS = 16  # a float has no more

_RAISED = str.maketrans("-−+0123456789()lL", "⁻⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾ˡᴸ")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def shown(number: float, digits: int = RESULT_DIGITS, signed: bool = False, narrow: bool = False) -> str:
    """A number with that many decimals, or as many after the first digit if it needs an exponent.

    `signed` asks for a plus as well; `narrow` for fewer characters: 0, ∞, and two digits less at an exponent.

    >>> shown(-1.37730123), shown(2.0), shown(0.000012345678), shown(float("nan"))
    ('−1.3773', '2.0000', '1.2346e−05', 'nan')
    """
    if narrow and number == 0:
        return "0"
    size = abs(number)
    if size == 0 or not math.isfinite(size) or 1e-3 <= size < (1e5 if narrow else 1e6):
        text = f"{number:z.{digits}f}"  # no minus before a zero
    elif narrow:
        mantissa, exponent = f"{number:.{digits - 2}e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    else:
        text = f"{number:.{digits}e}"
    text = text.replace("-", "−").replace("inf", "∞" if narrow else "inf")
    return f"+{text}" if signed and number > 0 else text


def compact(number: float, digits: int = RESULT_DIGITS, signed: bool = False) -> str:
    """A number in as few characters as a picture has room for.

    >>> compact(-0.5), compact(0.25, signed=True), compact(0.0), compact(1.25e-7), compact(float("inf"))
    ('−0.5000', '+0.2500', '0', '1.25e−7', '∞')
    """
    return shown(number, digits, signed, narrow=True)


def plain(number: float, digits: int = RESULT_DIGITS) -> str:
    """A number as a person would type it, if that is short: 2, not 2.0000.

    >>> plain(2.0), plain(-0.5), plain(1 / 3)
    ('2', '−0.5', '0.3333')
    """
    typed = f"{number:z.4g}"
    if math.isfinite(number) and "e" not in typed and math.isclose(float(typed), number, rel_tol=1e-12):
        return typed.replace("-", "−")
    return compact(number, digits)


def short(number: float) -> str:
    """A number in at most six digits, whole ones without decimals.

    >>> short(-1.0), short(0.5), short(1234.5678)
    ('−1', '0.5', '1234.57')
    """
    return f"{number:.6g}".replace("-", "−")


def exact(number: float) -> str:
    """A number as Python reads it back, to the last bit, whole ones without decimals.

    >>> exact(2.0), exact(0.5), exact(1e16), exact(-0.0)
    ('2', '0.5', '1e+16', '-0.0')
    """
    is_whole = number.is_integer() and abs(number) < 1e6 and str(number) != "-0.0"
    return str(int(number)) if is_whole else repr(number)


def counted(count: int, what: str, several: str = "") -> str:
    """A number of things, in words.

    >>> counted(1, "weight"), counted(1024, "weight"), counted(2, "box", "boxes")
    ('1 weight', '1,024 weights', '2 boxes')
    """
    return f"{count:,} " + (what if count == 1 else several or what + "s")


def as_number(text: str) -> float:
    """The number that a printed one stands for.

    >>> as_number("−1.5e−3"), as_number("+2")
    (-0.0015, 2.0)
    """
    return float(text.replace("−", "-").replace("∞", "inf"))


def raised(number: object) -> str:
    """A whole number, or one in parentheses or counted from the letter l or L, as a superscript.

    >>> raised(-3), raised("(l+1)")
    ('⁻³', '⁽ˡ⁺¹⁾')
    """
    return str(number).translate(_RAISED)


def lowered(number: object) -> str:
    """A whole number as a subscript.

    >>> lowered(12)
    '₁₂'
    """
    return str(number).translate(_LOWERED)


def digits_needed(comes_out: Callable[[int], bool], least: int, most: int) -> int | None:
    """The fewest digits from `least` to below `most` with which what is printed comes out; None if none do.

    >>> digits_needed(lambda digits: round(3.14159, digits) == 3.142, 1, MOST_DIGITS)
    3
    """
    for digits in range(least, most):
        try:
            if comes_out(digits):
                return digits
        except (OverflowError, ValueError):
            continue
    return None


def settled(
    factors: Sequence[float], result: float, combine: Callable[[Sequence[float]], float] = math.prod
) -> tuple[list[str], str]:
    """Factors and result as text, the factors with as many decimals as it takes for the text to be true.

    `combine` computes the result from the factors; it is their product if left out.

    >>> settled([4.705312, 0.233041], 4.705312 * 0.233041)
    (['4.70531', '0.23304'], '1.0965')
    """
    printed = compact(result)
    digits = digits_needed(
        lambda digits: compact(combine([as_number(plain(each, digits)) for each in factors])) == printed,
        FACTOR_DIGITS,
        ALL_DIGITS,
    )
    return [plain(factor, digits or ALL_DIGITS) for factor in factors], printed


def edge_lines(upstream: float, local_derivative: float) -> tuple[str, str]:
    """The two lines of an edge after a backward pass: upstream × local, = contribution.

    >>> edge_lines(2.0, -0.25)
    ('2 × −0.25', '= −0.5000')
    """
    contribution = upstream * local_derivative
    (first, second), _ = settled([upstream, local_derivative], contribution)
    return f"{first} × {second}", f"= {compact(contribution, signed=True)}"


def product(x: float, y: float, result_digits: int = RESULT_DIGITS) -> tuple[str, str, str]:
    """The texts of x, y and x · y, with as many digits as it takes to make the printed product right.

    >>> product(-1.377301, 2.087941)
    ('−1.37730', '2.08794', '−2.8757')
    >>> product(123.456789, 98.765432)
    ('123.456789', '98.765432', '12193.2631')
    """
    result = shown(x * y, result_digits)
    digits = digits_needed(
        lambda d: shown(as_number(shown(x, d)) * as_number(shown(y, d)), result_digits) == result,
        FACTOR_DIGITS,
        MOST_DIGITS,
    )
    if digits is None:
        return repr(x).replace("-", "−"), repr(y).replace("-", "−"), result
    return shown(x, digits), shown(y, digits), result


def sum_digits(terms: Sequence[float], digits: int = RESULT_DIGITS) -> int:
    """With how many digits the terms and their sum must be printed for the sum to come out right.

    If no number of digits will do, as may happen with many terms, it is `digits`.

    >>> sum_digits([2.19127, 2.51402]), sum_digits([0.10004, 0.10004, 0.10004])
    (4, 5)
    """
    whole = 0.0
    for term in terms:
        whole += term

    def comes_out(enough: int) -> bool:
        return shown(sum(as_number(shown(term, enough)) for term in terms), enough) == shown(whole, enough)

    return digits_needed(comes_out, digits, MOST_DIGITS) or digits
