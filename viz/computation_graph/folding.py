"""Folds nodes into boxes: one operation each, one named or shared node each, or one neuron each.

A box stands for the nodes that lead to its result and to nothing else. What it sends back to an operand is
its gradient times the derivative of the result with respect to that operand, along all ways inside of it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from minigrad import Value, rules
from minigrad.symbols.numerals import compact, counted, plain
from nn.delta.notation import AnyNotation, Name, as_notation, drawn
from viz.computation_graph.formulas import formula, in_lines, symbol_of
from viz.computation_graph.groups import parameters_of
from viz.computation_graph.model import Box, Edge, Gradient, Model, Row, is_known
from viz.computation_graph.selection import Selection, written
from viz.drawing.typography import clipped

MOST_ROWS = 9
_LONGEST = 26  # characters of a formula in a line
Folds = Mapping[Value, Value]  # the result of the box of each node


def model_of(selection: Selection, detail: str = "operations", input_gradients: bool = False) -> Model:
    """The boxes and edges at a detail: "operations", "names" or "neurons".

    >>> from viz.computation_graph.selection import whole
    >>> x = Value(3.0, label="x")
    >>> model = model_of(whole(x * x, "002"))
    >>> len(model.boxes), [edge.contribution for edge in model.edges]
    (2, [None, None])
    """
    folds = folds_of(selection, detail)
    members: dict[Value, list[Value]] = {}
    for node in selection.nodes:
        members.setdefault(folds[node], []).append(node)
    results = [node for node in selection.nodes if folds[node] is node]
    keys = {result: f"n{number}" for number, result in enumerate(results, start=1)}
    has_delta = any(is_named(node, "z") for node in selection.nodes)
    boxes = [_box(keys[r], r, members[r], selection, input_gradients, has_delta, detail) for r in results]
    names = {box.key: box.title.partition(" = ")[0] for box in boxes}
    edges = _edges(selection, folds, keys, detail, input_gradients)
    edges = [replace(edge, source=names[edge.head]) for edge in edges]
    root = keys[folds[selection.root]] if selection.root in folds else ""
    return modelled(selection, boxes, edges, _how(selection, detail), root)


def modelled(selection: Selection, boxes: Sequence[Box], edges: Sequence[Edge], how: str, root: str) -> Model:
    """The model of a selection; `how` its nodes are folded, and the key of the box that its root is in."""
    how = ", ".join(filter(None, [selection.how, how]))
    drawn_nodes, letters = len(selection.nodes), as_notation(selection.notation)
    reached, total = is_known(selection.root), selection.total
    return Model(
        selection.root_name, boxes, edges, reached, drawn_nodes, total, how, root=root, letters=letters
    )


def _how(selection: Selection, detail: str) -> str:
    """What the boxes are; or that there is nothing to fold."""
    if detail == "operations":
        return ""
    if detail == "names":
        return "one for each named or shared node"
    groups = {selection.groups[node] for node in selection.nodes if node in selection.groups}
    found = ["neurons"] * any(group.layer for group in groups) + ["groups"] * any(not g.layer for g in groups)
    return "folded into " + " and ".join(found) if found else "no neurons to fold into"


def folds_of(selection: Selection, detail: str) -> dict[Value, Value]:
    """The result of the box of each node; parameters and constants are in the box of their only consumer."""
    consumers: dict[Value, dict[Value, None]] = {node: {} for node in selection.nodes}
    for node in selection.nodes:
        for operand in node.operands:
            if operand in consumers:
                consumers[operand][node] = None
    rows = parameters_of(selection.nodes)
    results: dict[tuple[str, str], Value] = {}
    folds: dict[Value, Value] = {}
    for node in reversed(selection.nodes):
        group = selection.groups.get(node)
        if detail == "neurons" and group is not None:
            folds[node] = results.setdefault((group.frame, group.part), node)
            continue
        onto = {folds[consumer] for consumer in consumers[node]}
        is_named_only = detail == "names" and len(consumers[node]) < 2
        is_part = (
            (node in rows and onto <= set(consumers[node]))  # a row tells the gradient of a result times x
            or (node.op is rules.constant and _is_absorbed(next(iter(consumers[node]), None), detail))
            or (node.operands and not node.label and (detail == "neurons" or is_named_only))
        )
        result = next(iter(onto), node)
        is_inside = node.op is rules.constant or group == selection.groups.get(result) or node in rows
        folds[node] = result if is_part and is_inside and len(onto) == 1 else node
    return folds


def _is_absorbed(consumer: Value | None, detail: str) -> bool:
    """Whether a constant is written into the title of its consumer: one of two operands."""
    if consumer is None:
        return False
    two = len(consumer.operands) == 2 and sum(o.op is rules.constant for o in consumer.operands) == 1
    return two or detail != "operations"


# --- boxes ----------------------------------------------------------------------------------------------


def _box(
    key: str,
    result: Value,
    nodes: Sequence[Value],
    selection: Selection,
    input_gradients: bool,
    has_delta: bool,
    detail: str,
) -> Box:
    notation, group = selection.notation, selection.groups.get(result)
    if result.op is rules.constant:
        return Box(key, "", plain(result.data), f"the constant {result.data!r}")
    if detail == "neurons" and group is not None:
        return _group_box(key, nodes, selection)
    title = title_of(result, set(nodes), notation)
    if result is selection.root and not result.label and result.operands:
        title = f"{selection.root_name} = {title}"
    gradient = repr(result.grad) if is_known(result) else "none yet"
    tooltip = f"{title}: data {result.data!r}, grad {gradient}"
    name, _, how = title.partition(" = ")
    lines = in_lines(how, _LONGEST) if len(how) > _LONGEST and not selection.groups else []
    if len(how) > _LONGEST:
        title = name if lines else f"{name} = {clipped(how, _LONGEST)}"
    rows, left_out = _rows(nodes, result, notation)
    is_shown = input_gradients or not is_input(result)
    return Box(
        key,
        title,
        compact(result.data) if result.operands else plain(result.data),
        tooltip,
        gradient_of(result, notation, has_delta) if is_shown else None,
        lines,
        rows=rows,
        left_out=left_out,
        frame=group.frame if group else None,
        place=result.label.neuron if isinstance(result.label, Name) else 0,
    )


def gradient_of(node: Value, notation: AnyNotation, has_delta: bool) -> Gradient:
    """δ of a pre-activation, ∂C/∂a of an activation; in a graph without any δ the gradient has its look.

    >>> gradient_of(Value(1.0, label=Name("z", 2, 1)), "002", True).name
    'δ₁⁽²⁾'
    """
    if is_named(node, "z"):
        name, kind = written(node, notation, "delta"), "delta"
    else:
        name, kind = "grad", "error" if has_delta else "delta"
    return Gradient(name, node.grad, is_known(node), kind)


def _rows(nodes: Sequence[Value], result: Value, notation: AnyNotation) -> tuple[list[Row], int]:
    """A row for each parameter, of many the first and the last; and how many are left out."""
    rows = []
    inside = set(nodes)
    for node in nodes:
        for position, (operand, local) in enumerate(zip(node.operands, node.local_derivatives)):
            if operand in inside and operand.op is None:
                other = _partner(node, position)
                factor = " · " + (written(other, notation) or plain(local)) if other is not None else ""
                name, number = written(operand, notation), plain(operand.data)
                rows.append(Row(name, number, factor, node.grad * local, operand.grad))
    if len(rows) <= MOST_ROWS:
        return rows, 0
    return [*rows[:5], rows[-1]], len(rows) - 6


def _partner(node: Value, position: int) -> Value | None:
    """The x that belongs to a w of Σ w x; b has none."""
    count = len(node.operands) // 2
    return node.operands[position + count] if position < count else None


def _group_box(key: str, nodes: Sequence[Value], selection: Selection) -> Box:
    """A neuron: z, a and δ, and for several examples the sum of its δ; or a group of your own."""
    group, notation = selection.groups[nodes[-1]], selection.notation
    tooltip = f"{group.frame}, {group.part}: {counted(len(nodes), 'node')}".replace(", :", ":")
    named = {kind: [node for node in nodes if is_named(node, kind)] for kind in "zawb"}
    if not named["z"]:
        gradient = Gradient("grad", nodes[-1].grad, is_known(nodes[-1]))
        title, size = group.part or group.frame, [("", counted(len(nodes), "node"))]
        return Box(key, title, compact(nodes[-1].data), tooltip, gradient, size, frame=group.frame)
    lines = [
        (written(named[kind][0], notation), compact(named[kind][0].data))
        for kind in "za"
        if len(named[kind]) == 1
    ]
    if len(named["z"]) > 1:
        lines.append(("", counted(len(named["z"]), "example")))
    lines.append(("", counted(len(named["w"]), "weight") + (", a bias" if named["b"] else "")))
    name = ("Σ " if len(named["z"]) > 1 else "") + drawn(
        "delta", group.layer, group.neuron, notation=notation
    )
    total = math.fsum(z.grad for z in named["z"])
    gradient = Gradient(name, total, named["z"][0].has_gradient, "delta")
    return Box(key, group.part, "", tooltip, gradient, lines, frame=group.frame, place=group.neuron)


def is_named(node: Value, kind: str) -> bool:
    """Whether a node is a quantity of a network: x, w, b, z or a.

    >>> is_named(Value(1.0, label=Name("z", 2, 1)), "z"), is_named(Value(1.0, label="z"), "z")
    (True, False)
    """
    return isinstance(node.label, Name) and node.label.kind == kind


def is_input(node: Value) -> bool:
    """Whether a node is an input of a network, whose gradient is drawn only if it is asked for.

    >>> is_input(Value(1.0, label=Name("x", 0, 1))), is_input(Value(1.0, label="x"))
    (True, False)
    """
    return node.op is None and is_named(node, "x")


# --- titles ---------------------------------------------------------------------------------------------


def title_of(result: Value, inside: Collection[Value], notation: AnyNotation) -> str:
    """The name of a result, and how it is computed from what is outside of its box.

    >>> x = Value(3.0, label="x")
    >>> title_of(x**2, [], "002"), title_of((x * x).tanh(), [], "002")
    ('x ^ 2', 'tanh')
    """
    name = written(result, notation)
    if not result.operands or result.op is None:
        return name or "leaf"
    is_bare = all(operand not in inside and operand.op is not rules.constant for operand in result.operands)
    has_names = any(written(operand, notation) for operand in result.operands)
    if is_bare and (not has_names or (name and len(result.operands) == 1) or len(result.operands) > 2):
        text = symbol_of(result, as_notation(notation))
    else:
        text = formula(
            result,
            lambda node: None if node in inside and node.operands else written(node, notation) or "…",
            letters=as_notation(notation),
        )
    return f"{name} = {text}" if name else clipped(text, _LONGEST)


# --- edges ----------------------------------------------------------------------------------------------


def _edges(
    selection: Selection, folds: Folds, keys: Mapping[Value, str], detail: str, input_gradients: bool
) -> list[Edge]:
    bundles: dict[tuple[object, ...], list[tuple[Value, float, Value]]] = {}
    inner = derivatives_inside(selection.nodes, folds) if detail == "names" else {}
    for node in selection.nodes:
        for position, (operand, local) in enumerate(zip(node.operands, node.local_derivatives)):
            if operand in folds and folds[operand] is not folds[node]:
                alone = (node, position) if detail == "operations" else ()
                bundles.setdefault((folds[operand], folds[node], *alone), []).append((node, local, operand))
    edges = []
    for bundle in bundles.values():
        node, local, operand = bundle[0]
        upstream: float | None = node.grad
        derivative: float | None = local
        if detail == "names":
            upstream, derivative = folds[node].grad, sum(inner[node] * local for node, local, _ in bundle)
        elif len(bundle) > 1:
            upstream = derivative = None
        is_quiet = operand.op is rules.constant or (is_input(operand) and not input_gradients)
        sent = sum(n.grad * d for n, d, _ in bundle) if is_known(node) and not is_quiet else None
        ends, count = (keys[folds[operand]], keys[folds[node]]), len(bundle) if upstream is None else 1
        edges.append(Edge(*ends, upstream, derivative, sent, count, is_quiet=is_quiet))
    return edges


def derivatives_inside(nodes: Sequence[Value], folds: Folds) -> dict[Value, float]:
    """The derivative of the result of each node's box with respect to the node.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> z = y * 2.0
    >>> derivatives_inside([x, y, z], {x: x, y: z, z: z})[y]
    2.0
    """
    inner = {node: float(folds[node] is node) for node in nodes}
    for node in reversed(nodes):
        for operand, local in zip(node.operands, node.local_derivatives):
            if operand in folds and folds[operand] is folds[node]:
                inner[operand] += inner[node] * local
    return inner
