"""Where a Graphviz puts the boxes, the labels and the edges of a graph: its answer, read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from viz.grid import Box, Point
from viz.rendering import run_graphviz


@dataclass(frozen=True)
class Route:
    """The way of an edge: the points of a Bézier curve, the tip of its arrow, the middle of its label."""

    points: tuple[Point, ...]
    tip: Point
    label: Point | None


@dataclass(frozen=True)
class Layout:
    """Places in px, x to the right, y down. Routes come in the order of the DOT text's edges."""

    width: float
    height: float
    boxes: dict[str, Box]
    clusters: dict[str, Box]
    routes: list[Route]


def layout_of(dot: str, renderer: str | None = None) -> Layout:
    """The places that Graphviz finds. Raises RuntimeError where there is none, or it fails."""
    answer = json.loads(run_graphviz(dot, "json", renderer))
    _, _, right, top = _numbers(answer["bb"])
    boxes, clusters = {}, {}
    for thing in answer.get("objects", []):
        if "pos" in thing:
            x, y = _numbers(thing["pos"])
            boxes[thing["name"]] = Box(x, top - y, 72 * float(thing["width"]), 72 * float(thing["height"]))
        elif "bb" in thing and thing["name"].startswith("cluster"):
            x1, y1, x2, y2 = _numbers(thing["bb"])
            clusters[thing["name"]] = Box((x1 + x2) / 2, top - (y1 + y2) / 2, x2 - x1, y2 - y1)
    edges = sorted(answer.get("edges", []), key=lambda edge: edge["_gvid"])
    routes = [_route(edge, top) for edge in edges if edge.get("style") != "invis"]
    return Layout(right, top, boxes, clusters, routes)


def _route(edge: dict[str, Any], top: float) -> Route:
    tip: Point | None = None
    points = []
    for part in edge["pos"].split():
        is_tip = part.startswith("e,")
        x, y = _numbers(part.removeprefix("e,"))
        if is_tip:
            tip = (x, top - y)
        else:
            points.append((x, top - y))
    label = None
    if "lp" in edge:
        x, y = _numbers(edge["lp"])
        label = (x, top - y)
    return Route(tuple(points), tip or points[-1], label)


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]
