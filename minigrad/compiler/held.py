"""What a program takes for granted: leaves that are neither inputs nor parameters, and comparisons.

Glossary
    frozen      a leaf in neither list: the program has the number that it had when it was recorded
    branch      what followed a comparison of Values while the cost was recorded, by an `if` perhaps: the
                program has no other
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from itertools import filterfalse
from typing import Any, Protocol

import numpy as np

from minigrad.comparisons import Comparison, Guard
from minigrad.compiler.parameters import Array, Parameters
from minigrad.display import listed
from minigrad.hooks import LIBRARIES
from minigrad.value import Value


class Sides(Protocol):
    """A program whose outputs are the Values that comparisons compare."""

    parameters: Parameters

    def outputs(self, batch: Any) -> Array:
        """Of each example, shape (examples, outputs)."""


class FrozenWarning(UserWarning):
    """A program has a number for good that is the user's to change."""


def frozen(order: Sequence[Value], others: Collection[Value]) -> Iterator[Value]:
    """The leaves that are not among others. A number in an expression is none."""
    for value in filterfalse(others.__contains__, order):
        if value.op is None:
            yield value


@dataclass(frozen=True)
class Branch:
    """A comparison, and what came out when it was recorded.

    Attributes:
        text: the comparison, with the names of what was compared.
        number: what was compared with, if that was no Value.
    """

    comparison: Comparison
    text: str
    number: float | None
    outcome: bool


def branch_of(guard: Guard) -> Branch:
    """What a program keeps of a comparison."""
    number = None if isinstance(guard.right, Value) else guard.right
    return Branch(guard.comparison, str(guard), number, guard.outcome)


@dataclass(frozen=True)
class Held:
    """What a program takes for granted.

    Attributes:
        frozen: leaves, with the numbers that the program has of them.
        branches: comparisons that a batch has to decide as they were decided.
        sides: what computes the Values that they compare; None without any.
    """

    frozen: Mapping[Value, float]
    branches: Sequence[Branch] = ()
    sides: Sides | None = None

    def tell(self) -> None:
        """Warn of frozen leaves, by name."""
        if self.frozen:
            _warn(
                f"compile: {_named(self.frozen)} neither among the inputs nor among the parameters, and "
                "frozen in the program. List what is to change; what is not may be a plain number"
            )

    def check_numbers(self) -> None:
        """Warn if the Value of a frozen leaf has another number by now."""
        changed = [value for value, number in self.frozen.items() if not _same(value.data, number)]
        if changed:
            _warn(
                f"program.load: {_named(changed)} frozen in the program, with another number than now; "
                "compile again, or list it among the parameters"
            )

    def check_batch(self, batch: Any, vector: Any) -> None:
        """Raise ValueError for the first example that would take another branch than was recorded."""
        if self.sides is None:
            return
        self.sides.parameters.vector[...] = vector
        columns = iter(self.sides.outputs(batch).T)
        for branch in self.branches:
            left = next(columns)
            right = next(columns) if branch.number is None else branch.number
            others = np.flatnonzero(branch.comparison(left, right) != branch.outcome)
            if len(others):
                raise ValueError(
                    f"program: for example {others[0] + 1} of {len(batch)} the comparison {branch.text} is "
                    f"not {branch.outcome}, as it was when the cost was recorded. An `if` may take another "
                    "branch there, which the program lacks. Choose with minigrad.where, maximum or relu; "
                    "if the graph is the same either way, compare v.data, or show that by a second "
                    "recording: compile(…, again=(cost, inputs))"
                )

    def guarded(self, function: Callable[..., Any], parameters: Parameters) -> Callable[..., Any]:
        """A function of the arrays of the parameters and a batch, which first checks the batch."""
        if self.sides is None:
            return function

        @wraps(function)
        def gradient(*arrays: Any, **named: Any) -> Any:
            given = dict(zip([*parameters.places, "batch"], arrays)) | named
            vector = np.empty(len(parameters))
            for name, place in parameters.places.items():
                vector[place] = given[name]
            self.check_batch(np.asarray(given["batch"], dtype=parameters.vector.dtype), vector)
            return function(*arrays, **named)

        return gradient

    def __reduce__(self) -> tuple[Any, ...]:
        return Held, ({}, self.branches, self.sides)  # a copy from a pickle has no Values to look at


NOTHING_HELD = Held({})


def _same(a: float, b: float) -> bool:
    return a == b or (a != a and b != b)


def _named(values: Collection[Value]) -> str:
    names = listed(str(value.label) or f"Value({value.data:.6g})" for value in values)
    return f"{names} {'is' if len(values) == 1 else 'are'}"


def _warn(text: str) -> None:
    """Warn at the line of the user's."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(tuple(LIBRARIES)):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, FrozenWarning, stacklevel=level)
