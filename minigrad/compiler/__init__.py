"""The compiler: `compile` makes the scalar graph of one example's cost an array program for batches.

Rooms, in the order in which a graph goes through them
    reading     the graph as numbered nodes, merged and folded, grouped to rows of arrays
    lines       the lines of the forward pass, and of the backward pass: the four equations
    targets     what runs them: emitted source bound to vectors, or a tape for a graph without structure
    program     what a user calls; parameters, what it trains
    compilation all of it, in order, after checks of what it is given

Importing this package loads no NumPy: what it compiles with is loaded when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from minigrad.compiler.lines.four_equations import Equation
    from minigrad.compiler.parameters import Parameters
    from minigrad.compiler.program import Program
    from minigrad.value import Value

__all__ = ["Equation", "Parameters", "Program", "compile"]

_ROOMS = {"Equation": "lines.four_equations", "Parameters": "parameters", "Program": "program"}


def compile(
    cost: Value,
    inputs: Iterable[Value],
    parameters: Iterable[Value] | None = None,
    *,
    again: tuple[Value, Iterable[Value]] | None = None,
) -> Program:
    """The program of a cost: a recorded scalar graph as operations on arrays, for batches of examples.

    Args:
        cost: Cₙ, recorded for one example.
        inputs: the leaves that differ from example to example, targets included, in the order of the columns
            of a batch. One that the cost does not depend on is a column that is not read.
        parameters: the leaves that are trained; every other leaf is then a constant. One that the cost does
            not reach keeps the gradient 0. Left out, every leaf that is no input and no number in an
            expression is trained: `program.parameters` lists them.
        again: a second recording, (cost, inputs), made at other numbers. A recording has no `if` in it, only
            the branch that was taken; with `again` a difference between the two is an error.

    Raises TypeError for a cost, an input or a parameter that is no Value; ValueError for one that is no leaf,
    stands twice, for a constant cost, for a cost recorded with other inputs, and where the second recording
    differs.

    >>> from minigrad import Value
    >>> w, x, y = Value(2.0, label="w"), Value(1.0, label="x"), Value(0.0, label="y")
    >>> program = compile((w * x - y) ** 2, inputs=[x, y])
    >>> cost, gradient = program.gradient([[1.0, 0.0], [3.0, 5.0]])
    >>> cost, gradient.tolist()
    (2.5, [5.0])
    """
    from minigrad.compiler.compilation import make_program  # here, so that `import minigrad` needs no NumPy

    return make_program(cost, inputs, parameters, again)


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
