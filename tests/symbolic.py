"""Symbols for the rules, and what each row should be, in SymPy: the oracle of the tests of the table.

`REFERENCES[name]` is the operation of that name as a SymPy expression of its operands. A row without an entry
is held against SymPy's function of the same name, or else its own value, where symbols can be given to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import mpmath
import sympy

from minigrad.operations import Operation


class Symbol:
    """A SymPy expression with the operators, comparisons and the hook that a row asks of a number."""

    def __init__(self, expression: Any) -> None:
        self.expression = sympy.sympify(expression)

    def __add__(self, other):
        return Symbol(self.expression + bare(other))

    def __radd__(self, other):
        return Symbol(bare(other) + self.expression)

    def __sub__(self, other):
        return Symbol(self.expression - bare(other))

    def __rsub__(self, other):
        return Symbol(bare(other) - self.expression)

    def __mul__(self, other):
        return Symbol(self.expression * bare(other))

    def __rmul__(self, other):
        return Symbol(bare(other) * self.expression)

    def __truediv__(self, other):
        return Symbol(self.expression / bare(other))

    def __rtruediv__(self, other):
        return Symbol(bare(other) / self.expression)

    def __pow__(self, other):
        return Symbol(self.expression ** bare(other))

    def __rpow__(self, other):
        return Symbol(bare(other) ** self.expression)

    def __neg__(self):
        return Symbol(-self.expression)

    def __lt__(self, other):
        return Condition(self.expression < bare(other))

    def __le__(self, other):
        return Condition(self.expression <= bare(other))

    def __gt__(self, other):
        return Condition(self.expression > bare(other))

    def __ge__(self, other):
        return Condition(self.expression >= bare(other))

    def record_operation(self, operation: Operation, operands: Sequence[Any]) -> Symbol:
        return Symbol(reference(operation, [bare(operand) for operand in operands]))


class Condition:
    def __init__(self, condition: Any) -> None:
        self.condition = condition

    def choose(self, yes: Any, no: Any) -> Symbol:
        return Symbol(sympy.Piecewise((bare(yes), self.condition), (bare(no), True), evaluate=False))


def bare(operand: Any) -> Any:
    return operand.expression if isinstance(operand, Symbol) else sympy.sympify(operand)


def where(condition: Any, yes: Any, no: Any) -> Any:
    return sympy.Piecewise((yes, condition), (no, True))


def _dot(*operands: Any) -> Any:
    count = len(operands) // 2
    products = [w * x for w, x in zip(operands[:count], operands[count : 2 * count], strict=True)]
    return sympy.Add(*products, *operands[2 * count :])


class floor(sympy.Function):  # noqa: N801  # the name by which mpmath computes it
    """⌊x⌋, whose derivative SymPy leaves open."""

    def fdiff(self, argindex=1):
        return sympy.Integer(0)


def _ceil(x: Any) -> Any:
    return -floor(-x)


def _length(*terms: Any) -> Any:
    return sympy.sqrt(sympy.Add(*(term**2 for term in terms)))


REFERENCES: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negative": lambda x: -x,
    "power": lambda a, b: a**b,
    "expm1": lambda x: sympy.exp(x) - 1,
    "log1p": lambda x: sympy.log(1 + x),
    "log2": lambda x: sympy.log(x) / sympy.log(2),
    "log10": lambda x: sympy.log(x) / sympy.log(10),
    "acosh": lambda x: sympy.log(x + sympy.sqrt(x**2 - 1)),  # SymPy's is complex to SymPy for real x
    "erfc": lambda x: 1 - sympy.erf(x),  # of its own erfc of 1e200 mpmath raises OverflowError
    "hypot": _length,
    "norm": _length,
    "clip": lambda x, low, high: where(low > high, high, where(x < low, low, where(x > high, high, x))),
    "select": lambda condition, yes, no: where(sympy.Ne(condition, 0), yes, no),
    "sign": lambda x: where(x > 0, 1, where(x < 0, -1, 0)),
    "floor": floor,
    "ceil": _ceil,
    "trunc": lambda x: where(x > 0, floor(x), _ceil(x)),
    "rint": lambda x: floor(x + sympy.Rational(1, 2)),  # but for halves
    "floor_divide": lambda a, b: floor(a / b),
    "remainder": lambda a, b: a - b * floor(a / b),
    "logaddexp": lambda a, b: sympy.log(sympy.exp(a) + sympy.exp(b)),
    "absolute": lambda x: where(x > 0, x, -x),
    "minimum": lambda a, b: where(a < b, a, b),
    "maximum": lambda a, b: where(a > b, a, b),
    "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
    "relu": lambda x: where(x > 0, x, 0),
    "leaky_relu": lambda x, slope: where(x > 0, x, slope * x),
    "elu": lambda x, scale: where(x > 0, x, scale * (sympy.exp(x) - 1)),
    "gelu": lambda x: x * (1 + sympy.erf(x / sympy.sqrt(2))) / 2,
    "silu": lambda x: x / (1 + sympy.exp(-x)),
    "total": lambda *terms: sympy.Add(*terms),
    "dot": _dot,
    "logsumexp": lambda *terms: sympy.log(sympy.Add(*map(sympy.exp, terms))),
}


def function_of(operation: Operation) -> Callable[..., Any] | None:
    """What makes a SymPy expression of the operation's operands; None if nothing does."""
    function = REFERENCES.get(operation.name) or getattr(sympy, operation.name, None)
    if function is None:
        try:
            operation.value(*symbols(operation.arity or 2))
        except TypeError:  # as of math.hypot, which takes floats only
            return None
        return operation.value
    return function


def reference(operation: Operation, operands: Sequence[Any]) -> Any:
    """The operation as a SymPy expression of these operands."""
    function = function_of(operation)
    assert function is not None, (
        f"a rule is made of {operation}, which SymPy does not know: add it to REFERENCES"
    )
    return function(*operands)


def symbols(count: int) -> list[sympy.Symbol]:
    return list(sympy.symbols(f"x1:{count + 1}", real=True))


@cache
def derivatives(operation_name: str, function: Any, count: int) -> list[Callable[..., Any]]:
    """[y, ∂y/∂x1, …, ∂²y/∂x1∂x1, ∂²y/∂x1∂x2, …] as functions of the operands, at mpmath's precision."""
    xs = symbols(count)
    y = function(*xs)
    first = [sympy.diff(y, x) for x in xs]
    second = [sympy.diff(slope, x) for slope in first for x in xs]
    return [sympy.lambdify(xs, expression, "mpmath") for expression in (y, *first, *second)]


def expected(operation: Operation, operands: Sequence[float]) -> list[float]:
    """Value, first and second derivatives of a row at these operands, from SymPy at 50 digits, as floats."""
    return _at(operation.name, function_of(operation), tuple(operands))


@cache
def _at(operation_name: str, function: Any, operands: tuple[float, ...]) -> list[float]:
    with mpmath.workdps(50):
        numbers = [mpmath.mpf(operand) for operand in operands]
        found = derivatives(operation_name, function, len(operands))
        results = [mpmath.mpmathify(f(*numbers)) for f in found]
        return [float(result.real) if result.imag == 0 else float("nan") for result in results]
