"""What was seen to be wrong when pictures were looked at, on a page and on a slide, as laws."""

import re
from itertools import pairwise

import pytest
from picture_checks import cut, overlapping, words
from picture_networks import digits, document_001, gallery
from picture_readback import box, having, number, read, texts
from test_pictures_in_a_room import assert_readable_on_a_slide
from test_pictures_legible import assert_legible, traced_through

import viz
from minigrad import Value
from nn import MLP, History, cross_entropy, fit, trace
from viz.drawing.looks import one, tint
from viz.drawing.palette import DARK, LIGHT, NEGATIVE, POSITIVE, contrast, mixed
from viz.drawing.svg import size_of


def decimals(printed: str) -> int:
    return len(printed.partition(".")[2])


def recurrence(steps: int) -> Value:
    w, u, b, h = Value(0.7, "w"), Value(-0.4, "u"), Value(0.1, "b"), Value(0.0, "h0")
    for step in range(1, steps + 1):
        h = (w * h + u * Value(0.37 * (step % 3) - 0.52, f"x{step}") + b).tanh()
        h.label = f"h{step}"
    cost = (h - 1.0) ** 2
    cost.label = "C"
    cost.backward()
    return cost


# --- one quantity, one look ---------------------------------------------------------------------------------


@pytest.mark.parametrize("room", ["page", "slide"])
def test_the_gradient_of_an_activation_is_hollow_in_a_cell_of_any_size(room) -> None:
    for traced in (digits()[0], traced_through((2, 16, 16, 1))):
        strips = having(read(viz.graph(traced.cost, detail="layers", room=room).svg), "strip")
        errors = [strip for strip in strips if texts(strip)[0].startswith("grad")]
        assert len(errors) == traced.depth - (traced.model.sizes[-1] == 1)
        for rectangle in (r for strip in errors for r in strip.findall("rect")):
            assert rectangle.get("fill") == "none"
            assert 2 * number(rectangle, "stroke-width") < number(rectangle, "width")


@pytest.mark.parametrize("kind", ["part", "cell"])
@pytest.mark.parametrize("colour", [POSITIVE, NEGATIVE])
def test_a_tint_is_seen_on_a_dark_ground_as_on_a_light_one_and_text_is_read_on_it(kind, colour) -> None:
    for theme in (LIGHT, DARK):
        filled = mixed(theme.background, colour, float(tint(kind, theme)))
        assert contrast(filled, theme.background) > 2.2
        assert contrast(filled, theme.ink) > 4.5


def test_what_comes_back_from_the_cost_is_hollow_however_small_it_is() -> None:
    root = read(viz.network(digits()[0]).svg)
    outer, inner = (
        [path for path in root.iter("path") if path.get("class") == kind] for kind in ("error", "inside")
    )
    assert len(outer) == len(inner) == 10
    for line, ground in zip(outer, inner, strict=True):
        assert line.get("d") == ground.get("d")
        assert 0.5 <= number(ground, "stroke-width") <= number(line, "stroke-width") - 1.5


def test_in_a_graph_without_delta_the_gradient_of_a_single_node_looks_as_that_of_several() -> None:
    w, b, numbers = Value(0.5, "w"), Value(0.1, "b"), (1.0, 2.0, 3.0)
    cost = sum((w * x + b - 2.0 * x) ** 2 for x in numbers) / 3.0
    cost.label = "C"
    cost.backward()
    root = read(viz.graph(cost).svg)
    assert having(root, "strip")
    gradients = having(root, "gradient")
    assert len(gradients) == 3
    assert not any(gradient.get("fill") == "none" for gradient in gradients)


# --- numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("places", [4, 5, 6])
def test_a_number_with_an_exponent_has_four_digits(places) -> None:
    assert one(-9.57049e-7, places) == "−9.570e−7"


def columns_of_gradients(root) -> dict[int, list[str]]:
    """The gradients that stand below one another, by the middle of their boxes."""
    found: dict[int, list[str]] = {}
    for node in having(root, "node"):
        gradient = having(node, "gradient")
        if gradient:
            left, _, right, bottom = box(node.find("rect"))
            text = next(t.text for t in reversed(node.findall("text")) if re.match(r"[+−\d]", t.text)
                        and abs(number(t, "y") - bottom) < 30)  # fmt: skip
            found.setdefault(round((left + right) / 2), []).append(text)
    return found


@pytest.mark.parametrize("sizes", [(4, 8, 3), (3, 5, 4, 2), (2, 5, 5, 1)], ids=str)
def test_gradients_below_one_another_have_as_many_decimals(sizes) -> None:
    root = read(viz.graph(traced_through(sizes).cost, detail="neurons").svg)
    columns = columns_of_gradients(root)
    assert max(map(len, columns.values())) == max(sizes[1:])
    for column in columns.values():
        assert len({decimals(text) for text in column if "e" not in text and text != "0"}) <= 1, column


