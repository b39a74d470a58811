"""A trace as a table and a graph as a tree, in the terminal: no renderer, no browser.

Print them, or hand them to a `rich.console.Console`, which adds colour; the sign is always printed too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from minigrad import Value, rules
from minigrad.symbols.numerals import RESULT_DIGITS, compact, plain
from nn import Trace
from nn.activations import SOFTMAX
from nn.delta import equations
from nn.delta.notation import AnyNotation, as_notation, drawn
from viz.arguments import check_trace, check_value
from viz.computation_graph.selection import written
from viz.drawing.looks import column, decimals_of_factors, one
from viz.drawing.palette import NEGATIVE, POSITIVE
from viz.explanation.quantities import is_activation

if TYPE_CHECKING:
    from rich.console import Console, RenderableType  # rich is loaded when something is printed
    from rich.table import Table
    from rich.tree import Tree

Piece = str | tuple[str, str]  # words, or words and their colour
_WIDTH = 100
_DEPTH = 16  # deeper, the terminal has no room left


@dataclass(frozen=True, repr=False)
class Printed:
    """Something for the terminal: `print()` shows it plainly, rich in colour.

    Printing raises ImportError where rich is not installed, and says how to install it.
    """

    make: Callable[[], RenderableType]

    def __rich__(self) -> RenderableType:
        return self.make()

    def __str__(self) -> str:
        text = self._recorded().export_text()
        return "\n".join(line.rstrip() for line in text.splitlines())

    def _repr_html_(self) -> str:
        """The same in colour, on whatever page it stands."""
        style = "font-family:monospace;line-height:1.25;color:inherit;background:none;overflow-x:auto"
        code = self._recorded().export_html(inline_styles=True, code_format="{code}")
        # towards the colour of the page's text, so that it can be read on light and dark
        code = re.sub(r"color: (#\w{6})", r"color: color-mix(in srgb, \1 70%, currentColor)", code)
        return f'<pre style="{style}">{code}</pre>'

    def _recorded(self) -> Console:
        """A console that has printed it to nowhere; a notebook's own would not print there, but display."""
        try:
            from rich.console import Console
        except ImportError:
            raise ImportError("a table or a tree is printed by rich: `pip install rich`") from None
        console = Console(
            width=_WIDTH, file=StringIO(), record=True, force_jupyter=False, legacy_windows=False
        )
        console.print(self.make())
        return console

    def __repr__(self) -> str:
        return str(self)


def table(trace: Trace, *, notation: AnyNotation = "002", max_neurons: int = 10) -> Printed:
    """z, a, σ′, ∂C/∂a and δ of every neuron, "?" before a backward pass.

    Of a layer of more than `max_neurons` the first ones are listed. Raises TypeError for what is no
    trace, and ValueError for an unknown notation.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(2, [1], seed=0), [1.0, 2.0], y=0.0)
    >>> t.backward()
    >>> print(table(t))
                z       a   σ′(z)    ∂C/∂a               δ
    z₁⁽¹⁾  2.4334  2.4334  1.0000  +4.8668  δ₁⁽¹⁾  +4.8668
    """
    check_trace("table", trace)
    as_notation(notation)
    return Printed(lambda: _table(trace, notation, max_neurons))


def tree(root: Value, *, notation: AnyNotation = "002", max_nodes: int = 60) -> Printed:
    """The graph of a Value as a tree: operands below results, each with its local derivative and gradient.

    A node that several consume is written out once, and referred to after that. Of a large graph `max_nodes`
    are written. Raises TypeError for what is no Value, and ValueError for an unknown notation.

    >>> x = Value(3.0, label="x")
    >>> print(tree(x * x))
    × 9.0000, grad ?
    ├── x 3, grad ?, local derivative 3
    └── x, as above, local derivative 3
    """
    check_value("tree", root)
    as_notation(notation)
    return Printed(lambda: _tree(root, notation, max_nodes))


