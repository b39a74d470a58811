"""The picture of a network, read back: rows, ribbons, tables and legend say what the trace says."""

import re

from picture_readback import (
    AREA,
    CELL,
    PART,
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
    sign_colour,
    strength,
    texts,
    tinted,
)
from traced_networks import layers, maxima, weights

from nn import Trace

APART = 3.6  # how far two ribbons are from the middle of a row


def check_network(traced: Trace, svg: str, theme: str = "light", kind: str = "layer") -> None:
    """Neurons, ribbons and legend of `viz.network`."""
    root = read(svg)
    deltas = maxima({l: [z.grad for z in traced.z[l]] for l in layers(traced)}, kind)
    gradients = maxima({l: [w.grad for w in weights(traced, l).values()] for l in layers(traced)}, kind)
    ports = check_blocks(traced, root, deltas, gradients, theme, kind)
    tables = check_tables(traced, root, deltas, gradients, theme, kind)
    seen = {at for at, *_ in ports} | tables
    wanted = (
        set(expected_numbers(traced))
        - {("z", l, j) for _, l, j, *_ in tables}
        - {("b", l, j) for _, l, j, *_ in tables}
    )
    assert seen == wanted
    check_ribbons(traced, root, ports, theme)
    check_bar(root, theme, kind)
    check_maxima(traced, root, deltas, gradients, kind)


def expected_numbers(traced: Trace) -> dict:
    """Every number of the network, by the place of its name; "∂" is ∂C/∂a."""
    found = {("x", 0, k): x.data for k, x in enumerate(traced.a[0], 1)}
    for l in layers(traced):
        found |= {("w", l, *at): w.data for at, w in weights(traced, l).items()}
        for j, (z, a) in enumerate(zip(traced.z[l], traced.a[l], strict=True), 1):
            bias = traced.model.layers[l - 1].neurons[j - 1].b
            found |= {("z", l, j): z.data, ("a", l, j): a.data, ("δ", l, j): z.grad, ("∂", l, j): a.grad}
            found |= {("b", l, j): bias.data} if bias is not None else {}
    targets = traced.target if isinstance(traced.target, list) else [traced.target]
    found["C", 0] = traced.cost.data
    if len(targets) == 1:
        found["y", 0] = targets[0]
    elif len(targets) <= 5:
        found |= {("y", 0, j): y for j, y in enumerate(targets, 1)}
    return found


def named(name: str) -> tuple:
    return ("∂", *place(name.removeprefix("∂C/∂"))[1:]) if name.startswith("∂C/∂") else place(name)


def check_blocks(traced: Trace, root, deltas, gradients, theme: str, kind: str) -> list[tuple]:
    """Each row has the number that its name says, and its look; the ports: places, sides and heights."""
    expected, ports = expected_numbers(traced), []
    for neuron in having(root, "neuron"):
        outline = neuron.find("rect")
        if outline is None:
            continue  # a row of a table
        left, _, right, _ = box(outline)
        for row in neuron.findall("g"):
            name, *printed = texts(row)
            at = named(name)
            assert agrees(printed[0], expected[at]), (at, printed)
            y = number(row.find("text"), "y") - 0.35 * number(row.find("text"), "font-size")
            ports.append((at, left, right, y))
            check_look(row, at, expected[at], deltas, theme, kind)
            if row.get("class") == "w":
                _, l, j, k = at
                gradient = weights(traced, l)[j, k].grad
                assert agrees(printed[1], gradient)
                assert is_signed(printed[1])
                fill = having(row, "cell")[0].get("fill")
                assert tinted(fill, gradient, gradients[l], CELL[theme], theme, kind), at
    return ports


def check_look(row, at: tuple, true: float, deltas, theme: str, kind: str) -> None:
    """δ is filled on the scale of its layer, ∂C/∂a outlined in the colour of its sign, data neither."""
    shape = row.find("rect")
    if row.get("class") == "delta":
        assert has_colour(shape.get("fill"), true, deltas[at[1]], AREA[theme], kind), at
        assert is_signed(texts(row)[-1])
    elif row.get("class") == "error":
        assert shape.get("fill") == "none"
        assert shape.get("stroke") == sign_colour(true, theme)
        assert is_signed(texts(row)[-1])
    else:
        assert all(each.get("class") == "cell" for each in row.findall("rect"))


