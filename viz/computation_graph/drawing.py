"""Draws a computation graph: data go forward on hairlines, gradients come back in ribbons.

A ribbon is as wide as the contribution that it brings. Those of one box lie side by side where they come to
its gradient, into which they merge.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from viz.computation_graph.boxes import Card, card_of, curve, drawn, ribbon
from viz.computation_graph.layout import Layout, layered
from viz.computation_graph.lines import GAP, MARGIN, broken
from viz.computation_graph.model import Edge, Model
from viz.computation_graph.rail import HEIGHT as RAIL
from viz.computation_graph.rail import Rail
from viz.computation_graph.rail import drawn as rail_drawn
from viz.computation_graph.scales import WIDEST, Scales, scales_of
from viz.drawing import grid, svg
from viz.drawing.legend import Key, colour_key, hatch_key, words_key
from viz.drawing.looks import PAGE, one
from viz.drawing.palette import Theme

_TITLE = 24.0  # above a line, for the names of frames
_BETWEEN = 34.0  # lines
_STUB = 14.0


@dataclass(frozen=True)
class _Line:
    """A line of a picture: its boxes and edges, and where they are."""

    cards: dict[str, Card]
    edges: list[Edge]
    layout: Layout
    top: float


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
    lines: list[_Line] = []
    parts: list[str] = []
    framed: set[str] = set()
    top = 0.0
    for number in range(max(line_of.values(), default=-1) + 1):
        of_line = {key: card for key, card in cards.items() if line_of[key] == number}
        line = _line(of_line, model, scales, top, vertical)
        lines.append(line)
        top += line.layout.height + _BETWEEN + (_TITLE if any(box.frame for box in model.boxes) else 0.0)
        rails = _rails(whole, of_line, ledgers)
        places = {key: _at(line, key) for key in of_line}
        across = PAGE - 2 * MARGIN
        for number, rail in enumerate(rails):
            parts.append(rail_drawn(rail, top - 16 + RAIL * number, across, places, scales, theme))
        top += RAIL * len(rails)
    for line in lines:
        frames = _frames(line, vertical)
        framed |= set(frames)
        parts += [_frame(name, place, scales, theme, vertical) for name, place in frames.items()]
        parts += _stubs(line, scales, theme) + _edges(line, scales, theme, vertical)
        parts += [drawn(card, _at(line, key), scales, theme) for key, card in line.cards.items()]
    left = MARGIN + (90.0 if vertical and framed else 0.0)
    across = max((line.layout.width for line in lines), default=0.0)
    legend, bottom = _legend(model, scales, framed, len(lines), (MARGIN - left, top), theme)
    return svg.document(
        max(across + left + MARGIN, PAGE),
        bottom + _TITLE + 6,
        [svg.group(*parts, *legend, transform=f"translate({left:.0f},{_TITLE + 6:.0f})")],
        title=title,
        description=_description(model),
        theme=theme,
    )


def line_count(model: Model) -> int:
    """The lines into which a picture from left to right is broken.

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


def _line(cards: dict[str, Card], model: Model, scales: Scales, top: float, vertical: bool) -> _Line:
    edges = [edge for edge in model.edges if edge.head in cards]
    places = {key: card.box.place for key, card in cards.items() if card.box.place and not card.box.is_chip}
    sizes = {key: (card.width, card.height) for key, card in cards.items()}
    ends = [(edge.tail, edge.head) for edge in edges]
    length = 0.0 if vertical else PAGE - 2 * MARGIN
    breadths = [scales.breadth(edge) for edge in edges]
    layout = layered(
        sizes,
        ends,
        model.ranks,
        places=places,
        gap=1.8 * GAP if vertical else GAP,
        length=length,
        breadths=breadths,
        vertical=vertical,
    )
    return _Line(cards, edges, layout, top)


def _at(line: _Line, key: str) -> grid.Box:
    place = line.layout.boxes[key]
    return replace(place, y=place.y + line.top)


# --- edges ----------------------------------------------------------------------------------------------