def _table(trace: Trace, notation: AnyNotation, max_neurons: int) -> Table:
    from rich.table import Table
    from rich.text import Text

    result = Table(box=None, pad_edge=False)
    n = as_notation(notation)
    for heading in ("", n.z, n.a, f"{n.activation}′({n.z})", f"∂{n.cost}/∂{n.a}", "", n.delta):
        result.add_column(heading, justify="left" if not heading else "right")
    columns = _columns(trace, notation, max_neurons)
    rows = iter(zip(*columns, strict=True))
    for l in range(1, trace.depth + 1):
        count = trace.model.sizes[l]
        for j in range(min(count, max_neurons)):
            result.add_row(*map(Text.assemble, next(rows)), end_section=j == count - 1)
        if count > max_neurons:
            result.add_row(f"… {count - max_neurons} more", end_section=True)
    return result


def _columns(trace: Trace, notation: AnyNotation, max_neurons: int) -> list[list[Piece]]:
    """The columns of the table, each with one number of decimals."""
    shown = [(l, j) for l in range(1, trace.depth + 1) for j in range(min(trace.model.sizes[l], max_neurons))]
    z, a = ([nodes[l][j] for l, j in shown] for nodes in (trace.z, trace.a))
    slopes = [_slope(trace, l, j) for l, j in shown]
    deltas = column([node.grad for node in z], "delta")
    products = [
        (slope, node.grad, delta)
        for slope, node, delta in zip(slopes, a, deltas, strict=True)
        if slope is not None
    ]
    digits = decimals_of_factors(products, RESULT_DIGITS)
    errors = [_in_colour(node.grad, one(node.grad, digits, signed=True)) for node in a]
    backward = [_in_colour(node.grad, text) for node, text in zip(z, deltas, strict=True)]
    if not trace.has_gradients:
        errors = backward = ["?"] * len(shown)
    return [
        [drawn("z", l, j + 1, notation=notation) for l, j in shown],
        list(column([node.data for node in z])),
        list(column([node.data for node in a])),
        ["couples" if slope is None else one(slope, digits) for slope in slopes],
        errors,
        [drawn("delta", l, j + 1, notation=notation) for l, j in shown],
        backward,
    ]


def _slope(trace: Trace, l: int, j: int) -> float | None:
    """σ′(z) of a neuron, as in the graph; None where softmax couples the neurons of its layer."""
    if trace.activation(l) == SOFTMAX:
        return None
    a = trace.a[l][j]
    return a.local_derivatives[0] if is_activation(a) else float(equations.slope(trace, l)[j])


def _gradient(node: Value) -> Piece:
    return _in_colour(node.grad, compact(node.grad, signed=True)) if node.has_gradient else "?"


def _in_colour(gradient: float, printed: str) -> Piece:
    return printed if gradient == 0 else (printed, POSITIVE if gradient > 0 else NEGATIVE)


def _tree(root: Value, notation: AnyNotation, max_nodes: int) -> Tree:
    """Branches are made from a stack, so that depth is no limit of ours."""
    from rich.text import Text
    from rich.tree import Tree

    top = Tree(Text.assemble(*_words(root, notation)))
    written_out = {root}
    stack = [(top, iter(zip(root.operands, root.local_derivatives)))]
    while stack:
        branch, operands = stack[-1]
        following = next(operands, None)
        if following is None:
            stack.pop()
            continue
        operand, local = following
        if operand in written_out and operand.op is not rules.constant:
            branch.add(Text(_reference(operand, local, notation)))
            continue
        if len(written_out) >= max_nodes or len(stack) > _DEPTH:
            branch.add("…")
            stack.pop()
            continue
        written_out.add(operand)
        child = branch.add(Text.assemble(*_words(operand, notation, local)))
        stack.append((child, iter(zip(operand.operands, operand.local_derivatives))))
    return top


def _words(node: Value, notation: AnyNotation, local: float | None = None) -> list[Piece]:
    if node.op is rules.constant:
        return [plain(node.data)]
    name, symbol = written(node, notation), node.op.symbol if node.op is not None else ""
    title = f"{name} = {symbol}" if name and symbol else name or symbol or "leaf"
    number = compact(node.data) if node.operands else plain(node.data)
    pieces: list[Piece] = [f"{title} {number}, grad ", _gradient(node)]
    return pieces if local is None else [*pieces, f", local derivative {plain(local)}"]


def _reference(node: Value, local: float, notation: AnyNotation) -> str:
    name = written(node, notation) or f"{node.op or 'leaf'} {compact(node.data)}"
    return f"{name}, as above, local derivative {plain(local)}"
