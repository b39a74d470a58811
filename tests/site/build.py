"""The site: one folder of static files with all that there is to read and to see.

The README, a live page, the pictures, the chapters with what they print and draw, the guides, the reference,
the figures.

    python tests/site/build.py [FOLDER]

It needs no server and asks none: the pages open from the folder, wherever it lies. MkDocs lays it out.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent.parent / "examples"))

import api_reference
import gallery
import jupytext

import minigrad
import nn
import viz

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
EXAMPLES = ROOT / "examples"

PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "examples", "tests/benchmarks/figures.md")

LIVE = """---
hide: [navigation, toc]
---
# A live page

One backward pass through document 001's network and one iris. `viz.steps(trace)` writes such a page for
*your* network: one HTML file, which asks no server for anything.
[Open it alone](live-page.html){target=_blank}.

<iframe class="live" title="a backward pass" src="live-page.html"></iframe>
"""

ALONE = "---\nhide: [navigation]\n---\n"  # pages without neighbours, which have its place


def reference() -> str:
    """Every public name with the first sentence of its docstring, by package."""
    text = ["# Reference\n\n[All pages, with a search](api/index.html).\n"]
    for package, what in ((minigrad, "the engine"), (nn, "networks"), (viz, "pictures")):
        text.append(f"## {package.__name__}, {what}\n\n| | |\n|---|---|")
        plain = []  # functions whose name says it all
        for name in package.__all__:
            thing, link = getattr(package, name), f"[{name}](api/{package.__name__}.html#{name})"
            told = ", ".join(thing) if isinstance(thing, dict) else inspect.getdoc(thing)
            if told:
                summary = told.partition("\n")[0].replace("|", "\\|")
                text.append(f"| {link} | {summary} |")
            else:
                plain.append(link)
        text.append(f"\nAlso {', '.join(plain)}.\n" if plain else "")
    return "\n".join(text)


NETWORKS = {  # by what the names of their pictures begin with
    "document-001": "Document 001's network and an iris",
    "digits": "A network that reads digits",
    "program": "Programs without layers",
}


def pictures(written: Sequence[Path]) -> str:
    """The gallery's pictures, each in the reader's theme, and a link to itself alone."""
    text = ["# Pictures\n"]
    for network, heading in NETWORKS.items():
        lights = [path for path in written if path.match(f"{network}-*-light.svg")]
        text += [f"## {heading}\n"] * bool(lights)
        for light in lights:
            name = light.stem.removesuffix("-light")
            text.append(f"{gallery.caption_of(name)}\n")
            for theme in ("light", "dark"):
                file = f"gallery/{name}-{theme}.svg"
                text.append(f"[![{name}]({file}#only-{theme})]({file})")
            text.append("")
    return "\n".join(text)


def prepare(folder: Path) -> None:
    """Fill the folder from which the site is made."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in PAGES:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        else:
            shutil.copy(source, target)
    for chapter in sorted(EXAMPLES.glob("chapter_*.py")):
        notebook = jupytext.read(chapter)
        lead = notebook.cells[0]  # the docstring, which is to be read as text
        lead.cell_type, lead.source = "markdown", ast.literal_eval(lead.source)
        lead.source += f"\n[As a notebook]({chapter.stem}.ipynb), to run and to change."
        jupytext.write(notebook, folder / "examples" / f"{chapter.stem}.ipynb")
        jupytext.write(notebook, folder / "examples" / chapter.name, fmt="py:percent")
    for name in ("site.css", "iframe-worker.js"):
        shutil.copy(HERE / name, folder)
    api_reference.build(folder / "api")
    *written, index = gallery.main(["--out", str(folder / "gallery")])
    index.unlink()  # the page below takes its place
    (folder / "gallery.md").write_text(pictures(written), encoding="utf-8")
    traced, *_ = gallery.document_network()
    viz.steps(traced).save(folder / "live-page.html")
    (folder / "live.md").write_text(LIVE, encoding="utf-8")
    (folder / "reference.md").write_text(reference(), encoding="utf-8")
    for page in ("README", "gallery", "reference", "CONTRIBUTING", "CHANGELOG", "tests/benchmarks/figures"):
        path = folder / f"{page}.md"
        path.write_text(ALONE + path.read_text(encoding="utf-8"), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the site where the command line says."""
    parser = argparse.ArgumentParser(description="Build the site, a folder of static files.")
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "out/site", help="default: out/site")
    site = parser.parse_args(arguments).folder.resolve()
    source = site.with_name(site.name + "-source")
    prepare(source)
    paths = os.pathsep.join([str(EXAMPLES), str(ROOT)])  # the chapters run in kernels of their own
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    subprocess.run(
        [*command, "--config-file", str(HERE / "mkdocs.yml")],
        env=os.environ | {"SITE_SOURCE": str(source), "PYTHONPATH": paths, "NO_MKDOCS_2_WARNING": "1"},
        check=True,
    )
    (site / "404.html").unlink()  # it points to the root of a server, which a folder has not


if __name__ == "__main__":
    main()
