"""Answers without a notebook: a form to fill in with an editor, the prompt, and data for pages.

A form has a line for each number, such as `z1_1 = 0.3775`; what follows # is a remark.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nn.delta.notation import AnyNotation, as_notation, written
from viz.worksheet.answers import PARTS, RIGHT, Marks, grade, names
from viz.worksheet.exercise import Exercise


def form_of(exercise: Exercise, notation: AnyNotation = "002") -> str:
    """A form with a blank line for each number that is asked for.

    >>> from viz.worksheet.exercise import mazur
    >>> form_of(mazur()).splitlines()[2:4]
    ['z1_1 =             # z¹₁', 'z1_2 =             # z¹₂']
    """
    head = f"# Worksheet {exercise.name}. Write each number behind its = sign, such as 0.3775, −2 or 1/2.\n\n"
    lines = [f"{name + ' =':<18} # {asked}" for name, asked in asked_of(exercise, notation)]
    return head + "\n".join(lines) + "\n"


def answers_in(text: str) -> dict[str, str]:
    """The answers of a form that was filled in.

    >>> answers_in("z1_1 = 0.3775   # z¹₁\\nz1_2 =")
    {'z1_1': '0.3775', 'z1_2': ''}

    Raises ValueError for a line that is none of a form.
    """
    answers = {}
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.partition("#")[0].strip()
        name, equals, answer = line.partition("=")
        if line and not equals:
            raise ValueError(f"worksheet: line {number} is no answer such as 'z1_1 = 0.3775': {line!r}")
        if line:
            answers[name.strip()] = answer.strip()
    return answers


def asked_of(exercise: Exercise, notation: AnyNotation = "002") -> list[tuple[str, str]]:
    """The name of each entry to type, and as it is written in the notation.

    >>> from viz.worksheet.exercise import mazur
    >>> asked_of(mazur())[-1]
    ('db2_2', '∂C/∂b²₂')
    """
    c = as_notation(notation).cost
    asked = []
    for kind, l in exercise.places():
        for name in names(exercise, kind, l):
            neuron, source = (int(index) for index in f"{name.partition('_')[2]}00"[:2])
            letter = {"da": "a", "dW": "w", "db": "b"}.get(kind, kind)
            text = c if kind == "C" else written(letter, l, neuron, source, notation)
            asked.append((name, f"∂{c}/∂{text}" if kind.startswith("d") and kind != "delta" else text))
    return asked


def ask(
    exercise: Exercise,
    notation: AnyNotation = "002",
    read: Callable[[str], str] = input,
    write: Callable[[str], None] = print,
) -> Marks:
    """Ask for every number at a prompt, and say at once whether it is right; an empty line leaves it out.

    A wrong number may be tried once more. The end of the input ends it. Gives the marks of the last tries.

    >>> from viz.worksheet.draws import make_exercise
    >>> told = []
    >>> ask(make_exercise(7, (2, 1)), read=lambda prompt: "4", write=told.append).points > 0
    True
    """
    answers: dict[str, str] = {}
    try:
        for name, asked in asked_of(exercise, notation):
            for last_try in (False, True):
                answers[name] = read(f"{asked} = ").strip()
                (mark,) = [mark for mark in grade(exercise, answers).marks if mark.name == name]
                if mark.point or not answers[name]:
                    write(mark.verdict if mark.verdict == RIGHT else str(mark).partition(": ")[2])
                    break
                write(str(mark).partition(": ")[2] if last_try else "not yet; once more")
    except EOFError:
        write("")
    marks = grade(exercise, answers)
    write(str(marks))
    return marks


def as_data(exercise: Exercise, notation: AnyNotation = "002") -> dict[str, Any]:
    """The exercise, its names and its answers as numbers, lists and text, for JSON: for a page that asks.

    >>> from viz.worksheet.exercise import mazur
    >>> mazur_data = as_data(mazur())
    >>> mazur_data["sizes"], round(mazur_data["answers"]["delta2_1"], 4)
    ([2, 2, 2], 0.1385)
    """
    return {
        "name": exercise.name,
        "sizes": list(exercise.sizes),
        "activations": list(exercise.activations),
        "loss": exercise.loss,
        "x": list(exercise.x),
        "y": list(exercise.y),
        "W": [[list(row) for row in rows] for rows in exercise.weights],
        "b": [None if bs is None else list(bs) for bs in exercise.biases],
        "rate": exercise.rate,
        "decimals": exercise.decimals,
        "parts": {part: list(kinds) for part, kinds in PARTS.items()},
        "asked": dict(asked_of(exercise, notation)),
        "answers": {
            name: float(number)
            for kind, l in exercise.places()
            for name, number in zip(names(exercise, kind, l), exercise.results(kind, l).flat)
        },
    }
