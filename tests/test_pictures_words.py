"""The words of a picture are true: what it says of itself is counted in its own SVG, and in the graph."""

import random
import re

import pytest
from picture_readback import having, read, texts
from traced_networks import random_expression, random_trace

import viz
from minigrad import Value, topological_order, total
from nn import MLP, mean, squared_error

DETAILS = ("auto", "operations", "neurons", "layers")


def any_root(seed: int) -> Value:
    """An expression, a network, a batch, a chain, or a wide sum; every other one without a label."""
    rng, kind = random.Random(seed), seed % 5
    if kind == 0:
        root = random_expression(seed)
    elif kind == 1:
        root = random_trace(seed, most=6).cost
    elif kind == 2:
        model = MLP(2, [rng.randint(1, 3), 1], "tanh", seed=seed, elementary=rng.random() < 0.5)
        root = mean([squared_error(model([rng.random(), 1.0]), 1.0) for _ in range(rng.randint(2, 4))])
    elif kind == 3:
        root = Value(0.5, label="x")
        for _ in range(rng.choice([3, 30])):
            root = (root * 1.5 + 0.25).sin()
    else:
        root = total([Value(float(k), label=f"x{k}") for k in range(rng.choice([3, 90]))])
    root.label = "loss" if seed % 2 else ""
    if seed % 3:
        root.backward()
    return root


def counts(title: str) -> dict[str, int]:
    """Nodes drawn and in all, boxes and edges, as far as a title tells them."""
    found = re.search(r": ([\d,]+)(?: of ([\d,]+))? nodes?(?: in ([\d,]+) box(?:es)?)?", title)
    assert found, title
    nodes, whole, boxes = (int(text.replace(",", "")) if text else 0 for text in found.groups())
    edges = re.search(r"; ([\d,]+) edges?, without", title)
    told = {"nodes": nodes, "whole": whole or nodes, "boxes": boxes or nodes}
    return told | ({"edges": int(edges[1].replace(",", ""))} if edges else {})


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("seed", range(15))
def test_a_graph_says_how_many_nodes_boxes_and_edges_it_has(seed: int, detail: str) -> None:
    root = any_root(seed)
    picture = viz.graph(root, detail=detail)
    drawing, told = read(picture.svg), counts(picture.title)
    assert told["whole"] == len(topological_order(root))
    assert told["boxes"] == len(having(drawing, "node"))
    assert told.get("edges", len(having(drawing, "edge"))) == len(having(drawing, "edge"))
    assert ("edges" in told) <= (not having(drawing, "label"))
    if detail == "operations":
        assert told["nodes"] == told["whole"]


@pytest.mark.parametrize("seed", range(10))
def test_a_part_of_a_graph_says_which_and_how_many(seed: int) -> None:
    root = random_expression(seed)
    order = topological_order(root)
    centre = order[len(order) // 2]
    picture = viz.graph(root, around=centre, depth=1, detail="operations")
    near = {centre, *centre.operands, *(node for node in order if centre in node.operands)}
    near |= {operand for node in near for operand in node.operands if operand.op and not operand.operands}
    told = counts(picture.title)
    assert (told["nodes"], told["whole"]) == (len(near), len(order))
    assert told["boxes"] == len(having(read(picture.svg), "node"))


@pytest.mark.parametrize("seed", range(15))
def test_folded_into_neurons_is_said_of_graphs_that_have_some(seed: int) -> None:
    root = any_root(seed)
    neurons = {getattr(node.label, "layer", 0) for node in topological_order(root)} - {0}
    for detail in ("neurons", "layers"):
        title = viz.graph(root, detail=detail).title
        assert (f"folded into {detail}" in title) == bool(neurons)
        instead = "no neurons to fold into" if detail == "neurons" else "nodes that are computed alike"
        assert (instead in title) == (not neurons)


def test_groups_of_ones_own_are_called_groups() -> None:
    x = Value(2.0, label="x")
    y = x * x + 3.0 * x
    title = viz.graph(y, groups={"A": [x]}, detail="neurons").title
    assert title.endswith("folded into groups")


@pytest.mark.parametrize("label", ["", "loss", "C"])
def test_the_root_has_one_name_in_its_box_and_in_the_legend(label: str) -> None:
    traced = random_trace(1, most=2)
    root = traced.cost * 2.0 + 1.0
    root.label = label
    root.backward()
    for detail in ("neurons", "layers"):
        drawing = read(viz.graph(root, detail=detail).svg)
        name = label or "root"
        words = texts(drawing)
        assert any(word.startswith((f"δ = ∂{name}/∂z", f"∂{name}/∂Wᵀ")) for word in words)
        titles = [texts(box)[0].partition(" = ")[0] for box in having(drawing, "node")]
        assert titles[-1] == name


@pytest.mark.parametrize("sizes", [(3, 8, 2), (3, 9, 10), (2, 30, 12)])
def test_what_a_recursion_or_a_network_leaves_out_is_counted(sizes: tuple[int, ...]) -> None:
    from nn import trace

    traced = trace(MLP(sizes[0], sizes[1:], "tanh", seed=1), [0.5] * sizes[0], [0.0] * sizes[-1])
    traced.backward()
    for layer in (1, 2):
        drawing = read(viz.recursion(traced, layer).svg)
        drawn, words = len(having(drawing, "delta")), " ".join(texts(drawing))
        left = re.search(r"drawn: of (\d+) neurons the (\d+) with", words)
        assert (drawn < sizes[layer]) == bool(left)
        assert not left or (int(left[1]), int(left[2])) == (sizes[layer], drawn)
    drawing = read(viz.network(traced, max_neurons=6).svg)
    words = re.findall(r"(\d+) of (\d+)(?: |$)", "  ".join(texts(drawing)))
    assert set(words) == {("6", str(size)) for size in sizes if size > 6}
    assert len(having(drawing, "neuron")) - 1 == sum(min(size, 6) for size in sizes)


def test_of_layers_without_a_frame_the_legend_gives_m_itself() -> None:
    """In a batch the neurons of different layers are mixed, so that no frame is drawn around a layer."""
    model = MLP(2, [2, 1], "tanh", seed=1)
    root = mean([squared_error(model([0.1 * k, 1.0]), 1.0) for k in range(8)])
    root.backward()
    picture = viz.graph(root, detail="operations").svg
    assert not re.search(r">layer \d, M = ", picture)
    words = " ".join(texts(read(picture)))
    assert "frame" not in words
    order = topological_order(root)
    for layer in (1, 2):
        named = [node for node in order if getattr(node.label, "kind", "") == "z"]
        grads = [abs(node.grad) for node in named if node.label.layer == layer]
        told = re.search(rf"M = ([\d.]+) in layer {layer}", words)[1]
        assert abs(float(told) - max(grads)) <= 0.00005


def test_gradients_of_another_pass_are_not_called_none() -> None:
    x = Value(2.0, label="x")
    y = x * x
    assert "No backward pass from root yet, so no gradients" in " ".join(texts(read(viz.graph(y).svg)))
    y.backward()
    words = texts(read(viz.graph(y * 3.0).svg))
    assert "+4.0000" in words
    assert any(
        text.startswith("No backward pass from root yet: gradients are of another pass") for text in words
    )
