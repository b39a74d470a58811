"""The live page used: numbers changed, undone and linked to, by hand and by keyboard; told, and printed."""

import re
from collections.abc import Callable
from typing import Any

import page_browser
import pytest
from page_browser import document_001, needs_browser, settle, stops
from page_readback import get, read, says

import viz
from minigrad import Value, operation
from minigrad.symbols.numerals import as_number
from nn import MLP, mean, squared_error, trace

pytestmark = needs_browser
browser, opened = page_browser.browser, page_browser.opened  # fixtures


def gradients(tab: Any) -> dict[str, float]:
    return tab.evaluate(
        "Object.fromEntries(minigrad.labels().map(label => [label, minigrad.get(label).grad]))"
    )


# --- numbers change -------------------------------------------------------------------------------------


def test_a_dragged_weight_changes_every_gradient_as_python_has_it_and_leaves_a_ghost(
    opened: Callable[..., Any],
) -> None:
    tab = opened(viz.steps(document_001()), "#zoom=2&step=40")
    before = gradients(tab)
    place, stage = read(tab, "cells")["w3_1_1"], tab.locator("#stage").bounding_box()
    x, y = stage["x"] + place["x"], stage["y"] + place["y"]
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 30, y, steps=3)
    tab.mouse.move(x - 150, y, steps=5)
    tab.mouse.up()
    settle(tab)
    t = document_001()
    weight = t.model.layers[2].neurons[0].w[0]
    assert get(tab, "w3_11")["data"] == pytest.approx(weight.data - 1.5, abs=0.02)
    weight.data = get(tab, "w3_11")["data"]
    again = trace(t.model, [x.data for x in t.a[0]], y=-1.0)
    again.backward()
    for layer in again.z[1:]:
        for z in layer:
            assert get(tab, z.label)["grad"] == pytest.approx(z.grad, abs=1e-12)
    assert tab.locator(".ghost").count() > 0
    tab.click("#undo")
    settle(tab)
    assert gradients(tab) == before


def test_a_link_opens_the_numbers_the_shape_and_the_place(opened: Callable[..., Any]) -> None:
    page = viz.steps(document_001())
    tab = opened(page, "#zoom=2")
    tab.evaluate("minigrad.set('w1_11', 0.123456789012345678)")
    tab.locator("[data-do=more][data-l='1']").click()
    tab.locator("#loss").select_option("half_squared_error")
    tab.locator("[data-sigma='0']").select_option("tanh")
    tab.keyboard.press("Escape")
    tab.evaluate("document.activeElement.blur()")
    for _ in range(3):
        tab.keyboard.press("ArrowRight")
    settle(tab)
    tab.wait_for_timeout(300)
    address = tab.evaluate("location.hash")
    other = opened(page, address)
    assert gradients(other) == gradients(tab)
    assert other.inner_text("#what") == tab.inner_text("#what")
    assert other.inner_text("#what").startswith("4-3-2-1")
    assert says(other) == says(tab)
    assert get(other, "w1_11")["data"] == 0.12345678901234568


def test_a_link_repeats_the_training_with_its_curves_and_every_epoch(opened: Callable[..., Any]) -> None:
    t = trace(MLP(2, [3, 1], activation="tanh", output_activation="sigmoid", seed=3), [1.0, 0.0], y=1.0)
    page = viz.steps(t)
    tab = opened(page, "#tab=train&data=xor")
    tab.evaluate("minigrad.train(70)")
    tab.locator("#epoch").fill("30")
    settle(tab)
    tab.wait_for_timeout(300)
    other = opened(page, tab.evaluate("location.hash"))
    assert other.inner_text("#epoch-count") == "epoch 30 of 70"
    assert gradients(other) == gradients(tab)
    for each in (tab, other):
        each.locator("#epoch").fill("70")
        settle(each)
    assert gradients(other) == gradients(tab)
    assert other.inner_text("#cost-words") == tab.inner_text("#cost-words")


