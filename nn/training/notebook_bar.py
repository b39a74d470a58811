"""A progress bar for a notebook: one line of HTML, written anew as training goes on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECONDS = 0.1  # between two messages; a browser needs no more, and training would wait for them


def in_notebook() -> bool:
    """Whether this runs in the kernel of a notebook, and not in a terminal.

    >>> in_notebook()
    False
    """
    ipython = sys.modules.get("IPython")  # who runs in its kernel has imported it
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


@contextmanager
def notebook_bar(epochs: int) -> Iterator[Callable[[float], None]]:
    """A bar of that many epochs, which stays where training ends; call what it gives with each cost."""
    from IPython.display import HTML, display

    start = shown = time.monotonic()
    handle = display(HTML(bar(0, epochs)), display_id=True)
    done, latest = 0, 0.0

    def advance(cost: float) -> None:
        nonlocal done, latest, shown
        done, latest, now = done + 1, cost, time.monotonic()
        if now - shown >= SECONDS:
            shown = now
            handle.update(HTML(bar(done, epochs, cost, now - start)))

    try:
        yield advance
    finally:
        handle.update(HTML(bar(done, epochs, latest)))


def bar(done: int, epochs: int, cost: float = 0.0, seconds: float = 0.0) -> str:
    """The line: how many epochs are done, C, and how many seconds are left at this speed, if that is told.

    >>> bar(5, 10, 0.25, 3.0)
    '<progress value="5" max="10"></progress> epoch 5/10, C 0.25, 3 s left'
    """
    known = f", C {cost:.4g}" if done else ""
    left = f", {seconds / done * (epochs - done):.0f} s left" if done and seconds else ""
    return f'<progress value="{done}" max="{epochs}"></progress> epoch {done}/{epochs}{known}{left}'
