"""A computation graph as a whole: its order, edges and paths, its copies and pickles, however deep it is.

After this file you know in which order a graph is walked, forward and back, and why; and that nodes which two
Values share are copied, and pickled, once.

Glossary
    root        the node a graph is asked for, such as a cost; all it is computed from is its graph
    order       *topological order*: every node after all of its operands, so that each is computed once its
                operands are, and, read in reverse, left once all that consume it have passed their gradient
    edge        from a node to one of its operands; `x * x` has two
"""

from __future__ import annotations

import operator
import weakref
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from minigrad.value import Value


def topological_order(root: Value) -> list[Value]:
    """Every node of the graph of `root` once, operands before results; depth is no limit.

    Read in reverse it goes from the root to the leaves, first operands first: layer by layer and
    neuron 1 first in a network.

    >>> from minigrad import Value
    >>> x = Value(3.0, label="x")
    >>> [str(node.op or node.label) for node in topological_order(x * x + x)]
    ['x', '×', '+']
    """
    order: list[Value] = []
    seen: set[Value] = set()
    stack: list[Value | None] = [root]
    while stack:
        node = stack.pop()
        if node is None:  # a marker: the node below it has all its operands in the order
            order.append(stack.pop())  # type: ignore[arg-type]  # below a marker there is always a node
        elif node not in seen:
            seen.add(node)
            stack.append(node)
            stack.append(None)
            stack.extend(node.operands)
    return order


def edges(root: Value) -> Iterator[tuple[Value, Value, float]]:
    """Each edge of the graph once, as (node, operand, local derivative), in the order of a backward pass.

    >>> from minigrad import Value
    >>> x = Value(3.0, label="x")
    >>> [local_derivative for node, operand, local_derivative in edges(x * x)]
    [3.0, 3.0]
    """
    for node in reversed(topological_order(root)):
        for operand, local_derivative in zip(node.operands, node.local_derivatives):
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


# --- copies and pickles -----------------------------------------------------------------------------------

_facts = operator.attrgetter("data", "grad", "op", "local_derivatives", "label", "has_gradient")


def copied(node: Value, operands: tuple[Value, ...] | None = None) -> Value:
    """A new node with the same facts, on the same operands if not on these."""
    operands = node.operands if operands is None else operands
    return _restored(type(node), operands, getattr(node, "origin", ""), *_facts(node))


def deep_copied(root: Value, memo: dict[int, Any]) -> Value:
    """A copy of the whole graph of `root`, for `copy.deepcopy`, whose memo has what is already copied."""
    stack = [root]
    while stack:
        node = stack.pop()
        missing = [operand for operand in node.operands if id(operand) not in memo]
        if missing:
            stack += [node, *missing]
        elif id(node) not in memo:
            memo[id(node)] = copied(node, tuple([memo[id(operand)] for operand in node.operands]))
    return memo[id(root)]  # type: ignore[no-any-return]  # the memo of `deepcopy` holds anything


def reduced(node: Value) -> tuple[Any, ...]:
    """What `pickle` saves of a node: the list of its graph's nodes, or, within such a list, itself alone."""
    nodes = _SAVING.get()()
    if node.operands and (nodes is None or node not in nodes.unsaved):
        nodes = _Nodes(topological_order(node))
        return operator.getitem, (nodes, len(nodes) - 1)
    if nodes is not None and node is nodes[-1]:
        nodes.unsaved.clear()  # from here on a node stands for its whole graph again
    return _restored, (type(node), node.operands, getattr(node, "origin", ""), *_facts(node))


class _Nodes(list[Any]):
    """The nodes of a graph, operands before results, while a pickler saves them one after another."""

    def __reduce__(self) -> tuple[Any, ...]:
        self.unsaved = set(self)
        _SAVING.set(weakref.ref(self))  # weak: when a pickler fails midway its list goes, and this with it
        return list, (), None, iter(self)


_SAVING: ContextVar[Callable[[], _Nodes | None]] = ContextVar("saving", default=lambda: None)


def _restored(kind: type[Value], operands: tuple[Value, ...], origin: str, *facts: Any) -> Value:
    node = object.__new__(kind)
    node.operands, node.origin = operands, origin
    node.data, node.grad, node.op, node.local_derivatives, node.label, node.has_gradient = facts
    return node
