"""Runs a script or a module as Python does: its `__main__`, its path, and its own part of a traceback."""

from __future__ import annotations

import builtins
import io
import os
import runpy
import sys
import threading
from importlib.util import find_spec
from pdb import post_mortem
from traceback import print_exception
from types import ModuleType, TracebackType

HERE = os.path.dirname(__file__) + os.sep


def run_script(name: str) -> None:
    """Run a file as `__main__`, as `python FILE` does; the arguments are in `sys.argv` already."""
    path = os.path.abspath(name)
    if not sys.flags.safe_path:
        sys.path[0] = os.path.dirname(os.path.realpath(path))
    main = ModuleType("__main__")
    main.__dict__.update(__file__=path, __builtins__=builtins, __cached__=None)
    sys.modules["__main__"] = main  # where pickle and others look for what the script defines
    with io.open_code(path) as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    exec(code, main.__dict__)


def run_module(name: str) -> None:
    """Run a module, or the `__main__` of a package, as `python -m NAME` does."""
    runpy.run_module(name, run_name="__main__", alter_sys=True)


def is_module(name: str) -> bool:
    """Whether there is a module of that name; the packages that it is in are imported."""
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def wait_for_threads() -> None:
    """Wait for what the script has left running, as Python does at its end."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()


def own_part(traceback: TracebackType | None) -> TracebackType | None:
    """A traceback from the first frame of the script on; None if the error came before that."""
    while traceback is not None and _is_ours(traceback):
        traceback = traceback.tb_next
    return traceback


def _is_ours(traceback: TracebackType) -> bool:
    frame = traceback.tb_frame
    return frame.f_code.co_filename.startswith(HERE) or frame.f_globals.get("__name__") == "runpy"


def have_shown(error: BaseException, traceback: TracebackType | None) -> None:
    """Have Python, when it ends by this error, show that traceback of it alone."""
    show = sys.excepthook

    def hook(kind: type[BaseException], raised: BaseException, whole: TracebackType | None) -> None:
        show(kind, raised.with_traceback(traceback) if raised is error else raised, traceback)

    sys.excepthook = hook


def open_pdb(error: BaseException, traceback: TracebackType) -> None:
    """Show an error and open pdb where it was raised."""
    print_exception(error.with_traceback(traceback))
    post_mortem(traceback)
