"""The live page withstands: links, numbers, files and windows that nobody meant it for."""

from collections.abc import Callable
from typing import Any

import page_browser
import pytest
from page_browser import document_001, dropped, needs_browser, settle, softmax
from page_readback import faults, get

import viz
from minigrad import Value
from nn import MLP, trace
from viz.page.tape import tape_of

pytestmark = needs_browser
browser, opened = page_browser.browser, page_browser.opened  # fixtures


def plane() -> viz.Page:
    return viz.steps(trace(MLP(2, [3, 2, 1], activation="tanh", seed=1), [0.3, -0.4], y=1.0))


def type_number(tab: Any, label: str, number: str) -> None:
    tab.fill("#which", label)
    tab.keyboard.press("Enter")
    settle(tab)  # the number of the node that is chosen stands there first
    tab.focus("#value")
    tab.keyboard.press("Control+A")
    tab.keyboard.type(number)
    tab.keyboard.press("Enter")
    settle(tab)


def reopened(tab: Any) -> Any:
    """The same page, opened again by its address."""
    tab.wait_for_timeout(400)
    tab.reload()
    tab.wait_for_selector("#sentence:not(:empty)")
    return tab


# --- links ----------------------------------------------------------------------------------------------

HOSTILE = [
    f"#n={'-'.join(['256'] * 12)}&act={','.join(['tanh'] * 11)}", "#n=300-400-1&act=tanh,tanh",
    "#train=Infinity,1,1,1,1", "#train=5,NaN,1,1,1", "#train=5,-1,1,0,5", "#beat=99", "#beat=-3&tab=guide",
    "#tab=constructor", "#set=%23-1:4,%231e9:3,%231.5:2", "#step=zzz&zoom=99", "#n=999-1&act=&loss=",
    "#set=w1_11:nan,:1", "#all=%%%", "#data=__proto__", "#n=2-2-1&act=a,b&loss=toString",
]  # fmt: skip


def test_a_hostile_or_broken_link_opens_the_page_as_it_was_given(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(document_001()))
    page = tab.url.partition("#")[0]
    for address in HOSTILE:
        tab.goto(page + address)
        tab.reload()
        tab.wait_for_selector("#sentence:not(:empty)", state="attached")
        settle(tab)
        assert tab.inner_text("#what").startswith("4-2-2-1 · C = 1.6584"), address
        assert tab.inner_text("#epoch-count") == "not trained", address


def test_a_training_that_runs_away_is_told_and_the_page_goes_on(opened: Callable[..., Any]) -> None:
    tab = opened(plane(), "#train=5,1e308,1,0,5&data=moons&tab=train&zoom=2")
    assert faults(tab) == []
    tab.click("#reset")
    settle(tab)
    assert (
        get(tab, "w1_11")["data"]
        == MLP(2, [3, 2, 1], activation="tanh", seed=1).layers[0].neurons[0].w[0].data
    )


def test_a_link_holds_numbers_whose_labels_have_commas_or_are_another_nodes(
    opened: Callable[..., Any],
) -> None:
    wide = viz.steps(trace(MLP(2, [12, 1], activation="tanh", seed=1), [0.3, 0.2], y=0.0))
    tab = opened(wide)
    type_number(tab, "w1_12,2", "0.75")
    assert get(reopened(tab), "w1_12,2")["data"] == 0.75
    twice = Value(1.0, "a") * 3.0 + Value(2.0, "a") * Value(1.5, "50%, x:y")
    tab = opened(viz.steps(twice))
    leaves = [k for k, operands in enumerate(tape_of(twice)["nodes"]["operands"]) if not operands]
    for k in leaves:
        type_number(tab, f"#{k}", "5")
    assert tab.inner_text("#what").startswith("root = 40.0000")  # all but the constant 3
    assert reopened(tab).inner_text("#what").startswith("root = 40.0000")


def test_a_page_in_a_notebook_says_that_it_has_no_address(browser: Any) -> None:
    tab = browser.new_context(viewport={"width": 1300, "height": 900}).new_page()
    tab.set_content(plane()._repr_html_() * 2)
    first, second = (tab.frame_locator("iframe").nth(k) for k in (0, 1))
    for frame in (first, second):
        frame.locator("#sentence:not(:empty)").wait_for(state="attached")
    before = second.locator("#what").inner_text()
    first.locator("[data-tab=change]").click()
    first.locator("#value").fill("0.5")
    first.locator("#value").press("Enter")
    first.locator("#link").click()
    tab.wait_for_timeout(300)
    assert "save it as a file" in first.locator("#hint").inner_text()
    assert first.locator("#what").inner_text() != before
    assert second.locator("#what").inner_text() == before  # each page has numbers of its own


