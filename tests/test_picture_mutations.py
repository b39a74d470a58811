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


def network() -> None:
    traced = square()
    check_network(traced, viz.network(traced).svg)


def graph() -> None:
    root = square().cost
    check_graph(root, viz.graph(root, detail="operations").svg)


def neurons_graph() -> None:
    traced = square()
    check_neurons_graph(traced, viz.graph(traced.cost, detail="neurons").svg)


def recursion() -> None:
    traced = square()
    check_recursion(traced, 1, viz.recursion(traced, 1).svg)


def outer_products() -> None:
    traced = square()
    traced.model.layers[0].neurons[0].w[0].grad += 0.25
    check_outer_products(traced, viz.outer_products(traced).svg)


def history() -> None:
    run = random_history(1)
    check_history(run, viz.history(run).svg)


def layers_graph() -> None:
    for seed in (1, 3, 5):
        test_graph_forms.test_a_layer_has_its_delta_and_the_transpose_of_its_weights_as_cells(seed)


def part() -> None:
    for seed in range(8):
        test_pictures_legible.test_of_a_part_of_a_graph_m_is_the_largest_delta_that_is_drawn(seed)


MIRRORED = ("2 * (index + 0.5) / steps - 1", "1 - 2 * (index + 0.5) / steps")
MISTAKES = {
    "W for Wᵀ in what is added down a column": (
        recursion, "viz", "self.matrix * self.sent[:, np.newaxis]", "self.matrix.T * self.sent[:, np.newaxis]"
    ),
    "W for Wᵀ in the δ of the matrix": (recursion, "viz", "matrix.T @ sent", "matrix @ sent"),
    "W for Wᵀ in the names of cells": (
        recursion, "viz", "self.found.layer + 1, j + 1, k + 1", "self.found.layer + 1, k + 1, j + 1"
    ),
    "every bar from 0, none behind another": (recursion, "viz", "added += part", "added += 0.0"),
    "a row in the colour of −δ": (recursion, "viz", "scale.fill(sent), _LIT", "scale.fill(-sent), _LIT"),
    "the row of another column lit": (recursion, "viz", "_LIT if k == self.lit", "_LIT if column == k"),
    "a joint where the bar began": (
        recursion, "viz", "_BAR_AT + 7.5, added", "_BAR_AT + 7.5, added - part"
    ),
    "a funnel that narrows nothing": (recursion, "viz", "(delta, below)", "(error, below)"),
    "the lines of a row lit backward": (recursion, "viz", "if column != lit:", "if j != lit:"),
    "another column lit": (recursion, "viz", "self.columns.index(self.lit)", "0 * self.lit"),
    "weights on the scale of δ": (
        network, "viz", "self.scales.weight[column.column.layer]", "self.scales.delta[column.column.layer]"
    ),
    "δ on the scale of the weights": (
        network, "viz", "self.scales.delta[layer] if", "self.scales.weight[layer] if"
    ),
    "ribbons as wide as a number, not as |number|": (
        network, "viz", "abs(number) / maximum", "number / maximum"
    ),
    "forward as wide as backward": (network, "viz", 'a.data if kind ==', 'a.data if kind !='),
    "backward to a, not to ∂C/∂a": (
        network, "viz", '"a" if forward else "error")', '"a")'
    ),
    "a scale to the largest, not the largest |number|": (
        network, "viz", "(abs(x) for x in numbers if", "(x for x in numbers if"
    ),
    "δ in the colour of −δ": (recursion, "viz", "_top + 12, delta", "_top + 12, -delta"),
    "∂C/∂a filled": (network, "viz", '"error" and math', '"none" and math'),
    "a parameter in the colour of its neuron": (
        graph, "viz", "row.gradient, theme, scale", "card.box.gradient.number, theme, scale"
    ),
    "dashes for w · a > 0": (network, "viz", "DASH if number < 0", "DASH if number > 0"),
    "a ribbon on the scale of its head": (
        graph, "viz", "of_box(edge.operand or edge.tail", "of_box(edge.head"
    ),
    "ribbons one upon another": (graph, "viz", "at += breadth\n            starts", "starts"),
    "a ribbon in the colour of the opposite sign": (
        graph, "viz", "colour(edge.contribution or 0.0", "colour(-(edge.contribution or 0.0)"
    ),
    "∂C/∂a in the colour of δ": (graph, "viz", '"error" if has_delta', '"delta" if has_delta'),
    "between neurons w for w δ": (
        neurons_graph, "viz", "sum(node.grad * local for node", "sum(local for node"
    ),
    "between neurons the scale of the head": (
        neurons_graph, "viz", "of_box(edge.operand or edge.tail", "of_box(edge.head"
    ),
    "points one epoch late": (history, "viz", "enumerate(numbers, start=1)", "enumerate(numbers, start=2)"),
    "a curve that begins with its second epoch": (
        history, "viz", "in visible(curve.numbers)", "in visible(curve.numbers[1:])"
    ),
    "the bar mirrored, of a graph": (graph, "viz", *MIRRORED),
    "the bar mirrored, of a network": (network, "viz", *MIRRORED),
    "areas as wide as δ": (
        outer_products, "viz", 'self._share("a", float(self.a[k]))', 'self._share("a", float(self.a[j]))'
    ),
    "of a part the last box taken for the root": (
        part, "viz", 'keys[folds[selection.root]] if selection.root in folds else ""', "keys[results[-1]]"
    ),
    "W for Wᵀ in the cells of a layer": (
        layers_graph, "viz", '"data", [[node.data for node in row] for row in matrix]',
        '"data", [[node.data for node in row] for row in zip(*matrix)]'
    ),
    "δ of a layer in the colour of −δ": (
        layers_graph, "viz", "strip_of(name, kind, [[node.grad", "strip_of(name, kind, [[-node.grad"
    ),
    "no difference ever": (outer_products, "viz", "gradient - np.outer(delta, a)", "gradient - gradient"),
}  # fmt: skip


@pytest.mark.parametrize(
    "check", sorted({check for check, *_ in MISTAKES.values()}, key=lambda f: f.__name__)
)
def test_without_a_mistake_nothing_is_noticed(check):
    check()


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_picture_with_a_mistake_is_noticed(mistake, monkeypatch):
    check, *damage = MISTAKES[mistake]
    plant(monkeypatch, *damage)
    with pytest.raises(AssertionError):
        check()
