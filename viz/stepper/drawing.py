"""Draws the parts of the page's picture: boxes for nodes, lines for edges. The style sheet colours them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

from minigrad import Value
from minigrad.symbols.numerals import shown
from viz.drawing import svg
from viz.drawing.grid import Box, Point
from viz.drawing.palette import HATCH
from viz.drawing.typography import width
from viz.stepper.words import Words, is_z

WIDTH, HEIGHT = 122.0, 46.0  # of a box with text
SIZE = 13.0


@dataclass
class Drawing:
    """The picture on the page, whose colours and numbers the script changes.

    Attributes:
        lines: as SVG; `id="e7-5"` is the one from node 7 to its operand 5. Active lines are drawn over them.
        parts: boxes and labels, drawn over the lines; `id="n5"` is the box of node 5.
        boxes: the places of the drawn nodes.
        stands_for: for a node that is not drawn, the node whose box contains it.
        width, height: in px.
        margin: the space to the left of x = 0, and above y = 0.
    """

    lines: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    boxes: dict[Value, Box] = field(default_factory=dict)
    stands_for: dict[Value, Value] = field(default_factory=dict)
    width: float = 0.0
    height: float = 0.0
    margin: float = 0.0

    def svg(self, title: str) -> str:
        """The picture as an element of the page."""
        corner = f"{-self.margin:z.0f}"
        view = f'viewBox="{corner} {corner} {self.width:.0f} {self.height:.0f}"'
        tip = '<marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="5" markerHeight="5" '
        tip += 'orient="auto-start-reverse"><path d="M0,0 L10,5 L0,10 z"/></marker>'
        size = 'width="6" height="6" patternUnits="userSpaceOnUse"'
        tip += f'<pattern id="{HATCH}" {size}><path d="{svg.STRIPES}" stroke="currentColor"/></pattern>'
        return (
            f'<svg id="graph" {view} style="--w:{self.width:.0f}" role="img" aria-label="{escape(title)}">'
            f'<defs>{tip}</defs>{"".join(self.lines)}<g id="active"></g>{"".join(self.parts)}</svg>'
        )


def node_box(node: Value, box: Box, number: int, words: Words, compact: bool = False) -> str:
    """The box of a node: its name and data, and below them its gradient, which the script fills in."""
    lower = Box(box.x, box.y + box.height / 4, box.width, box.height / 2)
    band = svg.rectangle(box if compact else lower, class_="band")
    title = svg.title(f"{words.text(node)} = {shown(node.data)}")
    frame = svg.rectangle(box, rx=0 if compact else 5, class_="frame")
    if compact:
        return svg.group(title, band, frame, class_="node compact", id=f"n{number}")
    name = words.text(node)
    data = brief(node.data, box.width - 24 - width(name, SIZE))
    sign = "δ" if is_z(node) else "∂"
    texts = [
        label(box.left + 7, box.y - 11, _clipped(name, box.width - 24 - width(data, SIZE)), "start", "name"),
        label(box.right - 7, box.y - 11, data, "end", "data"),
        label(box.left + 8, box.y + 12, sign, "start", "sign"),
        label(box.right - 8, box.y + 12, "?", "end", "grad"),
    ]
    return svg.group(title, frame, band, *texts, class_="node", id=f"n{number}")


def line(start: Point, end: Point, ends: tuple[int, int]) -> str:
    """A straight edge, from operand to node."""
    return path(f"M{start[0]:.1f},{start[1]:.1f} L{end[0]:.1f},{end[1]:.1f}", ends)


def path(way: str, ends: tuple[int, int]) -> str:
    """An edge; `ends` are the numbers of the node and of its operand."""
    return svg.element("path", d=way, class_="edge", id=f"e{ends[0]}-{ends[1]}")


def weight_label(box: Box, content: str, ends: tuple[int, int]) -> str:
    """A weight on its line, on a patch of the background colour, so that lines do not cross it."""
    patch = svg.rectangle(box, class_="plate")
    return svg.group(patch, label(box.x, box.y, content), class_="weight", id=f"w{ends[0]}-{ends[1]}")


def label(x: float, y: float, content: str, anchor: str = "middle", kind: str = "label") -> str:
    """Text beside an edge, or above a column."""
    return (
        f'<text x="{x:.1f}" y="{y + 0.35 * SIZE:.1f}" text-anchor="{anchor}" class="{kind}">'
        f"{escape(content)}</text>"
    )


def brief(number: float, room: float) -> str:
    """A number with as many decimals as there is room for, 4 to 0; with 1 if it does not fit at all.

    >>> brief(-0.39731, 60), brief(-0.39731, 20), brief(-1.7242e-4, 70)
    ('−0.3973', '−0.4', '−1.7e−04')
    """
    texts = [shown(number, digits) for digits in (4, 2, 1)]
    return next((text for text in texts if width(text, SIZE) <= room), texts[-1])


def _clipped(content: str, room: float) -> str:
    while width(content, SIZE) > room and len(content) > 2:
        content = content[:-2] + "…"
    return content
