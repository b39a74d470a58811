"""A notation of one's own: what is printed in it is true, in words, formulas and pictures."""

import itertools
import re
from dataclasses import FrozenInstanceError, replace
from xml.etree import ElementTree

import numpy as np
import pytest
from page_readback import carried
from picture_readback import read, texts

import viz
from minigrad.symbols.numerals import as_number
from nn import MLP, Notation, cross_entropy, equations, fit, formulas, trace
from nn.delta.notation import NOTATIONS, as_notation, drawn, latex, written

OWN = Notation(x="u", z="net", a="h", delta="ε", w="θ", W="Θ", b="c", cost="J", activation="φ")
SHAPES = itertools.product(("columns", "rows"), ("to, from", "from, to"))
CHOICES = itertools.product(SHAPES, (0, 1), ("to", "from"), (True, None))
MADE = [
    replace(OWN, vectors=vectors, indices=indices, first_layer=first, weights_by=by, parentheses=parentheses)
    for (vectors, indices), first, by, parentheses in CHOICES
]
ALL = [*NOTATIONS.values(), *MADE]
NOTATION = pytest.mark.parametrize("n", ALL, ids=range(len(ALL)))

COUNTED = str.maketrans("lL+-−", "ˡᴸ⁺⁻⁻")
BELOW, ABOVE = str.maketrans("0123456789,", "₀₁₂₃₄₅₆₇₈₉,"), str.maketrans("0123456789()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾")


def example(n: Notation, seed: int = 3):
    has_bias = not n.bias_is_weight  # whose vector of biases has no name of its own
    t = trace(MLP(3, [2, 3, 2], "sigmoid", seed=seed, bias=has_bias), [0.5, -1.0, 2.0], y=[0.3, -0.2])
    t.backward()
    return t


def as_it_is_written(n: Notation, t) -> dict[str, np.ndarray]:
    """Every array by its name in pictures, in the shape that the notation says."""
    arrays = {}

    def put(kind: str, layer: int, array: np.ndarray, derivative: bool = False) -> None:
        letter = {"delta": n.delta}.get(kind) or getattr(n, kind)
        number = layer + n.first_layer - (kind in "Wb" and n.weights_by == "from")
        above = f"({number})".translate(ABOVE)
        if kind != "W":
            array = array[:, None] if n.vectors == "columns" else array[None, :]
        elif n.indices == "from, to":
            array = array.T
        arrays[(f"∂{n.cost}/∂" if derivative else "") + letter + above] = array

    put("a", 0, t.activations(0))
    if n.x_vector:
        arrays[n.x_vector] = arrays.pop(n.a + f"({n.first_layer})".translate(ABOVE))
    for l in range(1, t.depth + 1):
        put("z", l, t.pre_activations(l))
        put("a", l, t.activations(l))
        put("delta", l, t.delta(l))
        put("a", l, t.activation_gradients(l), derivative=True)
        put("W", l, t.weights(l))
        put("W", l, t.weight_gradients(l), derivative=True)
        if not n.bias_is_weight:
            put("b", l, t.biases(l))
            put("b", l, t.bias_gradients(l), derivative=True)
    return arrays


def evaluated(text: str, n: Notation, t) -> tuple[np.ndarray, np.ndarray]:
    """Both sides of a printed equation, computed from the arrays that its names stand for."""
    arrays, slopes = as_it_is_written(n, t), {}
    for l in range(1, t.depth + 1):
        z = drawn("z", l, notation=n)
        column = equations.slope(t, l).reshape(arrays[z].shape)
        slopes[f"{n.activation}′({z})"] = column
    everything = {**slopes, **arrays}
    code = text
    for index, name in sorted(enumerate(everything), key=lambda pair: -len(pair[1])):
        code = code.replace(name, f"array{index}")
    code = re.sub(r"\(?(array\d+)\)?ᵀ", r"\1.T", code)
    code = re.sub(r"(array\d+(?:\.T)?) (?=array)", r"\1 @ ", code).replace("⊙", "*")
    left, right = code.split(" = ")
    names = {f"array{index}": array for index, array in enumerate(everything.values())}
    return eval(left, names), eval(right, names)


