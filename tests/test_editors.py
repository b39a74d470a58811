"""Editors' debuggers do on `slope.py` what examples/debugging.md says.

debugpy is driven over its protocol with the configurations of the guide for Visual Studio Code, and a
notebook kernel as JupyterLab asks it.
"""

import itertools
import json
import os
import queue
import re
import subprocess
import sys
from pathlib import Path

import pytest
from test_debugging_guide import GUIDE, ROOT, SCRIPTS

pytest.importorskip("debugpy")

VALUE = ROOT / "minigrad" / "value.py"
CONTRIBUTIONS = [
    number
    for number, line in enumerate(VALUE.read_text("utf-8").splitlines(), start=1)
    if line.strip() == "contribution = upstream_gradient * local_derivative"
]
CONFIGURATIONS = {
    each["name"]: each
    for each in json.loads(re.search(r"```json\n(.*?)```", GUIDE, re.DOTALL)[1])["configurations"]
}


class Session:
    """What an editor does: ask, and wait for events. `send` returns the number that the answer bears."""

    def __init__(self, send, receive):
        self.send, self.receive = send, receive

    def wait(self, matches):
        while not matches(message := self.receive()):
            pass
        return message.get("body") or {}

    def ask(self, command, **arguments):
        number = self.send(command, arguments)
        return self.wait(lambda m: m.get("type") == "response" and m.get("request_seq") == number)

    def stop(self, command=None, **arguments):
        """Go on, and say where it stops: the function, the file, the line."""
        if command:
            self.send(command, {"threadId": self.thread, **arguments})
        self.thread = self.wait(lambda m: m.get("event") == "stopped")["threadId"]
        self.frame = self.ask("stackTrace", threadId=self.thread)["stackFrames"][0]
        return self.frame["name"], Path(self.frame["source"]["path"]).name, self.frame["line"]

    def break_at(self, path, lines):
        self.ask("setBreakpoints", source={"path": str(path)}, breakpoints=[{"line": n} for n in lines])

    def worth(self, expression):
        return self.ask("evaluate", expression=expression, frameId=self.frame["id"], context="repl")["result"]


@pytest.fixture
def adapter():
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "debugpy.adapter"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        numbers = itertools.count(1)

        def send(command, arguments):
            number = next(numbers)
            request = {"seq": number, "type": "request", "command": command, "arguments": arguments}
            text = json.dumps(request).encode()
            process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(text), text))
            process.stdin.flush()
            return number

        def receive():
            length = 0
            while header := process.stdout.readline().strip():
                length = int(header.removeprefix(b"Content-Length:"))
            return json.loads(process.stdout.read(length))

        session = Session(send, receive)
        yield session
        session.ask("disconnect", terminateDebuggee=True)
        process.kill()


def launch(session: Session, name: str, folder: Path) -> None:
    """Begin `slope.py` as the editor does, and stop at y.backward()."""
    script = folder / "slope.py"
    script.write_text(SCRIPTS["slope.py"], encoding="utf-8")
    configuration = {
        **CONFIGURATIONS[name],
        "program": str(script),
        "console": "internalConsole",
        "cwd": str(folder),
    }
    session.send("initialize", {"adapterID": "debugpy", "pathFormat": "path"})
    session.send("launch", configuration)
    session.wait(lambda m: m.get("event") == "initialized")
    session.break_at(script, [6])
    session.ask("configurationDone")
    assert session.stop() == ("<module>", "slope.py", 6)


def test_visual_studio_code_steps_in_and_goes_from_edge_to_edge(adapter, tmp_path):
    launch(adapter, "Step into minigrad", tmp_path)
    assert adapter.stop("stepIn")[:2] == ("backward", "value.py")
    adapter.break_at(VALUE, CONTRIBUTIONS)
    lines, added = [], []
    for _ in range(3):
        lines.append(adapter.stop("continue")[2])
        added.append(
            adapter.worth("operand.label or operand.op.name, round(upstream_gradient * local_derivative, 6)")
        )
    assert lines == [CONTRIBUTIONS[0], *CONTRIBUTIONS[:2]]
    assert added == ["('multiply', 0.419974)", "('w', 0.209987)", "('x', -0.839949)"]
    adapter.worth("__import__('viz').graph(self).save('now.svg')")
    assert (tmp_path / "now.svg").read_text("utf-8").startswith("<svg")


def test_visual_studio_code_steps_over_minigrad_where_it_is_told_to(adapter, tmp_path):
    launch(adapter, "Step over minigrad", tmp_path)
    assert adapter.stop("stepIn") == ("<module>", "slope.py", 7)


@pytest.fixture
def kernel():
    manager = pytest.importorskip("jupyter_client.manager")
    pytest.importorskip("ipykernel")
    running, client = manager.start_new_kernel(kernel_name="python3", cwd=str(ROOT))
    yield client
    client.stop_channels()
    running.shutdown_kernel(now=True)


def printed(client, code: str, *typed: str) -> str:
    """What a cell prints, and asks, when a person types these lines."""
    client.execute(code, allow_stdin=True)
    text, lines = "", iter(typed)
    while True:
        try:
            message = client.get_iopub_msg(timeout=0.1)
        except queue.Empty:
            if client.stdin_channel.msg_ready():
                text += client.get_stdin_msg()["content"]["prompt"] + "\n"
                client.input(next(lines))
            continue
        content = message["content"]
        text += content.get("text", "") if message["msg_type"] == "stream" else ""
        if content.get("execution_state") == "idle":
            return text


def test_a_notebook_has_the_prompt_and_percent_debug_and_breakpoints(kernel):
    script = SCRIPTS["slope.py"].replace("y.backward()", "").replace("print(w.grad, x.grad)", "")
    printed(kernel, script)
    shown = printed(kernel, "import minigrad\nminigrad.debug(y)", "step", "ledger w", "p w.data", "quit")
    assert "step 1 of 3" in shown
    assert "-2.0" in shown
    printed(kernel, "def fail(v):\n    return v.data / 0\nfail(w)")
    assert "Value(-2, grad 0.209987, w)" in printed(kernel, "%debug", "p v", "q")

    def send(command, arguments):
        message = kernel.session.msg(
            "debug_request", {"type": "request", "seq": 1, "command": command, "arguments": arguments}
        )
        kernel.control_channel.send(message)
        return message["header"]["msg_id"]

    def receive():
        while True:
            for channel in (kernel.control_channel, kernel.iopub_channel):
                if channel.msg_ready():
                    message = channel.get_msg()
                    if message["msg_type"] in ("debug_reply", "debug_event"):
                        return {**message["content"], "request_seq": message["parent_header"].get("msg_id")}

    lab = Session(send, receive)
    lab.ask("initialize", clientID="test", adapterID="python", pathFormat="path", linesStartAt1=True)
    lab.ask("attach")
    cell = "z = (w * x).tanh()\nz.backward()\n"
    lab.break_at(lab.ask("dumpCell", code=cell)["sourcePath"], [2])
    lab.break_at(VALUE, CONTRIBUTIONS)
    lab.ask("configurationDone")
    kernel.execute(cell)
    assert lab.stop()[::2] == ("<module>", 2)
    assert lab.stop("stepIn")[:2] == ("backward", "value.py")
    assert lab.stop("continue") == ("backward", "value.py", CONTRIBUTIONS[0])
