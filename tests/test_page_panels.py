"""The panels of the live page: Change on a projector, and the map of a training."""

from collections.abc import Callable
from typing import Any

import page_browser
from page_browser import document_001, needs_browser, settle
from page_readback import faults, read

import viz
from nn import MLP, trace

pytestmark = needs_browser
browser, opened = page_browser.browser, page_browser.opened  # fixtures


def test_on_a_projector_what_changes_numbers_is_seen_without_scrolling(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(document_001()), "#tab=change&projector=1&step=9", 1920, 1080)
    scrolls = "(e => e.scrollHeight > e.clientHeight + 1)(document.querySelector('#change'))"
    assert not tab.evaluate(scrolls)
    assert tab.is_visible("#sentence")
    tab.click("#nudge")
    settle(tab)
    assert tab.inner_text("#nudged")
    assert not tab.evaluate(scrolls)
    tab.click("#shape summary")
    settle(tab)
    assert tab.is_visible("#loss")
    assert not tab.evaluate(scrolls)
    assert faults(tab, 24.0) == []
    tab.keyboard.press("p")
    settle(tab)
    assert tab.is_visible("#loss")
    assert tab.is_visible("#sentence")


def test_the_map_is_of_the_neuron_that_is_chosen_or_under_the_pointer_and_of_the_epoch_shown(
    opened: Callable[..., Any],
) -> None:
    tab = opened(viz.steps(trace(MLP(2, [3, 1], activation="tanh", seed=3), [1.0, 0.0], y=1.0)), "#zoom=2")
    tab.goto(tab.url.partition("#")[0] + "#tab=train&data=xor&zoom=2")
    tab.evaluate("minigrad.train(100)")
    settle(tab)

    def picture() -> str:
        settle(tab)
        return str(tab.evaluate("document.querySelector('#map').toDataURL()"))

    output = picture()
    tab.locator("#whose").select_option("1 2")
    chosen = picture()
    assert chosen != output
    tab.locator("#whose").select_option("")
    place, stage = read(tab, "cells")["z1_2"], tab.locator("#stage").bounding_box()
    tab.mouse.move(stage["x"] + place["x"], stage["y"] + place["y"])
    assert picture() == chosen
    tab.mouse.move(1, 1)
    assert picture() == output
    tab.locator("#epoch").fill("1")
    assert picture() != output


def test_on_a_phone_every_panel_begins_below_the_stage(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(document_001()), "", 375, 812)
    for name in ("change", "check", "train", "code-panel"):
        tab.click(f"[role=tab][data-tab={name.removesuffix('-panel')}]")
        settle(tab)
        tabs, panel = (tab.locator(each).bounding_box() for each in ("#tabs", f"#{name}.panel"))
        assert panel["y"] - tabs["y"] - tabs["height"] < 20
        assert panel["y"] + 60 < 812, name


def test_a_nudge_is_forgotten_with_the_numbers_it_was_made_at(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(document_001()), "#tab=change")
    tab.click("#nudge")
    settle(tab)
    assert tab.inner_text("#nudged")
    tab.evaluate("minigrad.set('b1_1', 0.3)")
    settle(tab)
    assert not tab.inner_text("#nudged")
