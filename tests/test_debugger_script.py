"""The debugger around a whole script: it sees the script's variables, and the script runs as under Python."""

import io
import math
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from processes import run_python

from minigrad import Value, compile, detect_anomaly, topological_order
from minigrad.debugger import AnomalyError, debug
from minigrad.debugger.programs import passes_of, scalar_graph
from nn import MLP, squared_error

LOOP = """\
from minigrad import Value, grad

def one(w, x, target):
    y = (w * x).tanh()
    y.label = "y"
    cost = (y - target) ** 2
    cost.label = "C"
    cost.backward()
    return cost

w = Value(0.5, label="w")
data = [(1.0, 0.3), (2.0, -0.4)]
for step in range(2):
    for x, target in data:
        x = Value(x, label="x")
        c = one(w, x, target)
    w.data -= 0.1 * w.grad
print("end", w.data)
"""
TRAINING = """\
from nn import MLP, fit

def main(count):
    xs = [[i / count, 1 - i / count] for i in range(count)]
    ys = [x[0] ** 2 for x in xs]
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    rate = 0.1
    history = fit(model, xs, ys, epochs=3, learning_rate=rate, engine=ENGINE)
    print([parameter.data for parameter in model.parameters()])

main(4)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def answers(folder: Path, script: str, *commands: str) -> list[str]:
    """What is answered to each command, the greeting first; what the script writes at its end is the last."""
    (folder / "script.py").write_text(script, encoding="utf-8")
    finished = run_python(folder, "-m", "minigrad.debugger", "script.py", typed="\n".join(commands) + "\n")
    assert finished.stderr == ""
    return re.split(r"^\(minigrad\) .*\n", finished.stdout, flags=re.MULTILINE)


# --- the script's variables and frames -------------------------------------------------------------------


def of_pdb(folder: Path, script: str, line: int, *commands: str) -> list[str]:
    """What Python's own debugger answers when it has stopped at a line."""
    (folder / "script.py").write_text(script, encoding="utf-8")
    typed = "\n".join([f"tbreak {line}", "continue", *commands, "quit"])
    return run_python(folder, "-m", "pdb", "script.py", typed=typed + "\n").stdout.split("(Pdb) ")[3:-1]


@pytest.mark.parametrize(
    "commands",
    [
        ["p target", "p w", "p x.data + target", "p data", "p [w.data * k for k in range(3)]", "p step"],
        ["up", "p step", "p target", "down", "down"],
        ["list", "list", "list 1", "list 2, 3", "list ."],
        ["longlist", "ll", "args", "a", "whatis w", "whatis target"],
        ["u", "l", "d", "l", "up 1", "down 5", "up x"],
        [
            "!target = 7",
            "p target",
            "up",
            "!extra = [step] * 2",
            "p extra",
            "extra.append(3)",
            "p len(extra)",
        ],
        ["p nobody", "p 1 / 0", "p 1 +", "pp {'a': list(range(40)), 'b': list(range(40))}"],
        ["target", "target + 1", "None", "42", "'text'", "up", "data[0]", "for k in range(2): print(k)"],
    ],
)
def test_what_pdb_has_a_command_for_is_answered_as_by_pdb(folder: Path, commands: list[str]) -> None:
    expected = of_pdb(folder, LOOP, 8, *commands)
    _, *answered = answers(folder, LOOP, *commands, "q")
    assert len(expected) == len(commands)
    # where an expression is wrong is said here, but not there
    assert [answer.replace(" (<string>, line 1)", "") for answer in answered[:-1]] == expected


def test_where_shows_the_frames_of_the_script_alone(folder: Path) -> None:
    shown = answers(folder, LOOP, "where", "bt", "up", "w", "q")
    ours = of_pdb(folder, LOOP, 8, "where")[0].splitlines()[-4:]  # above them are those of pdb itself
    assert shown[1].splitlines() == shown[2].splitlines() == ours
    assert [line[:1] for line in shown[4].splitlines()] == [">", "-", " ", "-"]


