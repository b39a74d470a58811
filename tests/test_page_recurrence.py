"""A recurrence on the live page: a column a step, and on a rail what each step adds to a shared parameter."""

import random
from collections.abc import Callable
from typing import Any

import page_browser
import pytest
from page_browser import needs_browser, stops, to_stop
from page_readback import faults
from test_graph_forms import recurrence

import viz
from minigrad import Value
from minigrad.symbols.numerals import as_number
from nn import MLP, mean, squared_error
from viz.page.recurrence import recurrence_of

browser, opened = page_browser.browser, page_browser.opened  # fixtures


@needs_browser
@pytest.mark.parametrize("seed", range(4))
def test_the_rails_have_what_each_step_adds(seed: int, opened: Callable[..., Any]) -> None:
    cost, parts = recurrence(seed)
    tab = opened(viz.steps(cost))
    seen: dict[str, set[str]] = {name: set() for name in parts}
    for stop in range(stops(tab) + 1):  # as many columns as fit move along with the pass
        to_stop(tab, stop)
        assert faults(tab) == [], stop
        words = tab.evaluate(
            "[...document.querySelectorAll('#picture text')]"
            ".map(e => [e.textContent, +e.getAttribute('x'), +e.getAttribute('y')])"
        )
        heights = {text: y for text, x, y in words if text in parts and x < 150}
        for text, _, y in words:
            if " = " in text:
                nearest = min(heights, key=lambda name: abs(heights[name] + 14 - y))
                seen[nearest].add(text.partition(" = ")[2])
    for name, numbers in parts.items():
        for number in numbers:
            assert any(abs(as_number(text) - number) <= 6e-4 * max(1, abs(number)) for text in seen[name]), (
                name
            )


def memory(steps: int = 4) -> Value:
    """A long short-term memory of one cell: eight shared parameters, and eighteen operations a step."""
    rng = random.Random(1)
    names = [letter + gate for gate in "fioc" for letter in "WU"]
    shared = {name: Value(round(rng.gauss(0, 1), 3), name) for name in names}
    h, c = Value(0.1, "h0"), Value(0.2, "c0")
    for t in range(1, steps + 1):
        x = Value(round(rng.gauss(0, 1), 3), f"x{t}")
        forget, enter, leave, new = (shared[f"W{g}"] * x + shared[f"U{g}"] * h for g in "fioc")
        c = forget.sigmoid() * c + enter.sigmoid() * new.tanh()
        h = leave.sigmoid() * c.tanh()
        c.label, h.label = f"c{t}", f"h{t}"
    return (h - 0.5) ** 2


@needs_browser
@pytest.mark.parametrize("make", [lambda: recurrence(0)[0], memory], ids=["recurrence", "memory"])
@pytest.mark.parametrize(
    ("size", "address"),
    [((375, 812), "#tab=change"), ((375, 667), "#tab=change"), ((1920, 1080), "#tab=change&projector=1")],
)
def test_on_a_phone_and_on_a_projector_it_has_columns_and_rails_too(
    make: Callable[[], Value], size: tuple[int, int], address: str, opened: Callable[..., Any]
) -> None:
    tab, least = opened(viz.steps(make()), address, *size), 24.0 if "projector" in address else 13.0
    for stop in range(0, stops(tab) + 1, 1 + stops(tab) // 14):
        to_stop(tab, stop)
        assert faults(tab, least) == [], stop
        words = tab.locator("#picture").text_content()
        assert "step" in words
        assert "who uses it" not in words
        lit = tab.locator("#picture .now rect").count()  # the gradients that the step joins are in sight
        assert lit >= (stop > 0), stop


def test_no_two_numbers_of_a_column_stand_in_one_place() -> None:
    found = recurrence_of(memory())
    assert found
    places = [(x, y, step) for _, _, _, (x, y), step, source in found["edges"] if step == source]
    assert len(set(places)) == len(places)


def test_each_step_is_a_column_and_uses_each_shared_parameter_once() -> None:
    for seed in range(8):
        cost, parts = recurrence(seed)
        found = recurrence_of(cost)
        assert found
        steps = len(parts["w"])
        assert found["columns"]["count"] == steps
        assert [[step for *_, step in uses] for *_, uses in found["rails"]] == [list(range(steps))] * 3
        places = [(x, y, step) for _, x, y, step in found["nodes"]]
        assert len(set(places)) == len(places)


def test_what_has_no_steps_is_no_recurrence() -> None:
    model = MLP(2, [2, 1], activation="tanh", seed=1)
    assert recurrence_of(mean([squared_error(model([0.1 * k, 1.0]), 1.0) for k in range(4)])) is None
    x = Value(2.0, "x")
    assert recurrence_of(x * x + 1.0) is None
