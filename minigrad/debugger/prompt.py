"""The prompt itself: reading lines, walking until something is reached, writing answers.

It walks a journal, not Python's frames, so it can go back. Its commands are in `commands.py`, and those that
look at the script's frames in `frame_commands.py`.
"""

from __future__ import annotations

import cmd
import io
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from importlib import import_module
from types import FrameType
from typing import IO, TYPE_CHECKING, Any

from minigrad.debugger import looks
from minigrad.debugger.names import Names
from minigrad.debugger.targets import ALARMS, Target
from minigrad.hooks import EXTENSIONS, setting
from minigrad.journal import Journal, Step
from minigrad.journal.naming import name

if TYPE_CHECKING:
    from minigrad.debugger.frames import Frames

# For a stream that cannot write them, such as a pipe on a system that is not set to UTF-8.
PLAIN = {"−": "-", "×": "*", "→": "->", "∂": "d", "δ": "delta", "σ": "sigma", "′": "'", "…": "..."}

MOST_STEPS = 12  # that are written one a line after a walk
COMES_WITH = {"delta": "nn", "view": "viz"}  # the commands of this project's own packages

AT_PROMPT: ContextVar[bool] = ContextVar("at_prompt", default=False)  # a pass typed there is not stopped at
_TERMINAL = threading.RLock()  # one thread is at a prompt at a time; a prompt may be opened from a prompt


