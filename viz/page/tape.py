"""A computation graph as a tape: numbers in columns, for a page that computes them again.

Nodes are in topological order, operands before results. Texts stand for what JSON has no number for
("Infinity", "NaN"), null for the derivative NOTHING.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from minigrad import Value, rules, topological_order
from minigrad.journal.naming import name
from minigrad.number import NOTHING
from minigrad.operations import OUT_OF_DOMAIN, Operation
from nn import Trace
from nn.activations import ACTIVATIONS, SOFTMAX, activation_name
from nn.delta.notation import Name
from nn.loss_rows import LOSS_NAMES, Loss, name_of
from viz.page.rules_script import is_of_table, keys, row

Tape = dict[str, Any]
Place = tuple[str, int, int, int]  # kind, layer, to, from


def tape_of(root: Value | Trace) -> Tape:
    """The graph of a Value, or of a trace with its cost, as what the page's engine computes with.

    >>> x = Value(3.0, label="x")
    >>> tape = tape_of(x * x)
    >>> tape["operations"], tape["nodes"]["operands"], tape["nodes"]["data"], tape["computes"]
    (['multiply'], [[], [0, 0]], [3.0, 9.0], True)
    """
    traced = root if isinstance(root, Trace) else None
    cost = root.cost if isinstance(root, Trace) else root
    order = nodes_of(root)
    number = {node: place for place, node in enumerate(order)}
    operations = list(dict.fromkeys(node.op for node in order if node.op is not None and node.operands))
    place = {operation: k for k, operation in enumerate(operations)}
    found = _places(order, cost, traced)
    why = _why_not(order)
    kinds, layers, to, source = zip(*(found[node] for node in order))
    named = zip(order, kinds, to, strict=True)
    nodes: dict[str, Any] = {
        "operation": [place[node.op] if node.op and node.operands else -1 for node in order],
        "operands": [[number[operand] for operand in node.operands] for node in order],
        "data": [_number(node.data) for node in order],
        "label": [str(node.label) or (f"y{j}" if kind == "y" else "") for node, kind, j in named],
        "kind": kinds,
        "layer": layers,
        "to": to,
        "from": source,
    }
    if why:
        nodes["local"] = [[_number(each) for each in node.local_derivatives] for node in order]
    return {
        "operations": list(keys(operations).values()),
        "symbols": [operation.symbol for operation in operations],
        "nodes": nodes,
        "root": number[cost],
        "network": None if traced is None else _network(traced),
        "computes": not why,
        "why": why,
    }


def nodes_of(root: Value | Trace) -> list[Value]:
    """Every node of the tape: the graph of the root, and of a trace also what its cost does not depend on."""
    if not isinstance(root, Trace):
        return topological_order(root)
    order = dict.fromkeys(topological_order(root.cost))
    for layer in (*root.z, *root.a):
        for node in layer:
            if node not in order:
                order |= dict.fromkeys(each for each in topological_order(node) if each not in order)
    return list(order)


def operations_of(root: Value | Trace) -> list[Operation]:
    """The operations of somebody's own in a graph, which the page's script needs besides the table."""
    found = dict.fromkeys(node.op for node in nodes_of(root) if node.op is not None and node.operands)
    return [operation for operation in found if not is_of_table(operation)]


def _number(number: float) -> float | str | None:
    if number is NOTHING:
        return None
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


# --- what can be computed in the page ----------------------------------------------------------------------


def _why_not(order: Sequence[Value]) -> str:
    """Why the page shows the recorded numbers and computes no new ones; "" where it computes."""
    end = "this page steps through the recorded numbers, and does not compute new ones"
    readable: dict[Operation, bool] = {}
    for node in order:
        if node.op is None or not node.operands:
            continue
        if node.op not in readable:
            readable[node.op] = bool(row(node.op))
        if not readable[node.op]:
            return f"the row of {node.op.name} cannot be read as a formula: {end}"
        if not _is_true(node):
            return f"{name(node)} is not what its row gives for its operands now: {end}"
    return ""


def _is_true(node: Value) -> bool:
    """Whether a node's numbers are those of its row: nobody planted one, or changed an operand since."""
    assert node.op is not None
    numbers = [operand.data for operand in node.operands]
    try:
        y = node.op.value(*numbers)
        local = node.op.local_derivatives(y, *numbers)
    except OUT_OF_DOMAIN:
        return False
    pairs = zip((node.data, *node.local_derivatives), (y, *local), strict=True)
    return all(a == b or (a != a and b != b) for a, b in pairs)


# --- where the nodes are ---------------------------------------------------------------------------------


