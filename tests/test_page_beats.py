"""The beats of the guide on every screen: what they ask about is seen, with numbers, and so is the answer."""

import re
from collections.abc import Callable
from typing import Any

import page_browser
import pytest
from page_browser import document_001, needs_browser, settle
from page_readback import faults, read
from test_page_guide import told

import viz
from minigrad.symbols.numerals import as_number
from nn import trace
from viz.page.__main__ import page_of

pytestmark = needs_browser
PHONE, TABLET, DESK, PROJECTOR = (375, 812), (768, 1024), (1440, 900), (1920, 1080)
browser, opened = page_browser.browser, page_browser.opened  # fixtures


def test_no_matrix_has_turned_before_the_question_why_it_does(opened: Callable[..., Any]) -> None:
    tab = opened(page_of([2, 3, 2, 1]), "#tab=guide&beat=6")
    names = tab.locator("#picture .word").all_text_contents()
    assert {"W⁽¹⁾", "W⁽²⁾", "W⁽³⁾"} <= set(names)
    told(tab, 6)
    assert {"W⁽¹⁾", "(W⁽²⁾)ᵀ", "(W⁽³⁾)ᵀ"} <= set(tab.locator("#picture .word").all_text_contents())


@pytest.mark.parametrize("size", [DESK, PROJECTOR, TABLET, PHONE])
def test_the_layers_show_what_comes_back_and_then_its_product_with_the_slope(
    size: tuple[int, int], opened: Callable[..., Any]
) -> None:
    tab = opened(page_of([2, 3, 2, 1]), "#projector=1" if size == PROJECTOR else "", *size)
    told(tab, 6)
    found = read(tab, "cells")
    texts = {name: cell["text"] for name, cell in found.items()}
    number = {name: as_number(text) for name, text in texts.items() if re.search(r"\d$", text)}
    for k in (1, 2, 3):
        back = sum(number[f"w2_{j}_{k}"] * number[f"d2_{j}"] for j in (1, 2))
        assert number[f"e1_{k}"] == pytest.approx(back, abs=0.03)  # of numbers with two decimals
        assert number[f"d1_{k}"] == pytest.approx(number[f"e1_{k}"] * number[f"s1_{k}"], abs=0.02)
        row = [found[name] for name in (f"d1_{k}", f"s1_{k}", f"e1_{k}", f"w2_1_{k}", f"w2_2_{k}")]
        assert len({round(cell["y"]) for cell in row}) == 1
        assert [cell["x"] for cell in row] == sorted(cell["x"] for cell in row)
        assert {cell["now"] for cell in row} == {k == 1}  # one was asked about
    assert {"=", "⊙", "←"} <= set(tab.locator("#picture .word").all_text_contents())


@pytest.mark.parametrize("network", ["document 001", "2-3-2-1"])
def test_on_a_phone_every_cell_of_the_layers_has_a_number(network: str, opened: Callable[..., Any]) -> None:
    page = viz.steps(document_001()) if network == "document 001" else page_of([2, 3, 2, 1])
    for beat, asked in ((6, r"[desw]\d"), (7, r"g?[wd]3")):
        tab = opened(page, f"#tab=guide&beat={beat}", *PHONE)
        for _ in range(2):
            found = {name: cell["text"] for name, cell in read(tab, "cells").items() if cell["text"] != "?"}
            of_asked = [text for name, text in found.items() if re.match(asked, name)]
            assert len(of_asked) >= 4
            assert [name for name, text in found.items() if not text] == []
            assert faults(tab) == []
            if tab.is_enabled("#guide .choices button >> nth=0"):
                told(tab, beat)


@pytest.mark.parametrize("size", [DESK, PROJECTOR, TABLET, PHONE])
def test_what_is_asked_with_its_answers_and_the_verdict_is_seen_without_scrolling(
    size: tuple[int, int], opened: Callable[..., Any]
) -> None:
    for page in (viz.steps(document_001()), page_of([2, 3, 2, 1])):
        tab = opened(page, "#tab=guide&projector=1" if size == PROJECTOR else "", *size)
        for _ in range(7):
            stage = read(tab, "stage")
            asked, said = (tab.locator(f"#guide {each}") for each in ("#asked", ".verdict"))
            boxes = [*read(tab, "answers"), _box(asked)]
            assert all(box[1] >= 0 and box[3] <= size[1] for box in boxes)
            assert stage[1] >= 0
            assert stage[3] <= size[1]
            tab.locator("#guide .choices button").first.click()
            settle(tab)
            assert _box(asked)[1] >= 0
            assert _box(said)[3] <= size[1]
            assert tab.evaluate("scrollY") == 0
            assert read(tab, "stage") == stage  # nothing moves under the eye
            tab.click("#onward")
            settle(tab)


def _box(part: Any) -> list[float]:
    found = part.bounding_box()
    return [found["x"], found["y"], found["x"] + found["width"], found["y"] + found["height"]]


def test_both_delta_are_known_before_their_sum_is_asked_for_and_all_that_is_told_stands_there(
    opened: Callable[..., Any],
) -> None:
    tab = opened(page_of([2, 3, 2, 1]), "#tab=guide&beat=5")
    before = read(tab, "cells")
    assert {before[f"d2_{j}"]["text"] for j in (1, 2)} == {"1.32", "−2.04"}
    words = told(tab, 5)
    found = read(tab, "cells")
    for k in (1, 2, 3):
        number = re.search(rf"∂C/∂a{chr(0x2080 + k)}⁽¹⁾ =(?: w[^=]* =)? (−?[\d.]+\d)", words)
        assert number
        assert as_number(number[1]) == pytest.approx(as_number(found[f"e1_{k}"]["text"]), abs=0.005)


