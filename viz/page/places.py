"""Where the nodes of a graph without neurons are, for the page's stage.

Lengths are those of a page whose type is 14 px; the page scales them with its type.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from minigrad import Value, topological_order
from viz.computation_graph.drawing.layout import layered
from viz.drawing.grid import Point

MOST_NODES = 60  # a larger picture would not be legible: the page shows a node with its neighbours
WIDTH, HEIGHT, LABEL = 84.0, 66.0, (64.0, 17.0)


def places_of(root: Value) -> dict[str, Any] | None:
    """Places of nodes, edges and the numbers on edges; None if the graph is too large to be drawn whole.

    >>> x = Value(3.0, label="x")
    >>> [len(places_of(x * x)[what]) for what in ("nodes", "edges")]
    [2, 2]
    """
    order = topological_order(root)
    if len(order) > MOST_NODES:
        return None
    number = {node: index for index, node in enumerate(order)}
    edges = [(number[node], place) for node in order for place in range(len(node.operands))]
    ends = [(f"n{number[order[node].operands[place]]}", f"n{node}") for node, place in edges]
    sizes = {f"n{n}": (WIDTH, HEIGHT) for n in number.values()}
    layout = layered(sizes, ends, gap=LABEL[0] + 24, breadths=[LABEL[1]] * len(edges))
    ways = []
    for (tail, head), (_, place), knots in zip(ends, edges, layout.knots, strict=True):
        start, end, share = layout.boxes[tail], layout.boxes[head], (place + 1) / 3
        ways.append([(start.right, start.y), *knots, (end.left, end.top + HEIGHT * min(share, 0.9))])
    return {
        "width": round(layout.width),
        "height": round(layout.height),
        "nodes": [[n, *_at((layout.boxes[f"n{n}"].x, layout.boxes[f"n{n}"].y))] for n in number.values()],
        "edges": [[*edge, _bends(way), _middle(way)] for edge, way in zip(edges, ways, strict=True)],
    }


def _at(point: Point) -> list[float]:
    return [round(point[0], 1), round(point[1], 1)]


def _bends(way: list[Point]) -> list[list[float]]:
    """The points of a chain of cubic Bézier curves through a way, level where it passes them."""
    points = [_at(way[0])]
    for (x1, y1), (x2, y2) in pairwise(way):
        points += [_at(((x1 + x2) / 2, y1)), _at(((x1 + x2) / 2, y2)), _at((x2, y2))]
    return points


def _middle(way: list[Point]) -> list[float]:
    """Where the number of an edge stands: in the middle of its last gap, which is wide enough for it."""
    (x1, y1), (x2, y2) = way[-2:]
    return _at(((x1 + x2) / 2, (y1 + y2) / 2))
