"""Draws a computation graph: data go forward on hairlines, gradients come back in ribbons.

A ribbon is as wide as the contribution that it brings. Those of one box lie side by side where they come to
its gradient, into which they merge.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from viz.computation_graph.drawing.boxes import Card, card_of, drawn
from viz.computation_graph.drawing.edges import Line, edges_of, stubs
from viz.computation_graph.drawing.layout import layered
from viz.computation_graph.drawing.lines import GAP, MARGIN, broken
from viz.computation_graph.drawing.rail import HEIGHT as RAIL
from viz.computation_graph.drawing.rail import Rail
from viz.computation_graph.drawing.rail import drawn as rail_drawn
from viz.computation_graph.drawing.scales import WIDEST, Scales, scales_of
from viz.computation_graph.drawing.words import description, frame, frames_of, legend
from viz.computation_graph.model import Edge, Model
from viz.drawing import svg
from viz.drawing.looks import PAGE
from viz.drawing.palette import Theme

_TITLE = 24.0  # above a line, for the names of frames
_BETWEEN = 34.0  # lines
_NARROWEST = 420.0  # of a legend


def draw(model: Model, theme: Theme, title: str, kind: str = "layer", direction: str = "LR") -> str:
    """The picture as an SVG document.

    >>> from viz.drawing.palette import LIGHT
    >>> draw(Model("C", [], [], reached=False), LIGHT, "Nothing").startswith("<svg")
    True
    """
    scales = scales_of(model, kind, theme.zero)
    ledgers = {box.key: model.ledger(box.key) for box in model.boxes}
    cards = _cards(model, scales, ledgers)
    vertical = direction == "TB"
    limit = math.inf if vertical else PAGE - 2 * MARGIN
    whole, model = model, model.without_rail()
    model, line_of = broken(model, {key: card.width for key, card in cards.items()}, limit)
    scales = scales.with_chips(model)
    ledgers |= {box.key: [] for box in model.boxes if box.is_chip}
    cards = _cards(model, scales, ledgers)
    lines: list[Line] = []
    parts: list[str] = []
    framed: set[str] = set()
    top = 0.0
    for number in range(max(line_of.values(), default=-1) + 1):
        of_line = {key: card for key, card in cards.items() if line_of[key] == number}
        line = _line(of_line, model, scales, top, vertical)
        lines.append(line)
        top += line.layout.height + _BETWEEN + (_TITLE if any(box.frame for box in model.boxes) else 0.0)
        rails = _rails(whole, of_line, ledgers)
        places = {key: line.at(key) for key in of_line}
        across = PAGE - 2 * MARGIN
        for number, rail in enumerate(rails):
            parts.append(rail_drawn(rail, top - 16 + RAIL * number, across, places, scales, theme))
        top += RAIL * len(rails)
    for line in lines:
        frames = frames_of(line, vertical)
        framed |= set(frames)
        parts += [frame(name, place, scales, theme, vertical) for name, place in frames.items()]
        parts += stubs(line, scales, theme) + edges_of(line, scales, theme, vertical)
        parts += [drawn(card, line.at(key), scales, theme) for key, card in line.cards.items()]
    left = MARGIN + (90.0 if vertical and framed else 0.0)
    across = max((line.layout.width for line in lines), default=0.0)
    if whole.rail:
        across = PAGE - 2 * MARGIN
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
    scales = scales_of(model)
    ledgers = {box.key: model.ledger(box.key) for box in model.boxes}
    widths = {key: card.width for key, card in _cards(model, scales, ledgers).items()}
    return max(broken(model.without_rail(), widths)[1].values(), default=0) + 1


def _cards(model: Model, scales: Scales, ledgers: Mapping[str, Sequence[Edge]]) -> dict[str, Card]:
    """The cards, whose gradients are high enough for the ribbons that come and for those that go."""
    coming, going = dict.fromkeys(ledgers, 0.0), dict.fromkeys(ledgers, 0.0)
    for edge in model.edges:
        breadth = scales.breadth(edge)
        coming[edge.tail] += breadth
        going[edge.head] += breadth
        if edge.operand:
            coming[edge.operand] += breadth
    return {
        box.key: card_of(box, ledgers[box.key], max(coming[box.key], min(going[box.key], 1.5 * WIDEST)))
        for box in model.boxes
    }


def _rails(model: Model, cards: Collection[str], ledgers: Mapping[str, Sequence[Edge]]) -> list[Rail]:
    """The rails below a line, of the shared parameters that its boxes use."""
    used = [[edge for edge in model.edges if edge.tail == key and edge.head in cards] for key in model.rail]
    known = {box.key: box for box in model.boxes}
    return [
        Rail(known[key], ledgers[key], edges) for key, edges in zip(model.rail, used, strict=True) if edges
    ]


def _line(cards: dict[str, Card], model: Model, scales: Scales, top: float, vertical: bool) -> Line:
    edges = [edge for edge in model.edges if edge.head in cards]
    places = {key: card.box.place for key, card in cards.items() if card.box.place and not card.box.is_chip}
    sizes = {key: (card.width, card.height) for key, card in cards.items()}
    ends = [(edge.tail, edge.head) for edge in edges]
    gap, length = (1.8 * GAP, 0.0) if vertical else (GAP, PAGE - 2 * MARGIN)
    breadths = [scales.breadth(edge) for edge in edges]
    layout = layered(
        sizes, ends, model.ranks, places=places, gap=gap, length=length, breadths=breadths, vertical=vertical
    )
    return Line(cards, edges, layout, top)
