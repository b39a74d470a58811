"""The page as a widget in Jupyter, marimo and VS Code: a number that changes on either side changes on both.

    viz.widget(nn.trace(model, x, y))  # the last line of a cell

It needs anywidget: `pip install "minigrad[widget]"`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from minigrad import Value
from minigrad.operations import OUT_OF_DOMAIN
from nn import Trace
from nn.delta.notation import AnyNotation
from viz.page import steps
from viz.page.tape import nodes_of, tape_of

Numbers = list[list[str]]  # [label, number as text] of each leaf that has changed since the page was made


def widget(
    root: Value | Trace,
    *,
    height: int = 860,
    title: str = "",
    notation: AnyNotation = "002",
    guide: bool = True,
) -> Any:
    """The page of `viz.steps`, `height` px high, linked with the Values of its graph.

    Linked are the leaves whose label no other leaf has, and the targets of a squared error. A number that is
    changed in the page is put into its Value, and the graph is computed again: data, local derivatives, and
    gradients, which are those of one backward pass from 0. A Value that is changed by a cell is told to the
    page when the cell ends; elsewhere, as in marimo, call `update()`. What Python raises for the numbers is
    in `error`, and the graph then stays as it was. A page in which layers, σ or loss were changed shows
    another network than Python's, whose weights go on being told. `close()` ends the link.

    Raises ImportError without anywidget, and what `viz.steps` raises.
    """
    try:
        import anywidget
        import traitlets
    except ImportError:
        remedy = 'pip install "minigrad[widget]", or use viz.steps'
        raise ImportError(f"the widget needs anywidget: {remedy}") from None

    class PageWidget(anywidget.AnyWidget):  # type: ignore[misc, unused-ignore]  # Any where it is not installed
        _esm = files("viz.page").joinpath("browser", "widget.js").read_text("utf-8")
        html = traitlets.Unicode().tag(sync=True)
        height = traitlets.Int().tag(sync=True)
        numbers: Any = traitlets.List().tag(sync=True)

        def update(self) -> None:
            """Compute the graph again if a linked Value has changed in Python, and tell the page."""
            changed = link.changed()
            if changed:
                self.numbers = [[*pair] for pair in (dict(self.numbers) | dict(changed)).items()]

        def close(self) -> None:
            """End the link."""
            if shell is not None:
                shell.events.unregister("post_run_cell", after_cell)
            self.unobserve_all()
            super().close()

        @property
        def error(self) -> str:
            """What Python raises for the numbers in the page; "" if nothing."""
            return link.error

    link, shell = Link(root), _shell()
    page = PageWidget(html=steps(root, title=title, notation=notation, guide=guide).html, height=height)
    page.observe(lambda change: link.receive(change["new"]), "numbers")

    def after_cell(*result: Any) -> None:
        page.update()

    if shell is not None:
        shell.events.register("post_run_cell", after_cell)
    return page


class Link:
    """The leaves of a graph, and what the page was last told of them, or has told.

    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> link = Link(y)
    >>> link.receive([["x", "4.0"]])
    >>> y.data, x.grad
    (16.0, 8.0)
    >>> x.data = 5.0
    >>> link.changed(), y.data
    ([['x', '5.0']], 25.0)
    """

    def __init__(self, root: Value | Trace) -> None:
        self.error = ""
        self.leaves = linked_leaves(root)
        self._order = nodes_of(root)
        self._root = root.cost if isinstance(root, Trace) else root
        self._told = {label: leaf.data for label, leaf in self.leaves.items()}

    def receive(self, numbers: Numbers) -> None:
        """Put what the page says into the Values, and compute the graph again."""
        told = {label: float(text) for label, text in numbers if label in self.leaves}
        new = {label: number for label, number in told.items() if number != self._told[label]}
        for label, number in new.items():
            self.leaves[label].data = self._told[label] = number
        if new:
            self._compute()

    def changed(self) -> Numbers:
        """What has changed in Python since the page was told; the graph is computed again."""
        new = {label: leaf.data for label, leaf in self.leaves.items() if leaf.data != self._told[label]}
        self._told |= new
        if new:
            self._compute()
        return [[label, repr(number)] for label, number in new.items()]

    def _compute(self) -> None:
        self.error = compute_again(self._order)
        if not self.error:
            for node in self._order:
                if not node.operands:
                    node.grad = 0.0
            self._root.backward()


def linked_leaves(root: Value | Trace) -> dict[str, Value]:
    """The leaves that the page and Python know by the same label.

    >>> x = Value(3.0, label="x")
    >>> list(linked_leaves(x * x + 1.0))
    ['x']
    """
    tape = tape_of(root)
    if not tape["computes"]:
        return {}
    is_squared = str((tape["network"] or {}).get("loss")).endswith("squared_error")
    columns = zip(nodes_of(root), tape["nodes"]["label"], tape["nodes"]["kind"], strict=True)
    leaves = [
        (label, node)
        for node, label, kind in columns
        if label and not node.operands and (kind != "y" or is_squared)
    ]
    count = Counter(label for label, _ in leaves)
    return {label: node for label, node in leaves if count[label] == 1}


def compute_again(order: Sequence[Value]) -> str:
    """Data and local derivatives of every node from its operands; "" or, for numbers outside a domain, why.

    The nodes are then as they were.

    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> x.data = 4.0
    >>> compute_again([x, y]), y.data
    ('', 16.0)
    """
    numbers: dict[Value, float] = {}
    slopes: dict[Value, Sequence[Any]] = {}
    for node in order:
        given = [numbers[operand] for operand in node.operands]
        numbers[node] = node.data
        if node.op is None or not given:
            continue
        try:
            numbers[node] = node.op.value(*given)
            slopes[node] = node.op.local_derivatives(numbers[node], *given)
        except OUT_OF_DOMAIN as error:
            return str(node.op.domain_error(error, given, [operand.label for operand in node.operands]))
    for node, local_derivatives in slopes.items():
        node.data, node.local_derivatives = numbers[node], tuple(local_derivatives)
    return ""


def _shell() -> Any:
    """The IPython that runs this, or None."""
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    return get_ipython()
