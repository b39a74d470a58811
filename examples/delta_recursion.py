"""Shows how the δ recursion of backpropagation arises in a scalar graph, on real irises.

Document 001's network (4-2-2-1, sigmoid, linear output without bias) learns to tell two species apart;
then one flower is followed forward, and backward node by node, until the four equations have appeared:

    python examples/delta_recursion.py [--flower NUMBER] [--seed SEED] [--notation 000|001|002] [--out FOLDER]

Superscripts are layer numbers, not powers. Labels count from 1, lists from 0.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import viz
from minigrad import Value, backward_steps, edges
from minigrad.journal import Step
from nn import MLP, Trace, equations, fit, squared_error, trace
from nn.delta.notation import Name, cost_letter, written
from nn.training.descent import descend, mean_cost

DATA = Path(__file__).parent / "data" / "iris.csv"
TARGETS = {"versicolor": -1.0, "virginica": 1.0}
LEARNING_RATE = 0.5
INDENT = " " * 3


@dataclass(frozen=True)
class Flower:
    """A row of the data: its number there, its measurements in cm, their standard scores, and its target."""

    number: int
    species: str
    measurements: tuple[float, ...]
    scores: tuple[float, ...]

    @property
    def target(self) -> float:
        """The target y of the output s."""
        return TARGETS[self.species]


def read_flowers() -> list[Flower]:
    """The hundred versicolor and virginica (Fisher, 1936), each measurement with mean 0 and deviation 1."""
    with DATA.open(newline="") as file:
        rows = [(number, list(row.values())) for number, row in enumerate(csv.DictReader(file), start=1)]
    rows = [(number, row) for number, row in rows if row[-1] in TARGETS]
    measurements = np.array([[float(entry) for entry in row[:4]] for _, row in rows])
    scores = (measurements - measurements.mean(axis=0)) / measurements.std(axis=0)
    return [
        Flower(number, row[-1], tuple(cm), tuple(standard))
        for (number, row), cm, standard in zip(rows, measurements.tolist(), scores.tolist())
    ]


# --- numbers as they are printed -------------------------------------------------------------------------


def number(value: float, decimals: int = 4) -> str:
    """A number with a true minus sign, and no minus before a zero."""
    return f"{value:z.{decimals}f}".replace("-", "−")


def factor(value: float, decimals: int) -> str:
    """A number inside a product: in parentheses if negative."""
    return f"({number(value, decimals)})" if value < 0 else number(value, decimals)


def aligned(value: float, decimals: int) -> str:
    """A number in a column, with decimal points below each other."""
    whole, _, fraction = number(value, decimals).partition(".")
    return f"{whole:>3}.{fraction:<6}"


def decimals_needed(formula: Callable[..., float], *numbers: float) -> int:
    """The number of decimals, 5 at least, with which the printed arithmetic gives 4 correct ones."""
    result = number(formula(*numbers))
    return next(
        decimals
        for decimals in range(5, 16)
        if decimals == 15 or number(formula(*(round(n, decimals) for n in numbers))) == result
    )


def names(notation: str) -> Callable[..., str]:
    """How a document writes a quantity: `n("delta", 2, 1)` is δ²₁."""

    def name(kind: str, layer: int, neuron: int = 0, source: int = 0) -> str:
        return written(kind, layer, neuron, source, notation)

    return name


# --- the report, section by section ----------------------------------------------------------------------


def heading(seed: int, notation: str) -> None:
    """Print the title and the notation."""
    n, other = names(notation), names("001" if notation == "002" else "002")
    print(
        "minigrad: the δ recursion in a scalar graph ",
        f"(4-2-2-1, sigmoid, linear output; seed {seed})",
    )
    print(
        f"Superscripts are layers, no powers. Document {'001' if notation == '002' else '002'} writes "
        f"{other('z', 2, 2)} for {n('z', 2, 2)}, {other('w', 2, 2, 2)} for {n('w', 2, 2, 2)}."
    )


def train(model: MLP, flowers: Sequence[Flower], notation: str) -> None:
    """Train on all hundred flowers, and print the progress."""
    c = cost_letter(notation)
    inputs, targets = [f.scores for f in flowers], [f.target for f in flowers]
    print("\n1 TRAIN   100 irises, 4 standardised measurements x; versicolor y = −1, virginica y = +1")
    print(f"{INDENT}s is the network's output; right: s has the sign of y (on the flowers it learns from)")
    print(f"{INDENT}{c} = 1/100 Σ (s − y)^2   w ← w − ε ∂{c}/∂w, ε = {LEARNING_RATE}", end="   ")
    print("stop: no progress for 30 epochs")

    def progress(epoch: int, cost: float) -> None:
        if epoch in (1, 10, 25, 50, 100, 150, 200):
            bar = "█" * round(40 * min(cost, 1.0))
            score = f"right {right(model, flowers):>2} of 100"
            print(f"{INDENT}epoch {epoch:>3}   {c} {cost:.4f}  {bar:<40}  {score}", flush=True)

    start = time.perf_counter()
    history = fit(
        model, inputs, targets, learning_rate=LEARNING_RATE, patience=30, engine="scalar", on_epoch=progress
    )
    elapsed = time.perf_counter() - start
    print(f"{INDENT}ended: {history.stopped}, right {right(model, flowers)} of 100, {elapsed:.1f} s")


def right(model: MLP, flowers: Sequence[Flower]) -> int:
    """The number of flowers that are classified correctly."""
    return sum(model(flower.scores).data * flower.target > 0 for flower in flowers)


def introduce(flower: Flower, t: Trace, most_wrong: bool) -> None:
    """Print the flower, and the output of the network for it."""
    called = "virginica" if t.output.data > 0 else "versicolor"
    verdict = f"called {called}" if called != flower.species else "and called so"
    sepal_length, sepal_width, petal_length, petal_width = flower.measurements
    title = f"2 ONE FLOWER{', most wrong' if most_wrong else ''}: no. {flower.number}, a {flower.species}"
    print(f"\n{title} (y = {number(flower.target, 0)}) {verdict} (s = {number(t.output.data)})")
    print(
        f"{INDENT}sepal {sepal_length} × {sepal_width} cm, petal {petal_length} × {petal_width} cm",
        end="   ",
    )
    print(f"x = ({'  '.join(map(number, flower.scores))})")


def forward(t: Trace, n: Callable[..., str], c: str) -> None:
    """z, a and σ′ of every neuron, and one z in numbers."""
    print("\n3 FORWARD   zˡ = Wˡ aˡ⁻¹ + bˡ      aˡ = σ(zˡ)      σ′(z) = a (1 − a)")
    print(f"{INDENT}neuron     z        a        σ′")
    for l in (1, 2, 3):
        for j, (z, a, slope) in enumerate(
            zip(t.pre_activations(l), t.activations(l), equations.slope(t, l)), 1
        ):
            print(f"{INDENT}{l},{j}   {number(z):>8} {number(a):>8} {number(slope):>8}", end="")
            print(
                f"  s = {n('z', 3, 1)}: linear, no bias;  {c} = (s − y)^2 = {number(t.cost.data)}"
                if l == 3
                else ""
            )
    w, a, b = t.weights(2)[0], t.activations(1), t.biases(2)[0]
    products = f"{n('w', 2, 1, 1)} {n('a', 1, 1)} + {n('w', 2, 1, 2)} {n('a', 1, 2)}"
    d = decimals_needed(weighted_sum, w[0], a[0], w[1], a[1], b)
    numbers = (
        f"{factor(w[0], d)} · {factor(a[0], d)} + {factor(w[1], d)} · {factor(a[1], d)} + {factor(b, d)}"
    )
    z = n("z", 2, 1)
    print(f"{INDENT}{z} = {products} + {n('b', 2, 1)}")
    print(f"{INDENT}{' ' * len(z)} = {numbers} = {number(t.pre_activations(2)[0])}")


def weighted_sum(w1: float, a1: float, w2: float, a2: float, b: float = 0.0) -> float:
    """w1 a1 + w2 a2 + b"""
    return w1 * a1 + w2 * a2 + b


def backward(t: Trace, n: Callable[..., str], c: str) -> None:
    """Walk the backward pass, step by step, and print the steps of the δ recursion as they are taken."""
    count = sum(1 for _ in edges(t.cost))
    print("\n4 BACKWARD, node by node. Every line is  operand.grad += node.grad × local_derivative")
    print(f"{INDENT}12 of the graph's {count} edges: those that carry δ back; the others end in w and b,")
    print(f"{INDENT}(3) and (4), in x, and in constants. Factors have the decimals their product needs.")
    print(f"{INDENT}{'from':<6} {'to':<6} {'node.grad × local derivative':<34} =     adds  operand.grad")
    t.model.zero_grad()
    recursion = recursion_nodes(t)
    for step in backward_steps(t.cost):
        if step.operand in recursion:
            arrived = f"{step.waiting} more to come" if step.waiting else gradient_name(step.operand, n, c)
            print(f"{INDENT}{shown_step(step, n)}  {arrived}")


def shown_step(step: Step, n: Callable[..., str]) -> str:
    """One line of arithmetic: from, to, upstream gradient × local derivative = contribution, running sum."""
    upstream, local = step.upstream_gradient, step.local_derivative
    d = decimals_needed(float.__mul__, upstream, local)
    letters = derivative_name(step.node, step.operand, n)
    product = f"{aligned(upstream, d)} × {aligned(local, d)}  {letters}"
    way = f"{shown(step.node, n):<6} {shown(step.operand, n):<6}"
    return f"{way} {product:<34} = {number(step.contribution):>8}  {number(step.after):>8}"


def recursion_nodes(t: Trace) -> set[Value]:
    """Every z, every a beyond the input, and the error s − y."""
    return {t.cost.operands[0], *(node for l in (1, 2, 3) for node in t.z[l] + t.a[l])}


def shown(node: Value, n: Callable[..., str]) -> str:
    """The name of a node in the notation of the document."""
    label = node.label
    return n(label.kind, label.layer, label.neuron) if isinstance(label, Name) else label


def derivative_name(node: Value, operand: Value, n: Callable[..., str]) -> str:
    """The local derivative of an edge in the notation of the document."""
    if node.label == "C":
        return "2 (s − y)"
    if node.label == "s − y":
        return "1"
    if node.label.kind == "z":
        return n("w", node.label.layer, node.label.neuron, operand.label.neuron)
    return f"σ′({n('z', operand.label.layer, operand.label.neuron)})"


def gradient_name(operand: Value, n: Callable[..., str], c: str) -> str:
    """The name of the complete gradient of a node."""
    if operand.label == "s − y":
        return f"∂{c}/∂(s − y)"
    layer, neuron = operand.label.layer, operand.label.neuron
    if operand.label.kind == "a":
        return f"∂{c}/∂{n('a', layer, neuron)}"
    return f"{n('delta', layer, neuron)}  ({1 if layer == 3 else 2})"


def one_delta(t: Trace, n: Callable[..., str]) -> None:
    """δ¹₁ from the δ of layer 2: equation (2) for one neuron, in symbols and numbers."""
    w, delta, slope = t.weights(2)[:, 0], t.delta(2), equations.slope(t, 1)[0]
    numeric = equations.numeric_delta(t, 1)[0]

    def formula(w1: float, d1: float, w2: float, d2: float, s: float) -> float:
        return weighted_sum(w1, d1, w2, d2) * s

    d = decimals_needed(formula, w[0], delta[0], w[1], delta[1], slope)
    name = n("delta", 1, 1)
    print(f"\n5 THE SAME {name} IN ONE LINE   error sent back (column 1 of {n('W', 2)}) × slope")
    symbols = f"{n('w', 2, 1, 1)} · {n('delta', 2, 1)}  +  {n('w', 2, 2, 1)} · {n('delta', 2, 2)}"
    print(f"{INDENT}{name} = ( {symbols} ) · σ′({n('z', 1, 1)})")
    sent_back = f"{factor(w[0], d)} · {factor(delta[0], d)} + {factor(w[1], d)} · {factor(delta[1], d)}"
    print(f"{INDENT}{' ' * len(name)} = ( {sent_back} ) · {factor(slope, d)} = {number(t.delta(1)[0])}")
    nudged = f"when {n('z', 1, 1)} is nudged by a millionth either way"
    print(f"{INDENT}{' ' * len(name)} = {number(numeric)} {nudged}")


def one_weight(t: Trace, n: Callable[..., str], c: str) -> None:
    """∂C/∂w²₂₂, document 001's example."""
    gradient, slope, a = t.activation_gradients(2)[1], equations.slope(t, 2)[1], t.activations(1)[1]
    delta = t.delta(2)[1]
    along_the_path = decimals_needed(lambda g, s, a: g * s * a, gradient, slope, a)
    d = max(along_the_path, decimals_needed(lambda delta, a: delta * a, delta, a))
    o, weight = names("001"), f"∂{c}/∂{n('w', 2, 2, 2)}"
    path = f"{n('w', 2, 2, 2)} → {n('z', 2, 2)} → {n('a', 2, 2)} → s → {c}"
    chain = f"∂{c}/∂{n('a', 2, 2)} · σ′({n('z', 2, 2)}) · {n('a', 1, 2)}"
    theirs = f"∂C/∂{o('a', 2, 2)} · f′({o('z', 2, 2)}) · {o('a', 1, 2)}"
    print(f"\n6 DOCUMENT 001'S EXAMPLE   {path}")
    print(f"{INDENT}there: {theirs}, in its notation")
    print(f"{INDENT}{weight} = {chain} = {n('delta', 2, 2)} · {n('a', 1, 2)}")
    print(
        f"{INDENT}{' ' * len(weight)} = {factor(gradient, d)} · {factor(slope, d)} · {factor(a, d)} = "
        f"{factor(delta, d)} · {factor(a, d)} = {number(t.weight_gradients(2)[1, 1])}"
    )


