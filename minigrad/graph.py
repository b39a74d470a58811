"""A computation graph as a whole: its order, edges and paths, its copies and pickles, however deep it is.

Glossary
    root        the node a graph is asked for, such as a cost; all it is computed from is its graph
    order       *topological order*: every node after its operands, so that it can be computed; in reverse,
                every node after its consumers, so that its gradient is complete before it is passed on
    edge        from a node to one of its operands; `x * x` has two
"""

from __future__ import annotations

import operator
import weakref
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, Protocol, Self, TypeVar


class Node(Protocol):
    """What is asked of a node for its graph to be walked, in any order; `Value` is one."""

    @property
    def operands(self) -> tuple[Self, ...]: ...  # noqa: D102  # as in `Value`
    @property
    def local_derivatives(self) -> tuple[float, ...]: ...  # noqa: D102


N = TypeVar("N", bound=Node)


def topological_order(root: N, as_recorded: bool = False) -> list[N]:
    """Every node of the graph of `root` once, operands before results; depth is no limit.

    In reverse it goes from root to leaves, first operands first: in a network by layers, neuron 1 first.
    With `as_recorded` first operands are first on the way from the leaves.

    >>> from minigrad import Value
    >>> x = Value(3.0, label="x")
    >>> [str(node.op or node.label) for node in topological_order(x * x + x)]
    ['x', '×', '+']
    """
    order: list[N] = []
    seen: set[N] = set()
    stack: list[N | None] = [root]
    while stack:
        node = stack.pop()
        if node is None:  # a marker: the node below it has all its operands in the order
            order.append(stack.pop())  # type: ignore[arg-type]  # below a marker there is always a node
        elif node not in seen:
            seen.add(node)
            stack.append(node)
            stack.append(None)
            stack.extend(node.operands[::-1] if as_recorded else node.operands)
    return order


def edges(root: N) -> Iterator[tuple[N, N, float]]:
    """Each edge of the graph once, as (node, operand, local derivative), in the order of a backward pass.

    >>> from minigrad import Value
    >>> x = Value(3.0, label="x")
    >>> [local_derivative for node, operand, local_derivative in edges(x * x)]
    [3.0, 3.0]
    """
    for node in reversed(topological_order(root)):
        for operand, local_derivative in zip(node.operands, node.local_derivatives):
            yield node, operand, local_derivative


def count_paths(root: N, start: N) -> int:
    """How many paths lead from `start` to `root`: what a walk without a recursion would have to visit.

    >>> from minigrad import Value
    >>> x = Value(1.0)
    >>> y = x + x
    >>> count_paths(y + y, x)
    4
    """
    paths = {start: 1}
    for node in topological_order(root):
        if node is not start:
            paths[node] = sum(paths[operand] for operand in node.operands)
    return paths[root]


_FACTS = ("operands", "data", "grad", "op", "local_derivatives", "label", "has_gradient", "origin")
_facts = operator.attrgetter(*_FACTS)


def copied(node: N) -> N:
    """A new node with the same facts, on the same operands."""
    return _restored(type(node), *_facts(node))


def deep_copied(root: N, memo: dict[int, Any]) -> N:
    """A copy of the whole graph of `root`, for `copy.deepcopy`, whose memo has what is already copied."""
    stack: list[Any] = [root]
    while stack:  # as in `topological_order`, with the memo as what is in the order
        node = stack.pop()
        if node is None:
            node = stack.pop()
            memo[id(node)] = copied(node)
            memo[id(node)].operands = tuple([memo[id(operand)] for operand in node.operands])
        elif id(node) not in memo:
            stack += [node, None, *node.operands]
    return memo[id(root)]  # type: ignore[no-any-return]  # the memo of `deepcopy` holds anything


def reduced(node: Node) -> tuple[Any, ...]:
    """What `pickle` saves of a node: the list of its graph's nodes, or, within such a list, itself alone."""
    saving = _SAVING.get()()
    if not node.operands or (saving is not None and node in saving.nodes):
        return _restored, (type(node), *_facts(node))
    nodes = _Nodes(topological_order(node))
    return operator.getitem, (nodes, len(nodes) - 1)


class _Nodes(list[Any]):
    """The nodes of a graph, operands before results, which a pickler saves one after another."""

    def __reduce__(self) -> tuple[Any, ...]:
        saving = _Saving(self)
        _SAVING.set(weakref.ref(saving))
        return list, (), None, saving


class _Saving(Iterator[Any]):
    """Walks over a list of nodes while it is saved; only the pickler that does so keeps it alive."""

    def __init__(self, order: list[Any]) -> None:
        self.nodes, self.walk = set(order), iter(order)

    def __next__(self) -> Any:
        return next(self.walk)


_SAVING: ContextVar[Callable[[], _Saving | None]] = ContextVar("saving", default=lambda: None)


def _restored(kind: type[N], *facts: Any) -> N:
    node = object.__new__(kind)
    for name, fact in zip(_FACTS, facts):
        setattr(node, name, fact)
    return node
