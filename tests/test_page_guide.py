"""The guide of the live page: a newcomer lands in it, and what it says are the numbers of the pass."""

import re
from collections.abc import Callable
from typing import Any

import page_browser
import pytest
from page_browser import document_001, needs_browser, settle, softmax
from page_readback import read, says

import viz
from minigrad import Value
from minigrad.symbols.numerals import as_number
from nn import MLP, Notation, trace
from viz.page.__main__ import page_of

pytestmark = needs_browser
browser, opened = page_browser.browser, page_browser.opened  # fixtures


def on(tab: Any) -> str:
    return str(tab.get_attribute("[role=tab][aria-selected=true]", "data-tab"))


def told(tab: Any, beat: int, choice: int = 0) -> str:
    """What a beat says to an answer."""
    big = "&projector=1" if tab.get_attribute("#big", "aria-pressed") == "true" else ""
    for address in ("tab=change", f"tab=guide&beat={beat}"):
        tab.wait_for_timeout(200)  # the page has written its own address
        tab.evaluate(f"location.hash = '{address}{big}'")
        settle(tab)
    tab.locator("#guide .choices button").nth(choice).click()
    settle(tab)
    return str(tab.inner_text("#guide .verdict")).replace("\u2060", "")


def test_a_page_opens_in_its_guide_unless_a_link_or_python_asks_otherwise(opened: Callable[..., Any]) -> None:
    page = viz.steps(document_001())
    tab = opened(page, "")
    assert on(tab) == "guide"
    assert tab.inner_text("#guide .small").startswith("1 of 7")
    tab.click("#earlier")  # the sandbox is one click away
    settle(tab)
    assert "Sandbox" in tab.inner_text("#guide")
    assert on(opened(page, "#step=9")) == "change"
    assert on(opened(page, "#tab=train")) == "train"
    assert on(opened(viz.steps(document_001(), guide=False), "")) == "change"


def test_what_the_guide_is_not_about_opens_without_it(opened: Callable[..., Any]) -> None:
    for root in (
        Value(2.0, "x") * 3.0,
        trace(MLP(2, [1], seed=1), [0.1, 0.2], y=1.0),
        trace(MLP(64, [32, 10], "tanh", seed=1), [0.1] * 64, y=[0.0] * 10),
    ):
        assert on(opened(viz.steps(root), "")) == "change"


def test_who_steps_away_from_a_question_reads_the_sentence_and_comes_back(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(document_001()), "")
    assert not tab.is_visible("#sentence")
    tab.keyboard.press("ArrowRight")
    settle(tab)
    assert tab.is_visible("#sentence")
    assert "comes back over this edge" in says(tab)
    tab.click("#again")
    settle(tab)
    assert not tab.is_visible("#sentence")
    assert tab.is_visible("#asked")
    tab.click("[data-tab=code]")  # a question that was left is not asked elsewhere
    settle(tab)
    assert "Forward, every number is known" in says(tab)


def test_every_number_of_the_guide_is_that_of_the_trace(opened: Callable[..., Any]) -> None:
    t = document_001()
    t.backward()
    tab = opened(viz.steps(t), "")
    first, second, last = t.delta(1)[0], t.delta(2)[0], t.delta(3)[0]
    w = t.model.layers[2].neurons[0].w[0]
    w_before = t.model.layers[1].neurons[0].w[0]
    for beat, number in (
        (1, last), (2, last * w.data), (3, second), (4, second * t.a[1][0].data), (4, w_before.grad),
        (5, t.a[1][0].grad), (7, w.data), (7, w.data - 0.1 * w.grad), (7, t.cost.data),
    ):  # fmt: skip
        assert f"{number:.4f}".replace("-", "−") in told(tab, beat), beat
        tab.evaluate("document.querySelector('#undo').click()")
    assert first == pytest.approx(as_number(tab.evaluate("minigrad.get('z1_1').grad + ''")))
    flat = re.search(r"larger by 8 δ would be ([\d.e−]+),", told(tab, 3))
    t.model.layers[1].neurons[0].b.data += 8
    again = trace(t.model, [x.data for x in t.a[0]], y=-1.0)
    again.backward()
    assert flat
    assert as_number(flat[1]) == pytest.approx(again.delta(2)[0], abs=5e-5)


def test_why_the_t_is_told_with_the_sum_that_an_unturned_matrix_would_give(
    opened: Callable[..., Any],
) -> None:
    t = document_001()
    t.backward()
    wrong = sum(w.data * d for w, d in zip(t.model.layers[1].neurons[0].w, t.delta(2), strict=True))
    assert f"it would give {wrong:.4f}".replace("-", "−") in told(opened(viz.steps(t), ""), 6)
    words = told(opened(page_of([2, 3, 2, 1]), ""), 6, 1)
    assert words.startswith("Yes.")
    assert "3 columns for 2 δ" in words


