"""The checks of the table are able to fail: every term of every rule is damaged, and the damage is noticed.

`mutants` rewrites the source of `minigrad/rules.py` and `choices.py`, one formula at a time: a term or a
factor is dropped, a sign turned, a number changed by a thousandth, a local derivative zeroed, negated or
scaled.
"""

from __future__ import annotations

import ast
import copy
import inspect
import types
from collections import Counter
from collections.abc import Iterator
from functools import cache

import edge_table
import pytest
from row_checks import CHECKS

from minigrad import choices, rules
from minigrad.operations import Operation

# One module of both: what rows share, then the rows.
SOURCE = ast.parse(inspect.getsource(choices) + inspect.getsource(rules))
SOURCE.body = [part for part in SOURCE.body if getattr(part, "module", "") != "minigrad.choices"]
ROWS = {row.name: row for row in edge_table.rows()}
# Damage that no number can show.
EQUIVALENT = Counter(
    {
        "elu: 0.0 -> 0.5": 2,
        "elu: 0 -> 0.5": 1,  # what `where` does not take, and where it is cut
        "lowering: 1e-308 -> 0.001": 1,  # of a negative base, which has no derivative by its exponent
    }
)


def statement_name(statement: ast.stmt) -> str:
    if isinstance(statement, ast.FunctionDef):
        return statement.name
    target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
    return target.id if isinstance(target, ast.Name) else ""


def damaged(expression: ast.expr) -> Iterator[ast.expr]:
    """The ways to damage the topmost operation of an expression."""
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, (ast.Add, ast.Mult)):
        yield from (expression.left, expression.right)
    elif isinstance(expression, ast.BinOp):  # −, ÷ and powers are not symmetric
        yield expression.left
        yield ast.BinOp(expression.right, expression.op, expression.left)
    elif isinstance(expression, ast.UnaryOp) and isinstance(expression.op, ast.USub):
        yield expression.operand
    elif isinstance(expression, ast.Constant) and type(expression.value) in (int, float):
        yield ast.Constant(expression.value + 0.001 if expression.value else 0.5)
    elif isinstance(expression, ast.Tuple) and isinstance(expression.ctx, ast.Load):
        for k, element in enumerate(expression.elts):
            others = (ast.Constant(0.0), ast.UnaryOp(ast.USub(), element), scaled(element))
            for other in others[:1] if ast.unparse(element) == "NOTHING" else others:
                if ast.dump(other) != ast.dump(element) and not isinstance(element, ast.Starred):
                    yield ast.Tuple([*expression.elts[:k], other, *expression.elts[k + 1 :]], ast.Load())


def scaled(expression: ast.expr) -> ast.expr:
    return ast.BinOp(ast.Constant(1.001), ast.Mult(), expression)


def mutants(name: str) -> Iterator[tuple[str, dict[str, Operation]]]:
    """Each damaged table that differs in the formula `name`, with a description of the damage."""
    place = next(i for i, statement in enumerate(SOURCE.body) if statement_name(statement) == name)
    for index, expression in enumerate(formulas(SOURCE.body[place])):
        for replacement in damaged(expression):
            statement = copy.deepcopy(SOURCE.body[place])
            replace(statement, formulas(statement)[index], copy.deepcopy(replacement))
            tree = ast.Module([*SOURCE.body[:place], statement, *SOURCE.body[place + 1 :]], [])
            module = types.ModuleType("damaged_rules")
            exec(compile(ast.fix_missing_locations(tree), "damaged", "exec"), module.__dict__)
            what = f"{name}: {ast.unparse(expression)} -> {ast.unparse(replacement)}"
            yield what, {row: getattr(module, row) for row in ROWS}


def formulas(statement: ast.stmt) -> list[ast.expr]:
    """The expressions of a row or of what rows share, without the annotations and defaults of functions."""
    if isinstance(statement, ast.FunctionDef):
        parts: list[ast.AST] = [*statement.decorator_list, *statement.body]
    else:
        parts = [statement.value] if isinstance(statement, (ast.Assign, ast.AnnAssign)) else []
    return [node for part in parts for node in ast.walk(part) if isinstance(node, ast.expr)]


def replace(tree: ast.stmt, old: ast.expr, new: ast.expr) -> None:
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            if value is old:
                setattr(node, field, new)
            elif isinstance(value, list) and any(item is old for item in value):
                setattr(node, field, [new if item is old else item for item in value])


@cache
def rows_with(name: str) -> frozenset[str]:
    """The row of that name, or the rows in whose formulas, or in those that these call, the name stands."""
    if name in ROWS:
        return frozenset({name})
    found, names = {name}, {}
    for statement in SOURCE.body:
        words = (node.id for node in ast.walk(statement) if isinstance(node, ast.Name))
        names[statement_name(statement)] = set(words)
    while more := {user for user, used in names.items() if used & found} - found:
        found |= more
    return frozenset(found & set(ROWS))


def noticed(row: Operation) -> bool:
    """Whether one of the checks of the table fails."""
    for check in CHECKS:
        try:
            check(row)
        except Exception:
            return True
    return [edge_outcome(row, operands) for operands in edge_table.cases(row)] != known_edges(row.name)


@cache
def known_edges(name: str) -> list[str]:
    """What the table of edges, which a test of its own holds against the engine, has for a row."""
    return [edge_outcome(ROWS[name], operands) for operands in edge_table.cases(ROWS[name])]


def edge_outcome(row: Operation, operands: tuple[float, ...]) -> str:
    try:
        y = row(*operands)
        return repr((y, row.local_derivatives(y, *row.complete(operands))))
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        return type(error).__name__


NAMES = [name for name in map(statement_name, SOURCE.body) if name and name != "constant"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore")  # damaged rows divide by zero in arrays, which is what they are for
def test_every_damage_to_a_formula_is_noticed(name):
    alive = Counter()
    for damage, table in mutants(name):
        if not any(noticed(table[row]) for row in rows_with(name)):
            alive[damage] += 1
    assert not alive - EQUIVALENT


def test_every_row_has_been_damaged():
    assert set(ROWS) <= set(NAMES)
    assert all(next(mutants(name), None) is not None for name in ROWS)
