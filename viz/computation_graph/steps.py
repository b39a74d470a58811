"""Finds a recurrence: a cell whose parameters are the same in every step, each step a column of its own.

The parameters have no box among the cells, but a rail below them, with the contribution of each step.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from viz.computation_graph.formulas import in_lines
from viz.computation_graph.model import Box, Edge, Model

_LEAST = 3  # steps
MOST_RAILS = 12


def in_steps(model: Model, most: int, input_gradients: bool = False) -> Model | None:
    """The model with a column for each step and its shared parameters on rails; None if it is no recurrence.

    Other leaves are inputs, whose gradients are drawn only if asked for. A formula has lines
    of its own, so that columns are narrow. Of more than `most` boxes the first steps are one.

    >>> in_steps(Model("C", [], [], reached=False), 40) is None
    True
    """
    uses = _uses(model)
    lengths = Counter(len(heads) for heads in uses.values() if len(heads) >= _LEAST)
    if not lengths:
        return None
    length = max(lengths, key=lambda count: (lengths[count], count))
    shared = {key: heads for key, heads in uses.items() if len(heads) == length}
    steps = _steps(model, shared)
    if steps is None or not _goes_on(model, steps, length) or not _are_alike(model, shared):
        return None
    inputs = {edge.tail for edge in model.edges} - {edge.head for edge in model.edges} - set(shared)
    model = replace(model, boxes=[_narrow(box) for box in model.boxes])
    rails = min(len(shared), MOST_RAILS)
    if len(model.boxes) - len(shared) + rails > most:
        first = _first_drawn(steps, most // 2)
        model = _from_step(model, first, steps, shared)
        steps = {box.key: max(steps[box.key] - first + 1, 0) for box in model.boxes if box.key in steps}
        if len(model.boxes) - len(shared) + rails > most:
            return None
    if not input_gradients:
        model = _without_gradients(model, inputs)
    return _with_rails(model, steps, shared)


def _without_gradients(model: Model, keys: Collection[str]) -> Model:
    """The model in which these boxes have no gradient, and get no contributions."""
    return replace(
        model,
        boxes=[replace(box, gradient=None) if box.key in keys else box for box in model.boxes],
        edges=[replace(e, contribution=None, is_quiet=True) if e.tail in keys else e for e in model.edges],
    )


def _with_rails(model: Model, steps: dict[str, int], shared: Collection[str]) -> Model:
    """A column for each step, and a rail for each of the shared parameters of the largest gradients."""
    sizes = {box.key: abs(box.gradient.number) for box in model.boxes if box.gradient is not None}
    titles = {box.key: box.title for box in model.boxes}
    rail = sorted(sorted(shared, key=lambda key: -sizes[key])[:MOST_RAILS], key=titles.__getitem__)
    hidden = set(shared) - set(rail)
    how = f"{model.how}; a column a step, shared parameters below"
    if hidden:
        how += f", the {len(rail)} with the largest gradients of {len(shared)}"
    return replace(
        model,
        boxes=[box for box in model.boxes if box.key not in hidden],
        edges=[edge for edge in model.edges if edge.tail not in hidden],
        ranks=steps,
        rail=rail,
        drawn=model.drawn - len(hidden),
        how=how,
    )


def _first_drawn(steps: dict[str, int], most: int) -> int:
    """The first step, from 0, with boxes of its own: of the last as many as have room, at least two."""
    sizes = Counter(steps.values())
    first = max(sizes) - 1
    room = most - sizes[first] - sizes[first + 1]
    while first > 1 and sizes[first - 1] <= room:
        first -= 1
        room -= sizes[first]
    return first


def _from_step(model: Model, first: int, steps: dict[str, int], shared: Collection[str]) -> Model:
    """The model from a step on, where the steps before are a box, which adds for all of them."""
    early = {key for key, step in steps.items() if step < first}
    taken = {edge.tail for edge in model.edges if edge.tail in early and edge.head not in early}
    words, source = f"steps 1 to {first}", next(box.key for box in model.boxes if box.key in taken)
    edges = [edge for edge in model.edges if edge.head not in early]
    for key in shared:
        sums = [edge.contribution for edge in model.edges if edge.tail == key and edge.head in early]
        total = None if None in sums else math.fsum(filter(None, sums))
        edges.append(Edge(key, source, None, None, total, len(sums), source=words))
    boxes = [
        replace(box, lines=[(words, "")]) if box.key in taken else box
        for box in model.boxes
        if box.key in taken or box.key not in early
    ]
    return replace(model, boxes=boxes, edges=edges, how=f"{model.how}, {words} as one")


def _uses(model: Model) -> dict[str, list[str]]:
    """The boxes that use each labelled leaf, in topological order."""
    results = {edge.head for edge in model.edges}
    leaves = {box.key for box in model.boxes if box.key not in results and box.title not in ("", "leaf")}
    order = {box.key: number for number, box in enumerate(model.boxes)}
    uses: dict[str, set[str]] = {}
    for edge in model.edges:
        if edge.tail in leaves:
            uses.setdefault(edge.tail, set()).add(edge.head)
    return {leaf: sorted(heads, key=order.__getitem__) for leaf, heads in uses.items()}


def _steps(model: Model, shared: dict[str, list[str]]) -> dict[str, int] | None:
    """The step of every box: where it uses shared parameters, or after its operands, or at its first use."""
    steps: dict[str, int] = {}
    for heads in shared.values():
        for step, head in enumerate(heads):
            if steps.setdefault(head, step) != step:
                return None
    fixed = dict(steps)
    edges_to: dict[str, list[Edge]] = {}
    for edge in model.edges:
        edges_to.setdefault(edge.head, []).append(edge)
    for box in model.boxes:  # operands before results
        before = [steps[edge.tail] for edge in edges_to.get(box.key, ()) if edge.tail in steps]
        if before and box.key not in shared:
            steps[box.key] = max(fixed.get(box.key, 0), *before)
            if steps[box.key] != fixed.get(box.key, steps[box.key]):
                return None
    placed = {*steps, *shared}
    for edge in reversed(model.edges):  # what is computed from other inputs alone
        if edge.tail not in placed:
            steps[edge.tail] = min(steps.get(edge.tail, steps[edge.head]), steps[edge.head])
    return steps


def _goes_on(model: Model, steps: dict[str, int], length: int) -> bool:
    """Whether every step is computed from the one before."""
    found = {(steps.get(edge.tail), steps[edge.head]) for edge in model.edges}
    return all((step, step + 1) in found for step in range(length - 1))


def _are_alike(model: Model, shared: dict[str, list[str]]) -> bool:
    """Whether the boxes that use a parameter are computed in one way, whatever the names in it."""
    ways = {box.key: re.sub(r"[\w.…()⁽⁾]+", "·", _formula(box)) for box in model.boxes}
    return all(len({ways[head] for head in heads}) == 1 for heads in shared.values())


def _narrow(box: Box) -> Box:
    return replace(box, title=box.title.partition(" = ")[0], lines=in_lines(_formula(box), 18))


def _formula(box: Box) -> str:
    return box.title.partition(" = ")[2] or " ".join(line for line, _ in box.lines)