def _edges(line: _Line, scales: Scales, theme: Theme, vertical: bool) -> list[str]:
    """Each edge: its ribbon, and its hairline over it."""
    ways = [[(x, y + line.top) for x, y in knots] for knots in line.layout.knots]
    slots = _slots(line, ways, scales, vertical)
    drawn_edges = []
    for number, edge in enumerate(line.edges):
        tail, head = _at(line, edge.tail), _at(line, edge.head)
        start, end, back, merge = slots[number]
        aside = scales.breadth(edge) / 2 + 3  # of a hairline from its ribbon, where they pass a column
        if not vertical and abs(tail.x - head.x) < 1:
            between = [_at(line, key) for key in line.cards if key not in (edge.tail, edge.head)]
            is_near = not any(abs(box.x - tail.x) < 1 and tail.y < box.y < head.y for box in between)
            drawn_edges.append(_below(edge, tail, head, is_near, scales, theme))
            continue
        if vertical:
            data = [(start, tail.bottom), *((x - aside, y) for x, y in ways[number]), (end, head.top)]
        else:
            data = [(tail.right, start), *((x, y - aside) for x, y in ways[number]), (head.left, end)]
        flow = ""
        if edge.contribution is not None:
            if vertical:
                points = [
                    (back, head.top),
                    *((x + 3, y) for x, y in reversed(ways[number])),
                    (merge, tail.bottom),
                ]
            else:
                points = [
                    (head.left, back),
                    *((x, y + 3) for x, y in reversed(ways[number])),
                    (tail.right, merge),
                ]
            flow = ribbon(points, scales.breadth(edge), edge, theme)
        path = svg.element(
            "path", d=curve(data, vertical), fill="none", stroke=theme.line, stroke_width=0.9, class_="data"
        )
        drawn_edges.append(svg.group(svg.title(edge.tooltip), flow, path, class_="edge"))
    return drawn_edges


def _below(edge: Edge, tail: grid.Box, head: grid.Box, is_near: bool, scales: Scales, theme: Theme) -> str:
    """An edge to a box of the same column; past boxes between them it leaves and comes at the side."""
    down = [(tail.x - 12, tail.bottom), (tail.x - 12, head.top)]
    up = [(tail.x + 12, head.top), (tail.x + 12, tail.bottom)]
    if not is_near:
        down = [(tail.left, tail.y), (head.left + 12, head.top)]
        up = [(head.right - 14, head.top), (tail.right, tail.bottom - 12)]
    flow = ribbon(up, scales.breadth(edge), edge, theme) if edge.contribution is not None else ""
    way = curve(down, True) if is_near else _bent(down)
    path = svg.element("path", d=way, fill="none", stroke=theme.line, stroke_width=0.9, class_="data")
    return svg.group(svg.title(edge.tooltip), flow, path, class_="edge")


def _bent(way: Sequence[grid.Point]) -> str:
    """A quarter turn, from level to upright."""
    (x1, y1), (x2, y2) = way
    return f"M{x1:.2f},{y1:.2f} Q{x2:.2f},{y1:.2f} {x2:.2f},{y2:.2f}"


def _slots(
    line: _Line, ways: Sequence[Sequence[grid.Point]], scales: Scales, vertical: bool
) -> list[tuple[float, float, float, float]]:
    """For each edge where data start and end, and where what comes back starts and merges, across the way."""
    numbers = range(len(line.edges))
    into: dict[str, list[int]] = {}
    out: dict[str, list[int]] = {}
    for number in numbers:
        into.setdefault(line.edges[number].tail, []).append(number)
        out.setdefault(line.edges[number].head, []).append(number)

    def towards(number: int, key: str, at_end: bool) -> float:
        way = ways[number]
        point = (way[-1 if at_end else 0]) if way else None
        place = _at(line, key)
        return (point or (place.x, place.y))[0 if vertical else 1]

    starts, ends, backs, merges = ([0.0] * len(line.edges) for _ in range(4))
    for key, found in into.items():
        found.sort(key=lambda number: towards(number, line.edges[number].head, False))
        place, card = _at(line, key), line.cards[key]
        middle = place.x + place.width * 0.15 if vertical else place.top + _merge_middle(card)
        merging = [line.edges[number] for number in found if line.edges[number].contribution is not None]
        line.cards[key] = card.ordered(merging)
        at = (
            middle
            - (sum(scales.breadth(line.edges[number]) for number in found) + _elsewhere(line, key, scales))
            / 2
        )
        for number in found:
            breadth = scales.breadth(line.edges[number])
            merges[number] = at + breadth / 2
            at += breadth
            starts[number] = place.x - place.width * 0.3 if vertical else place.top + card.port
    for key, found in out.items():
        found.sort(key=lambda number: towards(number, line.edges[number].tail, True))
        place, card = _at(line, key), line.cards[key]
        breadths = [scales.breadth(line.edges[number]) for number in found]
        room = place.width - 20 if vertical else card.band_height
        at = max(room - sum(breadths), 0.0) / 2
        for index, (number, breadth) in enumerate(zip(found, breadths, strict=True)):
            share = (index + 1) / (len(found) + 1)
            spot = at + breadth / 2 if sum(breadths) <= room else room * share
            at += breadth
            if vertical:
                ends[number] = place.left + place.width * share - 6
                backs[number] = place.left + 14 + spot
            else:
                ends[number] = place.top + 2 * card.port * share
                backs[number] = place.top + card.band + spot
    return list(zip(starts, ends, backs, merges))


