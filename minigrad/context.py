"""Contexts that change how nodes are made, of which `no_grad` is the simplest.

After this file you know that every node is made in one place, and how to be there when it is. A context
belongs to the thread, or the asynchronous task, that entered it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from minigrad import rules
from minigrad.value import RECORDER, Value


@contextmanager
def after_recording(change: Callable[[Value], None]) -> Iterator[None]:
    """Every node is recorded as it would be, and then given to `change`."""
    record = RECORDER.get()

    def record_and_change(*facts: Any) -> Value:
        node = record(*facts)
        change(node)
        return node

    token = RECORDER.set(record_and_change)
    try:
        yield
    finally:
        RECORDER.reset(token)


def no_grad() -> AbstractContextManager[None]:
    """Results are constants: no graph is kept, and nothing flows back through them.

    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.operands
    (9.0, ())
    """
    return after_recording(_detach)


def _detach(node: Value) -> None:
    node.op, node.operands, node.local_derivatives = rules.constant, (), ()
