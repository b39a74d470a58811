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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from copy import deepcopy
from types import MappingProxyType
from typing import Any, TypeVar

from minigrad.node import Node, in_slots
from minigrad.operations import Operation

N = TypeVar("N", bound=Node)  # all nodes of a graph are Values, or of one class derived from it


def topological_order(root: N, as_recorded: bool = False) -> list[N]:
    """Every node of the graph of `root` once, operands before results; TypeError for what is no Value.

    Depth is no limit. In reverse it goes from root to leaves, first operands first: in a network by layers,
    neuron 1 first. With `as_recorded` first operands are first on the way from the leaves.

    >>> from minigrad import Value
    >>> x = Value(3.0, label="x")
    >>> [str(node.op or node.label) for node in topological_order(x * x + x)]
    ['x', '×', '+']
    """
    if not isinstance(root, Node):
        raise TypeError(f"a graph is asked for of a Value, not of {type(root).__name__} {root!r:.60}")
    order: list[N] = []
    seen = {root}
    stack: list[Any] = []  # what to walk down to next; None says that the node below it is then done
    walks: dict[N, Iterator[N]] = {}
    done, see, push, pop = order.append, seen.add, stack.append, stack.pop  # looked up once
    node: Any = root
    while node is not None:
        first, last = node._first, node._second
        if as_recorded and last is not None:
            first, last = last, first
        if last is not None and last not in seen:
            push(node)
            push(None)
            if first not in seen:
                push(first)
            node = last
        elif first is not None and first not in seen:
            push(node)
            push(None)
            node = first
        elif node._wide is not None and (operand := _next(node, walks, order, seen, as_recorded)) is not None:
            push(node)
            node = operand
        else:
            done(node)
            node = None
            while node is None and stack:
                node = pop()
                if node is None:
                    done(pop())
                elif node in seen and node not in walks:
                    node = None
        see(node)
    return order


def _next(node: N, walks: dict[N, Iterator[N]], order: list[N], seen: set[N], as_recorded: bool) -> N | None:
    """The next of many operands to walk down to, None after the last; leaves before it enter the order."""
    if node not in walks:
        walks[node] = iter(node.operands if as_recorded else node.operands[::-1])
    for operand in walks[node]:
        if operand not in seen:
            if operand._first is not None or operand._wide is not None:
                return operand
            seen.add(operand)
            order.append(operand)
    del walks[node]
    return None


def edges(root: N) -> Iterator[tuple[N, N, float]]:
    """Each edge of the graph once, as (node, operand, local derivative), in the order of a backward pass.

    >>> from minigrad import Value
    >>> x = Value(3.0, label="x")
    >>> [local_derivative for node, operand, local_derivative in edges(x * x)]
    [3.0, 3.0]
    """
    for node in reversed(topological_order(root)):
        first, second = node._first, node._second
        if second is not None:
            yield node, first, node._by_first  # type: ignore[misc]  # with a second there is a first
            yield node, second, node._by_second
        elif first is not None:
            yield node, first, node._by_first
        elif node._wide is not None:
            for operand, local_derivative in zip(*node._wide):
                yield node, operand, local_derivative


def count_paths(root: N, start: N) -> int:
    """How many paths lead from `start` to `root`, 0 if none: what a walk without a recursion would visit.

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


# --- copies and pickles ----------------------------------------------------------------------------------


_facts: Callable[[Node], tuple[Any, ...]] = operator.attrgetter(
    "operands", "data", "grad", "op", "local_derivatives", "label", "has_gradient", "origin"
)


def copied(node: N) -> N:
    """A new node with the same facts, on the same operands."""
    facts = (*_facts(node), _added(node))
    same: N = _restored(type(node), *facts)
    return same


def _added(node: Node) -> dict[str, Any]:
    """What a class derived from Value has put into a node, by name."""
    if type(node).__base__ is Node:  # Value itself
        return {}
    state: Any = object.__getstate__(node)  # with slots a pair
    attributes, slots = state
    return (attributes or {}) | {name: thing for name, thing in slots.items() if name not in Node.__slots__}


def deep_copied(root: N, memo: dict[int, Any]) -> N:
    """A copy of the whole graph of `root`, for `copy.deepcopy`, whose memo has what is already copied."""
    stack: list[Any] = [root]
    while stack:  # as in `topological_order`, with the memo as what is in the order
        node = stack.pop()
        if node is None:
            node = stack.pop()
            operands, *facts = _facts(node)
            if added := _added(node):
                facts.append(deepcopy(added, memo))
            memo[id(node)] = _restored(type(node), [memo[id(operand)] for operand in operands], *facts)
        elif id(node) not in memo:
            stack += [node, None, *node.operands]
    return memo[id(root)]  # type: ignore[no-any-return]  # the memo of `deepcopy` holds anything


def reduced(node: N) -> tuple[Any, ...]:
    """What `pickle` saves of a node: the list of its graph's nodes, or, within such a list, itself alone."""
    saving = _SAVING.get()()
    if not node.operands or (saving is not None and node in saving.nodes):
        added = _added(node)
        return _restored, (type(node), *_facts(node), *([added] if added else []))
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


def _restored(
    kind: type[N],
    operands: Sequence[N],
    data: float,
    grad: float,
    op: Operation | None,
    local_derivatives: Sequence[float],
    label: str,
    has_gradient: bool,
    origin: str,
    added: Mapping[str, Any] = MappingProxyType({}),
) -> N:
    node = object.__new__(kind)
    node.data, node.grad, node.op = data, grad, op
    linked = in_slots(operands, local_derivatives)
    node._first, node._by_first, node._second, node._by_second, node._wide = linked
    node.label, node.has_gradient, node.origin = label, has_gradient, origin
    for name, thing in added.items():
        setattr(node, name, thing)
    return node
