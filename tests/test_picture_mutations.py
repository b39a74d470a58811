"""The checks of pictures are able to fail: mistakes are made in what draws them, and each is noticed."""

import pytest
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


MIRRORED = ("2 * (index + 0.5) / steps - 1", "1 - 2 * (index + 0.5) / steps")
MISTAKES = {
    "W for Wᵀ in what is sent back": (
        recursion, "viz", "weights(layer + 1)[:, k]", "weights(layer + 1)[k, :]"
    ),
    "W for Wᵀ in the δ of the matrix": (
        recursion, "viz", "trace.weights(layer + 1), trace.delta", "trace.weights(layer + 1).T, trace.delta"
    ),
    "weights on the scale of δ": (network, "viz", "scales.weight[l].stroke", "scales.delta[l].stroke"),
    "δ on the scale of the weights": (
        network, "viz", "scales.delta[cell.layer].fill", "scales.weight[cell.layer].fill"
    ),
    "lines as wide as w, not |w|": (network, "viz", "* abs(weight) /", "* weight /"),
    "a key of w < 0 without its dash": (network, "viz", '< 0", theme, 2.5, dash="7 4"', '< 0", theme, 2.5'),
    "a scale to the largest, not the largest |number|": (
        network, "viz", "(abs(x) for x in numbers if", "(x for x in numbers if"
    ),
    "a matrix in the colours of −δ": (recursion, "viz", "scale.fill(matrix)", "scale.fill(-matrix)"),
    "a parameter in the colour of its neuron": (
        graph, "viz", "scale.fill(row.gradient)", "scale.fill(box.band.gradient)"
    ),
    "dashes for w > 0": (network, "viz", '"7 4" if w < 0', '"7 4" if w > 0'),
    "an edge on the scale of its head": (graph, "viz", "self.of_box(edge.tail)", "self.of_box(edge.head)"),
    "between neurons w for w δ": (
        neurons_graph, "viz", "fsum(node.grad * local for node", "fsum(local for node"
    ),
    "between neurons the scale of the head": (
        neurons_graph, "viz", "self.of_box(edge.tail)", "self.of_box(edge.head)"
    ),
    "points one epoch late": (history, "viz", "enumerate(numbers, start=1)", "enumerate(numbers, start=2)"),
    "a curve that begins with its second epoch": (
        history, "viz", "in visible(curve.numbers)", "in visible(curve.numbers[1:])"
    ),
    "the bar mirrored, of a graph": (graph, "viz", *MIRRORED),
    "the bar mirrored, of a network": (network, "viz", *MIRRORED),
    "the bar mirrored, of the recursion": (recursion, "viz", *MIRRORED),
    "the bar mirrored, of outer products": (outer_products, "viz", *MIRRORED),
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
