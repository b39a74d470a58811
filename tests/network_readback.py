"""The picture of a network, read back: boxes, lines, labels and legend say what the trace says."""

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
    texts,
)
from traced_networks import layers, maxima, weights

from nn import Trace


def check_network(traced: Trace, svg: str, theme: str = "light", kind: str = "layer") -> None:
    """Neurons, lines, labels, M and legend of `viz.network`."""
    root = read(svg)
    deltas = maxima({l: [z.grad for z in traced.z[l]] for l in layers(traced)}, kind)
    gradients = maxima({l: [w.grad for w in weights(traced, l).values()] for l in layers(traced)}, kind)
    boxes = check_neurons(traced, root, deltas, theme, kind)
    check_lines(traced, root, boxes, gradients, theme, kind)
    check_maxima(traced, root, boxes, deltas, gradients)
    check_bar(root, theme, kind)
    check_line_keys(traced, root)


def expected_numbers(traced: Trace) -> dict:
    found = {("x", 0, k): x.data for k, x in enumerate(traced.a[0], 1)}
    for l in layers(traced):
        for j, (z, a) in enumerate(zip(traced.z[l], traced.a[l], strict=True), 1):
            bias = traced.model.layers[l - 1].neurons[j - 1].b
            found |= {("z", l, j): z.data, ("a", l, j): a.data, ("δ", l, j): z.grad}
            found |= {("b", l, j): bias.data} if bias is not None else {}
    targets = traced.target if isinstance(traced.target, list) else [traced.target]
    found["C", 0] = traced.cost.data
    if len(targets) == 1:
        found["y", 0] = targets[0]
    elif len(targets) <= 3:
        found |= {("y", 0, j): y for j, y in enumerate(targets, 1)}
    return found


def check_neurons(traced: Trace, root, deltas, theme: str, kind: str) -> dict:
    """Every number in its box, each δ on its colour; the boxes, by the places that are named in them."""
    expected, boxes, seen = expected_numbers(traced), {}, []
    for neuron in having(root, "neuron"):
        words = texts(neuron)
        places = [place(name) for name in words[::2]]
        assert all(agrees(text, expected[at]) for at, text in zip(places, words[1::2], strict=True)), words
        boxes |= dict.fromkeys(places, box(neuron.find("rect")))
        seen += places
        for band in having(neuron, "delta"):
            assert places[-1][0] == "δ"
            assert is_signed(words[-1])
            _, layer, _ = places[-1]
            fill = band.find("path").get("fill")
            assert has_colour(fill, expected[places[-1]], deltas[layer], AREA[theme], kind), words
    assert Counter(seen) == Counter(list(expected))
    return boxes


def check_lines(traced: Trace, root, boxes, gradients, theme: str, kind: str) -> None:
    """Each weight is a line from its source to its neuron: width |w|, dashes w < 0, colour ∂C/∂w."""
    every = {(l, *at): w for l in layers(traced) for at, w in weights(traced, l).items()}
    widest = largest(w.data for w in every.values())
    crowded = any(len(weights(traced, l)) > 16 for l in layers(traced))
    thinnest, thickest = (0.5, 3.0) if crowded else (1.0, 6.0)
    seen = Counter()
    for line in having(root, "weight"):
        name, w, gradient = weight_words(line.find("title").text)
        _, l, j, k = name
        weight = every[l, j, k]
        seen[l, j, k] += 1
        assert agrees(w, weight.data)
        assert agrees(gradient, weight.grad)
        assert is_signed(gradient)
        assert has_colour(line.get("stroke"), weight.grad, gradients[l], LINE[theme], kind), name
        assert (line.get("stroke-dasharray") is not None) == (weight.data < 0), name
        width = thinnest + (thickest - thinnest) * abs(weight.data) / widest
        assert abs(number(line, "stroke-width") - width) <= 0.0051, name
        check_ends(line, boxes["x", 0, k] if l == 1 else boxes["a", l - 1, k], boxes["a", l, j])
    assert seen == Counter(dict.fromkeys(every, 1))
    labelled = Counter(weight_words(" ".join(texts(label))) for label in having(root, "label"))
    titles = [weight_words(line.find("title").text) for line in having(root, "weight")]
    assert labelled == Counter(title for title in titles if len(weights(traced, title[0][1])) <= 16)


def weight_words(words: str) -> tuple:
    name, w, gradient = re.fullmatch(r"(\S+) = (\S+) ∂C/∂w = (\S+)", words).groups()
    return place(name), w, gradient


def check_ends(line, source, neuron) -> None:
    """A line leads from the right of one box to the left of another, at half their height."""
    for (left, top, right, bottom), x, y, side in ((source, "x1", "y1", 2), (neuron, "x2", "y2", 0)):
        assert abs(number(line, x) - (left, top, right, bottom)[side]) < 0.02
        assert abs(number(line, y) - (top + bottom) / 2) < 0.02


def check_maxima(traced: Trace, root, boxes, deltas, gradients) -> None:
    """M of δ stands under the neurons of its layer, M of ∂C/∂w under its lines."""
    found = {}
    for text in root.findall("text"):
        if re.match(r"\S+: M = ", text.text):
            kind, printed = text.text.split(": M = ")
            found[kind, round(number(text, "x"))] = printed
    for l in layers(traced):
        left, _, right, _ = boxes["a", l, 1]
        _, _, before, _ = boxes["x", 0, 1] if l == 1 else boxes["a", l - 1, 1]
        assert agrees(found.pop(("δ", round((left + right) / 2))), deltas[l])
        assert agrees(found.pop(("∂C/∂w", round((before + left) / 2))), gradients[l])
    assert not found


def check_line_keys(traced: Trace, root) -> None:
    """The keys of widths and dashes are drawn as the lines are that they explain."""
    keys = {texts(key)[0]: key.find("line") for key in having(root, "legend") if key.find("line") is not None}
    every = [w.data for l in layers(traced) for w in weights(traced, l).values()]
    thick = next(words for words in keys if words.startswith("thickest: |w| = "))
    assert agrees(thick.rpartition(" ")[2], largest(every))
    widest = max(number(line, "stroke-width") for line in having(root, "weight"))
    assert abs(number(keys[thick], "stroke-width") - widest) < 0.006
    dashes = {line.get("stroke-dasharray") for line in having(root, "weight")} - {None}
    assert dashes <= {keys["w < 0"].get("stroke-dasharray")} != {None}
    assert all(keys[words].get("stroke-dasharray") is None for words in keys if words != "w < 0")
