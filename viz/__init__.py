"""Pictures of computation graphs and networks.

>>> from minigrad import Value
>>> from viz import graph
>>> graph(Value(2.0, label="a") * 3.0)
<picture: Computation graph of root, 3 nodes>
"""

from viz import debugging as debugging  # adds its command to the debugger's prompt
from viz.computation_graph import draw_dot, graph
from viz.network_diagram import network
from viz.picture import Picture
from viz.stepper import Page, steps

__all__ = ["Page", "Picture", "draw_dot", "graph", "network", "steps"]
