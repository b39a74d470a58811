"""Pictures of computation graphs and networks.

A picture's code is loaded when it is first asked for: `import viz` is quick, and needs no program that draws.
In a notebook Values, networks, traces, reports, histories and programs show themselves (`viz.notebook`).

>>> from minigrad import Value
>>> from viz import graph
>>> graph(Value(2.0, label="a") * 3.0)
<picture: Computation graph of root: 3 nodes in 2 boxes>
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

try:
    from minigrad.neighbours import check_neighbour
except ImportError as error:
    _found = getattr(find_spec("minigrad"), "origin", None)
    raise ImportError(f"viz needs the package minigrad; Python finds {_found}: rename that file") from error
else:
    check_neighbour("nn")

from viz import debugging as debugging  # adds its command to the debugger's prompt

if TYPE_CHECKING:
    from viz.computation_graph.diagram import Digraph, draw_dot, graph
    from viz.drawing.picture import Picture
    from viz.equation_diagrams.outer_product_diagram import outer_products
    from viz.equation_diagrams.recursion_diagram import recursion
    from viz.explanation.explanation import Explanation, explain
    from viz.history_diagram import history
    from viz.network_diagram.diagram import network
    from viz.page import Page, steps
    from viz.page.widget import widget
    from viz.pass_pictures import frames
    from viz.terminal import table, tree
    from viz.training_film import TrainingFilm

__all__ = [
    "Digraph",
    "Explanation",
    "Page",
    "Picture",
    "TrainingFilm",
    "draw_dot",
    "explain",
    "frames",
    "graph",
    "history",
    "network",
    "outer_products",
    "recursion",
    "steps",
    "table",
    "tree",
    "widget",
]

_HOMES = {
    "viz.computation_graph.diagram": ("Digraph", "draw_dot", "graph"),
    "viz.drawing.picture": ("Picture",),
    "viz.equation_diagrams.outer_product_diagram": ("outer_products",),
    "viz.equation_diagrams.recursion_diagram": ("recursion",),
    "viz.explanation.explanation": ("Explanation", "explain"),
    "viz.pass_pictures": ("frames",),
    "viz.history_diagram": ("history",),
    "viz.network_diagram.diagram": ("network",),
    "viz.page": ("Page", "steps"),
    "viz.page.widget": ("widget",),
    "viz.terminal": ("table", "tree"),
    "viz.training_film": ("TrainingFilm",),
}


if not TYPE_CHECKING:  # a type checker knows the names above, and no others

    def __getattr__(name: str) -> object:
        for home, names in _HOMES.items():
            if name in names:
                globals()[name] = found = getattr(import_module(home), name)
                return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
