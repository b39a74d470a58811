"""The command line: python -m viz.worksheet [--seed N] [--student NAME] [--ask | --grade FORM] …"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nn.delta.notation import AnyNotation, Notation
from viz.worksheet import (
    Exercise,
    Marks,
    answers_in,
    ask,
    document_001,
    exercise_in,
    grade,
    make_exercise,
    mazur,
    of_student,
    write_class,
    write_sheets,
)  # fmt: skip
from viz.worksheet.exercise import ACTIVATIONS

_NOTATIONS: dict[str, AnyNotation] = {
    "000": "000", "001": "001", "002": "002", "rows": Notation(vectors="rows"),
}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> list[Path] | Marks | list[Marks]:
    """Write a sheet, or those of a class, and print their paths, or mark the answers to them."""
    parser = argparse.ArgumentParser(
        prog="python -m viz.worksheet",
        description="Backpropagation by hand: an exercise, its solution, and marks.",
    )
    add = parser.add_argument
    add("--seed", type=int, help="each seed gives a different exercise (default: 0)")
    add("--student", metavar="NAME", help="numbers of their own, of the name and --exercise")
    add("--class", type=Path, dest="names", metavar="FILE", help="a sheet for each line of a file")
    add("--exercise", metavar="NAME", help="the name of the exercise, for --student and --class")
    add("--example", choices=("mazur", "001"), help="Mazur's 2-2-2, or the 4-2-2-1 of document 001")
    add("--layers", type=int, nargs="+", metavar="N", help="inputs, then neurons (default: 2 2 2)")
    add("--activation", choices=tuple(ACTIVATIONS), help="σ of hidden layers (default: half)")
    add("--softmax", action="store_true", help="the output is a softmax, and the cost its cross-entropy")
    add("--only", nargs="+", default=(), metavar="WHAT", help="ask for less: forward, backward, delta, dW, …")
    add("--notation", choices=tuple(_NOTATIONS), help="a document's, or rows: z = a W + b (default: 002)")
    add("--out", type=Path, default=Path("out"), help="the folder to write into (default: out)")
    add("--solutions", action="store_true", help="write the solutions, too; in marks, show the right numbers")
    add("--ask", action="store_true", help="ask for the answers here, and say what is right")
    add("--grade", type=Path, nargs="+", metavar="FORM", help="mark forms (.txt) that were filled in")
    options = parser.parse_args(arguments)
    try:
        if options.grade:
            return _graded(options)
        notation = _NOTATIONS[options.notation or "002"]
        if options.names:
            return _printed(_class(options, notation))
        exercise = _exercise(options)
        if options.ask:
            return ask(exercise, notation)
        return _printed(write_sheets(exercise, (), options.out, notation, options.solutions))
    except (ValueError, OSError) as error:
        parser.error(str(error))


def _printed(paths: list[Path]) -> list[Path]:
    print(*paths, sep="\n")
    return paths


def _exercise(options: argparse.Namespace) -> Exercise:
    """The exercise that the options name. Raises ValueError for those that contradict each other."""
    sizes, activation = options.layers or (2, 2, 2), options.activation or "half"
    if options.student is not None and (options.seed is not None or options.example):
        raise ValueError("worksheet: --student gives the numbers; leave out --seed and --example")
    if (options.example and options.layers) or (
        options.example == "mazur" and (options.activation or options.seed)
    ):
        raise ValueError(f"worksheet: --example {options.example} has its own network; leave out the rest")
    if options.softmax and options.example:
        raise ValueError("worksheet: --softmax goes with a network of your own; leave out --example")
    if options.student is not None:
        return of_student(
            options.student, options.exercise or "", sizes, activation, options.only, options.softmax
        )
    if options.example == "mazur":
        exercise = mazur()
    elif options.example:
        exercise = document_001(options.seed or 0, activation)
    else:
        exercise = make_exercise(options.seed or 0, sizes, activation, is_softmax=options.softmax)
    return replace(exercise, only=tuple(options.only))


def _class(options: argparse.Namespace, notation: AnyNotation) -> list[Path]:
    if options.student is not None or options.seed is not None or options.example:
        raise ValueError("worksheet: --class gives the numbers; leave out --student, --seed and --example")
    students = [line.strip() for line in options.names.read_text(encoding="utf-8-sig").splitlines()]
    return write_class(
        [student for student in students if student], options.exercise or "1", options.layers or (2, 2, 2),
        options.activation or "half", options.out, notation, options.only, options.solutions, options.softmax,
    )  # fmt: skip


def _graded(options: argparse.Namespace) -> Marks | list[Marks]:
    """The marks of forms, each of the exercise that it has in it; options may only agree with that."""
    given = ("seed", "student", "exercise", "example", "layers", "activation")
    every = []
    for path in options.grade:
        text = path.read_text(encoding="utf-8")
        exercise, notation = exercise_in(text)
        if any(getattr(options, name) is not None for name in given):
            named = _exercise(options)
            if (named.x, named.y, named.weights, named.biases) != (
                exercise.x, exercise.y, exercise.weights, exercise.biases
            ):  # fmt: skip
                raise ValueError(
                    f"worksheet: {path} is the form of sheet {exercise.title}, not of these options"
                )
        if options.notation and _NOTATIONS[options.notation] != notation:
            raise ValueError(f"worksheet: {path} has another notation than {options.notation}")
        every.append(grade(exercise, answers_in(text), notation=notation, show=options.solutions))
        print(*([f"{path}"] if len(options.grade) > 1 else []), every[-1], sep="\n")
    return every if len(every) > 1 else every[0]


if __name__ == "__main__":
    main()
