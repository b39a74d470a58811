"""The debugger in a real terminal: typing, Ctrl-C, Ctrl-D, and a whole lesson on document 001's network."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
if sys.platform == "win32":
    pytest.skip("pexpect's terminals are those of Unix", allow_module_level=True)
import pexpect  # noqa: E402  # there is none on Windows

# Of a process with threads, as the tests' own is under pytest-xdist. The child is another program at once.
pytestmark = pytest.mark.filterwarnings(r"ignore:This process \(pid=\d+\) is multi-threaded")

LESSON = """
from nn import MLP, trace

model = MLP(4, [2, 2, 1], activation="sigmoid", bias=[True, True, False], seed=0)
t = trace(model, [-0.3973, -0.5195, 0.2362, -0.1798], y=-1.0)
t.cost.backward()
assert len(t.delta(2)) == 2
print("the script goes on")
"""
TRAINING = """
import sys
from minigrad import Value

w = Value(float(sys.argv[1]), label="w")
for epoch in range(1, 6):
    w.grad = 0.0
    cost = (w * 3.0 - 6.0) ** 2 * 1e300
    cost.label = f"C{epoch}"
    cost.backward()
    w.data -= 0.6e-300 * w.grad
    print("epoch", epoch)
"""
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(ROOT),
    "PYTHONIOENCODING": "utf-8",
    "TERM": "dumb",
    "NO_COLOR": "1",
}
PROMPT = r"\(minigrad\) "


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lesson.py").write_text(LESSON)
    (tmp_path / "training.py").write_text(TRAINING)
    return tmp_path


class Terminal:
    """A debugger in a pseudo-terminal."""

    def __init__(self, folder: Path, *arguments: str, terminal: str = "dumb") -> None:
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "minigrad.debugger", *arguments],
            cwd=str(folder),
            env={**ENVIRONMENT, "TERM": terminal},
            encoding="utf-8",
            timeout=120,  # a machine that has much else to do
            dimensions=(50, 150),
        )

    def answer(self) -> str:
        """What is written up to the next prompt."""
        self.child.expect(PROMPT)
        return self.child.before.replace("\r\n", "\n")

    def type(self, line: str) -> str:
        self.child.sendline(line)
        return self.answer().partition("\n")[2]

    def rest(self) -> str:
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.before.replace("\r\n", "\n")


@pytest.fixture
def lesson(folder: Path) -> Iterator[Terminal]:
    terminal = Terminal(folder, "lesson.py")
    yield terminal
    terminal.child.close(force=True)


def test_a_whole_lesson(lesson: Terminal) -> None:
    assert re.search(r"Backward pass from C = \S+: 11 nodes, 40 steps", lesson.answer())
    assert "breakpoint 1: layer:2" in lesson.type("break layer:2")
    assert re.search(r"a2_1 passes \S+ on to z2_1", lesson.type("continue"))
    assert "σ′(z2_1)" in lesson.type("step")
    assert lesson.type("way").splitlines()[-1].split()[0] == "z2_1"
    known, unknown = lesson.type("delta 2").splitlines()[1:]
    assert (known[-1].isdigit(), unknown[-1]) == (True, "?")
    assert "taken back: step 9" in lesson.type("rstep")
    assert lesson.type("delta 2").splitlines()[1].endswith("?")
    assert "-> step 21 of 40" in lesson.type("return layer")
    assert "the pass is complete" in lesson.type("continue")
    checked = lesson.type("check")
    assert "38 of 38" in checked
    assert checked.count("exact") == 8
    lesson.child.sendline("quit")
    assert "the script goes on" in lesson.rest()
    assert lesson.child.exitstatus == 0


def test_the_same_lesson_through_a_pipe_reads_as_a_session(folder: Path) -> None:
    lines = ["break layer:2", "continue", "step", "way", "delta 2", "rstep", "continue", "check", "quit"]
    finished = subprocess.run(
        [sys.executable, "-m", "minigrad.debugger", "lesson.py"],
        input="\n".join(lines) + "\n",
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    assert re.findall(r"^\(minigrad\) (.*)$", finished.stdout, re.MULTILINE) == lines
    assert "\033" not in finished.stdout
    assert finished.stdout.endswith("the script goes on\n")
    assert finished.stderr == ""


def test_control_c_at_the_prompt_throws_the_line_away(lesson: Terminal) -> None:
    lesson.answer()
    lesson.child.send("step 3")
    lesson.child.expect("step 3")
    time.sleep(0.5)  # on a busy machine readline may still be at it
    for _ in range(20):  # readline does not notice a signal while it echoes
        lesson.child.sendintr()
        if lesson.child.expect(["--KeyboardInterrupt--", pexpect.TIMEOUT], timeout=3) == 0:
            break
    lesson.child.sendline("print 6 * 7")
    lesson.child.expect("\n42\r\n")  # whatever else was written before is behind us
    lesson.answer()
    assert "1  C →" in lesson.type("step")


def test_control_c_stops_a_walk_between_two_steps(folder: Path) -> None:
    (folder / "long.py").write_text(
        "from minigrad import Value\nx = Value(1.0, label='x')\ny = x\n"
        "for _ in range(200_000):\n    y = y * 1.0\ny.backward()\nprint('grad', x.grad)\n"
    )
    terminal = Terminal(folder, "long.py")
    terminal.answer()
    # a test after each step, so that the walk lasts; it says when it is under way
    terminal.type("break before > 1e9 or number == 99 and print('under', 'way')")
    terminal.child.sendline("continue")
    terminal.child.expect("under way")
    terminal.child.sendintr()
    answer = terminal.answer()
    assert "--KeyboardInterrupt--" in answer
    assert "-> step" in answer
    assert "taken back" in terminal.type("rs")
    terminal.child.sendline("quit")
    assert "grad 1.0" in terminal.rest()


def test_control_d_finishes_the_pass_and_the_script_goes_on(lesson: Terminal) -> None:
    lesson.answer()
    lesson.child.sendeof()
    assert "the script goes on" in lesson.rest()


def test_the_arrow_key_brings_back_a_line(folder: Path) -> None:
    terminal = Terminal(folder, "lesson.py", terminal="xterm")
    terminal.answer()
    terminal.type("step 2")
    terminal.child.send("\x1b[A\r")
    assert "-> step 5 of 40" in terminal.answer()
    terminal.child.close(force=True)


def test_the_tab_key_completes_a_name(lesson: Terminal) -> None:
    lesson.answer()
    lesson.child.send("until delta2_\t")
    lesson.child.send("2\r")
    assert "node 7 of 11: z2_2 passes" in lesson.answer()


def test_the_script_is_looked_at_as_in_pdb(folder: Path) -> None:
    (folder / "function.py").write_text(
        "from minigrad import Value\ndef square(secret_number):\n    x = Value(secret_number, 'x')\n"
        "    (x * x).backward()\n    print('rate', rate, 'gradient', x.grad)\nrate = 0.5\nsquare(3.0)\n"
    )
    terminal = Terminal(folder, "function.py")
    assert "2 steps, at function.py:4" in terminal.answer()
    terminal.child.send("p secret_n\t\r")  # the Tab key completes variables of the script
    assert terminal.answer().endswith("\n3.0\n")
    assert terminal.type("up").splitlines()[1] == "-> square(3.0)"
    assert "7  ->\tsquare(3.0)" in terminal.type("list").expandtabs(0).replace("->", "->\t")
    assert terminal.type("rate = 0.25") == ""
    assert terminal.type("p rate, x").startswith("(0.25, Value(3")
    terminal.child.sendline("exit()")
    assert "rate 0.25 gradient 6.0" in terminal.rest()
    assert terminal.child.exitstatus == 0


def test_control_c_ends_the_script_where_it_has_been_let_go(folder: Path) -> None:
    (folder / "endless.py").write_text(
        "from minigrad import Value\nx = Value(3.0)\n(x * x).backward()\nprint('on', flush=True)\n"
        "while True:\n    pass\n"
    )
    terminal = Terminal(folder, "endless.py")
    terminal.answer()
    terminal.child.sendline("quit")
    terminal.child.expect("on\r\n")
    terminal.child.sendintr()
    rest = terminal.rest()
    assert "KeyboardInterrupt" in rest
    assert "debugger" not in rest
    assert terminal.child.signalstatus == signal.SIGINT


def test_control_c_between_two_passes_stops_at_the_next_one(folder: Path) -> None:
    (folder / "slow.py").write_text(
        "import time\nfrom minigrad import Value\nx = Value(3.0)\n(x * x).backward()\n"
        "print('waiting', flush=True)\nend = time.time() + 4\nwhile time.time() < end:\n    pass\n"
        "(x * x).backward()\nprint('waiting again', flush=True)\nwhile True:\n    pass\n"
    )
    terminal = Terminal(folder, "slow.py")
    terminal.answer()
    terminal.type("break nan")
    for expected in ("waiting", "waiting again"):
        terminal.type("continue")
        terminal.child.sendline("continue")
        terminal.child.expect(f"{expected}\r\n")
        terminal.child.sendintr()
        if expected == "waiting":
            answer = terminal.answer()
            assert "--KeyboardInterrupt--" in answer
            assert "2 steps, at slow.py:9" in answer
    time.sleep(0.5)
    terminal.child.sendintr()  # no pass comes: the second time it is for the script
    rest = terminal.rest()
    assert "KeyboardInterrupt" in rest
    assert terminal.child.signalstatus == signal.SIGINT


def test_control_c_stops_a_walk_through_training(folder: Path) -> None:
    (folder / "fitted.py").write_text(
        "from nn import MLP, fit\nmodel = MLP(2, [3, 1], activation='tanh', seed=0)\n"
        "fit(model, [[k / 9, 1.0] for k in range(9)], [0.5] * 9, epochs=50)\nprint('trained')\n"
    )
    terminal = Terminal(folder, "fitted.py")
    assert "in fit at fitted.py:3" in terminal.answer()
    terminal.type("break abs(grad) > 1e9 or number == 9 and print('under', 'way')")
    terminal.type("continue")
    terminal.child.sendline("continue")
    terminal.child.expect("under way")
    terminal.child.sendintr()
    assert "--KeyboardInterrupt--" in terminal.answer()
    terminal.child.sendline("quit")
    assert "trained" in terminal.rest()


def test_each_backward_of_a_script_is_stopped_at_and_quit_stops_that(folder: Path) -> None:
    terminal = Terminal(folder, "training.py", "1.0")
    assert "from C1" in terminal.answer()
    terminal.type("continue")
    assert "from C2" in terminal.type("continue")
    terminal.child.sendline("quit")
    assert [int(n) for n in re.findall(r"epoch (\d)", terminal.rest())] == [2, 3, 4, 5]


def test_passes_go_by_until_a_breakpoint_is_reached(folder: Path) -> None:
    terminal = Terminal(folder, "training.py", "1.0")
    terminal.answer()
    terminal.type("break abs(grad) > 1e305")
    terminal.type("continue")
    answer = terminal.type("continue")  # w − 2 grows by the factor −9.8 an epoch
    assert "breakpoint 1, abs(grad) > 1e305" in answer
    assert "epoch 3" in answer
    assert re.search(r"= \S+e\+305  complete\n-> step", answer)
    terminal.child.sendline("quit")
    assert [int(n) for n in re.findall(r"epoch (\d)", terminal.rest())] == [5]


def test_commands_from_the_command_line_and_from_a_file_come_first(folder: Path) -> None:
    (folder / "commands.txt").write_text("break layer:1\n")
    terminal = Terminal(folder, "-x", "commands.txt", "-c", "continue", "lesson.py")
    terminal.answer()  # of the prompt before each of the three lines that were prepared
    terminal.answer()
    terminal.answer()
    assert "a1_1 passes" in terminal.answer()
    terminal.child.sendline("quit")
    assert "goes on" in terminal.rest()


def test_an_alarm_names_the_line_that_built_the_node(folder: Path) -> None:
    (folder / "root.py").write_text(
        "from minigrad import Value\nx = Value(0.0, 'x')\ny = x.sqrt() * x\ny.backward()\n"
    )
    terminal = Terminal(folder, "root.py")
    terminal.answer()
    terminal.type("break inf")
    terminal.type("break nan")
    assert "breakpoint 2, nan, built at root.py:3" in terminal.type("continue")
    terminal.child.sendline("quit")
    terminal.rest()


def test_what_the_script_asks_of_its_passes_still_holds(folder: Path) -> None:
    (folder / "watched.py").write_text(
        "from minigrad import Value, detect_anomaly\nx = Value(0.0, 'x')\n"
        "with detect_anomaly():\n    (x.sqrt() * 1.0).backward()\n"
    )
    terminal = Terminal(folder, "watched.py")
    terminal.answer()
    terminal.child.sendline("continue")
    terminal.answer()
    terminal.child.sendline("continue")
    assert "AnomalyError" in terminal.rest()


def test_a_script_that_fails_or_is_not_there_is_told_as_python_tells_it(folder: Path) -> None:
    (folder / "broken.py").write_text("1 / 0\n")
    rest = Terminal(folder, "broken.py").rest()
    assert "ZeroDivisionError" in rest
    assert "there is no script 'nowhere.py'" in Terminal(folder, "nowhere.py").rest()
