"""Losses: the cost Cₙ of one example, and the mean over examples, C = 1/N Σₙ Cₙ (document 000)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from minigrad import Value, total

Outputs = Value | Sequence[Value]
Targets = float | Sequence[float]
Loss = Callable[[Outputs, Targets], Value]


def squared_error(outputs: Outputs, targets: Targets) -> Value:
    """Cₙ = Σⱼ (aⱼ − yⱼ)², without the factor ½ that some texts add.

    Raises ValueError unless there are as many targets as outputs.

    >>> squared_error(Value(3.0), 1.0).data
    4.0
    """
    outputs, targets = paired(outputs, targets)
    squares = [(a - y) ** 2 for a, y in zip(outputs, targets)]
    return squares[0] if len(squares) == 1 else total(squares)


def mean(costs: Sequence[Value]) -> Value:
    """C = 1/N Σₙ Cₙ. Raises ValueError for no costs at all.

    >>> mean([Value(1.0), Value(3.0)]).data
    2.0
    """
    if not costs:
        raise ValueError("mean: there are no costs to average; give at least one example")
    return total(costs) / len(costs)


def paired(outputs: Outputs, targets: Targets) -> tuple[Sequence[Value], Sequence[float]]:
    """Outputs and targets as two sequences of the same length."""
    outputs = [outputs] if isinstance(outputs, Value) else outputs
    wanted = list(targets) if isinstance(targets, Iterable) else [targets]
    if len(outputs) != len(wanted):
        raise ValueError(f"loss: {len(outputs)} outputs need as many targets, not {len(wanted)}")
    return outputs, wanted
