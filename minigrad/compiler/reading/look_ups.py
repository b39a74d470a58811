"""Reads parameters that are looked up, such as the rows of C in C[token], as data that weights multiply.

A recording in which tokens are chosen by indices has no inputs, only parameters: w · c is a product of two of
them, and nothing tells a matrix from what it multiplies. The rules, for a graph without inputs:

    w · y, for a result y that w₁ and w₂ multiply     w is a weight, all below y is data
    of data, c₁ + c₂ or f(c), of nothing but leaves   each leaf is looked up
    of data, w · c, both leaves                       one is looked up: of those that meet, the side of which
                                                      entries are used more often than others, else the fewer
    of data, an operation with results as well        its leaves are parameters, such as a bias

A leaf that is looked up becomes a node of the operation `look_up`, which counts as depending on an input.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from minigrad import rules
from minigrad.compiler.reading.fuse import Fused
from minigrad.compiler.reading.graph import SUMS, Graph, look_up

Pair = tuple[int, int]


def with_look_ups(graph: Graph) -> Graph:
    """The graph, in which leaves are looked up if it has no inputs."""
    if graph.columns:
        return graph
    data = _data(graph)
    if not data:
        return graph
    sources = _sources(graph, data)
    result = Graph(graph.keeps_single_terms)
    place: list[int] = []
    rows: dict[int, int] = {}

    def row(leaf: int) -> int:
        if leaf not in rows:
            rows[leaf] = result.looked_up(leaf)
        return rows[leaf]

    for node, (operation, operands) in enumerate(zip(graph.operations, graph.operands)):
        if operation is None:
            place.append(_leaf(graph, node, result))
            continue
        looked = _looked_up(graph, node, sources) if node in data else set()
        here = [row(place[o]) if o in looked else place[o] for o in operands]
        place.append(result.apply(operation, tuple(here), graph.labels[node]))
    result.root, result.outputs = place[graph.root], [place[output] for output in graph.outputs]
    return result


def separate(fused: Fused) -> None:
    """Give each tuple of sources, and each term and operand, look-ups of its own, in the order of their use."""
    graph, look_ups = fused.graph, fused.look_ups
    tuples: dict[tuple[int, ...], list[int]] = {}

    def separated(nodes: Sequence[int], use: str = "") -> list[int]:
        result = list(nodes)
        for k, node in enumerate(nodes):
            if graph.operations[node] is look_up:
                result[k] = graph.looked_up(*graph.operands[node])
                look_ups[result[k]] = use or str(k)
        return result

    if look_up not in graph.operations:
        return
    fused.order = [node for node in fused.order if graph.operations[node] is not look_up]
    for node in fused.order:
        each = fused.sums.get(node)
        if each is None:
            graph.operands[node] = tuple(separated(graph.operands[node]))
            continue
        each.terms = separated(each.terms)
        sources = tuple([source for _, source in each.products])
        if sources not in tuples:
            tuples[sources] = separated(sources, "w")
        each.products = [(weight, x) for (weight, _), x in zip(each.products, tuples[sources])]
    fused.order = [*look_ups, *fused.order]


def _leaf(graph: Graph, node: int, result: Graph) -> int:
    if node in graph.numbers:
        return result.number(graph.numbers[node])
    leaf = result.leaf(graph.labels[node], graph.is_batch[node], graph.is_trained[node])
    if node in graph.columns:
        result.columns[leaf] = graph.columns[node]
    else:
        result.parameters[leaf] = graph.parameters[node]
    return leaf


def _pairs(graph: Graph, node: int) -> Iterator[Pair]:
    """The two factors of each product in a node."""
    operation, operands = graph.operations[node], graph.operands[node]
    count = len(operands) // 2
    if operation is rules.multiply or operation is rules.dot:
        yield from zip(operands[:count], operands[count : 2 * count])


def _data(graph: Graph) -> set[int]:
    """The results that several parameters multiply, and all results below them."""
    partners: dict[int, set[int]] = {}
    for node in range(len(graph)):
        for pair in _pairs(graph, node):
            for weight, source in (pair, pair[::-1]):
                if weight in graph.parameters and graph.operands[source] and graph.is_trained[source]:
                    partners.setdefault(source, set()).add(weight)
    data = {source for source, weights in partners.items() if len(weights) > 1}
    for node in range(len(graph) - 1, -1, -1):
        if node in data:
            data.update(operand for operand in graph.operands[node] if graph.operands[operand])
    return data


def _looked_up(graph: Graph, node: int, sources: set[int]) -> set[int]:
    operands = graph.operands[node]
    if any(graph.operands[operand] for operand in operands):
        pairs = [pair for pair in _pairs(graph, node) if not any(graph.operands[each] for each in pair)]
    else:
        pairs = list(_pairs(graph, node))
        if not pairs:
            return {operand for operand in operands if operand in graph.parameters}
    return {each for pair in pairs for each in pair if each in sources or each in graph.numbers}


def _sources(graph: Graph, data: set[int]) -> set[int]:
    """Of the leaves that are multiplied with each other, those that are looked up."""
    uses = _uses_by_sums(graph)
    partners: dict[int, set[int]] = {}
    counts: Counter[int] = Counter()
    for node in sorted(data):
        for left, right in _pairs(graph, node):
            if left in graph.parameters and right in graph.parameters:
                partners.setdefault(left, set()).add(right)
                partners.setdefault(right, set()).add(left)
                counts.update({left: uses[node], right: uses[node]})
    sources: set[int] = set()
    seen: set[int] = set()
    for start in partners:
        if start not in seen:
            sides = _sides(start, partners)
            seen |= sides[0] | sides[1]
            sources |= min(sides, key=lambda side: (len({counts[leaf] for leaf in side}) == 1, len(side)))
    return sources


def _uses_by_sums(graph: Graph) -> Counter[int]:
    """How many sums, or other operations, each node is a part of; equal parts of several sums are one node."""
    uses = Counter([graph.root])
    for node in range(len(graph) - 1, -1, -1):
        count = uses[node] if graph.operations[node] in SUMS else 1
        for operand in graph.operands[node]:
            uses[operand] += count
    return uses


def _sides(start: int, partners: dict[int, set[int]]) -> tuple[set[int], set[int]]:
    """The leaves that meet this one, directly or through others, by the side on which they stand."""
    near, far = {start}, set(partners[start])
    rest = [(leaf, far, near) for leaf in far]
    while rest:
        leaf, own, other = rest.pop()
        for partner in partners[leaf] - other:
            other.add(partner)
            rest.append((partner, other, own))
    return near, far
