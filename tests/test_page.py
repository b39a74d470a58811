"""The live page in a real browser: what it shows is the pass, and it can be read wherever it is shown."""

from collections.abc import Callable
from typing import Any

import page_browser
import pytest
from page_browser import deep, document_001, needs_browser, settle, softmax, stops, to_stop
from page_readback import faults, formulas, read, says
from traced_networks import random_trace

import viz
from minigrad import Value, backward_steps
from minigrad.symbols.numerals import as_number
from nn import MLP, Trace, trace
from viz.drawing.palette import NEGATIVE, contrast

pytestmark = needs_browser
GRAPHS: dict[str, Callable[[], Trace]] = {"document 001": document_001, "softmax": softmax, "deep": deep}
PHONE, TABLET, DESK, PROJECTOR = (375, 812), (768, 1024), (1440, 900), (1920, 1080)
VIEWS = [
    ("document 001", DESK, "light"), ("softmax", DESK, "dark"), ("document 001", PROJECTOR, "dark"),
    ("deep", PROJECTOR, "light"), ("softmax", TABLET, "light"), ("document 001", PHONE, "dark"),
    ("deep", PHONE, "light"),
]  # fmt: skip
browser, opened = page_browser.browser, page_browser.opened  # fixtures


# --- it can be read -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "size", "scheme"), VIEWS)
def test_no_text_is_cut_covered_small_or_off_the_screen(
    name: str, size: tuple[int, int], scheme: str, opened: Callable[..., Any]
) -> None:
    address, least = ("#projector=1", 24.0) if size == PROJECTOR else ("#tab=change", 13.0)
    tab = opened(viz.steps(GRAPHS[name]()), address, *size, color_scheme=scheme)
    for zoom in (1, 2, 3, 4):
        tab.evaluate(f"minigrad.zoom({zoom})")
        settle(tab)
        last = stops(tab)
        for stop in (last // 2, last):
            to_stop(tab, stop)
            assert faults(tab, least) == [], f"zoom {zoom}, stop {stop}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PROJECTOR, TABLET, PHONE])
def test_the_beats_and_their_answers_can_be_read(
    size: tuple[int, int], scheme: str, opened: Callable[..., Any]
) -> None:
    address, least = ("#tab=guide&projector=1", 24.0) if size == PROJECTOR else ("", 13.0)
    tab = opened(viz.steps(document_001()), address, *size, color_scheme=scheme)

    def wrong() -> list[str]:
        # below the fold is nothing but on a phone, which scrolls
        fold = read(tab, "belowTheFold") if size != PHONE else []
        return faults(tab, least) + read(tab, "cut") + fold

    for beat in range(1, 8):
        assert tab.inner_text("#guide .small").startswith(f"{beat} of 7")
        assert wrong() == [], f"beat {beat}"
        tab.locator("#guide .choices button").first.click()
        settle(tab)
        assert tab.inner_text("#guide .verdict").startswith(("Yes.", "No: "))
        assert wrong() == [], f"the answer of beat {beat}"
        tab.click("#onward")
        settle(tab)
    assert "Sandbox" in tab.inner_text("#guide")
    assert wrong() == []


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("size", [DESK, PROJECTOR, TABLET, PHONE])
def test_no_formula_is_cut_at_any_step_of_any_zoom(
    size: tuple[int, int], name: str, opened: Callable[..., Any]
) -> None:
    for scheme in ("light", "dark") if name == "document 001" else ("light",):
        address = "#tab=change&projector=1" if size == PROJECTOR else "#tab=change"
        tab = opened(viz.steps(GRAPHS[name]()), address, *size, color_scheme=scheme)
        assert read(tab, "cutAnywhere") == []
        if name == "document 001":
            tab.evaluate("minigrad.set('b2_1', 8)")  # with numbers such as 5.48934e−04
            assert read(tab, "cutAnywhere") == []


def test_nothing_of_the_frame_and_no_number_jumps_from_step_to_step(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(document_001()))
    frames = []
    for zoom in (1, 2, 3, 4):
        tab.evaluate(f"minigrad.zoom({zoom})")
        settle(tab)
        places: list[dict[str, Any]] = []
        for stop in range(0, stops(tab) + 1, 1 + stops(tab) // 6):
            to_stop(tab, stop)
            frames.append(read(tab, "frame"))
            found = read(tab, "cells")
            places.append(
                {name: (cell["x"], cell["y"]) for name, cell in found.items() if name[0] in "dezab"}
            )
        shared = set.intersection(*map(set, places))
        assert len(shared) > 5
        assert all(here[name] == places[0][name] for here in places for name in shared)
    assert all(frame == frames[0] for frame in frames)


def _deuteranope(colour: str) -> str:
    """Machado, Oliveira and Fernandes (2009), severity 1, on linear light."""
    matrix = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881))
    linear = [_decoded(int(colour[k : k + 2], 16) / 255) for k in (1, 3, 5)]
    seen = [min(1.0, max(0.0, sum(m * c for m, c in zip(row, linear, strict=True)))) for row in matrix]
    return "#" + "".join(f"{round(255 * _encoded(c)):02X}" for c in seen)


