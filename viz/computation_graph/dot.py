"""Writes a computation graph, with its numbers, in DOT, the language of Graphviz, for other programs."""

from __future__ import annotations

from minigrad.symbols.numerals import counted
from viz.computation_graph.model import Box, Edge, Model, decimals_in, factors_of
from viz.drawing.looks import one


def dot_of(model: Model, direction: str = "LR") -> str:
    """The graph as DOT text: boxes in order, edges with their labels.

    Raises ImportError if the package `graphviz`, which does the quoting, is not installed.

    >>> from minigrad import Value
    >>> from viz.computation_graph.folding import model_of
    >>> from viz.computation_graph.selection import whole
    >>> x = Value(3.0, label="x")
    >>> dot_of(model_of(whole(x * x, "002"))).count("n1 -> n2")
    2
    """
    try:
        from graphviz import Digraph, escape  # loaded when a graph is drawn
    except ImportError:
        raise ImportError("the DOT text of a graph needs graphviz: `pip install graphviz`") from None
    dot = Digraph("computation")
    dot.attr("graph", rankdir=direction)
    dot.attr("node", shape="box", fontname="Helvetica", fontsize="11")
    dot.attr("edge", fontname="Helvetica", fontsize="9.5", arrowsize="0.6")
    for box in model.boxes:
        dot.node(box.key, escape("\n".join(_lines(box))), shape="box" if box.title else "plaintext")
    for edge in model.edges:
        dot.edge(edge.tail, edge.head, escape(_label(edge)))
    return str(dot.source)


def _lines(box: Box) -> list[str]:
    """What is written in a box."""
    lines = [f"{box.title}   {box.number}".strip()] + [
        f"{name} {number}".strip() for name, number in box.lines
    ]
    if box.gradient is not None:
        lines.append(f"{box.gradient.name}   {box.gradient.text(decimals_in(box, []))}")
    return lines + [f"{row.name} {row.number}" for row in box.rows]


def _label(edge: Edge) -> str:
    """upstream × local = contribution, or what there is of it."""
    if edge.factors is None:
        return counted(edge.count, "edge")
    if edge.contribution is None:
        return f"{edge.local:.4g}"
    return f"{factors_of(*edge.factors, 4)} = {one(edge.contribution, 4, signed=True)}"
