"""Pictures laid out for the room they get: on a page and on a slide all can be read, and nothing is cut."""

import inspect
import math
import re

import pytest
from network_readback import check_network
from picture_checks import cut, outside, overlapping
from picture_networks import digits, document_001, gallery
from picture_readback import read, texts
from test_pictures_legible import assert_legible, traced_through

import viz
from minigrad import Value
from nn import MLP, fit
from viz.drawing.svg import size_of

ACROSS, DOWN = 1760.0, 900.0  # of a slide of 1920 × 1080, within its margins
READABLE = 13.75  # px there


def smallest_on_a_slide(svg: str) -> float:
    across, down = size_of(svg)
    smallest = min(map(float, re.findall(r'font-size="([\d.]+)"', svg)))
    return smallest * min(ACROSS / across, DOWN / down)


def assert_readable_on_a_slide(picture: viz.Picture) -> None:
    svg = picture.svg
    assert smallest_on_a_slide(svg) >= READABLE, (picture.title, size_of(svg))
    assert (cut(svg), overlapping(svg), outside(svg)) == ([], [], [])


@pytest.fixture(scope="module")
def programs() -> dict[str, Value]:
    return gallery().programs()


@pytest.mark.parametrize("network", [document_001, digits], ids=["document-001", "digits"])
def test_every_picture_of_the_gallery_can_be_read_on_a_slide(network) -> None:
    traced, history = network()
    details = (
        ("operations", "neurons", "layers", "auto") if traced.model.sizes[0] < 10 else ("layers", "auto")
    )
    for picture in (
        *(viz.graph(traced.cost, detail=detail, room="slide") for detail in details),
        viz.graph(traced.cost, around=traced.a[1][0], depth=1, room="slide"),
        viz.network(traced, room="slide"),
        viz.outer_products(traced, room="slide"),
        *(viz.recursion(traced, l, room="slide") for l in range(1, traced.depth + 1)),
        viz.history(history, room="slide"),
    ):
        assert_readable_on_a_slide(picture)


@pytest.mark.parametrize("name", ["batch", "recurrence", "attention", "gpt"])
def test_every_program_of_the_gallery_can_be_read_on_a_slide(programs, name) -> None:
    assert_readable_on_a_slide(viz.graph(programs[name], room="slide"))


def test_a_graph_whose_parameters_have_no_place_on_a_slide_says_so(programs) -> None:
    page, slide = (viz.graph(programs["gpt"], room=room) for room in ("page", "slide"))
    left_out = "without the matrices of parameters"
    assert any(left_out in text for text in texts(read(slide.svg)))
    assert not any(left_out in text for text in texts(read(page.svg)))
    blocks = re.compile("(norm|linear|softmax|residual)[₁-₉]")
    on_page, on_slide = ({t for t in texts(read(p.svg)) if blocks.fullmatch(t)} for p in (page, slide))
    assert len(on_page) == 11
    assert on_slide == on_page


@pytest.mark.parametrize("detail", ["operations", "neurons", "layers"])
def test_a_page_and_a_slide_have_the_same_numbers(detail) -> None:
    traced, _ = document_001()
    drawings = [read(viz.graph(traced.cost, detail=detail, room=room).svg) for room in ("page", "slide")]
    page, slide = ({text for text in texts(drawing) if re.search(r"\d\.\d", text)} for drawing in drawings)
    chips = {text for text in page if text.startswith("a")}  # stand for boxes of a line above
    assert page - chips == slide


def test_a_network_of_four_layers_of_five_is_in_one_piece_on_a_page() -> None:
    traced = traced_through((5, 5, 5, 5))
    picture = viz.network(traced)
    assert not any("the picture goes on" in text for text in texts(read(picture.svg)))
    assert_legible(picture)
    check_network(traced, picture.svg)


@pytest.mark.parametrize("sizes", [(2, 2, 1), (4, 8, 3), (3, 5, 4, 2), (64, 16, 10)], ids=str)
def test_pictures_of_other_networks_can_be_read_on_a_slide(sizes) -> None:
    traced = traced_through(sizes)
    for picture in (
        viz.network(traced, room="slide"),
        viz.outer_products(traced, room="slide"),
        *(viz.recursion(traced, l, room="slide") for l in range(1, traced.depth + 1)),
        viz.graph(traced.cost, room="slide"),
    ):
        assert_readable_on_a_slide(picture)
    if max(sizes) <= 10:  # else the strongest neurons are drawn
        check_network(traced, viz.network(traced, room="slide").svg)


def test_a_narrow_room_has_one_column_of_curves_and_frames_that_fit() -> None:
    model, examples = MLP(2, [2, 1], "tanh", seed=0), [[0.0, 1.0], [1.0, 0.0]]
    film = viz.TrainingFilm(model, examples[0], 0.0, epochs=range(1, 9))
    history = fit(model, examples, [0.0, 1.0], epochs=8, on_epoch=film)
    for room in ((430.0, math.inf), (450, 4000)):
        assert size_of(viz.history(history, room=room).svg)[0] < 500
        assert size_of(film.picture(room=room).svg)[0] < 500
    assert size_of(film.picture(room=(2000, 250)).svg)[0] > 1500
    assert size_of(viz.history(history, room=(2000, 400)).svg)[1] < 440


@pytest.mark.parametrize("room", [(1760, 900), (830, math.inf), (830.0, 10_000)])
def test_a_pair_of_lengths_is_a_room(room) -> None:
    traced, _ = document_001()
    across, down = size_of(viz.graph(traced.cost, detail="operations", room=room).svg)
    assert across <= room[0] * 10 / 9
    assert down <= room[1] * 10 / 9


def test_the_frames_of_a_pass_take_a_room() -> None:
    x = Value(3.0, label="x")
    pictures = viz.frames(x * x + 1.0, room="slide")
    assert len({size_of(picture.svg) for picture in pictures}) == 1
    assert_readable_on_a_slide(pictures[-1])


def drawing_functions():
    traced = traced_through((2, 2, 1))
    film = viz.TrainingFilm(traced.model, [0.5, -1.0], 1.0, epochs=[1])
    history = fit(traced.model, [[0.5, -1.0]], [1.0], epochs=1, on_epoch=film)
    return {
        "graph": lambda **choices: viz.graph(traced.cost, **choices),
        "network": lambda **choices: viz.network(traced, **choices),
        "outer_products": lambda **choices: viz.outer_products(traced, **choices),
        "recursion": lambda **choices: viz.recursion(traced, 1, **choices),
        "history": lambda **choices: viz.history(history, **choices),
        "film": film.picture,
    }


@pytest.mark.parametrize("name", ["graph", "network", "outer_products", "recursion", "history", "film"])
def test_what_is_no_room_is_refused_by_every_picture_in_the_same_words(name) -> None:
    draw = drawing_functions()[name]
    for room in (
        "poster",
        830,
        (830,),
        (0, 500),
        (-3, 500),
        (math.nan, 500),
        (math.inf, 500),
        ("a", "b"),
        None,
    ):
        with pytest.raises(
            ValueError, match=r'room must be "page", "slide", or a pair \(width, height\) of px'
        ):
            draw(room=room)
    assert draw(room="page").svg == draw().svg


def test_every_function_that_draws_has_the_same_argument() -> None:
    for function in (viz.graph, viz.network, viz.outer_products, viz.recursion, viz.history):
        room = inspect.signature(function).parameters["room"]
        assert (room.default, room.kind) == ("page", inspect.Parameter.KEYWORD_ONLY)
