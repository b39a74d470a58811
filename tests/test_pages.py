"""The pages of examples: their programs print what stands below them, and what they name exists."""

import contextlib
import io
import re
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
PAGES = [
    page for page in sorted(EXAMPLES.glob("*.md")) if page.name != "debugging.md"
]  # has a test of its own

PROGRAM = re.compile(r"```python\n(.*?)```\n+(?:```text\n(.*?)```)?", flags=re.DOTALL)
WITH_PROGRAMS = [page for page in PAGES if PROGRAM.search(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("page", WITH_PROGRAMS, ids=lambda page: page.stem)
def test_programs_print_what_stands_below_them(page):
    for program, expected in PROGRAM.findall(page.read_text(encoding="utf-8")):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(program, {"__name__": "page"})
        assert out.getvalue() == expected, program


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
