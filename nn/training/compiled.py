"""`CompiledEngine`: gradients for `fit` from a compiled program; `make_engine` chooses between the engines.

The cost of one example is recorded once, compiled with `minigrad.compile`, and run on batches. Except for
rounding, the numbers are those of `ScalarEngine`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad import Value
from minigrad.compiler import Program
from minigrad.compiler.compilation import make_program
from minigrad.compiler.reading.checks import checked_dtype
from nn.arrays import as_floats
from nn.loss_rows import Loss, LossFunction, Targets, one_hot
from nn.mlp import MLP
from nn.module import Module
from nn.training.examples import Examples
from nn.training.gradients import BatchResult, Engine, ScalarEngine, all_parameters, is_plain

Array = NDArray[np.float64]

SMALL = 250_000  # numbers, 2 MB


def is_compilable(model: object, loss: LossFunction) -> bool:
    """Whether one recording is valid for all examples: an `MLP` and a `Loss` row, with activations by name.

    A function of your own may contain an `if`, of which a recording has only the branch that was taken.

    >>> from nn import squared_error
    >>> is_compilable(MLP(1, [1]), squared_error), is_compilable(MLP(1, [1]), lambda a, y: (a - y) ** 4)
    (True, False)
    """
    return is_plain(model) and isinstance(loss, Loss)


class Rows:
    """Examples as arrays side by side: copied as a whole if they are small, else batch by batch.

    A batch chosen by numbers is written into memory that is kept, since asking for some 1 MB anew costs more
    than filling it; the next batch overwrites it.

    >>> Rows([np.array([[1.0], [2.0]]), np.array([[3.0], [4.0]])], "float64")[np.array([1])]
    array([[2., 4.]])
    """

    def __init__(self, columns: list[Array], dtype: str) -> None:
        is_small = sum(array.size for array in columns) <= SMALL
        self.columns = [np.hstack(columns, dtype=dtype)] if is_small else columns
        self._batch = np.empty((0, sum(array.shape[1] for array in columns)), dtype)
        self._chosen = [array[:0] for array in self.columns]

    def __getitem__(self, chosen: Any) -> Array:
        """A batch, one row for each example that is chosen, by numbers or by a slice, which may be [:]."""
        if isinstance(chosen, slice):
            parts = [array[chosen] for array in self.columns]
            return parts[0] if len(parts) == 1 else np.hstack(parts, dtype=self._batch.dtype)
        if len(self._batch) < len(chosen):
            self._batch = np.empty((len(chosen), self._batch.shape[1]), self._batch.dtype)
            self._chosen = [np.empty((len(chosen), array.shape[1]), array.dtype) for array in self.columns]
        batch, start = self._batch[: len(chosen)], 0
        if len(self.columns) == 1:
            return self.columns[0].take(chosen, 0, batch, "clip")  # the default mode would copy
        for array, rows in zip(self.columns, self._chosen):
            array.take(chosen, 0, rows[: len(chosen)], "clip")
            batch[:, start : start + array.shape[1]] = rows[: len(chosen)]
            start += array.shape[1]
        return batch


class CompiledEngine(Engine):
    """Runs a compiled program, made of the first example; its vector is that of the program.

    A batch has a row for each example: inputs, targets and the weight of the example, if it has one.
    A batch with an operand outside the domain of an operation is computed by `ScalarEngine`, in which a loss
    may leave out a term with the factor 0, as in 0 · log 0; if it does not, the engine raises its error.

    >>> from nn import squared_error
    >>> examples = Examples(np.array([[1.0], [3.0]]), [0.0, 0.0])
    >>> engine = CompiledEngine(MLP(1, [1], initial=[[[2.0]]]), squared_error, examples)
    >>> result = engine.gradient(engine.prepare(examples)[:])
    >>> result.cost, result.gradient.tolist()
    (20.0, [20.0, 8.0])
    """

    def __init__(
        self, model: MLP, loss: Loss, example: Examples, dtype: str = "float64", weighted: bool = False
    ) -> None:
        self.model, self.loss, self.weighted, self.dtype = model, loss, weighted, dtype
        self.program = self._compile(self.prepare(example)[:][0])
        self.parameters = self.program.parameters.values
        self.vector = self.program.parameters.vector
        self._deltas = {l: self._names_of_delta(l) for l in range(1, len(model.layers) + 1)}
        self._names = tuple(chain.from_iterable(self._deltas.values()))

    def _compile(self, example: Array) -> Program:
        numbers = example.tolist()
        n_inputs, n_outputs = self.model.sizes[0], self.model.sizes[-1]
        inputs = self.model.inputs(numbers[:n_inputs])
        targets = [Value(number, label="y") for number in numbers[n_inputs : n_inputs + n_outputs]]
        output = self.model(inputs)
        cost = self.loss(output, targets)
        weights = [Value(1.0, label="weight")] if self.weighted else []
        if weights:
            cost = weights[0] * cost
        return make_program(
            cost,
            [*inputs, *targets, *weights],
            all_parameters(self.model),
            outputs=[output] if isinstance(output, Value) else output,
            dtype=self.dtype,
            form="arrays",
        )

    def _names_of_delta(self, l: int) -> list[str]:
        """δ of layer l in the program: one array, or more if its neurons differ, as some without bias do."""
        return [name for name in self.program.code.shapes if re.fullmatch(rf"delta{l}(_\d+)?", name)]

    def prepare(self, examples: Examples) -> Rows:
        """Inputs, targets, and the weights as one more column if there are any, as arrays."""
        columns = [examples.inputs, self._target_rows(examples.targets)]
        if self.weighted:
            ones = np.ones(len(examples))
            columns.append((ones if examples.weights is None else examples.weights)[:, None])
        return Rows(columns, self.dtype)

    def _target_rows(self, targets: Sequence[Targets]) -> Array:
        """Targets as an array (N, n_L); the label of a class becomes 1 for it and 0 for the others."""
        n_outputs = self.model.sizes[-1]
        if self.loss.targets == "classes":
            if set(map(type, targets)) == {int}:
                return np.eye(n_outputs)[np.array(targets, dtype=np.int64)]
            targets = [one_hot(y, n_outputs) if np.ndim(y) == 0 else y for y in targets]
        return as_floats(targets).reshape(len(targets), n_outputs)

    def gradient(self, rows: Array) -> BatchResult:
        """The cost of N rows, and its gradient, δ and outputs, from one run of the program."""
        try:
            run = self.program.run(rows, self._names)
        except (ValueError, ArithmeticError):  # an operand was outside a domain, at least for one example
            return self._by_scalars(rows)
        assert run.outputs is not None  # the program was compiled with outputs
        squares = {
            l: self._squares([run.arrays[name] for name in names], rows) for l, names in self._deltas.items()
        }
        square = float(len(rows)) ** 2  # of the factor N, as δ of a program has the factor 1 / N
        if not self.weighted:
            return BatchResult(run.cost, run.gradient, run.outputs, len(rows), squares, square)
        count = float(rows[:, -1].sum(dtype=np.float64))
        scale = len(rows) / count  # the program divides by the number of examples
        return BatchResult(scale * run.cost, scale * run.gradient, run.outputs, count, squares, square)

    def _squares(self, deltas: list[Array], rows: Array) -> Array:
        """Σₙ wₙ δₙ² by neuron; the program's δ has the factor wₙ."""
        shares = [delta / rows[:, -1] for delta in deltas] if self.weighted else deltas
        each = [np.vecdot(*pair, dtype=np.float64) for pair in zip(deltas, shares)]
        return each[0] if len(each) == 1 else np.array([sum(map(np.sum, each))])

    def evaluate(self, rows: Array, with_outputs: bool) -> tuple[float, Array]:
        """The cost of N rows, and their outputs if they are wanted, else none."""
        try:
            cost = self.program(rows)
        except (ValueError, ArithmeticError):
            return self._scalar().evaluate(self._examples(rows), with_outputs)
        if self.weighted:
            cost *= len(rows) / float(rows[:, -1].sum(dtype=np.float64))
        return cost, self.program.outputs(rows) if with_outputs else np.empty((0, self.model.sizes[-1]))

    def _by_scalars(self, rows: Array) -> BatchResult:
        scalar = self._scalar()
        result = scalar.gradient(self._examples(rows))
        place = {parameter: n for n, parameter in enumerate(scalar.parameters)}
        result.gradient = result.gradient[[place[parameter] for parameter in self.parameters]]
        return result

    def _scalar(self) -> ScalarEngine:
        """The scalar engine, with the numbers of this one."""
        self.store()
        return ScalarEngine(self.model, self.loss)

    def _examples(self, rows: Array) -> Examples:
        """Prepared rows as examples again."""
        n_inputs, n_outputs = self.model.sizes[0], self.model.sizes[-1]
        targets = rows[:, n_inputs : n_inputs + n_outputs].tolist()
        return Examples(rows[:, :n_inputs], targets, rows[:, -1] if self.weighted else None)


