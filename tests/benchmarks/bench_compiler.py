"""Compiled programs beside hand-written NumPy and other libraries, and irregular graphs beside the engine.

Each figure is the processor's time, the best of many runs taken in turns, in one thread, with the garbage
collector in the state that the table names: a busy machine then disturbs ratios little. A hand-written
gradient is written twice, with examples in columns and in rows: a program is held against the better one.

Those give a matrix for each array of parameters, `program.gradient` one flat vector, checked to be finite.
Beside them stand, like against like: by hand with one vector at the end, the better layout of both; and
`function`, the source of the program run as it stands, which takes arrays by name and gives such matrices.
What float32 gains stands beside what it gains in columns by hand.
"""

from __future__ import annotations

import gc
import importlib.util
import math
import operator
import platform
import random
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

import minigrad
from minigrad import Value, dot, logsumexp
from minigrad.compiler import Program
from minigrad.compiler.targets import tape_running
from minigrad.compiler.targets.running import SLICE_ENTRIES
from nn import MLP, squared_error
from tests.benchmarks import handwritten

SECONDS = 0.03  # a figure of one turn is an average over about this long
TURNS = 25


@dataclass
class Case:
    """A network, how many examples it sees, and the ratio to hand-written NumPy that is promised."""

    sizes: tuple[int, ...]
    examples: int
    promised: float
    softmax: bool = False

    def __str__(self) -> str:
        return f"{'-'.join(map(str, self.sizes))} @ {self.examples:,}"


CASES = (
    Case((2, 16, 16, 1), 1, 1.05),
    Case((2, 16, 16, 1), 100, 1.05),
    Case((64, 32, 10, 1), 128, 1.05),
    Case((64, 128, 64, 1), 1797, 1.05),
    Case((784, 128, 64, 10), 256, 1.05, softmax=True),
    Case((784, 512, 512, 10), 1024, 1.05, softmax=True),
)


def program_of(case: Case, dtype: str = "float64") -> tuple[Program, float]:
    """The compiled network, and the seconds that recording one example and compiling took."""
    start = time.process_time()
    model = MLP(case.sizes[0], case.sizes[1:], "sigmoid", seed=0)
    x = [Value(0.5, label=f"x{k}") for k in range(case.sizes[0])]
    y = [Value(0.5, label=f"y{k}") for k in range(case.sizes[-1])]
    output = model(x)
    outputs = output if isinstance(output, list) else [output]
    cost = logsumexp(outputs) - dot(y, outputs) if case.softmax else squared_error(outputs, y)
    program = minigrad.compile(cost, [*x, *y], model.parameters(), dtype=dtype)
    return program, time.process_time() - start


def best_of(functions: dict[str, Callable[[], Any]], seconds: float = SECONDS) -> dict[str, float]:
    """The best time of each, in µs, taken in turns; what takes far longer than a turn runs once more only."""
    repeats, best = {}, {}
    for name, function in functions.items():
        function()
        start = time.process_time()
        function()
        best[name] = time.process_time() - start
        repeats[name] = max(1, int(seconds / max(best[name], 1e-7)))
    for _ in range(TURNS):
        for name, function in functions.items():
            if best[name] > 20 * seconds:
                continue
            start = time.process_time()
            for _ in range(repeats[name]):
                function()
            best[name] = min(best[name], (time.process_time() - start) / repeats[name])
    return {name: 1e6 * value for name, value in best.items()}


