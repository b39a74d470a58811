"""The picture of a computation graph, read back: each box is a node, each edge one of the graph's.

A ribbon is as wide as its contribution, on the scale of what it is added to: 22 px for all that the box which
gets most gets, and 0.8 px at least.
"""

import math
import re
from collections import Counter
from itertools import pairwise

from picture_readback import (
    ACTIVE,
    AREA,
    CELL,
    GROUND,
    NEGATIVE,
    POSITIVE,
    agrees,
    box,
    check_bar,
    has_colour,
    having,
    is_signed,
    largest,
    number,
    read,
    scale_end,
    sign_colour,
    strength,
    texts,
)
from traced_networks import layers, weights

from minigrad import Value, rules, topological_order
from nn import Trace

WIDEST, THINNEST = 22.0, 0.8


def frame_of(node: Value) -> int:
    """The layer whose scale a node's gradient is on; 0 is outside of all frames."""
    return getattr(node.label, "layer", 0)


def is_kind(node: Value, *kinds: str) -> bool:
    return getattr(node.label, "kind", "") in kinds


def is_drawn(node: Value) -> bool:
    """Whether a node has a box of its own, and no row in the box of its consumer."""
    return node.op is not rules.constant and not is_kind(node, "w", "b")


class Scales:
    """M of the filled gradients and of ∂C/∂w, and the most that a box gets, by frame."""

    def __init__(self, nodes: list[Value], kind: str) -> None:
        network = any(is_kind(node, "z") for node in nodes)
        self.filled = {node for node in nodes if is_drawn(node) and (is_kind(node, "z") or not network)}
        root = nodes[-1]
        self.kind = kind
        self.frame = {node: frame_of(node) if kind == "layer" else 0 for node in nodes}
        self.delta = self._largest((self.frame[n], n.grad) for n in self.filled if n is not root)
        self.delta = self.delta or {0: abs(root.grad)}
        self.cell = self._largest((self.frame[n], n.grad) for n in nodes if is_kind(n, "w", "b"))
        got = Counter()
        for node in nodes:
            for operand, local in zip(node.operands, node.local_derivatives, strict=True):
                if is_drawn(operand) and not is_kind(operand, "x") and math.isfinite(node.grad * local):
                    got[operand] += abs(node.grad * local)
        self.part = self._largest((self.frame[n], total) for n, total in got.items())

    @staticmethod
    def _largest(pairs) -> dict[int, float]:
        found: dict[int, list[float]] = {}
        for frame, value in pairs:
            found.setdefault(frame, []).append(value)
        return {frame: largest(values) for frame, values in found.items()}

    def breadth(self, operand: Value, contribution: float) -> float:
        if not math.isfinite(contribution):
            return WIDEST / 2
        maximum = self.part[self.frame[operand]]
        return max(WIDEST * strength(contribution, maximum, self.kind), THINNEST)


def check_graph(root: Value, svg: str, theme: str = "light", kind: str = "layer") -> None:
    """Boxes, ledgers, rows, ribbons, M and legend of `viz.graph` at the detail of operations, in one line."""
    picture = read(svg)
    nodes = topological_order(root)
    scales = Scales(nodes, kind)
    boxes = check_boxes([node for node in nodes if is_drawn(node)], picture, scales, theme)
    check_edges(boxes, picture, scales)
    check_words(picture, scales, theme)


def check_boxes(nodes: list[Value], picture, scales: Scales, theme: str) -> dict:
    """Data and gradient of every node, and of the parameters in its box; the boxes, by node."""
    known = {(name_of(node), repr(node.data), repr(node.grad)): node for node in nodes}
    assert len(known) == len(nodes), "nodes without a name are told apart by their numbers: take other ones"
    boxes = {}
    for group in having(picture, "node"):
        title, data, grad = re.fullmatch(r"(.*): data (\S+), grad (\S+)", group.find("title").text).groups()
        name = title.partition(" = ")[0]
        node = known[name if (name, data, grad) in known else "", data, grad]
        assert node not in boxes
        words = texts(group)
        assert agrees(words[1], node.data)
        boxes[node] = box(group.find("rect"))
        if is_kind(node, "x"):
            assert len(words) == 2, "the gradient of an input is drawn only if it is asked for"
            continue
        band = having(group, "gradient")[0]
        check_band(node, band, scales, theme)
        gradient = next(i for i, text in enumerate(words) if i > 1 and text in ("grad", delta_of(node)))
        assert agrees(words[gradient + 1], node.grad)
        assert is_signed(words[gradient + 1])
        check_ledger(node, words[2:gradient], scales)
        check_rows(node, group, words[gradient + 2 :], scales, theme)
    assert len(boxes) == len(nodes)
    return boxes


def name_of(node: Value) -> str:
    return node.label.drawn() if hasattr(node.label, "drawn") else node.label


def delta_of(node: Value) -> str:
    return node.label.drawn(kind="delta") if is_kind(node, "z") else ""


