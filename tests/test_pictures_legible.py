"""On a page of 830 px nothing is smaller than 9 px, cut, or covered; and what is lit can be chosen."""

import re

import numpy as np
import pytest
from picture_checks import cut, overlapping
from picture_readback import having, number, read, texts
from traced_networks import random_trace

import viz
from nn import MLP, cross_entropy, trace

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
    for picture in (viz.network(traced), viz.outer_products(traced), *recursions):
        across = float(re.search(r' width="([\d.]+)"', picture.svg)[1])
        smallest = min(map(float, re.findall(r'font-size="([\d.]+)"', picture.svg)))
        assert smallest * min(1.0, PAGE / across) >= SMALLEST, (picture.title, across)
        assert cut(picture.svg) == []
        assert overlapping(picture.svg) == []


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
