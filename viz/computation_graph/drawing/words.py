"""The words of a graph's picture: its legend, the names of its frames, and its text alternative."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import replace

from viz.computation_graph.drawing.edges import Line, ribbon
from viz.computation_graph.drawing.scales import WIDEST, Scales
from viz.computation_graph.model import Edge, Model
from viz.drawing import grid, svg
from viz.drawing.legend import Key, Legend, colour_key, hatch_key, words_key
from viz.drawing.looks import one
from viz.drawing.palette import Theme


def frames_of(line: Line, vertical: bool) -> dict[str, grid.Box]:
    """A frame around each group, unless it would contain a box of another."""
    members: dict[str, list[grid.Box]] = {}
    for key, card in line.cards.items():
        if card.box.frame is not None and not card.box.is_chip:
            members.setdefault(card.box.frame, []).append(line.at(key))
    whole = grid.Box(
        line.layout.width / 2, line.top + line.layout.height / 2, line.layout.width, line.layout.height
    )
    frames = {}
    for name, places in members.items():
        tight = grid.around(places, 8.0)
        if vertical:
            found = replace(tight, x=whole.x, width=whole.width + 16)
        else:
            found = replace(tight, y=whole.y - 6, height=whole.height + 28)
        others = (line.at(key) for key, card in line.cards.items() if card.box.frame != name)
        if not any(map(found.touches, others)):
            frames[name] = found
    return frames


def frame(name: str, place: grid.Box, scales: Scales, theme: Theme, vertical: bool) -> str:
    """A ground without an outline, with its name where no edge goes: above, or to the left."""
    scale = scales.scales.get(("delta", name))
    words = f"{name}, M = {one(scale.maximum, 4)}" if scale is not None and scales.kind == "layer" else name
    ground = svg.rectangle(place, rx=8, fill=theme.frame)
    if vertical:
        lines = words.split(", ")
        texts = [
            svg.text(place.left - 6, place.top + 12 + 13 * i, t, size=10.0, fill=theme.muted, anchor="end")
            for i, t in enumerate(lines)
        ]
        return svg.group(ground, *texts, class_="frame")
    return svg.group(
        ground, svg.text(place.x, place.top + 11, words, size=10.0, fill=theme.muted), class_="frame"
    )


def description(model: Model) -> str:
    """The text alternative: what is drawn, and every gradient.

    >>> description(Model("C", [], [], reached=False))
    'No backward pass from C yet, so no gradients.'
    """
    if not model.reached:
        return f"{_not_reached(model)}."
    gradients = (f"{box.title} {box.gradient.text()}" for box in model.boxes if box.gradient is not None)
    return f"{model.summary}. Gradients: " + ", ".join(gradients)


def _not_reached(model: Model) -> str:
    """That the root has been through no backward pass; parts of the graph may have been through their own."""
    none_yet = f"No backward pass from {model.root_name} yet"
    others = any(box.gradient is not None and box.gradient.reached for box in model.boxes)
    return none_yet + (": gradients are of another pass" if others else ", so no gradients")


def legend(
    model: Model,
    scales: Scales,
    framed: Collection[str],
    lines: int,
    start: grid.Point,
    limit: float,
    theme: Theme,
) -> Legend:
    """The keys, in as many rows of `limit` px as they take."""
    legend = Legend(*start, start[0] + limit, theme, gap=26.0, pitch=18.0)
    words = [model.summary] if model.how or model.drawn < model.total else []
    if lines > 1:
        words.append(f"broken into {lines} lines; dashed: from a line above, a stub: from one below")
    if any(strip.each > 1 for box in model.boxes for strip in box.strips):
        words.append("of a large matrix a cell is the largest of several numbers")
    if not model.reached:
        words.insert(0, _not_reached(model))
    letter, what = _colours(model, scales)
    maxima = [scale.maximum for scale in scales.by_frame("delta").values()]
    if any(maxima):
        end = one(maxima[0], 4) if len(maxima) == 1 else "M"
        legend.add(colour_key, what, end=end, symlog=scales.kind == "symlog")
    if any(box.strips for box in model.boxes):
        legend.add(colour_key, "cells, M beside each matrix")
    sent = [edge for edge in model.edges if edge.contribution is not None]
    if sent:
        legend.add(_ribbon_key, _scale_of_ribbons(sent, scales))
        words = [*_meaning_of_m(letter, scales, framed), *words]
    if any(box.gradient is not None and not math.isfinite(box.gradient.number) for box in model.boxes):
        legend.add(hatch_key)
    for sentence in words:
        legend.add(words_key, sentence)
    return legend


def _ribbon_key(x: float, y: float, what: str, theme: Theme) -> Key:
    edge = Edge("", "", None, None, 1.0, has_sign=False)
    sample = ribbon([(x, y), (x + 26, y)], WIDEST / 2, edge, theme)
    words, across = words_key(x + 32, y, what, theme)
    return svg.group(sample, words, class_="legend"), 32 + across


def _scale_of_ribbons(sent: Iterable[Edge], scales: Scales) -> str:
    """What a ribbon is as wide as: its contribution, which is drawn to one scale if there is but one."""
    if not any(edge.has_sign for edge in sent):
        return "backward: as wide as its share of what the box gets"
    parts = [scale.maximum for scale in scales.by_frame("part").values()]
    size = f": this is {one(parts[0] / 2, 4)}" if len(parts) == 1 else ""
    return f"backward: upstream × local derivative, to scale{size}"


def _colours(model: Model, scales: Scales) -> tuple[str, str]:
    """The letter of the gradient that has the colours, and what it is."""
    n, gradients = model.letters, [box.gradient for box in model.boxes if box.gradient is not None]
    if any(gradient.name == "grad" for gradient in gradients if gradient.kind == "delta"):
        letter, node = "grad", "(node)"
    else:
        letter, node = n.delta, n.z
    steps = ", log steps" if scales.kind == "symlog" else ""
    return letter, f"{letter} = ∂{model.root_name}/∂{node}{steps}"


def _meaning_of_m(letter: str, scales: Scales, framed: Collection[str]) -> list[str]:
    """What M is; its number outside of frames, and of a frame that is not drawn as others are in it."""
    found = {frame: one(scale.maximum, 4) for frame, scale in scales.by_frame("delta").items()}
    if len(found) < 2:
        return []
    hidden = [f"M = {most} in {frame}" for frame, most in found.items() if frame and frame not in framed]
    outside = [f"M = {found[None]} outside"] if None in found else []
    what = f"M: the largest |{letter}|" + (" in its frame" if framed else "")
    return ["; ".join([what, *hidden, *outside])]
