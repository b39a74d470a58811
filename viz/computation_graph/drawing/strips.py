"""Matrices as cells: of a large one each cell stands for several numbers, of which it has the largest."""

from __future__ import annotations

import math

from viz.computation_graph.model import Strip
from viz.drawing import svg
from viz.drawing.grid import Box
from viz.drawing.looks import LOOKS, one
from viz.drawing.palette import HATCH, Scale, Theme, mixed

MOST_ROWS, MOST_COLUMNS = 12, 32
_LARGEST, _SMALLEST = 12.0, 4.0
_WIDTH = 128.0


def strip_size(strip: Strip) -> tuple[float, float]:
    """Width and height in px, without its words.

    >>> strip_size(Strip("δ", [[1.0], [2.0]], "delta"))
    (12.0, 24.0)
    """
    cells = pooled(strip)[0]
    side = _side(cells)
    return side * max(map(len, cells)), side * len(cells)


def _side(cells: list[list[float]]) -> float:
    return max(min(_LARGEST, _WIDTH / max(map(len, cells))), _SMALLEST)


def pooled(strip: Strip) -> tuple[list[list[float]], int]:
    """The cells, and how many numbers one stands for: that with the largest |number| is the one it has.

    >>> pooled(Strip("δ", [[float(k)] for k in range(24)], "delta"))[0][:2]
    [[1.0], [3.0]]
    """
    numbers = strip.numbers
    down = math.ceil(len(numbers) / MOST_ROWS)
    across = math.ceil(max(map(len, numbers)) / MOST_COLUMNS)
    cells = [
        [
            max(
                (number for row in numbers[top : top + down] for number in row[left : left + across]),
                key=_size,
            )
            for left in range(0, min(map(len, numbers[top : top + down])), across)
        ]
        for top in range(0, len(numbers), down)
    ]
    return cells, down * across


def _size(number: float) -> float:
    return math.inf if math.isnan(number) else abs(number)


def strip_words(strip: Strip) -> str:
    """What a strip is, its shape and its scale.

    >>> strip_words(Strip("δ", [[1.0], [-2.0]], "delta"))
    'δ  2 × 1  ±2.0000'
    """
    largest = _scale(strip, "").maximum
    each = pooled(strip)[1]
    down, across = len(strip.numbers), max(map(len, strip.numbers))
    shape = f"{down} × {across}" if down > 1 else f"{across}"
    return f"{strip.name}  {shape}  ±{one(largest, 4)}" + (f", largest of {each}" if each > 1 else "")


def _scale(strip: Strip, zero: str) -> Scale:
    return Scale.of([number for row in strip.numbers for number in row], zero=zero)


def drawn_strip(strip: Strip, left: float, top: float, theme: Theme) -> str:
    """A strip below its words."""
    cells, _ = pooled(strip)
    side, scale = _side(cells), _scale(strip, theme.zero)
    parts = [svg.text(left, top + 6, strip_words(strip), size=10.0, fill=theme.muted, anchor="start")]
    for row, numbers in enumerate(cells):
        for column, number in enumerate(numbers):
            place = Box(left + (column + 0.5) * side, top + 14 + (row + 0.5) * side, side, side)
            parts.append(_cell(strip.kind, place, number, scale, theme))
    return svg.group(*parts, class_="strip")


def _cell(kind: str, place: Box, number: float, scale: Scale, theme: Theme) -> str:
    """δ filled, ∂C/∂a outlined, ∂C/∂w tinted, in the colour of the sign; data grey, as large as |number|."""
    if not math.isfinite(number):
        return svg.rectangle(place, fill=f"url(#{HATCH})")
    strength = scale.strength(number)
    if kind == "data":
        side = (place.width - 1.5) * math.sqrt(strength)
        inner = Box(place.x, place.y, side, side)
        fill = "none" if number < 0 else theme.faint
        return svg.rectangle(inner, fill=fill, stroke=theme.faint, stroke_width=0.8)
    if kind == "error" and place.width >= 8:
        inner = Box(place.x, place.y, place.width - 3, place.height - 3)
        tint = scale.stroke(number, theme.faint)
        return svg.rectangle(inner, fill="none", stroke=tint, stroke_width=2)
    fill = mixed(theme.background, scale.fill(number), LOOKS["delta" if kind == "delta" else "cell"].fill)
    return svg.rectangle(place, fill=fill, stroke=theme.surface, stroke_width=0.5)
