"""Where a walk stops: what can be said after `break` and `until`, and whether a pass is there.

A node is stopped at when its gradient is complete and it is about to pass it on (a leaf: when its gradient is
complete); a condition on numbers is tested after every step.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

from minigrad.debugger.checking import compared_edge
from minigrad.debugger.names import Names, places, unknown_words
from minigrad.journal import Journal, Step
from minigrad.value import Value


@dataclass(frozen=True)
class Target:
    """What a person asked for, and the test for it on a pass."""

    text: str
    reached: Callable[[Journal, Names], bool]


def target(text: str, names: Names) -> Target:
    """Read a target: a label, `label:…`, `op:…`, `layer:…`, `node:…`, `nan`, `inf`, `wrong`, a condition.

    Raises ValueError, with what can be said instead.
    """
    text = text.strip()
    kind, colon, what = text.partition(":")
    if text in ALARMS:
        return Target(text, after_step(ALARMS[text]))
    if text in names.labelled:
        return Target(text, at_node(lambda node: str(node.label) == text))
    if text.startswith("delta") and "z" + text[5:] in names.labelled:
        return Target(text, at_node(lambda node: str(node.label) == "z" + text[5:]))
    if colon and kind in _KINDS:
        return Target(text, _KINDS[kind](what.strip(), names))
    return Target(text, condition(text, names))


def at_node(matches: Callable[[Value], bool]) -> Callable[[Journal, Names], bool]:
    """The test for being at a node that matches, its gradient complete."""

    def reached(journal: Journal, names: Names) -> bool:
        node, last = journal.next_node, journal.last
        if node is not None and journal.at_node and matches(node):
            return True
        if last is None or last.operand.operands or last.waiting:
            return False
        return matches(last.operand)

    return reached


def _at_label(label: str, names: Names) -> Callable[[Journal, Names], bool]:
    if label not in names.labelled:
        raise ValueError(_no_such(label, names))
    return at_node(lambda node: str(node.label) == label)


def _at_operation(operation: str, names: Names) -> Callable[[Journal, Names], bool]:
    known = {word for node in names.journal.nodes if node.op for word in (node.op.name, node.op.symbol)}
    if operation not in known:
        used = ", ".join(sorted({node.op.name for node in names.journal.nodes if node.op}))
        raise ValueError(f"no node of this graph is made by {operation!r}; its operations are: {used}")
    return at_node(lambda node: node.op is not None and operation in (node.op.name, node.op.symbol))


def _at_layer(number: str, names: Names) -> Callable[[Journal, Names], bool]:
    layers = sorted({layer for layer, neuron in places(names.journal).values()})
    if not number.isdigit() or int(number) not in layers:
        known = f"1 … {layers[-1]}" if layers else "none here, no label has a layer"
        raise ValueError(f"there is no layer {number!r}; layers are numbered {known}")

    def reached(journal: Journal, names: Names) -> bool:
        node, last = journal.next_node, journal.last
        if node is None or last is None or not journal.at_node:
            return False
        return _layer(node) == int(number) and _layer(last.node) != int(number)

    return reached


def _at_number(number: str, names: Names) -> Callable[[Journal, Names], bool]:
    wanted = numbered(number, names.journal)
    return at_node(lambda node: node is wanted)


def numbered(number: str, journal: Journal) -> Value:
    """The node of that number, from 1, in the order of the pass. Raises ValueError."""
    count = len(journal.nodes)
    if not number.isdigit() or not 1 <= int(number) <= count:
        raise ValueError(f"nodes are numbered 1 … {count} in the order of the pass, there is no {number!r}")
    return journal.nodes[int(number) - 1]


def after_step(holds: Callable[[Step, Names], bool]) -> Callable[[Journal, Names], bool]:
    """The test for having taken a step, into no constant, of which `holds` is true.

    (−0.25)^2 has no derivative by its exponent, and nobody asks for one: nan there is no alarm.
    """

    def reached(journal: Journal, names: Names) -> bool:
        step = journal.last
        return step is not None and not step.into_constant and holds(step, names)

    return reached


def condition(expression: str, names: Names) -> Callable[[Journal, Names], bool]:
    """The test of an expression in the names of a step, such as abs(grad) > 10. Raises ValueError."""
    try:
        unknown = unknown_words(expression, names)
    except SyntaxError:
        raise ValueError(f"{expression!r} is no target: {_TARGETS}") from None
    if unknown:
        raise ValueError(_no_such(unknown[0], names))
    return after_step(lambda step, names: bool(names.value(expression)))


_KINDS = {"label": _at_label, "op": _at_operation, "layer": _at_layer, "node": _at_number}
ALARMS: dict[str, Callable[[Step, Names], bool]] = {
    "nan": lambda step, names: math.isnan(step.after),
    "inf": lambda step, names: math.isinf(step.after),
    "wrong": lambda step, names: not compared_edge(step.node, step.place).agrees,
}
_TARGETS = "give a label, op:…, layer:…, node:…, nan, inf, wrong, or a condition such as abs(grad) > 10"


def _no_such(word: str, names: Names) -> str:
    close = get_close_matches(word, list(names.labelled), n=3)
    remedy = f"is it {' or '.join(close)}?" if close else _TARGETS
    return f"nothing is labelled {word!r}: {remedy}"


def _layer(node: Value) -> int | None:
    return getattr(node.label, "layer", None)
