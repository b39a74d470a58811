"""What the chapters and the programs of the pages print, kept in examples/. After a change, run

    python tests/kept_outputs.py [NUMBER …]

for the chapters of these numbers, or for all chapters, other programs and pages, and read the differences.
With PyTorch installed the last chapter says more, and a second output of it is kept. Times are measured, so
that they are printed to the error stream, which is not kept.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import re
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "examples"
if str(EXAMPLES) not in sys.path:  # programs of pages import their neighbours
    sys.path.append(str(EXAMPLES))
CHAPTERS = sorted(EXAMPLES.glob("chapter_*.py"))
OTHERS = [EXAMPLES / "scalar_gpt.py"]
PAGES = [
    page for page in sorted(EXAMPLES.glob("*.md")) if page.name != "debugging.md"
]  # which has its own test
PROGRAM = re.compile(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", flags=re.DOTALL)


def output_of(chapter: Path, folder: Path | None = None) -> str:
    """What a chapter prints when it is run as a user runs it, in a folder; a warning is an error."""
    environment = dict(os.environ, PYTHONPATH=str(EXAMPLES.parent), PYTHONIOENCODING="utf-8")
    command = [sys.executable, "-W", "error", str(chapter)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise RuntimeError(f"{chapter.name} failed:\n{done.stderr}")
    return done.stdout


def kept_output(chapter: Path) -> Path:
    """Where the output is kept."""
    with_torch = "_with_pytorch" if "pytorch" in chapter.stem and importlib.util.find_spec("torch") else ""
    return EXAMPLES / "output" / f"{chapter.stem}{with_torch}.txt"


def output_of_program(program: str, folder: Path) -> str:
    """What a program of a page prints, run in a folder."""
    out = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out):
        exec(program, {"__name__": "page"})
    return out.getvalue()


def with_outputs(page: str) -> str:
    """The page, with what its programs print below them."""
    return PROGRAM.sub(
        lambda found: (
            f"```python\n{found[1]}```\n\n```text\n{output_of_program(found[1], EXAMPLES.parent)}```"
        ),
        page,
    )


def main(numbers: list[str]) -> None:
    """Keep the outputs of the chapters of these numbers, or of all programs and pages."""
    wanted = [chapter for chapter in CHAPTERS if str(int(chapter.stem[8:10])) in numbers]
    for program in wanted if numbers else [*CHAPTERS, *OTHERS]:
        kept_output(program).write_text(output_of(program), encoding="utf-8")
        print(kept_output(program).relative_to(EXAMPLES.parent))
    for page in PAGES if not numbers else []:
        page.write_text(with_outputs(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