def test_the_neurons_that_a_part_of_a_graph_shows_have_as_many_decimals() -> None:
    traced, _ = digits()
    columns = columns_of_gradients(read(viz.graph(traced.cost, around=traced.a[1][0], depth=1).svg))
    (ten,) = (column for column in columns.values() if len(column) == 10)
    assert {decimals(text) for text in ten} == {6}


@pytest.mark.parametrize(("steps", "room"), [(4, "page"), (8, "page"), (8, "slide"), (20, "page")])
def test_what_the_steps_of_a_recurrence_add_stays_on_the_ground_of_its_rail(steps, room) -> None:
    picture = viz.graph(recurrence(steps), room=room).svg
    grounds = [n.find("rect") for n in having(read(picture), "node") if n.find("rect").get("stroke") is None]
    left, _, right, _ = box(grounds[-1])
    shift = float(re.search(r"translate\((\d+),", picture)[1])
    for word in (word for word in words(picture) if " × " in word.text and "h" not in word.text):
        assert left + shift <= word.box.left < word.box.right <= right + shift, word.text
    assert overlapping(picture) == []


def test_what_the_steps_of_a_recurrence_add_has_as_many_decimals() -> None:
    root = read(viz.graph(recurrence(4)).svg)
    products = [t for edge in having(root, "edge") for t in texts(edge) if " × " in t]
    rails: dict[float, list[str]] = {}
    for edge in having(root, "edge"):
        for text in edge.findall("text"):
            if " × " in text.text:
                rails.setdefault(number(text, "y"), []).append(text.text)
    assert len(products) == 3 * 4
    for rail in rails.values():
        factors = [factor for product in rail for factor in product.split(" × ")]
        assert len({decimals(factor) for factor in factors if "." in factor and "e" not in factor}) == 1


@pytest.mark.parametrize("name", ["x", "a⁽¹⁾"])
def test_how_many_numbers_a_box_has_is_not_taken_for_its_number(name) -> None:
    root = read(viz.graph(digits()[0].cost, detail="layers").svg)
    node = next(node for node in having(root, "node") if texts(node)[0] == name)
    assert texts(node)[1] == {"x": "64 numbers", "a⁽¹⁾": "16 numbers"}[name]


@pytest.mark.parametrize("room", ["page", "slide"])
def test_neurons_that_softmax_keeps_apart_have_names_of_their_own_and_stand_in_order(room) -> None:
    traced = trace(MLP(4, [5, 3], "tanh", "softmax", seed=1), [0.5, -1.0, 0.2, 0.1], 1, cross_entropy)
    traced.backward()
    root = read(viz.graph(traced.cost, detail="layers", room=room).svg)
    places = {texts(node)[0]: box(node.find("rect"))[1] for node in having(root, "node")}
    assert "a₂⁽²⁾" in places  # the only one of three that the cost takes
    tops = [places[name] for name in ("z₁⁽²⁾", "z₂⁽²⁾", "z₃⁽²⁾")]
    assert tops == sorted(tops)
    for node in having(root, "node"):
        deltas = [text for text in texts(node) if re.fullmatch("δ[₁-₉]?⁽²⁾", text)]
        title = texts(node)[0]
        assert deltas == (["δ" + title[1:]] if re.fullmatch("z.⁽²⁾", title) else [])


# --- places -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [4, 8])
def test_inputs_stand_as_far_above_every_step(steps) -> None:
    root = read(viz.graph(recurrence(steps)).svg)
    places = {
        texts(node)[0]: box(node.find("rect"))
        for node in having(root, "node")
        if node.find("rect") is not None
    }
    gaps = {round(places[f"h{step}"][1] - places[f"x{step}"][3]) for step in range(2, steps + 1)}
    assert len(gaps) == 1


@pytest.mark.parametrize(
    "sizes", [(64, 32, 10), (2, 16, 16, 1), (3, 4, 4, 4, 4, 4, 2), (4, 8, 3), (30, 40, 20, 5)], ids=str
)
def test_outer_products_can_be_read_on_a_slide(sizes) -> None:
    traced = traced_through(sizes)
    assert_readable_on_a_slide(viz.outer_products(traced, room="slide"))


