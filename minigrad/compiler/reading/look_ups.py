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
from collections.abc import Sequence

from minigrad import rules
from minigrad.compiler.reading.fuse import Fused
from minigrad.compiler.reading.graph import SUMS, Graph, look_up

Pair = tuple[int, int]


def with_look_ups(graph: Graph) -> Graph:
    """The graph, in which leaves are looked up if it has no inputs."""
    data = set() if graph.columns else _data(graph)
    if not data:
        return graph
    sources = _sources(graph, data)
    looked = {node: leaves for node in data if (leaves := _looked_up(graph, node, sources))}
    all_looked = set().union(*looked.values())
    result = Graph(graph.keeps_single_terms)
    place: list[int] = []
    rows: dict[int, int] = {}
    for node, (operation, operands) in enumerate(zip(graph.operations, graph.operands)):
        here = [place[operand] for operand in operands]
        if node in looked:
            leaves = looked[node]
            here = [rows[o] if o in leaves else new for o, new in zip(operands, here)]
        place.append(result.copy(graph, node, operation, tuple(here)))
        if node in all_looked:
            rows[node] = result.looked_up(place[node])
    result.root, result.outputs = place[graph.root], [place[output] for output in graph.outputs]
    return result


def separate(fused: Fused) -> None:
    """Give each tuple of sources, each term and each operand look-ups of its own, in the order of use."""
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


def _pairs(graph: Graph, node: int) -> Sequence[Pair]:
    """The two factors of each product in a node."""
    operation, operands = graph.operations[node], graph.operands[node]
    if operation is rules.multiply:
        return (operands,)  # type: ignore[return-value]  # of two
    count = len(operands) // 2
    return list(zip(operands[:count], operands[count : 2 * count])) if operation is rules.dot else ()


def _data(graph: Graph) -> set[int]:
    """The results that several parameters multiply, and all results below them."""
    partners: dict[int, set[int]] = {}
    for node in range(len(graph)):
        for left, right in _pairs(graph, node):
            weight, source = (left, right) if graph.operands[right] else (right, left)
            if weight in graph.parameters and graph.operands[source]:
                partners.setdefault(source, set()).add(weight)
    data = {source for source, weights in partners.items() if len(weights) > 1}
    for node in range(len(graph) - 1, -1, -1):
        if node in data:
            data.update(operand for operand in graph.operands[node] if graph.operands[operand])
    return data


def _looked_up(graph: Graph, node: int, sources: set[int]) -> set[int]:
    """The leaves that a node of data looks up."""
    operands = graph.operands[node]
    leaves = {operand for operand in operands if not graph.operands[operand]}
    if not leaves:
        return leaves
    pairs = [pair for pair in _pairs(graph, node) if leaves.issuperset(pair)]
    if not pairs and len(leaves) == len(set(operands)):
        return leaves & graph.parameters.keys()
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
    """How many sums, or other operations, each node is part of; equal parts of several sums are one node."""
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
