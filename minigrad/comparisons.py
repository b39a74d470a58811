"""Comparisons of Values, remembered for a while: by an `if` they may have chosen what was recorded.

A compiled program has the branch that was taken; it asks here which comparisons it has to hold a batch to.
Values are kept by weak references, and an expression that is compared and forgotten by its operations.
"""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any
from weakref import ref

from minigrad import rules
from minigrad.hooks import AFTER_RECORDING, setting
from minigrad.node import Node
from minigrad.number import as_float, is_array

Comparison = Callable[[float, float], bool]
SIGNS: dict[Comparison, str] = {operator.lt: "<", operator.le: "<=", operator.gt: ">", operator.ge: ">="}

MOST = 32_768  # comparisons that are remembered, the last ones
LARGEST = 64  # operands of the expression that is remembered operation by operation


@dataclass(frozen=True)
class Guard:
    """A comparison, and what came out; `left` is a Value, `right` a Value or a float."""

    comparison: Comparison
    left: Any
    right: Any
    outcome: bool

    def __str__(self) -> str:
        return f"{_shown(self.left)} {SIGNS[self.comparison]} {_shown(self.right)}"


_REMEMBERED: deque[tuple[Comparison, Any, Any, bool]] = deque(maxlen=MOST)


def compared(comparison: Comparison, left: Any, right: Any) -> bool:
    """Whether left ∘ right, of a Value and a Value or a number, which is remembered; an array takes over."""
    is_value = isinstance(right, Node)
    if not is_value and is_array(right):
        return NotImplemented  # type: ignore[no-any-return]  # Python then asks the array
    number = right.data if is_value else as_float(right, f"comparison {comparison.__name__}")
    outcome = comparison(left.data, number)
    _REMEMBERED.append((comparison, _kept(left), _kept(right) if is_value else number, outcome))
    return outcome


def guards_of(inputs: Collection[Any], leaves: Collection[Any]) -> Iterator[Guard]:
    """The comparisons that depend on inputs of a program, and on no leaves besides its own, each once.

    `leaves` are the others that the program has, its parameters among them.
    """
    own, varying = {*inputs, *leaves}, set(inputs)
    depends: dict[Any, bool | None] = {}  # on an input; None of what has leaves of its own
    met = set()
    for comparison, left, right, outcome in list(_REMEMBERED):
        with setting(AFTER_RECORDING, None):
            sides = [_revived(side) if isinstance(side, tuple) else side for side in (left, right)]
        found = [_depends(side, own, varying, depends) for side in sides]
        guard = Guard(comparison, sides[0], sides[1], outcome)
        if None not in found and True in found and guard not in met:
            met.add(guard)
            yield guard


def _kept(value: Any) -> tuple[Any, ...]:
    """(weak reference, operation, operands kept in the same way), the last two of a small expression."""
    room = LARGEST

    def keep(value: Any) -> tuple[Any, ...]:
        nonlocal room
        room -= len(value.operands)
        if not value.operands or room < 0:
            # a number in an expression belongs to nobody else
            return (ref(value), None, value if value.op is rules.constant else None)
        return (ref(value), value.op, [keep(operand) for operand in value.operands])

    return keep(value)


def _revived(kept: tuple[Any, ...]) -> Any:
    """The Value, or one that is computed anew; None if neither is left."""
    reference, operation, operands = kept
    value = reference()
    if value is not None or operation is None:
        return value if value is not None else operands
    again = [_revived(operand) for operand in operands]
    return None if any(each is None for each in again) else operation(*again)


def _depends(side: Any, own: Collection[Any], varying: Collection[Any], known: dict[Any, bool | None]) -> Any:
    if isinstance(side, float):
        return False
    if side is None:
        return None
    pending = [side]
    while pending:
        node = pending[-1]
        missing = [operand for operand in node.operands if operand not in known]
        if missing and node not in known:
            pending += missing
            continue
        pending.pop()
        if node.operands:
            below = [known[operand] for operand in node.operands]
            known[node] = None if None in below else any(below)
        else:
            known[node] = node in varying if node in own or node.op is rules.constant else None
    return known[side]


def _shown(side: Any) -> str:
    return str(getattr(side, "label", "")) or f"{getattr(side, 'data', side):.6g}"
