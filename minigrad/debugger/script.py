"""Ways into the prompt: from a program, with `debug(root)`, and around a whole script, unchanged."""

from __future__ import annotations

import argparse
import runpy
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from minigrad.debugger.anomalies import note_origins
from minigrad.debugger.commands import Commands
from minigrad.debugger.prompt import Prompt
from minigrad.graph import topological_order
from minigrad.hooks import AFTER_BACKWARD
from minigrad.journal import Journal
from minigrad.value import Value


def debug(
    root: Value, commands: Iterable[str] = (), stdin: IO[str] | None = None, stdout: IO[str] | None = None
) -> None:
    """Step through a backward pass from `root` at a prompt; leaving it finishes the pass, unless by `abort`.

    Gradients start at 0, and are those of this pass alone in the end; `abort` brings back what was there.
    `commands` are carried out before any is read. `help` at the prompt lists what can be typed.

    >>> from minigrad import Value
    >>> w, x = Value(-2.0, label="w"), Value(3.0, label="x")
    >>> y = w * x
    >>> y.label = "y"
    >>> debug(y, commands=["step", "print w.grad", "quit"])
    Backward pass from y = -6: 1 nodes, 2 steps
    -> step 1 of 2, node 1 of 1: y passes 1.0000 on to w, x
    (minigrad) step
         1  y → w          1.00000 ×   3.00000 (x)         =   3.0000  complete
    -> step 2 of 2, y → x
    (minigrad) print w.grad
    3.0
    (minigrad) quit
    >>> x.grad
    -2.0
    """
    prompt = Commands(commands, stdin, stdout)
    if any(node.grad for node in topological_order(root) if node.op is None):
        prompt.message("Leaves have gradients of earlier passes; this one starts at 0 and replaces them.")
    prompt.debug(Journal(root, from_zero=True))


@contextmanager
def every_backward(prompt: Prompt) -> Iterator[None]:
    """Within it each `backward()` opens the prompt on its pass."""
    original = Value.backward

    def backward(self: Value) -> None:
        if prompt.detached:
            original(self)
            return
        journal = Journal(self)
        prompt.debug(journal)
        if prompt.aborted:
            raise SystemExit("the pass was aborted, and the script with it")
        AFTER_BACKWARD.get()(journal.order)

    Value.backward = backward  # type: ignore[method-assign]  # that is what a debugger is for
    try:
        yield
    finally:
        Value.backward = original  # type: ignore[method-assign]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a script, stopping at each `backward()`: what `python -m minigrad.debugger` does."""
    parser = argparse.ArgumentParser(
        prog="python -m minigrad.debugger",
        description="Run a script and stop at each backward() in it; type help at the prompt.",
    )
    parser.add_argument("-c", dest="commands", action="append", default=[], help="a command to begin with")
    parser.add_argument("-x", dest="file", help="a file of commands to begin with")
    parser.add_argument("script", help="the script, unchanged")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="the script's own arguments")
    options = parser.parse_args(arguments)
    if not Path(options.script).is_file():
        parser.error(f"there is no script {options.script!r}")
    prompt = Commands([f"source {options.file}"] * bool(options.file) + options.commands)
    sys.argv = [options.script, *options.arguments]
    sys.path[0] = str(Path(options.script).resolve().parent)
    with every_backward(prompt), note_origins():
        runpy.run_path(options.script, run_name="__main__")
