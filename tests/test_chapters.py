"""The chapters run, print what is kept beside them, and the arithmetic that they print comes out.

What a chapter prints is kept in examples/output/. After a change: read the new output, then keep it with

    python examples/chapter_03_the_network_of_the_documents.py > examples/output/chapter_03_….txt
"""

import ast
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
CHAPTERS = sorted(EXAMPLES.glob("chapter_*.py"))
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]\d+)?")
OPERAND = r"\(?-?\d+(?:\.\d+)?\)?"

chapters = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What a chapter prints when it is run as a user runs it; each is run once."""
    folder = tmp_path_factory.mktemp("chapters")
    outputs: dict[Path, str] = {}

    def run(chapter: Path) -> str:
        if chapter not in outputs:
            environment = dict(os.environ, PYTHONPATH=str(EXAMPLES.parent), PYTHONIOENCODING="utf-8")
            command = [sys.executable, "-W", "error", str(chapter)]
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8")
            assert done.returncode == 0, done.stderr
            outputs[chapter] = done.stdout
        return outputs[chapter]

    return run


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


def kept_output(chapter: Path) -> Path:
    """Where the output is kept; with PyTorch installed the last chapter says more."""
    with_torch = "_with_pytorch" if "pytorch" in chapter.stem and importlib.util.find_spec("torch") else ""
    return EXAMPLES / "output" / f"{chapter.stem}{with_torch}.txt"


@chapters
def test_a_chapter_prints_what_is_kept_beside_it(chapter, printed):
    kept = kept_output(chapter)
    assert kept.exists(), f"keep its output: python examples/{chapter.name} > examples/output/{kept.name}"
    assert same_but_for_rounding(printed(chapter), kept.read_text(encoding="utf-8")), printed(chapter)


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
    assert kept == {path.stem for path in CHAPTERS}
