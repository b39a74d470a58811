"""Rails: each shared parameter of a recurrence below its cells, with what every step adds to its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from viz.computation_graph.drawing.boxes import SIZE, SMALL
from viz.computation_graph.drawing.scales import Scales
from viz.computation_graph.model import Box, Edge, decimals_in, factors_of
from viz.drawing import grid, svg
from viz.drawing.looks import one, shape
from viz.drawing.palette import Theme, text_on
from viz.drawing.typography import width

HEIGHT = 72.0
_PAD = 8.0


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
    box, decimals = rail.box, decimals_in(rail.box, rail.ledger)
    y = top + 13
    parts = [
        svg.title(box.tooltip),
        svg.rectangle(
            grid.Box(across / 2, top + (HEIGHT - 8) / 2, across, HEIGHT - 8), rx=4, fill=theme.frame
        ),
        svg.text(_PAD, y, box.title, size=SIZE, fill=theme.ink, anchor="start", bold=True),
        svg.text(
            _PAD + width(box.title, SIZE, True) + 8,
            y,
            box.number,
            size=SIZE,
            fill=theme.muted,
            anchor="start",
        ),
    ]
    gradient = box.gradient
    if gradient is not None:
        words = f"{gradient.name} {gradient.text(decimals)}"
        area = grid.Box(across - width(words, SIZE, True) / 2 - 12, y, width(words, SIZE, True) + 16, 18)
        ink = theme.muted
        if gradient.reached:
            scale = scales.of_box(box.key)
            used = scale if gradient.kind == "delta" else None
            parts.append(shape(gradient.kind, area, gradient.number, theme, used, class_="gradient"))
            ink = text_on(scale.fill(gradient.number), theme) if used else theme.ink
        parts.append(
            svg.text(area.left + 8, y, gradient.name, size=SIZE, fill=ink, anchor="start", bold=True)
        )
        parts.append(
            svg.text(area.right - 8, y, gradient.text(decimals), size=SIZE, fill=ink, anchor="end", bold=True)
        )
    node = svg.group(*parts, class_="node")
    return node + "".join(
        _part(edge, top, columns[edge.head], decimals, scales, theme) for edge in rail.edges
    )


def _part(edge: Edge, top: float, place: grid.Box, decimals: int, scales: Scales, theme: Theme) -> str:
    """The contribution of a step: its factors, and a bar as long as it is large, below the step."""
    if edge.contribution is None:
        return ""
    words = factors_of(edge.upstream or 0.0, edge.local or 0.0, decimals)
    breadth = scales.breadth(edge)
    bar = grid.Box(place.x, top + 58, 3 * breadth, 5)
    return svg.group(
        svg.title(edge.tooltip),
        svg.text(place.x, top + 34, words, size=SMALL, fill=theme.ink),
        svg.text(
            place.x,
            top + 47,
            f"= {one(edge.contribution, decimals, signed=True)}",
            size=SMALL,
            fill=theme.ink,
        ),
        shape("part", bar, edge.contribution, theme, class_="ribbon"),
        class_="edge",
    )
