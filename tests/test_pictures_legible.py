"""On a page of 830 px nothing is smaller than 9 px, cut, or covered; and what is lit can be chosen."""

import random
import re

import numpy as np
import pytest
from network_readback import check_network
from picture_checks import cut, outside, overlapping
from picture_readback import agrees, as_number, box, having, number, read, texts
from traced_networks import random_trace

import viz
from minigrad import Value
from nn import MLP, Layer, cross_entropy, trace

PAGE, SMALLEST = 830.0, 9.0
SIZES = [
    (1, 1),
    (2, 2, 1),
    (3, 3, 2),
    (4, 8, 3),
    (3, 5, 4, 2),
    (2, 2, 2, 2, 2, 2, 1),
    (64, 32, 10),
    (20, 12, 3),
]


def traced_through(sizes, scale=1.0, **settings):
    model = MLP(sizes[0], list(sizes[1:]), "tanh", seed=3, **settings)
    rng = np.random.default_rng(3)
    for parameter in model.parameters():
        parameter.data *= scale
    x, y = rng.normal(size=sizes[0]).tolist(), rng.uniform(size=sizes[-1]).tolist()
    traced = trace(model, x, y if len(y) > 1 else y[0])
    traced.backward()
    return traced


@pytest.mark.parametrize("scale", [1.0, 1e-2, 30.0])
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_every_text_can_be_read_on_a_page(sizes, scale):
    traced = traced_through(sizes, scale)
    recursions = [viz.recursion(traced, l) for l in range(1, traced.depth + 1)]
    graphs = [
        viz.graph(traced.cost, detail=d)
        for d in ("auto", "neurons", "layers")
        if d != "neurons" or sum(sizes) < 40
    ]
    for picture in (viz.network(traced), viz.outer_products(traced), *recursions, *graphs):
        assert_legible(picture)


def assert_legible(picture):
    across = float(re.search(r' width="([\d.]+)"', picture.svg)[1])
    smallest = min(map(float, re.findall(r'font-size="([\d.]+)"', picture.svg)))
    assert smallest * min(1.0, PAGE / across) >= SMALLEST, (picture.title, across)
    assert cut(picture.svg) == []
    assert overlapping(picture.svg) == []
    assert outside(picture.svg) == []


@pytest.mark.parametrize(
    "sizes", [(3, 5, 4, 2), (2, 3, 3, 1), (4, 4, 4, 1), (3, 5, 5, 2), (3, 4, 3, 2)], ids=str
)
def test_a_network_of_three_small_layers_is_in_one_piece(sizes):
    traced = traced_through(sizes)
    picture = viz.network(traced)
    assert not any("the picture goes on" in text for text in texts(read(picture.svg)))
    assert_legible(picture)
    check_network(traced, picture.svg)


LABELS = [
    "a",
    '<b>&"x"</b>|{}\\n\n\u202e%s',
    "a very long label, of a user who says everything in one label " * 4,
    "]]> 漢",
]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_on_the_labels_a_graph_can_be_read(seed):
    rng = random.Random(seed)
    nodes = [Value(rng.uniform(-9, 9) * 10.0 ** rng.randint(-7, 5), rng.choice(LABELS)) for _ in range(3)]
    for _ in range(8):
        x, y = rng.choices(nodes, k=2)
        nodes.append(rng.choice([x * y, x + y, x - y, x.tanh(), x.sigmoid()]))
        nodes[-1].label = rng.choice(["", *LABELS])
    root = sum(nodes[3:])
    root.backward()
    assert_legible(viz.graph(root))
    assert_legible(viz.graph(root, detail="operations"))
    assert_legible(viz.graph(root, groups={LABELS[2]: nodes[5:7]}, detail="layers"))


@pytest.mark.parametrize("steps", [3, 8, 20])
def test_a_recurrence_can_be_read(steps):
    w, u, h = Value(0.7, "w"), Value(-0.4, "u"), Value(0.0, "h0")
    for step in range(1, steps + 1):
        h = (w * h + u * Value(0.3 * step - 0.8, f"x{step}")).tanh()
        h.label = f"h{step}"
    root = (h - 1.0) ** 2
    root.backward()
    assert_legible(viz.graph(root))


@pytest.mark.parametrize("seed", range(8))
def test_of_a_part_of_a_graph_m_is_the_largest_delta_that_is_drawn(seed):
    traced = random_trace(seed, most=5)
    svg = viz.graph(traced.cost, around=traced.a[1][0], depth=1).svg
    drawn_in = {1: [traced.z[1][0].grad], 2: [z.grad for z in traced.z[2]]}
    for layer, deltas in drawn_in.items():
        title = next(text for text in texts(read(svg)) if text.startswith(f"layer {layer}, M = "))
        assert agrees(title.rpartition(" ")[2], max(map(abs, deltas)))


