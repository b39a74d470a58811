"""Programs drawn at random, in the styles in which people write them: rows of Values, made from others.

Each step takes one of the last tables and makes another, as layers, softmaxes, norms, windows, attention,
recurrences and convolutions do, of sizes that need not fit a pattern.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import pairwise

from minigrad import Value, maximum, minimum, total
from minigrad.compiler import Program
from minigrad.compiler.compilation import make_program

Row = list[Value]
Table = list[Row]

UNARY: Sequence[Callable[[Value], Value]] = (
    lambda v: v.tanh(), lambda v: v.sigmoid(), lambda v: v.relu(), lambda v: -v, lambda v: v * v,
    lambda v: 1 - v, lambda v: v + 0.3, lambda v: v / 2, lambda v: (v * v + 0.1) ** -0.5,
    lambda v: maximum(v, 0.1 * v), lambda v: v.tanh().exp(),
)  # fmt: skip
BINARY: Sequence[Callable[[Value, Value], Value]] = (
    lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a - b, lambda a, b: a / (1.5 + b * b), maximum,
)  # fmt: skip


def softmax(row: Row, is_shifted: bool) -> Row:
    """e^z / Σ e^z, less the largest number that was recorded, as programs by hand do."""
    largest = max(v.data for v in row) if is_shifted else 0.0
    powers = [(v - largest).exp() for v in row]
    return [power / sum(powers) for power in powers]


class Drawn:
    """A program of a seed: its cost, inputs and parameters, and the steps by name."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.inputs: Row = []
        self.parameters: Row = []
        self.matrices: list[Table] = []
        self.steps: list[str] = []
        rows, columns = self.draw.randint(2, 5), self.draw.randint(1, 4)
        self.tables = [self.leaves(self.inputs, rows, columns) for _ in range(self.draw.randint(1, 2))]
        kinds = [name for name in vars(Drawn) if name.startswith("step_")]
        for _ in range(self.draw.randint(2, 6)):
            table = [row[:4] for row in self.draw.choice(self.tables[-3:])[:5]]
            self.steps.append(self.draw.choice(kinds))
            self.tables.append(getattr(self, self.steps[-1])(table))
        self.cost = self.cost_of(self.tables[-1])

    def compiled(self, always_arrays: bool) -> Program:
        """The program, as lines of arrays even where others would be faster, if wanted."""
        form = "arrays" if always_arrays else None
        return make_program(self.cost, self.inputs, self.parameters, form=form)

    def leaves(self, owner: Row, rows: int, columns: int) -> Table:
        table = [[Value(self.draw.uniform(-0.8, 0.8)) for _ in range(columns)] for _ in range(rows)]
        owner += [v for row in table for v in row]
        return table

    def matrix(self, rows: int, columns: int) -> Table:
        """New weights, or those of an earlier step if they fit."""
        fitting = [m for m in self.matrices if len(m[0]) == columns]
        if fitting and self.draw.random() < 0.3:
            return self.draw.choice(fitting)
        self.matrices.append(self.leaves(self.parameters, rows, columns))
        return self.matrices[-1]

    def layer(self, table: Table, weights: Table) -> Table:
        return [[sum(w * x for w, x in zip(of_one, row)) for of_one in weights] for row in table]

    def cost_of(self, table: Table) -> Value:
        numbers = [v for row in table for v in row]
        kind = self.draw.randrange(4)
        if kind == 0:
            targets = self.leaves(self.inputs, 1, len(numbers))[0]
            cost = sum((v - y) ** 2 for v, y in zip(numbers, targets)) / len(numbers)
        elif kind == 1:
            cost = -sum(self.draw.choice(softmax(row, True)).log() for row in table) / len(table)
        else:
            cost = sum(numbers) if kind == 2 else sum(v * v for v in numbers)
        if self.parameters and self.draw.random() < 0.3:
            cost = cost + 0.01 * sum(p * p for p in self.parameters)
        if self.draw.random() < 0.3:
            cost = cost + 0.1 * sum(v for row in self.draw.choice(self.tables) for v in row)
        return cost + 0.0 * self.inputs[0]

    # --- steps -----------------------------------------------------------------------------------------

    def step_unary(self, table: Table) -> Table:
        f = self.draw.choice(UNARY)
        return [[f(v) for v in row] for row in table]

    def step_binary(self, table: Table) -> Table:
        f, other = self.draw.choice(BINARY), self.draw.choice(self.tables)
        start = self.draw.randint(0, max(0, len(table) - len(other)))
        return [[f(a, b) for a, b in zip(one, two)] for one, two in zip(table[start:], other)]

    def step_broadcast(self, table: Table) -> Table:
        f, row = self.draw.choice(BINARY), self.draw.choice(self.draw.choice(self.tables))
        along = self.draw.randrange(2)
        return [[f(v, row[(i, k)[along] % len(row)]) for k, v in enumerate(r)] for i, r in enumerate(table)]

    def step_layer(self, table: Table) -> Table:
        result = self.layer(table, self.matrix(self.draw.randint(1, 4), len(table[0])))
        if self.draw.random() < 0.5:
            return result
        bias = self.leaves(self.parameters, 1, len(result[0]))[0]
        return [[v + b for v, b in zip(row, bias)] for row in result]

    def step_softmax(self, table: Table) -> Table:
        return [softmax(row[: self.draw.randint(1, len(row))], self.draw.random() < 0.7) for row in table][
            :: self.draw.choice([1, 2])
        ]

    def step_attention(self, table: Table) -> Table:
        query, key, value = [table] * 3
        if self.draw.random() < 0.6:
            query, key, value = (self.layer(table, self.matrix(2, len(table[0]))) for _ in range(3))
        is_causal, is_late = self.draw.random() < 0.5, self.draw.random() < 0.3
        columns, result = list(zip(*value)), []
        for t, q in enumerate(query):
            seen = range(t) if is_late and t else range(t + 1) if is_causal else range(len(key))
            shares = softmax([sum(a * b for a, b in zip(q, key[s])) / 1.4 for s in seen], True)
            result.append([sum(w * column[s] for w, s in zip(shares, seen)) for column in columns])
        return result

    def step_norm(self, table: Table) -> Table:
        gain = self.leaves(self.parameters, 1, len(table[0]))[0] if self.draw.random() < 0.6 else None
        is_centred, result = self.draw.random() < 0.5, []
        for row in table:
            mean = sum(row) / len(row) if is_centred else 0.0
            scale = (sum((v - mean) ** 2 for v in row) / len(row) + 0.1) ** -0.5
            normed = [(v - mean) * scale for v in row]
            result.append([g * v for g, v in zip(gain, normed)] if gain else normed)
        return result

    def step_recurrence(self, table: Table) -> Table:
        into, onward = self.matrix(2, len(table[0])), self.matrix(2, 2)
        state, states = self.leaves(self.parameters, 1, len(onward))[0], []
        for row in table:
            given, kept = self.layer([row], into)[0], self.layer([state], onward)[0]
            state = [(a + b).tanh() for a, b in zip(given, kept)]
            state += [0.1 * state[0]] * (len(onward) - len(state))
            states.append(state)
        return states

    def step_convolution(self, table: Table) -> Table:
        size = min(2, len(table))
        windows = [
            [v for row in table[i : i + size] for v in row]
            for i in range(0, len(table) - size + 1, self.draw.choice([1, 2]))
        ]
        return self.layer(windows, self.matrix(2, len(windows[0])))

    def step_windows(self, table: Table) -> Table:
        several = [table[max(0, i - 1) : i + 2] for i in range(len(table))]
        return [[total(column) for column in zip(*rows)] for rows in several]

    def step_pool(self, table: Table) -> Table:
        f, stride = self.draw.choice([maximum, minimum]), self.draw.choice([1, 2])
        pairs = list(pairwise(table))[::stride] or [(table[0], table[0])]
        return [[f(a, b) for a, b in zip(*pair)] for pair in pairs]

    def step_prefixes(self, table: Table) -> Table:
        return [[sum(column[: i + 1]) / (i + 1) for column in zip(*table)] for i in range(len(table))]

    def step_chosen(self, table: Table) -> Table:
        return [list(self.draw.choice(table)) for _ in range(self.draw.choice([2, 3, 5]))]

    def step_transposed(self, table: Table) -> Table:
        return [list(column) for column in zip(*table)]

    def step_iterated(self, table: Table) -> Table:
        rate = self.leaves(self.parameters, 1, 1)[0][0]
        for _ in range(self.draw.choice([3, 5])):
            table = [[v - rate * v * v * 0.2 for v in row] for row in table]
        return table

    def step_masked(self, table: Table) -> Table:
        return [[v if (i + k) % 3 else v * v for k, v in enumerate(row)] for i, row in enumerate(table)]
