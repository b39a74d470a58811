"""What a picture can be drawn of, told to a caller who gave something else."""

from __future__ import annotations

from minigrad import Value
from nn import BatchTrace, History, Module, TorchTrace, Trace


def check_value(function: str, given: object) -> None:
    """Raises TypeError for what is no Value, and says which one to give.

    >>> from nn import MLP
    >>> check_value("graph", MLP(2, [1], seed=0))
    Traceback (most recent call last):
        ...
    TypeError: graph: it takes a Value, not MLP; trace an input, t = nn.trace(model, x, y), and give t.cost
    """
    if not isinstance(given, Value):
        raise TypeError(f"{function}: it takes a Value, not {type(given).__name__}{_remedy_for_value(given)}")


def check_trace(function: str, given: object) -> None:
    """Raises TypeError for what is no Trace, and says how to make one.

    >>> check_trace("network", Value(1.0))
    Traceback (most recent call last):
        ...
    TypeError: network: it takes a trace, not Value; give nn.trace(model, x, y); viz.graph draws Values
    """
    if not isinstance(given, Trace):
        raise TypeError(f"{function}: it takes a trace, not {type(given).__name__}{_remedy_for_trace(given)}")


def check_history(given: object) -> None:
    """Raises TypeError for what is no History.

    >>> check_history([1.0, 0.5])
    Traceback (most recent call last):
        ...
    TypeError: history: it takes a History, not list; give what nn.fit returns
    """
    if not isinstance(given, History):
        raise TypeError(f"history: it takes a History, not {type(given).__name__}; give what nn.fit returns")


def _remedy_for_value(given: object) -> str:
    if isinstance(given, Trace | BatchTrace):
        return "; give its cost, as in t.cost"
    if isinstance(given, Module):
        return "; trace an input, t = nn.trace(model, x, y), and give t.cost"
    return "; give the result of a computation, such as a cost"


def _remedy_for_trace(given: object) -> str:
    if isinstance(given, BatchTrace):
        return "; give one of its .traces, as in batch.traces[0]: a δ belongs to one example"
    if isinstance(given, TorchTrace):
        return "; give nn.trace(nn.from_torch(network), x, y)"
    if isinstance(given, Value):
        return "; give nn.trace(model, x, y); viz.graph draws Values"
    return "; give nn.trace(model, x, y)"
