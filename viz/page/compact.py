"""JavaScript without what only its readers need: comments, indentation, spaces around signs.

Names stay, so that what a browser's debugger shows can be found in browser/. It knows the JavaScript that is
written there: statements end in a semicolon or a brace, and a regular expression follows a sign or `return`.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<comment>//[^\n]* | /\*.*?\*/)
    | (?P<string>"(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*')
    | (?P<word>[\w$]+)
    | (?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
_EXPRESSION = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n])+/[a-z]*")
_BEFORE_EXPRESSION = (*"(,=:[!&|?{};", "return")
_GOES_ON_AFTER = "{([,;:?=&|*<>"  # no statement ends there: the line's end is not needed
_GOES_ON_BEFORE = ")]},;.?:&|"


def compact(source: str) -> str:
    """The same script in fewer characters.

    >>> compact("const f = (x) => {\\n  // half\\n  return x / 2 + +1;\\n};\\n")
    'const f=(x)=>{return x/2+ +1;};'
    """
    written: list[str] = []
    gap = ""
    for kind, text in _tokens(source):
        if kind == "comment":
            continue
        if kind == "space":
            gap = "\n" if "\n" in text + gap else " "
            continue
        if written and gap and _needs(gap, written[-1], text):
            written.append(gap)
        written.append(text)
        gap = ""
    return "".join(written)


def _needs(gap: str, before: str, after: str) -> bool:
    """Whether the space or line's end between two tokens means something."""
    if gap == "\n":
        return before[-1] not in _GOES_ON_AFTER and after[0] not in _GOES_ON_BEFORE
    is_joined = _is_word(before[-1]) and _is_word(after[0])
    return is_joined or (before[-1] == after[0] and after[0] in "+-")


def _is_word(character: str) -> bool:
    return character.isalnum() or character in "_$"


def _tokens(source: str) -> list[tuple[str, str]]:
    """Kind and text of each token; templates and regular expressions are one each."""
    found: list[tuple[str, str]] = []
    place, last = 0, ";"
    while place < len(source):
        match = _TOKEN.match(source, place)
        assert match is not None and match.lastgroup is not None
        kind, text = match.lastgroup, match[0]
        if text == "`":
            kind, text = "template", source[place : _end_of_template(source, place + 1)]
        elif text == "/" and last in _BEFORE_EXPRESSION and (regular := _EXPRESSION.match(source, place)):
            kind, text = "expression", regular[0]
        if kind not in ("space", "comment"):
            last = text
        found.append((kind, text))
        place += len(text)
    return found


def _end_of_template(source: str, place: int) -> int:
    """Where a template that began before `place` ends; in ${…} there may be others."""
    while source[place] != "`":
        if source[place] == "\\":
            place += 1
        elif source.startswith("${", place):
            place = _end_of_braces(source, place + 2)
            continue
        place += 1
    return place + 1


def _end_of_braces(source: str, place: int) -> int:
    depth = 1
    while depth:
        match = _TOKEN.match(source, place)
        assert match is not None
        place = _end_of_template(source, place + 1) if match[0] == "`" else match.end()
        depth += {"{": 1, "}": -1}.get(match[0], 0)
    return place
