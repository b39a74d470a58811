"""A backward pass as a row of pictures, one a step, for the slides of a lecture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from minigrad import Value, backward_steps
from minigrad.journal import Journal
from minigrad.journal.naming import name
from nn import Trace
from viz.computation_graph.diagram import graph
from viz.drawing import export, svg
from viz.drawing.picture import Picture

_MOST = 400  # pictures


def frames(root: Value | Trace, *, steps: Iterable[int] | None = None, **choices: Any) -> list[Picture]:
    """Pictures of a backward pass after each of `steps`, all of one size, so that slides do not jump.

    In step k node k of the pass passes its gradient on, which is then complete: its picture shows the
    gradients and contributions of the first k nodes, and "?" for the others. Step 0 is the forward pass
    alone. If left out, all steps are drawn. The pass starts from gradients of 0; afterwards the gradients are
    what they were before.

    The computation graph is drawn, by `viz.graph`, which takes `choices`, such as detail="neurons" or
    room="slide".

    Raises TypeError for what is neither a Value nor a trace; ValueError for steps that the pass does not
    have, more than 400 of them, or a trace without a target; and what `viz.graph` raises.

    >>> x = Value(3.0, label="x")
    >>> for picture in frames(x * x + 1, steps=range(0, 2)):
    ...     print(picture)
    <picture: Before step 1 of 2>
    <picture: Step 1 of 2: (… + 1) passes its gradient on>
    """
    if not isinstance(root, Value | Trace):
        raise TypeError(f"frames: give a Value or a trace, not {type(root).__name__}")
    cost = root.cost if isinstance(root, Trace) else root
    journal = backward_steps(cost, from_zero=True)
    drawings = []
    try:
        for step in _checked(steps, len(journal.nodes)):
            journal.to_step(len(journal) if step == len(journal.nodes) else journal.start(step))
            unreached = [node for node in journal.order if not node.operands and not journal.ledger(node)]
            with _hidden([*journal.nodes[step:], *unreached]):
                drawings.append((_title(journal, step), graph(cost, **choices).drawing))
    finally:
        journal.restore()
    return _of_one_size(drawings)


@contextmanager
def _hidden(nodes: Iterable[Value]) -> Iterator[None]:
    """These nodes have no gradient for a while, as far as a picture can tell."""
    shown = [(node, node.grad) for node in nodes if node.has_gradient]
    for node, _ in shown:
        node.grad, node.has_gradient = 0.0, False
    try:
        yield
    finally:
        for node, gradient in shown:
            node.grad, node.has_gradient = gradient, True


def _checked(steps: Iterable[int] | None, count: int) -> list[int]:
    wanted = list(range(count + 1) if steps is None else steps)
    for step in wanted:
        if not 0 <= step <= count:
            raise ValueError(f"frames: the pass has steps 0 … {count}, there is no step {step}")
    if len(wanted) > _MOST:
        raise ValueError(f"frames: {len(wanted):,} pictures are more than {_MOST}; say which, steps=range(…)")
    return wanted


def _title(journal: Journal, step: int) -> str:
    count = len(journal.nodes)
    if step == 0:
        return f"Before step 1 of {count}"
    return f"Step {step} of {count}: {name(journal.nodes[step - 1])} passes its gradient on"


def _of_one_size(frames: list[tuple[str, str]]) -> list[Picture]:
    sizes = [svg.size_of(drawn) for _, drawn in frames]
    across, down = (max(lengths) for lengths in zip(*sizes)) if sizes else (0.0, 0.0)
    return [Picture(partial(export.on_canvas, drawn, across, down), title=title) for title, drawn in frames]