def make_engine(
    engine: str | None,
    model: Module,
    loss: LossFunction,
    examples: Examples,
    dtype: str = "float64",
    weighted: bool = False,
) -> Engine:
    """The engine for a model and a loss: "scalar", "compiled", or None for the fastest possible.

    "compiled" needs a recording that is valid for all examples (`is_compilable`). Raises
    ValueError if it is not, for an unknown name or dtype, and for float32 in the scalar engine.

    >>> from nn import squared_error
    >>> examples = Examples(np.array([[1.0]]), [0.0])
    >>> make_engine("scalar", MLP(1, [1]), squared_error, examples).__class__.__name__
    'ScalarEngine'
    >>> make_engine(None, MLP(1, [1]), squared_error, examples).__class__.__name__
    'CompiledEngine'
    """
    if engine not in (None, "scalar", "compiled"):
        raise ValueError(f'unknown engine {engine!r}; use "compiled" or "scalar"')
    checked_dtype(dtype)
    compilable = is_compilable(model, loss)
    if engine == "compiled" and not compilable:
        raise ValueError(
            "the compiled engine records one example for all, and a function of your own may branch on data: "
            'use a loss of nn, or one made with @nn.loss, and activations by name, or engine="scalar"'
        )
    if engine == "scalar" or not compilable:
        if dtype != "float64":
            raise ValueError(f"fit: the scalar engine computes with Python's floats, in float64, not {dtype}")
        return ScalarEngine(model, loss)
    assert isinstance(model, MLP)  # is_compilable says so, and the next
    assert isinstance(loss, Loss)
    return _compiled(model, loss, examples, dtype, weighted)


def _compiled(model: MLP, loss: Loss, examples: Examples, dtype: str, weighted: bool) -> Engine:
    """A compiled engine, made of the first example, or of zeros if it is outside the loss's domain."""
    zeros = Examples(np.zeros((1, model.sizes[0])), [[0.0] * model.sizes[-1]])
    for example in (examples[[0]], zeros):
        try:
            return CompiledEngine(model, loss, example, dtype, weighted)
        except (ArithmeticError, ValueError):
            continue
    return ScalarEngine(model, loss)
