"""How things show themselves: on one line of a console or a variables pane, and richly in a notebook.

A class says `_repr_html_ = html_form`. The forms are pictures and tables, which viz makes; it is loaded when
a notebook first shows something, so that importing the engine costs nothing more. A console never asks for
HTML. What cannot be drawn, for whatever reason, is shown as its text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib import import_module
from typing import Any

from minigrad.hooks import FORMS
from minigrad.neighbours import stands_beside

LONGEST = 100


def one_line(text: str, most: int = LONGEST) -> str:
    """A text on one line of at most `most` characters; what is left out of its middle is a "…".

    >>> one_line("a\\nb"), one_line("123456789", most=6)
    ('a b', '123…89')
    """
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    tail = (most - 1) // 2
    return f"{line[: most - 1 - tail]}…{line[-tail:]}"


def listed(items: Iterable[object], between: str = ", ", most: int = 6) -> str:
    """Items in a row; of more than `most` the first ones, "…" and the last.

    >>> listed([4, 2, 1]), listed(range(9), between="-")
    ('4, 2, 1', '0-1-2-3-…-8')
    """
    words = [str(item) for item in items]
    if len(words) > most:
        words = [*words[: most - 2], "…", words[-1]]
    return between.join(words)


# The package of this project that fills FORMS, and its room for it.
MADE_BY = ("viz", "viz.notebook")


def html_form(thing: Any) -> str:
    """The form of a thing as HTML, by its class or the nearest base class that has one; else its text.

    >>> html_form(2.0)
    '<pre>2.0</pre>'
    """
    with suppress(Exception):  # of whatever kind: what cannot be drawn is still shown, as text
        return _encodable(_maker(type(thing))(thing))
    return as_text(repr(thing))


def as_text(text: str) -> str:
    """Text in a notebook, as it stands.

    >>> as_text("1 < 2")
    '<pre>1 &lt; 2</pre>'
    """
    from html import escape  # of which a console has no need

    return f"<pre>{escape(_encodable(text))}</pre>"


def _maker(kind: type) -> Callable[[Any], str]:
    package, room = MADE_BY
    if stands_beside(package):
        import_module(room)
    return next(FORMS[base] for base in kind.__mro__ if base in FORMS)


def _encodable(text: str) -> str:
    """Without the halves of characters that no message can carry."""
    return text.encode("utf-8", "backslashreplace").decode()
