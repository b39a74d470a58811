"""Random programs with shared parts, run by the engine, and by mpmath at 50 digits or more.

A program is a list of steps (operation, operand indices); index 0 … k − 1 are the leaves, and every step adds
one more number, which all later steps may use.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass

import mpmath
from edge_table import rows
from symbolic import REFERENCES, derivatives

from minigrad import Value, edges
from minigrad.operations import Operation

STEPS = (
    "sign",
    "floor",
    "ceil",
    "trunc",
    "rint",
    "floor_divide",
    "remainder",
)  # a small change may be a jump
NARROW = ("asin", "acos", "acosh", "atanh")  # defined on too little: nearly never drawn
ROWS = [row for row in rows() if row.name not in STEPS + NARROW]
STEP = mpmath.mpf(10) ** -20  # of differences: with 80 digits their error is near 1e-38


@dataclass
class Program:
    leaves: list[float]
    steps: list[tuple[Operation, tuple[int, ...]]]

    def run(self, leaves: Sequence[Value]) -> Value:
        nodes: list[Value] = list(leaves)
        for operation, operands in self.steps:
            nodes.append(operation(*[nodes[i] for i in operands]))
        return nodes[-1]

    def exact(self, leaves: Sequence[mpmath.mpf]) -> mpmath.mpf:
        numbers = list(leaves)
        for operation, operands in self.steps:
            numbers.append(exact_function(operation, len(operands))(*[numbers[i] for i in operands]))
        return numbers[-1]

    def exact_gradient(self, leaves: Sequence[mpmath.mpf]) -> list[mpmath.mpf]:
        return [self._difference(self.exact, leaves, i) for i in range(len(leaves))]

    def exact_hessian(self, leaves: Sequence[mpmath.mpf]) -> list[list[mpmath.mpf]]:
        count = range(len(leaves))
        return [
            [self._difference(lambda at: self._difference(self.exact, at, i), leaves, j) for j in count]  # noqa: B023
            for i in count
        ]

    @staticmethod
    def _difference(f, leaves: Sequence[mpmath.mpf], i: int) -> mpmath.mpf:
        above = [*leaves[:i], leaves[i] + STEP, *leaves[i + 1 :]]
        below = [*leaves[:i], leaves[i] - STEP, *leaves[i + 1 :]]
        return (f(above) - f(below)) / (2 * STEP)


def exact_function(operation: Operation, count: int):
    import sympy

    function = REFERENCES.get(operation.name) or getattr(sympy, operation.name)
    return derivatives(operation.name, function, count)[0]


def draw(generator: random.Random, leaf_count: int = 3, step_count: int = 14) -> Program:
    """A program whose numbers stay between 1e-2 and 4 in size: no step is near a kink, a tie or overflow."""
    program = Program(
        [generator.uniform(0.2, 2.0) * generator.choice((-1, 1)) for _ in range(leaf_count)], []
    )
    numbers = list(program.leaves)
    while len(program.steps) < step_count:
        operation = generator.choice(ROWS)
        count = operation.arity if operation.arity is not None else generator.randint(2, 5)
        recent = range(max(0, len(numbers) - 6), len(numbers))
        operands = tuple(generator.choice(recent) for _ in range(count))
        given = [numbers[i] for i in operands]
        if operation.name in ("minimum", "maximum", "clip") and is_near_tie(given):
            continue
        if operation.name == "power" and (given[0] < 0 or operands[0] == operands[1]):
            continue
        try:
            number = operation(*given)
        except (ValueError, ZeroDivisionError, OverflowError):
            continue
        if 1e-2 < abs(number) < 4:
            numbers.append(number)
            program.steps.append((operation, operands))
    program.steps.append((next(row for row in ROWS if row.name == "total"), tuple(range(len(numbers)))[-5:]))
    return program


def is_near_tie(numbers: Sequence[float]) -> bool:
    return any(abs(a - b) < 1e-2 for a, b in itertools.combinations(numbers, 2))


def sums_of_absolute_paths(root: Value) -> dict[Value, float]:
    """Σ over all paths from the root to a node of the product of |local derivative|: what rounding is of."""
    sums = {root: 1.0}
    for node, operand, local_derivative in edges(root):
        sums[operand] = sums.get(operand, 0.0) + sums[node] * abs(local_derivative)
    return sums
