"""Chromium for the tests of the live page: pages are opened from a file, and may ask nobody for anything."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import viz
from nn import MLP, Trace, cross_entropy, trace

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
if BROWSER is None and os.environ.get("CI"):
    raise RuntimeError("there is no Chromium: continuous integration installs it from Debian's packages")
needs_browser = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def document_001() -> Trace:
    """4-2-2-1, sigmoid, a linear output without bias."""
    model = MLP(4, [2, 2, 1], activation="sigmoid", bias=[True, True, False], seed=3)
    return trace(model, [-0.3973, -0.5195, 0.2362, -0.1798], y=-1.0)


def softmax() -> Trace:
    model = MLP(2, [3, 3], activation="sigmoid", output_activation="softmax", seed=1)
    return trace(model, [0.3, -0.4], y=[0, 1, 0], loss=cross_entropy)


def deep() -> Trace:
    return trace(MLP(3, [4, 4, 4, 4, 2], activation="tanh", seed=1), [0.3, -0.4, 0.5], y=[0.0, 1.0])


@contextmanager
def chromium() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if BROWSER is None:
        pytest.skip("there is no Chromium on this machine")
    with chromium() as opened:
        yield opened


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    with opener(browser, tmp_path) as open_page:
        yield open_page


@pytest.fixture(scope="module")
def page(browser: Any) -> Any:
    """An empty page, for HTML that is not a file."""
    return browser.new_page(viewport={"width": 1000, "height": 900})


@contextmanager
def opener(browser: Any, folder: Path) -> Iterator[Callable[..., Any]]:
    """Opens pages; at the end nothing may have been logged, or asked for but the files themselves."""
    contexts, noise, requests, files = [], [], [], set()

    def open_page(
        page: viz.Page, address: str = "#tab=change", width: int = 1440, height: int = 900, **options: Any
    ) -> Any:
        path = page.save(folder / f"page{len(files)}.html")
        files.add(path.as_uri())
        options.setdefault("reduced_motion", "reduce")
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: noise.append(message.text))
        tab.on("pageerror", lambda error: noise.append(str(error)))
        tab.on("request", lambda request: requests.append(request.url))
        tab.goto(path.as_uri() + address)
        tab.wait_for_selector("#sentence:not(:empty)", state="attached")
        settle(tab)
        return tab

    yield open_page
    for context in contexts:
        context.close()
    assert noise == []
    assert {url.partition("#")[0] for url in requests} <= files


def settle(tab: Any) -> None:
    """Until what was asked for has been painted."""
    frame = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))"
    tab.evaluate(frame)


def to_stop(tab: Any, stop: int) -> None:
    """The time handle is set."""
    tab.evaluate(
        "stop => { const time = document.querySelector('#time'); time.value = stop; "
        "time.dispatchEvent(new Event('input')); }",
        stop,
    )
    settle(tab)


def dropped(tab: Any, text: str) -> str:
    """What is told of a file of numbers that is given to the page."""
    tab.set_input_files("#file", {"name": "own.csv", "mimeType": "text/csv", "buffer": text.encode()})
    tab.wait_for_timeout(200)
    settle(tab)
    return str(tab.inner_text("#told"))


def stops(tab: Any) -> int:
    return int(tab.evaluate("document.querySelector('#time').max"))
