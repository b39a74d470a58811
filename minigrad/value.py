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

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Union

from minigrad import rules
from minigrad.graph import topological_order
from minigrad.operation import Operation, as_float, is_array

Operand = Union["Value", float]


class Value:
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

    `==` and hashing go by identity, as a node is one node; `<`, `<=`, `>`, `>=` compare the numbers.
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
        return _unary(rules.negative, self)

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        return _unary(rules.absolute, self)

    # --- functions (NumPy calls these by name for arrays of Values) --------------------------------------

    def exp(self) -> Value:
        """eˣ"""
        return _unary(rules.exp, self)

    def log(self) -> Value:
        """The natural logarithm."""
        return _unary(rules.log, self)

    def sqrt(self) -> Value:
        """√x"""
        return _unary(rules.sqrt, self)

    def tanh(self) -> Value:
        """tanh x"""
        return _unary(rules.tanh, self)

    def sigmoid(self) -> Value:
        """σ(x) = 1 / (1 + e⁻ˣ)"""
        return _unary(rules.sigmoid, self)

    def relu(self) -> Value:
        """max(x, 0)"""
        return _unary(rules.relu, self)

    # --- as a number -------------------------------------------------------------------------------------

    def __float__(self) -> float:
        return self.data

    def __format__(self, specification: str) -> str:
        return format(self.data, specification) if specification else repr(self)

    def __lt__(self, other: Operand) -> bool:
        return self.data < _number(other, "<")

    def __le__(self, other: Operand) -> bool:
        return self.data <= _number(other, "<=")

    def __gt__(self, other: Operand) -> bool:
        return self.data > _number(other, ">")

    def __ge__(self, other: Operand) -> bool:
        return self.data >= _number(other, ">=")

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


def apply(operation: Operation, operands: Sequence[Operand]) -> Value:
    """The node y = operation(operands), for any number of operands."""
    nodes = tuple(
        operand if isinstance(operand, Value) else constant(operand, operation) for operand in operands
    )
    numbers = [node.data for node in nodes]
    try:
        data = operation.value(*numbers)
        local_derivatives = operation.local_derivatives(data, *numbers)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise _with_labels(operation, error, nodes) from None
    return RECORDER.get()(operation, nodes, data, local_derivatives)


def _unary(operation: Operation, operand: Value) -> Value:
    """`apply` for one operand, which is a Value: shorter because it is on every user's path."""
    x = operand.data
    try:
        data = operation.value(x)
        local_derivatives = operation.local_derivatives(data, x)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise _with_labels(operation, error, (operand,)) from None
    return RECORDER.get()(operation, (operand,), data, local_derivatives)


def _binary(operation: Operation, left: Operand, right: Operand) -> Value:
    """`apply` for two operands, of which one may be a number; an array applies itself entry by entry."""
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


def dot(weights: Sequence[Operand], inputs: Sequence[Operand], bias: Operand | None = None) -> Value:
    """The pre-activation of a neuron as one node, z = Σₖ wₖ xₖ + b, with ∂z/∂wₖ = xₖ, ∂z/∂xₖ = wₖ, ∂z/∂b = 1.

    Raises ValueError unless there are as many inputs as weights, and at least one.

    >>> w = [Value(2.0), Value(-1.0)]
    >>> dot(w, [3.0, 4.0], 0.5).data
    2.5
    """
    if len(weights) != len(inputs) or not weights:
        raise ValueError(f"dot: {len(weights)} weights need as many inputs, not {len(inputs)}")
    operands = (*weights, *inputs) if bias is None else (*weights, *inputs, bias)
    return apply(rules.dot, operands)


def total(terms: Sequence[Operand]) -> Value:
    """Σ x as one node, with local derivatives 1. Raises ValueError for no terms.

    >>> total([Value(1.0), 2.0, 3.0]).data
    6.0
    """
    if not len(terms):
        raise ValueError("total: there is nothing to add up; give at least one term")
    return apply(rules.total, terms)


def logsumexp(terms: Sequence[Operand]) -> Value:
    """log Σ eˣ as one node; its local derivatives are the softmax of the terms. Raises ValueError for none.

    >>> round(logsumexp([Value(1000.0), 1000.0]).data, 6)
    1000.693147
    """
    if not len(terms):
        raise ValueError("logsumexp: there are no terms; give at least one")
    return apply(rules.logsumexp, terms)


def _number(operand: Operand, comparison: str) -> float:
    return operand.data if isinstance(operand, Value) else as_float(operand, comparison)


def _with_labels(operation: Operation, error: Exception, operands: Sequence[Value]) -> Exception:
    """The error of an operation outside its domain, naming the operands that have a label."""
    labels = ", ".join(repr(operand.label) for operand in operands if operand.label)
    suffix = f" (value labelled {labels})" if labels else ""
    return operation.domain_error(error, [operand.data for operand in operands], suffix)
