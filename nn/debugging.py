"""What networks add to the debugger: `delta`, δ by layer; the four equations to `check`; their own folder."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator

import numpy as np

from minigrad import Value
from minigrad.debugger import command
from minigrad.debugger.looks import partner
from minigrad.debugger.names import places
from minigrad.debugger.prompt import Prompt
from minigrad.hooks import LIBRARIES
from minigrad.journal import Journal, Step
from minigrad.symbols.numerals import FACTOR_DIGITS, shown
from nn.delta.delta_table import Row, delta_table, row_texts
from nn.delta.equations import EQUATIONS, SLOPES, Residual, hidden_delta, output_delta
from nn.delta.equations import shown as shown_difference
from nn.delta.notation import Name, written

MOST_SOURCES = 6  # columns of the table
MOST_ROWS = 24

LIBRARIES.append(os.path.dirname(__file__) + os.sep)  # a node of a network comes from who called the network


@command("delta")
def delta(prompt: Prompt, argument: str) -> None:
    """delta [l]         the δ of the layers, or of layer l: what came back, times the slope

    A row is δ = (Σ w δ of the next layer) × σ′(z); what has not arrived yet is ?
    """
    rows = delta_table(prompt.journal)
    if not rows:
        raise ValueError(
            "this graph has no neurons: nothing is labelled as the z of one; networks of nn do so"
        )
    if argument:
        layers = sorted({row.layer for row in rows})
        rows = [row for row in rows if str(row.layer) == argument]
        if not rows:
            raise ValueError(f"there is no layer {argument!r} of neurons; there are {layers}")
    for line in table_lines(rows[:MOST_ROWS], prompt.journal):
        prompt.message(line)
    if len(rows) > MOST_ROWS:
        prompt.message(f"   … {len(rows) - MOST_ROWS} more; delta l shows one layer")


def table_lines(rows: list[Row], journal: Journal) -> Iterator[str]:
    """The table as text: a head, then a row a neuron, whose numbers add up and multiply out as printed."""
    wide = max(len(row.sources) for row in rows) > MOST_SOURCES
    columns = 1 if wide else max(max(row.sources, default=1) for row in rows) or 1
    heads = ["from all" if wide else f"from {j}" for j in range(1, columns + 1)]
    lines = [["", *heads, "= ∂C/∂a", "× σ′(z)", "= δ"]]
    several = rows[-1].example > 1
    for row in rows:
        texts, *numbers = _known_texts(row, journal)
        shares = [_arrived(row, journal)] if wide else [texts.get(j, "") for j in range(1, columns + 1)]
        name = written("delta", row.layer, row.neuron) + (f" #{row.example}" if several else "")
        lines.append([name, *shares, *numbers])
    least = [8, *[10] * columns, 12, 11, 10]
    widths = [max(w, *(len(line[k]) + 1 for line in lines)) for k, w in enumerate(least)]
    for name, *cells in lines:
        yield f"   {name:<{widths[0]}}" + "".join(f"{cell:>{w}}" for cell, w in zip(cells, widths[1:]))


def _known_texts(row: Row, journal: Journal) -> tuple[dict[int, str], str, str, str]:
    """By source what it has sent back, ∂C/∂a, the slope and δ, with ? for what has not arrived."""
    known = "Jᵀ" if row.coupled else "–" if math.isnan(row.slope) else shown(row.slope, FACTOR_DIGITS)
    if row.delta(journal) is not None:
        shares, error, slope, delta = row_texts(row, journal)
        return dict(zip(row.sources, shares)), error, known if row.a is row.z else slope, delta
    sent = {source: _or_unknown(row.share(source, journal)) for source in row.sources}
    return sent, _or_unknown(row.error(journal)), known, "?"


def _arrived(row: Row, journal: Journal) -> str:
    numbers = [number for of_source in row.sources.values() for number in of_source]
    return f"{sum(number <= journal.position for number in numbers)} of {len(numbers)}"


def _or_unknown(number: float | None) -> str:
    return "?" if number is None else shown(number)


@command("check")
def check(prompt: Prompt, argument: str) -> None:
    """In a network also the four equations, held in NumPy against the gradients that have arrived so far."""
    differences = equations_so_far(prompt.journal)
    for equation, formula in EQUATIONS.items():
        row = [(layer, found) for (number, layer), found in differences.items() if number == equation]
        text = "   ".join(f"{Residual(equation, l, d).quantity} {shown_difference(d)}" for l, d in row)
        if differences:
            prompt.message(f"   ({equation})  {formula:<29}{text or 'nothing has arrived yet'}")


def equations_so_far(journal: Journal) -> dict[tuple[int, int], float]:
    """By (equation, layer) the largest |difference| of its two sides, where both are known."""
    found: dict[tuple[int, int], float] = {}

    def note(equation: int, layer: int, difference: float) -> None:
        found[equation, layer] = float(np.fmax(found.get((equation, layer), 0.0), abs(difference)))

    layers: dict[tuple[int, int], list[Row]] = {}
    for row in delta_table(journal):
        layers.setdefault((row.example, row.layer), []).append(row)
    for (example, layer), rows in layers.items():
        arrived = np.array([row.delta(journal) for row in rows], dtype=np.float64)
        above = layers.get((example, layer + 1))
        expected = _expected(rows, above, journal)
        if expected is not None and not np.isnan(arrived + expected).any():
            note(2 if above else 1, layer, np.max(np.abs(expected - arrived)))
    found_places = places(journal)
    for number in range(1, journal.position + 1):
        step = journal[number]
        kind, layer = getattr(step.operand.label, "kind", ""), getattr(step.operand.label, "layer", 0)
        if kind not in ("w", "b") or found_places.get(step.node) != found_places[step.operand]:
            continue  # not a parameter, or one that a penalty asks for: that is outside the recursion
        delta_of_neuron, other = _z_of(step, journal).grad, partner(step.node, step.place)
        if kind == "b":
            note(4, layer, step.contribution - delta_of_neuron)
        elif other is not None:
            note(3, layer, step.contribution - delta_of_neuron * other.data)
    return found


def _expected(rows: list[Row], above: list[Row] | None, journal: Journal) -> np.ndarray | None:
    """δ of a layer by equation (1) or, with the layer above, (2); None if what it needs has not arrived."""
    slopes = np.array([_slope(row) for row in rows])
    if above is None:
        errors = np.array([row.error(journal) for row in rows], dtype=np.float64)
        return output_delta(errors, slopes)
    weights = _weights(rows, above, journal)
    deltas = np.array([row.delta(journal) for row in above], dtype=np.float64)
    return None if weights is None else hidden_delta(weights, deltas, slopes)


def _slope(row: Row) -> float:
    """σ′(z) from the definition of the activation where there is one, not from the graph."""
    if row.a is None:
        return row.slope
    activation = "identity" if row.a is row.z or row.a.op is None else row.a.op.name
    if activation in SLOPES:
        return float(SLOPES[activation](np.array(row.z.data)))
    return row.slope


def _weights(rows: list[Row], above: list[Row], journal: Journal) -> np.ndarray | None:
    """Wˡ⁺¹ by the labels of the graph, shape (n_{l+1}, n_l)."""
    numbers = {node.label: node.data for node in journal.order if getattr(node.label, "kind", "") == "w"}
    names = [[Name("w", to.layer, to.neuron, row.neuron) for row in rows] for to in above]
    if any(name not in numbers for row in names for name in row):
        return None
    return np.array([[numbers[name] for name in row] for row in names])


def _z_of(step: Step, journal: Journal) -> Value:
    """The z of the neuron that a step belongs to: its node, or the sum that its node is a term of."""
    node = step.node
    while getattr(node.label, "kind", "") != "z" and journal.ledger(node):
        node = journal.ledger(node)[0].node
    return node
