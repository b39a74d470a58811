"""Random networks and expressions after a backward pass, square layers among them, and their numbers."""

import random

import numpy as np
from picture_readback import largest

from minigrad import Value
from nn import MLP, History, TorchTrace, Trace, trace
from nn.delta.rounding import FLOAT64
from nn.exchange.torch_tracing import TracedLayer


def random_trace(seed: int, most: int = 4) -> Trace:
    """A random network after a backward pass; every other one has square layers."""
    rng = random.Random(seed)
    depth = rng.randint(2, 3)
    sizes = (
        [rng.randint(2, most)] * (depth + 1) if seed % 2 else [rng.randint(1, most) for _ in range(depth + 1)]
    )
    model = MLP(sizes[0], sizes[1:], activation=rng.choice(["sigmoid", "tanh"]), seed=seed)
    for parameter in model.parameters():
        parameter.data = rng.gauss(0.0, 1.0)
    target = [rng.uniform(-2.0, 2.0) for _ in range(sizes[-1])]
    traced = trace(
        model, [rng.uniform(-2.0, 2.0) for _ in range(sizes[0])], target if sizes[-1] > 1 else target[0]
    )
    traced.backward()
    return traced


def random_expression(seed: int) -> Value:
    """A random root of shared sums, products and functions, with constants, after a backward pass."""
    rng = random.Random(seed)
    nodes = [Value(rng.uniform(-2.0, 2.0), label) for label in "pqr"]
    for index in range(7):
        x, y = rng.choice(nodes[-4:]), rng.choice(nodes)
        made = [x * y, x + y, x - y, x.tanh(), x.sigmoid(), x * rng.uniform(-2.0, 2.0)]
        nodes.append(rng.choice(made))
        nodes[-1].label = f"v{index}"
    left, right = nodes[-1] * nodes[-2], nodes[-3] * nodes[-1]
    left.label, right.label = "left", "right"
    root = left + right
    root.backward()
    return root


def random_history(seed: int) -> History:
    """A training run of curves that fall over decades, some of them with a hole; the metric is linear."""
    rng = random.Random(seed)
    epochs = rng.choice([2, 3, 9, 40])

    def curve() -> list[float]:
        start, slope = rng.uniform(-4.0, 1.0), rng.uniform(-3.0, 0.5) / epochs
        return [10.0 ** (start + slope * epoch + rng.gauss(0.0, 0.1)) for epoch in range(epochs)]

    history = History(cost=curve(), stopped="done")
    history.delta, history.gradient = ({l: curve() for l in (1, 2, 3)} for _ in range(2))
    rows = {l: rng.randint(1, 5) for l in (1, 2, 3)}
    history.neurons = {
        l: [[abs(rng.gauss(0.0, 1.0)) for _ in range(n)] for _ in range(epochs)] for l, n in rows.items()
    }
    history.metric = [rng.random() for _ in range(epochs)]
    if seed % 2:
        history.validation_cost, history.validation_metric = curve(), [rng.random() for _ in range(epochs)]
    history.delta[2][epochs // 2] = rng.choice([0.0, float("nan"), float("inf")])
    return history


def weights(traced: Trace, layer: int) -> dict:
    """The weights of a layer by neuron and source, from 1."""
    neurons = traced.model.layers[layer - 1].neurons
    return {(j, k): w for j, neuron in enumerate(neurons, 1) for k, w in enumerate(neuron.w, 1)}


def layers(traced: Trace) -> range:
    return range(1, traced.depth + 1)


def maxima(numbers: dict[int, list[float]], kind: str) -> dict[int, float]:
    """M of each layer: its own, or one of all."""
    if kind == "layer":
        return {layer: largest(of_layer) for layer, of_layer in numbers.items()}
    return dict.fromkeys(numbers, largest(map(largest, numbers.values())))


def torch_trace(layers, neurons):
    """As `trace_torch` makes them, with z and a of 1 and δ of 2; PyTorch need not be there."""
    ones, zeros, square = np.ones(neurons), np.zeros(neurons), np.zeros((neurons, neurons))
    layer = TracedLayer("relu", square, zeros, ones, ones, 2.0 * ones, 2.0 * ones, square, zeros)
    return TorchTrace(ones, [layer] * layers, 1 / 3, FLOAT64)