def test_locals_are_the_variables_without_what_was_imported_and_defined(folder: Path) -> None:
    inner, outer = (answers(folder, LOOP, *commands, "locals", "q")[-2] for commands in ([], ["up"]))
    names = [line.partition(" = ")[0] for line in inner.splitlines()]
    assert names == ["cost", "target", "w", "x", "y"]
    assert [line.partition(" = ")[0] for line in outer.splitlines()] == ["data", "step", "target", "w", "x"]
    long = answers(folder, f"numbers = list(range(500))\n{LOOP}", "up", "locals", "q")[2]
    assert max(map(len, long.splitlines())) == 100


def test_a_variable_and_a_name_of_the_pass_are_told_apart(folder: Path) -> None:
    shown = answers(folder, LOOP, "s 2", "p step", 'p graph["step"].number', "b step.number > 2", "c", "q")
    assert shown[2] == "0\n   that is the script's; the pass's step is graph['step']\n"
    assert shown[3] == "2\n"
    assert "breakpoint 1, step.number > 2" in shown[5]
    assert shown[5].splitlines()[-1].startswith("-> step 4")


def test_a_condition_may_use_the_script_s_variables(folder: Path) -> None:
    shown = answers(folder, LOOP, "b abs(contribution) < target", "c", "p abs(contribution) < target", "q")
    assert "breakpoint 1" in shown[2]
    assert shown[3] == "True\n"


def test_what_is_assigned_in_a_function_is_what_the_script_goes_on_with(folder: Path) -> None:
    script = (
        "from minigrad import Value\ndef f(rate):\n    x = Value(2.0)\n    (x * x).backward()\n"
        "    return rate\nprint('rate', f(0.1))\n"
    )
    assert answers(folder, script, "rate = 0.5", "q")[-1] == "rate 0.5\n"
    assert answers(folder, script, "c = 5", "p c", "q")[2:] == ["5\n", "rate 0.1\n"]  # c is also continue


def test_debug_in_a_function_sees_its_variables(tmp_path: Path) -> None:
    def inner(secret: int) -> str:
        x = Value(3.0, label="x")
        output = io.StringIO()
        debug(x * x, ["p secret", "secret * 2", "up", "p here", "q"], stdin=io.StringIO(), stdout=output)
        return output.getvalue()

    here = 41
    text = inner(20)
    assert "(minigrad) p secret\n20\n" in text
    assert "\n40\n" in text
    assert f"(minigrad) p here\n{here}\n" in text


def test_frames_are_let_go_when_the_pass_is_left(folder: Path) -> None:
    script = (
        "import gc, weakref\nfrom minigrad import Value\nclass Big: pass\n"
        "def f():\n    big = Big()\n    (Value(1.0) * 2.0).backward()\n    return weakref.ref(big)\n"
        "reference = f()\ngc.collect()\nprint(reference())\n"
    )
    assert answers(folder, script, "p big", "locals", "up", "q")[-1] == "None\n"


# --- pages, and passes of our own, under the debugger -----------------------------------------------------

PAGE = """\
import viz
from nn import MLP, trace
t = trace(MLP(2, [2, 1], activation="tanh", seed=0), [1.0, 2.0], y=0.5)
viz.steps(t.cost).save("steps.html")
t.cost.backward()
viz.steps(t.cost).save("after.html")
"""


def test_a_script_that_draws_pages_draws_the_same_ones_under_the_debugger(folder: Path) -> None:
    (folder / "script.py").write_text(PAGE)
    assert run_python(folder, "script.py").stderr == ""
    expected = [(folder / name).read_text("utf-8") for name in ("steps.html", "after.html")]
    for name in ("steps.html", "after.html"):
        (folder / name).unlink()
    finished = run_python(folder, "-m", "minigrad.debugger", "-c", "view own.html", "script.py", typed="q\n")
    assert (finished.stderr, finished.returncode) == ("", 0)
    assert [(folder / name).read_text("utf-8") for name in ("steps.html", "after.html")] == expected
    assert (folder / "own.html").read_text("utf-8") == expected[0]


