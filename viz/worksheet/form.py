"""Answers without a notebook: a form to fill in with an editor, and the prompt.

A form has a line for each number, such as `z1_1 = 0.3775`; what follows # is a remark.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from nn.delta.comparison.naming import entry_name
from nn.delta.notation import AnyNotation, Notation, as_notation
from viz.worksheet.answers import RIGHT, UNREADABLE, Marks, grade
from viz.worksheet.exercise import Exercise
from viz.worksheet.keys import names

_GIVEN = "# exercise:"


def form_of(exercise: Exercise, notation: AnyNotation = "002") -> str:
    """A form with a blank line for each number that is asked for, and the exercise itself in its third line.

    >>> from viz.worksheet.exercise import mazur
    >>> form_of(mazur()).splitlines()[4:6]
    ['z1_1 =             # z¹₁', 'z1_2 =             # z¹₂']
    """
    digits = f" Give {exercise.decimals} decimals." if exercise.decimals else ""
    facts = asdict(exercise) | {"notation": notation if isinstance(notation, str) else asdict(notation)}
    head = [
        f"# Worksheet {exercise.title}. Write each number behind its =, such as 0.3775, −2 or 1/2.{digits}",
        "# The next line has the exercise, for the marks; leave it as it is.",
        f"{_GIVEN} {json.dumps(facts, ensure_ascii=False)}",
        "",
    ]
    lines = [f"{name + ' =':<18} # {asked}" for name, asked in asked_of(exercise, notation)]
    return "\n".join([*head, *lines]) + "\n"


def exercise_in(text: str) -> tuple[Exercise, AnyNotation]:
    """The exercise of a form, and its notation. Raises ValueError for a form that does not have them.

    >>> from viz.worksheet.exercise import mazur
    >>> exercise_in(form_of(mazur(), "001")) == (mazur(), "001")
    True
    """
    for line in text.splitlines():
        if line.startswith(_GIVEN):
            try:
                facts = json.loads(line.removeprefix(_GIVEN))
                notation = facts.pop("notation")
                facts = {name: _tuples(fact) for name, fact in facts.items()}
                return Exercise(**facts), notation if isinstance(notation, str) else Notation(**notation)
            except (ValueError, TypeError, AttributeError, KeyError) as error:
                raise ValueError(f"worksheet: the line '{_GIVEN} …' is damaged: {error}") from None
    raise ValueError(f"worksheet: the form has lost its line '{_GIVEN} …', which says of what it is")


def _tuples(fact: Any) -> Any:
    return tuple(map(_tuples, fact)) if isinstance(fact, list) else fact


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
    asked = []
    for kind, l in exercise.places():
        shape = exercise.results(kind, l).shape
        before = f"∂{as_notation(notation).cost}/∂" if kind == "da" else ""
        array = f"{'a' if kind == 'da' else kind}{l or ''}"
        typed = sorted((name, place) for place, name in enumerate(names(exercise, kind, l, notation)))
        asked += [(name, before + entry_name(array, shape, place, notation)) for name, place in typed]
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
            tries = 2
            while tries:
                answers[name] = read(f"{asked} = ").strip()
                marks = grade(exercise, answers, notation=notation, show=tries == 1)
                (mark,) = [mark for mark in marks.marks if mark.name == name]
                if mark.point or not answers[name]:
                    write(mark.verdict if mark.verdict == RIGHT else mark.told(False).partition(": ")[2])
                    break
                tries -= mark.verdict != UNREADABLE  # a question mark is no try
                said = mark.told(tries == 0).rpartition(": ")[2]
                write(f"{said}; once more" if tries else said)
    except EOFError:
        write("")
    marks = grade(exercise, answers, notation=notation, show=True)
    write(str(marks))
    return marks
