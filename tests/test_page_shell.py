"""The file that `viz.steps` writes: it asks nobody for anything, runs no label, changes no graph."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import page_browser
import pytest
from page_browser import document_001, needs_browser, settle
from page_readback import says

import nn
import viz
from minigrad import Value, debug, topological_order

browser, opened = page_browser.browser, page_browser.opened  # fixtures


# --- nobody is asked, nothing runs ----------------------------------------------------------------------

HOSTILE = [
    "</script><script>window.ran = 1</script>", "<img src=x onerror='window.ran=1'>",
    "\"><svg onload=window.ran=1>",
    "'; window.ran = 1; '", "${window.ran = 1}", "]]><script>window.ran=1</script>", "__proto__", "&lt;b&gt;",
]  # fmt: skip


@needs_browser
def test_no_label_and_no_title_is_taken_for_markup_or_run(opened: Callable[..., Any]) -> None:
    for title in HOSTILE[:3]:
        root = Value(3.0, label="x")
        for label in HOSTILE:
            root = root * Value(2.0, label=label).log() + 1.0
        root.label = title
        tab = opened(viz.steps(root, title=title))
        for name in ("guide", "check", "train", "code"):
            tab.click(f"[data-tab={name}]")
            settle(tab)
        seen = ""
        for stop in range(1, 40, 3):
            tab.evaluate(f"minigrad.step({stop})")
            settle(tab)
            seen += says(tab)
        assert sum(label[:9] in seen for label in HOSTILE) >= 3
        tab.click("[data-tab=change]")
        tab.fill("#which", HOSTILE[1])
        tab.keyboard.press("Enter")
        tab.fill("#value", "-1")  # outside the domain of log: the message names the label
        tab.keyboard.press("Enter")
        settle(tab)
        assert HOSTILE[1][:9] in says(tab)
        assert tab.evaluate("window.ran") is None
        assert tab.inner_text("#title") == title


@needs_browser
def test_the_content_policy_forbids_every_request(browser: Any, tmp_path: Path) -> None:
    path = viz.steps(document_001()).save(tmp_path / "page.html")
    tab = browser.new_context().new_page()
    requests: list[str] = []
    tab.on("requestfinished", lambda request: requests.append(request.url))
    tab.goto(path.as_uri())
    script = "const made = document.createElement('script'); made.textContent = 'window.ran = 1';"
    image = "const image = new Image(); image.onload = () => done(1); image.onerror = () => done(0);"
    assert tab.evaluate("fetch('https://example.org/').then(() => 1, () => 0)") == 0
    assert tab.evaluate(f"new Promise(done => {{ {image} image.src = 'https://example.org/x.png'; }})") == 0
    assert tab.evaluate(f"(() => {{ {script} document.body.append(made); return window.ran; }})()") is None
    assert not [url for url in requests if url.startswith("http")]


# --- from Python ----------------------------------------------------------------------------------------


def test_the_gradients_of_the_graph_are_left_as_they_were() -> None:
    t = document_001()
    t.backward()
    before = [(node.grad, node.has_gradient) for node in topological_order(t.cost)]
    viz.steps(t)
    assert [(node.grad, node.has_gradient) for node in topological_order(t.cost)] == before


def test_the_same_graph_gives_the_same_page() -> None:
    assert viz.steps(document_001()).html == viz.steps(document_001()).html


@needs_browser
@pytest.mark.parametrize(("notation", "words"), [("000", "E"), ("001", "δ₁⁽⁴⁾"), ("002", "δ₁⁽³⁾")])
def test_the_notation_is_that_of_the_document_asked_for(
    notation: str, words: str, opened: Callable[..., Any]
) -> None:
    tab = opened(viz.steps(document_001(), notation=notation), "#zoom=2&step=5")
    assert words in says(tab) + tab.locator("#picture").text_content()


@pytest.mark.parametrize("other", [None, 3.0, "C", [1.0]])
def test_what_is_no_value_and_no_trace_is_told_what_to_give(other: Any) -> None:
    with pytest.raises(TypeError, match=r"steps: give the Value .* not "):
        viz.steps(other)


def test_the_letters_may_be_ones_own(opened: Callable[..., Any]) -> None:
    own = nn.Notation(z="s", a="h", delta="ε", w="m", W="M", cost="J", activation="φ", first_layer=1)
    tab = opened(viz.steps(document_001(), notation=own), "#zoom=4&step=30")
    stage = says(tab) + tab.locator("#picture").text_content()
    for written in ("ε⁽³⁾", "(M⁽³⁾)ᵀ", "φ′(s⁽²⁾)", "∂J/∂h⁽³⁾"):
        assert written in stage, written
    assert "δ⁽" not in stage


def test_a_graph_that_is_too_large_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viz.page.MOST_NODES", 10)
    with pytest.raises(ValueError, match=r"a page holds up to 10 nodes, this graph has .*minigrad\.debug"):
        viz.steps(document_001())


def test_in_a_notebook_the_page_stands_in_a_frame_of_its_own() -> None:
    page = viz.steps(Value(2.0, label="x") * 3.0)
    assert page._repr_html_().startswith(
        '<iframe title="Backward pass from root" srcdoc="&lt;!DOCTYPE html&gt;'
    )
    assert " src=" not in page._repr_html_()


@needs_browser
def test_in_a_frame_the_page_opens_too(browser: Any) -> None:
    tab, noise = browser.new_context(viewport={"width": 1200, "height": 1000}).new_page(), []
    tab.on("pageerror", lambda error: noise.append(str(error)))
    tab.set_content(viz.steps(document_001())._repr_html_())
    frame = tab.frame_locator("iframe")
    frame.locator("#asked:not(:empty)").wait_for()
    frame.locator("#step").click()
    tab.wait_for_timeout(400)
    assert "comes back" in frame.locator("#sentence").inner_text()
    assert noise == []


def test_the_prompt_writes_the_page_of_the_step_it_is_at(tmp_path: Path, capsys: Any) -> None:
    root = Value(2.0, label="x") * 3.0
    debug(root, ["step", f"view {tmp_path / 'own.html'}", "quit"])
    assert (tmp_path / "own.html").read_text("utf-8") == viz.steps(root).html
    assert "own.html#step=1" in capsys.readouterr().out
