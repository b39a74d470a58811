"""The pictures of equations (2) and (3), read back: products and sums are computed here, one by one."""

import math
import re

from picture_readback import (
    AREA,
    CELL,
    PART,
    agrees,
    as_number,
    has_colour,
    having,
    is_signed,
    largest,
    number,
    place,
    read,
    sign_colour,
    texts,
    tinted,
)
from traced_networks import layers, maxima, weights

from nn import Trace

SLOPES = {
    "sigmoid": lambda a: a * (1.0 - a),
    "tanh": lambda a: 1.0 - a * a,
    "identity": lambda a: 1.0,
}
ENTERED, LIT = 0.08, 0.17  # and a row that δ comes along, where its column is lit


# --- equation (2) ----------------------------------------------------------------------------------------


def check_recursion(traced: Trace, layer: int, svg: str, theme: str = "light") -> None:
    """Cells, bars, sums and verdict of `viz.recursion`; equation (2) is computed here, term by term."""
    root = read(svg)
    columns = [place(texts(name)[0])[2] for name in names_of_deltas(root, layer)]
    deltas = [z.grad for z in traced.z[layer]]
    assert columns == sorted(columns)
    if len(columns) < len(deltas):  # the strongest
        least = min(abs(deltas[k - 1]) for k in columns)
        assert all(abs(delta) <= least for k, delta in enumerate(deltas, 1) if k not in columns)
        assert any(f"of {len(deltas)} neurons the {len(columns)}" in text for text in texts(root))
    axis = Axis(root)
    ends = check_cells(traced, layer, root, columns, axis, theme)
    for column, k in enumerate(columns):
        a = traced.a[layer][k - 1]
        slope = SLOPES[str(traced.activation(layer))](a.data)
        error, sigma, delta = (having(root, name)[column] for name in ("error", "slope", "delta"))
        assert ends.get(k, a.grad) == a.grad or math.isclose(ends[k], a.grad, rel_tol=1e-12, abs_tol=1e-14)
        assert float(error.find("title").text) == a.grad
        assert agrees(texts(error)[0], a.grad)
        assert is_signed(texts(error)[0])
        assert agrees(texts(sigma)[0].removeprefix("× "), slope)
        exact = float(delta.find("title").text)
        assert exact == deltas[k - 1]
        assert abs(exact - a.grad * slope) <= 1e-12 * largest(deltas)  # products and sums in another order
        assert agrees(texts(delta)[0], exact)
        assert is_signed(texts(delta)[0])
        axis.add(error.find("rect"), column, 0.0, a.grad)
        axis.add(delta.find("rect"), column, 0.0, exact)
        assert error.find("rect").get("fill") == "none"
        assert error.find("rect").get("stroke") == sign_colour(a.grad, theme)
        assert delta.find("rect").get("fill") == sign_colour(exact, theme)
        if layer < traced.depth and a.grad:
            axis.check_funnel(having(root, "funnel")[column], column, a.grad, exact)
    axis.check()
    check_verdict(root, largest(deltas))
    if layer < traced.depth:
        check_senders(traced, layer, root, theme)
        check_lit(traced, layer, root, columns, theme)


def names_of_deltas(root, layer: int):
    """The names below the columns, of the layer's δ."""
    found = [text for text in root.findall("text") if re.fullmatch(rf"δ\S+⁽{'⁰¹²³⁴'[layer]}⁾", text.text)]
    return [wrapped(text) for text in found]


def wrapped(text):
    group = type(text)("g")
    group.append(text)
    return group


class Axis:
    """Where 0 is in every column, by the ticks; and the bars, whose lengths are on one scale."""

    def __init__(self, root) -> None:
        ticks = [line for line in root.iter("line") if line.get("stroke-width") == "0.8"]
        self.zeros = sorted({number(tick, "x1") for tick in ticks})
        self.bars: list = []
        self.ends: list = []  # of bars, with their numbers

    def add(self, bar, column: int, start: float, true: float) -> None:
        self.bars.append((number(bar, "x") - self.zeros[column], number(bar, "width"), start, true))

    def check_funnel(self, funnel, column: int, error: float, delta: float) -> None:
        """It leads from 0 and ∂C/∂a above to δ and 0 below."""
        corners = [tuple(map(float, corner.split(","))) for corner in funnel.get("points").split()]
        (_, top), _, _, (_, bottom) = corners
        assert [y for _, y in corners] == [top, top, bottom, bottom]
        assert top < bottom
        pairs = zip(corners, (0.0, error, delta, 0.0), strict=True)
        self.ends += [(x - self.zeros[column], true) for (x, _), true in pairs]

    def check(self) -> None:
        """A bar begins where the one before ended, as long as its number; the longest tells the scale."""
        _, longest, _, number_of_it = max(self.bars, key=lambda bar: bar[1])
        unit = longest / abs(number_of_it) if number_of_it else 0.0
        for left, across, start, true in self.bars:
            assert abs(across - max(abs(true) * unit, 1.0)) <= 0.03
            assert abs(left - unit * min(start, start + true)) <= 0.05
        assert all(abs(at - unit * true) <= 0.05 for at, true in self.ends)


