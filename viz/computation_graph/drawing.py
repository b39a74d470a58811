"""Draws a computation graph as SVG: boxes, edges and frames, at the places that Graphviz found."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial

from minigrad.symbols.numerals import compact
from viz.computation_graph.layout import Layout, Route, curve_points, settled_labels
from viz.computation_graph.model import Box, Edge, Model
from viz.computation_graph.scales import Scales, scales_of
from viz.computation_graph.sizes import (
    BAND,
    HEADER,
    LINE,
    PADDING,
    ROW,
    SIZE,
    SMALL,
    band_top,
    label_size,
    row_columns,
    row_top,
)
from viz.drawing import grid, svg
from viz.drawing.legend import colour_key, hatch_key, in_a_row, words_key
from viz.drawing.palette import Scale, Theme, text_on
from viz.drawing.typography import width

_MARGIN = 36.0
_LEGEND = 56.0


def draw(model: Model, layout: Layout, theme: Theme, title: str, kind: str = "layer") -> str:
    """The picture as an SVG document.

    >>> from viz.drawing.palette import LIGHT
    >>> nothing = Model("C", [], [], reached=False)
    >>> draw(nothing, Layout(10.0, 10.0, {}, []), LIGHT, "Nothing").startswith("<svg")
    True
    """
    scales = scales_of(model, kind, theme.zero)
    places = settled_labels(layout, [label_size(edge.label) for edge in model.edges])
    edges = [_edge(e, route, scales, theme) for e, route in zip(model.edges, layout.routes, strict=True)]
    framed = _frames(model, layout)
    labels = [
        _label(e, place, theme, framed.values())
        for e, place in zip(model.edges, places, strict=True)
        if place is not None
    ]
    boxes = [_box(box, layout.boxes[box.key], scales.of_box(box.key), theme) for box in model.boxes]
    frames = [_frame(place, theme) for place in framed.values()]
    taken = [*layout.boxes.values(), *(place for place in places if place is not None)]
    if framed:
        taken += [grid.Box(x, y, 6, 6) for route in layout.routes for x, y in curve_points(route.points)]
    titles = [_title(name, place, scales, theme, taken) for name, place in framed.items()]
    legend, legend_width = _legend(model, scales, framed, layout.height + 38, theme)
    inside = [*frames, *edges, *boxes, *titles, *labels, *legend]
    return svg.document(
        max(layout.width, legend_width) + 2 * _MARGIN,
        layout.height + _LEGEND + 2 * _MARGIN,
        [svg.group(*inside, transform=f"translate({_MARGIN:.0f},{_MARGIN:.0f})")],
        title=title,
        description=_description(model),
        theme=theme,
    )


def _description(model: Model) -> str:
    if not model.reached:
        return f"{_not_reached(model)}."
    gradients = (f"{box.title} {box.band.text}" for box in model.boxes if box.band is not None)
    return f"{model.note or 'All nodes'}. Gradients: " + ", ".join(gradients)


def _not_reached(model: Model) -> str:
    """That the root has been through no backward pass; parts of the graph may have been through their own."""
    none_yet = f"No backward pass from {model.root_name} yet"
    others = any(box.band is not None and box.band.reached for box in model.boxes)
    return none_yet + (": gradients are of another pass" if others else ", so no gradients")


def _box(box: Box, place: grid.Box, scale: Scale, theme: Theme) -> str:
    if not box.title:
        constant = svg.text(place.x, place.y, box.number, size=SIZE, fill=theme.muted)
        return svg.group(svg.title(box.tooltip), constant, class_="constant")
    left, right, y = place.left + PADDING, place.right - PADDING, place.top + HEADER / 2
    parts = [
        svg.title(box.tooltip),
        svg.rectangle(place, fill=theme.surface, stroke=theme.line),
        svg.text(left, y, box.title, size=SIZE, fill=theme.ink, anchor="start", bold=True),
        svg.text(right, y, box.number, size=SIZE, fill=theme.ink, anchor="end"),
    ]
    for index, (name, number) in enumerate(box.lines):
        y = place.top + HEADER + LINE * (index + 0.5) - 2
        parts.append(svg.text(left, y, name, size=SMALL, fill=theme.ink, anchor="start"))
        parts.append(svg.text(right, y, number, size=SMALL, fill=theme.ink, anchor="end"))
    return svg.group(
        *parts, *_band(box, place, scale, theme), *_rows(box, place, scale, theme), class_="node"
    )


def _band(box: Box, place: grid.Box, scale: Scale, theme: Theme) -> list[str]:
    if box.band is None:
        return []
    coloured = box.band.reached and not box.band.norm
    fill = scale.fill(box.band.gradient) if coloured else theme.background
    ink = text_on(fill, theme) if coloured else theme.ink if box.band.reached else theme.muted
    y = place.top + band_top(box) + BAND / 2
    area = grid.Box(place.x, y, place.width, BAND)
    left, right = place.left + PADDING, place.right - PADDING
    return [
        svg.rectangle(area, fill=fill, stroke=theme.line, class_="gradient"),
        svg.text(left, y, box.band.name, size=SIZE, fill=ink, anchor="start", bold=True),
        svg.text(right, y, box.band.text, size=SIZE, fill=ink, anchor="end", bold=True),
    ]


def _rows(box: Box, place: grid.Box, scale: Scale, theme: Theme) -> list[str]:
    parts = []
    _, sums = row_columns(box.rows)
    for index, row in enumerate(box.rows):
        top = place.top + row_top(box, index)
        if box.band is not None and box.band.reached and row.gradient is not None:
            swatch = grid.Box(place.right - 2.5, top + ROW / 2, 5, ROW)
            parts.append(svg.rectangle(swatch, fill=scale.fill(row.gradient)))
        parts.append(svg.line((place.left, top), (place.right, top), stroke=theme.line))
        middle = top + ROW / 2
        name = [row.name, row.number] if row.number else [row.name]
        parts += _lines(place.left + PADDING, middle, name, theme, "start")
        parts += _lines(place.right - PADDING - sums / 2, middle, row.arithmetic, theme, "middle")
    return parts


def _lines(x: float, middle: float, lines: Sequence[str], theme: Theme, anchor: str) -> list[str]:
    first = middle - LINE * (len(lines) - 1) / 2
    return [
        svg.text(x, first + LINE * number, line, size=SMALL, fill=theme.ink, anchor=anchor)
        for number, line in enumerate(lines)
    ]


def _edge(edge: Edge, route: Route, scales: Scales, theme: Theme) -> str:
    colour, thickness = theme.line, 1.0
    if edge.contribution is not None:
        scale = scales.of_edge(edge)
        colour = scale.stroke(edge.contribution, theme.faint)
        thinnest = 1.6 if edge.label else 0.7  # many edges, without labels, would cover one another
        thickness = thinnest + 2.4 * scale.strength(edge.contribution)
    start, *rest = route.points
    curve = f"M{start[0]:.2f},{start[1]:.2f} C" + " ".join(f"{x:.2f},{y:.2f}" for x, y in rest)
    return svg.group(
        svg.title(edge.tooltip),
        svg.element("path", d=curve, fill="none", stroke=colour, stroke_width=thickness),
        svg.arrow(route.points[-1], route.tip, fill=colour),
        class_="edge",
    )


def _label(edge: Edge, place: grid.Box, theme: Theme, frames: Iterable[grid.Box]) -> str:
    inside = any(frame.overlap(place) > place.width * place.height / 2 for frame in frames)
    ground = theme.frame if inside else theme.background
    plate = svg.rectangle(replace(place, height=place.height - 5), rx=3, fill=ground, fill_opacity=0.85)
    return svg.group(plate, *_lines(place.x, place.y, edge.label, theme, "middle"), class_="label")


def _frames(model: Model, layout: Layout) -> dict[str, grid.Box]:
    """A frame around each group, unless it would contain a box of another."""
    members: dict[str, list[grid.Box]] = {}
    for box in model.boxes:
        if box.frame is not None:
            members.setdefault(box.frame, []).append(layout.boxes[box.key])
    frames = {name: grid.around(boxes, 10.0, 26.0) for name, boxes in members.items()}
    return {
        name: frame
        for name, frame in frames.items()
        if not any(frame.touches(layout.boxes[box.key]) for box in model.boxes if box.frame != name)
    }


def _frame(place: grid.Box, theme: Theme) -> str:
    """A background without an outline, so that edges along its side stay visible."""
    return svg.rectangle(place, rx=10, fill=theme.frame)


def _title(name: str, place: grid.Box, scales: Scales, theme: Theme, taken: Sequence[grid.Box]) -> str:
    """The name of a frame and its M, at the top or bottom of the frame, where it covers least."""
    scale = scales.by_frame.get(name)
    words = f"{name}, M = {compact(scale.maximum)}" if scale is not None else name
    half = width(words, SIZE) / 2 + 8
    taken = [other for other in taken if place.touches(other)]
    spots = [
        grid.Box(x, y, 2 * half, 14)
        for y in (place.top + 13, place.bottom - 9)
        for x in (place.x, place.left + half, place.right - half)
    ]
    spot = min(spots, key=lambda spot: sum(spot.overlap(other) for other in taken))
    return svg.text(spot.x, spot.y, words, size=SIZE, fill=theme.muted, halo=theme.frame)


def _legend(
    model: Model, scales: Scales, framed: Collection[str], y: float, theme: Theme
) -> tuple[list[str], float]:
    words = [model.note] if model.note else []
    keys = []
    if not model.reached:
        words.insert(0, f"{_not_reached(model)}; on edges: local derivatives")
    else:
        what, end = _colours(model, scales)
        keys.append(lambda at: colour_key(at, y, what, theme, end=end, symlog=scales.kind == "symlog"))
        if any(edge.label and edge.contribution is not None for edge in model.edges):
            words.insert(0, "on edges: upstream × local derivative = contribution")
        words = _meaning_of_m(scales, framed) + words
    if any(box.band is not None and not math.isfinite(box.band.gradient) for box in model.boxes):
        keys.append(lambda at: hatch_key(at, y, theme))
    keys += [partial(words_key, y=y, what=sentence, theme=theme) for sentence in words]
    return in_a_row(0.0, keys)


def _colours(model: Model, scales: Scales) -> tuple[str, str]:
    what = f"grad = ∂{model.root_name}/∂(node)" + (", log steps" if scales.kind == "symlog" else "")
    alone = scales.by_frame.get(None) if len(scales.by_frame) == 1 else None
    return what, "M" if alone is None else compact(alone.maximum)


def _meaning_of_m(scales: Scales, framed: Collection[str]) -> list[str]:
    """What M is; of a layer whose frame is not drawn, as it would contain boxes of others, the number."""
    if len(scales.by_frame) == 1 and None in scales.by_frame:
        return []
    named = {name: compact(scale.maximum) for name, scale in scales.by_frame.items() if name is not None}
    hidden = [f"M = {maximum} in {name}" for name, maximum in named.items() if name not in framed]
    meaning = ["M: the largest |grad|" + (" in its frame" if framed else "")]
    rest = scales.by_frame.get(None)
    outside = " the frames" if framed and not hidden else ""
    others = [] if rest is None else [f"outside{outside}, M = {compact(rest.maximum)}"]
    return ["; ".join([*meaning, *hidden, *others])]
