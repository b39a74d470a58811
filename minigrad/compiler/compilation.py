"""Runs all steps of `compile`, from the recorded cost of one example to a program for batches."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np

from minigrad.comparisons import guards_of
from minigrad.compiler.held import NOTHING_HELD, Held, branch_of, frozen
from minigrad.compiler.lines.names import Names
from minigrad.compiler.lines.plan import NoArraysError
from minigrad.compiler.lines.program_lines import array_code, lines_of
from minigrad.compiler.parameters import Parameters
from minigrad.compiler.program import FLOAT, Program
from minigrad.compiler.reading.checks import (
    check_arguments,
    check_reach,
    check_structure,
    checked_count,
    checked_dtype,
)
from minigrad.compiler.reading.fuse import fuse
from minigrad.compiler.reading.graph import Graph, columns_read, read
from minigrad.compiler.reading.grouping import find_blocks
from minigrad.compiler.reading.recording import Recording
from minigrad.compiler.targets.header import GENERAL, Vocabulary
from minigrad.compiler.targets.straight import write_lines
from minigrad.compiler.targets.tape import write_loops, write_tape
from minigrad.compiler.targets.tape_running import TapeCode, passes_in_loops
from minigrad.graph import topological_order
from minigrad.value import Value

# What the text of a tape calls its own.
TAPE_RESERVED = {*GENERAL, "both_passes", "forward_pass", "forward", "backward", "gradient", "parameters"}
TAPE_RESERVED |= {
    "batch",
    "inputs",
    "seed",
    "slopes",
    "slope",
    "values",
    "grads",
    "grad",
    "y",
    "cost",
    "steps",
}
TAPE_RESERVED |= {
    "constants",
    "codes",
    "code",
    "left",
    "right",
    "many",
    "slots",
    "push",
    "zip",
    "reversed",
    "len",
}

# Seconds, of an array line for few examples, and of a step in straight-line Python, there and back. More
# blocks than FEW, of fewer than three rows each, are too many whatever the batch.
ARRAY_LINE, STEP = 2.5e-6, 0.17e-6
FEW_BLOCKS = 60
LARGE_GRAPH = 5_000

# Steps that are written out, a line each, of which Python compiles 30,000 a second.
SHORT_TAPE = 12_000


@contextmanager
def collector_paused() -> Iterator[None]:
    """Without Python's collector of cycles: a graph has none, and its many objects make it look often."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


Form = Literal["arrays", "lines", "loops"]


def make_program(
    cost: Value,
    inputs: Iterable[Value],
    parameters: Iterable[Value] | None = None,
    again: tuple[Value, Iterable[Value]] | None = None,
    outputs: Iterable[Value] = (),
    dtype: str = "float64",
    examples: int | None = None,
    form: Form | None = None,
    guarded: bool = True,
) -> Program:
    """The program of a cost; the arguments are those of `minigrad.compile`.

    `form` makes array lines, straight-line Python or loops over a tape of any graph; by default it decides.
    """
    inputs, parameters = list(inputs), None if parameters is None else list(parameters)  # read repeatedly
    outputs, precision = list(outputs), checked_dtype(dtype)
    check_arguments(cost, inputs, parameters, outputs)
    order = topological_order(cost, as_recorded=True)
    if again is not None:
        again = again[0], list(again[1])
        check_arguments(again[0], again[1], parameters, ())
        check_structure(order, inputs, topological_order(again[0], as_recorded=True), again[1])
    graph, trained = read(order, inputs, parameters, outputs, keeps_single_terms=True)
    examples = checked_count(examples)
    straight = STEP * (examples or math.inf) * sum(max(1, len(operands) - 1) for operands in graph.operands)
    if graph.root in graph.numbers:
        raise ValueError("compile: the cost depends on no input and no parameter; it is a constant")
    check_reach(order, inputs, parameters)
    recording = Recording(order, inputs)

    def held(trained: list[Value]) -> Held:
        numbers = {value: value.data for value in frozen(order, {*inputs, *trained})}
        guards = list(guards_of(inputs, [*trained, *numbers])) if guarded and again is None else []
        if not guards:
            return Held(numbers)
        sides = [side for guard in guards for side in (guard.left, guard.right) if isinstance(side, Value)]
        program = make_program(cost, inputs, trained, None, sides, dtype, examples, form, guarded=False)
        return Held(numbers, [branch_of(guard) for guard in guards], program)

    columns = columns_read(graph) if outputs else None
    if form in ("lines", "loops") or (form is None and is_irregular(graph)):
        reading = read(order, inputs, parameters, outputs)
        return tape_program(reading, recording, precision, columns, form, held(reading[1]))
    found = find_blocks(fuse(graph))
    is_scattered = len(found.blocks) > FEW_BLOCKS and len(found.blocks) * 3 > len(found.place)
    if form is None and (is_scattered or straight < ARRAY_LINE * 2 * len(found.blocks)):
        reading = read(order, inputs, parameters, outputs)  # fusing has added nodes to the first
        return tape_program(reading, recording, precision, columns, held=held(reading[1]))
    try:
        lines = lines_of(found)
    except NoArraysError:
        reading = read(order, inputs, parameters, outputs)
        return tape_program(reading, recording, precision, columns, held=held(reading[1]))
    layout, graph = lines.layout, found.graph
    number = {place: graph.parameters[node] for node, place in layout.positions.items()}
    at = np.array([number[place] for place in range(len(number))], dtype=np.int64)  # in `trained`
    if parameters is None:  # in the order of the arrays
        trained, at = [trained[k] for k in at], np.arange(len(at), dtype=np.int64)
    places = {each.name: at[each.start :][: each.size].reshape(each.shape) for each in layout.arrays}
    code = array_code(lines, precision)
    return Program(recording, Parameters(trained, places, precision), code, columns, held(trained))


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


def tape_program(
    reading: tuple[Graph, list[Value]],
    recording: Recording,
    dtype: np.dtype[Any] = FLOAT,
    output_columns: int | None = None,
    form: Form | None = None,
    held: Held = NOTHING_HELD,
) -> Program:
    """The program of a graph without structure, step by step."""
    graph, trained = reading
    tape = write_tape(graph)
    names, places = Names(TAPE_RESERVED), {"parameters": np.arange(len(trained))[:, None]}
    if form == "lines" or (form is None and len(tape.codes) <= SHORT_TAPE):
        lines = write_lines(tape, names)
        code = TapeCode(Vocabulary(lines.functions, dtype=dtype), lines.both, lines.forward, tape)
    else:
        loops = write_loops(tape, names)
        both = loops.source + passes_in_loops(tape)
        code = TapeCode(Vocabulary(loops.functions, loops.constants, dtype), both, "", tape)
    return Program(recording, Parameters(trained, places, dtype), code, output_columns, held)
