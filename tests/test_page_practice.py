"""The live page to practise with: δ of one's own is checked, and networks are trained."""

import re
from collections.abc import Callable
from typing import Any

import page_browser
from page_browser import document_001, dropped, needs_browser, settle, softmax
from page_readback import get, read, says

import viz
from nn import MLP, trace

pytestmark = needs_browser
browser, opened = page_browser.browser, page_browser.opened  # fixtures


def test_each_typed_delta_is_told_right_or_what_mistake_makes_it(opened: Callable[..., Any]) -> None:
    t = document_001()
    t.backward()
    tab = opened(viz.steps(t), "#tab=check")
    (z3,), (z21, z22) = t.z[3], t.z[2]
    W2 = [[w.data for w in neuron.w] for neuron in t.model.layers[1].neurons]
    slope = t.a[1][0].data * (1 - t.a[1][0].data)
    untransposed = (W2[0][0] * z21.grad + W2[0][1] * z22.grad) * slope
    one_path = W2[0][1] * z21.grad * t.a[1][1].data * (1 - t.a[1][1].data)
    typed = [z3.grad, t.a[2][0].grad, -z22.grad, untransposed, one_path]
    for box, number in zip(tab.locator(".mine").all(), typed, strict=True):
        box.fill(f"{number:.5f}")
        box.press("Enter")
    tab.keyboard.press("Tab")
    told = tab.inner_text("#verdicts").replace("\u2060", "")
    for words in (
        "is right, to your 5 decimals",
        "σ′(z₁⁽²⁾) is missing",
        "the sign is turned",
        "not transposed",
        "only the path over neuron 1",
    ):
        assert words in told, told
    assert told.count("is wrong") == 4


def test_rounding_on_the_way_is_no_mistake_and_one_digit_tells_nothing(opened: Callable[..., Any]) -> None:
    t = document_001()
    t.backward()
    tab = opened(viz.steps(t), "#tab=check")
    right = t.z[2][1].grad  # -0.0395
    box = tab.locator(".mine[data-l='2'][data-j='2']")
    words = {
        f"{right * 1.004:.4f}": "is right but for rounding",
        f"{right:.4f}".replace(".", ","): "is right, to your 4 decimals",
        "0": "one digit is too few",
        "0.9": "one digit is too few",
        "0.91": "Try again",
        "0.92": "It is −0.0395",
    }
    for typed, told in words.items():
        box.fill(typed)
        box.press("Enter")
        assert told in tab.inner_text("#verdicts").replace("\u2060", ""), typed


def test_the_guide_frames_what_it_asks_about(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(document_001()), "#step=0")
    tab.click("#sentence button")
    for framed in ("d3_1", "w3_1_1", "e2_1", "z2_1", "a1_1", "d2_1", "gw3_1_1"):
        settle(tab)
        assert read(tab, "cells")[framed]["now"], framed
        assert tab.inner_text("#formula") == ""
        tab.locator("#guide .choices button").first.click()
        settle(tab)
        assert tab.inner_text("#formula") != ""
        tab.click("#onward")


def test_every_right_delta_is_called_right_at_any_number_of_decimals(opened: Callable[..., Any]) -> None:
    for t in (document_001(), softmax()):
        t.backward()
        tab = opened(viz.steps(t), "#tab=check")
        order = [z for layer in reversed(t.z[1:]) for z in layer]
        for decimals in (2, 6):
            for box, z in zip(tab.locator(".mine").all(), order, strict=True):
                box.fill(f"{z.grad:.{decimals}f}")
                box.press("Tab")
            assert "wrong" not in tab.inner_text("#verdicts")


def test_training_goes_down_and_the_epoch_handle_goes_back(opened: Callable[..., Any]) -> None:
    t = trace(MLP(2, [3, 1], activation="tanh", output_activation="sigmoid", seed=3), [1.0, 0.0], y=1.0)
    tab = opened(viz.steps(t), "#zoom=2&tab=train&data=xor")
    first = get(tab, "w1_11")["data"]
    tab.evaluate("minigrad.train(300)")
    settle(tab)
    assert tab.inner_text("#epoch-count") == "epoch 300 of 300"
    assert get(tab, "w1_11")["data"] != first
    assert float(tab.inner_text("#cost-words").split("= ")[1]) < 0.3
    assert tab.is_visible("#map")
    tab.locator("#epoch").fill("0")
    settle(tab)
    assert get(tab, "w1_11")["data"] == first
    tab.evaluate("document.activeElement.blur()")
    tab.keyboard.press("1")  # down to the operations of this example, at this epoch
    tab.keyboard.press("End")
    settle(tab)
    assert "comes back over this edge" in says(tab)


def test_a_file_of_ones_own_trains_or_gets_a_clear_word(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(document_001()), "#zoom=2&tab=train")

    assert 'Row 2, column "b": "two" is no number' in dropped(tab, "a,b,y\n1,two,0\n")
    assert "is empty" in dropped(tab, "a,b,y\n1,,0\n")
    assert "The network is now 2-2-2-1" in dropped(tab, "a,b,y\n1,2,0\n3,1,1\n0,1,0\n2,2,1\n")
    tab.click("#go")
    tab.wait_for_timeout(500)
    tab.locator("[data-tab=change]").click()
    tab.locator("[data-do=more][data-l='1']").click()  # while it trains: the larger network goes on
    tab.wait_for_timeout(300)
    tab.locator("[data-tab=train]").click()
    tab.click("#go")
    settle(tab)
    assert tab.inner_text("#what").startswith("2-3-2-1")
    assert re.search(r"mean of 4: C = \d", tab.inner_text("#cost-words"))
