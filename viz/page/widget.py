"""The page as a widget in Jupyter, marimo and VS Code: a number that changes on either side changes on both.

It needs anywidget: `pip install "minigrad[widget]"`.

    from viz.page.widget import PageWidget
    PageWidget(nn.trace(model, x, y))  # the last line of a cell
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from minigrad import Value
from minigrad.operations import OUT_OF_DOMAIN
from nn import Trace
from viz.page import steps
from viz.page.tape import nodes_of, tape_of

try:
    import anywidget
    import traitlets
except ImportError:
    raise ImportError(
        'the widget needs anywidget: pip install "minigrad[widget]"; or use viz.steps'
    ) from None


class PageWidget(anywidget.AnyWidget):
    """The page of `viz.steps`, linked with the Values of its graph.

    Linked are the leaves whose label no other leaf has, and the targets of a squared error. A number that is
    changed in the page is put into its Value, and the graph is computed again: data, local derivatives, and
    gradients, which are those of one backward pass from 0. A Value that is changed by a cell is told to the
    page when the cell ends; elsewhere, as in marimo, call `update()`. What Python raises for the numbers is
    in `error`, and the graph then stays as it was. A page in which layers, σ or loss were changed shows
    another network than Python's; its weights go on being told.

    Raises what `viz.steps` raises; `title` and `notation` are its.
    """

    _esm = files("viz.page").joinpath("browser", "widget.js").read_text("utf-8")
    html = traitlets.Unicode().tag(sync=True)
    height = traitlets.Int(860).tag(sync=True)
    numbers = traitlets.List().tag(sync=True)  # [label, number as text] of each leaf that has changed

    def __init__(
        self, root: Value | Trace, *, height: int = 860, title: str = "", notation: str = "002"
    ) -> None:
        page = steps(root, title=title, notation=notation)
        self.error = ""
        self._order = nodes_of(root)
        self._root = root.cost if isinstance(root, Trace) else root
        self._leaves = linked_leaves(root)
        self._told = {label: leaf.data for label, leaf in self._leaves.items()}
        super().__init__(html=page.html, height=height)
        self.observe(self._receive, "numbers")
        self._shell = _shell()
        if self._shell is not None:
            self._shell.events.register("post_run_cell", self._after_cell)

    def update(self) -> None:
        """Compute the graph again if a linked Value has changed in Python, and tell the page."""
        changed = {
            label: repr(leaf.data) for label, leaf in self._leaves.items() if leaf.data != self._told[label]
        }
        if not changed:
            return
        self._compute({})
        self._told |= {label: self._leaves[label].data for label in changed}
        self.numbers = [list(pair) for pair in (dict(self.numbers) | changed).items()]

    def close(self) -> None:
        """End the link."""
        if self._shell is not None:
            self._shell.events.unregister("post_run_cell", self._after_cell)
            self._shell = None
        super().close()

    def _receive(self, change: Mapping[str, Any]) -> None:
        told = {label: float(text) for label, text in change["new"] if label in self._leaves}
        new = {label: number for label, number in told.items() if number != self._told[label]}
        if new:
            self._told |= new
            self._compute(new)

    def _compute(self, new: Mapping[str, float]) -> None:
        for label, number in new.items():
            self._leaves[label].data = number
        self.error = compute_again(self._order)
        if not self.error:
            for leaf in self._order:
                if not leaf.operands:
                    leaf.grad = 0.0
            self._root.backward()

    def _after_cell(self, *result: Any) -> None:
        self.update()


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
