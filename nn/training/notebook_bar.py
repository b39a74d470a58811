"""A progress bar for a notebook: one line of HTML, written anew as training goes on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

SECONDS = 0.1  # between two messages; a browser needs no more, and training would wait for them


def notebook_line() -> Callable[[str], None] | None:
    """What writes a line of HTML below the cell, in place of its last one; None outside a notebook's kernel.

    >>> notebook_line() is None
    True
    """
    ipython = sys.modules.get("IPython")  # who runs in its kernel has imported it
    if ipython is None or not hasattr(ipython.get_ipython(), "kernel"):
        return None
    handle = import_module("IPython.display").display({"text/plain": ""}, raw=True, display_id=True)
    return lambda html: handle.update({"text/html": html, "text/plain": html.split("> ")[1]}, raw=True)


@contextmanager
def notebook_bar(epochs: int, show: Callable[[str], None]) -> Iterator[Callable[[float], None]]:
    """A bar of that many epochs, which stays where training ends; call what it gives with each cost.

    >>> with notebook_bar(2, print) as advance:
    ...     advance(0.5)
    <progress value="0" max="2"></progress> epoch 0/2
    <progress value="1" max="2"></progress> epoch 1/2, C 0.5
    """
    start = shown = time.monotonic()
    done, latest = 0, 0.0

    def advance(cost: float) -> None:
        nonlocal done, latest, shown
        done, latest, now = done + 1, cost, time.monotonic()
        if now - shown >= SECONDS:
            shown = now
            show(bar(done, epochs, cost, now - start))

    show(bar(0, epochs))
    try:
        yield advance
    finally:
        show(bar(done, epochs, latest))


def bar(done: int, epochs: int, cost: float = 0.0, seconds: float = 0.0) -> str:
    """The line: how many epochs are done, C, and how many seconds are left at this speed, if that is told.

    >>> bar(5, 10, 0.25, 3.0)
    '<progress value="5" max="10"></progress> epoch 5/10, C 0.25, 3 s left'
    """
    known = f", C {cost:.4g}" if done else ""
    left = f", {seconds / done * (epochs - done):.0f} s left" if done and seconds else ""
    return f'<progress value="{done}" max="{epochs}"></progress> epoch {done}/{epochs}{known}{left}'
