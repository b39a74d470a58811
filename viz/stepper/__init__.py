"""Writes a page on which to step through a backward pass: one HTML file, for a class or for oneself.

page.py assembles it from the other files here and from browser/: page.html, page.css, and the scripts
position.js (what is known at a step), picture.js, cards.js, controls.js.
"""

from __future__ import annotations

from minigrad import Value, backward_steps
from nn import Trace
from viz.stepper.page import Page, page_of

__all__ = ["Page", "page_of", "steps"]


def steps(root: Value | Trace, *, title: str = "", notation: str = "002") -> Page:
    """The backward pass from a Value, or from the cost of a trace, as a page to step through.

    The pass starts from gradients of 0. Afterwards the gradients of the graph are what they were before.
    Raises TypeError for anything else, ValueError for a pass of more than 20,000 steps, or a trace without a
    target.

    >>> from minigrad import Value
    >>> x = Value(3.0, label="x")
    >>> page = steps(x * x + 1)
    >>> page.title, x.grad
    ('Backward pass from root', 0.0)
    """
    if not isinstance(root, Value | Trace):
        raise TypeError(
            "steps: give the Value whose gradients are asked for, or nn.trace(model, x, y) of a network, "
            f"not {type(root).__name__}"
        )
    journal = backward_steps(root.cost if isinstance(root, Trace) else root, from_zero=True)
    try:
        return page_of(journal, title, notation)
    finally:
        journal.restore()
