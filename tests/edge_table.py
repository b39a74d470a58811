"""Writes `edge_table.md`: every operation at every class of operand, and where PyTorch decides otherwise.

    python tests/edge_table.py > tests/edge_table.md

PyTorch's figures are in `edge_table_pytorch.json`, taken once by

    python tests/edge_table.py --pytorch > tests/edge_table_pytorch.json

with PyTorch 2.13.0 on a CPU, in float64. A test holds the table against the engine, and refuses a difference
from PyTorch that has no reason.
"""

from __future__ import annotations

import itertools
import json
import math
import pathlib
import sys
from collections.abc import Iterator

from minigrad import Value, rules
from minigrad.operations import Operation

HERE = pathlib.Path(__file__).parent
UNARY_CLASSES = {
    "normal 0.7": 0.7,
    "negative −0.7": -0.7,
    "zero": 0.0,
    "1000": 1000.0,
    "−1000": -1000.0,
    "huge 1e300": 1e300,
    "tiny 1e−300": 1e-300,
    "inf": math.inf,
    "−inf": -math.inf,
    "nan": math.nan,
}
BINARY_CLASSES = {
    "normal 0.7": 0.7,
    "two": 2.0,
    "negative −0.7": -0.7,
    "zero": 0.0,
    "huge 1e300": 1e300,
    "tiny 1e−300": 1e-300,
    "inf": math.inf,
    "−inf": -math.inf,
    "nan": math.nan,
}
TERNARY_CLASSES = {
    name: BINARY_CLASSES[name] for name in ("normal 0.7", "negative −0.7", "zero", "inf", "nan")
}
CLASSES = {1: UNARY_CLASSES, 2: BINARY_CLASSES, 3: TERNARY_CLASSES}
PYTORCH_NAMES = {
    "add": "add",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "negative": "neg",
    "power": "pow",
    "absolute": "abs",
    "total": "add",
    "rint": "round",
}

Outcome = list[float] | str  # [value, local derivative, …] or the name of an error


# --- what is in the table --------------------------------------------------------------------------------


def rows() -> list[Operation]:
    return [row for row in vars(rules).values() if isinstance(row, Operation) and row is not rules.constant]


def count_shown(row: Operation) -> int:
    """Two operands where there may be any number; of those with a default the default."""
    return 2 if row.arity is None else row.arity - len(row.default_operands)


def cases(row: Operation) -> Iterator[tuple[float, ...]]:
    count = count_shown(row)
    yield from itertools.product(CLASSES[count].values(), repeat=count)


def ours(row: Operation, operands: tuple[float, ...]) -> Outcome:
    try:
        node = row(*map(Value, operands))
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        return type(error).__name__
    return [node.data, *node.local_derivatives[: len(operands)]]


def key(row: Operation, operands: tuple[float, ...]) -> str:
    return f"{row.name}({', '.join(map(shown, operands))})"


# --- PyTorch ---------------------------------------------------------------------------------------------


def pytorch_figures() -> dict[str, Outcome]:
    import torch  # only where the figures are taken

    functions = {
        "dot": lambda w, x: w * x,
        "logsumexp": lambda *terms: torch.logsumexp(torch.stack(terms), 0),
        "norm": lambda *terms: torch.linalg.vector_norm(torch.stack(terms)),
        "minimum": torch.minimum,
        "maximum": torch.maximum,
        "clip": torch.clamp,
        "select": lambda condition, yes, no: torch.where(condition != 0, yes, no),
        "floor_divide": lambda a, b: torch.div(a, b, rounding_mode="floor"),
    }
    figures: dict[str, Outcome] = {}
    for row in rows():
        name = PYTORCH_NAMES.get(row.name, row.name)
        function = functions.get(row.name) or getattr(torch, name, None) or getattr(torch.nn.functional, name)
        for operands in cases(row):
            xs = [torch.tensor(operand, dtype=torch.float64, requires_grad=True) for operand in operands]
            y = function(*xs)
            y.backward()
            # By a condition PyTorch has no derivative.
            figures[key(row, operands)] = [y.item(), *(0.0 if x.grad is None else x.grad.item() for x in xs)]
    return figures


def same(a: float, b: float) -> bool:
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    if math.isinf(a) or math.isinf(b):
        return a == b
    return a == b or abs(a - b) <= 1e-12 * max(abs(a), abs(b)) + 1e-15


REASONS = {
    "ValueError": "outside the domain: raised as Python's `math` does; a nan would spread unseen",
    "ZeroDivisionError": "division by 0: raised as Python does; an inf would spread unseen",
    "OverflowError": "too large for a float: raised as Python's `math` does; an inf would spread unseen",
    "minimum": "a nan among the operands is like a tie: ½ each, so that the shares add up to 1",
    "maximum": "a nan among the operands is like a tie: ½ each, so that the shares add up to 1",
    "relu": "the value stays nan; the derivative is 1 where x > 0, which does not hold for nan, and else 0",
    "elu": "the derivative of nan is that of the branch that nan takes, eˣ",
    "gelu": "the limit of x Φ(x) is 0, not −inf · 0 (the derivative is left as nan, as in PyTorch)",
    "silu": "the limits of x σ(x) and of its derivative are 0, not −inf · 0",
    "hypot": "0 at the length 0, as PyTorch has it for the norm of a vector",
    "norm": "the length also where its squares overflow or vanish; inf if an entry is",
    "atan2": "the derivative also where the squares vanish; 0 at the length 0",
    "clip": "where both bounds are equal, the lower one has the derivative of what lies below",
    "sign": "the value stays nan, as in NumPy",
    "power": "the exponent's derivative is y log x1, with the logarithm of a base that is not > 0 taken as 0",
}


