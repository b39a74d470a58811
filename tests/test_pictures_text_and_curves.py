"""Tables and trees of the terminal, training curves, colours and numerals."""

import math
import random
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from picture_checks import cut, overlapping, tag, texts
from picture_networks import digits, document_001
from picture_readback import agrees, having, read
from rich.console import Console

from minigrad import Value
from minigrad.symbols.numerals import as_number, compact, edge_lines, settled
from nn import MLP, History, trace
from nn.delta.notation import drawn
from viz import history, network, recursion, table, tree
from viz.drawing.palette import DARK, LIGHT, NEGATIVE, POSITIVE, Scale, contrast, text_on

# --- the terminal ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("notation", ["000", "001", "002"])
def test_the_table_has_every_number_of_the_trace(notation):
    traced, _ = document_001()
    lines = str(table(traced, notation=notation)).splitlines()
    for l in range(1, traced.depth + 1):
        for j in range(traced.model.sizes[l]):
            name = drawn("z", l, j + 1, notation=notation)
            (row,) = [line.split() for line in lines if line.startswith(name + "  ")]
            numbers = traced.pre_activations(l)[j], traced.activations(l)[j], traced.delta(l)[j]
            assert all(
                agrees(text, number) for text, number in zip((*row[1:3], row[-1]), numbers, strict=True)
            )
    for column in (1, 2, 3, 4, 6):
        decimals = {len(line.split()[column].partition(".")[2]) for line in lines[1:] if line.strip()}
        assert len(decimals) == 1


def test_the_table_of_a_trace_without_a_backward_pass_asks():
    lines = str(table(trace(MLP(2, [1], seed=0), [1.0, 2.0], y=0.0))).splitlines()
    assert lines[1].split()[-1] == "?"


def test_wide_layers_are_abridged_in_the_table_and_say_so():
    traced, _ = digits()
    assert "… 6 more" in str(table(traced))
    assert len(str(table(traced, max_neurons=3)).splitlines()) < 12


def test_what_the_terminal_shows_fits_its_hundred_columns_and_has_colour_if_it_can():
    traced, _ = document_001()
    for printed in (table(traced), tree(traced.cost)):
        assert max(map(len, str(printed).splitlines())) <= 100
        assert "\x1b" not in str(printed)
        console = Console(force_terminal=True, width=100, color_system="truecolor", record=True)
        with console.capture() as capture:
            console.print(printed)
        assert "\x1b[38;2;213;94;0m" in capture.get()  # the orange of what is positive


def test_the_tree_writes_a_shared_node_once_and_stops_where_it_is_told():
    traced, _ = document_001()
    lines = str(tree(traced.cost)).splitlines()
    assert sum("x₁ −0.3973" in line for line in lines) == 1
    assert sum("x₁, as above" in line for line in lines) == 1
    deep = Value(1.0)
    for _ in range(100_000):
        deep = -deep
    assert str(tree(deep)).splitlines()[-1].endswith("…")
    assert len(str(tree(deep)).splitlines()) < 25


# --- curves ---------------------------------------------------------------------------------------------


def test_a_history_has_a_panel_for_everything_that_was_kept():
    kept = History(
        cost=[1.0, 0.1, 0.01],
        metric=[0.5, 0.75, 1.0],
        delta={1: [1e-6, 1e-7, 1e-8], 2: [0.1, 0.2, 0.3]},
        gradient={1: [1e-5, 1e-6, 1e-7], 2: [0.1, 0.2, 0.3]},
        validation_cost=[1.1, 0.2, 0.1],
        stopped="all 3 epochs done",
    )
    svg = history(kept).svg
    found = texts(svg)
    for title in ("cost C", "metric", "‖δ‖ of each layer", "‖∂C/∂W‖ of each layer"):
        assert title in found
    for name in ("training", "validation", "δ⁽¹⁾", "∂C/∂W⁽²⁾"):
        assert name in found
    assert cut(svg) == []
    assert overlapping(svg) == []
    assert "cost E" in texts(history(kept, notation="000").svg)


def test_a_layer_has_one_colour_and_one_dash_in_every_panel():
    layers = range(1, 13)
    kept = History(cost=[1.0, 0.05], delta={l: [1.0, 20.0] for l in reversed(layers)})
    kept.gradient = {l: [3.0, 0.1] for l in layers}
    svg = history(kept).svg
    drawn_as = {}
    for curve in (e for e in ElementTree.fromstring(svg).iter() if e.get("class") == "curve"):
        name = curve[0].text.removeprefix("∂C/∂").replace("W", "δ")
        drawn_as.setdefault(name, set()).add((curve.get("stroke"), curve.get("stroke-dasharray")))
    assert len(drawn_as) == 13  # twelve layers and the cost
    assert all(len(lines) == 1 for lines in drawn_as.values())
    assert len(set.union(*drawn_as.values())) == 13
    assert texts(svg).count("log scale") == 3


def test_a_vanishing_gradient_lies_lower_by_its_powers_of_ten():
    kept = History(cost=[1.0, 1.0], delta={1: [1e-6, 1e-6], 2: [1e-3, 1e-3], 3: [1.0, 1.0]})
    root = ElementTree.fromstring(history(kept).svg)
    curves = [e.get("d") for e in root.iter() if tag(e) == "path" and e.get("class") == "curve"]
    heights = [float(d.split()[0].split(",")[1]) for d in curves[1:]]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.2)  # printed to 0.1 px
    assert heights[0] > heights[1] > heights[2]


