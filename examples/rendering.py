"""Finding a Graphviz, and running it.

The order: what the caller names, the environment variable MINIGRAD_DOT, `dot` on the PATH, `graphviz-pure` on
the PATH or beside the running Python (a wheel that minigrad installs: no system package is needed).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ENVIRONMENT_VARIABLE = "MINIGRAD_DOT"
_TIME_LIMIT = 60.0


def find_renderer(renderer: str | None = None) -> str:
    """The path of a Graphviz, `dot` or `graphviz-pure`.

    Raises RuntimeError when a renderer that was asked for is not there, or when there is none at all; it
    says what to install.

    >>> find_renderer("no-such-program")
    Traceback (most recent call last):
        ...
    RuntimeError: there is no renderer 'no-such-program'; name one that runs, such as 'dot' or 'graphviz-pure'
    """
    asked = renderer or os.environ.get(ENVIRONMENT_VARIABLE)
    beside = str(Path(sys.executable).parent)
    if asked:
        found = shutil.which(asked) or shutil.which(asked, path=beside)
        if found is None:
            raise RuntimeError(
                f"there is no renderer {asked!r}; name one that runs, such as 'dot' or 'graphviz-pure'"
            )
        return found
    for name, path in (("dot", None), ("graphviz-pure", None), ("graphviz-pure", beside)):
        found = shutil.which(name, path=path)
        if found is not None:
            return found
    raise RuntimeError(
        "no Graphviz was found, which lays out computation graphs: `pip install graphviz-pure`, or install "
        "Graphviz from https://graphviz.org/download so that `dot` is on the PATH; "
        "the DOT text of a graph, its .dot, needs neither"
    )


def run_graphviz(dot: str, output: str = "json", renderer: str | None = None) -> str:
    """What Graphviz makes of a graph: "json" (a layout), "svg", "plain".

    Raises RuntimeError where there is no Graphviz, it fails, or it takes more than a minute.

    >>> run_graphviz("digraph { a -> b }", "plain").startswith("graph 1")
    True
    """
    program = find_renderer(renderer)
    command = [program, "-q", "-Kdot", f"-T{output}"]
    try:
        finished = subprocess.run(
            command, input=dot.encode(), capture_output=True, timeout=_TIME_LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"{program} took more than {_TIME_LIMIT:.0f} s; draw a part, or fold it") from None
    except OSError as error:
        raise RuntimeError(f"{program} does not run: {error}") from None
    if finished.returncode or not finished.stdout:
        said = finished.stderr.decode(errors="replace").strip() or f"it ended with {finished.returncode}"
        remedy = (
            "; draw a part, or fold it" if finished.returncode < 0 else ""
        )  # a graph too deep for its stack
        raise RuntimeError(f"{program} could not draw the graph: {said}{remedy}")
    return finished.stdout.decode()
