"""Large pictures: a PNG of a bounded number of pixels, labels only where they leave it readable."""

import re
import struct
import warnings

import pytest
from picture_readback import having, read

import viz
from minigrad import Value
from nn import MLP, mean, squared_error, trace
from viz.drawing.export import for_screen

MOST_PIXELS = 4_000_000


def size(svg: str) -> tuple[float, float]:
    across, down = re.search(r'<svg [^>]*width="([\d.]+)" height="([\d.]+)"', svg).groups()
    return float(across), float(down)


def pixels(png: bytes) -> tuple[int, int]:
    """Width and height, from the header of a PNG file."""
    return struct.unpack(">II", png[16:24])


def network(*sizes: int, elementary: bool = False) -> Value:
    traced = trace(MLP(2, list(sizes), "tanh", seed=0, elementary=elementary), [0.1, 0.2], 1.0)
    traced.backward()
    return traced.cost


def batch(examples: int) -> Value:
    model = MLP(3, [3, 2, 1], "tanh", seed=1)
    cost = mean([squared_error(model([0.1 * k, 1.0, -0.5]), 1.0) for k in range(examples)])
    cost.backward()
    return cost


def test_a_small_picture_has_two_pixels_to_a_px() -> None:
    picture = viz.graph(Value(2.0, label="a") * 3.0)
    assert pixels(picture.png()) == pytest.approx([2 * x for x in size(picture.svg)], abs=2)


@pytest.mark.parametrize("root", [network(16, 16, 1), batch(8)], ids=["network", "batch"])
def test_a_large_picture_has_fewer_and_is_not_warned_of_while_it_can_be_read(root: Value) -> None:
    picture = viz.graph(root, detail="operations")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        across, down = pixels(picture.png())
    assert 0.95 * MOST_PIXELS < across * down < 1.01 * MOST_PIXELS
    width, height = size(picture.svg)
    assert across / width == pytest.approx(down / height, rel=0.01)


def test_a_png_too_small_to_read_says_so_and_what_to_do() -> None:
    picture = viz.graph(network(13, 12, 1, elementary=True), detail="operations")
    with pytest.warns(UserWarning, match=r"too small to read: save it as \.svg .* png\(zoom=1\)"):
        across, down = pixels(picture.png())
    assert across * down < 1.01 * MOST_PIXELS / 4  # an overview, which nobody has to wait for
    with pytest.warns(UserWarning, match="is an overview without text"):
        document, _ = for_screen(picture.svg)
    assert "<text" not in document
    assert document.count("<rect") == picture.svg.count("<rect")


def test_a_zoom_that_is_asked_for_is_given() -> None:
    picture = viz.graph(batch(4), detail="operations")
    assert pixels(picture.png(zoom=1.0)) == pytest.approx(size(picture.svg), abs=1)


@pytest.mark.parametrize("examples", [4, 8])
def test_a_batch_is_not_much_larger_than_its_boxes(examples: int) -> None:
    """With a label on each of its edges it was 16,596 px tall."""
    svg = viz.graph(batch(examples), detail="operations").svg
    across, down = size(svg)
    drawing = read(svg)
    assert not having(drawing, "label")
    assert across * down < 50_000 * len(having(drawing, "node"))
    assert across <= 830


@pytest.mark.parametrize("length", [60, 100])
def test_a_leaf_that_is_used_all_along_a_deep_graph_does_not_stop_the_layout(length: int) -> None:
    """Labels on its long edges took Graphviz more than a minute."""
    x = y = Value(0.5, label="x")
    for k in range(length):
        y = y.sin() if k % 2 else y * x
    y.backward()
    drawing = read(viz.graph(y, detail="operations").svg)
    assert len(having(drawing, "node")) == length + 1


@pytest.mark.parametrize(
    "root",
    [network(16, 16, 1), network(4, 4, 1, elementary=True), batch(30), network(40, 30, 1)],
    ids=["moons", "elementary", "batch", "wide"],
)
def test_what_auto_draws_can_be_read_as_a_png(root: Value) -> None:
    picture = viz.graph(root)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        across, down = pixels(picture.png())
    assert across * down < 1.01 * MOST_PIXELS
    assert " of " in picture.title or "folded into" in picture.title
