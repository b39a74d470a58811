"""Ways into the prompt: from a program, with `debug(root)`, and around a whole script, unchanged."""

from __future__ import annotations

import argparse
import functools
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from minigrad.debugger.anomalies import note_origins
from minigrad.debugger.commands import Commands
from minigrad.debugger.programs import passes_of
from minigrad.debugger.prompt import AT_PROMPT, Prompt
from minigrad.graph import topological_order
from minigrad.hooks import AFTER_BACKWARD, BEFORE_GRADIENT
from minigrad.journal import Journal
from minigrad.value import Value

if TYPE_CHECKING:
    from minigrad.compiler.program import Program

ABORTED = "the pass was aborted, and the script with it"
NO_PASS = """\
The script has made no backward pass, so there was nothing to stop at. The prompt opens at backward(), in fit,
and at the gradient of a compiled program; minigrad.grad, jacobian and hessian have no steps."""


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
    stepped_through(prompt, Journal(root, from_zero=True))


def stepped_through(prompt: Prompt, journal: Journal) -> None:
    """Lead through a pass at the prompt; unless it was given up, do then what follows a `backward()`."""
    prompt.debug(journal)
    if not prompt.aborted:
        AFTER_BACKWARD.get()(journal.order)


@contextmanager
def every_backward(prompt: Prompt) -> Iterator[None]:
    """Within it each `backward()`, and each gradient of a compiled program, opens the prompt on its pass.

    Who asks for the source or the help of `Value.backward`, as a page may do, still gets the engine's.
    """
    original = Value.backward

    @functools.wraps(original)
    def backward(self: Value) -> None:
        if prompt.detached or AT_PROMPT.get():
            original(self)
            return
        stepped_through(prompt, Journal(self))
        if prompt.aborted:
            raise SystemExit(ABORTED)

    def look(program: Program, batch: Any) -> None:
        if prompt.detached or AT_PROMPT.get():
            return
        for about, root in passes_of(program, batch):
            prompt.debug(Journal(root), about)
            if prompt.aborted:
                raise SystemExit(ABORTED)
            if prompt.detached:
                return

    Value.backward = backward  # type: ignore[method-assign]  # that is what a debugger is for
    BEFORE_GRADIENT.append(look)
    try:
        yield
    finally:
        prompt.between_passes.close()
        Value.backward = original  # type: ignore[method-assign]
        BEFORE_GRADIENT.remove(look)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a script, stopping at each `backward()`: what `python -m minigrad.debugger` does."""
    from minigrad.debugger import launch  # what `import minigrad` can do without

    parser = _parser()
    options = parser.parse_args(arguments)
    if options.is_module and not launch.is_module(options.script):
        parser.error(f"there is no module {options.script!r}")
    if not options.is_module and not Path(options.script).is_file():
        parser.error(f"there is no script {options.script!r}")
    prompt = Commands([f"source {options.file}"] * bool(options.file) + options.commands)
    if hasattr(os, "register_at_fork"):  # the terminal is this process's; what it forks runs unwatched
        os.register_at_fork(after_in_child=lambda: prompt.do_quit(""))
    sys.argv = [options.script, *options.arguments]
    run = launch.run_module if options.is_module else launch.run_script
    try:
        with every_backward(prompt), note_origins():
            run(options.script)
            launch.wait_for_threads()
        tell_if_never_stopped(prompt)
    except SystemExit:
        tell_if_never_stopped(prompt)
        raise
    except BaseException as error:
        own = launch.own_part(error.__traceback__)
        if options.pdb and own is not None:
            launch.open_pdb(error, own)
            sys.exit(1)
        launch.have_shown(error, own)
        raise


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m minigrad.debugger",
        usage="%(prog)s [-h] [-c COMMAND] [-x FILE] [--pdb] (SCRIPT | -m MODULE) [ARGUMENT ...]",
        description="Run a script and stop at each backward pass in it; type help at the prompt.",
    )
    parser.add_argument("-c", dest="commands", action="append", default=[], help="a command to begin with")
    parser.add_argument("-x", dest="file", help="a file of commands to begin with")
    parser.add_argument("--pdb", action="store_true", help="open pdb where an exception ends the script")
    parser.add_argument("-m", dest="is_module", action="store_true", help="run a module, as python -m does")
    parser.add_argument("script", help="the script, unchanged, or after -m the module")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="the script's own arguments")
    return parser


def tell_if_never_stopped(prompt: Prompt) -> None:
    """Say so, and why, where a script has ended without a single pass."""
    if not prompt.passes:
        prompt.message(NO_PASS)
