"""Where the operations of a recurrence are, on the page: a column a step, shared parameters on rails.

x is in px of a page whose type is 14 px, and counts from the left edge of a column, for an edge of that of
its result; y counts rows, one an operation. The page shows as many columns, and as many rows, as it has room
for.
"""

from __future__ import annotations

from typing import Any

from minigrad import Value, topological_order

LEAST = 3  # steps
MOST_NODES = 2_000
PITCH = 276.0  # of the columns
LEAF, OPERATION, HALF = 40.0, 168.0, 39.0  # the middles of an input and an operation, half of a node


def recurrence_of(root: Value) -> dict[str, Any] | None:
    """Columns and rails, as numbers of nodes in topological order; None if the graph is no recurrence.

    >>> w, h = Value(0.5, "w"), Value(1.0, "h")
    >>> for _ in range(3):
    ...     h = (h * w).tanh()
    >>> recurrence_of(h)["rails"]
    [[0, [[2, 1, 0], [4, 1, 1], [6, 1, 2]]]]
    """
    order = topological_order(root)
    if len(order) > MOST_NODES:
        return None
    uses: dict[Value, list[Value]] = {}
    for node in order:
        for operand in dict.fromkeys(node.operands):
            uses.setdefault(operand, []).append(node)
    leaves = [node for node in order if node.label and not node.operands]
    chains = [_steps(order, uses, uses[leaf]) for leaf in leaves if len(uses.get(leaf, ())) >= LEAST]
    found = max(filter(None, chains), key=lambda steps: len(_rails(leaves, uses, steps)), default=None)
    if found is None:
        return None
    number = {node: k for k, node in enumerate(order)}
    count = 1 + max(found.values())
    rails = [number[leaf] for leaf in _rails(leaves, uses, found)]
    steps = {number[node]: step for node, step in found.items()}
    places, tallest = _places(order, number, steps, rails)
    edges: list[list[Any]] = []
    added: dict[int, list[list[int]]] = {rail: [] for rail in rails}
    taken: set[tuple[int, float]] = set()  # where numbers stand within a column
    for k, node in enumerate(order):
        for place, operand in enumerate(node.operands):
            tail = number[operand]
            if tail in added:
                added[tail].append([k, place, steps[k]])
            elif tail in places:
                back = PITCH * (steps[k] - steps[tail])
                way, (x, y) = _way(places[tail], places[k], back)
                if not back and places[tail][0] == places[k][0]:
                    y = _free(places[tail][1], places[k][1], {at for step, at in taken if step == steps[k]})
                    taken.add((steps[k], y))
                edges.append([k, place, way, [x, y], steps[k], steps[tail]])
    return {
        "columns": {"count": count, "pitch": PITCH, "leaf": LEAF, "rows": tallest},
        "nodes": [[k, *place, steps[k]] for k, place in places.items()],
        "edges": edges,
        "rails": [[rail, added[rail]] for rail in rails],
    }


def _steps(order: list[Value], uses: dict[Value, list[Value]], chain: list[Value]) -> dict[Value, int] | None:
    """The step of each node, by how many uses of a parameter come after it; None if these are no chain."""
    if len({use.op for use in chain}) > 1:
        return None
    after: dict[Value, int] = {}
    for node in reversed(order):
        after[node] = max(((use in chain) + after[use] for use in uses.get(node, ())), default=0)
    if sorted(after[use] for use in chain) != list(range(len(chain))):
        return None
    return {node: max(0, len(chain) - 1 - count) for node, count in after.items()}


def _rails(leaves: list[Value], uses: dict[Value, list[Value]], steps: dict[Value, int]) -> list[Value]:
    """The parameters that are used once in every step."""
    each = list(range(1 + max(steps.values())))
    return [leaf for leaf in leaves if sorted(steps[use] for use in uses.get(leaf, ())) == each]


def _places(
    order: list[Value], number: dict[Value, int], steps: dict[int, int], rails: list[int]
) -> tuple[dict[int, tuple[float, float]], int]:
    """The middle of each node in its column, an input beside its first use; and the rows of the tallest."""
    rows: dict[int, int] = {}
    places: dict[int, tuple[float, float]] = {}
    for k, node in enumerate(order):
        if not node.operands:
            continue
        row = rows[steps[k]] = rows.get(steps[k], -1) + 1
        places[k] = (OPERATION, row + 0.5)
        for operand in node.operands:
            if not operand.operands and number[operand] not in rails:
                places.setdefault(number[operand], (LEAF, row + 0.5))
    return places, 1 + max(rows.values())


def _way(tail: tuple[float, float], head: tuple[float, float], back: float) -> tuple[list[Any], list[float]]:
    """A curve between the middles of two nodes, one of them `back` behind; and where its number stands.

    Within a column it runs along its right side, past what stands between.
    """
    (x1, y1), (x2, y2) = tail, head
    if back or x1 != x2:
        start, end = (x1 - back + HALF, y1), (x2 - HALF, y2)
        middle = (start[0] + end[0]) / 2
        return [start, (middle, y1), (middle, y2), end], [middle, (y1 + y2) / 2 - 0.12]
    bulge = x1 + HALF + 16 + 14 * min(y2 - y1, 2)
    return [(x1 + HALF, y1), (bulge, y1), (bulge, y2), (x2 + HALF, y2)], [bulge + 8, (y1 + y2) / 2]


def _free(y1: float, y2: float, taken: set[float]) -> float:
    """Where between two rows, and as near to their middle as can be, no other number stands."""
    quarters = [y1 + k / 4 for k in range(1, round(4 * (y2 - y1)))]
    free = [y for y in quarters if y not in taken]
    return min(free, key=lambda y: abs(2 * y - y1 - y2), default=(y1 + y2) / 2)
