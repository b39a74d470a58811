"""The command line: python -m viz.worksheet --seed 7 --layers 2 2 1 [--out FOLDER] [--notation 001|002]."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from viz.worksheet import write_sheets


def main(arguments: Sequence[str] | None = None) -> list[Path]:
    """Write a sheet and its solution, and print their paths."""
    parser = argparse.ArgumentParser(
        prog="python -m viz.worksheet", description="Backpropagation by hand: an exercise and its solution."
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="each seed gives a different exercise (default: 0)"
    )
    parser.add_argument(
        "--layers",
        type=int,
        nargs="+",
        default=[2, 2, 1],
        metavar="N",
        help="number of inputs, then of neurons in each layer (default: 2 2 1)",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("out"), help="the folder to write into (default: out)"
    )
    parser.add_argument(
        "--notation",
        choices=("001", "002"),
        default="002",
        help="the document whose notation is used (default: 002)",
    )
    options = parser.parse_args(arguments)
    try:
        paths = write_sheets(options.seed, options.layers, options.out, options.notation)
    except ValueError as error:
        parser.error(str(error))
    print(*paths, sep="\n")
    return paths


if __name__ == "__main__":
    main()