def all_flowers(model: MLP, flowers: Sequence[Flower], flower: Flower, n: Callable[..., str], c: str) -> None:
    """The average over the examples, and one update of w²₂₂ (document 000: the error is an average)."""
    weight = model.layers[1].neurons[1].w[1]
    shares = {}
    for each in flowers:
        t = trace(model, each.scores, each.target)
        t.backward()
        shares[each.number] = weight.grad / len(flowers)
    model.zero_grad()
    mean_cost(model, [f.scores for f in flowers], [f.target for f in flowers], squared_error).backward()
    mean, before, own = weight.grad, weight.data, shares.pop(flower.number)
    others = sum(shares.values())
    descend([weight], LEARNING_RATE)

    d = max(5, decimals_needed(lambda w, g: w - LEARNING_RATE * g, before, mean))
    d = next(d for d in range(d, 16) if d == 15 or adds_up(own, others, mean, d))
    name, factors = n("w", 2, 2, 2), f"{n('delta', 2, 2)} {n('a', 1, 2)}"
    print(f"\n7 ALL 100 FLOWERS   ∂{c}/∂{name} = 1/100 Σ (its flowers' {factors}); then one update")
    print(f"{INDENT}this flower {number(own * 100, d)} / 100 = {number(own, d)}", end=", ")
    print(f"the others {number(others, d)}, ∂{c}/∂{name} = {number(mean, d)}")
    print(
        f"{INDENT}{name} ← {number(before, d)} − {LEARNING_RATE} · {factor(mean, d)} = {number(weight.data)}"
    )


