"""Two moons, separated by MLP(2, [16, 16, 1]) with a hinge loss, as in micrograd's demo.

    python examples/moons.py [--points 100] [--steps 100] [--seed 0]

The cost is 1/N Σ max(0, 1 − y s) + 10⁻⁴ Σ w², the learning rate falls from 1 to 0.1. Written with `Value`s
and operators only, as one writes it with micrograd; only the import lines differ.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Callable, Sequence

from minigrad import Value
from nn import MLP

Points = list[tuple[float, float]]
STRENGTH = 1e-4


def make_moons(count: int, noise: float, generator: random.Random) -> tuple[Points, list[int]]:
    """`count` points (x₁, x₂) on two interleaved half circles of radius 1, and their labels, 1 and −1."""
    points, labels = [], []
    for n in range(count):
        angle = math.pi * generator.random()
        x1, x2 = math.cos(angle), math.sin(angle)
        label = 1 if n % 2 else -1
        if label == 1:
            x1, x2 = 1.0 - x1, 0.5 - x2
        points.append((x1 + generator.gauss(0.0, noise), x2 + generator.gauss(0.0, noise)))
        labels.append(label)
    return points, labels


def cost_and_accuracy(
    model: Callable[[Sequence[float]], Value],
    parameters: Sequence[Value],
    points: Points,
    labels: Sequence[int],
) -> tuple[Value, float]:
    """The hinge cost with its penalty, and the share of points on the right side."""
    scores = [model(point) for point in points]
    losses = [(1 + -label * score).relu() for score, label in zip(scores, labels)]
    data_cost = sum(losses) * (1.0 / len(losses))
    penalty = STRENGTH * sum(p * p for p in parameters)
    right = sum((score.data > 0) == (label > 0) for score, label in zip(scores, labels))
    return data_cost + penalty, right / len(points)


def train(model: MLP, points: Points, labels: Sequence[int], steps: int) -> tuple[float, float]:
    """Gradient descent on all points; returns the last cost and accuracy."""
    for step in range(steps):
        cost, accuracy = cost_and_accuracy(model, model.parameters(), points, labels)
        model.zero_grad()
        cost.backward()
        learning_rate = 1.0 - 0.9 * step / steps
        for p in model.parameters():
            p.data -= learning_rate * p.grad
        if step % 10 == 0 or step == steps - 1:
            print(f"step {step:>3}   cost {cost.data:.4f}   accuracy {accuracy:.0%}", flush=True)
    return cost.data, accuracy


def show(model: MLP, points: Points, labels: Sequence[int]) -> None:
    """The plane as text: where the network says 1 (·), and the points (O for 1, x for −1)."""
    rows, columns = 15, 61
    for row in range(rows):
        x2 = 1.6 - 2.7 * row / (rows - 1)
        line = ["·" if model((-1.6 + 4.2 * c / (columns - 1), x2)).data > 0 else " " for c in range(columns)]
        for (p1, p2), label in zip(points, labels):
            column = round((p1 + 1.6) / 4.2 * (columns - 1))
            if abs(p2 - x2) <= 2.7 / (rows - 1) / 2 and 0 <= column < columns:
                line[column] = "O" if label == 1 else "x"
        print("".join(line).rstrip())


def main(arguments: Sequence[str] | None = None) -> tuple[float, float]:
    """Make the moons, train, print the boundary; returns the last cost and accuracy."""
    parser = argparse.ArgumentParser(description="Two moons, told apart by a network of Values.")
    parser.add_argument("--points", type=int, default=100, help="how many points (default: 100)")
    parser.add_argument("--steps", type=int, default=100, help="how many updates (default: 100)")
    parser.add_argument("--seed", type=int, default=0, help="of the points and the weights (default: 0)")
    options = parser.parse_args(arguments)
    points, labels = make_moons(options.points, 0.1, random.Random(options.seed))
    model = MLP(2, [16, 16, 1], "relu", seed=options.seed)
    print(f"{len(model.parameters())} parameters")
    result = train(model, points, labels, options.steps)
    show(model, points, labels)
    return result


if __name__ == "__main__":
    main()
