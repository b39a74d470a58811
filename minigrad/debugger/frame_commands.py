"""The commands that look at the script: its frames and variables. Names and meanings are those of pdb."""

from __future__ import annotations

from typing import Any

from minigrad.debugger.prompt import Prompt


class FrameCommands(Prompt):
    """A prompt with pdb's commands for frames, carried out by pdb."""

    def do_where(self, argument: str) -> None:
        """w(here): the frames of the script, the newest last; > is the one that is looked at. Also bt."""
        if argument:
            raise ValueError(f"where shows the script's frames; `way {argument}` the way there from the root")
        self.frames.do_where("")

    def do_up(self, argument: str) -> None:
        """u(p) [n]: look at the frame that called this one, or n frames up."""
        self.frames.do_up(argument)

    def do_down(self, argument: str) -> None:
        """d(own) [n]: look at the frame that this one has called, or n frames down."""
        self.frames.do_down(argument)

    def do_list(self, argument: str) -> None:
        """l(ist) [first[, last] | .]: the source around the line of this frame, or those lines of it."""
        self.frames.do_list(argument)

    def do_longlist(self, argument: str) -> None:
        """longlist, ll: the source of the whole function."""
        self.frames.do_longlist(argument)

    def do_args(self, argument: str) -> None:
        """a(rgs): the arguments of this frame's function."""
        self.frames.do_args(argument)

    def do_locals(self, argument: str) -> None:
        """locals: the variables of this frame, one a line, without modules and the module's functions."""
        for line in self.frames.variables():
            self.message(line)

    def do_whatis(self, argument: str) -> None:
        """whatis EXPR: the type of the value of an expression."""
        self.message(str(type(self.value_of(argument))))

    def do_print(self, argument: str) -> None:
        """p(rint) EXPR: the value of an expression, such as model, z2_2, delta2_2 or w3_12.data * delta3_1.

        Names: the script's variables; the labels of the graph; delta2_2, which is z2_2.grad; of the last
        step: step, node, operand, local_derivative, upstream_gradient, contribution, before, after, waiting,
        and grad and data of its operand; journal, root; Python's built-in functions and those of its module
        math. Of a variable and a label x the variable is meant, as in pdb; graph["x"] is the label's node.
        """
        value, word = self.value_of(argument), argument.strip()
        self.message(repr(value))
        if word in self.names.script() and self.names.get(word, value) is not value:
            self.message(f"   that is the script's; the pass's {word} is graph[{word!r}]")

    def do_pp(self, argument: str) -> None:
        """pp EXPR: the same, on several lines if it is long."""
        import pprint  # what few sessions need is loaded by those alone

        self.message(pprint.pformat(self.value_of(argument)))

    def value_of(self, expression: str) -> Any:
        """What an expression is worth, with the script's variables before labels. Raises ValueError."""
        try:
            return self.names.value(expression, script_first=True)
        except (Exception, SystemExit) as error:
            raise ValueError(f"{type(error).__name__}: {error}") from None
