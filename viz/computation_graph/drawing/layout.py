"""Places the boxes of a graph in columns, operands left of results, with few crossings and short ways.

The manner of Sugiyama, Tagawa and Toda (1981, "Methods for visual understanding of hierarchical system
structures"): a column for each rank; the order within columns by the means of neighbours; then places as near
to the neighbours as the order allows.

Glossary
    along, across   the two directions: x and y, or y and x in a picture from top to bottom
    knot            where a long edge passes through a column
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import fsum

from viz.drawing.grid import Box, Point

Spot = str | tuple[int, int]  # a box, or the knot of an edge in a column
_KNOT = 12.0
SPACE = 14.0  # between the boxes of a column


@dataclass(frozen=True)
class Layout:
    """Boxes in px from (0, 0), and of each edge where it enters and leaves the columns between."""

    width: float
    height: float
    boxes: dict[str, Box]
    knots: list[list[Point]]


def ranks_of(keys: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The column of each box: after those of its operands; one without operands is just before its first use.

    `keys` have operands before results.

    >>> ranks_of(["x", "y", "z"], [("x", "y"), ("y", "z"), ("x", "z")])
    {'x': 0, 'y': 1, 'z': 2}
    """
    ranks = dict.fromkeys(keys, 0)
    after: dict[str, list[str]] = {key: [] for key in keys}
    for tail, head in edges:
        after[tail].append(head)
    for key in keys:
        for head in after[key]:
            ranks[head] = max(ranks[head], ranks[key] + 1)
    fed = {head for _, head in edges}
    for key in keys:
        if key not in fed and after[key]:
            ranks[key] = min(ranks[head] for head in after[key]) - 1
    return ranks


def layered(
    sizes: Mapping[str, tuple[float, float]],
    edges: Sequence[tuple[str, str]],
    ranks: Mapping[str, int] | None = None,
    *,
    places: Mapping[str, int] | None = None,
    gap: float = 40.0,
    length: float = 0.0,
    breadths: Sequence[float] = (),
    vertical: bool = False,
    space: float = SPACE,
) -> Layout:
    """The layout of boxes of these sizes (width, height).

    `places` tells the order of boxes that has to be kept in their columns, such as that of neurons; `gap` is
    the least space between columns in px, which is more where there is room in `length`, and `space` that
    between the boxes of one; `breadths` are those of edges, where they pass columns. An edge may also lead to
    a box of the same column.

    >>> placed = layered({"a": (20, 10), "b": (20, 10)}, [("a", "b")])
    >>> placed.boxes["a"], placed.boxes["b"].x
    (Box(x=10.0, y=5.0, width=20, height=10), 70.0)
    """
    ranks = ranks_of(list(sizes), edges) if ranks is None else ranks
    chains = [_chain(number, *edge, ranks) for number, edge in enumerate(edges)]
    columns: dict[int, list[Spot]] = {rank: [] for rank in sorted({ranks[key] for key in sizes})}
    for key in sizes:
        columns[ranks[key]].append(key)
    for chain in chains:
        for spot in chain[1:-1]:
            columns.setdefault(_rank(spot, ranks), []).append(spot)
    links = [
        link for chain in chains for link in pairwise(chain) if _rank(link[0], ranks) != _rank(link[1], ranks)
    ]
    ordered = [_sorted(column, places or {}) for _, column in sorted(columns.items())]
    ordered = _with_few_crossings(ordered, links, places or {})
    turned = {key: size[::-1] if vertical else size for key, size in sizes.items()}
    across = _across(ordered, links, _beside(chains, links, ranks), turned, breadths, space)
    along = _along(ordered, turned, gap, length)
    return _layout(sizes, chains, across, along, vertical)


def _chain(number: int, tail: str, head: str, ranks: Mapping[str, int]) -> list[Spot]:
    return [tail, *((number, rank) for rank in range(ranks[tail] + 1, ranks[head])), head]


def _rank(spot: Spot, ranks: Mapping[str, int]) -> int:
    return ranks[spot] if isinstance(spot, str) else spot[1]


def _beside(
    chains: Sequence[Sequence[Spot]], links: Sequence[tuple[Spot, Spot]], ranks: Mapping[str, int]
) -> dict[Spot, Spot]:
    """The neighbour in its own column of each spot that has none in another."""
    linked = {spot for link in links for spot in link}
    within = [(c[0], c[-1]) for c in chains if _rank(c[0], ranks) == _rank(c[-1], ranks)]
    pairs = [pair for tail, head in within for pair in ((tail, head), (head, tail))]
    return {spot: other for spot, other in pairs if spot not in linked}


def _sorted(column: Sequence[Spot], places: Mapping[str, int]) -> list[Spot]:
    """The column, with the boxes whose order is given in that order."""
    fixed = iter(sorted((spot for spot in column if spot in places), key=lambda spot: places[spot]))  # type: ignore[index]
    return [next(fixed) if spot in places else spot for spot in column]


def _neighbours(links: Sequence[tuple[Spot, Spot]]) -> tuple[dict[Spot, list[Spot]], dict[Spot, list[Spot]]]:
    before: dict[Spot, list[Spot]] = {}
    after: dict[Spot, list[Spot]] = {}
    for tail, head in links:
        before.setdefault(head, []).append(tail)
        after.setdefault(tail, []).append(head)
    return before, after