def _elsewhere(line: _Line, key: str, scales: Scales) -> float:
    """The width of the ribbons that come to a box from the lines below."""
    return sum(scales.breadth(edge) for edge in line.cards[key].ledger if edge.head not in line.cards)


def _stubs(line: _Line, scales: Scales, theme: Theme) -> list[str]:
    """The ends of what comes from the lines below, each beside the ribbons of this line."""
    stubs = []
    for key, card in line.cards.items():
        place, ledger = _at(line, key), card.ledger
        y = place.top + _merge_middle(card) - sum(scales.breadth(edge) for edge in ledger) / 2
        y += sum(scales.breadth(edge) for edge in ledger if edge.head in line.cards)
        for edge in ledger:
            if edge.head not in line.cards:
                breadth = scales.breadth(edge)
                stubs.append(
                    ribbon(
                        [(place.right, y + breadth / 2), (place.right + _STUB, y + breadth / 2)],
                        breadth,
                        edge,
                        theme,
                    )
                )
                y += breadth
    return [svg.group(*stubs, class_="stubs")] if stubs else []


def _merge_middle(card: Card) -> float:
    return card.height / 2 if card.box.is_chip else card.band + card.band_height / 2


# --- frames ---------------------------------------------------------------------------------------------


def _frames(line: _Line, vertical: bool) -> dict[str, grid.Box]:
    """A frame around each group, unless it would contain a box of another."""
    members: dict[str, list[grid.Box]] = {}
    for key, card in line.cards.items():
        if card.box.frame is not None and not card.box.is_chip:
            members.setdefault(card.box.frame, []).append(_at(line, key))
    whole = grid.Box(
        line.layout.width / 2, line.top + line.layout.height / 2, line.layout.width, line.layout.height
    )
    frames = {}
    for name, places in members.items():
        tight = grid.around(places, 8.0)
        if vertical:
            frames[name] = replace(tight, x=whole.x, width=whole.width + 16)
        else:
            frames[name] = replace(tight, y=whole.y - 6, height=whole.height + 28)
    others = {
        name: [_at(line, key) for key, card in line.cards.items() if card.box.frame != name]
        for name in frames
    }
    return {
        name: frame
        for name, frame in frames.items()
        if not any(frame.touches(other) for other in others[name])
    }


def _frame(name: str, place: grid.Box, scales: Scales, theme: Theme, vertical: bool) -> str:
    """A ground without an outline, with its name where no edge goes: above, or to the left."""
    scale = scales.scales.get(("delta", name))
    words = f"{name}, M = {one(scale.maximum, 4)}" if scale is not None and scales.kind == "layer" else name
    ground = svg.rectangle(place, rx=8, fill=theme.frame)
    if vertical:
        lines = words.split(", ")
        texts = [
            svg.text(place.left - 6, place.top + 12 + 13 * i, t, size=10.0, fill=theme.muted, anchor="end")
            for i, t in enumerate(lines)
        ]
        return svg.group(ground, *texts, class_="frame")
    return svg.group(
        ground, svg.text(place.x, place.top + 11, words, size=10.0, fill=theme.muted), class_="frame"
    )


# --- words ----------------------------------------------------------------------------------------------


