"""The API reference, built from docstrings with pdoc:

    python tests/api_reference.py out/api

writes a page for each module that a user imports, with an index and a search.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

import pdoc
import pdoc.docstrings
import pdoc.render

PACKAGES = ("minigrad", "nn", "viz")

# What a user imports; the rooms behind them are for reading in the source.
MODULES = (
    *("minigrad", "minigrad.node", "minigrad.rules", "minigrad.operations", "minigrad.graph"),
    *(
        "nn",
        "nn.delta.equations",
        "nn.losses",
        "nn.activations",
        "nn.initializers",
        "nn.training.optimizers",
        "nn.delta.notation",
    ),
    *("viz", "viz.worksheet"),
)

# A heading, and below it lines that are indented: a table of words that Markdown would run together.
GLOSSARY = re.compile(r"^(Glossary.*)\n(?=    )", flags=re.MULTILINE)


def build(folder: Path) -> None:
    """Write the pages into a folder."""
    convert = pdoc.docstrings.convert

    def with_glossaries(docstring: str, docformat: str, source_file: Path | None) -> str:
        return convert(GLOSSARY.sub(r"\1\n\n", docstring), docformat, source_file)

    pdoc.render.configure(docformat="google", footer_text="minigrad")
    pdoc.docstrings.convert = with_glossaries
    try:
        pdoc.pdoc(*MODULES, output_directory=folder)
    finally:
        pdoc.docstrings.convert = convert


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the reference where the command line says."""
    parser = argparse.ArgumentParser(description="Build the API reference from docstrings.")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("out/api"), help="default: out/api")
    folder = parser.parse_args(arguments).folder
    build(folder)
    print(folder / "index.html")


if __name__ == "__main__":
    main()
