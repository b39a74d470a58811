"""The scales of a computation graph: one for each layer and one for the rest, or one for all.

δ, ∂C/∂w and the widths of ribbons each have a scale of their own, as each is a quantity of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from viz.computation_graph.model import Edge, Model
from viz.drawing.palette import ZERO, Scale
from viz.network_diagram.scales import check_kind

WIDEST = 22.0  # px, of the ribbons that one box gets together
_THINNEST = 0.8

Key = tuple[str, str | None]  # a kind of `viz.drawing.looks`, and a frame or None


@dataclass(frozen=True)
class Scales:
    """The scale of each quantity in each frame; None stands for the boxes without one."""

    scales: Mapping[Key, Scale]
    frames: Mapping[str, str | None]
    kind: str
    received: Mapping[str, float]  # by each box, of contributions without a sign

    def of_box(self, key: str, quantity: str = "delta") -> Scale:
        """The scale of δ, "delta", of ∂C/∂w, "cell", or of contributions, "part", in a box."""
        return self.scales.get((quantity, self.frames[key]), Scale(0.0))

    def by_frame(self, quantity: str) -> dict[str | None, Scale]:
        """The scale of a quantity in every frame that has one."""
        return {frame: scale for (kind, frame), scale in self.scales.items() if kind == quantity}

    def breadth(self, edge: Edge) -> float:
        """The width of a ribbon in px: that of the gradient it is added to is its measure."""
        if edge.contribution is None:
            return 0.0
        if not math.isfinite(edge.contribution):
            return WIDEST / 2
        if edge.has_sign:
            breadth = WIDEST * self.of_box(edge.operand or edge.tail, "part").strength(edge.contribution)
        else:
            breadth = WIDEST * edge.contribution / (self.received.get(edge.operand or edge.tail) or 1.0)
        return max(breadth, _THINNEST)


def scales_of(model: Model, kind: str = "layer", zero: str = ZERO) -> Scales:
    """The scales of a graph. Raises ValueError for a kind other than "layer", "global", "symlog".

    >>> from viz.computation_graph.model import Box, Gradient
    >>> box = Box("n1", "x", "2", "", Gradient("grad", -3.0, True, "delta"))
    >>> scales_of(Model("C", [box], [], reached=True)).of_box("n1").maximum
    3.0
    """
    check_kind(kind)
    frames = {box.key: box.frame if kind == "layer" else None for box in model.boxes}
    numbers: dict[Key, list[float]] = {}
    for box in sorted(model.boxes, key=lambda box: box.key == model.root):
        frame = frames[box.key]
        if box.gradient is not None and box.gradient.kind == "delta" and box.gradient.reached:
            if box.key != model.root or ("delta", frame) not in numbers:  # a root has 1, whatever the others
                numbers.setdefault(("delta", frame), []).append(box.gradient.number)
            numbers.setdefault(("cell", frame), []).extend(row.gradient for row in box.rows)
        sums = [abs(edge.contribution or 0.0) for edge in model.ledgers[box.key] if edge.has_sign]
        numbers.setdefault(("part", frame), []).append(math.fsum(filter(math.isfinite, sums)))
    for box in model.boxes:  # what is one number has no stronger colour than if it were a cell
        if ("delta", frames[box.key]) in numbers:
            cells = [strip.most for strip in box.strips if strip.kind == "delta"]
            numbers["delta", frames[box.key]].extend(cells)
    symlog = kind == "symlog"
    scales = {key: Scale.of(found, symlog, zero) for key, found in numbers.items()}
    received = {
        key: math.fsum(edge.contribution or 0.0 for edge in ledger) for key, ledger in model.ledgers.items()
    }
    return Scales(scales, frames, kind, received)
