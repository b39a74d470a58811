"""Draws the edges of a line: each a hairline forward, and backward a ribbon as wide as its contribution.

Ribbons of one box lie side by side where they come to its gradient, into which they merge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from viz.computation_graph.drawing.boxes import Card
from viz.computation_graph.drawing.layout import Layout
from viz.computation_graph.drawing.scales import Scales
from viz.computation_graph.model import Edge
from viz.drawing import grid, looks, svg
from viz.drawing.palette import Theme

_STUB = 14.0
_MANY = 200.0  # hairlines in a line of a picture


@dataclass(frozen=True)
class Line:
    """A line of a picture: its boxes and edges, and where they are."""

    cards: dict[str, Card]
    edges: list[Edge]
    layout: Layout
    top: float

    def at(self, key: str) -> grid.Box:
        """The place of a box in the picture."""
        place = self.layout.boxes[key]
        return grid.Box(place.x, place.y + self.top, place.width, place.height)


def edges_of(line: Line, scales: Scales, theme: Theme, vertical: bool) -> list[str]:
    """Each edge: its ribbon, and its hairline over it."""
    ways = [[(x, y + line.top) for x, y in knots] for knots in line.layout.knots]
    slots = _slots(line, ways, scales, vertical)
    drawn_edges = []
    for edge, way, (start, end, back, merge) in zip(line.edges, ways, slots, strict=True):
        tail, head = line.at(edge.tail), line.at(edge.head)
        aside = scales.breadth(edge) / 2 + 3  # of a hairline from its ribbon, where they pass a column
        if not vertical and abs(tail.x - head.x) < 1:
            between = [line.at(key) for key in line.cards if key not in (edge.tail, edge.head)]
            is_near = not any(abs(box.x - tail.x) < 1 and tail.y < box.y < head.y for box in between)
            drawn_edges.append(_below(edge, tail, head, is_near, scales, theme))
            continue
        if vertical:
            data = [(start, tail.bottom), *((x - aside, y) for x, y in way), (end, head.top)]
            knots = [(x + 3, y) for x, y in reversed(way)]
            points = [(back, head.top), *knots, (merge, tail.bottom)]
        else:
            data = [(tail.right, start), *((x, y - aside) for x, y in way), (head.left, end)]
            knots = [(x, y + 3) for x, y in reversed(way)]
            points = [(head.left, back), *knots, (tail.right, merge)]
        is_known = edge.contribution is not None
        flow = ribbon(points, scales.breadth(edge), edge, theme, vertical) if is_known else ""
        path = _hairline(curve(data, vertical), theme, len(line.edges))
        drawn_edges.append(svg.group(svg.title(edge.tooltip), flow, path, class_="edge"))
    return drawn_edges


def _below(edge: Edge, tail: grid.Box, head: grid.Box, is_near: bool, scales: Scales, theme: Theme) -> str:
    """An edge to a box of the same column; past boxes between them it leaves and comes at the side."""
    down = [(tail.x - 12, tail.bottom), (tail.x - 12, head.top)]
    up = [(tail.x + 12, head.top), (tail.x + 12, tail.bottom)]
    if not is_near:
        down = [(tail.left, tail.y), (head.left + 12, head.top)]
        up = [(head.right - 14, head.top), (tail.right, tail.bottom - 12)]
    flow = ribbon(up, scales.breadth(edge), edge, theme, True) if edge.contribution is not None else ""
    way = curve(down, True) if is_near else _bent(down)
    return svg.group(svg.title(edge.tooltip), flow, _hairline(way, theme), class_="edge")


def _hairline(way: str, theme: Theme, count: int = 1) -> str:
    """What goes forward: where there are many, they are faint, so that the ribbons are seen."""
    faint = {"stroke_opacity": _MANY / count} if count > _MANY else {}
    return svg.element(
        "path", d=way, fill="none", stroke=theme.line, stroke_width=0.9, class_="data", **faint
    )


def _bent(way: Sequence[grid.Point]) -> str:
    """A quarter turn, from level to upright."""
    (x1, y1), (x2, y2) = way
    return f"M{x1:.2f},{y1:.2f} Q{x2:.2f},{y1:.2f} {x2:.2f},{y2:.2f}"


def _slots(
    line: Line, ways: Sequence[Sequence[grid.Point]], scales: Scales, vertical: bool
) -> list[tuple[float, float, float, float]]:
    """For each edge where data start and end, and where what comes back starts and merges, across the way."""
    edges, breadth_of = line.edges, [scales.breadth(edge) for edge in line.edges]
    into, out = defaultdict[str, list[int]](list), defaultdict[str, list[int]](list)
    for number, edge in enumerate(edges):
        into[edge.tail].append(number)
        out[edge.head].append(number)

    def towards(number: int, key: str, knot: int) -> float:
        place = line.at(key)
        x, y = ways[number][knot] if ways[number] else (place.x, place.y)
        return x if vertical else y

    starts, ends, backs, merges = ([0.0] * len(edges) for _ in range(4))
    for key, found in into.items():
        found.sort(key=lambda number: towards(number, edges[number].head, 0))
        place, card = line.at(key), line.cards[key]
        middle = place.x + place.width * 0.15 if vertical else place.top + _merge_middle(card)
        line.cards[key] = card.ordered([edges[n] for n in found if edges[n].contribution is not None])
        together = sum(breadth_of[number] for number in found)
        at = middle - (together + _elsewhere(line, key, scales)) / 2
        for number in found:
            breadth = breadth_of[number]
            merges[number] = at + breadth / 2
            at += breadth
            starts[number] = place.x - place.width * 0.3 if vertical else place.top + card.port
    for key, found in out.items():
        found.sort(key=lambda number: towards(number, edges[number].tail, -1))
        place, card = line.at(key), line.cards[key]
        together = sum(breadth_of[number] for number in found)
        room = place.width - 20 if vertical else card.band_height
        at = max(room - together, 0.0) / 2
        for position, number in enumerate(found, start=1):
            share = position / (len(found) + 1)
            spot = at + breadth_of[number] / 2 if together <= room else room * share
            at += breadth_of[number]
            if vertical:
                ends[number] = place.left + place.width * share - 6
                backs[number] = place.left + 14 + spot
            else:
                ends[number] = place.top + 2 * card.port * share
                backs[number] = place.top + card.band + spot
    return list(zip(starts, ends, backs, merges))


def _elsewhere(line: Line, key: str, scales: Scales) -> float:
    """The width of the ribbons that come to a box from the lines below."""
    return sum(scales.breadth(edge) for edge in line.cards[key].ledger if edge.head not in line.cards)


def stubs(line: Line, scales: Scales, theme: Theme) -> list[str]:
    """The ends of what comes from the lines below, each beside the ribbons of this line."""
    stubs = []
    for key, card in line.cards.items():
        place, ledger = line.at(key), card.ledger
        y = place.top + _merge_middle(card) - sum(scales.breadth(edge) for edge in ledger) / 2
        y += sum(scales.breadth(edge) for edge in ledger if edge.head in line.cards)
        for edge in (edge for edge in ledger if edge.head not in line.cards):
            breadth = scales.breadth(edge)
            middle = y + breadth / 2
            way = [(place.right, middle), (place.right + _STUB, middle)]
            stubs.append(ribbon(way, breadth, edge, theme))
            y += breadth
    return [svg.group(*stubs, class_="stubs")] if stubs else []


def _merge_middle(card: Card) -> float:
    return card.height / 2 if card.box.is_chip else card.band + card.band_height / 2


def ribbon(
    points: Sequence[grid.Point], breadth: float, edge: Edge, theme: Theme, vertical: bool = False
) -> str:
    """What an edge sends back: as wide as its contribution, in the colour of its sign."""
    colour = looks.colour(edge.contribution or 0.0, theme) if edge.has_sign else theme.zero
    return svg.element(
        "path",
        d=curve(points, vertical),
        fill="none",
        stroke=colour,
        stroke_width=breadth,
        stroke_opacity=looks.tint("part", theme) if edge.has_sign else None,
        class_="ribbon",
    )


def curve(points: Sequence[grid.Point], vertical: bool = False) -> str:
    """A smooth way through points, level where it passes them."""
    path = f"M{points[0][0]:.2f},{points[0][1]:.2f}"
    for (x1, y1), (x2, y2) in pairwise(points):
        bends = (
            ((x1, (y1 + y2) / 2), (x2, (y1 + y2) / 2))
            if vertical
            else (((x1 + x2) / 2, y1), ((x1 + x2) / 2, y2))
        )
        path += " C" + " ".join(f"{x:.2f},{y:.2f}" for x, y in (*bends, (x2, y2)))
    return path
