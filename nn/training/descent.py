"""`fit`: gradient descent, w ← w − ε ∂C/∂w, until a termination condition is met (document 001)."""

from __future__ import annotations

import math
import numbers
import random
import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import chain

import numpy as np

from minigrad import Value
from nn.initializers import generator_of
from nn.loss_rows import LossFunction, Targets, checked_loss
from nn.losses import squared_error
from nn.module import Module
from nn.training.engines import make_engine
from nn.training.examples import Rows, checked_examples
from nn.training.gradients import BatchResult, Engine, Inputs
from nn.training.history import EpochTally, History, append_by_layer, gradient_norms, progress_bar
from nn.training.metrics import Metric, evaluate, mean_cost
from nn.training.optimizers import SGD, LearningRate, Optimizer, one_rate
from nn.training.stopping import Patience, has_diverged

__all__ = ["History", "descend", "fit", "mean_cost"]


def descend(parameters: Sequence[Value], learning_rate: float) -> None:
    """One update of P parameters: w ← w − ε ∂C/∂w, b ← b − ε ∂C/∂b. Source: document 002, section 4.

    >>> w = Value(1.0)
    >>> w.grad = 2.0
    >>> descend([w], 0.25)
    >>> w.data
    0.5
    """
    for parameter in parameters:
        parameter.data -= learning_rate * parameter.grad


def fit(
    model: Module,
    inputs: Inputs,
    targets: Sequence[Targets],
    *,
    loss: LossFunction = squared_error,
    optimizer: Optimizer | None = None,
    learning_rate: LearningRate | None = None,
    lr: LearningRate | None = None,
    epochs: int = 200,
    batch_size: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    penalty: float = 0.0,
    validation: tuple[Inputs, Sequence[Targets]] | None = None,
    metric: Metric | None = None,
    patience: int | None = None,
    tolerance: float = 1e-3,
    gradient_tolerance: float = 0.0,
    progress: bool = False,
    on_epoch: Callable[[int, float], object] | None = None,
    engine: str | None = None,
) -> History:
    """Train on N examples, `inputs` of shape (N, n_0), by gradient descent; the model is changed in place.

    Training ends after `epochs` epochs, when ‖∇C‖ ≤ `gradient_tolerance`, or, with `patience`, when the cost
    has not fallen by `tolerance` (relative to the lowest so far) for so many epochs: a plateau may be longer,
    as with XOR, whose sigmoids stay near C = ¼ for hundreds of epochs before they learn. With
    `validation`, the cost that is watched is that of the validation examples, and the weights are finally
    those of the best epoch. A cost that rises above the first one by 999 times its size, or 999 times what it
    had fallen by, ends training with a RuntimeWarning and the weights of the best epoch. Ctrl-C ends training
    and keeps the current weights. The same seed gives the same result, bit for bit.

    Args:
        model: an `MLP`, or any `Module` that returns one Value or a list of them for one example.
        inputs: N rows of n_0 numbers.
        targets: N targets, as the loss takes them.
        loss: (outputs, target) → Cₙ, one of `nn.losses` or your own, a row (`nn.loss`) or a function.
        optimizer: `SGD(learning_rate)` if left out.
        learning_rate: ε > 0 or a function of the step, by default 0.1; not together with an optimizer.
        lr: another name of `learning_rate`.
        epochs: the largest number of epochs, at least 1.
        batch_size: the number of examples of one update; by default all.
        shuffle: whether the examples are shuffled in each epoch.
        seed: the seed of the shuffling.
        penalty: λ of `l2_penalty`, added to the cost of every batch.
        validation: inputs and targets that are not used for updates.
        metric: (outputs (N, n_L), targets) → number, such as `nn.accuracy`, for the history.
        patience, tolerance, gradient_tolerance: when to stop before `epochs`, see above.
        progress: whether to show a progress bar.
        on_epoch: called after each epoch's gradient with the epoch, from 1, and its cost; returning
            True ends training.
        engine: "scalar" records the graph of every example, "compiled" runs a program made from the graph of
            one. By default "compiled", unless the model, an activation or a loss without a row is your own,
            which may contain branches.

    Raises ValueError for examples, targets or settings that do not fit, TypeError for a count that is no
    whole number, FloatingPointError for a cost that is not finite, also of the validation examples, and what
    the loss raises. After an error the model is unchanged.
    Source: documents 001 ("termination condition") and 002, section 4.

    >>> from nn import MLP
    >>> model = MLP(1, [1], initial=[[[0.0]]])
    >>> history = fit(model, [[-1.0], [1.0]], [-2.0, 2.0], learning_rate=0.25, epochs=2)
    >>> history.cost, model.layers[0].neurons[0].w[0].data
    ([4.0, 1.0], 1.5)
    """
    checked_loss(loss, "fit")
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        example = "SGD" if str(optimizer).lower() == "sgd" else "Adam"
        raise TypeError(f"fit: give an optimizer such as nn.{example}(0.01), not {optimizer!r}")
    if metric is not None and not callable(metric):
        raise TypeError(f"fit: the metric is a function, such as nn.accuracy, not {metric!r}")
    learning_rate = one_rate(learning_rate, lr, "fit")
    if optimizer is not None and learning_rate is not None:
        raise ValueError("fit: give a learning rate or an optimizer, which has its own, not both")
    _check_counts(epochs, batch_size, patience, penalty)
    rows, wanted = checked_examples(model, inputs, targets, loss)
    watched = None if validation is None else checked_examples(model, *validation, loss, "fit, validation")
    run = _Run(
        model=model,
        loss=loss,
        metric=metric,
        optimizer=optimizer or SGD(0.1 if learning_rate is None else learning_rate),
        engine=make_engine(engine, model, loss, penalty),
        validation=watched,
        patience=Patience(tolerance, patience),
        gradient_tolerance=gradient_tolerance,
    )
    batches = _Batches(rows, wanted, batch_size or len(rows), generator_of(seed) if shuffle else None)
    before = run.learned
    with progress_bar(epochs) if progress else nullcontext(_no_bar) as advance:
        try:
            run.train(batches, epochs, on_epoch, advance)
        except KeyboardInterrupt:
            run.restore(run.learned)
            run.history.stopped = f"interrupted after {run.history.epochs} epochs"
        except BaseException:
            run.restore(before)
            raise
    if run.diverged:
        warnings.warn(f"fit: training {run.history.stopped}", RuntimeWarning, stacklevel=2)
    if run.patience.best and (run.diverged or watched is not None):
        run.restore(run.patience.best)
    return run.history


