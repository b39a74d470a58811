"""The boxes and edges of a computation graph's picture, with their text, before layout.

Two kinds of nodes have no box: a parameter that only one neuron uses is a row in the box of the neuron, with
its local derivative and gradient; a constant is written into the title of its consumer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from minigrad import Value, rules
from minigrad.symbols.numerals import compact, counted, edge_lines, plain
from nn.delta.notation import AnyNotation, Name, cost_letter
from viz.computation_graph.groups import Group, absorbed_constants, parameters_of
from viz.drawing.typography import clipped

MOST_ROWS = 9

Rank = tuple[int, str]  # layer and kind: boxes of one rank are in the order of their neurons


@dataclass(frozen=True)
class Row:
    """A parameter in the box of its neuron; without a gradient, it stands for those left out."""

    name: str
    number: str
    arithmetic: Sequence[str]
    gradient: float | None


@dataclass(frozen=True)
class Band:
    """The gradient of a box: its name, its number, and whether there was a backward pass.

    The norm of a layer's gradients has no sign, and so no colour.
    """

    name: str
    gradient: float
    reached: bool
    norm: bool = False

    @property
    def text(self) -> str:
        """The number with its sign; "?" before a backward pass, which is not the same as 0."""
        return compact(self.gradient, signed=not self.norm) if self.reached else "?"


@dataclass(frozen=True)
class Box:
    """The content of a box. `key` is n1, n2, … in topological order; a constant has no title."""

    key: str
    title: str
    number: str
    tooltip: str
    band: Band | None = None
    lines: Sequence[tuple[str, str]] = ()
    rows: Sequence[Row] = ()
    frame: str | None = None
    rank: Rank | None = None
    neuron: int = 0


@dataclass(frozen=True)
class Edge:
    """An edge from an operand to its consumer; `row` is the row that it leads to, or −1."""

    tail: str
    head: str
    row: int
    label: Sequence[str]
    contribution: float | None
    tooltip: str


@dataclass(frozen=True)
class Model:
    """All boxes, in topological order, and edges of a picture, and of what they are.

    Attributes:
        root_name: the root in ∂root/∂node.
        reached: whether the root has been through a backward pass.
        drawn, total: the nodes that have a box or a part of one, and those of the whole graph.
        how: in words which nodes are drawn, and how they are folded.
    """

    root_name: str
    boxes: Sequence[Box]
    edges: Sequence[Edge]
    reached: bool
    drawn: int = 0
    total: int = 0
    how: str = ""
    bare: bool = False

    @property
    def summary(self) -> str:
        """What is drawn, counted.

        >>> Model("root", [Box("n1", "x", "2", "")], [], reached=False, drawn=2, total=9, how="near").summary
        '2 of 9 nodes in 1 box, near'
        """
        nodes = counted(self.drawn, "node")
        if self.drawn < self.total:
            nodes = f"{self.drawn:,} of {counted(self.total, 'node')}"
        titled = sum(bool(box.title) for box in self.boxes)
        numbers = len(self.boxes) - titled
        inside = f" in {counted(titled, 'box', 'boxes')}" + (
            f" and {counted(numbers, 'number')}" if numbers else ""
        )
        text = nodes + (inside if titled != self.drawn else "") + (f", {self.how}" if self.how else "")
        return f"{text}; {counted(len(self.edges), 'edge')}, without their numbers" if self.bare else text

    @property
    def note(self) -> str:
        """The summary, for a picture that does not have every node and every number."""
        return self.summary if self.how or self.bare or self.drawn < self.total else ""


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


def model_of(selection: Selection) -> Model:
    """A box for every node, except for parameters that are rows.

    >>> from viz.computation_graph.selection import whole
    >>> x = Value(3.0, label="x")
    >>> model = model_of(whole(x * x, "002"))
    >>> len(model.boxes), len(model.edges)
    (2, 2)
    """
    drawn = set(selection.nodes)
    hidden = parameters_of(selection.nodes) | absorbed_constants(selection.nodes)
    keys = {node: f"n{number}" for number, node in enumerate(selection.nodes, start=1)}
    boxes: list[Box] = []
    edges: list[Edge] = []
    for node in selection.nodes:
        if node in hidden:
            continue
        boxes.append(_box(node, keys[node], selection, hidden))
        edges += _edges(node, keys, hidden, drawn)
    return model_with(selection, boxes, edges, selection.how)


def model_with(selection: Selection, boxes: Sequence[Box], edges: Sequence[Edge], how: str) -> Model:
    """The model of a selection, with its boxes and edges."""
    return Model(
        selection.root_name,
        boxes,
        edges,
        selection.root.has_gradient,
        len(selection.nodes),
        selection.total,
        how,
    )


def depth_of(model: Model) -> int:
    """The number of boxes on the longest path.

    >>> depth_of(Model("C", [], [Edge("n1", "n2", -1, (), None, "")], reached=False))
    2
    """
    return max(_depths(model).values(), default=1)


def span_of(model: Model) -> int:
    """The ranks that all edges cross together: what a layout has to find a way through.

    >>> span_of(Model("C", [], [Edge("n1", "n2", -1, (), None, "")] * 2, reached=False))
    2
    """
    depths = _depths(model)
    return sum(depths[edge.head] - depths.get(edge.tail, 1) for edge in model.edges)


def _depths(model: Model) -> dict[str, int]:
    depths: dict[str, int] = {}
    for edge in model.edges:  # operands come before results, so that a tail's depth is known
        depths[edge.head] = max(depths.get(edge.head, 1), depths.get(edge.tail, 1) + 1)
    return depths


def written(node: Value, notation: AnyNotation, kind: str = "") -> str:
    """The label of a node as pictures write it.

    >>> written(Value(1.0, label=Name("z", 2, 1)), "001"), written(Value(1.0, label="C"), "000")
    ('z₁⁽³⁾', 'E')
    """
    if isinstance(node.label, Name):
        return node.label.drawn(notation, kind)
    return cost_letter(notation) if node.label == "C" else clipped(node.label)


def title_of(node: Value, notation: AnyNotation) -> str:
    """The name of a node, and its operation.

    >>> title_of(Value(3.0, label="x") ** 2, "002")
    '… ^ 2'
    """
    name = written(node, notation)
    operation = _operation_of(node)
    return f"{name} = {operation}" if name and operation else name or operation or "leaf"


def _operation_of(node: Value) -> str:
    if node.op is None or not node.operands:
        return ""
    is_constant = [operand.op is rules.constant for operand in node.operands]
    if is_constant not in ([True, False], [False, True]):
        return node.op.symbol
    sides = [plain(o.data) if fixed else "…" for o, fixed in zip(node.operands, is_constant, strict=True)]
    sides = [f"({side})" if side.startswith("−") else side for side in sides]
    if node.op.symbol in "+−×÷^":
        return f"{sides[0]} {node.op.symbol} {sides[1]}"
    return f"{node.op.symbol}({sides[0]}, {sides[1]})"


def rank_of(node: Value) -> Rank | None:
    """The rank of x, z and a, which are put in the order of their neurons.

    >>> rank_of(Value(1.0, label=Name("z", 2, 1)))
    (2, 'z')
    """
    label = node.label
    return (label.layer, label.kind) if isinstance(label, Name) and label.kind in "xza" else None


def arithmetic(node: Value, local_derivative: float) -> list[str]:
    """The local derivative; after a backward pass, upstream × local = contribution.

    >>> y = Value(3.0) * 2.0
    >>> arithmetic(y, 2.0)
    ['2']
    >>> y.backward()
    >>> arithmetic(y, 2.0)
    ['1 × 2', '= +2.0000']
    """
    return list(edge_lines(node.grad, local_derivative)) if node.has_gradient else [plain(local_derivative)]


def _box(node: Value, key: str, selection: Selection, hidden: Collection[Value]) -> Box:
    if node.op is rules.constant:
        return Box(key, "", plain(node.data), f"the constant {node.data!r}")
    notation = selection.notation
    is_z = isinstance(node.label, Name) and node.label.kind == "z"
    gradient = repr(node.grad) if node.has_gradient else "none yet"
    group = selection.groups.get(node)
    return Box(
        key,
        title_of(node, notation),
        compact(node.data) if node.operands else plain(node.data),
        f"{title_of(node, notation)}: data {node.data!r}, grad {gradient}",
        Band(written(node, notation, "delta") if is_z else "grad", node.grad, node.has_gradient),
        rows=_rows(node, hidden, notation),
        frame=group.frame if group else None,
        rank=rank_of(node),
        neuron=node.label.neuron if isinstance(node.label, Name) else 0,
    )


def _rows(node: Value, hidden: Collection[Value], notation: AnyNotation) -> list[Row]:
    """A row for each parameter; if there are many, the first few, the number left out, and the last."""
    pairs = zip(node.operands, node.local_derivatives, strict=True)
    parameters = [(operand, local) for operand, local in pairs if operand in hidden and operand.op is None]
    shown_ones = parameters if len(parameters) <= MOST_ROWS else [*parameters[:5], parameters[-1]]
    rows = [
        Row(written(parameter, notation), plain(parameter.data), arithmetic(node, local), parameter.grad)
        for parameter, local in shown_ones
    ]
    if len(parameters) > MOST_ROWS:
        rows.insert(5, Row(f"… {len(parameters) - 6} more", "", ["not drawn"], None))
    return rows


def _edges(
    node: Value, keys: dict[Value, str], hidden: Collection[Value], drawn: Collection[Value]
) -> Iterator[Edge]:
    rows = [operand for operand in node.operands if operand in hidden and operand.op is None]
    for position, operand in enumerate(node.operands):
        if operand in hidden or operand not in drawn:
            continue
        local = node.local_derivatives[position]
        is_constant = operand.op is rules.constant
        yield Edge(
            keys[operand],
            keys[node],
            _row_of(node, position, rows),
            [] if is_constant else arithmetic(node, local),
            node.grad * local if node.has_gradient and not is_constant else None,
            _tip(node, local),
        )


def _tip(node: Value, local: float) -> str:
    if not node.has_gradient:
        return f"local derivative {local!r}"
    return f"upstream {node.grad!r} × local derivative {local!r} = contribution {node.grad * local!r}"


def _row_of(node: Value, position: int, rows: list[Value]) -> int:
    """The row that an input of a neuron leads to, which is that of its weight."""
    count = len(node.operands) // 2
    if not rows or not count <= position < 2 * count:
        return -1
    weight = node.operands[position - count]
    if weight not in rows:
        return -1
    return min(rows.index(weight), 5) if len(rows) > MOST_ROWS else rows.index(weight)
