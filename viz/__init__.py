"""Pictures of computation graphs and networks.

>>> from minigrad import Value
>>> from viz import graph
>>> graph(Value(2.0, label="a") * 3.0)
<picture: Computation graph of root: 3 nodes>
"""

from viz import debugging as debugging  # adds its command to the debugger's prompt
from viz.computation_graph.diagram import Digraph, draw_dot, graph
from viz.drawing.picture import Picture
from viz.equation_diagrams.outer_product_diagram import outer_products
from viz.equation_diagrams.recursion_diagram import recursion
from viz.explanation.explanation import Explanation, explain
from viz.history_diagram import history
from viz.network_diagram.diagram import network
from viz.stepper import Page, steps
from viz.terminal import table, tree

__all__ = [
    "Digraph",
    "Explanation",
    "Page",
    "Picture",
    "draw_dot",
    "explain",
    "graph",
    "history",
    "network",
    "outer_products",
    "recursion",
    "steps",
    "table",
    "tree",
]
