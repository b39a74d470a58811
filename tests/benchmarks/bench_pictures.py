"""From 10 to 10,000 nodes: what is drawn or refused at each detail, how long it takes, how large the SVG is.

`python -m tests.benchmarks pictures` prints the table.
"""

import random
import time
from collections.abc import Callable

from minigrad import Value, topological_order
from nn import MLP, mean, squared_error, trace
from viz import graph

SIZES = (10, 30, 100, 300, 1000, 3000, 10_000)


def tangled(nodes: int) -> Value:
    """A graph of about so many nodes without layers, as a user's own program makes it."""
    rng = random.Random(0)
    known = [Value(rng.uniform(-1, 1), label=f"x{k}") for k in range(max(2, nodes // 10))]
    leaves = list(known)
    while len(known) < nodes - len(leaves):
        near = known[-20:]
        known.append(rng.choice(near) + rng.choice(near) if rng.random() < 0.5 else known[-1].tanh())
    root = known[-1]
    for leaf in leaves:
        root = root + leaf
    root.backward()
    return root


def network(nodes: int) -> Value:
    """The cost of one example of a network of elementary operations with about so many nodes."""
    width = max(1, round((nodes / 6) ** 0.5))
    traced = trace(MLP(width, [width, 1], "tanh", seed=0, elementary=True), [0.5] * width, 1.0)
    traced.backward()
    return traced.cost


def batch(nodes: int) -> Value:
    """The mean cost of many examples of a 2-4-1 network, about so many nodes."""
    model = MLP(2, [4, 1], "tanh", seed=0)
    cost = mean([squared_error(model([k / nodes, 0.5]), 1.0) for k in range(max(1, nodes // 14))])
    cost.backward()
    return cost


GRAPHS: dict[str, Callable[[int], Value]] = {"tangled": tangled, "network": network, "batch": batch}


def measured(root: Value, detail: str) -> tuple[float, int, str]:
    """Seconds, bytes of SVG, and what the picture is of; a refusal has 0 bytes."""
    start = time.perf_counter()
    try:
        picture = graph(root, detail=detail)
        size = len(picture.svg.encode())
        said = picture.title.partition(": ")[2]
    except ValueError as error:
        size, said = 0, f"refused: {error}"
    return time.perf_counter() - start, size, said


def main() -> None:
    """Print the table."""
    print(f"{'graph':<9}{'nodes':>7}  {'detail':<11}{'s':>6}{'kB':>7}  drawn")
    for name, make in GRAPHS.items():
        for size in SIZES:
            root = make(size)
            count = len(topological_order(root))
            for detail in ("auto", "operations"):
                seconds, length, said = measured(root, detail)
                print(f"{name:<9}{count:>7,}  {detail:<11}{seconds:6.2f}{length / 1000:7.0f}  {said[:90]}")


if __name__ == "__main__":
    main()
