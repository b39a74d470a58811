"""A scalar GPT, recorded and walked back through: minigrad beside the forty lines it is often written with.

Processor time of one step on one name, the best of several runs taken in turns, so that a busy machine slows
both alike; with the garbage collector on, as users run it, and off. Then the program that it compiles to, for
batches of names, beside the engine's step with the collector on.
"""

from __future__ import annotations

import gc
import math
import platform
import random
import time
from typing import Any

from rich.console import Console
from rich.table import Table

from examples import scalar_gpt
from minigrad import Value
from tests.benchmarks.slotted import Slotted

ENGINES = {"minigrad": Value, "forty lines": Slotted}
TURNS = 9


def milliseconds(parameters: dict[str, Any], tokens: list[int], collecting: bool) -> list[float]:
    """[recording, going backward, both] of one step."""
    gc.collect()
    (gc.enable if collecting else gc.disable)()
    started = time.process_time()
    cost = scalar_gpt.cost(tokens, parameters)
    recorded = time.process_time()
    cost.backward()
    done = time.process_time()
    gc.enable()
    return [(recorded - started) * 1e3, (done - recorded) * 1e3, (done - started) * 1e3]


def milliseconds_compiled(positions: int) -> dict[int, float]:
    """Of the compiled step, a name: by the number of names in the batch."""
    program = scalar_gpt.compiled(positions - 1, scalar_gpt.parameters(Value))
    found = {}
    for names in (1, 32, 256):
        batch = scalar_gpt.as_batch(["etaoinshrdlucmf"[: positions - 1]] * names)
        best = math.inf
        for _ in range(TURNS):
            started = time.process_time()
            program.gradient(batch)
            best = min(best, time.process_time() - started)
        found[names] = best * 1e3 / names
    return found


def main() -> None:
    """Print the tables."""
    print(f"Python {platform.python_version()}, {platform.machine()}, processor time, best of {TURNS} turns")
    steps = print_engines()
    print_programs(steps)


def print_engines() -> dict[int, float]:
    """The table of both engines; returns minigrad's step with the collector on, ms, by the positions."""
    title = "One step of a scalar GPT: 1 layer, 16 dimensions, 4 heads, 4,192 parameters, ms"
    table = Table(title=title, title_justify="left")
    for heading in ("positions", "collector", "", "record", "backward", "both", "faster"):
        table.add_column(heading, justify="left" if heading in ("collector", "") else "right")
    steps = {}
    parameters = {name: scalar_gpt.parameters(make) for name, make in ENGINES.items()}
    for positions in (8, 16):
        tokens = [random.Random(1).randrange(scalar_gpt.CHARACTERS) for _ in range(positions + 1)]
        for collecting in (True, False):
            best: dict[str, list[float]] = {}
            for _ in range(TURNS):
                for name in ENGINES:
                    found = milliseconds(parameters[name], tokens, collecting)
                    best[name] = [min(pair) for pair in zip(best.get(name, found), found, strict=True)]
            if collecting:
                steps[positions] = best["minigrad"][2]
            ratio = f"{best['forty lines'][2] / best['minigrad'][2]:.2f}×"
            for name, spans in best.items():
                row = (
                    str(positions),
                    "on" if collecting else "off",
                    name,
                    *[f"{span:,.1f}" for span in spans],
                )
                table.add_row(*row, ratio if name == "minigrad" else "")
    Console(width=110).print(table)
    return steps


def print_programs(steps: dict[int, float]) -> None:
    """The table of the compiled step, a name, and how many times faster it is than the engine's."""
    table = Table(title="The same, compiled: ms a name", title_justify="left")
    for heading in ("positions", "names a batch", "ms a name", "faster"):
        table.add_column(heading, justify="right")
    for positions, step in steps.items():
        for names, span in milliseconds_compiled(positions).items():
            table.add_row(str(positions), str(names), f"{span:.3f}", f"{step / span:,.0f}×")
    Console(width=110).print(table)
