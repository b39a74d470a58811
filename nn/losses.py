"""Losses: the cost Cₙ of one example, and the mean over examples, C = 1/N Σₙ Cₙ (document 000).

After this file you can train for numbers, for yes or no, and for one of several classes, or with a loss of
your
own: any function of the outputs and a target that returns a Value.

Glossary
    a           an output of the network, aᴸⱼ; n_L of them
    y           the target: n_L numbers (one number if n_L = 1), or for the cross-entropies on several outputs
                also a label 0 … n_L − 1
    logit       an output that is a pre-activation: σ or softmax of it is the probability

Each cross-entropy comes in two forms of the same number. On probabilities the last σ′ cancels node by node,
as (a − y) / (a (1 − a)) · a (1 − a); on logits δᴸ = a − y is there at once, and no logit is too large.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from minigrad import Value, dot, logsumexp, softplus, total

Outputs = Value | Sequence[Value]
Targets = Any  # a number, a label, or a sequence of numbers (NumPy's too); Values when a program is compiled
Loss = Callable[[Outputs, Targets], Value]


def squared_error(outputs: Outputs, targets: Targets) -> Value:
    """Cₙ = Σⱼ (aⱼ − yⱼ)², without the factor ½ that some texts add; ∂Cₙ/∂aⱼ = 2 (aⱼ − yⱼ).

    n_L outputs and n_L targets. Raises ValueError unless there are as many targets as outputs.
    Source: document 001, "MSE".

    >>> squared_error(Value(3.0), 1.0).data
    4.0
    """
    outputs, targets = paired(outputs, targets)
    return _sum([(a - y) ** 2 for a, y in zip(outputs, targets)])


def half_squared_error(outputs: Outputs, targets: Targets) -> Value:
    """Cₙ = ½ Σⱼ (aⱼ − yⱼ)²; ∂Cₙ/∂aⱼ = aⱼ − yⱼ.

    n_L outputs and n_L targets. Raises ValueError unless there are as many targets as outputs.
    Source: Nielsen (2015), equation 6 for one example.

    >>> half_squared_error(Value(3.0), 1.0).data
    2.0
    """
    return squared_error(outputs, targets) / 2


def binary_cross_entropy(outputs: Outputs, targets: Targets) -> Value:
    """Cₙ = −Σⱼ (yⱼ log aⱼ + (1 − yⱼ) log (1 − aⱼ)) of probabilities; ∂Cₙ/∂aⱼ = (aⱼ − yⱼ) / (aⱼ (1 − aⱼ)).

    n_L outputs in 0 … 1 and n_L targets in 0 … 1. A term of factor 0 is left out, so that a = y = 1 costs 0.
    Raises ValueError for targets outside 0 … 1 or a wrong number of them, and where a logarithm is of 0.
    Source: Nielsen (2015), equation 63.

    >>> round(binary_cross_entropy(Value(0.5), 1.0).data, 6)
    0.693147
    """
    outputs, targets = paired(outputs, check_probabilities(targets))
    terms = []
    for a, y in zip(outputs, targets):
        if isinstance(y, Value) or y != 0.0:
            terms.append(y * a.log())
        if isinstance(y, Value) or y != 1.0:
            terms.append((1.0 - y) * (1.0 - a).log())
    return -_sum(terms)


def binary_cross_entropy_on_logits(outputs: Outputs, targets: Targets) -> Value:
    """Cₙ = Σⱼ (log (1 + e^zⱼ) − yⱼ zⱼ), the binary cross-entropy of a = σ(z); ∂Cₙ/∂zⱼ = σ(zⱼ) − yⱼ.

    n_L outputs z, any numbers, and n_L targets in 0 … 1. Raises ValueError as `binary_cross_entropy` does.
    Source: Nielsen (2015), equation 63, with a = σ(z) put in.

    >>> round(binary_cross_entropy_on_logits(Value(0.0), 1.0).data, 6)
    0.693147
    """
    outputs, targets = paired(outputs, check_probabilities(targets))
    return _sum([softplus(z) - z * y for z, y in zip(outputs, targets)])


def cross_entropy(outputs: Outputs, targets: Targets) -> Value:
    """Cₙ = −Σⱼ yⱼ log aⱼ of probabilities that add up to 1, a softmax layer's; ∂Cₙ/∂aⱼ = −yⱼ / aⱼ.

    n_L ≥ 2 outputs; y is a label 0 … n_L − 1, or n_L probabilities. Raises ValueError for outputs that do not
    add up to 1, a label out of range, targets that are no probabilities. Source: Bishop (2006), equation
    4.108.

    >>> round(cross_entropy([Value(0.25), Value(0.75)], 1).data, 6)
    0.287682
    """
    outputs, targets = _classes(outputs, targets)
    whole = sum(a.data for a in outputs)
    if abs(whole - 1.0) > 1e-6:  # a softmax is off by a few 1e-16; logits are off by far more
        raise ValueError(
            f"cross_entropy: the outputs must be probabilities that add up to 1, not to {whole:.6g}; "
            "use softmax as output activation, or cross_entropy_on_logits"
        )
    return -_sum([y * a.log() for a, y in zip(outputs, targets) if isinstance(y, Value) or y != 0.0])


def cross_entropy_on_logits(outputs: Outputs, targets: Targets) -> Value:
    """Cₙ = log Σⱼ e^zⱼ − Σⱼ yⱼ zⱼ, the cross-entropy of a = softmax(z); ∂Cₙ/∂zⱼ = aⱼ − yⱼ.

    n_L ≥ 2 outputs z, any numbers; y is a label 0 … n_L − 1, or n_L probabilities. Raises ValueError for a
    label out of range, targets that are no probabilities. Source: Bishop (2006), equation 4.108, with softmax
    put in.

    >>> round(cross_entropy_on_logits([Value(0.0), Value(0.0)], 1).data, 6)
    0.693147
    """
    outputs, targets = _classes(outputs, targets)
    if any(isinstance(y, Value) for y in targets):
        return logsumexp(outputs) - dot(outputs, targets)
    return logsumexp(outputs) - _sum([z if y == 1.0 else z * y for z, y in zip(outputs, targets) if y != 0.0])


def checked_cost(cost: object, loss: Loss) -> Value:
    """What a loss returned. Raises TypeError, with the loss's name, if it is no Value.

    >>> checked_cost(Value(2.0), squared_error).data
    2.0
    """
    if not isinstance(cost, Value):
        name = getattr(loss, "__name__", str(loss))
        raise TypeError(f"loss {name}: it must return a Value, not {type(cost).__name__}")
    return cost


def mean(costs: Sequence[Value]) -> Value:
    """C = 1/N Σₙ Cₙ of N Values. Raises ValueError for no costs at all. Source: document 000.

    >>> mean([Value(1.0), Value(3.0)]).data
    2.0
    """
    if not costs:
        raise ValueError("mean: there are no costs to average; give at least one example")
    return total(costs) / len(costs)


def l2_penalty(weights: Iterable[Value], strength: float) -> Value:
    """λ/2 Σ w², of which each weight's gradient is λ w: a term of its own, outside the δ recursion.

    Biases are usually left out. Raises ValueError for no weights, or a strength below 0.
    Source: Nielsen (2015), equation 87, with λ for his λ/n.

    >>> l2_penalty([Value(3.0), Value(4.0)], 0.1).data
    1.25
    """
    if not strength >= 0:
        raise ValueError(f"l2_penalty: the strength must be >= 0, not {strength}")
    return total([w * w for w in weights]) * (strength / 2)


# --- targets ---------------------------------------------------------------------------------------------


def paired(outputs: Outputs, targets: Targets) -> tuple[list[Value], list[Any]]:
    """Outputs and targets as two lists of the same length. Raises ValueError if they are not.

    >>> paired(Value(3.0), 1)[1]
    [1.0]
    """
    nodes = [outputs] if isinstance(outputs, Value) else list(outputs)
    given = list(targets) if isinstance(targets, Iterable) else [targets]
    wanted = [y if isinstance(y, Value) else _number(y) for y in given]
    if len(nodes) != len(wanted):
        raise ValueError(f"loss: {len(nodes)} outputs need as many targets, not {len(wanted)}")
    return nodes, wanted


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


def check_probabilities(targets: Targets) -> Targets:
    """The targets as they are. Raises ValueError for one outside 0 … 1.

    >>> check_probabilities(1.0)
    1.0
    """
    for y in targets if isinstance(targets, Iterable) else [targets]:
        if not isinstance(y, Value) and not 0 <= _number(y) <= 1:
            raise ValueError(f"loss: a target must lie in 0 … 1, not {y}")
    return targets


def _classes(outputs: Outputs, targets: Targets) -> tuple[list[Value], list[Any]]:
    """Outputs and as many probabilities, which a label is turned into."""
    if isinstance(outputs, Value):
        raise ValueError(
            "loss: the cross-entropy of classes needs 2 outputs or more; use binary_cross_entropy"
        )
    if not isinstance(targets, (Iterable, Value)):
        targets = one_hot(targets, len(outputs))
    nodes, wanted = paired(outputs, check_probabilities(targets))
    numbers_given = [y for y in wanted if not isinstance(y, Value)]
    if len(numbers_given) == len(wanted) and abs(sum(numbers_given) - 1.0) > 1e-9:
        raise ValueError(
            f"loss: the targets of one example must add up to 1, not to {sum(numbers_given):.6g}"
        )
    return nodes, wanted


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


def _sum(terms: Sequence[Value]) -> Value:
    return terms[0] if len(terms) == 1 else total(terms)
