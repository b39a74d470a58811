"""The backward pass as a sequence of steps that can be taken forwards and backwards.

A journal works on the graph itself, without a copy. Its steps are those of `Value.backward`, in the same
order and with the same arithmetic, so that at the end the gradients are the same, bit for bit. Going back
restores the gradient that was there before the step, because a subtraction would lose bits.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import TYPE_CHECKING

from minigrad import rules
from minigrad.display import one_line
from minigrad.graph import topological_order
from minigrad.journal.naming import name

if TYPE_CHECKING:
    from minigrad.value import Value


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One contribution of a backward pass: after = before + upstream_gradient · local_derivative.

    Attributes:
        number: its place in the pass, from 1.
        node: the node whose gradient is passed on.
        operand: the operand that it is passed to.
        place: the index of that operand, from 0; in `x * x`, x is both operands.
        local_derivative: ∂node/∂operand.
        upstream_gradient: ∂root/∂node, which is complete.
        contribution: upstream_gradient · local_derivative.
        before, after: ∂root/∂operand before and after the contribution was added.
        waiting: the number of consumers, edges to the operand, that have not yet added their contribution.
    """

    number: int
    node: Value
    operand: Value
    place: int
    local_derivative: float
    upstream_gradient: float
    contribution: float
    before: float
    after: float
    waiting: int

    @property
    def into_constant(self) -> bool:
        """Whether the operand is a number in an expression, which takes no gradient."""
        return self.operand.op is rules.constant

    def __repr__(self) -> str:
        return one_line(f"<{self}>")

    def __str__(self) -> str:
        route = f"step {self.number}: {name(self.node)} → {name(self.operand)}: "
        if self.into_constant:
            return f"{route}a constant takes no gradient"
        waiting = f", waiting for {self.waiting}" if self.waiting else ""
        return (
            f"{route}{self.upstream_gradient:.6g} × {self.local_derivative:.6g} = {self.contribution:.6g}, "
            f"grad {self.before:.6g} → {self.after:.6g}{waiting}"
        )


