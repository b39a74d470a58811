"""The film strip of a training run: each frame is the network of its epoch; training goes on as without."""

import re
import sys

import pytest
from picture_checks import cut, overlapping
from picture_readback import (
    AREA,
    CELL,
    has_colour,
    having,
    largest,
    number,
    place,
    read,
    sign_colour,
    texts,
    tinted,
)

import viz
from nn import MLP, cross_entropy, fit, trace

INPUTS, TARGETS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]


def run(epochs, sizes=(3, 1), total=9, film=True, **settings):
    model = MLP(2, list(sizes), "tanh", seed=4)
    kept = viz.TrainingFilm(model, [1.0, 0.0], 1.0, epochs=epochs)
    seen = []

    def watch(epoch, cost):
        weights = [
            [neuron.w[k].data for neuron in layer.neurons for k in range(len(neuron.w))]
            for layer in model.layers
        ]
        seen.append((epoch, cost, weights, trace_of(model)))
        return kept(epoch, cost) if film else None

    history = fit(model, INPUTS, TARGETS, learning_rate=0.3, epochs=total, on_epoch=watch, **settings)
    return kept, seen, history, model


def trace_of(model):
    """δ and ∂C/∂w of the film's example, from a network of the same numbers."""
    twin = MLP(2, list(model.sizes[1:]), "tanh", seed=4)
    for own, other in zip(twin.parameters(), model.parameters(), strict=True):
        own.data = other.data
    traced = trace(twin, [1.0, 0.0], 1.0)
    traced.backward()
    layers = range(1, traced.depth + 1)
    return {l: traced.delta(l) for l in layers}, {l: traced.weight_gradients(l) for l in layers}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("epochs", [[1], [2, 5, 9], [1, 2, 3, 4, 5, 6, 7]])
def test_every_frame_has_the_numbers_of_its_epoch_on_scales_of_all_frames(epochs, theme):
    film, seen, _, _ = run(epochs)
    root = read(film.picture(theme=theme).svg)
    frames = having(root, "frame")
    kept = [entry for entry in seen if entry[0] in epochs]
    deltas = {l: largest(d for *_, (found, _) in kept for d in found[l]) for l in (1, 2)}
    slopes = {l: largest(g for *_, (_, found) in kept for g in found[l].ravel()) for l in (1, 2)}
    heaviest = largest(w for _, _, weights, _ in kept for row in weights for w in row)
    assert len(frames) == len(kept)
    for frame, (epoch, cost, weights, (delta, gradient)) in zip(frames, kept, strict=True):
        assert texts(frame)[0] == f"epoch {epoch}"
        assert abs(float(texts(frame)[1].removeprefix("C ")) - cost) < 1e-3
        for circle in having(frame, "delta"):
            name, true = circle.find("title").text.split(" = ")
            _, l, j = place(name)
            assert float(true) == delta[l][j - 1]
            assert has_colour(circle.get("fill"), float(true), deltas[l], AREA[theme])
        for line in having(frame, "weight"):
            name, true = line.find("title").text.split(" = ")
            _, l, j, k = place(name)
            assert float(true) == weights[l - 1][(j - 1) * (2 if l == 1 else 3) + k - 1]
            assert (line.get("stroke-dasharray") is not None) == (float(true) < 0)
            assert line.get("stroke") == sign_colour(0.0, theme)  # data is grey, and gradients have colour
            assert abs(number(line, "stroke-width") - max(3.0 * abs(float(true)) / heaviest, 0.5)) < 0.011
        for band in having(frame, "gradient"):
            name, true = band.find("title").text.removeprefix("∂C/∂").split(" = ")
            _, l, j, k = place(name)
            assert float(true) == gradient[l][j - 1, k - 1]
            assert abs(number(band, "stroke-width") - 11.0 * abs(float(true)) / slopes[l]) < 0.011
            assert tinted(band.get("stroke"), float(true), abs(float(true)), CELL[theme], theme)
        assert len(having(frame, "weight")) == len(having(frame, "gradient")) == 9


@pytest.mark.parametrize("settings", [{}, {"batch_size": 2, "seed": 1}, {"engine": "scalar"}])
def test_training_is_the_same_with_a_film_and_without(settings):
    *_, first, model = run([1, 3], **settings)
    *_, second, other = run([1, 3], film=False, **settings)
    assert (first.cost, first.delta, first.gradient) == (second.cost, second.delta, second.gradient)
    for one, two in zip(model.parameters(), other.parameters(), strict=True):
        assert (one.data, one.grad) == (two.data, two.grad)


