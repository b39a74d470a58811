"""Runs Graphviz, and reads from its output where boxes, labels and edges are."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from viz.drawing.grid import Box, Point
from viz.drawing.rendering import run_graphviz


@dataclass(frozen=True)
class Route:
    """The route of an edge: the points of a Bézier curve, the tip of its arrow, the middle of its label."""

    points: tuple[Point, ...]
    tip: Point
    label: Point | None


@dataclass(frozen=True)
class Layout:
    """Places in px, x to the right, y down. Routes are in the order of the edges in the DOT text."""

    width: float
    height: float
    boxes: dict[str, Box]
    routes: list[Route]


@lru_cache(maxsize=8)  # for a picture that is drawn in another theme
def layout_of(dot: str, renderer: str | None = None) -> Layout:
    """The layout that Graphviz computes. Raises RuntimeError if there is no Graphviz, or it fails.

    >>> len(layout_of('digraph { a -> b [id="e0"] }').boxes)
    2
    """
    answer = json.loads(run_graphviz(dot, "json", renderer))
    _, _, right, top = _numbers(answer["bb"])
    boxes = {}
    for thing in answer.get("objects", []):
        if "pos" not in thing:
            continue  # a subgraph, such as a rank
        x, y = _numbers(thing["pos"])
        boxes[thing["name"]] = Box(x, top - y, 72 * float(thing["width"]), 72 * float(thing["height"]))
    edges = {int(edge["id"][1:]): edge for edge in answer.get("edges", []) if "id" in edge}
    routes = [_route(edges[number], top) for number in range(len(edges))]
    return Layout(right, top, boxes, routes)


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


def settled_labels(layout: Layout, sizes: list[tuple[float, float]]) -> list[Box | None]:
    """The labels, moved close to their edges, as Graphviz puts some too far away to see where they belong.

    >>> route = Route(((0.0, 0.0), (10.0, 0.0), (20.0, 0.0), (30.0, 0.0)), (35.0, 0.0), (15.0, -20.0))
    >>> [label] = settled_labels(Layout(40.0, 20.0, {}, [route]), [(10.0, 8.0)])
    >>> label.y
    -4.0
    """
    places = [
        None if route.label is None else Box(*route.label, *size)
        for route, size in zip(layout.routes, sizes, strict=True)
    ]
    boxes = list(layout.boxes.values())
    for index, (route, place) in enumerate(zip(layout.routes, places, strict=True)):
        if place is not None:
            others = [box for box in places if box is not None and box is not place]
            places[index] = _settled(place, route, [*boxes, *others])
    return places


def _settled(place: Box, route: Route, obstacles: Sequence[Box]) -> Box:
    """The label, as near to its edge as possible without covering it, a box or another label."""
    curve = curve_points(route.points)
    x, y = min(curve, key=lambda point: math.dist(point, (place.x, place.y)))
    across, down = place.width + 2 * abs(x - place.x), place.height + 2 * abs(y - place.y)
    way = replace(place, width=across, height=down)  # what it can come to cover lies within
    obstacles = [other for other in obstacles if way.touches(other)]
    nearest = place
    for step in range(1, 20):
        share = step / 20
        moved = replace(place, x=place.x + (x - place.x) * share, y=place.y + (y - place.y) * share)
        covers = any(moved.left < px < moved.right and moved.top < py < moved.bottom for px, py in curve)
        if covers or any(moved.touches(other) for other in obstacles):
            break
        nearest = moved
    return nearest


def curve_points(points: tuple[Point, ...]) -> list[Point]:
    """Points along a chain of cubic Bézier curves.

    >>> curve_points(((0.0, 0.0), (10.0, 0.0), (20.0, 0.0), (30.0, 0.0)))[6]
    (15.0, 0.0)
    """
    sampled = []
    for start in range(0, len(points) - 3, 3):
        p0, p1, p2, p3 = points[start : start + 4]
        for step in range(13):
            t = step / 12
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            corners = tuple(zip(weights, (p0, p1, p2, p3), strict=True))
            sampled.append((sum(w * p[0] for w, p in corners), sum(w * p[1] for w, p in corners)))
    return sampled


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]
