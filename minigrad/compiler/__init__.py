"""The compiler: from the scalar graph of one example's cost to an array program for batches.

Rooms, in the order in which a graph goes through them
    reading     the graph as numbered nodes, merged and folded
    fuse        sums and products of any writing become sums of products
    blocks      rows of arrays
    grouping    nodes that do the same become the rows of one block
    grids       sums of products that are one matrix product
    layout      where each parameter stands in the flat vector
    references  how a block reads rows of another, and the transpose of that
    emit        the lines of the forward pass
    backward    the lines of the backward pass: the four equations
    lines       all lines from the blocks
    source      the lines as text; equations, those of them that are one of the four
    tape        a graph without structure as flat arrays, and a loop over them
    running     the emitted source, bound to the vectors of a program
    program     what a user calls; parameters, what it trains; recording, what it was made of
    compilation all of it, in order, after checks of what it is given
Beside them: formulas, simplification and printing, symbols that need no NumPy; names; locals, the rows of the
table read with symbols; runtime, what emitted lines call.

Importing this package loads no NumPy: the names below do, when they are first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from minigrad.compiler.compilation import make_program
    from minigrad.compiler.equations import Equation
    from minigrad.compiler.parameters import Parameters
    from minigrad.compiler.program import Program

__all__ = ["Equation", "Parameters", "Program", "make_program"]

_ROOMS = {
    "Equation": "equations",
    "Parameters": "parameters",
    "Program": "program",
    "make_program": "compilation",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_ROOMS[name]}"), name)
