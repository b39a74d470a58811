"""What users write is well typed, to mypy and to pyright, both at their strictest."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
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

WRONG = """
from nn import MLP, fit, squared_error

model = MLP(1, [1])
fit(model, [[1.0]], [1.0], loss="squared_error")
model([1.0]).gradient
squared_error("1", 2.0)
"""


def mypy(root, program) -> list[str]:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary"]
    settings = ["--config-file", str(root / "pyproject.toml"), "--cache-dir", str(program.parent / "cache")]
    done = subprocess.run([*command, *settings, str(program)], cwd=root, capture_output=True, text=True)
    assert not done.stderr
    return [line for line in done.stdout.splitlines() if ": error:" in line]


def pyright(root, program) -> list[str]:
    pytest.importorskip("pyright")
    project = {"typeCheckingMode": "strict", "extraPaths": [str(root)], "include": [program.name]}
    (program.parent / "pyrightconfig.json").write_text(json.dumps(project), encoding="utf-8")
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run(command, cwd=program.parent, capture_output=True, text=True, encoding="utf-8")
    return [told["message"] for told in json.loads(done.stdout)["generalDiagnostics"]]


@pytest.mark.parametrize("checker", [mypy, pyright])
@pytest.mark.parametrize("what", ["readme", "own"])
def test_what_users_write_is_well_typed(what, checker, root, tmp_path):
    readme = (root / "README.md").read_text(encoding="utf-8")
    program = tmp_path / "program.py"
    blocks = [block for block, _ in BLOCK.findall(readme) if "scalar_gpt" not in block]  # an example's
    text = OWN if what == "own" else "".join(blocks)
    program.write_text(text, encoding="utf-8")
    assert checker(root, program) == []


def test_the_typed_program_runs():
    exec(OWN, {"__name__": "typed"})


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_what_cannot_be_is_told_by_its_type(checker, root, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(WRONG, encoding="utf-8")
    assert len(checker(root, program)) >= 3
