"""Names the arrays of a program.

`W2`, `A1` and `delta3` come from the roles that a network gives its values; without roles, names come from
the operations. `Names` makes them unique.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Sequence

from minigrad.compiler.reading.blocks import word_of
from minigrad.compiler.reading.graph import Graph
from minigrad.symbols.formulas import Formula, symbol
from minigrad.symbols.numerals import raised
from minigrad.symbols.tree import Shape

# A shorter label, such as w of w12, is a letter that tells nothing.
SHORTEST_WORD = 2

_LETTERS = {"delta": (r"\delta", "δ"), "A": ("a", "a"), "Z": ("z", "z"), "X": ("x", "x"), "Y": ("y", "y")}


class Names:
    """An allocator of names that are different from each other and from the reserved ones."""

    def __init__(self, reserved: set[str]) -> None:
        self.reserved = frozenset(reserved)
        self.taken = set(reserved)

    def new(self, wanted: str, with_gradient: bool = False) -> str:
        """The name, or, if it is taken, one that begins with it; `with_gradient` reserves `d` + name too.

        >>> names = Names({"exp"})
        >>> names.new("A1"), names.new("A1"), names.new("exp")
        ('A1', 'A1_2', 'exp_1')
        """
        wanted = identifier(wanted)
        name, count = wanted, 0 if wanted in self.reserved else 1
        while name in self.taken or (with_gradient and f"d{name}" in self.taken):
            count += 1
            name = f"{wanted}_{count}"
        self.taken |= {name, f"d{name}"} if with_gradient else {name}
        return name


def identifier(label: str) -> str:
    """A label as a valid name in Python, normalised as Python does (µ), and never `__debug__`.

    >>> identifier("x²"), identifier("a b"), identifier("2nd"), identifier("__debug__"), identifier("")
    ('x2', 'a_b', '_2nd', '_debug__', 'array')
    """
    if label.isascii() and label.isidentifier() and label[:2] != "__" and not keyword.iskeyword(label):
        return str(label)
    normal = unicodedata.normalize("NFKC", label)  # as Python reads names
    name = "".join(letter if f"_{letter}".isidentifier() else "_" for letter in normal) or "array"
    if name.startswith("__"):
        name = f"_{name.lstrip('_')}"
    return name if name.isidentifier() and not keyword.iskeyword(name) else f"_{name}"


def array(name: str, shape: Shape) -> Formula:
    """The symbol of an array, with its name in LaTeX and in text."""
    return symbol(name, *written(name), shape)


def gradient_of(quantity: str, name: str, shape: Shape) -> Formula:
    """The symbol of the array `name`, which is the gradient of that of a quantity, or δ."""
    return symbol(name, *(written(name) if name.startswith("delta") else _derivative(quantity)), shape)


def written_gradient(name: str) -> tuple[str, str]:
    """The name of a gradient, delta… or d…, in LaTeX and in text."""
    return written(name) if name.startswith("delta") else _derivative(name[1:])


def _derivative(quantity: str) -> tuple[str, str]:
    latex, text = written(quantity)
    return rf"\frac{{\partial C}}{{\partial {latex}}}", f"∂C/∂{text}"


def written(name: str) -> tuple[str, str]:
    """A name in LaTeX and in text; layer numbers are in parentheses, so that they do not look like powers.

    >>> written("W12"), written("delta_up")
    (('W^{(12)}', 'W⁽¹²⁾'), ('\\\\delta_{\\\\mathrm{up}}', 'δ_up'))
    """
    match = re.fullmatch(r"(delta|[A-Za-z])(\d*)(_\d+|_[A-Za-z]\w*)?", name)
    if not match:
        return rf"\mathrm{{{_escaped(name)}}}", name
    letters, layer, again = match[1], match[2], (match[3] or "")[1:]
    latex, text = _LETTERS.get(letters, (letters, letters))
    if layer:
        latex += f"^{{({layer})}}"
        text += raised(f"({layer})")
    if again.isdigit():
        return f"{latex}_{{[{again}]}}", f"{text}[{again}]"
    if again:
        return rf"{latex}_{{\mathrm{{{_escaped(again)}}}}}", f"{text}_{again}"
    return latex, text


def _escaped(name: str) -> str:
    return name.replace("_", r"\_")


def shown(shape: Shape) -> str:
    """A shape, as written in a comment.

    >>> shown((2, "N")), shown(())
    ('2 × N', 'a number')
    """
    return " × ".join(map(str, shape)) if shape else "a number"


def weights_word(graph: Graph, rows: Sequence[Sequence[int]]) -> str:
    """What the labels of a matrix's parameters call it, such as "query" of query0_1; "" if they do not."""
    if len(rows) == len(rows[0]) == 1:
        return ""
    words = {word_of(graph.labels[node]) for node in (rows[0][0], rows[-1][-1])}
    word = words.pop() if len(words) == 1 else ""
    is_role = hasattr(graph.labels[rows[0][0]], "kind")
    return word if len(word) >= SHORTEST_WORD and word.isidentifier() and not is_role else ""
