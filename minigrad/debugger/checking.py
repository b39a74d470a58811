"""Gradients held against differences, down to the edge of the graph that is wrong."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from minigrad import rules
from minigrad.calculus import VALUES, grad
from minigrad.debugger.anomalies import note_origins, written
from minigrad.display import html_form
from minigrad.graph import topological_order
from minigrad.number import as_float, as_list
from minigrad.operations import OUT_OF_DOMAIN
from minigrad.value import Operand, Value, constant

_EPSILON = sys.float_info.epsilon


@dataclass(frozen=True)
class Comparison:
    """A derivative, and the differences to the left and right (nan outside the domain) that bracket it."""

    what: str
    derivative: float
    left: float
    right: float
    agrees: bool

    def __str__(self) -> str:
        differences = f"differences {self.left:.9g}, {self.right:.9g}"
        verdict = "agrees" if self.agrees else "DISAGREES"
        return f"{self.what} = {self.derivative:.9g}, {differences}: {verdict}"


@dataclass(frozen=True)
class GradientReport:
    """What `check_gradients` found; true if everything agrees."""

    gradients: tuple[Comparison, ...]
    wrong_edges: tuple[Comparison, ...]  # in topological order: the first is not a consequence of another

    def __bool__(self) -> bool:
        return not self.wrong_edges and all(comparison.agrees for comparison in self.gradients)

    def __repr__(self) -> str:
        verdict = "everything agrees" if self else f"{len(self.wrong_edges)} wrong edges"
        return f"<gradient report: {len(self.gradients)} derivatives, {verdict}>"

    _repr_html_ = html_form

    def __str__(self) -> str:
        lines = [str(comparison) for comparison in self.gradients]
        if self.wrong_edges:
            lines.append(f"first wrong edge of {len(self.wrong_edges)}: {self.wrong_edges[0]}")
        elif not self:
            lines.append("every edge agrees: the function leaves the graph (.data, float) or jumps here")
        return "\n".join(lines)


def check_gradients(
    f: Callable[..., Operand], xs: Sequence[Value | float], tolerance: float = 1e-6
) -> GradientReport:
    """Hold the gradient of `f(*xs)`, and every local derivative of its graph, against differences.

    The gradient is that of `grad`, so that no `.grad` changes: what is checked is f, not `backward()`. A
    derivative agrees if it lies between the differences to the left and to the right, give or take the
    relative `tolerance` and rounding, or if both come nearer to it as their step shrinks, as they do at an
    inflection: at a kink any sub-gradient agrees, and where the domain ends anything but nan. Values among
    the xs are nudged in place and put back, so that a network is checked by `check_gradients(lambda *_:
    cost(), model.parameters())`.

    >>> print(check_gradients(lambda x: abs(x), [0.0]))
    ∂f/∂x1 = 0, differences -1, 1: agrees
    """
    xs = as_list(xs, "check_gradients", VALUES)
    leaves = [x if isinstance(x, Value) else Value(x, label=f"x{i}") for i, x in enumerate(xs, start=1)]
    with note_origins():
        y = _node(f(*leaves))
    largest = max(abs(node.data) for node in topological_order(y))  # whose rounding is in y
    gradients = []
    for i, (leaf, derivative) in enumerate(zip(leaves, grad(y, leaves)), start=1):
        what = f"∂f/∂{leaf.label or f'x{i}'}"
        nudged = _nudging(f, leaves, leaf)
        gradients.append(_compared(what, derivative.data, nudged, leaf.data, tolerance, largest))
    wrong_edges: list[Comparison] = []
    for node in topological_order(y):
        asking = [k for k, operand in enumerate(node.operands) if operand.op is not rules.constant]
        edges = [compared_edge(node, k, tolerance) for k in asking]  # nothing needs those of constants
        wrong_edges += [edge for edge in edges if not edge.agrees]
    return GradientReport(tuple(gradients), tuple(wrong_edges))


def _node(result: Operand) -> Value:
    """The result of a function, as a node also where it is a plain number."""
    return result if isinstance(result, Value) else constant(as_float(result, "check_gradients"))


def _nudging(f: Callable[..., Operand], leaves: Sequence[Value], leaf: Value) -> Callable[[float], float]:
    """f as a function of the number in one leaf."""

    def nudged(number: float) -> float:
        before, leaf.data = leaf.data, number
        try:
            return _node(f(*leaves)).data
        finally:
            leaf.data = before

    return nudged


def compared_edge(node: Value, k: int, tolerance: float = 1e-6) -> Comparison:
    """The local derivative of a node by its operand k, from 0, held against differences of the operation.

    >>> y = Value(3.0, label="x") ** 2
    >>> y.local_derivatives = (5.0, 0.0)
    >>> compared_edge(y, 0).agrees
    False
    """
    assert node.op is not None
    value, numbers = node.op.value, [operand.data for operand in node.operands]
    what = f"∂{written(node)}/∂{node.operands[k].label or f'x{k + 1}'}"
    built = f"{what}, built at {node.origin or 'a line outside f'},"

    def nudged(number: float) -> float:
        return value(*numbers[:k], number, *numbers[k + 1 :])

    return _compared(built, node.local_derivatives[k], nudged, numbers[k], tolerance)


def _compared(
    what: str,
    derivative: float,
    f: Callable[[float], float],
    x: float,
    tolerance: float,
    largest: float = 0.0,
) -> Comparison:
    y = _value(f, x)
    largest = max(largest, abs(y))
    wide = _EPSILON ** (1 / 3) * max(1.0, abs(x))  # balances rounding against curvature
    steps = (wide, wide * abs(x)) if 0 < abs(x) < 1 else (wide,)  # the second near a pole or a border
    for step in steps:
        left, right = (y - _value(f, x - step)) / step, (_value(f, x + step) - y) / step
        steepest, rounding = max(abs(left), abs(right)), 8 * _EPSILON * largest / step
        slack = tolerance * steepest + rounding
        agrees = min(left, right) - slack <= derivative <= max(left, right) + slack
        agrees = agrees and (step == wide or rounding < 1e-3 * steepest)  # or else the step says nothing
        agrees = agrees or _approaches(derivative, f, x, step)
        if agrees:
            break
    at_border = math.isnan(left + right) or math.isinf(derivative)  # nothing to compare with
    return Comparison(what, derivative, left, right, agrees or (at_border and not math.isnan(derivative)))


def _approaches(derivative: float, f: Callable[[float], float], x: float, step: float) -> bool:
    """Whether the differences to both sides come nearer to the derivative by the order of their error, h.

    An eighth of the step leaves an eighth of the error or less; a wrong derivative is as wrong as before.
    """
    y = f(x)
    for side in (-step, step):
        errors = [abs((_value(f, x + h) - y) / h - derivative) for h in (side, side / 8)]
        rounding = 16 * _EPSILON * max(abs(y), abs(_value(f, x + side))) / (step / 8)
        if not errors[1] <= errors[0] / 4 or not rounding <= errors[0] / 4:
            return False
    return True


def _value(f: Callable[[float], float], x: float) -> float:
    try:
        return f(x)
    except OUT_OF_DOMAIN:
        return math.nan
