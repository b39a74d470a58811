"""The chapters run, print what is kept beside them, and the arithmetic that they print comes out."""

import ast
import re
from functools import cache

import pytest
from kept_outputs import CHAPTERS, EXAMPLES, OTHERS, kept_output, output_of

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]\d+)?")
OPERAND = r"\(?-?\d+(?:\.\d+)?\)?"

chapters = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What a chapter prints; each is run once."""
    folder = tmp_path_factory.mktemp("chapters")
    return cache(lambda chapter: output_of(chapter, folder))


def unit(number: str) -> float:
    """One in the last printed digit; 0 for a whole number, which has to be the same."""
    mantissa, _, exponent = number.partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 10.0 ** (int(exponent or 0) - decimals) if decimals or exponent else 0.0


def same_but_for_rounding(new: str, kept: str) -> bool:
    """Equal text, and every number within one unit of its last printed digit.

    A platform whose exp differs in the last bit may round a tie the other way, and nothing more.
    """
    if NUMBER.sub("#", new) != NUMBER.sub("#", kept):
        return False
    pairs = zip(NUMBER.findall(new), NUMBER.findall(kept))
    return all(abs(float(a) - float(b)) <= 1.01 * unit(b) for a, b in pairs)


@chapters
def test_a_chapter_prints_what_is_kept_beside_it(chapter, printed):
    new, kept = printed(chapter), kept_output(chapter).read_text(encoding="utf-8")
    assert same_but_for_rounding(new, kept), f"see tests/kept_outputs.py; it now prints\n{new}"


def test_a_stale_number_or_word_would_be_noticed():
    kept = "epoch 10   C = 0.1234"
    assert same_but_for_rounding("epoch 10   C = 0.1235", kept)
    assert not same_but_for_rounding("epoch 10   C = 0.1236", kept)
    assert not same_but_for_rounding("epoch 11   C = 0.1234", kept)
    assert not same_but_for_rounding("epoch 10   c = 0.1234", kept)
    assert same_but_for_rounding("‖δ‖ 1.3e-05", "‖δ‖ 1.2e-05")
    assert not same_but_for_rounding("‖δ‖ 1.2e-06", "‖δ‖ 1.2e-05")


def printed_arithmetic(text: str) -> list[tuple[str, str]]:
    """What is printed as `a × b + c = d`, as (a × b + c, d)."""
    expression = rf"(?<![\w²¹³.])({OPERAND}(?: +[×·+−-] +{OPERAND})+) += +(-?\d+(?:\.\d+)?)(?![\d.·])"
    return re.findall(expression, text)


@chapters
def test_products_and_sums_that_are_printed_come_out(chapter, printed):
    for left, right in printed_arithmetic(printed(chapter)):
        value = eval(left.replace("×", "*").replace("·", "*").replace("−", "-"))  # digits and signs only
        # rounded factors move a product by about their own rounding: half a unit for it, half for them
        assert abs(value - float(right)) <= 1.0 * unit(right) + 1e-12, (left, right)


def test_there_is_arithmetic_in_most_chapters(printed):
    with_arithmetic = {chapter.stem[8:10] for chapter in CHAPTERS if printed_arithmetic(printed(chapter))}
    assert with_arithmetic >= {"01", "02", "03", "04", "06", "10"}


@chapters
def test_a_chapter_is_short_opens_as_a_notebook_and_ends_with_something_to_try(chapter):
    source = chapter.read_text(encoding="utf-8")
    cells = re.split(r"^# %%", source, flags=re.MULTILINE)
    assert len(source.splitlines()) < 100
    assert "__file__" not in source  # a notebook has none
    assert ast.get_docstring(ast.parse(source)).startswith(f"Chapter {int(chapter.stem[8:10])}: ")
    assert "## To try\n# 1. " in cells[-1]
    for cell in cells[1:]:
        kind, _, body = cell.partition("\n")
        assert kind in ("", " [markdown]")
        if kind == " [markdown]":
            assert all(line.startswith("#") or not line for line in body.splitlines()), body


def test_chapters_are_numbered_without_a_gap():
    assert [int(path.stem[8:10]) for path in CHAPTERS] == list(range(1, len(CHAPTERS) + 1))
    kept = {path.stem.removesuffix("_with_pytorch") for path in (EXAMPLES / "output").glob("*.txt")}
    assert kept == {path.stem for path in [*CHAPTERS, *OTHERS]}
