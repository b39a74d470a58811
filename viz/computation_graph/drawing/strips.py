"""Draws matrices as cells."""

from __future__ import annotations

import math

from viz.computation_graph.model import Strip
from viz.drawing import svg
from viz.drawing.grid import Box
from viz.drawing.looks import LOOKS, one
from viz.drawing.palette import HATCH, Scale, Theme, mixed

_LARGEST, _SMALLEST = 12.0, 4.0
_WIDTH = 128.0


def strip_size(strip: Strip) -> tuple[float, float]:
    """Width and height in px, without its words.

    >>> strip_size(Strip("δ", "delta", [[1.0], [2.0]], (2, 1), 2.0, 1))
    (12.0, 24.0)
    """
    side = _side(strip)
    return side * max(map(len, strip.cells)), side * len(strip.cells)


def _side(strip: Strip) -> float:
    return max(min(_LARGEST, _WIDTH / max(map(len, strip.cells))), _SMALLEST)


def strip_words(strip: Strip) -> str:
    """What a strip is, its shape and its scale.

    >>> strip_words(Strip("δ", "delta", [[1.0], [-2.0]], (2, 1), 2.0, 1))
    'δ  2 × 1  ±2.0000'
    """
    down, across = strip.shape
    shape = f"{down} × {across}" if down > 1 else f"{across}"
    return f"{strip.name}  {shape}  ±{one(strip.most, 4)}" + (
        f", largest of {strip.each}" if strip.each > 1 else ""
    )


def drawn_strip(strip: Strip, left: float, top: float, theme: Theme) -> str:
    """A strip below its words."""
    side, scale = _side(strip), Scale(strip.most, zero=theme.zero)
    parts = [svg.text(left, top + 6, strip_words(strip), size=10.0, fill=theme.muted, anchor="start")]
    for row, numbers in enumerate(strip.cells):
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
