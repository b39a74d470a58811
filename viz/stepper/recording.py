"""Records a backward pass for the page: every name, number and step of it, as text.

Numbers are rounded here, together, so that the products and sums on the page are right as printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from minigrad import Value, rules
from minigrad.debugger.looks import partner
from minigrad.debugger.names import Place, places
from minigrad.journal import Journal, Step
from minigrad.symbols.numerals import ALL_DIGITS, RESULT_DIGITS, as_number, product, shown
from nn.delta.delta_table import Row, delta_table, slope_digits
from viz.drawing.palette import Scale, text_on
from viz.stepper.words import Words, is_z, kind_of

LEDGER_DIGITS = 8  # at most, for the lines of a ledger to add up

# What an edge does, in the terms of the documents: the chip in the page's header.
THROUGH_COST = "(1) ∂C/∂a: through the cost"
SLOPE_OF_LAST = "(1) ⊙ σ′(z): the δ of the last layer"
COUPLED = "(1) Jᵀ ∂C/∂a: softmax couples the neurons"
SENT_BACK = "(2) Wᵀδ: the error is sent back"
SLOPE = "(2) ⊙ σ′(z): δ"
WEIGHT = "(3) ∂C/∂W = δ aᵀ"
BIAS = "(4) ∂C/∂b = δ"
INPUT = "∂C/∂x: inputs are not trained"
CONSTANT = "a constant takes no gradient"
INSIDE = "inside a neuron: z is a sum of products"
OTHER = "the chain rule: upstream × local derivative"
EQUATIONS = (
    THROUGH_COST,
    SLOPE_OF_LAST,
    COUPLED,
    SENT_BACK,
    SLOPE,
    WEIGHT,
    BIAS,
    INPUT,
    CONSTANT,
    INSIDE,
    OTHER,
)


@dataclass
class Recording:
    """What the page's script needs, ready for JSON.

    Attributes:
        nodes: of each node its names, data, colours and the number of its consumers.
        steps: of each step the numbers of its two nodes, its texts, and what it does.
        stops: by "node" and "layer", the positions at which a node, or a layer, has passed on its gradients.
        number: of each node, its place in `nodes`.
        digits: of each node, the number of decimals of its gradient and of the contributions to it.
    """

    nodes: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    stops: dict[str, list[int]]
    number: dict[Value, int]
    digits: dict[Value, int]


def record(journal: Journal, words: Words) -> Recording:
    """Walk the pass from its start to its end, and back to where it was."""
    position = journal.position
    journal.to_step(0)
    journal.finish()
    number = {node: index for index, node in enumerate(journal.order)}
    found = places(journal)
    fills = _fills(journal, found)
    rows = delta_table(journal)
    digits = {node: ledger_digits(journal.ledger(node)) or RESULT_DIGITS for node in journal.order}
    digits |= {row.a: _factor_digits(row, journal) for row in rows if row.slope_step and row.a is not None}
    nodes = [_node(node, journal, words, fills[node], digits[node]) for node in journal.order]
    layers = _Layers(journal, rows, found)
    steps = [
        _step(step, words, number, digits[step.operand], _equation(step, layers))
        for step in map(journal.__getitem__, range(1, len(journal) + 1))
    ]
    journal.to_step(position)
    return Recording(nodes, steps, _stops(journal, found), number, digits)


def _node(node: Value, journal: Journal, words: Words, fill: str, digits: int) -> dict[str, Any]:
    label = node.label
    return {
        "text": words.text(node),
        "math": words.math(node),
        "grad": words.gradient(node),
        "spoken": words.spoken(node),
        "data": shown(node.data),
        "kind": kind_of(node),
        "layer": getattr(label, "layer", 0),
        "neuron": getattr(label, "neuron", 0),
        "consumers": journal.consumers(node),
        "start": shown(1.0) if node is journal.root else "",
        "isZ": is_z(node),
        "constant": node.op is rules.constant,
        "addsUp": all(_adds_up(step, digits) for step in journal.ledger(node)),
        "fill": fill,
        "ink": text_on(fill) if fill.startswith("#") else "",
    }


def ledger_digits(ledger: Sequence[Step]) -> int:
    """The fewest decimals, 4 to 8, with which every line of a ledger adds up as printed; 0 if 8 are too few.

    For 0 the page says that the sums are rounded.
    """
    for digits in range(RESULT_DIGITS, LEDGER_DIGITS + 1):
        if all(_adds_up(step, digits) for step in ledger):
            return digits
    return 0


def _factor_digits(row: Row, journal: Journal) -> int:
    """The decimals of ∂C/∂a with which it times σ′ is δ as printed, and its ledger adds up if it can."""
    assert row.a is not None
    ledger, error, delta = journal.ledger(row.a), row.a.grad, shown(row.z.grad)
    enough = [
        digits
        for digits in range(RESULT_DIGITS, ALL_DIGITS)
        if slope_digits(shown(error, digits), row.slope, delta)
    ]
    adding_up = (digits for digits in enough if all(_adds_up(step, digits) for step in ledger))
    return next(adding_up, enough[0] if enough else RESULT_DIGITS)


def _adds_up(step: Step, digits: int) -> bool:
    printed = as_number(shown(step.before, digits)) + as_number(shown(step.contribution, digits))
    return shown(printed, digits) == shown(step.after, digits)


def _step(step: Step, words: Words, number: dict[Value, int], digits: int, equation: str) -> dict[str, Any]:
    upstream, local, contribution = product(step.upstream_gradient, step.local_derivative, digits)
    other = partner(step.node, step.place)
    return {
        "node": number[step.node],
        "operand": number[step.operand],
        "upstream": upstream,
        "local": local,
        "symbol": "" if other is not None else words.local_math(step.node, step.place),
        "contribution": contribution,
        "before": shown(step.before, digits),
        "after": shown(step.after, digits),
        "waiting": step.waiting,
        "equation": EQUATIONS.index(equation),
        "recursion": step.operand.operands != (),
        "partner": number[other] if other is not None else -1,
    }


class _Layers:
    """Where the nodes of a pass are: `found` has their layers and neurons, `last` is the last layer.

    `above` has the nodes between the z and the a of a layer, a included; `coupled` the layers of softmax.
    """

    def __init__(self, journal: Journal, rows: Sequence[Row], found: dict[Value, Place]) -> None:
        self.found = found
        self.last = max((layer for layer, _ in found.values()), default=0)
        self.coupled = {row.layer for row in rows if row.coupled}
        self.above: set[Value] = set()
        for node in journal.order:
            if node in found and any(self._is_below(operand, node) for operand in node.operands):
                self.above.add(node)

    def _is_below(self, operand: Value, node: Value) -> bool:
        same = operand in self.found and self.found[operand][0] == self.found[node][0]
        return same and (kind_of(operand) == "z" or operand in self.above)


def _equation(step: Step, layers: _Layers) -> str:
    kind, found = kind_of(step.operand), layers.found
    if step.into_constant:
        return CONSTANT
    if not layers.last:
        return OTHER
    if kind in "wbx":
        return {"w": WEIGHT, "b": BIAS, "x": INPUT}[kind]
    if step.node not in found or step.operand not in found:
        return THROUGH_COST
    layer = found[step.operand][0]
    if layer < found[step.node][0]:
        return SENT_BACK
    if step.node not in layers.above:
        return INSIDE
    return COUPLED if layer in layers.coupled else SLOPE_OF_LAST if layer == layers.last else SLOPE


def _fills(journal: Journal, found: dict[Value, Place]) -> dict[Value, str]:
    groups: dict[tuple[int, str], list[Value]] = {}
    fills: dict[Value, str] = {}
    for node in journal.order:
        if node.op is rules.constant:
            fills[node] = "none"
            continue
        groups.setdefault((found.get(node, (0, 0))[0], kind_of(node)), []).append(node)
    for members in groups.values():
        scale = Scale.of(node.grad for node in members)
        fills.update({node: scale.fill(node.grad) for node in members})
    return fills


def _stops(journal: Journal, found: dict[Value, Place]) -> dict[str, list[int]]:
    nodes = [journal.start(turn + 1) for turn in range(len(journal.nodes))]
    layers = [
        journal.start(turn + 1)
        for turn, node in enumerate(journal.nodes)
        if turn + 1 == len(journal.nodes) or _layer_ends(node, journal.nodes[turn + 1], found)
    ]
    return {"node": nodes, "layer": layers}


def _layer_ends(node: Value, following: Value, found: dict[Value, Place]) -> bool:
    """Whether a layer ends between two nodes; the nodes of the cost count with the last layer."""
    if node not in found or following not in found:
        return False
    return found[node][0] != found[following][0]