def check_cells(traced: Trace, layer: int, root, columns, axis: Axis, theme: str) -> dict:
    """Each cell has w of its own row and column, and a bar for w δ on top of those above it; the sums."""
    if layer == traced.depth:
        assert not having(root, "sent")
        return {}
    w, following = weights(traced, layer + 1), traced.z[layer + 1]
    added: dict = dict.fromkeys(columns, 0.0)
    rows: dict = {}
    reached: dict = {k: [] for k in columns}
    lefts = []
    for cell in having(root, "sent"):
        name, factor, part = re.fullmatch(
            r"(\S+) = (\S+), sent back: (\S+)", cell.find("title").text
        ).groups()
        _, l, j, k = place(name)
        assert l == layer + 1
        true = w[j, k].data * following[j - 1].grad
        assert (float(factor), float(part)) == (w[j, k].data, true)
        frame, bar = cell.findall("rect")
        factors, printed_part = texts(cell)
        printed_w, _, printed_delta = factors.partition(" × ")
        assert agrees(printed_w, w[j, k].data)
        assert not printed_delta or agrees(printed_delta, following[j - 1].grad)
        entered, deltas = LIT if k == lit_column(root) else ENTERED, [z.grad for z in following]
        assert tinted(frame.get("fill"), following[j - 1].grad, largest(deltas), entered, theme)
        assert agrees(printed_part, true)
        assert is_signed(printed_part)
        axis.add(bar, columns.index(k), added[k], true)
        assert true == 0 or tinted(bar.get("fill"), true, abs(true), PART[theme], theme)
        added[k] += true
        reached[k].append(added[k])
        assert rows.setdefault(j, number(frame, "y")) == number(frame, "y")  # a row is a row
        lefts.append((k, number(frame, "x")))
    assert len(set(lefts)) == len(columns)  # a column is a column
    assert sorted(set(lefts)) == sorted(set(lefts), key=lambda pair: pair[1])
    assert sorted(rows) == sorted(rows, key=rows.get)
    rest = having(root, "rest")
    if len(rows) < len(following):
        assert len(rows) == 7
        assert any(text == f"← {len(following) - 7} more rows" for text in texts(root))
        for k, group in zip(columns, rest, strict=True):
            true = math.fsum(w[j, k].data * z.grad for j, z in enumerate(following, 1) if j not in rows)
            assert abs(as_number(texts(group)[0]) - true) <= 0.6 * 10.0 ** -len(texts(group)[0].split(".")[1])
            added[k] += true
            reached[k].append(added[k])
    else:
        assert not rest
    ends = [(column, end) for column, k in enumerate(columns) for end in reached[k] for _ in "ab"]
    for joint, (column, end) in zip(having(root, "joint"), ends, strict=True):
        assert number(joint, "x1") == number(joint, "x2")  # below a bar, and above what goes on from there
        axis.ends.append((number(joint, "x1") - axis.zeros[column], end))
    return added


def check_senders(traced: Trace, layer: int, root, theme: str) -> None:
    """At the right of a row its own δ, filled on the scale of that layer."""
    following = [z.grad for z in traced.z[layer + 1]]
    for sender in having(root, "sender"):
        name, exact = sender.find("title").text.split(" = ")
        kind, l, j = place(name)
        assert (kind, l) == ("δ", layer + 1)
        assert float(exact) == following[j - 1]
        assert agrees(texts(sender)[1], following[j - 1])
        assert has_colour(sender.find("rect").get("fill"), following[j - 1], largest(following), AREA[theme])


def check_lit(traced: Trace, layer: int, root, columns, theme: str) -> None:
    """Lit are the lines of one row forward, and of the lit column backward, as wide as |w δ|."""
    forward, backward = having(root, "two-layers")
    rows = list(dict.fromkeys(place(c.find("title").text.split(" = ")[0])[2] for c in having(root, "sent")))
    lit = having(forward, "row")
    assert len(lit) == len(columns)
    assert len({(number(line, "x2"), number(line, "y2")) for line in lit}) == 1
    (words,) = (text for text in texts(forward) if text.startswith("row "))
    assert (" + b" in words) == any(traced.biases(layer + 1))
    back = having(backward, "column")
    assert len(back) == len(rows)
    assert len({(number(line, "x1"), number(line, "y1")) for line in back}) == 1
    k = lit_column(root)
    shown = [weights(traced, layer + 1)[j, k].data * traced.z[layer + 1][j - 1].grad for j in rows]
    for line, part in zip(sorted(back, key=lambda line: number(line, "y2")), shown, strict=True):
        width = max(9.0 * abs(part) / largest(shown), 1.0) if largest(shown) else 1.0
        assert abs(number(line, "stroke-width") - width) <= 0.011
        assert part == 0 or tinted(line.get("stroke"), part, abs(part), PART[theme], theme)
    bands = [rect for rect in root.findall("rect") if rect.get("stroke-width") == "1.4"]
    frame = next(
        cell.find("rect")
        for cell in having(root, "sent")
        if place(cell.find("title").text.split(" = ")[0])[3] == k
    )
    assert [number(band, "x") for band in bands] == [number(frame, "x")]


