"""Draws a computation graph: data go forward on hairlines, gradients come back in ribbons.

A ribbon is as wide as the contribution that it brings. Those of one box lie side by side where they come to
its gradient, into which they merge.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from viz.computation_graph.drawing.boxes import Card, card_of, drawn
from viz.computation_graph.drawing.edges import Line, edges_of, stubs
from viz.computation_graph.drawing.layout import Layout, layered
from viz.computation_graph.drawing.lines import GAP, MARGIN, broken
from viz.computation_graph.drawing.rail import HEIGHT as RAIL
from viz.computation_graph.drawing.rail import Rail
from viz.computation_graph.drawing.rail import drawn as rail_drawn
from viz.computation_graph.drawing.scales import WIDEST, Scales, scales_of
from viz.computation_graph.drawing.words import description, frame, frames_of, legend
from viz.computation_graph.model import Box, Edge, Model
from viz.drawing import svg
from viz.drawing.looks import PAGE
from viz.drawing.palette import Theme

_TITLE = 24.0  # above a line, for the names of frames
_BETWEEN = 34.0  # lines
_NARROWEST = 420.0  # of a legend
_ACROSS = PAGE - 2 * MARGIN


def draw(model: Model, theme: Theme, title: str, kind: str = "layer", direction: str = "LR") -> str:
    """The picture as an SVG document.

    >>> from viz.drawing.palette import LIGHT
    >>> draw(Model("C", [], [], reached=False), LIGHT, "Nothing").startswith("<svg")
    True
    """
    scales = scales_of(model, kind, theme.zero)
    vertical = direction == "TB"
    whole, (model, on_lines) = model, _on_lines(model, scales, math.inf if vertical else _ACROSS)
    lines: list[Line] = []
    parts: list[str] = []
    framed: set[str] = set()
    between = _BETWEEN + (_TITLE if any(box.frame for box in model.boxes) else 0.0)
    top = 0.0
    for cards, edges in on_lines:
        line = Line(cards, edges, _layout(cards, edges, model, scales, vertical), top)
        lines.append(line)
        top += line.layout.height + between
        for rail in _rails(whole, cards):
            places = {edge.head: line.at(edge.head) for edge in rail.edges}
            parts.append(rail_drawn(rail, top - 16, _ACROSS, places, scales, theme))
            top += RAIL
    for line in lines:
        frames = frames_of(line, vertical)
        framed |= set(frames)
        parts += [frame(name, place, scales, theme, vertical) for name, place in frames.items()]
        parts += stubs(line, scales, theme) + edges_of(line, scales, theme, vertical)
        parts += [drawn(card, line.at(key), scales, theme) for key, card in line.cards.items()]
    left = MARGIN + (90.0 if vertical and framed else 0.0)
    across = max((line.layout.width for line in lines), default=0.0)
    if whole.rail:
        across = _ACROSS
    legend_keys, wide, bottom = legend(
        model, scales, framed, len(lines), (MARGIN - left, top), max(across, _NARROWEST), theme
    )
    return svg.document(
        max(across + left + MARGIN, wide + 2 * MARGIN),
        bottom + _TITLE + 6,
        [svg.group(*parts, *legend_keys, transform=f"translate({left:.0f},{_TITLE + 6:.0f})")],
        title=title,
        description=description(model),
        theme=theme,
    )


def line_count(model: Model) -> int:
    """The lines into which a picture from left to right is broken.

    >>> from viz.computation_graph.model import Box
    >>> line_count(Model("C", [Box("n1", "x", "2", "")], [], reached=False))
    1
    """
    return len(_on_lines(model, scales_of(model), _ACROSS)[1])


def _on_lines(
    model: Model, scales: Scales, limit: float
) -> tuple[Model, list[tuple[dict[str, Card], list[Edge]]]]:
    """The model with chips, and for each line its cards and the edges to them."""
    model = model.without_rail()
    cards = _cards(model.boxes, model, scales)
    model, line_of = broken(model, {key: card.width for key, card in cards.items()}, limit)
    cards |= _cards([box for box in model.boxes if box.is_chip], model, scales)
    lines: list[tuple[dict[str, Card], list[Edge]]] = [({}, []) for _ in {*line_of.values()}]
    for box in model.boxes:
        lines[line_of[box.key]][0][box.key] = cards[box.key]
    for edge in model.edges:
        lines[line_of[edge.head]][1].append(edge)
    return model, lines


def _cards(boxes: Sequence[Box], model: Model, scales: Scales) -> dict[str, Card]:
    """The cards, whose gradients are high enough for the ribbons that come and for those that go."""
    coming, going = defaultdict[str, float](float), defaultdict[str, float](float)
    for edge in model.edges:
        breadth = scales.breadth(edge)
        coming[edge.tail] += breadth
        going[edge.head] += breadth
    return {
        box.key: card_of(box, model.ledgers[box.key], max(coming[box.key], min(going[box.key], 1.5 * WIDEST)))
        for box in boxes
    }


def _rails(model: Model, cards: Collection[str]) -> list[Rail]:
    """The rails below a line, of the shared parameters that its boxes use."""
    boxes = {box.key: box for box in model.boxes if box.key in model.rail}
    used = {key: [edge for edge in model.ledgers[key] if edge.head in cards] for key in model.rail}
    return [Rail(boxes[key], model.ledgers[key], edges) for key, edges in used.items() if edges]


def _layout(
    cards: Mapping[str, Card], edges: Sequence[Edge], model: Model, scales: Scales, vertical: bool
) -> Layout:
    sizes = {key: (card.width, card.height) for key, card in cards.items()}
    places = {key: card.box.place for key, card in cards.items() if card.box.place and not card.box.is_chip}
    ends, breadths = [(edge.tail, edge.head) for edge in edges], [scales.breadth(edge) for edge in edges]
    gap, length = (1.8 * GAP, 0.0) if vertical else (GAP, _ACROSS)
    return layered(
        sizes, ends, model.ranks, places=places, gap=gap, length=length, breadths=breadths, vertical=vertical
    )