def _places(order: Sequence[Value], root: Value, traced: Trace | None) -> dict[Value, Place]:
    """Kind, layer, neuron and source of each node: by its label, or within a neuron by what it leads to."""
    found = {} if traced is None else _of_trace(traced)
    for node in reversed(order):
        if node not in found:
            kind = "cost" if node is root else "" if node.operands or node.op is None else "constant"
            found[node] = _named(node) or (kind, -1, -1, -1)
        _place_operands(node, found)
    if traced is not None and traced.loss is not None:
        _place_targets(order, traced, found)
    return found


def _of_trace(traced: Trace) -> dict[Value, Place]:
    """The nodes of a network where they are, whatever their labels have become."""
    found: dict[Value, Place] = {x: ("x", 0, k, -1) for k, x in enumerate(traced.a[0], start=1)}
    for l, layer in enumerate(traced.model.layers, start=1):
        for j, neuron in enumerate(layer.neurons, start=1):
            found |= {w: ("w", l, j, k) for k, w in enumerate(neuron.w, start=1) if w not in found}
            if neuron.b is not None and neuron.b not in found:
                found[neuron.b] = ("b", l, j, -1)
            found[traced.a[l][j - 1]] = ("a", l, j, -1)
            found[traced.z[l][j - 1]] = ("z", l, j, -1)  # which is a, where σ is the identity
    return found


def _named(node: Value) -> Place | None:
    label = node.label
    return (label.kind, label.layer, label.neuron, label.source or -1) if isinstance(label, Name) else None


def _place_operands(node: Value, found: dict[Value, Place]) -> None:
    """The products and sums of a neuron belong to it, though only its z is labelled; so with softmax."""
    kind, layer, to, _ = found[node]
    if layer < 1 or kind not in ("z", "a", "product", "sum", "activation"):
        return
    for operand in node.operands:
        own = _named(operand) or found.get(operand)
        if not operand.operands or (own is not None and own[0] in ("z", "a")):
            continue
        if kind in ("a", "activation"):
            is_shared = own is not None or operand.op is rules.logsumexp
            found[operand] = ("activation", layer, -1 if is_shared else to, -1)
        elif operand.op is rules.multiply:
            places = [found.get(x) or _named(x) for x in operand.operands]
            sources = [place[3] for place in places if place is not None and place[0] == "w"]
            found[operand] = ("product", layer, to, sources[0] if sources else -1)
        else:
            found[operand] = ("sum", layer, to, -1)


def _place_targets(order: Sequence[Value], traced: Trace, found: dict[Value, Place]) -> None:
    """The constants of the cost that are targets: what is subtracted from an output, or multiplies it."""
    targets = _targets(traced)
    outputs = {a: j for j, a in enumerate(traced.a[-1], start=1)}
    for node in order:
        if node.op not in (rules.subtract, rules.multiply) or found[node][1] >= 0:
            continue
        first, second = node.operands
        for other, constant in ((first, second), (second, first)):
            output = other.operands[0] if other.op is rules.log else other
            if output in outputs and constant.op is rules.constant:
                j = outputs[output]
                if j <= len(targets) and constant.data == targets[j - 1]:
                    found[constant] = ("y", traced.depth + 1, j, -1)


# --- the network -----------------------------------------------------------------------------------------


def _network(traced: Trace) -> dict[str, Any]:
    """What the page makes the same network of, with other numbers, σ, sizes or loss, if it can."""
    model, loss = traced.model, traced.loss
    activations = [activation_name(layer.activation) for layer in model.layers]
    is_named = all(each.activation in (*ACTIVATIONS, SOFTMAX) for each in model.layers)
    is_known = isinstance(loss, Loss) and name_of(loss) in LOSS_NAMES
    neurons = [neuron for layer in model.layers for neuron in layer.neurons]
    count = sum(len(neuron.w) + (neuron.b is not None) for neuron in neurons)
    is_plain = len(model.parameters()) == count and not any(p.operands for p in model.parameters())
    elementary = {neuron.elementary for neuron in neurons}
    return {
        "sizes": list(model.sizes),
        "activations": activations,
        "loss": name_of(loss),
        "elementary": elementary == {True},
        "rebuilds": is_named and is_known and is_plain and len(elementary) == 1,
        "x": [_number(x.data) for x in traced.a[0]],
        "y": [_number(y) for y in _targets(traced)],
        "W": [[[_number(w.data) for w in n.w] for n in layer.neurons] for layer in model.layers],
        "b": [_biases(layer) for layer in model.layers],
    }


def _biases(layer: Any) -> list[float | str | None] | None:
    biases = [None if neuron.b is None else _number(neuron.b.data) for neuron in layer.neurons]
    return None if all(b is None for b in biases) else biases


def _targets(traced: Trace) -> list[float]:
    """The targets as numbers; [] for those that only the loss understands."""
    if not isinstance(traced.loss, Loss):
        return []
    targets = traced.loss.targets_of(traced.target, len(traced.a[-1]))
    return [y.data if isinstance(y, Value) else float(y) for y in targets]
