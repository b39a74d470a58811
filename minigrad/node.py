"""A node of a computation graph: a number, and the edges to what it was computed from.

An edge leads from a node to one of its operands, and has a local derivative, ∂node/∂operand.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from numbers import Real
from typing import Any, NoReturn, Self

from minigrad.display import html_form, one_line
from minigrad.number import NOTHING, as_float
from minigrad.operations import Operation

Wide = tuple[tuple[Any, ...], tuple[float, ...]]  # operands and local derivatives, where they are many

BY_HAND = (
    "only operations make nodes that have operands: write a * b, or an operation of your own with "
    "@minigrad.operation, which takes its local derivatives; see examples/coming_from_micrograd.md"
)


class Node:
    """What a Value keeps: its number, its gradient, its edges. What it can do with them, `Value` says."""

    __slots__ = {  # and what `help(Value)` says of them
        "data": "the number, a float",
        "grad": "after `backward()`, ∂root/∂this: of a leaf added up over passes (None: 0), else of the last",
        "op": "the operation that made it; None for a leaf, `rules.constant` for a number in an expression",
        "label": "a name, for pictures, messages and debuggers",
        "has_gradient": "whether a backward pass has reached it: tells a gradient of 0 from none yet",
        "origin": "'file:line' of what recorded it, where that is noted, as under `detect_anomaly()`",
        "_first": "the first operand, if there are one or two",  # in the node, not in tuples: the garbage
        "_second": "the second, if there are two",  # collector takes as long as all else, for each object
        "_by_first": "∂this/∂first",
        "_by_second": "∂this/∂second",
        "_wide": "(operands, local derivatives), if there are more than two, as in a sum",
        "__weakref__": "so that a comparison can be remembered, and the graph forgotten",
    }
    data: float
    grad: float
    op: Operation | None
    label: str
    has_gradient: bool
    origin: str
    _first: Self | None
    _second: Self | None
    _by_first: float
    _by_second: float
    _wide: Wide | None

    @property
    def operands(self) -> tuple[Self, ...]:
        """What `op` was applied to, in order, repeats kept; () for a leaf."""
        if self._first is None:
            return self._wide[0] if self._wide else ()
        return (self._first,) if self._second is None else (self._first, self._second)

    @property
    def local_derivatives(self) -> tuple[float, ...]:
        """∂this/∂operand, one for each operand."""
        if self._first is None:
            return self._wide[1] if self._wide else ()
        return (self._by_first,) if self._second is None else (self._by_first, self._by_second)

    @local_derivatives.setter
    def local_derivatives(self, given: Sequence[float]) -> None:
        operands = self.operands  # one's own may be given, to plant a mistake and see it found
        if len(given) != len(operands):
            raise ValueError(
                f"Value: {len(operands)} operand(s) have as many local derivatives, not {len(given)}"
            )
        numbers = [d if d is NOTHING else as_float(d, "local_derivatives") for d in given]
        linked = in_slots(operands, numbers)
        self._first, self._by_first, self._second, self._by_second, self._wide = linked

    def __repr__(self) -> str:
        has_gradient = self.grad is not None and (self.grad or self.has_gradient)
        gradient = _shown(self.grad) if has_gradient else "none yet"
        made_by = "" if self.op is None else f", {self.op.name}"
        label = f", {one_line(self.label, 40)}" if self.label else ""
        return f"Value({_shown(self.data)}, grad {gradient}{made_by}{label})"

    _repr_html_ = html_form

    # micrograd's names: its lecture's drawing code reads two of them; what is assigned to them has no effect

    def _refuse(self, *given: object) -> NoReturn:
        raise AttributeError(f"Value: {BY_HAND}")

    _prev = property(operator.attrgetter("operands"), _refuse)
    _op = property(lambda node: str(node.op) if node.operands else "", _refuse)
    _backward = property(_refuse, _refuse)


def in_slots(
    operands: Sequence[Any], local_derivatives: Sequence[float]
) -> tuple[Any, float, Any, float, Wide | None]:
    """What a node keeps of them: `_first`, `_by_first`, `_second`, `_by_second`, or else `_wide`."""
    if len(operands) > 2:
        return None, 0.0, None, 0.0, (tuple(operands), tuple(local_derivatives))
    first, second = (*operands, None, None)[:2]
    by_first, by_second = (*local_derivatives, 0.0, 0.0)[:2]
    return first, by_first, second, by_second, None


def _shown(number: object) -> str:
    """A number in six digits; of what is none, though it was assigned to `data` or `grad`, what it is."""
    if isinstance(number, Real):
        return f"{number:.6g}"
    return f"no float: {type(number).__name__} {number!r:.40}"
