"""Who added what to a gradient, and along which paths: bookkeeping of one node.

A node with several consumers, which have it among their operands, gets a contribution from each: hence the
`+=` in `backward()`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from minigrad import Value, rules, topological_order

Consumers = dict[Value, list[tuple[Value, int]]]


@dataclass(frozen=True)
class Entry:
    """One contribution: upstream × local derivative, and the gradient so far."""

    consumer: Value
    position: int
    upstream: float
    local_derivative: float
    contribution: float
    running: float


@dataclass(frozen=True)
class Path:
    """The nodes from one to the root, and the product of the local derivatives between them."""

    nodes: tuple[Value, ...]
    local_derivatives: tuple[float, ...]

    @property
    def product(self) -> float:
        """∏ of the local derivatives."""
        return math.prod(self.local_derivatives)


@dataclass(frozen=True)
class Efficiency:
    """What a walk path by path would visit, beside what `backward()` does."""

    paths: int
    edges_on_paths: int
    edges_visited: int


def consumers_of(order: Sequence[Value]) -> Consumers:
    """The consumers of each node, with its position among their operands, in the order of `backward()`.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> [position for consumer, position in consumers_of([x, y])[x]]
    [0, 1]
    """
    consumers: Consumers = {node: [] for node in order}
    for node in reversed(order):
        for position, operand in enumerate(node.operands):
            consumers[operand].append((node, position))
    return consumers


def ledger(node: Value, consumers: Consumers) -> list[Entry]:
    """The contributions to a node's gradient, in the order in which they arrive.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> y.backward()
    >>> [entry.running for entry in ledger(x, consumers_of([x, y]))]
    [3.0, 6.0]
    """
    entries, running = [], 0.0
    for consumer, position in consumers[node]:
        upstream, local = consumer.grad, consumer.local_derivatives[position]
        running += upstream * local
        entries.append(Entry(consumer, position, upstream, local, upstream * local, running))
    return entries


def paths(node: Value, root: Value, consumers: Consumers, limit: int) -> list[Path]:
    """The paths from a node to the root, `limit` at most, first consumers first.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> [path.product for path in paths(x, y, consumers_of([x, y]), limit=10)]
    [3.0, 3.0]
    """
    found: list[Path] = []
    stack: list[tuple[tuple[Value, ...], tuple[float, ...]]] = [((node,), ())]
    while stack and len(found) < limit:
        nodes, locals_ = stack.pop()
        if nodes[-1] is root:
            found.append(Path(nodes, locals_))
        for consumer, position in reversed(consumers[nodes[-1]]):
            stack.append(((*nodes, consumer), (*locals_, consumer.local_derivatives[position])))
    return found


def efficiency(start: Value | None, root: Value) -> Efficiency:
    """The paths from one node to the root, or (None) from every leaf that is no constant, and all edges.

    Source: document 002, section 1: why the recursion is efficient.

    >>> x = Value(1.0)
    >>> y = x + x
    >>> efficiency(x, y + y)
    Efficiency(paths=4, edges_on_paths=8, edges_visited=4)
    """
    order = topological_order(root)
    paths_up, steps = dict.fromkeys(order, 0), dict.fromkeys(order, 0)
    paths_up[root] = 1
    for node in reversed(order):
        for operand in node.operands:
            paths_up[operand] += paths_up[node]
            steps[operand] += steps[node] + paths_up[node]
    leaves = [node for node in order if not node.operands and node.op is not rules.constant]
    starts = leaves if start is None else [start]
    return Efficiency(
        sum(paths_up[node] for node in starts),
        sum(steps[node] for node in starts),
        sum(len(node.operands) for node in order),
    )
