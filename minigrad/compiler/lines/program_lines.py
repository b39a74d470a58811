"""Writes all lines of a program from its blocks, and makes code of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from minigrad.compiler.lines.backward import Backward
from minigrad.compiler.lines.forward import Forward
from minigrad.compiler.lines.four_equations import equations
from minigrad.compiler.lines.layout import Layout, lay_out
from minigrad.compiler.lines.names import Names
from minigrad.compiler.lines.references import References
from minigrad.compiler.lines.source import needed, output_rows, write_costs, write_gradient, write_outputs
from minigrad.compiler.reading.blocks import Blocks, home
from minigrad.compiler.targets.running import ArrayCode
from minigrad.compiler.targets.runtime import array_function, where
from minigrad.symbols.formulas import Formula, symbol
from minigrad.symbols.tree import Shape

FUNCTIONS = {
    "where": where,
    "matmul": np.matmul,
    "broadcast_to": np.broadcast_to,
    "zeros_like": np.zeros_like,
    "repeat": np.repeat,
    "ravel": np.ravel,
    "reshape": np.reshape,
    "concatenate": np.concatenate,
    "inf": float("inf"),
    "nan": float("nan"),
}
RESERVED = {*FUNCTIONS, "cost", "batch", "examples", "gradient", "costs", "parameters", "dparameters", "len"}


@dataclass(frozen=True)
class Lines:
    """The lines of a program, forward and backward, and what they refer to."""

    found: Blocks
    layout: Layout
    references: References
    forward: Forward
    backward: Backward
    functions: dict[Any, str]
    outputs: list[Formula]


def lines_of(found: Blocks) -> Lines:
    """Name the blocks, lay out the parameters, and write the lines of both passes."""
    functions = _functions(found)
    names = Names(RESERVED | set(functions.values()))
    layout = lay_out(found, names)
    references = References(found, layout, names)
    forward = Forward(references)
    forward.run()
    outputs = [references.column(nodes, exact=True).formula for nodes in _by_home(found)]
    backward = Backward(forward)
    backward.run()
    for line in backward.lines:
        for part in line.formula.walk():
            if part.kind == "call" and part.value not in functions:
                functions[part.value] = names.new(part.value.name)
    return Lines(found, layout, references, forward, backward, functions, outputs)


def array_code(lines: Lines) -> ArrayCode:
    """The lines as text, with the constants and functions that they call."""
    arrays, functions = lines.references.arrays, lines.functions
    forward, backward = lines.forward.lines, lines.backward.lines
    called = {name: array_function(function) for function, name in functions.items()}
    outputs = lines.outputs
    return ArrayCode(
        source=write_gradient(lines.found, arrays, forward, backward, functions),
        costs=write_costs(lines.found, arrays, forward, functions),
        outputs=write_outputs(lines.found, arrays, forward, outputs, functions) if outputs else "",
        output_rows=output_rows(outputs, functions) if outputs else "",
        shapes=_shapes(lines),
        constants={**FUNCTIONS, **called, **lines.references.constants},
        equations=equations(forward, backward, functions),
        rows=_largest(lines.found),
    )


def _by_home(found: Blocks) -> Iterator[list[int]]:
    """The outputs in order, in runs that one array has."""
    homes = groupby(found.graph.outputs, lambda node: (node in found.graph.numbers, home(found, node)))
    for _, nodes in homes:
        yield list(nodes)


def _shapes(lines: Lines) -> dict[str, tuple[Shape, bool]]:
    """The shape of each array that a run computes, by name, and whether it is a gradient."""
    found, arrays = lines.found, lines.references.arrays
    shapes = {
        str(arrays[number]): (arrays[number].shape, False)
        for number, block in enumerate(found.blocks)
        if block.is_leaf
    }
    kept, _ = needed(lines.forward.lines, [symbol("cost"), *(line.formula for line in lines.backward.lines)])
    for each, is_gradient in ((kept, False), (lines.backward.lines, True)):
        shapes |= {line.target: (line.shape, is_gradient) for line in each if line.assign == "="}
    return shapes


def _functions(found: Blocks) -> dict[Any, str]:
    """A name for each operation that is called: its own, with a number if two share one."""
    names = Names(set(RESERVED))
    operations = dict.fromkeys(block.operation for block in found.blocks if block.operation is not None)
    return {operation: names.new(operation.name) for operation in operations}


def _largest(found: Blocks) -> int:
    """The number of rows of the largest array that is computed for each example."""
    rows = [len(block.nodes) for block in found.blocks if block.is_batch and not block.is_leaf]
    for block in found.blocks:
        for product in block.products:
            if block.is_sparse or len(product.sources) > 1:
                rows.append(sum(map(len, product.sources)))
    return max(rows, default=1)
