"""`History`: cost, metric, δ and gradients of a training run, epoch by epoch; when it ends; a progress bar.

Glossary
    ‖δˡ‖        √(1/N Σₙ ‖δˡₙ‖²), the root mean square over the examples (weighted, if they have weights);
                where it becomes smaller from layer to layer on the way back, the gradient vanishes
    |∂C/∂Wˡ|    the Frobenius norm, averaged over the updates of an epoch
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from minigrad import Value
from minigrad.display import html_form, one_line
from minigrad.symbols.numerals import counted
from nn.mlp import MLP
from nn.module import Module
from nn.training.gradients import BatchResult
from nn.training.notebook_bar import notebook_bar, notebook_line

FLAT = 1e-2  # of a cost: what it falls by where it hardly falls

Array = NDArray[np.float64]
Places = slice | NDArray[np.int64]
Entry = TypeVar("Entry")

# A cost that has risen above the first by so many times the scale of the costs seen has left for good.
DIVERGED = 999.0
LEAST_SCALE = 1e-8  # below, a rise may be rounding

# A sum of squares between these is right, in float32 too: beyond, some may have become 0 or inf.
SMALLEST, LARGEST = 1e-30, 1e38


@dataclass(repr=False)
class History:
    """The numbers of a training run, one entry an epoch. Costs are those before each update.

    Attributes:
        cost: C, averaged over the epoch's examples.
        metric: the metric of the outputs in the epoch; empty without a metric.
        delta: ‖δˡ‖ for each layer l, counted from 1; empty for a model without layers.
        gradient: |∂C/∂Wˡ| for each layer l; empty for a model without layers.
        neurons: of each layer l the root mean square of δˡⱼ over the examples, for each epoch a list of n_l
            numbers, whose squares add up to ‖δˡ‖²; empty where δ was not kept neuron by neuron.
        validation_cost: C of the validation examples at the epoch's last update; empty without any.
        validation_metric: the metric of the validation examples.
        stopped: why training ended, in words.

    >>> print(History(cost=[1.0, 0.5], stopped="all 2 epochs done"))
    2 epochs, cost 1 → 0.5: all 2 epochs done
    """

    cost: list[float] = field(default_factory=list)
    metric: list[float] = field(default_factory=list)
    delta: dict[int, list[float]] = field(default_factory=dict)
    gradient: dict[int, list[float]] = field(default_factory=dict)
    validation_cost: list[float] = field(default_factory=list)
    validation_metric: list[float] = field(default_factory=list)
    stopped: str = ""
    neurons: dict[int, list[list[float]]] = field(default_factory=dict)

    @property
    def epochs(self) -> int:
        """The number of epochs."""
        return len(self.cost)

    def __str__(self) -> str:
        text = counted(self.epochs, "epoch")
        if self.cost:
            text += f", cost {self.cost[0]:.4g} → {self.cost[-1]:.4g}"
        if self.metric:
            text += f", metric {self.metric[0]:.4g} → {self.metric[-1]:.4g}"
        return f"{text}: {self.stopped}"

    @property
    def advice(self) -> str:
        """What to try where the cost hardly fell in the last half of the epochs; "" elsewhere.

        A minimum and a plateau look alike: on a plateau the gradient is small, as where a sigmoid's σ′ is.

        >>> History(cost=[1.0] + [0.25] * 40).advice  # doctest: +ELLIPSIS
        'the cost has hardly fallen since epoch 21: ...; more epochs without patience, another seed, ...'
        """
        half = self.cost[len(self.cost) // 2 :]
        if len(half) < 10 or half[0] == 0.0 or not max(half) - min(half) <= FLAT * abs(half[0]):
            return ""
        return (
            f"the cost has hardly fallen since epoch {self.epochs - len(half) + 1}: a minimum, or a plateau; "
            "more epochs without patience, another seed, a larger learning rate or more hidden neurons can "
            "lead on"
        )

    def __repr__(self) -> str:
        return one_line(f"<History: {self}{'; it is flat, see .advice' if self.advice else ''}>")

    _repr_html_ = html_form


class EpochTally:
    """Adds up the results of the batches of one epoch.

    >>> tally = EpochTally()
    >>> tally.add(BatchResult(1.0, np.zeros(1), np.zeros((1, 1)), count=1.0), {1: 3.0})
    >>> tally.add(BatchResult(4.0, np.zeros(1), np.zeros((2, 1)), count=2.0), {1: 5.0})
    >>> tally.cost, tally.gradient_norms()
    (3.0, {1: 4.0})
    """

    def __init__(self) -> None:
        self.outputs: list[Array] = []
        self.count = 0.0
        self._costs: list[tuple[float, float]] = []
        self._squares: list[dict[int, Array]] = []
        self._scales: list[float] = []
        self._norms: list[dict[int, float]] = []

    def add(self, result: BatchResult, norms: dict[int, float], with_outputs: bool = True) -> None:
        """Add one batch, and the norms of its gradient by layer; its outputs are kept if they are wanted."""
        self.count += result.count
        self._costs.append((result.cost, result.count))
        self._norms.append(norms)
        if with_outputs:
            self.outputs.append(result.outputs)
        self._squares.append(result.squares)
        self._scales.append(result.scale)

    @property
    def cost(self) -> float:
        """The mean cost over the examples; exactly that of the batch, if there was only one."""
        if len(self._costs) == 1:
            return self._costs[0][0]
        return sum(cost * count for cost, count in self._costs) / self.count

    def neuron_norms(self) -> dict[int, Array]:
        """The root mean square of δˡⱼ by layer: n_l numbers, or ‖δˡ‖ alone where a batch has no other."""
        found = {}
        for l in self._squares[0]:
            parts = [squares[l] for squares in self._squares]
            if len(set(map(len, parts))) > 1:  # one batch by neuron, another as a whole
                parts = [part.sum(keepdims=True) for part in parts]
            found[l] = np.sqrt(np.array(self._scales) @ np.array(parts) / self.count)
        return found

    def gradient_norms(self) -> dict[int, float]:
        """|∂C/∂Wˡ| by layer."""
        return {l: sum(norms[l] for norms in self._norms) / len(self._norms) for l in self._norms[0]}


class Patience:
    """Knows the lowest cost so far, the numbers that had it, and how long ago that was.

    >>> patience = Patience(tolerance=1e-3, epochs=2)
    >>> costs = {1: -4.0, 2: -5.0, 3: -5.0, 4: -5.0}
    >>> [patience.is_exhausted(epoch, cost, np.zeros(1)) for epoch, cost in costs.items()]
    [False, False, False, True]
    """

    def __init__(self, tolerance: float, epochs: int | None) -> None:
        self.tolerance, self.epochs = tolerance, epochs
        self.best: Array | None = None
        self.best_cost = self._last_progress = math.inf
        self._since = 0

    def is_exhausted(self, epoch: int, cost: float, numbers: Array) -> bool:
        """Take in one epoch's cost; True if there was no progress for `epochs` epochs."""
        if cost < self.best_cost:
            self.best_cost, self.best = cost, numbers.copy()
        margin = self.tolerance * abs(self._last_progress) if self._since else 0.0
        if cost < self._last_progress - margin:
            self._last_progress, self._since = cost, epoch
        return self.epochs is not None and epoch - self._since >= self.epochs


