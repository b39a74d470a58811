"""Binds generated source to the vectors of a program: array lines, or loops over a tape."""

from __future__ import annotations

import contextvars
import hashlib
import linecache
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

from minigrad import rules
from minigrad.compiler.lines.four_equations import Equation
from minigrad.compiler.parameters import Array, Parameters
from minigrad.compiler.targets.runtime import array_function, float_function, where
from minigrad.compiler.targets.tape import Tape

# An array of 32,768 floats has 256 KB: a few of them fit a second-level cache.
SLICE_ENTRIES = 32_768

CONSTANTS = {"inf": math.inf, "nan": math.nan}

# The numbers that a tape keeps for a slice of examples, 32 MB; below this many examples floats are faster.
TAPE_ENTRIES = 4_000_000
FEW_EXAMPLES = 6


# Batch to mean cost, leaving the gradient in its buffer; batch to the cost of each example.
Runners = tuple[Callable[[Array], float], Callable[[Array], Array]]


class Code(Protocol):
    """What a program runs."""

    @property
    def source(self) -> str:
        """The Python text."""

    @property
    def equations(self) -> tuple[Equation, ...]:
        """The lines that are one of the four equations."""

    def slice_size(self) -> int:
        """The number of examples to compute at a time."""

    def bind(self, parameters: Parameters) -> Runners:
        """The functions of the code, for these parameters."""


@dataclass(frozen=True, repr=False)
class ArrayCode:
    """Array lines; `rows` is the number of rows of the largest array computed for each example."""

    source: str
    costs: str
    constants: dict[str, Any]
    equations: tuple[Equation, ...]
    rows: int

    def slice_size(self) -> int:
        """The number of examples for which the largest array has 256 KB."""
        return max(1, SLICE_ENTRIES // self.rows)

    def bind(self, parameters: Parameters) -> Runners:
        """The two functions of the source, run without NumPy warnings."""
        space = dict(self.constants) | parameters.views()
        space |= {f"d{name}": view for name, view in parameters.views(parameters.gradient).items()}
        space |= {"parameters": parameters.vector, "dparameters": parameters.gradient}
        context = _quiet_context()
        costs = compiled(self.costs, space)["costs"]

        def run_costs(batch: Array) -> Array:
            result = context.run(costs, batch).ravel()
            return np.broadcast_to(result, len(batch)) if len(result) != len(batch) else result

        return partial(context.run, compiled(self.source, space)["gradient"]), run_costs


@dataclass(frozen=True, repr=False)
class TapeCode:
    """Two loops over a tape, and the names of the operations that they call."""

    source: str
    tape: Tape
    functions: dict[Any, str]
    equations: tuple[Equation, ...] = ()

    def slice_size(self) -> int:
        """The number of examples that memory allows, or 1 if that is small."""
        examples = TAPE_ENTRIES // (len(self.tape.codes) + 1)
        return examples if examples > FEW_EXAMPLES else 1

    def floats(self) -> dict[str, Any]:
        """The functions that the loops call for one example."""
        return {"where": rules.where, **{name: float_function(f) for f, name in self.functions.items()}}

    def arrays(self) -> dict[str, Any]:
        """The functions that the loops call for many examples."""
        return {"where": where, **{name: array_function(f) for f, name in self.functions.items()}}

    def bind(self, parameters: Parameters) -> Runners:
        """The loops, over floats for one example and over arrays for several."""
        runner = _TapeRunner(self, parameters)
        return runner.gradient, runner.costs


class _TapeRunner:
    def __init__(self, code: TapeCode, parameters: Parameters) -> None:
        self.tape = code.tape
        self.parameters = parameters
        self.floats = compiled(code.source, code.floats() | CONSTANTS)
        self.arrays = compiled(code.source, code.arrays() | CONSTANTS)
        self.context = _quiet_context()

    def gradient(self, batch: Array) -> float:
        if len(batch) <= FEW_EXAMPLES:
            return self._few(batch)
        return self.context.run(self._many, batch)

    def costs(self, batch: Array) -> Array:
        if len(batch) == 1:
            try:
                values = self._forward(self.floats, self._floats(), batch[0].tolist())
                return np.array([values[self.tape.root]])
            except (ArithmeticError, ValueError):
                pass
        return self.context.run(self._costs, batch)

    def _costs(self, batch: Array) -> Array:
        values = self._forward(self.arrays, self._columns(len(batch)), list(batch.T))
        return np.broadcast_to(np.asarray(values[self.tape.root], dtype=np.float64), len(batch))

    def _floats(self) -> list[Any]:
        return list(self.parameters.vector.tolist())

    def _columns(self, examples: int) -> list[Any]:
        """Each parameter repeated for every example, so that all arrays have one shape."""
        vector = self.parameters.vector
        return list(np.broadcast_to(vector[:, None], (len(vector), examples)))

    def _forward(self, space: dict[str, Any], parameters: list[Any], inputs: list[Any]) -> list[Any]:
        tape = self.tape
        values = [*parameters, *inputs, *tape.constants]
        space["forward"](values, tape.codes, tape.left, tape.right, tape.many)
        return values

    def _backward(
        self, space: dict[str, Any], parameters: list[Any], inputs: list[Any], seed: float
    ) -> tuple[Any, list[Any]]:
        tape = self.tape
        values = self._forward(space, parameters, inputs)
        cost = values[tape.root]
        grads: list[Any] = [0.0] * len(values)
        grads[tape.root] = seed
        space["backward"](values, grads, tape.codes, tape.left, tape.right, tape.many)
        return cost, grads[: tape.parameters]

    def _few(self, batch: Array) -> float:
        """Example by example over floats. Outside a domain, over arrays, which do not raise."""
        total = 0.0
        self.parameters.gradient[...] = 0.0
        for example in batch.tolist():
            try:
                cost, gradient = self._backward(self.floats, self._floats(), example, 1.0 / len(batch))
            except (ArithmeticError, ValueError):
                return self.context.run(self._many, batch)
            total += cost / len(batch)
            self.parameters.gradient += gradient
        return total if math.isfinite(total) else float(np.mean(self.context.run(self._costs, batch)))

    def _many(self, batch: Array) -> float:
        """All examples at once over arrays."""
        count = len(batch)
        cost, grads = self._backward(self.arrays, self._columns(len(batch)), list(batch.T), 1.0 / count)
        self.parameters.gradient[...] = [
            float(np.sum(grad)) if np.size(grad) == count else count * float(np.sum(grad)) for grad in grads
        ]
        return float(np.mean(cost))


def _quiet_context() -> contextvars.Context:
    """A context in which NumPy does not warn. Entering it takes 0.1 µs, np.errstate takes 0.8 µs."""
    context = contextvars.Context()
    context.run(np.seterr, all="ignore")
    return context


def compiled(source: str, space: dict[str, Any]) -> dict[str, Any]:
    """A namespace with the functions of the source, whose lines tracebacks and debuggers can show."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:8]
    filename = f"<minigrad program {digest}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), space)
    return space
