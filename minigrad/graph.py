"""Walks over a computation graph.

After this file you know in which order a graph is walked, forward and back, and why.

Glossary
    root        the node a graph is asked for, such as a cost; all it is computed from is its graph
    order       *topological order*: every node after all of its operands, so that each is computed once its
                operands are, and, read in reverse, left once all that consume it have passed their gradient
    edge        from a node to one of its operands; `x * x` has two
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from minigrad.value import Value


def topological_order(root: Value, walked: set[Value] | None = None) -> list[Value]:
    """Every node of the graph of `root` once, operands before results; depth is no limit.

    Read in reverse it goes from the root to the leaves, first operands first: layer by layer and
    neuron 1 first in a network. Nodes in `walked` are left out, and those of the order added to it.

    >>> from minigrad import Value
    >>> x = Value(3.0, label="x")
    >>> [str(node.op or node.label) for node in topological_order(x * x + x)]
    ['x', '×', '+']
    """
    order: list[Value] = []
    seen = set() if walked is None else walked
    stack: list[Value | None] = [root]
    while stack:
        node = stack.pop()
        if node is None:  # a marker: the node below it has all its operands in the order
            order.append(stack.pop())  # type: ignore[arg-type]  # below a marker there is always a node
        elif node not in seen:
            seen.add(node)
            if node.operands:
                stack.append(node)
                stack.append(None)
                stack.extend(node.operands)
            else:
                order.append(node)
    return order


def edges(root: Value) -> Iterator[tuple[Value, Value, float]]:
    """Each edge of the graph once, as (node, operand, local derivative), in the order of a backward pass.

    >>> from minigrad import Value
    >>> x = Value(3.0, label="x")
    >>> [local_derivative for node, operand, local_derivative in edges(x * x)]
    [3.0, 3.0]
    """
    for node in reversed(topological_order(root)):
        for operand, local_derivative in zip(node.operands, node.local_derivatives, strict=True):
            yield node, operand, local_derivative


def count_paths(root: Value, start: Value) -> int:
    """How many paths lead from `start` to `root`: what a walk without a recursion would have to visit.

    >>> from minigrad import Value
    >>> x = Value(1.0)
    >>> y = x + x
    >>> count_paths(y + y, x)
    4
    """
    paths = dict.fromkeys(topological_order(root), 0)
    paths[start] = 1
    for node in paths:  # a dict keeps the topological order
        for operand in node.operands:
            paths[node] += paths[operand]
    return paths[root]