def has_diverged(first: float, lowest: float, cost: float) -> bool:
    """Whether the cost, of either sign, rose out of proportion to where it began and what it fell by.

    >>> has_diverged(first=-1.0, lowest=-5.0, cost=-4.9), has_diverged(first=-1.0, lowest=-1.0, cost=1000.0)
    (False, True)
    """
    return cost - first > DIVERGED * max(abs(first), first - lowest, LEAST_SCALE)


def places_of_weights(model: Module, place: dict[Value, int]) -> dict[int, Places]:
    """Where the weights of each layer stand in a flat vector, from the place of each parameter.

    >>> model = MLP(2, [1])
    >>> places_of_weights(model, {parameter: n for n, parameter in enumerate(model.parameters())})
    {1: slice(0, 2, None)}
    """
    layers = model.layers if isinstance(model, MLP) else []
    return {
        l: as_places(list(map(place.__getitem__, chain.from_iterable(neuron.w for neuron in layer.neurons))))
        for l, layer in enumerate(layers, start=1)
    }


def as_places(numbers: list[int]) -> Places:
    """Places in a vector as an array, or as a slice, of which a view is not copied.

    >>> as_places([1, 2, 3]), as_places([2, 1])
    (slice(1, 4, None), array([2, 1]))
    """
    whole = range(numbers[0], numbers[0] + len(numbers))
    return slice(whole.start, whole.stop) if numbers == list(whole) else np.array(numbers)


def norm(vector: Array) -> float:
    """√Σ vᵢ², also where the squares are too small or too large for a float.

    >>> norm(np.array([3.0, 4.0])), norm(np.array([3e-200, 4e-200]))
    (5.0, 5e-200)
    """
    square = float(vector.dot(vector))
    if SMALLEST < square < LARGEST or (square == 0.0 and not vector.any()):
        return math.sqrt(square)
    return math.hypot(*vector[vector != 0].tolist())


def append_by_layer(lists: dict[int, list[Entry]], entries: dict[int, Entry]) -> None:
    """Add one entry to each layer's list.

    >>> lists = {1: [0.5]}
    >>> append_by_layer(lists, {1: 0.25})
    >>> lists
    {1: [0.5, 0.25]}
    """
    for l, entry in entries.items():
        lists.setdefault(l, []).append(entry)


@contextmanager
def progress_bar(epochs: int) -> Iterator[Callable[[float], None]]:
    """A progress bar in terminal or notebook; call the returned function with the cost of each epoch.

    Raises ImportError where a terminal's bar needs rich and it is not installed, and says how to install it.

    >>> with progress_bar(1) as advance:  # doctest: +ELLIPSIS
    ...     advance(0.5)
    epoch 1/1 ... C 0.5 ...
    """
    if (line := notebook_line()) is not None:
        with notebook_bar(epochs, line) as advance:
            yield advance
        return
    try:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
    except ImportError:
        raise ImportError("a progress bar needs rich: `pip install rich`, or progress=False") from None
    count, cost = TextColumn("epoch {task.completed}/{task.total}"), TextColumn("C {task.fields[cost]:.4g}")
    with Progress(count, BarColumn(), cost, TimeRemainingColumn()) as bar:
        task = bar.add_task("training", total=epochs, cost=math.nan)
        yield lambda cost: bar.update(task, advance=1, cost=cost)
