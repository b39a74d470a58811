"""The scalar passes that a compiled program stands for: one for each example of a batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from minigrad import rules
from minigrad.hooks import AFTER_RECORDING, setting
from minigrad.operations import OUT_OF_DOMAIN
from minigrad.value import Value, constant

if TYPE_CHECKING:
    from minigrad.compiler.program import Program


def passes_of(program: Program, batch: Any) -> Iterator[tuple[str, Value]]:
    """For each example of a batch, shape (N, columns): what to say of its pass, and the root of its graph.

    An example outside the domain of an operation has no graph; the program itself says so.
    """
    count = len(batch) if program.recording is not None else 0  # a copy from a pickle has no graph
    for number, row in enumerate(batch.tolist(), start=1):
        try:
            root = scalar_graph(program, row)
        except OUT_OF_DOMAIN:
            continue
        which = f"example {number} of {count}" if count > 1 else "its one example"
        yield f"A compiled program has no steps. This is the scalar pass of {which}, on a copy:", root


def scalar_graph(program: Program, example: Sequence[float]) -> Value:
    """The graph of the cost of one example, in new nodes with the program's numbers and the labels recorded.

    Its gradients are what the example adds, times the number of examples, to those of the program. Raises
    what the engine raises for an operand outside a domain.

    >>> import minigrad
    >>> w, x = Value(3.0, label="w"), Value(0.0, label="x")
    >>> root = scalar_graph(minigrad.compile(w * x, inputs=[x]), [2.0])
    >>> root, w.grad
    (Value(6, grad none yet, multiply, C), 0.0)
    """
    assert program.recording is not None
    parameters = zip(program.parameters.values, program.parameters.vector.tolist(), strict=True)
    numbers = dict(parameters) | dict(zip(program.inputs, example, strict=True))
    made: dict[Value, Value] = {}
    with setting(AFTER_RECORDING, None):  # the nodes are no work of the script
        for node in program.recording.order:
            if node.operands and node.op is not None:
                copy = node.op(*[made[operand] for operand in node.operands])
            elif node.op is rules.constant:
                copy = constant(node.data)
            else:
                copy = Value(numbers.get(node, node.data))
            copy.label, copy.origin = node.label, node.origin
            made[node] = copy
    root = made[program.recording.order[-1]]
    root.label = root.label or "C"
    return root
