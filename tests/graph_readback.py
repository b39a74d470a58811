"""The picture of a computation graph, read back: each box is a node, each arrow one of its edges."""

import math
import re
from collections import Counter

from picture_readback import (
    AREA,
    LINE,
    agrees,
    box,
    check_bar,
    has_colour,
    having,
    is_signed,
    largest,
    number,
    place,
    read,
    scale_end,
    strength,
    texts,
)
from traced_networks import layers, weights

from minigrad import Value, rules, topological_order
from nn import Trace


def frame_of(node: Value) -> int:
    """The layer whose scale a node's gradient is on; 0 is outside of all frames."""
    return getattr(node.label, "layer", 0)


def check_graph(root: Value, svg: str, theme: str = "light", kind: str = "layer") -> None:
    """Boxes, rows, arrows, labels, M and legend of `viz.graph` at the detail of operations."""
    picture = read(svg)
    nodes = [node for node in topological_order(root) if node.op is not rules.constant]
    layers = {frame_of(node): [n.grad for n in nodes if frame_of(n) == frame_of(node)] for node in nodes}
    scales = {layer: largest(grads) for layer, grads in layers.items()}
    if kind != "layer":
        scales = dict.fromkeys(scales, max(scales.values()))
    rows = rows_of(nodes)
    boxes = check_boxes([node for node in nodes if node not in rows], picture, scales, theme, kind)
    check_arrows(boxes, picture, scales, theme, kind)
    check_words(picture, scales, theme, kind)


def rows_of(nodes: list[Value]) -> set[Value]:
    """The weights and biases, which stand in the box of the z that they make."""
    return {node for node in nodes if getattr(node.label, "kind", "") in ("w", "b")}


def check_boxes(nodes: list[Value], picture, scales, theme: str, kind: str) -> dict:
    """Data and gradient of every node, and of the parameters in its box; the boxes, by node."""
    known = {(name_of(node), repr(node.data), repr(node.grad)): node for node in nodes}
    assert len(known) == len(nodes), "nodes without a name are told apart by their numbers: take other ones"
    boxes = {}
    for group in having(picture, "node"):
        title, data, grad = re.fullmatch(r"(.*): data (\S+), grad (\S+)", group.find("title").text).groups()
        name = title.partition(" = ")[0]
        node = known[name if (name, data, grad) in known else "", data, grad]
        assert node not in boxes
        _, data, _, gradient, *rest = texts(group)
        assert agrees(data, node.data)
        assert agrees(gradient, node.grad)
        assert is_signed(gradient)
        band = having(group, "gradient")[0]
        assert has_colour(band.get("fill"), node.grad, scales[frame_of(node)], AREA[theme], kind), node
        check_rows(node, group, rest, scales[frame_of(node)], theme, kind)
        boxes[node] = box(group.find("rect"))
    assert len(boxes) == len(nodes)
    return boxes


def name_of(node: Value) -> str:
    return node.label.drawn() if hasattr(node.label, "drawn") else node.label


def check_rows(node: Value, group, words: list[str], maximum: float, theme: str, kind: str) -> None:
    """A row a parameter: its number, its product, and its gradient as a strip of colour."""
    pairs = list(zip(node.operands, node.local_derivatives, strict=True))
    parameters = [(operand, local) for operand, local in pairs if operand in rows_of([operand])]
    strips = [rect for rect in group.findall("rect") if rect.get("stroke") is None]
    assert len(words) == 4 * len(parameters)
    assert len(strips) == len(parameters)
    for index, ((parameter, local), strip) in enumerate(zip(parameters, strips, strict=True)):
        name, data, factors, product = words[4 * index : 4 * index + 4]
        assert name == parameter.label.drawn()
        assert agrees(data, parameter.data)
        check_product([factors, product], node.grad, local)
        assert has_colour(strip.get("fill"), parameter.grad, maximum, AREA[theme], kind), name


def check_product(words: list[str], upstream: float, local: float) -> None:
    """The two lines "upstream × local", "= contribution"."""
    first, second = words[0].split(" × ")
    assert agrees(first, upstream)
    assert agrees(second, local)
    assert agrees(words[1].removeprefix("= "), upstream * local)
    assert is_signed(words[1].removeprefix("= "))


