"""The engine beside micrograd and PyTorch's scalars: recording, going backward, bytes, one user's program.

Each figure is processor time, the best of several runs taken in turns: a busy machine slows all engines
alike. The garbage collector is on, as users run it, unless a column says off; its cost grows with everything
that is loaded and with the objects a node consists of.
"""

from __future__ import annotations

import copy
import gc
import importlib.util
import pickle
import platform
import random
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from micrograd.engine import Value as Micro
from rich.console import Console
from rich.table import Table

from minigrad import Value, topological_order
from nn import MLP

Make = Callable[[float], Any]
CHAINS, LINKS = 50, 100  # a shape that micrograd's recursion can walk: 50 chains of 100 links, added up
NODES = CHAINS * LINKS * 4 + CHAINS


def build(make: Make) -> Any:
    a, b = make(1.0001), make(0.9999)
    root = a
    for _ in range(CHAINS):
        x = a
        for _ in range(LINKS):
            x = x * a + b
            x = x * b + a
        root = root + x
    return root


def nanoseconds(make: Make, collecting: bool) -> tuple[float, float]:
    """(recording, going backward), a node."""
    gc.collect()
    (gc.enable if collecting else gc.disable)()
    started = time.process_time()
    root = build(make)
    recorded = time.process_time()
    root.backward()
    done = time.process_time()
    gc.enable()
    return (recorded - started) / NODES * 1e9, (done - recorded) / NODES * 1e9


def bytes_a_node(make: Make) -> float:
    gc.collect()
    tracemalloc.start()
    root = build(make)
    root.backward()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return size / NODES


def engines(makes: dict[str, Make], loaded: str = "") -> None:
    table = Table(title=f"{NODES:,} nodes of + and ×, ns and bytes a node{loaded}", title_justify="left")
    for heading in ("", "record", "backward", "record, gc off", "backward, gc off", "bytes"):
        table.add_column(heading, justify="left" if not heading else "right")
    best: dict[str, list[float]] = {}
    for _ in range(12):
        for name, make in makes.items():
            found = [*nanoseconds(make, True), *nanoseconds(make, False)]
            best[name] = [min(pair) for pair in zip(best.get(name, found), found, strict=True)]
    for name, make in makes.items():
        # PyTorch's nodes live outside of what Python can trace.
        size = "not traced" if name == "PyTorch scalars" else f"{bytes_a_node(make):,.0f}"
        table.add_row(name, *[f"{number:,.0f}" for number in best[name]], size)
    for name in list(best)[1:]:
        ratios = [theirs / ours for theirs, ours in zip(best[name], best["minigrad"], strict=True)]
        table.add_row(f"{name} / minigrad", *[f"{ratio:.2f}×" for ratio in ratios])
    Console(width=110).print(table)


def engines_and_pytorch() -> None:
    """PyTorch's scalars beside the others, if it is installed; loading it slows the collector of them all."""
    if importlib.util.find_spec("torch") is None:
        print("PyTorch is not installed here: its scalars are not measured")
        return
    import torch

    torch.set_num_threads(1)

    def scalar(number: float) -> torch.Tensor:
        return torch.tensor(number, dtype=torch.float64, requires_grad=True)

    engines({"minigrad": Value, "micrograd": Micro, "PyTorch scalars": scalar}, ", PyTorch loaded")


# --- one user's program: moons, 2-16-16-1, 100 points, hinge loss and a penalty -------------------------


class Neuron:
    """A neuron as micrograd's users write it, for any kind of Value."""

    def __init__(self, make: Make, inputs: int, bends: bool, generator: random.Random) -> None:
        self.w = [make(generator.uniform(-1, 1)) for _ in range(inputs)]
        self.b = make(0.0)
        self.bends = bends

    def __call__(self, x: list[Any]) -> Any:
        z = sum((w * x_k for w, x_k in zip(self.w, x, strict=True)), self.b)
        return z.relu() if self.bends else z

    def parameters(self) -> list[Any]:
        return [*self.w, self.b]


