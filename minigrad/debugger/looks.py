"""What the prompt shows of a pass, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator

from minigrad.digits import FACTOR_DIGITS, product, short, shown, sum_digits
from minigrad.graph import count_paths
from minigrad.journal import Journal, Step, name
from minigrad.value import Value

LONGEST_WAY = 24  # lines of `where`; what lies between its two ends is counted, not listed


def step_line(step: Step) -> str:
    """One step that was taken: from whom to whom, the product, and what it made of the gradient."""
    digits = sum_digits([step.before, step.contribution])
    upstream, local, contribution = product(step.upstream_gradient, step.local_derivative, digits)
    state = f"{step.waiting} to come" if step.waiting else "complete"
    if step.before:
        state = f"{shown(step.before, digits)} → {shown(step.after, digits)}, {state}"
    line = _columns("", step.number, step.node, step.place, upstream, local)
    return f"{line} = {contribution:>8}  {state}"


def planned_line(journal: Journal, number: int) -> str:
    """One step that is still to come: the local derivative is known, the gradient may not be."""
    node, place = journal.edge(number)
    upstream = "?" if journal.waiting(node) else shown(node.grad, FACTOR_DIGITS)
    mark = "->" if number == journal.position + 1 else ""
    return _columns(
        mark, number, node, place, upstream, shown(node.local_derivatives[place], FACTOR_DIGITS)
    ).rstrip()


def _columns(mark: str, number: int, node: Value, place: int, upstream: str, local: str) -> str:
    route = f"{name(node)} → {name(node.operands[place])}"
    return f"{mark:<2}{number:>4}  {route:<17} {upstream:>9} × {local:>9}{factor(node, place):<12}"


def factor(node: Value, place: int) -> str:
    """What a local derivative is called, in brackets: the other factor of a product, or the slope f′(x)."""
    operation, operands = node.op, node.operands
    if operation is None:
        return ""
    if operation.name == "multiply":
        return f" ({name(operands[1 - place])})"
    if operation.name == "dot":
        pairs = len(operands) // 2
        if place == 2 * pairs:
            return ""
        return f" ({name(operands[(place + pairs) % (2 * pairs)])})"
    if len(operands) == 1:
        return f" ({operation.symbol}′({name(operands[0])}))"
    return ""


def location(journal: Journal) -> str:
    """Where the pass is: what will happen next."""
    node = journal.next_node
    if node is None:
        return f"-> the pass is complete: {journal.position} of {len(journal)} steps taken"
    number = journal.position + 1
    turn = journal.turn + 1
    if journal.at_node:
        to = ", ".join(name(operand) for operand in node.operands[:6])
        more = f" and {len(node.operands) - 6} more" if len(node.operands) > 6 else ""
        who = f"node {turn} of {len(journal.nodes)}: {name(node)} passes {shown(node.grad)} on to {to}{more}"
        return f"-> step {number} of {len(journal)}, {who}"
    operand = name(node.operands[number - 1 - journal.start(journal.turn)])
    return f"-> step {number} of {len(journal)}, {name(node)} → {operand}"


def around(journal: Journal, middle: int, count: int = 11) -> Iterator[str]:
    """The plan around a step: what was done above, what is to come below, -> between them."""
    first = max(1, min(middle - count // 2, len(journal) - count + 1))
    for number in range(first, min(first + count, len(journal) + 1)):
        if number <= journal.position:
            yield step_line(journal[number])
        else:
            yield planned_line(journal, number)


def way(journal: Journal, node: Value) -> Iterator[str]:
    """The way from the root to a node as a product of local derivatives; of several, the weightiest."""
    steps = weightiest_way(journal, node)
    if not steps and node is not journal.root:
        yield f"   {name(node)}: no gradient has arrived yet"
        return
    width = max(len(name(step.operand)) for step in steps) if steps else 0
    hidden = range(LONGEST_WAY // 2, len(steps) - LONGEST_WAY // 2)
    yield f"   {name(journal.root):<{width}}    1"
    running = 1.0
    for index, step in enumerate(steps):
        running *= step.local_derivative
        if hidden and index == hidden.start:
            yield f"   … {len(hidden)} more …"
        if index not in hidden:
            local = f"{shown(step.local_derivative, FACTOR_DIGITS):>9}{factor(step.node, step.place):<12}"
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


def who_added(journal: Journal, node: Value) -> Iterator[str]:
    """The ledger of a node: which consumer added what."""
    ledger = journal.ledger(node)
    for step in ledger[:20]:
        yield step_line(step)
    if len(ledger) > 20:
        yield f"   … {len(ledger) - 20} more …"
    consumers = journal.consumers(node)
    if node is journal.root:
        yield f"   {name(node)} is the root: ∂{name(node)}/∂{name(node)} = 1"
    yield f"   {name(node)}.grad = {short(node.grad)}, {len(ledger)} of {consumers} consumers have added"
