"""Finds lines that repeat, such as those of the steps of a recurrence.

Lines repeat if they differ only in names that each step gives anew, and in whole numbers that go up or down
by the same amount, such as those of a slice. `loops.py` writes them as a loop.

Glossary
    step     one passage of the lines that repeat, numbered 0, 1, …
    series   the names that stand in one place of all steps: a list, or one variable if the last one is enough
    lag      how many steps before a name was given
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

# A loop has so many steps, and saves so many lines.
FEWEST_STEPS = 3
FEWEST_SAVED = 4

# Of lines that look as if they repeated, so many are tried, and steps of so many lines.
MOST_TRIED = 20
LONGEST_STEP = 200

# An attribute, such as .T, is no name.
TOKEN = re.compile(r"\.?[^\W\d]\w*|\d+(?:\.\d*)?(?:e[+-]?\d+)?|\s+|.")

Note = tuple[str, str]  # a line, and its comment


@dataclass(eq=False)
class Series:
    """Names of a loop by step, from `first` on, which is negative for those that were given before it.

    `name` is that of the list or variable, `is_list` tells which.
    """

    names: list[str]
    line: int
    before: dict[int, str] = field(default_factory=dict)
    name: str = ""
    is_list: bool = True

    @property
    def first(self) -> int:
        """The step of the first name."""
        return -len(self.before)

    def element(self, text: str) -> str:
        """The name in the place of a list that the text tells, or the variable."""
        return f"{self.name}[{text}]" if self.is_list else self.name


@dataclass(frozen=True)
class Read:
    """A name in a loop: of the series, that of the step `start` + `slope` · step."""

    series: Series
    start: int
    slope: int = 1


Part = str | Read | tuple[int, int]


@dataclass
class Loop:
    """The lines from `start` on, count · period of them.

    `lines` has for each line of a step its parts: text, Read, or numbers as (that of step 0, difference).
    """

    start: int
    period: int
    count: int
    lines: list[list[Part]]
    series: list[Series]

    @property
    def stop(self) -> int:
        """The line after the loop."""
        return self.start + self.period * self.count

    def reads(self, series: Series | None = None) -> list[tuple[Read, int]]:
        """What is read, of one series or of all, and in which line of a step."""
        return [
            (part, j)
            for j, parts in enumerate(self.lines)
            for part in parts
            if isinstance(part, Read) and series in (None, part.series)
        ]

    @property
    def saved(self) -> int:
        """How many lines fewer there are, without those that make lists."""
        return (self.count - 1) * self.period - 1 - sum(bool(series.before) for series in self.series)


class Repeats:
    """The loops among lines, given as (code, comment) by parts across which no loop goes.

    Attributes:
        tokens: of each line.
        where: the series and the step of each name that a loop gives.
        loops: those that are found, in order.
    """

    def __init__(self, parts: Sequence[Sequence[Note]]) -> None:
        self.notes = [note for part in parts for note in part]
        self.tokens = [TOKEN.findall(code) for code, _ in self.notes]
        self.given: dict[str, tuple[int, int]] = {}  # the first and the last line that give a name
        for line, (name, *_) in enumerate(self.tokens):
            self.given[name] = self.given.get(name, (line, line))[0], line
        self.where: dict[str, tuple[Series, int]] = {}
        self.loops: list[Loop] = []
        start = 0
        for part in parts:
            self._find(start, start + len(part))
            start += len(part)
        self.loops.sort(key=lambda loop: loop.start)

    def _find(self, start: int, stop: int) -> None:
        """Find the loop that saves most lines, then others before and after it."""
        loop = self._best(start, stop)
        if loop is None:
            return
        self.loops.append(loop)
        for series in loop.series:
            for step, name in [*series.before.items(), *enumerate(series.names)]:
                self.where.setdefault(name, (series, step))
        self._find(start, loop.start)
        self._find(loop.stop, stop)

    def _best(self, start: int, stop: int) -> Loop | None:
        """The loop among these lines that saves most of them."""
        loops: list[Loop] = []
        for length, period, first in self._repeats(start, stop)[:MOST_TRIED]:
            if loops and length - period <= max(loop.saved for loop in loops):
                break
            for begin in range(first, first + 2 * period):
                most = (first + length - begin) // period
                for count in range(most, max(most - 3, FEWEST_STEPS - 1), -1):
                    loop = self._matched(begin, period, count)
                    if loop is not None:
                        loops.append(loop)
                        break
        best = max(loops, key=lambda loop: (loop.saved, "@" in self.tokens[loop.start]), default=None)
        return best if best is not None and best.saved >= FEWEST_SAVED else None

    def _repeats(self, start: int, stop: int) -> list[tuple[int, int, int]]:
        """(length, period, first) of lines each like that a period before; first what may save most."""
        found: list[tuple[int, int, int]] = []
        if max(Counter(map(len, self.tokens[start:stop])).values(), default=0) < FEWEST_STEPS:
            return found  # at once, as no more can be of one kind
        kinds = np.array([hash(_kind(tokens)) for tokens in self.tokens[start:stop]])
        if max(Counter(kinds.tolist()).values()) < FEWEST_STEPS:
            return found
        for period in range(1, min(len(kinds) // FEWEST_STEPS, LONGEST_STEP) + 1):
            same = np.concatenate([[False], kinds[:-period] == kinds[period:], [False]])
            edges = np.flatnonzero(same[1:] != same[:-1]).tolist()
            for first, last in zip(edges[::2], edges[1::2]):
                if last - first >= (FEWEST_STEPS - 1) * period:
                    found.append((last - first + period, period, start + first))
        return sorted(found, key=lambda each: (each[1] - each[0], each[1]))

    def _matched(self, start: int, period: int, count: int) -> Loop | None:
        """The loop of these lines; None if they differ otherwise."""
        own: dict[str, tuple[Series, int]] = {}
        loop = Loop(start, period, count, [], [])
        for j in range(period):
            names = [self.tokens[start + step * period + j][0] for step in range(count)]
            if len(set(names)) > 1 and names[0] not in own:
                is_new = all(
                    self._is_given_in(name, start + k * period, period) for k, name in enumerate(names)
                )
                if len(set(names)) < count or not is_new:
                    return None
                series = Series(names, j)
                loop.series.append(series)
                own |= {name: (series, step) for step, name in enumerate(names)}
        for j in range(period):
            steps = [self.tokens[start + step * period + j] for step in range(count)]
            parts = [self._part(slot, own, start) for slot in zip(*steps)]
            if None in parts:
                return None
            loop.lines.append(parts)  # type: ignore[arg-type]  # without None
        return loop

    def _is_given_in(self, name: str, start: int, period: int) -> bool:
        """Whether these lines are all that give a name."""
        first, last = self.given[name]
        return start <= first and last < start + period

    def _part(self, slot: tuple[str, ...], own: dict[str, tuple[Series, int]], start: int) -> Part | None:
        """What stands in one place of each step."""
        if len(set(slot)) == 1:
            return None if slot[0] in own else slot[0]
        if all(map(str.isdigit, slot)):
            numbers = list(map(int, slot))
            step = numbers[1] - numbers[0]
            is_even = numbers == [numbers[0] + step * k for k in range(len(slot))]
            return (numbers[0], step) if is_even else None
        if slot[-1] in own:
            series, step = own[slot[-1]]
            lag = len(slot) - 1 - step
            if lag < 0 or list(slot[lag:]) != series.names[: len(slot) - lag]:
                return None
            for step, name in enumerate(slot[:lag]):
                is_before = name[0].isalpha() and self.given.get(name, (-1, -1))[1] < start
                if not is_before or series.before.setdefault(step - lag, name) != name:
                    return None
            return Read(series, -lag)
        if any(name not in self.where for name in slot):
            return None
        places = [self.where[name] for name in slot]
        (series, first), slope = places[0], places[1][1] - places[0][1]
        is_even = places == [(series, first + slope * k) for k in range(len(slot))]
        return Read(series, first, slope) if is_even and abs(slope) == 1 else None


def _kind(tokens: list[str]) -> tuple[str, ...]:
    """The tokens without names and whole numbers, but with functions and attributes."""
    kept = []
    for k, token in enumerate(tokens):
        is_word = token[0].isalpha() or token[0] == "_"
        is_called = tokens[k + 1 : k + 2] == ["("]
        kept.append("·" if token.isdigit() or (is_word and not is_called) else token)
    return tuple(kept)
