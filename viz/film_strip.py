"""A backward pass as a row of pictures, one a step, for the slides of a lecture."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from minigrad import Value, backward_steps
from minigrad.journal import Journal
from nn import Trace
from viz.drawing import export, svg
from viz.drawing.picture import Picture

_MOST = 400  # pictures


def film(
    root: Value | Trace,
    *,
    steps: Iterable[int] | None = None,
    by: str = "node",
    draw: Callable[..., Picture] | None = None,
    **choices: Any,
) -> list[Picture]:
    """Pictures of a backward pass after each of `steps`, all of one size, so that slides do not jump.

    Step 0 is the start, where only the root has a gradient, 1; step k is where k nodes have passed theirs on,
    or with by="edge" where k contributions have been added. If left out, all steps are drawn. The pass starts
    from gradients of 0; afterwards the gradients are what they were before.

    `draw` is a function such as `viz.network` that draws what was given; if left out, the computation graph
    is drawn. It takes `choices`, such as detail="neurons" or notation="001".

    Raises TypeError for what is neither a Value nor a trace; ValueError for steps that the pass does not
    have, more than 400 of them, another `by`, or a trace without a target; and what `draw` raises.

    >>> x = Value(3.0, label="x")
    >>> for picture in film(x * x + 1, steps=range(0, 2)):
    ...     print(picture)
    <picture: Before step 1 of 2>
    <picture: After step 1 of 2: root has passed its gradient on>
    """
    if not isinstance(root, Value | Trace):
        raise TypeError(f"film: give a Value or a trace, not {type(root).__name__}")
    if by not in ("node", "edge"):
        raise ValueError(f"film: by must be 'node' or 'edge', not {by!r}")
    if draw is None:
        from viz.computation_graph.diagram import graph

        cost = root.cost if isinstance(root, Trace) else root

        def draw(_: Value | Trace, **choices: Any) -> Picture:
            return graph(cost, **choices)

    journal = backward_steps(root.cost if isinstance(root, Trace) else root, from_zero=True)
    try:
        count = len(journal.nodes) if by == "node" else len(journal)
        frames = []
        for step in _checked(steps, count):
            journal.to_step(_position(journal, step) if by == "node" else step)
            drawn = draw(root, **choices).svg
            frames.append((_title(journal, step, count, by), drawn))
    finally:
        journal.restore()
    return _of_one_size(frames)


def _checked(steps: Iterable[int] | None, count: int) -> list[int]:
    wanted = list(range(count + 1) if steps is None else steps)
    for step in wanted:
        if not 0 <= step <= count:
            raise ValueError(f"film: the pass has steps 0 … {count}, there is no step {step}")
    if len(wanted) > _MOST:
        raise ValueError(f"film: {len(wanted):,} pictures are more than {_MOST}; say which, steps=range(…)")
    return wanted


def _position(journal: Journal, nodes: int) -> int:
    """The position at which so many nodes have passed their gradients on."""
    return len(journal) if nodes == len(journal.nodes) else journal.start(nodes)


def _title(journal: Journal, step: int, count: int, by: str) -> str:
    if step == 0:
        return f"Before step 1 of {count}"
    if by == "edge":
        assert journal.last is not None
        return f"After {journal.last}".replace(f"step {step}:", f"step {step} of {count}:")
    name = journal.nodes[step - 1].label or ("root" if step == 1 else "a node")
    return f"After step {step} of {count}: {name} has passed its gradient on"


def _of_one_size(frames: list[tuple[str, str]]) -> list[Picture]:
    sizes = [svg.size_of(drawn) for _, drawn in frames]
    across, down = (max(lengths) for lengths in zip(*sizes)) if sizes else (0.0, 0.0)
    return [_picture(title, export.on_canvas(drawn, across, down)) for title, drawn in frames]


def _picture(title: str, drawn: str) -> Picture:
    return Picture(lambda: drawn, title=title)
