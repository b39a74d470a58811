"""Copies and pickles of graphs of any depth: node after node in topological order, never by recursion.

After this file you know why sharing survives: nodes that two Values have in common are copied, and pickled,
once, because `copy` and `pickle` are told of every node on its own.
"""

from __future__ import annotations

import operator
import weakref
from collections.abc import Iterable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from minigrad.graph import topological_order

if TYPE_CHECKING:
    from minigrad.value import Value

_facts = operator.attrgetter("data", "grad", "op", "local_derivatives", "label", "has_gradient")


def copied(node: Value, operands: tuple[Value, ...]) -> Value:
    """A new node with the same facts and these operands."""
    return _restored(type(node), operands, getattr(node, "origin", ""), *_facts(node))


def deep_copied(root: Value, memo: dict[Any, Any]) -> Value:
    """A copy of the whole graph of `root`, for `copy.deepcopy`, whose memo has what is already copied."""
    walked: set[Value] = memo.setdefault(deep_copied, set())
    for node in topological_order(root, walked):
        memo[id(node)] = copied(node, tuple([memo[id(operand)] for operand in node.operands]))
    return memo[id(root)]  # type: ignore[no-any-return]  # the memo of `deepcopy` holds anything


def _restored(kind: type[Value], operands: tuple[Value, ...], origin: str, *facts: Any) -> Value:
    node = object.__new__(kind)
    node.operands = operands
    node.data, node.grad, node.op, node.local_derivatives, node.label, node.has_gradient = facts
    node.origin = origin
    return node


# --- pickle: a root is saved as the list of all its nodes, in which each saves itself alone ---------------


class _Nodes(list[Any]):
    """The nodes of a graph, operands before results, while a pickler saves them one after another."""

    def __init__(self, nodes: Iterable[Value]) -> None:
        super().__init__(nodes)
        self.unsaved = set(self)

    def __reduce__(self) -> tuple[Any, ...]:
        _SAVING.set(weakref.ref(self))
        return list, (), None, iter([*self, _End(self)])


class _End:
    """Saved after the last node: from here on a node stands for its whole graph again."""

    def __init__(self, nodes: _Nodes) -> None:
        self.nodes = nodes

    def __reduce__(self) -> tuple[Any, ...]:
        self.nodes.unsaved.clear()
        return bool, ()


# A weak reference: when a pickler fails midway its list of nodes goes, and this with it.
_SAVING: ContextVar[weakref.ref[_Nodes] | None] = ContextVar("saving", default=None)


def reduced(node: Value) -> tuple[Any, ...]:
    """What `pickle` saves of a node: itself alone where its operands are saved, otherwise its graph."""
    reference = _SAVING.get()
    nodes = reference() if reference is not None else None
    if not node.operands or (nodes is not None and node in nodes.unsaved):
        return _restored, (type(node), node.operands, getattr(node, "origin", ""), *_facts(node))
    order = topological_order(node)
    return operator.getitem, (_Nodes(order), len(order) - 1)