@dataclass
class _Run:
    """The state of one call of `fit`: its arguments, and its results so far."""

    model: Module
    loss: LossFunction
    metric: Metric | None
    optimizer: Optimizer
    engine: Engine
    validation: tuple[Rows, list[Targets]] | None
    patience: Patience
    gradient_tolerance: float

    def __post_init__(self) -> None:
        self.parameters = self.model.parameters()
        if not self.parameters:
            raise ValueError("fit: the model has no parameters, so there is nothing to train")
        self.history = History()
        self.learned = self.numbers()
        self.diverged = False

    def train(
        self,
        batches: _Batches,
        epochs: int,
        on_epoch: Callable[[int, float], object] | None,
        advance: Callable[[float], None],
    ) -> None:
        """Train epoch by epoch; whether to stop is decided before the last update of an epoch."""
        for epoch in range(1, epochs + 1):
            tally = EpochTally()
            for inputs, targets, last in batches.of_one_epoch():
                tally.add(self._gradient(inputs, targets, epoch), gradient_norms(self.model))
                if last:
                    self._record(epoch, tally, [targets for _, targets, _ in batches.current])
                    advance(tally.cost)
                    asked = on_epoch is not None and on_epoch(epoch, tally.cost) is True
                    if self._should_stop(epoch, asked):
                        return
                self.optimizer.step(self.parameters)
                self.learned = self.numbers()
        self.history.stopped = f"all {epochs} epochs done"

    def _gradient(self, inputs: Rows, targets: list[Targets], epoch: int) -> BatchResult:
        try:
            result = self.engine(inputs, targets)
        except ArithmeticError as error:
            error.add_note(f"in epoch {epoch} of training; a smaller learning rate may help")
            raise
        if not math.isfinite(result.cost):
            raise FloatingPointError(
                f"fit: the cost is {result.cost} in epoch {epoch}; a smaller learning rate may help"
            )
        return result

    def _record(self, epoch: int, tally: EpochTally, targets: list[list[Targets]]) -> None:
        history = self.history
        history.cost.append(tally.cost)
        append_by_layer(history.delta, tally.delta_norms())
        append_by_layer(history.gradient, tally.gradient_norms())
        if self.metric is not None:
            history.metric.append(
                self.metric(np.concatenate(tally.outputs), list(chain.from_iterable(targets)))
            )
        if self.validation is not None:
            inputs, wanted = self.validation
            cost, outputs = evaluate(self.model, inputs, wanted, self.loss)
            if not math.isfinite(cost):
                raise FloatingPointError(
                    f"fit: the cost of the validation examples is {cost} in epoch {epoch}"
                )
            history.validation_cost.append(cost)
            if self.metric is not None:
                history.validation_metric.append(self.metric(outputs, wanted))

    def _should_stop(self, epoch: int, asked: bool) -> bool:
        watched = self.history.cost if self.validation is None else self.history.validation_cost
        exhausted = self.patience.is_exhausted(epoch, watched[-1], self.learned)
        if has_diverged(watched[0], self.patience.best_cost, watched[-1]):
            self.diverged = True
            self.history.stopped = (
                f"diverged in epoch {epoch}: the cost went from {watched[0]:.4g} to {watched[-1]:.4g}; "
                "the model has the weights of its best epoch, and a smaller learning rate may help"
            )
            return True
        if asked:
            self.history.stopped = f"on_epoch returned True in epoch {epoch}"
            return True
        if exhausted:
            self.history.stopped = f"no progress for {self.patience.epochs} epochs"
            return True
        if math.hypot(*(parameter.grad for parameter in self.parameters)) <= self.gradient_tolerance:
            self.history.stopped = f"‖∇C‖ ≤ {self.gradient_tolerance}"
            return True
        return False

    def numbers(self) -> list[float]:
        """The current numbers of the parameters."""
        return [parameter.data for parameter in self.parameters]

    def restore(self, numbers: list[float]) -> None:
        """Set the parameters to these numbers."""
        for parameter, number in zip(self.parameters, numbers, strict=True):
            parameter.data = number


