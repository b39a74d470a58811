"""`Program`: a compiled cost, and its gradient, of a batch of examples."""

from __future__ import annotations

import math
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


class Program(Settled):
    """A compiled cost. Arithmetic follows IEEE 754, without exceptions. Its buffers serve one thread.

    Attributes:
        parameters: the parameters that it trains.
        inputs: the Values that the columns of a batch stand for.
    """

    remedy = "assign program.parameters.vector, or compile the cost again"

    def __init__(self, recording: Recording, parameters: Parameters, code: Code) -> None:
        self.recording = recording
        self.inputs = recording.inputs
        self.parameters = parameters
        self.code = code
        self._bind()
        self.load()
        self.settle()

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
        costs = np.concatenate([self._run_costs(part) for part in self._slices(array)])
        mean = float(costs.mean())
        if not math.isfinite(mean):
            self._replay(array)
        return costs if per_example else mean

    def gradient(self, batch: Any) -> tuple[float, Array]:
        """The mean cost of a batch, and its gradient as a new flat vector; the Values do not change.

        Raises ValueError for a batch of the wrong shape, TypeError for one that is not of real numbers. If
        the mean cost is not finite, the first example with such a cost is computed by the scalar engine,
        which raises an error for an operand outside the domain of its operation; if it raises none, the cost
        is returned.
        """
        is_ready = type(batch) is np.ndarray and batch.dtype is FLOAT and batch.ndim == 2
        array = batch if is_ready and batch.shape[1] == self._columns else self._checked(batch)
        examples = len(array)
        for look in BEFORE_GRADIENT:
            look(self, array)
        if 0 < examples <= self._slice_size:
            cost, gradient = float(self._run_gradient(array)), self.parameters.gradient.copy()
        else:
            cost, gradient = self._in_slices(self._checked(array))
        if not math.isfinite(cost):
            self._replay(array)
        return cost, gradient

    def _in_slices(self, array: Array) -> tuple[float, Array]:
        cost, gradient = 0.0, np.zeros(len(self.parameters))
        for part in self._slices(array):
            share = len(part) / len(array)
            cost += share * float(self._run_gradient(part))
            gradient += share * self.parameters.gradient
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

    def _checked(self, batch: Any) -> Array:
        array = _as_floats(batch)
        shape = array.shape
        if len(shape) != 2 or shape[1] != self._columns or not shape[0]:
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
            bad = np.flatnonzero(~np.isfinite(self._run_costs(part)))
            if bad.size:
                numbers = dict(zip(self.parameters.values, self.parameters.vector.tolist()))
                self.recording.replay(part[bad[0]].tolist(), numbers)
                return

    def _bind(self) -> None:
        self._columns = len(self.inputs)
        self._slice_size = self.code.slice_size()
        self._run_gradient, self._run_costs = self.code.bind(self.parameters)

    def __getstate__(self) -> dict[str, Any]:
        """The state without views and functions bound to the vectors, which are made again."""
        hidden = ("_columns", "_slice_size", "_run_gradient", "_run_costs", "parameters")
        state = {name: value for name, value in self.__dict__.items() if name not in hidden}
        return state | {
            "values": self.parameters.values,
            "vector": self.parameters.vector,
            "arrays": self.parameters.arrays,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        parameters = Parameters(state.pop("values"), state.pop("arrays"))
        parameters.vector = state.pop("vector")
        self.__dict__.update(state, parameters=parameters)
        self._bind()

    def __repr__(self) -> str:
        return one_line(f"Program({len(self.inputs)} inputs, {self.parameters!r})")

    _repr_html_ = html_form


def _as_floats(batch: Any) -> Array:
    try:
        array = np.asarray(batch)
    except ValueError:
        raise ValueError(
            "program: the rows of the batch differ in length; each needs one number an input"
        ) from None
    if array.dtype.kind not in "fiub":
        raise TypeError(f"program: a batch holds real numbers, not {array.dtype} ({type(batch).__name__})")
    return array.astype(np.float64, copy=False)
