"""A recurrence on the live page: a column a step, and on a rail what each step adds to a shared parameter."""

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
