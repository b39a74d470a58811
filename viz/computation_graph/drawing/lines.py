"""Breaks a graph wider than a page into lines, as text is; a chip stands for a box of a line above."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from viz.computation_graph.drawing.layout import ranks_of
from viz.computation_graph.model import Box, Model
from viz.drawing.looks import PAGE
from viz.drawing.typography import clipped

GAP = 34.0
MARGIN = 18.0
_CHIPS = 90.0  # px, about the width of the chips that a line begins with


def broken(
    model: Model, widths: Mapping[str, float], limit: float = PAGE - 2 * MARGIN
) -> tuple[Model, dict[str, int]]:
    """The model with chips and all its ranks, and the line of each box, from 0.

    >>> from viz.computation_graph.model import Edge
    >>> boxes = [Box("n1", "x", "2", ""), Box("n2", "y", "4", "")]
    >>> model = Model("y", boxes, [Edge("n1", "n2", 1.0, 2.0, 2.0)], True)
    >>> narrow, lines = broken(model, {"n1": 60, "n2": 60}, 100)
    >>> lines, narrow.edges[0].tail, narrow.edges[0].operand
    ({'n1': 0, 'n2': 1, 'n1@1': 1}, 'n1@1', 'n1')
    """
    keys = [box.key for box in model.boxes]
    ranks = dict(model.ranks) or ranks_of(keys, [(edge.tail, edge.head) for edge in model.edges])
    line_of_rank = _lines(ranks, widths, limit)
    lines = {key: line_of_rank[ranks[key]] for key in keys}
    known = {box.key: box for box in model.boxes}
    chips: dict[str, Box] = {}
    edges = []
    for edge in model.edges:
        if lines[edge.tail] == lines[edge.head]:
            edges.append(edge)
            continue
        key = f"{edge.tail}@{lines[edge.head]}"
        if key not in chips:
            chips[key] = replace(_chip(known[edge.tail]), key=key)
            lines[key] = lines[edge.head]
        ranks[key] = min(ranks.get(key, len(ranks)), ranks[edge.head] - 1)
        edges.append(replace(edge, tail=key, operand=edge.tail))
    return replace(model, boxes=[*model.boxes, *chips.values()], edges=edges, ranks=ranks), lines


def _lines(ranks: Mapping[str, int], widths: Mapping[str, float], limit: float) -> dict[int, int]:
    """The line of each rank: as many to a line as it has room for."""
    columns: dict[int, float] = {}
    for key, rank in ranks.items():
        columns[rank] = max(columns.get(rank, 0.0), widths[key])
    lines, line, end = {}, 0, 0.0
    for rank in sorted(columns):
        if end and end + columns[rank] > limit:
            line, end = line + 1, _CHIPS + GAP
        lines[rank] = line
        end += columns[rank] + GAP
    return lines


def _chip(box: Box) -> Box:
    name = clipped(box.title.split(" = ")[0], 16)
    return Box("", name, box.number, box.tooltip, frame=box.frame, is_chip=True)
