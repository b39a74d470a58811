"""Draws legends, which explain the colours, widths and dashes of a picture.

Every function returns SVG and its width, so that keys can be put side by side.
"""

from __future__ import annotations

from collections.abc import Callable

from viz.drawing import looks, svg
from viz.drawing.grid import Box
from viz.drawing.palette import HATCH, Scale, Theme
from viz.drawing.typography import width

SIZE = 11.0
_BAR = 120.0
_HIGH = 28.0  # of a row with a bar of colours, whose ends stand below it
Key = tuple[str, float]


def colour_key(
    x: float, y: float, what: str, theme: Theme, end: str = "M", symlog: bool = False, kind: str = "delta"
) -> Key:
    """A bar of the colours from −M to +M, with its title.

    >>> from viz.drawing.palette import LIGHT
    >>> "+M" in colour_key(0, 0, "δ", LIGHT)[0]
    True
    """
    scale = Scale(1.0, symlog, theme.zero)
    steps, step = 24, _BAR / 24
    start = x + width(what, SIZE) + 8
    cells = [
        svg.rectangle(
            Box(start + index * step + (step + 0.3) / 2, y, step + 0.3, 12),
            fill=looks.attributes(kind, 2 * (index + 0.5) / steps - 1, theme, scale)["fill"],
        )
        for index in range(steps)
    ]
    ends = [
        svg.text(start + at * _BAR, y + 14, text, size=10, fill=theme.ink)
        for at, text in ((0, f"−{end}"), (0.5, "0"), (1, f"+{end}"))
    ]
    return svg.group(*cells, words_key(x, y, what, theme)[0], *ends, class_="legend"), start + _BAR - x + 10


def line_key(
    x: float,
    y: float,
    what: str,
    theme: Theme,
    stroke_width: float = 2.0,
    dash: str | None = None,
    **look: svg.Attribute,
) -> Key:
    """A piece of a line, with the meaning of its width or dash.

    >>> from viz.drawing.palette import LIGHT
    >>> "w &lt; 0" in line_key(0, 0, "w < 0", LIGHT)[0]
    True
    """
    usual: dict[str, svg.Attribute] = {"stroke": theme.ink, "stroke_width": stroke_width}
    line = svg.line((x, y), (x + 30, y), **usual | {"stroke_dasharray": dash} | look)
    words, across = words_key(x + 36, y, what, theme)
    return svg.group(line, words, class_="legend"), 36 + across


def bar_key(x: float, y: float, what: str, theme: Theme, kind: str) -> Key:
    """How a quantity looks, greater and less than 0.

    >>> from viz.drawing.palette import LIGHT
    >>> "∂C/∂a" in bar_key(0, 0, "∂C/∂a", LIGHT, "error")[0]
    True
    """
    shapes = [looks.shape(kind, Box(x + at, y, 14, 9), sign, theme) for at, sign in ((7, 1.0), (25, -1.0))]
    words, across = words_key(x + 38, y, what, theme)
    return svg.group(*shapes, words, class_="legend"), 38 + across


def hatch_key(x: float, y: float, theme: Theme) -> Key:
    """The pattern for nan and infinity.

    >>> from viz.drawing.palette import LIGHT
    >>> "nan or infinite" in hatch_key(0, 0, LIGHT)[0]
    True
    """
    swatch = svg.rectangle(Box(x + 12, y, 24, 12), fill=f"url(#{HATCH})", stroke=theme.ink, stroke_width=0.8)
    words, across = words_key(x + 30, y, "nan or infinite", theme)
    return svg.group(swatch, words, class_="legend"), 30 + across


def words_key(x: float, y: float, what: str, theme: Theme) -> Key:
    """A sentence.

    >>> from viz.drawing.palette import LIGHT
    >>> "in words" in words_key(0, 0, "in words", LIGHT)[0]
    True
    """
    return svg.text(x, y, what, size=SIZE, fill=theme.ink, anchor="start"), width(what, SIZE)


class Legend:
    """Keys side by side, `gap` px apart, in as many rows of `pitch` px as it takes to end before `right`.

    >>> from viz.drawing.palette import LIGHT
    >>> legend = Legend(0.0, 0.0, 50.0, LIGHT)
    >>> legend.add(words_key, "δ")
    >>> legend.add(words_key, "∂C/∂a")
    >>> len(legend.keys), legend.end, legend.edge > 25
    (2, 60.0, True)
    """

    def __init__(
        self, left: float, top: float, right: float, theme: Theme, gap: float = 24.0, pitch: float = 30.0
    ) -> None:
        self.left, self.right, self.theme, self.gap, self.pitch = left, right, theme, gap, pitch
        self._at, self._row, self._height = left, top, pitch
        self.edge = left  # the right end of its widest row
        self.keys: list[str] = []

    def add(self, key: Callable[..., Key], *what: str, **look: object) -> None:
        """Draw a key beside the last one, or below."""
        content, taken = key(self._at, self._row, *what, theme=self.theme, **look)
        if self._at > self.left and self._at + taken > self.right:
            self._at, self._row, self._height = self.left, self._row + self._height, self.pitch
            content, taken = key(self._at, self._row, *what, theme=self.theme, **look)
        self.keys.append(content)
        self.edge = max(self.edge, self._at + taken)
        self._at += taken + self.gap
        if key is colour_key:
            self._height = max(self._height, _HIGH)

    @property
    def end(self) -> float:
        """The y below the last row."""
        return self._row + self.pitch
