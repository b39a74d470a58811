"""Runs both passes over a tape: on floats for few examples, on arrays for more, or as machine code."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from minigrad import rules
from minigrad.compiler.parameters import Array, Parameters
from minigrad.compiler.run import Run
from minigrad.compiler.targets.header import header
from minigrad.compiler.targets.native import Passes, native_passes
from minigrad.compiler.targets.own_rows import float_function
from minigrad.compiler.targets.running import Code, Found, Runner, compiled, quietly, widened
from minigrad.compiler.targets.tape import Tape

# The numbers that a tape keeps for a slice of examples, 32 MB; below this many examples floats are faster.
TAPE_ENTRIES = 4_000_000
FEW_EXAMPLES = 6

# So many steps take Python two seconds: from then on machine code is worth the two that it takes to compile.
STEPS_BEFORE_NATIVE = 10_000_000

# For floats, or arrays of one number an example: (parameters, inputs) → (cost, outputs), and
# (parameters, inputs, seed) → (cost, seed · gradient).
Forward = Callable[[list[Any], list[Any]], tuple[Any, list[Any]]]
Gradient = Callable[[list[Any], list[Any], float], tuple[Any, list[Any]]]

ALL_EXAMPLES = """

def gradient(parameters, batch):
    examples = len(batch)
    columns = broadcast_to(parameters, (len(parameters), examples))  # so that all arrays have one shape
    cost, gradients = both_passes(columns, batch.T, 1.0 / examples)
    rows = [broadcast_to(each, (examples,)) for each in gradients]
    return broadcast_to(cost, (examples,)).mean(), {"parameters": stack(rows).sum(axis=1, keepdims=True)}
"""


LOOPS = """

def forward_pass(parameters, inputs):
    values = [*parameters, *inputs, *constants]
    forward(values, codes, left, right, many)
    return values[{root}], [values[slot] for slot in {outputs}]


def both_passes(parameters, inputs, seed):
    values = [*parameters, *inputs, *constants]
    steps = codes[:{to_root}], left[:{to_root}], right[:{to_root}]
    forward(values, *steps, many)
    cost = values[{root}]
    grads = [0.0] * len(values)
    grads[{root}] = seed
    backward(values, grads, *steps, many)
    return cost, grads[:{parameters}]
"""  # an output that the cost does not need passes nothing back, not even 0 · ∞


def passes_in_loops(tape: Tape) -> str:
    """The text of both passes, of which each is a loop over the tape."""
    places = {"root": tape.root, "outputs": tape.outputs, "to_root": tape.to_root}
    return LOOPS.format(**places, parameters=tape.parameters)


@dataclass(frozen=True, repr=False)
class TapeCode(Code):
    """A tape, run as straight-line Python where it is short, else as loops; it has no arrays with names."""

    forward: str  # the text of the forward pass alone, of straight lines; "" of loops, which have it
    tape: Tape

    def slice_size(self, parameters: int) -> int:
        """The number of examples that memory allows, or 1 if that is small."""
        examples = TAPE_ENTRIES // (len(self.tape.codes) + 1)
        return examples if examples > FEW_EXAMPLES else 1

    def passes(self, of_floats: bool) -> tuple[Forward, Gradient]:
        """The forward pass, and both passes, on floats, with functions that raise, or on arrays."""
        forward = header(self.forward, self.words) + self.forward if self.forward else ""
        both = compiled(self.source, self.words.own())
        alone = compiled(forward, self.words.own()) if forward else both
        if of_floats:
            floats = {name: float_function(function) for function, name in self.words.functions.items()}
            for space in (both, alone):
                space.update(floats, where=rules.where)
        return alone["forward_pass"], both["both_passes"]

    def bind(self, parameters: Parameters) -> Runner:
        """Over floats for few examples and over arrays for more, or as machine code if it is long."""
        return _TapeRunner(self, parameters)


class _TapeRunner:
    def __init__(self, code: TapeCode, parameters: Parameters) -> None:
        self.code = code
        self.tape = code.tape
        self.parameters = parameters
        self.steps_run = 0

    # Made when first asked for, as each takes a while to compile.

    @cached_property
    def of_floats(self) -> tuple[Forward, Gradient]:
        return self.code.passes(of_floats=True)

    @cached_property
    def of_arrays(self) -> tuple[Forward, Gradient]:
        return self.code.passes(of_floats=False)

    @cached_property
    def of_numba(self) -> Passes | None:
        return native_passes(self.tape)

    def native(self, batch: Array) -> Passes | None:
        """The passes in machine code, once they are worth their compilation."""
        self.steps_run += len(self.tape.codes) * len(batch)
        return self.of_numba if self.steps_run > STEPS_BEFORE_NATIVE else None

    def gradient(self, batch: Array) -> Found:
        if (native := self.native(batch)) is not None:
            cost, gradient = native[0](batch, self.parameters.vector)
            gradient = gradient.astype(self.parameters.vector.dtype)
        else:
            cost, gradient = self._few(batch) if len(batch) <= FEW_EXAMPLES else quietly(self._many, batch)
        return cost, gradient, math.isfinite(cost) and bool(np.isfinite(gradient).all())

    def costs(self, batch: Array) -> Array:
        if (native := self.native(batch)) is not None:
            return native[1](batch, self.parameters.vector)
        if len(batch) == 1:
            try:
                return np.array([self.of_floats[0](self._floats(), batch[0].tolist())[0]])
            except (ArithmeticError, ValueError):
                pass
        return quietly(self._costs, batch)

    def outputs(self, batch: Array) -> Array:
        return quietly(self._outputs, batch)

    def seen(self, batch: Array, names: Sequence[str]) -> tuple[Run, bool]:
        cost, gradient, is_finite = self.gradient(batch)
        return Run(cost, gradient, self.outputs(batch) if self.tape.outputs else None), is_finite

    def _outputs(self, batch: Array) -> Array:
        columns = list(widened(batch, self.tape.inputs).T)
        _, outputs = self.of_arrays[0](self._columns(len(batch)), columns)
        return np.array([np.broadcast_to(output, len(batch)) for output in outputs]).T

    def _costs(self, batch: Array) -> Array:
        cost, _ = self.of_arrays[0](self._columns(len(batch)), list(batch.T))
        return np.broadcast_to(np.asarray(cost, dtype=np.float64), len(batch))

    def _floats(self) -> list[Any]:
        return list(self.parameters.vector.tolist())

    def _columns(self, examples: int) -> list[Any]:
        """Each parameter repeated for every example, so that all arrays have one shape."""
        vector = self.parameters.vector
        return list(np.broadcast_to(vector[:, None], (len(vector), examples)))

    def _few(self, batch: Array) -> tuple[float, Array]:
        """Example by example over floats. Outside a domain, over arrays, which do not raise."""
        total, gradient = 0.0, np.zeros_like(self.parameters.vector)
        for example in batch.tolist():
            try:
                cost, slopes = self.of_floats[1](self._floats(), example, 1.0 / len(batch))
            except (ArithmeticError, ValueError):
                return quietly(self._many, batch)
            total += cost / len(batch)
            gradient += slopes
        return (total if math.isfinite(total) else float(np.mean(quietly(self._costs, batch)))), gradient

    def _many(self, batch: Array) -> tuple[float, Array]:
        """All examples at once over arrays."""
        count = len(batch)
        cost, grads = self.of_arrays[1](self._columns(count), list(batch.T), 1.0 / count)
        sums = [
            float(np.sum(grad)) if np.size(grad) == count else count * float(np.sum(grad)) for grad in grads
        ]
        return float(np.mean(cost)), np.array(sums, self.parameters.vector.dtype)
