"""The graph of a Value for Visual Studio Code's extension Debug Visualizer, drawn anew at every stop.

Watch a Value there after these two lines, which need the package `vscodedebugvisualizer`:

    from vscodedebugvisualizer import globalVisualizationFactory
    globalVisualizationFactory.addVisualizer(GraphVisualizer())
"""

from __future__ import annotations

import json

from minigrad import Value, topological_order
from minigrad.journal.naming import name
from minigrad.symbols.numerals import short
from viz.drawing.palette import Scale

MOST_NODES = 150  # debuggers cut the text of a value at 65,536 characters


class GraphVisualizer:
    """Boxes with data and gradient, coloured by its sign; edges with their local derivatives."""

    def checkType(self, watched: object) -> bool:
        """Whether it can draw what is watched."""
        return isinstance(watched, Value)

    def visualize(self, root: Value) -> str:
        """The graph in the extension's JSON: of a large one, the nodes nearest to the root."""
        order = topological_order(root)[-MOST_NODES:]
        number = {node: f"n{index}" for index, node in enumerate(order)}
        scale = Scale.of(node.grad for node in order if node.has_gradient)
        nodes = []
        for node in order:
            reached = f"grad {short(node.grad)}" if node.has_gradient else "no gradient yet"
            label = f"{name(node)[:20]} = {short(node.data)}\n{reached}"
            colour = scale.stroke(node.grad)
            nodes.append({"id": number[node], "label": label, "color": colour, "shape": "box"})
        edges = [
            {"from": number[node], "to": number[operand], "label": f"∂ = {short(local_derivative)}"}
            for node in order
            for operand, local_derivative in zip(node.operands, node.local_derivatives)
            if operand in number
        ]
        return json.dumps({"kind": {"graph": True}, "nodes": nodes, "edges": edges}, ensure_ascii=False)
