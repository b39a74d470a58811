"""Draws matrices as cells."""

from __future__ import annotations

import math

from viz.computation_graph.model import Strip
from viz.drawing import svg
from viz.drawing.grid import Box
from viz.drawing.looks import one, tinted
from viz.drawing.palette import HATCH, Scale, Theme
from viz.drawing.typography import width

SMALL = 10.0

_SMALLEST, _ROW = 4.0, 16.0
_OUTLINE = 2.0  # px, of ∂C/∂a; thinner in a smaller cell, which stays hollow
_WORDS = 17.0  # px, the height of the words above the cells


def strip_width(strip: Strip) -> float:
    """The least width in px, of its words and its cells."""
    return max(_SMALLEST * max(map(len, strip.cells)), width("".join(_words(strip)), SMALL) + 10)


def strip_height(strip: Strip, across: float) -> float:
    """The height in px of a strip that has `across` px, with its words.

    >>> strip_height(Strip("δ", "delta", [[1.0], [2.0]], (2, 1), 2.0, 1), 100.0)
    45.0
    """
    return _WORDS + _sides(strip, across)[1] * len(strip.cells)


def _sides(strip: Strip, across: float) -> tuple[float, float]:
    """Width and height of a cell: a square, or a part of a bar as long as there is room."""
    room = across / max(map(len, strip.cells))
    side = max(min(strip.side, room), _SMALLEST)
    return (room, _ROW) if len(strip.cells) == 1 and strip.kind in ("delta", "error") else (side, side)


def _words(strip: Strip) -> tuple[str, str]:
    """What a strip is and its shape; its scale."""
    down, across = strip.shape
    shape = f"{down} × {across}" if down > 1 else f"{across}"
    return f"{strip.name}  {shape}", f"±{one(strip.most, 4)}"


def drawn_strip(strip: Strip, left: float, top: float, across: float, theme: Theme) -> str:
    """A strip `across` px wide, below its words."""
    (wide, high), scale = _sides(strip, across), Scale(strip.most, zero=theme.zero)
    name, most = _words(strip)
    parts = [
        svg.text(left, top + 6, name, size=SMALL, fill=theme.muted, anchor="start"),
        svg.text(left + across, top + 6, most, size=SMALL, fill=theme.muted, anchor="end"),
    ]
    for row, numbers in enumerate(strip.cells):
        for column, number in enumerate(numbers):
            place = Box(left + (column + 0.5) * wide, top + 14 + (row + 0.5) * high, wide, high)
            parts.append(_cell(strip.kind, place, number, scale, theme))
    return svg.group(*parts, class_="strip")


def _cell(kind: str, place: Box, number: float, scale: Scale, theme: Theme) -> str:
    """δ filled, ∂C/∂a outlined, ∂C/∂w tinted, in the colour of the sign; data grey, as large as |number|."""
    if not math.isfinite(number):
        return svg.rectangle(place, fill=f"url(#{HATCH})")
    strength = scale.strength(number)
    if kind == "data":
        side = (place.height - 1.5) * math.sqrt(strength)
        inner = Box(place.x, place.y, side, side)
        fill = "none" if number < 0 else theme.faint
        return svg.rectangle(inner, fill=fill, stroke=theme.faint, stroke_width=0.8)
    if kind == "error":
        outline = min(_OUTLINE, place.width / 4)
        inner = Box(place.x, place.y, place.width - 1.5 * outline, place.height - 1.5 * outline)
        return svg.rectangle(
            inner, fill="none", stroke=scale.stroke(number, theme.faint), stroke_width=outline
        )
    fill = tinted(kind, scale.fill(number), theme)
    return svg.rectangle(place, fill=fill, stroke=theme.surface, stroke_width=0.5)
