"""Finds the block of every node: a group of nodes that are alike, or a frame of one's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from minigrad import Value, rules
from minigrad.compiler import alike
from nn.delta.notation import Name
from viz.computation_graph.folding import is_input
from viz.computation_graph.formulas import SUMS, terms_of
from viz.computation_graph.matrices import Home
from viz.computation_graph.selection import Selection


def homes_of(selection: Selection) -> tuple[dict[Value, Home], set[Value], set[Value]]:
    """The block of every node; those that are the numbers of their block; those that are parts of sums."""
    found, parts = alike(selection.nodes)
    frames = selection.groups
    own = {n: frames[n].frame for n in selection.nodes if n in frames and not frames[n].layer}
    groups: dict[Value, Home] = {**found, **own}
    first: dict[Home, Value] = {}
    sizes = Counter(groups.values())
    users: dict[Home, dict[Home, None]] = {}
    for node in selection.nodes:
        group = groups[node]
        if group not in first and node not in parts:
            first[group] = node
        for operand in node.operands:
            used = groups.get(operand, group)
            if used != group:
                users.setdefault(used, {})[group] = None
    leaves = {group for group, node in first.items() if not node.operands}
    blocks: dict[Home, Home] = {}
    for node in reversed(selection.nodes):
        group = groups[node]
        if group in blocks:
            continue
        onto = {blocks[user] for user in users.get(group, ()) if user in blocks}
        stays = (
            isinstance(group, str)
            or first[group] is selection.root
            or (first[group].operands and _is_block(first[group], groups, leaves, parts))
        )
        label = first[group].label
        is_alone = (
            not first[group].operands and bool(label) and not isinstance(label, Name) and sizes[group] == 1
        )
        is_free_leaf = is_alone or is_data([first[group]] * sizes[group])
        blocks[group] = group if stays or is_free_leaf or len(onto) != 1 else next(iter(onto))
    homes = {node: blocks[groups[node]] for node in selection.nodes}
    ends = {
        node
        for node in selection.nodes
        if blocks[groups[node]] == groups[node] and node not in parts and node not in own
    }
    return homes, ends | _last(own), parts


def in_order(selection: Selection, homes: Mapping[Value, Home]) -> tuple[dict[Value, Home], list[Home]]:
    """The blocks, operands before results; those that lead to one another, as in a recurrence, are one."""
    homes = dict(homes)
    while True:
        operands: dict[Home, set[Home]] = {home: set() for home in homes.values()}
        for node in selection.nodes:
            home = homes[node]
            used = operands[home]
            for operand in node.operands:
                used.add(homes.get(operand, home))
        for home, used in operands.items():
            used.discard(home)
        try:
            return homes, list(TopologicalSorter(operands).static_order())
        except CycleError as error:
            cycle = set(error.args[1])
            one = homes[next(node for node in reversed(selection.nodes) if homes[node] in cycle)]
            homes = {node: one if home in cycle else home for node, home in homes.items()}


def _last(own: Mapping[Value, str]) -> set[Value]:
    """The last node of each frame of one's own."""
    return set({frame: node for node, frame in own.items()}.values())


def is_data(nodes: Sequence[Value]) -> bool:
    """Whether leaves are inputs: those of a network, or several that are called x."""
    first = nodes[0]
    return not first.operands and (is_input(first) or (len(nodes) > 1 and first.label[:1] in ("x", "X")))


def _is_block(
    node: Value, groups: Mapping[Value, Home], leaves: Collection[Home], parts: Collection[Value]
) -> bool:
    """Whether a node has a name, is a quotient, or a sum of products with parameters."""
    if node.label:
        return True
    if node.op is rules.divide:
        return node.operands[1].op in SUMS
    if node.op is rules.dot:
        return True
    return node.op in SUMS and any(
        term.op is rules.multiply
        and any(groups.get(factor) in leaves and factor.op is None for factor in term.operands)
        for term in terms_of(node, parts)
    )