@pytest.mark.parametrize("where", [0, 1])
def test_no_bar_of_a_recursion_with_nan_leaves_the_picture(where):
    traced = traced_through((2, 3, 2))
    model = MLP(2, [3, 2], seed=1)
    model.layers[1].neurons[where].w[1].data = float("nan")
    traced = trace(model, [1.0, 2.0], [0.0, 1.0])
    traced.backward()
    root = read(viz.recursion(traced, 1).svg)
    column = next(r for r in root.iter("rect") if r.get("stroke-width") == "1.4")
    left, right = box(column)[0], float(root.get("width"))
    for group in having(root, "sent"):
        start, _, end, _ = box(list(group.iter("rect"))[1])
        assert left <= start <= end <= right


@pytest.mark.parametrize("seed", range(6))
def test_the_factors_of_a_ledger_have_as_many_decimals(seed):
    traced = random_trace(seed, most=5)
    for group in having(read(viz.graph(traced.cost, detail="neurons").svg), "node"):
        factors = [f for text in texts(group) if " × " in text and "=" not in text for f in text.split(" × ")]
        assert len({len(f.partition(".")[2]) for f in factors if "." in f and "e" not in f}) <= 1, factors


@pytest.mark.parametrize("seed", range(5))
def test_the_column_of_a_neuron_that_is_named_is_lit(seed):
    traced = random_trace(seed, most=4)
    for k in range(1, len(traced.z[1]) + 1):
        picture = read(viz.recursion(traced, 1, neuron=k).svg)
        assert any(text.startswith(f"column {k} gives ∂C/∂a") for text in texts(picture))
        (band,) = [rect for rect in picture.findall("rect") if rect.get("stroke-width") == "1.4"]
        lefts = sorted({number(cell.find("rect"), "x") for cell in having(picture, "sent")})
        assert number(band, "x") == lefts[k - 1]
    with pytest.raises(ValueError, match="there is no neuron 9"):
        viz.recursion(traced, 1, neuron=9)


def test_a_neuron_that_is_named_is_drawn_though_others_are_stronger():
    traced = traced_through((3, 30, 2))
    weakest = int(np.argmin(np.abs(traced.delta(1)))) + 1
    assert f"column {weakest} gives" in " ".join(texts(read(viz.recursion(traced, 1, neuron=weakest).svg)))


@pytest.mark.parametrize("target", [1, [0.2, 0.5, 0.3]])
def test_of_softmax_the_columns_of_its_jacobian_add_up_to_delta(target):
    traced = trace(MLP(2, [4, 3], "tanh", "softmax", seed=1), [0.5, -1.0], target, cross_entropy)
    traced.backward()
    picture, a = read(viz.recursion(traced, 2).svg), traced.activations(2)
    added = np.zeros(3)
    for position, cell in enumerate(having(picture, "sent")):  # column after column
        k, i = divmod(position, 3)
        factor, part = map(float, re.search(r"= (\S+), sent back: (\S+)", cell.find("title").text).groups())
        assert factor == pytest.approx(a[i] * ((i == k) - a[k]), rel=1e-12)
        added[k] += part
    assert added == pytest.approx(traced.delta(2), rel=1e-9, abs=1e-15)
    deltas = [float(group.find("title").text) for group in having(picture, "delta")]
    assert deltas == traced.delta(2).tolist()
    senders = [float(s.find("title").text.split(" = ")[1]) for s in having(picture, "sender")]
    assert senders == traced.activation_gradients(2).tolist()
    assert not having(picture, "error")


def test_no_funnel_leads_through_a_jacobian_that_mixes_neurons():
    model = MLP(2, [3, 1], seed=1)
    model.layers = [Layer(2, 3, "softmax"), model.layers[1]]
    traced = trace(model, [0.5, -1.0], 1.0)
    traced.backward()
    picture = read(viz.recursion(traced, 1).svg)
    assert (len(having(picture, "error")), len(having(picture, "funnel"))) == (3, 0)


def test_of_a_wide_softmax_what_is_not_drawn_is_what_is_missing_to_delta():
    traced = trace(MLP(2, [4, 12], "tanh", "softmax", seed=1), [0.5, -1.0], [0.3] * 12)
    traced.backward()
    picture = read(viz.recursion(traced, 2).svg)
    cells = [float(re.search(r"sent back: (\S+)", c.find("title").text)[1]) for c in having(picture, "sent")]
    deltas = [float(group.find("title").text) for group in having(picture, "delta")]
    rests = [as_number(texts(rest)[0]) for rest in having(picture, "rest")]
    rows = len(cells) // len(deltas)
    for column, (delta, rest) in enumerate(zip(deltas, rests, strict=True)):
        assert sum(cells[column * rows : (column + 1) * rows]) + rest == pytest.approx(delta, abs=1e-5)
