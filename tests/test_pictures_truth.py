"""Every picture is true: numbers, colours, widths and dashes, read back from it, are those of the trace."""

import pytest
from equations_readback import check_outer_products, check_recursion
from graph_readback import check_graph, check_neurons_graph
from history_readback import check_history
from network_readback import check_network
from picture_readback import having, read, texts
from traced_networks import layers, random_expression, random_history, random_trace

import viz
from nn import MLP, trace

KINDS = ("layer", "global", "symlog")
THEMES = ("light", "dark")


@pytest.mark.parametrize("seed", range(10))
def test_a_network_is_drawn_with_the_numbers_colours_widths_and_dashes_of_its_trace(seed):
    traced, theme, kind = random_trace(seed, most=3), THEMES[seed // 2 % 2], KINDS[seed % 3]
    check_network(traced, viz.network(traced, theme=theme, scale=kind).svg, theme, kind)


def test_a_crowded_network_has_thinner_lines_and_is_still_true():
    traced = random_trace(5, most=9)
    check_network(traced, viz.network(traced).svg)


@pytest.mark.parametrize("seed", range(16))
def test_what_each_neuron_sends_back_is_the_weight_of_its_own_column_times_its_delta(seed):
    traced, theme = random_trace(seed, most=6), THEMES[seed % 2]
    for layer in layers(traced):
        check_recursion(traced, layer, viz.recursion(traced, layer, theme=theme).svg, theme)


def test_of_many_neurons_the_first_seven_are_drawn_and_the_rest_is_summed():
    traced = trace(MLP(2, [11, 10, 1], activation="tanh", seed=1), [0.5, -1.0], y=1.0)
    traced.backward()
    check_recursion(traced, 1, viz.recursion(traced, 1).svg)


@pytest.mark.parametrize("seed", range(16))
def test_every_cell_of_an_outer_product_is_the_product_of_its_margins(seed):
    traced, theme, kind = random_trace(seed), THEMES[seed // 2 % 2], KINDS[seed % 3]
    check_outer_products(traced, viz.outer_products(traced, theme=theme, scale=kind).svg, theme, kind)


@pytest.mark.parametrize("seed", range(4))
def test_an_outer_product_tells_how_far_the_scalar_graph_is_from_it(seed):
    traced = random_trace(seed)
    traced.model.layers[0].neurons[-1].w[0].grad += 0.25
    svg = viz.outer_products(traced).svg
    assert "scalar graph − matrix: 2e−01" in svg
    check_outer_products(traced, svg)


@pytest.mark.parametrize("seed", range(8))
def test_each_arrow_of_a_graph_has_the_colour_of_its_contribution_on_the_scale_of_its_operand(seed):
    traced, theme, kind = random_trace(seed, most=3), THEMES[seed // 2 % 2], KINDS[seed % 3]
    svg = viz.graph(traced.cost, detail="operations", theme=theme, scale=kind).svg
    check_graph(traced.cost, svg, theme, kind)


@pytest.mark.parametrize("seed", range(8))
def test_folded_into_neurons_a_graph_has_their_delta_and_what_they_send_back(seed):
    traced = random_trace(seed, most=3)
    check_neurons_graph(traced, viz.graph(traced.cost, detail="neurons").svg)


@pytest.mark.parametrize("seed", range(8))
def test_an_expression_is_drawn_with_its_numbers_and_every_one_of_its_edges(seed):
    root, kind = random_expression(seed), KINDS[seed % 3]
    check_graph(root, viz.graph(root, detail="operations", scale=kind).svg, kind=kind)


@pytest.mark.parametrize("seed", range(16))
def test_every_point_of_a_curve_lies_above_its_epoch_at_the_height_of_its_number(seed):
    history = random_history(seed)
    check_history(history, viz.history(history, theme=THEMES[seed % 2]).svg)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_has_the_pattern_or_the_third_hue_and_no_part_in_a_scale(number):
    traced = random_trace(3, most=3)
    traced.z[1][0].grad = traced.model.layers[0].neurons[-1].w[0].grad = number
    svg = viz.network(traced).svg
    check_network(traced, svg)
    assert "nan or infinite" in svg


def test_before_a_backward_pass_nothing_has_a_colour_or_a_gradient():
    traced = trace(MLP(2, [2, 1], seed=1), [0.5, -1.0], y=1.0)
    picture = read(viz.network(traced).svg)
    assert [texts(band)[-1] for band in having(picture, "delta")] == ["?"] * 3
    assert all(band.find("rect") is None for band in having(picture, "delta") + having(picture, "error"))
    assert all(texts(row)[-1] == "?" for row in having(picture, "w"))
    assert not having(picture, "backward")
    assert not having(picture, "cell")
    assert len(having(picture, "forward")) == 6
