"""compile: from the recorded cost of one example to a program for batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from minigrad import rules
from minigrad.compiler.backward import Backward
from minigrad.compiler.blocks import Blocks
from minigrad.compiler.emit import Forward
from minigrad.compiler.equations import equations
from minigrad.compiler.fuse import fuse
from minigrad.compiler.grouping import find_blocks
from minigrad.compiler.layout import ParameterArray, lay_out
from minigrad.compiler.names import Names
from minigrad.compiler.parameters import Parameters
from minigrad.compiler.program import Program
from minigrad.compiler.reading import Graph, read, recorded_order
from minigrad.compiler.recording import Recording
from minigrad.compiler.references import References
from minigrad.compiler.running import ArrayCode, TapeCode
from minigrad.compiler.runtime import array_function, where
from minigrad.compiler.source import write_costs, write_gradient
from minigrad.compiler.tape import write_loops, write_tape
from minigrad.value import Value

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
TAPE_RESERVED = {
    "where",
    "inf",
    "nan",
    "forward",
    "backward",
    "values",
    "grads",
    "grad",
    "y",
    "many",
    "slots",
}
TAPE_RESERVED |= {"codes", "code", "left", "right", "push", "slope", "zip", "reversed"}

# Array lines cost 2 to 5 µs each, a step of a tape 0.4: more blocks than this, of fewer than three rows each,
# are too many.
FEW_BLOCKS = 60
LARGE_GRAPH = 5_000

RESERVED = {*FUNCTIONS, "cost", "batch", "examples", "gradient", "costs", "parameters", "dparameters", "len"}


def make_program(
    cost: Value,
    inputs: Sequence[Value],
    parameters: Sequence[Value] | None = None,
    again: tuple[Value, Sequence[Value]] | None = None,
) -> Program:
    """The program of a cost; `minigrad.compile` says what it takes."""
    _check(cost, inputs, parameters)
    order = recorded_order(cost)
    if again is not None:
        _check(again[0], again[1], parameters)
        _check_structure(order, inputs, recorded_order(again[0]), again[1])
    reading = read(order, inputs, parameters)
    graph, trained = reading
    if graph.root in graph.numbers:
        raise ValueError("compile: the cost depends on no input and no parameter; it is a constant")
    recording = Recording(order, inputs)
    if is_irregular(graph):
        return tape_program(reading, recording)
    found = find_blocks(fuse(graph))
    if len(found.blocks) > FEW_BLOCKS and len(found.blocks) * 3 > len(found.place):
        return tape_program(read(order, inputs, parameters), recording)  # fusing has added nodes to the first
    code, arrays, values = _emit(found, trained)
    return Program(recording, Parameters(values, arrays), code)


def is_irregular(graph: Graph) -> bool:
    """True for a large graph whose nodes have little in common: looking for blocks would be in vain."""
    if len(graph) < LARGE_GRAPH:
        return False
    levels = [0] * len(graph)
    kinds = set()
    for node, operands in enumerate(graph.operands):
        if operands:
            below = [levels[operand] for operand in operands]
            levels[node] = 1 + max(below)
            kinds.add((graph.operations[node], *(below if len(below) < 3 else below[:1])))
    return len(kinds) * 8 > len(graph)


def tape_program(reading: tuple[Graph, list[Value]], recording: Recording) -> Program:
    """The program of a graph that runs on a tape."""
    graph, trained = reading
    tape = write_tape(graph)
    loops = write_loops(tape, Names(TAPE_RESERVED))
    flat = [ParameterArray("parameters", 0, (len(trained), 1))]
    return Program(recording, Parameters(trained, flat), TapeCode(loops.source, tape, loops.functions))


def _check(cost: Value, inputs: Sequence[Value], parameters: Sequence[Value] | None) -> None:
    if not isinstance(cost, Value):
        raise TypeError(f"compile: the cost must be a Value, not {type(cost).__name__}")
    for kind, values in (("an input", inputs), ("a parameter", parameters or ())):
        for value in values:
            if not isinstance(value, Value):
                raise TypeError(f"compile: {kind} must be a Value, not {type(value).__name__} {value!r}")
            if value.operands:
                raise ValueError(f"compile: {kind} must be a leaf, not the result of {value.op!r}: {value!r}")
    everything = [*inputs, *(parameters or ())]
    if len(set(everything)) < len(everything):
        raise ValueError("compile: a Value stands twice among the inputs and parameters")


def _check_structure(
    order: Sequence[Value], inputs: Sequence[Value], order2: Sequence[Value], inputs2: Sequence[Value]
) -> None:
    """Raise ValueError at the first node in which two recordings differ other than in their inputs."""
    if len(inputs) != len(inputs2):
        raise ValueError(f"compile: the second recording has {len(inputs2)} inputs, not {len(inputs)}")
    same = dict(zip(inputs, inputs2))
    for node, node2 in zip(order, order2):
        is_leaf = not node.operands and node.op is not rules.constant
        fits = node.op is node2.op and len(node.operands) == len(node2.operands)
        fits = fits and all(same[o] is o2 for o, o2 in zip(node.operands, node2.operands))
        if is_leaf:
            fits = fits and same.get(node, node) is node2
        elif not node.operands:
            fits = fits and node.data == node2.data
        if not fits:
            raise ValueError(
                f"compile: the two recordings differ, first at {node!r} and {node2!r}: the graph depends on "
                "the numbers, such as by an `if`, and a program would freeze one branch"
            )
        same[node] = node2
    if len(order) != len(order2):
        raise ValueError(f"compile: the two recordings have {len(order)} and {len(order2)} nodes")


def _emit(found: Blocks, trained: list[Value]) -> tuple[ArrayCode, list[ParameterArray], list[Value]]:
    functions = _functions(found)
    names = Names(RESERVED | set(functions.values()))
    layout = lay_out(found, names)
    references = References(found, layout, names)
    forward = Forward(references)
    forward.run()
    backward = Backward(forward)
    backward.run()
    space = {name: array_function(operation) for operation, name in functions.items()}
    for line in backward.lines:
        for part in line.formula.walk():
            if part.kind == "call" and part.value not in functions:
                functions[part.value] = names.new(part.value.name)
                space[functions[part.value]] = array_function(part.value)
    for line in forward.lines + backward.lines:
        names.taken.add(line.target)
    code = ArrayCode(
        write_gradient(found, references.arrays, forward.lines, backward.lines, functions),
        write_costs(found, references.arrays, forward.lines, functions),
        {**FUNCTIONS, **space, **references.constants},
        equations(forward.lines, backward.lines, functions),
        _largest(found),
    )
    graph = found.graph
    by_position = sorted((position, graph.parameters[node]) for node, position in layout.positions.items())
    return code, layout.arrays, [trained[number] for _, number in by_position]


def _functions(found: Blocks) -> dict[Any, str]:
    """A name for each operation that is called: its own, or with a number if two have the same."""
    names = Names(set(RESERVED))
    operations = dict.fromkeys(block.operation for block in found.blocks if block.operation is not None)
    return {operation: names.new(operation.name) for operation in operations}


def _largest(found: Blocks) -> int:
    """The rows of the largest array that is computed for each example."""
    rows = [len(block.nodes) for block in found.blocks if block.is_batch and not block.is_leaf]
    for block in found.blocks:
        for product in block.products:
            if block.is_sparse or len(product.sources) > 1:
                rows.append(sum(map(len, product.sources)))
    return max(rows, default=1)
