"""Draws a graph without neurons for the page, laid out in columns."""

from __future__ import annotations

from minigrad import Value
from minigrad.journal import Journal
from viz.computation_graph.drawing.edges import curve
from viz.computation_graph.drawing.layout import layered
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
    ends = [(f"n{number[operand]}", f"n{number[node]}") for node, operand in edges]
    layout = layered({f"n{number[node]}": (WIDTH, HEIGHT) for node in nodes}, ends, gap=80.0)
    drawing = Drawing(width=layout.width + 8, height=layout.height + 8, margin=4)
    for (node, operand), (tail, head), knots in zip(edges, ends, layout.knots, strict=True):
        start, end = layout.boxes[tail], layout.boxes[head]
        way = curve([(start.right, start.y), *knots, (end.left, end.y)])
        drawing.lines.append(path(way, (number[node], number[operand])))
    for node in nodes:
        drawing.boxes[node] = layout.boxes[f"n{number[node]}"]
        drawing.parts.append(node_box(node, drawing.boxes[node], number[node], words))
    return drawing
