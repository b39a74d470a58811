"""`LinesInPlace`: changes the syntax tree of a program's lines, so that they write where they may, sooner.

Glossary
    new      of an array: one that a line makes on its way, which nobody else has, and may be written over
    by rows  of an array: its numbers lie row after row. What is computed from such an array, number by
             number, lies so too, and may be written over one: the order of numbers in memory stays as it
             was, and with it the rounding of later products.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import numpy as np

from minigrad.symbols.tree import Shape, broadcast

OPERATORS = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide"}

# What changed lines call, by names that are nobody else's.
CALLED = {f".{name}": getattr(np, name) for name in (*OPERATORS.values(), "square", "matmul")}
CALLED[".sum"] = np.add.reduce


def read(node: ast.expr) -> str:
    """The name of an array, with ".T" if it is transposed; "" for anything else."""
    match node:
        case ast.Name(name):
            return name
        case ast.Attribute(ast.Name(name), "T"):
            return f"{name}.T"
    return ""


class LinesInPlace:
    """Changes lines; arrays that are `free` can be given a place, that of the gradient by the name beside.

    Attributes:
        written: the names of the gradients that have been given one.
        numbers: those that are to be arrays, by the names that they have now.
    """

    def __init__(
        self,
        shapes: Mapping[str, Shape],
        rows: Mapping[str, int | str],
        is_dense: bool,
        free: Mapping[str, str],
    ) -> None:
        self.known, self.rows, self.is_dense, self.free = shapes, rows, is_dense, free
        self.written: set[str] = set()
        self.numbers: dict[str, float] = {}
        self._functions: dict[str, int | None] = {}  # of NumPy, and how many arrays they take
        self._shapes: dict[ast.expr, Shape] = {}  # of what has been read
        self._by_rows: set[ast.expr | str] = set()  # arrays that lie row by row, and names of such
        self._new: dict[ast.expr, str] = {}  # those of them that are new, and what they are called then
        self._names = 0
        self._where: dict[str, Any] = {}  # of the nodes that are made

    def change(self, module: ast.Module) -> None:
        """Change the lines of `gradient`, and of the functions before it, of whose arrays less is known."""
        known = self.known
        for statement in module.body:
            self.known = {} if statement is not module.body[-1] else known
            if isinstance(statement, ast.ImportFrom) and statement.module == "numpy":
                self._functions |= {each.name: _operands(each.name) for each in statement.names}
            elif isinstance(statement, ast.FunctionDef):
                self._change(statement.body)

    def _change(self, lines: list[ast.stmt]) -> None:
        for line in lines:
            self._names, self._where = 0, {"lineno": line.lineno, "col_offset": line.col_offset}
            if isinstance(line, ast.For):
                self._change(line.body)
            elif isinstance(line, ast.Assign | ast.AugAssign | ast.Return | ast.Expr) and line.value:
                line.value = self._changed(line.value)
                if isinstance(line, ast.Assign):
                    self._assign(line, read(line.targets[0]))

    def _assign(self, line: ast.Assign, target: str) -> None:
        """Take note of whether an array lies row by row: also what a function makes of one that does."""
        shape, made_of = self.known.get(target), [line.value, *getattr(line.value, "args", ())]
        if any(each in self._by_rows and self._shapes[each] == shape for each in made_of):
            self._by_rows.add(target)
        if name := self.free.get(target):
            line.value = self._into(line.value, name)

    def _changed(self, node: ast.expr) -> ast.expr:
        """What is to stand for an expression; what its shape is, and whether it is new, is known then."""
        match node:
            case ast.Name():
                if node.id in self.known:
                    shape = self._shapes[node] = self.known[node.id]
                    if node.id in self._by_rows or shape[1:] == (1,) or shape[:-1] == (1,):
                        self._by_rows.add(node)
            case ast.Constant():
                if type(node.value) in (int, float):
                    self._shapes[node] = ()
            case ast.BinOp():
                node.left, node.right = self._changed(node.left), self._changed(node.right)
                return self._operation(node)
            case ast.Attribute() | ast.Subscript():
                node.value = self._changed(node.value)
                shape = self._shapes.get(node.value, ())
                if isinstance(node, ast.Attribute) and node.attr == "T" and len(shape) == 2:
                    self._shapes[node] = shape[::-1]
            case ast.Call():
                node.func, node.args = self._changed(node.func), list(map(self._changed, node.args))
                return self._call_of(node)
            case ast.Tuple():
                node.elts = list(map(self._changed, node.elts))
        return node

    def _operation(self, node: ast.BinOp) -> ast.expr:
        if isinstance(node.op, ast.MatMult):
            return self._product(node)
        if isinstance(node.op, ast.Pow) and isinstance(node.right, ast.Constant) and node.right.value == 2:
            return self._elementwise(".square", [node.left], node)
        if function := OPERATORS.get(type(node.op)):
            return self._elementwise(f".{function}", [node.left, node.right], node)
        return node

    def _call_of(self, call: ast.Call) -> ast.expr:
        if isinstance(call.func, ast.Attribute) and call.func.attr == "sum" and not call.args:
            return self._sum(call.func.value, {each.arg: each.value for each in call.keywords})
        if isinstance(call.func, ast.Name) and (count := self._functions.get(call.func.id)):
            if len(call.args) == count:
                return self._elementwise(call.func.id, call.args, call)
            call.args = [self._array(each) for each in call.args]
        return call

    def _elementwise(self, function: str, operands: list[ast.expr], otherwise: ast.expr) -> ast.expr:
        """The call of a function, number by number, which writes over an operand that is new, if it fits."""
        shapes = [self._shapes[operand] for operand in operands if operand in self._shapes]
        if len(shapes) < len(operands):
            return otherwise
        shape = broadcast(shapes)
        if not shape:
            self._shapes[otherwise] = shape
            return otherwise
        call = self._call(function, *(map(self._array, operands) if len(operands) > 1 else operands))
        fitting = [operand for operand in operands if self._shapes[operand] == shape]
        if self._by_rows.isdisjoint(fitting):
            self._shapes[call] = shape
            return call
        self._make(call, shape)  # as one array that lies row by row is enough for NumPy
        for operand in filter(self._new.__contains__, fitting):
            if not (name := self._new[operand]):
                self._names += 1
                name = f".new{self._names}"
                named = ast.NamedExpr(ast.Name(name, ast.Store(), **self._where), operand, **self._where)
                call.args[operands.index(operand)] = named
            call.args.append(self._name(name))
            self._new[call] = name
            break
        return call

    def _make(self, node: ast.expr, shape: Shape) -> None:
        """Take note of a new array, which lies row by row."""
        self._shapes[node], self._new[node] = shape, ""
        self._by_rows.add(node)

    def _product(self, node: ast.BinOp) -> ast.expr:
        """A product of matrices, as `dot` if that may stand for it."""
        shapes = self._shapes.get(node.left, ()), self._shapes.get(node.right, ())
        rows = self.rows.get(read(node.left))
        found: ast.expr = node
        if isinstance(rows, int) and rows > 1 and read(node.right) in self.rows:
            found = ast.Call(
                ast.Attribute(node.left, "dot", ast.Load(), **self._where), [node.right], [], **self._where
            )
        if len(shapes[0]) == len(shapes[1]) == 2:
            self._make(found, (shapes[0][0], shapes[1][1]))
        return found

    def _sum(self, summed: ast.expr, settings: Mapping[str | None, ast.expr]) -> ast.expr:
        """A sum over an axis that may be kept, or of all numbers."""
        shape, axis = self._shapes.get(summed), settings.get("axis", self._constant(None))
        call = self._call(".sum", summed, axis)
        if "keepdims" in settings:
            call.args += [self._constant(None), self._constant(None), settings["keepdims"]]
            if shape and isinstance(axis, ast.Constant) and isinstance(axis.value, int):
                sizes = list(shape)
                sizes[axis.value] = 1
                self._shapes[call] = tuple(sizes)
                if len(sizes) == 2:
                    self._make(call, tuple(sizes))
        elif "axis" not in settings:
            self._shapes[call] = ()
        return call

    def _array(self, operand: ast.expr) -> ast.expr:
        """A number as an array by name; anything else as it is."""
        if not isinstance(operand, ast.Constant) or not isinstance(operand.value, int | float):
            return operand
        name = f".{operand.value}"
        self.numbers[name] = operand.value
        return self._name(name)

    def _into(self, value: ast.expr, name: str) -> ast.expr:
        """What writes a value into the array of a gradient, if it can be told where to write."""
        self.written.add(name)
        place = ast.Subscript(self._name(".into"), self._constant(name), ast.Load(), **self._where)
        match value:
            case ast.Call(ast.Attribute(left, "dot"), [right]) if self.is_dense:  # writes into those only
                return ast.Call(value.func, [right, place], [], **self._where)
            case ast.Call(ast.Attribute(left, "dot"), [right]) | ast.BinOp(left, ast.MatMult(), right):
                return self._call(".matmul", left, right, place)
            case ast.Call(ast.Name(".sum"), [rows, ast.Constant(1) as axis, dtype, _, keepdims]):
                return self._call(".sum", rows, axis, dtype, place, keepdims)
        self.written.remove(name)
        return value

    def _call(self, function: str, *operands: ast.expr) -> ast.Call:
        return ast.Call(self._name(function), list(operands), [], **self._where)

    def _name(self, name: str) -> ast.Name:
        return ast.Name(name, ast.Load(), **self._where)

    def _constant(self, value: Any) -> ast.Constant:
        return ast.Constant(value, **self._where)


def _operands(function: str) -> int | None:
    """How many arrays a function of NumPy takes that works number by number; None for another function."""
    found = getattr(np, function)
    is_elementwise = isinstance(found, np.ufunc) and found.signature is None
    is_of_floats = is_elementwise and f"{'d' * found.nin}->d" in found.types
    return found.nin if is_of_floats else None