def check_arrows(boxes, picture, scales, theme: str, kind: str) -> None:
    """An arrow for every edge, coloured and as wide as its contribution on the scale of its operand."""
    expected = Counter(
        (node, operand, node.grad, local)
        for node in boxes
        for operand, local in zip(node.operands, node.local_derivatives, strict=True)
        if operand in boxes
    )
    seen = []
    for group in having(picture, "edge"):
        told = re.match(r"upstream (\S+) × local derivative (\S+) = contribution", group.find("title").text)
        if told is None or nearest(boxes, ends(group)[0]) is None:
            continue
        start, tip = ends(group)
        tail, head = nearest(boxes, start), nearest(boxes, tip)
        upstream, local = map(float, told.groups())
        seen.append((head, tail, upstream, local))
        line, arrow = group.find("path"), group.find("polygon")
        maximum, contribution = scales[frame_of(tail)], upstream * local
        assert has_colour(line.get("stroke"), contribution, maximum, LINE[theme], kind), (tail, head)
        assert arrow.get("fill") == line.get("stroke")
        width = 1.6 + 2.4 * strength(contribution, maximum, kind)
        assert abs(number(line, "stroke-width") - width) <= 0.0051
    assert Counter(seen) == expected
    labels = [texts(label) for label in having(picture, "label")]
    for (_, _, upstream, local), label in zip(seen, labels, strict=True):
        check_product(label, upstream, local)


def ends(group) -> tuple:
    """Where the line starts, and where its arrow points to."""
    start = group.find("path").get("d").split()[0].removeprefix("M")
    tip = group.find("polygon").get("points").split()[0]
    return tuple(tuple(map(float, point.split(","))) for point in (start, tip))


def nearest(boxes, point):
    """The node on whose box a point lies, or beside which it does."""

    def distance(node: Value) -> float:
        left, top, right, bottom = boxes[node]
        x, y = point
        return math.hypot(max(left - x, 0.0, x - right), max(top - y, 0.0, y - bottom))

    node = min(boxes, key=distance)
    return node if distance(node) < 3.0 else None


def check_words(picture, scales, theme: str, kind: str) -> None:
    """M of every frame stands in it, and that of what is in none in the legend."""
    words = texts(picture)
    frames = [layer for layer in scales if layer]
    if kind != "layer" or not frames:
        assert agrees(scale_end(picture), max(scales.values()))
        check_bar(picture, theme, kind, scale_end(picture))
        return
    for layer in frames:
        title = next(word for word in words if word.startswith(f"layer {layer}, M = "))
        assert agrees(title.rpartition(" ")[2], scales[layer])
    outside = next(word for word in words if word.startswith("M: the largest |grad| in its frame; "))
    assert agrees(outside.split()[-1], scales[0])
    check_bar(picture, theme, kind)


# --- a box a neuron --------------------------------------------------------------------------------------


def check_neurons_graph(traced: Trace, svg: str) -> None:
    """The picture at the detail of neurons: z, a and δ of each, and w δ on what leads to it."""
    picture = read(svg)
    neurons = {("x", k): [x] for k, x in enumerate(traced.a[0], 1)}
    for l in layers(traced):
        for j, (z, a) in enumerate(zip(traced.z[l], traced.a[l], strict=True), 1):
            neurons[l, j] = [z] if a is z else [z, a]
    scales = {l: largest(z.grad for z in traced.z[l]) for l in layers(traced)}
    scales["x"] = largest([1.0, *(x.grad for x in traced.a[0])])  # with the cost, whose gradient is 1
    boxes = {}
    for group in having(picture, "node"):
        at = neuron_of(group.find("title").text)
        if at is None:
            continue
        words, fill = texts(group), having(group, "gradient")[0].get("fill")
        numbers = [node.data for node in neurons[at]]
        assert all(map(agrees, words[2::2] if at[0] != "x" else words[1:2], numbers)), words
        assert agrees(words[-1], neurons[at][0].grad)
        assert has_colour(fill, neurons[at][0].grad, scales[at[0]], AREA["light"]), at
        boxes[at] = box(group.find("rect"))
    assert set(boxes) == set(neurons)
    check_bundles(traced, picture, boxes, scales)


def neuron_of(title: str) -> tuple | None:
    """The place of "layer 2, neuron 1: 4 nodes" or "x₁"; the cost has none."""
    found = re.match(r"layer (\d+), neuron (\d+):", title)
    if found:
        return int(found[1]), int(found[2])
    return ("x", place(title)[2]) if title.startswith("x") else None


def check_bundles(traced: Trace, picture, boxes, scales) -> None:
    """From each neuron to each of the next layer an arrow, coloured by w δ on the scale of its start."""
    seen = []
    for group in having(picture, "edge"):
        tail, head = (nearest(boxes, point) for point in ends(group))
        if head is None:
            continue  # it leads to the cost
        weight, delta = weights(traced, head[0])[head[1], tail[1]], traced.z[head[0]][head[1] - 1].grad
        assert float(group.find("title").text.removeprefix("local derivative ")) == weight.data
        colour = group.find("path").get("stroke")
        assert has_colour(colour, weight.data * delta, scales[tail[0]], LINE["light"]), (tail, head)
        seen.append((tail, head))
    layer_of = {at: 0 if at[0] == "x" else at[0] for at in boxes}
    expected = [(tail, head) for tail in boxes for head in boxes if layer_of[head] == layer_of[tail] + 1]
    assert Counter(seen) == Counter(expected)
