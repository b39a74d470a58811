"""The command line: python -m viz.page [--layers 2 3 2 1] [--out FILE] [--serve [PORT]] writes a page."""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from nn import ACTIVATIONS, MLP, trace
from nn.delta.notation import AnyNotation
from viz.page import Page, steps

LOOPBACK = "127.0.0.1"


def main(arguments: Sequence[str] | None = None) -> Path:
    """Write a page to start from, a network with weights of a seed, print its path, and serve it if asked."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if len(options.layers) < 2:
        parser.error("--layers: give the number of inputs, and of the neurons of one layer or more")
    page = page_of(options.layers, options.activation, options.seed, options.notation)
    path = page.save(options.out)
    print(path)
    if options.serve is not None:
        serve(page, options.serve)
    return path


def page_of(
    layers: Sequence[int], activation: str = "tanh", seed: int = 0, notation: AnyNotation = "002"
) -> Page:
    """The page of a network n₀, n₁, … whose numbers come from a seed.

    >>> page_of([2, 2, 1]).title
    'Backward pass from C'
    """
    generator = random.Random(seed)
    model = MLP(layers[0], layers[1:], activation, seed=seed)
    x = [round(generator.uniform(-1.0, 1.0), 2) for _ in range(layers[0])]
    return steps(trace(model, x, [1.0] + [0.0] * (layers[-1] - 1)), notation=notation)


def server_of(page: Page, port: int) -> ThreadingHTTPServer:
    """A server of this one page on the loopback interface; port 0 takes any that is free."""
    body = page.html.encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path.partition("?")[0] == "/"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body if found else b"")

        def log_message(self, format: str, *arguments: object) -> None:
            """Says nothing: the terminal shows the address alone."""

    return ThreadingHTTPServer((LOOPBACK, port), Handler)


def serve(page: Page, port: int) -> None:
    """Serve the page on the loopback interface until Ctrl-C."""
    with server_of(page, port) as server:
        print(f"http://{LOOPBACK}:{server.server_port}/ until Ctrl-C", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m viz.page", description="A page on which a backward pass is live, to start from."
    )
    # fmt: off
    parser.add_argument("--layers", type=_size, nargs="+", default=[2, 3, 2, 1], metavar="N",
                        help="number of inputs, then of neurons in each layer (default: 2 3 2 1)")
    parser.add_argument("--activation", choices=list(ACTIVATIONS), default="tanh",
                        help="σ of the hidden layers (default: tanh)")
    parser.add_argument("--seed", type=int, default=0, help="of the numbers to start from (default: 0)")
    parser.add_argument("--notation", choices=("000", "001", "002"), default="002",
                        help="the document whose notation is used (default: 002)")
    parser.add_argument("--out", type=Path, default=Path("out/page.html"),
                        help="the file to write (default: out/page.html)")
    parser.add_argument("--serve", type=int, nargs="?", const=0, metavar="PORT",
                        help="serve the page on this machine alone, at a port that is free or this one")
    # fmt: on
    return parser


def _size(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a layer has 1 neuron or more, not {text}")
    return int(text)


if __name__ == "__main__":
    main()