def test_view_needs_no_import_in_the_script(folder: Path) -> None:
    shown = answers(folder, LOOP, "view page.html", "help view", "q")
    assert "page.html#step=0" in shown[1]
    assert shown[2].startswith("view [FILE]")
    assert "Content-Security-Policy" in (folder / "page.html").read_text("utf-8")


def test_a_package_that_cannot_be_imported_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "viz.py").write_text("raise ImportError('not this one')\n")
    shown = answers(folder, LOOP, "view", "p 1", "q")
    assert shown[1] == "*** 'view' comes with viz, which cannot be imported: not this one\n"
    assert shown[2] == "1\n"


OWN_LOSS = """\
from nn import MLP, trace
m = MLP(2, [2, 1], activation=lambda z: z.tanh() * 1.5, seed=0)
w = m.parameters()[0]
t = trace(m, [1.0, 2.0], y=0.5, loss=lambda a, y: (a - y) ** 4 + 0.1 * w ** 2)
t.cost.backward()
print([parameter.grad for parameter in m.parameters()])
"""


def test_what_is_asked_for_at_the_prompt_neither_opens_another_nor_changes_a_gradient(folder: Path) -> None:
    (folder / "plain.py").write_text(OWN_LOSS)
    expected = run_python(folder, "plain.py").stdout
    asked = ["p t.cost_gradient()", "x = __import__('minigrad').Value(3.0)", "(x * x).backward()", "p x.grad"]
    shown = answers(folder, OWN_LOSS, "s 3", *asked, "c", "q")
    assert "Backward pass" not in "".join(shown[1:])
    assert shown[5] == "6.0\n"
    assert shown[-1] == expected


def test_a_prompt_may_be_opened_from_a_prompt(folder: Path) -> None:
    script = (
        "import minigrad\nfrom minigrad import Value\nx = Value(3.0, 'x')\n(x * x).backward()\n"
        "minigrad.debug(x * x * x)\nprint(x.grad)\n"
    )
    inner = ["minigrad.debug(Value(2.0, 'y') * 5)", "p root.data", "c", "q", "p root.data", "q"]
    shown = answers(folder, script, *inner, "(x * 1).backward()", "p root.data", "q")
    assert (shown[2], shown[5]) == ("10.0\n", "9.0\n")
    assert "Backward pass" not in shown[7]  # the pass that is typed at the script's own debug
    assert shown[8] == "27.0\n"
    assert "Backward pass from (… × x) = 27" in shown[6]


def test_debug_is_watched_as_backward_is() -> None:
    with pytest.raises(AnomalyError), detect_anomaly():
        debug(Value(0.0).sqrt() * 1.0, ["q"], stdin=io.StringIO(), stdout=io.StringIO())


# --- programs and fit ------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["None", "'compiled'", "'scalar'"])
def test_fit_is_stopped_in_and_learns_what_it_would_have_learned(folder: Path, engine: str) -> None:
    script = TRAINING.replace("ENGINE", engine)
    (folder / "plain.py").write_text(script)
    shown = answers(folder, script, "p rate", "until a1_2", "delta 1", "c", "check", "c", "q")
    assert "9 nodes, 29 steps, in fit at script.py:8" in shown[0]
    assert ("on a copy" in shown[0]) == (engine != "'scalar'")
    assert shown[1] == "0.1\n"
    assert "node 6 of 9: a1_2 passes" in shown[2]
    assert shown[5].count("exact") == 6
    assert "Backward pass from" in shown[6]
    assert shown[-1] == run_python(folder, "plain.py").stdout


