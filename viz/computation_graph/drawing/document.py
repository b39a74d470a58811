"""Draws a computation graph: data go forward on hairlines, gradients come back in ribbons.

A ribbon is as wide as the contribution that it brings. Those of one box lie side by side where they come to
its gradient, into which they merge.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from viz.computation_graph.drawing.boxes import Card, card_of, drawn
from viz.computation_graph.drawing.edges import Line, edges_of, stubs
from viz.computation_graph.drawing.layout import SPACE, Layout, layered
from viz.computation_graph.drawing.lines import GAP, MARGIN, broken, limits_of, ranks_in
from viz.computation_graph.drawing.rail import HEIGHT as RAIL
from viz.computation_graph.drawing.rail import Rail
from viz.computation_graph.drawing.rail import drawn as rail_drawn
from viz.computation_graph.drawing.scales import WIDEST, Scales, scales_of
from viz.computation_graph.drawing.words import description, frame, frames_of, legend
from viz.computation_graph.model import Box, Edge, Model, decimals_in
from viz.drawing import svg
from viz.drawing.palette import Theme
from viz.drawing.room import PAGE, Room

_TITLE = 24.0  # above a line, for the names of frames
_BETWEEN = 34.0  # lines
_NARROWEST, _LEGEND = 420.0, 44.0  # px, the least width of a legend, and its usual height
_TIGHT = 0.6  # of the space between boxes and lines, where all is to be seen at once
_CELLS = (14.0, 10.0, 7.0, 4.0)  # px, the largest side of a cell: as large as a room has place for all


def draw(
    model: Model, theme: Theme, title: str, kind: str = "layer", direction: str = "LR", room: Room = PAGE
) -> str:
    """The picture as an SVG document.

    >>> from viz.drawing.palette import LIGHT
    >>> draw(Model("C", [], [], reached=False), LIGHT, "Nothing").startswith("<svg")
    True
    """
    scales, vertical = scales_of(model, kind, theme.zero), direction == "TB"
    drawing = _fitting(model, scales, room, vertical)
    lines = drawing.lines
    parts: list[str] = []
    for line, rails in zip(lines, drawing.rails, strict=True):
        for rail, top in rails:
            places = {edge.head: line.at(edge.head) for edge in rail.edges}
            parts.append(rail_drawn(rail, top, drawing.across, places, scales, theme))
    for line in lines:
        parts += [
            frame(name, place, scales, theme, vertical) for name, place in frames_of(line, vertical).items()
        ]
        parts += stubs(line, scales, theme) + edges_of(line, scales, theme, vertical)
        parts += [drawn(card, line.at(key), scales, theme) for key, card in line.cards.items()]
    start = MARGIN - drawing.left, drawing.bottom
    limit = max(drawing.across, _NARROWEST)
    keys = legend(drawing.model, scales, drawing.framed, len(lines), start, limit, theme)
    across = max(drawing.across + drawing.left + MARGIN, keys.edge - keys.left + 2 * MARGIN)
    shift = f"translate({drawing.left:.0f},{_TITLE + 6:.0f})"
    return svg.document(
        across,
        keys.end + _TITLE + 12,
        [svg.group(*parts, *keys.keys, transform=shift)],
        title=title,
        description=description(drawing.model),
        theme=theme,
    )


def excess_of(model: Model, room: Room) -> float:
    """How many lines a page has to have for a picture; how many times another room would have to be larger.

    It is 1 where all fits at once.

    >>> from viz.computation_graph.model import Box
    >>> excess_of(Model("C", [Box("n1", "x", "2", "")], [], reached=False), PAGE)
    1.0
    """
    scales = scales_of(model)
    if room.is_page:
        return float(len(_on_lines(model, scales, room.width - 2 * MARGIN)[1]))
    size = _fitting(model, scales, room, False).size
    return 1.0 if room.holds(*size) else room.excess(*size)


@dataclass(frozen=True)
class _Drawing:
    """The places of everything but the legend: lines, the rails of each with their tops, where all ends."""

    model: Model  # with chips
    lines: list[Line]
    rails: list[list[tuple[Rail, float]]]
    framed: set[str]
    left: float
    across: float
    bottom: float

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in px, with a legend of usual size."""
        return self.across + self.left + MARGIN, self.bottom + _TITLE + 6 + _LEGEND


