"""Selects the nodes that a picture shows: all, those around one node, or those nearest to the root."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from minigrad import Value, rules, topological_order
from minigrad.symbols.numerals import counted
from nn.delta.notation import AnyNotation, Name, cost_letter
from viz.computation_graph.groups import Group, groups_of
from viz.drawing.typography import clipped


@dataclass(frozen=True)
class Selection:
    """The nodes to draw, in topological order, with the root, and their groups.

    Of a part of a graph `total` is the number of all its nodes, and `how` says which part it is.
    """

    root: Value
    nodes: Sequence[Value]
    groups: dict[Value, Group]
    notation: AnyNotation
    total: int
    how: str = ""

    @property
    def root_name(self) -> str:
        """The name of the root in ∂root/∂node."""
        return clipped(written(self.root, self.notation), 12) or "root"


def written(node: Value, notation: AnyNotation, kind: str = "") -> str:
    """The label of a node as pictures write it.

    >>> written(Value(1.0, label=Name("z", 2, 1)), "001"), written(Value(1.0, label="C"), "000")
    ('z₁⁽³⁾', 'E')
    """
    if isinstance(node.label, Name):
        return node.label.drawn(notation, kind)
    return cost_letter(notation) if node.label == "C" else clipped(node.label)


def whole(root: Value, notation: AnyNotation, own: Mapping[str, Iterable[Value]] | None = None) -> Selection:
    """The root, and all nodes that it is computed from.

    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> len(whole(y, "002").nodes)
    2
    """
    order = topological_order(root)
    return Selection(root, order, groups_of(order, notation, own), notation, len(order))


def around(selection: Selection, centre: Value, depth: int) -> Selection:
    """The nodes at most `depth` edges away from a node, in either direction, with their constants.

    Raises ValueError for a node that is not in the graph, or a depth below 1.

    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> len(around(whole(-y, "002"), x, 1).nodes)
    2
    """
    if centre not in selection.groups and centre not in set(selection.nodes):
        raise ValueError(f"graph: {centre!r} is no part of the graph of {selection.root!r}")
    if depth < 1:
        raise ValueError(f"graph: depth must be at least 1, not {depth}")
    neighbours = _neighbours(selection.nodes)
    near = frontier = {centre}
    for _ in range(depth):
        frontier = {other for node in frontier for other in neighbours[node]} - near
        near = near | frontier
    name = written(centre, selection.notation) or "a node without a name"
    edges = counted(depth, "edge")
    return _narrowed(selection, near, f"up to {edges} from {name}")


def nearest(selection: Selection, limit: int, depth: int) -> Selection:
    """The `limit` nodes nearest to the root, at most `depth` edges away.

    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> nearest(whole(-y, "002"), 2, 10).how
    'those nearest to root'
    """
    near: dict[Value, None] = {selection.root: None}
    frontier = [selection.root]
    for _ in range(depth):
        following = list(dict.fromkeys(o for node in frontier for o in node.operands if o not in near))
        frontier = following[: limit - len(near)]
        near.update(dict.fromkeys(frontier))
    return _narrowed(selection, set(near), f"those nearest to {selection.root_name}")


def _narrowed(selection: Selection, near: set[Value], how: str) -> Selection:
    near = near | {o for node in near for o in node.operands if o.op is rules.constant}
    nodes = [node for node in selection.nodes if node in near]
    return replace(selection, nodes=nodes, how=how)


def _neighbours(nodes: Sequence[Value]) -> dict[Value, list[Value]]:
    neighbours: dict[Value, list[Value]] = {node: [] for node in nodes}
    for node in nodes:
        for operand in node.operands:
            neighbours[node].append(operand)
            neighbours[operand].append(node)
    return neighbours
