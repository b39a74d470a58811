"""The command line: python -m viz.worksheet [--seed N] [--student NAME] [--ask | --grade FILE] …"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from viz.worksheet import (
    Exercise,
    Marks,
    answers_in,
    ask,
    document_001,
    grade,
    make_exercise,
    mazur,
    seed_of,
    write_sheets,
)  # fmt: skip
from viz.worksheet.exercise import ACTIVATIONS

_EXAMPLES: dict[str, Callable[[int, str], Exercise]] = {
    "mazur": lambda seed, activation: mazur(),
    "001": document_001,
}


def main(arguments: Sequence[str] | None = None) -> list[Path] | Marks:
    """Write a sheet and its solution and print their paths, or mark the answers to it."""
    parser = argparse.ArgumentParser(
        prog="python -m viz.worksheet",
        description="Backpropagation by hand: an exercise, its solution, and marks.",
    )
    add = parser.add_argument
    add("--seed", type=int, help="each seed gives a different exercise (default: 0)")
    add("--student", metavar="NAME", help="a seed of their own, of the name and --exercise")
    add("--exercise", default="", metavar="NAME", help="the name of the exercise, for --student")
    add("--example", choices=tuple(_EXAMPLES), help="Mazur's 2-2-2, or the 4-2-2-1 of document 001")
    add(
        "--layers",
        type=int,
        nargs="+",
        default=[2, 2, 2],
        metavar="N",
        help="inputs, then neurons of each layer",
    )
    add("--activation", choices=tuple(ACTIVATIONS), default="half", help="σ of hidden layers (default: half)")
    add("--notation", choices=("000", "001", "002"), default="002", help="whose notation (default: 002)")
    add("--out", type=Path, default=Path("out"), help="the folder to write into (default: out)")
    add("--ask", action="store_true", help="ask for the answers here, and say what is right")
    add("--grade", type=Path, metavar="FILE", help="mark a form (.txt) that was filled in")
    options = parser.parse_args(arguments)
    try:
        seed = seed_of(options.student, options.exercise) if options.student else options.seed or 0
        if options.example:
            exercise = _EXAMPLES[options.example](seed, options.activation)
        else:
            exercise = make_exercise(seed, options.layers, options.activation)
        if options.ask:
            return ask(exercise, options.notation)
        if options.grade:
            marks = grade(exercise, answers_in(options.grade.read_text(encoding="utf-8")))
            print(marks)
            return marks
        paths = write_sheets(exercise, folder=options.out, notation=options.notation)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    print(*paths, sep="\n")
    return paths


if __name__ == "__main__":
    main()
