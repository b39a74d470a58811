"""Names the arrays of blocks: by role, by the labels of their parameters, or by what computes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from minigrad import rules
from minigrad.compiler.lines.names import SHORTEST_WORD, weights_word
from minigrad.compiler.lines.reads.operands import AnyReference
from minigrad.compiler.lines.reads.references import References
from minigrad.compiler.reading.blocks import Block, stem_of, word_of
from minigrad.compiler.reading.graph import look_up

NORMED = "normed"  # what a norm gives


class BlockNames:
    """Names blocks in the order in which they are written.

    Attributes:
        reads: what each block reads, by its number and that of the operand.
        quotients: the numbers of the blocks that end a softmax.
        told: the names that say what a block is, such as query, by its number.
        layers: how many blocks of products there were.
    """

    def __init__(
        self,
        references: References,
        reads: Mapping[tuple[int, int], AnyReference],
        quotients: set[int],
    ) -> None:
        self.references, self.found = references, references.found
        self.reads, self.quotients = reads, quotients
        self.told: dict[Any, str] = {}
        self.layers = 0

    def tell(self, number: int, block: Block, name: str) -> None:
        """Keep a name that says what a block is."""
        words = [weights_word(self.found.graph, product.weights) for product in block.products]
        if number in self.quotients or any(words) or name.partition("_")[0] == NORMED:
            self.told[number] = name

    def wanted(self, number: int, block: Block) -> str:
        """The name that a block should have: by its role, or else by its operation."""
        graph = self.found.graph
        role = graph.role(block.nodes[0])
        if role is not None:
            kind, layer = role
            return f"{kind.upper()}{layer or ''}"
        if block.products:
            return weights_word(graph, block.products[0].weights) or f"Z{self.layers}"
        if number in self.quotients:
            return "softmax"
        if block.operation is look_up:
            word = word_of(graph.labels[block.first])
            return word if len(word) >= SHORTEST_WORD and word.isidentifier() else "rows"
        stems = {stem_of(graph.labels[node]) for node in block.nodes}
        if len(stems) == 1 and (stem := stems.pop()).isidentifier():
            return stem
        if block.operation is None:
            factors = self._factors(number, block)
            if factors:
                return "_dot_".join(factors)
            is_reduction = any(len(rows[0]) > 1 for rows in block.terms)
            return "penalty" if is_reduction and not block.is_batch else "total"
        return self._after_operation(number, block)

    def _after_operation(self, number: int, block: Block) -> str:
        operands = [self.reads[key].target for key in self.reads if key[0] == number]
        is_input = [isinstance(t, int) and t >= 0 and self.found.blocks[t].is_leaf for t in operands]
        if block.operation is rules.subtract and block.is_trained and is_input[-1:] == [True]:
            return "error"
        if len(block.operands) == 1 and isinstance(operands[0], int) and operands[0] >= 0:
            name = str(self.references.arrays[operands[0]])
            if name.startswith("Z") and self.found.blocks[operands[0]].products:
                return f"A{name[1:]}"
            weights = [product.weights for product in self.found.blocks[operands[0]].products]
            if weights and weights_word(self.found.graph, weights[0]):
                return f"A_{name}"
        assert block.operation is not None
        if block.operation is rules.multiply:
            return self._product_of_two(operands, block) or block.operation.name
        return block.operation.name

    def _product_of_two(self, operands: Sequence[Any], block: Block) -> str:
        """A name for an entry by entry product: a square, what an RMS norm gives, or by names that tell."""
        if block.operands[0] == block.operands[1]:
            return "square"
        blocks = [self.found.blocks[t] if isinstance(t, int) and t >= 0 else None for t in operands]
        if blocks[1] is not None and blocks[1].operation is rules.power:
            return NORMED
        names = [self.told.get(target, "") for target in operands]
        return "_".join(names) if all(names) else ""

    def _factors(self, number: int, block: Block) -> list[str]:
        """The names of what is multiplied in sums of products, if they tell."""
        if len(block.terms) != 1 or block.products or not block.is_batch:
            return []
        source = self.found.place[next(node for row in block.terms[0] for node in row)][0]
        factors = self.found.blocks[source]
        if factors.operation is not rules.multiply or not any(len(row) > 1 for row in block.terms[0]):
            return []
        names = [self.told.get(self.reads[source, k].target, "") for k in range(2)]
        return names if all(names) and names[0] != names[1] else []