def test_a_copied_link_opens_its_network_in_the_page_of_another(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(document_001()), "#zoom=2", permissions=["clipboard-read", "clipboard-write"])
    tab.click("#link")
    tab.wait_for_selector("#hint:not([hidden])")
    assert tab.inner_text("#hint").startswith("Copied: ")
    address = tab.evaluate("navigator.clipboard.readText()")
    other = opened(viz.steps(trace(MLP(2, [2, 1], seed=1), [0.5, 0.1], y=0.0)), "#" + address.split("#")[1])
    assert other.inner_text("#what").startswith("4-2-2-1 · C = 1.6584")
    assert gradients(other) == gradients(tab)


def test_a_change_by_hand_after_training_is_undone_to_the_trained_epoch(opened: Callable[..., Any]) -> None:
    t = trace(MLP(2, [3, 1], activation="tanh", output_activation="sigmoid", seed=3), [1.0, 0.0], y=1.0)
    tab = opened(viz.steps(t), "#tab=train&data=xor")
    tab.click("#one")
    tab.evaluate("minigrad.train(40)")
    settle(tab)
    before, epochs = gradients(tab), tab.inner_text("#epoch-count")
    tab.click("[data-tab=change]")
    tab.fill("#value", "3.5")
    tab.keyboard.press("Enter")
    settle(tab)
    assert tab.inner_text("#epoch-count") == f"{epochs}, changed since"
    tab.click("#undo")
    settle(tab)
    assert tab.inner_text("#epoch-count") == epochs
    assert gradients(tab) == before


def test_reset_and_undo_stop_a_training(opened: Callable[..., Any]) -> None:
    t = trace(MLP(2, [3, 1], activation="tanh", output_activation="sigmoid", seed=3), [1.0, 0.0], y=1.0)
    for button, words in (("#reset", "not trained"), ("#undo", "not trained")):
        tab = opened(viz.steps(t), "#tab=train")
        before = gradients(tab)
        tab.click("#go")
        tab.wait_for_timeout(300)
        tab.click("[data-tab=guide]")
        tab.click(button)
        settle(tab)
        tab.wait_for_timeout(300)
        assert gradients(tab) == before
        assert tab.inner_text("#epoch-count") == words


def test_a_nudge_stands_beside_the_gradient(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(document_001()))
    for label in ("z1_2", "a2_1", "w2_21", "b1_1", "x3"):
        tab.fill("#which", label)
        tab.keyboard.press("Enter")
        tab.click("#nudge")
        slope, gradient = (as_number(text) for text in tab.locator("#nudged b").all_inner_texts())
        assert gradient == pytest.approx(get(tab, label)["grad"], abs=5e-5)
        assert slope == pytest.approx(gradient, abs=2e-3)


def test_what_has_no_cost_says_why_and_comes_back(opened: Callable[..., Any]) -> None:
    x = Value(2.0, label="x")
    tab = opened(viz.steps(x.log() * 3.0))
    tab.fill("#value", "-1")
    tab.keyboard.press("Enter")
    settle(tab)
    assert "the operand must be > 0" in says(tab)
    tab.click("#undo")
    settle(tab)
    assert get(tab, "x")["grad"] == 1.5


def test_a_row_that_javascript_cannot_read_steps_with_recorded_numbers_and_says_why(
    opened: Callable[..., Any],
) -> None:
    @operation(lambda x: sorted([x, 0.5])[0])
    def odd(y: Any, x: Any) -> tuple[Any, ...]:
        """y = x"""
        return (1.0,)

    x = Value(0.25, label="x")
    tab = opened(viz.steps(odd(x) * 2.0))
    assert "cannot be read" in tab.inner_text("#shape")
    assert tab.is_disabled("#value")
    assert tab.is_disabled("#nudge")
    tab.keyboard.press("End")
    settle(tab)
    assert "∂root/∂x = 2.0000" in says(tab)


def test_a_batch_is_an_expression_and_has_no_zoom(opened: Callable[..., Any]) -> None:
    model = MLP(2, [2, 1], activation="tanh", seed=1)
    tab = opened(viz.steps(mean([squared_error(model([0.1 * k, 1.0]), 1.0) for k in range(3)])))
    assert tab.is_hidden("#lever")
    tab.keyboard.press("End")
    assert stops(tab) > 30


# --- keyboard, ears, paper ------------------------------------------------------------------------------


