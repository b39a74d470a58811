"""Pictures for slides and pages: PDF, SVG and PNG of a size that is asked for, with or without background."""

import re
import struct
import sys
import zlib
from itertools import pairwise

import pytest
from picture_readback import read, texts

import viz
from minigrad import Value, backward_steps
from minigrad.symbols.numerals import as_number
from nn import MLP, trace


@pytest.fixture(scope="module")
def traced():
    t = trace(MLP(2, [2, 1], "sigmoid", seed=1), [0.5, -1.0], y=1.0)
    t.backward()
    return t


@pytest.fixture(scope="module")
def picture(traced):
    return viz.network(traced)


def size_of(path) -> tuple[float, float]:
    """Width and height: px of an SVG, pixels of a PNG, points of a PDF."""
    content = path.read_bytes()
    if path.suffix == ".png":
        return struct.unpack(">II", content[16:24])
    if path.suffix == ".svg":
        found = re.search(rb'<svg[^>]* width="([\d.]+)" height="([\d.]+)"', content)
        return float(found[1]), float(found[2])
    (box,) = {*re.findall(rb"/MediaBox ?\[([^\]]+)\]", uncompressed(content))}
    left, top, right, bottom = map(float, box.split())
    return right - left, bottom - top


def uncompressed(pdf: bytes) -> bytes:
    parts = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            parts.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(parts)


def corner(path) -> int:
    """How opaque the first pixel of a PNG is, 0 to 255."""
    content = path.read_bytes()
    assert content[25] == 6  # red, green, blue, alpha
    data = b"".join(re.findall(rb"IDAT(.*?)....(?=....(?:IDAT|IEND))", content, re.DOTALL))
    return zlib.decompressobj().decompress(data)[1:5][3]


@pytest.mark.parametrize(
    ("asked", "width"),
    [
        ({"width": 480}, 480.0),
        ({"width": "5in"}, 480.0),
        ({"width": "12.7cm"}, 480.0),
        ({"width": "127 mm"}, 480.0),
        ({"width": "360pt"}, 480.0),
        ({"width": "480px"}, 480.0),
        ({"width": 480, "height": 10_000}, 480.0),
    ],
)
def test_a_picture_is_as_wide_as_was_asked_and_keeps_its_proportions(picture, tmp_path, asked, width):
    pytest.importorskip("typst")
    ratio = size_of(picture.save(tmp_path / "whole.svg"))
    ratio = ratio[1] / ratio[0]
    in_units = isinstance(asked["width"], str) and not asked["width"].endswith("px")
    for suffix, unit in ((".svg", 1.0), (".pdf", 72 / 96), (".png", 300 / 96 if in_units else 1.0)):
        across, down = size_of(picture.save(tmp_path / f"p{suffix}", **asked))
        assert across == pytest.approx(width * unit, abs=1.1 if suffix == ".png" else 1e-3)
        assert down == pytest.approx(width * unit * ratio, abs=1.1 if suffix == ".png" else 1e-2)


def test_it_fits_into_a_width_and_a_height(picture, tmp_path):
    across, down = size_of(picture.save(tmp_path / "p.svg", width=400, height=20))
    assert (across < 400, down) == (True, 20.0)
    assert size_of(picture.save(tmp_path / "p.svg", height=20)) == (across, down)


def test_a_transparent_picture_lacks_its_background_and_nothing_else(picture, tmp_path):
    whole = picture.save(tmp_path / "whole.svg").read_text()
    clear = picture.save(tmp_path / "clear.svg", transparent=True).read_text()
    missing = [line for line in whole.splitlines() if line not in clear.splitlines()]
    assert len(missing) == 1
    assert re.fullmatch(r'<rect width="[\d.]+" height="[\d.]+" fill="#FFFFFF"/>', missing[0])
    assert corner(picture.save(tmp_path / "clear.png", transparent=True)) == 0
    assert corner(picture.save(tmp_path / "whole.png")) == 255


def test_a_pdf_is_one_page_with_the_text_as_text_and_the_same_bytes_each_time(picture, tmp_path):
    pytest.importorskip("typst")
    first = picture.save(tmp_path / "a.pdf").read_bytes()
    assert first.startswith(b"%PDF")
    inside = uncompressed(first)
    assert len(re.findall(rb"/Type ?/Page\b", inside)) == 1
    assert re.findall(rb"/FontName ?/\w+\+DejaVuSans", inside)  # of the package, whatever is installed
    used = {letter for text in texts(read(picture.svg)) for letter in text if letter != " "}
    named = {chr(int(code, 16)) for code in re.findall(rb"<([0-9A-F]{4})>", inside.upper())}
    assert used <= named  # every letter can be searched for and copied
    assert picture.save(tmp_path / "b.pdf").read_bytes() == first


