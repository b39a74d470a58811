"""The forms in which things appear in a notebook: pictures, tables, a program's lines.

`minigrad.display` finds them here by class. Each is made in a fraction of a second and is no larger than a
screen: what is too large for a picture is told in a table. Tables have the colours of the page that they
stand on, and a picture has its theme.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from html import escape
from itertools import islice
from typing import Any
from xml.etree import ElementTree

import numpy as np

from minigrad import Value
from minigrad.compiler.program import Program
from minigrad.debugger.checking import GradientReport
from minigrad.display import as_text, listed
from minigrad.hooks import FORMS
from minigrad.journal.naming import name
from minigrad.symbols.numerals import plain
from nn import MLP, BatchTrace, History, Layer, Ledger, Module, TorchTrace, Trace
from nn.activations import activation_name
from nn.delta.comparison import Comparison
from nn.delta.equations import Report
from nn.delta.equations import shown as difference
from nn.delta.notation import Name
from nn.delta.recording import Recording
from viz.computation_graph.diagram import graph
from viz.drawing.picture import STYLE, Picture, image_of
from viz.drawing.typography import clipped
from viz.history_diagram import history
from viz.network_diagram.diagram import network

MOST_NODES = 40  # of a graph that is drawn
MOST_COUNTED = 100_000  # nodes; more are "more than"
MOST_LAYERS = 8  # of a network that is drawn, of whose layers MOST_NEURONS are
MOST_NEURONS = 6
MOST_ROWS = 12  # of a table
MOST_COLUMNS = 8
MOST_ACROSS, MOST_DOWN = 3000.0, 1600.0  # px of a picture
MOST_EPOCHS = 20_000
MOST_LINES = 400  # of a program

_RULES = {
    "table": "border-collapse:collapse;color:inherit;background:none;margin:0",
    ":is(th,td)": "padding:2px 10px;text-align:right;border:0;color:inherit",
    "thead th": "border-bottom:1px solid currentColor",
    ":is(th,td):first-child": "text-align:left",
    "p": "color:inherit;opacity:.75;margin:4px 0;line-height:1.3",
    "pre": "color:inherit;background:none;margin:4px 0;line-height:1.3;max-height:45em;overflow:auto;"
    "white-space:pre-wrap;font-family:var(--jp-code-font-family,monospace);font-size:.9em",
    "pre i": "opacity:.65",
    "mark": "color:inherit;background:rgba(213,94,0,.16)",
}
_STYLE = "".join(f".minigrad.minigrad {part}{{{rule}}}" for part, rule in _RULES.items()) + STYLE


def of_value(value: Value) -> str:
    """Its graph; of a number alone, or of a large graph, what it is, its gradient, and how it was made.

    >>> "<td>6</td>" in of_value(Value(6.0, label="x"))
    True
    """
    count = _number_of_nodes(value, MOST_COUNTED)
    with suppress(ValueError):  # of a picture that is too large
        if 1 < count <= MOST_NODES:
            return _page(_drawn(graph(value)))
    rows = [("number", plain(value.data)), ("gradient", _gradient(value))]
    if value.operands:
        more = "more than " if count > MOST_COUNTED else ""
        rows += [("made by", str(value.op)), ("of", listed(map(_called, value.operands[:MOST_ROWS])))]
        rows += [("its graph", f"{more}{min(count, MOST_COUNTED):,} nodes")]
    return _page(_table((_called(value), ""), rows))


def of_module(module: Module) -> str:
    """The parameters of a neuron or of a module of one's own, with their gradients."""
    named = list(islice(module.named_parameters(), MOST_ROWS + 1))
    rows = [(_named(label, node), plain(node.data), _gradient(node)) for label, node in named[:MOST_ROWS]]
    left = len(module.parameters()) - len(rows)
    return _page(_table(("parameter", "number", "gradient"), rows, repr(module), left))


def of_layer(layer: Layer) -> str:
    """W and b, a row a neuron.

    >>> of_layer(Layer(2, 1, initial=[[3.0, 4.0]])).count("<td>3</td><td>4</td><td>0</td>")
    1
    """
    rows = []
    for j, neuron in enumerate(layer.neurons[:MOST_ROWS], start=1):
        weights = [plain(weight.data) for weight in neuron.w[:MOST_COLUMNS]]
        bias = "" if neuron.b is None else plain(neuron.b.data)
        rows.append((str(j), *weights, *(["…"] if len(neuron.w) > MOST_COLUMNS else []), bias))
    width = len(layer.neurons[0].w) if layer.neurons else 0
    sources = [f"from {k}" for k in range(1, min(width, MOST_COLUMNS) + 1)]
    heads = ("neuron", *sources, *(["…"] if width > MOST_COLUMNS else []), "b")
    return _page(_table(heads, rows, repr(layer), len(layer.neurons) - len(rows)))


def of_mlp(model: MLP) -> str:
    """The layers: neurons, activation, parameters.

    >>> "<td>sigmoid</td><td>8</td><td>2</td>" in of_mlp(MLP(4, [2, 1], activation="sigmoid"))
    True
    """
    rows = [("input", f"{model.sizes[0]:,}", "", "", "")]
    for l, layer in enumerate(model.layers[:MOST_ROWS], start=1):
        weights = sum(len(neuron.w) for neuron in layer.neurons)
        biases = sum(neuron.b is not None for neuron in layer.neurons)
        size = f"{len(layer.neurons):,}"
        rows.append((str(l), size, activation_name(layer.activation), f"{weights:,}", f"{biases:,}"))
    below = f"{model!r}: {len(model.parameters()):,} parameters"
    heads = ("layer", "neurons", "activation", "weights", "biases")
    return _page(_table(heads, rows, below, len(model.layers) - MOST_ROWS))