def test_a_pass_of_fit_that_is_aborted_ends_the_script_and_the_model_is_as_before(folder: Path) -> None:
    script = (
        "from nn import MLP, fit\nmodel = MLP(1, [1], initial=[[[2.0]]])\n"
        "try:\n    fit(model, [[1.0]], [0.0], epochs=5, patience=None)\n"
        "finally:\n    print([parameter.data for parameter in model.parameters()])\n"
    )
    (folder / "script.py").write_text(script)
    found = run_python(folder, "-m", "minigrad.debugger", "script.py", typed="c\nc\nc\nc\nabort\n")
    assert found.stdout.endswith("[2.0, 0.0]\n")
    assert found.stderr == "the pass was aborted, and the script with it\n"
    assert found.returncode == 1


def test_a_breakpoint_is_reached_in_a_later_example_of_a_batch(folder: Path) -> None:
    shown = answers(folder, TRAINING.replace("ENGINE", "None"), "b root.data < 0.1", "c", "c", "c", "q")
    assert "the pass is complete" in shown[2]
    assert "breakpoint 1, root.data < 0.1" in shown[3]
    assert "example 4 of 4" in shown[3]


def test_the_passes_of_the_examples_add_up_to_the_gradient_of_the_program() -> None:
    model = MLP(3, [4, 2], activation="sigmoid", seed=1)
    inputs, targets = model.inputs([0.1, 0.2, 0.3]), [Value(0.0, label="y1"), Value(1.0, label="y2")]
    cost = squared_error(model(inputs), targets)
    program = compile(cost, inputs=[*inputs, *targets], parameters=model.parameters())
    program.parameters.vector[...] += 0.25  # of which the Values know nothing
    batch = np.random.default_rng(0).normal(size=(5, 5))
    expected_cost, expected = program.gradient(batch)
    costs, gradients = [], []
    for _, root in passes_of(program, batch):
        root.backward()
        costs.append(root.data)
        by_label = {str(node.label): node.grad for node in topological_order(root) if node.label}
        gradients.append([by_label[str(value.label)] for value in program.parameters.values])
    np.testing.assert_allclose(np.mean(costs), expected_cost, rtol=1e-13)
    np.testing.assert_allclose(np.mean(gradients, axis=0), expected, rtol=1e-11, atol=1e-15)
    assert [parameter.grad for parameter in model.parameters()] == [0.0] * len(model.parameters())
    assert cost.data == squared_error(model(inputs), targets).data


def test_an_example_outside_a_domain_is_left_to_the_program() -> None:
    w, x = Value(2.0, label="w"), Value(1.0, label="x")
    program = compile((w * x).log(), inputs=[x])
    texts = [text for text, _ in passes_of(program, np.array([[1.0], [-1.0], [3.0]]))]
    assert [re.findall(r"example (\d) of 3", text) for text in texts] == [["1"], ["3"]]
    assert math.isclose(scalar_graph(program, [4.0]).data, math.log(8.0))


@pytest.mark.parametrize("call", ["program.gradient([[1.0], [2.0]])", "program.backward([[1.0], [2.0]])"])
def test_the_gradient_of_a_program_is_stopped_at(folder: Path, call: str) -> None:
    script = (
        "import minigrad\nw, x = minigrad.Value(2.0, 'w'), minigrad.Value(0.0, 'x')\n"
        f"program = minigrad.compile((w * x - 1) ** 2, inputs=[x])\nprint({call})\n"
    )
    (folder / "plain.py").write_text(script)
    shown = answers(folder, script, "p w.data", "c", "p graph['w'].grad", "c", "q")
    assert "example 1 of 2, on a copy:\nBackward pass from C = 1: 3 nodes" in shown[0]
    assert shown[1] == "2.0\n"
    assert shown[3] == "2.0\n   that is the script's; the pass's w is graph['w']\n" or shown[3] == "2.0\n"
    assert "example 2 of 2" in shown[4]
    assert shown[-1] == run_python(folder, "plain.py").stdout


def test_a_script_without_a_pass_is_told_where_there_would_have_been_one(folder: Path) -> None:
    for end in ("", "raise SystemExit(0)\n"):
        shown = answers(folder, f"from minigrad import Value, grad\ngrad(Value(1.0), [])\n{end}")
        assert "has made no backward pass" in shown[0]
        assert "fit" in shown[0]


