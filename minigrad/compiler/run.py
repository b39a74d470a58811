"""`Run`: what one run of a program has computed, array by array."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from minigrad.compiler.parameters import Array


@dataclass
class Run(Mapping[str, Array]):
    """One run of a program: `run["delta2"]` is the array of that name in its source.

    Attributes:
        cost: the mean cost of the batch.
        gradient: its gradient, in the order of `program.parameters`.
        outputs: the outputs of each example, shape (examples, outputs); None without any.
        arrays: the arrays by name; those with a number for each example have one column an example.
    """

    cost: float
    gradient: Array
    outputs: Array | None = None
    arrays: dict[str, Array] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Array:
        return self.arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)

    def __repr__(self) -> str:
        return f"Run(cost {self.cost:.6g}: {', '.join(self.arrays)})"
