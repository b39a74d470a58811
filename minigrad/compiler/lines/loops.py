"""Writes lines that repeat as loops, which do what the lines do, one after the other.

The terms are those of `repeats.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from minigrad.compiler.lines.repeats import TOKEN, Loop, Note, Part, Read, Repeats
from minigrad.compiler.reading.blocks import stem_of


class Rolled:
    """Lines with loops in place of those that repeat; `end` is a text that is read after them.

    Attributes:
        lines: the result.
        written: the new code of each line.
        end: the last text, with new names.
    """

    def __init__(self, parts: Sequence[Sequence[Note]], end: str) -> None:
        found = Repeats(parts)
        self.notes, self.tokens, self.where, self.loops = found.notes, found.tokens, found.where, found.loops
        self.end = end
        if self.loops:
            self._name(TOKEN.findall(end))
            self.end = "".join(map(self._outside, TOKEN.findall(end)))
        self.written: list[str] = []
        self.lines = list(self._write())

    def _name(self, end: list[str]) -> None:
        """Decide which series are lists, and name all."""
        taken = {token for tokens in [*self.tokens, end] for token in tokens}
        in_loops = {line for loop in self.loops for line in range(loop.start, loop.stop)}
        others = [tokens for line, tokens in enumerate(self.tokens) if line not in in_loops]
        outside = {token for tokens in [*others, end] for token in tokens}
        self.counter = next(name for name in ("t", "step", "step_2") if name not in taken)
        for loop in self.loops:
            for series in loop.series:
                reads = [(read, j, other) for other in self.loops for read, j in other.reads(series)]
                last_is_enough = not outside & set(series.names[:-1]) and all(
                    other is loop and (read.start == 0 or (read.start == -1 and j <= series.line))
                    for read, j, other in reads
                )
                series.is_list = not last_is_enough
                stem = stem_of(series.names[0]) or "array"
                wanted = f"{stem}s" if series.is_list else f"{stem}_t"
                names = (wanted if k == 1 else f"{wanted}_{k}" for k in itertools.count(1))
                series.name = next(name for name in names if name not in taken)
                taken.add(series.name)

    def _outside(self, token: str) -> str:
        """A name outside of loops."""
        if token not in self.where:
            return token
        series, step = self.where[token]
        if step < 0:
            return token
        return series.element(str(step - series.first))

    def _write(self) -> Iterator[Note]:
        begin = 0
        for loop in self.loops:
            yield from self._plain(begin, loop.start)
            yield from self._loop(loop)
            begin = loop.stop
        yield from self._plain(begin, len(self.notes))

    def _plain(self, start: int, stop: int) -> Iterator[Note]:
        for tokens, (_, note) in zip(self.tokens[start:stop], self.notes[start:stop]):
            self.written.append("".join(map(self._outside, tokens)))
            yield self.written[-1], note

    def _loop(self, loop: Loop) -> Iterator[Note]:
        for series in loop.series:
            before = [self._outside(series.before[step]) for step in sorted(series.before)]
            if series.is_list:
                yield f"{series.name} = [{', '.join(before)}]", ""
            elif before:
                yield f"{series.name} = {before[-1]}", ""
        first, slope = self._counter(loop)
        stop = first + slope * loop.count
        steps = f"{first}, {stop}, -1" if slope < 0 else f"{first}, {stop}" if first else f"{stop}"
        yield f"for {self.counter} in range({steps}):", ""
        lines = []
        for j, parts in enumerate(loop.lines):
            code = "".join(self._text(parts, k, first, slope) for k in range(len(parts)))
            target = parts[0]
            if isinstance(target, Read) and target.series.is_list and target.series.line == j:
                code = f"{target.series.name}.append({code.split(' = ', 1)[1]})"
            lines.append(code)
            yield f"    {code}", self.notes[loop.start + j][1]
        self.written += lines * loop.count

    def _counter(self, loop: Loop) -> tuple[int, int]:
        """The value of t in the first step, and its difference: t is the place in a list that is read."""
        reads = [read for read, _ in loop.reads() if read.series.is_list]
        if not reads:
            return 0, 1
        one = min(reads, key=lambda read: read.series in loop.series)  # made before, if there are any
        return max(read.start - read.series.first for read in reads if read.series is one.series), one.slope

    def _text(self, parts: Sequence[Part], k: int, first: int, slope: int) -> str:
        """A part of a line in a loop, of which t is `first` in step 0 and then goes up or down by 1."""
        part = parts[k]
        if isinstance(part, str):
            return self._outside(part)
        if isinstance(part, tuple):
            text = self._linear(part[0] - part[1] * slope * first, part[1] * slope)
            is_alone = parts[k - 1] in ("[", ":", "(") and parts[k + 1] in ("]", ":", ")", ",")
            return text if is_alone else f"({text})"
        steps = part.slope * slope
        return part.series.element(self._linear(part.start - part.series.first - steps * first, steps))

    def _linear(self, start: int, slope: int) -> str:
        """start + slope · t."""
        times = self.counter if abs(slope) == 1 else f"{abs(slope)} * {self.counter}"
        if slope < 0:
            return f"{start} - {times}"
        return times if start == 0 else f"{times} {'+' if start > 0 else '-'} {abs(start)}"
