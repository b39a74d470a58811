"""Breaks a graph wider than a page into lines, as text is; a chip stands for a box of a line above."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from viz.computation_graph.drawing.boxes import small_width
from viz.computation_graph.drawing.layout import ranks_of
from viz.computation_graph.model import Box, Model
from viz.drawing.typography import clipped

GAP = 34.0
MARGIN = 18.0
_STEP = 0.97  # from one width that is tried to the next
_CHIPS = (90.0, 150.0, 240.0)  # px for the chips that a line begins with: the first with which all lines fit


def broken(model: Model, widths: Mapping[str, float], limit: float) -> tuple[Model, dict[str, int]]:
    """The model with chips and all its ranks, and the line of each box, from 0.

    >>> from viz.computation_graph.model import Edge
    >>> boxes = [Box("n1", "x", "2", ""), Box("n2", "y", "4", "")]
    >>> model = Model("y", boxes, [Edge("n1", "n2", 1.0, 2.0, 2.0)], True)
    >>> narrow, lines = broken(model, {"n1": 60, "n2": 60}, 100)
    >>> lines, narrow.edges[0].tail, narrow.edges[0].operand
    ({'n1': 0, 'n2': 1, 'n1@1': 1}, 'n1@1', 'n1')
    """
    for room in _CHIPS:
        narrow, lines = _broken(model, widths, limit, room)
        across = {**widths} | {box.key: small_width(box) for box in narrow.boxes if box.is_chip}
        if max(_widths(narrow.ranks, lines, across), default=0.0) <= limit:
            break
    return narrow, lines


def limits_of(model: Model, widths: Mapping[str, float]) -> list[float]:
    """The least widths of one line, of two lines, and so on, for chips of each width.

    >>> boxes = [Box("n1", "x", "2", ""), Box("n2", "y", "4", "")]
    >>> limits_of(Model("y", boxes, [], True, ranks={"n1": 0, "n2": 1}), {"n1": 60, "n2": 60})[0]
    154.0
    """
    columns = _columns(ranks_in(model), widths)
    least: dict[tuple[int, float], float] = {}
    limit = sum(columns.values()) + GAP * (len(columns) - 1)
    while limit >= max(columns.values(), default=math.inf):
        least.update({(max(_lines(columns, limit, room).values()), room): limit for room in _CHIPS})
        limit *= _STEP
    return sorted({*least.values()}, reverse=True)


def _broken(
    model: Model, widths: Mapping[str, float], limit: float, room: float
) -> tuple[Model, dict[str, int]]:
    """The same, where the chips that a line begins with take `room` px."""
    keys = [box.key for box in model.boxes]
    ranks = ranks_in(model)
    line_of_rank = _lines(_columns(ranks, widths), limit, room)
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


def _widths(ranks: Mapping[str, int], lines: Mapping[str, int], widths: Mapping[str, float]) -> list[float]:
    """The width of each line."""
    found = []
    for line in sorted(set(lines.values())):
        columns = _columns({key: ranks[key] for key in lines if lines[key] == line}, widths)
        found.append(sum(columns.values()) + GAP * (len(columns) - 1))
    return found


def ranks_in(model: Model) -> dict[str, int]:
    """The column of each box: as given, or by its operands."""
    ends = [(edge.tail, edge.head) for edge in model.edges]
    return dict(model.ranks) or ranks_of([box.key for box in model.boxes], ends)


def _columns(ranks: Mapping[str, int], widths: Mapping[str, float]) -> dict[int, float]:
    """The width of each rank."""
    columns: dict[int, float] = {}
    for key, rank in ranks.items():
        columns[rank] = max(columns.get(rank, 0.0), widths[key])
    return columns


def _lines(columns: Mapping[int, float], limit: float, room: float) -> dict[int, int]:
    """The line of each rank: as many to a line as it has room for."""
    lines, line, end = {}, 0, 0.0
    for rank in sorted(columns):
        if end and end + columns[rank] > limit:
            line, end = line + 1, room + GAP
        lines[rank] = line
        end += columns[rank] + GAP
    return lines


def _chip(box: Box) -> Box:
    name = clipped(box.title.split(" = ")[0], 16)
    return Box("", name, box.number, box.tooltip, frame=box.frame, is_chip=True)
