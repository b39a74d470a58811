"""What a loss is: its value, its ∂C/∂a, and the targets that it takes, in one row.

>>> from minigrad import total
>>> from nn import loss
>>> @loss(gradient=lambda a, y: 4 * (a - y) ** 3)
... def fourth_power(outputs, targets):
...     return total([(a - y) ** 4 for a, y in zip(outputs, targets)])
>>> fourth_power(Value(3.0), 1.0).data
16.0
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import update_wrapper
from typing import Any, Literal, TypeGuard

import numpy as np
from numpy.typing import NDArray

from minigrad import Value

Array = NDArray[np.float64]
Outputs = Value | Sequence[Value]
Targets = Any  # a number, a label, or a sequence of numbers (NumPy's too); Values when a program is compiled
Formula = Callable[[list[Value], list[Any]], Value]
# A row, or any function of what the network gives, a Value or n_L of them, and a target.
LossFunction = Callable[[Any, Any], Value]


@dataclass(eq=False, repr=False)
class Loss:
    """A loss Cₙ(a, y), applied by calling it with a Value or a list of n_L Values, and what is expected.

    It raises ValueError unless there are as many targets as outputs, and for targets of another kind.

    >>> distance = Loss(lambda outputs, targets: abs(outputs[0] - targets[0]), lambda a, y: np.sign(a - y))
    >>> distance(Value(3.0), 1.0).data
    2.0
    """

    value: Formula  # n_L outputs and n_L targets, as lists → Cₙ; compiled, so it must not branch on an output
    gradient: Callable[[Array, Array], Array]  # ∂Cₙ/∂a of a and y, both of shape (n_L,) or (n_L, N)
    _: KW_ONLY
    # Any numbers; numbers in 0 … 1; or probabilities of n_L ≥ 2 classes, for which a label may stand.
    targets: Literal["numbers", "probabilities", "classes"] = "numbers"
    on_probabilities: Loss | None = None  # where a is a logit: the same loss of σ(a) or softmax(a)

    def __post_init__(self) -> None:
        update_wrapper(self, self.value)  # name, docstring and signature are those of the function

    def __call__(self, outputs: Outputs, targets: Targets) -> Value:
        """Cₙ of a Value and its target, or of n_L Values and n_L targets or a label."""
        nodes = [outputs] if isinstance(outputs, Value) else _nodes(outputs, name_of(self))
        return self.value(nodes, self.targets_of(targets, len(nodes)))

    def targets_of(self, targets: Targets, n_outputs: int) -> list[Any]:
        """The targets of one example as n_L numbers or Values. Raises ValueError if they do not fit."""
        if self.targets == "classes":
            return _classes(targets, n_outputs)
        return paired(targets if self.targets == "numbers" else check_probabilities(targets), n_outputs)

    # fmt: off
    def __repr__(self) -> str: return f"<loss {self.value.__name__}>"
    def __reduce__(self) -> str: return self.value.__qualname__  # pickled by name, as a function is
    # fmt: on


def loss(gradient: Callable[[Array, Array], Array], **facts: Any) -> Callable[[Formula], Loss]:
    """Make the decorated function, of lists of n_L outputs and targets, a `Loss`; keywords as of `Loss`.

    Raises TypeError for a decorator without its gradient.

    >>> @loss(gradient=lambda a, y: np.sign(a - y))
    ... def distance(outputs, targets):
    ...     return abs(outputs[0] - targets[0])
    >>> distance, distance.gradient(np.array([3.0]), np.array([1.0]))
    (<loss distance>, array([1.]))
    """

    def make(value: Formula) -> Loss:
        if not callable(value):
            raise TypeError("loss: write @loss(gradient=…), with ∂C/∂a in brackets")
        return Loss(value, gradient, **facts)

    return make


def name_of(loss: object) -> str:
    """What errors call a loss.

    >>> name_of(len)
    'len'
    """
    return getattr(loss, "__name__", str(loss))


# What people call the losses elsewhere: a message that names the function.
KNOWN_AS = {
    "bce": "binary_cross_entropy",
    "log_loss": "binary_cross_entropy",
    "bce_with_logits": "binary_cross_entropy_on_logits",
    "categorical_crossentropy": "cross_entropy",
    "sparse_categorical_crossentropy": "cross_entropy",
    "ce": "cross_entropy",
    "nll": "cross_entropy",
    "mseloss()": "squared_error",
    "bceloss()": "binary_cross_entropy",
    "bcewithlogitsloss()": "binary_cross_entropy_on_logits",
    "crossentropyloss()": "cross_entropy_on_logits",
}
LOSS_NAMES = (
    "squared_error", "half_squared_error", "binary_cross_entropy", "binary_cross_entropy_on_logits",
    "cross_entropy", "cross_entropy_on_logits",
)  # fmt: skip


def checked_loss(loss: LossFunction, who: str) -> LossFunction:
    """The loss, if it is a function. A name is no loss: the TypeError says which function it stands for.

    >>> checked_loss("mse", "fit")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    TypeError: fit: the loss is a function, such as nn.squared_error, not 'mse'; nn has squared_error, ...
    """
    if callable(loss) and not type(loss).__module__.startswith("torch."):
        return loss
    name = str(loss).lower().replace("-", "_").replace(" ", "_")
    name = KNOWN_AS.get(name, name)
    example = name if name in LOSS_NAMES else LOSS_NAMES[0]
    raise TypeError(
        f"{who}: the loss is a function, such as nn.{example}, not {loss!r}; nn has {', '.join(LOSS_NAMES)}"
    )


def checked_cost(cost: object, loss: LossFunction) -> Value:
    """What a loss returned. Raises TypeError, with the loss's name, if it is no Value.

    >>> checked_cost(Value(2.0), abs).data
    2.0
    """
    if not isinstance(cost, Value):
        raise TypeError(f"loss {name_of(loss)}: it must return a Value, not {type(cost).__name__}")
    return cost


def are_several(targets: Targets) -> TypeGuard[Iterable[Any]]:
    """Whether targets come one after another; an array or tensor without axes is one number.

    >>> are_several([1.0]), are_several(np.array(1.0))
    (True, False)
    """
    return isinstance(targets, Iterable) and getattr(targets, "shape", None) != ()


def paired(targets: Targets, n_outputs: int) -> list[Any]:
    """The targets as a list, one an output. Raises ValueError for another number of them.

    >>> paired(1, 1)
    [1.0]
    """
    given = list(targets) if are_several(targets) else [targets]
    wanted = [y if isinstance(y, Value) else _number(y) for y in given]
    if len(wanted) != n_outputs:
        raise ValueError(f"loss: {n_outputs} outputs need as many targets, not {len(wanted)}")
    return wanted


def one_hot(label: int, n_classes: int) -> list[float]:
    """A label as n_classes probabilities, 1 for the label and 0 elsewhere.

    Raises ValueError for a label that is not a whole number in 0 … n_classes − 1.

    >>> one_hot(1, 3)
    [0.0, 1.0, 0.0]
    """
    number = _number(label)
    if number != int(number) or not 0 <= number < n_classes:
        raise ValueError(f"loss: a label must be a whole number in 0 … {n_classes - 1}, not {label}")
    return [1.0 if c == number else 0.0 for c in range(n_classes)]


# The distance from 1 to the next number, by the name of a type; a rounded number is off by half of it.
EXACT = 2.0**-52  # of Python's own
EPSILONS = {"bfloat16": 2.0**-7, "float16": 2.0**-10, "float32": 2.0**-23}


def epsilon_of(targets: Targets) -> float:
    """The ε of the coarsest type of floats among the targets; 2⁻⁵² for Python's own.

    >>> epsilon_of(np.array([0.5], np.float32)) == 2.0**-23, epsilon_of([0.5, 1]) == 2.0**-52
    (True, True)
    """
    own = getattr(targets, "dtype", "object")  # of an array, each of whose numbers has it
    given = targets if are_several(targets) else [targets]
    types = {own} if own != "object" else {getattr(y, "dtype", "") for y in given}  # few, unlike their names
    names = (str(each).rpartition(".")[2] for each in types)  # torch's begin with torch.
    return max((EPSILONS.get(name, EXACT) for name in names), default=EXACT)


def check_probabilities(targets: Targets) -> Targets:
    """The targets as they are. Raises ValueError for one outside 0 … 1 by more than its type's rounding.

    >>> check_probabilities(1.0)
    1.0
    """
    rounding = 8 * epsilon_of(targets)  # a sum of a few rounded numbers
    for y in targets if are_several(targets) else [targets]:
        if not isinstance(y, Value) and not -rounding <= _number(y) <= 1 + rounding:
            raise ValueError(f"loss: a target must lie in 0 … 1, not {y}")
    return targets


def _nodes(outputs: Any, name: str) -> list[Value]:
    nodes = [] if isinstance(outputs, str) or not isinstance(outputs, Iterable) else list(outputs)
    if not nodes or not all(hasattr(node, "record_operation") for node in nodes):
        raise TypeError(f"{name}: the outputs are a Value or a list of Values, not {outputs!r}")
    return nodes


def _classes(targets: Targets, n_outputs: int) -> list[Any]:
    """As many probabilities as outputs, which a label is turned into."""
    if n_outputs == 1:
        raise ValueError(
            "loss: the cross-entropy of classes needs 2 outputs or more; use binary_cross_entropy"
        )
    if not are_several(targets) and not isinstance(targets, Value):
        return list(one_hot(targets, n_outputs))
    if are_several(targets) and len(list(targets)) == 1:
        raise ValueError(
            f"loss: {n_outputs} outputs need as many targets, or a label, which is no list or row"
        )
    wanted = paired(check_probabilities(targets), n_outputs)
    numbers_given = [y for y in wanted if not isinstance(y, Value)]
    excess = math.fsum(numbers_given) - 1.0
    # Floats may have been float32 before, as those of a list; a type that is coarser is known by its name.
    if len(numbers_given) == len(wanted) and abs(excess) > max(1e-6, 8 * epsilon_of(targets)):
        raise ValueError(f"loss: the targets of one example must add up to 1, not to {not_one(excess)}")
    return wanted


def not_one(excess: float) -> str:
    """A sum that is not 1, with as many digits as it takes to see that.

    >>> not_one(-0.25), not_one(2.5e-5)
    ('0.75', '1.000025 (1 + 2.5e-05)')
    """
    if abs(excess) >= 1e-3:
        return f"{1 + excess:.6g}"
    return f"{1 + excess:.10g} (1 {'+' if excess > 0 else '−'} {abs(excess):.2g})"


def _number(target: object) -> float:
    if isinstance(target, numbers.Real):
        number = float(target)
    elif getattr(target, "shape", None) in ((), (1,)):  # an entry, or a column's row, of an array
        number = float(target.item())  # type: ignore[attr-defined]  # what has such a shape has item()
    else:
        raise TypeError(f"loss: a target must be a number or a list of numbers, not {target!r}")
    if not math.isfinite(number):
        raise ValueError(f"loss: a target must be finite, not {number}")
    return number
