"""Programs: a compiled cost, run on batches.

After this file you can train on arrays with the gradient of a scalar graph.

Glossary
    batch       an array of shape (examples, inputs): one example a row, its columns in the order of `inputs`
    flat        one vector of all parameters, or of their gradient; `W1`, `b1`, … are views of it
    slice       some of the examples of a batch, few enough that the largest array stays in a cache
"""

from __future__ import annotations

import contextvars
import hashlib
import linecache
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad import rules
from minigrad.compiler.layout import ParameterArray
from minigrad.operations import Operation
from minigrad.value import Value, record

Array = NDArray[np.float64]

# An array of 32,768 floats has 256 KB: a few of them fit a second-level cache.
SLICE_ENTRIES = 32_768


class Parameters:
    """What a program trains: the Values, their numbers as one flat vector, and its views by name.

    Attributes:
        values: the Values, in the order of the vector.
        vector: their numbers, shape (len(values),). It may be changed in place; `load` reads the Values anew.
        gradient: the gradient of the last run, as a vector of the same order; the next run overwrites it.
    """

    def __init__(self, values: Sequence[Value], arrays: Sequence[ParameterArray]) -> None:
        self.values = list(values)
        self.vector: Array = np.zeros(len(values))
        self.gradient: Array = np.zeros(len(values))
        self.arrays = tuple(arrays)

    def views(self) -> dict[str, Array]:
        """The arrays of the program by name, as views of the vector."""
        return {each.name: self._view(self.vector, each) for each in self.arrays}

    def gradients(self) -> dict[str, Array]:
        """The same views of the gradient."""
        return {each.name: self._view(self.gradient, each) for each in self.arrays}

    def split(self, vector: Array) -> dict[str, Array]:
        """Views by name of any vector of this order, such as a gradient that was returned."""
        return {each.name: self._view(vector, each) for each in self.arrays}

    def _view(self, vector: Array, each: ParameterArray) -> Array:
        return vector[each.start : each.start + each.size].reshape(each.shape)

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Value]:
        return iter(self.values)

    def __repr__(self) -> str:
        shapes = ", ".join(f"{a.name} {a.shape[0]} × {a.shape[1]}" for a in self.arrays)
        return f"Parameters({len(self)}: {shapes})"


@dataclass
class Recording:
    """The graph that a program was made of: its nodes, operands before results, and its inputs."""

    order: list[Value]
    inputs: list[Value]

    def replay(self, numbers: Sequence[float]) -> None:
        """Compute the cost of one example in the engine, whose errors name operations, operands and labels."""
        known = dict(zip(self.inputs, map(float, numbers)))
        for value in self.order:
            if value in known:
                continue
            if value.op is None or not value.operands:
                known[value] = value.data
                continue
            operands = [known[operand] for operand in value.operands]
            try:
                known[value] = value.op.value(*operands)
            except (ValueError, ZeroDivisionError, OverflowError) as error:
                labels = ", ".join(repr(str(o.label)) for o in value.operands if o.label)
                suffix = f" (value labelled {labels})" if labels else ""
                raise value.op.domain_error(error, operands, suffix) from None

    def __getstate__(self) -> dict[str, Any]:
        """Flat, so that no depth of the graph is a limit."""
        position = {value: index for index, value in enumerate(self.order)}
        leaves = {index: value for index, value in enumerate(self.order) if not value.operands}
        steps = [
            None if not v.operands else (v.op, [position[o] for o in v.operands], v.data, v.label)
            for v in self.order
        ]
        return {"leaves": leaves, "steps": steps, "inputs": self.inputs}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.inputs = state["inputs"]
        self.order = []
        for index, step in enumerate(state["steps"]):
            if step is None:
                self.order.append(state["leaves"][index])
                continue
            operation, operands, data, label = step
            node = record(operation, tuple(self.order[o] for o in operands), data, ())
            node.label = label
            self.order.append(node)


