"""Writes a computation graph, with all its numbers, in DOT, the language of Graphviz.

The text is built with the `graphviz` package, which does the quoting. The sizes of boxes are computed from
their text and given in the file, so that the layout does not depend on the fonts that a Graphviz has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from viz.computation_graph.model import Box, Edge, Model, Rank, depth_of
from viz.computation_graph.sizes import BAND, HEADER, LINE, ROW, box_size, label_size
from viz.drawing.typography import FONT_STACK

if TYPE_CHECKING:
    from graphviz import Digraph  # loaded when a graph is drawn

_FONT = FONT_STACK.split(",")[0]
_MANY = 40  # boxes


def dot_of(model: Model, direction: str = "LR") -> str:
    """The graph as DOT text: boxes in order, edges with their labels.

    It has no clusters, because with clusters Graphviz does not keep the order of the neurons. Raises
    ImportError if the package `graphviz` is not installed.

    >>> from minigrad import Value
    >>> from viz.computation_graph.model import model_of
    >>> from viz.computation_graph.selection import whole
    >>> x = Value(3.0, label="x")
    >>> dot_of(model_of(whole(x * x, "002"))).count("n1 -> n2")
    2
    """
    try:
        from graphviz import Digraph
    except ImportError:
        raise ImportError("the DOT text of a graph needs graphviz: `pip install graphviz`") from None
    dot = Digraph("computation")
    dot.attr(
        "graph", rankdir=direction, nodesep="0.2", ranksep=_ranksep(model), fontname=_FONT, fontsize="12"
    )
    if len(model.boxes) > _MANY:
        dot.attr("graph", nslimit="1", nslimit1="1", mclimit="0.2")  # good places soon, not the best one day
    dot.attr("node", shape="plain", fontname=_FONT, fontsize="11")
    dot.attr("edge", fontname=_FONT, fontsize="9.5", arrowsize="0.6")
    for box in model.boxes:
        _add_node(dot, box)
    for number, edge in enumerate(model.edges):
        _add_edge(dot, edge, number)
    for keys in _ranks(model.boxes):
        _add_rank(dot, keys)
    return str(dot.source)


def _ranksep(model: Model) -> str:
    """The space between ranks in inches. Labels keep them apart; without, it takes room to see many edges."""
    if any(edge.label for edge in model.edges) or len(model.edges) <= 30:
        return "0.35"
    edges_a_gap = len(model.edges) / max(depth_of(model) - 1, 1)
    return f"{min(0.35 + edges_a_gap / 10, 2.2):.2g}"


def _add_node(dot: Digraph, box: Box) -> None:
    across, down = box_size(box)
    if box.band is None and not box.title:
        size = {"width": f"{across / 72:.4f}", "height": f"{down / 72:.4f}"}
        dot.node(box.key, box.number, shape="plaintext", fixedsize="true", **size)
        return
    cells = [_cell(f"{box.title}   {box.number}", across, HEADER, "head")]
    cells += [
        _cell(f"{name} {number}", across, LINE, f"l{index}") for index, (name, number) in enumerate(box.lines)
    ]
    if box.band is not None:
        cells.append(_cell(f"{box.band.name}   {box.band.text}", across, BAND, "grad"))
    for index, row in enumerate(box.rows):
        text = f"{row.name} {row.number}   {' '.join(row.arithmetic)}"
        cells.append(_cell(text, across, ROW, f"r{index}"))
    dot.node(box.key, _table(cells, 'CELLBORDER="1" CELLSPACING="0" CELLPADDING="0"'))


def _table(cells: Iterable[str], attributes: str) -> str:
    rows = "".join(f"<TR>{cell}</TR>" for cell in cells)
    return f'<<TABLE BORDER="0" {attributes}>{rows}</TABLE>>'


def _cell(text: str, across: float, down: float, port: str) -> str:
    size = f'FIXEDSIZE="TRUE" WIDTH="{across:.0f}" HEIGHT="{down:.0f}"'
    return f'<TD PORT="{port}" {size}>{escape(text)}</TD>'


def _add_edge(dot: Digraph, edge: Edge, number: int) -> None:
    head = f"{edge.head}:r{edge.row}:w" if edge.row >= 0 else edge.head
    label = None
    if edge.label:
        cell = _cell(" ".join(edge.label), *label_size(edge.label), port="words")
        label = _table([cell], 'CELLBORDER="0"')
    dot.edge(edge.tail, head, label, id=f"e{number}")


def _add_rank(dot: Digraph, keys: Sequence[str]) -> None:
    """Put boxes into one rank, in this order, with a chain of invisible edges."""
    with dot.subgraph() as rank:
        rank.attr(rank="same")
        rank.attr("edge", style="invis")
        for first, second in pairwise(keys):
            rank.edge(first, second)


def _ranks(boxes: Iterable[Box]) -> Iterator[list[str]]:
    ranks: dict[Rank, list[tuple[int, int, str]]] = {}
    for number, box in enumerate(boxes):
        if box.rank is not None:
            ranks.setdefault(box.rank, []).append((box.neuron, number, box.key))
    for members in ranks.values():
        keys = [key for _, _, key in sorted(members)]
        if len(keys) > 1:
            yield keys
