"""Writes the δ table of the page as HTML: equation (2) in a row for each neuron."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from minigrad import Value
from minigrad.journal import Journal
from minigrad.symbols.numerals import FACTOR_DIGITS, MOST_DIGITS, RESULT_DIGITS, as_number, shown
from nn.delta.delta_table import Row
from nn.delta.notation import drawn
from viz.stepper.words import Words

MOST_SOURCES = 6  # columns; a wider layer has one column for all of its shares


def table_html(rows: Sequence[Row], journal: Journal, words: Words, digits: dict[Value, int]) -> str:
    """The table, with each number in `data-value`, and in `data-done` the step after which it is known."""
    most = max((max(row.sources, default=0) for row in rows), default=0)
    columns = list(range(1, most + 1)) if most <= MOST_SOURCES else []
    heads = [f"from neuron {source}" for source in columns] or ["Σ of all that came back"]
    head = "".join(f"<th scope=col>{text}</th>" for text in ("", *heads, "= ∂C/∂a", "× σ′(z)", "= δ"))
    head = head.replace("∂C", f"∂{words.cost}")
    body = "".join(_row(row, rows, columns, journal, words, digits[row.a]) for row in rows)
    return f"<table id=deltas class=fixed><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row(
    row: Row, rows: Sequence[Row], columns: list[int], journal: Journal, words: Words, digits: int
) -> str:
    shares, error, slope, delta = row_texts(row, journal, digits)
    error_done = max((max(numbers) for numbers in row.sources.values()), default=0)
    delta_done = row.slope_step or max((step.number for step in journal.ledger(row.z)), default=0)
    cells = []
    if not columns:
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
    return f'<td{kind}{across} data-value="{text}" data-done={done} data-made="{made}"><b>?</b>{below}</td>'


def row_texts(row: Row, journal: Journal, least: int = RESULT_DIGITS) -> tuple[list[str], str, str, str]:
    """The shares, their sum, the slope and δ as text, with digits that make sum and product right as printed.

    Shares and sum have at least `least` digits, the slope at least 5.
    """
    shares = [row.share(source, journal) or 0.0 for source in row.sources]
    error, delta, slope = row.a.grad, row.z.grad, row.slope
    result = shown(delta)
    for digits in range(least, MOST_DIGITS):
        texts, total = [shown(share, digits) for share in shares], shown(error, digits)
        if shown(sum(map(as_number, texts)), digits) != total:
            continue
        if row.a is row.z:
            return texts, total, "1", total
        if math.isnan(slope):
            return texts, total, "–", result
        for more in range(FACTOR_DIGITS, MOST_DIGITS):
            factor = shown(slope, more)
            if shown(as_number(total) * as_number(factor)) == result:
                return texts, total, factor, result
    return [shown(share) for share in shares], shown(error), shown(slope, FACTOR_DIGITS), result