@NOTATION
def test_every_printed_equation_comes_out_with_the_arrays_in_the_stated_shapes(n):
    t = example(n)
    for l in range(1, t.depth + 1):
        numbers = ["forward", 1 if l == t.depth else 2, 3, 4]
        for which in numbers[1:3] if n.bias_is_weight else numbers:
            left, right = evaluated(formulas.as_text(formulas.equation(which, l, n), n), n, t)
            assert left.shape == right.shape
            np.testing.assert_allclose(left, right, rtol=1e-12)


def plain(element: ElementTree.Element) -> str:
    """MathML as the text of pictures."""
    tag, parts = element.tag, [plain(child) for child in element]
    if tag in ("msub", "msubsup"):
        return parts[0] + parts[1].translate(BELOW) + (parts[2].translate(ABOVE) if tag == "msubsup" else "")
    if tag == "msup":
        return parts[0] + ("ᵀ" if parts[1] == "⊤" else parts[1].translate(ABOVE).translate(COUNTED))
    return (element.text or "") + "".join(parts)


GREEK = {"δ": "delta", "θ": "theta", "Θ": "Theta", "ε": "epsilon", "φ": "phi", "σ": "sigma"}


@NOTATION
def test_text_latex_and_mathml_say_the_same(n):
    every = [*formulas.equations(n).values(), *(formulas.equation(3, l, n) for l in (1, 2))]
    for formula in every:
        text = formulas.as_text(formula, n).replace(" ", "")
        assert plain(ElementTree.fromstring(formulas.as_mathml(formula, n))) == text
        tex = formulas.as_latex(formula, n)
        for letter, command in GREEK.items():
            tex = tex.replace(f"\\{command}", letter)
        tex = tex.replace(r"\mathrm{net}", "net").replace(r"\left", "").replace(r"\right", "")
        tex = tex.replace(r"^{\top}", "ᵀ").replace(r"\partial", "∂").replace(r"\odot", "⊙").replace("'", "′")
        tex = re.sub(r"\^\{([^}]*)\}", lambda m: m[1].translate(ABOVE).translate(COUNTED), tex)
        assert tex.replace(" ", "") == text


def entries(n: Notation, t) -> dict[str, float]:
    """Every number of the trace by its name in pictures, in the order of indices that the notation says."""

    def named(letter: str, number: int, *indices: int) -> str:
        return letter + "".join(map(str, indices)).translate(BELOW) + f"({number})".translate(ABOVE)

    found = {}
    for l in range(1, t.depth + 1):
        number, weights = l + n.first_layer, l + n.first_layer - (n.weights_by == "from")
        for j in range(len(t.delta(l))):
            found[named(n.z, number, j + 1)] = t.pre_activations(l)[j]
            found[named(n.a, number, j + 1)] = t.activations(l)[j]
            found[named(n.delta, number, j + 1)] = t.delta(l)[j]
            for k in range(len(t.activations(l - 1))):
                order = (j, k) if n.indices == "to, from" else (k, j)
                name = named(n.w, weights, *(index + 1 for index in order))
                found[name] = t.weights(l)[j, k]
                found[f"∂{n.cost}/∂{name}"] = t.weight_gradients(l)[j, k]
    return found


def name_pattern(n: Notation) -> str:
    letters = "|".join(sorted({n.z, n.a, n.delta, n.w}, key=len, reverse=True))
    return rf"(?:{letters})[₀-₉]+⁽[⁰¹²³⁴-⁹]+⁾"


@NOTATION
def test_explanations_come_out_with_the_numbers_that_their_names_stand_for(n):
    t = example(n)
    numbers = entries(n, t)
    for l, j in ((1, 0), (1, 1), (2, 0), (2, 2)):
        first = viz.explain(t.z[l][j], t.cost, notation=n).text.splitlines()[0]
        *_, right = first.split(" = ")
        slope = rf"{n.activation}′\({name_pattern(n)}\)"
        right = re.sub(slope, repr(float(equations.slope(t, l)[j])), right)
        right = re.sub(name_pattern(n), lambda m: f" {numbers[m[0]]!r} ", right)
        product = right.replace("·", "*")
        assert eval(product) == pytest.approx(t.delta(l)[j], rel=1e-9)


