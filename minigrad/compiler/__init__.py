"""The compiler: from the scalar graph of one example's cost to an array program for batches.

Rooms, in the order in which a graph goes through them
    reading     the graph as numbered nodes, merged and folded
    fuse        sums and products of any writing become sums of products
    blocks      nodes that do the same become the rows of one array
    grids       sums of products that are one matrix product
    layout      where each parameter stands in the flat vector
    references  how a block reads rows of another, and the transpose of that
    emit        the lines of the forward pass
    backward    the lines of the backward pass: the four equations
    source      the lines as text
    tape        a graph without structure as flat arrays, and a loop over them
    running     the emitted source, bound to the vectors of a program
    program     what a user calls
    parameters, recording   what a program trains, and what it was made of
"""

from minigrad.compiler.compilation import make_program
from minigrad.compiler.parameters import Parameters
from minigrad.compiler.program import Program
from minigrad.compiler.running import Equation

__all__ = ["Equation", "Parameters", "Program", "make_program"]
