"""A computation graph in Graphviz's language, with every number in it.

After this file you can hand a graph to any program that reads DOT. Boxes have the size of their text, so that
every Graphviz finds the same places for them, whatever fonts it knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from viz.graph_model import Box, Edge, Model, Rank
from viz.graph_sizes import BAND, HEADER, LINE, ROW, box_size, label_size
from viz.typography import FONT_STACK

_FONT = FONT_STACK.split(",")[0]


def dot_of(model: Model, direction: str = "LR") -> str:
    """The graph as DOT text: boxes in order, edges with their labels.

    There are no clusters in it: with them Graphviz gives up the order of the neurons.

    >>> from minigrad import Value
    >>> from viz.graph_model import model_of
    >>> from viz.graph_selection import whole
    >>> x = Value(3.0, label="x")
    >>> dot_of(model_of(whole(x * x, "002"))).count("n1 -> n2")
    2
    """
    bare = not any(edge.label for edge in model.edges)
    ranksep = 2.2 if bare and len(model.edges) > 30 else 0.35  # labels would keep ranks apart
    lines = [
        "digraph computation {",
        f'  graph [rankdir={direction} nodesep=0.2 ranksep={ranksep} fontname="{_FONT}" fontsize=12]',
        f'  node [shape=plain fontname="{_FONT}" fontsize=11]',
        f'  edge [fontname="{_FONT}" fontsize=9.5 arrowsize=0.6]',
        *(f"  {_node(box)}" for box in model.boxes),
        *(_edge(edge, number) for number, edge in enumerate(model.edges)),
        *_order(model.boxes),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _node(box: Box) -> str:
    across, down = box_size(box)
    if box.band is None and not box.title:
        size = f"width={across / 72:.4f} height={down / 72:.4f}"
        return f'{box.key} [shape=plaintext fixedsize=true {size} label="{box.number}"]'
    cells = [_cell(f"{box.title}   {box.number}", across, HEADER, "head")]
    cells += [
        _cell(f"{name} {number}", across, LINE, f"l{index}") for index, (name, number) in enumerate(box.lines)
    ]
    if box.band is not None:
        cells.append(_cell(f"{box.band.name}   {box.band.text}", across, BAND, "grad"))
    for index, row in enumerate(box.rows):
        text = f"{row.name} {row.number}   {' '.join(row.arithmetic)}"
        cells.append(_cell(text, across, ROW, f"r{index}"))
    return f"{box.key} [label=<{_table(cells)}>]"


def _table(rows: Iterable[str]) -> str:
    inside = "".join(f"<TR>{row}</TR>" for row in rows)
    return f'<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="0">{inside}</TABLE>'


def _cell(text: str, across: float, down: float, port: str) -> str:
    size = f'FIXEDSIZE="TRUE" WIDTH="{across:.0f}" HEIGHT="{down:.0f}"'
    return f'<TD PORT="{port}" {size}>{escape(text)}</TD>'


def _edge(edge: Edge, number: int) -> str:
    """An edge with an id, by which its route is found again in Graphviz's answer."""
    head = f"{edge.head}:r{edge.row}:w" if edge.row >= 0 else edge.head
    attributes = f'id="e{number}"'
    if edge.label:
        across, down = label_size(edge.label)
        size = f'FIXEDSIZE="TRUE" WIDTH="{across:.0f}" HEIGHT="{down:.0f}"'
        cell = f"<TR><TD {size}>{escape(' '.join(edge.label))}</TD></TR>"
        attributes += f' label=<<TABLE BORDER="0" CELLBORDER="0">{cell}</TABLE>>'
    return f"  {edge.tail} -> {head} [{attributes}]"


def _order(boxes: Iterable[Box]) -> Iterator[str]:
    """Neuron 1 first: quantities of one kind and layer stand in one rank, in the order of their neurons."""
    ranks: dict[Rank, list[tuple[int, int, str]]] = {}
    for number, box in enumerate(boxes):
        if box.rank is not None:
            ranks.setdefault(box.rank, []).append((box.neuron, number, box.key))
    for members in ranks.values():
        keys = [key for _, _, key in sorted(members)]
        if len(keys) > 1:
            yield f"  {{ rank=same; {' -> '.join(keys)} [style=invis] }}"
