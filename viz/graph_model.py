"""What a picture of a computation graph shows: its boxes, edges and groups, before any place is known.

After this file you know what was left out of the picture, and why: nothing but the boxes of parameters that
one neuron alone uses. These stand as rows in the neuron's box, with their local derivatives and gradients.

Glossary
    box     a node: its name and operation, its number, its gradient
    row     a weight or bias of a `dot` node, which has no other consumer
    group   the layer and neuron that a node belongs to; a node without a name belongs to what it feeds
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from minigrad import Value, rules, topological_order
from nn.notation import Name
from viz.numerals import plain, product, shown
from viz.typography import clipped

Group = tuple[int, int]  # layer and neuron; neuron 0 for the layer as a whole


@dataclass(frozen=True)
class Row:
    """A parameter in the box of its neuron."""

    name: str
    number: str
    arithmetic: Sequence[str]
    gradient: float


@dataclass
class Box:
    """What stands in one box. `key` is n1, n2, … in topological order."""

    key: str
    node: Value
    name: str
    symbol: str
    number: str
    gradient_name: str
    group: Group | None
    rows: list[Row] = field(default_factory=list)

    @property
    def constant(self) -> bool:
        """Whether it is a number that stood in an expression."""
        return self.node.op is rules.constant


@dataclass(frozen=True)
class Edge:
    """From an operand to the node that consumes it; `row` is the row it leads to, or −1."""

    tail: str
    head: str
    row: int
    label: Sequence[str]
    contribution: float | None
    tooltip: str


@dataclass
class Model:
    """All boxes and edges of a picture; boxes in topological order."""

    root: Value
    boxes: list[Box]
    edges: list[Edge]
    reached: bool

    @property
    def root_name(self) -> str:
        """What the root is called, in ∂root/∂node."""
        return clipped(self.root.label, 12) or "root"


def model_of(root: Value, notation: str = "002") -> Model:
    """The boxes and edges of the graph of `root`."""
    order = topological_order(root)
    groups = groups_of(order)
    hidden = parameters_of(order)
    keys = {node: f"n{number}" for number, node in enumerate(order, start=1)}
    boxes = [
        _box(node, keys[node], groups.get(node), hidden, notation) for node in order if node not in hidden
    ]
    edges = [edge for node in order for edge in _edges(node, keys, hidden, notation)]
    return Model(root, boxes, edges, reached=root.has_gradient)


def groups_of(order: Sequence[Value]) -> dict[Value, Group]:
    """The layer and neuron of the nodes that have one, from their names or from what they feed."""
    fed: dict[Value, set[Group | None]] = {}
    groups: dict[Value, Group] = {}
    for node in reversed(order):
        group = _named_group(node)
        inherited = fed.get(node, set())
        if group is None and not node.label and len(inherited) == 1:
            group = next(iter(inherited))
        if group is not None:
            groups[node] = group
        for operand in node.operands:
            fed.setdefault(operand, set()).add(group)
    return groups


def parameters_of(order: Sequence[Value]) -> set[Value]:
    """The weights and biases that stand as rows: named leaves whose one consumer is a `dot`."""
    consumers: dict[Value, int] = {}
    candidates: set[Value] = set()
    for node in order:
        for operand in node.operands:
            consumers[operand] = consumers.get(operand, 0) + 1
        if node.op is rules.dot:
            count = len(node.operands) // 2
            candidates.update((*node.operands[:count], *node.operands[2 * count :]))
    return {node for node in candidates if node.op is None and node.label and consumers[node] == 1}


def written(node: Value, notation: str, kind: str = "") -> str:
    """The label of a node as pictures write it."""
    if isinstance(node.label, Name):
        return node.label.drawn(notation, kind)
    return clipped(node.label)


def _named_group(node: Value) -> Group | None:
    label = node.label
    return (label.layer, label.neuron) if isinstance(label, Name) and label.layer else None


def _box(node: Value, key: str, group: Group | None, hidden: set[Value], notation: str) -> Box:
    is_z = isinstance(node.label, Name) and node.label.kind == "z"
    return Box(
        key,
        node,
        name=written(node, notation),
        symbol=node.op.symbol if node.op is not None and node.operands else "",
        number=plain(node.data) if not node.operands else shown(node.data),
        gradient_name=written(node, notation, "delta") if is_z else "grad",
        group=group,
        rows=[
            Row(written(operand, notation), plain(operand.data), _arithmetic(node, local), operand.grad)
            for operand, local in zip(node.operands, node.local_derivatives)
            if operand in hidden
        ],
    )


def _edges(node: Value, keys: dict[Value, str], hidden: set[Value], notation: str) -> Iterator[Edge]:
    rows = [operand for operand in node.operands if operand in hidden]
    for position, operand in enumerate(node.operands):
        if operand in hidden:
            continue
        local = node.local_derivatives[position]
        is_constant = operand.op is rules.constant
        label = [] if is_constant else _arithmetic(node, local)
        contribution = node.grad * local if node.has_gradient and not is_constant else None
        tooltip = f"local derivative {local!r}"
        row = _row_of(node, position, rows)
        yield Edge(keys[operand], keys[node], row, label, contribution, tooltip)


def _row_of(node: Value, position: int, rows: list[Value]) -> int:
    """The row that an input of a neuron leads to: that of its weight."""
    count = len(node.operands) // 2
    if not rows or not count <= position < 2 * count:
        return -1
    weight = node.operands[position - count]
    return rows.index(weight) if weight in rows else -1


def _arithmetic(node: Value, local_derivative: float) -> list[str]:
    """The local derivative; after a backward pass, upstream × local = contribution."""
    if not node.has_gradient:
        return [plain(local_derivative)]
    return list(product(node.grad, local_derivative))
