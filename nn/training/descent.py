"""`fit`: gradient descent, w ← w − ε ∂C/∂w, until a termination condition is met (document 001)."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad import Value
from nn.initializers import generator_of
from nn.loss_rows import LossFunction, Targets, checked_loss
from nn.losses import squared_error
from nn.mlp import MLP
from nn.module import Module, check_model
from nn.training.compiled import make_engine
from nn.training.examples import (
    Batches,
    Examples,
    check_counts,
    checked_examples,
    checked_parameters,
    checked_validation,
)
from nn.training.gradients import BatchResult, Engine, Inputs, penalised
from nn.training.history import (
    EpochTally,
    History,
    Patience,
    append_by_layer,
    as_places,
    has_diverged,
    norm,
    places_of_weights,
    progress_bar,
)
from nn.training.metrics import Metric, mean_cost
from nn.training.optimizers import SGD, LearningRate, Optimizer, descend, one_rate

Array = NDArray[np.float64]

__all__ = ["History", "descend", "fit", "mean_cost"]


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
    sample_weight: Sequence[float] | None = None,
    parameters: Iterable[Value] | None = None,
    validation: tuple[Any, ...] | None = None,
    metric: Metric | None = None,
    patience: int | None = None,
    tolerance: float = 1e-3,
    gradient_tolerance: float = 0.0,
    progress: bool = False,
    on_epoch: Callable[[int, float], object] | None = None,
    engine: str | None = None,
    dtype: str = "float64",
) -> History:
    """Train on N examples, `inputs` of shape (N, n_0), by gradient descent; the model is changed in place.

    The cost of a batch is C = Σₙ wₙ Cₙ / Σₙ wₙ, plus the penalty; 1/N Σₙ Cₙ without sample weights. An
    example of weight 2 counts as one that is given twice, one of weight 0 is left out.

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
        sample_weight: N numbers wₙ ≥ 0, how much each example counts; by default all the same.
        parameters: those that are trained, such as `model.layers[-1].parameters()`; by default all. The
            others are frozen: they are not updated, while their gradients and the δ of their layers are
            computed as ever, in `grad` and for the history; `gradient_tolerance` is for the trained ones.
        validation: inputs and targets that are not used for updates, and, if wanted, their sample weights.
        metric: (outputs (N, n_L), targets) → number, such as `nn.accuracy`, for the history.
        patience, tolerance, gradient_tolerance: when to stop before `epochs`, see above.
        progress: whether to show a progress bar.
        on_epoch: called after each epoch's gradient with the epoch, from 1, and its cost; returning
            True ends training.
        engine: "scalar" records the graph of every example, "compiled" runs a program made from the graph of
            one. By default "compiled", unless the model, an activation or a loss without a row is your own,
            which may contain branches.
        dtype: "float64", or "float32" for programs with 7 digits in place of 16, in half the memory.

    The Values are written when somebody looks: before `metric` and `on_epoch` are called, which may change
    them, and when training ends, for whatever reason.

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
    check_model("fit", model)
    checked_loss(loss, "fit")
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        example = "SGD" if str(optimizer).lower() == "sgd" else "Adam"
        raise TypeError(f"fit: give an optimizer such as nn.{example}(0.01), not {optimizer!r}")
    if metric is not None and not callable(metric):
        raise TypeError(f"fit: the metric is a function, such as nn.accuracy, not {metric!r}")
    learning_rate = one_rate(learning_rate, lr, "fit")
    if optimizer is not None and learning_rate is not None:
        raise ValueError("fit: give a learning rate or an optimizer, which has its own, not both")
    check_counts(epochs, batch_size, patience, penalty)
    examples = checked_examples(model, inputs, targets, loss, sample_weight)
    watched = None if validation is None else checked_validation(model, validation, loss)
    trained = checked_parameters(model, parameters)
    is_weighted = any(each is not None and each.weights is not None for each in (examples, watched))
    run = _Run(
        model=model,
        loss=loss,
        metric=metric,
        optimizer=optimizer or SGD(0.1 if learning_rate is None else learning_rate),
        engine=make_engine(engine, model, loss, examples, dtype, is_weighted),
        trained=trained,
        penalty=penalty,
        validation=watched,
        patience=Patience(tolerance, patience),
        gradient_tolerance=gradient_tolerance,
        on_epoch=on_epoch,
    )
    batches = Batches(examples, batch_size, generator_of(seed) if shuffle else None)
    with progress_bar(epochs) if progress else nullcontext(lambda cost: None) as advance:
        run.train(batches, epochs, advance)
    if run.diverged:
        warnings.warn(f"fit: training {run.history.stopped}", RuntimeWarning, stacklevel=2)
    return run.history


