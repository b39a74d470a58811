"""Where Graphviz puts the nodes of a graph without neurons, for the page's stage.

Lengths are those of a page whose type is 14 px; the page scales them with its type.
"""

from __future__ import annotations

from typing import Any

from minigrad import Value, topological_order
from viz.computation_graph.layout import layout_of, settled_labels

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
    layout = layout_of(_dot(order, number, edges))
    labels = settled_labels(layout, [LABEL] * len(edges))
    routes = zip(edges, layout.routes, labels, strict=True)
    return {
        "width": round(layout.width),
        "height": round(layout.height),
        "nodes": [[n, *_at(layout.boxes[f"n{n}"].x, layout.boxes[f"n{n}"].y)] for n in number.values()],
        "edges": [
            [*edge, [_at(*point) for point in route.points], _at(label.x, label.y) if label else None]
            for edge, route, label in routes
        ],
    }


def _at(x: float, y: float) -> list[float]:
    return [round(x, 1), round(y, 1)]


def _dot(order: list[Value], number: dict[Value, int], edges: list[tuple[int, int]]) -> str:
    """The graph in DOT, with the sizes of boxes and of the numbers on edges."""
    size = f"width={WIDTH / 72:.3f} height={HEIGHT / 72:.3f}"
    room = f'fixedsize="true" width="{LABEL[0]:.0f}" height="{LABEL[1]:.0f}"'
    table = f'<<table border="0" {room}><tr><td></td></tr></table>>'
    lines = [f"n{number[node]};" for node in order]
    for index, (node, place) in enumerate(edges):
        operand = number[order[node].operands[place]]
        lines.append(f"n{operand} -> n{node} [id=e{index} label={table}];")
    head = f'graph [rankdir=LR nodesep=0.3 ranksep=0.4]; node [shape=box fixedsize=true label="" {size}];'
    return "\n".join(["digraph {", head, "edge [arrowhead=none];", *lines, "}"])