def test_a_step_down_shows_old_and_new_side_by_side(opened: Callable[..., Any]) -> None:
    t = document_001()
    t.backward()
    w = t.model.layers[2].neurons[0].w[0]
    was = [w.data, w.grad, t.cost.data]
    for parameter in t.model.parameters():
        parameter.data -= 0.1 * parameter.grad
    t.model.zero_grad()
    again = trace(t.model, [x.data for x in t.a[0]], y=-1.0)
    again.backward()
    tab = opened(viz.steps(document_001()), "")
    told(tab, 7)
    rows = tab.locator("#guide .verdict tr")
    assert rows.count() == 3
    for row, before, after in zip(rows.all(), was, [w.data, w.grad, again.cost.data], strict=True):
        _, old, _, new = row.locator("td").all()
        assert as_number(old.inner_text()) == pytest.approx(before, abs=5.1e-5)
        assert as_number(new.inner_text()) == pytest.approx(after, abs=5.1e-5)
        assert old.bounding_box()["y"] == new.bounding_box()["y"]
    found = read(tab, "cells")
    assert found["w3_1_1"]["now"]
    assert as_number(found["w3_1_1"]["text"]) == pytest.approx(w.data, abs=5.1e-5)


@pytest.mark.parametrize("size", [DESK, PROJECTOR, TABLET, PHONE])
def test_bars_and_the_curve_say_what_they_are(size: tuple[int, int], opened: Callable[..., Any]) -> None:
    big = size == PROJECTOR
    tab = opened(page_of([2, 3, 2, 1]), "#tab=guide&projector=1" if big else "", *size)
    for beat in (3, 5, 6):
        told(tab, beat)
        shown = read(tab, "labels")
        left, top, right, bottom = shown["room"]
        for label in shown["texts"]:
            box = label["box"]
            assert label["size"] >= (24 if big else 13)
            assert box[0] >= left - 1
            assert box[2] <= right + 1
            assert top - 3 <= box[1] < box[3] <= bottom + 3
            if beat > 3:
                assert all(box[2] <= bar[0] for bar in shown["shapes"]), label
        texts = [label["text"] for label in shown["texts"]]
        if beat == 3:
            assert texts[-1] == "z₁⁽²⁾ = 0.5843"
            assert texts[0] == "slope σ′(z₁⁽²⁾)"
            assert texts[1] == "= 0.7235"
            continue
        one, other, whole = (as_number(text.split(" = ")[1]) for text in texts)
        assert one + other == pytest.approx(whole, abs=1e-4)
        assert texts[1].startswith("w₂₂⁽²⁾ δ₂⁽²⁾" if beat == 5 else "w₂₁⁽²⁾ δ₂⁽²⁾")


def test_where_there_is_room_a_weight_has_its_gradient_as_a_number(opened: Callable[..., Any]) -> None:
    t = document_001()
    t.backward()
    tab = opened(viz.steps(t), "#tab=change&step=999")
    for zoom in (1, 2, 4):
        tab.evaluate(f"minigrad.zoom({zoom})")
        settle(tab)
        found = read(tab, "cells")
        for l, layer in enumerate(t.model.layers, 1):
            for j, neuron in enumerate(layer.neurons, 1):
                for k, w in enumerate(neuron.w, 1):
                    assert as_number(found[f"gw{l}_{j}_{k}"]["text"]) == pytest.approx(w.grad, abs=0.0051)


def test_after_an_answer_the_keyboard_goes_on_where_it_was(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(document_001()), "")
    for beat in range(1, 8):
        assert tab.inner_text("#guide .small").startswith(f"{beat} of 7")
        if beat > 1:
            assert tab.evaluate("document.activeElement.id") == "asked"
            tab.keyboard.press("Tab")  # to the first answer
        else:
            tab.focus("#guide .choices button >> nth=0")
        tab.keyboard.press("Enter")
        settle(tab)
        assert tab.evaluate("document.activeElement.id") == "onward"
        tab.keyboard.press("Enter")
        settle(tab)


def test_what_comes_back_is_seen_when_the_matrix_has_turned_and_nothing_known_is_taken_away(
    opened: Callable[..., Any],
) -> None:
    tab = opened(page_of([2, 3, 2, 1]), "#tab=guide&beat=6", reduced_motion="no-preference")
    tab.wait_for_timeout(1500)  # the zoom is on its way
    tab.locator("#guide .choices button").first.click()
    tab.wait_for_timeout(250)
    turning = read(tab, "cells")
    assert [turning[name]["text"] for name in ("d2_1", "d2_2", "e1_1", "d1_1")] == ["1.32", "−2.04", "?", "?"]
    for _ in range(100):
        tab.wait_for_timeout(100)
        if read(tab, "cells")["e1_1"]["text"] != "?":
            break
    turned = read(tab, "cells")
    assert [turned[name]["text"] for name in ("e1_1", "d1_1")] == ["0.45", "0.25"]


def test_back_from_the_step_down_the_numbers_are_those_asked_about(opened: Callable[..., Any]) -> None:
    tab = opened(page_of([2, 3, 2, 1]), "#tab=guide&beat=7")
    weight = tab.evaluate("minigrad.get('w3_11').data")
    told(tab, 7)
    stepped = tab.evaluate("minigrad.get('w3_11').data")
    assert stepped != weight
    tab.click("#earlier")
    settle(tab)
    assert tab.evaluate("minigrad.get('w3_11').data") == weight
    told(tab, 7)
    assert tab.evaluate("minigrad.get('w3_11').data") == stepped
    tab.evaluate("minigrad.set('w3_11', 2.0)")  # the reader's own is kept
    tab.click("#earlier")
    settle(tab)
    assert tab.evaluate("minigrad.get('w3_11').data") == 2.0
