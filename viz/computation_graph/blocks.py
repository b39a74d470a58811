"""Folds any graph into blocks: nodes that are computed alike, as matrices, each with its δ.

The compiler finds what is alike. Of that, a block is what has a name, is a sum of products with parameters (a
layer) or a quotient (such as a softmax), or is used by several others; the rest belongs to its only user.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from string import ascii_uppercase

from minigrad import Value, rules
from minigrad.compiler import alike
from minigrad.symbols.numerals import counted, plain
from nn.delta.notation import Name, drawn
from viz.computation_graph.folding import gradient_of, is_input, is_named
from viz.computation_graph.formulas import SUMS, formula, terms_of
from viz.computation_graph.matrices import Found, Home, parameters_as_rows, rows_of, strip_of, turned
from viz.computation_graph.model import Box, Edge, Gradient, Model, Strip
from viz.computation_graph.selection import Selection, written
from viz.drawing.looks import column
from viz.drawing.typography import clipped

_LISTED = 6  # of more δ only the cells are drawn


def blocks_of(selection: Selection, most: int, input_gradients: bool = False) -> Model | None:
    """The blocks of a graph, and what they send back to one another; None if there are more than `most`.

    >>> from nn import MLP, trace
    >>> from viz.computation_graph.selection import whole
    >>> t = trace(MLP(2, [2, 1], seed=0), [1.0, 2.0], y=0.0)
    >>> [box.title for box in blocks_of(whole(t.cost, "002"), 40).boxes]
    ['x', 'z⁽¹⁾', 'a⁽¹⁾', 'z⁽²⁾', 'C']
    """
    homes, results, parts = _homes(selection)
    if len(set(homes.values())) > 2 * most:  # constants count too
        return None
    homes, order = _in_order(selection, homes)
    members: dict[Home, list[Value]] = {home: [] for home in order}
    for node in selection.nodes:
        if node.op is not rules.constant:
            members[homes[node]].append(node)
    members = {home: nodes for home, nodes in members.items() if nodes}
    if len(members) > most:
        return None
    outputs = {home: [node for node in nodes if node in results] for home, nodes in members.items()}
    keys = {home: f"n{number}" for number, home in enumerate(members, start=1)}
    found = Found(homes, _names(outputs, selection), parts, {})
    has_delta = any(is_named(node, "z") for node in selection.nodes)
    quiet = set() if input_gradients else {home for home, nodes in outputs.items() if _is_data(nodes)}
    edges = _edges(selection, homes, keys, quiet)
    has_layers = any(group.layer for group in selection.groups.values())
    how = "folded into " + ("layers" if has_layers else "blocks of nodes that are computed alike")
    return Model(
        selection.root_name,
        [
            _box(keys[home], nodes, outputs[home], found, selection, has_delta, input_gradients)
            for home, nodes in members.items()
        ],
        edges,
        selection.root.has_gradient,
        len(selection.nodes),
        selection.total,
        ", ".join(filter(None, [selection.how, how])),
    )


def _homes(selection: Selection) -> tuple[dict[Value, Home], set[Value], set[Value]]:
    """The block of every node; those that are the numbers of their block; those that are parts of sums."""
    found, parts = alike(selection.nodes)
    frames = selection.groups
    own = {n: frames[n].frame for n in selection.nodes if n in frames and not frames[n].layer}
    groups: dict[Value, Home] = {**found, **own}
    first: dict[Home, Value] = {}
    sizes = Counter(groups.values())
    users: dict[Home, dict[Home, None]] = {}
    for node in selection.nodes:
        if node not in parts:
            first.setdefault(groups[node], node)
        for operand in node.operands:
            if groups.get(operand, groups[node]) != groups[node]:
                users.setdefault(groups[operand], {})[groups[node]] = None
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
        is_free_leaf = is_alone or _is_data([first[group]] * sizes[group])
        blocks[group] = group if stays or is_free_leaf or len(onto) != 1 else next(iter(onto))
    homes = {node: blocks[groups[node]] for node in selection.nodes}
    ends = {
        node
        for node in selection.nodes
        if blocks[groups[node]] == groups[node] and node not in parts and node not in own
    }
    return homes, ends | _last(own), parts


def _in_order(selection: Selection, homes: Mapping[Value, Home]) -> tuple[dict[Value, Home], list[Home]]:
    """The blocks, operands before results; those that lead to one another, as in a recurrence, are one."""
    homes = dict(homes)
    while True:
        operands: dict[Home, set[Home]] = {home: set() for home in homes.values()}
        for node in selection.nodes:
            operands[homes[node]] |= {
                homes[o] for o in node.operands if o in homes and homes[o] != homes[node]
            }
        try:
            return homes, list(TopologicalSorter(operands).static_order())
        except CycleError as error:
            cycle = set(error.args[1])
            one = homes[next(node for node in reversed(selection.nodes) if homes[node] in cycle)]
            homes = {node: one if home in cycle else home for node, home in homes.items()}


def _last(own: Mapping[Value, str]) -> set[Value]:
    """The last node of each frame of one's own."""
    return set({frame: node for node, frame in own.items()}.values())


