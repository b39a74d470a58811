"""Compiles the scalar graph of one example's cost to a program that computes on arrays, for batches.

The rooms, in the order in which `compilation.py` leads a graph through them
    reading/    numbers the nodes, and groups nodes of the same operation as the rows of blocks
    lines/      writes the lines of the forward and the backward pass, one array operation a line
    targets/    runs them; a graph without structure runs step by step: as straight-line Python, as loops over
                a tape, or, with numba, as machine code

Glossary, for all files
    node        its number; operands have smaller numbers than results
    column      of the batch: the place of an input in `inputs`
    batch node  a node that depends on an input, so that it has a number of its own for each example
    trained     of a node: it depends on a parameter
    role        a label that tells the place of a node in a network: `kind`, `layer` and `neuron`
    block       nodes that become the rows of one array

Importing this package does not import NumPy; the first call of `compile` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from minigrad.compiler.lines.four_equations import Equation
    from minigrad.compiler.parameters import Parameters
    from minigrad.compiler.program import Program
    from minigrad.compiler.reading.alike import alike
    from minigrad.compiler.run import Run
    from minigrad.value import Value

__all__ = ["Equation", "Parameters", "Program", "Run", "alike", "compile"]

_ROOMS = {
    "Equation": "lines.four_equations",
    "Parameters": "parameters",
    "Program": "program",
    "Run": "run",
    "alike": "reading.alike",
}


def compile(
    cost: Value,
    inputs: Iterable[Value],
    parameters: Iterable[Value] | None = None,
    *,
    again: tuple[Value, Iterable[Value]] | None = None,
    outputs: Iterable[Value] = (),
    dtype: str = "float64",
    examples: int | None = None,
) -> Program:
    """Compile the cost of one example to a program for batches: its scalar graph as operations on arrays.

    Args:
        cost: Cₙ, recorded for one example.
        inputs: the leaves that differ from example to example, including the targets, in the order of the
            columns of a batch. The cost need not depend on all of them. A whole number x that picks one of
            several parameters cₖ, such as a token, is an input too: Σₖ where(x − k, 0, 1) cₖ. Parameters that
            are picked while recording need none.
        parameters: the leaves that are trained; all other leaves are constants, of which a warning tells. A
            parameter that the cost does not depend on has the gradient 0. By default all leaves are trained
            except inputs and numbers in expressions; `program.parameters` lists them.
        again: a second recording, (cost, inputs), made with other numbers. A recording contains only the
            branch of an `if` that was taken; if the two recordings differ, an error is raised. Without it,
            comparisons of Values are remembered, the last 32,768, and a batch that decides one otherwise is
            refused. Those of parameters alone hold nothing: choose with `where` or `abs` there, not `if`.
        outputs: nodes whose numbers `program.outputs(batch)` gives, such as what a network predicts.
        dtype: "float64", or "float32", with 7 digits in place of 16, in half the memory.
        examples: how many examples a batch will have, about. For a few, a small graph is written out in
            Python, a line a step, if that is faster than operations on arrays. Any batch is taken still.

    Raises TypeError if the cost, an input, a parameter or an output is not a Value; ValueError if an input or
    parameter is not a leaf or is given twice, if the cost is constant or was recorded with other inputs, if
    the second recording differs, for another dtype, or
    if `examples` is no whole number from 1 on.

    >>> from minigrad import Value
    >>> w, x, y = Value(2.0, label="w"), Value(1.0, label="x"), Value(0.0, label="y")
    >>> program = compile((w * x - y) ** 2, inputs=[x, y])
    >>> cost, gradient = program.gradient([[1.0, 0.0], [3.0, 5.0]])
    >>> cost, gradient.tolist()
    (2.5, [5.0])
    """
    from minigrad.compiler.compilation import make_program  # here, so that `import minigrad` needs no NumPy

    program = make_program(cost, inputs, parameters, again, outputs, dtype, examples)
    program.held.tell()
    return program


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
