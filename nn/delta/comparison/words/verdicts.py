"""What was found, as a person reads it: the mistakes in sentences, and your numbers beside the right ones."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from minigrad.display import html_form, one_line
from nn.delta.comparison.answers.quantities import Quantity
from nn.delta.comparison.naming import entry_name, named
from nn.delta.comparison.passes import Array

SHOWN = 16  # rows of the table below the findings

PLURAL = {
    "is": "are", "has": "have", "takes": "take", "sends": "send", "multiplies": "multiply", "leaves": "leave",
    "starts": "start", "compares": "compare", "keeps": "keep",
}  # fmt: skip


@dataclass(frozen=True)
class Mistake:
    """One kind of mistake, and the quantity in which it is; `sentence` has {q} for it.

    >>> Mistake("sign", "δ²").kind
    'sign'
    """

    kind: str
    quantity: str
    detail: str = ""
    sentence: str = ""


@dataclass(frozen=True)
class Verdict:
    """One quantity: `yours` and the right numbers, where they are `off`, and whether that is `state`.

    `state` is "right", "carried" (right, given your numbers before it) or "wrong"; `how` in which rounding.

    >>> one = np.array([0.5])
    >>> Verdict("δ²", "wrong", -one, one, one > 0, 3, "", ("δ²₁",)).rows()
    [('δ²₁', '−0.500', '0.500', 'off')]
    """

    quantity: str
    state: str
    yours: Array
    right: Array
    off: NDArray[np.bool_]
    decimals: int
    how: str
    entries: tuple[str, ...]  # what each number is called, row by row

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Name, yours, right, and "off" for each entry."""
        note = {"wrong": "off", "carried": "carried on", "right": ""}[self.state]
        numbers = zip(self.entries, self.yours.ravel(), self.right.ravel(), self.off.ravel(), strict=True)
        return [
            (name, _number(yours, self.decimals), _number(right, self.decimals), note if off else "")
            for name, yours, right, off in numbers
        ]


@dataclass(frozen=True)
class Comparison:
    """What was found. `mistakes` is empty if all is right; `alternatives` explain the same numbers as well.

    `verdicts` has your numbers beside the right ones, for each quantity that was given.

    >>> twice = "1/N is there twice in {q}"
    >>> print(Comparison((Mistake("", "∂C/∂W²", "", twice), Mistake("", "∂C/∂W¹", "", twice))))
    1/N is there twice in ∂C/∂W² and ∂C/∂W¹.
    """

    mistakes: tuple[Mistake, ...] = ()
    alternatives: tuple[tuple[Mistake, ...], ...] = ()
    remarks: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()

    @property
    def right(self) -> bool:
        """Whether everything given agrees with the four equations."""
        return not self.mistakes

    @property
    def kinds(self) -> list[str]:
        """The kinds of mistake found, each once."""
        return list(dict.fromkeys(mistake.kind for mistake in self.mistakes))

    def __repr__(self) -> str:
        return one_line(f"<comparison: {str(self).splitlines()[0]}>")

    _repr_html_ = html_form

    def words(self) -> str:
        """What was found, without any of the numbers."""
        states = _states(self.verdicts, bool(self.mistakes)) or ["All that was given is right."] * self.right
        lines = _in_words(self.mistakes) if self.mistakes else states
        for alternative in self.alternatives:
            lines.append("Or, as these numbers cannot tell: " + " ".join(_in_words(alternative)))
        return "\n".join([*lines, *(states if self.mistakes else []), *self.remarks])

    def __str__(self) -> str:
        return "\n".join([self.words(), *_table([v for v in self.verdicts if v.state != "right"], SHOWN)])

    def table(self) -> str:
        """All that was given beside the right numbers, entry by entry."""
        everything = sum(verdict.right.size for verdict in self.verdicts)
        return "\n".join(_table(self.verdicts, everything)[1:])