def reason(row: Operation, mine: Outcome) -> str:
    """Why PyTorch's figure is not ours; KeyError for a difference that nobody decided on."""
    return REASONS[mine if isinstance(mine, str) else row.name]


def differences() -> Iterator[tuple[str, Outcome, Outcome, str]]:
    figures = json.loads((HERE / "edge_table_pytorch.json").read_text())
    for row in rows():
        for operands in cases(row):
            mine = ours(row, operands)
            theirs = figures.get(key(row, operands))
            if theirs is None:
                continue
            if isinstance(mine, str) or not all(map(same, mine, theirs)):
                yield key(row, operands), mine, theirs, reason(row, mine)


# --- the document ----------------------------------------------------------------------------------------


def shown(number: float) -> str:
    return f"{number:.6g}".replace("-", "−").replace("e+", "e")


def cell(outcome: Outcome) -> str:
    if isinstance(outcome, str):
        return outcome
    return f"{shown(outcome[0])}; {', '.join(map(shown, outcome[1:]))}"


def table(header: list[str], lines: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(line) + " |" for line in [header, ["---"] * len(header), *lines])


def document() -> str:
    unary = [row for row in rows() if count_shown(row) == 1]
    binary, ternary = ([row for row in rows() if count_shown(row) == count] for count in (2, 3))
    values = UNARY_CLASSES.values()
    parts = [
        INTRODUCTION,
        "## One operand",
        table(["x", *UNARY_CLASSES], [[row.name, *[cell(ours(row, (x,))) for x in values]] for row in unary]),
    ]
    for row in binary:
        lines = [
            [name, *[cell(ours(row, (x1, x2))) for x2 in BINARY_CLASSES.values()]]
            for name, x1 in BINARY_CLASSES.items()
        ]
        parts += [f"## {row.name}", table(["x1 \\ x2", *BINARY_CLASSES], lines)]
    for row in ternary:
        lines = [
            [f"{second}; {third}", *[cell(ours(row, (x1, x2, x3))) for x1 in TERNARY_CLASSES.values()]]
            for (second, x2), (third, x3) in itertools.product(TERNARY_CLASSES.items(), repeat=2)
        ]
        parts += [f"## {row.name}", table(["x2; x3 \\ x1", *TERNARY_CLASSES], lines)]
    found = [[name, cell(mine), cell(theirs), why] for name, mine, theirs, why in differences()]
    parts += ["## Where PyTorch 2.13.0 decides otherwise", table(["", "minigrad", "PyTorch", "why"], found)]
    return "\n\n".join(parts)


INTRODUCTION = """# Every operation at every class of operand

Written by `tests/edge_table.py` and held against the engine by a test. A cell is the value, then the local
derivative by each operand, or the error that is raised. `leaky_relu` and `elu` have their default parameter,
`total`, `dot`, `norm` and `logsumexp` two operands. `select` is `where(x1, x2, x3)`, `remainder` is
`x1 % x2`, `floor_divide` is `x1 // x2`, and `rint` is `round(x)`.

Decisions: +, −, × overflow to inf as Python's floats do, while functions and ÷ raise as Python's `math` does.
Derivatives never raise: unbounded ones are inf. The derivative is 0 at the kink of relu and of |x|; a tie of
minimum and maximum is shared, ½ each; clip gives x the derivative 1 at both bounds. Steps (sign, floor, ceil,
trunc, rint, //) have the derivative 0, at their jumps too, and so have hypot, norm and atan2 at the length 0.
0 ^ 0 is 1, with derivatives 0; a negative base takes an integer exponent only, is never complex, and its
derivative by the exponent is nan. The 0 of an operand that is not selected (of relu where x ≤ 0, of the
larger operand of a minimum), and that of a step, passes nothing on: times inf and times nan it is 0, as in
PyTorch. Any other 0, such as that of |x| at 0 or of x · x, times inf is nan.

Derivatives keep 12 digits wherever the operands have them (`tests/test_precision.py`), but for three rows:
y (1 − y) of sigmoid and 1 − y² of tanh, as in the documents and in PyTorch, are right to 1e-16, not to
1e-16 of themselves, and lose all digits towards x = 37 and |x| = 19; e^(x − y) of logsumexp has the rounding
of y in its exponent."""


def written(figures: dict[str, Outcome]) -> str:
    """As JSON, a line for each case."""
    return "{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in figures.items()) + "\n}"


if __name__ == "__main__":
    print(written(pytorch_figures()) if "--pytorch" in sys.argv else document())
