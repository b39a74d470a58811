"""Writes the lines of a program as Python source, with the shape and the equation of each in a comment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from minigrad.compiler.lines.forward import Line
from minigrad.compiler.lines.names import shown
from minigrad.compiler.reading.blocks import Blocks
from minigrad.symbols.formulas import Formula

# A product of at least this many entries is written into its array directly, without a temporary one.
LARGE = 100_000

# Such a sum is written into its array at once: with few examples the assignment takes a fifth of its time.
SUM_OF_EXAMPLES = ".sum(axis=1, keepdims=True)"


def unpacking(found: Blocks, arrays: Mapping[int, Formula], wanted: set[str] | None = None) -> str:
    """The line that splits the batch into inputs: a row for each input, a column for each example."""
    columns = len(found.graph.columns)
    names, slices, start = [], [], 0
    for number, block in enumerate(found.blocks):
        if not block.is_leaf:
            continue
        stop = start + len(block.nodes)
        first, last = str(start or ""), "" if stop == columns and wanted is None else str(stop)
        if wanted is None or str(arrays[number]) in wanted:
            names.append(str(arrays[number]))
            slices.append("batch.T" if last == "" and first == "" else f"batch[:, {first}:{last}].T")
        start = stop
    return f"{', '.join(names)} = {', '.join(slices)}" if names else ""


def width_of(found: Blocks, arrays: Mapping[int, Formula], wanted: set[str]) -> int:
    """How many columns of the batch the wanted inputs reach to."""
    leaves = [(number, block) for number, block in enumerate(found.blocks) if block.is_leaf]
    stops = accumulate(len(block.nodes) for _, block in leaves)
    return max((stop for (number, _), stop in zip(leaves, stops) if str(arrays[number]) in wanted), default=0)


def needed(lines: Sequence[Line], wanted: Iterable[Formula]) -> tuple[list[Line], set[str]]:
    """The lines that the wanted formulas depend on, in order, and the names of all that they read."""
    names = {str(part) for formula in wanted for part in formula.walk() if part.kind == "symbol"}
    kept = []
    for line in reversed(lines):
        if line.target in names:
            kept.append(line)
            names |= {str(part) for part in line.formula.walk() if part.kind == "symbol"}
    return kept[::-1], names


def write_gradient(
    found: Blocks,
    arrays: Mapping[int, Formula],
    forward: list[Line],
    backward: list[Line],
    names: Mapping[Any, str],
) -> str:
    """The source of the function that computes the mean cost, and writes the gradient into its arrays."""
    cost = arrays[found.place[found.graph.root][0]]
    forward, _ = needed(forward, [cost, *(line.formula for line in backward)])
    mean = "cost.sum() / examples" if "N" in cost.shape else "cost.sum()"
    body = [
        (unpacking(found, arrays), "N examples, one a column"),
        ("examples = len(batch)", ""),
        *(write(line, names) for line in forward),
        ("# backward: delta carries the factor 1 / N of the mean", ""),
        *(write(line, names) for line in backward),
        (f"return {mean}", ""),
    ]
    return _function("gradient", body)


def write_costs(
    found: Blocks, arrays: Mapping[int, Formula], forward: list[Line], names: Mapping[Any, str]
) -> str:
    """The source of the function that computes the cost of each example."""
    forward, _ = needed(forward, [arrays[found.place[found.graph.root][0]]])
    lines = [write(line, names) for line in forward]
    body = [(unpacking(found, arrays), ""), *lines, ("return cost", "")]
    return _function("costs", _counted(body))


def write_outputs(
    found: Blocks,
    arrays: Mapping[int, Formula],
    forward: list[Line],
    parts: Sequence[Formula],
    names: Mapping[Any, str],
) -> tuple[str, int]:
    """The source of the function that computes the outputs of each example, and the columns that it reads.

    The batch need not have the columns after those.
    """
    forward, read = needed(forward, parts)
    result = output_rows(parts, names)
    body = [(unpacking(found, arrays, read), ""), *(write(line, names) for line in forward)]
    source = _function("outputs", _counted([*body, (f"return {result}", "")]))
    return source, width_of(found, arrays, read)


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


def _counted(body: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The body, after a line that counts the examples if a line asks for their number."""
    if any("examples" in code for code, _ in body):
        return [("examples = len(batch)", ""), *body]
    return body


def write(line: Line, names: Mapping[Any, str]) -> tuple[str, str]:
    """A line as code, and its comment."""
    code = line.formula.as_python(names)
    note = shown(line.shape) if line.shape else ""
    if line.equation:
        note = f"{note:<7} ({line.equation})"
    if line.assign == "call":
        return f"{line.target}{code})", note
    if line.assign == "[...] =" and line.equation == 4 and code.endswith(SUM_OF_EXAMPLES):
        return f"{code[:-1]}, out={line.target})", note
    if line.assign == "[...] =":
        entries = 1
        for size in line.shape:
            entries *= int(size)
        if line.formula.kind == "@" and entries >= LARGE:
            left, right = (operand.as_python(names) for operand in line.formula.operands)
            return f"matmul({left}, {right}, out={line.target})", note
        return f"{line.target}[...] = {code}", note
    space = "" if line.assign.startswith("[") else " "
    return f"{line.target}{space}{line.assign} {code}", note


def _function(name: str, body: list[tuple[str, str]]) -> str:
    body = [(code, note) for code, note in body if code]
    width = min(56, max((len(code) for code, note in body if note), default=0))
    lines = [f"def {name}(batch):"]
    for code, note in body:
        lines.append(f"    {code:<{width}}  # {note}" if note else f"    {code}")
    return "\n".join(lines) + "\n"
