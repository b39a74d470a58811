"""Runs a tape as machine code, where numba is installed: its loops, typed, over flat arrays of floats.

Ten times as fast as the loops in Python, after a second or two of compilation when first run. What numba
cannot read, as a row of the user's own may be, is left to the loops in Python.
"""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Callable
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np

from minigrad.compiler.lines.names import Names
from minigrad.compiler.parameters import Array
from minigrad.compiler.targets.tape import MANY, Branches, Steps, Tape
from minigrad.operations import Operation

# (batch, parameters) → (mean cost, gradient), and (batch, parameters) → costs.
Passes = tuple[Callable[[Array, Array], tuple[float, Array]], Callable[[Array, Array], Array]]

SOURCE = """
@jit
def forward(values, codes, left, right):
    first = len(values) - len(codes)
    for k in range(len(codes)):
        code, i, j = codes[k], left[k], right[k]
{values}

@jit
def backward(values, grads, codes, left, right):
    first = len(values) - len(codes)
    for k in range(len(codes) - 1, -1, -1):
        code, i, j = codes[k], left[k], right[k]
        y, grad = values[first + k], grads[first + k]
{contributions}

@jit
def costs(batch, parameters, constants, root, codes, left, right):
    found = np.empty(len(batch))
    for example in range(len(batch)):
        values = np.concatenate((parameters, batch[example], constants, np.empty(len(codes))))
        forward(values, codes, left, right)
        found[example] = values[root]
    return found

@jit
def gradient(batch, parameters, constants, root, codes, left, right):
    total, found = 0.0, np.zeros(len(parameters))
    for example in range(len(batch)):
        values = np.concatenate((parameters, batch[example], constants, np.empty(len(codes))))
        forward(values, codes, left, right)
        grads = np.zeros(len(values))
        grads[root] = 1.0 / len(batch)
        backward(values, grads, codes, left, right)
        total += values[root] / len(batch)
        found += grads[: len(found)]
    return total, found
"""
RESERVED = {"np", "jit", "forward", "backward", "costs", "gradient", "first", "values", "grads", "grad", "y"}
RESERVED |= {"codes", "code", "left", "right", "range", "len", "where", "inf", "nan", "i", "j", "k"}


class _Branches(Branches):
    def value(self, code: int) -> list[str]:
        return [f"values[first + k] = {self.steps.value(code, ['values[i]', 'values[j]'])}"]


def native_passes(tape: Tape) -> Passes | None:
    """The two passes in machine code; None without numba, or if it cannot read an operation of the tape."""
    if importlib.util.find_spec("numba") is None or any(pattern == MANY for _, pattern in tape.kinds):
        return None
    import numba  # here, as it takes a second

    jit = numba.njit(error_model="numpy")  # IEEE arithmetic, as in every program
    writing = Steps(tape, Names(RESERVED))
    branches, codes = _Branches(tape, writing, Counter(tape.codes)), list(range(len(tape.kinds)))
    source = SOURCE.format(
        values="\n".join(branches.branches(codes, " " * 8, branches.value)),
        contributions="\n".join(branches.branches(codes, " " * 8, branches.contributions)),
    )
    if not all(isinstance(function, Operation) for function in writing.functions):
        return None  # a row that cannot be read with symbols
    space: dict[str, Any] = {"jit": jit, "np": np, "inf": np.inf, "nan": np.nan, "where": jit(_where)}
    space |= {name: _readable(jit, operation.value) for operation, name in writing.functions.items()}
    exec(source, space)
    steps = (tape.codes[: tape.to_root], tape.left[: tape.to_root], tape.right[: tape.to_root])
    flat = [np.array(each, dtype=np.int32) for each in steps]
    constants = np.array(tape.constants, dtype=np.float64)

    def run(name: str, batch: Array, parameters: Array) -> Any:
        given = [np.asarray(each, dtype=np.float64) for each in (batch, parameters)]
        return space[name](*given, constants, tape.root, *flat)

    try:
        for name in ("costs", "gradient"):
            run(name, np.zeros((1, tape.inputs)), np.zeros(tape.parameters))
    except (numba.core.errors.NumbaError, numba.core.errors.UnsupportedBytecodeError):
        return None
    return partial(run, "gradient"), partial(run, "costs")


def _readable(jit: Callable[..., Any], function: Callable[..., float]) -> Callable[..., float]:
    """A row's function of floats for numba, and so are the functions that it calls."""
    if not isinstance(function, FunctionType):
        return function  # of `math`, which numba knows
    known = function.__globals__
    called = [name for name in function.__code__.co_names if isinstance(known.get(name), FunctionType)]
    space = known | {name: _readable(jit, known[name]) for name in called}
    readable: Callable[..., float] = jit(
        FunctionType(function.__code__, space, function.__name__, None, function.__closure__)
    )
    return readable


def _where(condition: bool, yes: float, no: float) -> float:
    return yes if condition else no
