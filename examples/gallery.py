"""Draws every kind of picture, light and dark: of document 001's network, one that reads digits, programs.

    python examples/gallery.py [--out FOLDER] [--room slide] [--readme]

The pictures, and a page with all of them, index.html, are written into out/gallery or FOLDER; with --room
slide they are laid out for slides. With --readme only the pictures of the README are made, in
examples/pictures.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from delta_recursion import read_flowers
from scalar_gpt import cost, linear, parameters, softmax, tokens_of

import viz
from minigrad import Value
from nn import MLP, History, Trace, fit, mean, squared_error, trace

PROGRAMS = ("batch", "recurrence", "attention", "gpt")
README = ("network", "recursion-1")
CAPTIONS = {  # what each picture is for, which is what is seen first in it
    "graph-operations": "every operation, and what each sends back, merging into δ",
    "graph-neurons": "a box a neuron: the ribbons that merge into each δ",
    "graph-layers": "a box a layer: δ as a strip of cells, over Wᵀ and ∂C/∂W",
    "graph-part": "one node and its neighbours: which contributions make its gradient",
    "digits-network": "∂C/∂a and δ of the strongest neurons, a row each, beside the cells of w over ∂C/∂w",
    "network": "w · δ flows back, beside w · a that flowed forward",
    "outer-products": "each cell of ∂C/∂W is its δ times its a",
    "recursion-last": "∂C/∂a, times σ′, is δ: equation (1)",
    "recursion": "δ comes along a row of W, a column adds up, and σ′ shrinks the sum to δ: equation (2)",
    "history": "whether the cost falls, and whether δ vanishes on its way back",
    "film": "how δ of one example, and ∂C/∂w, change from epoch to epoch",
    "batch": "δ of all examples: a row a neuron, a column an example",
    "recurrence": "a column a step; below, what each step adds to the shared parameters",
    "attention": "a head as five blocks, each with its gradient: query, key, value, softmax, cost",
    "gpt": "60,000 nodes as twelve blocks, named after what computes them",
}
FLOWER = 33  # of the hundred: the one that the trained network gets most wrong
FILMED = (1, 20, 40, 60, 80, 100, 150, 200)  # epochs


def document_network() -> tuple[Trace, History, viz.TrainingFilm]:
    """Document 001's 4-2-2-1 network, trained on a hundred irises, and one flower traced through it."""
    flowers = read_flowers()
    model = MLP(4, [2, 2, 1], "sigmoid", bias=[True, True, False], seed=0, initial="uniform")
    targets = [flower.target for flower in flowers]
    film = viz.TrainingFilm(model, flowers[FLOWER].scores, flowers[FLOWER].target, epochs=FILMED)
    inputs = [flower.scores for flower in flowers]
    history = fit(model, inputs, targets, learning_rate=0.5, patience=30, on_epoch=film)
    traced = trace(model, flowers[FLOWER].scores, flowers[FLOWER].target)
    traced.backward()
    return traced, history, film


def digits_network() -> tuple[Trace, History, viz.TrainingFilm]:
    """A 64-16-10 network after 6 epochs with 200 handwritten digits, and one digit traced through it."""
    with (Path(__file__).parent / "data" / "digits.csv").open() as file:
        rows = [[int(number) for number in row] for row in csv.reader(file)]
    inputs = [[number / 16 for number in row[:64]] for row in rows]
    targets = [[float(row[64] == k) for k in range(10)] for row in rows]
    model = MLP(64, [16, 10], "tanh", "sigmoid", seed=1)
    film = viz.TrainingFilm(model, inputs[0], targets[0], epochs=range(1, 7))
    history = fit(model, inputs, targets, learning_rate=0.5, batch_size=30, epochs=6, seed=1, on_epoch=film)
    traced = trace(model, inputs[0], targets[0])
    traced.backward()
    return traced, history, film


def programs() -> dict[str, Value]:
    """What is no network of layers, after a backward pass: a batch, a recurrence, a head, a GPT."""
    w, u, b, h = Value(0.7, "w"), Value(-0.4, "u"), Value(0.1, "b"), Value(0.0, "h0")
    for step, number in enumerate((-0.8, 0.5, 0.2, 1.1), start=1):
        h = (w * h + u * Value(number, f"x{step}") + b).tanh()
        h.label = f"h{step}"
    draw = random.Random(0)

    def matrix(name: str, rows: int) -> list[list[Value]]:
        return [[Value(draw.gauss(0, 1), f"{name}{i}{j}") for j in range(3)] for i in range(rows)]

    x = matrix("x", 4)
    query, key, value = ([linear(row, w) for row in x] for w in (matrix(name, 3) for name in ("q", "k", "v")))
    weights = [softmax([sum(a * b for a, b in zip(q, k)) for k in key]) for q in query]
    mixed = [sum(a * v[j] for a, v in zip(row, value)) for row in weights for j in range(3)]
    model = MLP(4, [5, 3], "tanh", seed=0)
    errors = [
        squared_error(model([draw.uniform(-1, 1) for _ in range(4)]), [0.1, 0.2, 0.3]) for _ in range(8)
    ]
    roots = {
        "batch": mean(errors),
        "recurrence": (h - 1.0) ** 2,
        "attention": sum((number - 0.5) ** 2 for number in mixed),
        "gpt": cost(tokens_of("amelie"), parameters(Value)),
    }
    for root in roots.values():
        root.label = "C"
        root.backward()
    return roots


