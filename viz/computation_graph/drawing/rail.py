"""Rails: each shared parameter of a recurrence below its cells, with what every step adds to its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from viz.computation_graph.drawing.boxes import SIZE, drawn_gradient, label
from viz.computation_graph.drawing.scales import Scales
from viz.computation_graph.drawing.strips import SMALL
from viz.computation_graph.model import Box, Edge, decimals_in, factors_in_column, factors_of
from viz.drawing import grid, svg
from viz.drawing.looks import one, shape
from viz.drawing.palette import Theme
from viz.drawing.typography import widest, width

HEIGHT = 72.0
_PAD, _WIDEST = 8.0, 150.0  # px, the words below a step


@dataclass(frozen=True)
class Rail:
    """A shared parameter, and the edges of a line that lead from it."""

    box: Box
    ledger: Sequence[Edge]
    edges: Sequence[Edge]


def drawn(
    rail: Rail, top: float, across: float, columns: dict[str, grid.Box], scales: Scales, theme: Theme
) -> str:
    """A rail from x = 0 to `across`; `columns` has the places of the boxes that use its parameter."""
    box, decimals, y = rail.box, decimals_in(rail.box, rail.ledger), top + 13
    ground = grid.Box(across / 2, top + (HEIGHT - 8) / 2, across, HEIGHT - 8)
    parts = [
        svg.title(box.tooltip),
        svg.rectangle(ground, rx=4, fill=theme.frame),
        label(_PAD, y, box.title, theme.ink, size=SIZE, bold=True),
        label(_PAD + width(box.title, SIZE, True) + 8, y, box.number, theme.muted, size=SIZE),
    ]
    if box.gradient is not None:
        number = box.gradient.text(decimals)
        wide = width(f"{box.gradient.name} {number}", SIZE, True)
        area = grid.Box(across - wide / 2 - 12, y, wide + 16, 18)
        parts += drawn_gradient(box.gradient, number, area, scales.of_box(box.key), theme)
    words = _factors(rail, decimals)
    edges = [
        _part(edge, words.get(edge, edge.source), top, columns[edge.head], decimals, scales, theme)
        for edge in rail.edges
    ]
    return svg.group(*parts, class_="node") + "".join(edges)


def _factors(rail: Rail, decimals: int) -> dict[Edge, str]:
    """upstream × local derivative of every step: as many decimals in all, if they fit below a step."""
    known = {e: (e.upstream, e.local) for e in rail.ledger if e.upstream is not None and e.local is not None}
    words = factors_in_column([*known.values()], decimals)
    if widest(words, SMALL) > _WIDEST:
        words = [factors_of(*pair, decimals) for pair in known.values()]
    return dict(zip(known, words, strict=True))


def _part(
    edge: Edge, words: str, top: float, place: grid.Box, decimals: int, scales: Scales, theme: Theme
) -> str:
    """The contribution of a step: its factors, and a bar as long as it is large, below the step."""
    if edge.contribution is None:
        return ""
    breadth = scales.breadth(edge)
    bar = grid.Box(place.x, top + 58, 3 * breadth, 5)
    result = f"= {one(edge.contribution, decimals, signed=True)}"
    return svg.group(
        svg.title(edge.tooltip),
        svg.text(place.x, top + 34, words, size=SMALL, fill=theme.ink),
        svg.text(place.x, top + 47, result, size=SMALL, fill=theme.ink),
        shape("part", bar, edge.contribution, theme, class_="ribbon"),
        class_="edge",
    )
