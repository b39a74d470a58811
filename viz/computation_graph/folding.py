"""Folds large graphs: one box for each neuron or each layer, with its δ."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from minigrad import Value, rules
from minigrad.symbols.numerals import compact, counted, plain
from nn.delta.notation import AnyNotation, Name, drawn
from viz.computation_graph.groups import Group
from viz.computation_graph.model import (
    Band,
    Box,
    Edge,
    Model,
    Selection,
    arithmetic,
    model_with,
    rank_of,
    title_of,
    written,
)

_DRAWN_INPUTS = 16
_LISTED = 6  # of more δ in a layer only the range is given

Fold = tuple[str, str]  # of the nodes that share a box; ("cost", "") of those after the last layer


def folded(selection: Selection, detail: str) -> Model:
    """The boxes and edges of a graph, a box for each neuron or layer; `detail` is "neurons" or "layers".

    >>> from nn import MLP, trace
    >>> from viz.computation_graph.selection import whole
    >>> t = trace(MLP(2, [2, 1], seed=0), [1.0, 2.0], y=0.0)
    >>> [box.title for box in folded(whole(t.cost, "002"), "layers").boxes]
    ['C', 'layer 2', 'layer 1', 'input']
    """
    folds = _folds(selection, detail)
    members: dict[Fold, list[Value]] = {}
    for node in selection.nodes:
        members.setdefault(folds[node], []).append(node)
    keys = {fold: f"n{number}" for number, fold in enumerate(members, start=1)}
    boxes = [_box(keys[fold], fold, nodes, selection, detail) for fold, nodes in members.items()]
    how = ", ".join(filter(None, [selection.how, _how(members, selection, detail)]))
    return model_with(selection, boxes, _edges(selection, folds, keys), how)


def _how(members: Mapping[Fold, Sequence[Value]], selection: Selection, detail: str) -> str:
    """What the boxes are: neurons or layers, or groups of one's own; or that there is nothing to fold."""
    groups = {
        selection.groups[node] for nodes in members.values() for node in nodes if node in selection.groups
    }
    found = [detail] * any(group.layer for group in groups) + ["groups"] * any(not g.layer for g in groups)
    return "folded into " + " and ".join(found) if found else f"no {detail} to fold into"


def without_labels(model: Model) -> Model:
    """The same without labels on edges, for graphs with too many edges to read them.

    >>> from viz.computation_graph.selection import whole
    >>> without_labels(folded(whole(Value(2.0, label="x") * 3.0, "002"), "neurons")).note
    '3 nodes in 2 boxes, no neurons to fold into; 1 edge, without their numbers'
    """
    return replace(model, edges=[replace(edge, label=()) for edge in model.edges], bare=True)


def _folds(selection: Selection, detail: str) -> dict[Value, Fold]:
    """The fold of every node; a constant is in the fold of its consumer."""
    folds: dict[Value, Fold] = {}
    fold_inputs = detail == "layers" or len(_named(selection.nodes, "x")) > _DRAWN_INPUTS
    after: set[Value] = set()  # the nodes that depend on a group
    for number, node in enumerate(selection.nodes):
        group = selection.groups.get(node)
        if group is not None:
            folds[node] = (group.frame, group.part if detail == "neurons" else "")
        elif fold_inputs and isinstance(node.label, Name) and node.label.kind == "x":
            folds[node] = ("input", "")
        elif node.operands and any(o in after or o in selection.groups for o in node.operands):
            after.add(node)
            folds[node] = ("cost", "")
        else:
            folds[node] = ("", str(number))
    for node in selection.nodes:
        for operand in node.operands:
            if operand.op is rules.constant and operand in folds:
                folds[operand] = folds[node]
    return folds


def _edges(selection: Selection, folds: dict[Value, Fold], keys: dict[Fold, str]) -> list[Edge]:
    bundles: dict[tuple[Fold, Fold], list[tuple[Value, float]]] = {}
    for node in selection.nodes:
        for operand, local in zip(node.operands, node.local_derivatives):
            if operand in folds and folds[operand] != folds[node]:
                bundles.setdefault((folds[operand], folds[node]), []).append((node, local))
    return [
        _bundle(keys[tail], keys[head], edges, single=len(edges) == 1)
        for (tail, head), edges in bundles.items()
    ]


def _bundle(tail: str, head: str, edges: Sequence[tuple[Value, float]], single: bool) -> Edge:
    reached = edges[0][0].has_gradient
    contribution = math.fsum(node.grad * local for node, local in edges) if reached else None
    if single:
        label = arithmetic(*edges[0])
        return Edge(tail, head, -1, label, contribution, f"local derivative {edges[0][1]!r}")
    count = f"{len(edges):,} edges"
    return Edge(tail, head, -1, [count], None, count)