def adds_up(part: float, rest: float, whole: float, decimals: int) -> bool:
    """Whether the printed parts add up to the printed sum, and a hundredth of the share is its quotient."""
    printed = [round(x, decimals) for x in (part, rest, whole)]
    share = number(round(part * 100, decimals) / 100, decimals)
    return number(printed[0] + printed[1], decimals) == number(printed[2], decimals) and share == number(
        part, decimals
    )


def four_equations(report: equations.Report, numeric: float) -> None:
    """Print the report of the four equations, and compare every δ with a numeric difference."""
    print("\n8 THE FOUR EQUATIONS in NumPy against the scalar graph: largest difference")
    for line in str(report).splitlines():
        print(f"{INDENT}{line}")
    print(f"{INDENT}every δ against a numeric difference of the cost:  {equations.shown(numeric)}")


def largest_numeric_difference(t: Trace) -> float:
    """The largest difference between a δ in the graph and a central difference."""
    differences = [equations.numeric_delta(t, l) - t.delta(l) for l in (1, 2, 3)]
    return float(np.max(np.abs(np.concatenate(differences))))


def main(arguments: Sequence[str] | None = None) -> equations.Report:
    """Print all parts; returns the residuals of the four equations."""
    parser = argparse.ArgumentParser(description="See the delta recursion emerge, on real irises.")
    parser.add_argument(
        "--flower", type=int, help="its number in the data, 51 … 150 (default: the most wrong)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="where the initial weights come from (default: 0)"
    )
    parser.add_argument(
        "--notation", choices=("000", "001", "002"), default="002", help="whose notation is printed"
    )
    parser.add_argument("--out", type=Path, default=Path("out"), help="where the pictures go (default: out)")
    options = parser.parse_args(arguments)

    flowers = read_flowers()
    by_number = {flower.number: flower for flower in flowers}
    if options.flower is not None and options.flower not in by_number:
        parser.error(
            f"--flower must be a number from {min(by_number)} to {max(by_number)}, not {options.flower}"
        )
    n, c = names(options.notation), cost_letter(options.notation)
    model = MLP(
        4, [2, 2, 1], activation="sigmoid", bias=[True, True, False], initial="uniform", seed=options.seed
    )
    untrained = [parameter.data for parameter in model.parameters()]

    heading(options.seed, options.notation)
    train(model, flowers, options.notation)
    most_wrong = max(flowers, key=lambda flower: (model(flower.scores).data - flower.target) ** 2)
    flower = by_number.get(options.flower, most_wrong)
    t = trace(model, flower.scores, flower.target)
    t.cost.operands[0].label = "s − y"
    introduce(flower, t, flower is most_wrong)
    forward(t, n, c)
    backward(t, n, c)
    one_delta(t, n)
    one_weight(t, n, c)
    report, numeric = equations.report(t), largest_numeric_difference(t)
    paths = draw(untrained, flower, t, options.out)
    all_flowers(model, flowers, flower, n, c)  # updates a weight: what reads the trace comes before
    four_equations(report, numeric)
    *pictures, page = paths
    print(f"\nPICTURES  {'  '.join(map(str, pictures))}")
    print("          the flower's scalar graph; the network before and after training")
    print(f"STEP      {page}  the same pass, live: open it in a browser, press →")
    return report


def draw(untrained: Sequence[float], flower: Flower, after: Trace, folder: Path) -> list[Path]:
    """The flower's computation graph, and the network with its gradients before and after training."""
    folder.mkdir(parents=True, exist_ok=True)
    before_model = MLP(4, [2, 2, 1], activation="sigmoid", bias=[True, True, False])
    for parameter, data in zip(before_model.parameters(), untrained):
        parameter.data = data
    before = trace(before_model, flower.scores, flower.target)
    before.backward()
    pictures: dict[str, viz.Picture | viz.Page] = {
        "graph.svg": viz.graph(after.cost),
        "network-before.svg": viz.network(before),
        "network-after.svg": viz.network(after),
        "steps.html": viz.steps(after),
    }
    for name, picture in pictures.items():
        picture.save(folder / name)
    return [folder / name for name in pictures]


if __name__ == "__main__":
    main()