def pictures(
    traced: Trace, history: History, film: viz.TrainingFilm, theme: str, room: str = "page"
) -> Iterator[tuple[str, viz.Picture]]:
    """The names and the pictures of one network in one theme."""
    look: dict[str, Any] = {"theme": theme, "room": room}
    for detail in ("operations", "neurons", "layers") if traced.model.sizes[0] < 10 else ("layers",):
        yield f"graph-{detail}", viz.graph(traced.cost, detail=detail, **look)
    yield "graph-part", viz.graph(traced.cost, around=traced.a[1][0], depth=1, **look)
    yield "network", viz.network(traced, **look)
    yield "outer-products", viz.outer_products(traced, **look)
    for l in range(traced.depth, 0, -1):
        yield f"recursion-{'last' if l == traced.depth else l}", viz.recursion(traced, l, **look)
    yield "history", viz.history(history, **look)
    yield "film", film.picture(**look)


def explanations(traced: Trace) -> str:
    """A hidden δ and a weight's gradient, explained, for the page."""
    cost, weight = traced.cost, traced.model.layers[1].neurons[1].w[1]
    asked = (traced.z[1][0], weight) if traced.model.sizes[0] < 10 else (traced.z[2][0],)
    return "".join(viz.explain(node, cost).mathml for node in asked)


def page(sections: list[tuple[str, list[str], str]]) -> str:
    """One page with all pictures, light and dark, and under both what they are for."""
    body = []
    for heading, names, formulas in sections:
        body.append(f"<h2>{escape(heading)}</h2>{formulas}")
        for name in names:
            images = "".join(
                f'<img src="{name}-{theme}.svg" alt="{escape(name)}, {theme}">' for theme in ("light", "dark")
            )
            caption = f"<figcaption>{escape(caption_of(name))}</figcaption>"
            body.append(f"<figure>{images}{caption}</figure>")
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>minigrad: the pictures</title>'
        "<style>body{font-family:sans-serif;margin:2em;max-width:830px} figure{margin:2em 0}"
        "img{display:block;max-width:100%;margin-bottom:.5em}</style>"
        f"<h1>The pictures</h1>{''.join(body)}</html>\n"
    )


def caption_of(name: str) -> str:
    """The caption of a picture, by the name of its file."""
    return next(words for kind, words in CAPTIONS.items() if kind in name)


def main(arguments: list[str] | None = None) -> list[Path]:
    """Write the pictures, and return their paths."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out") / "gallery", help="the folder to write into")
    parser.add_argument(
        "--readme", action="store_true", help="make only those of the README, in examples/pictures"
    )
    parser.add_argument(
        "--room", choices=("page", "slide"), default="page", help="what they are laid out for"
    )
    options = parser.parse_args(arguments)
    return readme_pictures() if options.readme else everything(options.out, options.room)


def readme_pictures() -> list[Path]:
    """The pictures that the README shows."""
    made = document_network()
    folder = Path(__file__).parent / "pictures"
    return [
        picture.save(folder / f"{name}-{theme}.svg")
        for theme in ("light", "dark")
        for name, picture in pictures(*made, theme)
        if name in README
    ]


def everything(folder: Path, room: str = "page") -> list[Path]:
    """Every picture of both networks and of the programs, and the page."""
    written, sections = [], []
    networks = {"document-001": document_network, "digits": digits_network}
    for network, make in networks.items():
        made = make()
        names = []
        for theme in ("light", "dark"):
            for name, picture in pictures(*made, theme, room):
                written.append(picture.save(folder / f"{network}-{name}-{theme}.svg"))
                names.append(f"{network}-{name}")
        sections.append((network, list(dict.fromkeys(names)), explanations(made[0])))
    for name, root in programs().items():
        for theme in ("light", "dark"):
            written.append(
                viz.graph(root, theme=theme, room=room).save(folder / f"program-{name}-{theme}.svg")
            )
    sections.append(("programs", [f"program-{name}" for name in PROGRAMS], ""))
    index = folder / "index.html"
    index.write_text(page(sections), encoding="utf-8")
    print(f"{len(written)} pictures and a page: {index}")
    return [*written, index]


if __name__ == "__main__":
    main()
