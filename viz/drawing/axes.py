"""Draws curves on linear or logarithmic axes, for training histories."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from operator import itemgetter

from minigrad.symbols.numerals import raised
from viz.drawing import grid, svg
from viz.drawing.palette import Theme
from viz.drawing.strips import Strip, drawn, height_of
from viz.drawing.typography import widest, width

SIZE = 10.0
_DASHES = (None, "6 3", "2 3", "8 3 2 3", "8 3 2 3 2 3", "10 4")

# In light pictures and in dark ones. Of these none is the orange or the blue that tell a sign; dashes tell
# them apart without colour
_COLOURS = [
    ("#1B1F24", "#F0F3F6"),
    ("#007A5A", "#2FC49B"),
    ("#A8467E", "#CC79A7"),
    ("#7A6A00", "#F0E442"),
    ("#57606A", "#A9B4C0"),
    ("#6B3FA0", "#B79AE0"),
]
_DECADE = 10.0  # a range of more than one is drawn on a logarithmic scale


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
        return {"stroke": theme.of(*colour), "stroke_dasharray": dash}


def of_layer(name: str, numbers: Sequence[float], layer: int) -> Curve:
    """The curve of a layer; black is for curves that belong to no layer.

    >>> of_layer("δ¹", [1.0], 1).colour, of_layer("δ²", [1.0], 2).colour
    (1, 2)
    """
    return Curve(name, numbers, colour=1 + (layer - 1) % (len(_COLOURS) - 1), dash=layer - 1)


@dataclass(frozen=True)
class Scale:
    """Maps numbers to heights between `bottom` and `top`; `marks` are the round numbers to write beside it.

    It is decimal, so that marks are exactly what their labels say.
    """

    low: Decimal
    high: Decimal
    marks: Sequence[Decimal]
    logarithmic: bool
    bottom: float
    top: float

    def has(self, number: float) -> bool:
        """Whether a number has a place: it is finite, and > 0 on a logarithmic scale."""
        return _has_place(number, self.logarithmic)

    def height(self, number: float | Decimal) -> float:
        """The height of a number that has a place."""
        low, high, at = self.low, self.high, Decimal(str(number))
        if self.logarithmic:
            low, high, at = low.log10(), high.log10(), at.log10()
        return self.bottom + (self.top - self.bottom) * float((at - low) / (high - low))


def scale_of(numbers: Sequence[float], logarithmic: bool, bottom: float, top: float) -> Scale:
    """A scale for all finite numbers, or, if logarithmic, all finite numbers > 0.

    >>> scale = scale_of([0.03, 4.0], True, bottom=100, top=0)
    >>> [mark_text(mark) for mark in scale.marks]
    ['0.02', '0.05', '0.1', '0.2', '0.5', '1', '2', '5']
    >>> [mark_text(mark) for mark in scale_of([0.15, 0.167], False, bottom=100, top=0).marks]
    ['0', '0.05', '0.1', '0.15', '0.2']
    """
    usable = [x for x in numbers if _has_place(x, logarithmic)] or [1.0]
    ends = Decimal(str(min(usable))), Decimal(str(max(usable)))
    marks = shown = (_log_marks if logarithmic else _linear_marks)(*ends)
    if logarithmic and len(marks) > 8:
        powers = [mark for mark in marks if mark.as_tuple().digits[0] == 1]
        shown = powers[:: len(powers) // 7 + 1]
    return Scale(marks[0], marks[-1], shown, logarithmic, bottom, top)


def mark_text(mark: Decimal) -> str:
    """A mark with all its digits: as a number, or times a power of ten.

    >>> mark_text(Decimal("0.125")), mark_text(Decimal("-5e-7")), mark_text(Decimal("1e8"))
    ('0.125', '−5·10⁻⁷', '10⁸')
    """
    sign, digits, _ = mark.normalize().as_tuple()
    if -4 < mark.adjusted() < 5 or not mark:
        return f"{mark.normalize():f}".replace("-", "−")
    mantissa = str(digits[0]) + ("." + "".join(map(str, digits[1:])) if digits[1:] else "")
    power = "10" + raised(mark.adjusted())
    return "−" * sign + (power if mantissa == "1" else f"{mantissa}·{power}")


def _has_place(number: float, logarithmic: bool) -> bool:
    return math.isfinite(number) and (number > 0 or not logarithmic)


def _linear_marks(low: Decimal, high: Decimal) -> list[Decimal]:
    """About five multiples of 1, 2 or 5 times a power of ten; positive numbers begin at 0."""
    low = min(low, Decimal(0)) if high > 0 else low
    if high - low <= abs(low).scaleb(-9):  # a constant
        high = Decimal(0) if low else Decimal(1)
    least = (high - low) / 5
    step = next(step for step in _round_numbers(least, 10 * least) if step >= least)
    first, last = (low / step).to_integral_value(ROUND_FLOOR), (high / step).to_integral_value(ROUND_CEILING)
    return [step * k for k in range(int(first), int(last) + 1)]


def _log_marks(low: Decimal, high: Decimal) -> list[Decimal]:
    """1, 2 and 5 times the powers of ten, from the one below the lowest to the one above the highest."""
    steps = _round_numbers(low / 10, high * 10)
    first = max(step for step in steps if step <= low)
    last = min(step for step in steps if step >= high)
    last = last if last > first else first * 10
    return [step for step in steps if first <= step <= last]


def _round_numbers(low: Decimal, high: Decimal) -> list[Decimal]:
    exponents = range(low.adjusted(), high.adjusted() + 1)
    return [Decimal(digit).scaleb(exponent) for exponent in exponents for digit in (1, 2, 5)]


def panel(
    place: grid.Box,
    title: str,
    curves: Sequence[Curve],
    theme: Theme,
    *,
    linear: bool = False,
    strips: Sequence[Strip] = (),
) -> str:
    """Axes and curves inside a box, with the names of the curves, and below them a strip for each if given.

    The scale is logarithmic, and labelled as such, where the numbers are positive and span more than a factor
    of ten, unless `linear` is asked for. What has no place on it, such as nan or a 0 on a logarithmic scale,
    is counted in words.

    >>> from viz.drawing.palette import LIGHT
    >>> "epoch" in panel(grid.Box(200, 100, 400, 200), "C", [Curve("C", [1.0, 0.5])], LIGHT)
    True
    """
    numbers = [x for curve in curves for x in curve.numbers]
    logarithmic = not linear and _spans_decades([x for x in numbers if math.isfinite(x)])
    scale = scale_of(numbers, logarithmic, place.bottom - 32 - height_of(strips), place.top + 26)
    names = [*(curve.name for curve in curves), *(words for strip in strips for words in strip.words)]
    left = place.left + max(58.0, widest(map(mark_text, scale.marks), SIZE) + 12)
    right = place.right - 36 - widest(names, SIZE)
    axes = _Axes(scale, left, right, max((len(curve.numbers) for curve in curves), default=1))
    parts = [svg.text(place.left, place.top + 8, title, size=13, fill=theme.ink, anchor="start", bold=True)]
    beside = place.left + width(title, 13, bold=True) + 10
    for words in filter(None, ("log scale" if logarithmic else "", _left_out(numbers, scale))):
        parts.append(svg.text(beside, place.top + 8, words, size=SIZE, fill=theme.muted, anchor="start"))
        beside += width(words, SIZE) + 10
    parts += _marks(axes, theme)
    heights = _spread([_end_height(curve, scale) for curve in curves], 12.0)
    for curve, y in zip(curves, heights, strict=True):
        parts += _curve(curve, axes, y, theme)
    return svg.group(*parts, *_strips(curves, strips, axes, theme), class_="panel")


@dataclass(frozen=True)
class _Axes:
    """A scale of heights, and the epochs 1 … `last` from `left` to `right`."""

    scale: Scale
    left: float
    right: float
    last: int

    def x(self, epoch: int) -> float:
        share = (epoch - 1) / (self.last - 1) if self.last > 1 else 0.5
        return self.left + (self.right - self.left) * share


def _marks(axes: _Axes, theme: Theme) -> list[str]:
    """The numbers of both axes, and a line across from each of the scale."""
    parts, bottom, last = [], axes.scale.bottom, axes.last
    for mark in axes.scale.marks:
        y = axes.scale.height(mark)
        parts.append(svg.line((axes.left, y), (axes.right, y), stroke=theme.line, stroke_width=0.4))
        parts.append(svg.text(axes.left - 6, y, mark_text(mark), size=SIZE, fill=theme.ink, anchor="end"))
    for epoch in sorted({1, (last + 1) // 2, last}):
        parts.append(svg.text(axes.x(epoch), bottom + 12, f"{epoch:,}", size=SIZE, fill=theme.ink))
    return [*parts, svg.text((axes.left + axes.right) / 2, bottom + 25, "epoch", size=SIZE, fill=theme.muted)]


def _strips(curves: Sequence[Curve], strips: Sequence[Strip], axes: _Axes, theme: Theme) -> list[str]:
    """The strips, each in the colour of its curve, and below them what they are."""
    parts, y = [], axes.scale.bottom + 38
    for curve, strip in zip(curves, strips, strict=False):
        colour, across = str(curve.line(theme)["stroke"]), axes.right - axes.left
        at = grid.Box((axes.left + axes.right) / 2, y + strip.height / 2, across, strip.height)
        parts.append(drawn(strip, at, colour, theme, axes.scale.logarithmic))
        y += strip.height
    words = "a row a neuron; the stronger its colour, the larger its number" if strips else ""
    return [*parts, svg.text(axes.left, y + 5, words, size=SIZE, fill=theme.muted, anchor="start")]


def _spans_decades(numbers: Sequence[float]) -> bool:
    """Whether no number is negative, and the positive ones differ by more than a factor of ten."""
    positive = [number for number in numbers if number > 0]
    return bool(positive) and min(numbers) >= 0 and max(positive) / _DECADE > min(positive)


def _left_out(numbers: Sequence[float], scale: Scale) -> str:
    """How many numbers have no place on the scale, in words; "" if all have one."""
    broken = sum(not math.isfinite(x) for x in numbers)
    zeros = sum(math.isfinite(x) and not scale.has(x) for x in numbers)
    words = [f"{broken:,} × nan or infinite"] if broken else []
    words += [f"{zeros:,} × 0"] if zeros else []
    return "not drawn: " + ", ".join(words) if words else ""


def _curve(curve: Curve, axes: _Axes, name_at: float, theme: Theme) -> list[str]:
    """The curve, with gaps where a number has no place, one without neighbours a point; then its name."""
    line, right = curve.line(theme), axes.right
    pieces: list[list[grid.Point]] = [[]]
    for epoch, number in visible(curve.numbers):
        if axes.scale.has(number):
            pieces[-1].append((axes.x(epoch), axes.scale.height(number)))
        elif pieces[-1]:
            pieces.append([])
    path = " ".join("M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in piece) for piece in filter(None, pieces))
    points = [
        svg.element("circle", cx=x, cy=y, r=2.4, fill=line["stroke"], class_="point")
        for (x, y), *others in filter(None, pieces)
        if not others
    ]
    look = {"fill": "none", "stroke_width": 1.8, "class_": "curve", **line}
    return [
        svg.element("path", svg.title(curve.name), d=path, **look),
        *points,
        svg.line((right + 6, name_at), (right + 26, name_at), stroke_width=1.8, **line),
        svg.text(right + 31, name_at, curve.name, size=SIZE, fill=theme.ink, anchor="start"),
    ]


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
        kept |= {part[0], min(finite, key=itemgetter(1)), max(finite, key=itemgetter(1))}
        kept.update(next(([pair] for pair in part if not math.isfinite(pair[1])), []))
    return sorted(kept)


def _end_height(curve: Curve, scale: Scale) -> float:
    usable = [x for x in curve.numbers if scale.has(x)]
    return scale.height(usable[-1]) if usable else scale.bottom


def _spread(heights: Sequence[float], least: float) -> list[float]:
    """The heights of names, moved apart so that no name covers another.

    >>> _spread([50.0, 52.0], 12.0)
    [45.0, 57.0]
    """
    order = sorted(range(len(heights)), key=lambda index: heights[index])
    placed, lowest = list(heights), -math.inf
    for index in order:
        placed[index] = lowest = max(heights[index], lowest + least)
    shift = (sum(placed) - sum(heights)) / max(len(heights), 1)
    return [height - shift for height in placed]