def competitors(case: Case, layers: handwritten.Layers) -> dict[str, handwritten.Gradient | None]:
    """Every way of computing the same gradient; None where a library is not installed or does not apply."""
    columns = handwritten.in_columns(layers, case.softmax)
    rows = handwritten.in_rows(layers, case.softmax)
    return {
        "columns": columns,
        "rows": rows,
        "columns, vector": handwritten.as_one_vector(columns),
        "rows, vector": handwritten.as_one_vector(rows),
        "in slices": handwritten.in_slices(columns, SLICE_ENTRIES // max(case.sizes[1:])),
        "PyTorch": handwritten.pytorch(layers, case.softmax),
        "JAX jit": handwritten.jax_jit(layers, case.softmax),
        "autograd": handwritten.hips_autograd(layers, case.softmax),
        "micrograd": handwritten.micrograd(layers, case.softmax) if case.sizes[0] == 2 else None,
    }


def measure(case: Case) -> tuple[dict[str, float], float]:
    """Times in µs by name, "program" among them, and the seconds to record and compile."""
    program, seconds = program_of(case)
    views = program.parameters.views()
    layers = [(views[f"W{l}"].copy(), views[f"b{l}"].copy()) for l in range(1, len(case.sizes))]
    batch = np.random.default_rng(0).uniform(0.0, 1.0, (case.examples, case.sizes[0] + case.sizes[-1]))
    if case.softmax:
        classes = np.random.default_rng(1).integers(0, case.sizes[-1], case.examples)
        batch[:, case.sizes[0] :] = np.eye(case.sizes[-1])[classes]
    found = {name: f for name, f in competitors(case, layers).items() if f is not None}
    expected = program.gradient(batch)[0]
    for name, function in found.items():
        if name != "micrograd":  # its network is another one: ReLU
            assert abs(function(batch)[0] - expected) < 1e-9 * max(1.0, abs(expected)), name
    runs = {name: partial(function, batch) for name, function in found.items()}
    # NumPy first: another library that frees large arrays leaves an allocator that keeps them, after which
    # temporary arrays of 1 MB and more cost half of what they cost in a process of NumPy's own.
    in_numpy = ("columns", "rows", "columns, vector", "rows, vector", "in slices")
    first = {name: runs.pop(name) for name in in_numpy}
    single, halved = program_of(case, "float32")[0], batch.astype(np.float32)
    in_float32 = handwritten.in_columns(
        [(w.astype(np.float32), b.astype(np.float32)) for w, b in layers], case.softmax
    )
    space: dict[str, Any] = {}
    exec(program.source, space)
    ours = {
        "program": partial(program.gradient, batch),
        "function": partial(space["gradient"], **views, batch=batch),
        "float32": partial(single.gradient, halved),
        "columns, float32": partial(in_float32, halved),
    }
    times = best_of({**ours, **first})
    times["vector"] = min(times["columns, vector"], times["rows, vector"])
    return times | best_of(runs), seconds


def networks() -> None:
    """Print a row a network."""
    others = ("PyTorch", "JAX jit", "autograd", "micrograd")
    names = ("columns", "rows", "vector", "in slices", "program", "function", "float32", *others)
    ratios = ("ratio", "promised", "program / vector", "function / by hand", "float32 faster", "by hand")
    table = Table(title="One gradient of the mean cost, µs: garbage collector on, one thread, best of turns")
    for title in ("network @ examples", *names, *ratios, "record + compile, s"):
        table.add_column(title, justify="left" if title.startswith("network") else "right")
    for case in CASES:
        with threadpool_limits(1):
            times, seconds = measure(case)
        by_hand, ours = min(times["columns"], times["rows"]), times["program"]
        figures = [f"{times[name]:,.1f}" if name in times else "–" for name in names]
        like = [ours / times["vector"], times["function"] / by_hand]
        table.add_row(
            str(case),
            *figures,
            f"{ours / by_hand:.3f}",
            f"≤ {case.promised}",
            *(f"{ratio:.3f}" for ratio in like),
            f"{ours / times['float32']:.2f}",
            f"{times['columns'] / times['columns, float32']:.2f}",
            f"{seconds:.2f}",
        )
    Console(width=280).print(table)


# --- irregular graphs ------------------------------------------------------------------------------------


def tanh(a: Value, b: Value) -> Value:
    """Of the first operand alone."""
    return a.tanh()


def sigmoid(a: Value, b: Value) -> Value:
    """Of the first operand alone."""
    return a.sigmoid()


Plan = list[tuple[Callable[[Any, Any], Any], int, int]]


def irregular_plan(size: int) -> Plan:
    """Steps of a graph without structure: each uses the result before it, and an earlier one in −1 … 1."""
    draw = random.Random(0)
    plan: Plan = []
    bounded = list(range(LEAVES))
    for k in range(size):
        last = k + LEAVES - 1
        if k % 5 == 4:
            plan.append((draw.choice((tanh, sigmoid)), last, last))
            bounded.append(last + 1)
        else:
            step = draw.choice((operator.add, operator.sub, operator.mul))
            plan.append((step, last, bounded[draw.randrange(max(0, len(bounded) - 200), len(bounded))]))
    return plan


LEAVES = 12


def record(plan: Plan, leaves: list[Value]) -> Value:
    """The last node of the graph."""
    nodes = list(leaves)
    for step, i, j in plan:
        nodes.append(step(nodes[i], nodes[j]))
    return nodes[-1].tanh()


def irregular() -> None:
    """Print a row a size."""
    table = Table(title="Irregular graphs, ns a node, both passes: garbage collector off, one thread")
    sizes = ("nodes", "compile", "bytes kept", "bytes at most")
    times = ("program", "with numba", "engine: record + backward", "engine / program", "of 64, each")
    for title in (*sizes, *times):
        table.add_column(title, justify="right")
    gc.disable()
    for size in (1_000, 10_000, 100_000, 1_000_000):
        with threadpool_limits(1):
            table.add_row(*irregular_row(size))
        gc.collect()
    gc.enable()
    Console(width=190).print(table)


def irregular_row(size: int) -> list[str]:
    """Sizes and times of one graph."""
    plan = irregular_plan(size)
    leaves = [Value(0.3 + 0.05 * k) for k in range(LEAVES)]
    cost = record(plan, leaves)
    inputs, parameters = leaves[:2], leaves[2:]
    start = time.process_time()
    program = minigrad.compile(cost, inputs, parameters)
    compiling = time.process_time() - start
    batch = np.array([[leaf.data for leaf in inputs]])

    def engine() -> None:
        record(plan, leaves).backward()

    tape_running.STEPS_BEFORE_NATIVE = math.inf
    times = best_of({"program": lambda: program.gradient(batch), "engine": engine}, seconds=0.3)
    many = np.repeat(batch, 64, axis=0) if size <= 10_000 else None
    each = "–"
    if many is not None:
        each = f"{1e3 * best_of({'many': lambda: program.gradient(many)}, 0.3)['many'] / size / 64:,.0f}"
    kept, peak = bytes_of(lambda: minigrad.compile(cost, inputs, parameters))
    native = "–"
    if importlib.util.find_spec("numba") is not None:
        tape_running.STEPS_BEFORE_NATIVE = 0
        program.gradient(batch)  # which compiles it
        best = best_of({"native": lambda: program.gradient(batch)}, seconds=0.3)["native"]
        native = f"{1e3 * best / size:,.0f}"
    return [
        f"{size:,}",
        f"{1e9 * compiling / size:,.0f}",
        f"{kept / size:,.0f}",
        f"{peak / size:,.0f}",
        f"{1e3 * times['program'] / size:,.0f}",
        native,
        f"{1e3 * times['engine'] / size:,.0f}",
        f"{times['engine'] / times['program']:.2f}",
        each,
    ]


def bytes_of(make: Callable[[], Any]) -> tuple[int, int]:
    """The bytes that the result of `make` holds on to, and the most that making it took."""
    gc.collect()
    tracemalloc.start()
    kept = make()
    sizes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return sizes


def main() -> None:
    """Print both tables."""
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}")
    networks()
    irregular()


if __name__ == "__main__":
    main()
