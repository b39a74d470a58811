"""Labels and names from outside: whatever they hold, the source says what the graph does, and no more."""

from __future__ import annotations

import keyword
import unicodedata

import pytest
from compiler_graphs import assert_agrees, examples, on_tape
from hypothesis import given
from hypothesis import strategies as st

import minigrad
from minigrad import Operation, Value
from minigrad.compiler.lines.names import Names

# Pairs that are one name to Python (PEP 3131: names are compared in the form NFKC), or none at all.
PAIRS = [
    ("\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}"),
    ("\N{MATHEMATICAL BOLD SMALL A}", "a"),
    ("x²", "x2"),
    ("ﬁ", "fi"),
    ("__builtins__", "__debug__"),
    ("__import__", "None"),
    ("\N{TAMIL NUMBER TEN}", "\N{CIRCLED DIGIT ONE}"),
    ("\N{COMBINING ACUTE ACCENT}x", "_x"),
    ("\x00", "\ud800"),
    ("a\nb", "a b"),
]


@pytest.mark.parametrize("compiled", [lambda graph: minigrad.compile(*graph), on_tape], ids=["lines", "tape"])
@pytest.mark.parametrize("pair", PAIRS, ids=map(ascii, PAIRS))
def test_labels_of_any_letters_name_arrays_apart(compiled, pair: tuple[str, str]) -> None:  # type: ignore[no-untyped-def]
    a, b = (Value(number, label=label) for number, label in zip((2.0, 5.0), pair))
    x, t = (Value(number, label=label) for number, label in zip((0.5, 0.3), pair))
    cost = minigrad.tanh(a) * x + minigrad.sin(b * x) / (b + t) + abs(a - b) * t
    assert_agrees(compiled((cost, [x, t], [a, b])), examples(3, 2, seed=0))


@given(st.lists(st.text(max_size=6), max_size=6))
def test_names_are_identifiers_that_differ_as_python_reads_them(labels: list[str]) -> None:
    names = Names({"exp"})
    found = [names.new(label) for label in labels]
    for name in found:
        assert name.isidentifier()
        assert not keyword.iskeyword(name)
        assert not (name.startswith("__") and name.endswith("__"))
    read = [unicodedata.normalize("NFKC", name) for name in found]
    assert read == found
    assert len({*read, "exp"}) == len(labels) + 1


@pytest.mark.parametrize(
    "name",
    [
        "cube\nraise SystemExit",
        "cube\rraise SystemExit",
        "\x00",
        "\ud800",
        "__builtins__",
        "x²",
        "lambda",
        "",
    ],
    ids=ascii,
)
@pytest.mark.parametrize("compiled", [lambda graph: minigrad.compile(*graph), on_tape], ids=["lines", "tape"])
def test_the_name_of_an_operation_is_no_code(compiled, name: str) -> None:  # type: ignore[no-untyped-def]
    own = Operation(name, lambda x: x * x * x, lambda y, x: (3 * x * x,))
    w, x = Value(2.0), Value(0.5, label="x")
    assert_agrees(compiled((own(w * x), [x], [w])), examples(3, 1, seed=0))
