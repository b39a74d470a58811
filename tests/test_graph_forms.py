"""Graphs of other forms: recurrences a column a step, layers and blocks, all as wide as a page."""

import math
import random
import re

import numpy as np
import pytest
from picture_checks import cut, overlapping, words
from picture_readback import AREA, agrees, box, has_colour, having, largest, number, read, texts
from traced_networks import random_expression, random_trace

import viz
from minigrad import Value, dot, topological_order
from minigrad.compiler import alike
from nn import MLP, mean, squared_error, trace

PAGE, SMALLEST = 830.0, 9.0


def recurrence(seed: int) -> tuple[Value, dict[str, list[float]]]:
    """h = tanh(w x + u h + b) over some steps, and by hand what each step adds to ∂C/∂w, ∂C/∂u and ∂C/∂b."""
    rng = random.Random(seed)
    steps, (w, u, b, target) = rng.randint(3, 9), [rng.gauss(0, 1) for _ in range(4)]
    x = [rng.gauss(0, 1) for _ in range(steps)]
    shared = [Value(number, label) for number, label in ((w, "w"), (u, "u"), (b, "b"))]
    node, h = Value(0.0, "h0"), [0.0]
    for t, number_ in enumerate(x, 1):
        node = (shared[0] * Value(number_, f"x{t}") + shared[1] * node + shared[2]).tanh()
        node.label = f"h{t}"
        h.append(math.tanh(w * number_ + u * h[-1] + b))
    cost = (node - target) ** 2
    cost.label = "C"
    cost.backward()
    sent, parts = 2 * (h[-1] - target), {"w": [], "u": [], "b": []}
    for t in range(steps, 0, -1):
        delta = sent * (1 - h[t] ** 2)
        for name, factor in (("w", x[t - 1]), ("u", h[t - 1]), ("b", 1.0)):
            parts[name].insert(0, delta * factor)
        sent = delta * u
    return cost, parts


@pytest.mark.parametrize("seed", range(8))
def test_on_the_rail_of_a_shared_parameter_stands_what_each_step_adds(seed: int) -> None:
    cost, parts = recurrence(seed)
    picture = viz.graph(cost)
    assert picture.title.endswith("a column a step, shared parameters below")
    drawing = read(picture.svg)
    rails = [
        group for group in having(drawing, "node") if texts(group)[0] in parts and len(texts(group)) == 4
    ]
    seen = {name: [] for name in parts}
    for edge in having(drawing, "edge"):
        if having(edge, "data") or not texts(edge):
            continue  # within the cells
        y = float(edge.find("text").get("y"))
        rail = max(
            (group for group in rails if box(group.find("rect"))[1] < y), key=lambda g: box(g.find("rect"))[1]
        )
        seen[texts(rail)[0]].append(
            (float(edge.find("text").get("x")), y, texts(edge)[1].removeprefix("= "), edge)
        )
    for name, expected in parts.items():
        found = sorted(seen[name], key=lambda part: (part[1], part[0]))
        assert len(found) == len(expected)
        assert all(agrees(text, true) for (_, _, text, _), true in zip(found, expected, strict=True)), name
        for (_, _, _, edge), true in zip(found, expected, strict=True):
            assert having(edge, "ribbon")[0].get("fill") is not None or true == 0
        for rail in rails:
            if texts(rail)[0] == name:
                assert agrees(texts(rail)[3], math.fsum(expected))


def test_examples_side_by_side_are_no_recurrence() -> None:
    w = Value(0.5, "w")
    cost = sum((w * Value(float(k), f"x{k}")).tanh() for k in range(5))
    assert "a column a step" not in viz.graph(cost).title


def strips(svg: str) -> dict[str, list]:
    """The cells of every matrix by its name and the title of its box, in rows."""
    found = {}
    for group in having(read(svg), "node"):
        for strip in having(group, "strip"):
            name = re.split(r"\s", texts(strip)[0])[0]
            rows: dict[float, list] = {}
            for cell in strip.findall("rect"):
                _, top, _, bottom = box(cell)
                rows.setdefault(round((top + bottom) / 2, 1), []).append(cell)
            found[texts(group)[0], name] = [rows[y] for y in sorted(rows)]
    return found