def test_without_epochs_it_keeps_1_2_5_10_and_so_on():
    film, *_ = run(None, total=23)
    assert [frame.epoch for frame in film.frames] == [1, 2, 5, 10, 20]


def test_a_film_of_a_large_network_says_what_it_leaves_out_and_can_be_read():
    film, *_ = run([1, 4], sizes=(20, 9, 1), total=4)
    for picture in (film.picture(), *film.pictures()):
        told = "drawn of each layer, the strongest: 2 of 2, 6 of 20, 6 of 9, 1 of 1"
        assert told in texts(read(picture.svg))
        assert (cut(picture.svg), overlapping(picture.svg)) == ([], [])
        for class_, widest in (("weight", 3.0), ("gradient", 11.0)):  # where 36 lines cross, as wide as 16
            drawn = max(number(line, "stroke-width") for line in having(read(film.picture().svg), class_))
            assert abs(drawn - widest * 16 / 36) < 0.011


def test_saved_as_gif_one_epoch_follows_another_in_the_colours_of_its_deltas(tmp_path):
    image = pytest.importorskip("PIL.Image")
    film, *_ = run([1, 4, 9])
    pictures = film.pictures()
    assert len({re.search(r'viewBox="[^"]*"', picture.svg)[0] for picture in pictures}) == 1
    strip = having(read(film.picture().svg), "frame")
    with image.open(film.save(tmp_path / "film.gif", seconds=0.5)) as saved:
        assert (saved.n_frames, saved.info["loop"]) == (3, 0)
        for index, (picture, alone) in enumerate(zip(pictures, strip, strict=True)):
            saved.seek(index)
            assert saved.info["duration"] == 500
            (frame,) = having(read(picture.svg), "frame")
            assert texts(frame) == texts(alone)
            (left, scale), across = moved(picture.svg), number(read(picture.svg), "width")
            for circle, same in zip(having(frame, "delta"), having(alone, "delta"), strict=True):
                assert circle.get("fill") == same.get("fill")
                places = (left + scale * number(circle, side) for side in ("cx", "cy"))
                at = tuple(int(place * saved.width / across) for place in places)
                found, told = saved.convert("RGB").getpixel(at), circle.get("fill")
                wanted = [int(told[start : start + 2], 16) for start in (1, 3, 5)]
                assert max(abs(a - b) for a, b in zip(found, wanted, strict=True)) <= 12  # of 256 colours


def moved(svg):
    """By how many px a frame is moved, to the right and down, and by what it has grown."""
    return map(float, re.search(r'"translate\(([\d.]+),\1\) scale\(([\d.]+)\)"', svg).groups())


def test_a_film_is_saved_as_a_strip_unless_as_gif_and_what_is_missing_is_told(tmp_path, monkeypatch):
    film, *_ = run([1, 4])
    assert film.save(tmp_path / "film.svg").read_text() == film.picture().svg
    with pytest.raises(ValueError, match=r"one of \.svg, \.pdf, \.png, not '\.mp4'"):
        film.save(tmp_path / "film.mp4")
    with pytest.raises(ValueError, match="a frame is shown for more than 0 seconds, not -1"):
        film.save(tmp_path / "film.gif", seconds=-1)
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match="a GIF needs Pillow: `pip install pillow`"):
        film.save(tmp_path / "film.gif")
    assert [path.name for path in tmp_path.iterdir()] == ["film.svg"]


def test_what_no_film_can_be_made_of_is_told():
    model = MLP(2, [2, 2], output_activation="softmax", seed=0)
    with pytest.raises(TypeError, match="takes an nn"):
        viz.TrainingFilm([1.0], [1.0, 0.0], 1.0)
    with pytest.raises(ValueError, match="1 to 12 epochs, not 0"):
        viz.TrainingFilm(model, [1.0, 0.0], 1, cross_entropy, epochs=[])
    with pytest.raises(ValueError, match="no epoch was kept"):
        viz.TrainingFilm(model, [1.0, 0.0], 1, cross_entropy).picture()
    with pytest.raises(ValueError, match="input"):
        viz.TrainingFilm(model, [1.0], 1, cross_entropy)
