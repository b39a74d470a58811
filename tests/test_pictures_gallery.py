"""The gallery: every picture of both networks, light and dark, can be read, and has the trace's numbers."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from equations_readback import check_recursion
from network_readback import check_network
from picture_checks import cut, overlapping, tag, texts, words
from picture_networks import EXAMPLES, digits, document_001, gallery
from picture_readback import agrees

from minigrad.symbols.numerals import compact
from nn import MLP, trace
from nn.delta.notation import drawn
from viz import graph, network, outer_products, recursion
from viz.drawing.palette import THEMES

NETWORKS = {"document-001": document_001, "digits": digits}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gallery")
    paths = gallery().main(["--out", str(folder)])
    return {path.name: path.read_text() for path in paths}


def test_every_picture_is_made_light_and_dark_for_both_networks(made):
    pictures = {name.removesuffix("-light.svg") for name in made if name.endswith("-light.svg")}
    assert {name.split("-")[0] for name in pictures} == {"document", "digits"}
    assert all(f"{name}-dark.svg" in made for name in pictures)
    assert len(pictures) == 19
    assert all(f'src="{name}-dark.svg"' in made["index.html"] for name in pictures)


def test_the_pictures_that_are_kept_for_the_readme_say_what_the_gallery_says(made):
    kept = sorted((EXAMPLES / "pictures").glob("*.svg"))
    assert len(kept) == 4
    for path in kept:  # places may differ by a pixel, as Graphviz's versions do; words and numbers may not
        assert sorted(texts(path.read_text())) == sorted(texts(made[f"document-001-{path.name}"]))
        assert path.stat().st_size < 60_000


def test_no_text_is_cut_and_none_covers_another(made):
    unreadable = {
        name: (cut(svg), overlapping(svg))
        for name, svg in made.items()
        if name.endswith("-light.svg") and (cut(svg) or overlapping(svg))
    }
    assert unreadable == {}


def test_the_checks_of_legibility_see_what_is_wrong():
    start = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="20">'
    word = '<text x="{}" y="15" font-size="12" text-anchor="start">twelve px</text>'
    assert overlapping(f"{start}{word.format(0)}{word.format(30)}</svg>")
    assert cut(f"{start}{word.format(60)}</svg>")
    assert not cut(f"{start}{word.format(0)}</svg>")


def test_a_theme_colours_background_and_text(made):
    for name, svg in made.items():
        if name.endswith(".svg"):
            theme = THEMES[name.removesuffix(".svg").split("-")[-1]]
            ground = next(
                e for e in ElementTree.fromstring(svg).iter() if tag(e) == "rect" and e.get("width") != "6"
            )
            assert ground.get("fill") == theme.background, name


def test_light_and_dark_differ_in_colours_only(made):
    for name, svg in made.items():
        if name.endswith("-light.svg"):
            assert texts(svg) == texts(made[name.replace("light", "dark")])


def pairs(svg):
    """(name, number) of texts that follow each other, as a name and its number do."""
    found = texts(svg)
    return set(pairwise(found))


def test_the_network_and_the_recursion_of_the_documents_are_true():
    traced, _ = document_001()
    check_network(traced, network(traced).svg)
    for l in range(1, traced.depth + 1):
        check_recursion(traced, l, recursion(traced, l).svg)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_deltas_of_every_picture_are_those_of_the_trace(name):
    traced, _ = NETWORKS[name]()
    found = pairs(graph(traced.cost, detail="neurons").svg)
    for l in range(1, traced.depth + 1):
        deltas = traced.delta(l)
        for j, delta in enumerate(deltas[:9]):
            told = [number for name, number in found if name == drawn("delta", l, j + 1)]
            assert any(agrees(number, delta) for number in told if number[0] in "+−0")
        strongest = max(deltas, key=abs)
        for picture in (network(traced), recursion(traced, l)):
            printed = [
                float(t.replace("−", "-")) for t in texts(picture.svg) if re.fullmatch(r"[+−][\d.]+", t)
            ]
            assert min(abs(number - strongest) for number in printed) < 1e-4


@pytest.mark.parametrize("name", NETWORKS)
def test_cells_of_an_outer_product_are_the_gradients_of_the_weights_to_the_last_bit(name):
    traced, _ = NETWORKS[name]()
    tips = [e.text for e in ElementTree.fromstring(outer_products(traced).svg).iter() if tag(e) == "title"]
    cells = dict(tip.split(" = ") for tip in tips if tip.startswith("∂C/∂w"))
    for l in range(1, traced.depth + 1):
        gradients = traced.weight_gradients(l)
        for (j, k), gradient in np.ndenumerate(gradients):
            assert float(cells[f"∂C/∂{drawn('w', l, j + 1, k + 1)}"]) == gradient


@pytest.mark.parametrize(
    "draw", [network, lambda t: graph(t.cost), lambda t: graph(t.cost, detail="neurons")]
)
def test_neurons_stand_in_order_from_the_top(draw):
    traced, _ = document_001()
    places = {word.text.split(" ")[0]: word.box for word in reversed(words(draw(traced).svg))}
    for kind, layer, count in (("x", 0, 4), ("z", 1, 2), ("z", 2, 2)):
        heights = [places[drawn(kind, layer, j + 1)].y for j in range(count)]
        assert heights == sorted(heights), (kind, layer)
    across = [places[drawn("z", l, 1)].x for l in (1, 2, 3)]
    assert across == sorted(across)


def test_a_legend_says_what_m_and_the_widths_of_ribbons_are(made):
    found = texts(made["document-001-network-light.svg"])
    assert any(text.startswith("M by layer: δ ") for text in found)
    assert any(text.startswith("forward w · a, dashed if < 0; widest ") for text in found)
    found = texts(made["document-001-graph-light.svg"])
    assert "M: the largest |gradient| of its colour in its frame" in found


def test_every_picture_of_gradients_has_a_legend_that_says_zero_and_both_ends(made):
    for name, svg in made.items():
        if name.endswith("-light.svg") and ("graph" in name or "network" in name):
            found = texts(svg)
            at = found.index("0", len(found) - 14)  # the legend is drawn last
            assert found[at - 1].startswith("−")
            assert found[at + 1] == "+" + found[at - 1][1:]


def test_signs_are_printed_and_not_told_by_colour_alone(made):
    traced, _ = document_001()
    found = texts(made["document-001-graph-light.svg"])
    for l in range(1, traced.depth + 1):
        assert all(
            compact(d, signed=True)[0] in "+−" and compact(d, signed=True) in found for d in traced.delta(l)
        )


def test_very_wide_matrices_are_abridged_and_say_so():
    traced = trace(MLP(784, [4, 1], "tanh", seed=0), [0.01] * 784, 1.0)
    traced.backward()
    svg = outer_products(traced).svg
    assert any("4 × 784; scalar graph" in text for text in texts(svg))  # as stamps of 28 × 28
    assert cut(svg) == []
    assert len(svg) < 1_000_000
    traced = trace(MLP(300, [9, 1], "tanh", seed=0), [0.01] * 300, 1.0)
    traced.backward()
    assert any("9 × 300, drawn: 9 × 100" in text for text in texts(outer_products(traced).svg))
