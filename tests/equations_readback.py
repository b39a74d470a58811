"""The pictures of equations (2) and (3), read back: products and sums are computed here, one by one."""

import math
import re

from picture_readback import (
    AREA,
    agrees,
    as_number,
    check_bar,
    has_colour,
    having,
    is_signed,
    largest,
    number,
    place,
    read,
    scale_end,
    texts,
)
from traced_networks import layers, maxima, weights

from nn import Trace

SLOPES = {
    "sigmoid": lambda a: a * (1.0 - a),
    "tanh": lambda a: 1.0 - a * a,
    "identity": lambda a: 1.0,
}


# --- equation (2) ----------------------------------------------------------------------------------------


def check_recursion(traced: Trace, layer: int, svg: str, theme: str = "light") -> None:
    """Rows, colours, legend and verdict of `viz.recursion`; equation (2) is computed here, term by term."""
    root = read(svg)
    deltas = [z.grad for z in traced.z[layer]]
    maximum = largest(deltas)
    rows: dict[float, list] = {}
    for cell in root.findall("g"):
        if cell.find("rect") is not None and cell.get("class") != "legend":
            rows.setdefault(number(cell.find("rect"), "y"), []).append(cell)
    shown = deltas if len(deltas) <= 8 else deltas[:7]
    assert len(rows) == len(shown)
    differences = []
    for k, y in enumerate(sorted(rows), start=1):
        name, *cells = sorted(rows[y], key=lambda cell: number(cell.find("rect"), "x"))
        assert place(texts(name)[0]) == ("a", layer, k)
        *sent, error, slope, matrix, scalar = cells
        assert all(cell.get("class") == "sent" for cell in sent)
        back = check_sent(traced, layer, k, sent)
        activation = SLOPES[str(traced.activation(layer))](traced.a[layer][k - 1].data)
        assert agrees(texts(error)[0], back)
        assert agrees(texts(slope)[0], activation)
        for cell, true in ((matrix, back * activation), (scalar, deltas[k - 1])):
            exact = float(cell.find("title").text)
            assert abs(exact - true) <= 1e-12 * maximum  # products and sums in another order
            assert agrees(texts(cell)[0], exact)
            assert is_signed(texts(cell)[0])
            assert has_colour(cell.find("rect").get("fill"), exact, maximum, AREA[theme])
        assert float(scalar.find("title").text) == deltas[k - 1]
        differences.append(abs(float(matrix.find("title").text) - deltas[k - 1]))
    check_bar(root, theme, end=scale_end(root))
    assert agrees(scale_end(root), maximum)
    check_verdict(root, differences, whole=len(shown) == len(deltas))


def check_sent(traced: Trace, layer: int, k: int, cells) -> float:
    """What each neuron of the next layer sends back to neuron k, wⱼₖ δⱼ; the sum."""
    if layer == traced.depth:
        assert not cells
        return traced.a[layer][k - 1].grad
    following = traced.z[layer + 1]
    factors = [(weights(traced, layer + 1)[j, k].data, z.grad) for j, z in enumerate(following, 1)]
    products = [w * delta for w, delta in factors]
    if len(products) > 8:
        *cells, rest = cells
        assert agrees(texts(rest)[0], math.fsum(products[7:]))
        factors = factors[:7]
    assert len(cells) == len(factors)
    for cell, (w, delta) in zip(cells, factors, strict=True):
        first, second = texts(cell)
        printed_w, printed_delta = first.split(" × ")
        assert agrees(printed_w, w)
        assert agrees(printed_delta, delta)
        assert agrees(second.removeprefix("= "), w * delta)
    return math.fsum(products)


def check_verdict(root, differences, whole: bool) -> None:
    """The words on how far the matrix is from the scalar graph tell what the cells do."""
    verdict = next(text for text in texts(root) if "matrix − scalar graph: " in text).rpartition(": ")[2]
    if not whole:
        return
    if verdict == "equal to the last bit":
        assert max(differences) == 0.0
    else:
        assert rounded_to_one_digit(verdict.removeprefix("largest difference "), max(differences))


def rounded_to_one_digit(printed: str, true: float) -> bool:
    return math.isclose(as_number(printed), true, rel_tol=0.34)


# --- equation (3) ----------------------------------------------------------------------------------------


def check_outer_products(traced: Trace, svg: str, theme: str = "light", kind: str = "layer") -> None:
    """Margins, products, colours, M and verdicts of `viz.outer_products`."""
    root = read(svg)
    gradients = maxima({l: [w.grad for w in weights(traced, l).values()] for l in layers(traced)}, kind)
    cells = {}
    for cell in having(root, "cell"):
        name, _, exact = cell.find("title").text.rpartition(" = ")
        printed_name, printed = texts(cell)
        assert printed_name == name
        assert agrees(printed, float(exact))
        cells[place(name.removeprefix("∂C/∂"))] = (cell, printed, float(exact))
    words = [text.text for text in root.findall("text")]
    for l in reversed(layers(traced)):
        heading, ends, verdict, *words = words
        assert heading.translate(str.maketrans("⁰¹²³⁴", "01234")).startswith(f"∂C/∂W⁽{l}⁾ = δ⁽{l}⁾ ")
        check_layer(traced, l, cells, gradients[l], theme, kind)
        if verdict.endswith("exact"):  # of several passes no product comes out
            check_products(traced, l, cells)
        printed = re.fullmatch(r"M: δ (\S+), a (\S+), ∂/∂W (\S+)", ends).groups()
        margins = [z.grad for z in traced.z[l]], [a.data for a in traced.a[l - 1]]
        assert all(map(agrees, printed, [*map(largest, margins), gradients[l]]))
        check_difference(traced, l, verdict)
    assert len(cells) == sum(len(z) + len(a) + len(z) * len(a) for z, a in zip(traced.z[1:], traced.a))
    check_bar(root, theme, kind)


def check_layer(traced: Trace, l: int, cells, gradient_maximum: float, theme: str, kind: str) -> None:
    """δ at the left, a on top, ∂C/∂w where they meet: number, colour and product as printed."""
    deltas = {("δ", l, j): z.grad for j, z in enumerate(traced.z[l], 1)}
    inputs = {("a" if l > 1 else "x", l - 1, k): a.data for k, a in enumerate(traced.a[l - 1], 1)}
    gradients = {("w", l, *at): w.grad for at, w in weights(traced, l).items()}
    maxima_of = (
        (deltas, largest(deltas.values())),
        (inputs, largest(inputs.values())),
        (gradients, gradient_maximum),
    )
    for numbers, maximum in maxima_of:
        for at, true in numbers.items():
            cell, _, exact = cells[at]
            assert exact == true, at
            assert has_colour(cell.find("rect").get("fill"), true, maximum, AREA[theme], kind), at


def check_products(traced: Trace, l: int, cells) -> None:
    """Each cell is, as printed, what the cell at its left times the one above it gives."""
    for j, k in weights(traced, l):
        cell, printed, _ = cells["w", l, j, k]
        left, above = cells["δ", l, j], cells["a" if l > 1 else "x", l - 1, k]
        assert is_signed(printed)
        assert number(cell.find("rect"), "y") == number(left[0].find("rect"), "y")
        assert number(cell.find("rect"), "x") == number(above[0].find("rect"), "x")
        assert agrees(printed, as_number(left[1]) * as_number(above[1]))


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
