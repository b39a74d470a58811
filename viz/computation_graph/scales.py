"""The colour scales of a computation graph: one for each layer and one for other nodes, or one for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from viz.computation_graph.model import Edge, Model
from viz.drawing.palette import ZERO, Scale
from viz.network_diagram.scales import check_kind


@dataclass(frozen=True)
class Scales:
    """The scale of each frame; None stands for the boxes without one."""

    by_frame: Mapping[str | None, Scale]
    frames: Mapping[str, str | None]
    kind: str

    def of_box(self, key: str) -> Scale:
        """The scale of the gradients in a box."""
        return self.by_frame.get(self.frames[key], Scale(0.0))

    def of_edge(self, edge: Edge) -> Scale:
        """The scale of a contribution: that of the gradient it is added to."""
        return self.of_box(edge.tail)


def scales_of(model: Model, kind: str = "layer", zero: str = ZERO) -> Scales:
    """The scales of a graph. Raises ValueError for a kind other than "layer", "global", "symlog".

    >>> from viz.computation_graph.model import Band, Box
    >>> box = Box("n1", "x", "2", "", Band("grad", -3.0, True))
    >>> scales_of(Model("C", [box], [], reached=True)).of_box("n1").maximum
    3.0
    """
    check_kind(kind)
    frames = {box.key: box.frame for box in model.boxes}
    numbers: dict[str | None, list[float]] = {}
    for box in model.boxes if model.reached else ():
        frame = box.frame if kind == "layer" else None
        gradients = numbers.setdefault(frame, [])
        gradients += [box.band.gradient] if box.band is not None and not box.band.norm else []
        gradients += [row.gradient for row in box.rows if row.gradient is not None]
    if kind != "layer":
        frames = dict.fromkeys(frames)
    scales = {frame: Scale.of(gradients, kind == "symlog", zero) for frame, gradients in numbers.items()}
    return Scales(scales, frames, kind)
