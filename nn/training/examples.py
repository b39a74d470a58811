"""The examples of a training run, checked before anything is changed, and in batches, shuffled if wanted.

Glossary: N examples; inputs have shape (N, n_0), with an example in each row; there are N targets, and N
weights or none.
"""

from __future__ import annotations

import numbers
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad import Value
from minigrad.display import one_line
from nn.activations import SOFTMAX
from nn.arrays import as_floats
from nn.loss_rows import EXACT, Loss, LossFunction, Targets, are_several, epsilon_of, name_of
from nn.mlp import MLP
from nn.module import Module

Array = NDArray[np.float64]


@dataclass
class Examples:
    """N examples: inputs (N, n_0), N targets, and how much each of them counts, shape (N,), or None.

    >>> examples = Examples(np.array([[1.0], [3.0]]), [0, 1])
    >>> examples[[1]].inputs, examples[[1]].targets, examples.count
    (array([[3.]]), [1], 2.0)
    """

    inputs: Array
    targets: Sequence[Targets]
    weights: Array | None = None

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, chosen: Any) -> Examples:
        """Some of them, by number, or all by [:]."""
        weights = None if self.weights is None else self.weights[chosen]
        is_all = isinstance(chosen, slice)
        targets = self.targets[chosen] if is_all else [self.targets[n] for n in chosen]
        return Examples(self.inputs[chosen], targets, weights)

    def __iter__(self) -> Iterator[tuple[list[float], Targets, float]]:
        """Each example's inputs, target and weight."""
        weights = [1.0] * len(self) if self.weights is None else self.weights.tolist()
        return ((x.tolist(), y, w) for x, y, w in zip(self.inputs, self.targets, weights, strict=True))

    @property
    def count(self) -> float:
        """Σₙ wₙ, which is N without weights."""
        return float(len(self)) if self.weights is None else float(self.weights.sum())


class Batches:
    """The examples in batches of one size (the last may be smaller), shuffled in each epoch if wanted.

    >>> batches = Batches(Examples(np.zeros((3, 1)), [0, 1, 2]), size=2, rng=None)
    >>> [(chosen, is_last) for chosen, is_last in batches.of_one_epoch()]
    [(slice(0, 2, None), False), (slice(2, 4, None), True)]
    """

    def __init__(self, examples: Examples, size: int | None, rng: random.Random | None) -> None:
        self.examples = examples
        self.size = size or len(examples)
        self.rng = rng if self.size < len(examples) else None  # a single batch needs no shuffling
        self.order = list(range(len(examples)))

    @property
    def is_single(self) -> bool:
        """Whether one batch has all examples."""
        return self.size >= len(self.examples)

    def of_one_epoch(self) -> Iterator[tuple[slice | NDArray[np.int64], bool]]:
        """(which examples, by number or as a slice, whether it is the last) of each batch."""
        count = len(self.examples)
        numbers = None
        if self.rng is not None:
            self.order = list(range(count))
            self.rng.shuffle(self.order)
            numbers = np.array(self.order)
        for start in range(0, count, self.size):
            part = slice(start, start + self.size)
            yield part if numbers is None else numbers[part], part.stop >= count

    def targets(self) -> list[Targets]:
        """The targets in the order of the epoch."""
        return [self.examples.targets[n] for n in self.order]


def checked_examples(
    model: Module,
    inputs: Any,
    targets: Any,
    loss: LossFunction,
    weights: Any = None,
    where: str = "fit",
) -> Examples:
    """The examples, those of weight 0 left out. Arrays of floats are not copied.

    Raises ValueError if there are no examples, a row has the wrong length, a target is missing, a number is
    not finite, a weight is below 0, or the loss refuses a target (the message has the number of the example,
    from 1); TypeError for what is not a number.

    >>> from nn import squared_error
    >>> checked_examples(MLP(2, [1]), np.array([[1, 2]]), np.array([0]), squared_error)
    Examples(inputs=array([[1., 2.]]), targets=[0], weights=None)
    """
    rows = _numbers(inputs, where)
    if len(rows) == 0:
        raise ValueError(f"{where}: there are no examples; give at least one")
    if rows.ndim != 2:
        raise ValueError(f"{where}: the inputs must have shape (examples, inputs), not {rows.shape}")
    if isinstance(model, MLP) and rows.shape[1] != model.sizes[0]:
        raise ValueError(f"{where}: the network takes {model.sizes[0]} inputs, not {rows.shape[1]}")
    bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if bad.size:
        raise ValueError(
            f"{where}: example {bad[0] + 1} has an input that is not finite: {rows[bad[0]].tolist()}"
        )
    if not are_several(targets):
        raise TypeError(f"{where}: give a list of targets, one an example, not {one_line(repr(targets), 40)}")
    is_coarse = isinstance(loss, Loss) and epsilon_of(targets) > EXACT  # the loss then allows for rounding
    wanted = targets.tolist() if hasattr(targets, "tolist") and not is_coarse else list(targets)
    if len(wanted) != len(rows):
        raise ValueError(f"{where}: {len(rows)} examples need as many targets, not {len(wanted)}")
    _check_output(model, loss, where)
    if not _are_fine(model, targets, loss):
        _check_targets(model, wanted, loss, where)
    examples = Examples(rows, wanted)
    return examples if weights is None else _weighted(examples, weights, where)


