"""Python in a process of its own: a program of a few lines, or a script as a user starts it."""

import os
import subprocess
import sys
from pathlib import Path

from conftest import ROOT


def printed_by(program: str) -> str:
    """What a program that is given as text prints; it has to end well."""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def run_python(
    folder: Path, *arguments: str, typed: str = "", timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """`python` with arguments, in a folder; `typed` is its input, and the project can be imported."""
    return subprocess.run(
        [sys.executable, *arguments],
        input=typed,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
