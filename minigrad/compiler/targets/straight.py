"""Writes a small graph without structure as straight-line Python: a line a step, there and back.

Twice to three times as fast as the loops of a tape, as nothing has to be looked up to know what to do; but a
line takes 30 µs to compile. `v7` is the number in slot 7 of the tape, `g7` the gradient of the cost by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from minigrad.compiler.lines.names import Names
from minigrad.compiler.targets.tape import MANY, Steps, Tape
from minigrad.symbols.formulas import formula
from minigrad.symbols.local_derivatives import Slopes, is_readable
from minigrad.symbols.writing import argument


def write_lines(tape: Tape, names: Names) -> tuple[str, str, dict[Any, str]]:
    """The source of `both_passes` and of `forward_pass`, and the names of the operations that they call.

    `both_passes(parameters, inputs, seed)` gives the cost and the list of seed · ∂cost/∂parameter;
    `forward_pass(parameters, inputs)` gives the cost and the list of outputs. All are floats, or arrays of
    one number an example.
    """
    writing = _Writing(tape, names)
    given = [*_unpacked("parameters", 0, tape.parameters), *_unpacked("inputs", tape.parameters, tape.inputs)]
    there, back = list(writing.there()), list(writing.back())
    gradients = ", ".join(f"g{slot}" if slot in writing.reached else "0.0" for slot in range(tape.parameters))
    outputs = ", ".join(map(writing.number, tape.outputs))
    root = writing.number(tape.root)
    both = _function(
        "both_passes(parameters, inputs, seed)",
        [*given, *there[: tape.to_root], *back],
        f"{root}, [{gradients}]",
    )
    forward = _function("forward_pass(parameters, inputs)", [*given, *there], f"{root}, [{outputs}]")
    return both, forward, writing.steps.functions


def _function(head: str, lines: Iterable[str], result: str) -> str:
    return "".join([f"def {head}:\n", *(f"    {line}\n" for line in lines), f"    return {result}\n"])


def _unpacked(name: str, first: int, count: int) -> Iterator[str]:
    if count:
        yield f"{', '.join(f'v{slot}' for slot in range(first, first + count))}, = {name}"


class _Writing:
    def __init__(self, tape: Tape, names: Names) -> None:
        self.tape = tape
        self.steps = Steps(tape, names)
        self.first_constant = tape.parameters + tape.inputs
        self.first_step = self.first_constant + len(tape.constants)
        self.reached = {tape.root}  # slots that have a gradient by now
        self.trained = [slot < tape.parameters for slot in range(self.first_step)]
        for step in range(len(tape.codes)):
            self.trained.append(any(self.trained[slot] for slot in self.operands(step)))

    def operands(self, step: int) -> tuple[int, ...]:
        """The slots of the operands of a step."""
        tape = self.tape
        pattern = tape.kinds[tape.codes[step]][1]
        if pattern == MANY:
            return tape.many[tape.left[step]]
        return (tape.left[step], tape.right[step])[: len(pattern)]

    def number(self, slot: int) -> str:
        """The number in a slot: a variable, or, of a constant, itself."""
        if self.first_constant <= slot < self.first_step:
            text = argument(formula(self.tape.constants[slot - self.first_constant]))
            return f"({text})" if text.startswith("-") else text
        return f"v{slot}"

    def blanks(self, code: int) -> list[str]:
        """What the operands are called in the line of a code: {0}, {1}, …, to be filled in at each step."""
        operation, pattern = self.tape.kinds[code]
        count = len(pattern) if pattern != MANY else operation.arity or 0
        return [f"{{{place}}}" for place in range(count)]

    def there(self) -> Iterator[str]:
        """A line for each step."""
        forms = {}
        for code, (operation, pattern) in enumerate(self.tape.kinds):
            if pattern == MANY:
                forms[code] = f"{self.steps.function(operation)}({{many}})"
            else:
                forms[code] = self.steps.value(code, self.blanks(code))
        for step, code in enumerate(self.tape.codes):
            numbers = [self.number(operand) for operand in self.operands(step)]
            yield f"v{self.first_step + step} = {forms[code].format(*numbers, many=', '.join(numbers))}"

    def back(self) -> Iterator[str]:
        """A line for each contribution, from the cost to the parameters."""
        forms = {}
        for code, (operation, pattern) in enumerate(self.tape.kinds):
            if pattern == MANY and operation.arity is not None and is_readable(operation, operation.arity):
                pattern = ("x",) * operation.arity
            if pattern != MANY:
                forms[code] = self.steps.contributions(code, "{grad}", "{y}", self.blanks(code), pattern)
        yield f"g{self.tape.root} = seed"
        for step, code in reversed(list(enumerate(self.tape.codes))):
            slot, operands = self.first_step + step, self.operands(step)
            if slot not in self.reached or not self.trained[slot]:
                continue
            numbers = [self.number(operand) for operand in operands]
            if code in forms:
                texts = [form.format(*numbers, grad=f"g{slot}", y=f"v{slot}") for form in forms[code]]
            else:
                slopes = self.steps.function(Slopes(self.tape.kinds[code][0]))
                yield f"slopes = {slopes}(v{slot}, {', '.join(numbers)})"
                texts = [f"g{slot} * slopes[{place}]" for place in range(len(operands))]
            for operand, text in zip(operands, texts):
                if text and self.trained[operand]:
                    # Not by +=, which would change an array that is also the gradient of another.
                    before = f"g{operand} + " if operand in self.reached else ""
                    self.reached.add(operand)
                    yield f"g{operand} = {before}{text}"