def _with_few_crossings(
    columns: list[list[Spot]], links: Sequence[tuple[Spot, Spot]], places: Mapping[str, int]
) -> list[list[Spot]]:
    before, after = _neighbours(links)
    best, fewest = columns, _crossings(columns, after)
    for sweep in range(12):
        neighbours, step = (before, 1) if sweep % 2 == 0 else (after, -1)
        columns = [list(column) for column in columns]
        position = {spot: index / len(column) for column in columns for index, spot in enumerate(column)}
        for column in columns[::step]:
            means = {spot: _mean([position[n] for n in neighbours.get(spot, [spot])]) for spot in column}
            column[:] = _sorted(sorted(column, key=means.__getitem__), places)
            position.update((spot, index / len(column)) for index, spot in enumerate(column))
        crossings = _crossings(columns, after)
        if crossings < fewest:
            best, fewest = columns, crossings
    return best


def _crossings(columns: Sequence[Sequence[Spot]], after: Mapping[Spot, Sequence[Spot]]) -> int:
    index = {spot: number for column in columns for number, spot in enumerate(column)}
    count = 0
    for column in columns:
        passed: list[int] = []
        for spot in column:
            heads = sorted(index[head] for head in after.get(spot, ()))
            count += sum(len(passed) - bisect_right(passed, head) for head in heads)
            for head in heads:
                insort(passed, head)
    return count


def _across(
    columns: Sequence[Sequence[Spot]],
    links: Sequence[tuple[Spot, Spot]],
    beside: Mapping[Spot, Spot],
    sizes: Mapping[str, tuple[float, float]],
    breadths: Sequence[float],
    space: float,
) -> dict[Spot, tuple[float, float]]:
    """The middle and the size of each spot across the columns."""
    before, after = _neighbours(links)
    size = {
        spot: sizes[spot][1] if isinstance(spot, str) else _KNOT + (breadths[spot[0]] if breadths else 0.0)
        for column in columns
        for spot in column
    }
    steps = [
        [(size[a] + size[b]) / 2 + (space if isinstance(a, str) and isinstance(b, str) else 4.0)
         for a, b in pairwise(column)]
        for column in columns
    ]  # fmt: skip
    middle = dict.fromkeys(size, 0.0)
    for sweep in range(10):
        ways = (before, after) if sweep > 7 else ((before,), (after,))[sweep % 2]
        numbers = range(len(columns))
        for number in numbers if sweep % 2 == 0 else reversed(numbers):
            wanted = {}
            for spot in columns[number]:
                near = [other for way in ways for other in way.get(spot, ())]
                wanted[spot] = _mean([middle[other] for other in near]) if near else middle[spot]
            offsets = dict(zip(columns[number], accumulate(steps[number], initial=0.0)))
            for spot in offsets.keys() & beside.keys():
                other = beside[spot]
                wanted[spot] = wanted[other] + offsets[spot] - offsets[other]
            middle.update(zip(columns[number], apart([*wanted.values()], steps[number]), strict=True))
    return {spot: (middle[spot], size[spot]) for spot in size}


def apart(wanted: Sequence[float], steps: Sequence[float]) -> list[float]:
    """Places near to those wanted, in their order, at least `steps` apart (least squares, by pooling).

    >>> apart([50.0, 52.0], [12.0])
    [45.0, 57.0]
    """
    offsets = [*accumulate(steps, initial=0.0)]
    pools: list[tuple[float, int]] = []  # of places less their offsets: sum and count
    for place, offset in zip(wanted, offsets):
        total, count = place - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            more, many = pools.pop()
            total, count = total + more, count + many
        pools.append((total, count))
    free = [total / count for total, count in pools for _ in range(count)]
    return [place + offset for place, offset in zip(free, offsets)]


def _along(
    columns: Sequence[Sequence[Spot]], sizes: Mapping[str, tuple[float, float]], gap: float, length: float
) -> dict[Spot, tuple[float, float]]:
    """The middle and the size of each spot's column."""
    breadths = [max((sizes[s][0] for s in column if isinstance(s, str)), default=0.0) for column in columns]
    spare = (length - sum(breadths)) / max(len(columns) - 1, 1)
    gap = min(max(gap, spare), 2.5 * gap)
    places: dict[Spot, tuple[float, float]] = {}
    end = 0.0
    for breadth, column in zip(breadths, columns, strict=True):
        places.update((spot, (end + breadth / 2, breadth)) for spot in column)
        end += breadth + gap
    return places


def _layout(
    sizes: Mapping[str, tuple[float, float]],
    chains: Sequence[Sequence[Spot]],
    across: Mapping[Spot, tuple[float, float]],
    along: Mapping[Spot, tuple[float, float]],
    vertical: bool,
) -> Layout:
    first = min((middle - size / 2 for middle, size in across.values()), default=0.0)
    last = max((middle + size / 2 for middle, size in across.values()), default=0.0)
    end = max((middle + size / 2 for middle, size in along.values()), default=0.0)

    def at(spot: Spot, side: float = 0.0) -> Point:
        x, y = along[spot][0] + side * along[spot][1], across[spot][0] - first
        return (y, x) if vertical else (x, y)

    boxes = {key: Box(*at(key), *size) for key, size in sizes.items()}
    knots = [[at(spot, side) for spot in chain[1:-1] for side in (-0.5, 0.5)] for chain in chains]
    width, height = (last - first, end) if vertical else (end, last - first)
    return Layout(width, height, boxes, knots)


def _mean(numbers: Sequence[float]) -> float:
    return fsum(numbers) / len(numbers)
