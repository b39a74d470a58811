"""Simplification: formulas are made here, in the simplest form that floats allow.

Simplified are × 1, × −1, + 0, / 1, ^ 1, a + a, b · (1 / a); numbers and scalars move to the front of a
product, and out of a sum that has one in common. The last bits may differ, nothing else. Never × 0, as
0 · inf is nan, save × NOTHING, and never a / a.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any, TypeVar

from minigrad.number import NOTHING
from minigrad.symbols.tree import Tree

F = TypeVar("F", bound=Tree)

_COMPARISONS = {"<": float.__lt__, "<=": float.__le__, ">": float.__gt__, ">=": float.__ge__}


def _is(a: Tree, number: float) -> bool:
    return a.kind == "number" and a.value == number


def _numbers(*operands: Tree) -> bool:
    return all(operand.kind == "number" for operand in operands)


def negative(a: F) -> F:
    """−a"""
    if a.kind == "number":
        return a.number(-a.value)
    if a.kind == "neg":
        return a.first
    if a.kind == "-" and a.is_scalar:
        return difference(a.second, a.first)
    scale, rest = _scaled(a)
    if scale is not None and _takes_minus(scale):
        return product(negative(scale), rest)
    if a.kind == "/" and _numbers(a.first):
        return quotient(negative(a.first), a.second)
    return a.elementwise("neg", a)


def sum(a: F, b: F) -> F:
    """a + b"""
    if _numbers(a, b):
        return a.number(a.value + b.value)
    if _is(a, 0.0):
        return b
    if _is(b, 0.0):
        return a
    if b.kind == "neg":
        return difference(a, b.first)
    if a.same(b):
        return product(a.number(2.0), a)
    common = _common_scale("+", a, b)
    return a.elementwise("+", a, b) if common is None else common


def difference(a: F, b: F) -> F:
    """a − b"""
    if _numbers(a, b):
        return a.number(a.value - b.value)
    if _is(b, 0.0):
        return a
    if _is(a, 0.0):
        return negative(b)
    if b.kind == "neg":
        return sum(a, b.first)
    common = _common_scale("-", a, b)
    return a.elementwise("-", a, b) if common is None else common


def _common_scale(kind: str, a: F, b: F) -> F | None:
    """s·a ± s·b as s·(a ± b), for arrays: one pass over them less; −s counts as s."""
    (left, x), (right, y) = _scaled(a), _scaled(b)
    if left is None or right is None or x.is_scalar or y.is_scalar:
        return None
    combine = {"+": sum, "-": difference}
    if left.same(right):
        return product(left, combine[kind](x, y))
    if left.same(negative(right)):
        return product(left, combine["-" if kind == "+" else "+"](x, y))
    return None


def _scaled(a: F) -> tuple[F | None, F]:
    """An array s·x as (s, x); (None, a) if no scalar stands in front."""
    if a.kind == "*" and a.first.is_scalar and not a.is_scalar:
        return a.first, a.second
    return None, a


def product(a: F, b: F) -> F:
    """a · b, entry by entry"""
    if _numbers(a, b):
        return a.number(a.value * b.value)
    for one, other in ((a, b), (b, a)):
        if one.value is NOTHING:
            return one
        if _is(one, 1.0):
            return other
        if _is(one, -1.0):
            return negative(other)
        if one.kind == "neg":
            return negative(product(one.first, b if one is a else a))
    if (b.is_scalar and not a.is_scalar) or (b.kind == "number" and a.kind != "number"):
        a, b = b, a
    if a.is_scalar and b.is_scalar:
        return _scalar_product(a, b)
    if b.kind == "-" and _is_negative(a):
        return product(negative(a), difference(b.second, b.first))
    scale, rest = _scaled(b)
    if scale is not None:
        return product(product(a, scale), rest) if a.is_scalar else product(scale, product(a, rest))
    scale, rest = _scaled(a)
    if scale is not None:
        return product(scale, product(rest, b))
    for one, other in ((a, b), (b, a)):
        if one.kind == "/" and _is(one.first, 1.0) and not one.is_scalar:
            return quotient(other, one.second)
    return a.elementwise("*", a, b)


def _takes_minus(scale: Tree) -> bool:
    """True for a scalar with a number that the minus can go into: −(2 / N) is (−2) / N, −(x / N) stays."""
    lead = scale.first if scale.kind == "/" else scale
    return lead.kind == "number"


def _is_negative(scale: Tree) -> bool:
    """True for a scalar with a minus in front, such as −2 / N."""
    lead = scale.first if scale.kind == "/" and scale.is_scalar else scale
    return lead.kind == "number" and lead.value < 0


def _scalar_product(a: F, b: F) -> F:
    for one, other in ((a, b), (b, a)):
        if other.kind == "/" and _numbers(one, other.first):
            return quotient(product(one, other.first), other.second)
    if a.kind == "number" and b.kind == "*" and b.first.kind == "number":
        return product(product(a, b.first), b.second)
    if b.kind == "/" and _is(b.first, 1.0):
        return quotient(a, b.second)
    return a.elementwise("*", a, b)


def quotient(a: F, b: F) -> F:
    """a / b, entry by entry"""
    if _is(b, 1.0):
        return a
    if _numbers(a, b) and b.value != 0:
        return a.number(a.value / b.value)
    return a.elementwise("/", a, b)


def power(a: F, b: F) -> F:
    """a ^ b, entry by entry"""
    return a if _is(b, 1.0) else a.elementwise("**", a, b)


def compare(kind: str, a: F, b: F) -> Any:
    """A comparison: of numbers a bool, else a condition to choose by."""
    if _numbers(a, b):
        return _COMPARISONS[kind](a.value, b.value)
    return a.elementwise(kind, a, b)


def selecting(a: F) -> F:
    """The same with each product a · (NOTHING where c, else b) as one choice, NOTHING where c, else a · b.

    For programs: the 0 of an array is a float, and times inf it would be nan.
    """
    return _selecting(a) if _has_nothing(a) else a


def _has_nothing(a: F) -> bool:
    return a.value is NOTHING or any(map(_has_nothing, a.operands))


def _selecting(a: F) -> F:
    if a.kind == "*":
        factors = list(_factors(a))
        choices = [each for each in factors if _selects(each)]
        if choices:
            others = [_selecting(each) for each in factors if not _selects(each)]
            return reduce(_spread, choices, reduce(product, others or [a.number(1.0)]))
    return a.of(tuple(map(_selecting, a.operands)))


def _spread(a: F, choice: F) -> F:
    """a · choice, multiplied out in the branches, as far down as one of them is NOTHING."""
    if not _selects(choice):
        return product(a, _selecting(choice))
    return a.elementwise("where", choice.first, _spread(a, choice.second), _spread(a, choice.third))


def _factors(a: F) -> Iterator[F]:
    if a.kind != "*":
        yield a
        return
    yield from _factors(a.first)
    yield from _factors(a.second)


def _selects(a: Tree) -> bool:
    return a.kind == "where" and any(each.value is NOTHING or _selects(each) for each in a.operands[1:])
