"""Colours for signed numbers, in light and dark pictures: orange is positive, blue negative, grey 0.

The stronger the colour, the larger the number. Orange and blue are Okabe and Ito's vermilion and blue (2008,
"Color Universal Design"), which can be told apart with every colour-vision deficiency. Numbers are also
printed with their signs, so that no information is in colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import astuple, dataclass

POSITIVE = "#D55E00"
NEGATIVE = "#0072B2"
ZERO = "#D9D9D9"  # on white; nearer to white, a line would vanish
ACTIVE = "#8B2FA8"  # a third hue, for what is active
HATCH = "not-finite"


@dataclass(frozen=True)
class Theme:
    """The colours of everything that has no sign, in one theme or, as `paired` gives them, in both.

    `zero` is the grey of an area, `faint` that of a line, which is darker because lines are thin.
    """

    name: str
    background: str
    surface: str
    frame: str
    ink: str
    muted: str
    line: str
    zero: str
    faint: str

    def of(self, light: str, dark: str) -> str:
        """The one for this theme.

        >>> LIGHT.of("#000000", "#FFFFFF"), BOTH.of("#000000", "#FFFFFF")
        ('#000000', 'light-dark(#000000,#FFFFFF)')
        """
        return {"light": light, "dark": dark}.get(self.name, paired(light, dark))


def paired(light: str, dark: str) -> str:
    """A colour for light pages and one for dark ones, as CSS writes it; of two that are the same, the one.

    >>> paired("#000000", "#FFFFFF"), paired("#000000", "#000000")
    ('light-dark(#000000,#FFFFFF)', '#000000')
    """
    return light if light == dark else f"light-dark({light},{dark})"


def sides(colour: str) -> tuple[str, str]:
    """What `paired` was given.

    >>> sides("light-dark(#000000,#FFFFFF)"), sides("#000000")
    (('#000000', '#FFFFFF'), ('#000000', '#000000'))
    """
    light, comma, dark = colour.removeprefix("light-dark(").removesuffix(")").partition(",")
    return light, dark if comma else light


LIGHT = Theme("light", "#FFFFFF", "#FAFBFC", "#EEF1F4", "#1B1F24", "#57606A", "#8C959F", ZERO, "#7F8994")
DARK = Theme("dark", "#14181D", "#20262E", "#1B2129", "#F0F3F6", "#A9B4C0", "#768390", "#454E59", "#7D8896")
BOTH = Theme(*map(paired, astuple(LIGHT), astuple(DARK)))
THEMES = {"auto": BOTH, "light": LIGHT, "dark": DARK}


def theme_named(name: str) -> Theme:
    """The theme "light", "dark" or, for both, "auto"; a ValueError names the three for any other.

    >>> theme_named("dark").background
    '#14181D'
    """
    if name not in THEMES:
        raise ValueError(f"theme must be one of {', '.join(THEMES)}, not {name!r}")
    return THEMES[name]


@dataclass(frozen=True)
class Scale:
    """Colours for −maximum … +maximum: grey at 0, orange above, blue below, a pattern for nan and ±inf.

    `symlog` gives small numbers more of the colour: linear below maximum / 1000, logarithmic above.

    >>> Scale(2.0).fill(2.0), Scale(2.0).fill(0.0), Scale(2.0).fill(float("nan"))
    ('#D55E00', '#D9D9D9', 'url(#not-finite)')
    """

    maximum: float
    symlog: bool = False
    zero: str = ZERO

    @classmethod
    def of(cls, numbers: Iterable[float], symlog: bool = False, zero: str = ZERO) -> Scale:
        """The scale whose maximum is the largest |number| of the finite ones.

        >>> Scale.of([-3.0, 1.0]).maximum
        3.0
        """
        return cls(largest(numbers), symlog, zero)

    def strength(self, number: float) -> float:
        """The strength of the colour of a number, from 0, grey, to 1, the full colour.

        >>> Scale(2.0).strength(-1.0)
        0.5
        """
        if not self.maximum or not number:
            return 0.0
        share = min(abs(number) / self.maximum, 1.0)
        return math.log1p(1000.0 * share) / math.log1p(1000.0) if self.symlog else share

    def fill(self, number: float) -> str:
        """The colour of a number as #RRGGBB, or the pattern of what is not finite."""
        if not math.isfinite(number):
            return f"url(#{HATCH})"
        return self._colour(number, self.zero)

    def stroke(self, number: float, zero: str = "") -> str:
        """The colour of a line, with a grey of its own for 0; what is not finite is in the third hue."""
        return self._colour(number, zero or self.zero) if math.isfinite(number) else ACTIVE

    def _colour(self, number: float, zero: str) -> str:
        return mixed(zero, POSITIVE if number > 0 else NEGATIVE, self.strength(number))


def largest(numbers: Iterable[float]) -> float:
    """The largest finite |number|, 0 for none.

    >>> largest([-3.0, 1.0, math.inf])
    3.0
    """
    return max((abs(x) for x in numbers if math.isfinite(x)), default=0.0)


def mixed(first: str, second: str, share: float) -> str:
    """The colour at `share`, 0 … 1, of the way from the first to the second.

    >>> mixed("#000000", "#FFFFFF", 0.5)
    '#808080'
    """
    if "," in first or "," in second:
        (a, dark_a), (b, dark_b) = sides(first), sides(second)
        return paired(mixed(a, b, share), mixed(dark_a, dark_b, share))
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + bytes([round(a + (b - a) * share) for a, b in pairs]).hex().upper()


def text_on(fill: str, theme: Theme = LIGHT) -> str:
    """Black or white, whichever has the higher contrast on the fill; on a pattern, the ink of the theme.

    >>> text_on(ZERO), text_on(NEGATIVE)
    ('#000000', '#FFFFFF')
    """
    if "," in fill:
        return paired(*map(text_on, sides(fill)))
    if not fill.startswith("#"):
        return theme.ink
    return max(("#000000", "#FFFFFF"), key=lambda ink: contrast(ink, fill))


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours, 1 … 21 (Web Content Accessibility Guidelines 2.2, 1.4.3).

    >>> round(contrast("#000000", "#FFFFFF"), 6)
    21.0
    """
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _channels(colour: str) -> bytes:
    return bytes.fromhex(colour[1:])
