"""Random programs with shared parts, run by the engine, and by mpmath at 50 digits or more.

A program is a list of steps (operation, operand indices); index 0 … k − 1 are the leaves, and every step adds
one more number, which all later steps may use. Of the three kinds

    tame        has numbers between 1e-2 and 4 in size, and no step near a kink, a tie or overflow
    kinked      has leaves that are 0, ±½, ±1 or ±2, some twice, so that many a step is at a kink or a tie
    hostile     has huge and tiny numbers; results may overflow, and the last step may leave its domain

All operations of the table take part as soon as they are in it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import mpmath
from edge_table import rows
from symbolic import REFERENCES, derivatives

from minigrad import Value, edges
from minigrad.operations import Operation

ROWS = rows()
# Which the rounding of what they are given can carry over a jump.
JUMPING = ("sign", "floor", "ceil", "trunc", "rint", "floor_divide", "remainder", "select", "atan2")
STEP = mpmath.mpf(10) ** -20  # of differences: with 80 digits their error is near 1e-38


KINDS = ("tame", "kinked", "hostile")
KINKED_LEAVES = (0.0, 0.5, 1.0, 2.0, -0.5, -1.0, -2.0)
HOSTILE_LEAVES = (1e300, 1e160, 1e20, 800.0, 40.0, 0.7, 1e-8, 1e-160, 1e-300)


@dataclass
class Program:
    leaves: list[float]
    steps: list[tuple[Operation, tuple[int, ...]]]
    kind: str = "tame"

    def run(self, leaves: Sequence[Value]) -> Value:
        nodes: list[Value] = list(leaves)
        for operation, operands in self.steps:
            nodes.append(operation(*[nodes[i] for i in operands]))
        return nodes[-1]

    def exact(self, leaves: Sequence[mpmath.mpf]) -> mpmath.mpf:
        numbers = list(leaves)
        for operation, operands in self.steps:
            given = operation.complete(tuple(numbers[i] for i in operands))
            numbers.append(exact_function(operation, len(given))(*map(mpmath.mpmathify, given)))
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


def count_given(operation: Operation, generator: random.Random, with_parameters: bool) -> int:
    """How many operands a step has: 2 to 5 of any number; parameters with a default half the time."""
    if operation.arity is None:
        return generator.randint(2, 5)
    defaults = len(operation.default_operands)
    return operation.arity - (0 if with_parameters and generator.random() < 0.5 else defaults)


def draw(
    generator: random.Random,
    leaf_count: int = 3,
    step_count: int = 14,
    kind: str = "tame",
    rows: Sequence[Operation] = ROWS,
    with_parameters: bool = True,
) -> Program:
    """A program of that kind, of these operations."""
    sign = lambda: generator.choice((-1, 1))  # noqa: E731
    leaves = {
        "tame": lambda: generator.uniform(0.2, 2.0) * sign(),
        "kinked": lambda: generator.choice(KINKED_LEAVES),
        "hostile": lambda: generator.choice(HOSTILE_LEAVES) * generator.uniform(0.5, 1.5) * sign(),
    }
    program = Program([leaves[kind]() for _ in range(leaf_count)], [], kind)
    numbers = list(program.leaves)
    for _ in range(100 * step_count):
        if len(program.steps) == step_count:
            break
        operation = generator.choice(rows)
        recent = range(max(0, len(numbers) - 6), len(numbers))
        operands = tuple(
            generator.choice(recent) for _ in range(count_given(operation, generator, with_parameters))
        )
        given = [numbers[i] for i in operands]
        try:
            number = operation(*given)
        except (ValueError, ZeroDivisionError, OverflowError):
            if kind == "hostile" and len(program.steps) > 2 and generator.random() < 0.05:
                program.steps.append((operation, operands))
                return program
            continue
        if _is_wanted(kind, operation, operands, given, number):
            numbers.append(number)
            program.steps.append((operation, operands))
    program.steps.append((next(row for row in ROWS if row.name == "total"), tuple(range(len(numbers)))[-5:]))
    return program


def _is_wanted(
    kind: str, operation: Operation, operands: Sequence[int], given: Sequence[float], number: float
) -> bool:
    if kind == "hostile":
        return number == number and operation.name not in JUMPING
    if kind == "kinked":
        return number == 0 or 1e-2 < abs(number) < 4
    if len(set(given)) < len(given) and operation.name == "power":
        return False
    return 1e-2 < abs(number) < 4 and not is_near_kink(operation, given)


def is_near_kink(operation: Operation, given: Sequence[float], h: float = 1e-2) -> bool:
    """Whether the result jumps, a derivative becomes 0 or the domain ends within h of these operands."""
    operands = operation.complete(tuple(given))
    places = [operands] + [
        (*operands[:k], operands[k] + step, *operands[k + 1 :]) for k in range(len(given)) for step in (-h, h)
    ]
    try:
        values = [operation.value(*place) for place in places]
        slopes = [operation.local_derivatives(y, *place) for y, place in zip(values, places, strict=True)]
    except (ValueError, ZeroDivisionError, OverflowError):
        return True
    zeros = {tuple(slope == 0 for slope in each[: len(given)]) for each in slopes}
    return len(zeros) > 1 or any(abs(value - values[0]) > 0.5 for value in values)


def sums_of_absolute_paths(root: Value) -> dict[Value, float]:
    """Σ over all paths from the root to a node of the product of |local derivative|: what rounding is of."""
    sums = {root: 1.0}
    for node, operand, local_derivative in edges(root):
        sums[operand] = sums.get(operand, 0.0) + sums[node] * abs(local_derivative)
    return sums
