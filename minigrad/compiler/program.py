"""`Program`: a compiled cost, and its gradient, of a batch of examples."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minigrad.compiler.lines.four_equations import Equation
from minigrad.compiler.parameters import Array, Parameters
from minigrad.compiler.reading.recording import Recording
from minigrad.compiler.targets.running import Code
from minigrad.display import html_form, one_line
from minigrad.hooks import BEFORE_GRADIENT
from minigrad.settled import Settled

FLOAT = np.dtype(np.float64)


@dataclass
class Run(Mapping[str, Array]):
    """One run of a program: `run["delta2"]` is the array of that name in its source.

    Attributes:
        cost: the mean cost of the batch.
        gradient: its gradient, in the order of `program.parameters`.
        outputs: the outputs of each example, shape (examples, outputs); None without any.
        arrays: the arrays by name; those with a number for each example have one column an example.
    """

    cost: float
    gradient: Array
    outputs: Array | None = None
    arrays: dict[str, Array] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Array:
        return self.arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)

    def __repr__(self) -> str:
        return f"Run(cost {self.cost:.6g}: {', '.join(self.arrays)})"


class Program(Settled):
    """A compiled cost. Arithmetic follows IEEE 754, without exceptions. Its buffers serve one thread.

    Attributes:
        parameters: the parameters that it trains.
        inputs: the Values that the columns of a batch stand for.
        output_columns: how many of them, from the first, the outputs need; None without outputs.
    """

    remedy = "assign program.parameters.vector, or compile the cost again"

    def __init__(
        self, recording: Recording, parameters: Parameters, code: Code, output_columns: int | None = None
    ) -> None:
        self.recording = recording
        self.inputs = recording.inputs
        self.parameters = parameters
        self.code = code
        self.output_columns = output_columns
        self._bind()
        self.load()
        self.settle()

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of its numbers, float64 or float32."""
        return self.parameters.vector.dtype

    @property
    def source(self) -> str:
        """The Python source that is run, with the shape of each line and the number of its equation."""
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
        costs = np.concatenate([self._runner.costs(part) for part in self._slices(array)])
        mean = float(costs.mean())
        if not math.isfinite(mean):
            self._replay(array)
        return costs if per_example else mean

    def outputs(self, batch: Any) -> Array:
        """The outputs of each example, shape (examples, outputs), as given to `compile`. Computes no cost.

        The batch may end after the last column that the outputs depend on: targets can be left out. Raises
        ValueError for a batch of the wrong shape, or if the program was compiled without outputs.

        >>> import minigrad
        >>> w, x, y = (minigrad.Value(2.0, label=name) for name in ("w", "x", "y"))
        >>> z = w * x
        >>> minigrad.compile((z - y) ** 2, inputs=[x, y], outputs=[z]).outputs([[1.0], [3.0]]).tolist()
        [[2.0], [6.0]]
        """
        if self.output_columns is None:
            raise ValueError("program: it has no outputs; compile(cost, inputs, outputs=[…]) names them")
        array = self._checked(batch, self.output_columns)
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
        named = shapes if names is None else [name for name in names if name in shapes]
        can_be_split = len(array) > self._slice_size and all(shapes[name][0][1:] == ("N",) for name in named)
        run = self._run_whole(array, named) if not can_be_split else self._run_in_slices(array, named)
        if not math.isfinite(run.cost):
            self._replay(array)
        if names is None or len(named) < len(names):
            run.arrays |= {name: view.copy() for name, view in self.parameters.views().items()}
            run.arrays |= {f"d{name}": view for name, view in self.parameters.views(run.gradient).items()}
        if names is not None:
            run.arrays = {name: run.arrays[name] for name in names}
        return run

    def _run_whole(self, array: Array, names: Iterable[str]) -> Run:
        (cost, gradient, _), arrays = self._runner.seen(array, tuple(names))
        outputs = None if self.output_columns is None else arrays.pop(0)
        return Run(cost, gradient, outputs, dict(zip(names, arrays)))

    def _run_in_slices(self, array: Array, names: Iterable[str]) -> Run:
        """The run of a batch in parts, each of which has its share in the mean cost."""
        parts = self._slices(array)
        shares = [len(part) / len(array) for part in parts]
        runs = [self._run_whole(part, names) for part in parts]
        arrays = {}
        for name in names:  # a gradient of a part has the factor 1 / its own number of examples
            factors = shares if self.code.shapes[name][1] else [1] * len(runs)
            arrays[name] = np.concatenate([f * run[name] for f, run in zip(factors, runs)], axis=1)
        return Run(
            sum(share * run.cost for share, run in zip(shares, runs)),
            np.sum([share * run.gradient for share, run in zip(shares, runs)], axis=0, dtype=self._dtype),
            None if self.output_columns is None else np.concatenate([run.outputs for run in runs]),
            arrays,
        )

    def gradient(self, batch: Any) -> tuple[float, Array]:
        """The mean cost of a batch, and its gradient as a new flat vector; the Values do not change.

        Raises ValueError for a batch of the wrong shape, TypeError for one that is not of real numbers. If
        the mean cost is not finite, the first example with such a cost is computed by the scalar engine,
        which raises an error for an operand outside the domain of its operation; if it raises none, the cost
        is returned.
        """
        is_ready = type(batch) is np.ndarray and batch.dtype is self._dtype and batch.ndim == 2
        array = batch if is_ready and batch.shape[1] == self._columns else self._checked(batch)
        examples = len(array)
        for look in BEFORE_GRADIENT:
            look(self, array)
        if 0 < examples <= self._slice_size:
            cost, gradient, _ = self._runner.gradient(array)
        else:
            cost, gradient = self._in_slices(self._checked(array))
        if not math.isfinite(cost):
            self._replay(array)
        return cost, gradient

    def _in_slices(self, array: Array) -> tuple[float, Array]:
        cost, gradient = 0.0, np.zeros(len(self.parameters), self._dtype)
        for part in self._slices(array):
            share = len(part) / len(array)
            part_cost, part_gradient, _ = self._runner.gradient(part)
            cost += share * part_cost
            gradient += share * part_gradient
        return cost, gradient

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
        """Copy the numbers of the Values into the flat vector."""
        self.parameters.load()

    def store(self) -> None:
        """Copy the flat vector into the Values."""
        self.parameters.store()

    def _checked(self, batch: Any, least: int | None = None) -> Array:
        """The batch as an array of its type, with all columns, or with `least` of them or more."""
        array = _as_floats(batch, self._dtype)
        shape = array.shape
        least = self._columns if least is None else least
        if len(shape) != 2 or not least <= shape[1] <= self._columns or not shape[0]:
            raise ValueError(
                f"program: a batch has the shape (examples, {self._columns}), at least one example, one "
                f"column an input; not {shape}"
            )
        return array

    def _slices(self, array: Array) -> list[Array]:
        pieces = -(-len(array) // self._slice_size)
        return np.array_split(array, pieces) if pieces > 1 else [array]

    def _replay(self, array: Array) -> None:
        """Raise the engine's error for the first example whose cost is not finite, if there is one."""
        for part in self._slices(array):
            bad = np.flatnonzero(~np.isfinite(self._runner.costs(part)))
            if bad.size:
                numbers = dict(zip(self.parameters.values, self.parameters.vector.tolist()))
                self.recording.replay(part[bad[0]].tolist(), numbers)
                return

    def _bind(self) -> None:
        self._columns = len(self.inputs)
        self._slice_size = self.code.slice_size(len(self.parameters))
        self._dtype = np.dtype(self.parameters.vector.dtype)
        self._runner = self.code.bind(self.parameters)

    def __getstate__(self) -> dict[str, Any]:
        """The state without views and functions bound to the vectors, which are made again."""
        hidden = ("_columns", "_slice_size", "_dtype", "_runner", "parameters")
        state = {name: value for name, value in self.__dict__.items() if name not in hidden}
        return state | {
            "values": self.parameters.values,
            "vector": self.parameters.vector,
            "places": self.parameters.places,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        vector = state.pop("vector")
        parameters = Parameters(state.pop("values"), state.pop("places"), vector.dtype)
        parameters.vector[...] = vector
        self.__dict__.update(state, parameters=parameters)
        self._bind()

    def __repr__(self) -> str:
        return one_line(f"Program({len(self.inputs)} inputs, {self.parameters!r})")

    _repr_html_ = html_form


def _as_floats(batch: Any, dtype: np.dtype[Any]) -> Array:
    try:
        array = np.asarray(batch)
    except ValueError:
        raise ValueError(
            "program: the rows of the batch differ in length; each needs one number an input"
        ) from None
    if array.dtype.kind not in "fiub":
        raise TypeError(f"program: a batch holds real numbers, not {array.dtype} ({type(batch).__name__})")
    return array.astype(dtype, copy=False)
