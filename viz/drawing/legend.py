"""Draws legends, which explain the colours, widths and dashes of a picture.

Every function returns SVG and its width, so that keys can be put side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from viz.drawing import svg
from viz.drawing.palette import HATCH, Scale, Theme
from viz.drawing.typography import width

SIZE = 11.0
_BAR = 120.0
Key = tuple[str, float]


def colour_key(x: float, y: float, what: str, theme: Theme, end: str = "M", symlog: bool = False) -> Key:
    """A bar of the colours from −M to +M, with its title.

    >>> from viz.drawing.palette import LIGHT
    >>> "+M" in colour_key(0, 0, "δ", LIGHT)[0]
    True
    """
    scale = Scale(1.0, symlog, theme.zero)
    steps = 24
    start = x + width(what, SIZE) + 8
    cells = [
        svg.element(
            "rect",
            x=start + index * _BAR / steps,
            y=y - 6,
            width=_BAR / steps + 0.3,
            height=12,
            fill=scale.fill(2 * (index + 0.5) / steps - 1),
        )
        for index in range(steps)
    ]
    words = [
        svg.text(x, y, what, size=SIZE, fill=theme.ink, anchor="start"),
        svg.text(start, y + 14, f"−{end}", size=9, fill=theme.ink),
        svg.text(start + _BAR / 2, y + 14, "0", size=9, fill=theme.ink),
        svg.text(start + _BAR, y + 14, f"+{end}", size=9, fill=theme.ink),
    ]
    return svg.group(*cells, *words, class_="legend"), start + _BAR - x + 10


def line_key(
    x: float, y: float, what: str, theme: Theme, stroke_width: float = 2.0, dash: str | None = None
) -> Key:
    """A piece of a line, with the meaning of its width or dash.

    >>> from viz.drawing.palette import LIGHT
    >>> "w &lt; 0" in line_key(0, 0, "w < 0", LIGHT)[0]
    True
    """
    line = svg.element(
        "line",
        x1=x,
        y1=y,
        x2=x + 30,
        y2=y,
        stroke=theme.ink,
        stroke_width=stroke_width,
        stroke_dasharray=dash,
    )
    words = svg.text(x + 36, y, what, size=SIZE, fill=theme.ink, anchor="start")
    return svg.group(line, words, class_="legend"), 36 + width(what, SIZE)


def hatch_key(x: float, y: float, theme: Theme) -> Key:
    """The pattern for nan and infinity.

    >>> from viz.drawing.palette import LIGHT
    >>> "nan or infinite" in hatch_key(0, 0, LIGHT)[0]
    True
    """
    what = "nan or infinite"
    swatch = svg.element(
        "rect", x=x, y=y - 6, width=24, height=12, fill=f"url(#{HATCH})", stroke=theme.ink, stroke_width=0.8
    )
    words = svg.text(x + 30, y, what, size=SIZE, fill=theme.ink, anchor="start")
    return svg.group(swatch, words, class_="legend"), 30 + width(what, SIZE)


def words_key(x: float, y: float, what: str, theme: Theme) -> Key:
    """A sentence.

    >>> from viz.drawing.palette import LIGHT
    >>> "in words" in words_key(0, 0, "in words", LIGHT)[0]
    True
    """
    return svg.text(x, y, what, size=SIZE, fill=theme.ink, anchor="start"), width(what, SIZE)


def in_a_row(x: float, keys: Iterable[Callable[[float], Key]]) -> tuple[list[str], float]:
    """Keys side by side from x, and the x of their end.

    >>> in_a_row(0.0, [lambda x: ("a", 10.0), lambda x: (f"b at {x:g}", 10.0)])
    (['a', 'b at 38'], 48.0)
    """
    drawn = []
    for key in keys:
        content, taken = key(x)
        drawn.append(content)
        x += taken + 28
    return drawn, x - 28
