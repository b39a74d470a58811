"""Writes sums and products in any form as sums of products, Σ w x + Σ t + b.

So a neuron compiles to the same program whether it was written as one `dot`, as `w1*x1 + w2*x2 + b`, or as a
balanced tree of additions.

Glossary
    product     w · x, where x is a batch node, and w, the weight, depends on a parameter and on no input
    term        an addend that is not a product
    absorbed    of a node: it became part of the only sum that uses it, or, of what is looked up, of several

A subtraction is never absorbed, because the error p − y would absorb the last layer; nor is a node that has a
role. But a − t₁ − t₂ − t₃, as `loss -= t` gives it, is a − (t₁ + t₂ + t₃).
"""

from __future__ import annotations

from itertools import chain, repeat

import numpy as np
from numpy.typing import NDArray

from minigrad import rules
from minigrad.compiler.reading.graph import SUMS, Graph
from minigrad.compiler.reading.lone_terms import take_out_gains, take_out_single_terms
from minigrad.compiler.reading.sums import Fused, Sum
from minigrad.operations import Operation

SUMS_OF_ANY = (*SUMS, rules.dot)

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
_OTHER, _SUM, _PRODUCT, _DOT = range(4)
_KINDS: dict[Operation | None, int] = {
    rules.add: _SUM,
    rules.total: _SUM,
    rules.multiply: _PRODUCT,
    rules.dot: _DOT,
}


def fuse(graph: Graph) -> Fused:
    """Find the sums of a graph. Its nodes are kept; the products of a `dot` that is split are added."""
    return _Fusing(graph).run()


class _Fusing:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.needed, absorbed, uses = _needed_and_absorbed(graph)
        self.absorbed: list[bool] = absorbed.tolist()
        self.chains = _chains(graph, self.needed, uses, self.absorbed)
        self.fused = Fused(graph, [], {})
        self.emitted: set[int] = set()

    def run(self) -> Fused:
        graph = self.graph
        for node in self.needed:
            if not self.absorbed[node]:
                self.keep(node)
        if graph.operations[graph.root] is None:  # the cost is a leaf: a sum of one term
            root = graph.leaf("", graph.is_batch[graph.root], graph.is_trained[graph.root])
            graph.operations[root], graph.operands[root] = rules.total, (graph.root,)
            self.keep_sum(root, [graph.root])
            graph.root = root
        take_out_single_terms(self.fused)
        take_out_gains(self.fused)
        return self.fused

    def keep(self, node: int) -> None:
        """Add a node to the order, as a sum if it is one, after the nodes that splitting it made."""
        if node in self.emitted:
            return
        if node in self.chains:
            first, *rest = self.chains[node]
            self.graph.operands[node] = first, self.new(rules.total, tuple(rest))
        if _is_sum(self.graph, node):
            self.keep_sum(node, [node])
        else:
            self.emitted.add(node)
            self.fused.order.append(node)

    def keep_sum(self, node: int, stack: list[int]) -> None:
        """Add a sum of these addends; those that it absorbs are opened."""
        self.emitted.add(node)
        weights, sources, terms, rest, number = list[int](), list[int](), list[int](), list[int](), 0.0
        graph, absorbed = self.graph, self.absorbed
        operations, operands, is_batch = graph.operations, graph.operands, graph.is_batch
        while stack:
            part = stack.pop()
            if part == node or absorbed[part]:
                operation = operations[part]
                if operation is rules.multiply:
                    left, right = operands[part]
                    weight, source = (left, right) if is_batch[right] else (right, left)
                    weights.append(weight)
                    sources.append(source)
                elif operation is rules.dot:
                    stack += self.open(part, weights, sources)[::-1]
                else:
                    stack += operands[part][::-1]
            elif part in graph.numbers:
                number += graph.numbers[part]
            elif is_batch[part] or not is_batch[node]:
                terms.append(part)
            else:
                rest.append(part)
        offset = None
        if rest:
            offset = rest[0] if len(rest) == 1 else self.new(rules.total, tuple(rest))
        self.fused.sums[node] = Sum(tuple(weights), tuple(sources), tuple(terms), offset, number)
        self.fused.order.append(node)

    def open(self, node: int, weights: list[int], sources: list[int]) -> list[int]:
        """Add the products of an absorbed `dot` to those of the sum, and return its other addends."""
        graph, operands = self.graph, self.graph.operands[node]
        count = len(operands) // 2
        lefts, rights, addends = operands[:count], operands[count : 2 * count], list(operands[2 * count :])
        is_batch, is_trained = graph.is_batch, graph.is_trained
        of_batch, of_trained = is_batch.__getitem__, is_trained.__getitem__
        if all(map(of_batch, rights)) and all(map(of_trained, lefts)) and not any(map(of_batch, lefts)):
            weights += lefts  # as in a neuron
            sources += rights
            return addends
        for left, right in zip(lefts, rights):
            weight, source = (left, right) if is_batch[right] else (right, left)
            if is_batch[source] and is_trained[weight] and not is_batch[weight]:
                weights.append(weight)
                sources.append(source)
            else:
                addends.append(self.new(rules.multiply, (left, right)))
        return addends

    def new(self, operation: Operation, operands: tuple[int, ...]) -> int:
        """A new node that is not in the recording, such as a single product of a `dot`."""
        node = self.graph.apply(operation, operands)
        self.absorbed.extend([False] * (len(self.graph) - len(self.absorbed)))
        if self.graph.operands[node]:
            self.absorbed[node] = False  # another sum may have taken it in: now it is needed by itself too
            self.keep(node)
        return node


