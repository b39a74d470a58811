"""Keeps the recorded graph of a program, so that the engine can compute one example and name an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from minigrad.operations import OUT_OF_DOMAIN
from minigrad.value import Value


class Recording:
    """The graph of a cost: its nodes, operands before results, and its inputs."""

    def __init__(self, order: Sequence[Value], inputs: Sequence[Value]) -> None:
        self.order = list(order)
        self.inputs = list(inputs)

    def replay(
        self, example: Sequence[float], parameters: Mapping[Value, float]
    ) -> tuple[float, dict[Value, float]]:
        """The cost of one example, and its gradient by each node, computed node by node as the engine does.

        Raises the error of the engine, with the labels of the operands, for an operand outside a domain.
        """
        known = {**parameters, **dict(zip(self.inputs, map(float, example)))}
        slopes: dict[Value, Sequence[Any]] = {}
        for value in self.order:
            if value in known:
                continue
            if value.op is None or not value.operands:
                known[value] = value.data
                continue
            operands = [known[operand] for operand in value.operands]
            try:
                known[value] = value.op.value(*operands)
                slopes[value] = value.op.local_derivatives(known[value], *operands)
            except OUT_OF_DOMAIN as error:
                labels = [operand.label for operand in value.operands]
                raise value.op.domain_error(error, operands, labels) from None
        root = self.order[-1]
        grads = dict.fromkeys(known, 0.0)
        grads[root] = 1.0
        for value in reversed(self.order):
            for operand, slope in zip(value.operands, slopes.get(value, ())):
                grads[operand] += grads[value] * slope
        return known[root], grads
