"""The checks of pictures are able to fail: mistakes are made in what draws them, and each is noticed."""

import pytest
import test_graph_forms
import test_pictures_legible
from equations_readback import check_outer_products, check_recursion
from graph_readback import check_graph, check_neurons_graph
from history_readback import check_history
from mistakes import plant
from network_readback import check_network
from traced_networks import random_history, random_trace

import viz
from nn import Trace


def square() -> Trace:
    """A network whose W are square, so that Wᵀ in the place of W is no error that NumPy would see."""
    traced = random_trace(5, most=2)
    assert len({len(a) for a in traced.a}) == 1 < len(traced.a[0])
    return traced


def network(traced: Trace) -> None:
    check_network(traced, viz.network(traced).svg)


def graph(traced: Trace) -> None:
    check_graph(traced.cost, viz.graph(traced.cost, detail="operations").svg)


def neurons_graph(traced: Trace) -> None:
    check_neurons_graph(traced, viz.graph(traced.cost, detail="neurons").svg)


def layers_graph(_: Trace) -> None:
    for seed in (1, 3, 5):
        test_graph_forms.test_a_layer_has_its_delta_and_the_transpose_of_its_weights_as_cells(seed)


def part(_: Trace) -> None:
    for seed in range(8):
        test_pictures_legible.test_of_a_part_of_a_graph_m_is_the_largest_delta_that_is_drawn(seed)


def recursion(traced: Trace) -> None:
    check_recursion(traced, 1, viz.recursion(traced, 1).svg)


def outer_products(traced: Trace) -> None:
    traced.model.layers[0].neurons[0].w[0].grad += 0.25
    check_outer_products(traced, viz.outer_products(traced).svg)


def history(_: Trace) -> None:
    run = random_history(1)
    check_history(run, viz.history(run).svg)


MIRRORED = ("2 * (index + 0.5) / steps - 1", "1 - 2 * (index + 0.5) / steps")
MISTAKES = {
    recursion: {
        "W for Wᵀ in what is added down a column": (
            "self.matrix * self.sent[:, np.newaxis]", "self.matrix.T * self.sent[:, np.newaxis]"
        ),
        "W for Wᵀ in the δ of the matrix": ("matrix.T @ sent", "matrix @ sent"),
        "W for Wᵀ in the names of cells": (
            "self.found.layer + 1, j + 1, k + 1", "self.found.layer + 1, k + 1, j + 1"
        ),
        "every bar from 0, none behind another": ("added += part", "added += 0.0"),
        "a row in the colour of −δ": ("scale.fill(sent), _LIT", "scale.fill(-sent), _LIT"),
        "the row of another column lit": ("_LIT if k == self.lit", "_LIT if column == k"),
        "a joint where the bar began": ("_BAR_AT + 7.5, added", "_BAR_AT + 7.5, added - part"),
        "a funnel that narrows nothing": ("(delta, below)", "(error, below)"),
        "the lines of a row lit backward": ("if column != lit:", "if j != lit:"),
        "another column lit": ("self.columns.index(self.lit)", "0 * self.lit"),
        "δ in the colour of −δ": ("_top + 12, delta", "_top + 12, -delta"),
    },
    network: {
        "weights on the scale of δ": (
            "self.scales.weight[column.column.layer]", "self.scales.delta[column.column.layer]"
        ),
        "δ on the scale of the weights": ("self.scales.delta[layer] if", "self.scales.weight[layer] if"),
        "ribbons as wide as a number, not as |number|": ("abs(number) / maximum", "number / maximum"),
        "forward as wide as backward": ("a.data if kind ==", "a.data if kind !="),
        "backward to a, not to ∂C/∂a": ('"a" if forward else "error")', '"a")'),
        "a scale to the largest, not the largest |number|": (
            "(abs(x) for x in numbers if", "(x for x in numbers if"
        ),
        "∂C/∂a filled": ('"error" and math', '"none" and math'),
        "dashes for w · a > 0": ("DASH if number < 0", "DASH if number > 0"),
        "the bar mirrored, of a network": MIRRORED,
    },
    graph: {
        "a parameter in the colour of its neuron": (
            "row.gradient, theme, scale", "card.box.gradient.number, theme, scale"
        ),
        "a ribbon on the scale of its head": ("of_box(edge.operand or edge.tail", "of_box(edge.head"),
        "ribbons one upon another": ("at += breadth\n            starts", "starts"),
        "a ribbon in the colour of the opposite sign": (
            "colour(edge.contribution or 0.0", "colour(-(edge.contribution or 0.0)"
        ),
        "∂C/∂a in the colour of δ": ('"error" if has_delta', '"delta" if has_delta'),
        "the bar mirrored, of a graph": MIRRORED,
    },
    neurons_graph: {
        "between neurons w for w δ": ("sum(n.grad * d for n, d", "sum(d for n, d"),
        "between neurons the scale of the head": ("of_box(edge.operand or edge.tail", "of_box(edge.head"),
    },
    history: {
        "points one epoch late": ("enumerate(numbers, start=1)", "enumerate(numbers, start=2)"),
        "a curve that begins with its second epoch": (
            "in visible(curve.numbers)", "in visible(curve.numbers[1:])"
        ),
    },
    outer_products: {
        "areas as wide as δ": ('"a", k, cell.width', '"a", j, cell.width'),
        "no difference ever": ("gradient - np.outer(delta, a)", "gradient - gradient"),
    },
    part: {
        "of a part the last box taken for the root": (
            'keys[folds[selection.root]] if selection.root in folds else ""', "keys[results[-1]]"
        ),
    },
    layers_graph: {
        "W for Wᵀ in the cells of a layer": (
            '"data", [[node.data for node in row] for row in matrix]',
            '"data", [[node.data for node in row] for row in zip(*matrix)]',
        ),
        "δ of a layer in the colour of −δ": (
            "strip_of(name, kind, [[node.grad", "strip_of(name, kind, [[-node.grad"
        ),
    },
}  # fmt: skip


@pytest.mark.parametrize("check", MISTAKES)
def test_without_a_mistake_nothing_is_noticed(check):
    check(square())


@pytest.mark.parametrize(
    ("check", "mistake"), [(check, mistake) for check, mistakes in MISTAKES.items() for mistake in mistakes]
)
def test_a_picture_with_a_mistake_is_noticed(check, mistake, monkeypatch):
    plant(monkeypatch, "viz", *MISTAKES[check][mistake])
    with pytest.raises(AssertionError):
        check(square())
