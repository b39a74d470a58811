"""The computation graph of any Value, drawn: nodes, local derivatives, and what a backward pass adds.

After this file you can look at a backward pass: every edge says upstream × local = contribution, and
every box has the sum of what arrived.
"""

from __future__ import annotations

from minigrad import Value
from viz.graph_dot import dot_of
from viz.graph_drawing import draw
from viz.graph_layout import layout_of
from viz.graph_model import model_of
from viz.palette import theme_named
from viz.picture import Picture


def graph(
    root: Value,
    *,
    notation: str = "002",
    theme: str = "light",
    direction: str = "LR",
    renderer: str | None = None,
) -> Picture:
    """Draw the computation graph of a Value: label, operation, data and gradient of every node.

    Edges carry the local derivative and, after a backward pass, upstream × local = contribution. Nodes of a
    network are grouped by layer. `renderer` names a Graphviz program; the `.dot` of the picture needs none.

    Raises ValueError for an unknown notation, theme or direction; RuntimeError when the SVG is asked for and
    there is no Graphviz.

    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> graph(y).dot.count("1 × 3")
    2
    """
    if direction not in ("LR", "TB"):
        raise ValueError(f"graph: direction must be 'LR' or 'TB', not {direction!r}")
    colours = theme_named(theme)
    model = model_of(root, notation)
    dot = dot_of(model, direction)
    title = f"Computation graph of {model.root_name}, {len(model.boxes)} nodes"
    return Picture(lambda: draw(model, layout_of(dot, renderer), colours, title), title=title, dot=dot)


class Digraph(Picture):
    """A picture with the two names that the graphs of the `graphviz` package have: `source` and `render`."""

    format = "svg"

    @property
    def source(self) -> str:
        """The DOT text."""
        return self.dot or ""

    def render(self, filename: str = "graph", format: str = "") -> str:
        """Save as `filename` with the ending of the format, "svg" or "png", and give the path."""
        return str(self.save(f"{filename}.{format or self.format}"))


def draw_dot(root: Value, format: str = "svg", rankdir: str = "LR") -> Digraph:
    """`graph` under the name, and with the arguments, that micrograd's users know.

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
