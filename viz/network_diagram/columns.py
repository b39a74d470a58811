"""What stands in a network's picture: columns of neurons, each a few rows of a name and a number.

A layer into which few lines lead is made of blocks: a row for each weight and its gradient, then b, z, a,
∂C/∂a and δ. Into a larger one its matrix leads: it is a table, a row for each neuron.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from minigrad.symbols.numerals import lowered
from nn import Trace
from nn.arrays import as_floats
from nn.delta.notation import AnyNotation, as_notation, drawn
from viz.drawing import looks
from viz.drawing.looks import strongest

MOST_LINES, MOST_BLOCKS = 16, 5
_MOST_TARGETS = 5


@dataclass(frozen=True)
class Row:
    """A name and a number. A weight has its gradient beside it, and the `source` that it comes from."""

    kind: str
    name: str
    number: float
    text: str
    gradient: float = 0.0
    gradient_text: str = ""
    source: int = 0


@dataclass(frozen=True)
class Neuron:
    """The rows of a neuron, of an input, or of the cost; `index` counts from 0."""

    index: int
    rows: Sequence[Row]
    tooltip: str


@dataclass(frozen=True)
class Column:
    """One layer: the neurons that are drawn, of how many, and whether they are rows of one table."""

    layer: int
    heading: str
    neurons: Sequence[Neuron]
    count: int
    is_table: bool = False
    derivative: str = ""  # the name of ∂C/∂w

    @property
    def abridged(self) -> str:
        """How many of the neurons are drawn; "" if all are."""
        return f"{len(self.neurons)} of {self.count}" if len(self.neurons) < self.count else ""

    @property
    def shown(self) -> list[int]:
        """The neurons that are drawn, counted from 0."""
        return [neuron.index for neuron in self.neurons]


def columns_of(
    trace: Trace, notation: AnyNotation, max_neurons: int, most_lines: int = MOST_LINES
) -> list[Column]:
    """The input, the layers, and the cost if there is one; a layer with more lines before it is a table.

    Raises ValueError for `max_neurons` < 2.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(2, [2, 1], seed=0), [1.0, 2.0], y=0.0)
    >>> [(column.heading, column.count) for column in columns_of(t, "001", 10)]
    [('input, layer 1', 2), ('layer 2', 2), ('layer 3, output', 1), ('cost', 1)]
    """
    if max_neurons < 2:
        raise ValueError(f"max_neurons must be at least 2, not {max_neurons}")
    shown = [strongest(_strengths(trace, l), max_neurons) for l in range(trace.depth + 1)]
    columns = [_inputs(trace, shown[0], notation)]
    for l in range(1, trace.depth + 1):
        is_table = len(shown[l]) * len(shown[l - 1]) > most_lines or len(shown[l]) > MOST_BLOCKS
        columns.append(_layer(trace, l, shown[l - 1], shown[l], is_table, notation))
    return [*columns, _cost(trace, notation)] if trace.target is not None else columns


def weight_derivative(notation: AnyNotation) -> str:
    """∂C/∂w in the notation.

    >>> weight_derivative("002"), weight_derivative("000")
    ('∂C/∂w', '∂E/∂θ')
    """
    n = as_notation(notation)
    return f"∂{n.cost}/∂{n.w}"


def _strengths(trace: Trace, l: int) -> NDArray[np.float64]:
    """What the neurons of a layer are chosen by: |δ|; of inputs how much their weights are to change."""
    if not trace.has_gradients:
        return trace.activations(l)
    if l:
        return trace.delta(l)
    strengths: NDArray[np.float64] = np.abs(trace.weight_gradients(1)).sum(axis=0)
    return strengths


def _heading(trace: Trace, l: int, notation: AnyNotation) -> str:
    first = as_notation(notation).number_of(0)
    words = f"input, layer {first}" if l == 0 else f"layer {first + l}"
    return words + (", output" if l == trace.depth else "")


def _inputs(trace: Trace, shown: Sequence[int], notation: AnyNotation) -> Column:
    numbers = trace.activations(0)[list(shown)].tolist()
    neurons = []
    for k, number, text in zip(shown, numbers, looks.column(numbers), strict=True):
        name = drawn("x", 0, k + 1, notation=notation)
        neurons.append(Neuron(k, [Row("a", name, number, text)], f"{name} = {number!r}"))
    return Column(0, _heading(trace, 0, notation), neurons, trace.model.sizes[0])


def _layer(
    trace: Trace, l: int, sources: Sequence[int], shown: Sequence[int], is_table: bool, notation: AnyNotation
) -> Column:
    """The rows of every neuron: numbers below one another have as many decimals in the whole layer."""
    n, known = as_notation(notation), trace.has_gradients
    neurons = [trace.model.layers[l - 1].neurons[j] for j in shown]
    weights = [[neuron.w[k] for k in sources] for neuron in neurons]
    below = {  # stand below one another
        "b": [0.0 if neuron.b is None else neuron.b.data for neuron in neurons],
        "z": [trace.z[l][j].data for j in shown],
        "a": [trace.a[l][j].data for j in shown],
        "error": [trace.a[l][j].grad for j in shown],
        "delta": [trace.z[l][j].grad for j in shown],
    }
    decimals = None if is_table else looks.decimals_of([n for numbers in below.values() for n in numbers])
    texts = {kind: _texts(numbers, kind, known, decimals) for kind, numbers in below.items()}
    w_texts = iter(_texts([w.data for row in weights for w in row]))
    gradient_texts = iter(_texts([w.grad for row in weights for w in row], "cell", known))
    made = []
    for position, (j, neuron) in enumerate(zip(shown, neurons, strict=True)):
        rows = []
        for k, w in zip(sources, weights[position], strict=True):
            name = drawn("w", l, j + 1, k + 1, notation)
            rows.append(Row("w", name, w.data, next(w_texts), w.grad, next(gradient_texts), k))
        for kind in below if neuron.b is not None else list(below)[1:]:
            name = drawn("a" if kind == "error" else kind, l, j + 1, notation=notation)
            name = f"∂{n.cost}/∂{name}" if kind == "error" else name
            rows.append(Row(kind, name, below[kind][position], texts[kind][position]))
        tooltip = ", ".join(f"{row.name} = {row.number!r}" for row in rows[-4:])
        made.append(Neuron(j, rows, tooltip))
    size, derivative = trace.model.sizes[l], weight_derivative(notation)
    return Column(l, _heading(trace, l, notation), made, size, is_table, derivative)


def _texts(
    numbers: Sequence[float], kind: str = "data", known: bool = True, decimals: int | None = None
) -> list[str]:
    """The numbers as text; a gradient is "?" before a backward pass."""
    look = kind if kind in looks.LOOKS else "data"
    return looks.column(numbers, look, decimals) if known or look == "data" else ["?"] * len(numbers)


def _cost(trace: Trace, notation: AnyNotation) -> Column:
    letter, targets = as_notation(notation).cost, np.atleast_1d(as_floats(trace.target)).tolist()
    if len(targets) > _MOST_TARGETS:
        targets = []
    names = ["y"] if len(targets) == 1 else [f"y{lowered(j + 1)}" for j in range(len(targets))]
    numbers = [*targets, trace.cost.data]
    kinds = ["y"] * len(targets) + ["C"]
    rows = list(map(Row, kinds, [*names, letter], numbers, looks.column(numbers)))
    return Column(trace.depth + 1, "cost", [Neuron(0, rows, f"{letter} = {trace.cost.data!r}")], 1)
