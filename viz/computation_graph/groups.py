"""Assigns the nodes of a graph to layers and neurons, or to groups of your own.

The labels in a network name layer and neuron. A node without a label belongs to its consumer: the products
and partial sums of a neuron built from them belong to that neuron.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from minigrad import Value, rules
from nn.delta.notation import AnyNotation, Name, parts


@dataclass(frozen=True)
class Group:
    """A frame, such as "layer 2", and a part of it, such as "neuron 1"."""

    frame: str
    part: str = ""
    layer: int = 0
    neuron: int = 0


def groups_of(
    order: Sequence[Value], notation: AnyNotation = "002", own: Mapping[str, Iterable[Value]] | None = None
) -> dict[Value, Group]:
    """The group of each node that has one; `own` maps names to Values, and takes precedence.

    `order` is topological, operands before results.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> groups_of([x, y], own={"the square": [y]})[x]
    Group(frame='the square', part='', layer=0, neuron=0)
    """
    if not own and not any(isinstance(node.label, Name) for node in order):
        return {}
    frames = {name: Group(name) for name in own or {}}
    named = {node: frames[name] for name, members in (own or {}).items() for node in members}
    places: dict[tuple[int, int], Group] = {}
    fed: dict[Value, Group | None] = {}  # by their consumers, if all are of one group
    groups: dict[Value, Group] = {}
    for node in reversed(order):
        group, label = named.get(node), node.label
        if group is None and isinstance(label, Name) and label.layer:
            place = label.layer, label.neuron
            group = places.get(place) or places.setdefault(place, _group_of_name(label, notation))
        if group is None and not label:
            group = fed.get(node)
        if group is not None and node.op is not rules.constant:
            groups[node] = group
        for operand in node.operands:
            if operand not in fed:
                fed[operand] = group
            elif fed[operand] is not group:
                fed[operand] = None
    return groups


def parameters_of(order: Sequence[Value]) -> set[Value]:
    """The weights and biases that become rows: labelled leaves whose only consumer is a `dot`.

    >>> from minigrad import dot
    >>> w, x = Value(2.0, label="w"), Value(3.0)
    >>> [node.label for node in parameters_of([w, x, dot([w], [x])])]
    ['w']
    """
    consumers: dict[Value, int] = {}
    candidates: set[Value] = set()
    for node in order:
        for operand in node.operands:
            consumers[operand] = consumers.get(operand, 0) + 1
        if node.op is rules.dot:
            count = len(node.operands) // 2
            candidates.update((*node.operands[:count], *node.operands[2 * count :]))
    return {node for node in candidates if node.op is None and node.label and consumers[node] == 1}


def layer_title(layer: int, notation: AnyNotation) -> str:
    """The name of a layer, with its number in the notation.

    >>> layer_title(2, "002"), layer_title(2, "001")
    ('layer 2', 'layer 3')
    """
    return f"layer {parts('z', layer, 1, 0, notation)[1]}"


def _group_of_name(label: Name, notation: AnyNotation) -> Group:
    return Group(layer_title(label.layer, notation), f"neuron {label.neuron}", label.layer, label.neuron)