def checked_validation(model: Module, validation: tuple[Any, ...], loss: LossFunction) -> Examples:
    """The examples of `validation=`, a tuple of inputs, targets and, if wanted, sample weights.

    >>> from nn import squared_error
    >>> checked_validation(MLP(1, [1]), ([[1.0]], [0.0]), squared_error).count
    1.0
    """
    if not isinstance(validation, (tuple, list)) or len(validation) not in (2, 3):
        raise ValueError("fit: give validation=(inputs, targets) or (inputs, targets, sample weights)")
    inputs, targets, weights = (*validation, None)[:3]
    return checked_examples(model, inputs, targets, loss, weights, where="fit, validation")


def checked_parameters(model: Module, parameters: Iterable[Value] | None) -> list[Value]:
    """The parameters that are trained. Raises ValueError unless there are some, all of the model.

    >>> len(checked_parameters(MLP(2, [1]), None))
    3
    """
    known = model.parameters()
    if not known:
        raise ValueError("fit: the model has no parameters, so there is nothing to train")
    if parameters is None:
        return known
    trained = list(dict.fromkeys(parameters))
    strangers = [parameter for parameter in trained if parameter not in set(known)]
    if strangers:
        raise ValueError(f"fit: {strangers[0]!r} is no parameter of the model, so that it cannot be trained")
    if not trained:
        raise ValueError("fit: there is no parameter to train; leave parameters out to train all")
    return trained


def check_counts(epochs: int, batch_size: int | None, patience: int | None, penalty: float) -> None:
    """Raises TypeError or ValueError for a setting of `fit` that is no count, or a penalty below 0.

    >>> check_counts(10, None, None, 0.1)
    """
    for name, number in (("epochs", epochs), ("batch_size", batch_size), ("patience", patience)):
        if number is None and name != "epochs":
            continue
        if isinstance(number, bool) or not isinstance(number, numbers.Integral):
            raise TypeError(f"fit: {name} must be a whole number, not {number!r}")
        if number < 1:
            raise ValueError(f"fit: {name} must be at least 1, not {number}")
    if not penalty >= 0:
        raise ValueError(f"fit: the penalty must be >= 0, not {penalty}")


def _weighted(examples: Examples, weights: Any, where: str) -> Examples:
    """The examples with their weights, those of weight 0 left out."""
    try:
        given = np.array(weights, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{where}: sample_weight must be numbers, one an example: {error}") from None
    if given.shape != (len(examples),):
        raise ValueError(
            f"{where}: {len(examples)} examples need as many sample weights, not shape {given.shape}"
        )
    bad = np.flatnonzero(~(np.isfinite(given) & (given >= 0.0)))
    if bad.size:
        raise ValueError(
            f"{where}: a sample weight must be finite and >= 0, not {given[bad[0]]} of example {bad[0] + 1}"
        )
    counting = np.flatnonzero(given)
    if not counting.size:
        raise ValueError(f"{where}: every sample weight is 0, so that no example counts")
    examples.weights = given
    return examples if counting.size == len(examples) else examples[counting]


def _numbers(inputs: Any, where: str) -> Array:
    try:
        is_float = isinstance(inputs, np.ndarray) and inputs.dtype in (np.float32, np.float64)
        return inputs if is_float else as_floats(inputs)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"{where}: the inputs must be rows of numbers, all of one length: {error}"
        ) from None


def _check_output(model: Module, loss: LossFunction, where: str) -> None:
    """Refuses a loss on logits after a sigmoid or softmax, which would then be applied twice."""
    if not isinstance(model, MLP) or not isinstance(loss, Loss) or loss.on_probabilities is None:
        return
    output = model.layers[-1].activation
    if output in ("sigmoid", SOFTMAX):
        name, plain = name_of(loss), name_of(loss.on_probabilities)
        raise ValueError(
            f"{where}: {name} takes logits, not a {output}'s output; use {plain}, or no {output}"
        )


def _are_fine(model: Module, targets: Any, loss: LossFunction) -> bool:
    """Whether an array of targets, all at once, is what the loss takes; if not, one of them may still be."""
    if not isinstance(targets, np.ndarray) or targets.dtype.kind not in "fiu":
        return False
    if not isinstance(model, MLP) or not isinstance(loss, Loss):
        return False
    if targets.ndim != 2 or targets.shape[1] != model.sizes[-1] or not np.isfinite(targets).all():
        return False
    if loss.targets == "numbers":
        return True
    are_probabilities = bool(((targets >= 0) & (targets <= 1)).all())
    return are_probabilities and loss.targets == "probabilities"


def _check_targets(model: Module, targets: Sequence[Targets], loss: LossFunction, where: str) -> None:
    """Read each different target as a row of `nn.losses` will, for as many outputs as there are."""
    if not isinstance(loss, Loss) or not isinstance(model, MLP):
        return  # which targets a function of your own accepts is known only when training calls it
    are_numbers = all(issubclass(kind, numbers.Real) for kind in set(map(type, targets)))
    for n, y in enumerate(dict.fromkeys(targets) if are_numbers else targets, start=1):
        try:
            loss.targets_of(y, model.sizes[-1])
        except (TypeError, ValueError) as error:
            n = targets.index(y) + 1 if are_numbers else n
            raise type(error)(f"{where}: example {n}: {error}") from None