def test_only_the_matrix_that_a_question_is_about_turns(opened: Callable[..., Any]) -> None:
    tab = opened(page_of([2, 3, 2, 1]), "")
    tab.evaluate("location.hash = 'tab=guide&beat=6'")
    settle(tab)
    before = read(tab, "cells")
    assert [before[f"w2_{j}_1"]["now"] for j in (1, 2)] == [True, True]
    assert before["w2_1_1"]["x"] == before["w2_2_1"]["x"]
    told(tab, 6)
    after = read(tab, "cells")
    assert after["w2_1_1"]["y"] == after["w2_2_1"]["y"] == after["e1_1"]["y"] == after["d1_1"]["y"]
    assert [after[f"w1_{j}_1"] for j in (1, 2, 3)] == [before[f"w1_{j}_1"] for j in (1, 2, 3)]


# --- names ----------------------------------------------------------------------------------------------

NOTATIONS = {
    "rows": (Notation(vectors="rows"), "δ⁽¹⁾ = δ⁽²⁾ (W⁽²⁾)ᵀ ⊙ σ′(z⁽¹⁾)", "∂C/∂W⁽¹⁾ = (x)ᵀ δ⁽¹⁾", "w₂₁⁽²⁾"),
    "from, to": (
        Notation(indices="from, to"), "δ⁽¹⁾ = W⁽²⁾ δ⁽²⁾ ⊙ σ′(z⁽¹⁾)", "∂C/∂W⁽¹⁾ = x (δ⁽¹⁾)ᵀ", "w₂₁⁽²⁾",
    ),
    "rows, to": (
        Notation(vectors="rows", indices="to, from"),
        "δ⁽¹⁾ = δ⁽²⁾ W⁽²⁾ ⊙ σ′(z⁽¹⁾)", "∂C/∂W⁽¹⁾ = (δ⁽¹⁾)ᵀ x", "w₁₂⁽²⁾",
    ),
    "bare": (
        Notation(parentheses=False, first_layer=1), "δ² = (W³)ᵀ δ³ ⊙ σ′(z²)", "∂C/∂W² = δ² (x)ᵀ", "w₁₂³",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NOTATIONS)
def test_the_page_writes_a_notation_as_its_equations_do(name: str, opened: Callable[..., Any]) -> None:
    notation, back, outer, weight = NOTATIONS[name]
    tab = opened(viz.steps(document_001(), notation=notation), "#zoom=4&step=99")
    said = says(tab)
    assert back in said
    assert outer in said
    tab.evaluate("minigrad.zoom(1)")
    tab.evaluate("minigrad.step(11)")  # into the weight to neuron 1 of layer 2 from neuron 2
    settle(tab)
    assert weight in says(tab)


def test_a_label_has_its_digits_lowered_wherever_it_stands(opened: Callable[..., Any]) -> None:
    x = [Value(0.1 * k, f"x{k}") for k in (1, 2, 3)]
    tab = opened(viz.steps(x[0] * x[1] + x[2].tanh()), "#step=3")
    stage = tab.locator("#picture").text_content() + says(tab)
    assert {"x₁", "x₂", "x₃"} <= set(re.findall("x[₀-₉]", stage))
    assert not re.search(r"x\d", stage)
    assert tab.locator("#formula msub").count() >= 2
    batch = viz.steps(trace(MLP(2, [2, 1], seed=1), [0.1, 0.2], y=1.0).cost)
    for stop in (4, 8, 12):
        tab = opened(batch, f"#step={stop}")
        assert not re.search(r"[wbza]\d", says(tab) + tab.inner_text("#formula"))


def test_every_index_stands_lower_than_its_letter(opened: Callable[..., Any]) -> None:
    boxes = (
        "[...document.querySelectorAll('#formula :is(msub, msubsup)')].map(e => "
        "[e.children[0], e.children[1]].map(part => part.getBoundingClientRect().bottom))"
    )
    tab = opened(viz.steps(document_001()))
    for step in (8, 11, 23, 25):  # σ′(z), w and x among them
        tab.evaluate(f"minigrad.step({step})")
        settle(tab)
        found = tab.evaluate(boxes)
        assert len(found) >= 3
        assert all(index - letter > 3 for letter, index in found), found


def test_softmax_in_rows_goes_back_through_j_from_the_right(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(softmax(), notation=Notation(vectors="rows")), "#zoom=4&step=20")
    assert "δ⁽²⁾ = ∂C/∂a⁽²⁾ J = p − y" in says(tab)
