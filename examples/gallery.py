"""Draws every kind of picture, light and dark, of document 001's network and of one that reads digits.

    python examples/gallery.py [--out FOLDER] [--readme]

The pictures, and a page with all of them, index.html, are written into out/gallery or FOLDER. With --readme
only the pictures of the README are made, in examples/pictures.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from html import escape
from pathlib import Path

from delta_recursion import read_flowers

import viz
from nn import MLP, History, Trace, fit, trace

README = ("network", "recursion-1")
CAPTIONS = {  # what each picture is for, which is what is seen first in it
    "graph": "every operation, and what each sends back",
    "network": "w · δ flows back, beside w · a that flowed forward",
    "outer-products": "each cell of ∂C/∂W is its δ times its a",
    "recursion": "a column of W, times δ, added, and shrunk by σ′: equation (2)",
    "history": "whether the cost falls, and whether δ vanishes on its way back",
}
FLOWER = 33  # of the hundred: the one that the trained network gets most wrong


def document_network() -> tuple[Trace, History]:
    """Document 001's 4-2-2-1 network, trained on a hundred irises, and one flower traced through it."""
    flowers = read_flowers()
    model = MLP(4, [2, 2, 1], "sigmoid", bias=[True, True, False], seed=0, initial="uniform")
    targets = [flower.target for flower in flowers]
    history = fit(model, [flower.scores for flower in flowers], targets, learning_rate=0.5, patience=30)
    traced = trace(model, flowers[FLOWER].scores, flowers[FLOWER].target)
    traced.backward()
    return traced, history


def digits_network() -> tuple[Trace, History]:
    """A 64-16-10 network after 6 epochs with 200 handwritten digits, and one digit traced through it."""
    with (Path(__file__).parent / "data" / "digits.csv").open() as file:
        rows = [[int(number) for number in row] for row in csv.reader(file)]
    inputs = [[number / 16 for number in row[:64]] for row in rows]
    targets = [[float(row[64] == k) for k in range(10)] for row in rows]
    model = MLP(64, [16, 10], "tanh", "sigmoid", seed=1)
    history = fit(model, inputs, targets, learning_rate=0.5, batch_size=30, epochs=6, seed=1)
    traced = trace(model, inputs[0], targets[0])
    traced.backward()
    return traced, history


def pictures(traced: Trace, history: History, theme: str) -> Iterator[tuple[str, viz.Picture]]:
    """The names and the pictures of one network in one theme."""
    yield (
        "graph",
        viz.graph(traced.cost, theme=theme, detail="auto" if traced.model.sizes[0] > 9 else "operations"),
    )
    yield "graph-neurons", viz.graph(traced.cost, detail="neurons", theme=theme)
    yield "graph-layers", viz.graph(traced.cost, detail="layers", theme=theme)
    yield "graph-part", viz.graph(traced.cost, around=traced.a[1][0], depth=1, theme=theme)
    yield "network", viz.network(traced, theme=theme)
    yield "outer-products", viz.outer_products(traced, theme=theme)
    for l in range(traced.depth, 0, -1):
        yield f"recursion-{l}", viz.recursion(traced, l, theme=theme)
    yield "history", viz.history(history, theme=theme)


def explanations(traced: Trace) -> str:
    """A hidden δ and a weight's gradient, explained, for the page."""
    cost, weight = traced.cost, traced.model.layers[1].neurons[1].w[1]
    asked = (traced.z[1][0], weight) if traced.model.sizes[0] < 10 else (traced.z[2][0],)
    return "".join(viz.explain(node, cost).mathml for node in asked)


def page(sections: list[tuple[str, list[str], str]]) -> str:
    """One page with all pictures, the light ones beside the dark."""
    body = []
    for heading, names, formulas in sections:
        body.append(f"<h2>{escape(heading)}</h2>{formulas}")
        for name in names:
            body.append(f"<p>{escape(caption_of(name))}</p>")
            for theme in ("light", "dark"):
                body.append(f'<p><img src="{name}-{theme}.svg" alt="{escape(name)}, {theme}"></p>')
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>minigrad: the pictures</title>'
        "<style>body{font-family:sans-serif;margin:2em} img{max-width:100%}</style>"
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
    options = parser.parse_args(arguments)
    return readme_pictures() if options.readme else everything(options.out)


def readme_pictures() -> list[Path]:
    """The pictures that the README shows."""
    traced, history = document_network()
    folder = Path(__file__).parent / "pictures"
    return [
        picture.save(folder / f"{name}-{theme}.svg")
        for theme in ("light", "dark")
        for name, picture in pictures(traced, history, theme)
        if name in README
    ]


def everything(folder: Path) -> list[Path]:
    """Every picture of both networks, and the page."""
    written, sections = [], []
    networks = {"document-001": document_network, "digits": digits_network}
    for network, make in networks.items():
        traced, history = make()
        names = []
        for theme in ("light", "dark"):
            for name, picture in pictures(traced, history, theme):
                written.append(picture.save(folder / f"{network}-{name}-{theme}.svg"))
                names.append(f"{network}-{name}")
        sections.append((network, list(dict.fromkeys(names)), explanations(traced)))
    index = folder / "index.html"
    index.write_text(page(sections), encoding="utf-8")
    print(f"{len(written)} pictures and a page: {index}")
    return [*written, index]


if __name__ == "__main__":
    main()