def _fitting(model: Model, scales: Scales, room: Room, vertical: bool) -> _Drawing:
    """The drawing on as many lines as let it be largest in a room; with smaller cells where all needs them.

    Where no cells are small enough, the matrices of parameters are left out.
    """
    if room.is_page or not model.boxes:
        limit = math.inf if vertical else room.width - 2 * MARGIN
        return _drawing(model, scales, limit, vertical, tight=1.0)
    if not any(box.strips for box in model.boxes):
        return _largest(model, scales, room, vertical)
    models = (model.with_cells(side, of_parameters) for of_parameters in (True, False) for side in _CELLS)
    return room.chosen((_largest(each, scales, room, vertical) for each in models), attrgetter("size"))


def _largest(model: Model, scales: Scales, room: Room, vertical: bool) -> _Drawing:
    """The drawing on as many lines as let it be largest, spread over the room."""
    widths = {key: card.width for key, card in _cards(model.without_rail().boxes, model, scales).items()}
    limits = [math.inf] if vertical else limits_of(model.without_rail(), widths)
    drawings = (_drawing(model, scales, limit, vertical) for limit in limits)
    limit, best = min(zip(limits, drawings), key=lambda pair: room.excess(*pair[1].size))
    spread = best.size[1] * room.width / room.height - 2 * MARGIN
    return _drawing(model, scales, limit, vertical, spread) if spread > limit else best


def _drawing(
    model: Model, scales: Scales, limit: float, vertical: bool, spread: float = 0.0, tight: float = _TIGHT
) -> _Drawing:
    """The drawing on lines of at most `limit` px, spread to `spread` px as far as columns may be apart."""
    length = max(limit, spread)
    whole, (model, on_lines) = model, _on_lines(model, scales, limit)
    lines: list[Line] = []
    rails: list[list[tuple[Rail, float]]] = []
    framed: set[str] = set()
    between = tight * _BETWEEN + (_TITLE if any(box.frame for box in model.boxes) else 0.0)
    top = 0.0
    for cards, edges in on_lines:
        line = Line(cards, edges, _layout(cards, edges, model, scales, vertical, length, tight), top)
        lines.append(line)
        framed |= set(frames_of(line, vertical))
        top += line.layout.height + between
        rails.append([(rail, top - 16 + RAIL * n) for n, rail in enumerate(_rails(whole, cards))])
        top += RAIL * len(rails[-1])
    across = max((line.layout.width for line in lines), default=0.0)
    left = MARGIN + (90.0 if vertical and framed else 0.0)
    return _Drawing(model, lines, rails, framed, left, length if whole.rail else across, top)


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
    decimals, cards = _decimals(model), {}
    for box in boxes:
        ribbons = max(coming[box.key], min(going[box.key], 1.5 * WIDEST))
        cards[box.key] = card_of(box, model.ledgers[box.key], decimals[box.key], ribbons)
    return cards


def _decimals(model: Model) -> dict[str, int]:
    """As many decimals in all gradients of a column; the steps of a recurrence are read as one."""
    columns, most = ranks_in(model), defaultdict[int, int](int)
    if model.rail:
        columns = dict.fromkeys(columns, 0)
    shown = [box for box in model.boxes if box.key not in model.rail]
    for box in shown:
        column = columns[box.key]
        most[column] = max(most[column], decimals_in(box, model.ledgers[box.key]))
    return {box.key: most[columns[box.key]] for box in shown}


def _rails(model: Model, cards: Collection[str]) -> list[Rail]:
    """The rails below a line, of the shared parameters that its boxes use."""
    boxes = {box.key: box for box in model.boxes if box.key in model.rail}
    used = {key: [edge for edge in model.ledgers[key] if edge.head in cards] for key in model.rail}
    return [Rail(boxes[key], model.ledgers[key], edges) for key, edges in used.items() if edges]


def _layout(
    cards: Mapping[str, Card],
    edges: Sequence[Edge],
    model: Model,
    scales: Scales,
    vertical: bool,
    length: float,
    tight: float,
) -> Layout:
    return layered(
        {key: (card.width, card.height) for key, card in cards.items()},
        [(edge.tail, edge.head) for edge in edges],
        model.ranks,
        places={k: card.box.place for k, card in cards.items() if card.box.place and not card.box.is_chip},
        gap=1.8 * GAP if vertical else GAP,
        length=0.0 if vertical else length,
        breadths=[scales.breadth(edge) for edge in edges],
        vertical=vertical,
        space=tight * SPACE,
    )
