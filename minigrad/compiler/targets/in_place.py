"""Makes a program's source faster than it stands: written into one flat vector, with calls that take less.

The source stays what is read. Its syntax tree is changed before it is compiled, within its lines, so that
tracebacks and debuggers show the source. Names that begin with a dot, which Python has for what it hides, are
nobody else's.

Glossary
    into  the arrays of a flat vector, by the names of the parameters whose gradients they take
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

from minigrad.compiler.targets.flat_vectors import FlatVectors
from minigrad.compiler.targets.lines_in_place import CALLED, LinesInPlace, read
from minigrad.symbols.tree import Shape

NARROW = 4  # columns of a batch that take less to copy than a call of `dot` saves

_ASSIGNED = re.compile(r"^ +(\w+(?:, \w+)*) = (.*)", re.MULTILINE)


def in_place(
    source: str,
    filename: str,
    space: Mapping[str, Any],
    shapes: Mapping[str, Shape],
    vectors: FlatVectors,
    shown: Sequence[str] = (),
) -> Callable[..., Any]:
    """The function `gradient` of a source, which takes `into` first, and returns the gradients not there.

    A product, or a sum over the examples, that is all of a gradient is written into its array; what follows
    from a new array is written over it. A product of two matrices is `dot`, which takes half as long to call
    as `@`, where it gives the same bits and copies little. A number beside an array is an array too, made
    once. `shapes` are those of arrays by name; `shown` are expressions, of which the function returns a list.
    """
    known = tuple(shapes.items()), tuple(vectors.shapes.items()), tuple(vectors.rows.items())
    code, numbers = changed(source, filename, *known, vectors.is_dense, tuple(shown))
    found = {**space, **CALLED, **{name: np.array(each, vectors.dtype) for name, each in numbers.items()}}
    exec(code, found)
    function: Callable[..., Any] = found["gradient"]
    return function


@lru_cache(maxsize=8)
def changed(
    source: str,
    filename: str,
    shapes: tuple[tuple[str, Shape], ...],
    parameters: tuple[tuple[str, Shape], ...],
    rows: tuple[tuple[str, int], ...],
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
    pairs = zip(map(ast.literal_eval, gradients.keys), map(read, gradients.values))
    free = {array: name for name, array in pairs if times[array] == 1}  # no later line adds to them
    columns = {name for names, value in assigned if "batch[" in value or value == "batch.T" for name in names}
    repeated = {name for names, value in assigned if "broadcast_to(" in value for name in names}
    computed = {name: shape for name, shape in shapes if name not in repeated}
    known = {**dict(parameters), **dict(shapes), "examples": ()}
    lines = LinesInPlace(known, _rows(computed, columns, dict(rows)), is_dense, free)
    lines.change(module)
    function.args.args.insert(0, ast.arg(".into", lineno=function.lineno, col_offset=0))
    left = [pair for pair in zip(gradients.keys, gradients.values) if pair[0].value not in lines.written]
    gradients.keys, gradients.values = map(list, zip(*left)) if left else ([], [])
    if shown:
        listed = ast.increment_lineno(ast.parse(f"[{', '.join(shown)}]", mode="eval").body, end.lineno - 1)
        end.value = ast.copy_location(ast.Tuple([end.value, listed], ast.Load()), end.value)
    return compile(module, filename, "exec"), lines.numbers


def _rows(
    shapes: Mapping[str, Shape], columns: Collection[str], parameters: Mapping[str, int]
) -> dict[str, int | str]:
    """The number of rows of matrices, as they are read in products, for which `dot` may stand.

    It copies what is not dense, so of columns of the batch and of parameters it may read small ones, and as
    they lie in memory: numbers in another order would be rounded otherwise, as are those that are repeated.
    """
    rows: dict[str, int | str] = {**parameters}
    for name, shape in shapes.items():
        if len(shape) == 2 and name not in columns:
            rows[name], rows[f"{name}.T"] = shape
        elif len(shape) == 2 and isinstance(shape[0], int) and shape[0] <= NARROW:
            rows[f"{name}.T"] = shape[1]
    return rows
