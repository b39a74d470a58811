"""Finds the block of every node: a group of nodes that are alike, or a frame of one's own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from minigrad import Value, rules
from minigrad.compiler import alike
from nn.delta.notation import Name
from viz.computation_graph.folding import is_input
from viz.computation_graph.formulas import SUMS, terms_of
from viz.computation_graph.matrices import Home
from viz.computation_graph.selection import Selection

Homes = tuple[dict[Value, Home], list[Home], set[Value], set[Value]]


def homes_of(selection: Selection, most: int) -> Homes | None:
    """The block of every node, blocks in order, operands before results; their numbers; parts of sums.

    None if the blocks, with those of constants, are more than `most`.
    """
    numbered, parts = alike(selection.nodes)
    frames = selection.groups
    own = {n: frames[n].frame for n in selection.nodes if n in frames and not frames[n].layer}
    groups: dict[Value, Home] = {**numbered, **own}
    members: dict[Home, list[Value]] = {}  # but for parts
    users: dict[Home, dict[Home, None]] = {}
    for node, group in groups.items():
        users.setdefault(group, {})
        if node not in parts:
            members.setdefault(group, []).append(node)
        for operand in node.operands:
            if (used := groups.get(operand, group)) != group:
                users[used][group] = None
    leaves = {group for group, nodes in members.items() if not nodes[0].operands}
    blocks: dict[Home, Home] = {}
    for node in reversed(selection.nodes):
        group = groups[node]
        if group in blocks:
            continue
        nodes = members[group]
        onto = {blocks[user] for user in users[group] if user in blocks}
        stays = isinstance(group, str) or _is_alone(nodes) or nodes[0] is selection.root
        stays = stays or (group not in leaves and _is_block(nodes[0], groups, leaves, parts))
        blocks[group] = group if stays or len(onto) != 1 else onto.pop()
    if len(set(blocks.values())) > most:
        return None
    ends = {node for group, nodes in members.items() if blocks[group] == group for node in nodes}
    blocks, order = _in_order(blocks, users)
    ends -= own.keys()
    return {n: blocks[group] for n, group in groups.items()}, order, ends | _last(own), parts


def _in_order(
    blocks: Mapping[Home, Home], users: dict[Home, dict[Home, None]]
) -> tuple[dict[Home, Home], list[Home]]:
    """Blocks, operands before results; those that lead to one another, as in a recurrence, are the last."""
    one_of = dict(blocks)
    while True:
        operands: dict[Home, dict[Home, None]] = {one_of[group]: {} for group in users}
        for used, found in users.items():
            for user in found:
                if one_of[user] != one_of[used]:
                    operands[one_of[user]][one_of[used]] = None
        try:
            return one_of, list(TopologicalSorter(operands).static_order())
        except CycleError as error:
            cycle = set(error.args[1])
            last = next(one_of[group] for group in reversed(users) if one_of[group] in cycle)
            one_of = {group: last if home in cycle else home for group, home in one_of.items()}


def _last(own: Mapping[Value, str]) -> set[Value]:
    """The last node of each frame of one's own."""
    return set({frame: node for node, frame in own.items()}.values())


def is_data(nodes: Sequence[Value]) -> bool:
    """Whether leaves are inputs: those of a network, or several that are called x."""
    first = nodes[0]
    return not first.operands and (is_input(first) or (len(nodes) > 1 and first.label[:1] in ("x", "X")))


def _is_alone(nodes: Sequence[Value]) -> bool:
    """Whether leaves have a block of their own: data, or one with a name that no network gave it."""
    first = nodes[0]
    is_named = bool(first.label) and not isinstance(first.label, Name)
    return is_data(nodes) or (not first.operands and is_named and len(nodes) == 1)


def _is_block(
    node: Value, groups: Mapping[Value, Home], leaves: Collection[Home], parts: Collection[Value]
) -> bool:
    """Whether a node has a name, is a quotient, or a sum of products with parameters."""
    if node.label or node.op is rules.dot:
        return True
    if node.op is rules.divide:
        return node.operands[1].op in SUMS
    return node.op in SUMS and any(
        term.op is rules.multiply
        and any(groups.get(factor) in leaves and factor.op is None for factor in term.operands)
        for term in terms_of(node, parts)
    )