@pytest.mark.parametrize(
    "cost", [[0.0], [math.nan, 1.0], [math.inf, 0.0, 1.0], [1.0], [-1.0, 2.0], [1e-300, 1e300]]
)
def test_curves_of_any_numbers_are_drawn(cost):
    svg = history(History(cost=cost, metric=cost)).svg
    paths = [e.get("d") for e in ElementTree.fromstring(svg).iter() if tag(e) == "path"]
    assert not any("nan" in path or "inf" in path for path in paths)
    assert cut(svg) == []


def test_a_history_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no epochs"):
        history(History())


# --- colours --------------------------------------------------------------------------------------------

# Machado, Oliveira and Fernandes (2009), severity 1.0, for linear RGB
DEFICIENCIES = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
    ],
    "none": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
}
# linear RGB to XYZ (IEC 61966-2-1), for a white of D65
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(colour, deficiency):
    """CIELAB of a colour as someone with the deficiency sees it."""
    srgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(DEFICIENCIES[deficiency]) @ linear, 0, 1)
    x, y, z = np.cbrt(TO_XYZ @ seen / np.array([0.9505, 1.0, 1.089]))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_the_two_signs_stay_apart_under_every_colour_vision_deficiency(deficiency):
    def difference(first, second):
        return np.linalg.norm(lab(first, deficiency) - lab(second, deficiency))

    assert difference(POSITIVE, NEGATIVE) > 80  # 2 can just be seen; red and green fall below 20
    for theme in (LIGHT, DARK):
        assert difference(POSITIVE, theme.zero) > 30
        assert difference(NEGATIVE, theme.zero) > 20


def test_text_can_be_read_on_every_colour_of_the_scale():
    for theme in (LIGHT, DARK):
        scale = Scale(1.0, zero=theme.zero)
        fills = [scale.fill(step / 50 - 1) for step in range(101)]
        # 4.58 is the least that the better of black and white can have, on any colour
        assert min(contrast(text_on(fill, theme), fill) for fill in fills) >= 4.5
        assert min(contrast(ink, theme.background) for ink in (theme.ink, theme.muted)) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_words_can_be_read_on_the_rows_and_funnels_of_a_recursion(theme):
    traced, _ = document_001()
    root = read(recursion(traced, 1, theme=theme.name).svg)
    grounds = [e.get("fill") for e in having(root, "funnel")]
    grounds += [cell.find("rect").get("fill") for cell in having(root, "sent")]
    assert len(set(grounds)) == 6
    assert min(contrast(ink, fill) for ink in (theme.ink, theme.muted) for fill in grounds) >= 4.5


def test_lines_of_every_gradient_can_be_seen_even_those_near_0():
    for theme in (LIGHT, DARK):
        scale = Scale(1.0, zero=theme.zero)
        lines = [scale.stroke(step / 50 - 1, theme.faint) for step in range(101)]
        for ground in (theme.background, theme.frame):  # 3 : 1 is what WCAG 2.2, 1.4.11 asks of graphics
            assert min(contrast(line, ground) for line in lines) >= 3.0


def test_a_scale_is_symmetric_and_monotone_and_marks_what_is_not_finite():
    for symlog in (False, True):
        scale = Scale(2.0, symlog)
        strengths = [scale.strength(number) for number in (0.0, 1e-4, 0.1, 1.0, 2.0, 5.0)]
        assert strengths == sorted(strengths)
        assert strengths[0] == 0.0
        assert strengths[-1] == 1.0
        assert all(scale.strength(x) == scale.strength(-x) for x in (0.01, 1.5))
    assert Scale(0.0).fill(0.0) == LIGHT.zero
    assert Scale(1.0).fill(math.nan) == Scale(1.0).fill(-math.inf) == "url(#not-finite)"


def test_layers_whose_gradients_are_all_zero_or_not_finite_are_drawn():
    t = trace(MLP(2, [2, 1], "relu", seed=0, initial=[[[-1.0, -1.0]] * 2, [[1.0, 1.0]]]), [1.0, 2.0], y=0.5)
    t.backward()
    assert not t.delta(1).any()
    assert texts(network(t).svg).count("0") >= 4
    t.z[1][0].grad = math.nan
    assert "nan or infinite" in texts(network(t).svg)
    assert "nan" in texts(recursion(t, 1).svg)


# --- numerals -------------------------------------------------------------------------------------------


def test_printed_products_multiply_out_for_numbers_of_any_size():
    rng = random.Random(0)
    for _ in range(5000):
        first, second = (rng.gauss(0, 1) * 10 ** rng.uniform(-6, 6) for _ in range(2))
        (a, b), result = settled([first, second], first * second)
        assert compact(as_number(a) * as_number(b)) == result
        assert len(a) <= 20


def test_products_of_what_is_not_finite_are_printed():
    assert edge_lines(math.inf, 2.0)[1] == "= +∞"
    assert edge_lines(math.nan, 2.0)[1] == "= nan"


def test_numbers_in_a_row_are_read_back_as_what_was_printed():
    for number in (0.0, -0.5, 123.456, 1e-9, -1e300):
        assert as_number(compact(number)) == pytest.approx(number, rel=0.01)
    assert all(a < b for a, b in pairwise(as_number(compact(x)) for x in (-3.0, -1e-5, 0.0, 1e-7, 0.5)))
