"""What a picture of a computation graph shows, before it has a place: boxes, edges, and their words.

Glossary
    box         one or more nodes, with the data and the gradient of the last, its *result*
    edge        from an operand to its consumer: data go forward, a contribution to the gradient comes back
    ledger      the contributions that a box gets, one below another, with their sum, the gradient
    row         a parameter that only one node uses, in the box of that node
    chip        stands for a box of another line, where a picture is broken into lines
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from minigrad import Value
from minigrad.symbols.numerals import ALL_DIGITS, FACTOR_DIGITS, as_number, counted, digits_needed, plain
from nn.delta.notation import NOTATIONS, Notation
from viz.drawing.looks import LOOKS, decimals_of, decimals_of_factors, one


@dataclass(frozen=True)
class Gradient:
    """The gradient of a box; `kind` is that of `viz.drawing.looks`, or "norm", which has no sign.

    It is not `reached` before a backward pass, which is not the same as 0.
    """

    name: str
    number: float
    reached: bool
    kind: str = "error"

    def text(self, decimals: int = 4) -> str:
        """The number with its sign; "?" before a backward pass."""
        return one(self.number, decimals, self.kind in LOOKS) if self.reached else "?"


@dataclass(frozen=True)
class Row:
    """A parameter in the box of its consumer, which adds to its gradient its own, times `factor`."""

    name: str
    number: str
    factor: str
    contribution: float
    gradient: float


@dataclass(frozen=True)
class Strip:
    """A matrix of numbers as cells, of a kind of `viz.drawing.looks`, on a scale ±`most` of its own.

    Of a large matrix a cell has the largest of `each` numbers; `shape` is (rows, columns), and `side` the
    largest side of a cell in px.
    """

    name: str
    kind: str
    cells: Sequence[Sequence[float]]
    shape: tuple[int, int]
    most: float
    each: int
    is_of_parameters: bool = False
    side: float = 14.0


@dataclass(frozen=True)
class Box:
    """The content of a box. `key` is n1, n2, … in topological order; a constant has no title."""

    key: str
    title: str
    number: str
    tooltip: str
    gradient: Gradient | None = None
    lines: Sequence[tuple[str, str]] = ()
    rows: Sequence[Row] = ()
    left_out: int = 0  # rows
    strips: Sequence[Strip] = ()
    frame: str | None = None
    place: int = 0  # of a neuron in its column, from 1
    is_chip: bool = False


@dataclass(frozen=True)
class Edge:
    """An edge; `contribution` is None before a pass, and nothing is drawn of one that `is_quiet`: to a
    constant or an input.

    `upstream` and `local` are its factors, or None for one that stands for `count` edges. `operand`
    is the key of the box that the contribution is added to, from the line of which `tail` may be a chip;
    `source` is the name of the box that sends it.
    """

    tail: str
    head: str
    upstream: float | None
    local: float | None
    contribution: float | None
    count: int = 1
    operand: str = ""
    has_sign: bool = True
    is_quiet: bool = False
    source: str = ""

    @property
    def factors(self) -> tuple[float, float] | None:
        """`upstream` and `local`; None for an edge that stands for several."""
        return None if self.upstream is None or self.local is None else (self.upstream, self.local)

    @property
    def tooltip(self) -> str:
        """All digits of what the edge adds."""
        if self.local is None:
            return counted(self.count, "edge") + (
                f", contribution {self.contribution!r}" if self.contribution is not None else ""
            )
        if self.contribution is None:
            return f"local derivative {self.local!r}"
        return (
            f"upstream {self.upstream!r} × local derivative {self.local!r} = "
            f"contribution {self.contribution!r}"
        )


@dataclass(frozen=True)
class Model:
    """All boxes, operands before results, and edges of a picture, and what they are.

    Attributes:
        root_name: the root in ∂root/∂node.
        reached: whether the root has been through a backward pass.
        drawn, total: the nodes that have a box or a part of one, and those of the whole graph.
        how: in words which nodes are drawn, and how they are folded.
        ranks: the columns of boxes where they are given; `rail` the keys of the boxes on a rail below them.
        root: the key of the root's box; "" in a part of a graph without it.
        letters: those of its notation.
    """

    root_name: str
    boxes: Sequence[Box]
    edges: Sequence[Edge]
    reached: bool
    drawn: int = 0
    total: int = 0
    how: str = ""
    ranks: dict[str, int] = field(default_factory=dict)
    rail: Sequence[str] = ()
    root: str = ""
    letters: Notation = NOTATIONS["002"]

    @property
    def summary(self) -> str:
        """What is drawn, counted.

        >>> Model("root", [Box("n1", "x", "2", "")], [], reached=False, drawn=2, total=9, how="near").summary
        '2 of 9 nodes in 1 box, near'
        """
        nodes = counted(self.drawn, "node")
        if self.drawn < self.total:
            nodes = f"{self.drawn:,} of {counted(self.total, 'node')}"
        titled = sum(bool(box.title) and not box.is_chip for box in self.boxes)
        numbers = sum(not box.title for box in self.boxes)
        inside = f" in {counted(titled, 'box', 'boxes')}" if titled else ""
        inside += f" and {counted(numbers, 'number')}" if numbers else ""
        return nodes + (inside if titled != self.drawn else "") + (f", {self.how}" if self.how else "")

    def without_rail(self) -> Model:
        """The model without the boxes on the rail and what leads from them."""
        return replace(
            self,
            boxes=[box for box in self.boxes if box.key not in self.rail],
            edges=[edge for edge in self.edges if edge.tail not in self.rail],
        )

    def with_cells(self, side: float, of_parameters: bool = True) -> Model:
        """The model with cells of at most `side` px, or without the matrices of parameters, which it says."""
        boxes, left_out = [], False
        for box in self.boxes:
            kept = [strip for strip in box.strips if of_parameters or not strip.is_of_parameters]
            left_out |= len(kept) < len(box.strips)
            boxes.append(replace(box, strips=[replace(strip, side=side) for strip in kept]))
        return replace(self, boxes=boxes, how=self.how + ", without the matrices of parameters" * left_out)

    @cached_property
    def ledgers(self) -> dict[str, list[Edge]]:
        """The edges whose contributions are added to the gradient of each box."""
        ledgers: dict[str, list[Edge]] = {box.key: [] for box in self.boxes}
        for edge in self.edges:
            if not edge.is_quiet:
                ledgers.setdefault(edge.operand or edge.tail, []).append(edge)
        return ledgers


def is_known(node: Value) -> bool:
    """Whether a node has a gradient: of a pass, or one that was set by hand.

    >>> w = Value(1.0)
    >>> w.grad = 3.0
    >>> is_known(w), is_known(Value(1.0))
    (True, False)
    """
    return node.has_gradient or bool(node.grad)


def decimals_in(box: Box, ledger: Sequence[Edge]) -> int:
    """The decimals of the column that ends in the gradient of a box.

    >>> decimals_in(Box("n1", "x", "2", "", Gradient("grad", 0.0123, True)), [])
    5
    """
    numbers = [edge.contribution for edge in ledger if edge.contribution is not None]
    numbers += [box.gradient.number] if box.gradient is not None and box.gradient.reached else []
    return decimals_of(numbers)


def factors_of(upstream: float, local: float, decimals: int) -> str:
    """upstream × local, with as many digits as it takes for their product to be as printed.

    >>> factors_of(4.705312, 0.233041, 4)
    '4.70531 × 0.23304'
    """
    printed = one(upstream * local, decimals)

    def comes_out(digits: int) -> bool:
        both = as_number(plain(upstream, digits)) * as_number(plain(local, digits))
        return one(both, decimals) == printed

    digits = digits_needed(comes_out, FACTOR_DIGITS, ALL_DIGITS) or ALL_DIGITS
    return f"{plain(upstream, digits)} × {plain(local, digits)}"


def factors_in_column(pairs: Sequence[tuple[float, float]], decimals: int) -> list[str]:
    """The factors of several products below one another: as many decimals in all.

    >>> factors_in_column([(4.705312, 0.233041), (2.0, 0.5)], 4)
    ['4.70531 × 0.23304', '2 × 0.50000']
    """
    if len(pairs) == 1:
        return [factors_of(*pairs[0], decimals)]
    digits = decimals_of_factors([(x, y, one(x * y, decimals)) for x, y in pairs], decimals)

    def written(number: float) -> str:
        return plain(number) if number.is_integer() and abs(number) < 1e5 else one(number, digits)

    return [f"{written(upstream)} × {written(local)}" for upstream, local in pairs]