@pytest.mark.parametrize("layers", [3, 6])
def test_the_history_of_many_layers_can_be_read_on_a_slide(layers) -> None:
    model, examples = MLP(2, [4] * (layers - 1) + [2], seed=0), [[0.0, 1.0], [1.0, 0.0]]
    history = fit(model, examples, [[0.0, 1.0], [1.0, 0.0]], epochs=5)
    assert_readable_on_a_slide(viz.history(history, room="slide"))


@pytest.mark.parametrize(
    ("frames", "rows"), [(3, [3]), (5, [3, 2]), (6, [3, 3]), (8, [4, 4]), (9, [3, 3, 3])]
)
def test_the_rows_of_a_film_are_as_long_as_one_another(frames, rows) -> None:
    model, examples = MLP(2, [2, 1], "tanh", seed=0), [[0.0, 1.0], [1.0, 0.0]]
    film = viz.TrainingFilm(model, examples[0], 0.0, epochs=range(1, frames + 1))
    fit(model, examples, [0.0, 1.0], epochs=frames, on_epoch=film)
    tops = [number(frame.find("rect"), "y") for frame in having(read(film.picture().svg), "frame")]
    assert [tops.count(top) for top in sorted(set(tops))] == rows


def test_no_ground_shows_between_the_cells_of_a_strip() -> None:
    _, history = document_001()
    for strip in having(read(viz.history(history).svg), "strip"):
        cells = sorted({(number(cell, "x"), number(cell, "width")) for cell in strip.findall("rect")})
        assert all(left + wide > after for (left, wide), (after, _) in pairwise(cells))


def test_what_flows_to_the_cost_stays_off_the_edge_of_the_picture() -> None:
    picture = viz.network(traced_through((2, 16, 16, 1)))
    across, _ = size_of(picture.svg)
    for path in (p for p in read(picture.svg).iter("path") if p.get("class") in ("to-cost", "error")):
        assert max(float(x) for x in re.findall(r"([\d.]+),", path.get("d"))) <= across - 4


# --- the page of the gallery --------------------------------------------------------------------------------


def test_every_picture_of_the_gallery_has_its_caption_under_it() -> None:
    module = gallery()
    page = module.page([("programs", [f"program-{name}" for name in module.PROGRAMS], "")])
    figures = re.findall(r"<figure>(.*?)</figure>", page, flags=re.DOTALL)
    assert len(figures) == len(module.PROGRAMS)
    for name, figure in zip(module.PROGRAMS, figures, strict=True):
        assert figure.index(f"program-{name}-dark.svg") < figure.index("<figcaption>")
        assert module.CAPTIONS[name] in figure


def test_nothing_is_cut_or_covered_in_what_was_moved() -> None:
    for picture in (viz.graph(recurrence(8)), viz.outer_products(traced_through((64, 32, 10)), room="slide")):
        assert (cut(picture.svg), overlapping(picture.svg)) == ([], [])


# --- networks and trainings that nobody drew before ---------------------------------------------------------

LARGE = [(10, 10, 10, 10, 10), (5, 100, 5), (100, 50, 25, 12, 6), (2, 3, 3, 3, 3, 3, 3, 3, 1)]


@pytest.mark.parametrize("sizes", LARGE, ids=str)
def test_large_and_deep_networks_can_be_read_on_a_page_and_on_a_slide(sizes) -> None:
    traced = traced_through(sizes)
    for draw in (viz.network, viz.outer_products):
        assert_legible(draw(traced))
        assert_readable_on_a_slide(draw(traced, room="slide"))


@pytest.mark.parametrize("frames", [1, 5, 7, 12])
@pytest.mark.parametrize("sizes", LARGE, ids=str)
def test_a_film_of_any_length_can_be_read_and_has_its_whole_legend(sizes, frames) -> None:
    model, x, y = MLP(sizes[0], list(sizes[1:]), seed=1), [0.5] * sizes[0], [0.3] * sizes[-1]
    film = viz.TrainingFilm(model, x, y, epochs=range(1, frames + 1))
    fit(model, [x], [y], epochs=frames, on_epoch=film)
    assert_legible(film.picture())
    assert_readable_on_a_slide(film.picture(room="slide"))
    assert not any(cut(picture.svg) for picture in film.pictures())


@pytest.mark.parametrize("room", ["page", "slide", (430.0, 9000.0)])
def test_a_history_that_has_much_to_say_says_it_in_several_lines(room) -> None:
    told = "diverged in epoch 10: the cost went from 7.122e+04 to 1.289e+08"
    history = History(
        cost=[4.0, 2.0],
        stopped=f"{told}; the model has the weights of its best epoch, and a smaller learning rate may help",
    )
    picture = viz.history(history, room=room)
    assert cut(picture.svg) == overlapping(picture.svg) == []
    assert str(history) in " ".join(texts(read(picture.svg)))