class _Batches:
    """The examples in batches of one size (the last may be smaller), shuffled in each epoch if wanted."""

    def __init__(self, rows: Rows, targets: list[Targets], size: int, rng: random.Random | None) -> None:
        self.rows, self.targets, self.size = rows, targets, size
        self.rng = rng if size < len(rows) else None  # a single batch needs no shuffling
        self.current: list[tuple[Rows, list[Targets], bool]] = []

    def of_one_epoch(self) -> list[tuple[Rows, list[Targets], bool]]:
        """(inputs, targets, whether it is the last) of each batch."""
        order = list(range(len(self.rows)))
        if self.rng is not None:
            self.rng.shuffle(order)
        self.current = []
        for start in range(0, len(order), self.size):
            chosen = order[start : start + self.size]
            inputs, targets = [self.rows[n] for n in chosen], [self.targets[n] for n in chosen]
            self.current.append((inputs, targets, start + self.size >= len(order)))
        return self.current


def _check_counts(epochs: int, batch_size: int | None, patience: int | None, penalty: float) -> None:
    for name, number in (("epochs", epochs), ("batch_size", batch_size), ("patience", patience)):
        if number is None and name != "epochs":
            continue
        if isinstance(number, bool) or not isinstance(number, numbers.Integral):
            raise TypeError(f"fit: {name} must be a whole number, not {number!r}")
        if number < 1:
            raise ValueError(f"fit: {name} must be at least 1, not {number}")
    if not penalty >= 0:
        raise ValueError(f"fit: the penalty must be >= 0, not {penalty}")


def _no_bar(cost: float) -> None:
    """Does nothing, in place of a progress bar."""