def _decoded(c: float) -> float:
    return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4


def _encoded(c: float) -> float:
    return 12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_now_differs_from_negative_by_contrast_for_a_deuteranope_too(
    scheme: str, opened: Callable[..., Any]
) -> None:
    tab = opened(viz.steps(document_001()), "#step=9", color_scheme=scheme)
    halos = tab.evaluate("[...document.querySelectorAll('.halo')].map(e => e.getAttribute('stroke'))")
    assert halos
    for halo in halos:
        assert contrast(halo, NEGATIVE) >= 3
        assert contrast(_deuteranope(halo), _deuteranope(NEGATIVE)) >= 3


# --- what it shows is the pass --------------------------------------------------------------------------


def agrees(printed: str, number: float) -> bool:
    """Whether a printed number is that one, to half of its last digit."""
    text = printed.replace("−.", "−0.") if printed.startswith("−.") else printed
    mantissa, _, exponent = text.partition("e")
    unit = 10.0 ** (int(exponent.replace("−", "-") or 0) - len(mantissa.partition(".")[2]))
    return abs(as_number(text) - number) <= 0.5000001 * unit


@pytest.mark.parametrize("seed", range(3))
def test_at_every_zoom_the_numbers_and_signs_are_those_of_the_trace(
    seed: int, opened: Callable[..., Any]
) -> None:
    traced = random_trace(seed, most=3)
    traced.backward()
    tab = opened(viz.steps(traced), "#tab=change", 1920, 1080)
    for zoom in (1, 2, 3, 4):
        tab.evaluate(f"minigrad.zoom({zoom})")
        settle(tab)
        to_stop(tab, stops(tab))
        found = read(tab, "cells")
        wanted = {name: number for name, number in _wanted(traced, zoom).items() if name in found}
        assert len(wanted) > 4
        for name, number in wanted.items():
            if found[name]["text"]:
                assert agrees(found[name]["text"], number), (name, found[name], number)
            if name[0] in "dg" and found[name]["fill"].startswith("#"):
                red, blue = (int(found[name]["fill"][k : k + 2], 16) for k in (1, 5))
                assert (red > blue) == (number > 0) or abs(red - blue) < 12, (name, found[name], number)


def _wanted(traced: Trace, zoom: int) -> dict[str, float]:
    """The numbers that a zoom shows, by the names of their cells."""
    wanted = {f"d{l}_{j}": z.grad for l, layer in enumerate(traced.z) if l for j, z in enumerate(layer, 1)}
    wanted |= {f"a{l}_{j}": a.data for l, layer in enumerate(traced.a) for j, a in enumerate(layer, 1)}
    for l, layer in enumerate(traced.model.layers, 1):
        for j, neuron in enumerate(layer.neurons, 1):
            wanted |= {f"w{l}_{j}_{k}": w.data for k, w in enumerate(neuron.w, 1)}
            if zoom == 4:
                wanted |= {f"gw{l}_{j}_{k}": w.grad for k, w in enumerate(neuron.w, 1)}
    return wanted


def test_at_each_step_the_sentence_and_the_formula_have_the_numbers_of_the_journal(
    opened: Callable[..., Any],
) -> None:
    t = document_001()
    journal = backward_steps(t.cost, from_zero=True)
    tab = opened(viz.steps(t), "#zoom=1")
    for _ in range(len(journal)):
        step = journal.forward()
        if step.into_constant and step.operand.data != t.target:
            continue  # passed by: nothing is added
        tab.keyboard.press("ArrowRight")
        settle(tab)
        upstream, local, contribution = formulas(tab)
        assert agrees(upstream, step.upstream_gradient)
        assert agrees(local, step.local_derivative)
        assert agrees(contribution, step.contribution)
        assert abs(as_number(upstream) * as_number(local) - as_number(contribution)) <= 0.5000001e-4
    journal.restore()