# --- as under Python -------------------------------------------------------------------------------------

ENDS = {
    "raised": """\
def f(x):
    return 1 / x
try:
    f(0)
except ZeroDivisionError as error:
    raise ValueError(3) from error
""",
    "in the engine": "from minigrad import Value\n(Value(1.0, 'x') - 5).log()\n",
    "after a pass": "from minigrad import Value\nx = Value(1.0)\n(x * x).backward()\nx.nothing\n",
    "exit": "import sys\nsys.exit(3)\n",
    "exit with a text": "raise SystemExit('that was it')\n",
    "syntax": "x = = 1\n",
    "interrupted": "raise KeyboardInterrupt\n",
    "group": "raise ExceptionGroup('both', [ValueError(1), TypeError(2)])\n",
    "own hook": """\
import sys
sys.excepthook = lambda kind, error, traceback: print('hooked', kind, traceback.tb_lineno)
1 / 0
""",
    "main": """\
import __main__, sys, pickle
class A: pass
assert __main__.A is A
pickle.loads(pickle.dumps(A()))
print(__name__, __file__, __spec__, __package__, sys.argv, sys.path[0], __builtins__)
""",
    "at exit": "import atexit, __main__\nx = 5\natexit.register(lambda: print(__main__.x))\n",
    "annotations": "def f(x: nowhere): pass\n",  # evaluated, as it would not be in a file of ours
}


def without_the_prompt(text: str) -> str:
    """Without what the debugger itself says."""
    return "".join(
        line
        for line in text.splitlines(keepends=True)
        if not line.startswith(("The script has made", "and at the gradient", "Backward pass", "->", "(min"))
    ).lstrip("\n")


@pytest.mark.parametrize("end", ENDS)
def test_a_script_ends_as_it_would_without_the_debugger(folder: Path, end: str) -> None:
    (folder / "script.py").write_text(ENDS[end])
    expected = run_python(folder, "script.py", "a", "-c", "--b")
    found = run_python(folder, "-m", "minigrad.debugger", "script.py", "a", "-c", "--b")
    assert found.returncode == expected.returncode
    assert found.stderr == expected.stderr
    assert without_the_prompt(found.stdout) == expected.stdout
    if end == "interrupted":
        assert found.returncode == -signal.SIGINT


def test_a_module_is_run_as_python_runs_it(folder: Path) -> None:
    (folder / "package").mkdir()
    says = "import sys\nprint(__name__, __file__, __spec__.name, __package__, sys.argv, sys.path[0])\n"
    (folder / "package" / "__init__.py").write_text("")
    (folder / "package" / "__main__.py").write_text(f"from . import inner\n{says}")
    (folder / "package" / "inner.py").write_text(f"{says}from minigrad import Value\n")
    for module in ("package", "package.inner"):
        expected = run_python(folder, "-m", module, "a", "-x", "b")
        found = run_python(folder, "-m", "minigrad.debugger", "-m", module, "a", "-x", "b")
        assert (found.stderr, found.returncode) == ("", 0)
        assert without_the_prompt(found.stdout) == expected.stdout
    (folder / "script.py").write_text(LOOP)
    found = run_python(
        folder, "-m", "minigrad.debugger", "-c", "p target", "-m", "script", typed="where\nq\n"
    )
    assert "(minigrad) p target\n0.3\n" in found.stdout
    assert "runpy" not in found.stdout
    missing = run_python(folder, "-m", "minigrad.debugger", "-m", "package.nowhere")
    assert "there is no module 'package.nowhere'" in missing.stderr
    assert missing.returncode == 2


def test_pdb_can_be_opened_where_the_script_fails(folder: Path) -> None:
    (folder / "script.py").write_text("def f(secret):\n    return 1 / 0\nf(42)\n")
    found = run_python(folder, "-m", "minigrad.debugger", "--pdb", "script.py", typed="p secret\nup\nq\n")
    assert "(Pdb) 42" in found.stdout
    assert "<module>()" in found.stdout
    assert found.stderr == run_python(folder, "script.py").stderr
    assert found.returncode == 1


