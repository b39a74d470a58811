"""Writes all lines of a program from its blocks, and makes code of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from minigrad.compiler.lines.backward import Backward
from minigrad.compiler.lines.forward import Forward
from minigrad.compiler.lines.four_equations import equations
from minigrad.compiler.lines.layout import Layout, lay_out
from minigrad.compiler.lines.names import Names
from minigrad.compiler.lines.references import References
from minigrad.compiler.lines.source import write_costs, write_gradient
from minigrad.compiler.reading.blocks import Blocks
from minigrad.compiler.targets.running import ArrayCode
from minigrad.compiler.targets.runtime import array_function, where

FUNCTIONS = {
    "where": where,
    "matmul": np.matmul,
    "broadcast_to": np.broadcast_to,
    "zeros_like": np.zeros_like,
    "repeat": np.repeat,
    "ravel": np.ravel,
    "reshape": np.reshape,
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


def lines_of(found: Blocks) -> Lines:
    """Name the blocks, lay out the parameters, and write the lines of both passes."""
    functions = _functions(found)
    names = Names(RESERVED | set(functions.values()))
    layout = lay_out(found, names)
    references = References(found, layout, names)
    forward = Forward(references)
    forward.run()
    backward = Backward(forward)
    backward.run()
    for line in backward.lines:
        for part in line.formula.walk():
            if part.kind == "call" and part.value not in functions:
                functions[part.value] = names.new(part.value.name)
    return Lines(found, layout, references, forward, backward, functions)


def array_code(lines: Lines) -> ArrayCode:
    """The lines as text, with the constants and functions that they call."""
    arrays, functions = lines.references.arrays, lines.functions
    forward, backward = lines.forward.lines, lines.backward.lines
    called = {name: array_function(function) for function, name in functions.items()}
    return ArrayCode(
        write_gradient(lines.found, arrays, forward, backward, functions),
        write_costs(lines.found, arrays, forward, functions),
        {**FUNCTIONS, **called, **lines.references.constants},
        equations(forward, backward, functions),
        _largest(lines.found),
    )


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
