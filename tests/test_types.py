"""What users write is well typed, to mypy and to pyright, both at their strictest."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from test_readme import BLOCK

OWN = """
from collections.abc import Sequence

import numpy as np

from minigrad import Value, total
from nn import MLP, Loss, equations, fit, loss, mean_cost, squared_error, trace, trace_batch


def hinge(output: Value, target: float) -> Value:
    return (1 - output * target).relu()


def distances(outputs: list[Value], targets: Sequence[float]) -> Value:
    return total([abs(a - y) for a, y in zip(outputs, targets)])


@loss(gradient=lambda a, y: np.sign(a - y))
def absolute_error(outputs: Sequence[Value], targets: Sequence[float]) -> Value:
    return total([abs(a - y) for a, y in zip(outputs, targets)])


model, three = MLP(4, [2, 2, 1], activation="sigmoid", seed=0), MLP(4, [3])
x = [0.1, 0.2, 0.3, 0.4]


def cost_of(x: list[float], y: float) -> Value:
    return (model(x) - y) ** 2


output: Value = model(x)
outputs: list[Value] = three(x)
first: Value = three(x)[0]
numbers: list[float] = [a.data for a in three(x)]
squared_error(model(x), 1.0).backward()
squared_error(three(x), [1.0, 2.0, 3.0]).backward()
t = trace(model, x, y=1.0, loss=hinge)
trace_batch(model, [x], [1.0], loss=hinge)
trace(three, x, y=[1.0, 2.0, 3.0], loss=distances)
fit(model, [x], [1.0], loss=hinge, epochs=1)
fit(model, [x], [1.0], loss=absolute_error, epochs=1)
fit(model, [x], [1.0], loss=lambda a, y: (a - y) ** 4, epochs=1)
mean_cost(model, [x], [1.0], hinge)
rows: list[Loss] = [absolute_error, squared_error]
t.backward()
equations.report(t)
given = MLP(2, [2, 1], weights=[[[1, 2], [3, 4]], None], biases=[0.5, None])
given.layers[0].W = [[0.5, 1], [2, 3]]
given.layers[0].W = given.layers[0].W - 0.1
given.layers[0].b = 0.5
given.layers[0].neurons[0].w = [0.5, 1]
given.layers[0].neurons[0].w[0] = 2.0
given.layers[0].neurons[0].b = 0.5
weight: Value = given.layers[0].neurons[0].w[0]
"""

ENGINE = """
from minigrad import Value, detect_anomaly, dot, grad, hessian, no_grad, sigmoid, total

def loss(w: list[Value], x: list[float], y: float) -> Value:
    z = dot(w, x, 0.5)
    a: Value = sigmoid(z)
    error = 2 * (a - y) ** 2 / 3 + abs(-a) - z.tanh() + 1.0
    return total([error, 1.0]) + sum([error, a])

w = [Value(0.1, label="w1"), Value(-0.2)]
cost = loss(w, [1.0, 2.0], 1.0)
cost.backward()
steps: list[float] = [0.1 * v.grad for v in w]
for v, step in zip(w, steps):
    v.data -= step
with no_grad(), detect_anomaly():
    number: float = float(loss(w, [1.0, 2.0], 1.0))
plain: float = sigmoid(0.0)
slopes: list[Value] = grad(cost, w, create_graph=True)
matrix: list[list[float]] = hessian(cost, w)
smaller: bool = w[0] < 3 and w[0] <= w[1]
"""

KINDS = """
from minigrad import Value, exp, tanh
from minigrad.number import Number
from minigrad.symbols.formulas import Formula, symbol

value: Number = Value(1.0)
formula: Number = symbol("x")
recorded: Value = tanh(Value(1.0))
several: list[Value] = [exp(w) for w in [Value(1.0)]]
plain: float = tanh(1.0)
read: Formula = tanh(symbol("x"))
"""

WRONG = """
from nn import MLP, fit, squared_error

model = MLP(1, [1])
fit(model, [[1.0]], [1.0], loss="squared_error")
model([1.0]).gradient
squared_error("1", 2.0)
"""


def mypy(folder) -> list[tuple[str, str]]:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", *sorted(PROGRAMS)]
    settings = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache")]
    environment = {**os.environ, "MYPYPATH": str(ROOT)}
    done = subprocess.run([*command, *settings], cwd=folder, env=environment, capture_output=True, text=True)
    assert not done.stderr
    return re.findall(r"^(?:.*/)?(\w+)\.py:\d+: error: (.*)", done.stdout, re.MULTILINE)


def pyright(folder) -> list[tuple[str, str]]:
    pytest.importorskip("pyright")
    project = {"typeCheckingMode": "strict", "extraPaths": [str(ROOT)], "include": sorted(PROGRAMS)}
    (folder / "pyrightconfig.json").write_text(json.dumps(project), encoding="utf-8")
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8")
    found = json.loads(done.stdout)["generalDiagnostics"]
    return [(Path(error["file"]).stem, error["message"]) for error in found]


def readme_programs() -> str:
    blocks = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    return "".join(block for block, _ in blocks if "scalar_gpt" not in block)  # an example's


PROGRAMS = {
    "readme.py": readme_programs(), "own.py": OWN, "engine.py": ENGINE, "kinds.py": KINDS, "wrong.py": WRONG
}  # fmt: skip


@pytest.fixture(scope="module", params=[mypy, pyright])
def told(request, tmp_path_factory) -> list[tuple[str, str]]:
    """The errors that a type checker finds in the programs: (program, message)."""
    folder = tmp_path_factory.mktemp("programs")
    for name, text in PROGRAMS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return request.param(folder)


def test_what_users_write_is_well_typed(told):
    assert [error for error in told if error[0] != "wrong"] == []


def test_what_cannot_be_is_told_by_its_type(told):
    assert sum(program == "wrong" for program, _ in told) >= 3


def test_the_typed_program_runs():
    names = {"__name__": "typed"}
    exec(OWN, names)
    assert names["numbers"] == [a.data for a in names["outputs"]]
    assert names["given"].layers[0].W.tolist() == [[2.0, 1.0], [1.9, 2.9]]
    assert names["weight"] is names["given"].parameters()[0]
