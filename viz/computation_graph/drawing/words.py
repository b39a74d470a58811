"""The words of a graph's picture: its legend, the names of its frames, and its text alternative."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from viz.computation_graph.drawing.edges import Line, ribbon
from viz.computation_graph.drawing.scales import WIDEST, Scales
from viz.computation_graph.model import Edge, Model
from viz.drawing import grid, svg
from viz.drawing.legend import Key, colour_key, hatch_key, words_key
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
            frames[name] = replace(tight, x=whole.x, width=whole.width + 16)
        else:
            frames[name] = replace(tight, y=whole.y - 6, height=whole.height + 28)
    others = {
        name: [line.at(key) for key, card in line.cards.items() if card.box.frame != name] for name in frames
    }
    return {
        name: frame
        for name, frame in frames.items()
        if not any(frame.touches(other) for other in others[name])
    }


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
    framed: Iterable[str],
    lines: int,
    start: grid.Point,
    limit: float,
    theme: Theme,
) -> tuple[list[str], float, float]:
    """The keys, in as many rows as they take, their width, and where they end below."""
    keys = []
    words = [model.summary] if model.how or model.drawn < model.total else []
    if lines > 1:
        words.append(f"broken into {lines} lines; dashed: from a line above, a stub: from one below")
    if any(strip.each > 1 for box in model.boxes for strip in box.strips):
        words.append("of a large matrix a cell is the largest of several numbers")
    if not model.reached:
        words.insert(0, _not_reached(model))
    if any(scale.maximum for (quantity, _), scale in scales.scales.items() if quantity == "delta"):
        what, end = _colours(model, scales)
        keys.append(partial(colour_key, what=what, theme=theme, end=end, symlog=scales.kind == "symlog"))
    if any(box.strips for box in model.boxes):
        keys.append(partial(colour_key, what="cells, M beside each matrix", theme=theme))
    parts = [scale.maximum for (quantity, _), scale in scales.scales.items() if quantity == "part"]
    if any(edge.contribution is not None for edge in model.edges):
        shares = not any(edge.has_sign for edge in model.edges if edge.contribution is not None)
        keys.append(
            partial(_ribbon_key, maximum=parts[0] if len(parts) == 1 else None, shares=shares, theme=theme)
        )
        words = [*_meaning_of_m(_colours(model, scales)[0].partition(" ")[0], scales, set(framed)), *words]
    if any(box.gradient is not None and not math.isfinite(box.gradient.number) for box in model.boxes):
        keys.append(partial(hatch_key, theme=theme))
    keys += [partial(words_key, what=sentence, theme=theme) for sentence in words]
    drawn_keys, (x, y), wide, high = [], start, 0.0, 18.0
    for key in keys:
        _, across = key(0.0, 0.0)
        if x > start[0] and x + across > start[0] + limit:
            x, y, high = start[0], y + high, 18.0
        high = max(high, 28.0 if key.func is colour_key else 18.0)
        drawn_keys.append(key(x, y)[0])
        wide = max(wide, x + across - start[0])
        x += across + 26
    return drawn_keys, wide, y + 24.0


def _ribbon_key(x: float, y: float, maximum: float | None, shares: bool, theme: Theme) -> Key:
    edge = Edge("", "", None, None, 1.0, has_sign=False)
    sample = ribbon([(x, y), (x + 26, y)], WIDEST / 2, edge, theme)
    what = "backward: upstream × local derivative, to scale"
    if shares:
        what = "backward: as wide as its share of what the box gets"
    elif maximum is not None:
        what += f": this is {one(maximum / 2, 4)}"
    words, across = words_key(x + 32, y, what, theme)
    return svg.group(sample, words, class_="legend"), 32 + across


def _colours(model: Model, scales: Scales) -> tuple[str, str]:
    found, n = [scale for (quantity, _), scale in scales.scales.items() if quantity == "delta"], model.letters
    kinds = {
        box.gradient.name for box in model.boxes if box.gradient is not None and box.gradient.kind == "delta"
    }
    what = (
        f"grad = ∂{model.root_name}/∂(node)" if "grad" in kinds else f"{n.delta} = ∂{model.root_name}/∂{n.z}"
    )
    what += ", log steps" if scales.kind == "symlog" else ""
    return what, one(found[0].maximum, 4) if len(found) == 1 else "M"


def _meaning_of_m(letter: str, scales: Scales, framed: set[str]) -> list[str]:
    """What M is; its number outside of frames, and of a frame that is not drawn as others are in it."""
    found = {
        frame: one(scale.maximum, 4)
        for (quantity, frame), scale in scales.scales.items()
        if quantity == "delta"
    }
    if len(found) < 2:
        return []
    hidden = [f"M = {most} in {frame}" for frame, most in found.items() if frame and frame not in framed]
    outside = [f"M = {found[None]} outside"] if None in found else []
    what = f"M: the largest |{letter}|" + (" in its frame" if framed else "")
    return ["; ".join([what, *hidden, *outside])]