def _is_data(nodes: Sequence[Value]) -> bool:
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
        and any(groups[factor] in leaves and factor.op is None for factor in term.operands)
        for term in terms_of(node, parts)
    )


# --- boxes ----------------------------------------------------------------------------------------------


def _names(outputs: Mapping[Home, Sequence[Value]], selection: Selection) -> dict[Home, str]:
    """What formulas call a block: by the common part of its labels, or A, B, C, …"""
    names: dict[Home, str] = {}
    taken = {node.label for nodes in outputs.values() for node in nodes}
    letters = iter(letter + number for number in ("", *map(str, range(1, 99))) for letter in ascii_uppercase)
    for home, nodes in outputs.items():
        label = nodes[0].label if nodes else ""
        if isinstance(home, str):
            names[home] = home
        elif nodes and nodes[-1] is selection.root:
            names[home] = selection.root_name
        elif isinstance(label, Name):
            names[home] = drawn(label.kind, label.layer, notation=selection.notation)
        elif label:
            names[home] = (
                written(nodes[0], selection.notation) if len(nodes) == 1 else label.rstrip("0123456789_")
            )
        else:
            names[home] = next(letter for letter in letters if letter not in taken)
    return names


def _box(
    key: str,
    nodes: Sequence[Value],
    outputs: Sequence[Value],
    found: Found,
    selection: Selection,
    has_delta: bool,
    input_gradients: bool,
) -> Box:
    last, home = outputs[-1], found.homes[outputs[-1]]
    rows = rows_of(outputs, found)
    size = plain(last.data) if len(outputs) == 1 else _shape(rows)
    how = _formula(last, home, found) if last.operands else ""
    numbers = set(outputs)
    parameters = [node for node in nodes if node.op is None and node not in numbers]
    lines = [(how, "")] if how else []
    tooltip = f"{found.names[home]}: {counted(len(nodes), 'node')}"
    if _is_data(outputs) and not input_gradients:
        return Box(key, found.names[home], size, tooltip, lines=lines)
    if is_named(last, "z") and last.has_gradient and len(outputs) == len(rows[0]) <= _LISTED:
        ordered = [node for row in rows for node in row]
        digits = column([node.grad for node in ordered], "delta")
        lines += [(written(n, selection.notation, "delta"), d) for n, d in zip(ordered, digits, strict=True)]
    sample = gradient_of(last, selection.notation, has_delta)
    gradients = [node.grad for node in outputs]
    number = gradients[0] if len(outputs) == 1 else math.hypot(*gradients)
    letter = "δ" if is_named(last, "z") else "grad"
    name = letter if len(outputs) == 1 else f"‖{letter}‖"
    gradient = Gradient(name, number, last.has_gradient, sample.kind if len(outputs) == 1 else "norm")
    group = selection.groups.get(last)
    return Box(
        key,
        found.names[home],
        size,
        tooltip,
        gradient,
        lines,
        strips=_strips(nodes, rows, parameters, found, selection, sample.kind) if last.has_gradient else (),
        frame=group.frame if group is not None and group.layer else None,
    )


