"""`Program`: a compiled cost, and its gradient, of a batch of examples."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigrad.compiler.held import NOTHING_HELD, Held
from minigrad.compiler.lines.four_equations import Equation
from minigrad.compiler.parameters import Array, Parameters, real_array
from minigrad.compiler.reading.recording import Recording
from minigrad.compiler.run import Run
from minigrad.compiler.targets.running import Code, on_jax
from minigrad.display import html_form, one_line
from minigrad.hooks import BEFORE_GRADIENT
from minigrad.settled import Settled

FLOAT = np.dtype(np.float64)


class Program(Settled):
    """A compiled cost. Arithmetic follows IEEE 754, without exceptions. Several threads may run it.

    A copy from a pickle has the source, the constants and the numbers, but no graph, and Values of its own.

    Attributes:
        parameters: the parameters that it trains.
        inputs: the Values that the columns of a batch stand for.
        held: what it takes for granted, leaves that are frozen and comparisons.
        output_columns: how many of them, from the first, the outputs need; None without outputs.
    """

    remedy = "assign program.parameters.vector, or compile the cost again"

    def __init__(
        self,
        recording: Recording,
        parameters: Parameters,
        code: Code,
        output_columns: int | None = None,
        held: Held = NOTHING_HELD,
    ) -> None:
        self.recording: Recording | None = recording
        self.inputs = recording.inputs
        self.parameters = parameters
        self.code = code
        self.output_columns = output_columns
        self.held = held
        self._bind()
        self.load()
        self.settle()

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of its numbers, float64 or float32."""
        return self.parameters.vector.dtype

    @property
    def source(self) -> str:
        """The Python source that is run, with the shape of each line and the number of its equation.

        In this process its lines write into the flat vector, and call what is quicker (`in_place.py`).
        """
        return self.code.source

    def equations(self) -> tuple[Equation, ...]:
        """The lines that are equations (1) to (4), as found in the graph, as text and in LaTeX.

        >>> import minigrad
        >>> w, x, y = (minigrad.Value(1.0, label=name) for name in ("w", "x", "y"))
        >>> for equation in minigrad.compile((w * x - y) ** 2, inputs=[x, y]).equations():
        ...     print(equation)
        (1)  δ⁽¹⁾ = (2 / N) · (z⁽¹⁾ − y)
        (3)  ∂C/∂W⁽¹⁾ = δ⁽¹⁾ xᵀ
        """
        return self.code.equations

    def __call__(self, batch: Any, per_example: bool = False) -> Any:
        """The mean cost of a batch, or the cost of each example, shape (examples,). Computes no gradient.

        Raises the same errors as `gradient`.
        """
        array = self._checked(batch)
        self.held.check_batch(array, self.parameters.vector)
        costs = np.concatenate([self._runner.costs(part) for part in self._slices(array)])
        for example in np.flatnonzero(~np.isfinite(costs)):
            cost, _ = self._by_engine(array[example])
            if not math.isfinite(cost):
                break
            costs[example] = cost
        return costs if per_example else float(costs.mean())

    def outputs(self, batch: Any) -> Array:
        """The outputs of each example, shape (examples, outputs), as given to `compile`. Computes no cost.

        The batch may end after the last column that the outputs, and comparisons that chose a branch, depend
        on: targets can be left out. Raises ValueError for a batch of the wrong shape, or that would take
        another branch, or if the program was compiled without outputs.

        >>> import minigrad
        >>> w, x, y = (minigrad.Value(2.0, label=name) for name in ("w", "x", "y"))
        >>> z = w * x
        >>> minigrad.compile((z - y) ** 2, inputs=[x, y], outputs=[z]).outputs([[1.0], [3.0]]).tolist()
        [[2.0], [6.0]]
        """
        if self.output_columns is None:
            raise ValueError("program: it has no outputs; compile(cost, inputs, outputs=[…]) names them")
        array = self._checked(batch, self.output_columns)
        self.held.check_batch(array, self.parameters.vector)
        return np.concatenate([self._runner.outputs(part) for part in self._slices(array)])

    def run(self, batch: Any, names: Sequence[str] | None = None) -> Run:
        """What `gradient` computes, and the arrays on the way, by the names that they have in `source`.

        `names` chooses some; all of them are kept in memory otherwise. An array of the backward pass has the
        factor 1 / N of the mean cost, also delta: N · delta2 is δ² of each example. Raises KeyError for a
        name that the source does not have, and what `gradient` raises.

        >>> import minigrad
        >>> w, x, y = (minigrad.Value(2.0, label=name) for name in ("w", "x", "y"))
        >>> run = minigrad.compile((w * x - y) ** 2, inputs=[x, y]).run([[1.0, 0.0], [3.0, 5.0]])
        >>> run.cost, run["Z1"].tolist(), run["delta1"].tolist(), run["dW1"].tolist()
        (2.5, [[2.0, 6.0]], [[2.0, 1.0]], [[5.0]])
        """
        array, shapes = self._checked(batch), self.code.shapes
        for look in BEFORE_GRADIENT:
            look(self, array)
        self.held.check_batch(array, self.parameters.vector)
        named = list(shapes) if names is None else [name for name in names if name in shapes]
        run, is_finite = self._run(array, named)
        if not is_finite:
            run.cost, run.gradient = self._looked_into(array, run.cost, run.gradient)
        if names is None or len(named) < len(names):
            run.arrays |= {name: view.copy() for name, view in self.parameters.views().items()}
            run.arrays |= {f"d{name}": view for name, view in self.parameters.views(run.gradient).items()}
            run.arrays = {name: run.arrays[name] for name in names or run.arrays}
        return run

    def _run(self, array: Array, names: Sequence[str]) -> tuple[Run, bool]:
        """The run of a batch, and whether it is finite; in slices, if each array has a number an example."""
        shapes = self.code.shapes
        if len(array) <= self._slice_size or any(shapes[name][0][1:] != ("N",) for name in names):
            return self._runner.seen(array, names)
        parts = self._slices(array)
        shares = [len(part) / len(array) for part in parts]
        runs, are_finite = zip(*[self._runner.seen(part, names) for part in parts])
        joined = {}
        for name in names:  # a gradient of a part has the factor 1 / its own number of examples
            factors = shares if shapes[name][1] else [1] * len(parts)
            joined[name] = np.concatenate([f * run[name] for f, run in zip(factors, runs)], axis=1)
        cost = sum(share * run.cost for share, run in zip(shares, runs))
        gradients = [share * run.gradient for share, run in zip(shares, runs)]
        gradient: Array = np.sum(gradients, axis=0, dtype=self._dtype)
        outputs = None if self.output_columns is None else np.concatenate([run.outputs for run in runs])
        return Run(cost, gradient, outputs, joined), all(are_finite)

    def gradient(self, batch: Any) -> tuple[float, Array]:
        """The mean cost of a batch, and its gradient as a new flat vector; the Values do not change.

        The parameters are those of `program.parameters`: `load()` reads the Values anew. The vector is in
        the order of `parameters=` as given to `compile`, or, left out, of `program.parameters`. Raises
        ValueError for a batch of the wrong shape, TypeError for one that is not of real numbers. If a
        number is not finite, the examples from which it comes are computed by the engine, which raises an
        error for an operand outside the domain of its operation; where arrays have formed nan by the order
        of their operations, the engine's numbers are taken.
        """
        array = self._checked(batch)
        for look in BEFORE_GRADIENT:
            look(self, array)
        if self.held.sides is not None:
            self.held.check_batch(array, self.parameters.vector)
        is_whole = len(array) <= self._slice_size
        cost, gradient, is_finite = self._runner.gradient(array) if is_whole else self._in_slices(array)
        return (cost, gradient) if is_finite else self._looked_into(array, cost, gradient)

    def _in_slices(self, array: Array) -> tuple[float, Array, bool]:
        cost, gradient, is_finite = 0.0, np.zeros(len(self.parameters), self._dtype), True
        for part in self._slices(array):
            share = len(part) / len(array)
            part_cost, part_gradient, part_is_finite = self._runner.gradient(part)
            cost += share * part_cost
            part_gradient *= share  # in place, as it is nobody else's
            gradient += part_gradient
            is_finite &= part_is_finite
        return cost, gradient, is_finite

    def on(self, library: str, dtype: str | None = None) -> Callable[..., Any]:
        """The function `gradient` of the source for another library of arrays, "jax", compiled by `jax.jit`.

        It takes the arrays of `parameters.views()` by name, and `batch`; it gives the mean cost and a mapping
        of gradients by the same names. It is pure: batch and parameters may be sharded over devices and
        hosts. `dtype` is that of the program, or "float32" while JAX has float64 switched off.

        Raises ModuleNotFoundError without JAX, ValueError for another library, for "float64" while JAX has it
        switched off, and for an operation of one's own that only floats have. With comparisons that chose a
        branch, the function looks at the numbers first, and raises ValueError as `gradient` does; it can then
        be no part of another function that JAX compiles.
        """
        if library != "jax":
            raise ValueError(f'program.on: the library is "jax", not {library!r}; on NumPy it is `gradient`')
        return self.held.guarded(on_jax(self.code, dtype), self.parameters)

    def backward(self, batch: Any) -> float:
        """Read the parameters from the Values, run `gradient`, and add the result to their `grad`.

        Returns the mean cost. Gradients of interior nodes, which differ from example to example, are not set.
        """
        self.load()
        cost, gradient = self.gradient(batch)
        for value, number in zip(self.parameters.values, gradient.tolist()):
            value.grad += number
            value.has_gradient = True
        return cost

    def load(self) -> None:
        """Copy the numbers of the Values into the flat vector; warns of a frozen leaf that has changed."""
        self.held.check_numbers()
        self.parameters.load()

    def store(self) -> None:
        """Copy the flat vector into the Values."""
        self.parameters.store()

    def _checked(self, batch: Any, least: int | None = None) -> Array:
        """The batch as an array of its type, with all columns, or with `least` of them or more."""
        is_array = type(batch) is np.ndarray
        if is_array and batch.dtype is self._dtype and batch.shape[1:] == self._row and len(batch):
            fitting: Array = batch
            return fitting  # at once, as that shows for few examples
        array = real_array(batch, "program: a batch holds real numbers").astype(self._dtype, copy=False)
        least = self._columns if least is None else least
        if array.ndim != 2 or not least <= array.shape[1] <= self._columns or not len(array):
            raise ValueError(
                f"program: a batch has the shape (examples, {self._columns}), at least one example, one "
                f"column an input; not {array.shape}"
            )
        return array

    def _slices(self, array: Array) -> list[Array]:
        pieces = -(-len(array) // self._slice_size)
        return np.array_split(array, pieces) if pieces > 1 else [array]

    def _looked_into(self, array: Array, cost: float, gradient: Array) -> tuple[float, Array]:
        """The mean cost and the gradient with the engine's numbers for examples that have no finite ones.

        Raises the engine's error for the first that is outside a domain. If the engine has no finite numbers
        either, those of the program stand.
        """
        total, totals = 0.0, np.zeros(len(gradient))
        pending = self._slices(array)[::-1]
        while pending:
            part = pending.pop()
            found = self._runner.gradient(part)
            if not _are_finite(*found) and len(part) > 1:
                pending += [part[len(part) // 2 :], part[: len(part) // 2]]
                continue
            if not _are_finite(*found):
                found = *self._by_engine(part[0]), False
                if not _are_finite(*found):
                    return cost, gradient
            total += found[0] * len(part) / len(array)
            totals += found[1] * (len(part) / len(array))
        return total, totals.astype(self._dtype)

    def _by_engine(self, example: Array) -> tuple[float, Array]:
        """The cost of one example and its gradient, computed node by node; nan without a graph."""
        if self.recording is None:
            return math.nan, np.full(len(self.parameters), math.nan)
        values = self.parameters.values
        numbers = dict(zip(values, self.parameters.vector.tolist()))
        cost, gradient = self.recording.replay(example.tolist(), numbers)
        return cost, np.array([gradient[value] for value in values])

    def _bind(self) -> None:
        self._columns, self._row = len(self.inputs), (len(self.inputs),)
        self._slice_size = self.code.slice_size(len(self.parameters))
        self._dtype = np.dtype(self.parameters.vector.dtype)
        self._runner = self.code.bind(self.parameters)

    def __getstate__(self) -> dict[str, Any]:
        """What runs, and the numbers: no graph, and nothing that is made again."""
        kept = ("inputs", "parameters", "code", "output_columns", "held")
        return {name: getattr(self, name) for name in kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, recording=None)
        self._bind()
        self.settle()

    def __repr__(self) -> str:
        return one_line(f"Program({len(self.inputs)} inputs, {self.parameters!r})")

    _repr_html_ = html_form


def _are_finite(cost: float, gradient: Array, are_known_to_be: bool) -> bool:
    return are_known_to_be or (math.isfinite(cost) and bool(np.isfinite(gradient).all()))
