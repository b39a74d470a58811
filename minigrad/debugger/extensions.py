"""Commands that packages above the engine add to the prompt, so that imports still point downward."""

from collections.abc import Callable

from minigrad.debugger.prompt import Prompt
from minigrad.hooks import EXTENSIONS

Extension = Callable[[Prompt, str], None]


def command(name: str) -> Callable[[Extension], Extension]:
    """Add the decorated function to the prompt as the command `name`; its docstring is the help.

    It is called with the prompt, which has `journal`, `names` and `message(text)`, and what was typed after
    the name. Under the name of a command that is there already it is carried out after that one. A
    ValueError that it raises is shown as the answer.

    >>> from minigrad import Value, debug
    >>> @command("half")
    ... def half(prompt, argument):
    ...     '''half: half the gradient of the root.'''
    ...     prompt.message(f"half of {prompt.journal.root.grad} is {prompt.journal.root.grad / 2}")
    >>> debug(Value(1.0, label="x") * 3.0, commands=["half", "quit"])  # doctest: +ELLIPSIS
    Backward pass ...
    (minigrad) half
    half of 1.0 is 0.5
    (minigrad) quit
    >>> del EXTENSIONS["half"]
    """

    def add(function: Extension) -> Extension:
        EXTENSIONS[name] = function
        return function

    return add