class Network:
    def __init__(self, make: Make) -> None:
        generator, sizes = random.Random(0), (2, 16, 16, 1)
        self.layers = [
            [Neuron(make, sizes[l], l < 2, generator) for _ in range(sizes[l + 1])] for l in range(3)
        ]

    def __call__(self, x: list[Any]) -> Any:
        for layer in self.layers:
            x = [neuron(x) for neuron in layer]
        return x[0]

    def parameters(self) -> list[Any]:
        return [parameter for layer in self.layers for neuron in layer for parameter in neuron.parameters()]


def epoch(model: Any, make: Make, points: list[list[float]], targets: list[int]) -> float:
    """Seconds for a cost over all points, its gradient and an update."""
    gc.collect()
    started = time.process_time()
    scores = [model([make(number) for number in point]) for point in points]
    losses = [(1 + -y * score).relu() for y, score in zip(targets, scores, strict=True)]
    parameters = model.parameters()
    cost = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in parameters)
    for parameter in parameters:
        parameter.grad = 0
    cost.backward()
    for parameter in parameters:
        parameter.data -= 0.1 * parameter.grad
    return time.process_time() - started


def moons() -> None:
    from sklearn.datasets import make_moons  # here, as all that is loaded slows the garbage collector

    X, y = make_moons(100, noise=0.1, random_state=1)
    points, targets = X.tolist(), (2 * y - 1).tolist()
    programs: dict[str, tuple[Any, Make]] = {
        "micrograd, * and +": (Network(Micro), Micro),
        "minigrad, * and +": (Network(Value), Value),
        "minigrad through nn": (MLP(2, [16, 16, 1], "relu", seed=0), Value),
    }
    best = dict.fromkeys(programs, float("inf"))
    for _ in range(8):
        for name, (model, make) in programs.items():
            best[name] = min(best[name], epoch(model, make, points, targets))
    table = Table(title="moons: 100 points, 2-16-16-1, one epoch", title_justify="left")
    for heading in ("", "ms", "faster than micrograd"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, seconds in best.items():
        table.add_row(name, f"{seconds * 1e3:,.1f}", f"{best['micrograd, * and +'] / seconds:.1f}×")
    Console(width=110).print(table)


# --- depth -----------------------------------------------------------------------------------------------


def depth() -> None:
    table = Table(title="a chain of n operations, ns a node", title_justify="left")
    for heading in ("n", "nodes", "record", "backward", "deepcopy", "pickle", "unpickle", "free", "bytes"):
        table.add_column(heading, justify="right")
    for n in (10**4, 10**5, 10**6):
        x = Value(0.5)
        marks = [time.process_time()]
        y = x
        for _ in range(n // 2):
            y = y * 0.999999
            y = y + x
        marks.append(time.process_time())
        y.backward()
        marks.append(time.process_time())
        copied = copy.deepcopy(y)
        marks.append(time.process_time())
        text = pickle.dumps(y)
        marks.append(time.process_time())
        again = pickle.loads(text)
        marks.append(time.process_time())
        del copied, text, again
        nodes = len(topological_order(y))
        marks.append(time.process_time())
        del y
        marks.append(time.process_time())
        spans = [(marks[i + 1] - marks[i]) / nodes * 1e9 for i in (0, 1, 2, 3, 4, 6)]
        table.add_row(f"{n:,}", f"{nodes:,}", *[f"{span:,.0f}" for span in spans], f"{chain_bytes(n):,.0f}")
    Console(width=110).print(table)


def chain_bytes(n: int) -> float:
    tracemalloc.start()
    x = Value(0.5)
    y = x
    for _ in range(n // 2):
        y = y * 0.999999
        y = y + x
    size = tracemalloc.get_traced_memory()[0] / (1.5 * n)
    tracemalloc.stop()
    return size


def main() -> None:
    """Print the tables; what makes the collector slower for all, by being loaded, comes late."""
    print(f"Python {platform.python_version()}, {platform.machine()}, processor time, best of several runs")
    engines({"minigrad": Value, "micrograd": Micro})
    moons()
    depth()
    engines_and_pytorch()
