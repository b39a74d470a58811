"""Equation (3) for the page: ∂C/∂W of a layer as the outer product of its δ and the activations before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minigrad import Value
from minigrad.debugger.looks import partner
from minigrad.journal import Journal, Step
from minigrad.symbols.numerals import FACTOR_DIGITS, MOST_DIGITS, as_number, shown
from nn.delta.delta_table import Row
from nn.delta.notation import drawn
from viz.stepper.words import Words, kind_of

MOST = 6  # rows and columns


def matrices_of(journal: Journal, rows: Sequence[Row], words: Words) -> dict[int, dict[str, Any]]:
    """The matrix of each layer that is not too large, with the step that computes each cell."""
    matrices = {}
    for layer in sorted({row.layer for row in rows}):
        neurons = [row for row in rows if row.layer == layer]
        steps = _weight_steps(journal, layer)
        sources = {source for _, source in steps}
        complete = len(steps) == len(neurons) * len(sources)
        if complete and 0 < len(neurons) <= MOST and len(sources) <= MOST:
            matrices[layer] = _matrix(layer, neurons, sorted(sources), steps, journal, words)
    return matrices


def _weight_steps(journal: Journal, layer: int) -> dict[tuple[int, int], Step]:
    found: dict[tuple[int, int], Step] = {}
    for number in range(1, len(journal) + 1):
        step = journal[number]
        label: Any = step.operand.label
        if kind_of(step.operand) != "w" or label.layer != layer or partner(step.node, step.place) is None:
            continue
        found.setdefault((label.neuron, label.source), step)
    return found


def _matrix(
    layer: int,
    rows: Sequence[Row],
    sources: list[int],
    steps: dict[tuple[int, int], Step],
    journal: Journal,
    words: Words,
) -> dict[str, Any]:
    inputs = {source: _input(steps[rows[0].neuron, source]) for source in sources}
    digits = _digits([row.z.grad for row in rows], [node.data for node in inputs.values()])
    name: Any = rows[0].z.label
    title = f"(3) ∂{words.cost}/∂{_layer_name(name, 'W', words)} = {_layer_name(name, 'delta', words)} "
    return {
        "title": title + f"({_layer_name(name, 'a', words, before=True)})ᵀ",
        "columns": [(words.text(node), shown(node.data, digits)) for node in inputs.values()],
        "rows": [
            {
                "name": words.gradient(row.z),
                "delta": shown(row.z.grad, digits),
                "done": max(step.number for step in journal.ledger(row.z)),
                "cells": [
                    (shown(steps[row.neuron, source].contribution), steps[row.neuron, source].number)
                    for source in sources
                ],
            }
            for row in rows
        ],
    }


def _layer_name(name: Any, kind: str, words: Words, before: bool = False) -> str:
    return drawn(kind, name.layer - before, notation=words.notation)


def _input(step: Step) -> Value:
    found = partner(step.node, step.place)
    assert found is not None
    return found


def _digits(deltas: Sequence[float], inputs: Sequence[float]) -> int:
    """The number of digits of the margins with which every product is right as printed."""
    for digits in range(FACTOR_DIGITS, MOST_DIGITS):
        if all(
            shown(as_number(shown(delta, digits)) * as_number(shown(a, digits))) == shown(delta * a)
            for delta in deltas
            for a in inputs
        ):
            return digits
    return MOST_DIGITS
