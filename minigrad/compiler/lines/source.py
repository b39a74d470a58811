"""Writes the lines of a program as Python source, with the shape and the equation of each in a comment.

Each function is pure: it takes the arrays of the parameters, and a batch, and changes neither.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from minigrad.compiler.lines.layout import Layout
from minigrad.compiler.lines.line import Line, names_in
from minigrad.compiler.lines.loops import Rolled
from minigrad.compiler.lines.names import shown
from minigrad.compiler.reading.blocks import Blocks
from minigrad.symbols.formulas import Formula, symbol

# A line may be so long; one that must be broken is filled less.
LONGEST, WIDTH = 110, 100


def unpacking(found: Blocks, arrays: Mapping[int, Formula], wanted: set[str] | None = None) -> str:
    """The line that splits the batch into inputs: a row for each input, a column for each example."""
    columns = len(found.graph.columns)
    names, slices = [], []
    for number, (start, stop) in _columns(found).items():
        if wanted is None or str(arrays[number]) in wanted:
            is_rest = stop == columns and wanted is None
            part = f"batch[:, {start or ''}:{'' if is_rest else stop}]"
            part = "batch" if is_rest and start == 0 else part
            fixed = [found.graph.fixed[x] for x in found.blocks[number].nodes if x in found.graph.fixed]
            if fixed:  # inputs that all examples have alike
                same = [f"zeros_like(batch[:, :1]) + {each:g}".removesuffix(" + 0") for each in fixed]
                part = f"concatenate([{', '.join([*same, part])}], axis=1)"
            names.append(str(arrays[number]))
            slices.append(f"{part}.T")
    return f"{', '.join(names)} = {', '.join(slices)}" if names else ""


def width_of(found: Blocks, arrays: Mapping[int, Formula], wanted: set[str]) -> int:
    """How many columns of the batch the wanted inputs reach to."""
    columns = _columns(found).items()
    return max((stop for number, (_, stop) in columns if str(arrays[number]) in wanted), default=0)


def _columns(found: Blocks) -> dict[int, tuple[int, int]]:
    """Where the columns of each block of inputs begin and end."""
    result, start = {}, 0
    for number, block in enumerate(found.blocks):
        if block.is_leaf:
            stop = start + sum(map(found.graph.columns.__contains__, block.nodes))
            result[number] = start, stop
            start = stop
    return result


def needed(lines: Sequence[Line], wanted: Iterable[str]) -> tuple[list[Line], set[str]]:
    """The lines that the wanted arrays depend on, in order, and the names of all that they read."""
    names, kept = set(wanted), []
    for line in reversed(lines):
        if line.target in names:
            kept.append(line)
            names |= line.reads
    return kept[::-1], names


@dataclass(frozen=True)
class Writing:
    """What all functions of a program are written from.

    Attributes:
        found: the blocks.
        arrays: the array of each block, by number.
        layout: the arrays of the parameters.
        names: the name of each function that is called.
        known: the lines that are written, as most are in several functions.
    """

    found: Blocks
    arrays: Mapping[int, Formula]
    layout: Layout
    names: Mapping[Any, str]
    known: dict[int, tuple[str, str]] = field(default_factory=dict)

    def cost(self) -> Formula:
        """The cost of each example, or of all."""
        return self.arrays[self.found.place[self.found.graph.root][0]]

    def gradient(self, forward: list[Line], backward: list[Line]) -> tuple[str, str, list[str]]:
        """The function that computes the mean cost, and the gradient of each array of parameters, by name.

        Then the same without loops, in which each array has its name, and the codes of the backward lines.
        """
        cost = self.cost()
        forward, _ = needed(forward, names_in(cost).union(*[line.reads for line in backward]))
        mean = "cost.sum() / examples" if "N" in cost.shape else "cost.sum()"
        begun = {line.target for line in backward}
        gradients = [
            f'"{each.name}": ' + (f"d{each.name}" if f"d{each.name}" in begun else f"zeros_like({each.name})")
            for each in self.layout.arrays
        ]
        parts = [self._written(forward), self._written(backward)]
        before = [(unpacking(self.found, self.arrays), "N examples, one a column"), (self._count(), "")]
        between = [("# backward: delta carries the factor 1 / N of the mean", "")] if backward else []
        end = _wrapped(f"    return {mean}, {{", gradients, "}")
        notes = [*parts[0], *between, *parts[1]]
        plain = self._function("gradient", [*before, *notes], end)
        rolled = Rolled([parts[0], between, parts[1]], end)
        if not rolled.loops:
            return plain, plain, [code for code, _ in parts[1]]
        source = self._function("gradient", [*before, *rolled.lines], rolled.end)
        return source, plain, rolled.written[len(parts[0]) + len(between) :]

    def _count(self) -> str:
        """The line that counts the examples; without inputs all are the same one."""
        return "examples = len(batch)" if self.found.graph.columns else "examples = 1"

    def costs(self, forward: list[Line]) -> str:
        """The function that computes the cost of each example."""
        forward, _ = needed(forward, names_in(self.cost()))
        body = [(unpacking(self.found, self.arrays), ""), *self._written(forward)]
        return self._function("costs", body, "    return cost")

    def outputs(self, forward: list[Line], parts: Sequence[Formula]) -> tuple[str, int]:
        """The function that computes the outputs of each example, and the columns that it reads.

        The batch need not have the columns after those.
        """
        forward, read = needed(forward, set[str]().union(*map(names_in, parts)))
        body = [(unpacking(self.found, self.arrays, read), ""), *self._written(forward)]
        source = self._function("outputs", body, f"    return {output_rows(parts, self.names)}")
        return source, width_of(self.found, self.arrays, read)

    def _written(self, lines: Iterable[Line]) -> list[tuple[str, str]]:
        """Each line as code, and its comment."""
        self.known.update({id(line): write(line, self.names) for line in lines if id(line) not in self.known})
        return [self.known[id(line)] for line in lines]

    def _function(self, name: str, body: list[tuple[str, str]], end: str) -> str:
        body = [(code, note) for code, note in body if code]
        words = set(re.findall(r"\w+", "\n".join([*(code for code, _ in body), end])))
        if "parameters" in words:  # one below the other
            arrays = ", ".join(each.name for each in self.layout.arrays)
            body.insert(0, (f"parameters = concatenate([{arrays}], axis=None)", ""))
        if "examples" in words and (self._count(), "") not in body:
            body.insert(0, (self._count(), ""))
        width = min(56, max((len(code) for code, note in body if note), default=0))
        given = [each.name for each in self.layout.arrays]
        lines = [_wrapped(f"def {name}(", [*given, "batch"], "):")]
        for code, note in body:
            lines.append(f"    {code:<{width}}  # {note}" if note else f"    {code}")
        return "\n".join([*lines, end]) + "\n"


def _wrapped(before: str, parts: list[str], after: str) -> str:
    """The parts with commas between them, in lines that are not too long."""
    whole = before + ", ".join(parts) + after
    if len(whole) <= LONGEST:
        return whole
    indent = " " * 8
    lines = textwrap.wrap(", ".join(parts) + ",", WIDTH, initial_indent=indent, subsequent_indent=indent)
    outer = before[: len(before) - len(before.lstrip())]
    return "\n".join([before, *lines, outer + after])


def output_rows(parts: Sequence[Formula], names: Mapping[Any, str]) -> str:
    """The outputs, shape (examples, outputs), from arrays of their rows, one below the other."""
    codes = [part.as_python(names) for part in parts]
    if len(parts) == 1 and parts[0].shape[-1:] == ("N",):
        return f"{codes[0]}.T"
    rows = [
        f"broadcast_to({code}, ({part.shape[0] if part.shape else 1}, examples))"
        for code, part in zip(codes, parts)
    ]
    return f"concatenate([{', '.join(rows)}]).T"


def write(line: Line, names: Mapping[Any, str]) -> tuple[str, str]:
    """A line as code, and its comment."""
    note = shown(line.shape) if line.shape else ""
    if line.equation:
        note = f"{note:<7} ({line.equation})"
    target, formula = line.target, line.formula
    if line.index or line.scatter:
        return f"{target} = {_added_at(line, formula.as_python(names))}", note
    if line.assign == "+=":
        formula = symbol(target, shape=line.shape) + formula
    code = formula.as_python(names)
    if line.shape and "N" not in line.shape and formula.shape != line.shape:
        code = f"broadcast_to({code}, {line.shape})"  # one number for all
    return f"{target} = {code}", note


def _added_at(line: Line, values: str) -> str:
    """The array of a line with values added to some of its rows, or of its entries."""
    index = line.index.removeprefix("ravel ")
    array = line.target if index == line.index else f"ravel({line.target})"
    if line.scatter:
        added = f"{line.scatter}({array}, {values})"
    else:
        first, colon, last = index.partition(":")
        added = f"add_at({array}, {f'slice({first}, {last})' if colon else index}, {values})"
    return added if array == line.target else f"{added}.reshape({line.target}.shape)"
