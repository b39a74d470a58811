"""Reads a recorded cost as a graph of numbered nodes: equal nodes are merged, constant ones computed.

Each leaf is an input, a parameter or a constant. The terms are those of `minigrad.compiler`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import chain, compress, count, filterfalse

from minigrad import rules
from minigrad.graph import topological_order
from minigrad.operations import Operation
from minigrad.value import Value

SUMS = (rules.add, rules.total)
IN_ANY_ORDER = (rules.add, rules.multiply)
NEUTRAL = {rules.add: 0.0, rules.total: 0.0, rules.multiply: 1.0}  # the number that changes nothing

# The number of a leaf, as a row of an array that has examples, see look_ups.py.
look_up = Operation("look_up", lambda x: x, lambda y, x: (1.0,))


class Graph:
    """Nodes as parallel lists, indexed by node; `operations[node]` is None for a leaf.

    Attributes:
        numbers, columns, parameters: of each leaf that is one, its number or its place.
        fixed: the numbers of inputs that are no columns of a batch, but the same for all examples.
        rows: the results that stand for a leaf which was looked up, or picked, while recording.
        recorded: how many nodes were read; those added later are operands of these.
    """

    def __init__(self, keeps_single_terms: bool = False, has_picks: bool = False) -> None:
        self.keeps_single_terms, self.has_picks = keeps_single_terms, has_picks
        self.operations: list[Operation | None] = []
        self.operands: list[tuple[int, ...]] = []
        self.labels: list[str] = []
        self.is_batch: list[bool] = []
        self.is_trained: list[bool] = []
        self.numbers: dict[int, float] = {}
        self.columns: dict[int, int] = {}
        self.parameters: dict[int, int] = {}
        self.fixed: dict[int, float] = {}
        self.rows: set[int] = set()
        self.recorded = 0
        self.root = 0
        self.outputs: list[int] = []
        self.known: defaultdict[Operation, dict[tuple[int, ...], int]] = defaultdict(dict)
        self.known_numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.operations)

    def role(self, node: int) -> tuple[str, int] | None:
        """The kind of quantity and the layer of a node, or None."""
        label = self.labels[node]
        kind = getattr(label, "kind", None) if label else None
        return None if kind is None else (kind, getattr(label, "layer", 0))

    def leaf(self, label: str = "", is_batch: bool = False, is_trained: bool = False) -> int:
        """A new node without operands."""
        return self.leaves([label], is_batch, is_trained)[0]

    def leaves(self, labels: Sequence[str], is_batch: bool = False, is_trained: bool = False) -> range:
        """New nodes without operands."""
        first, count = len(self.operations), len(labels)
        self.operations += [None] * count
        self.operands += [()] * count
        self.labels += labels
        self.is_batch += [is_batch] * count
        self.is_trained += [is_trained] * count
        return range(first, first + count)

    def result(self, operation: Operation, operands: tuple[int, ...], label: str = "") -> int:
        """A new node of an operation; it depends on what its operands depend on."""
        node, is_batch, is_trained = len(self.operations), self.is_batch, self.is_trained
        self.operations.append(operation)
        self.operands.append(operands)
        self.labels.append(label)
        if len(operands) == 2:  # as most have, so quickly
            left, right = operands
            is_batch.append(is_batch[left] or is_batch[right])
            is_trained.append(is_trained[left] or is_trained[right])
        else:
            is_batch.append(True in map(is_batch.__getitem__, operands))
            is_trained.append(True in map(is_trained.__getitem__, operands))
        return node

    def look_up(self, leaf: int) -> int:
        """A new node that looks up a leaf."""
        node = self.result(look_up, (leaf,), self.labels[leaf])
        self.is_batch[node] = True
        self.rows.add(node)
        return node

    def below(self, nodes: Iterable[int]) -> list[bool]:
        """Of each node that was read, whether it is one of these or they depend on it."""
        found = [False] * self.recorded
        for node in nodes:
            found[node] = True
        for node in reversed(list(compress(range(self.recorded), self.operands))):  # the results
            if found[node]:
                for operand in self.operands[node]:
                    found[operand] = True
        return found

    def update_batch(self) -> None:
        """Find anew what depends on an input, and know no result any more, as operands were changed."""
        is_batch = self.is_batch
        for node in range(self.recorded):
            if not is_batch[node]:
                is_batch[node] = True in [is_batch[operand] for operand in self.operands[node]]
        self.known.clear()

    def number(self, value: float) -> int:
        """The node of a constant; equal constants are one node."""
        key = repr(value)
        node = self.known_numbers.get(key)
        if node is None:
            node = self.known_numbers[key] = self.leaf()
            self.numbers[node] = value
        return node

    def apply(self, operation: Operation, operands: tuple[int, ...], label: str = "") -> int:
        """The node of an operation: a new one, unless the result is a constant, an operand or a known node.

        0 · v is kept, as it is nan if v is infinite.
        """
        if len(operands) < 2 or not self.numbers.keys().isdisjoint(operands):
            numbers = list(map(self.numbers.get, operands))
            if None not in numbers:
                return self.number(operation(*numbers))
            same = self._same(operation, operands, numbers)
            if same is not None and not (operation in SUMS and self._may_have_kin(same)):
                return self.give_label(same, label)
            if same is not None:
                operation, operands = rules.total, (same,)
        is_turned = operands[0] > operands[-1] and operation in IN_ANY_ORDER
        count = len(self.operations)
        node = self.known[operation].setdefault(operands[::-1] if is_turned else operands, count)
        return self.result(operation, operands, label) if node == count else self.give_label(node, label)

    def give_label(self, node: int, label: str) -> int:
        """A known node, which keeps its label unless the new one is of a role."""
        known = self.labels[node]
        is_better = not known or (hasattr(label, "kind") and not hasattr(known, "kind"))
        if label and is_better and self.operations[node] is not None:
            self.labels[node] = label
        return node

    def _may_have_kin(self, term: int) -> bool:
        """Whether a sum of this one term is kept, until it is known if others like it have more terms."""
        operation = self.operations[term]
        if not self.keeps_single_terms or operation is None or operation in SUMS:
            return False
        if operation is rules.multiply and any(not self._varies(operand) for operand in self.operands[term]):
            return False  # a weighted input
        return self._varies(term)

    def _varies(self, node: int) -> bool:
        """Whether a node may differ from example to example; with look-ups, if it is a result."""
        looks_up = self.has_picks or not self.columns
        return self.is_batch[node] or (looks_up and bool(self.operands[node]))

    def _same(
        self, operation: Operation, operands: tuple[int, ...], numbers: list[float | None]
    ) -> int | None:
        """The operand that the result equals, in 0 + v, 1 · v, v / 1 and a sum of one term."""
        if operation is rules.divide:
            return operands[0] if numbers[1] == 1.0 else None
        neutral = NEUTRAL.get(operation)
        left = [operand for operand, number in zip(operands, numbers) if number != neutral]
        return left[0] if neutral is not None and len(left) == 1 else None


def read(
    order: Sequence[Value],
    inputs: Sequence[Value],
    parameters: Sequence[Value] | None,
    outputs: Sequence[Value] = (),
    keeps_single_terms: bool = False,
) -> tuple[Graph, list[Value]]:
    """The graph of a recording, and its parameters, in the order given, or else in that of the graph.

    `order` ends with the cost; what only `outputs` depend on is read after it. `keeps_single_terms` is for
    blocks, which join a sum of one term with sums of several; `fuse` takes those out that have no kin.
    """
    has_picks = keeps_single_terms and rules.select in [value.op for value in order]
    graph = Graph(keeps_single_terms, has_picks)
    trained = [] if parameters is None else list(parameters)
    columns = graph.leaves([value.label for value in inputs], is_batch=True)
    positions = graph.leaves([value.label for value in trained], is_trained=True)
    graph.columns, graph.parameters = (dict(zip(nodes, count())) for nodes in (columns, positions))
    place: dict[Value, int] = dict(zip([*inputs, *trained], [*columns, *positions]))
    numbers, known, constant = graph.numbers, graph.known, rules.constant
    operations, tuples, labels = graph.operations, graph.operands, graph.labels
    is_batch, is_trained = graph.is_batch, graph.is_trained
    operands: tuple[int, ...]
    for value in filterfalse(place.__contains__, chain(order, _orders(outputs, place))):
        operation, first, second = value.op, value._first, value._second
        if second is not None and operation is not None:
            left, right = operands = place[first], place[second]  # type: ignore[index]
            if left in numbers or right in numbers or (left > right and operation in IN_ANY_ORDER):
                place[value] = graph.apply(operation, operands, value.label)
                continue
            following = len(labels)  # as `apply` does, but at once: most nodes come this way
            node = place[value] = known[operation].setdefault(operands, following)
            if node == following:
                operations.append(operation)
                tuples.append(operands)
                labels.append(value.label)
                is_batch.append(is_batch[left] or is_batch[right])
                is_trained.append(is_trained[left] or is_trained[right])
            elif value.label:
                graph.give_label(node, value.label)
        elif operation is not None and operation is not constant:
            operands = tuple(map(place.__getitem__, value.operands))
            place[value] = graph.apply(operation, operands, value.label)
        elif parameters is None and operation is None:
            place[value] = graph.leaf(value.label, is_trained=True)
            graph.parameters[place[value]] = len(trained)
            trained.append(value)
        else:
            place[value] = graph.number(value.data)
    graph.root, graph.recorded = place[order[-1]], len(graph)
    graph.outputs = [place[output] for output in outputs]
    return graph, trained


def _orders(outputs: Sequence[Value], known: Container[Value]) -> Iterator[Value]:
    """What the outputs depend on, of those that are not known."""
    for output in outputs:
        if output not in known:
            order = topological_order(output, as_recorded=True)
            yield from [value for value in order if value not in known]


def columns_read(graph: Graph) -> int:
    """How many inputs, from the first, the outputs need."""
    needed = graph.below(graph.outputs)
    return max((column + 1 for node, column in graph.columns.items() if needed[node]), default=0)