def of_trace(trace: Trace) -> str:
    """The network with its δ; a large one as a table of its layers."""
    with suppress(ValueError):  # of a picture that is too large
        if trace.depth <= MOST_LAYERS:
            return _page(_drawn(network(trace, max_neurons=MOST_NEURONS)))
    return of_recording(trace)


def of_recording(trace: Recording) -> str:
    """A line for each layer: σ, and how large z, a and δ are."""
    rows = []
    for l in range(1, min(trace.depth, MOST_ROWS) + 1):
        z, a, delta = trace.pre_activations(l), trace.activations(l), _delta(trace, l)
        sizes = (_largest(z), _largest(a), "?" if delta is None else _largest(delta))
        rows.append((str(l), f"{len(z):,}", activation_name(trace.activation(l)), *sizes))
    heads = ("layer", "neurons", "σ", "largest |z|", "largest |a|", "largest |δ|")
    return _page(_table(heads, rows, repr(trace), trace.depth - len(rows)))


def of_report(report: Report) -> str:
    """The four equations, and the difference of each quantity.

    >>> from nn.delta.equations import Residual
    >>> "<td>exact</td>" in of_report(Report((Residual(1, 2, 0.0),)))
    True
    """
    layers = sorted({residual.layer for residual in report.residuals}, reverse=True)
    rows = []
    for equation, formula in report.formulas.items():
        found = {residual.layer: difference(residual.difference) for residual in report.of(equation)}
        entries = [found.get(layer, "") for layer in layers[:MOST_COLUMNS]]
        rows.append((f"({equation})  {formula}", *entries))
    heads = ("|equation − graph|", *(f"layer {layer}" for layer in layers[:MOST_COLUMNS]))
    return _page(_table(heads, rows, repr(report)))


def of_history(record: History) -> str:
    """Its curves; of no epochs, or of very many, its words."""
    if not 0 < record.epochs <= MOST_EPOCHS:
        return _page(as_text(repr(record)))
    return _page(_drawn(history(record)))


def of_program(program: Program) -> str:
    """The equations that were found, and the source, in which their lines stand out."""
    equations = program.equations()
    some = "".join(f"<p>{escape(str(equation))}</p>" for equation in equations[:MOST_ROWS])
    lines = program.source.splitlines()
    found = {equation.line for equation in equations}
    source = "\n".join(_source_line(line, found) for line in lines[:MOST_LINES])
    rest = len(lines) - MOST_LINES
    more = f"<p>… {rest:,} more lines: print(program.source)</p>" if rest > 0 else ""
    return _page(f"<p>{escape(repr(program))}</p>{some}<pre>{source}</pre>{more}")


def of_text(thing: object) -> str:
    """What `print` shows."""
    return _page(as_text(str(thing)))


_OURS: dict[type, Callable[[Any], str]] = {
    Value: of_value,
    Module: of_module,
    Layer: of_layer,
    MLP: of_mlp,
    Trace: of_trace,
    BatchTrace: of_recording,
    TorchTrace: of_recording,
    Report: of_report,
    Comparison: of_text,
    Ledger: of_text,
    GradientReport: of_text,
    History: of_history,
    Program: of_program,
}
FORMS.update(_OURS | FORMS)  # a form that somebody has put there already stays


def _page(inside: str) -> str:
    return f'<div class="minigrad"><style>{_STYLE}</style>{inside}</div>'


def _drawn(picture: Picture) -> str:
    """Raises ParseError for what no browser would draw, and ValueError for more than a screen or two."""
    size = ElementTree.fromstring(picture.svg).attrib
    across, down = float(size["width"]), float(size["height"])
    if across > MOST_ACROSS or down > MOST_DOWN:
        raise ValueError(f"{across:.0f} × {down:.0f} px are too much for a notebook's page")
    return image_of(picture)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], below: str = "", left: int = 0) -> str:
    """A table of texts, which are escaped here, with words below it; `left` rows are left out."""
    words = "".join(
        f"<p>{escape(text)}</p>" for text in (f"… {left:,} more" if left > 0 else "", below) if text
    )
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{words}"


def _source_line(line: str, equations: set[str]) -> str:
    code, sign, comment = line.partition("#")
    text = f"{escape(code)}<i>{escape(sign + comment)}</i>" if sign else escape(code)
    return f"<mark>{text}</mark>" if code.strip() in equations else text


def _number_of_nodes(root: Value, most: int) -> int:
    """The nodes of the graph; `most` + 1 if there are more."""
    seen, stack = {root}, [root]
    while stack and len(seen) <= most:
        for operand in stack.pop().operands:
            if operand not in seen:
                seen.add(operand)
                stack.append(operand)
    return min(len(seen), most + 1)


def _called(node: Value) -> str:
    return clipped(name(node, _label))


def _label(node: Value) -> str:
    return _named(str(node.label), node)


def _named(label: str, node: Value) -> str:
    """A name of the network's as the documents write it, another as it is, if it is not too long."""
    return node.label.written() if isinstance(node.label, Name) else clipped(label)


def _gradient(node: Value) -> str:
    return plain(node.grad) if node.has_gradient else "none yet"


def _largest(numbers: np.ndarray[Any, np.dtype[np.float64]]) -> str:
    return plain(float(np.max(np.abs(numbers)))) if numbers.size else ""


def _delta(trace: Recording, l: int) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    try:
        return trace.delta(l)
    except ValueError:  # before a backward pass
        return None
