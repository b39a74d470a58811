"""Runs generated source: array lines, or both passes over a tape."""

from __future__ import annotations

import contextvars
import hashlib
import linecache
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import CodeType
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy import add

from minigrad import rules
from minigrad.compiler.lines.four_equations import Equation
from minigrad.compiler.parameters import Array, Parameters
from minigrad.compiler.targets.header import Vocabulary, header
from minigrad.compiler.targets.native import Passes, native_passes
from minigrad.compiler.targets.own_rows import float_function
from minigrad.compiler.targets.tape import Tape
from minigrad.symbols.tree import Shape

# An array of 32,768 floats has 256 KB: a few of them fit a second-level cache. But a slice reads all
# parameters and adds up their gradient, which costs as much as some 50 examples: it has no fewer examples
# than a 64th of the parameters, unless its arrays would have more than 64 MB.
SLICE_ENTRIES = 32_768
PARAMETERS_PER_EXAMPLE = 64
MOST_ENTRIES = 8_000_000

# The numbers that a tape keeps for a slice of examples, 32 MB; below this many examples floats are faster.
TAPE_ENTRIES = 4_000_000
FEW_EXAMPLES = 6

# So many steps take Python two seconds: from then on machine code is worth the two that it takes to compile.
STEPS_BEFORE_NATIVE = 10_000_000

T = TypeVar("T")

# Below this length the product of a vector with itself takes less than its sum, and no threads.
SHORT = 5_000

# The mean cost, its gradient as a flat vector, and whether all of these numbers are finite, or may be not.
Found = tuple[float, Array, bool]


class Runner(Protocol):
    """What runs the functions of a program, on its parameters; a batch has shape (examples, inputs)."""

    def gradient(self, batch: Array) -> Found:
        """The mean cost and its gradient."""

    def outputs(self, batch: Array) -> Array:
        """The outputs of each example, shape (examples, outputs)."""

    def costs(self, batch: Array) -> Array:
        """The cost of each example."""

    def seen(self, batch: Array, names: tuple[str, ...]) -> tuple[Found, list[Array]]:
        """What `gradient` gives, then the outputs if there are any, and the arrays of these names."""


class Code(Protocol):
    """What a program runs."""

    @property
    def words(self) -> Vocabulary:
        """What its lines refer to."""

    @property
    def source(self) -> str:
        """The Python text."""

    @property
    def equations(self) -> tuple[Equation, ...]:
        """The lines that are one of the four equations."""

    @property
    def shapes(self) -> dict[str, tuple[Shape, bool]]:
        """The shape of each array that a run computes, by name, and whether it is a gradient."""

    def text(self, library: str = "numpy", dtype: np.dtype[Any] | None = None) -> str:
        """The Python text of `gradient`, for a library of arrays, and for another dtype."""

    def slice_size(self, parameters: int) -> int:
        """The number of examples to compute at a time, for that many parameters."""

    def bind(self, parameters: Parameters) -> Runner:
        """The functions of the code, for these parameters."""


