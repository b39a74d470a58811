"""Draws the computation graph of any Value, with its local derivatives and gradients.

After a backward pass, each edge says upstream × local = contribution, and each box has the sum of its
contributions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from minigrad import Value
from nn.delta.notation import AnyNotation
from viz.arguments import check_value
from viz.computation_graph.dot import dot_of
from viz.computation_graph.drawing import draw
from viz.computation_graph.folding import folded, without_labels
from viz.computation_graph.layout import layout_of
from viz.computation_graph.model import Model, Selection, depth_of, model_of, span_of
from viz.computation_graph.selection import around as selected_around
from viz.computation_graph.selection import nearest, whole
from viz.drawing.palette import theme_named
from viz.drawing.picture import Picture
from viz.network_diagram.scales import check_kind

DETAILS = ("auto", "operations", "neurons", "layers")
READABLE_BOXES = 40
READABLE_DEPTH = 16  # boxes from left to right
LABELLED_EDGES = 70
MOST_LABELS = 150  # more make a picture several times as tall as its boxes
MOST_SPAN = 500  # ranks that labelled edges cross: Graphviz takes a minute for 2,500
READABLE_EDGES = 320  # of folded neurons, whose edges need no labels


def graph(
    root: Value,
    *,
    detail: str = "auto",
    max_nodes: int = 1000,
    around: Value | None = None,
    depth: int = 2,
    groups: Mapping[str, Iterable[Value]] | None = None,
    notation: AnyNotation = "002",
    theme: str = "light",
    scale: str = "layer",
    direction: str = "LR",
    renderer: str | None = None,
) -> Picture:
    """Draw the computation graph of a Value: label, operation, data and gradient of every node.

    Edges show the local derivative, and, after a backward pass, upstream × local = contribution. A weight
    that only one neuron uses is a row in the box of that neuron.

    Args:
        root: the Value whose graph is drawn, such as a cost.
        detail: what one box stands for: "operations", "neurons" or "layers". "auto" takes the first of these
            for which the picture is readable, and for a large graph without layers the part nearest to the
            root. If there are too many edges for labels, the labels are tool tips.
        max_nodes: the largest number of boxes.
        around: draw only the nodes up to `depth` edges away from this one.
        groups: frames of your own: a dictionary from names to the Values inside.
        notation: the document whose notation is used: "000", "001" or "002".
        theme: "light" or "dark".
        scale: of the colours: one for each "layer", or one for all, "global" or (logarithmic) "symlog".
        direction: "LR" from left to right, "TB" from top to bottom.
        renderer: a Graphviz program, by default one that is found. `.dot` of the picture needs none.

    Raises TypeError for what is not a Value; ValueError for an unknown choice, or for more than `max_nodes`
    boxes, with a remedy; RuntimeError if there is no Graphviz when the SVG is made.

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
    colours = theme_named(theme)
    selection = whole(root, notation, groups)
    if around is not None:
        selection = selected_around(selection, around, depth)
    model = _model(selection, detail, max_nodes)
    dot = dot_of(model, direction)
    title = f"Computation graph of {model.root_name}: {model.summary}"
    return Picture(lambda: draw(model, layout_of(dot, renderer), colours, title, scale), title=title, dot=dot)


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
    picture = Digraph(lambda: drawn.svg, title=drawn.title, dot=drawn.dot)
    picture.format = format
    return picture


def _model(selection: Selection, detail: str, max_nodes: int) -> Model:
    """The boxes at a level of detail; "auto" goes from operations to layers until the picture is readable."""
    if detail == "operations":
        if len(selection.nodes) > max_nodes:
            raise ValueError(_refusal(len(selection.nodes), max_nodes, "neurons"))
        model = model_of(selection)
        labelled = len(model.edges) <= MOST_LABELS and span_of(model) <= MOST_SPAN
        return model if labelled else without_labels(model)
    if detail in ("neurons", "layers"):
        model = _folded(selection, detail)
        if len(model.boxes) > max_nodes:
            raise ValueError(_refusal(len(model.boxes), max_nodes, "layers"))
        return model
    return _readable(selection)


def _readable(selection: Selection) -> Model:
    limit = 10 * READABLE_BOXES  # far too many boxes to build
    if len(selection.nodes) <= limit:
        model = model_of(selection)
        if _can_be_read(model):
            return model
    if selection.groups:
        neurons = _folded(selection, "neurons")
        if len(neurons.boxes) <= READABLE_BOXES and len(neurons.edges) <= READABLE_EDGES:
            return neurons
        layers = _folded(selection, "layers")
        if _can_be_read(layers):
            return layers
    return model_of(nearest(selection, READABLE_BOXES, READABLE_DEPTH - 1))


def _folded(selection: Selection, detail: str) -> Model:
    model = folded(selection, detail)
    return model if len(model.edges) <= LABELLED_EDGES else without_labels(model)


def _can_be_read(model: Model) -> bool:
    few = len(model.boxes) <= READABLE_BOXES and len(model.edges) <= LABELLED_EDGES
    return few and depth_of(model) <= READABLE_DEPTH


def _refusal(count: int, limit: int, instead: str) -> str:
    return (
        f"graph: {count:,} boxes are more than max_nodes={limit:,}; ask for detail={instead!r} or 'auto', "
        f"for a part with around=node, or for a larger max_nodes"
    )


def _check(name: str, choice: str, choices: tuple[str, ...]) -> None:
    if choice not in choices:
        raise ValueError(f"graph: {name} must be one of {', '.join(choices)}, not {choice!r}")
