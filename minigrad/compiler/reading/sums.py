"""What a graph is once it is fused: sums of products, other operations and leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from minigrad.compiler.reading.graph import Graph


def replaced(nodes: tuple[int, ...], same: Mapping[int, int]) -> tuple[int, ...]:
    """The nodes with others in place of some."""
    return nodes if same.keys().isdisjoint(nodes) else tuple([same.get(node, node) for node in nodes])


@dataclass(slots=True)
class Sum:
    """Σ w x + Σ batch terms + one term without a batch + a number; a source x for each weight w."""

    weights: tuple[int, ...] = ()
    sources: tuple[int, ...] = ()
    terms: tuple[int, ...] = ()
    offset: int | None = None
    number: float = 0.0

    @property
    def products(self) -> list[tuple[int, int]]:
        """The weight and the source of each product."""
        return list(zip(self.weights, self.sources))

    @property
    def offsets(self) -> list[int]:
        """The offset, if there is one."""
        return [] if self.offset is None else [self.offset]

    @property
    def operands(self) -> tuple[int, ...]:
        """All nodes that are read."""
        return (*self.weights, *self.sources, *self.terms, *self.offsets)

    def replace(self, same: Mapping[int, int]) -> None:
        """Read other nodes in place of some."""
        self.weights, self.sources, self.terms, offsets = (
            replaced(nodes, same) for nodes in (self.weights, self.sources, self.terms, tuple(self.offsets))
        )
        self.offset = offsets[0] if offsets else None


@dataclass(slots=True)
class Fused:
    """A graph whose nodes are sums, other operations and leaves; `order` has operands before results.

    `look_ups` tells of each look-up what for: as which factor, term or operand.
    """

    graph: Graph
    order: list[int]
    sums: dict[int, Sum]
    look_ups: dict[int, str] = field(default_factory=dict)

    def operands(self, node: int) -> tuple[int, ...]:
        """All operands, constants included."""
        each = self.sums.get(node)
        return self.graph.operands[node] if each is None else each.operands