def check_tables(traced: Trace, root, deltas, gradients, theme: str, kind: str) -> set:
    """In a row of a table every weight is a grey bar over one of its gradient; then a, ∂C/∂a and δ."""
    expected, seen = expected_numbers(traced), set()
    every = largest(w.data for l in layers(traced) for w in weights(traced, l).values())
    for neuron in having(root, "neuron"):
        if neuron.find("rect") is not None:
            continue
        cells = having(neuron, "weight")
        for cell in cells:
            words = re.fullmatch(r"(\S+) = (\S+), ∂C/∂w = (\S+)", cell.find("title").text).groups()
            at = place(words[0])
            seen.add(at)
            w = weights(traced, at[1])[at[2], at[3]]
            assert agrees(words[1], w.data)
            assert agrees(words[2], w.grad)
            room = number(cell.find("rect"), "width") - 3
            (bar,), (back,) = having(cell, "w"), having(cell, "cell")
            assert (bar.get("fill") == "none") == (w.data < 0)
            assert abs(number(bar, "width") - max(abs(w.data) / every * room, 0.8)) < 0.011
            share = strength(w.grad, gradients[at[1]], kind)
            assert abs(number(back, "width") - max(share * room, 0.8)) < 0.011
            assert tinted(back.get("fill"), w.grad, abs(w.grad), CELL[theme], theme)
        _, l, j, _ = at
        for row, letter in (("a", "a"), ("error", "∂"), ("delta", "δ")):
            (group,) = having(neuron, row)
            assert agrees(texts(group)[-1], expected[letter, l, j])
            if row != "a":
                check_look(group, (letter, l, j), expected[letter, l, j], deltas, theme, kind)
            seen.add((letter, l, j))
    return seen


def check_ribbons(traced: Trace, root, ports, theme: str) -> None:
    """Between blocks w · a goes from a to w, and w · δ from there to ∂C/∂a, as wide as each is."""
    blocks = {at[1] for at, *_ in ports if at[0] == "w"}
    for class_, source, sign, first in (("forward", "a", -1, 1), ("backward", "∂", 1, 2)):
        flows = {
            (l, j, k): w.data * (traced.a[l - 1][k - 1].data if sign < 0 else traced.z[l][j - 1].grad)
            for l in blocks
            if l >= first
            for (j, k), w in weights(traced, l).items()
        }
        seen = set()
        for ribbon in having(root, class_):
            start, end = ends(ribbon)
            head, tail = (end, start) if sign < 0 else (start, end)
            (at,) = {at for at, left, _, y in ports if at[0] == "w" and near(head, (left, y + sign * APART))}
            _, l, j, k = at
            letter = "x" if l == 1 else source
            found = {p for p, _, right, y in ports if near(tail, (right, y)) and p[0] == letter}
            assert found == {(letter, l - 1, k)} or (not found and l - 1 not in blocks)  # from a table
            true, maximum = flows[l, j, k], largest(v for key, v in flows.items() if key[0] == l)
            assert float(ribbon.find("title").text.rpartition(" ")[2]) == true
            assert abs(number(ribbon, "stroke-width") - max(7.0 * abs(true) / maximum, 0.8)) < 0.011
            if sign < 0:
                assert (ribbon.get("stroke-dasharray") is not None) == (true < 0)
            else:
                assert tinted(ribbon.get("stroke"), true, abs(true), PART[theme], theme)
            seen.add((l, j, k))
        assert seen == set(flows)
    errors = [ribbon for ribbon in having(root, "error") if ribbon.tag == "path"]
    assert [float(r.find("title").text.rpartition(" ")[2]) for r in errors] == [a.grad for a in traced.a[-1]]
    assert [r.get("stroke") for r in errors] == [sign_colour(a.grad, theme) for a in traced.a[-1]]
    check_cost(traced, ports, [ends(ribbon) for ribbon in errors])


def check_cost(traced: Trace, ports, errors) -> None:
    """∂C/∂a of the last layer leads from the side of C that is met first to the right of its own row."""
    ((left, right, y),) = {port[1:] for port in ports if port[0] == ("C", 0)}
    for j, (start, tip) in enumerate(errors, 1):
        for _, _, edge, row in (port for port in ports if port[0] == ("∂", len(traced.a) - 1, j)):
            assert near(start, (left if left > edge else right, y + APART))
            assert near(tip, (edge, row))


def ends(ribbon) -> tuple:
    """The first and the last point of a ribbon."""
    numbers = [float(text) for text in re.findall(r"-?[\d.]+", ribbon.get("d"))]
    return tuple(numbers[:2]), tuple(numbers[-2:])


def near(one, other) -> bool:
    return abs(one[0] - other[0]) < 0.11 and abs(one[1] - other[1]) < 0.11


def check_maxima(traced: Trace, root, deltas, gradients, kind: str) -> None:
    """M of every layer, or of all, is told."""
    words = next(text for text in texts(root) if text.startswith("M "))
    found = re.fullmatch(r"M (by layer|of all layers): δ (.*); ∂C/∂w (.*)", words)
    told = list(layers(traced)) if kind == "layer" else [1]
    assert (found[1] == "by layer") == (kind == "layer")
    for written, true in ((found[2], deltas), (found[3], gradients)):
        assert all(agrees(text, true[l]) for text, l in zip(written.split(", "), told, strict=True))
