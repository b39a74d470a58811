"""Writes the gradients of the arrays of parameters, from what the backward pass contributes to them."""

from __future__ import annotations

from minigrad.compiler.lines.line import Line
from minigrad.compiler.lines.reads.references import PARAMETERS, Deposit, References, pattern
from minigrad.symbols.formulas import symbol
from minigrad.symbols.tree import Shape


def added(name: str, deposit: Deposit, shape: Shape) -> Line:
    """Adds to rows of an array that no other name stands for, as it may be done in place."""
    shape = () if deposit.index else shape
    return Line(name, deposit.value, "+=", 0, shape, deposit.index, deposit.scatter)


class ParameterGradients:
    """Writes to `lines`."""

    def __init__(self, references: References, lines: list[Line]) -> None:
        self.layout, self.constants = references.layout, references.constants
        self.lines = lines
        self.begun: dict[int, bool] = {}  # arrays with a gradient: whether it is a new array of their own
        self.touched: set[int] = set()  # arrays that an index into all of them reads

    def add(self, deposit: Deposit, equation: int) -> None:
        """Assign the gradient of an array of parameters, or add to it after the first time."""
        arrays = [self.layout.arrays[number] for number in deposit.arrays]
        index = self.constants.get(deposit.index)
        if index is not None and index.ndim == 2:  # an index into all of them, one below the other
            if not self.touched:
                everything = symbol(PARAMETERS)
                self.lines.append(Line(f"d{PARAMETERS}", pattern("zeros_like({})", "0", (everything,), ())))
            self.touched.update(deposit.arrays)
            self.lines.append(added(f"d{PARAMETERS}", deposit, ()))
            return
        (number,), (each,) = deposit.arrays, arrays
        name, zeros = f"d{each.name}", pattern("zeros_like({})", "0", (symbol(each.name),), each.shape)
        assign = "+=" if number in self.begun else "="
        if not deposit.index and not deposit.scatter:
            self.begun[number] = False
            self.lines.append(Line(name, deposit.value, assign, equation, each.shape))
            return
        if not self.begun.get(number, False):
            self.begun[number] = True
            self.lines.append(Line(name, zeros, assign, shape=each.shape))
        self.lines.append(added(name, deposit, ()))

    def divide(self) -> None:
        """Give each array of parameters its part of the gradient of all."""
        for number in sorted(self.touched):
            each = self.layout.arrays[number]
            part = f"{{}}[{each.start}:{each.start + each.size}].reshape{each.shape}"
            everything = symbol(f"d{PARAMETERS}", shape=("n",))
            assign = "+=" if number in self.begun else "="
            part_of_all = pattern(part, "{}", (everything,), each.shape)
            self.lines.append(Line(f"d{each.name}", part_of_all, assign, shape=each.shape))
