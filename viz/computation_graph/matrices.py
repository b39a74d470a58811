"""Puts the numbers of a block, and its parameters, into rows and columns."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from minigrad import Value, rules
from nn.delta.notation import Name, Notation
from viz.computation_graph.folding import is_named
from viz.computation_graph.model import Strip
from viz.drawing.palette import largest

_MOST_ROWS, _MOST_COLUMNS = 12, 32  # of cells
_WIDEST = 16  # numbers in a row, of a block without rows of its own

Home = int | str  # what a node is in: a group of nodes that are alike, or a frame of one's own
Row = tuple[object, int]  # what the numbers of a row have in common


@dataclass(frozen=True)
class Found:
    """The block of every node, what formulas call a block, the parts of sums, the row of each number."""

    homes: Mapping[Value, Home]
    names: Mapping[Home, str]
    parts: Collection[Value]
    row_of: dict[Value, Row]
    letters: Notation
    outputs: Mapping[Home, Sequence[Value]]
    parameters: Mapping[Home, Sequence[Value]]

    @cached_property
    def has_delta(self) -> bool:
        """Whether there are neurons, whose δ is filled, and no other gradient."""
        return any(is_named(node, "z") for nodes in self.outputs.values() for node in nodes)


def rows_of(nodes: Sequence[Value], found: Found) -> list[list[Value]]:
    """The numbers of a block as rows: a row a neuron, else what is computed from one row of another block."""
    home = found.homes[nodes[0]]
    is_layer = all(isinstance(node.label, Name) for node in nodes)
    rows = _by_neuron(nodes) if is_layer else _by_origin(nodes, home, found)
    for number, row in enumerate(rows):
        found.row_of.update((node, (home, number)) for node in row)
    return rows


def _by_neuron(nodes: Sequence[Value]) -> list[list[Value]]:
    """A row a neuron, a column an example; of one example all in one row."""
    neurons = defaultdict[int, list[Value]](list)
    for node in sorted(nodes, key=_neuron):
        neurons[_neuron(node)].append(node)
    rows = list(neurons.values())
    return rows if len(rows) < len(nodes) else [[node for row in rows for node in row]]


def _by_origin(nodes: Sequence[Value], home: Home, found: Found) -> list[list[Value]]:
    """As they are computed; where that makes no matrix, in rows of one length, or one."""
    origins = defaultdict[Row, list[Value]](list)
    for node in nodes:
        origins[_origin(node, home, found)].append(node)
    rows = list(origins.values())
    lengths = sorted({len(row) for row in rows})
    if len(lengths) == len(rows) > 1 and lengths[0] == 1 and lengths[-1] == len(rows):
        return sorted(rows, key=len)  # a triangle: each position with those before it
    if len(lengths) > 1 and len(rows) < len(nodes) / 2:
        return [list(nodes)]
    if len(lengths) == 1 and len(rows) < len(nodes):
        return rows
    across = next((n for n in range(min(_WIDEST, len(nodes)), 1, -1) if len(nodes) % n == 0), _WIDEST)
    return [list(nodes[start : start + across]) for start in range(0, len(nodes), across)]


def _neuron(node: Value) -> int:
    return node.label.neuron if isinstance(node.label, Name) else 0


def _origin(node: Value, home: Home, found: Found) -> Row:
    """The row of the first number of another block that a node is computed from, along the x of w · x."""
    while node.operands and found.homes[node] == home:
        known = [o for o in node.operands if o.op is not rules.constant and o in found.homes]
        operands = [o for o in known if o.operands or found.homes[o] != home] or known  # no parameter
        if not operands:
            break
        node = operands[-1] if node.op is rules.multiply and operands[0].op is None else operands[0]
    row = re.match(r"(.*\d)(?:\D+\d+|\d)\W*$", node.label)
    if row and not node.operands:
        return row[1], 0  # the row of x12 is x1, that of x1_12 and of x[1][12] too
    return found.row_of.get(node, (node, 0))


def parameters_as_rows(
    outputs: Sequence[Value], parameters: Sequence[Value], homes: Mapping[Value, Home]
) -> list[list[Value]]:
    """The parameters of a block: a row for each of its numbers."""
    home, left = homes[outputs[0]], set(parameters)
    rows = []
    for output in sorted(outputs, key=_neuron):
        row, stack = [], [output]
        while stack:
            node = stack.pop()
            if node in left:
                left.remove(node)
                row.append(node)
            stack += [operand for operand in reversed(node.operands) if homes.get(operand) == home]
        if row:
            rows.append(row)
        if not left:
            break
    return rows


def turned(rows: Sequence[Sequence[Value]]) -> list[list[Value]]:
    """The transpose: a column for each row, without a bias, of which there is one at the end of each row."""
    has_bias = rows[0][-1].label and is_named(rows[0][-1], "b")
    return [list(column) for column in zip(*rows, strict=False)][: len(rows[0]) - bool(has_bias)]


def strip_of(
    name: str, kind: str, numbers: Sequence[Sequence[float]], is_of_parameters: bool = False
) -> Strip:
    """A matrix with its cells; of several numbers in one, that is the one with the largest |number|.

    >>> strip_of("δ", "delta", [[float(k)] for k in range(24)]).cells[:2]
    [[1.0], [3.0]]
    """
    down, across = math.ceil(len(numbers) / _MOST_ROWS), math.ceil(max(map(len, numbers)) / _MOST_COLUMNS)
    if down * across == 1:
        cells = [list(row) for row in numbers]
    else:
        cells = [
            [
                max((x for row in part for x in row[left : left + across]), key=_size)
                for left in range(0, max(map(len, part)), across)
            ]
            for part in (numbers[top : top + down] for top in range(0, len(numbers), down))
        ]
    most = largest(x for row in cells for x in row)
    shape = len(numbers), max(map(len, numbers))
    return Strip(name, kind, cells, shape, most, down * across, is_of_parameters)


def _size(number: float) -> float:
    return math.inf if number != number else abs(number)