def _are_factors(graph: Graph, weight: int, source: int) -> bool:
    return graph.is_batch[source] and graph.is_trained[weight] and not graph.is_batch[weight]


def _is_sum(graph: Graph, node: int) -> bool:
    """Whether a node is written as a sum of products: it may be one product."""
    operation = graph.operations[node]
    if operation is not rules.multiply:
        return operation in SUMS_OF_ANY
    left, right = graph.operands[node]
    return _are_factors(graph, left, right) or _are_factors(graph, right, left)


def _chains(graph: Graph, needed: list[int], uses: Ints, absorbed: list[bool]) -> dict[int, list[int]]:
    """The operands of a − t₁ − t₂ − t₃ …, by its last difference, which absorbs the others."""
    chains: dict[int, list[int]] = {}
    for node in needed:
        if graph.operations[node] is rules.subtract:
            left, right = graph.operands[node]
            continues = left in chains and uses[left] == 1 and graph.role(left) is None
            chain = chains.pop(left) if continues else [left]
            chains[node] = chain
            chain.append(right)
    chains = {node: chain for node, chain in chains.items() if len(chain) > 3}
    for node, chain in chains.items():
        for _ in chain[2:]:
            node = graph.operands[node][0]
            absorbed[node] = True
    return chains


def _needed_and_absorbed(graph: Graph) -> tuple[list[int], Mask, Ints]:
    """The results that root and outputs depend on, in order; which a sum absorbs; each node's uses."""
    operands, seen, size = graph.operands, [graph.root, *graph.outputs], len(graph)
    counts = np.fromiter(map(len, operands), np.int64, size)
    used = np.fromiter(chain.from_iterable(operands), np.int64, int(counts.sum()))
    uses = np.bincount(used, minlength=size)
    np.add.at(uses, seen, 1)  # what is to be seen is used by itself too
    needless = np.flatnonzero((uses == 0) & (counts > 0)).tolist()
    for node in needless:  # which computing constants has left
        for operand in operands[node]:
            uses[operand] -= 1
            if uses[operand] == 0 and operands[operand]:
                needless.append(operand)
    needed = uses > 0
    order = np.concatenate([np.arange(graph.recorded, size), np.arange(graph.recorded)])  # that of the graph

    kinds = np.fromiter(map(_KINDS.get, graph.operations, repeat(_OTHER)), np.int64, size)
    is_batch, is_weight = (np.fromiter(each, bool, size) for each in (graph.is_batch, graph.is_trained))
    is_weight &= ~is_batch
    ends = np.cumsum(counts)
    products = np.flatnonzero(kinds == _PRODUCT)
    left, right = used[ends[products] - 2], used[ends[products] - 1]
    is_sum = (kinds == _SUM) | (kinds == _DOT)
    is_sum[products] = (is_batch[left] & is_weight[right]) | (is_batch[right] & is_weight[left])

    users = np.repeat(np.arange(size), counts)
    added = (kinds == _SUM)[users] & needed[users]
    with_offset = np.flatnonzero((kinds == _DOT) & needed & (counts % 2 == 1))
    takers = np.full(size, -1)
    takers[used[added]] = users[added]
    takers[used[ends[with_offset] - 1]] = with_offset
    looked_up = list(_of_look_ups(graph))
    is_taken = uses == 1
    is_taken[looked_up] |= uses[looked_up] == np.bincount(used[added], minlength=size)[looked_up]
    absorbed = (takers >= 0) & is_taken & (is_batch == is_batch[takers]) & is_sum
    labelled = [node for node in np.flatnonzero(absorbed).tolist() if graph.labels[node]]
    absorbed[[node for node in labelled if graph.role(node) is not None]] = False
    return order[(needed & (counts > 0))[order]].tolist(), absorbed, uses


def _of_look_ups(graph: Graph) -> set[int]:
    """Products with rows that are looked up, and their sums, which may be parts of several sums."""
    result: set[int] = set()
    rows = graph.rows
    if rows:
        for node, (operation, operands) in enumerate(zip(graph.operations, graph.operands)):
            if operation is rules.multiply and (operands[0] in rows or operands[1] in rows):
                if _is_sum(graph, node):
                    result.add(node)
            elif operation in SUMS and result.issuperset(operands):
                result.add(node)
    return result
