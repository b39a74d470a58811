"""Runs generated source of array lines, and what all runs have in common."""

from __future__ import annotations

import contextvars
import hashlib
import importlib.util
import linecache
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import CodeType
from typing import Any, Protocol, TypeVar

import numpy as np

from minigrad.compiler.lines.four_equations import Equation
from minigrad.compiler.parameters import Array, Parameters
from minigrad.compiler.reading.checks import checked_dtype
from minigrad.compiler.run import Run
from minigrad.compiler.targets.flat_vectors import FlatVectors
from minigrad.compiler.targets.header import Vocabulary, header
from minigrad.compiler.targets.in_place import in_place
from minigrad.symbols.tree import Shape

# An array of 32,768 floats has 256 KB: a few of them fit a second-level cache. But a slice has 16 examples
# at least, since each of its lines is a call; and it reads all parameters and adds up their gradient, which
# costs as much as some 50 examples, or as 50 places of an example that use the same matrix: it has no fewer
# of them than a 64th of the parameters, unless its arrays would have more than 64 MB.
SLICE_ENTRIES = 32_768
FEWEST_EXAMPLES = 16
PARAMETERS_PER_EXAMPLE = 64
MOST_ENTRIES = 8_000_000

T = TypeVar("T")

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

    def seen(self, batch: Array, names: Sequence[str]) -> tuple[Run, bool]:
        """What `gradient` gives, with the outputs if there are any, and the arrays of these names."""


@dataclass(frozen=True, repr=False)
class Code(ABC):
    """What a program runs.

    Attributes:
        words: what its lines refer to.
        gradient: the lines of the function `gradient`, the mean cost and the gradient.
        shapes: the shape of each array that they compute, by name, and whether it is a gradient.
        equations: the lines that are one of the four equations.
    """

    words: Vocabulary
    gradient: str
    shapes: dict[str, tuple[Shape, bool]] = field(default_factory=dict, kw_only=True)
    equations: tuple[Equation, ...] = field(default=(), kw_only=True)

    @cached_property
    def source(self) -> str:
        """The text of `gradient`, for NumPy."""
        return self.text()

    def text(self, library: str = "numpy", dtype: np.dtype[Any] | None = None) -> str:
        """The text of `gradient`, for a library of arrays, and for another dtype."""
        return header(self.gradient, self.words.of(dtype), library) + self.gradient

    @abstractmethod
    def slice_size(self, parameters: int) -> int:
        """The number of examples to compute at a time, for that many parameters."""

    @abstractmethod
    def bind(self, parameters: Parameters) -> Runner:
        """The functions of the code, for these parameters."""