def check_band(node: Value, band, scales: Scales, theme: str) -> None:
    """δ is filled on its scale; any other gradient of a network is outlined in the colour of its sign."""
    if node in scales.filled:
        maximum = scales.delta[scales.frame[node]]
        assert has_colour(band.get("fill"), node.grad, maximum, AREA[theme], scales.kind), node
    elif not math.isfinite(node.grad):
        assert band.get("stroke") == ACTIVE
    else:
        assert band.get("fill") == "none"
        assert node.grad == 0 or band.get("stroke") == sign_colour(node.grad, theme)


def check_ledger(node: Value, words: list[str], scales: Scales) -> None:
    """The contributions to a gradient: a single one as its factors, more with their sums."""
    expected = Counter(scales_edges(node, scales))
    if len(words) == 1:
        upstream, local = next(iter(expected))
        assert expected.total() == 1
        check_factors(words[0], upstream, local)
        return
    assert len(words) == 2 * expected.total() or words[-1].startswith("… ")
    left = list(expected.elements())
    for factors, result in zip(words[0:-1:2], words[1::2], strict=False):
        match = next(pair for pair in left if is_product(factors, result, *pair))
        left.remove(match)
    told = re.fullmatch(r"… (\d+) more", words[-1]) if words else None
    assert len(left) == (int(told[1]) if told else 0)


def scales_edges(node: Value, scales: Scales):
    """(upstream, local derivative) of every edge to a node."""
    return [
        (user.grad, local)
        for user in scales.frame
        for operand, local in zip(user.operands, user.local_derivatives, strict=True)
        if operand is node
    ]


def is_product(factors: str, result: str, upstream: float, local: float) -> bool:
    first, second = factors.split(" × ")
    result = result.removeprefix("= ")
    return (
        agrees(first, upstream)
        and agrees(second, local)
        and agrees(result, upstream * local)
        and is_signed(result)
    )


def check_factors(words: str, upstream: float, local: float) -> None:
    first, second = words.split(" × ")
    assert agrees(first, upstream)
    assert agrees(second, local)


