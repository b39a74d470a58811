"""Writes a page on which a backward pass is live: every number can be changed, and is computed again.

One pass is seen at four zooms: its operations, its neurons, its layers, its matrices. tape.py writes down the
graph, places.py where Graphviz puts it, shell.py assembles the file; what the browser runs is in browser/.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

from minigrad import Value
from minigrad.files import whole_file
from minigrad.symbols.numerals import counted
from nn import Trace
from nn.delta.notation import AnyNotation, as_notation, cost_letter
from viz.page.places import places_of
from viz.page.recurrence import recurrence_of
from viz.page.rules_script import rules_script
from viz.page.shell import html_of
from viz.page.tape import operations_of, tape_of

__all__ = ["Page", "steps"]

MOST_NODES = 100_000  # a page beyond that opens too slowly


@dataclass(frozen=True)
class Page:
    """A page to step through a backward pass: `save` it, or make it the last line of a notebook cell."""

    title: str
    html: str

    def save(self, path: str | Path) -> Path:
        """Write the page as one file that loads nothing else; missing folders are created."""
        with whole_file(path) as file:
            file.write(self.html.encode())
        return Path(path)

    def _repr_html_(self) -> str:
        """In a frame, so that its script and style do not mix with those of the notebook."""
        frame = 'style="width:100%;height:860px;border:1px solid #8C959F"'
        return f'<iframe title="{escape(self.title)}" srcdoc="{escape(self.html)}" {frame}></iframe>'

    def __repr__(self) -> str:
        return f"<page: {self.title}, {len(self.html.encode()) / 1000:.0f} kB>"


def steps(root: Value | Trace, *, title: str = "", notation: AnyNotation = "002", guide: bool = True) -> Page:
    """The backward pass from a Value, or from the cost of a trace, as a page on which every number is live.

    The page of a network opens in its guide unless `guide` is False, its address says where, or a layer has
    more than 12 neurons. It starts from gradients of 0; those of the graph are left as they are. Vectors are
    drawn as columns; where the notation has rows, each is shown transposed. Raises TypeError for anything
    else, ValueError for a graph of more than 100,000 nodes, an unknown notation, or a trace without a target.

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
    letters = as_notation(notation)
    cost = root.cost if isinstance(root, Trace) else root
    tape = tape_of(root)
    count = len(tape["nodes"]["data"])
    if count > MOST_NODES:
        raise ValueError(
            f"a page holds up to {counted(MOST_NODES, 'node')}, this graph has {count:,}; "
            "minigrad.debug(root) steps through it at a prompt"
        )
    letter = cost_letter(notation) if cost.label == "C" else str(cost.label) or "root"
    title = title or f"Backward pass from {letter}"
    places = None if isinstance(root, Trace) else recurrence_of(root) or places_of(root)
    names = asdict(letters) | {"jacobian": letters.jacobian}
    data = {"title": title, "notation": names, "guide": guide, "tape": tape, "places": places}
    return Page(title, html_of(title, data, rules_script(operations_of(root))))
