"""Value: a number that remembers how it was computed, and can tell what it is sensitive to.

After this file you can explain reverse-mode differentiation: recording, and the loop of `backward()`.

Glossary
    local derivative    of a node by one of its operands, ∂y/∂x: known as soon as the node is recorded
    upstream gradient   of the root by a node, ∂C/∂y, at the time the node passes it on
    contribution        upstream gradient × local derivative: what one edge adds to its operand
    grad                the sum of the contributions: ∂C/∂x, once all consumers of x have passed theirs on
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Never, Union

from minigrad import graph, leaving, rules
from minigrad.comparisons import compared
from minigrad.graph import topological_order
from minigrad.hooks import AFTER_BACKWARD, AFTER_RECORDING, HOOKED, READING_ROW
from minigrad.node import BY_HAND, Node, Wide, in_slots
from minigrad.number import as_float, is_array
from minigrad.operations import OUT_OF_DOMAIN, Operation

Operand = Union["Value", float]


class Value(Node):
    """A node of a computation graph: a number, and where it came from.

    >>> x = Value(3.0, label="x")
    >>> y = x * x + 1
    >>> y.data
    10.0
    >>> y.backward()
    >>> x.grad
    6.0

    `==` and hashing go by identity; `<`, `<=`, `>`, `>=` compare the numbers. There is no truth value, for
    `if bias:` would be false at 0. `copy` gives a new node on the same operands, `deepcopy` a new graph.
    """

    __slots__ = ()

    def __init__(self, data: float, label: str = "", *by_hand: Never) -> None:
        if by_hand or not isinstance(label, str):
            is_label = not by_hand and not isinstance(label, tuple)
            raise TypeError(f"Value: {f'the label must be a text, not {label!r}' if is_label else BY_HAND}")
        if isinstance(data, Value):
            raise TypeError("Value: the data cannot be a Value already; use it as it is, or its .data")
        self.data = data if type(data) is float else as_float(data, "Value")
        self.label = label
        self.op = self._first = self._second = self._wide = None
        self.grad = self._by_first = self._by_second = 0.0
        self.has_gradient = False
        self.origin = ""

    def backward(self) -> None:
        """Set `grad` of every node of the graph to ∂self/∂node, by the chain rule, node by node.

        Leaves add to what they have (two passes give the sum, set `grad` to 0 in between); every other
        node starts afresh. Each edge passes on one product, as in

            for node, operand, local_derivative in edges(root):
                operand.grad += node.grad * local_derivative

        but an edge that is asked for costs as much as its product: here the first two operands of a node
        are written out.

        Source: Rumelhart, Hinton and Williams (1986); in the documents, δˡ from δˡ⁺¹ (equation 2 of 002).
        """
        order = topological_order(self)
        for node in order:
            node.has_gradient = True
            if node._first is not None or node._wide is not None or node.grad is None:
                node.grad = 0.0
        self.grad += 1.0
        for node in reversed(order):  # the gradient of a node is complete: all that consume it come before
            upstream_gradient = node.grad
            operand, local_derivative = node._first, node._by_first
            if operand is not None:
                contribution = upstream_gradient * local_derivative
                operand.grad += contribution
                operand, local_derivative = node._second, node._by_second
                if operand is not None:
                    contribution = upstream_gradient * local_derivative
                    operand.grad += contribution
            elif node._wide is not None:
                for operand, local_derivative in zip(*node._wide):
                    contribution = upstream_gradient * local_derivative
                    operand.grad += contribution
        AFTER_BACKWARD.get()(order)  # `detect_anomaly()` looks at the pass here; otherwise nobody does

    # --- what a number can do: operators, comparisons, functions -----------------------------------------

    # + and ×, of which most graphs are made, are written out: a call of `record` takes as long as the rest.

    def __add__(self, other: Operand) -> Value:
        if type(other) is not Value or HOOKED:
            return _binary(rules.add, self, other)
        node = _new_node(Value)
        node.data = self.data + other.data
        node._first, node._by_first = self, 1.0
        node._second, node._by_second = other, 1.0
        node.op, node._wide = rules.add, None
        node.grad = 0.0
        node.has_gradient = False
        node.label = node.origin = ""
        return node

    def __mul__(self, other: Operand) -> Value:
        if type(other) is not Value or HOOKED:
            return _binary(rules.multiply, self, other)
        node = _new_node(Value)
        node.data = self.data * other.data
        node._first, node._by_first = self, other.data
        node._second, node._by_second = other, self.data
        node.op, node._wide = rules.multiply, None
        node.grad = 0.0
        node.has_gradient = False
        node.label = node.origin = ""
        return node

    # fmt: off

    def __sub__(self, other: Operand) -> Value: return _binary(rules.subtract, self, other)
    def __truediv__(self, other: Operand) -> Value: return _binary(rules.divide, self, other)
    def __floordiv__(self, other: Operand) -> Value: return _binary(rules.floor_divide, self, other)
    def __mod__(self, other: Operand) -> Value: return _binary(rules.remainder, self, other)
    def __divmod__(self, other: Operand) -> tuple[Value, Value]: return self // other, self % other
    def __pow__(self, other: Operand) -> Value: return _binary(rules.power, self, other)
    def __radd__(self, other: Operand) -> Value: return _as_value(other, rules.add) + self
    def __rsub__(self, other: Operand) -> Value: return _as_value(other, rules.subtract) - self
    def __rmul__(self, other: Operand) -> Value: return _as_value(other, rules.multiply) * self
    def __rtruediv__(self, other: Operand) -> Value: return _as_value(other, rules.divide) / self
    def __rfloordiv__(self, other: Operand) -> Value: return _as_value(other, rules.floor_divide) // self
    def __rmod__(self, other: Operand) -> Value: return _as_value(other, rules.remainder) % self
    def __rdivmod__(self, other: Operand) -> tuple[Value, Value]: return other // self, other % self
    def __rpow__(self, other: Operand) -> Value: return _as_value(other, rules.power) ** self
    def __neg__(self) -> Value: return _unary(rules.negative, self)
    def __abs__(self) -> Value: return _unary(rules.absolute, self)
    def __pos__(self) -> Value: return self
    def __floor__(self) -> Value: return _unary(rules.floor, self)
    def __ceil__(self) -> Value: return _unary(rules.ceil, self)
    def __trunc__(self) -> Value: return _unary(rules.trunc, self)
    def conjugate(self) -> Value: "the number itself, as it is real: for `np.var` and `np.vdot`"; return self

    def __lt__(self, other: Operand) -> bool: return compared(operator.lt, self, other)
    def __le__(self, other: Operand) -> bool: return compared(operator.le, self, other)
    def __gt__(self, other: Operand) -> bool: return compared(operator.gt, self, other)
    def __ge__(self, other: Operand) -> bool: return compared(operator.ge, self, other)
    def __format__(self, style: str) -> str: return format(self.data, style) if style else repr(self)

    # By NumPy's names, which NumPy calls for the entries of an array: `np.tanh(array)`.
    def exp(self) -> Value: "eˣ"; return _unary(rules.exp, self)
    def expm1(self) -> Value: "eˣ − 1, exact near 0"; return _unary(rules.expm1, self)
    def log(self) -> Value: "the natural logarithm"; return _unary(rules.log, self)
    def log1p(self) -> Value: "log (1 + x), exact near 0"; return _unary(rules.log1p, self)
    def log2(self) -> Value: "the logarithm to base 2"; return _unary(rules.log2, self)
    def log10(self) -> Value: "the logarithm to base 10"; return _unary(rules.log10, self)
    def sqrt(self) -> Value: "√x"; return _unary(rules.sqrt, self)
    def sin(self) -> Value: "sin x"; return _unary(rules.sin, self)
    def cos(self) -> Value: "cos x"; return _unary(rules.cos, self)
    def tan(self) -> Value: "tan x"; return _unary(rules.tan, self)
    def arcsin(self) -> Value: "sin⁻¹ x"; return _unary(rules.asin, self)
    def arccos(self) -> Value: "cos⁻¹ x"; return _unary(rules.acos, self)
    def arctan(self) -> Value: "tan⁻¹ x"; return _unary(rules.atan, self)
    def arctan2(self, x2: Operand) -> Value: "the angle of (x2, self)"; return apply(rules.atan2, (self, x2))
    def hypot(self, x2: Operand) -> Value: "√(x² + x2²)"; return apply(rules.hypot, (self, x2))
    def sinh(self) -> Value: "sinh x"; return _unary(rules.sinh, self)
    def cosh(self) -> Value: "cosh x"; return _unary(rules.cosh, self)
    def tanh(self) -> Value: "tanh x"; return _unary(rules.tanh, self)
    def arcsinh(self) -> Value: "sinh⁻¹ x"; return _unary(rules.asinh, self)
    def arccosh(self) -> Value: "cosh⁻¹ x"; return _unary(rules.acosh, self)
    def arctanh(self) -> Value: "tanh⁻¹ x"; return _unary(rules.atanh, self)
    def rint(self) -> Value: "to the nearest whole number"; return _unary(rules.rint, self)
    def erf(self) -> Value: "2 / √π ∫₀ˣ e^(−t²) dt"; return _unary(rules.erf, self)
    def sigmoid(self) -> Value: "σ(x) = 1 / (1 + e⁻ˣ)"; return _unary(rules.sigmoid, self)
    def softplus(self) -> Value: "log (1 + eˣ)"; return _unary(rules.softplus, self)
    def relu(self) -> Value: "max(x, 0)"; return _unary(rules.relu, self)
    def gelu(self) -> Value: "x Φ(x), Φ the normal distribution"; return _unary(rules.gelu, self)
    def silu(self) -> Value: "x σ(x)"; return _unary(rules.silu, self)
    # fmt: on

    def __round__(self, digits: None = None) -> Value:
        if digits is not None:
            raise TypeError(f"round: to whole numbers only; for print, round(v.data, {digits})")
        return _unary(rules.rint, self)

    def record_operation(self, operation: Operation, operands: Sequence[Operand]) -> Value:
        """What a row records that is called with this Value among its operands, as in `tanh(value)`."""
        return apply(operation, operands)

    def __float__(self) -> float:
        """The number, with a warning: `.data` is the way to take it out of the graph without one."""
        if READING_ROW.get():
            raise TypeError("a float leaves the graph; write math.exp as minigrad.exp, and so on")
        if self.op is not rules.constant:
            leaving.warn_of_leaving(leaving.VALUE)
        return self.data

    def __int__(self) -> int:
        return int(float(self))

    def item(self) -> float:
        """The number, a float without a gradient: `data`, by the name it has in NumPy and PyTorch."""
        return self.data

    def __bool__(self) -> bool:
        raise TypeError("Value: it is neither true nor false; compare it, as in v > 0 or v is not None")

    __copy__ = graph.copied
    __deepcopy__ = graph.deep_copied
    __reduce__ = graph.reduced


# --- recording: a node, with all that `backward()` will need of it, is made and given to the hook ---------


def record(
    operation: Operation,
    data: float,
    first: Value | None,
    by_first: float,
    second: Value | None = None,
    by_second: float = 0.0,
    wide: Wide | None = None,
) -> Value:
    """A new node: its operands, each with ∂data/∂operand, or, if they are more than two, `wide`."""
    node = _new_node(Value)
    node.data = data
    node._first, node._by_first = first, by_first
    node._second, node._by_second = second, by_second
    node.op, node._wide = operation, wide
    node.grad = 0.0
    node.has_gradient = False
    node.label = node.origin = ""
    if HOOKED and operation is not rules.constant and (change := AFTER_RECORDING.get()) is not None:
        change(node)
    return node


_new_node = object.__new__  # looked up once, not for each node


def apply(operation: Operation, operands: Sequence[Operand]) -> Value:
    """The node y = operation(operands), for any number of operands."""
    nodes = tuple([x if isinstance(x, Value) else constant(x, operation) for x in operands])
    numbers = [node.data for node in nodes]
    try:
        data = operation.value(*numbers)
        local_derivatives = operation.local_derivatives(data, *numbers)
    except OUT_OF_DOMAIN as error:
        raise operation.domain_error(error, numbers, [node.label for node in nodes]) from None
    if type(data) is not float:  # of a row of the user's own
        data = as_float(data, operation.name)
    if type(local_derivatives) is not tuple or len(local_derivatives) != len(nodes):
        wanted = f"a tuple of {len(nodes)} local derivative(s), one for each operand"
        raise TypeError(f"{operation.name}: its row must return {wanted}, not {local_derivatives!r}")
    return record(operation, data, *in_slots(nodes, local_derivatives))


# What follows is `apply` for the rows of the table's own methods and operators, on every user's path.


def _unary(operation: Operation, x: Value) -> Value:
    number = x.data
    try:
        data = operation.value(number)
        (local_derivative,) = operation.local_derivatives(data, number)
    except OUT_OF_DOMAIN as error:
        raise operation.domain_error(error, (number,), (x.label,)) from None
    return record(operation, data, x, local_derivative)


def _binary(operation: Operation, left: Value, right: Operand) -> Value:
    """The node left ∘ right; an array on the right takes over."""
    if not isinstance(right, Value):
        if type(right) is not float and is_array(right):
            return NotImplemented  # type: ignore[no-any-return]  # Python then asks the array
        right = constant(right, operation)
    x1, x2 = left.data, right.data
    try:
        data = operation.value(x1, x2)
        by_left, by_right = operation.local_derivatives(data, x1, x2)
    except OUT_OF_DOMAIN as error:
        raise operation.domain_error(error, (x1, x2), (left.label, right.label)) from None
    return record(operation, data, left, by_left, right, by_right)


def _as_value(operand: Operand, operation: Operation) -> Value:
    """An operand as a node; a number on the left of an operator, as Python asks the one on the right."""
    return operand if isinstance(operand, Value) else constant(operand, operation)


def constant(number: float, operation: Operation = rules.constant) -> Value:
    """A number in an expression, as a leaf that is marked as such; `operation` is what asked for it."""
    data = number if type(number) is float else as_float(number, operation.name)
    return record(rules.constant, data, None, 0.0)
