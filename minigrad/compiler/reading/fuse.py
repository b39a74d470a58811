"""Writes sums and products in any form as sums of products, Σ w x + Σ t + b.

So a neuron compiles to the same program whether it was written as one `dot`, as `w1*x1 + w2*x2 + b`, or as a
balanced tree of additions.

Glossary
    product     w · x, where x is a batch node, and w, the weight, depends on a parameter and on no input
    term        an addend that is not a product
    absorbed    of a node: it became part of the only sum that uses it, or, of what is looked up, of several

A subtraction is never absorbed, because the error p − y would absorb the last layer; nor is a node that has a
role.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from minigrad import rules
from minigrad.compiler.reading.graph import SUMS, Graph
from minigrad.operations import Operation

SUMS_OF_ANY = (*SUMS, rules.dot)


@dataclass(slots=True)
class Sum:
    """Σ w x + Σ batch terms + one term without a batch + a number."""

    products: list[tuple[int, int]] = field(default_factory=list)
    terms: list[int] = field(default_factory=list)
    offset: int | None = None
    number: float = 0.0

    @property
    def offsets(self) -> list[int]:
        """The offset, if there is one."""
        return [] if self.offset is None else [self.offset]


@dataclass(slots=True)
class Fused:
    """A graph whose nodes are sums, other operations and leaves; `order` has operands before results.

    `look_ups` tells of each look-up what for: as which factor, term or operand.
    """

    graph: Graph
    order: list[int]
    sums: dict[int, Sum]
    look_ups: dict[int, str] = field(default_factory=dict)

    def batch_operands(self, node: int) -> list[int]:
        """The operands that are batch nodes."""
        is_batch = self.graph.is_batch
        if node not in self.sums:
            return [operand for operand in self.graph.operands[node] if is_batch[operand]]
        each = self.sums[node]
        return [source for _, source in each.products] + [term for term in each.terms if is_batch[term]]

    def operands(self, node: int) -> list[int]:
        """All operands, constants included."""
        if node not in self.sums:
            return list(self.graph.operands[node])
        each = self.sums[node]
        return [*chain(*each.products), *each.terms, *each.offsets]


def fuse(graph: Graph) -> Fused:
    """Find the sums of a graph. Its nodes are kept; the products of a `dot` that is split are added."""
    return _Fusing(graph).run()


class _Fusing:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.needed = _needed(graph)
        self.absorbed = _absorbed(graph, self.needed)
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
        _take_out_single_terms(self.fused)
        return self.fused

    def keep(self, node: int) -> None:
        """Add a node to the order, as a sum if it is one, after the nodes that splitting it made."""
        if node in self.emitted:
            return
        if _is_sum(self.graph, node):
            self.keep_sum(node, [])
        else:
            self.emitted.add(node)
            self.fused.order.append(node)

    def keep_sum(self, node: int, addends: list[int]) -> None:
        self.emitted.add(node)
        result = Sum()
        rest: list[int] = []
        stack = addends[::-1] or [node]
        graph, absorbed = self.graph, self.absorbed
        while stack:
            part = stack.pop()
            if part == node or absorbed[part]:
                if graph.operations[part] is rules.multiply:
                    result.products.append(_as_product(graph, *graph.operands[part]))
                else:
                    stack.extend(self.open(part, result)[::-1])
            elif part in graph.numbers:
                result.number += graph.numbers[part]
            elif graph.is_batch[part] or not graph.is_batch[node]:
                result.terms.append(part)
            else:
                rest.append(part)
        if rest:
            result.offset = rest[0] if len(rest) == 1 else self.new(rules.total, tuple(rest))
        self.fused.sums[node] = result
        self.fused.order.append(node)

    def open(self, node: int, result: Sum) -> list[int]:
        """Add the products of an absorbed sum or `dot` to the sum, and return its other addends."""
        graph, operands = self.graph, self.graph.operands[node]
        if graph.operations[node] is not rules.dot:
            return list(operands)
        count = len(operands) // 2
        addends = list(operands[2 * count :])
        for left, right in zip(operands[:count], operands[count : 2 * count]):
            if _are_factors(graph, left, right) or _are_factors(graph, right, left):
                result.products.append(_as_product(graph, left, right))
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


def _as_product(graph: Graph, left: int, right: int) -> tuple[int, int]:
    """Two factors as (weight, source)."""
    return (left, right) if graph.is_batch[right] else (right, left)


def _is_sum(graph: Graph, node: int) -> bool:
    """Whether a node is written as a sum of products: it may be one product."""
    operation = graph.operations[node]
    if operation is not rules.multiply:
        return operation in SUMS_OF_ANY
    left, right = graph.operands[node]
    return _are_factors(graph, left, right) or _are_factors(graph, right, left)


def _needed(graph: Graph) -> list[int]:
    """The results that the root and the outputs depend on, in order; computing constants has left others."""
    needed = [False] * len(graph)
    for node in (graph.root, *graph.outputs):
        needed[node] = True
    order, operations, operands = graph.order, graph.operations, graph.operands
    for node in reversed(order):
        if needed[node]:
            for operand in operands[node]:
                needed[operand] = True
    return [node for node in order if needed[node] and operations[node] is not None]


def _absorbed(graph: Graph, needed: Sequence[int]) -> list[bool]:
    """For each node, whether it is absorbed by the sum that uses it."""
    uses, uses_by_sums, takers = [0] * len(graph), [0] * len(graph), [-1] * len(graph)
    for node in (graph.root, *graph.outputs):  # what is to be seen is used by itself too
        uses[node] += 1
    for node in needed:
        operation, operands = graph.operations[node], graph.operands[node]
        for operand in operands:
            uses[operand] += 1
        if operation in SUMS:
            for operand in operands:
                takers[operand] = node
                uses_by_sums[operand] += 1
        elif operation is rules.dot and len(operands) % 2:
            takers[operands[-1]] = node
    result = [False] * len(graph)
    looked_up = _of_look_ups(graph)
    for node, (taker, count, label) in enumerate(zip(takers, uses, graph.labels)):
        if taker >= 0 and (count == 1 or (node in looked_up and count == uses_by_sums[node])):
            is_same = graph.is_batch[node] == graph.is_batch[taker]
            result[node] = is_same and not (label and hasattr(label, "kind")) and _is_sum(graph, node)
    return result


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


def _take_out_single_terms(fused: Fused) -> None:
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
        if node not in fused.sums:
            graph.operands[node] = tuple([same.get(operand, operand) for operand in graph.operands[node]])
            continue
        each = fused.sums[node]
        each.products = [(same.get(w, w), same.get(x, x)) for w, x in each.products]
        each.terms = [same.get(term, term) for term in each.terms]
        each.offset = None if each.offset is None else same.get(each.offset, each.offset)
    graph.outputs = [same.get(output, output) for output in graph.outputs]


def _is_single(each: Sum) -> bool:
    return len(each.terms) == 1 and not each.products and each.offset is None and each.number == 0.0


def _kinds(fused: Fused) -> list[Any]:
    """The kind of each node, equal for nodes made in the same way, however many terms their sums have."""
    graph = fused.graph
    numbers: dict[Any, int] = {}
    kinds: list[Any] = list(graph.is_batch)  # of leaves
    for node in graph.numbers:
        kinds[node] = "number"
    for node in fused.order:
        key: Any
        if node in fused.sums:
            each = fused.sums[node]
            terms = frozenset([kinds[term] for term in each.terms])
            products = frozenset([(kinds[weight], kinds[source]) for weight, source in each.products])
            key = products, terms, each.offset is None, each.number == 0.0
        else:
            key = graph.operations[node], tuple([kinds[operand] for operand in graph.operands[node]])
        kinds[node] = "result", numbers.setdefault(key, len(numbers))
    return kinds
