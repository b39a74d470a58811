"""Runs all steps of `compile`, from the recorded cost of one example to a program for batches."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np

from minigrad.comparisons import guards_of
from minigrad.compiler.held import NOTHING_HELD, Held, branch_of, frozen
from minigrad.compiler.lines.names import Names
from minigrad.compiler.parameters import Parameters
from minigrad.compiler.program import FLOAT, Program
from minigrad.compiler.reading.checks import (
    check_arguments,
    check_reach,
    check_structure,
    checked_count,
    checked_dtype,
)
from minigrad.compiler.reading.graph import Graph, columns_read, read
from minigrad.compiler.reading.recording import Recording
from minigrad.compiler.targets.header import GENERAL, Vocabulary
from minigrad.compiler.targets.straight import write_lines
from minigrad.compiler.targets.tape import write_loops, write_tape
from minigrad.compiler.targets.tape_running import ALL_EXAMPLES, TapeCode, passes_in_loops
from minigrad.compiler.written import write
from minigrad.graph import topological_order
from minigrad.value import Value

# What the text of a tape calls its own.
TAPE_RESERVED = {
    *GENERAL, "both_passes", "forward_pass", "forward", "backward", "gradient", "parameters", "batch",
    "inputs", "seed", "slopes", "slope", "values", "grads", "grad", "y", "cost", "steps", "constants",
    "codes", "code", "left", "right", "many", "slots", "push", "zip", "reversed", "len",
}  # fmt: skip

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


@collector_paused()
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
    outputs, precision, examples = list(outputs), checked_dtype(dtype), checked_count(examples)
    check_arguments(cost, inputs, parameters, outputs)
    order = topological_order(cost, as_recorded=True)
    if again is not None:
        again = again[0], list(again[1])
        check_arguments(again[0], again[1], parameters, ())
        check_structure(order, inputs, topological_order(again[0], as_recorded=True), again[1])
    graph, trained = read(order, inputs, parameters, outputs, keeps_single_terms=True)
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
    is_tape = form in ("lines", "loops") or (form is None and is_irregular(graph))
    written = None if is_tape else write(graph, precision, examples, always=form == "arrays")
    if written is None:
        reading = read(order, inputs, parameters, outputs)  # anew, as writing has added nodes
        return tape_program(reading, recording, precision, columns, form, held(reading[1]))
    at = written.order
    if parameters is None:  # in the order of the arrays
        trained, at = [trained[k] for k in at], np.arange(len(at), dtype=np.int64)
    places = {each.name: at[each.start :][: each.size].reshape(each.shape) for each in written.arrays}
    return Program(recording, Parameters(trained, places, precision), written.code, columns, held(trained))


def is_irregular(graph: Graph) -> bool:
    """True for a large graph whose nodes have so little in common that blocks would be too small."""
    if len(graph) < LARGE_GRAPH:
        return False
    levels: list[int] = []
    kinds: set[Any] = set()
    for operation, operands in zip(graph.operations, graph.operands):
        if len(operands) == 2:  # as most have, so quickly
            left, right = levels[operands[0]], levels[operands[1]]
            levels.append(1 + (left if left > right else right))
            kinds.add((operation, left, right))
        else:
            below = [levels[operand] for operand in operands]
            levels.append(1 + max(below, default=-1))
            kinds.add((operation, *below[:1]))
    return (len(kinds) - 1) * 8 > len(graph)  # without that of the leaves


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
        both, forward, functions = write_lines(tape, names)
        words = Vocabulary(functions, dtype=dtype)
    else:
        loops, functions, constants = write_loops(tape, names)
        both, forward, words = loops + passes_in_loops(tape), "", Vocabulary(functions, constants, dtype)
    code = TapeCode(words, both + ALL_EXAMPLES, forward, tape)
    return Program(recording, Parameters(trained, places, dtype), code, output_columns, held)