@pytest.mark.parametrize("seed", range(8))
def test_a_layer_has_its_delta_and_the_transpose_of_its_weights_as_cells(seed: int) -> None:
    traced = random_trace(seed)
    found = strips(viz.graph(traced.cost, detail="layers").svg)
    for l in range(1, traced.depth + 1):
        name = f"z⁽{'⁰¹²³'[l]}⁾"
        weights, deltas = traced.weights(l), traced.delta(l)
        cells = found[name, "Wᵀ"]
        assert (len(cells), len(cells[0])) == weights.T.shape
        most = np.abs(weights).max()
        for (k, j), weight in np.ndenumerate(weights.T):
            cell = cells[k][j]
            side = number(cell, "width") / 12.5
            assert side**2 == pytest.approx(abs(weight) / most, abs=0.01)
            assert (cell.get("fill") == "none") == (weight < 0)
        if len(deltas) > 1:
            (row,) = found[name, f"δ⁽{'⁰¹²³'[l]}⁾"]
            for cell, delta in zip(row, deltas, strict=True):
                assert has_colour(cell.get("fill"), float(delta), largest(map(float, deltas)), AREA["light"])


@pytest.mark.parametrize("seed", range(4))
def test_the_norm_of_a_block_is_that_of_the_matrix(seed: int) -> None:
    traced = random_trace(seed, most=7)
    drawing = read(viz.graph(traced.cost, detail="layers").svg)
    norms = {
        texts(g)[0]: texts(g)[texts(g).index("‖δ‖") + 1] for g in having(drawing, "node") if "‖δ‖" in texts(g)
    }
    for l in range(1, traced.depth + 1):
        if len(traced.delta(l)) > 1:
            assert agrees(norms[f"z⁽{'⁰¹²³'[l]}⁾"], float(np.linalg.norm(traced.delta(l))))


def attention(tokens: int, size: int, seed: int) -> Value:
    """One head over tokens in loops of single numbers."""
    rng = random.Random(seed)

    def matrix(name: str, rows: int) -> list[list[Value]]:
        return [[Value(rng.gauss(0, 1), f"{name}{i}{j}") for j in range(size)] for i in range(rows)]

    query, key, value, x = matrix("Q", size), matrix("K", size), matrix("V", size), matrix("x", tokens)

    def linear(w: list[list[Value]], vector: list[Value]) -> list[Value]:
        return [sum(w_jk * x_k for w_jk, x_k in zip(row, vector, strict=True)) for row in w]

    q, k, v = ([linear(w, vector) for vector in x] for w in (query, key, value))
    total = Value(0.0)
    for t in range(tokens):
        powers = [sum(a * b for a, b in zip(q[t], k[s], strict=True)).exp() for s in range(t + 1)]
        sums = sum(powers)
        for j in range(size):
            total = total + sum(power / sums * v[s][j] for s, power in enumerate(powers)) ** 2
    total.label = "C"
    total.backward()
    return total


@pytest.mark.parametrize(("tokens", "size"), [(2, 2), (3, 2), (4, 3), (6, 4)])
def test_an_attention_head_is_the_same_blocks_for_every_number_of_tokens(tokens: int, size: int) -> None:
    picture = viz.graph(attention(tokens, size, seed=tokens), detail="layers")
    boxes = {texts(group)[0]: texts(group) for group in having(read(picture.svg), "node")}
    shape = f"{tokens} × {size}"
    linear = [
        name for name, found in boxes.items() if shape in found and len(found) > 2 and found[2][0] == "Σ"
    ]
    assert len(linear) == 3  # q, k and v
    assert {"Q", "K", "V", "softmax"} < boxes.keys()
    assert len(boxes) == 6  # x, q, k, v, the weights and the cost


