"""How a block reads the rows of another, and how its gradient is sent back to them.

reading                     sending a gradient back
whole, A                    add
transposed, W.T             add the transpose
slice, A[2:4]               add to the slice
one row for all, A[2:3]     add the sum over the rows
gather, A[index]            add to the gathered rows; in sorted segments if a row repeats
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np

from minigrad.compiler.lines.layout import Layout
from minigrad.compiler.lines.names import Names, array
from minigrad.compiler.reading.blocks import Blocks
from minigrad.compiler.targets.header import AddingAt
from minigrad.symbols.formulas import Formula, formula, symbol
from minigrad.symbols.tree import Shape

PARAMETERS = "parameters"


@dataclass(frozen=True)
class Deposit:
    """A contribution to the gradient of an array: add `value` at `index` ("" for the whole array).

    `target` is the number of a block, or "parameters" with the numbers of their `arrays`; `scatter` names a
    function that adds rows at an index with repeats.
    """

    target: int | str
    value: Formula
    index: str = ""
    scatter: str = ""
    arrays: tuple[int, ...] = ()


@dataclass(frozen=True)
class Reference:
    """Nodes as a formula, and the array that their gradient is added to (`target` None: none)."""

    formula: Formula
    kind: str = "whole"
    target: int | str | None = None
    index: str = ""
    scatter: str = ""
    arrays: tuple[int, ...] = ()
    shape: Shape = ()
    rows: int = 1

    sums_examples = False

    def deposit(self, value: Formula) -> Deposit | None:
        """The contribution that the gradient `value` of this formula makes."""
        if self.target is None:
            return None
        if self.kind == "transposed":
            value = transposed(value)
        elif self.kind == "row":
            value = sum_rows(value, self.rows)
        elif self.kind == "reshaped" and value.size_is_known and value.shape != self.shape:
            value = pattern(f"{{}}.reshape{self.shape}", "{}", (value,), self.shape)
        return Deposit(self.target, value, self.index, self.scatter, self.arrays)


@dataclass
class References:
    """Makes references to nodes, and keeps the constants (indices, columns of numbers) that these need."""

    found: Blocks
    layout: Layout
    names: Names
    arrays: dict[int, Formula] = field(default_factory=dict)
    forms: Mapping[int, Any] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    _indices: dict[Any, str] = field(default_factory=dict)

    def column(self, nodes: Sequence[int], exact: bool = False) -> Reference:
        """One node a row, from a batch block or as a column; unless `exact`, one row may stand for all."""
        if nodes[0] in self.found.graph.numbers:
            return self._numbers(nodes)
        if nodes[0] in self.layout.positions:
            return self._flat([[node] for node in nodes], exact)
        block = self.found.place[nodes[0]][0]
        rows = self.found.rows(nodes)
        array = self.flat(block)
        size = len(self.found.blocks[block].nodes)
        if array.shape and array.shape[0] == size:
            return self._rows(block, array, rows, size, exact)
        return self._flat_block(block, array, rows[:, None], size, exact)

    def flat(self, block: int) -> Formula:
        """The array of a block as a list of rows."""
        value = self.arrays[block]
        rows = len(self.found.blocks[block].nodes)
        if block not in self.forms or value.shape[0] == rows:
            return value
        return pattern(f"{{}}.reshape({rows}, -1)", "{}", (value,), (rows, "N"))

    def matrix(self, rows: Sequence[Sequence[int]]) -> Reference:
        """Weights, shape (rows, columns)."""
        first = rows[0][0]
        if first in self.layout.positions:
            return self._flat(rows, exact=True)
        block = self.found.place[first][0]
        index = self.found.rows(rows)
        return self._flat_block(block, self.arrays[block], index, len(self.found.blocks[block].nodes), True)

    def natural(self, nodes: Sequence[int]) -> Reference | None:
        """Nodes that no input affects, all from one array, in its shape; a number if all are equal."""
        if nodes[0] in self.found.graph.numbers:
            return self._numbers(nodes) if len(set(nodes)) == 1 else None
        if nodes[0] in self.layout.positions:
            positions = np.array([self.layout.positions[node] for node in nodes])
            number = self.layout.array_at[positions[0]]
            array = self.layout.arrays[number]
            if not _is_range(positions, array.start, array.size):
                return None
            name = self.parameter(number)
            return Reference(name, "whole", PARAMETERS, arrays=(number,), shape=name.shape)
        block = self.found.place[nodes[0]][0]
        rows = self.found.rows(nodes)
        if not _is_range(rows, 0, len(self.found.blocks[block].nodes)):
            return None
        return Reference(self.arrays[block], "whole", block, shape=self.arrays[block].shape)

    def parameter(self, number: int) -> Formula:
        """The symbol of an array of parameters."""
        each = self.layout.arrays[number]
        return array(each.name, each.shape)

    def constant(self, wanted: str, value: Any, key: Any = None) -> str:
        """The name of a constant of the program; equal indices share one."""
        if key is not None and key in self._indices:
            return self._indices[key]
        name = self.names.new(wanted)
        self.constants[name] = value
        if key is not None:
            self._indices[key] = name
        return name

    def index(self, index: np.ndarray[Any, Any]) -> str:
        """The name of an array of indices."""
        return self.constant("index", index, (index.shape, index.tobytes()))

    def scatter(self, index: np.ndarray[Any, Any]) -> str:
        """The name of the function that adds rows at an index with repeats; "" without repeats."""
        if len(np.unique(index)) == index.size:
            return ""
        return self.constant("scatter", AddingAt(index), ("scatter", index.shape, index.tobytes()))

    def rows_of(self, block: int, rows: np.ndarray[Any, Any]) -> Reference:
        """Rows of a batch block by number, with repeats."""
        return self._rows(block, self.flat(block), rows, len(self.found.blocks[block].nodes), exact=True)

    def rows_of_parameters(self, number: int, rows: np.ndarray[Any, Any]) -> Reference:
        """Rows of an array of parameters, by number, with repeats."""
        each = self.layout.arrays[number]
        reference = self._rows(-1, self.parameter(number), rows, each.shape[0], exact=True)
        return replace(reference, target=PARAMETERS, arrays=(number,))

    def _numbers(self, nodes: Sequence[int]) -> Reference:
        numbers = [self.found.graph.numbers[node] for node in nodes]
        if len(set(nodes)) == 1:
            return Reference(formula(numbers[0]))
        return Reference(symbol(self.constant("numbers", np.array(numbers)[:, None]), shape=(len(nodes), 1)))

    def _rows(
        self, block: int, array: Formula, rows: np.ndarray[Any, Any], size: int, exact: bool
    ) -> Reference:
        count, first = len(rows), int(rows[0])
        batch = array.shape[1:]
        if _is_range(rows, 0, size):
            return Reference(array, "whole", block, rows=count)
        if count > 1 and not exact and (rows == first).all():
            part = array if size == 1 else part_of(array, f"{first}:{first + 1}", (1, *batch))
            index = "" if size == 1 else f"{first}:{first + 1}"
            return Reference(part, "row", block, index, rows=count)
        if _is_range(rows, first, count):
            index = f"{first}:{first + count}"
            return Reference(part_of(array, index, (count, *batch)), "slice", block, index)
        index = self.index(rows)
        part = part_of(array, index, (count, *batch))
        return Reference(part, "gather", block, index, self.scatter(rows))

    def _flat(self, rows: Sequence[Sequence[int]], exact: bool = False) -> Reference:
        """Parameters, as a view of the flat vector if their positions allow it."""
        each_position = map(self.layout.positions.__getitem__, chain.from_iterable(rows))
        positions = np.fromiter(each_position, np.int64).reshape(len(rows), -1)
        number = self.layout.array_at[positions[0, 0]]
        each, name = self.layout.arrays[number], self.parameter(number)
        own = np.arange(each.start, each.start + each.size).reshape(each.shape)
        if positions.shape == own.shape and (positions == own).all():
            return Reference(name, "whole", PARAMETERS, arrays=(number,))
        if positions.shape == own.T.shape and (positions == own.T).all():
            return Reference(transposed(name), "transposed", PARAMETERS, arrays=(number,))
        if positions.shape[1] == each.shape[1] == 1 and (self._array_of(positions) == number).all():
            reference = self._rows(-1, name, positions[:, 0] - each.start, each.size, exact)
            return replace(reference, target=PARAMETERS, arrays=(number,), rows=len(rows))
        if _is_range(positions.ravel(), each.start, each.size):
            view = pattern(f"{{}}.reshape{positions.shape}", "{}", (name,), positions.shape)
            return Reference(view, "reshaped", PARAMETERS, arrays=(number,), shape=each.shape)
        touched = tuple(int(number) for number in np.unique(self._array_of(positions)))
        index = self.index(positions)
        part = part_of(symbol(PARAMETERS, r"\theta", "θ"), index, positions.shape)
        return Reference(part, "gather", PARAMETERS, index, self.scatter(positions), touched)

    def _array_of(self, positions: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        numbers: np.ndarray[Any, Any] = np.array(self.layout.array_at)[positions]
        return numbers

    def _flat_block(
        self, block: int, array: Formula, index: np.ndarray[Any, Any], size: int, exact: bool
    ) -> Reference:
        """Results that no input affects, in the shape of `index`."""
        if array.shape == index.shape and _is_range(index.ravel(), 0, size):
            return Reference(array, "whole", block)
        if size == 1 and array.shape == () and index.shape[1] == 1 and not (exact and len(index) > 1):
            return Reference(array, "whole" if len(index) == 1 else "row", block, rows=len(index))
        if _is_range(index.ravel(), 0, size):
            view = pattern(f"reshape({{}}, {index.shape})", "{}", (array,), index.shape)
            return Reference(view, "reshaped", block, shape=array.shape)
        name = self.index(index)
        part = pattern(f"ravel({{}})[{name}]", "{}", (array,), index.shape)
        return Reference(part, "gather", block, f"ravel {name}", self.scatter(index))


def _is_range(numbers: np.ndarray[Any, Any], start: int, size: int) -> bool:
    return len(numbers) == size and bool((numbers == np.arange(start, start + size)).all())


def pattern(python: str, latex: str, operands: tuple[Formula, ...], shape: Shape) -> Formula:
    """A formula from a template with a {} for each operand, such as "{}.sum(axis=0)"."""
    return Formula("pattern", operands, (python, latex), shape)


def part_of(array: Formula, index: str, shape: Shape) -> Formula:
    """Rows of an array."""
    return pattern(f"{{}}[{index}]", "{}_{{" + index.replace("_", r"\_") + "}}", (array,), shape)


def transposed(a: Formula, shape: Shape = ()) -> Formula:
    """Aᵀ, of a shape that may be told; of Aᵀ it is A, of a number the number."""
    if a.shape == ():
        return a
    if a.kind == "pattern" and a.value[0] == "{}.T" and shape in ((), a.first.shape):
        return a.first
    return pattern("{}.T", r"{{{}}}^{{\top}}", (a,), shape or a.shape[::-1])


def sum_rows(value: Formula, rows: int) -> Formula:
    """Σ over `rows` rows, also if one value stands for all of them."""
    if value.shape and value.shape[0] != 1:
        shape = (1, *value.shape[1:])
        return pattern("{}.sum(axis=0, keepdims=True)", r"\sum_j {}", (value,), shape)
    return rows * value


def sum_examples(value: Formula, examples: Formula) -> Formula:
    """Σ over the examples of a batch."""
    if value.shape and value.shape[-1] == "N":
        shape = (value.shape[0], 1)
        return pattern("{}.sum(axis=1, keepdims=True)", r"\sum_n {}", (value,), shape)
    scale, rest = (value.operands[0], value.operands[1:]) if value.kind == "*" else (value, ())
    if scale.kind == "/" and scale.operands[1].same(examples):  # N / N, and N is not 0
        scale, examples = scale.operands[0], formula(1.0)
    for factor in rest:
        scale = scale * factor
    return examples * scale
