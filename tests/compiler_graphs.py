"""Graphs for the tests of the compiler, and the comparison of a program with the engine.

`Random` graphs are irregular; `Layered` ones are networks with parts shared, permuted, dropped and mixed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

import minigrad
from minigrad import Value, dot, logsumexp, rules, total
from minigrad.compiler import Program
from minigrad.compiler.compilation import make_program

# Rounding differs by the order of sums and by libraries' last bits; both are bounded by the absolute paths.
TOLERANCE = 1e-12


def engine(program: Program, batch: np.ndarray) -> tuple[float, np.ndarray, float, np.ndarray]:
    """Mean cost and gradient of a batch, node by node, and the sums of the absolute paths of both."""
    values = program.parameters.values
    numbers = dict(zip(values, program.parameters.vector.tolist()))
    cost, gradient, size, sizes = 0.0, np.zeros(len(values)), 0.0, np.zeros(len(values))
    for example in batch.tolist():
        data = dict(zip(program.inputs, example)) | numbers
        slopes = {}
        for node in program.recording.order:
            if node.operands:
                operands = [data[operand] for operand in node.operands]
                data[node] = node.op.value(*operands)
                slopes[node] = node.op.local_derivatives(data[node], *operands)
            else:
                data.setdefault(node, node.data)
        root = program.recording.order[-1]
        grad, paths = dict.fromkeys(data, 0.0), dict.fromkeys(data, 0.0)
        grad[root] = paths[root] = 1.0
        for node in reversed(program.recording.order):
            for operand, slope in zip(node.operands, slopes.get(node, ())):
                if operand.op is not rules.constant:
                    grad[operand] += grad[node] * slope
                    paths[operand] += paths[node] * abs(slope)
        cost += data[root] / len(batch)
        gradient += np.array([grad[value] for value in values]) / len(batch)
        size += (abs(data[root]) + sum(abs(data[n]) * paths[n] for n in data if not n.operands)) / len(batch)
        sizes += np.array([paths[value] for value in values]) / len(batch)
    return cost, gradient, size, sizes


def assert_agrees(program: Program, batch: np.ndarray) -> None:
    """The program and the engine give the same cost and gradient, up to the rounding of their sums."""
    cost, gradient = program.gradient(batch)
    expected_cost, expected, size, sizes = engine(program, batch)
    assert abs(cost - expected_cost) <= TOLERANCE * size, (cost, expected_cost)
    excess = np.abs(gradient - expected) - TOLERANCE * sizes
    assert (excess <= 0).all(), f"{gradient[excess > 0]} != {expected[excess > 0]}\n{program.source}"
    assert abs(program(batch) - expected_cost) <= TOLERANCE * size


def examples(count: int, inputs: int, seed: int) -> np.ndarray:
    """A batch of that many examples, uniform in −1 … 1."""
    return np.random.default_rng(seed).uniform(-1.0, 1.0, (count, inputs))


# --- one safe expression for every operation -------------------------------------------------------------


UNARY = (
    lambda x: minigrad.sigmoid(x),
    lambda x: minigrad.tanh(x),
    lambda x: minigrad.relu(x),
    lambda x: minigrad.exp(minigrad.tanh(x)),
    lambda x: minigrad.log(minigrad.sigmoid(x) + 0.5),
    lambda x: minigrad.sqrt(minigrad.softplus(x)),
    lambda x: minigrad.sin(x),
    lambda x: minigrad.cos(x),
    lambda x: minigrad.gelu(x),
    lambda x: minigrad.leaky_relu(x),
    lambda x: abs(x),
    lambda x: -x,
    lambda x: minigrad.tanh(x) ** 2,
    lambda x: minigrad.tanh(x) ** 3,
    lambda x: x * 0.5,
    lambda x: 1.5 - x,
    lambda x: 1.0 / (2.0 + minigrad.tanh(x)),
    lambda x: minigrad.elu(x),
    lambda x: minigrad.silu(x),
)
BINARY = (
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / (1.5 + minigrad.sigmoid(b)),
    lambda a, b: minigrad.maximum(a, b),
    lambda a, b: minigrad.minimum(a, b),
    lambda a, b: (1.2 + minigrad.tanh(a)) ** minigrad.tanh(b),
    lambda a, b: dot([a, b], [b, a]),
    lambda a, b: logsumexp([a, b, a * 0.5]),
    lambda a, b: total([a, b, a]),
)


def random_graph(seed: int, size: int) -> tuple[Value, list[Value], list[Value]]:
    """An irregular graph of about that many operations: (cost, inputs, parameters)."""
    draw = random.Random(seed)
    inputs = [Value(draw.uniform(-1, 1), label=f"x{k}") for k in range(draw.randint(1, 4))]
    parameters = [Value(draw.uniform(-1, 1), label=f"p{k}") for k in range(draw.randint(1, 6))]
    nodes: list[Value] = [*inputs, *parameters]
    for _ in range(size):
        operands = draw.choices(nodes[-12:] if draw.random() < 0.7 else nodes, k=2)
        is_unary = draw.random() < 0.5
        node = draw.choice(UNARY)(operands[0]) if is_unary else draw.choice(BINARY)(*operands)
        # Not tanh(4): 1 − y² has lost four digits there, in the engine as in the program.
        nodes.append(node if abs(node.data) < 2 else minigrad.tanh(0.2 * node))
    cost = total([minigrad.tanh(node) for node in draw.sample(nodes, min(len(nodes), 3))]) + nodes[-1]
    return cost, inputs, parameters


# --- networks with their regularity disturbed ------------------------------------------------------------


class Role(str):
    """A label that says what a node is in a network, as those of nn do."""

    kind: str
    layer: int
    neuron: int

    def __new__(cls, kind: str, layer: int, neuron: int) -> Role:
        role = super().__new__(cls, f"{kind}{layer}_{neuron}")
        role.kind, role.layer, role.neuron = kind, layer, neuron
        return role


class Layered:
    """A random network whose neurons, weights and associations are disturbed at random."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.parameters: list[Value] = []
        self.cost = Value(0.0)
        self.disturbance = self.draw.choice([0.0, 0.1, 0.4])
        self.has_roles = self.draw.random() < 0.3
        self.layers = 0
        self.inputs = [Value(self.draw.uniform(-1, 1), label=f"x{k}") for k in range(self.draw.randint(1, 5))]
        self.targets = [
            Value(self.draw.uniform(-1, 1), label=f"y{k}") for k in range(self.draw.randint(1, 3))
        ]
        self.weights: list[list[list[Value]]] = []
        self.build()

    def graph(self) -> tuple[Value, list[Value], list[Value]]:
        """(cost, inputs, parameters)."""
        return self.cost, [*self.inputs, *self.targets], self.parameters

    def parameter(self) -> Value:
        self.parameters.append(Value(self.draw.uniform(-1, 1)))
        return self.parameters[-1]

    def chance(self) -> bool:
        return self.draw.random() < self.disturbance

    def build(self) -> None:
        layers = [self.inputs]
        for _ in range(self.draw.randint(1, 3)):
            sources = list(layers[-1])
            if self.chance():
                sources += self.draw.choice(layers)
            if self.chance():
                self.draw.shuffle(sources)
            if self.chance() and len(sources) > 1:
                sources = sources[: self.draw.randint(1, len(sources))]
            layers.append(self.layer(sources, self.draw.randint(1, 6)))
        outputs = self.layer(layers[-1], len(self.targets))
        if self.chance():
            outputs = [a + b for a, b in zip(outputs, self.layer(layers[0], len(outputs)))]
        self.cost = self.loss(outputs)
        if self.chance():
            self.cost = self.cost + 0.01 * self.sum([p * p for p in self.parameters])
        if self.chance():
            self.cost = self.cost + total([abs(p) for p in self.draw.sample(self.parameters, 1)]) * 0.1

    def matrix(self, rows: int, columns: int) -> list[list[Value]]:
        candidates = [m for m in self.weights if len(m) == rows and len(m[0]) == columns]
        turned = [list(map(list, zip(*m))) for m in self.weights if len(m) == columns and len(m[0]) == rows]
        if self.chance() and candidates + turned:
            return self.draw.choice(candidates + turned)
        if self.chance() and columns > 2:
            return self.convolution(rows, columns)
        matrix = [[self.parameter() for _ in range(columns)] for _ in range(rows)]
        if self.chance() and self.parameters:
            matrix[0][0] = self.draw.choice(self.parameters)
        if self.chance():
            matrix = [[minigrad.tanh(w) for w in row] for row in matrix]
        self.weights.append(matrix)
        return matrix

    def convolution(self, rows: int, columns: int) -> list[list[Value]]:
        kernel = [self.parameter() for _ in range(columns)]
        return [kernel for _ in range(rows)]

    def layer(self, sources: list[Value], size: int) -> list[Value]:
        matrix = self.matrix(size, len(sources))
        shared = self.parameter()
        activation = self.draw.choice(UNARY[:3])
        self.layers += 1
        is_convolution = all(row is matrix[0] for row in matrix) and size > 1
        results = []
        for j, row in enumerate(matrix):
            inputs = sources[j % len(sources) :] + sources[: j % len(sources)] if is_convolution else sources
            pairs = list(zip(row, inputs))
            if self.chance() and len(pairs) > 1:
                pairs = self.draw.sample(pairs, len(pairs) - 1)
            elif self.chance():
                self.draw.shuffle(pairs)
            bias = self.draw.choice([None, shared, self.parameter()]) if self.chance() else self.parameter()
            z = self.neuron(pairs, bias)
            if self.chance():
                z = z + self.draw.choice(sources)
            a = self.draw.choice(UNARY)(z) if self.chance() else activation(z)
            if self.has_roles and not self.chance():
                z.label, a.label = Role("z", self.layers, j + 1), Role("a", self.layers, j + 1)
            results.append(a)
        return results

    def neuron(self, pairs: Sequence[tuple[Value, Value]], bias: Value | None) -> Value:
        if self.draw.random() < 0.5:
            return dot([w for w, _ in pairs], [x for _, x in pairs], bias)
        products = [w * x if self.draw.random() < 0.5 else x * w for w, x in pairs]
        return self.sum(products if bias is None else [*products, bias])

    def sum(self, terms: list[Value]) -> Value:
        style = self.draw.randrange(4)
        if style == 0:
            return total(terms)
        if style == 1:
            return sum(terms, start=Value(0.0) * 0.0) if len(terms) > 9 else sum(terms)  # type: ignore[return-value]
        while len(terms) > 1:
            at = self.draw.randrange(len(terms) - 1) if style == 2 else len(terms) - 2
            terms = [*terms[:at], terms[at] + terms[at + 1], *terms[at + 2 :]]
        return terms[0]

    def loss(self, outputs: list[Value]) -> Value:
        kind = self.draw.randrange(4)
        if kind == 0 or len(outputs) == 1:
            return self.sum([(a - y) ** 2 for a, y in zip(outputs, self.targets)])
        if kind == 1:
            return logsumexp(outputs) - dot(self.targets, outputs)
        if kind == 2:
            powers = [minigrad.exp(a) for a in outputs]
            norm = self.sum(powers)
            return -self.sum([y * minigrad.log(p / norm) for y, p in zip(self.targets, powers)])
        return self.sum([minigrad.softplus(a) - y * a for a, y in zip(outputs, self.targets)])


def compiled(graph: tuple[Value, list[Value], list[Value]]) -> Program:
    """The program of (cost, inputs, parameters)."""
    return make_program(*graph)


def on_tape(
    graph: tuple[Value, list[Value], list[Value]], form: Literal["lines", "loops"] = "loops", **settings: Any
) -> Program:
    """The program of (cost, inputs, parameters) that runs step by step, whatever its structure."""
    return make_program(*graph, form=form, **settings)
