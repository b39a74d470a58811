"""Pictures of computation graphs and networks.

>>> from minigrad import Value
>>> from viz import graph
>>> graph(Value(2.0, label="a") * 3.0)
<picture: Computation graph of root: 3 nodes>
"""

from viz import debugging as debugging  # adds its command to the debugger's prompt
from viz.computation_graph import Digraph, draw_dot, graph
from viz.explanation import Explanation, explain
from viz.heat_maps import outer_products
from viz.history_diagram import history
from viz.network_diagram import network
from viz.picture import Picture
from viz.recursion_diagram import recursion
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
