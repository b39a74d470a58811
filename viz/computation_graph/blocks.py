"""Folds any graph into blocks: nodes that are computed alike, as matrices, each with its δ.

The compiler finds what is alike. Of that, a block is what has a name, is a sum of products with parameters (a
layer) or a quotient (such as a softmax), or is used by several others; the rest belongs to its only user.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import takewhile

from minigrad import Value, rules
from minigrad.compiler import alike
from minigrad.symbols.numerals import counted, lowered, plain
from nn.delta.formulas import as_text, equation
from nn.delta.notation import Name, as_notation, drawn
from viz.computation_graph.folding import gradient_of, is_named, modelled
from viz.computation_graph.formulas import formula, in_lines, operation
from viz.computation_graph.homes import homes_of, is_data
from viz.computation_graph.matrices import Found, Home, parameters_as_rows, rows_of, strip_of, turned
from viz.computation_graph.model import Box, Edge, Gradient, Model, Strip
from viz.computation_graph.selection import Selection, written
from viz.drawing.looks import column
from viz.drawing.typography import clipped

_SAMPLE = 3000  # nodes
_LISTED = 6  # of more δ only the cells are drawn


def blocks_of(selection: Selection, most: int, input_gradients: bool = False) -> Model | None:
    """The blocks of a graph, and what they send back to one another; None if there are more than `most`.

    >>> from nn import MLP, trace
    >>> from viz.computation_graph.selection import whole
    >>> t = trace(MLP(2, [2, 1], seed=0), [1.0, 2.0], y=0.0)
    >>> [box.title for box in blocks_of(whole(t.cost, "002"), 40).boxes]
    ['x', 'z⁽¹⁾', 'a⁽¹⁾', 'z⁽²⁾', 'C']
    """
    if len(selection.nodes) > 4 * _SAMPLE:  # where nearly every node is its own kind, there are no blocks
        near, _ = alike(selection.nodes[-_SAMPLE:])
        if len(set(near.values())) > _SAMPLE // 2:
            return None
    if (found := homes_of(selection, 2 * most)) is None:  # constants count too
        return None
    homes, order, results, parts = found
    found_in: dict[Home, list[Value]] = {home: [] for home in order}
    for node in selection.nodes:
        if node.op is not rules.constant:
            found_in[homes[node]].append(node)
    members = {home: nodes for home, nodes in found_in.items() if nodes}
    if len(members) > most:
        return None
    outputs = {home: [node for node in nodes if node in results] for home, nodes in members.items()}
    keys = {home: f"n{number}" for number, home in enumerate(members, start=1)}
    parameters = {
        home: [node for node in nodes if node.op is None and node not in results]
        for home, nodes in members.items()
    }
    names = _names(outputs, parameters, parts, selection)
    letters = as_notation(selection.notation)
    blocks = Found(homes, names, parts, {}, letters, outputs, parameters)
    quiet = set() if input_gradients else {home for home, nodes in outputs.items() if is_data(nodes)}
    boxes = [
        _box(keys[home], home, len(members[home]), blocks, selection, input_gradients) for home in members
    ]
    edges = _edges(selection, blocks, keys, quiet)
    has_layers = any(group.layer for group in selection.groups.values())
    how = "folded into " + ("layers" if has_layers else "blocks of nodes that are computed alike")
    return modelled(selection, boxes, edges, how, keys.get(homes.get(selection.root, ""), ""))


# --- boxes ----------------------------------------------------------------------------------------------


def _names(
    outputs: Mapping[Home, Sequence[Value]],
    parameters: Mapping[Home, Sequence[Value]],
    parts: Collection[Value],
    selection: Selection,
) -> dict[Home, str]:
    """What formulas call a block: its label, or that of its parameters, or what computes it, numbered."""
    names: dict[Home, str] = {}
    neurons = _neurons(outputs)
    unnamed: dict[str, list[Home]] = {}
    for home, nodes in outputs.items():
        label = nodes[0].label
        stems = {_stem(parameter) for parameter in parameters[home]}
        if isinstance(home, str):
            names[home] = clipped(home, 40)
        elif nodes[-1] is selection.root:
            names[home] = selection.root_name
        elif isinstance(label, Name) and (len(nodes) > 1 or len(neurons[label.layer]) == 1):
            names[home] = drawn(label.kind, label.layer, notation=selection.notation)
        elif label:
            names[home] = written(nodes[0], selection.notation) if len(nodes) == 1 else _common(nodes)
        else:
            stem = stems.pop() if len(stems) == 1 else ""
            unnamed.setdefault(stem or operation(nodes[0], parts, set(parameters[home])), []).append(home)
    taken = set(names.values())
    for name, homes in unnamed.items():
        for number, home in enumerate(homes, start=1):
            names[home] = name + (lowered(number) if len(homes) > 1 or name in taken else "")
    return names


def _neurons(outputs: Mapping[Home, Sequence[Value]]) -> dict[int, set[int]]:
    """The neurons of every layer: a layer of one has the names of its layer, such as z⁽³⁾."""
    neurons: dict[int, set[int]] = {}
    for label in (node.label for nodes in outputs.values() for node in nodes):
        if isinstance(label, Name):
            neurons.setdefault(label.layer, set()).add(label.neuron)
    return neurons


def _common(nodes: Sequence[Value]) -> str:
    """What the labels of several nodes begin with, such as z1 of z1_1 and z1_2."""
    labels = sorted(node.label for node in nodes)
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(labels[0], labels[-1]))
    return clipped("".join(letter for letter, _ in alike).rstrip("_,[( ") or labels[-1])


def _stem(node: Value) -> str:
    """A label without the digits that number it."""
    return clipped(node.label.rstrip("0123456789_"))


def _box(key: str, home: Home, count: int, found: Found, selection: Selection, input_gradients: bool) -> Box:
    outputs = found.outputs[home]
    last, rows = outputs[-1], rows_of(outputs, found)
    size = plain(last.data) if len(outputs) == 1 else _shape(rows)
    how = _formula(last, home, found) if last.operands else ""
    lines = in_lines(how, 30)
    tooltip = f"{found.names[home]}: {counted(count, 'node')}"
    if is_data(outputs) and not input_gradients:
        return Box(key, found.names[home], size, tooltip, lines=lines)
    if is_named(last, "z") and last.has_gradient and 1 < len(outputs) == len(rows[0]) <= _LISTED:
        ordered = [node for row in rows for node in row]
        digits = column([node.grad for node in ordered], "delta")
        lines += [(written(n, selection.notation, "delta"), d) for n, d in zip(ordered, digits, strict=True)]
    sample, gradients = gradient_of(last, selection.notation, found.has_delta), [n.grad for n in outputs]
    letter = found.letters.delta if is_named(last, "z") else "grad"
    if len(outputs) > 1:
        gradient = Gradient(f"‖{letter}‖", math.hypot(*gradients), last.has_gradient, "norm")
    else:
        gradient = sample
    group = selection.groups.get(last)
    return Box(
        key,
        found.names[home],
        size,
        tooltip,
        gradient,
        lines,
        strips=_strips(rows, home, found, selection, sample.kind) if last.has_gradient else (),
        frame=group.frame if group is not None and group.layer else None,
        place=last.label.neuron if len(outputs) == 1 and isinstance(last.label, Name) else 0,
    )


def _strips(
    rows: Sequence[Sequence[Value]], home: Home, found: Found, selection: Selection, kind: str
) -> list[Strip]:
    """The gradients of a block and its local derivatives; its parameters, transposed, and their gradients."""
    outputs, n, parameters = [node for row in rows for node in row], found.letters, found.parameters[home]
    first, strips = outputs[0], []
    turned_name = f"{n.W}ᵀ" if n.to_first else n.W
    label = first.label if isinstance(first.label, Name) else None
    if len(outputs) > 1:
        is_delta = label is not None and label.kind == "z"
        name = drawn("delta", label.layer, notation=selection.notation) if label and is_delta else "grad"
        strips.append(strip_of(name, kind, [[node.grad for node in row] for row in rows]))
        if all(len(n.operands) == 1 and found.homes.get(n.operands[0]) != found.homes[n] for n in outputs):
            slopes = [[node.local_derivatives[0] for node in row] for row in rows]
            strips.append(strip_of(f"{n.activation}′" if label else "slopes", "data", slopes))
    if parameters:
        matrix = turned(parameters_as_rows(outputs, parameters, found.homes))
        if label:
            strips.append(
                strip_of(turned_name, "data", [[node.data for node in row] for row in matrix], True)
            )
        name = f"∂{selection.root_name}/∂{turned_name if label else 'w'}"
        strips.append(strip_of(name, "cell", [[node.grad for node in row] for row in matrix], True))
    return strips


def _shape(rows: Sequence[Sequence[Value]]) -> str:
    return f"{len(rows[0])} numbers" if len(rows) == 1 else f"{len(rows)} × {max(map(len, rows))}"


def _formula(node: Value, home: Home, found: Found) -> str:
    """How a block is computed, from one of its numbers."""

    def name(operand: Value) -> str | None:
        there = found.homes.get(operand)
        if there != home:
            return "…" if there is None else found.names[there]
        stem = _stem(operand)
        return None if operand.operands else "w" if stem in ("", found.names[home]) else stem

    if node.op is rules.dot and isinstance(node.label, Name):
        n, has_bias = found.letters, len(node.operands) % 2
        text = as_text(equation("forward", node.label.layer, n), n).partition(" = ")[2]
        return text if has_bias else text.partition(" + ")[0]
    return formula(node, name, found.parts, found.letters)


# --- edges ----------------------------------------------------------------------------------------------


def _edges(
    selection: Selection, blocks: Found, keys: Mapping[Home, str], quiet: Collection[Home]
) -> list[Edge]:
    """One edge between two blocks: what the one sends to the other, or its norm if it is several numbers."""
    homes = blocks.homes
    sent: dict[tuple[Home, Home], dict[Value, float]] = {}
    counts: Counter[tuple[Home, Home]] = Counter()
    for node in selection.nodes:
        home, upstream = homes[node], node.grad
        for operand, local in zip(node.operands, node.local_derivatives):
            there = homes.get(operand, home)
            if there != home and there in keys:
                counts[there, home] += 1
                sums = sent.setdefault((there, home), {})
                sums[operand] = sums.get(operand, 0.0) + upstream * local
    edges = []
    for (tail, head), sums in sent.items():
        contribution, has_sign, is_quiet = None, len(sums) == 1, tail in quiet
        if selection.root.has_gradient and not is_quiet:
            contribution = math.fsum(sums.values()) if has_sign else math.hypot(*sums.values())
        ends, name = (keys[tail], keys[head], None, None), blocks.names[head]
        edges.append(Edge(*ends, contribution, counts[tail, head], "", has_sign, is_quiet, name))
    return edges
