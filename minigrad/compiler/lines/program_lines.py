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
from minigrad.compiler.lines.line import Line, names_in
from minigrad.compiler.lines.names import Names
from minigrad.compiler.lines.reads.references import References
from minigrad.compiler.lines.source import Writing, needed, output_rows
from minigrad.compiler.reading.blocks import Blocks, home
from minigrad.compiler.targets.header import GENERAL, Vocabulary, name_for
from minigrad.compiler.targets.running import ArrayCode
from minigrad.symbols.formulas import Formula
from minigrad.symbols.tree import Shape

RESERVED = {
    *GENERAL, "cost", "batch", "examples", "gradient", "costs", "outputs", "parameters", "dparameters", "len",
    "slice", "range",
}  # fmt: skip


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
                functions[part.value] = name_for(part.value, names)
    return Lines(found, layout, references, forward, backward, functions, outputs)


def array_code(lines: Lines, dtype: np.dtype[Any]) -> ArrayCode:
    """The lines as text, and what they refer to."""
    arrays, functions = lines.references.arrays, lines.functions
    forward, backward = lines.forward.lines, lines.backward.lines
    writing = Writing(lines.found, arrays, lines.layout, functions)
    outputs, source, width = lines.outputs, "", 0
    if outputs:
        source, width = writing.outputs(forward, outputs)
    gradient, plain, codes = writing.gradient(forward, backward)
    return ArrayCode(
        words=Vocabulary(functions, lines.references.constants, dtype),
        gradient=gradient,
        plain=plain,
        costs=writing.costs(forward),
        outputs=source,
        output_width=width,
        output_rows=output_rows(outputs, functions) if outputs and _are_on_the_way(lines) else "",
        shapes=_shapes(lines),
        equations=equations(forward, backward, codes, set(lines.forward.block_names.told.values())),
        rows=_largest(lines),
    )


def _by_home(found: Blocks) -> Iterator[list[int]]:
    """The outputs in order, in runs that one array has; numbers one by one."""
    for place, nodes in groupby(found.graph.outputs, lambda node: home(found, node)):
        if place == "number":
            yield from ([node] for node in nodes)
        else:
            yield list(nodes)


def _kept(lines: Lines) -> list[Line]:
    """The lines of the forward pass that the cost and the backward pass need."""
    wanted = {"cost"}.union(*[line.reads for line in lines.backward.lines])
    return needed(lines.forward.lines, wanted)[0]


def _are_on_the_way(lines: Lines) -> bool:
    """Whether computing the gradient computes the outputs too."""
    kept = {line.target for line in _kept(lines)}
    wanted = set[str]().union(*map(names_in, lines.outputs))
    return all(line.target in kept for line in needed(lines.forward.lines, wanted)[0])


def _shapes(lines: Lines) -> dict[str, tuple[Shape, bool]]:
    """The shape of each array that a run computes, by name, and whether it is a gradient."""
    found, arrays = lines.found, lines.references.arrays
    shapes = {
        str(arrays[number]): (arrays[number].shape, False)
        for number, block in enumerate(found.blocks)
        if block.is_leaf
    }
    given = {"dparameters", *(f"d{each.name}" for each in lines.layout.arrays)}
    for each, is_gradient in ((_kept(lines), False), (lines.backward.lines, True)):
        shapes |= {
            line.target: (line.shape, is_gradient)
            for line in each
            if line.assign == "=" and line.target not in given
        }
    return shapes


def _functions(found: Blocks) -> dict[Any, str]:
    """A name for each operation that is called: its own, with a number if two share one."""
    names = Names(set(RESERVED))
    operations = dict.fromkeys(block.operation for block in found.blocks if block.operation is not None)
    return {operation: name_for(operation, names) for operation in operations}


def _largest(lines: Lines) -> int:
    """The number of rows of the largest array that is computed for each example."""
    inlined = lines.forward.plan.inlined
    blocks = [block for number, block in enumerate(lines.found.blocks) if number not in inlined]
    rows = [len(block.nodes) for block in blocks if block.is_batch and not block.is_leaf]
    for block in blocks:
        for product in block.products:
            if block.is_sparse or len(product.sources) > 1:
                rows.append(sum(map(len, product.sources)))
    return max(rows, default=1)
