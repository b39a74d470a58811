"""The computation graph of any Value, drawn: nodes, local derivatives, and what a backward pass adds.

After this file you can look at a backward pass: every edge says upstream × local = contribution, and every box
has the sum of what arrived.
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

    Raises RuntimeError when the SVG is asked for and there is no Graphviz.

    >>> from minigrad import Value
    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> "3 × 1" in graph(y).dot or "1 × 3" in graph(y).dot
    True
    """
    colours = theme_named(theme)
    model = model_of(root, notation)
    dot = dot_of(model, direction)
    title = f"Computation graph of {model.root_name}, {len(model.boxes)} nodes"
    return Picture(lambda: draw(model, layout_of(dot, renderer), colours, title), title=title, dot=dot)


def draw_dot(root: Value, format: str = "svg", rankdir: str = "LR") -> Picture:
    """`graph` under the name, and with the arguments, that micrograd's users know.

    >>> draw_dot(Value(1.0, label="a") + 2.0).save.__name__
    'save'
    """
    return graph(root, direction=rankdir)
