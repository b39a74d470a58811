"""The commands that walk the pass, named as in pdb and gdb. Each docstring is what `help` says."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from minigrad.debugger import looks
from minigrad.debugger.checking import compared_edge
from minigrad.debugger.frame_commands import FrameCommands
from minigrad.debugger.names import places
from minigrad.debugger.prompt import COMES_WITH, extension
from minigrad.debugger.targets import ALARMS, numbered, target
from minigrad.hooks import EXTENSIONS
from minigrad.journal.naming import name
from minigrad.symbols.numerals import shown
from minigrad.value import Value

SUMMARY = """\
s(tep) [n]        one contribution, operand.grad += node.grad × local derivative; or n of them
n(ext)            all that this node passes on       r(eturn) [layer]  all of this neuron, or layer
unt(il) TARGET    on to a target                     c(ontinue)        on to a breakpoint
rs(tep), rn(ext), rc(ontinue): the same, backwards   j(ump) K          to step K, either way
b(reak) [TARGET]  stop there; alone: list them       cl(ear) [n]       one breakpoint, or all
way [x]           from the root to here, or to x     ledger [x]        who has added what to x
around [K]        the steps around here              p(rint), pp EXPR  a value, an expression
check             local derivatives against nudges   source FILE       commands from a file
abort             undo everything and leave          q(uit)            finish the pass and leave
h(elp) COMMAND    more about one command
the script, as in pdb: w(here), bt; u(p), d(own) [n]; l(ist), longlist, ll; a(rgs); locals;
whatis EXPR; !STATEMENT"""
TARGETS = """\
TARGET: z2_2 or another label, label:…, op:tanh, layer:2, node:7, nan, inf, wrong, abs(grad) > 10"""


class Commands(FrameCommands):
    """A prompt with its commands."""

    abbreviations = {  # noqa: RUF012  # a constant
        "s": "step", "n": "next", "r": "return", "unt": "until", "c": "continue", "cont": "continue",
        "rs": "rstep", "rn": "rnext", "rc": "rcontinue", "j": "jump", "b": "break", "cl": "clear",
        "w": "where", "bt": "where", "u": "up", "d": "down", "l": "list", "ll": "longlist", "a": "args",
        "p": "print", "h": "help", "?": "help",
        "q": "quit", "exit": "quit", "quit()": "quit", "exit()": "quit",
    }  # fmt: skip

    def do_step(self, argument: str) -> None:
        """s(tep) [n]: take one step, or n: operand.grad += node.grad × local derivative."""
        start = self.journal.position
        self._move(self.journal.forward, lambda: self.journal.position == start + _count(argument))

    def do_next(self, argument: str) -> None:
        """n(ext): finish this node: all it passes on."""
        self._move(self.journal.forward, lambda: self.journal.at_node)

    def do_return(self, argument: str) -> None:
        """r(eturn) [layer]: finish this neuron, all its nodes, or this layer."""
        end = self._end_of_place(1 if argument == "layer" else 2)
        if end is None:
            self.message("   this node belongs to no neuron: finishing the node")
        self._move(
            self.journal.forward, lambda: self.journal.position == end if end else self.journal.at_node
        )

    def do_until(self, argument: str) -> None:
        """unt(il) TARGET: go on to a target (see `help break`); alone it is the same as next."""
        if not argument:
            self.do_next("")
            return
        stop = target(argument, self.names)
        self._move(self.journal.forward, lambda: stop.reached(self.journal, self.names))

    def do_continue(self, argument: str) -> bool:
        """c(ontinue): go on to a breakpoint, or else to the end of the pass.

        At the end it leaves the pass; a script then goes on to the next one. With breakpoints set, passes
        go by in which none is reached.
        """
        if self.journal.next_node is None:
            self.running = bool(self.targets)
            return True
        self._move(self.journal.forward, lambda: False)
        return False

    def do_rstep(self, argument: str) -> None:
        """rs(tep) [n]: take back the last step, or n: gradients get their former bits."""
        start = self.journal.position
        self._move(self.journal.back, lambda: self.journal.position == start - _count(argument))

    def do_rnext(self, argument: str) -> None:
        """rn(ext): back to where this node, or else the one before, began."""
        self._move(self.journal.back, lambda: self.journal.at_node)

    def do_rcontinue(self, argument: str) -> None:
        """rc(ontinue): back to a breakpoint, or to the start of the pass."""
        self._move(self.journal.back, lambda: False)

    def do_jump(self, argument: str) -> None:
        """j(ump) K: walk to where step K comes next, forwards or backwards; breakpoints do not stop it."""
        start, steps, number = self.journal.position, len(self.journal), _count(argument)
        if number > steps + 1:
            raise ValueError(f"there is no step {number}; the pass has {steps}, and {steps + 1} is its end")
        self.journal.to_step(number - 1)
        self.show_walk(start)

    def do_break(self, argument: str) -> None:
        """b(reak) [TARGET]: stop where a target is reached; alone it lists the breakpoints.

        z2_2, label:…   the gradient of what has that label is complete; delta2_2 is that of z2_2
        op:tanh         so is the gradient of a node made by that operation
        layer:2         the first node of layer 2 is about to pass its gradient on
        node:7          so is the 7th node of the pass
        nan, inf        a gradient has become nan, or infinite
        wrong           a local derivative differs from a numeric difference
        abs(grad) > 10  holds after a step, in the names that `help print` lists
        """
        if argument:
            number = max(self.targets, default=0) + 1
            self.targets[number] = target(argument, self.names)
            self.message(f"breakpoint {number}: {argument}")
            return
        for number, stop in self.targets.items():
            self.message(f"breakpoint {number}: {stop.text}")
        if not self.targets:
            self.message("no breakpoints")

    def do_clear(self, argument: str) -> None:
        """cl(ear) [n | TARGET]: forget a breakpoint, by its number or as it was given; alone: all of them."""
        chosen = [n for n, stop in self.targets.items() if argument in ("", str(n), stop.text)]
        if not chosen:
            raise ValueError(
                f"there is no breakpoint {argument!r}" if argument else "there are no breakpoints"
            )
        for number in chosen:
            self.message(f"cleared breakpoint {number}: {self.targets.pop(number).text}")

    def do_way(self, argument: str) -> None:
        """way [x]: the way from the root to here, or to x or node:7, as a product of local derivatives."""
        for line in looks.way(self.journal, self._node(argument)):
            self.message(line)

    def do_ledger(self, argument: str) -> None:
        """ledger [x]: which consumers have added what to the gradient here, or of x (z2_1, node:7); at an
        alarm (nan, inf, wrong) "here" is what has just been added to.
        """
        for line in looks.who_added(self.journal, self._node(argument)):
            self.message(line)

    def do_around(self, argument: str) -> None:
        """around [K]: the steps around here, or around step K: those taken, and -> what is to come."""
        middle = _count(argument) if argument else self.journal.position + 1
        for line in looks.around(self.journal, middle):
            self.message(line)

    def do_check(self, argument: str) -> None:
        """check: every local derivative that was used so far against a numeric difference, and what else
        packages know to check.
        """
        passed = [self.journal[number] for number in range(1, self.journal.position + 1)]
        taken = [step for step in passed if not step.into_constant]
        wrong = [(s, edge) for s in taken if not (edge := compared_edge(s.node, s.place)).agrees]
        agree = f"{len(taken) - len(wrong)} of {len(taken)}"
        apart = f"; {len(passed) - len(taken)} by constants left out" if len(passed) > len(taken) else ""
        self.message(f"   {agree} local derivatives agree with numeric differences{apart}")
        for step, edge in wrong[:10]:
            what = f"∂{name(step.node)}/∂{name(step.operand)}"
            numeric = f"{shown(step.local_derivative)}, numeric {shown((edge.left + edge.right) / 2)}"
            self.message(f"   wrong: step {step.number}, {what} = {numeric}{looks.origin(step.node)}")

    def do_source(self, argument: str) -> bool:
        """source FILE: carry out the commands of a file, one a line; # begins a comment."""
        lines = [line.partition("#")[0].strip() for line in Path(argument).read_text("utf-8").splitlines()]
        return self.carry_out(deque(line for line in lines if line))

    def do_quit(self, argument: str) -> bool:
        """q(uit): finish the pass and leave; in a script, the passes that follow are not stopped."""
        self.detached = True
        return True

    def do_abort(self, argument: str) -> bool:
        """abort: put every gradient back to what it was before the pass, and leave; a script ends there."""
        self.aborted = True
        return True

    def do_EOF(self, argument: str) -> bool:
        """Ctrl-D: the same as quit."""
        self.message("")
        return self.do_quit("")

    def do_help(self, arg: str) -> None:
        """h(elp) [COMMAND]: the commands, or one of them."""
        word = self.abbreviations.get(arg, arg)
        texts = [getattr(self, f"do_{word}", None), extension(word)]
        found = [_unindented(text.__doc__ or "") for text in texts if text is not None]
        if arg and not found:
            self.error(f"there is no command {arg!r}; help lists them")
        elif arg:
            self.message("\n".join(found))
        else:
            self.message(SUMMARY)
            for added, function in EXTENSIONS.items():
                if not hasattr(self, f"do_{added}"):
                    self.message((function.__doc__ or added).strip().splitlines()[0])
            for word in COMES_WITH.keys() - EXTENSIONS.keys():
                self.message(f"{word}: comes with {COMES_WITH[word]}, help {word} says more")
            self.message(TARGETS)

    def default(self, line: str) -> None:
        """An expression is printed, any other line of Python carried out in the script's frame, as in pdb."""
        is_expression, word = _compiles(line, "eval"), line.split()[0]
        is_python = is_expression or line.startswith("!") or _compiles(line, "single")
        is_known = not word.isidentifier() or word in self.names.script() or word in self.names
        if not is_known and (word == line or not is_python):
            raise ValueError(f"unknown command {word!r}; help lists the commands")
        if is_python and not is_expression:
            self.frames.execute(line)
            return
        value = self.value_of(line)
        if value is not None:
            self.message(repr(value))

    def completenames(self, text: str, *ignored: Any) -> list[str]:
        """The commands that begin with a text, for the Tab key."""
        own = super().completenames(text, *ignored)
        return own + [word for word in EXTENSIONS if word.startswith(text) and word not in own]

    def completedefault(self, *ignored: Any) -> list[str]:
        """The names and targets that begin with a text, for the Tab key."""
        text = ignored[0]
        targets = ["label:", "op:", "layer:", "node:", "nan", "inf", "wrong"]
        operations = sorted({node.op.name for node in self.journal.nodes if node.op})
        words = {**dict.fromkeys((*self.names, *self.names.script(), *targets, *operations))}
        return [word for word in words if word.startswith(text)]

    def _move(self, move: Callable[[], Any], arrived: Callable[[], bool]) -> None:
        start = self.journal.position
        if move == self.journal.back and not start:
            self.message("   already at the start: no step has been taken")
        self.walk(move, arrived)
        self.show_walk(start)

    def _node(self, argument: str) -> Value:
        """The node that is meant: by what was typed, or that of an alarm, or else where the pass is."""
        if argument.startswith("node:"):
            return numbered(argument.removeprefix("node:"), self.journal)
        if argument:
            try:
                found = self.names.value(argument)
            except (Exception, SystemExit) as error:
                raise ValueError(f"{type(error).__name__}: {error}") from None
            if not isinstance(found, Value) or found not in self.journal:
                raise ValueError(f"{argument!r} is no node of this graph")
            return found
        journal = self.journal
        alarms = [stop for stop in self.targets.values() if stop.text in ALARMS]
        if journal.last and (
            journal.next_node is None or any(stop.reached(journal, self.names) for stop in alarms)
        ):
            return journal.last.operand
        return journal.root if journal.next_node is None else journal.next_node

    def _end_of_place(self, depth: int) -> int | None:
        """The position after the last step of the layer (depth 1) or neuron (depth 2) whose turn it is."""
        found, journal = places(self.journal), self.journal
        if journal.next_node is None or journal.next_node not in found:
            return None
        here, end, layer = found[journal.next_node][:depth], journal.turn, math.inf
        for turn in range(journal.turn, len(journal.nodes)):
            node = journal.nodes[turn]
            if getattr(node.label, "layer", 0) > layer:
                break  # the pass has come to the next example of a batch
            layer = getattr(node.label, "layer", layer)
            if found.get(node, ())[:depth] == here:
                end = turn
        return journal.start(end + 1)


def _count(argument: str) -> int:
    """A whole number ≥ 1; 1 if nothing was typed. Raises ValueError."""
    if argument and (not argument.isdecimal() or int(argument) < 1):
        raise ValueError(f"{argument!r} is not a whole number ≥ 1")
    return int(argument or "1")


def _compiles(line: str, mode: str) -> bool:
    try:
        compile(line + "\n", "<string>", mode)  # a line that ends a block, as at Python's own prompt
    except (SyntaxError, ValueError):  # ValueError: a null character
        return False
    return True


def _unindented(text: str) -> str:
    lines = text.strip().splitlines()
    return "\n".join([lines[0], *(line[8:] if line.startswith(" " * 8) else line for line in lines[1:])])
