"""Takes out what is a sum only in form: of one term, or of one product, which no matrix gives."""

from __future__ import annotations

from collections import Counter
from typing import Any

from minigrad import rules
from minigrad.compiler.reading.sums import Fused, Sum, replaced


def take_out_single_terms(fused: Fused) -> None:
    """Put a sum of one term in its term's place, unless sums of several such terms are its kin."""
    graph = fused.graph
    single = {node: each.terms[0] for node, each in fused.sums.items() if _is_single(each)}
    single.pop(graph.root, None)
    if not single:
        return
    kinds = _kinds(fused)
    several = {kinds[node] for node, each in fused.sums.items() if len(each.terms) > 1}
    same = {node: term for node, term in single.items() if kinds[node] not in several}
    for node, term in same.items():  # a term stands before the sum, so its own place is known
        same[node] = same.get(term, term)
        if hasattr(graph.labels[node], "kind") or not graph.labels[term]:
            graph.labels[term] = graph.labels[node] or graph.labels[term]
        del fused.sums[node]
    fused.order = [node for node in fused.order if node not in same]
    for node in fused.order:
        if node in fused.sums:
            fused.sums[node].replace(same)
        else:
            graph.operands[node] = replaced(graph.operands[node], same)
    graph.outputs = [same.get(output, output) for output in graph.outputs]


def take_out_gains(fused: Fused) -> None:
    """Make products of entries of what is no product of a matrix, such as γ ⊙ x of a layer norm.

    In sums w x of one kind, each source has one weight, and each of several weights has several sources,
    which are results: inputs are so alike that weights of several matrices would be taken for one gain.
    """
    computed = fused.graph.operands
    lone = {
        node: each
        for node, each in fused.sums.items()
        if len(each.weights) == 1 and not each.terms and computed[each.sources[0]]
    }
    if len({each.weights for each in lone.values()}) < 2:
        return
    weights_of: dict[int, set[int]] = {}
    for each in fused.sums.values():
        for weight, source in each.products:
            weights_of.setdefault(source, set()).add(weight)
    kinds, groups = _kinds(fused), dict[int, list[int]]()
    for node in lone:
        groups.setdefault(kinds[node], []).append(node)
    before: dict[int, int] = {}  # the product that stands before a sum
    for nodes in groups.values():
        count = Counter(lone[node].weights for node in nodes)
        has_one_weight = all(len(weights_of[source]) == 1 for node in nodes for source in lone[node].sources)
        if len(count) > 1 and min(count.values()) > 1 and has_one_weight:
            before |= {node: _take_out_product(fused, node) for node in nodes}
    fused.order = list(dict.fromkeys(each for node in fused.order for each in (before.get(node, node), node)))


def _take_out_product(fused: Fused, node: int) -> int:
    """Make the product of a sum w x + b an operation of its own, which is the sum if there is no b."""
    graph, each = fused.graph, fused.sums[node]
    factors = each.weights[0], each.sources[0]
    if each.offset is None and each.number == 0.0:
        graph.operations[node], graph.operands[node] = rules.multiply, factors
        del fused.sums[node]
        return node
    product = graph.apply(rules.multiply, factors)
    each.weights, each.sources, each.terms = (), (), (product,)
    return product


def _is_single(each: Sum) -> bool:
    return len(each.terms) == 1 and not each.weights and each.offset is None and each.number == 0.0


def _kinds(fused: Fused) -> list[int]:
    """The kind of each node, equal for nodes made in the same way, however many terms their sums have."""
    graph = fused.graph
    kinds: list[int] = list(map(int, graph.is_batch))  # of leaves
    for node in graph.numbers:
        kinds[node] = 2
    known: dict[Any, int] = {}
    kind_of = kinds.__getitem__
    for node in fused.order:
        key: Any
        each = fused.sums.get(node)
        if each is None:
            key = graph.operations[node], *map(kind_of, graph.operands[node])
        else:
            products = zip(map(kind_of, each.weights), map(kind_of, each.sources))
            terms = map(kind_of, each.terms)
            key = frozenset(products), frozenset(terms), each.offset is None, each.number == 0.0
        kinds[node] = known.setdefault(key, 3 + len(known))
    return kinds