def test_the_keyboard_alone_steps_zooms_types_nudges_and_undoes(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(document_001()))
    for key, words in (
        ("ArrowRight", "comes back"),
        ("End", "comes back"),
        ("4", "In matrices"),
        ("Home", "Forward"),
    ):
        tab.keyboard.press(key)
        settle(tab)
        assert words in says(tab)
    reached = set()
    for _ in range(60):
        tab.keyboard.press("Tab")
        reached.add(
            tab.evaluate(
                "(({id, dataset}) => id || dataset.tab || dataset.zoom || dataset.do)(document.activeElement)"
            )
        )
    assert reached >= {
        "reset",
        "big",
        "4",
        "change",
        "which",
        "value",
        "slide",
        "nudge",
        "loss",
        "back",
        "step",
        "play",
        "time",
        "more",
    }
    tab.focus("#value")
    tab.keyboard.press("Control+A")
    tab.keyboard.type("0.25")
    tab.keyboard.press("Enter")
    label = tab.input_value("#which")
    assert get(tab, label)["data"] == 0.25
    tab.evaluate("document.activeElement.blur()")
    tab.keyboard.press("Control+z")
    assert get(tab, label)["data"] != 0.25


def test_left_and_right_step_wherever_the_last_click_was(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(document_001()))
    for clicked in ("[data-tab=code]", "[data-tab=change]", "[data-zoom='2']", "#step"):
        at = int(tab.input_value("#time"))
        tab.click(clicked)
        settle(tab)  # a zoom is on its way for a moment
        zoom = tab.evaluate("document.querySelector('[data-zoom][aria-checked=true]').dataset.zoom")
        tab.keyboard.press("ArrowRight")
        settle(tab)
        assert int(tab.input_value("#time")) > at or clicked == "[data-zoom='2']"
        assert tab.locator(f"[data-zoom='{zoom}'][aria-checked=true]").count() == 1
    tab.focus("[data-tab=change]")
    tab.keyboard.press("ArrowUp")
    assert tab.get_attribute("[data-tab=guide]", "aria-selected") == "true"


def test_a_click_on_a_number_lets_it_be_typed_at_once(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(document_001()), "#zoom=2&tab=code")
    place, stage = read(tab, "cells")["w3_1_2"], tab.locator("#stage").bounding_box()
    tab.mouse.click(stage["x"] + place["x"], stage["y"] + place["y"])
    tab.keyboard.type("-2")
    tab.keyboard.press("Enter")
    settle(tab)
    assert get(tab, "w3_12")["data"] == -2.0


def test_the_keys_are_told_and_escape_closes(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(document_001()), "#projector=1")
    tab.keyboard.press("?")
    settle(tab)
    assert "Ctrl+Z undo" in tab.inner_text("#hint")
    tab.keyboard.press("Escape")
    settle(tab)
    assert tab.is_hidden("#hint")
    tab.keyboard.press("Escape")
    assert tab.get_attribute("#big", "aria-pressed") == "false"


def test_each_stop_of_the_pass_is_a_layer_and_the_end_stays_the_end(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(document_001()), "#zoom=4&step=999")
    assert tab.inner_text("#count") == "3 of 3 layers"
    tab.locator("[data-do=more][data-l='3']").click()
    settle(tab)
    assert tab.inner_text("#count") == "3 of 3 layers"
    assert "?" not in {cell["text"] for cell in read(tab, "cells").values()}


def test_the_sentence_is_announced_and_the_handles_have_names(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(document_001()), "#step=9")
    assert tab.get_attribute("#sentence", "aria-live") == "polite"
    tree = tab.locator("#page").aria_snapshot()
    for words in (
        'slider "pass"',
        'button "Step"',
        'tab "Guide"',
        'radio "matrices"',
        'heading "Backward pass from C"',
    ):
        assert words in tree, tree
    assert tab.get_attribute("#time", "aria-valuetext") == "8 of 39 edges"


def test_the_print_has_the_four_zooms_on_one_page(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(document_001()), "#step=20")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    tab.emulate_media(media="print")
    titles = tab.locator("#print h2").all_inner_texts()
    assert len(re.findall(rb"/Type\s*/Page\b", tab.pdf(format="A4"))) == 1
    assert titles == ["Operations", "Neurons", "Layers", "Matrices"]
    assert all(
        count > 20
        for count in tab.evaluate(
            "[...document.querySelectorAll('#print svg')].map(svg => svg.querySelectorAll('text').length)"
        )
    )
