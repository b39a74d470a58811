"""A page to step through a backward pass with a class, a self-contained HTML file.

After this package you can press → and watch Wᵀδ fill in.

    recording.py        the pass as text: the journal's numbers, and nothing computed twice
    words.py            names, in Unicode, MathML, and for the ear
    delta_rows.py       the δ table
    matrices.py         ∂C/∂W as an outer product
    drawing.py          boxes and lines of a picture; network_drawing.py, graph_drawing.py: where they stand
    value_rows.py       the table of a graph without neurons
    page.py             the file; page.html, page.css and the scripts position.js (what is known at a stop),
                        picture.js, cards.js, controls.js: its parts
"""

from __future__ import annotations

from minigrad import Value, backward_steps
from nn import Trace
from viz.stepper.page import Page, page_of

__all__ = ["Page", "page_of", "steps"]


def steps(root: Value | Trace, *, title: str = "", notation: str = "002") -> Page:
    """The backward pass from a Value, or from the cost of a trace, as a page to step through.

    The pass starts from gradients of 0. The gradients of the graph are left as they are found.
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
