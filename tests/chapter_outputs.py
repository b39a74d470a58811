"""What the chapters print, kept in examples/output/. Run it after a change, and read the differences:

    python tests/chapter_outputs.py [NUMBER …]

With PyTorch installed the last chapter says more, and a second output of it is kept.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "examples"
CHAPTERS = sorted(EXAMPLES.glob("chapter_*.py"))


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


def main(numbers: list[str]) -> None:
    """Keep the outputs of the chapters of these numbers, or of all."""
    for chapter in CHAPTERS:
        if not numbers or str(int(chapter.stem[8:10])) in numbers:
            kept_output(chapter).write_text(output_of(chapter), encoding="utf-8")
            print(kept_output(chapter).relative_to(EXAMPLES.parent))


if __name__ == "__main__":
    main(sys.argv[1:])
