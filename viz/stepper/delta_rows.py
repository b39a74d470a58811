"""Writes the δ table of the page as HTML: equation (2) in a row for each neuron."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from minigrad import Value
from minigrad.journal import Journal
from minigrad.symbols.numerals import RESULT_DIGITS
from nn.delta.delta_table import Row, row_texts
from nn.delta.notation import drawn
from viz.stepper.words import Words

MOST_SOURCES = 6  # columns; a wider layer has one column for all of its shares

COUPLING = (
    "<p>Jᵀ: softmax couples the neurons of its layer. δ of each is a sum over the ∂C/∂a of all: "
    "δⱼ = Σᵢ ∂C/∂aᵢ · ∂aᵢ/∂zⱼ. There is no σ′ of one neuron.</p>"
)


def table_html(rows: Sequence[Row], journal: Journal, words: Words, digits: dict[Value, int]) -> str:
    """The table, with each number in `data-value`, and in `data-done` the step after which it is known."""
    most = max((max(row.sources, default=0) for row in rows), default=0)
    columns = list(range(1, most + 1)) if most <= MOST_SOURCES else []
    heads = [f"from neuron {source}" for source in columns] or ["Σ of all that came back"]
    heads += ["= ∂C/∂a", "× σ′(z), or Jᵀ" if any(row.coupled for row in rows) else "× σ′(z)", "= δ"]
    head = "".join(f"<th scope=col>{text}</th>" for text in ("", *heads))
    head = head.replace("∂C", f"∂{words.cost}")
    body = "".join(_row(row, rows, columns, journal, words, _digits(row, digits)) for row in rows)
    table = f"<table id=deltas class=fixed><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return table + (COUPLING if any(row.coupled for row in rows) else "")


def _digits(row: Row, digits: dict[Value, int]) -> int:
    return RESULT_DIGITS if row.a is None else digits[row.a]


def _row(
    row: Row, rows: Sequence[Row], columns: list[int], journal: Journal, words: Words, digits: int
) -> str:
    shares, error, slope, delta = row_texts(row, journal, digits)
    error_done = max((max(numbers) for numbers in row.sources.values()), default=0)
    delta_done = row.slope_step or max((step.number for step in journal.ledger(row.z)), default=0)
    cells = []
    if not row.sources:
        cells.append(_cell(error, 0, _sources(row, words), [], max(len(columns), 1)))
    elif not columns:
        numbers = [number for source in row.sources.values() for number in source]
        cells.append(_cell(error, error_done, _sources(row, words), numbers))
    elif 0 in row.sources:
        cells.append(_cell(shares[0], error_done, "from the cost", row.sources[0], len(columns)))
    else:
        by_source = dict(zip(row.sources, shares, strict=True))
        for source in columns:
            cells.append(
                _share(row, source, by_source, rows, words) if source in row.sources else "<td>–</td>"
            )
    first = next((other for other in rows if other.layer == row.layer), row) is row
    name = words.gradient(row.z)
    cells.append(_cell(error, error_done, "", [error_done]))
    cells.append(f"<td class=slope>{slope}</td>")
    cells.append(_cell(delta, delta_done, "", [delta_done], kind="delta"))
    start = "<tr class=first>" if first else "<tr>"
    return f"{start}<th scope=row>{escape(name)}</th>{''.join(cells)}</tr>"


def _sources(row: Row, words: Words) -> str:
    if not row.sources:
        return "the cost does not depend on it"
    if 0 in row.sources:
        return "from the cost"
    count = len(row.sources)
    return f"{count} terms w δ" if count > 1 else "w δ"


def _share(row: Row, source: int, texts: dict[int, str], rows: Sequence[Row], words: Words) -> str:
    numbers = row.sources[source]
    sender = next(other for other in rows if (other.layer, other.neuron) == (row.layer + 1, source))
    weight = drawn("w", row.layer + 1, source, row.neuron, words.notation)
    delta = words.gradient(sender.z)
    return _cell(texts[source], max(numbers), f"{weight} {delta}", numbers)


def _cell(text: str, done: int, small: str, numbers: Sequence[int], span: int = 1, kind: str = "") -> str:
    across = f" colspan={span}" if span > 1 else ""
    kind = f" class={kind}" if kind else ""
    made = " ".join(map(str, numbers))
    below = f"<small>{escape(small)}</small>" if small else ""
    if not any(numbers):  # nothing will arrive: it is known from the start
        return f"<td{kind}{across}><b>{text}</b>{below}</td>"
    return f'<td{kind}{across} data-value="{text}" data-done={done} data-made="{made}"><b>?</b>{below}</td>'