def test_the_t_is_a_motion_cells_of_w_change_rows_for_columns(opened: Callable[..., Any]) -> None:
    tab = opened(viz.steps(document_001()), "#zoom=3")
    before = read(tab, "cells")
    to_stop(tab, stops(tab))
    after = read(tab, "cells")

    def grid(found: dict[str, Any], by_row: bool) -> bool:
        rows = {
            j: {round(found[f"w1_{j}_{k}"]["y" if by_row else "x"]) for k in (1, 2, 3, 4)} for j in (1, 2)
        }
        return all(len(row) == 1 for row in rows.values()) and rows[1] != rows[2]

    assert grid(before, by_row=True)
    assert grid(after, by_row=False)
    in_motion = opened(viz.steps(document_001()), "#zoom=3", reduced_motion="no-preference")
    in_motion.evaluate("minigrad.step(40)")
    in_motion.wait_for_timeout(300)
    between = read(in_motion, "cells")["w1_2_1"]
    ends = sorted([before["w1_2_1"]["x"], after["w1_2_1"]["x"]])
    assert ends[0] + 1 < between["x"] < ends[1] - 1


def test_each_cell_of_a_matrix_stands_in_the_row_and_the_column_it_belongs_to(
    opened: Callable[..., Any],
) -> None:
    tab = opened(viz.steps(document_001()), "#zoom=4&step=40")
    found = read(tab, "cells")

    def level(one: str, other: str) -> bool:
        return abs(found[one]["y"] - found[other]["y"]) < 1

    for l, sources, targets in ((1, 4, 2), (2, 2, 2), (3, 2, 1)):
        for j in range(1, targets + 1):
            for k in range(1, sources + 1):
                assert level(f"gw{l}_{j}_{k}", f"d{l}_{j}")  # (3): δ at the left, a on top
                assert abs(found[f"gw{l}_{j}_{k}"]["x"] - found[f"a{l - 1}_{k}"]["x"]) < 1
                if l > 1:
                    assert level(f"w{l}_{j}_{k}", f"e{l - 1}_{k}")  # (2): row k of Wᵀ gives ∂C/∂a of neuron k
        if l > 1:
            across = [found[f"w{l}_{j}_1"]["x"] for j in range(1, targets + 1)]
            assert across == sorted(across)
    assert len({round(found[f"w2_{j}_1"]["x"]) for j in (1, 2)}) == 2


def test_softmax_is_shown_with_its_jacobian_and_without_a_slope(opened: Callable[..., Any]) -> None:
    t = softmax()
    t.backward()
    tab = opened(viz.steps(t), "#zoom=4&step=20")
    found = read(tab, "cells")
    p = [a.data for a in t.output]
    for i in range(3):
        for j in range(3):
            right = p[i] * ((i == j) - p[j])
            assert agrees(found[f"J2_{j + 1}_{i + 1}"]["text"], right)
    assert "Jᵀ" in says(tab)
    assert not any(name.startswith("s2_") for name in found)
    tab.keyboard.press("2")
    settle(tab)
    assert "p − y" in says(tab)


def test_a_wide_layer_begins_as_a_matrix_and_a_click_goes_down_to_one_neuron(
    opened: Callable[..., Any],
) -> None:
    t = trace(MLP(64, [32, 10], activation="tanh", seed=1), [0.01 * k for k in range(64)], y=[0.0] * 10)
    page = viz.steps(t)
    wordy = MLP(64, [32, 10], activation="tanh", seed=1, elementary=True)
    assert len(page.html.encode()) <= 350_000
    assert len(viz.steps(trace(wordy, [0.01 * k for k in range(64)], y=[0.0] * 10)).html.encode()) <= 350_000
    assert len(viz.steps(document_001()).html.encode()) <= 120_000
    tab = opened(page)
    assert tab.get_attribute("[data-zoom='4']", "aria-checked") == "true"
    tab.evaluate("minigrad.step(1e9)")
    settle(tab)
    assert faults(tab) == []
    left, top, right, bottom = read(tab, "stage")
    tab.mouse.click(left + 0.75 * (right - left), top + 0.75 * (bottom - top))  # in ∂C/∂W of layer 1
    settle(tab)
    assert tab.get_attribute("[data-zoom='2']", "aria-checked") == "true"
    assert "of layer 1" in says(tab)
    assert faults(tab) == []


def test_an_expression_is_drawn_where_graphviz_puts_it_or_as_a_neighbourhood(
    opened: Callable[..., Any],
) -> None:
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    small = (a * b + 10.0).tanh() * a
    tab = opened(viz.steps(small), "#step=3")
    assert tab.is_hidden("#lever")
    assert faults(tab) == []
    assert sum(name.startswith("v") for name in read(tab, "cells")) == 7
    large = a
    for k in range(5000):
        large = large.tanh() if k % 2 else large * 0.999 + b
    tab = opened(viz.steps(large), "#step=300")
    assert faults(tab) == []
    assert 2 <= sum(name.startswith("v") for name in read(tab, "cells")) <= 5
