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
from minigrad.compiler.reading.blocks import word_of
from minigrad.value import Value

_MOST_KINDS = 100
_NONE = -1  # no group yet
_SUMS = (rules.add, rules.total)


def alike(order: Sequence[Value]) -> tuple[dict[Value, int], set[Value]]:
    """The number of the group of every node, and the nodes that are parts; `order` has operands first.

    Operands that are not in `order` count for nothing.

    >>> from minigrad.graph import topological_order
    >>> x, w = [Value(1.0, "x1"), Value(2.0, "x2")], [Value(3.0, "w1"), Value(4.0, "w2")]
    >>> groups, parts = alike(topological_order(w[0] * x[0] + w[1] * x[1]))
    >>> len(set(groups.values())), len(parts)
    (4, 0)
    """
    place = {node: index for index, node in enumerate(order)}
    operands = [tuple([place[operand] for operand in node.operands if operand in place]) for node in order]
    is_part = _parts(order, operands)
    groups = _used_alike(order, operands, _shapes(order, operands, is_part), is_part)
    return dict(zip(order, groups)), {node for node, part in zip(order, is_part) if part}


def _parts(order: Sequence[Value], operands: Sequence[Sequence[int]]) -> list[bool]:
    users, by_sum = [0] * len(order), [False] * len(order)
    for node, found in zip(order, operands):
        is_sum = node.op in _SUMS
        for operand in found:
            users[operand] += 1
            if is_sum:
                by_sum[operand] = True
    return [
        by_sum[index] and users[index] == 1 and node.op in _SUMS and not node.label
        for index, node in enumerate(order)
    ]


def _shapes(order: Sequence[Value], operands: Sequence[Sequence[int]], is_part: Sequence[bool]) -> list[int]:
    known: dict[Hashable, int] = {}
    shapes: list[int] = []
    terms: dict[int, frozenset[int]] = {}
    for index, (node, found) in enumerate(zip(order, operands)):
        key: Hashable
        if not found:
            key = node.op is rules.constant
        elif node.op in _SUMS:
            parts = [terms.get(operand, frozenset()) for operand in found if is_part[operand]]
            others = [
                shapes[o]
                for o in found
                if not is_part[o] and (order[o].data or order[o].op is not rules.constant)
            ]
            key = terms[index] = frozenset(others).union(*parts)
            if len(terms[index]) > _MOST_KINDS:
                terms[index] = frozenset([len(shapes)])  # of a sum of very many different terms, as one
        elif node.op is rules.dot:
            count = len(found) // 2
            key = "dot", frozenset([(shapes[w], shapes[x]) for w, x in zip(found, found[count : 2 * count])])
        else:
            key = node.op, tuple([shapes[operand] for operand in found])
        if node.label:
            key = key, _role(node.label)
        shapes.append(known.setdefault(key, len(known)))
    return shapes


def _role(label: str) -> Hashable:
    kind = getattr(label, "kind", "")
    return (kind, getattr(label, "layer", 0)) if kind else word_of(label)


def _used_alike(
    order: Sequence[Value],
    operands: Sequence[Sequence[int]],
    shapes: Sequence[int],
    is_part: Sequence[bool],
) -> list[int]:
    """One pass from the root: nodes of one shape that a group uses in the same place are one group."""
    known: dict[tuple[int, int, int], int] = {}  # the group of each use: shape, group of the user, place
    merged: list[int] = []  # from each group to that it became part of, or itself
    groups = [_NONE] * len(order)

    def found(group: int) -> int:
        while merged[group] != group:
            group = merged[group]
        return group

    def merge(group: int, other: int) -> None:
        one, other = sorted((found(group), found(other)))
        merged[other] = one

    for index in range(len(order) - 1, -1, -1):
        group, operation, count = groups[index], order[index].op, len(operands[index]) // 2
        if group == _NONE:
            group = groups[index] = len(merged)
            merged.append(group)
        user = found(group)
        for position, operand in enumerate(operands[index]):
            if is_part[operand]:
                groups[operand] = group
                continue
            if operation in _SUMS:
                position = 0
            elif operation is rules.dot:
                position //= max(count, 1)
            number = known.setdefault((shapes[operand], user, position), len(merged))
            if number == len(merged):
                merged.append(number)
            if groups[operand] == _NONE:
                groups[operand] = number
            elif groups[operand] != number:
                merge(groups[operand], number)
    once_more: dict[tuple[int, int, int], int] = {}  # now that it is known which users are one group
    users = [found(group) for group in range(len(merged))]
    for (shape, user, position), number in known.items():
        merge(once_more.setdefault((shape, users[user], position), number), number)
    return [found(group) for group in groups]
