"""Runs a graph without structure as a tape: flat arrays of operations and operands, and a loop over them.

The source has one loop forward and one loop backward, with branches for just the operations of the graph.
They compute on floats for one example and on arrays for many.

Glossary
    slot        the place of a number in `values`: parameters first, then inputs, constants, results
    code        an operation together with what is known of its operands: which ones are trained, and which
                are the same constant wherever the operation occurs
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from minigrad import rules
from minigrad.compiler.lines.names import Names
from minigrad.compiler.reading.graph import Graph
from minigrad.compiler.targets.header import name_for
from minigrad.operations import Operation
from minigrad.symbols.formulas import Formula, call, formula, is_arithmetic, symbol
from minigrad.symbols.local_derivatives import Slopes, is_readable, local_derivatives
from minigrad.symbols.writing import argument

# A constant becomes part of a code if its operation has no more constants than this.
FEW_CONSTANTS = 4

# An operand of a code: "x" is trained, "c" is not, a number is itself.
Pattern = tuple[Any, ...]
MANY: Pattern = ("many",)


@dataclass(repr=False)
class Tape:
    """The graph of a cost as arrays; `left[k]` is the first operand of step k, or its place in `many`."""

    parameters: int
    inputs: int
    constants: list[float] = field(default_factory=list)
    codes: array[int] = field(default_factory=lambda: array("i"))
    left: array[int] = field(default_factory=lambda: array("i"))
    right: array[int] = field(default_factory=lambda: array("i"))
    many: list[tuple[int, ...]] = field(default_factory=list)
    kinds: list[tuple[Operation, Pattern]] = field(default_factory=list)
    root: int = 0
    to_root: int = 0  # the number of steps that the cost needs; those that only outputs need come after them
    outputs: list[int] = field(default_factory=list)


def write_tape(graph: Graph) -> Tape:
    """The tape of a graph; sums and dots are split into steps of two operands."""
    return _Writing(graph).run()


class _Writing:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.slot: dict[int, int] = {}
        self.tape = Tape(len(graph.parameters), len(graph.columns))
        self.code: dict[tuple[Operation, Pattern], int] = {}
        for node, position in graph.parameters.items():
            self.slot[node] = position
        for node, column in graph.columns.items():
            self.slot[node] = self.tape.parameters + column
        for node, number in graph.numbers.items():
            self.slot[node] = self.tape.parameters + self.tape.inputs + len(self.tape.constants)
            self.tape.constants.append(number)
        self.trained = [True] * self.tape.parameters + [False] * (self.tape.inputs + len(self.tape.constants))
        self.few = self._few_constants()

    def _few_constants(self) -> set[Operation]:
        """The operations with so few different constants that each constant can have a code of its own."""
        met: dict[Operation, set[int]] = {}
        for operation, operands in zip(self.graph.operations, self.graph.operands):
            if operation is not None:
                constants = [o for o in operands if o in self.graph.numbers]
                if constants:
                    met.setdefault(operation, set()).update(constants)
        return {operation for operation, constants in met.items() if len(constants) <= FEW_CONSTANTS}

    def run(self) -> Tape:
        graph = self.graph
        needed = graph.below([graph.root])
        for node, is_needed in enumerate(needed):
            if is_needed:
                self.write(node)
        self.tape.to_root = len(self.tape.codes)
        for node, is_needed in enumerate(needed):
            if not is_needed:
                self.write(node)
        self.tape.root = self.slot[graph.root]
        self.tape.outputs = [self.slot[output] for output in graph.outputs]
        self._sort_codes()
        return self.tape

    def write(self, node: int) -> None:
        """Append the steps of a node."""
        operation = self.graph.operations[node]
        if operation is None:
            return
        slots = [self.slot[operand] for operand in self.graph.operands[node]]
        if operation is rules.total:
            self.slot[node] = self.chain(slots)
        elif operation is rules.dot:
            count = len(slots) // 2
            products = [self.step(rules.multiply, [slots[k], slots[count + k]]) for k in range(count)]
            self.slot[node] = self.chain(products + slots[2 * count :])
        else:
            self.slot[node] = self.step(operation, slots)

    def _sort_codes(self) -> None:
        """Renumber the codes, the most frequent first."""
        tape = self.tape
        order = [code for code, _ in Counter(tape.codes).most_common()]
        number = {code: position for position, code in enumerate(order)}
        tape.kinds = [tape.kinds[code] for code in order]
        tape.codes = array("i", [number[code] for code in tape.codes])

    def chain(self, slots: list[int]) -> int:
        """Append the additions of a sum, and return the slot of the result."""
        result = slots[0]
        for slot in slots[1:]:
            result = self.step(rules.add, [result, slot])
        return result

    def step(self, operation: Operation, slots: list[int]) -> int:
        """Append a step, and return the slot of its result."""
        tape = self.tape
        first_constant = tape.parameters + tape.inputs
        last_constant = first_constant + len(tape.constants)
        pattern: Pattern = tuple(
            tape.constants[slot - first_constant]
            if first_constant <= slot < last_constant and operation in self.few
            else ("x" if self.trained[slot] else "c")
            for slot in slots
        )
        is_trained = "x" in pattern
        if len(slots) > 2:
            pattern = MANY
        code = self.code.setdefault((operation, pattern), len(self.code))
        if code == len(tape.kinds):
            tape.kinds.append((operation, pattern))
        tape.codes.append(code)
        if len(slots) <= 2:
            tape.left.append(slots[0])
            tape.right.append(slots[-1])
        else:
            tape.left.append(len(tape.many))
            tape.right.append(0)
            tape.many.append(tuple(slots))
        self.trained.append(is_trained)
        return len(self.trained) - 1


class Steps:
    """How a step of each code is written in Python: its value, and what it adds to each gradient.

    Attributes:
        functions: the names of the operations that are called, collected while they are written.
    """

    def __init__(self, tape: Tape, names: Names) -> None:
        self.tape = tape
        self.names = names
        self.functions: dict[Any, str] = {}

    def value(self, code: int, operands: Sequence[str]) -> str:
        """The result of a step, of operands with these names."""
        operation, pattern = self.tape.kinds[code]
        if is_arithmetic(operation):
            return str(call(operation, *_formulas(pattern, operands)))
        return f"{self.function(operation)}({', '.join(map(argument, _formulas(pattern, operands)))})"

    def contributions(
        self, code: int, grad: str, y: str, operands: Sequence[str], pattern: Pattern
    ) -> list[str]:
        """By operand, grad · ∂y/∂operand; "" for one that is not trained."""
        operation, _ = self.tape.kinds[code]
        slopes = local_derivatives(operation, symbol(y), _formulas(pattern, operands))
        written = []
        for each, slope in zip(pattern, slopes):
            value = symbol(grad) * slope
            if each == "x":
                for part in value.walk():
                    if part.kind == "call":
                        self.function(part.value)
            written.append(value.as_python(self.functions) if each == "x" else "")
        return written

    def function(self, operation: Any) -> str:
        """The name of an operation, or of its local derivatives."""
        if operation not in self.functions:
            self.functions[operation] = name_for(operation, self.names)
        return self.functions[operation]


def _formulas(pattern: Pattern, operands: Sequence[str]) -> list[Formula]:
    return [symbol(name) if each in ("x", "c") else formula(each) for each, name in zip(pattern, operands)]


def write_loops(tape: Tape, names: Names) -> tuple[str, dict[Any, str], dict[str, Any]]:
    """The source of the loops over a tape, with a branch for each code; what they call; their constants."""
    codes = list(range(len(tape.kinds)))
    writer = Branches(tape, Steps(tape, names), Counter(tape.codes))
    lines = [
        "def forward(values, codes, left, right, many):",
        "    push = values.append",
        "    for code, i, j in zip(codes, left, right):",
        *writer.branches(codes, "        ", writer.value),
        "",
        "",
        "def backward(values, grads, codes, left, right, many):",
        "    for code, i, j in zip(reversed(codes), reversed(left), reversed(right)):",
        "        y = values.pop()",
        "        grad = grads.pop()",
        *writer.branches(codes, "        ", writer.contributions),
    ]
    constants = {name: getattr(tape, name) for name in ("constants", "codes", "left", "right", "many")}
    return "\n".join(lines) + "\n", writer.steps.functions, constants


@dataclass
class Branches:
    """The branches of a loop, one for each code."""

    tape: Tape
    steps: Steps
    weights: Counter[int]

    def branches(self, codes: list[int], space: str, body: Callable[[int], list[str]]) -> Iterator[str]:
        """Comparisons that find frequent codes fast: each halves the codes, counted by occurrence."""
        if len(codes) == 1:
            yield f"{space}# {self._comment(codes[0])}"
            yield from (f"{space}{line}" for line in body(codes[0]))
            return
        total, reached, count = sum(self.weights[code] for code in codes), 0, 0
        while count < len(codes) - 1 and 2 * reached < total:
            reached += self.weights[codes[count]]
            count += 1
        yield f"{space}if code < {codes[count]}:"
        yield from self.branches(codes[:count], space + "    ", body)
        yield f"{space}else:"
        yield from self.branches(codes[count:], space + "    ", body)

    def _comment(self, code: int) -> str:
        operation, _ = self.tape.kinds[code]
        name = "".join(letter if letter.isprintable() else " " for letter in operation.name)
        return f"{name}, {self.weights[code]} times"  # in one line, whatever the name

    def value(self, code: int) -> list[str]:
        """The line that computes a result."""
        operation, pattern = self.tape.kinds[code]
        if pattern == MANY:
            return [f"push({self.steps.function(operation)}(*[values[k] for k in many[i]]))"]
        return [f"push({self.steps.value(code, ['values[i]', 'values[j]'])})"]

    def contributions(self, code: int) -> list[str]:
        """The lines that add the contributions to the gradients of trained operands."""
        operation, pattern = self.tape.kinds[code]
        places, before = list("ij"), []
        if pattern == MANY and operation.arity is not None and is_readable(operation, operation.arity):
            places, before = [f"slots[{k}]" for k in range(operation.arity)], ["slots = many[i]"]
            pattern = ("x",) * operation.arity
        if pattern == MANY:
            name = self.steps.function(Slopes(operation))
            return [
                "slots = many[i]",
                f"for k, slope in zip(slots, {name}(y, *[values[k] for k in slots])):",
                "    grads[k] += grad * slope",
            ]
        operands = [f"values[{place}]" for place in places]
        written = self.steps.contributions(code, "grad", "y", operands, pattern)
        lines = [f"grads[{place}] += {text}" for place, text in zip(places, written) if text]
        return before + lines or ["pass"]