class Prompt(cmd.Cmd):
    """A prompt over one backward pass after another; breakpoints stay from one to the next.

    Attributes:
        journal: the pass that is walked.
        names: what can be typed, see `minigrad.debugger.names`.
        targets: the breakpoints by number, None where one was cleared.
        running: whether passes go by until a breakpoint is reached.
        detached: whether passes go by for good, after `quit`.
        aborted: whether the pass was given up.
        passes: how many there were, also those that went by.
        between_passes: open while passes go by; Ctrl-C is then noted, for the next one.
    """

    prompt = "(minigrad) "
    abbreviations: dict[str, str] = {}  # noqa: RUF012  # filled in where the commands are

    def __init__(
        self, commands: Iterable[str] = (), stdin: IO[str] | None = None, stdout: IO[str] | None = None
    ) -> None:
        super().__init__(stdin=stdin or sys.stdin or io.StringIO(), stdout=stdout)
        self.pending = deque(commands)
        typed = self.stdin is sys.stdin and self.stdout is sys.stdout  # also in a notebook
        self.interactive = self.stdin.isatty() or (typed and "ipykernel" in sys.modules)
        self.emphasis = self.stdout.isatty() and "NO_COLOR" not in os.environ
        self.journal: Journal
        self._frames: Frames | None = None
        self.names: Names
        self.targets: dict[int, Target] = {}
        self.running = self.detached = self.aborted = False
        self.passes = 0
        self.between_passes = ExitStack()
        self._noted: list[bool] = []

    @property
    def frames(self) -> Frames:
        """The script's frames, down to where the pass was begun."""
        from minigrad.debugger.frames import Frames  # and with it pdb, which `import minigrad` can do without

        if self._frames is None:
            self._frames = Frames(self.stdin, self.stdout, self.message, self.error)
        return self._frames

    def debug(self, journal: Journal, about: str = "") -> None:
        """Read and carry out commands until the pass is left; it is then finished, or given up.

        `about` is written before the first line, if the pass is stopped at.
        """
        with _TERMINAL, setting(AT_PROMPT, True):
            self.journal, self.passes = journal, self.passes + 1
            self.frames.setup(sys._getframe(), None)
            self.names = Names(journal, self.frames.scope)
            try:
                self._lead_through(about)
            finally:
                self.frames.forget()  # or else it would keep what the script has in its variables

    def _lead_through(self, about: str) -> None:
        journal = self.journal
        self.between_passes.close()
        if self._noted:
            self.message("--KeyboardInterrupt--")
        elif self.detached or (self.running and not self.walk(journal.forward, lambda: False)):
            journal.finish()
            self._go_by()
            return
        self.running = False
        if about:
            self.message(about)
        root, place = f"{name(journal.root)} = {journal.root.data:.6g}", self.frames.place()
        size = f"{len(journal.nodes)} nodes, {len(journal)} steps"
        self.message(f"Backward pass from {root}: {size}{place and ', ' + place}")
        self.show_walk(0)
        self._converse()
        if self.aborted:
            journal.restore()
        else:
            journal.finish()
        self._go_by()

    def _go_by(self) -> None:
        """While passes go by, a Ctrl-C stops at the next one; a second one is meant for the script."""
        self._noted = []
        if self.running:
            self._noted = self.between_passes.enter_context(interruptible(once=True))

    def _converse(self) -> None:
        # asked each time: the script may have put something else in the place of these streams
        self.use_rawinput = self.stdin is sys.stdin and self.stdout is sys.stdout
        while True:
            try:
                if not self.carry_out(self.pending):
                    self.cmdloop()
                return
            except KeyboardInterrupt:
                self.message("--KeyboardInterrupt--")

    def carry_out(self, lines: deque[str]) -> bool:
        """Carry out prepared lines; True if one of them leaves the pass, the rest then waits for the next."""
        while lines:
            line = lines.popleft()
            self.message(self.prompt + line)
            if self.onecmd(line):
                return True
        return False

    def precmd(self, line: str) -> str:
        """Write the line where no terminal has done so, that a transcript reads as a session."""
        if not self.interactive and line != "EOF":
            self.message(line)
        return line

    def onecmd(self, line: str) -> bool:
        """Carry out one line. What is wrong with it is answered; nothing typed ends in a traceback."""
        if not line.strip():
            return self.emptyline()
        word, _, rest = line.strip().partition(" ")
        word, rest = self.abbreviations.get(word, word), rest.strip()
        self.lastcmd = "" if word == "EOF" else line
        leave = False
        try:
            own, added = getattr(self, f"do_{word}", None), extension(word)
            is_assignment = rest.startswith("=") and not rest.startswith("==")
            if is_assignment or (own is None and added is None):
                self.default(line.strip())
                return False
            if own is not None:
                leave = bool(own(rest))
            if added is not None:
                added(self, rest)
        except (ValueError, IndexError, OSError) as error:
            self.error(str(error))
        return leave

    def message(self, text: str) -> None:
        """Write a line."""
        encoding = getattr(self.stdout, "encoding", None) or "utf-8"
        try:
            text.encode(encoding)
        except UnicodeEncodeError:
            for character, plain in PLAIN.items():
                text = text.replace(character, plain)
            text = text.encode(encoding, "replace").decode(encoding)
        if self.emphasis and text.startswith("->"):
            text = f"\033[1m{text}\033[0m"
        self.stdout.write(text + "\n")
        self.stdout.flush()

    def error(self, text: str) -> None:
        """Write what is wrong with a line."""
        self.message(f"*** {text}")

    def walk(self, move: Callable[[], Step | None], arrived: Callable[[], bool]) -> bool:
        """Move step by step until it has arrived, a breakpoint is reached, or Ctrl-C is typed.

        False if the pass came to its end (or, backwards, its start) before any of these.
        """
        with interruptible() as interrupted:
            while move() is not None:
                if interrupted:
                    self.message("--KeyboardInterrupt--")
                    return True
                if self._at_breakpoint() or arrived():
                    return True
        return False

    def _at_breakpoint(self) -> bool:
        for number, stop in self.targets.items():
            try:
                reached = stop.reached(self.journal, self.names)
            except Exception as error:
                self.error(f"breakpoint {number}, {stop.text}: {type(error).__name__}: {error}")
                return True
            if reached:
                self.message(f"breakpoint {number}, {stop.text}{self._origin(stop)}")
                return True
        return False

    def _origin(self, stop: Target) -> str:
        """Where the node was built that an alarm is about, if that was noted."""
        last = self.journal.last
        return looks.origin(last.node) if last is not None and stop.text in ALARMS else ""

    def show_walk(self, start: int) -> None:
        """Write what a walk from the position `start` has done, and where it has come to."""
        journal = self.journal
        taken = range(start + 1, journal.position + 1)
        hidden = taken[: -MOST_STEPS // 2] if len(taken) > MOST_STEPS else taken[:0]
        if hidden:
            self.message(f"   steps {hidden[0]} … {hidden[-1]}")
        for line in looks.step_lines(journal, taken[len(hidden) :]):
            self.message(line)
        if journal.position < start:
            back = f"s {journal.position + 1} … {start}" if journal.position + 1 < start else f" {start}"
            self.message(f"   taken back: step{back}")
        self.message(looks.location(journal))


def extension(word: str) -> Callable[[Any, str], None] | None:
    """The command that a package has added, or adds when it is now imported; None for any other word.

    Raises ValueError if that package cannot be imported.
    """
    if word in COMES_WITH and word not in EXTENSIONS:
        try:
            import_module(COMES_WITH[word])
        except ImportError as error:
            package = COMES_WITH[word]
            raise ValueError(f"{word!r} comes with {package}, which cannot be imported: {error}") from None
    return EXTENSIONS.get(word)


@contextmanager
def interruptible(once: bool = False) -> Iterator[list[bool]]:
    """Within it Ctrl-C fills the list instead of raising, so that no step is left half done.

    With `once` a second one raises: what goes on may never come to where the list is looked at.
    """
    pressed: list[bool] = []
    former = signal.getsignal(signal.SIGINT)

    def note(number: int, frame: FrameType | None) -> None:
        if once and pressed and callable(former):
            former(number, frame)
        pressed.append(True)

    try:
        signal.signal(signal.SIGINT, note)
    except ValueError:  # signals are the main thread's
        yield pressed
        return
    try:
        yield pressed
    finally:
        with suppress(ValueError):
            signal.signal(signal.SIGINT, former)