@pytest.mark.parametrize("n", [*NOTATIONS.values(), MADE[0], MADE[-1], MADE[12]])
@pytest.mark.parametrize("draw", [viz.network, viz.outer_products, lambda t, **own: viz.graph(t.cost, **own)])
def test_the_names_of_pictures_are_those_of_the_notation(draw, n):
    t = example(n)
    known = entries(n, t)
    words = " ".join(texts(read(draw(t, notation=n).svg)))
    found = set(re.findall(name_pattern(n), words))
    assert found
    assert found <= set(known)
    assert n.delta in words


def trained(t):
    model, film = MLP(3, [2, 2], seed=1), None
    film = viz.TrainingFilm(model, [0.5, -1.0, 2.0], [0.3, -0.2])
    return fit(model, [[0.5, -1.0, 2.0]], [[0.3, -0.2]], learning_rate=0.1, epochs=3, on_epoch=film), film


def softmax_layer():
    t = trace(MLP(3, [2, 3], "sigmoid", "softmax", seed=1), [0.5, -1.0, 2.0], [0.0, 1.0, 0.0], cross_entropy)
    t.backward()
    return t


def wide():
    t = trace(MLP(16, [12, 17], seed=1), [0.1] * 16, [0.5] * 17)
    t.backward()
    return t


PICTURES = {
    "network": lambda t, n: viz.network(t, notation=n).svg,
    "before a pass": lambda t, n: viz.network(trace(t.model, [0.5, -1.0, 2.0], y=[0.3, 1]), notation=n).svg,
    "tables": lambda t, n: viz.network(wide(), notation=n).svg,
    "outer products": lambda t, n: viz.outer_products(t, notation=n).svg,
    "stamps": lambda t, n: viz.outer_products(wide(), notation=n).svg,
    "recursion": lambda t, n: viz.recursion(t, 1, notation=n).svg,
    "recursion of many": lambda t, n: viz.recursion(wide(), 1, notation=n).svg,
    "(1)": lambda t, n: viz.recursion(t, 3, notation=n).svg,
    "(1) of softmax": lambda t, n: viz.recursion(softmax_layer(), 2, notation=n).svg,
    "history": lambda t, n: viz.history(trained(t)[0], notation=n).svg,
    "film": lambda t, n: trained(t)[1].picture(notation=n).svg,
    "report": lambda t, n: str(equations.report(t, notation=n)),
    "report of softmax": lambda t, n: str(equations.report(softmax_layer(), notation=n)),
    "table": lambda t, n: str(viz.table(t, notation=n)),
    "explanation": lambda t, n: str(viz.explain(t.z[1][0], t.cost, notation=n).text),
    **{
        f"graph, {detail}": lambda t, n, detail=detail: viz.graph(t.cost, detail=detail, notation=n).svg
        for detail in ("operations", "names", "neurons", "layers")
    },
}
# A letter of document 002 that stands alone, or before a layer, an index, ′ or ‖; "a" is also an article.
FIXED = re.compile(r"(?<![^\W\d_])([δσCWwzbx](?![^\W\d_])|(?<=[∂‖|·⊙] )a\b|(?<=[∂‖|])a\b|a(?=[₀-₉⁽⁰-⁹]))")


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("n", [MADE[0], MADE[-1], replace(MADE[12], cost="E")], ids=["a", "b", "c"])
def test_no_letter_of_another_notation_is_left(picture, n):
    shown = PICTURES[picture](example(n), n)
    pieces = re.findall(r">([^<>]+)<", shown) if shown.startswith("<svg") else shown.splitlines()
    assert [piece for piece in pieces if FIXED.search(piece)] == []


@NOTATION
def test_the_report_prints_the_equations_that_it_holds(n):
    t = example(n)
    report = equations.report(t, notation=n)
    for which, printed in report.formulas.items():
        known = formulas.as_text(formulas.equations(n)[which], n)
        assert printed == (known if n.parentheses else known.replace("⁽", "").replace("⁾", ""))
    assert re.findall(r"\S+(?= exact| \de−\d\d)", str(report).splitlines()[0])[0].startswith(n.delta)


