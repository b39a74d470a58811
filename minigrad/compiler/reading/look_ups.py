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
from collections.abc import Container, Sequence

from minigrad import rules
from minigrad.compiler.reading.graph import SUMS, Graph, look_up
from minigrad.compiler.reading.sums import Fused

Pair = tuple[int, int]
PRODUCTS = (rules.multiply, rules.dot)


def add_look_ups(graph: Graph) -> None:
    """Have leaves looked up by what reads them as data, if a graph has no inputs."""
    data = [] if graph.columns else data_of(graph)
    if not data:
        return
    sources, rows = _sources(graph, data), dict[int, int]()
    for node in data:
        leaves = looked_up(graph, node, sources)
        if leaves:
            rows |= {leaf: graph.look_up(leaf) for leaf in sorted(leaves) if leaf not in rows}
            graph.operands[node] = tuple([rows[o] if o in leaves else o for o in graph.operands[node]])
    graph.update_batch()


def separate(fused: Fused) -> None:
    """Give each tuple of sources, each term and each operand look-ups of its own, in the order of use."""
    graph, look_ups = fused.graph, fused.look_ups
    tuples: dict[tuple[int, ...], tuple[int, ...]] = {}

    def separated(nodes: Sequence[int], use: str = "") -> tuple[int, ...]:
        result = list(nodes)
        for k, node in enumerate(nodes):
            if graph.operations[node] is look_up:
                result[k] = graph.look_up(*graph.operands[node])
                look_ups[result[k]] = use or str(k)
        return tuple(result)

    if look_up not in graph.operations:
        return
    fused.order = [node for node in fused.order if graph.operations[node] is not look_up]
    for node in fused.order:
        each = fused.sums.get(node)
        if each is None:
            graph.operands[node] = separated(graph.operands[node])
            continue
        each.terms = separated(each.terms)
        if each.sources not in tuples:
            tuples[each.sources] = separated(each.sources, "w")
        each.sources = tuples[each.sources]
    fused.order = [*look_ups, *fused.order]


def pairs_of(graph: Graph, node: int) -> Sequence[Pair]:
    """The two factors of each product in a node."""
    operands = graph.operands[node]
    if graph.operations[node] is rules.multiply:
        return (operands,)  # type: ignore[return-value]  # of two
    count = len(operands) // 2
    return list(zip(operands, operands[count : 2 * count]))[:count]


def data_of(graph: Graph) -> list[int]:
    """The results that several parameters multiply, and all results below them, in order."""
    partners: dict[int, set[int]] = {}
    below, parameters = graph.operands, graph.parameters
    for node, operation in enumerate(graph.operations):
        if operation in PRODUCTS:
            for left, right in pairs_of(graph, node):
                weight, source = (left, right) if below[right] else (right, left)
                if below[source] and weight in parameters:
                    partners.setdefault(source, set()).add(weight)
    is_data = graph.below(source for source, weights in partners.items() if len(weights) > 1)
    return [node for node, operands in enumerate(below) if operands and is_data[node]]


def looked_up(graph: Graph, node: int, sources: Container[int]) -> set[int]:
    """The leaves that a node of data looks up."""
    below, operands = graph.operands, graph.operands[node]
    has_results = below[operands[0]] or below[operands[-1]] or any(below[operand] for operand in operands)
    is_product = graph.operations[node] in PRODUCTS
    if has_results and not (is_product and len(operands) > 2):
        return set()
    leaves = {operand for operand in operands if not below[operand]}
    pairs = [pair for pair in pairs_of(graph, node) if leaves.issuperset(pair)] if is_product else []
    if not pairs and not has_results:
        return leaves & graph.parameters.keys()
    return {each for pair in pairs for each in pair if each in sources or each in graph.numbers}


def _sources(graph: Graph, data: Sequence[int]) -> set[int]:
    """Of the leaves that are multiplied with each other, those that are looked up."""
    parameters, operations = graph.parameters, graph.operations
    meetings = [
        (node, pair)
        for node in data
        if operations[node] in PRODUCTS
        for pair in pairs_of(graph, node)
        if pair[0] in parameters and pair[1] in parameters
    ]
    partners: dict[int, set[int]] = {}
    counts: Counter[int] = Counter()
    uses = _uses_by_sums(graph) if meetings else []
    for node, (left, right) in meetings:
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


def _uses_by_sums(graph: Graph) -> list[int]:
    """How many sums, or other operations, each node is part of; equal parts of several sums are one node."""
    uses = [0] * len(graph)
    uses[graph.root] = 1
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
