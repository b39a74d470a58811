"""Draws a graph without neurons for the page, laid out by Graphviz."""

from __future__ import annotations

from minigrad import Value
from minigrad.journal import Journal
from viz.computation_graph.layout import layout_of
from viz.stepper.drawing import HEIGHT, WIDTH, Drawing, node_box, path
from viz.stepper.words import Words, kind_of

MOST_NODES = 120  # a larger picture would not be legible on the page


def draw_graph(journal: Journal, number: dict[Value, int], words: Words) -> Drawing:
    """The graph of the root, without numbers in expressions; empty if it is too large."""
    nodes = [node for node in journal.order if kind_of(node)]
    if len(nodes) > MOST_NODES:
        return Drawing()
    edges = [
        (node, operand)
        for node in journal.nodes
        for operand in dict.fromkeys(node.operands)
        if kind_of(operand)
    ]
    layout = layout_of(_dot(nodes, edges, number))
    drawing = Drawing(width=layout.width + 8, height=layout.height + 8, margin=4)
    for (node, operand), route in zip(edges, layout.routes, strict=True):
        start, *rest = route.points
        way = f"M{start[0]:.1f},{start[1]:.1f} C" + " ".join(f"{x:.1f},{y:.1f}" for x, y in rest)
        drawing.lines.append(path(way, (number[node], number[operand])))
    for node in nodes:
        drawing.boxes[node] = layout.boxes[f"n{number[node]}"]
        drawing.parts.append(node_box(node, drawing.boxes[node], number[node], words))
    return drawing


def _dot(nodes: list[Value], edges: list[tuple[Value, Value]], number: dict[Value, int]) -> str:
    """The graph in DOT, with sizes and edges only, which is all that the layout needs."""
    size = f"width={WIDTH / 72:.3f} height={HEIGHT / 72:.3f}"
    lines = [f"n{number[node]};" for node in nodes]
    lines += [
        f"n{number[operand]} -> n{number[node]} [id=e{index}];" for index, (node, operand) in enumerate(edges)
    ]
    head = f'graph [rankdir=LR nodesep=0.25 ranksep=1.1]; node [shape=box fixedsize=true label="" {size}];'
    return "\n".join(["digraph {", head, "edge [arrowhead=none];", *lines, "}"])