@dataclass(frozen=True, repr=False)
class ArrayCode(Code):
    """Array lines: the text of each function.

    Attributes:
        plain: of `gradient` without loops, in which each array has its name.
        costs: of the cost of each example.
        outputs: of the outputs of each example; "" without any.
        output_width: how many columns of the batch that reads, in part for rows that no output depends on.
        output_rows: the expression of the outputs at the end of `gradient`; "" if that does not compute them.
        rows: the number of rows of the largest array computed for each example.
    """

    plain: str
    costs: str
    outputs: str
    output_width: int
    output_rows: str
    rows: int

    def slice_size(self, parameters: int) -> int:
        """The number of examples for which the largest array has 256 KB, or more for many parameters."""
        columns = [
            str(shape[-1]).removesuffix("·N") for shape, _ in self.shapes.values() if type(shape[-1]) is str
        ]
        places = max((int(count) for count in columns if count.isdigit()), default=1)
        wanted = max(
            SLICE_ENTRIES // self.rows, FEWEST_EXAMPLES, parameters // (PARAMETERS_PER_EXAMPLE * places)
        )
        return max(1, min(wanted, MOST_ENTRIES // self.rows))

    def bind(self, parameters: Parameters) -> Runner:
        """The functions of the source, run without NumPy warnings."""
        return _ArrayRunner(self, parameters)


class _ArrayRunner:
    """Its functions are compiled when first asked for, since few programs need all."""

    def __init__(self, code: ArrayCode, parameters: Parameters) -> None:
        self.code, self.parameters = code, parameters
        self._vectors = FlatVectors(parameters)
        self._seen: dict[tuple[str, ...], Callable[..., Any]] = {}

    @cached_property
    def _gradient(self) -> Callable[..., Any]:
        return self._in_place(self.code.gradient)

    @cached_property
    def _costs(self) -> Callable[..., Any]:
        return self._function("costs", self.code.costs)

    @cached_property
    def _outputs(self) -> Callable[..., Any]:
        return self._function("outputs", self.code.outputs)

    def _function(self, name: str, text: str) -> Callable[..., Any]:
        words = self.code.words
        function: Callable[..., Any] = compiled(header(text, words) + text, words.own())[name]
        return function

    def _in_place(self, text: str, shown: Sequence[str] = ()) -> Callable[..., Any]:
        """The function `gradient`, which writes into a flat vector, and returns what is shown too."""
        shapes = {name: shape for name, (shape, _) in self.code.shapes.items()}
        source = header(" ".join([text, *shown]), self.code.words) + text
        return in_place(source, traced(source), self.code.words.own(), shapes, self._vectors, shown)

    def gradient(self, batch: Array) -> Found:
        return _QUIET.copy().run(self._whole, batch)

    def _whole(self, batch: Array) -> Found:
        vector, into = self._vectors.take()
        cost, others = self._gradient(into, *self.parameters.given(), batch)
        gradient = self._vectors.filled(vector, into, others)
        return float(cost), gradient, math.isfinite(cost + gradient.dot(gradient))  # of inf and nan it is not

    def outputs(self, batch: Array) -> Array:
        batch = widened(batch, self.code.output_width)
        found: Array = quietly(self._outputs, *self.parameters.given(), batch)
        return _for_each(batch, found)

    def costs(self, batch: Array) -> Array:
        result: Array = quietly(self._costs, *self.parameters.given(), batch).ravel()
        return np.broadcast_to(result, len(batch)) if len(result) != len(batch) else result

    def seen(self, batch: Array, names: Sequence[str]) -> tuple[Run, bool]:
        key = tuple(names)
        if key not in self._seen:
            outputs = [self.code.output_rows] if self.code.output_rows else []
            self._seen[key] = self._in_place(self.code.plain, [*outputs, *names])
        return quietly(self._observed, self._seen[key], batch, names)

    def _observed(self, function: Callable[..., Any], batch: Array, names: Sequence[str]) -> tuple[Run, bool]:
        vector, into = self._vectors.take()
        (cost, others), arrays = function(into, *self.parameters.given(), batch)
        gradient = self._vectors.filled(vector, into, others)
        outputs = None
        if self.code.outputs:
            outputs = _for_each(batch, arrays.pop(0)) if self.code.output_rows else self.outputs(batch)
        is_finite = math.isfinite(cost + gradient.dot(gradient))
        return Run(float(cost), gradient, outputs, dict(zip(names, arrays))), is_finite


def _for_each(batch: Array, found: Array) -> Array:
    """The outputs of each example; those of a program without inputs are the same for all."""
    return found if len(found) == len(batch) else np.broadcast_to(found, (len(batch), found.shape[1]))


def widened(batch: Array, width: int) -> Array:
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
    """A namespace with the functions of the source."""
    exec(_code_object(source, traced(source)), space)
    return space


def traced(source: str) -> str:
    """A file name by which tracebacks and debuggers can show the lines of the source."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:8]
    filename = f"<minigrad program {digest}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    return filename


@lru_cache(maxsize=2)
def _code_object(source: str, filename: str) -> CodeType:
    """Of a source that is run twice, with functions of floats and of arrays."""
    return compile(source, filename, "exec")


def on_jax(code: Code, dtype: Any = None) -> Callable[..., Any]:
    """`gradient` of a source, under `jax.jit`. Raises what `Program.on` says."""
    if importlib.util.find_spec("jax") is None:
        raise ModuleNotFoundError('program.on("jax"): JAX is not installed; pip install jax', name="jax")
    import jax  # here, as it takes a second

    has_double = jax.numpy.result_type(float) == "float64"
    wanted = checked_dtype(dtype if dtype is not None else code.words.dtype if has_double else "float32")
    if wanted == "float64" and not has_double:
        raise ValueError(
            'program.on("jax"): JAX computes in float64 only after '
            'jax.config.update("jax_enable_x64", True); say so first, or ask for dtype="float32"'
        )
    space = compiled(code.text("jax.numpy", wanted), code.words.own())
    gradient: Callable[..., Any] = jax.jit(space["gradient"])
    return gradient
