"""A scalar GPT, recorded and walked back through: minigrad beside the forty lines it is often written with.

Processor time of one step on one name, the best of several runs taken in turns, so that a busy machine slows
both alike; with the garbage collector on, as users run it, and off.
"""

from __future__ import annotations

import gc
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


def main() -> None:
    """Print the table."""
    print(f"Python {platform.python_version()}, {platform.machine()}, processor time, best of {TURNS} turns")
    title = "One step of a scalar GPT: 1 layer, 16 dimensions, 4 heads, 4,192 parameters, ms"
    table = Table(title=title, title_justify="left")
    for heading in ("positions", "collector", "", "record", "backward", "both", "faster"):
        table.add_column(heading, justify="left" if heading in ("collector", "") else "right")
    parameters = {name: scalar_gpt.parameters(make) for name, make in ENGINES.items()}
    for positions in (8, 16):
        tokens = [random.Random(1).randrange(scalar_gpt.CHARACTERS) for _ in range(positions + 1)]
        for collecting in (True, False):
            best: dict[str, list[float]] = {}
            for _ in range(TURNS):
                for name in ENGINES:
                    found = milliseconds(parameters[name], tokens, collecting)
                    best[name] = [min(pair) for pair in zip(best.get(name, found), found, strict=True)]
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