class Program:
    """A compiled cost. `source` is the Python it runs.

    Attributes:
        source: the function that computes the mean cost and its gradient, as text.
        parameters: what it trains.
        inputs: the Values that the columns of a batch stand for.
    """

    def __init__(self, recording: Recording, parameters: Parameters, code: Code) -> None:
        self.recording = recording
        self.inputs = recording.inputs
        self.parameters = parameters
        self.code = code
        self._prepare()
        self.load()

    @property
    def source(self) -> str:
        """The Python text that runs."""
        return self.code.gradient

    # --- running -----------------------------------------------------------------------------------------

    def __call__(self, batch: Any, per_example: bool = False) -> Any:
        """The mean cost of a batch, or the cost of each example, shape (examples,). No gradient is computed.

        Raises what `gradient` raises.
        """
        array = self._checked(batch)
        costs = np.concatenate([self._run_costs(part) for part in self._slices(array)])
        mean = float(costs.mean())
        if not math.isfinite(mean):
            self._replay(array)
        return costs if per_example else mean

    def gradient(self, batch: Any) -> tuple[float, Array]:
        """The mean cost of a batch, and its gradient as a flat vector of its own; no Value is touched.

        Raises ValueError for a batch of the wrong shape, TypeError for one that holds no real numbers. If the
        mean cost is not finite, the first such example is computed in the engine, which raises its own error
        where an operation left its domain; if it does not, the cost is returned as it is.
        """
        array = self._checked(batch)
        examples = len(array)
        if examples <= self._slice_size:
            cost, gradient = float(self._run_gradient(array)), self.parameters.gradient.copy()
        else:
            cost, gradient = 0.0, np.zeros(len(self.parameters))
            for part in self._slices(array):
                share = len(part) / examples
                cost += share * float(self._run_gradient(part))
                gradient += share * self.parameters.gradient
        if not math.isfinite(cost):
            self._replay(array)
        return cost, gradient

    def backward(self, batch: Any) -> float:
        """Read the parameters from the Values, run `gradient`, add it to every parameter's `grad`.

        Returns the mean cost. Interior nodes keep their gradients: for a batch they have no single one.
        """
        self.load()
        cost, gradient = self.gradient(batch)
        for value, number in zip(self.parameters.values, gradient.tolist()):
            value.grad += number
            value.has_gradient = True
        return cost

    def load(self) -> None:
        """Copy the numbers of the Values into the flat vector."""
        self.parameters.vector[...] = [value.data for value in self.parameters.values]

    def store(self) -> None:
        """Copy the flat vector into the Values."""
        for value, number in zip(self.parameters.values, self.parameters.vector.tolist()):
            value.data = number

    def equations(self) -> tuple[Equation, ...]:
        """Which lines are which of the four equations, found in the graph: as text and LaTeX."""
        return self.code.equations

    # --- inside ------------------------------------------------------------------------------------------

    def _checked(self, batch: Any) -> Array:
        if type(batch) is np.ndarray and batch.dtype == np.float64:
            array = batch
        else:
            array = _as_floats(batch)
        if array.ndim != 2 or array.shape[1] != len(self.inputs) or not len(array):
            raise ValueError(
                f"program: a batch has the shape (examples, {len(self.inputs)}), at least one example, one "
                f"column an input; not {array.shape}"
            )
        return array

    def _slices(self, array: Array) -> list[Array]:
        pieces = -(-len(array) // self._slice_size)
        return np.array_split(array, pieces) if pieces > 1 else [array]

    def _replay(self, array: Array) -> None:
        """The engine's error for the first example without a finite cost, if it has one."""
        for part in self._slices(array):
            costs = self._run_costs(part)
            bad = np.flatnonzero(~np.isfinite(costs))
            if bad.size:
                self.store_into_recording(part[bad[0]])
                return

    def store_into_recording(self, example: Array) -> None:
        """Replay one example with the program's numbers in place of the Values'."""
        kept = [value.data for value in self.parameters.values]
        self.store()
        try:
            self.recording.replay(example.tolist())
        finally:
            for value, number in zip(self.parameters.values, kept):
                value.data = number

    def _prepare(self) -> None:
        """Views, compiled code, and a context in which arrays follow IEEE arithmetic without warnings."""
        self._slice_size = max(1, SLICE_ENTRIES // self.code.rows)
        space = dict(self.code.constants)
        space |= self.parameters.views()
        space |= {f"d{name}": view for name, view in self.parameters.gradients().items()}
        space |= {"parameters": self.parameters.vector, "dparameters": self.parameters.gradient}
        context = contextvars.Context()
        context.run(np.seterr, all="ignore")
        gradient = _compiled(self.code.gradient, "gradient", space)
        costs = _compiled(self.code.costs, "costs", space)

        def run_gradient(batch: Array) -> Any:
            return context.run(gradient, batch)

        def run_costs(batch: Array) -> Array:
            result = np.asarray(context.run(costs, batch), dtype=np.float64).ravel()
            return result if len(result) == len(batch) else np.full(len(batch), result[0])

        self._run_gradient, self._run_costs = run_gradient, run_costs

    def __getstate__(self) -> dict[str, Any]:
        return {
            "recording": self.recording,
            "values": self.parameters.values,
            "vector": self.parameters.vector,
            "arrays": self.parameters.arrays,
            "code": self.code,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.recording = state["recording"]
        self.inputs = self.recording.inputs
        self.code = state["code"]
        self.parameters = Parameters(state["values"], state["arrays"])
        self._prepare()
        self.parameters.vector[...] = state["vector"]

    def __repr__(self) -> str:
        return f"Program({len(self.inputs)} inputs, {self.parameters!r})"


@dataclass(frozen=True)
class Equation:
    """A line that is one of the four equations.

    Attributes:
        number: 1 … 4.
        line: the line of the source.
        text: the line in the documents' notation; 1/N stands where the program carries it.
        latex: the same in LaTeX.
    """

    number: int
    line: str
    text: str
    latex: str

    def __str__(self) -> str:
        return f"({self.number})  {self.text}"


@dataclass(frozen=True)
class Code:
    """What a program is made of besides numbers; `rows` is the number of rows of its largest array."""

    gradient: str
    costs: str
    constants: dict[str, Any]
    equations: tuple[Equation, ...]
    rows: int


def _as_floats(batch: Any) -> Array:
    array = np.asarray(batch)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"program: a batch holds real numbers, not {array.dtype} ({type(batch).__name__})")
    return array.astype(np.float64)


def _compiled(source: str, name: str, space: dict[str, Any]) -> Callable[..., Any]:
    """The function of that source; tracebacks and debuggers show its lines, as of a file."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:8]
    filename = f"<minigrad {name} {digest}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), space)
    function: Callable[..., Any] = space[name]
    return function


__all__ = ["Code", "Equation", "Operation", "Parameters", "Program", "Recording", "rules"]
