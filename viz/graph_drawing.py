"""A computation graph as SVG: boxes, edges and groups where a Graphviz put them."""

from __future__ import annotations

from collections.abc import Sequence

from viz import grid, svg
from viz.graph_layout import Layout, Route, settled_labels
from viz.graph_model import Box, Edge, Model
from viz.graph_sizes import (
    BAND,
    HEADER,
    LINE,
    PADDING,
    ROW,
    SIZE,
    SMALL,
    gradient_text,
    heading,
    label_size,
    row_columns,
)
from viz.legend import colour_key, words_key
from viz.numerals import shown
from viz.palette import Scale, Theme, text_on

_MARGIN = 36.0
_LEGEND = 56.0


def draw(model: Model, layout: Layout, theme: Theme, title: str, symlog: bool = False) -> str:
    """The picture as an SVG document."""
    gradients = [box.node.grad for box in model.boxes] + [
        row.gradient for box in model.boxes for row in box.rows
    ]
    scale = Scale.of(gradients if model.reached else [], symlog)
    labels = settled_labels(layout, [label_size(edge.label) for edge in model.edges])
    edges = [_edge(e, route, scale, theme) for e, route in zip(model.edges, layout.routes, strict=True)]
    words = [_label(e, place, theme) for e, place in zip(model.edges, labels, strict=True) if place]
    boxes = [_box(box, layout.boxes[box.key], scale, theme) for box in model.boxes]
    frames = [_frame(layer, place, theme) for layer, place in frames_of(model, layout).items()]
    legend, legend_width = _legend(model, scale, layout.height + 34, theme)
    body = svg.group(
        *frames, *edges, *boxes, *words, *legend, transform=f"translate({_MARGIN:.0f},{_MARGIN:.0f})"
    )
    return svg.document(
        max(layout.width, legend_width) + 2 * _MARGIN,
        layout.height + _LEGEND + 2 * _MARGIN,
        [body],
        title=title,
        description=_description(model),
        theme=theme,
    )


def _description(model: Model) -> str:
    if not model.reached:
        return "No backward pass has come through yet."
    return "Gradients: " + ", ".join(
        f"{heading(box)} {shown(box.node.grad, signed=True)}" for box in model.boxes if not box.constant
    )


def _box(box: Box, place: grid.Box, scale: Scale, theme: Theme) -> str:
    if box.constant:
        return svg.text(place.x, place.y, box.number, size=SIZE, fill=theme.muted, class_="constant")
    gradient = repr(box.node.grad) if box.node.has_gradient else "none yet"
    tip = f"{heading(box)}: data {box.node.data!r}, grad {gradient}"
    y = place.top + HEADER / 2
    parts = [
        svg.title(tip),
        svg.element(
            "rect",
            x=place.left,
            y=place.top,
            width=place.width,
            height=place.height,
            fill=theme.surface,
            stroke=theme.line,
        ),
        svg.text(place.left + PADDING, y, heading(box), size=SIZE, fill=theme.ink, anchor="start", bold=True),
        svg.text(place.right - PADDING, y, box.number, size=SIZE, fill=theme.ink, anchor="end"),
        *_band(box, place, scale, theme),
        *_rows(box, place, scale, theme),
    ]
    return svg.group(*parts, class_="node", id=box.key)


def _band(box: Box, place: grid.Box, scale: Scale, theme: Theme) -> list[str]:
    """The gradient, on the colour of its sign and size."""
    reached = box.node.has_gradient
    fill = scale.fill(box.node.grad) if reached else theme.background
    ink = text_on(fill, theme) if reached else theme.muted
    top = place.top + HEADER
    y = top + BAND / 2
    area = svg.element(
        "rect",
        x=place.left,
        y=top,
        width=place.width,
        height=BAND,
        fill=fill,
        stroke=theme.line,
        class_="gradient",
    )
    left = svg.text(
        place.left + PADDING, y, box.gradient_name, size=SIZE, fill=ink, anchor="start", bold=True
    )
    right = svg.text(
        place.right - PADDING, y, gradient_text(box), size=SIZE, fill=ink, anchor="end", bold=True
    )
    return [area, left, right]


