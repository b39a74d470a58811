"""Draws curves on linear or logarithmic axes, for training histories."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from minigrad.symbols.numerals import plain, raised
from viz.drawing import grid, svg
from viz.drawing.palette import Theme
from viz.drawing.typography import widest, width

SIZE = 10.0
_STEPS = [float(f"{digit}e{exponent}") for exponent in range(-300, 300) for digit in (1, 2, 5)]
_DASHES = (None, "6 3", "2 3", "8 3 2 3", "1 4", "10 4")

# Okabe and Ito's colours, made a little darker on white and lighter on dark
_COLOURS = [
    {"light": "#1B1F24", "dark": "#F0F3F6"},
    {"light": "#C25500", "dark": "#E69F00"},
    {"light": "#0072B2", "dark": "#56B4E9"},
    {"light": "#007A5A", "dark": "#2FC49B"},
    {"light": "#A8467E", "dark": "#CC79A7"},
    {"light": "#7A6A00", "dark": "#F0E442"},
]


@dataclass(frozen=True)
class Curve:
    """One quantity over the epochs 1, 2, …, with its name at its end.

    Curves of the same subject, counted from 0, have the same colour and dash in every panel.
    """

    name: str
    numbers: Sequence[float]
    colour: int = 0
    dash: int = 0

    def line(self, theme: Theme) -> dict[str, str | None]:
        """Colour and dash as attributes."""
        colour, dash = _COLOURS[self.colour % len(_COLOURS)], _DASHES[self.dash % len(_DASHES)]
        return {"stroke": colour[theme.name], "stroke_dasharray": dash}


def of_layer(name: str, numbers: Sequence[float], layer: int) -> Curve:
    """The curve of a layer; black is for curves that belong to no layer.

    >>> of_layer("δ¹", [1.0], 1).colour, of_layer("δ²", [1.0], 2).colour
    (1, 2)
    """
    return Curve(name, numbers, colour=1 + (layer - 1) % (len(_COLOURS) - 1), dash=layer - 1)


@dataclass(frozen=True)
class Scale:
    """Maps numbers to heights between `bottom` and `top`; has the numbers to mark."""

    low: float
    high: float
    logarithmic: bool
    bottom: float
    top: float

    def height(self, number: float) -> float:
        """The height of a number."""
        if self.logarithmic:
            whole = math.log(self.high) - math.log(self.low)
            share = (math.log(number) - math.log(self.low)) / whole
        else:
            share = (number - self.low) / (self.high - self.low)
        return self.bottom + (self.top - self.bottom) * share

    def marks(self) -> list[float]:
        """Powers of ten, and 2 and 5 times these if there are few; or about five round numbers."""
        if not self.logarithmic:
            return [self.low + (self.high - self.low) * step / 4 for step in range(5)]
        steps = [step for step in _STEPS if self.low * 0.999 <= step <= self.high * 1.001]
        powers = steps if len(steps) <= 7 else [step for step in steps if f"{step:e}".startswith("1.")]
        return powers[:: len(powers) // 7 + 1]


def scale_of(numbers: Sequence[float], logarithmic: bool, bottom: float, top: float) -> Scale:
    """A scale for all finite numbers, or, if logarithmic, all finite numbers > 0.

    >>> scale = scale_of([0.03, 4.0], True, bottom=100, top=0)
    >>> scale.low, scale.high
    (0.02, 5.0)
    """
    usable = [x for x in numbers if math.isfinite(x) and (x > 0 or not logarithmic)]
    if logarithmic:
        lowest, highest = min(usable, default=0.1), max(usable, default=1.0)
        low = max((step for step in _STEPS if step <= lowest), default=_STEPS[0])
        high = min((step for step in _STEPS if step >= highest), default=_STEPS[-1])
        return Scale(low, high if high > low else low * 10.0, True, bottom, top)
    low, high = min(0.0, *usable), max(usable, default=1.0)
    return Scale(low, high if high > low else low + 1.0, False, bottom, top)


def panel(
    place: grid.Box, title: str, curves: Sequence[Curve], theme: Theme, *, logarithmic: bool = True
) -> str:
    """Axes and curves inside a box, with the names of the curves; a logarithmic scale is labelled as such.

    >>> from viz.drawing.palette import LIGHT
    >>> "epoch" in panel(grid.Box(200, 100, 400, 200), "C", [Curve("C", [1.0, 0.5])], LIGHT)
    True
    """
    left, right = place.left + 58, place.right - 36 - widest((curve.name for curve in curves), SIZE)
    bottom, top = place.bottom - 32, place.top + 26
    scale = scale_of([x for curve in curves for x in curve.numbers], logarithmic, bottom, top)
    last = max((len(curve.numbers) for curve in curves), default=1)
    parts = [svg.text(place.left, place.top + 8, title, size=13, fill=theme.ink, anchor="start", bold=True)]
    if logarithmic:
        beside = place.left + width(title, 13, bold=True) + 10
        parts.append(
            svg.text(beside, place.top + 8, "log scale", size=SIZE, fill=theme.muted, anchor="start")
        )
    for mark in scale.marks():
        y = scale.height(mark)
        parts.append(svg.line((left, y), (right, y), stroke=theme.line, stroke_width=0.4))
        parts.append(svg.text(left - 6, y, _mark(mark, scale), size=SIZE, fill=theme.ink, anchor="end"))
    for epoch in sorted({1, (last + 1) // 2, last}):
        x = _across(epoch, last, left, right)
        parts.append(svg.text(x, bottom + 12, f"{epoch:,}", size=SIZE, fill=theme.ink))
    parts.append(svg.text((left + right) / 2, bottom + 25, "epoch", size=SIZE, fill=theme.muted))
    names = _spread([_end_height(curve, scale) for curve in curves], 12.0)
    for curve, y in zip(curves, names, strict=True):
        line = curve.line(theme)
        parts.append(_curve(curve, scale, left, right, last, line))
        parts.append(svg.line((right + 6, y), (right + 26, y), stroke_width=1.8, **line))
        parts.append(svg.text(right + 31, y, curve.name, size=SIZE, fill=theme.ink, anchor="start"))
    return svg.group(*parts, class_="panel")


def _curve(
    curve: Curve, scale: Scale, left: float, right: float, last: int, line: dict[str, str | None]
) -> str:
    """The curve, with gaps at numbers that are not finite, or not > 0 on a logarithmic axis."""
    pieces: list[list[str]] = [[]]
    for epoch, number in visible(curve.numbers):
        if math.isfinite(number) and (number > 0 or not scale.logarithmic):
            pieces[-1].append(f"{_across(epoch, last, left, right):.1f},{scale.height(number):.1f}")
        elif pieces[-1]:
            pieces.append([])
    path = " ".join("M" + " L".join(piece) for piece in pieces if piece)
    return svg.element(
        "path", svg.title(curve.name), d=path, fill="none", stroke_width=1.8, class_="curve", **line
    )


def visible(numbers: Sequence[float], most: int = 1000) -> list[tuple[int, float]]:
    """(epoch, number), epochs from 1; of a longer run about `most` of them, from which it looks the same.

    These are of each stretch the first, the lowest, the highest, and one that is not finite; and the last.

    >>> visible([4.0, 2.0, 3.0, 7.0, 5.0, 6.0], most=3)
    [(1, 4.0), (2, 2.0), (4, 7.0), (6, 6.0)]
    """
    pairs = list(enumerate(numbers, start=1))
    if len(pairs) <= most:
        return pairs
    stretch = -(-3 * len(pairs) // most)
    kept = {pairs[-1]}
    for start in range(0, len(pairs), stretch):
        part = pairs[start : start + stretch]
        finite = [pair for pair in part if math.isfinite(pair[1])] or part
        kept |= {part[0], min(finite, key=_number), max(finite, key=_number)}
        kept.update(next(([pair] for pair in part if not math.isfinite(pair[1])), []))
    return sorted(kept)


def _number(pair: tuple[int, float]) -> float:
    return pair[1]


def _across(epoch: int, last: int, left: float, right: float) -> float:
    return left + (right - left) * (epoch - 1) / max(last - 1, 1)


def _end_height(curve: Curve, scale: Scale) -> float:
    usable = [x for x in curve.numbers if math.isfinite(x) and (x > 0 or not scale.logarithmic)]
    return scale.height(usable[-1]) if usable else scale.bottom


def _spread(heights: Sequence[float], least: float) -> list[float]:
    """The heights of names, moved apart so that no name covers another.

    >>> _spread([50.0, 52.0], 12.0)
    [45.0, 57.0]
    """
    order = sorted(range(len(heights)), key=lambda index: heights[index])
    placed: list[float] = []
    for index in order:
        placed.append(max(heights[index], placed[-1] + least) if placed else heights[index])
    shift = sum(p - heights[i] for p, i in zip(placed, order, strict=True)) / max(len(placed), 1)
    result = [0.0] * len(heights)
    for position, index in zip(placed, order, strict=True):
        result[index] = position - shift
    return result


def _mark(mark: float, scale: Scale) -> str:
    if not scale.logarithmic:
        return plain(round(mark, 6), digits=2)
    exponent = round(math.log10(mark))
    if -3 <= exponent <= 3:
        return plain(mark)
    digit = f"{mark:e}"[0]
    power = "10" + raised(math.floor(math.log10(mark) + 1e-9))
    return power if digit == "1" else f"{digit}·{power}"