def _box(key: str, fold: Fold, nodes: Sequence[Value], selection: Selection, detail: str) -> Box:
    group = next((selection.groups[node] for node in nodes if node in selection.groups), None)
    if fold[0] == "cost":
        return _cost_box(key, nodes, selection)
    if fold == ("input", ""):
        return Box(key, "input", f"{len(nodes)} numbers", f"x: {len(nodes)} inputs")
    if group is None:
        return _leaf_box(key, nodes[-1], selection.notation)
    if detail == "neurons":
        return _neuron_box(key, nodes, group, selection.notation)
    return _layer_box(key, nodes, group, selection.notation)


def _leaf_box(key: str, node: Value, notation: AnyNotation) -> Box:
    title = title_of(node, notation)
    band = Band("grad", node.grad, node.has_gradient)
    neuron = node.label.neuron if isinstance(node.label, Name) else 0
    return Box(key, title, plain(node.data), title, band, rank=rank_of(node), neuron=neuron)


def _cost_box(key: str, nodes: Sequence[Value], selection: Selection) -> Box:
    last = nodes[-1]
    operations = sum(bool(node.operands) for node in nodes)
    named = selection.root_name if last is selection.root else title_of(last, selection.notation)
    title = written(last, selection.notation) or named
    band = Band("grad", last.grad, last.has_gradient)
    return Box(key, title, compact(last.data), title, band, [("", counted(operations, "operation"))])


def _neuron_box(key: str, nodes: Sequence[Value], group: Group, notation: AnyNotation) -> Box:
    """A neuron: z, a and δ; for several examples, the sum of its δ."""
    named = {kind: _named(nodes, kind) for kind in "zawb"}
    if not named["z"]:
        return _own_box(key, nodes, group)
    lines = []
    for kind in "za":
        if len(named[kind]) == 1:
            lines.append((written(named[kind][0], notation), compact(named[kind][0].data)))
    if len(named["z"]) > 1:
        lines.append(("", counted(len(named["z"]), "example")))
    lines.append(("", counted(len(named["w"]), "weight") + (", a bias" if named["b"] else "")))
    name = drawn("delta", group.layer, group.neuron, notation=notation)
    band = Band(
        name if len(named["z"]) == 1 else f"Σ {name}",
        math.fsum(z.grad for z in named["z"]),
        named["z"][0].has_gradient,
    )
    tooltip = f"{group.frame}, {group.part}: {counted(len(nodes), 'node')}"
    return Box(
        key,
        group.part,
        "",
        tooltip,
        band,
        lines,
        frame=group.frame,
        rank=(group.layer, "neuron"),
        neuron=group.neuron,
    )


def _layer_box(key: str, nodes: Sequence[Value], group: Group, notation: AnyNotation) -> Box:
    """A layer: the δ of its neurons, or their range if there are many; ‖δ‖ is the norm over all of them."""
    z = _named(nodes, "z")
    if not z:
        return _own_box(key, nodes, group)
    neurons = len({node.label.neuron for node in z if isinstance(node.label, Name)})
    lines = [("", counted(len(_named(nodes, "w")), "weight"))]
    if len(z) > neurons:
        lines.append(("", counted(len(z) // neurons, "example")))
    reached = z[0].has_gradient
    deltas = [node.grad for node in z]
    if reached and len(z) <= _LISTED:
        lines += [(written(node, notation, "delta"), compact(node.grad, signed=True)) for node in z]
    elif reached:
        lines.append(("δ from", compact(min(deltas), signed=True)))
        lines.append(("δ to", compact(max(deltas), signed=True)))
    name = f"‖{drawn('delta', group.layer, notation=notation)}‖"
    tooltip = f"{group.frame}: {counted(len(nodes), 'node')}"
    band = Band(name, math.hypot(*deltas), reached, norm=True)
    return Box(key, group.frame, counted(neurons, "neuron"), tooltip, band, lines)


def _own_box(key: str, nodes: Sequence[Value], group: Group) -> Box:
    """A group of your own; its last node is its result."""
    last = nodes[-1]
    band = Band("grad", last.grad, last.has_gradient)
    lines = [("", counted(len(nodes), "node"))]
    return Box(key, group.part or group.frame, compact(last.data), group.frame, band, lines)


def _named(nodes: Sequence[Value], kind: str) -> list[Value]:
    labels = [(node, node.label) for node in nodes]
    named = [(label.neuron, node) for node, label in labels if isinstance(label, Name) and label.kind == kind]
    return [node for _, node in sorted(named, key=lambda pair: pair[0])]
