"""The δ of every neuron as a row of a table, filled in while a backward pass goes on.

Glossary
    source      a neuron of layer l + 1: it sends back wˡ⁺¹ⱼₖ δˡ⁺¹ⱼ to neuron k of layer l
    example     a number from 1: in the graph of a batch each label occurs once an example
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from minigrad import Value
from minigrad.debugger.names import Place, places
from minigrad.journal import Journal
from minigrad.symbols.numerals import (
    ALL_DIGITS,
    FACTOR_DIGITS,
    RESULT_DIGITS,
    as_number,
    digits_needed,
    shown,
)
from nn.delta.notation import Name


@dataclass(eq=False)
class Row:
    """One neuron of one example: where the numbers of its δ are made.

    Attributes:
        layer, neuron, example: which, each from 1.
        z, a: its nodes; the same node in a layer whose activation is the identity. a is None where softmax
            couples the neurons of the layer and the cost does not depend on this one's a: ∂C/∂a is 0.
        sources: by neuron of the next layer, 0 for the cost, the steps that bring its share of ∂C/∂a.
        slope_step: the step that multiplies ∂C/∂a by σ′(z) and makes δ; 0 where a is z, or where softmax
            couples the neurons of its layer.
        coupled: whether δ comes from the ∂C/∂a of the whole layer, Jᵀ ∂C/∂a, so that there is no σ′ of one.

    >>> z = Value(2.0)
    >>> Row(layer=2, neuron=1, example=1, z=z, a=z).slope
    1.0
    """

    layer: int
    neuron: int
    example: int
    z: Value
    a: Value | None
    sources: dict[int, list[int]] = field(default_factory=dict)
    slope_step: int = 0
    coupled: bool = False

    @property
    def slope(self) -> float:
        """σ′(z): the local derivative of a by z; 1 where a is z, nan where the layer couples its neurons."""
        if self.a is self.z:
            return 1.0
        return self.a.local_derivatives[0] if self.a is not None and self.slope_step else float("nan")

    def share(self, source: int, journal: Journal) -> float | None:
        """What a source has sent back, as far as it has come; None before its last step was taken."""
        numbers = self.sources[source]
        if numbers[-1] > journal.position:
            return None
        return sum((journal[number].contribution for number in numbers[1:]), journal[numbers[0]].contribution)

    def error(self, journal: Journal) -> float | None:
        """∂C/∂a, None until all sources have sent their share."""
        if self.a is None:
            return 0.0
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
    activations = {(a.label, example): a for a, example in _labelled("a", journal)}
    rows = []
    for z, example in _labelled("z", journal):
        layer, neuron = z.label.layer, z.label.neuron  # type: ignore[attr-defined]  # _labelled: it is a Name
        senders = [journal.edge(number)[0] for number in arrivals[z]]
        coupled = any(_couples(sender, layer, found) for sender in senders)
        a = activations.get((Name("a", layer, neuron), example), None if coupled else z)
        row = Row(layer, neuron, example, z, a, coupled=coupled)
        if senders == [a]:
            row.slope_step = arrivals[z][0]
        for number in arrivals[a] if a is not None else []:
            sender_layer, sender = found.get(journal.edge(number)[0], (0, 0))
            row.sources.setdefault(sender if sender_layer > layer else 0, []).append(number)
        rows.append(row)
    return sorted(rows, key=lambda row: (row.example, -row.layer, row.neuron))


def row_texts(row: Row, journal: Journal, least: int = RESULT_DIGITS) -> tuple[list[str], str, str, str]:
    """The shares, their sum ∂C/∂a, the slope, and δ of a complete row, right as printed.

    Digits are added until the shares add up, and until ∂C/∂a times the slope is δ. Shares and sum have at
    least `least`. The slope is Jᵀ where the layer couples its neurons; – where σ takes several steps.

    >>> from minigrad import backward_steps
    >>> from nn import MLP, trace
    >>> journal = backward_steps(trace(MLP(2, [1], "tanh", initial=[[[1.0, 2.0]]]), [0.5, 1.0], y=0.0).cost)
    >>> journal.finish()
    >>> row_texts(delta_table(journal)[0], journal)
    (['5.0000'], '5.0000', '1', '5.0000')
    """
    shares = [row.share(source, journal) or 0.0 for source in row.sources]
    error, slope, delta = row.error(journal) or 0.0, row.slope, shown(row.z.grad)

    def of_shares(digits: int) -> int:
        """With how many decimals the shares make the sum as printed; 0 if with none."""
        total = shown(error, digits)

        def adds_up(more: int) -> bool:
            return shown(sum(as_number(shown(share, more)) for share in shares), digits) == total

        return digits_needed(adds_up, digits, ALL_DIGITS) or 0 if shares else digits

    def comes_out(digits: int) -> bool:
        multiplies_out = math.isnan(slope) or slope_digits(shown(error, digits), slope, delta) > 0
        return of_shares(digits) > 0 and multiplies_out

    digits = digits_needed(comes_out, least, ALL_DIGITS) or least
    total, more = shown(error, digits), of_shares(digits) or digits
    texts = [shown(share, more) for share in shares]
    if row.a is row.z:
        return texts, total, "1", total
    if math.isnan(slope):
        return texts, total, "Jᵀ" if row.coupled else "–", delta
    return texts, total, shown(slope, slope_digits(total, slope, delta) or FACTOR_DIGITS), delta


def slope_digits(error: str, slope: float, delta: str, least: int = FACTOR_DIGITS) -> int:
    """The fewest decimals of σ′(z) with which ∂C/∂a times it is δ, both as printed; 0 if none do.

    >>> slope_digits("−0.5485", 0.174987, "−0.0960")
    5
    """
    factor = as_number(error)

    def comes_out(digits: int) -> bool:
        return shown(factor * as_number(shown(slope, digits))) == delta

    return digits_needed(comes_out, least, ALL_DIGITS) or 0


def _arrivals(journal: Journal) -> dict[Value, list[int]]:
    """For each node, the numbers of the steps that end at it."""
    arrivals: dict[Value, list[int]] = defaultdict(list)
    number = 0
    for node in journal.nodes:
        for operand in node.operands:
            number += 1
            arrivals[operand].append(number)
    return arrivals


def _couples(sender: Value, layer: int, found: Mapping[Value, Place]) -> bool:
    """Whether a node between the z and the a of a layer has several of these z: softmax's log Σ e^z."""
    several = sum(getattr(operand.label, "kind", "") == "z" for operand in sender.operands) > 1
    return several and found.get(sender, (0, 0))[0] == layer


def _labelled(kind: str, journal: Journal) -> list[tuple[Value, int]]:
    """What is labelled as z, or a, of a neuron, with the number of its example: how often it has occurred."""
    occurred: dict[str, int] = defaultdict(int)
    found = []
    for node in journal.nodes:
        if getattr(node.label, "kind", "") == kind:
            occurred[node.label] += 1
            found.append((node, occurred[node.label]))
    return found
