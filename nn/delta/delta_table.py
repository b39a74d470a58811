"""The δ of every neuron as a row of a table, filled in while a backward pass goes on.

Glossary
    source      a neuron of layer l + 1: it sends back wˡ⁺¹ⱼₖ δˡ⁺¹ⱼ to neuron k of layer l
    example     a number from 1: in the graph of a batch each label occurs once an example
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from minigrad import Value
from minigrad.debugger.names import places
from minigrad.journal import Journal


@dataclass(eq=False)
class Row:
    """One neuron of one example: where the numbers of its δ are made.

    Attributes:
        layer, neuron, example: which, each from 1.
        z, a: its nodes; the same node in a layer whose activation is the identity.
        sources: by neuron of the next layer, 0 for the cost, the steps that bring its share of ∂C/∂a.
        slope_step: the step that multiplies ∂C/∂a by σ′(z) and makes δ; 0 where a is z, or where softmax
            couples the neurons of its layer.

    >>> z = Value(2.0)
    >>> Row(layer=2, neuron=1, example=1, z=z, a=z).slope
    1.0
    """

    layer: int
    neuron: int
    example: int
    z: Value
    a: Value
    sources: dict[int, list[int]] = field(default_factory=dict)
    slope_step: int = 0

    @property
    def slope(self) -> float:
        """σ′(z): the local derivative of a by z; 1 where a is z, nan where the layer couples its neurons."""
        if self.a is self.z:
            return 1.0
        return self.a.local_derivatives[0] if self.slope_step else float("nan")

    def share(self, source: int, journal: Journal) -> float | None:
        """What a source has sent back, as far as it has come; None before its last step was taken."""
        numbers = self.sources[source]
        if numbers[-1] > journal.position:
            return None
        return sum((journal[number].contribution for number in numbers[1:]), journal[numbers[0]].contribution)

    def error(self, journal: Journal) -> float | None:
        """∂C/∂a, None until all sources have sent their share."""
        return None if journal.waiting(self.a) else self.a.grad

    def delta(self, journal: Journal) -> float | None:
        """δ = ∂C/∂z, None until it has arrived."""
        return None if journal.waiting(self.z) else self.z.grad


def delta_table(journal: Journal) -> list[Row]:
    """The rows of a pass: example by example, from the last layer to the first, neuron 1 first.

    Empty if nothing in the graph is labelled as the z of a neuron.

    >>> from minigrad import backward_steps
    >>> from nn import MLP, trace
    >>> journal = backward_steps(trace(MLP(2, [2, 1], seed=0), [1.0, 2.0], y=0.0).cost)
    >>> [(row.layer, row.neuron, list(row.sources)) for row in delta_table(journal)]
    [(2, 1, [0]), (1, 1, [1]), (1, 2, [1])]
    """
    found, arrivals = places(journal), _arrivals(journal)
    activations = {_place(a, example): a for a, example in _labelled("a", journal)}
    rows = []
    for z, example in _labelled("z", journal):
        layer, neuron = z.label.layer, z.label.neuron  # type: ignore[attr-defined]  # _labelled: it is a Name
        a = activations.get((layer, neuron, example), z)
        row = Row(layer, neuron, example, z, a)
        if [journal.edge(number)[0] for number in arrivals[z]] == [a]:
            row.slope_step = arrivals[z][0]
        for number in arrivals[a]:
            sender_layer, sender = found.get(journal.edge(number)[0], (0, 0))
            row.sources.setdefault(sender if sender_layer > layer else 0, []).append(number)
        rows.append(row)
    return sorted(rows, key=lambda row: (row.example, -row.layer, row.neuron))


def _arrivals(journal: Journal) -> dict[Value, list[int]]:
    """For each node, the numbers of the steps that end at it."""
    arrivals: dict[Value, list[int]] = defaultdict(list)
    number = 0
    for node in journal.nodes:
        for operand in node.operands:
            number += 1
            arrivals[operand].append(number)
    return arrivals


def _labelled(kind: str, journal: Journal) -> list[tuple[Value, int]]:
    """What is labelled as z, or a, of a neuron, with the number of its example: how often it has occurred."""
    occurred: dict[str, int] = defaultdict(int)
    found = []
    for node in journal.nodes:
        if getattr(node.label, "kind", "") == kind:
            occurred[node.label] += 1
            found.append((node, occurred[node.label]))
    return found


def _place(node: Value, example: int) -> tuple[int, int, int]:
    return node.label.layer, node.label.neuron, example  # type: ignore[attr-defined]