@pytest.mark.parametrize("seed", range(3))
def test_a_part_of_a_graph_can_be_folded_into_blocks_too(seed: int) -> None:
    for root in (attention(3, 2, seed), recurrence(seed)[0], random_trace(seed).cost):
        order = topological_order(root)
        for centre in (order[-1], order[len(order) // 2], order[0]):
            for depth in (1, 3, 6):
                picture = viz.graph(root, around=centre, depth=depth, detail="layers")
                assert 1 <= len(having(read(picture.svg), "node")) <= len(order)


@pytest.mark.parametrize("seed", range(6))
def test_nodes_that_are_alike_have_one_operation_and_no_group_is_split(seed: int) -> None:
    traced = random_trace(seed, most=5)
    groups, parts = alike(topological_order(traced.cost))
    operations: dict[int, set] = {}
    for node, group in groups.items():
        if node not in parts:
            operations.setdefault(group, set()).add(node.op)
    assert all(len(found) == 1 for found in operations.values())
    for l in range(1, traced.depth + 1):
        for kind in ("w", "z"):
            layer = [n for n in groups if getattr(n.label, "kind", "") == kind and n.label.layer == l]
            assert len({groups[node] for node in layer}) == 1


def any_root(seed: int) -> Value:
    rng = random.Random(seed)
    kind = seed % 6
    if kind == 0:
        return random_expression(seed)
    if kind == 1:
        return random_trace(seed, most=7).cost
    if kind == 2:
        return recurrence(seed)[0]
    if kind == 3:
        return attention(rng.randint(2, 5), rng.randint(2, 3), seed)
    if kind == 4:
        model = MLP(2, [rng.randint(1, 3), 1], "tanh", seed=seed, elementary=rng.random() < 0.5)
        root = mean([squared_error(model([rng.random(), 1.0]), 1.0) for _ in range(rng.randint(2, 5))])
    else:
        x = root = Value(0.5, "x")
        for k in range(rng.choice([5, 20, 70])):
            root = root.sin() if k % 2 else root * x + 0.3
    root.backward()
    return root


@pytest.mark.parametrize("detail", ["auto", "operations"])
@pytest.mark.parametrize("seed", range(12))
def test_a_graph_is_as_wide_as_a_page_and_each_word_can_be_read(seed: int, detail: str) -> None:
    svg = viz.graph(any_root(seed), detail=detail).svg
    drawing = read(svg)
    assert number(drawing, "width") <= PAGE
    assert min(number(text, "font-size") for text in drawing.iter("text")) >= SMALLEST
    assert cut(svg) == []
    assert overlapping(svg) == []
    lines = sum("broken into" in word.text for word in words(svg))
    assert bool(having(drawing, "chip")) == bool(lines)


def test_the_gradients_of_inputs_are_drawn_if_they_are_asked_for() -> None:
    traced = trace(MLP(2, [2, 1], "tanh", seed=0), [0.5, -1.0], y=0.3)
    traced.backward()
    for asked in (False, True):
        drawing = read(viz.graph(traced.cost, detail="operations", input_gradients=asked).svg)
        inputs = [group for group in having(drawing, "node") if texts(group)[0] in ("x₁", "x₂")]
        assert len(inputs) == 2
        assert all(bool(having(group, "gradient")) == asked for group in inputs)


def test_a_parameter_is_a_row_only_where_the_gradient_of_its_consumer_is_told() -> None:
    w, x = [Value(0.5, "w1"), Value(-1.5, "w2")], [Value(2.0, "p"), Value(3.0, "q")]
    inner = dot(w, x)
    h = inner.tanh()
    h.label = "h"
    cost = h * h + h
    cost.backward()
    for label, rows in (("", 0), ("z", 2)):  # without a name it is folded into tanh
        inner.label = label
        drawing = read(viz.graph(cost, detail="names").svg)
        assert len(having(drawing, "cell")) == rows
        titles = [texts(group)[0] for group in having(drawing, "node")]
        assert ("w1" in titles) == (rows == 0)


def test_of_very_many_shared_parameters_those_with_the_largest_gradients_have_a_rail() -> None:
    shared = [Value(0.1 * k - 0.7, f"w{k}") for k in range(15)]
    h = Value(0.3, "h0")
    for t in range(3):
        h = sum(w * h * (0.1 + 0.02 * k) for k, w in enumerate(shared)).tanh()
        h.label = f"h{t + 1}"
    h.backward()
    picture = viz.graph(h)
    assert picture.title.endswith("the 12 with the largest gradients of 15")
    titles = [texts(group)[0] for group in having(read(picture.svg), "node")]
    drawn = {title for title in titles if title.startswith("w")}
    strongest = sorted(shared, key=lambda w: -abs(w.grad))[:12]
    assert drawn == {w.label for w in strongest}


def long_recurrence(steps: int) -> tuple[Value, list[Value], list[Value]]:
    """h = tanh(w x + u h) over many steps: the cost, the steps' h, the parameters."""
    shared, states = [Value(0.05, "w"), Value(0.99, "u")], [Value(0.2, "h0")]
    for t in range(1, steps + 1):
        h = (shared[0] * Value(0.3 * (t % 5), f"x{t}") + shared[1] * states[-1]).tanh()
        h.label = f"h{t}"
        states.append(h)
    cost = (states[-1] - 1.0) ** 2
    cost.label = "C"
    cost.backward()
    return cost, states, shared


@pytest.mark.parametrize("steps", [20, 60])
def test_the_first_steps_of_a_long_recurrence_are_one_which_adds_for_all_of_them(steps: int) -> None:
    cost, states, (w, u) = long_recurrence(steps)
    picture = viz.graph(cost)
    first = int(re.search(r"steps 1 to (\d+) as one; a column a step", picture.title)[1])
    assert 3 < first < steps
    delta = [h.grad * (1 - h.data**2) for h in states]
    by_hand = {
        "w": [delta[t] * 0.3 * (t % 5) for t in range(1, steps + 1)],
        "u": [delta[t] * states[t - 1].data for t in range(1, steps + 1)],
    }
    parts = [texts(edge) for edge in having(read(picture.svg), "edge") if texts(edge)]
    told = [float(result[2:].replace("−", "-")) for words, result in parts if words == f"steps 1 to {first}"]
    expected = [math.fsum(by_hand[name][:first]) for name in ("u", "w")]
    assert told == pytest.approx(expected, abs=1e-4)
    assert len(parts) == 2 * (steps - first + 1)
    assert math.fsum(by_hand["w"]) == pytest.approx(w.grad)
    assert math.fsum(by_hand["u"]) == pytest.approx(u.grad)


def test_what_is_used_twice_has_a_box_and_a_formula_has_as_many_lines_as_it_takes() -> None:
    x, y = Value(0.5, "x"), Value(1.5, "y")
    shared = (x * y).sin()
    root = (shared * x + y * y * x + shared * shared + x * 0.5).tanh()
    root.label = "f"
    root.backward()
    drawing = read(viz.graph(root, detail="names").svg)
    boxes = [texts(group) for group in having(drawing, "node")]
    assert {"x", "y", "f", "sin(x × y)"} <= {words[0] for words in boxes}
    lines = next(words for words in boxes if words[0] == "f")
    assert "".join(lines[2:4]).startswith("tanh(… × x + y × y × x+ … × … + x × 0.5)")


@pytest.mark.parametrize("positions", [3, 5])
def test_causal_attention_is_a_triangle_and_its_labels_may_have_two_numbers(positions: int) -> None:
    rng = random.Random(positions)

    def matrix(name: str, rows: int) -> list[list[Value]]:
        return [[Value(rng.gauss(0, 1), f"{name}{i}_{j}") for j in range(2)] for i in range(rows)]

    def times(row: list[Value], matrix: list[list[Value]]) -> list[Value]:
        return [sum(a * b for a, b in zip(row, other)) for other in matrix]

    x, (q, k, v) = matrix("x", positions), (matrix(name, 2) for name in "qkv")
    queries, keys, values = ([times(row, w) for row in x] for w in (q, k, v))
    total = 0.0
    for t in range(positions):
        powers = [score.exp() for score in times(queries[t], keys[: t + 1])]
        whole = sum(powers)
        weights = [power / whole for power in powers]
        mixed = [sum(p * row[j] for p, row in zip(weights, values)) for j in range(2)]
        total = total + sum((number - 0.5) ** 2 for number in mixed)
    total.backward()
    boxes = {texts(group)[0]: group for group in having(read(viz.graph(total).svg), "node")}
    assert {"x", "q", "k", "v", "softmax"} <= set(boxes)
    assert texts(boxes["x"])[1] == f"{positions} × 2"
    strip = having(boxes["softmax"], "strip")[0]
    rows = {}
    for cell in strip.iter("rect"):
        rows.setdefault(cell.get("y"), []).append(cell)
    assert [len(row) for row in rows.values()] == list(range(1, positions + 1))


def test_layers_made_by_hand_are_called_after_what_their_labels_share() -> None:
    a, cost = [Value(0.3 * k, f"x{k}") for k in range(3)], 0.0
    for l, size in ((1, 4), (2, 2)):
        z = [sum(Value(0.1 * (j - k), f"w{l}_{j}{k}") * x for k, x in enumerate(a)) for j in range(size)]
        a = [number.tanh() for number in z]
        for j in range(size):
            z[j].label, a[j].label = f"z{l}_{j}", f"a{l}_{j}"
    cost = sum(number**2 for number in a)
    cost.backward()
    titles = [texts(group)[0] for group in having(read(viz.graph(cost, detail="layers").svg), "node")]
    assert titles == ["x", "z1", "a1", "z2", "a2", "root"]


def test_from_top_to_bottom_a_ribbon_leaves_and_comes_upright() -> None:
    traced = trace(MLP(2, [2, 1], "tanh", seed=0), [0.5, -1.0], y=0.3)
    traced.backward()
    edges = having(read(viz.graph(traced.cost, direction="TB").svg), "edge")
    ribbons = [ribbon.get("d") for edge in edges for ribbon in having(edge, "ribbon")]
    assert ribbons
    for way in ribbons:
        points = [tuple(map(float, point.split(","))) for point in re.findall(r"[-\d.]+,[-\d.]+", way)]
        assert points[0][0] == points[1][0]
        assert points[-1][0] == points[-2][0]