def check_rows(node: Value, group, words: list[str], scales: Scales, theme: str) -> None:
    """Two lines a parameter: its number; δ times a, its gradient, and that as a tinted cell."""
    parameters = [operand for operand in node.operands if is_kind(operand, "w", "b")]
    cells = having(group, "cell")
    assert len(words) == 4 * len(parameters)
    assert len(cells) == len(parameters)
    for index, (parameter, cell) in enumerate(zip(parameters, cells, strict=True)):
        name, data, product, gradient = words[4 * index : 4 * index + 4]
        assert name == parameter.label.drawn()
        assert agrees(data, parameter.data)
        partner = node.operands[index + len(node.operands) // 2] if is_kind(parameter, "w") else None
        assert product == delta_of(node) + (f" · {name_of(partner)}" if partner is not None else "")
        local = partner.data if partner is not None else 1.0
        assert agrees(gradient.removeprefix("= "), node.grad * local)
        maximum = scales.cell[scales.frame[parameter]]
        assert has_tint(cell.get("fill"), parameter.grad, maximum, theme, scales.kind), name


def has_tint(written: str, true: float, maximum: float, theme: str, kind: str) -> bool:
    """So much of the colour of a number as a ∂C/∂w has, the rest of the ground."""
    if not math.isfinite(true):
        return has_colour(written, true, maximum, AREA[theme], kind)
    parts = [int(written[1 + i : 3 + i], 16) for i in (0, 2, 4)]
    colour = CELL[theme]
    full = [(part - (1.0 - colour) * g) / colour for part, g in zip(parts, GROUND[theme], strict=True)]
    end = POSITIVE if true > 0 else NEGATIVE
    share = strength(true, maximum, kind)
    return all(abs(f - (a + (b - a) * share)) <= 2.1 for f, a, b in zip(full, AREA[theme], end, strict=True))


def check_edges(boxes, picture, scales: Scales) -> None:
    """A hairline for every edge, and a ribbon as wide as its contribution, that merges beside the others."""
    expected = Counter(
        (node, operand, node.grad, local)
        for node in boxes
        for operand, local in zip(node.operands, node.local_derivatives, strict=True)
        if operand in boxes and not is_kind(operand, "x")
    )
    chips, owner = with_chips(boxes, picture)
    seen, merged = [], {}
    for group in having(picture, "edge"):
        told = re.match(r"upstream (\S+) × local derivative (\S+) = contribution", group.find("title").text)
        start, end = way(having(group, "data")[0])
        if told is None:
            assert not having(group, "ribbon")
            continue
        place, head = nearest(chips, start), nearest(boxes, end)
        tail = owner[place]
        upstream, local = map(float, told.groups())
        seen.append((head, tail, upstream, local))
        ribbon, contribution = having(group, "ribbon")[0], upstream * local
        leaves, merges = way(ribbon)
        assert (nearest(chips, merges), nearest(boxes, leaves)) == (place, head)
        if math.isfinite(contribution) and contribution:
            assert ribbon.get("stroke") == sign_colour(contribution, "light")
        breadth = number(ribbon, "stroke-width")
        assert abs(breadth - scales.breadth(tail, contribution)) <= 0.0051
        merged.setdefault(place, []).append((merges[1] - breadth / 2, merges[1] + breadth / 2))
    assert Counter(seen) == expected
    for spans in merged.values():
        spans.sort()
        for (_, lower), (upper, _) in pairwise(spans):
            assert abs(lower - upper) <= 0.03, "ribbons lie side by side where they merge"


def with_chips(boxes, picture) -> tuple[dict, dict]:
    """All places where an edge can end, chips of boxes in other lines among them, and whose they are."""
    by_title = {group.find("title").text: box(group.find("rect")) for group in having(picture, "node")}
    owner = {place: node for node, place in boxes.items()}
    for chip in having(picture, "chip"):
        original = by_title[chip.find("title").text]
        if original in owner:
            owner[box(chip.find("rect"))] = owner[original]
    return {place: place for place in owner}, owner


def way(path) -> tuple:
    """Where a path starts and ends."""
    points = re.findall(r"(-?[\d.]+),(-?[\d.]+)", path.get("d"))
    return tuple(tuple(map(float, point)) for point in (points[0], points[-1]))


def nearest(boxes, point):
    """The node on whose box a point lies, or beside which it does."""

    def distance(node) -> float:
        left, top, right, bottom = boxes[node]
        x, y = point
        return math.hypot(max(left - x, 0.0, x - right), max(top - y, 0.0, y - bottom))

    node = min(boxes, key=distance)
    return node if distance(node) < 1.0 else None


def check_words(picture, scales: Scales, theme: str) -> None:
    """M of every frame stands over it, or in the legend."""
    words = texts(picture)
    if len(scales.delta) == 1:
        assert agrees(scale_end(picture), *scales.delta.values())
        check_bar(picture, theme, scales.kind, scale_end(picture))
        return
    for layer, maximum in scales.delta.items():
        title = next(word for word in words if word.startswith(f"layer {layer}, M = "))
        assert agrees(title.rpartition(" ")[2], maximum)
    assert any(word.startswith("M: the largest |δ| in its frame") for word in words)
    check_bar(picture, theme, scales.kind)


# --- a box a neuron --------------------------------------------------------------------------------------


def check_neurons_graph(traced: Trace, svg: str) -> None:
    """The picture at the detail of neurons: z, a and δ of each, and w δ on what leads to it."""
    picture = read(svg)
    neurons = {
        (l, j): ([z] if a is z else [z, a])
        for l in layers(traced)
        for j, (z, a) in enumerate(zip(traced.z[l], traced.a[l], strict=True), 1)
    }
    maxima = {l: largest(z.grad for z in traced.z[l]) for l in layers(traced)}
    boxes = {}
    for group in having(picture, "node"):
        at = neuron_of(group.find("title").text)
        if at is None:
            continue
        words, fill = texts(group), having(group, "gradient")[0].get("fill")
        for node in neurons[at]:
            assert agrees(words[words.index(name_of(node)) + 1], node.data)
        assert agrees(words[-1], neurons[at][0].grad)
        assert has_colour(fill, neurons[at][0].grad, maxima[at[0]], AREA["light"]), at
        boxes[at] = box(group.find("rect"))
    assert set(boxes) == set(neurons)
    check_bundles(traced, picture, boxes)


def neuron_of(title: str) -> tuple | None:
    """The place of "layer 2, neuron 1: 4 nodes"; inputs and the cost have none."""
    found = re.match(r"layer (\d+), neuron (\d+):", title)
    return (int(found[1]), int(found[2])) if found else None


def check_bundles(traced: Trace, picture, boxes) -> None:
    """From each neuron to each of the layer before a ribbon, as wide as w δ is large."""
    sent = {
        ((l, k), (l + 1, j)): w.data * traced.z[l + 1][j - 1].grad
        for l in layers(traced)[:-1]
        for (j, k), w in weights(traced, l + 1).items()
    }
    chips, owner = with_chips(boxes, picture)
    seen = []
    for group in having(picture, "edge"):
        start, end = way(having(group, "data")[0])
        tail, head = owner.get(nearest(chips, start)), nearest(boxes, end)
        if tail is None or head is None:
            continue  # it leads from an input or to the cost
        contribution, ribbon = sent[tail, head], having(group, "ribbon")[0]
        most = max(
            math.fsum(abs(c) for (t, _), c in sent.items() if t == (tail[0], k))
            for k in range(1, len(traced.z[tail[0]]) + 1)
        )
        assert ribbon.get("stroke") == sign_colour(contribution, "light")
        expected = max(WIDEST * abs(contribution) / most, THINNEST)
        assert abs(number(ribbon, "stroke-width") - expected) <= 0.0051
        seen.append((tail, head))
    assert Counter(seen) == Counter(list(sent))
