"""Derivatives on request: gradients that leave `.grad` alone, Jacobians, Hessians; and none, by `no_grad`."""

from collections.abc import Sequence

from minigrad import rules
from minigrad.contexts import Context
from minigrad.graph import topological_order
from minigrad.hooks import READING_ROW, after_recording, setting
from minigrad.number import NOTHING, as_float, as_list
from minigrad.operations import Operation
from minigrad.value import Operand, Value, constant

VALUES = "Values, as in [x]"


def grad(y: Operand, xs: Sequence[Value], create_graph: bool = False) -> list[Value]:
    """∂y/∂x for each x of `xs`, as Values; `.grad` of every node stays what it was.

    With `create_graph` the results are nodes of the graph and can be differentiated again; this raises
    where a local derivative leaves its domain (that of √x at 0). Without it they are constants. An x may be
    any node; one that y does not depend on has derivative 0, as every x has if y is a number.
    Raises TypeError for an x that is no Value.

    >>> x = Value(2.0)
    >>> [first] = grad(x**3, [x], create_graph=True)
    >>> [second] = grad(first, [x])
    >>> first.data, second.data
    (12.0, 12.0)
    """
    xs = as_list(xs, "grad", VALUES)
    for x in xs:
        if not isinstance(x, Value):
            raise TypeError(f"grad: derivatives are by Values, not by {type(x).__name__} {x!r}")
    if not isinstance(y, Value):
        y = constant(as_float(y, "grad"))
    order = topological_order(y)
    dependent = set(xs)  # nodes that some x leads to
    for node in order:
        if not dependent.isdisjoint(_selected(node)):
            dependent.add(node)
    gradients: dict[Value, Value | float] = {y: 1.0}
    for node in reversed(order):
        if node not in dependent or node.op is None:
            continue
        upstream_gradient = gradients.get(node, 0.0)  # complete: its consumers that are dependent are done
        local_derivatives: tuple[Value | float, ...] = node.local_derivatives
        if create_graph:
            local_derivatives = _read_with_values(node.op, node)
        for operand, local_derivative in zip(node.operands, local_derivatives):
            if operand in dependent:
                contribution = 0.0 if local_derivative is NOTHING else upstream_gradient * local_derivative
                earlier = gradients.get(operand)
                gradients[operand] = contribution if earlier is None else earlier + contribution
    found = [gradients.get(x, 0.0) for x in xs]
    return [gradient if isinstance(gradient, Value) else constant(gradient) for gradient in found]


def _selected(node: Value) -> Sequence[Value]:
    """The operands of a node that its number depends on at all."""
    if NOTHING not in node.local_derivatives:
        return node.operands
    pairs = zip(node.operands, node.local_derivatives)
    return [operand for operand, local_derivative in pairs if local_derivative is not NOTHING]


def _read_with_values(operation: Operation, node: Value) -> tuple[Value | float, ...]:
    """The local derivatives of a node, as nodes. TypeError for a row that leaves the graph."""
    operands = [x.data if x.op is rules.constant else x for x in node.operands]
    try:
        with setting(READING_ROW, True):
            return operation.local_derivatives(node, *operands)
    except TypeError as error:
        raise TypeError(f"{operation.name}: its row cannot be read with Values: {error}") from None


def jacobian(ys: Sequence[Operand], xs: Sequence[Value]) -> list[list[float]]:
    """∂yᵢ/∂xⱼ, shape (len(ys), len(xs)): one backward pass a row. Raises TypeError as `grad` does.

    >>> x1, x2 = Value(2.0), Value(3.0)
    >>> jacobian([x1 * x2, x1 + x2], [x1, x2])
    [[3.0, 2.0], [1.0, 1.0]]
    """
    return [[gradient.data for gradient in grad(y, xs)] for y in as_list(ys, "jacobian", VALUES)]


def hessian(y: Operand, xs: Sequence[Value]) -> list[list[float]]:
    """∂²y/∂xᵢ∂xⱼ, shape (len(xs), len(xs)): the Jacobian of the gradient. Raises as `grad` with a graph does.

    >>> x1, x2 = Value(2.0), Value(3.0)
    >>> hessian(x1 * x1 * x2, [x1, x2])
    [[6.0, 4.0], [4.0, 0.0]]
    """
    return jacobian(grad(y, xs, create_graph=True), xs)


def no_grad() -> Context:
    """Within it results are constants: no graph is kept, and nothing flows back through them.

    `@no_grad()` decorates functions; generators and `async def` have no graph while their body runs.

    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.operands
    (9.0, ())
    """
    return after_recording(_detach)


def _detach(node: Value) -> None:
    node.op, node._first, node._second, node._wide = rules.constant, None, None, None