def _rows(box: Box, place: grid.Box, scale: Scale, theme: Theme) -> list[str]:
    """The parameters of a neuron, each with its number and the product that is its gradient."""
    parts = []
    _, sums = row_columns(box.rows)
    for index, row in enumerate(box.rows):
        top = place.top + HEADER + BAND + index * ROW
        if box.node.has_gradient:
            colour = scale.fill(row.gradient)
            parts.append(svg.element("rect", x=place.right - 5, y=top, width=5, height=ROW, fill=colour))
        parts.append(svg.element("line", x1=place.left, y1=top, x2=place.right, y2=top, stroke=theme.line))
        middle = top + ROW / 2
        parts += _lines(place.left + PADDING, middle, [row.name, row.number], theme, "start")
        parts += _lines(place.right - PADDING - sums / 2, middle, row.arithmetic, theme, "middle")
    return parts


def _lines(x: float, middle: float, lines: Sequence[str], theme: Theme, anchor: str) -> list[str]:
    first = middle - LINE * (len(lines) - 1) / 2
    return [
        svg.text(x, first + LINE * number, line, size=SMALL, fill=theme.ink, anchor=anchor)
        for number, line in enumerate(lines)
    ]


def _edge(edge: Edge, route: Route, scale: Scale, theme: Theme) -> str:
    colour = theme.line if edge.contribution is None else scale.stroke(edge.contribution)
    start, *rest = route.points
    curve = f"M{start[0]:.2f},{start[1]:.2f} C" + " ".join(f"{x:.2f},{y:.2f}" for x, y in rest)
    thin = 1.0 if edge.contribution is None else 1.2 + 2.4 * scale.strength(edge.contribution)
    parts = [
        svg.title(edge.tooltip),
        svg.element("path", d=curve, fill="none", stroke=colour, stroke_width=thin),
        _arrow(route.points[-1], route.tip, colour),
    ]
    return svg.group(*parts, class_="edge")


def _label(edge: Edge, place: grid.Box, theme: Theme) -> str:
    plate = svg.element(
        "rect",
        x=place.left,
        y=place.top,
        width=place.width,
        height=place.height,
        rx=3,
        fill=theme.background,
        fill_opacity=0.85,
    )
    return svg.group(plate, *_lines(place.x, place.y, edge.label, theme, "middle"), class_="label")


def _arrow(base: grid.Point, tip: grid.Point, colour: str) -> str:
    """A head from the end of a curve to its tip."""
    dx, dy = tip[0] - base[0], tip[1] - base[1]
    corners = [tip, (base[0] - dy * 0.45, base[1] + dx * 0.45), (base[0] + dy * 0.45, base[1] - dx * 0.45)]
    return svg.element("polygon", points=" ".join(f"{x:.2f},{y:.2f}" for x, y in corners), fill=colour)


def frames_of(model: Model, layout: Layout) -> dict[int, grid.Box]:
    """A frame around each layer, but none that would take in a box of another layer."""
    members: dict[int, list[grid.Box]] = {}
    for box in model.boxes:
        if box.group is not None:
            members.setdefault(box.group[0], []).append(layout.boxes[box.key])
    frames = {layer: grid.around(boxes, 10.0, 26.0) for layer, boxes in sorted(members.items())}
    return {
        layer: frame
        for layer, frame in frames.items()
        if not any(
            frame.overlap(layout.boxes[box.key])
            for box in model.boxes
            if box.group is None or box.group[0] != layer
        )
    }


def _frame(layer: int, place: grid.Box, theme: Theme) -> str:
    frame = svg.element(
        "rect",
        x=place.left,
        y=place.top,
        width=place.width,
        height=place.height,
        rx=10,
        fill="none",
        stroke=theme.line,
        stroke_dasharray="2 3",
    )
    return frame + svg.text(place.x, place.top + 11, f"layer {layer}", size=11, fill=theme.muted)


def _legend(model: Model, scale: Scale, y: float, theme: Theme) -> tuple[list[str], float]:
    if model.reached:
        what = f"grad = ∂{model.root_name}/∂(node)"
        first, at = colour_key(0, y, what, theme, end=shown(scale.maximum), symlog=scale.symlog)
        words, taken = words_key(at + 24, y, "on edges: upstream × local derivative = contribution", theme)
        return [first, words], at + 24 + taken
    words, taken = words_key(
        0, y, "no backward pass yet: grad is not known. On edges: local derivatives", theme
    )
    return [words], taken
