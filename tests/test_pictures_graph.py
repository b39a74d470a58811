"""Computation graphs as pictures: detail, parts, groups, and what stands on the edges."""

import math
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from picture_checks import cut, overlapping, tag, texts
from picture_networks import document_001
from picture_readback import agrees

from minigrad import Value, total
from nn import MLP, mean, squared_error, trace
from nn.delta.notation import drawn
from viz import graph

DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def products(svg):
    """(upstream, local derivative, contribution) of every line of a ledger, as printed."""
    words, found = texts(svg), []
    for factors, second, third in zip(words, words[1:], [*words[2:], ""], strict=False):
        if re.fullmatch(r"[−\d.e]+ × [−\d.e]+", factors):
            result = second.removeprefix("= ") if second.startswith("= ") else third
            found.append((*factors.split(" × "), result))
    return found


def is_told(svg, name, true):
    """Whether a name stands before a number that was rounded from the true one."""
    found = [second for first, second in pairwise(texts(svg)) if first == name]
    return any(agrees(text, true) for text in found if re.match(r"[+−\d]", text))


def number(printed):
    return float(printed.replace("−", "-"))


def chain(length):
    node = Value(0.5, label="x")
    for _ in range(length):
        node = node * 1.0
    return node


# --- edges ----------------------------------------------------------------------------------------------


def test_before_a_backward_pass_edges_have_the_local_derivative():
    x = Value(3.0, label="x")
    found = texts(graph(x * Value(2.5, label="y")).svg)
    assert "? × 2.5" in found
    assert "? × 3" in found
    assert not any(text.startswith("= ") for text in found)


def test_printed_upstream_times_local_is_the_printed_contribution():
    traced, _ = document_001()
    found = products(graph(traced.cost, detail="operations", input_gradients=True).svg)
    assert len(found) == 20  # 40 edges, less 2 from constants, and 18 of parameters, which are rows
    for upstream, local, contribution in found:
        decimals = len(contribution.partition("e")[0].partition(".")[2])
        assert abs(number(upstream) * number(local) - number(contribution)) <= 0.5001 * 10**-decimals


def test_contributions_to_a_node_add_up_to_its_gradient():
    x = Value(3.0, label="x")
    y = x * x + x
    y.backward()
    contributions = [number(c) for *_, c in products(graph(y).svg)]
    assert contributions.count(3.0) == 2  # x · x has two edges
    assert sum(contributions) == x.grad + 1.0  # the edges to x, and one to the product, of 1


def test_a_constant_stands_in_the_title_of_its_consumer_and_has_no_gradient():
    x = Value(3.0, label="x")
    for node, title in ((x**2, "x ^ 2"), (x - (-1.0), "x − (−1)"), (2.0 / x, "2 ÷ x")):
        found = texts(graph(node).svg)
        assert f"root = {title}" in found
        assert found.count("grad") == 2


def test_constants_without_such_a_place_are_words_without_a_box():
    root = ElementTree.fromstring(graph(total([Value(3.0, label="x"), 2.0, 5.0])).svg)
    groups = [e for e in root.iter() if tag(e) == "g" and e.get("class") == "constant"]
    assert len(groups) == 2
    assert not any(tag(e) == "rect" for group in groups for e in group)


def test_operands_come_in_their_order_in_the_dot_text():
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    dot = graph(a - b).dot
    tails = re.findall(r"^\t(n\d+) -> ", dot, re.M)
    keys = dict(re.findall(r"^\t(n\d+) \[label=\"(a|b) ", dot, re.M))
    assert [keys[tail] for tail in tails] == ["a", "b"]


def test_not_a_number_and_infinity_have_a_pattern_of_their_own():
    x = Value(0.0, label="x")
    y = x.sqrt()
    y.backward()
    svg = graph(y).svg
    assert math.isinf(x.grad)
    assert 'fill="url(#not-finite-' in svg
    assert "+∞" in texts(svg)
    assert "nan or infinite" in texts(svg)


# --- detail ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("elementary", [False, True])
@pytest.mark.parametrize("detail", ["operations", "neurons", "layers"])
def test_every_detail_shows_every_delta(detail, elementary):
    model = MLP(3, [2, 2, 1], "tanh", seed=3, elementary=elementary)
    traced = trace(model, [0.5, -1.0, 2.0], y=0.5)
    traced.backward()
    svg = graph(traced.cost, detail=detail).svg
    for l in (1, 2, 3):
        for j, delta in enumerate(traced.delta(l)):
            assert is_told(svg, drawn("delta", l, j + 1), delta)


def test_the_delta_of_folded_neurons_over_a_batch_is_their_sum():
    model = MLP(2, [2, 1], "tanh", seed=0)
    cost = mean([squared_error(model([x, -x]), x) for x in (0.1, 0.4, 0.9)])
    cost.backward()
    svg = graph(cost, detail="neurons").svg
    for j in (0, 1):  # ∂C/∂b is Σ δ, equation (4) over a batch
        assert is_told(svg, f"Σ {drawn('delta', 1, j + 1)}", model.layers[0].neurons[j].b.grad)


