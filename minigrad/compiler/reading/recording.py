"""Keeps the recorded graph of a program, so that the engine can compute one example and name an error."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from minigrad.graph import in_slots
from minigrad.operations import OUT_OF_DOMAIN
from minigrad.value import Value


class Recording:
    """The graph of a cost: its nodes, operands before results, and its inputs."""

    def __init__(self, order: Sequence[Value], inputs: Sequence[Value]) -> None:
        self.order = list(order)
        self.inputs = list(inputs)

    def replay(self, example: Sequence[float], parameters: Mapping[Value, float]) -> float:
        """The cost of one example, computed node by node in the engine.

        Raises the error of the engine, with the labels of the operands, for an operand outside a domain.
        """
        known = {**parameters, **dict(zip(self.inputs, map(float, example)))}
        for value in self.order:
            if value in known:
                continue
            if value.op is None or not value.operands:
                known[value] = value.data
                continue
            operands = [known[operand] for operand in value.operands]
            try:
                known[value] = value.op.value(*operands)
            except OUT_OF_DOMAIN as error:
                labels = [operand.label for operand in value.operands]
                raise value.op.domain_error(error, operands, labels) from None
        return known[self.order[-1]]

    def __getstate__(self) -> dict[str, Any]:
        """Flat lists, so that a graph of any depth can be pickled."""
        position = {value: index for index, value in enumerate(self.order)}
        leaves = {index: value for index, value in enumerate(self.order) if not value.operands}
        steps = [
            (value.op, [position[operand] for operand in value.operands], value.data, value.label)
            if value.operands
            else None
            for value in self.order
        ]
        return {"leaves": leaves, "steps": steps, "inputs": self.inputs}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.inputs = state["inputs"]
        self.order = []
        for index, step in enumerate(state["steps"]):
            if step is None:
                self.order.append(state["leaves"][index])
                continue
            operation, operands, data, label = step
            nodes = [self.order[operand] for operand in operands]
            node = Value(data, label)
            node.op = operation
            linked = in_slots(nodes, [math.nan] * len(nodes))  # no local derivative is asked for
            node._first, node._by_first, node._second, node._by_second, node._wide = linked
            self.order.append(node)