# --- numbers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["1e308", "-1e308", "12345", "-99999.5", "123456", "33.006", "3e-9"])
def test_numbers_of_any_size_fit_their_cells(number: str, opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(document_001()))
    type_number(tab, "x1", number)
    assert get(tab, "x1")["data"] == float(number)
    for zoom in (1, 2, 3, 4):
        tab.evaluate(f"minigrad.zoom({zoom})")
        for step in (0, 7, 40):
            tab.evaluate(f"minigrad.step({step})")
            settle(tab)
            assert faults(tab) == [], (zoom, step)


@pytest.mark.parametrize("typed", ["", "1e999", "--3", "."])
def test_what_is_no_number_changes_none(typed: str, opened: Callable[..., Any]) -> None:
    tab = opened(plane())
    before = get(tab, "w1_11")["data"]
    type_number(tab, "w1_11", typed)
    assert get(tab, "w1_11")["data"] == before
    assert float(tab.input_value("#value")) == pytest.approx(before)
    assert tab.is_disabled("#undo")


def test_a_target_that_the_loss_refuses_stays_as_it_was_and_is_told(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(softmax()))
    for number, words in (("7", "must lie in 0 … 1"), ("0.5", "must add up to 1")):
        type_number(tab, "y2", number)
        assert words in tab.inner_text("#hint")
        assert get(tab, "y2")["data"] == 1.0
        assert tab.input_value("#value") == "1"
        assert tab.is_disabled("#undo")


@pytest.mark.parametrize("steps", ["Infinity", "NaN", "-1", "1.5", "'many'", ""])
def test_a_script_trains_a_whole_number_of_steps(steps: str, opened: Callable[..., Any]) -> None:
    tab = opened(plane())
    words = tab.evaluate(
        f"(() => {{ try {{ minigrad.train({steps}); }} catch (error) {{ return error.message; }} }})()"
    )
    assert words.startswith("train takes a whole number of steps, not ")


@pytest.mark.parametrize("rate", ["", "0", "-1", "1e400"])
def test_a_rate_that_is_none_leaves_the_one_there_was(rate: str, opened: Callable[..., Any]) -> None:
    tab = opened(plane(), "#tab=train&data=xor")
    tab.focus("#rate")
    tab.keyboard.press("Control+A")
    tab.keyboard.press("Delete")
    tab.keyboard.type(rate)
    tab.keyboard.press("Tab")
    assert tab.input_value("#rate") == "0.5"
    before = get(tab, "w1_11")["data"]
    tab.click("#one")
    settle(tab)
    assert get(tab, "w1_11")["data"] != before


# --- keys and windows -----------------------------------------------------------------------------------


def test_space_unfolds_what_has_the_focus_and_does_not_play(opened: Callable[..., Any]) -> None:
    tab = opened(plane())
    tab.focus("#shape summary")
    for is_open in (False, True):
        tab.keyboard.press("Space")
        settle(tab)
        assert tab.is_visible("#loss") == is_open
    assert tab.get_attribute("#play", "aria-pressed") == "false"


SIZES = [
    (1440, 900), (900, 700), (641, 800), (640, 800), (320, 568), (1101, 600), (1100, 600), (812, 375),
    (568, 320), (280, 400), (3000, 1600),
]  # fmt: skip


def test_while_it_trains_the_window_may_have_any_size(opened: Callable[..., Any]) -> None:
    tab = opened(plane(), "#tab=train&data=moons&zoom=2")
    tab.click("#go")
    for width, height in SIZES:
        tab.set_viewport_size({"width": width, "height": height})
        tab.wait_for_timeout(300)
        settle(tab)
        assert faults(tab) == [], (width, height)
    assert tab.inner_text("#go") == "Stop"
    assert tab.inner_text("#epoch-count") != "not trained"


# --- files ----------------------------------------------------------------------------------------------


def test_a_file_of_numbers_of_any_size_is_scaled_and_one_that_is_too_long_is_refused(
    opened: Callable[..., Any],
) -> None:
    tab = opened(plane(), "#tab=train&zoom=2")

    for size in ("1e308", "1e-320", "4"):
        assert dropped(tab, f"a,b,y\n{size},1,0\n-{size},2,1\n{size},3,0\n") == ""
        assert abs(get(tab, "x1")["data"]) == pytest.approx(2**-0.5, rel=1e-3)
    assert dropped(tab, "0.1,1,0\n0.1,2,1\n0.1,4,1\n") == ""
    assert get(tab, "x1")["data"] == 0.0  # a column that is the same in every row
    assert "9,000 lines are more than this page takes" in dropped(tab, "1,2,0\r" * 9_000)
