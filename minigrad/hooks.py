"""The hooks of the engine: what may be called on recording, after a backward pass, by debugger and notebook.

    hook               what it holds                                            who uses it
    AFTER_RECORDING    a function of each new node, called once it is whole     no_grad, detect_anomaly
    AFTER_BACKWARD     a function of all nodes of the pass, operands first      detect_anomaly
    HOOKED             what is set on recording in any thread; while it is empty, nobody has to be asked
    READING_ROW        whether a row is being read with Values                  grad with create_graph
    BEFORE_GRADIENT    functions of a compiled program and a batch, called      python -m minigrad.debugger
                       before the program computes its gradient
    EXTENSIONS         by command, a function of the prompt and of what was     minigrad.debugger.command
                       typed after the command
    LIBRARIES          folders whose lines no node is said to come from         nn
    FORMS              by class, a function of a thing that gives it as HTML    minigrad.display, viz

AFTER_RECORDING, AFTER_BACKWARD and READING_ROW belong to a thread, or an asynchronous task, and are set for
the time of a `with setting(hook, value):`. A hook on recording joins those that are there:
`after_recording(function)`. The others belong to the process. (`python -m minigrad.debugger` puts its prompt
in the place of `Value.backward`, and so into each thread of the script.)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, TypeVar

from minigrad.contexts import context

T = TypeVar("T")

# Of nodes and prompts, which are defined on top of this file, as Any.
AFTER_RECORDING: ContextVar[Callable[[Any], None] | None] = ContextVar("after_recording", default=None)
AFTER_BACKWARD: ContextVar[Callable[[list[Any]], None]] = ContextVar(
    "after_backward", default=lambda order: None
)
READING_ROW: ContextVar[bool] = ContextVar("reading_row", default=False)
HOOKED: list[Callable[[Any], None]] = []
EXTENSIONS: dict[str, Callable[[Any, str], None]] = {}
FORMS: dict[type, Callable[[Any], str]] = {}
LIBRARIES = [os.path.dirname(__file__) + os.sep]
BEFORE_GRADIENT: list[Callable[[Any, Any], None]] = []


@context
def setting(hook: ContextVar[T], value: T) -> Iterator[None]:
    """Within it, in this thread or asynchronous task, a hook has that value.

    >>> with setting(READING_ROW, True):
    ...     READING_ROW.get()
    True
    """
    token = hook.set(value)
    try:
        yield
    finally:
        hook.reset(token)


@context
def after_recording(change: Callable[[Any], None]) -> Iterator[None]:
    """Within it each new node is given to `change`, after what is done with it already."""
    earlier = AFTER_RECORDING.get()

    def both(node: Any) -> None:
        if earlier is not None:
            earlier(node)
        change(node)

    HOOKED.append(both)
    try:
        with setting(AFTER_RECORDING, both):
            yield
    finally:
        HOOKED.remove(both)
