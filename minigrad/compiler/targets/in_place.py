"""Makes a program's source faster than it stands: written into one flat vector, with calls that take less.

The source stays what is read. Its syntax tree is changed before it is compiled, within its lines, so that
tracebacks and debuggers show the source. Names that begin with a dot, which Python has for what it hides, are
nobody else's.

Glossary
    into    the arrays of a flat vector, by the names of the parameters whose gradients they take
    dense   of arrays: their numbers lie one after the other
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np

from minigrad.compiler.parameters import Array, Parameters, Views
from minigrad.symbols.tree import Shape

LARGE = 10_000  # numbers of which a copy takes longer than making the arrays of a vector
DENSE = 1_000  # numbers that are put in order sooner than written where they belong
SMALL, NARROW = 512, 4  # numbers, and columns of a batch, that take less to copy than a call of `dot` saves

_CALLED = {".matmul": np.matmul, ".sum": np.add.reduce}
_OF_ARRAYS = {"add", "divide", "logaddexp", "maximum", "minimum"}  # functions of an array and something
_ASSIGNED = re.compile(r"^ +(\w+(?:, \w+)*) = (.*)", re.MULTILINE)
_CHANGING = re.compile(rf"@|\.sum\(|\d [-+*] |\b(?:{'|'.join(_OF_ARRAYS)})\(")


def in_place(
    source: str,
    filename: str,
    space: Mapping[str, Any],
    shapes: Mapping[str, Shape],
    vectors: FlatVectors,
    shown: Sequence[str] = (),
) -> Callable[..., Any]:
    """The function `gradient` of a source, which takes `into` first, and returns the gradients not there.

    A product, or a sum over the examples, that is all of a gradient is written into its array. A product of
    two matrices is `dot`, which takes half as long to call as `@`, where it gives the same bits and copies
    little. A number beside an array is an array too, made once. `shapes` are those of arrays by name; `shown`
    are expressions, of which the function returns a list too.
    """
    known = tuple(shapes.items()), tuple(vectors.rows.items())
    code, numbers = _changed(source, filename, *known, vectors.is_dense, tuple(shown))
    found = {**space, **_CALLED, **{name: np.array(each, vectors.dtype) for name, each in numbers.items()}}
    exec(code, found)
    function: Callable[..., Any] = found["gradient"]
    return function


@lru_cache(maxsize=8)
def _changed(
    source: str,
    filename: str,
    shapes: tuple[tuple[str, Shape], ...],
    parameters: tuple[tuple[str, int], ...],
    is_dense: bool,
    shown: tuple[str, ...],
) -> tuple[CodeType, Mapping[str, float]]:
    """The code, which a later program of the same network shares, and the numbers that are arrays in it."""
    module = ast.parse(source)
    function: Any = module.body[-1]
    *_, end = function.body
    gradients = end.value.elts[1]
    assigned = [(names.split(", "), value) for names, value in _ASSIGNED.findall(source)]
    times = Counter(name for names, _ in assigned for name in names)
    pairs = zip(map(ast.literal_eval, gradients.keys), map(_read, gradients.values))
    free = {array: name for name, array in pairs if times[array] == 1}  # no later line adds to them
    columns = {name for names, value in assigned if "batch[" in value or value == "batch.T" for name in names}
    lines = _InPlace(_rows(dict(shapes), columns, dict(parameters)), is_dense, free)
    lines.change(module, source)
    function.args.args.insert(0, ast.arg(".into", lineno=function.lineno, col_offset=0))
    left = [pair for pair in zip(gradients.keys, gradients.values) if pair[0].value not in lines.written]
    gradients.keys, gradients.values = map(list, zip(*left)) if left else ([], [])
    if shown:
        listed = ast.parse(f"[{', '.join(shown)}]", mode="eval").body
        end.value = ast.Tuple([end.value, listed], ast.Load())
        ast.fix_missing_locations(end)
    return compile(module, filename, "exec"), lines.numbers


def _rows(
    shapes: Mapping[str, Shape], columns: Collection[str], parameters: Mapping[str, int]
) -> dict[str, int | str]:
    """The number of rows of matrices, as they are read in products, for which `dot` may stand.

    It copies what is not dense, so of columns of the batch and of parameters it may read small ones, and as
    they lie in memory: numbers in another order would be rounded otherwise.
    """
    rows: dict[str, int | str] = {**parameters}
    for name, shape in shapes.items():
        if len(shape) == 2 and name not in columns:
            rows[name], rows[f"{name}.T"] = shape
        elif len(shape) == 2 and isinstance(shape[0], int) and shape[0] <= NARROW:
            rows[f"{name}.T"] = shape[1]
    return rows


def _read(node: ast.expr) -> str:
    """The name of an array, with ".T" if it is transposed; "" for anything else."""
    match node:
        case ast.Name(name):
            return name
        case ast.Attribute(ast.Name(name), "T"):
            return f"{name}.T"
    return ""


class _InPlace(ast.NodeTransformer):
    """Changes lines; arrays that are `free` can be given a place, that of the gradient by the name beside.

    Attributes:
        written: the names of the gradients that have been given one.
        numbers: those that are to be arrays, by the names that they have now.
    """

    def __init__(self, rows: Mapping[str, int | str], is_dense: bool, free: Mapping[str, str]) -> None:
        self.rows, self.is_dense, self.free = rows, is_dense, free
        self.written: set[str] = set()
        self.numbers: dict[str, float] = {}

    def change(self, module: ast.Module, source: str) -> None:
        """Change the lines of its functions, those that may need it."""
        texts = source.splitlines()
        for function in module.body:
            for line in getattr(function, "body", ()):
                if _CHANGING.search("\n".join(texts[line.lineno - 1 : line.end_lineno])):
                    ast.fix_missing_locations(self.visit(line))

    def visit_Assign(self, line: ast.Assign) -> ast.Assign:
        self.generic_visit(line)
        name = self.free.get(_read(line.targets[0]))
        call = self._into(line.value, name) if name else None
        if name and call:
            self.written.add(name)
            line.value = call
        return line

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        first, second = self.rows.get(_read(node.left)), self.rows.get(_read(node.right))
        if isinstance(node.op, ast.MatMult) and isinstance(first, int) and first > 1 and second:
            return ast.Call(ast.Attribute(node.left, "dot", ast.Load()), [node.right], [])
        if isinstance(node.op, ast.Add | ast.Sub | ast.Mult) and second:
            node.left = self._array(node.left)
        return node

    def visit_Call(self, call: ast.Call) -> ast.Call:
        self.generic_visit(call)
        if isinstance(call.func, ast.Name) and call.func.id in _OF_ARRAYS:
            call.args = [self._array(each) for each in call.args]
        return call

    def _array(self, operand: ast.expr) -> ast.expr:
        """A number as an array by name; anything else as it is."""
        if not isinstance(operand, ast.Constant) or not isinstance(operand.value, int | float):
            return operand
        name = f".{operand.value}"
        self.numbers[name] = operand.value
        return _name(name)

    def _into(self, value: ast.expr, name: str) -> ast.Call | None:
        """What writes a value into the array of a gradient, if it can be told where to write."""
        place = ast.Subscript(_name(".into"), ast.Constant(name), ast.Load())
        match value:
            case ast.Call(ast.Attribute(left, "dot"), [right]) if self.is_dense:  # writes into those only
                return ast.Call(value.func, [right, place], [])
            case ast.Call(ast.Attribute(left, "dot"), [right]) | ast.BinOp(left, ast.MatMult(), right):
                return ast.Call(_name(".matmul"), [left, right, place], [])
            case ast.Call(
                ast.Attribute(rows, "sum"),
                [],
                [ast.keyword("axis", ast.Constant(1)), ast.keyword("keepdims", ast.Constant(True))],
            ):
                given = [ast.Constant(1), ast.Constant(None), place, ast.Constant(True)]
                return ast.Call(_name(".sum"), [rows, *given], [])
        return None


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


class FlatVectors:
    """New flat vectors, and their arrays. Small ones are kept for the next run, and what is given is a copy.

    >>> from minigrad import Value
    >>> parameters = Parameters([Value(1.0), Value(2.0)], {"w": np.array([[0]]), "b": np.array([[1]])})
    >>> vectors = FlatVectors(parameters)
    >>> vector, into = vectors.take()
    >>> into["b"][...] = 3.0
    >>> vectors.filled(vector, into, {"w": np.array([[5.0]])}).tolist()
    [5.0, 3.0]

    Attributes:
        dtype: of its numbers.
        rows: of small matrices of parameters with dense rows, by name, and of transposed ones of one row.
        is_dense: whether they lie array by array, and are put in order at last.
    """

    def __init__(self, parameters: Parameters) -> None:
        vector, views = parameters.vector, parameters.views()
        self._like, self.dtype, places = np.empty_like(vector), vector.dtype, parameters.places
        small = {name: view for name, view in views.items() if view.size <= SMALL}
        self.rows = {name: len(view) for name, view in small.items() if view.strides[1] == view.itemsize}
        self.rows |= {f"{name}.T": view.shape[1] for name, view in small.items() if len(view) == 1}
        self.is_dense = len(vector) <= DENSE or not all(view.flags.writeable for view in views.values())
        self._is_kept = self.is_dense or len(vector) <= LARGE
        if self.is_dense:
            self._order = np.argsort([position for place in places.values() for position in place.flat])
            views = Views(vector, {name: self._order[place] for name, place in places.items()})
        start = vector.ctypes.data
        self._layout = {
            name: (view.shape, view.dtype, view.ctypes.data - start, view.strides)
            for name, view in views.items()
        }
        self._spare: list[tuple[Array, dict[str, Array]]] = []

    def take(self) -> tuple[Array, dict[str, Array]]:
        """A flat vector, and its arrays by name."""
        try:
            return self._spare.pop()  # of a list: several threads may do so at once
        except IndexError:
            vector = np.empty_like(self._like)
            return vector, {
                name: np.ndarray(shape, dtype, vector, offset, strides)
                for name, (shape, dtype, offset, strides) in self._layout.items()
            }

    def filled(self, vector: Array, into: dict[str, Array], others: Mapping[str, Array]) -> Array:
        """The vector, with the gradients that are not there yet."""
        for name, array in others.items():
            into[name][...] = array
        if not self._is_kept:
            return vector
        gradient = vector.take(self._order) if self.is_dense else vector.copy()
        self._spare.append((vector, into))  # only now, as another thread may take it at once
        return gradient
