"""One quantity, one look: the table from which every picture draws, and how its numbers are written.

    quantity          kind        look                                                            number
    x, z, a, w, C     "data"      quiet: grey, solid where > 0, hollow (a line: dashed) where < 0   −0.5
    δ                 "delta"     the one filled shape, rounded, on a scale of its own            **+0.5**
    ∂C/∂a             "error"     outlined                                                         +0.5
    w · δ             "part"      a tinted ribbon or bar, a part of ∂C/∂a                          +0.5
    ∂C/∂w, ∂C/∂W      "cell"      a tinted cell, with square corners                               +0.5

Colour tells the sign and nothing else: orange > 0, blue < 0. Size tells the magnitude; where there is no room
for size, as in a neuron, the strength of δ's colour does. What is nan or infinite is hatched.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from minigrad.symbols.numerals import ALL_DIGITS, as_number, compact, digits_needed
from viz.drawing import svg
from viz.drawing.grid import Box
from viz.drawing.palette import ACTIVE, HATCH, NEGATIVE, POSITIVE, Scale, Theme, mixed, paired, sides


@dataclass(frozen=True)
class Look:
    """How a quantity is drawn.

    Attributes:
        fill: how much of the colour of its sign its area has, 0 … 1, on a light ground; see `tint`.
        outline: the width of its outline in px; 0 for none.
        radius: of its corners, in px.
        signed: whether its numbers have a + as well as a −.
        bold: whether its numbers are bold.
    """

    fill: float
    outline: float
    radius: float
    signed: bool
    bold: bool = False


LOOKS = {
    "data": Look(fill=0.0, outline=1.0, radius=0.0, signed=False),
    "delta": Look(fill=1.0, outline=0.0, radius=5.0, signed=True, bold=True),
    "error": Look(fill=0.0, outline=2.0, radius=3.0, signed=True),
    "part": Look(fill=0.6, outline=0.0, radius=0.0, signed=True),
    "cell": Look(fill=0.65, outline=0.0, radius=0.0, signed=True),
}


_SHARE_IN_DARK = 0.6  # of the ground in a tint: as far from dark as the usual share is from white


def tint(kind: str, theme: Theme) -> str:
    """How much of the colour of its sign an area has, as an opacity: on dark more, to be seen as well.

    >>> from viz.drawing.palette import BOTH, DARK, LIGHT
    >>> tint("part", LIGHT), tint("part", DARK), tint("part", BOTH), tint("delta", DARK)
    ('0.6', '0.76', 'light-dark(0.6,0.76)', '1')
    """
    share = LOOKS[kind].fill
    return theme.of(f"{share:g}", f"{1.0 - (1.0 - share) * _SHARE_IN_DARK:g}")


def tinted(kind: str, colour: str, theme: Theme) -> str:
    """The colour of an area that has this much of a colour.

    >>> from viz.drawing.palette import DARK, LIGHT
    >>> [tinted("part", "#808080", theme) for theme in (LIGHT, DARK)], tinted("delta", "#808080", DARK)
    (['#B3B3B3', '#666768'], '#808080')
    """
    grounds, colours, shares = sides(theme.background), sides(colour), sides(tint(kind, theme))
    return paired(*map(mixed, grounds, colours, map(float, shares)))


def colour(number: float, theme: Theme) -> str:
    """The colour of a sign: a grey for 0, and a third hue for what is not finite.

    >>> from viz.drawing.palette import LIGHT
    >>> colour(2.0, LIGHT), colour(-0.1, LIGHT)
    ('#D55E00', '#0072B2')
    """
    if not math.isfinite(number):
        return ACTIVE
    return theme.faint if number == 0 else POSITIVE if number > 0 else NEGATIVE


def attributes(
    kind: str, number: float, theme: Theme, scale: Scale | None = None
) -> dict[str, svg.Attribute]:
    """Fill and outline of a shape; with a scale, its colour is as strong as the number is large.

    >>> from viz.drawing.palette import LIGHT
    >>> attributes("delta", 2.0, LIGHT), attributes("error", -2.0, LIGHT)["fill"]
    ({'fill': '#D55E00', 'stroke': None, 'stroke_width': None}, 'none')
    """
    look = LOOKS[kind]
    if kind == "data":
        fill, stroke = "none" if number < 0 else theme.faint, theme.faint
    elif not math.isfinite(number):
        fill, stroke = f"url(#{HATCH})", ACTIVE
    elif scale is not None:
        fill = tinted(kind, scale.fill(number), theme)
        stroke = scale.stroke(number, theme.faint) if look.outline else ""
    else:
        stroke = colour(number, theme)
        fill = tinted(kind, stroke, theme)
    if kind == "error" and math.isfinite(number):
        fill = "none"
    outlined = look.outline > 0
    return {
        "fill": fill,
        "stroke": stroke if outlined else None,
        "stroke_width": look.outline if outlined else None,
    }


def shape(
    kind: str, box: Box, number: float, theme: Theme, scale: Scale | None = None, class_: str | None = None
) -> str:
    """A box that looks as its quantity does.

    >>> from viz.drawing.palette import LIGHT
    >>> shape("delta", Box(5, 5, 10, 10), 2.0, LIGHT)
    '<rect x="0" y="0" width="10" height="10" rx="5" fill="#D55E00"/>'
    """
    radius = min(LOOKS[kind].radius, box.width / 2, box.height / 2)
    return svg.rectangle(box, rx=radius or None, class_=class_, **attributes(kind, number, theme, scale))


def bar(
    kind: str,
    zero: float,
    y: float,
    start: float,
    number: float,
    unit: float,
    height: float,
    theme: Theme,
    class_: str | None = None,
) -> str:
    """A bar for a signed number, from `start` on an axis whose 0 is at x = `zero`, `unit` px to 1.

    Bars of a sum stand one behind another, each starting where the one before ended.

    >>> from viz.drawing.palette import LIGHT
    >>> bar("part", 100, 50, 0.5, -1.0, 10, 8, LIGHT)[:40]
    '<rect x="95" y="46" width="10" height="8'
    """
    length = abs(number) * unit if math.isfinite(number) else 0.0
    left = zero + unit * min(start, start + number) if math.isfinite(number) else zero
    place = Box(left + max(length, 1.0) / 2, y, max(length, 1.0), height)
    return shape(kind, place, number, theme, class_=class_)


def column(numbers: Sequence[float], kind: str = "data", decimals: int | None = None) -> list[str]:
    """Numbers that stand below one another: as many decimals in all, four digits at least of the smallest.

    What is far smaller than the rest, so that 6 decimals are too few for it, has an exponent and four digits.

    >>> column([0.008771, -1.59], "delta"), column([2.0, -0.5]), column([2e-9, 1.0])
    (['+0.008771', '−1.590000'], ['2.0000', '−0.5000'], ['2.000e−9', '1.000000'])
    """
    signed = LOOKS[kind].signed
    if decimals is None:
        decimals = decimals_of(numbers)
    return [one(number, decimals, signed) for number in numbers]


def decimals_of(numbers: Sequence[float]) -> int:
    """The decimals of a column, from 4 to 6.

    >>> decimals_of([1.5]), decimals_of([0.0123]), decimals_of([0.008771]), decimals_of([])
    (4, 5, 6, 4)
    """
    sizes = [abs(number) for number in numbers if number and math.isfinite(number)]
    return min(max(3 - math.floor(math.log10(min(sizes, default=1.0))), 4), 6)


def one(number: float, decimals: int, signed: bool = False) -> str:
    """One number of a column; with an exponent and four digits where the decimals have no two for it.

    >>> one(0.25, 6), one(0.0, 4, signed=True), one(-3.2e-8, 6), one(0.00125, 4)
    ('0.250000', '0', '−3.200e−8', '0.0013')
    """
    if 10.0 ** (1 - decimals) <= abs(number) < 1e5:
        return f"{number:{'+' if signed else ''}.{decimals}f}".replace("-", "−")
    digits = min(decimals, 4) + 1 + max(decimals - 6, 0)  # more are asked for only of a factor
    return compact(number, digits if abs(number) < 1.0 else decimals, signed)


def strongest(numbers: NDArray[np.float64], most: int) -> list[int]:
    """The places of the largest |numbers|, at most that many, in ascending order; nan is large.

    >>> strongest(np.array([0.1, -3.0, 2.0]), 2), strongest(np.array([0.1, -3.0, 2.0]), 5)
    ([1, 2], [0, 1, 2])
    """
    sizes = np.nan_to_num(np.abs(numbers), nan=np.inf)
    return sorted(np.argsort(-sizes, kind="stable")[:most].tolist())


def decimals_of_factors(products: Sequence[tuple[float, float, str]], least: int) -> int:
    """The fewest decimals of x and y, from `least`, with which every product x · y is the one printed.

    Where none will do, as for a gradient that several passes added up, they are one more than `least`.

    >>> decimals_of_factors([(4.705312, 0.233041, "1.0965")], 4)
    5
    """

    def comes_out(decimals: int) -> bool:
        return all(
            _is_rounded(as_number(one(x, decimals)) * as_number(one(y, decimals)), text)
            for x, y, text in products
        )

    return digits_needed(comes_out, least, ALL_DIGITS) or least + 1


def _is_rounded(number: float, text: str) -> bool:
    if not math.isfinite(as_number(text)):
        return True
    mantissa, _, exponent = text.partition("e")
    unit = 10.0 ** (int(exponent.replace("−", "-") or 0) - len(mantissa.partition(".")[2]))
    return abs(number - as_number(text)) < 0.5 * unit
