"""Assembles the page: one HTML file of recording, picture, table, style sheet and scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from minigrad.files import whole_file
from minigrad.journal import Journal
from minigrad.symbols.numerals import counted, shown
from nn.delta.delta_table import Row, delta_table
from nn.delta.formulas import as_mathml, equations
from viz.stepper.delta_rows import table_html
from viz.stepper.drawing import Drawing
from viz.stepper.graph_drawing import draw_graph
from viz.stepper.matrices import matrices_of
from viz.stepper.network_drawing import draw_network
from viz.stepper.recording import EQUATIONS, Recording, record
from viz.stepper.value_rows import values_html
from viz.stepper.words import Words, kind_of, tight

MOST_STEPS = 20_000  # a page beyond that opens too slowly

SCRIPTS = ("position.js", "picture.js", "cards.js", "controls.js")

# What `Value.backward` does, and the value that is written beside each line.
LOOP = {
    "for node, operand, local_derivative in edges(root):": "edge",
    "    upstream_gradient = node.grad": "upstream_gradient",
    "    contribution = upstream_gradient * local_derivative": "contribution",
    "    operand.grad += contribution": "grad",
}


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
        return f"<page: {self.title}, {len(self.html) / 1000:.0f} kB>"


def page_of(journal: Journal, title: str = "", notation: str = "002") -> Page:
    """The page of a journal, whose position is kept. Raises ValueError for more than 20,000 steps."""
    if len(journal) > MOST_STEPS:
        raise ValueError(
            f"a page holds up to {MOST_STEPS:,} steps, this pass has {len(journal):,}; "
            "minigrad.debug(root) steps through it at a prompt"
        )
    words = Words(journal.root, notation)
    recording = record(journal, words)
    position = journal.position
    journal.finish()
    try:
        return _assembled(journal, words, recording, title)
    finally:
        journal.to_step(position)


def _assembled(journal: Journal, words: Words, recording: Recording, title: str) -> Page:
    rows = _rows_of_one_example(journal)
    if rows:
        drawing = draw_network(journal, rows, recording, words)
        table = table_html(rows, journal, words, recording.digits)
    else:
        drawing = draw_graph(journal, recording.number, words)
        table = values_html(journal, recording, words)
    title = title or f"Backward pass from {words.cost}"
    fields = {
        "title": escape(title),
        "what": escape(_what(journal, rows, words)),
        "classes": "" if drawing.boxes else "no-picture",
        "picture": drawing.svg(title) if drawing.boxes else "",
        "legend": _legend(words),
        "table-title": _table_title(rows, words),
        "table": table,
        "code": _code(),
        "data": _data(journal, recording, drawing, rows, words),
        "style": _resource("page.css"),
        "script": "\n".join(map(_resource, SCRIPTS)),
    }
    parts = re.split(r"\{\{([a-z-]+)\}\}", _resource("page.html"))
    html = "".join(fields[part] if place % 2 else part for place, part in enumerate(parts))
    return Page(title, html)


def _rows_of_one_example(journal: Journal) -> list[Row]:
    """The rows of the δ table; none for the graph of a batch, which has a neuron once an example."""
    rows = delta_table(journal)
    return rows if rows and rows[-1].example == 1 else []


def _what(journal: Journal, rows: Sequence[Row], words: Words) -> str:
    count = f"{counted(len(journal.order), 'node')}, {counted(len(journal), 'edge')}"
    cost = f"{words.cost} = {shown(journal.root.data)}"
    if not rows:
        return f"{cost} · {count}"
    layers = sorted({row.layer for row in rows})
    inputs = sum(kind_of(node) == "x" for node in journal.order)
    sizes = ([inputs] if inputs else []) + [sum(row.layer == layer for row in rows) for layer in layers]
    return f"{'-'.join(map(str, sizes))} · {cost} · {count}"


def _table_title(rows: Sequence[Row], words: Words) -> str:
    if not rows:
        return "Values and gradients"
    formula = as_mathml(equations(words.notation)[2], words.notation)
    return f"δ, neuron by neuron: (2) {tight(f'<math>{formula}</math>')}"


LEGEND = (
    ("negative", "negative"),
    ("zero", "0"),
    ("positive", "positive; full colour: the largest of its layer"),
    ("active", "this step"),
)


def _legend(words: Words) -> str:
    keys = [f'<span><i style="background:var(--{name})"></i>{text}</span>' for name, text in LEGEND]
    meaning = f"<span>∂: the gradient ∂{escape(words.cost)}/∂(box); δ: the same for a z</span>"
    return f'<p class="legend">{"".join(keys)}{meaning}</p>'


def _code() -> str:
    """The loop over the edges, with a place for the value beside each line."""
    return "".join(
        f'<span class="line">{escape(line)} <span class="live" data-of="{live}"></span></span>'
        for line, live in LOOP.items()
    )


def _data(journal: Journal, recording: Recording, drawing: Drawing, rows: Sequence[Row], words: Words) -> str:
    number = recording.number
    visible = [-1] * len(journal.order)
    for node in drawing.boxes:
        visible[number[node]] = number[node]
    for node, stand_in in drawing.stands_for.items():
        visible[number[node]] = number[stand_in]
    boxes = {
        number[node]: [round(box.x, 1), round(box.y, 1), box.width, box.height]
        for node, box in drawing.boxes.items()
    }
    data = {
        "root": words.cost,
        "equations": EQUATIONS,
        "nodes": _columns(recording.nodes),
        "steps": _columns(recording.steps),
        "stops": recording.stops,
        "visible": visible,
        "boxes": boxes,
        "matrices": matrices_of(journal, rows, words),
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _columns(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Records of the same keys, with the keys written once, which takes a third of the space."""
    keys = list(records[0]) if records else []
    return {"keys": keys, "rows": [list(record.values()) for record in records]}


def _resource(name: str) -> str:
    return files("viz.stepper.browser").joinpath(name).read_text("utf-8")