def _description(model: Model) -> str:
    if not model.reached:
        return f"{_not_reached(model)}."
    gradients = (f"{box.title} {box.gradient.text()}" for box in model.boxes if box.gradient is not None)
    return f"{model.summary}. Gradients: " + ", ".join(gradients)


def _not_reached(model: Model) -> str:
    """That the root has been through no backward pass; parts of the graph may have been through their own."""
    none_yet = f"No backward pass from {model.root_name} yet"
    others = any(box.gradient is not None and box.gradient.reached for box in model.boxes)
    return none_yet + (": gradients are of another pass" if others else ", so no gradients")


def _legend(
    model: Model, scales: Scales, framed: Iterable[str], lines: int, at: grid.Point, theme: Theme
) -> tuple[list[str], float]:
    """The keys, in as many rows as they take, and their height."""
    keys = []
    words = [model.summary] if model.how or model.drawn < model.total else []
    if lines > 1:
        words.append(f"broken into {lines} lines; dashed: from a line above")
    if not model.reached:
        words.insert(0, _not_reached(model))
    if any(scale.maximum for (quantity, _), scale in scales.scales.items() if quantity == "delta"):
        what, end = _colours(model, scales)
        keys.append(partial(colour_key, what=what, theme=theme, end=end, symlog=scales.kind == "symlog"))
    if any(box.strips for box in model.boxes):
        keys.append(partial(colour_key, what="cells, M beside each matrix", theme=theme))
    parts = [scale.maximum for (quantity, _), scale in scales.scales.items() if quantity == "part"]
    if any(parts):
        shares = not any(edge.has_sign for edge in model.edges if edge.contribution is not None)
        keys.append(
            partial(_ribbon_key, maximum=parts[0] if len(parts) == 1 else None, shares=shares, theme=theme)
        )
        words = [*_meaning_of_m(scales, set(framed)), *words]
    if any(box.gradient is not None and not math.isfinite(box.gradient.number) for box in model.boxes):
        keys.append(partial(hatch_key, theme=theme))
    keys += [partial(words_key, what=sentence, theme=theme) for sentence in words]
    drawn_keys, (x, y) = [], at
    for key in keys:
        _, across = key(0.0, 0.0)
        if x > at[0] and x + across > at[0] + PAGE - 2 * MARGIN:
            x, y = at[0], y + 28
        drawn_keys.append(key(x, y)[0])
        x += across + 26
    return drawn_keys, y + 24.0


def _ribbon_key(x: float, y: float, maximum: float | None, shares: bool, theme: Theme) -> Key:
    edge = Edge("", "", None, None, 1.0, has_sign=False)
    sample = ribbon([(x, y), (x + 26, y)], WIDEST / 2, edge, theme)
    what = "backward: upstream × local derivative, as wide as it is large"
    if shares:
        what = "backward: as wide as its share of what the box gets"
    elif maximum is not None:
        what += f", here {one(maximum / 2, 4)}"
    words, across = words_key(x + 32, y, what, theme)
    return svg.group(sample, words, class_="legend"), 32 + across


def _colours(model: Model, scales: Scales) -> tuple[str, str]:
    found = [scale for (quantity, _), scale in scales.scales.items() if quantity == "delta"]
    kinds = {
        box.gradient.name for box in model.boxes if box.gradient is not None and box.gradient.kind == "delta"
    }
    what = f"grad = ∂{model.root_name}/∂(node)" if "grad" in kinds else f"δ = ∂{model.root_name}/∂z"
    what += ", log steps" if scales.kind == "symlog" else ""
    return what, one(found[0].maximum, 4) if len(found) == 1 else "M"


def _meaning_of_m(scales: Scales, framed: set[str]) -> list[str]:
    """What M is; of a frame that is not drawn, as it would contain boxes of others, and outside, the number."""
    found = {
        frame: one(scale.maximum, 4)
        for (quantity, frame), scale in scales.scales.items()
        if quantity == "delta"
    }
    if len(found) < 2:
        return []
    hidden = [f"M = {most} in {frame}" for frame, most in found.items() if frame and frame not in framed]
    outside = [f"M = {found[None]} outside"] if None in found else []
    what = "M: the largest |gradient| of its colour" + (" in its frame" if framed else "")
    return ["; ".join([what, *hidden, *outside])]
