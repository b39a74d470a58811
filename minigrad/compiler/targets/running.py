"""Binds generated source to the vectors of a program: array lines, or loops over a tape."""

from __future__ import annotations

import contextvars
import hashlib
import linecache
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from types import CodeType
from typing import Any, Protocol

import numpy as np

from minigrad import rules
from minigrad.compiler.lines.four_equations import Equation
from minigrad.compiler.parameters import Array, Parameters
from minigrad.compiler.targets.native import Passes, native_passes
from minigrad.compiler.targets.runtime import array_function, float_function, narrowed, where
from minigrad.compiler.targets.tape import Tape
from minigrad.symbols.tree import Shape

# An array of 32,768 floats has 256 KB: a few of them fit a second-level cache. But a slice reads all
# parameters and adds up their gradient, which costs as much as some 50 examples: it has no fewer examples
# than a 64th of the parameters, unless its arrays would have more than 64 MB.
SLICE_ENTRIES = 32_768
PARAMETERS_PER_EXAMPLE = 64
MOST_ENTRIES = 8_000_000

CONSTANTS = {"inf": math.inf, "nan": math.nan}

# The numbers that a tape keeps for a slice of examples, 32 MB; below this many examples floats are faster.
TAPE_ENTRIES = 4_000_000
FEW_EXAMPLES = 6

# So many steps take Python two seconds: from then on machine code is worth the two that it takes to compile.
STEPS_BEFORE_NATIVE = 10_000_000


class Runners(Protocol):
    """The functions of a program, bound to its vectors; a batch has shape (examples, inputs)."""

    @property
    def gradient(self) -> Callable[[Array], float]:
        """Batch → the mean cost, leaving the gradient in its buffer."""

    def outputs(self, batch: Array) -> Array:
        """The outputs of each example, shape (examples, outputs)."""

    def costs(self, batch: Array) -> Array:
        """The cost of each example."""

    def seen(self, batch: Array, names: tuple[str, ...]) -> tuple[float, list[Array]]:
        """The mean cost, as `gradient`, then the outputs if there are any, and the arrays of these names."""


class Code(Protocol):
    """What a program runs."""

    @property
    def source(self) -> str:
        """The Python text."""

    @property
    def equations(self) -> tuple[Equation, ...]:
        """The lines that are one of the four equations."""

    @property
    def shapes(self) -> dict[str, tuple[Shape, bool]]:
        """The shape of each array that a run computes, by name, and whether it is a gradient."""

    def slice_size(self, parameters: int) -> int:
        """The number of examples to compute at a time, for that many parameters."""

    def bind(self, parameters: Parameters) -> Runners:
        """The functions of the code, for these parameters."""


