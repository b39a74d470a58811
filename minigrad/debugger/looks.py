"""What the prompt shows of a pass, as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from minigrad import rules
from minigrad.graph import count_paths
from minigrad.journal import Journal, Step
from minigrad.journal.naming import bracketed, name
from minigrad.symbols.numerals import FACTOR_DIGITS, product, short, shown, sum_digits
from minigrad.value import Value

LONGEST_WAY = 24  # lines of `where`; what lies between its two ends is counted, not listed


class Row(NamedTuple):
    """The cells of the line of a step; what is not known yet is empty."""

    start: str
    upstream: str = ""
    local: str = ""
    factor: str = ""
    contribution: str = ""
    state: str = ""


# so that one command's lines suit another's
LEAST_WIDTHS = Row(*("x" * width for width in (20, 9, 9, 12, 8, 0)))


def step_lines(journal: Journal, numbers: Iterable[int]) -> Iterator[str]:
    """Steps one below the other: those that were taken with what they did, the others as far as known."""
    rows = [_row(journal, number) for number in numbers]
    widths = [max(map(len, column)) for column in zip(LEAST_WIDTHS, *rows, strict=True)]
    for row in rows:
        cells = (f"{cell:{side}{width}}" for cell, side, width in zip(row, "<>><><", widths))
        start, upstream, local, what, contribution, state = cells
        if not row.local:
            yield f"{start} {upstream}   {row.state}"
        elif not row.contribution:
            yield f"{start} {upstream} × {local}{what}".rstrip()
        else:
            yield f"{start} {upstream} × {local}{what} = {contribution}  {state}".rstrip()


def _row(journal: Journal, number: int) -> Row:
    node, place = journal.edge(number)
    operand = node.operands[place]
    mark = "->" if number == journal.position + 1 else ""
    start = f"{mark:<2}{number:>4}  {name(node)} → {name(operand)}"
    if operand.op is rules.constant:
        return Row(start, "–", state="a constant takes no gradient")
    if number <= journal.position:
        return Row(start, *_done(journal[number]))
    # the local derivative is known beforehand, the gradient when it is complete
    upstream = "?" if journal.waiting(node) else shown(node.grad, FACTOR_DIGITS)
    return Row(start, upstream, shown(node.local_derivatives[place], FACTOR_DIGITS), factor(node, place))


def _done(step: Step) -> tuple[str, str, str, str, str]:
    digits = sum_digits([step.before, step.contribution])
    upstream, local, contribution = product(step.upstream_gradient, step.local_derivative, digits)
    state = f"{step.waiting} to come" if step.waiting else "complete"
    if step.before:
        state = f"{shown(step.before, digits)} → {shown(step.after, digits)}, {state}"
    return upstream, local, factor(step.node, step.place), contribution, state


def factor(node: Value, place: int) -> str:
    """What a local derivative is called, in brackets: the other factor of a product, or the slope f′(x)."""
    operation, operands = node.op, node.operands
    other = partner(node, place)
    if other is not None:
        return " " + bracketed(name(other)) if other.label or other.operands else ""
    if operation is not None and len(operands) == 1 and operation.symbol.isidentifier():
        return f" ({operation.symbol}′{bracketed(name(operands[0]))})"
    return ""


def partner(node: Value, place: int) -> Value | None:
    """What an operand of a product, or of a sum of products, is multiplied by; None elsewhere."""
    pairs = len(node.operands) // 2
    if node.op is None or node.op.name not in ("dot", "multiply") or place >= 2 * pairs:
        return None
    return node.operands[(place + pairs) % (2 * pairs)]


def location(journal: Journal) -> str:
    """Where the pass is: what will happen next."""
    node = journal.next_node
    if node is None:
        return f"-> the pass is complete: {journal.position} of {len(journal)} steps taken"
    number = journal.position + 1
    turn = journal.turn + 1
    if journal.at_node:
        asking = [operand for operand in node.operands if operand.op is not rules.constant]
        to = ", ".join(map(name, asking[:6])) or "constants only"
        more = f" and {len(asking) - 6} more" if len(asking) > 6 else ""
        who = f"node {turn} of {len(journal.nodes)}: {name(node)} passes {shown(node.grad)} on to {to}{more}"
        return f"-> step {number} of {len(journal)}, {who}"
    operand = name(node.operands[number - 1 - journal.start(journal.turn)])
    return f"-> step {number} of {len(journal)}, {name(node)} → {operand}"


def around(journal: Journal, middle: int, count: int = 11) -> Iterator[str]:
    """The plan around a step: what was done above, what is to come below, -> between them."""
    first = max(1, min(middle - count // 2, len(journal) - count + 1))
    return step_lines(journal, range(first, min(first + count, len(journal) + 1)))


def way(journal: Journal, node: Value) -> Iterator[str]:
    """The way from the root to a node as a product of local derivatives; of several, the weightiest."""
    steps = weightiest_way(journal, node)
    if not steps and node is not journal.root:
        yield f"   {name(node)}: no gradient has arrived yet"
        return
    factors = [factor(step.node, step.place) for step in steps]
    width = max(map(len, [name(journal.root), *(name(step.operand) for step in steps)]))
    beside = max(map(len, ["x" * 12, *factors]))
    hidden = range(LONGEST_WAY // 2, len(steps) - LONGEST_WAY // 2)
    yield f"   {name(journal.root):<{width}}    1"
    running = 1.0
    for index, step in enumerate(steps):
        running *= step.local_derivative
        if hidden and index == hidden.start:
            yield f"   … {len(hidden)} more …"
        if index not in hidden:
            local = f"{shown(step.local_derivative, FACTOR_DIGITS):>9}{factors[index]:<{beside}}"
            yield f"   {name(step.operand):<{width}}  × {local}  so far {shown(running)}"
    paths = count_paths(journal.root, node)
    if paths > 1:
        yield f"   the weightiest of {shown(paths, 3) if paths >= 10**6 else paths} paths; together:"
        yield from who_added(journal, node)


def weightiest_way(journal: Journal, node: Value) -> list[Step]:
    """The steps from the root to a node, each the one that added most; empty if none has arrived."""
    steps: list[Step] = []
    while node is not journal.root and journal.ledger(node):
        steps.append(max(journal.ledger(node), key=lambda step: abs(step.contribution)))
        node = steps[-1].node
    return steps[::-1] if node is journal.root else []


def origin(node: Value) -> str:
    """The line of the script that built a node, in words; nothing if it was not noted."""
    noted = node.origin
    return f", built at {Path(noted).name}" if noted else ""


def who_added(journal: Journal, node: Value) -> Iterator[str]:
    """The ledger of a node: which consumer added what."""
    ledger = journal.ledger(node)
    yield from step_lines(journal, [step.number for step in ledger[:20]])
    if len(ledger) > 20:
        yield f"   … {len(ledger) - 20} more …"
    consumers = journal.consumers(node)
    if node is journal.root:
        yield f"   {name(node)} is the root: ∂{name(node)}/∂{name(node)} = 1"
    yield f"   {name(node)}.grad = {short(node.grad)}, {len(ledger)} of {consumers} consumers have added"