def _strips(
    nodes: Sequence[Value],
    rows: Sequence[Sequence[Value]],
    parameters: Sequence[Value],
    found: Found,
    selection: Selection,
    kind: str,
) -> list[Strip]:
    """The gradients of a block and its local derivatives; its parameters, transposed, and their gradients."""
    outputs = [node for row in rows for node in row]
    first, strips = outputs[0], []
    label = first.label if isinstance(first.label, Name) else None
    if len(outputs) > 1:
        is_delta = label is not None and label.kind == "z"
        name = drawn("delta", label.layer, notation=selection.notation) if label and is_delta else "grad"
        strips.append(strip_of(name, kind, [[node.grad for node in row] for row in rows]))
        if all(len(n.operands) == 1 and found.homes[n.operands[0]] != found.homes[n] for n in outputs):
            slopes = [[node.local_derivatives[0] for node in row] for row in rows]
            strips.append(strip_of("σ′" if label else "slopes", "data", slopes))
    if parameters:
        matrix = turned(parameters_as_rows(outputs, parameters, nodes))
        if label:
            strips.append(strip_of("Wᵀ", "data", [[node.data for node in row] for row in matrix]))
        name = f"∂{selection.root_name}/∂{'Wᵀ' if label else 'w'}"
        strips.append(strip_of(name, "cell", [[node.grad for node in row] for row in matrix]))
    return strips


def _shape(rows: Sequence[Sequence[Value]]) -> str:
    return f"{max(map(len, rows))}" if len(rows) == 1 else f"{len(rows)} × {max(map(len, rows))}"


def _formula(node: Value, home: Home, found: Found) -> str:
    """How a block is computed, from one of its numbers."""

    def name(operand: Value) -> str | None:
        if found.homes[operand] != home:
            return found.names[found.homes[operand]]
        return None if operand.operands else operand.label.rstrip("0123456789_") or "w"

    if node.op is rules.dot and isinstance(node.label, Name):
        source = node.operands[len(node.operands) // 2]
        return f"W {name(source)}" + (" + b" if len(node.operands) % 2 else "")
    return clipped(formula(node, name, found.parts), 30)


# --- edges ----------------------------------------------------------------------------------------------


def _edges(
    selection: Selection, homes: Mapping[Value, Home], keys: Mapping[Home, str], quiet: Collection[Home]
) -> list[Edge]:
    """One edge between two blocks: what the one sends to the other, or its norm if it is several numbers."""
    counts: dict[tuple[Home, Home], int] = {}
    sums: dict[tuple[Value, Home], float] = {}
    for node in selection.nodes:
        home, upstream = homes[node], node.grad
        for operand, local in zip(node.operands, node.local_derivatives):
            there = homes.get(operand, home)
            if there != home and there in keys:
                counts[there, home] = counts.get((there, home), 0) + 1
                sums[operand, home] = sums.get((operand, home), 0.0) + upstream * local
    sent: dict[tuple[Home, Home], list[float]] = {}
    for (operand, home), total in sums.items():
        sent.setdefault((homes[operand], home), []).append(total)
    reached = selection.root.has_gradient
    edges = []
    for (tail, head), count in counts.items():
        contribution, found = None, sent[tail, head]
        if reached and tail not in quiet:
            contribution = found[0] if len(found) == 1 else math.hypot(*found)
        edges.append(
            Edge(
                keys[tail],
                keys[head],
                None,
                None,
                contribution,
                count,
                has_sign=len(found) == 1,
                is_quiet=tail in quiet,
            )
        )
    return edges
