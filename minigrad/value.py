"""Value: a number that remembers how it was computed, and can tell what it is sensitive to.

After this file you can explain reverse-mode differentiation: recording, and the loop of `backward()`.

Glossary
    data                the number
    op, operands        the operation that made it, and what it was applied to
    local derivative    of a node by one of its operands, ∂y/∂x: known as soon as the node is recorded
    upstream gradient   of the root by a node, ∂C/∂y, at the time the node passes it on
    contribution        upstream gradient × local derivative: what one edge adds to its operand
    grad                the sum of the contributions: ∂C/∂x, once all consumers of x have passed theirs on
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any, Union

from minigrad import copying, rules
from minigrad.functions import Functions
from minigrad.graph import topological_order
from minigrad.operations import Operation, as_float, is_array

Operand = Union["Value", float]


class Value(Functions):
    """A node of a computation graph: a number, and where it came from.

    >>> x = Value(3.0, label="x")
    >>> y = x * x + 1
    >>> y.data
    10.0
    >>> y.backward()
    >>> x.grad
    6.0

    Attributes:
        data: the number, a float.
        grad: after `backward()`, ∂root/∂this. Leaves accumulate over passes; the others start each pass at 0.
        op: the operation that made it; None for a leaf, `rules.constant` for a number in an expression.
        operands: what `op` was applied to, in order, repeats kept.
        local_derivatives: ∂this/∂operand, one for each operand.
        label: a name, for pictures, messages and debuggers.
        has_gradient: whether a backward pass has come through, which tells gradient 0 from none yet.
        origin: "file:line" of what recorded it, where that was asked for (`detect_anomaly`, else unset).

    `==` and hashing go by identity, as a node is one node; `<`, `<=`, `>`, `>=` compare the numbers. There is
    no truth value: `if bias:` would be false at 0. `copy` gives a new node on the same operands, `deepcopy`
    and `pickle` a new graph.
    """

    __slots__ = ("data", "grad", "has_gradient", "label", "local_derivatives", "op", "operands", "origin")

    data: float
    grad: float
    op: Operation | None
    operands: tuple[Value, ...]
    local_derivatives: tuple[float, ...]
    label: str
    has_gradient: bool
    origin: str

    def __init__(self, data: float, label: str = "") -> None:
        if isinstance(data, Value):
            raise TypeError("Value: the data cannot be a Value already; use it as it is, or its .data")
        self.data = data if type(data) is float else as_float(data, "Value")
        self.grad = 0.0
        self.op = None
        self.operands = ()
        self.local_derivatives = ()
        if not isinstance(label, str):
            raise TypeError(f"Value: the label must be a text, not {label!r}")
        self.label = label
        self.has_gradient = False

    # --- the backward pass -------------------------------------------------------------------------------

    def backward(self) -> None:
        """Set `grad` of every node of the graph to ∂self/∂node, by the chain rule, node by node.

        Leaves add to what they have (two passes give the sum, set `grad` to 0 in between); every other
        node starts afresh.

        Source: Rumelhart, Hinton and Williams (1986); in the documents, δˡ from δˡ⁺¹ (equation 2 of 002).
        """
        order = topological_order(self)
        for node in order:
            node.has_gradient = True
            if node.operands:
                node.grad = 0.0
        self.grad += 1.0
        for node in reversed(order):
            upstream_gradient = node.grad
            for operand, local_derivative in zip(node.operands, node.local_derivatives):
                contribution = upstream_gradient * local_derivative
                operand.grad += contribution
        INSPECTOR.get()(order)  # `detect_anomaly()` looks at the pass here; otherwise nobody does

    # --- arithmetic --------------------------------------------------------------------------------------

    def __add__(self, other: Operand) -> Value:
        return _binary(rules.add, self, other)

    def __radd__(self, other: Operand) -> Value:
        return _binary(rules.add, other, self)

    def __sub__(self, other: Operand) -> Value:
        return _binary(rules.subtract, self, other)

    def __rsub__(self, other: Operand) -> Value:
        return _binary(rules.subtract, other, self)

    def __mul__(self, other: Operand) -> Value:
        return _binary(rules.multiply, self, other)

    def __rmul__(self, other: Operand) -> Value:
        return _binary(rules.multiply, other, self)

    def __truediv__(self, other: Operand) -> Value:
        return _binary(rules.divide, self, other)

    def __rtruediv__(self, other: Operand) -> Value:
        return _binary(rules.divide, other, self)

    def __pow__(self, other: Operand) -> Value:
        return _binary(rules.power, self, other)

    def __rpow__(self, other: Operand) -> Value:
        return _binary(rules.power, other, self)

    def __neg__(self) -> Value:
        return apply(rules.negative, (self,))

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        return apply(rules.absolute, (self,))

    # --- as a number -------------------------------------------------------------------------------------

    def __float__(self) -> float:
        return self.data

    def __format__(self, specification: str) -> str:
        return format(self.data, specification) if specification else repr(self)

    def __bool__(self) -> bool:
        raise TypeError("Value: it is neither true nor false; compare it, as in v > 0 or v is not None")

    def __lt__(self, other: Operand) -> bool:
        return _compare(operator.lt, self, other)

    def __le__(self, other: Operand) -> bool:
        return _compare(operator.le, self, other)

    def __gt__(self, other: Operand) -> bool:
        return _compare(operator.gt, self, other)

    def __ge__(self, other: Operand) -> bool:
        return _compare(operator.ge, self, other)

    # --- copied and pickled ------------------------------------------------------------------------------

    def __copy__(self) -> Value:
        return copying.copied(self, self.operands)

    def __deepcopy__(self, memo: dict[Any, Any]) -> Value:
        return copying.deep_copied(self, memo)

    def __reduce__(self) -> tuple[Any, ...]:
        return copying.reduced(self)

    # --- to be looked at ---------------------------------------------------------------------------------

    def __repr__(self) -> str:
        gradient = f"{self.grad:.6g}" if self.has_gradient else "none yet"
        text = f"Value({self.data:.6g}, grad {gradient}"
        if self.op is not None:
            text += f", {self.op.name}"
        if self.label:
            text += f", {self.label if len(self.label) <= 40 else self.label[:39] + '…'}"
        return text + ")"

    # The drawing code of micrograd's lecture reads these two.

    @property
    def _prev(self) -> tuple[Value, ...]:
        return self.operands

    @property
    def _op(self) -> str:
        return str(self.op) if self.operands else ""

    # --- called by an operation that is applied to a Value -----------------------------------------------

    def record_operation(self, operation: Operation, operands: Sequence[Operand]) -> Value:
        """The node of an operation that was called with this Value among its operands."""
        return apply(operation, operands)


# --- recording: a node is made in one place, and a context may replace it --------------------------------

Recorder = Callable[[Operation, tuple[Value, ...], float, tuple[float, ...]], Value]
Inspector = Callable[[list[Value]], None]
_new_node = object.__new__


def record(
    operation: Operation | None,
    operands: tuple[Value, ...],
    data: float,
    local_derivatives: tuple[float, ...],
) -> Value:
    """A new node of the graph, with all that `backward()` will need of it."""
    node = _new_node(Value)
    node.data = data
    node.grad = 0.0
    node.op = operation
    node.operands = operands
    node.local_derivatives = local_derivatives
    node.label = ""
    node.has_gradient = False
    return node


RECORDER: ContextVar[Recorder] = ContextVar("recorder", default=record)
INSPECTOR: ContextVar[Inspector] = ContextVar("inspector", default=lambda order: None)


def apply(operation: Operation, operands: Sequence[Operand]) -> Value:
    """The node y = operation(operands), for any number of operands."""
    nodes = tuple([x if isinstance(x, Value) else constant(x, operation) for x in operands])
    numbers = [node.data for node in nodes]
    try:
        data = operation.value(*numbers)
        local_derivatives = operation.local_derivatives(data, *numbers)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise _with_labels(operation, error, nodes) from None
    if type(data) is not float:  # of a row of the user's own
        data = as_float(data, operation)
    if type(local_derivatives) is not tuple or len(local_derivatives) != len(nodes):
        raise TypeError(
            f"{operation.name}: its row must return a tuple of {len(nodes)} local derivative(s), "
            f"one for each operand, not {local_derivatives!r}"
        )
    return RECORDER.get()(operation, nodes, data, local_derivatives)


def _binary(operation: Operation, left: Operand, right: Operand) -> Value:
    """`apply` for two operands, shorter as it is on every user's path; an array takes over its entries."""
    if not isinstance(right, Value):
        if is_array(right):
            return NotImplemented  # type: ignore[no-any-return]  # Python then asks the array
        right = constant(right, operation)
    if not isinstance(left, Value):
        left = constant(left, operation)
    x1, x2 = left.data, right.data
    try:
        data = operation.value(x1, x2)
        local_derivatives = operation.local_derivatives(data, x1, x2)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise _with_labels(operation, error, (left, right)) from None
    return RECORDER.get()(operation, (left, right), data, local_derivatives)


def constant(number: float, where: object = "constant") -> Value:
    """A number in an expression, as a leaf that is marked as such."""
    data = number if type(number) is float else as_float(number, where)
    return record(rules.constant, (), data, ())


def _compare(comparison: Callable[[float, float], bool], left: Value, right: Operand) -> bool:
    if isinstance(right, Value):
        return comparison(left.data, right.data)
    if is_array(right):
        return NotImplemented  # type: ignore[no-any-return]  # Python then asks the array
    return comparison(left.data, as_float(right, f"comparison {comparison.__name__}"))


def _with_labels(operation: Operation, error: Exception, operands: Sequence[Value]) -> Exception:
    """The error of an operation outside its domain, naming the operands that have a label."""
    labels = ", ".join(repr(operand.label) for operand in operands if operand.label)
    suffix = f" (value labelled {labels})" if labels else ""
    return operation.domain_error(error, [operand.data for operand in operands], suffix)