@NOTATION
def test_pictures_show_each_weight_at_the_name_with_the_stated_indices(n):
    t = example(n)
    known, svg = entries(n, t), viz.network(t, notation=n).svg
    beside = [pair for pair in itertools.pairwise(texts(read(svg))) if re.fullmatch(name_pattern(n), pair[0])]
    tips = re.findall(rf"({name_pattern(n)}) = (−?[\d.]+)", svg)
    shown = {name: as_number(number) for name, number in (*beside, *tips) if name.startswith(n.w)}
    assert len(shown) == 3 * 2 + 2 * 3 + 3 * 2
    for name, number in shown.items():
        assert number == pytest.approx(known[name], abs=5e-5)


@NOTATION
def test_the_table_and_the_page_take_it(n):
    t = example(n)
    lines = str(viz.table(t, notation=n)).splitlines()
    assert {n.z, n.a, n.delta, f"∂{n.cost}/∂{n.a}"} <= set(lines[0].split())
    assert any(line.startswith(drawn("z", 2, 1, notation=n) + " ") for line in lines)
    assert carried(viz.steps(t, notation=n).html)["notation"]["cost"] == n.cost


def test_the_documents_are_three_notations_and_their_numbers_name_them():
    for number, notation in NOTATIONS.items():
        for kind, source in (("z", 0), ("a", 0), ("delta", 0), ("w", 3), ("b", 0)):
            for write in (written, drawn, latex):
                assert write(kind, 2, 1, source, number) == write(kind, 2, 1, source, notation)
    assert drawn("w", 2, 1, 3, Notation(indices="from, to")) == "w₃₁⁽²⁾"
    assert drawn("b", 2, 1, notation=replace(NOTATIONS["000"], indices="from, to")) == "θ₀₁⁽³⁾"
    assert drawn("w", 2, 11, 3, Notation(indices="from, to")) == "w₃,₁₁⁽²⁾"
    assert drawn("z", 2, 1, notation=Notation(parentheses=False)) == "z₁²"
    assert written("z", 2, 1, notation=Notation(parentheses=True)) == "z⁽²⁾₁"
    assert drawn("x", 0, 3, notation=Notation(x="", first_layer=1)) == "a₃⁽¹⁾"


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"z": "a"}, "'a' would stand for both z and a"),
        ({"delta": ""}, "delta must be a letter"),
        ({"w": "w<b>"}, "w must be a letter"),
        ({"cost": 3}, "cost must be a letter"),
        ({"first_layer": 2}, "first_layer must be one of 0, 1, not 2"),
        ({"first_layer": True}, "first_layer must be one of 0, 1, not True"),
        ({"vectors": "row"}, "vectors must be one of 'columns', 'rows', not 'row'"),
        ({"indices": "ij"}, "indices must be one of 'to, from', 'from, to', not 'ij'"),
        ({"weights_by": "layer"}, "weights_by must be one of"),
        ({"parentheses": "()"}, "parentheses must be one of None, True, False"),
    ],
)
def test_a_notation_that_cannot_be_is_refused_with_a_reason(bad, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        Notation(**bad)


TAKES_A_NOTATION = {
    "table": lambda t, n: viz.table(t, notation=n),
    "tree": lambda t, n: viz.tree(t.cost, notation=n),
    "steps": lambda t, n: viz.steps(t, notation=n),
    "network": lambda t, n: viz.network(t, notation=n),
    "as_notation": lambda t, n: as_notation(n),
}


@pytest.mark.parametrize("call", TAKES_A_NOTATION.values(), ids=TAKES_A_NOTATION)
def test_an_unknown_notation_is_refused_wherever_one_is_taken(call):
    with pytest.raises(ValueError, match=r"notation must be one of 000, 001, 002, or a .*'003'"):
        call(example(OWN), "003")


def test_what_is_no_notation_is_refused():
    with pytest.raises(TypeError, match="not 2"):
        drawn("z", 2, 1, notation=2)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="unexpected keyword argument 'theta'"):
        Notation(theta="w")  # type: ignore[call-arg]
    with pytest.raises(FrozenInstanceError):
        OWN.w = "v"  # type: ignore[misc]
    with pytest.raises(ValueError, match="there is no equation 5"):
        formulas.equation(5, 1)
