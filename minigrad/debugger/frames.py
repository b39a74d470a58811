"""The script at the prompt: its frames and variables, looked at with the commands of Python's own pdb."""

from __future__ import annotations

import ctypes
import os
import pdb
import sys
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FrameType, ModuleType, TracebackType
from typing import IO, Any, cast

from minigrad.display import one_line
from minigrad.hooks import LIBRARIES

HERE = os.path.dirname(__file__) + os.sep

Stack = list[tuple[FrameType, int]]


class Frames(pdb.Pdb):
    """A pdb that traces nothing: the frames from the script down to where the pass was begun.

    The frame that is looked at is at first that of the script's own line, not one of `fit` or of a trace.
    """

    def __init__(
        self, stdin: IO[str], stdout: IO[str], answer: Callable[[str], None], refuse: Callable[[str], None]
    ) -> None:
        super().__init__(stdin=stdin, stdout=stdout, nosigint=True, readrc=False)
        self._answer, self._refuse = answer, refuse
        self.reset()

    def message(self, msg: str, end: str = "\n") -> None:
        """Write a line, as the prompt does."""
        self._answer(str(msg))

    def error(self, msg: str) -> None:
        """Write what is wrong with a line, as the prompt does."""
        self._refuse(str(msg))

    def get_stack(self, f: FrameType | None, t: TracebackType | None) -> tuple[Stack, int]:
        """The frames outside of the debugger, the oldest first, and the index of the script's own.

        Below the frame in which the debugger started the script there is nothing of the script.
        """
        while f is not None and f.f_back is not None and f.f_code.co_filename.startswith(HERE):
            f = f.f_back
        stack: Stack = []
        while f is not None and not f.f_code.co_filename.startswith(HERE):
            stack.append((f, f.f_lineno))
            f = f.f_back
        while len(stack) > 1 and f is not None and stack[-1][0].f_globals.get("__name__") == "runpy":
            stack.pop()
        stack.reverse()
        own = [index for index, (frame, _) in enumerate(stack) if not is_of_library(frame.f_code)]
        return stack, own[-1] if own else len(stack) - 1

    def scope(self) -> Mapping[str, Any]:
        """The variables of the frame that is looked at, and those of its module."""
        if self.curframe is None:
            return {}
        return ChainMap(self.local_variables(), self.curframe.f_globals)

    def local_variables(self) -> dict[str, Any]:
        """Those of the frame that is looked at; before Python 3.13 a copy of them, which pdb writes to."""
        if sys.version_info >= (3, 13):
            return self.stack[self.curindex][0].f_locals
        return cast(dict[str, Any], self.curframe_locals)

    def place(self) -> str:
        """Where the pass was begun, in words, such as "in fit at train.py:12"; nothing outside of a file."""
        frame, line = self.stack[self.curindex]
        path = frame.f_code.co_filename
        called = [inner.f_code.co_name for inner, _ in self.stack[self.curindex + 1 :]][:1]
        by = f"in {called[0]} " if called else ""
        return f"{by}at {os.path.basename(path)}:{line}" if os.path.isfile(path) else ""

    def variables(self) -> Iterator[str]:
        """A line for each local variable, without what Python itself and the imports have put there."""
        frame, _ = self.stack[self.curindex]
        of_module = frame.f_locals is frame.f_globals
        for name, value in sorted(self.local_variables().items()):
            if name.startswith("__") or isinstance(value, ModuleType):
                continue
            if of_module and callable(value) and getattr(value, "__name__", None) == name:
                continue  # a function or a class
            yield one_line(f"{name} = {_written(value)}")

    def execute(self, statement: str) -> None:
        """Carry out a statement in the frame that is looked at; what it assigns stays there."""
        self.default(statement)
        if sys.version_info < (3, 13):  # there a frame's f_locals are a copy until they are written back
            write_back = ctypes.pythonapi.PyFrame_LocalsToFast
            write_back(ctypes.py_object(self.curframe), ctypes.c_int(0))


def is_of_library(code: CodeType) -> bool:
    """Whether code belongs to the engine, or to a package that has said so in `LIBRARIES`."""
    return code.co_filename.startswith(tuple(LIBRARIES))


def _written(value: Any) -> str:
    try:
        return repr(value)
    except Exception as error:
        return f"*** repr failed: {type(error).__name__}: {error} ***"
