"""Runs all steps of `compile`, from the recorded cost of one example to a program for batches."""

from __future__ import annotations

from collections.abc import Iterable

from minigrad.compiler.lines.layout import ParameterArray
from minigrad.compiler.lines.names import Names
from minigrad.compiler.lines.program_lines import array_code, lines_of
from minigrad.compiler.parameters import Parameters
from minigrad.compiler.program import Program
from minigrad.compiler.reading.checks import check_arguments, check_reach, check_structure
from minigrad.compiler.reading.fuse import fuse
from minigrad.compiler.reading.graph import Graph, read
from minigrad.compiler.reading.grouping import find_blocks
from minigrad.compiler.reading.recording import Recording
from minigrad.compiler.targets.running import TapeCode
from minigrad.compiler.targets.tape import write_loops, write_tape
from minigrad.graph import topological_order
from minigrad.value import Value

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


def make_program(
    cost: Value,
    inputs: Iterable[Value],
    parameters: Iterable[Value] | None = None,
    again: tuple[Value, Iterable[Value]] | None = None,
) -> Program:
    """The program of a cost; the arguments are those of `minigrad.compile`."""
    inputs, parameters = list(inputs), None if parameters is None else list(parameters)  # read repeatedly
    check_arguments(cost, inputs, parameters)
    order = topological_order(cost, as_recorded=True)
    if again is not None:
        again = again[0], list(again[1])
        check_arguments(again[0], again[1], parameters)
        check_structure(order, inputs, topological_order(again[0], as_recorded=True), again[1])
    reading = read(order, inputs, parameters)
    graph, trained = reading
    if graph.root in graph.numbers:
        raise ValueError("compile: the cost depends on no input and no parameter; it is a constant")
    check_reach(order, inputs, parameters)
    recording = Recording(order, inputs)
    if is_irregular(graph):
        return tape_program(reading, recording)
    found = find_blocks(fuse(graph))
    if len(found.blocks) > FEW_BLOCKS and len(found.blocks) * 3 > len(found.place):
        return tape_program(read(order, inputs, parameters), recording)  # fusing has added nodes to the first
    lines = lines_of(found)
    graph = found.graph
    by_position = sorted((p, graph.parameters[node]) for node, p in lines.layout.positions.items())
    values = [trained[number] for _, number in by_position]
    return Program(recording, Parameters(values, lines.layout.arrays), array_code(lines))


def is_irregular(graph: Graph) -> bool:
    """True for a large graph whose nodes have so little in common that blocks would be too small."""
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
