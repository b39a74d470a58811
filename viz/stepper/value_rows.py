"""Writes the table for a graph without neurons: all values, with gradients filled in during the pass."""

from __future__ import annotations

from html import escape

from minigrad import Value, rules
from minigrad.journal import Journal
from minigrad.symbols.numerals import shown
from viz.stepper.recording import Recording
from viz.stepper.words import Words

MOST_ROWS = 400  # those nearest to the root; the list of all values below the table has the others


def values_html(journal: Journal, recording: Recording, words: Words) -> str:
    """The table, with each gradient in `data-value`, and in `data-done` the step that completes it."""
    named = [node for node in reversed(journal.order) if recording.nodes[recording.number[node]]["kind"]]
    body = "".join(_row(node, journal, recording) for node in named[:MOST_ROWS])
    heads = ("value", "operation", "data", f"∂{words.cost}/∂value")
    head = "".join(f"<th scope=col>{escape(text)}</th>" for text in heads)
    return f"<table id=deltas><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row(node: Value, journal: Journal, recording: Recording) -> str:
    facts = recording.nodes[recording.number[node]]
    gradient = shown(node.grad, recording.digits[node])
    steps = [str(step.number) for step in journal.ledger(node)]
    known = f"<td><b>{gradient}</b></td>"  # of the root, before the first step
    if node.op is rules.constant:
        known = "<td>–</td>"
    elif steps:
        known = (
            f'<td data-value="{gradient}" data-done={steps[-1]} data-made="{" ".join(steps)}"><b>?</b></td>'
        )
    made = escape(node.op.name) if node.op is not None else "leaf"
    return (
        f"<tr><th scope=row>{escape(facts['text'])}</th><td>{made}</td><td>{facts['data']}</td>{known}</tr>"
    )