@dataclass
class _Run:
    """The state of one call of `fit`: its arguments, and its results so far."""

    model: Module
    loss: LossFunction
    metric: Metric | None
    optimizer: Optimizer
    engine: Engine
    trained: list[Value]
    penalty: float
    validation: Examples | None
    patience: Patience
    gradient_tolerance: float
    on_epoch: Callable[[int, float], object] | None

    def __post_init__(self) -> None:
        self.history = History()
        self.diverged = False
        self.gradient: Array | None = None
        place = {parameter: n for n, parameter in enumerate(self.engine.parameters)}
        self.places = as_places(list(map(place.__getitem__, self.trained)))
        self.layers = places_of_weights(self.model, place)
        self.decay = np.zeros_like(self.engine.vector)
        for weight in penalised(self.model) if self.penalty else ():
            self.decay[place[weight]] += self.penalty
        if self.validation is not None:
            self.watched = self.engine.prepare(self.validation)[:]

    def train(self, batches: Batches, epochs: int, advance: Callable[[float], None]) -> None:
        """Train, and leave the right numbers in the Values, whatever ends it."""
        before = self.engine.vector.copy()
        try:
            self._epochs(batches, epochs, advance)
        except KeyboardInterrupt:
            self.history.stopped = f"interrupted after {self.history.epochs} epochs"
        except BaseException:
            self.engine.vector[...] = before
            self.engine.store()
            raise
        if self.patience.best is not None and (self.diverged or self.validation is not None):
            self.engine.vector[...] = self.patience.best
        self.engine.store(self.gradient)

    def _epochs(self, batches: Batches, epochs: int, advance: Callable[[float], None]) -> None:
        """Train epoch by epoch; whether to stop is decided before the last update of an epoch."""
        examples = self.engine.prepare(batches.examples)
        everything = examples[:] if batches.is_single else None
        for epoch in range(1, epochs + 1):
            tally = EpochTally()
            for chosen, is_last in batches.of_one_epoch():
                result = self._gradient(examples[chosen] if everything is None else everything, epoch)
                norms = {l: norm(result.gradient[places]) for l, places in self.layers.items()}
                tally.add(result, norms, self.metric is not None)
                if is_last:
                    self._record(epoch, tally, batches)
                    advance(tally.cost)
                    self.history.stopped = self._reason_to_stop(epoch, tally.cost)
                    if self.history.stopped:
                        return
                self._update(result.gradient)
        self.history.stopped = f"all {epochs} epochs done"

    def _gradient(self, batch: Any, epoch: int) -> BatchResult:
        try:
            result = self.engine.gradient(batch)
        except ArithmeticError as error:
            error.add_note(f"in epoch {epoch} of training; a smaller learning rate may help")
            raise
        if not math.isfinite(result.cost):
            raise FloatingPointError(
                f"fit: the cost is {result.cost} in epoch {epoch}; a smaller learning rate may help"
            )
        if self.penalty:  # λ/2 Σ w², a term of its own, outside the recursion
            pull = self.decay * self.engine.vector
            result.cost += 0.5 * float(np.vdot(pull, self.engine.vector))
            result.gradient = result.gradient + pull
        self.gradient = result.gradient
        return result

    def _update(self, gradient: Array) -> None:
        vector, places = self.engine.vector, self.places  # an optimizer may be the user's: it gets copies
        vector[places] = self.optimizer.update(vector[places].copy(), gradient[places].copy())

    def _record(self, epoch: int, tally: EpochTally, batches: Batches) -> None:
        history = self.history
        history.cost.append(tally.cost)
        by_neuron = tally.neuron_norms()
        append_by_layer(history.delta, {l: norm(each) for l, each in by_neuron.items()})
        if isinstance(self.model, MLP):
            whole = {l: each.tolist() for l, each in by_neuron.items() if len(each) == self.model.sizes[l]}
            append_by_layer(history.neurons, whole)
        append_by_layer(history.gradient, tally.gradient_norms())
        if self.validation is not None:
            cost, outputs = self.engine.evaluate(self.watched, with_outputs=self.metric is not None)
            if not math.isfinite(cost):
                raise FloatingPointError(
                    f"fit: the cost of the validation examples is {cost} in epoch {epoch}"
                )
            history.validation_cost.append(cost)
        if self.metric is not None:
            with self._values():
                history.metric.append(self.metric(np.concatenate(tally.outputs), batches.targets()))
                if self.validation is not None:
                    history.validation_metric.append(self.metric(outputs, self.validation.targets))

    @contextmanager
    def _values(self) -> Iterator[None]:
        """Within it the Values have the numbers and gradients, and may be changed."""
        self.engine.store(self.gradient)
        yield
        self.engine.load()

    def _reason_to_stop(self, epoch: int, cost: float) -> str:
        """Why training ends with this epoch; "" if it goes on."""
        watched = self.history.cost if self.validation is None else self.history.validation_cost
        exhausted = self.patience.is_exhausted(epoch, watched[-1], self.engine.vector)
        answer: object = None
        if self.on_epoch is not None:  # which may change the weights that this cost is of
            with self._values():
                answer = self.on_epoch(epoch, cost)
        self.diverged = has_diverged(watched[0], self.patience.best_cost, watched[-1])
        if self.diverged:
            return (
                f"diverged in epoch {epoch}: the cost went from {watched[0]:.4g} to {watched[-1]:.4g}; "
                "the model has the weights of its best epoch, and a smaller learning rate may help"
            )
        if isinstance(answer, (bool, np.bool_)) and answer:
            return f"on_epoch returned True in epoch {epoch}"
        if exhausted:
            return f"no progress for {self.patience.epochs} epochs"
        assert self.gradient is not None  # there was a batch
        is_flat = norm(self.gradient[self.places]) <= self.gradient_tolerance
        return f"‖∇C‖ ≤ {self.gradient_tolerance}" if is_flat else ""
