"""Rails: each shared parameter of a recurrence below its cells, with what every step adds to its gradient."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from viz.computation_graph.drawing.boxes import SIZE, drawn_gradient, label
from viz.computation_graph.drawing.scales import Scales
from viz.computation_graph.drawing.strips import SMALL
from viz.computation_graph.model import Box, Edge, decimals_in, factors_in_column, factors_of
from viz.drawing import grid, svg
from viz.drawing.looks import one, shape
from viz.drawing.palette import Theme
from viz.drawing.typography import widest, width

HEIGHT = 72.0
_PAD, _BETWEEN = 8.0, 6.0


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
    words = _factors(rail, decimals, _room([columns[edge.head] for edge in rail.edges]))
    edges = [
        _part(edge, words.get(edge, edge.source), ground, columns[edge.head].x, decimals, scales, theme)
        for edge in rail.edges
    ]
    return svg.group(*parts, class_="node") + "".join(edges)


def _room(steps: Sequence[grid.Box]) -> float:
    """The widest words that fit below every step, though those of the first and the last are moved inside."""
    apart = min((abs(a.x - b.x) for a, b in pairwise(steps)), default=math.inf)
    return (2 * apart + min(step.width for step in steps)) / 3 - _BETWEEN


def _factors(rail: Rail, decimals: int, room: float) -> dict[Edge, str]:
    """upstream × local derivative of every step: as many decimals in all, if they fit below a step."""
    known = {edge: edge.factors for edge in rail.ledger if edge.factors is not None}
    words = factors_in_column([*known.values()], decimals)
    if widest(words, SMALL) > room:
        words = [factors_of(*pair, decimals) for pair in known.values()]
    return dict(zip(known, words, strict=True))


def _part(
    edge: Edge, words: str, ground: grid.Box, x: float, decimals: int, scales: Scales, theme: Theme
) -> str:
    """The contribution of a step: its factors, and a bar as long as it is large, below the step."""
    if edge.contribution is None:
        return ""
    reach = width(words, SMALL) / 2 + 2
    x, top = min(max(x, ground.left + reach), ground.right - reach), ground.top
    bar = grid.Box(x, top + 58, 3 * scales.breadth(edge), 5)
    result = f"= {one(edge.contribution, decimals, signed=True)}"
    return svg.group(
        svg.title(edge.tooltip),
        svg.text(x, top + 34, words, size=SMALL, fill=theme.ink),
        svg.text(x, top + 47, result, size=SMALL, fill=theme.ink),
        shape("part", bar, edge.contribution, theme, class_="ribbon"),
        class_="edge",
    )
