"""Groups the nodes of any graph that are computed alike and used alike, however many there are of each.

Two nodes are computed alike if they apply the same operation to nodes that are computed alike; a sum is a set
of terms, in any order and number, so that attention to 2 positions and to 5 is alike. They are used alike if
some node that is alike uses both in the same place. So the matrices of a program written with single numbers
come out, without knowing anything of it: a recorded GPT of 60,000 nodes has about twenty groups.

Glossary
    shape   how a node is computed, without regard to what uses it
    part    a sum without a label that only another sum uses: it belongs to that one
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from minigrad import rules
from minigrad.compiler.reading.blocks import stem_of
from minigrad.value import Value

_SUMS = (rules.add, rules.total)
_MOST_PASSES = 2


def alike(order: Sequence[Value]) -> tuple[dict[Value, int], set[Value]]:
    """The number of the group of every node, and the nodes that are parts; `order` has operands first.

    >>> from minigrad.graph import topological_order
    >>> x, w = [Value(1.0, "x1"), Value(2.0, "x2")], [Value(3.0, "w1"), Value(4.0, "w2")]
    >>> groups, parts = alike(topological_order(w[0] * x[0] + w[1] * x[1]))
    >>> len(set(groups.values())), len(parts)
    (4, 0)
    """
    parts = _parts(order)
    shapes = _shapes(order, parts)
    groups: dict[Value, int] = {}
    before = -1
    for _ in range(_MOST_PASSES):
        groups = _used_alike(order, shapes, parts, groups)
        count = len(set(groups.values()))
        if count == before:
            break
        before = count
    return groups, parts


def _parts(order: Sequence[Value]) -> set[Value]:
    users: dict[Value, int] = {}
    candidates = []
    for node in order:
        is_sum = node.op in _SUMS
        for operand in node.operands:
            users[operand] = users.get(operand, 0) + 1
            if is_sum and operand.op in _SUMS and not operand.label:
                candidates.append(operand)
    return {node for node in candidates if users[node] == 1}


def _shapes(order: Sequence[Value], parts: set[Value]) -> dict[Value, int]:
    known: dict[Hashable, int] = {}
    shapes: dict[Value, int] = {}
    terms: dict[Value, frozenset[int]] = {}
    for node in order:
        operands = node.operands
        role = (getattr(node.label, "kind", ""), getattr(node.label, "layer", 0)) if node.label else None
        if role == ("", 0):
            role = (stem_of(node.label), 0)
        key: Hashable
        if not operands:
            key = (node.op is rules.constant, role)
        elif node.op in _SUMS:
            found: set[int] = set()
            for operand in operands:
                if operand in parts:
                    found |= terms[operand]
                elif operand.data or operand.op is not rules.constant:
                    found.add(shapes[operand])
            terms[node] = frozenset(found)
            key = ("sum", terms[node], role)
        elif node.op is rules.dot:
            count = len(operands) // 2
            pairs = {(shapes[w], shapes[x]) for w, x in zip(operands[:count], operands[count : 2 * count])}
            key = ("dot", frozenset(pairs), role)
        else:
            key = (node.op, *[shapes[operand] for operand in operands], role)
        shapes[node] = known.setdefault(key, len(known))
    return shapes


def _used_alike(
    order: Sequence[Value], shapes: dict[Value, int], parts: set[Value], before: dict[Value, int]
) -> dict[Value, int]:
    """One pass from the root: nodes of one shape that a group uses in the same place are one group."""
    root: dict[int, int] = {}  # of merged groups

    def found(group: int) -> int:
        while root.setdefault(group, group) != group:
            group = root[group]
        return group

    uses: dict[Value, set[Hashable]] = {node: set() for node in order}
    known: dict[Hashable, int] = {}
    groups: dict[Value, int] = {}
    for node in reversed(order):
        if node in parts:
            group, places = next(iter(uses[node]))[0], None  # type: ignore[index]  # the sum's group, a place
        else:
            keys = [(shapes[node], use) for use in uses[node]] or [(shapes[node], None)]
            numbers = {found(known.setdefault(key, len(known))) for key in keys}
            group = min(numbers)
            root.update(dict.fromkeys(numbers, group))
            places = None if node.op in _SUMS else node.op
        groups[node] = group
        name = before.get(node, group) if before else group
        count = len(node.operands) // 2
        for position, operand in enumerate(node.operands):
            place = 0 if places is None else position // count if node.op is rules.dot else position
            uses[operand].add((group if node in parts else name, place))
    return {node: found(group) for node, group in groups.items()}
