"""Writes the lines of a graph, once: another of its structure, such as a second network, has the same.

The way of a graph, one pass after the other, in `_write`

    add_look_ups        reading/look_ups.py       leaves that stand for data, such as C[token], become rows
    add_constant_picks  reading/picks.py          so do those that stand beside tokens which are inputs
    fuse                reading/fuse.py           sums and products in any form become Σ w x + Σ t + b
    separate            reading/look_ups.py       each that looks up has rows of its own
    find_blocks         reading/grouping.py       nodes that are computed alike become the rows of an array
    lay_out             lines/layout.py           parameters become matrices
    Forward, Backward   lines/forward.py, …       a line for each block, there and back
    array_code          lines/program_lines.py    the lines become text, with loops for those that repeat
"""

from __future__ import annotations

import hashlib
import marshal
import math
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from minigrad import rules
from minigrad.compiler.lines.layout import ParameterArray
from minigrad.compiler.lines.plan import NoArraysError, sources
from minigrad.compiler.lines.program_lines import array_code, lines_of
from minigrad.compiler.reading.blocks import Blocks
from minigrad.compiler.reading.fuse import fuse
from minigrad.compiler.reading.graph import Graph
from minigrad.compiler.reading.grouping import find_blocks
from minigrad.compiler.reading.look_ups import add_look_ups, separate
from minigrad.compiler.reading.picks import add_constant_picks
from minigrad.compiler.targets.in_place import changed
from minigrad.compiler.targets.running import ArrayCode
from minigrad.operations import Operation

# Seconds, of an array line for few examples, and of a step in straight-line Python, there and back. More
# blocks than FEW, of fewer than three rows each, are too many whatever the batch.
ARRAY_LINE, STEP = 2.5e-6, 0.17e-6
FEW_BLOCKS = 60

PROGRAMS = 32  # whose lines are kept

_ROLE = attrgetter("kind", "layer", "neuron")


class Written(NamedTuple):
    """The lines of a graph, the parameter at each place of their vector, and the arrays that stand there."""

    code: ArrayCode
    order: NDArray[np.int64]
    arrays: list[ParameterArray]


def write(
    graph: Graph, dtype: np.dtype[Any], examples: int | None = None, always: bool = False
) -> Written | None:
    """The lines of a graph as operations on arrays; None if those are too many, unless wanted always.

    A graph with an operation of one's own, whose row may refer to what has changed, is written each time; so
    is one with labels of another class than text that have no place in a network.
    """
    operations = [operation for operation in dict.fromkeys(graph.operations) if operation is not None]
    if not all(getattr(rules, operation.name, None) is operation for operation in operations):
        return _write(graph, dtype, examples, always)
    try:
        structure = _Structure(graph, operations)
    except (AttributeError, ValueError):
        return _write(graph, dtype, examples, always)
    written = _write_once(structure, dtype, examples, always)
    structure.graph = None  # which is large
    return written


def forget() -> None:
    """Write the lines of every graph anew from now on, and compile them, as in a new process."""
    _write_once.cache_clear()
    changed.cache_clear()


class _Structure:
    """A graph, equal to another of which the same lines are written, whatever the numbers of its leaves."""

    def __init__(self, graph: Graph, operations: list[Operation]) -> None:
        self.graph: Graph | None = graph
        numbers: dict[Operation | None, int] = {None: -1} | {each: k for k, each in enumerate(operations)}
        facts: list[Any] = [[numbers[operation] for operation in graph.operations], graph.operands]
        for facts_by_node in (graph.numbers, graph.columns, graph.parameters):
            facts += list(facts_by_node), list(facts_by_node.values())
        facts.append([None if type(label) is str else _ROLE(label) for label in graph.labels])
        facts += "".join(graph.labels), list(map(len, graph.labels)), graph.root, graph.outputs
        digest = hashlib.sha256(marshal.dumps(facts, 2)).digest()  # 2: without regard to what is one object
        self._key = digest, tuple((each, each.local_derivatives) for each in operations)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Structure) and self._key == other._key


def _write(graph: Graph, dtype: np.dtype[Any], examples: int | None, always: bool) -> Written | None:
    steps = sum(max(1, len(operands) - 1) for operands in graph.operands) if examples else math.inf
    add_look_ups(graph)
    add_constant_picks(graph)
    fused = fuse(graph)
    separate(fused)
    found = find_blocks(fused)
    count = len(found.blocks)
    if not always and (is_scattered(found) or STEP * (examples or 1) * steps < ARRAY_LINE * 2 * count):
        return None
    try:
        lines = lines_of(found)
    except NoArraysError:
        return None
    order = np.fromiter(map(found.graph.parameters.__getitem__, lines.layout.positions), np.int64)
    return Written(array_code(lines, dtype), order, lines.layout.arrays)


def is_scattered(found: Blocks) -> bool:
    """Whether most blocks are of one or two nodes, and so unlike that no loop could write them.

    Blocks are alike if they compute the same from blocks that stand as far before them: those of the steps
    of a recurrence, for example.
    """
    if 3 * len(found.blocks) <= len(found.place):
        return False
    computed = [number for number, block in enumerate(found.blocks) if not block.is_leaf]
    at = {number: k for k, number in enumerate(computed)}
    kinds = {
        (block.operation, block.dims, *(k - at.get(source, k) for source in sources(found, block)))
        for k, block in enumerate(found.blocks[number] for number in computed)
    }
    return len(kinds) > FEW_BLOCKS


_write_once = lru_cache(PROGRAMS)(lambda structure, *settings: _write(structure.graph, *settings))