@pytest.mark.parametrize(
    "draw",
    [
        lambda t: viz.graph(t.cost),
        lambda t: viz.recursion(t, 1),
        viz.outer_products,
        lambda t: viz.network(t, theme="dark"),
    ],
)
def test_every_picture_becomes_pdf_and_loses_its_background_when_asked(traced, tmp_path, draw):
    pytest.importorskip("typst")
    drawn = draw(traced)
    assert drawn.save(tmp_path / "p.pdf", width="8cm", transparent=True).stat().st_size > 5_000
    clear = drawn.save(tmp_path / "p.svg", transparent=True).read_text()
    assert clear.count("<rect") == drawn.svg.count("<rect") - 1


def test_hatches_and_ids_survive(tmp_path):
    pytest.importorskip("typst")
    x = Value(2.0, label="x")
    y = x * float("nan")
    y.backward()
    picture = viz.graph(y)
    (name,) = set(re.findall(r'id="([^"]+)"', picture.svg))
    saved = picture.save(tmp_path / "p.svg", transparent=True, width=300).read_text()
    assert re.findall(r'id="([^"]+)"', saved) == [name]
    assert f"url(#{name})" in saved
    assert b"/PatternType" in uncompressed(picture.save(tmp_path / "p.pdf").read_bytes())


@pytest.mark.parametrize("length", ["wide", "12 furlongs", "", 0, -3, float("nan"), "0cm", [3]])
def test_what_is_no_length_is_refused_and_the_old_file_stays(picture, tmp_path, length):
    path = tmp_path / "p.svg"
    path.write_text("what was there")
    with pytest.raises(ValueError, match="a picture's height is a number of px, or a length such as '12cm'"):
        picture.save(path, height=length)
    assert path.read_text() == "what was there"
    assert [each.name for each in tmp_path.iterdir()] == ["p.svg"]


def test_without_typst_the_error_says_what_to_install(picture, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(ImportError, match="a PDF needs typst: `pip install typst`"):
        picture.save(tmp_path / "p.pdf")
    assert not list(tmp_path.iterdir())


def test_frames_shows_the_gradients_of_the_nodes_that_have_passed_theirs_on():
    model = MLP(2, [2, 2], "sigmoid", output_activation="tanh", seed=2)
    t = trace(model, [0.5, -1.0], y=[1.0, 0.3])
    t.backward()
    nodes = [t.cost, *t.z[1], *t.z[2], *t.a[1], *t.model.parameters()]
    before = [(node.grad, node.has_gradient) for node in nodes]
    journal = backward_steps(t.cost)
    journal.restore()
    order = journal.nodes
    frames = viz.frames(t, steps=range(len(order) + 1))
    assert [(node.grad, node.has_gradient) for node in nodes] == before
    assert len({re.search(r'width="[^"]*" height="[^"]*" viewBox="[^"]*"', f.svg)[0] for f in frames}) == 1
    z = [node for layer in t.z for node in layer]
    for step, frame in enumerate(frames):
        said = dict(reversed([*pairwise(texts(read(frame.svg)))]))
        for node in z:
            delta = said[node.label.drawn(kind="delta")]
            if order.index(node) < step:
                assert as_number(delta) == pytest.approx(node.grad, abs=5e-5)
            else:
                assert delta == "?"
        if step:
            assert frame.title.startswith(f"Step {step} of {len(order)}: {order[step - 1].label}")
    assert texts(read(frames[-1].svg)) == texts(read(viz.graph(t.cost).svg))
    assert not [text for text in texts(read(frames[0].svg)) if text.startswith("= ")]  # no product is known


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ([12], "the pass has steps 0 … 2, there is no step 12"),
        ([-1], "there is no step -1"),
        ([0] * 401, "401 pictures are more than 400"),
    ],
)
def test_frames_of_steps_that_are_not_there_is_refused(steps, says):
    x = Value(3.0)
    with pytest.raises(ValueError, match=says):
        viz.frames(x * x + 1.0, steps=steps)
    with pytest.raises(TypeError, match="frames: give a Value or a trace, not int"):
        viz.frames(3)  # type: ignore[arg-type]
