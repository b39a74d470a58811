"""Kinds of number that the engine does not know read every row of the table, and give the right numbers."""

from __future__ import annotations

import inspect
import operator

import pytest
from edge_table import rows
from row_checks import close, needed, ordinary_operands

from minigrad import Value, grad, rules
from minigrad.number import Number
from minigrad.symbols.formulas import Formula


class Dual:
    """number + slope · ε with ε² = 0: forward differentiation. Its comparisons are True or False."""

    def __init__(self, number, slope=0.0):
        self.number, self.slope = number, slope

    def record_operation(self, operation, operands):
        duals = [x if isinstance(x, Dual) else Dual(x) for x in operands]
        numbers = [x.number for x in duals]
        y = operation.value(*numbers)
        row = operation.local_derivatives(y, *numbers)
        terms = [derivative * x.slope for derivative, x in zip(row, duals, strict=True) if x.slope]
        return Dual(y, sum(terms))


class Column:
    """Several floats at once, without an array. Its comparisons differ from entry to entry, and so choose."""

    def __init__(self, *entries):
        self.entries = entries

    def record_operation(self, operation, operands):
        columns = [x.entries if isinstance(x, Column) else [x] * len(self.entries) for x in operands]
        return Column(*map(operation, *columns))

    def choose(self, yes, no):
        return self.record_operation(lambda condition, a, b: a if condition else b, (self, yes, no))


def of_two(function):
    return lambda x1, x2: x1.record_operation(function, (x1, x2))


def of_two_reversed(function):
    return lambda x2, x1: x2.record_operation(function, (x1, x2))


ARITHMETIC = {
    "add": rules.add,
    "sub": rules.subtract,
    "mul": rules.multiply,
    "truediv": rules.divide,
    "pow": rules.power,
}
for name, function in ARITHMETIC.items():
    for kind in (Dual, Column):
        setattr(kind, f"__{name}__", of_two(function))
        setattr(kind, f"__r{name}__", of_two_reversed(function))
for kind in (Dual, Column):
    kind.__neg__ = lambda x: x.record_operation(rules.negative, (x,))
for comparison in (operator.lt, operator.le, operator.gt, operator.ge):
    setattr(Column, f"__{comparison.__name__}__", of_two(comparison))
    setattr(
        Dual,
        f"__{comparison.__name__}__",
        lambda x1, x2, compare=comparison: compare(x1.number, getattr(x2, "number", x2)),
    )
PROTOCOL = ("__init__", "__subclasshook__", "_no_init_or_replace_init")  # what every Protocol has
MEMBERS = [
    name for name, member in vars(Number).items() if inspect.isfunction(member) and name not in PROTOCOL
]


@pytest.mark.parametrize("kind", [Value, Formula, Dual, Column])
def test_a_kind_of_number_has_the_members_that_are_listed(kind):
    assert {"record_operation", "__rtruediv__", "__lt__"} < set(MEMBERS)
    assert [name for name in MEMBERS if not hasattr(kind, name)] == []


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_a_row_read_with_dual_numbers_gives_the_second_derivatives(row):
    for operands in ordinary_operands(row)[:12]:
        xs = [Value(x) for x in operands]
        first = grad(row(*xs), xs, create_graph=True)
        for j in range(len(operands)):
            duals = [Dual(x, float(i == j)) for i, x in enumerate(operands)]
            found = row.local_derivatives(row(*duals), *duals)
            for i, (derivative, wanted) in enumerate(zip(found, first, strict=True)):
                if needed(row, operands, i) and needed(row, operands, j):
                    dual = derivative if isinstance(derivative, Dual) else Dual(derivative)
                    assert close(dual.number, wanted.data, 1e-14)
                    assert close(dual.slope, grad(wanted, [xs[j]])[0].data, 1e-12, 1e-14), (row, operands)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_a_row_read_with_a_column_is_the_row_read_with_each_float(row):
    cases = [operands for operands in ordinary_operands(row) if len(operands) == (row.arity or 3)]
    if not row.arity and row.arity is not None:
        return  # a constant has no operands to read it with
    columns = [Column(*entries) for entries in zip(*cases, strict=True)]
    y = row(*columns)
    found = [
        each.entries if isinstance(each, Column) else (each,) * len(cases)
        for each in row.local_derivatives(y, *columns)
    ]
    for i, operands in enumerate(cases):
        number = row(*operands)
        wanted = row.local_derivatives(number, *operands)
        assert y.entries[i] == number
        for column, derivative in zip(found, wanted, strict=True):
            assert close(column[i], derivative, 1e-15), (row, operands)