def test_more_boxes_than_the_limit_are_refused_with_count_limit_and_remedy():
    with pytest.raises(
        ValueError, match=r"1,201 boxes are more than max_nodes=1,000.*'neurons' or 'auto'.*around"
    ):
        graph(chain(1200), detail="operations")
    with pytest.raises(ValueError, match=r"max_nodes=2; .*'layers'"):
        graph(document_001()[0].cost, detail="neurons", max_nodes=2)
    assert graph(chain(1200), detail="operations", max_nodes=1201).dot


@pytest.mark.parametrize("length", [10, 100, 10_000, 100_000])
def test_auto_draws_what_can_be_read_of_a_graph_of_any_depth(length):
    picture = graph(chain(length))
    drawn_boxes = len(re.findall(r"^\tn\d+ \[", picture.dot, re.M))
    assert drawn_boxes <= 40
    assert float(ElementTree.fromstring(picture.svg).get("width")) < 4000
    if length >= 100:
        assert f"of {2 * length + 1:,}" in picture.title
    assert cut(picture.svg) == []
    assert overlapping(picture.svg) == []


def test_auto_folds_a_large_network_and_says_so():
    small = trace(MLP(3, [4, 2], "tanh", seed=1), [0.1] * 3, [0.0] * 2)
    assert "folded into neurons" in graph(small.cost).title
    wider = trace(MLP(8, [64, 64, 4], "tanh", seed=1), [0.1] * 8, [0.0] * 4)
    assert "folded into layers" in graph(wider.cost).title
    assert texts(graph(wider.cost).svg).count("64 numbers") == 4  # z and a of two layers


# --- parts, groups, notation ----------------------------------------------------------------------------


def test_a_part_can_be_drawn_alone():
    traced, _ = document_001()
    found = texts(graph(traced.cost, around=traced.z[2][1], depth=1).svg)
    assert f"{drawn('z', 2, 2)} = Σwx" in found
    assert f"{drawn('z', 2, 1)} = Σwx" not in found
    assert "7 of 35 nodes in 4 boxes, up to 1 edge from z₂⁽²⁾" in found
    with pytest.raises(ValueError, match="no part of the graph"):
        graph(traced.cost, around=Value(1.0, label="stranger"))
    with pytest.raises(ValueError, match="depth must be at least 1"):
        graph(traced.cost, around=traced.cost, depth=0)


def test_groups_of_the_users_own_are_framed_and_folded():
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    error = (a - b) * 2.0
    cost = (error**2 + a).exp()
    cost.backward()
    framed = graph(cost, groups={"the error": [error]})
    assert any(text.startswith("the error") for text in texts(framed.svg))
    folded = texts(graph(cost, groups={"the error": [error]}, detail="layers").svg)
    assert "the error" in folded


@pytest.mark.parametrize(("notation", "name"), [("000", "δ₁⁽²⁾"), ("001", "δ₁⁽²⁾"), ("002", "δ₁⁽¹⁾")])
def test_a_notation_names_every_layer_its_own_way(notation, name):
    traced, _ = document_001()
    svg = graph(traced.cost, notation=notation).svg
    found = texts(svg)
    assert is_told(svg, name, traced.delta(1)[0])
    assert any(text.startswith(f"layer {name[3].translate(DIGITS)}") for text in found)


@pytest.mark.parametrize("scale", ["layer", "global", "symlog"])
def test_a_scale_says_what_its_ends_are(scale):
    traced, _ = document_001()
    found = texts(graph(traced.cost, scale=scale).svg)
    if scale == "layer":
        assert any(text.startswith("layer 1, M = ") for text in found)
        assert "+M" in found
    else:
        largest = max(abs(delta) for l in (1, 2, 3) for delta in traced.delta(l))
        assert any(agrees(text, largest) for text in found if text.startswith("+"))


def test_a_single_value_is_a_picture():
    assert "x" in texts(graph(Value(2.0, label="x")).svg)


# --- layout ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_no_word_covers_another_and_both_directions_have_the_same(direction):
    traced, _ = document_001()
    for detail in ("operations", "neurons", "layers"):
        svg = graph(traced.cost, detail=detail, direction=direction).svg
        words = [text for text in texts(graph(traced.cost, detail=detail).svg) if "broken" not in text]
        assert set(texts(svg)) >= set(words) - {f"layer {l}, M = " for l in (1, 2, 3)} or direction == "TB"
        assert cut(svg) == []
        assert overlapping(svg) == []


@pytest.mark.parametrize("number", [0.0, math.nan])
def test_a_gradient_that_is_no_number_is_drawn(number):
    x = Value(number, label="x")
    c = x.sqrt() * x if number == 0.0 else x.tanh()
    c.backward()
    assert "nan" in graph(c).svg