@dataclass(frozen=True, repr=False)
class ArrayCode:
    """Array lines: the text of each function, and what it refers to.

    Attributes:
        words: the functions and constants that all of them refer to.
        gradient: of the mean cost and the gradient.
        costs: of the cost of each example.
        outputs: of the outputs of each example; "" without any.
        output_width: how many columns of the batch that reads, in part for rows that no output depends on.
        output_rows: the expression of the outputs at the end of `gradient`; "" if that does not compute them.
        shapes: the shape of each array that `gradient` computes, by name, and whether it is a gradient.
        equations: the lines that are one of the four equations.
        rows: the number of rows of the largest array computed for each example.
    """

    words: Vocabulary
    gradient: str
    costs: str
    outputs: str
    output_width: int
    output_rows: str
    shapes: dict[str, tuple[Shape, bool]]
    equations: tuple[Equation, ...]
    rows: int

    @cached_property
    def source(self) -> str:
        """The text of `gradient`, for NumPy."""
        return self.text()

    def text(self, library: str = "numpy", dtype: np.dtype[Any] | None = None) -> str:
        """The text of `gradient`, for a library of arrays, and for another dtype."""
        return header(self.gradient, self.words.of(dtype), library) + self.gradient

    def showing(self, names: Iterable[str]) -> str:
        """The text of `gradient`, which returns the outputs, if it computes them, and arrays too."""
        body, result = self.gradient.rsplit("    return ", 1)
        shown = [self.output_rows] if self.output_rows else []
        code = f"{body}    return ({result.rstrip()}), [{', '.join([*shown, *names])}]\n"
        return header(code, self.words) + code

    def slice_size(self, parameters: int) -> int:
        """The number of examples for which the largest array has 256 KB, or more for many parameters."""
        entries = max(SLICE_ENTRIES, parameters // PARAMETERS_PER_EXAMPLE * self.rows)
        return max(1, min(entries, MOST_ENTRIES) // self.rows)

    def bind(self, parameters: Parameters) -> Runner:
        """The functions of the source, run without NumPy warnings."""
        return _ArrayRunner(self, parameters)


class _ArrayRunner:
    """Its functions are compiled when first asked for, since few programs need all."""

    def __init__(self, code: ArrayCode, parameters: Parameters) -> None:
        self.code, self.parameters = code, parameters
        self._seen: dict[tuple[str, ...], Callable[..., Any]] = {}

    @cached_property
    def _gradient(self) -> Callable[..., Any]:
        return self._function("gradient", self.code.source)

    @cached_property
    def _costs(self) -> Callable[..., Any]:
        return self._function("costs", header(self.code.costs, self.code.words) + self.code.costs)

    @cached_property
    def _outputs(self) -> Callable[..., Any]:
        return self._function("outputs", header(self.code.outputs, self.code.words) + self.code.outputs)

    def _function(self, name: str, source: str) -> Callable[..., Any]:
        function: Callable[..., Any] = compiled(source, self.code.words.own())[name]
        return function

    def gradient(self, batch: Array) -> Found:
        return _QUIET.copy().run(self._whole, batch)

    def _whole(self, batch: Array) -> Found:
        return self._found(*self._gradient(*self.parameters.given(), batch))

    def _found(self, cost: Any, gradients: dict[str, Array]) -> Found:
        flat = self.parameters.flat(gradients.values())
        total = flat.dot(flat) if len(flat) < SHORT else add.reduce(flat)
        return float(cost), flat, math.isfinite(cost + total)  # of inf and nan the sum is not

    def outputs(self, batch: Array) -> Array:
        batch = _widened(batch, self.code.output_width)
        found: Array = quietly(self._outputs, *self.parameters.given(), batch)
        return found

    def costs(self, batch: Array) -> Array:
        result: Array = quietly(self._costs, *self.parameters.given(), batch).ravel()
        return np.broadcast_to(result, len(batch)) if len(result) != len(batch) else result

    def seen(self, batch: Array, names: tuple[str, ...]) -> tuple[Found, list[Array]]:
        if names not in self._seen:
            self._seen[names] = self._function("gradient", self.code.showing(names))
        (cost, gradients), arrays = quietly(self._seen[names], *self.parameters.given(), batch)
        if self.code.outputs and not self.code.output_rows:
            arrays.insert(0, self.outputs(batch))
        return quietly(self._found, cost, gradients), arrays


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


@dataclass(frozen=True, repr=False)
class TapeCode:
    """A tape, run as straight-line Python where it is short, else as loops; what they call."""

    words: Vocabulary
    both: str  # the text of both passes
    forward: str  # the text of the forward pass alone, of straight lines; "" of loops, which have it
    tape: Tape
    equations: tuple[Equation, ...] = ()
    shapes: dict[str, tuple[Shape, bool]] = field(default_factory=dict)  # a tape has no arrays with names

    @cached_property
    def source(self) -> str:
        """The text of `gradient`, for NumPy."""
        return self.text()

    def text(self, library: str = "numpy", dtype: np.dtype[Any] | None = None) -> str:
        """The text of `gradient`, for a library of arrays, and for another dtype."""
        code = self.both + ALL_EXAMPLES
        return header(code, self.words.of(dtype), library) + code

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

    def seen(self, batch: Array, names: tuple[str, ...]) -> tuple[Found, list[Array]]:
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


def _widened(batch: Array, width: int) -> Array:
    """The batch with nan in columns that are missing and on which nothing depends."""
    missing = width - batch.shape[1]
    return batch if missing <= 0 else np.pad(batch, ((0, 0), (0, missing)), constant_values=np.nan)


# A context in which NumPy does not warn. A copy takes 0.1 µs, np.errstate takes 0.8 µs; several threads
# cannot be in one.
_QUIET = contextvars.Context()
_QUIET.run(np.seterr, all="ignore")


def quietly(function: Callable[..., T], *arguments: Any) -> T:
    """The result of a function, without NumPy warnings."""
    return _QUIET.copy().run(function, *arguments)


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