def verdict_of(quantity: Quantity, state: str, how: str) -> Verdict:
    """A quantity with what was found about it.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.answers.digits import Written
    >>> from nn.delta.comparison.answers.quantities import quantities_of
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], initial=[[[2.0]]]), [0.3], y=1.0))  # δ = −0.8
    >>> q = quantities_of(right, {"delta1": Written.of(np.array([[0.8]]))})["delta1"]
    >>> verdict_of(q, "wrong", "").off
    array([[ True]])
    """
    yours, truth = quantity.written.numbers, quantity.truth
    shown = named(quantity.name, quantity.notation)
    entries = tuple(entry_name(quantity.name, truth.shape, n, quantity.notation) for n in range(truth.size))
    if yours.shape != truth.shape:  # a shape of its own: there is no entry beside it
        nothing = np.full(truth.shape, np.nan)
        return Verdict(shown, state, nothing, truth, np.ones(truth.shape, bool), 6, how, entries)
    bounds = next((bounds for words, bounds in quantity.takes if words == how), quantity.bounds)
    decimals = _decimals(truth) if quantity.written.computed else max(quantity.written.most, 3)
    off = np.zeros(truth.shape, bool) if state == "right" else bounds.off(truth)
    return Verdict(shown, state, yours, truth, off, decimals, how, entries)


def _decimals(numbers: Array) -> int:
    sizes = np.abs(numbers[numbers != 0])
    if not sizes.size:
        return 6
    return min(max(4 - math.floor(math.log10(float(np.sort(sizes)[len(sizes) // 2]))), 3), 12)


def _in_words(mistakes: Iterable[Mistake]) -> list[str]:
    places: dict[str, list[str]] = {}
    for mistake in mistakes:
        places.setdefault(mistake.sentence, []).append(mistake.quantity)
    return [_sentence(template, quantities) for template, quantities in places.items()]


def _sentence(template: str, quantities: list[str]) -> str:
    if len(set(quantities)) > 1:
        template = re.sub(r"\{q\} (\w+)", lambda verb: "{q} " + PLURAL.get(verb[1], verb[1]), template)
    text = template.replace("{q}", _listed(quantities))
    text = text[0].upper() + text[1:] if text[:2].isascii() and text[:2].isalpha() else text
    return text if text.endswith("?") else text + "."


def _states(verdicts: Iterable[Verdict], some_wrong: bool) -> list[str]:
    """Which quantities are right, or right given the numbers before them; one line for each way to be
    right."""
    groups: dict[tuple[str, str], list[str]] = {}
    for verdict in verdicts:
        if verdict.state != "wrong":
            groups.setdefault((verdict.state, verdict.how), []).append(verdict.quantity)
    lines = []
    for (state, how), quantities in groups.items():
        rounding = f", {how}" if how else ""
        if state == "carried":
            lines.append(f"Right, given your numbers before{rounding}: {_listed(quantities)}.")
        elif some_wrong or len(groups) > 1:
            lines.append(f"Right{rounding}: {_listed(quantities)}.")
        else:
            lines.append(f"All that was given is right{rounding}.")
    return lines


def _table(verdicts: Iterable[Verdict], most: int) -> list[str]:
    """Rows of numbers with their points below each other, `most` at most: what is off first to be kept."""
    everything = [row for verdict in verdicts for row in verdict.rows()]
    kept = everything
    if len(everything) > most:
        kept = [row for note in ("off", "carried on", "") for row in everything if row[3] == note][:most]
    if not kept:
        return []
    places = max(len(number.partition(".")[2]) for row in kept for number in row[1:3])
    rows = [("", "yours", "right", "")]
    rows += [
        (name, _padded(yours, places), _padded(right, places), note) for name, yours, right, note in kept
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        f"  {name:<{widths[0]}}  {yours:>{widths[1]}}  {right:>{widths[2]}}  {note}".rstrip()
        for name, yours, right, note in rows
    ]
    left_out = len(everything) - len(kept)
    return ["", *lines, *([f"  … and {left_out} more: table() has them all"] if left_out else [])]


def _padded(number: str, places: int) -> str:
    return number + " " * (places - len(number.partition(".")[2]))


def _number(number: float, decimals: int) -> str:
    if np.isnan(number):
        return "–"
    return f"{number + 0.0:.{decimals}f}".replace("-", "−")


def _listed(quantities: list[str]) -> str:
    *before, last = dict.fromkeys(quantities)
    return f"{', '.join(before)} and {last}" if before else last
