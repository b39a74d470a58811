"""The page's modules in a real browser, apart from the page: numbers go there and come back bit for bit."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from page_browser import chromium

import viz.page
from viz.page.rules_script import rules_script

SCRIPTS = Path(viz.page.__file__).parent / "browser"
HOST = "http://modules.test/"

# Arrays of floats as text in base 64, which keeps −0, nan and every bit.
HELPERS = """
export const floats = (text) => new Float64Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
export const bytes = (array) => {
  let text = "";
  for (const byte of new Uint8Array(array.buffer)) text += String.fromCharCode(byte);
  return btoa(text);
};
"""


@contextmanager
def modules(*operations: Any) -> Iterator[Any]:
    """A tab that imports the modules, with rules of one's own; it has `run(names, body, argument)`."""
    files = {path.name: path.read_text(encoding="utf-8") for path in SCRIPTS.rglob("*.js")}
    files |= {"rules.js": rules_script(operations), "helpers.js": HELPERS}
    with chromium() as browser:
        tab = browser.new_page()
        tab.on("pageerror", lambda error: pytest.fail(str(error)))
        tab.route(f"{HOST}**", lambda route: _answer(route, files))
        tab.goto(HOST)
        yield Tab(tab)


@pytest.fixture(scope="module")
def tab() -> Iterator[Any]:
    with modules() as opened:
        yield opened


def _answer(route: Any, files: dict[str, str]) -> None:
    name = route.request.url.removeprefix(HOST)
    if name in files:
        route.fulfill(body=files[name], content_type="text/javascript; charset=utf-8")
    else:
        route.fulfill(body="<!doctype html><title>modules</title>", content_type="text/html; charset=utf-8")


class Tab:
    """Runs JavaScript with the page's modules."""

    def __init__(self, tab: Any) -> None:
        self.tab = tab

    def run(self, imports: dict[str, str], body: str, argument: Any = None) -> Any:
        """What the body returns: `imports` are names by module, `argument` is JSON, called `given` there."""
        lines = [
            f'const {{{names}}} = await import("{HOST}{module}.js");' for module, names in imports.items()
        ]
        lines += [f'const {{floats, bytes}} = await import("{HOST}helpers.js");']
        function = f"async (text) => {{ const given = JSON.parse(text); {' '.join(lines)} {body} }}"
        return self.tab.evaluate(function, json.dumps(argument, allow_nan=False))


def packed(numbers: Any) -> str:
    return base64.b64encode(np.asarray(numbers, dtype=np.float64).tobytes()).decode()


def unpacked(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype=np.float64)


# A body for `run`: of each [tape, changes] the data and gradients as opened, and after the changes.
COMPUTED = """
return given.map(([tape, changes]) => {
  const graph = new Graph(tape), opened = [bytes(graph.data), bytes(graph.grad)];
  for (const [node, number] of changes) graph.set(node, Number(number));
  graph.forward();
  graph.backward();
  return [...opened, bytes(graph.data), bytes(graph.grad), graph.error];
});
"""

TOLERANCE = 1e-12  # of the larger of 1 and the number


def agree(here, there):
    """Numbers of Python and of the page are the same, to 1e-12 of the larger of 1 and themselves."""
    for wanted, actual in zip(here, there, strict=True):
        if math.isfinite(wanted):
            assert abs(actual - wanted) <= TOLERANCE * max(1.0, abs(wanted))
        else:
            assert wanted == actual or (math.isnan(wanted) and math.isnan(actual))