def test_the_prompt_works_in_the_post_mortem_of_pdb(folder: Path) -> None:
    (folder / "script.py").write_text(
        "from minigrad import Value\ndef f(x):\n    cost = x * x\n    1 / 0\nf(Value(3.0, 'x'))\n"
    )
    typed = "c\nimport minigrad; minigrad.debug(cost, ['p x.data', 'c', 'p x.grad', 'q'])\np x.grad\nq\nq\n"
    found = run_python(folder, "-m", "pdb", "script.py", typed=typed).stdout
    assert "(minigrad) p x.data\n3.0\n" in found
    assert "(Pdb) 6.0" in found


def test_threads_come_to_the_prompt_one_at_a_time(folder: Path) -> None:
    script = (
        "import atexit, threading\nfrom minigrad import Value\nfound = []\n"
        "def work(k):\n    x = Value(float(k), f'x{k}')\n    (x * x).backward()\n    found.append(x.grad)\n"
        "for k in range(3):\n    threading.Thread(target=work, args=(k,)).start()\n"
        "atexit.register(lambda: print(sorted(found)))\n"
    )
    shown = answers(folder, script, *["p k", "p root.data == k * k", "c", "c"] * 3)
    assert sorted(shown[1::4]) == ["0\n", "1\n", "2\n"]
    assert shown[2::4] == ["True\n"] * 3
    assert shown[-1] == "[0.0, 2.0, 4.0]\n"


def test_processes_that_the_script_starts_run_unwatched(folder: Path) -> None:
    script = (
        "import multiprocessing\nfrom minigrad import Value\n"
        "def f(k):\n    x = Value(float(k))\n    (x * x).backward()\n    return x.grad\n"
        "if __name__ == '__main__':\n    for how in multiprocessing.get_all_start_methods():\n"
        "        with multiprocessing.get_context(how).Pool(2) as pool:\n"
        "            print(pool.map(f, range(3)))\n    f(3)\n"
    )
    shown = answers(folder, script, "p k", "q")
    lines = shown[0].splitlines()
    assert set(lines[:-2]) == {"[0.0, 2.0, 4.0]"}
    assert lines[-2].endswith("at script.py:5")
    assert shown[1] == "3\n"


def test_the_end_of_the_input_lets_the_script_go_on(folder: Path) -> None:
    (folder / "script.py").write_text(LOOP)
    expected = run_python(folder, "script.py").stdout
    for typed in ("", "step\n", "up\nlist\n"):
        found = run_python(folder, "-m", "minigrad.debugger", "script.py", typed=typed)
        assert (found.stderr, found.returncode) == ("", 0)
        assert found.stdout.endswith(f"(minigrad) \n{expected}")
    closed = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m minigrad.debugger script.py <&-"],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    assert closed.stdout.decode().endswith(expected)


def test_a_script_that_reads_its_input_shares_it_with_the_prompt(folder: Path) -> None:
    (folder / "script.py").write_text(
        "import sys\nfrom minigrad import Value\nname = input()\nx = Value(2.0)\n(x * x).backward()\n"
        "print('hello', name, sys.stdin.read())\n"
    )
    found = run_python(folder, "-m", "minigrad.debugger", "script.py", typed="Ann\np name\nq\nthe rest\n")
    assert "(minigrad) p name\n'Ann'\n" in found.stdout
    assert "hello Ann the rest\n" in found.stdout


def test_the_prompt_is_seen_where_the_script_has_redirected_its_output(folder: Path) -> None:
    script = (
        "import contextlib, io\nfrom minigrad import Value\nx = Value(2.0)\n"
        "with contextlib.redirect_stdout(io.StringIO()) as out:\n    print('kept')\n    (x * x).backward()\n"
        "print('got', out.getvalue())\n"
    )
    shown = answers(folder, script, "p 6 * 7", "q")
    assert shown[1] == "42\n"
    assert shown[-1] == "got kept\n\n"
