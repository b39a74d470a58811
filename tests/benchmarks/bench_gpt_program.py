"""The compiled scalar GPT beside the same gradient by hand in NumPy, and on JAX if that is installed.

Processor time, in turns in which all run one after the other: the best, and the median of the ratios. Large
arrays that are new cost more than what is computed in them, so the hand-written function gets all names at
once, and in parts, and the better of both counts.
"""

from __future__ import annotations

import importlib.util
import platform
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from examples import scalar_gpt
from minigrad import Value
from minigrad.compiler import Program
from tests.benchmarks.handwritten_gpt import Array, gpt

TURNS, SECONDS = 25, 0.01
PART = 16  # names


def drawn(positions: int, names: int) -> Array:
    """A batch of names of random letters."""
    letters = np.random.default_rng(0).integers(1, scalar_gpt.CHARACTERS, (names, positions - 1))
    tokens = np.pad(letters, ((0, 0), (1, 1)))
    return np.eye(scalar_gpt.CHARACTERS)[tokens].reshape(names, -1)


def arrays(w: dict[str, Any]) -> dict[str, Array]:
    """The matrices of parameters."""
    return {name: np.array([[p.data for p in row] for row in matrix]) for name, matrix in w.items()}


def in_parts(w: dict[str, Array], batch: Array) -> tuple[float, dict[str, Array]]:
    """By hand, a part of the names at a time."""
    parts = np.array_split(batch, -(-len(batch) // PART))
    cost, total = 0.0, {name: np.zeros_like(matrix) for name, matrix in w.items()}
    for part in parts:
        share = len(part) / len(batch)
        part_cost, gradient = gpt(w, part)
        cost += share * part_cost
        for name in total:
            total[name] += share * gradient[name]
    return cost, total


def on_jax(program: Program, batch: Array) -> Callable[[], Any]:
    """A step on JAX, whose arrays are there already; waits for the result."""
    import jax

    function, views = program.on("jax"), program.parameters.views()
    given = {name: jax.numpy.asarray(view) for name, view in views.items()} | {
        "batch": jax.numpy.asarray(batch)
    }
    return lambda: jax.block_until_ready(function(**given))


def milliseconds(runs: dict[str, Callable[[], Any]]) -> dict[str, Array]:
    """The time of each in every turn."""
    repeats = {}
    for name, run in runs.items():
        run()
        started = time.process_time()
        run()
        repeats[name] = max(1, int(SECONDS / (time.process_time() - started)))
    found = {name: np.empty(TURNS) for name in runs}
    for turn in range(TURNS):
        for name, run in runs.items():
            started = time.process_time()
            for _ in range(repeats[name]):
                run()
            found[name][turn] = (time.process_time() - started) / repeats[name] * 1e3
    return found


def spans(program: Program, matrices: dict[str, Array], batch: Array, has_jax: bool) -> list[str]:
    """The cells of a row: ms of the program, by hand, the first by the second, on JAX."""
    runs: dict[str, Callable[[], Any]] = {
        "program": partial(program.gradient, batch),
        "at once": partial(gpt, matrices, batch),
    }
    if len(batch) > PART:
        runs["in parts"] = partial(in_parts, matrices, batch)
    if has_jax:
        runs["on JAX"] = on_jax(program, batch)
    found = milliseconds(runs)
    by_hand = min([found["at once"], found.get("in parts", found["at once"])], key=np.median)
    ratio = np.median(found["program"] / by_hand)
    cells = [f"{found['program'].min():,.3f}", f"{by_hand.min():,.3f}", f"{ratio:.2f}×"]
    return [*cells, f"{found['on JAX'].min():,.3f}"] if has_jax else cells


def main() -> None:
    """Print the table."""
    has_jax = importlib.util.find_spec("jax") is not None
    if has_jax:
        import jax

        jax.config.update("jax_enable_x64", True)
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, processor time, {TURNS} turns")
    table = Table(title="A step of the compiled scalar GPT, ms, float64", title_justify="left")
    headings = ["positions", "names", "program", "by hand", "program / by hand"]
    for heading in [*headings, "on JAX"] if has_jax else headings:
        table.add_column(heading, justify="right")
    for positions in (8, 16):
        w = scalar_gpt.parameters(Value)
        program, matrices = scalar_gpt.compiled(positions - 1, w), arrays(w)
        for names in (1, 32, 256):
            cells = spans(program, matrices, drawn(positions, names), has_jax)
            table.add_row(str(positions), str(names), *cells)
    Console(width=110).print(table)
