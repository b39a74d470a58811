"""The boxes of a computation graph: how large they are, and how they are drawn.

From top to bottom: title and data, where data go in and out; lines; the ledger of contributions; their sum,
the gradient, where ribbons merge and leave; the parameters. Data are above, gradients below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from minigrad.symbols.numerals import plain
from viz.computation_graph.drawing.scales import Scales
from viz.computation_graph.drawing.strips import SMALL, drawn_strip, strip_height, strip_width
from viz.computation_graph.model import Box, Edge, Gradient, factors_in_column
from viz.drawing import grid, svg
from viz.drawing.looks import column, one, shape, strongest
from viz.drawing.palette import Scale, Theme, text_on
from viz.drawing.typography import widest, width

SIZE = 11.0
HEADER = 22.0
LINE = 13.0
BAND = 20.0
CHIP = 18.0
PADDING = 7.0
MOST_TERMS = 4
CELL = 10.0


@dataclass(frozen=True)
class Card:
    """A box with all that is written in it, and the distances of its parts from its top."""

    box: Box
    ledger: Sequence[Edge]
    decimals: int  # of the gradient and of what adds up to it
    terms: Sequence[str]  # of the ledger, two lines each, but for a single one
    gradient: str
    rows: Sequence[Sequence[str]]
    band_height: float
    width: float

    def ordered(self, first: Sequence[Edge]) -> Card:
        """The card with these edges first in its ledger, in their order."""
        if not self.terms or len(first) < 2:
            return self
        ledger = [*first, *(edge for edge in self.ledger if edge not in first)]
        return replace(self, ledger=ledger, terms=_terms(ledger, self.decimals))

    @property
    def port(self) -> float:
        """Where data go in and out."""
        return (HEADER if self.box.title and not self.box.is_chip else CHIP) / 2

    @property
    def band(self) -> float:
        """The top of the gradient."""
        return HEADER + LINE * (len(self.box.lines) + len(self.terms)) + (3.0 if self.terms else 0.0)

    @property
    def rows_top(self) -> float:
        """The top of the parameters."""
        return self.band + (self.band_height if self.box.gradient is not None else 0.0)

    @property
    def height(self) -> float:
        """Of all."""
        if self.box.is_chip or not self.box.title:
            return max(CHIP, self.band_height if self.box.is_chip else 0.0)
        row_lines = len(self.rows) * 2 + (1 if self.box.left_out else 0)
        strips = self.strips_height
        return self.rows_top + LINE * row_lines + strips + (4.0 if self.rows or strips else 0.0)

    @property
    def strips_height(self) -> float:
        """Of the matrices."""
        return sum(strip_height(strip, self.width - 2 * PADDING) for strip in self.box.strips)


def card_of(box: Box, ledger: Sequence[Edge], decimals: int, ribbons: float) -> Card:
    """The card of a box with a ledger, whose gradient has room for ribbons of together `ribbons` px.

    >>> card_of(Box("n1", "", "2", "the constant 2.0"), [], 4, 0.0).height
    18.0
    """
    gradient = box.gradient.text(decimals) if box.gradient is not None else ""
    terms = _terms(ledger, decimals)
    rows = _rows(box)
    if box.is_chip or not box.title:
        return Card(box, ledger, decimals, [], "", [], max(ribbons, 4.0), small_width(box))
    widths = [width(box.title, SIZE, bold=True) + width(box.number, SIZE) + 10, widest(terms, SMALL)]
    widths += [width(name, SMALL) + width(number, SMALL) + 10 for name, number in box.lines]
    for first, number, product, result in rows:
        widths.append(width(first, SMALL) + width(number, SMALL) + 10)
        widths.append(width(product, SMALL) + width(result, SMALL) + CELL + 8)
    if box.gradient is not None:
        widths.append(width(box.gradient.name, SIZE, True) + width(gradient, SIZE, True) + 10)
    inside = max(*widths, *map(strip_width, box.strips))
    return Card(box, ledger, decimals, terms, gradient, rows, max(BAND, ribbons + 2), inside + 2 * PADDING)


def small_width(box: Box) -> float:
    """The width of a constant or a chip, of title and number alone."""
    return width(_small_words(box), SIZE) + 2 * PADDING


def _small_words(box: Box) -> str:
    return f"{box.title} {box.number}".strip()


def _terms(ledger: Sequence[Edge], decimals: int) -> list[str]:
    """The lines of a ledger: upstream × local, = contribution; the gradient is the result of a single one.

    Of many the strongest are listed.
    """
    sizes = np.array([edge.contribution or 0.0 for edge in ledger])
    shown = [ledger[k] for k in strongest(sizes, MOST_TERMS if len(ledger) > MOST_TERMS + 1 else len(ledger))]
    known = [edge.factors for edge in shown if edge.contribution is not None and edge.factors is not None]
    factors, lines = iter(factors_in_column(known, decimals)), []
    for edge in shown:
        result = "?" if edge.contribution is None else one(edge.contribution, decimals, signed=edge.has_sign)
        if edge.factors is None:
            lines.append(f"from {edge.source}: {result}")
        elif edge.contribution is None:
            lines.append(f"? × {plain(edge.factors[1])}")
        else:
            lines += [next(factors), f"= {result}"]
    if len(ledger) == 1:
        return [] if ledger[0].local is None else lines[:1]
    return lines + [f"… {len(ledger) - len(shown)} more"] * (len(ledger) > len(shown))


def _rows(box: Box) -> list[tuple[str, str, str, str]]:
    """Name, number; "δ · a =", gradient, of every parameter."""
    reached = box.gradient is not None and box.gradient.reached
    numbers = column([row.contribution for row in box.rows], "cell") if reached else ["?"] * len(box.rows)
    name = box.gradient.name if box.gradient is not None else "grad"
    return [
        (row.name, row.number, f"{name}{row.factor}", f"= {number}")
        for row, number in zip(box.rows, numbers, strict=True)
    ]


def drawn(card: Card, place: grid.Box, scales: Scales, theme: Theme) -> str:
    """A box at its place."""
    box = card.box
    if not box.title or box.is_chip:
        return _small(card, place, theme)
    left, right, y = place.left + PADDING, place.right - PADDING, place.top + HEADER / 2
    parts = [
        svg.title(box.tooltip),
        svg.rectangle(place, rx=4, fill=theme.surface, stroke=theme.line, stroke_width=0.8),
        label(left, y, box.title, theme.ink, size=SIZE, bold=True),
        label(right, y, box.number, theme.muted, size=SIZE, end=True),
    ]
    y = place.top + HEADER - LINE / 2
    for name, number in box.lines:
        y += LINE
        parts += [label(left, y, name, theme.ink), label(right, y, number, theme.muted, end=True)]
    for term in card.terms:
        y += LINE
        parts.append(label(right, y, term, theme.ink, end=True))
    parts += _gradient(card, place, scales.of_box(box.key), theme)
    parts += _drawn_rows(card, place, scales.of_box(box.key, "cell"), theme)
    top = place.bottom - card.strips_height - 4
    for strip in box.strips:
        parts.append(drawn_strip(strip, left, top, right - left, theme))
        top += strip_height(strip, right - left)
    return svg.group(*parts, class_="node")


def _small(card: Card, place: grid.Box, theme: Theme) -> str:
    """A constant, or the chip of a box in another line."""
    box = card.box
    words = svg.text(place.x, place.top + card.port, _small_words(box), size=SIZE, fill=theme.muted)
    if not box.is_chip:
        return svg.group(svg.title(box.tooltip), words, class_="constant")
    outline = svg.rectangle(place, rx=4, fill=theme.background, stroke=theme.line, stroke_dasharray="3 2")
    return svg.group(svg.title(box.tooltip), outline, words, class_="chip")


def _gradient(card: Card, place: grid.Box, scale: Scale, theme: Theme) -> list[str]:
    if card.box.gradient is None:
        return []
    area = grid.Box(place.x, place.top + card.band + card.band_height / 2, place.width, card.band_height)
    return drawn_gradient(card.box.gradient, card.gradient, area, scale, theme)


def drawn_gradient(gradient: Gradient, number: str, area: grid.Box, scale: Scale, theme: Theme) -> list[str]:
    """δ filled, ∂C/∂a outlined, a norm neither, with name and number; "?" before a backward pass."""
    ink, parts, is_delta = theme.ink if gradient.reached else theme.muted, [], gradient.kind == "delta"
    if gradient.reached and gradient.kind != "norm":
        inset = 0.0 if is_delta else 2.0
        inner = grid.Box(area.x, area.y, area.width - inset, area.height - inset)
        used = scale if is_delta else None
        parts.append(shape(gradient.kind, inner, gradient.number, theme, used, class_="gradient"))
        ink = text_on(scale.fill(gradient.number), theme) if is_delta else ink
    return [
        *parts,
        label(area.left + PADDING, area.y, gradient.name, ink, size=SIZE, bold=is_delta),
        label(area.right - PADDING, area.y, number, ink, size=SIZE, bold=is_delta, end=True),
    ]


def label(
    x: float, y: float, words: str, ink: str, *, size: float = SMALL, end: bool = False, bold: bool = False
) -> str:
    """Words that start at x, or end there."""
    return svg.text(x, y, words, size=size, fill=ink, anchor="end" if end else "start", bold=bold)


def _drawn_rows(card: Card, place: grid.Box, scale: Scale, theme: Theme) -> list[str]:
    left, right, y = place.left + PADDING, place.right - PADDING, place.top + card.rows_top + 2 - LINE / 2
    parts = []
    reached = card.box.gradient is not None and card.box.gradient.reached
    for index, (row, words) in enumerate(zip(card.box.rows, card.rows, strict=True)):
        if card.box.left_out and index == len(card.rows) - 1:
            y += LINE
            parts.append(label(left, y, f"… {card.box.left_out} more", theme.muted))
        name, number, product, result = words
        y += LINE
        parts += [label(left, y, name, theme.ink), label(right, y, number, theme.muted, end=True)]
        y += LINE
        end = right
        if reached:
            cell = grid.Box(right - CELL / 2, y, CELL, CELL)
            parts.append(shape("cell", cell, row.gradient, theme, scale, class_="cell"))
            end = right - CELL - 4
        parts += [label(left, y, product, theme.muted), label(end, y, result, theme.ink, end=True)]
    return parts