class Journal:
    """A backward pass from `root`, stopped at some position. Made by `backward_steps`.

    Iterating takes the remaining steps; `reversed` takes back those that were taken.

    Attributes:
        root: the node that the pass starts from.
        order: every node of its graph, operands before results.
        nodes: the nodes that pass their gradient on, in the order of the pass.
    """

    def __init__(self, root: Value, from_zero: bool = False) -> None:
        order = topological_order(root)
        self.root = root
        self._former = {node: node.grad for node in order}
        self._had_gradient = {node for node in order if node.has_gradient}
        self.order = order
        self.nodes = [node for node in reversed(order) if node.operands]
        self._ends = list(accumulate(len(node.operands) for node in self.nodes))
        self._consumers = Counter(chain.from_iterable(node.operands for node in self.nodes))
        self._ledgers: dict[Value, list[Step]] = {}
        self._history: list[Step] = []
        self._turn = 0  # the index of the node that takes the next step
        for node in order:
            if node.operands:
                node.grad, node.has_gradient = 0.0, False
            elif from_zero or node.grad is None:
                node.grad = 0.0
        root.grad += 1.0
        root.has_gradient = True

    def __len__(self) -> int:
        """The number of steps of the whole pass, one for each edge of the graph."""
        return self._ends[-1] if self._ends else 0

    def __contains__(self, node: object) -> bool:
        """Whether a node belongs to the graph of the root."""
        return node in self._former

    @property
    def position(self) -> int:
        """The number of steps that have been taken."""
        return len(self._history)

    @property
    def last(self) -> Step | None:
        """The step that was taken last."""
        return self._history[-1] if self._history else None

    @property
    def turn(self) -> int:
        """The index in `nodes` of the node that takes the next step; len(nodes) at the end."""
        return self._turn

    @property
    def next_node(self) -> Value | None:
        """The node that will take the next step; its gradient is complete. None at the end."""
        return self.nodes[self._turn] if self._turn < len(self.nodes) else None

    @property
    def at_node(self) -> bool:
        """Whether the next step is the first step of its node."""
        return self._turn < len(self.nodes) and self.position == self.start(self._turn)

    def start(self, turn: int) -> int:
        """The position at which node number `turn` of `nodes`, from 0, begins to pass its gradient on."""
        return self._ends[turn - 1] if turn else 0

    def edge(self, number: int) -> tuple[Value, int]:
        """The node of a step, taken or not, and the index of the operand. Raises IndexError past the end."""
        if not 1 <= number <= len(self):
            raise IndexError(f"the pass has steps 1 … {len(self)}, there is no step {number}")
        turn = bisect_right(self._ends, number - 1)
        return self.nodes[turn], number - 1 - self.start(turn)

    def __getitem__(self, number: int) -> Step:
        """The step with that number. Raises IndexError if it has not been taken."""
        if not 1 <= number <= self.position:
            raise IndexError(f"{self.position} steps have been taken, there is no step {number} among them")
        return self._history[number - 1]

    def consumers(self, node: Value) -> int:
        """The number of edges that contribute to the gradient of `node`."""
        return self._consumers[node]

    def ledger(self, node: Value) -> list[Step]:
        """The steps that have contributed to the gradient of `node` so far, in the order of the pass."""
        return list(self._ledgers.get(node, ()))

    def waiting(self, node: Value) -> int:
        """The number of contributions to the gradient of `node` that are missing; 0 when it is complete."""
        return self._consumers[node] - len(self._ledgers.get(node, ()))

    def forward(self) -> Step | None:
        """Take the next step; None at the end."""
        if self._turn == len(self.nodes):
            return None
        node = self.nodes[self._turn]
        place = self.position - self.start(self._turn)
        operand, local_derivative = node.operands[place], node.local_derivatives[place]
        upstream_gradient = node.grad
        contribution = upstream_gradient * local_derivative
        before = operand.grad
        ledger = self._ledgers.setdefault(operand, [])
        step = Step(
            self.position + 1, node, operand, place, local_derivative, upstream_gradient, contribution,
            before, after=before + contribution, waiting=self._consumers[operand] - len(ledger) - 1,
        )  # fmt: skip
        operand.grad, operand.has_gradient = step.after, True
        ledger.append(step)
        self._history.append(step)
        if self.position == self._ends[self._turn]:
            self._turn += 1
        return step

    def back(self) -> Step | None:
        """Take the last step back and return it; None at the start."""
        if not self._history:
            return None
        step = self._history.pop()
        if self._turn == len(self.nodes) or self.position < self.start(self._turn):
            self._turn -= 1
        operand, ledger = step.operand, self._ledgers[step.operand]
        ledger.pop()
        operand.grad = step.before
        operand.has_gradient = bool(ledger) or (not operand.operands and operand in self._had_gradient)
        return step

    def __iter__(self) -> Iterator[Step]:
        """Take the remaining steps, one at a time."""
        while (step := self.forward()) is not None:
            yield step

    def __reversed__(self) -> Iterator[Step]:
        """Take back the steps that were taken, one at a time, from the last to the first."""
        while (step := self.back()) is not None:
            yield step

    def to_step(self, position: int) -> None:
        """Go, either way, to where `position` steps have been taken. Raises IndexError if there are fewer."""
        if not 0 <= position <= len(self):
            raise IndexError(f"the pass has {len(self)} steps, there is no position {position}")
        while self.position < position:
            self.forward()
        while self.position > position:
            self.back()

    def to_node(self, node: Value) -> None:
        """Go to where the gradient of `node` is complete, not yet passed on. ValueError for others."""
        if node not in self:
            raise ValueError(f"{node!r} is not in the graph of {self.root!r}")
        if node.operands:
            self.to_step(self.start(self.nodes.index(node)))
            return
        while self.waiting(node) and self.forward() is not None:
            pass
        while self.ledger(node) and self.last is not self.ledger(node)[-1]:
            self.back()

    def to_layer(self, layer: int) -> None:
        """Go to where the first node of a layer, by its label, passes on. ValueError for no such layer."""
        for turn, node in enumerate(self.nodes):
            if getattr(node.label, "layer", None) == layer:
                self.to_step(self.start(turn))
                return
        raise ValueError(f"no result in the graph of {self.root!r} is labelled with layer {layer}")

    def finish(self) -> None:
        """Take all remaining steps: the gradients are then those of `root.backward()`."""
        for _ in self:
            pass

    def restore(self) -> None:
        """Abort the pass: set every gradient to what it was before the journal began."""
        self.to_step(0)
        for node, grad in self._former.items():
            node.grad, node.has_gradient = grad, node in self._had_gradient


def backward_steps(root: Value, from_zero: bool = False) -> Journal:
    """The backward pass from `root`, one edge at a time, before its first step.

    The gradients of interior nodes start at 0, as in `root.backward()`; those of leaves only with
    `from_zero`. Starting takes the time of one walk over the graph; the time of a step does not depend on the
    graph.

    >>> from minigrad import Value
    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.label = "y"
    >>> steps = backward_steps(y)
    >>> for step in steps:
    ...     print(step)
    step 1: y → x: 1 × 3 = 3, grad 0 → 3, waiting for 1
    step 2: y → x: 1 × 3 = 3, grad 3 → 6
    >>> steps.back().contribution, x.grad
    (3.0, 3.0)
    """
    return Journal(root, from_zero)
