"""Draws the computation graph of any Value, with its local derivatives and gradients.

A ribbon for every contribution merges into the gradient that it is added to, which is δ where it is of a
pre-activation z.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from operator import itemgetter

from minigrad import Value
from nn.delta.notation import AnyNotation
from viz.arguments import check_value
from viz.computation_graph.blocks import blocks_of
from viz.computation_graph.dot import dot_of
from viz.computation_graph.drawing.document import draw, excess_of
from viz.computation_graph.folding import model_of
from viz.computation_graph.model import Model
from viz.computation_graph.selection import Selection, nearest, whole
from viz.computation_graph.selection import around as selected_around
from viz.computation_graph.steps import in_steps
from viz.drawing.palette import theme_named
from viz.drawing.picture import Picture
from viz.drawing.room import Asked, Room, room_of
from viz.network_diagram.scales import check_kind

DETAILS = ("auto", "operations", "names", "neurons", "layers")
AT_A_GLANCE = 16  # boxes
READABLE_BOXES = 40
READABLE_DEPTH = 16  # boxes from left to right


def graph(
    root: Value,
    *,
    detail: str = "auto",
    max_nodes: int = 1000,
    around: Value | None = None,
    depth: int = 2,
    groups: Mapping[str, Iterable[Value]] | None = None,
    notation: AnyNotation = "002",
    theme: str = "auto",
    scale: str = "layer",
    direction: str = "LR",
    input_gradients: bool = False,
    room: Asked = "page",
) -> Picture:
    """Draw the computation graph of a Value: label, operation, data and gradient of every node.

    Data go forward on hairlines. After a backward pass each edge sends back a ribbon as wide as its
    contribution, upstream × local derivative; the ribbons of a node merge into its gradient, above which the
    contributions are listed. A weight that only one neuron uses is a row in the box of that neuron. A graph
    that is wider than its room is broken into lines.

    Args:
        root: the Value whose graph is drawn, such as a cost.
        detail: what one box stands for: "operations"; "names", nodes that have a label or are used more than
            once; "neurons"; "layers", as matrices. "auto" takes the first of these that fits on a page, and
            for a large graph its layers, or blocks of nodes that are computed alike.
        max_nodes: the largest number of boxes.
        around: draw only the nodes up to `depth` edges away from this one.
        groups: frames of your own: a dictionary from names to the Values inside.
        notation: the document whose notation is used: "000", "001" or "002".
        theme: "light", "dark", or "auto": light, and in a notebook as its page is.
        scale: of colours and widths: one for each "layer", or one for all, "global" or "symlog".
        direction: "LR" from left to right, "TB" from top to bottom.
        input_gradients: whether the gradients of the inputs of a network are drawn.
        room: what the picture is laid out for: a "page", 830 px wide, a "slide", 16:9, or a pair of px; for
            a slide its lines are as long as lets all be largest, and its cells as small as lets all be read.

    Raises TypeError for what is not a Value; ValueError for an unknown choice, or for more than `max_nodes`
    boxes, with a remedy.

    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> graph(y).dot.count("1 × 3")
    2
    """
    check_value("graph", root)
    _check("detail", detail, DETAILS)
    _check("direction", direction, ("LR", "TB"))
    check_kind(scale)
    colours, place = theme_named(theme), room_of(room)
    selection = whole(root, notation, groups)
    if around is not None:
        selection = selected_around(selection, around, depth)
    model = _model(selection, detail, max_nodes, input_gradients, place)
    title = f"Computation graph of {model.root_name}: {model.summary}"
    return Picture(
        lambda: draw(model, colours, title, scale, direction, place),
        title=title,
        dot=dot_of(model, direction),
    )


class Digraph(Picture):
    """A picture that also has the attributes of graphs of the `graphviz` package: `source` and `render`."""

    format = "svg"

    @property
    def source(self) -> str:
        """The DOT text."""
        return self.dot or ""

    def render(self, filename: str = "graph", format: str = "") -> str:
        """Save as `filename` plus the suffix of the format, "svg" or "png"; returns the path."""
        return str(self.save(f"{filename}.{format or self.format}"))


def draw_dot(root: Value, format: str = "svg", rankdir: str = "LR") -> Digraph:
    """`graph`, with the name and the arguments of micrograd's function.

    Raises ValueError for a format other than "svg" and "png", or a direction other than "LR" and "TB".

    >>> draw_dot(Value(1.0, label="a") + 2.0).source.splitlines()[0]
    'digraph computation {'
    """
    if format not in ("svg", "png"):
        raise ValueError(f"draw_dot: format must be 'svg' or 'png', not {format!r}")
    drawn = graph(root, direction=rankdir)
    picture = Digraph(lambda: drawn.drawing, title=drawn.title, dot=drawn.dot)
    picture.format = format
    return picture


def _model(selection: Selection, detail: str, max_nodes: int, input_gradients: bool, room: Room) -> Model:
    """The boxes at a level of detail; "auto" folds until the picture is readable."""
    if detail == "auto":
        return _readable(selection, input_gradients, room)
    if detail == "operations" and len(selection.nodes) > 4 * max_nodes:  # too many to fold
        raise ValueError(_refusal(len(selection.nodes), max_nodes, "neurons"))
    if detail == "layers":
        blocks = blocks_of(selection, max_nodes, input_gradients)
        if blocks is None:
            raise ValueError(_refusal(len(selection.nodes), max_nodes, "auto"))
        return blocks
    model = model_of(selection, detail, input_gradients)
    if len(model.boxes) > max_nodes:
        raise ValueError(
            _refusal(len(model.boxes), max_nodes, "layers" if detail == "neurons" else "neurons")
        )
    return model


def _readable(selection: Selection, input_gradients: bool, room: Room) -> Model:
    """The first detail that fits into the room at once, or else that which exceeds it least."""
    details = ["operations", "names"] + ["neurons"] * any(g.layer for g in selection.groups.values())
    models: list[tuple[float, Model]] = []
    if len(selection.nodes) <= 10 * READABLE_BOXES:
        for detail in details:
            model = model_of(selection, detail, input_gradients)
            if detail == "names" and not selection.groups:
                steps = in_steps(model, READABLE_BOXES, input_gradients)
                if steps is not None:
                    return steps
            computed = len({edge.head for edge in model.edges})
            if len(model.boxes) <= READABLE_BOXES and (detail == "operations" or computed > 2):
                models.append((excess_of(model, room), model))
                if models[-1][0] == 1 and len(model.boxes) <= AT_A_GLANCE:
                    return model
    excess, best = min(models, key=itemgetter(0), default=(math.inf, None))
    blocks = blocks_of(selection, READABLE_BOXES, input_gradients)
    is_too_large = not room.is_page and excess > 1 and blocks is not None and excess_of(blocks, room) < excess
    if (
        blocks is not None
        and len(blocks.boxes) > 3
        and (best is None or len(best.boxes) > max(1.5 * len(blocks.boxes), AT_A_GLANCE) or is_too_large)
    ):
        return blocks
    return best or model_of(
        nearest(selection, READABLE_BOXES, READABLE_DEPTH - 1), "operations", input_gradients
    )


def _refusal(count: int, limit: int, instead: str) -> str:
    return (
        f"graph: {count:,} boxes are more than max_nodes={limit:,}; ask for detail={instead!r} or 'auto', "
        f"for a part with around=node, or for a larger max_nodes"
    )


def _check(name: str, choice: str, choices: tuple[str, ...]) -> None:
    if choice not in choices:
        raise ValueError(f"graph: {name} must be one of {', '.join(choices)}, not {choice!r}")
