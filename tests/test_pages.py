"""The pages of examples: their programs print what stands below them, and what they name exists."""

import re
import shutil

import pytest
from kept_outputs import EXAMPLES, PAGES, PROGRAM, output_of_program

from minigrad import Value, count_paths
from nn import MLP, trace

PROGRAMS = {page.stem: PROGRAM.findall(page.read_text(encoding="utf-8")) for page in PAGES}
WITH_PROGRAMS = [page for page, programs in PROGRAMS.items() if programs]


@pytest.mark.parametrize("page", WITH_PROGRAMS)
def test_programs_print_what_stands_below_them(page, tmp_path):
    shutil.copytree(EXAMPLES / "data", tmp_path / "examples" / "data")  # which they read
    for program, expected in PROGRAMS[page]:
        assert output_of_program(program, tmp_path) == expected, f"see tests/kept_outputs.py: {program}"


def test_the_programs_of_pages_are_found():
    assert sum(map(len, PROGRAMS.values())) == sum(
        page.read_text(encoding="utf-8").count("```python\n") for page in PAGES
    )
    assert set(WITH_PROGRAMS) >= {"answers", "lecture", "live_page", "notation", "textbook_networks"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_files_and_commands_that_are_named_exist(page):
    text = page.read_text(encoding="utf-8")
    for path in re.findall(r"python ((?:examples/)?[\w/]+\.py)", text):
        assert (EXAMPLES.parent / path).exists() or (EXAMPLES / path).exists(), path
    makefile = (EXAMPLES.parent / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make (\w+)", text):
        assert f"\n{target}:" in makefile, target


def test_every_chapter_and_page_is_in_the_index():
    index = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for path in [*EXAMPLES.glob("*.py"), *EXAMPLES.glob("*.md")]:
        assert path.name == "README.md" or f"({path.name})" in index, path.name


def test_the_answers_in_the_lecture_are_right():
    lecture = (EXAMPLES / "lecture.md").read_text(encoding="utf-8")
    w = Value(1.5)
    ((w * 2.0 - 1.0) ** 2).backward()  # chapter 1's cost
    assert f"how much does C grow? ({w.grad * 0.01:g})" in lecture
    model = MLP(4, [2, 2, 1], "sigmoid", bias=[True, True, False], seed=0)
    t = trace(model, [1.0, 1.0, 1.0, 1.0], y=1.0)
    into_layer_2, into_layer_1 = model.layers[1].neurons[1].w[1], model.layers[0].neurons[0].w[0]
    assert f"lead from w²₂₂ to C? ({count_paths(t.cost, into_layer_2)})" in lecture
    assert f"From w¹₁₁? ({count_paths(t.cost, into_layer_1)})" in lecture