def lit_column(root) -> int:
    """The neuron whose column is lit, as the words say."""
    return int(re.search(r"column (\d+) gives", " ".join(texts(root)))[1])


def check_verdict(root, maximum: float) -> None:
    """The matrix and the scalar graph differ, as it is told, by roundings at most."""
    verdict = next(text for text in texts(root) if "matrix and scalar graph: " in text).rpartition(": ")[2]
    if verdict != "equal to the last bit":
        assert 0.0 < as_number(verdict.removeprefix("largest difference ")) <= 1e-12 * maximum


def rounded_to_one_digit(printed: str, true: float) -> bool:
    return math.isclose(as_number(printed), true, rel_tol=0.34)


# --- equation (3) ----------------------------------------------------------------------------------------


def check_outer_products(traced: Trace, svg: str, theme: str = "light", kind: str = "layer") -> None:
    """Margins, cells, colours, M and verdicts of `viz.outer_products`."""
    root = read(svg)
    gradients = maxima({l: [w.grad for w in weights(traced, l).values()] for l in layers(traced)}, kind)
    words = [text.text for text in root.findall("text")]
    panels = [group for group in root.findall("g") if group.get("transform")]
    for l, panel in zip(reversed(layers(traced)), panels, strict=True):
        heading, ends, verdict, *words = words
        assert heading.translate(str.maketrans("⁰¹²³⁴", "01234")).startswith(f"∂C/∂W⁽{l}⁾ = δ⁽{l}⁾ ")
        letter = "a" if l > 1 else "x"
        printed = re.fullmatch(rf"M: δ (\S+), {letter} (\S+), ∂/∂W (\S+)", ends).groups()
        deltas, inputs = [z.grad for z in traced.z[l]], [a.data for a in traced.a[l - 1]]
        own = largest(w.grad for w in weights(traced, l).values())
        assert all(map(agrees, printed, [largest(deltas), largest(inputs), own]))
        check_difference(traced, l, verdict)
        tops = check_margin(having(panel, "margin-a"), inputs, "width", "aₓ", theme)
        sides = check_margin(having(panel, "margin-delta"), deltas, "height", "δ", theme)
        check_products(traced, l, panel, tops, sides, theme, exact=verdict.endswith("exact"))
    assert gradients.keys() == set(layers(traced))


def check_margin(margins, numbers, side: str, what: str, theme: str) -> list:
    """Each number has a bar as long as it is large: grey and hollow if < 0, or filled in its colour."""
    longest = None
    for margin, true in zip(margins, numbers, strict=True):
        assert float(margin.find("title").text) == true
        assert agrees(texts(margin)[1], true)
        bar = margin.find("rect")
        if abs(true) == largest(numbers):
            longest = number(bar, side)
        if what == "δ":
            assert bar.get("fill") == sign_colour(true, theme)
        else:
            assert bar.get("fill") == ("none" if true < 0 else sign_colour(0.0, theme))
    for margin, true in zip(margins, numbers, strict=True):
        wanted = max(abs(true) / largest(numbers) * longest, 1.0) if largest(numbers) else 1.0
        assert abs(number(margin.find("rect"), side) - wanted) < 0.02
    return margins


def check_products(traced: Trace, l: int, panel, tops, sides, theme: str, exact: bool) -> None:
    """Each cell's area is as wide as the bar above it and as high as the bar at its left, and its number is
    what theirs give, as printed."""
    cells = {}
    for cell in having(panel, "cell"):
        name, true = cell.find("title").text.split(" = ")
        cells[place(name.removeprefix("∂C/∂"))] = (cell, float(true))
    assert len(cells) == len(tops) * len(sides)
    for (j, k), w in weights(traced, l).items():
        cell, true = cells["w", l, j, k]
        assert true == w.grad
        (printed,) = texts(cell)
        assert agrees(printed, true)
        assert is_signed(printed)
        _, area = cell.findall("rect")
        top, side = tops[k - 1].find("rect"), sides[j - 1].find("rect")
        assert abs(number(area, "width") - number(top, "width")) < 0.02
        assert abs(number(area, "x") - number(top, "x")) < 0.02
        assert abs(number(area, "height") - number(side, "height")) < 0.02
        assert abs(number(area, "y") - number(side, "y")) < 0.02
        assert true == 0 or tinted(area.get("fill"), true, abs(true), CELL[theme], theme)
        if exact:  # of several passes no product comes out
            left, above = texts(sides[j - 1])[1], texts(tops[k - 1])[1]
            assert agrees(printed, as_number(left) * as_number(above))


def check_difference(traced: Trace, l: int, words: str) -> None:
    """What the scalar graph has, less the product of the margins, is told."""
    difference = max(
        abs(w.grad - traced.z[l][j - 1].grad * traced.a[l - 1][k - 1].data)
        for (j, k), w in weights(traced, l).items()
    )
    size, _, verdict = words.partition("; scalar graph − matrix: ")
    assert size == f"{len(traced.z[l])} × {len(traced.a[l - 1])}"
    if verdict == "exact":
        assert difference == 0.0
    else:
        assert rounded_to_one_digit(verdict, difference)