@dataclass(frozen=True, repr=False)
class ArrayCode:
    """Array lines: the source of each function, and what it refers to.

    Attributes:
        source: of the mean cost and the gradient.
        costs: of the cost of each example.
        outputs: of the outputs of each example; "" without any.
        output_width: how many columns of the batch that reads, in part for rows that no output depends on.
        output_rows: the expression of the outputs at the end of `source`; "" if that does not compute them.
        shapes: the shape of each array that `source` computes, by name, and whether it is a gradient.
        constants: the functions and numbers that all of them refer to.
        equations: the lines that are one of the four equations.
        rows: the number of rows of the largest array computed for each example.
    """

    source: str
    costs: str
    outputs: str
    output_width: int
    output_rows: str
    shapes: dict[str, tuple[Shape, bool]]
    constants: dict[str, Any]
    equations: tuple[Equation, ...]
    rows: int

    def slice_size(self, parameters: int) -> int:
        """The number of examples for which the largest array has 256 KB, or more for many parameters."""
        entries = max(SLICE_ENTRIES, parameters // PARAMETERS_PER_EXAMPLE * self.rows)
        return max(1, min(entries, MOST_ENTRIES) // self.rows)

    def bind(self, parameters: Parameters) -> Runners:
        """The functions of the source, run without NumPy warnings."""
        return _ArrayRunner(self, parameters)


class _ArrayRunner:
    def __init__(self, code: ArrayCode, parameters: Parameters) -> None:
        self.code = code
        self.space = dict(code.constants)
        if parameters.vector.dtype != np.float64:
            self.space = {name: narrowed(each, parameters.vector.dtype) for name, each in self.space.items()}
        self.space |= parameters.views()
        self.space |= {f"d{name}": view for name, view in parameters.views(parameters.gradient).items()}
        self.space |= {"parameters": parameters.vector, "dparameters": parameters.gradient}
        self.context = _quiet_context()
        self._seen: dict[tuple[str, ...], Callable[[Array], tuple[float, list[Array]]]] = {}

    @cached_property
    def gradient(self) -> Callable[[Array], float]:
        return self._quiet("gradient", self.code.source)

    @cached_property
    def _costs(self) -> Callable[[Array], Array]:
        return self._quiet("costs", self.code.costs)

    @cached_property
    def _outputs(self) -> Callable[[Array], Array]:
        return self._quiet("outputs", self.code.outputs)

    def outputs(self, batch: Array) -> Array:
        return self._outputs(_widened(batch, self.code.output_width))

    def costs(self, batch: Array) -> Array:
        result = self._costs(batch).ravel()
        return np.broadcast_to(result, len(batch)) if len(result) != len(batch) else result

    def seen(self, batch: Array, names: tuple[str, ...]) -> tuple[float, list[Array]]:
        if names not in self._seen:
            self._seen[names] = self._showing(names)
        mean, arrays = self.context.run(self._seen[names], batch)
        if self.code.outputs and not self.code.output_rows:
            arrays.insert(0, self.outputs(batch))
        return mean, arrays

    def _showing(self, names: tuple[str, ...]) -> Callable[[Array], tuple[float, list[Array]]]:
        """The function of the source that returns arrays too."""
        body, mean = self.code.source.rsplit("    return ", 1)
        shown = [self.code.output_rows] if self.code.output_rows else []
        source = f"{body}    return {mean.strip()}, [{', '.join([*shown, *names])}]\n"
        return self._function("gradient", source)

    def _quiet(self, name: str, source: str) -> Callable[[Array], Any]:
        return partial(self.context.run, self._function(name, source))  # type: ignore[call-arg]  # it takes more

    def _function(self, name: str, source: str) -> Callable[[Array], Any]:
        """A function of the source, compiled when it is first asked for, since few programs need all."""
        function: Callable[[Array], Any] = compiled(source, dict(self.space))[name]
        return function


# For floats, or arrays of one number an example: (parameters, inputs) → (cost, outputs), and
# (parameters, inputs, seed) → (cost, seed · gradient).
Forward = Callable[[list[Any], list[Any]], tuple[Any, list[Any]]]
Gradient = Callable[[list[Any], list[Any], float], tuple[Any, list[Any]]]


@dataclass(frozen=True, repr=False)
class TapeCode:
    """A tape, run as straight-line Python where it is short, else as loops; what they call."""

    source: str
    forward: str  # the source of the forward pass alone, of straight lines; "" of loops, which have it
    tape: Tape
    functions: dict[Any, str]
    equations: tuple[Equation, ...] = ()
    shapes: dict[str, tuple[Shape, bool]] = field(default_factory=dict)  # a tape has no arrays with names

    def slice_size(self, parameters: int) -> int:
        """The number of examples that memory allows, or 1 if that is small."""
        examples = TAPE_ENTRIES // (len(self.tape.codes) + 1)
        return examples if examples > FEW_EXAMPLES else 1

    def floats(self) -> dict[str, Any]:
        """The functions that are called for one example."""
        return {"where": rules.where, **{name: float_function(f) for f, name in self.functions.items()}}

    def arrays(self) -> dict[str, Any]:
        """The functions that are called for many examples."""
        return {"where": where, **{name: array_function(f) for f, name in self.functions.items()}}

    def passes(self, functions: dict[str, Any]) -> tuple[Forward, Gradient]:
        """The forward pass, and both passes, with these functions."""
        space = compiled(self.source, functions | CONSTANTS)
        if self.forward:
            return compiled(self.forward, space)["forward"], space["gradient"]
        return _loop_passes(self.tape, space)

    def bind(self, parameters: Parameters) -> Runners:
        """Over floats for few examples and over arrays for more, or as machine code if it is long."""
        return _TapeRunner(self, parameters)


def _loop_passes(tape: Tape, space: dict[str, Any]) -> tuple[Forward, Gradient]:
    whole = (tape.codes, tape.left, tape.right)
    to_root = [steps[: tape.to_root] for steps in whole]  # an output passes nothing back, not even 0 · ∞

    def forward(parameters: list[Any], inputs: list[Any]) -> tuple[Any, list[Any]]:
        values = [*parameters, *inputs, *tape.constants]
        space["forward"](values, *whole, tape.many)
        return values[tape.root], [values[slot] for slot in tape.outputs]

    def gradient(parameters: list[Any], inputs: list[Any], seed: float) -> tuple[Any, list[Any]]:
        values = [*parameters, *inputs, *tape.constants]
        space["forward"](values, *to_root, tape.many)
        cost = values[tape.root]
        grads: list[Any] = [0.0] * len(values)
        grads[tape.root] = seed
        space["backward"](values, grads, *to_root, tape.many)
        return cost, grads[: tape.parameters]

    return forward, gradient


class _TapeRunner:
    def __init__(self, code: TapeCode, parameters: Parameters) -> None:
        self.code = code
        self.tape = code.tape
        self.parameters = parameters
        self.steps_run = 0
        self.context = _quiet_context()

    # Made when first asked for, as each takes a while to compile.

    @cached_property
    def of_floats(self) -> tuple[Forward, Gradient]:
        return self.code.passes(self.code.floats())

    @cached_property
    def of_arrays(self) -> tuple[Forward, Gradient]:
        return self.code.passes(self.code.arrays())

    @cached_property
    def of_numba(self) -> Passes | None:
        return native_passes(self.tape)

    def native(self, batch: Array) -> Passes | None:
        """The passes in machine code, once they are worth their compilation."""
        self.steps_run += len(self.tape.codes) * len(batch)
        return self.of_numba if self.steps_run > STEPS_BEFORE_NATIVE else None

    def gradient(self, batch: Array) -> float:
        if (native := self.native(batch)) is not None:
            cost, self.parameters.gradient[...] = native[0](batch, self.parameters.vector)
            return cost
        if len(batch) <= FEW_EXAMPLES:
            return self._few(batch)
        return self.context.run(self._many, batch)

    def costs(self, batch: Array) -> Array:
        if (native := self.native(batch)) is not None:
            return native[1](batch, self.parameters.vector)
        if len(batch) == 1:
            try:
                return np.array([self.of_floats[0](self._floats(), batch[0].tolist())[0]])
            except (ArithmeticError, ValueError):
                pass
        return self.context.run(self._costs, batch)

    def outputs(self, batch: Array) -> Array:
        return self.context.run(self._outputs, batch)

    def seen(self, batch: Array, names: tuple[str, ...]) -> tuple[float, list[Array]]:
        return self.gradient(batch), [self.outputs(batch)] if self.tape.outputs else []

    def _outputs(self, batch: Array) -> Array:
        columns = list(_widened(batch, self.tape.inputs).T)
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

    def _few(self, batch: Array) -> float:
        """Example by example over floats. Outside a domain, over arrays, which do not raise."""
        total = 0.0
        self.parameters.gradient[...] = 0.0
        for example in batch.tolist():
            try:
                cost, gradient = self.of_floats[1](self._floats(), example, 1.0 / len(batch))
            except (ArithmeticError, ValueError):
                return self.context.run(self._many, batch)
            total += cost / len(batch)
            self.parameters.gradient += gradient
        return total if math.isfinite(total) else float(np.mean(self.context.run(self._costs, batch)))

    def _many(self, batch: Array) -> float:
        """All examples at once over arrays."""
        count = len(batch)
        cost, grads = self.of_arrays[1](self._columns(len(batch)), list(batch.T), 1.0 / count)
        self.parameters.gradient[...] = [
            float(np.sum(grad)) if np.size(grad) == count else count * float(np.sum(grad)) for grad in grads
        ]
        return float(np.mean(cost))


def _widened(batch: Array, width: int) -> Array:
    """The batch with nan in columns that are missing and on which nothing depends."""
    missing = width - batch.shape[1]
    return batch if missing <= 0 else np.pad(batch, ((0, 0), (0, missing)), constant_values=np.nan)


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
    exec(_code_object(source, filename), space)
    return space


@lru_cache(maxsize=2)
def _code_object(source: str, filename: str) -> CodeType:
    """Of a source that is run twice, with functions of floats and of arrays."""
    return compile(source, filename, "exec")
