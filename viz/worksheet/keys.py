"""The names of arrays and of their entries where they are typed, and answers by these names."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

import numpy as np

from minigrad.symbols.numerals import exact
from nn.delta.notation import AnyNotation, as_notation
from viz.worksheet.exercise import Exercise


def key(kind: str, l: int, notation: AnyNotation = "002", entry: bool = False) -> str:
    """What an array, or its entries, is called where it is typed: the letters of the notation, spelled."""
    n = as_notation(notation)
    which = {"C": "cost", "da": "a", "dW": "w" if entry else "W", "db": "b"}.get(kind, kind)
    letter = getattr(n, which)
    if not letter.isascii() and len(letter) == 1:
        described = unicodedata.name(letter).split()
        word = described[-1].lower().replace("lamda", "lambda")
        letter = word.capitalize() if "CAPITAL" in described else word
    number = n.number_of(l, which) if l else ""
    return f"{'d' if kind in ('da', 'dW', 'db') else ''}{letter}{number}"


def names(exercise: Exercise, kind: str, l: int, notation: AnyNotation = "002") -> list[str]:
    """The names of the entries of an array, in the order of `Exercise.results`."""
    called = key(kind, l, notation, entry=True)
    if kind == "C":
        return [called]
    places = np.ndindex(exercise.results(kind, l).shape)
    order = 1 if as_notation(notation).to_first else -1
    return [f"{called}_{''.join(str(i + 1) for i in index[::order])}" for index in places]


def entries_of(
    exercise: Exercise, answers: Mapping[str, Any], notation: AnyNotation = "002"
) -> tuple[dict[str, str], dict[str, str]]:
    """Every answer as text, by the name of its entry, and a remark for each array that has another shape.

    Raises ValueError for names that the exercise has not.
    """
    arrays = {key(kind, l, notation): (kind, l) for kind, l in exercise.all_places()}
    known = {name for kind, l in exercise.all_places() for name in names(exercise, kind, l, notation)}
    found: dict[str, str] = {}
    misshapen: dict[str, str] = {}
    for name, answer in answers.items():
        if name in known and (name not in arrays or _shape(answer) == ()):
            found[name] = _text(answer)
        elif name in arrays and answer is not None:
            kind, l = arrays[name]
            wanted = exercise.results(kind, l).shape
            wanted = wanted[::-1] if _turns(kind, notation) else wanted
            if _shape(answer) not in (wanted, (int(np.prod(wanted)),)):
                turned = len(wanted) == 2 and _shape(answer) == wanted[::-1]
                misshapen[name] = f"{name} has shape {_shape(answer)}; it should be {wanted}" + (
                    ": it is transposed" if turned else ""
                )
                continue
            array = np.array(answer, dtype=object).reshape(wanted)
            array = array.T if _turns(kind, notation) else array
            found |= dict(zip(names(exercise, kind, l, notation), map(_text, array.flat)))
        elif name not in arrays:
            raise ValueError(
                f"worksheet: there is no {name!r}; there are {', '.join(arrays)}, and {min(known)}, …"
            )
    return found, misshapen


def _turns(kind: str, notation: AnyNotation) -> bool:
    return kind == "dW" and not as_notation(notation).to_first


def _shape(answer: Any) -> tuple[int, ...]:
    """The shape; of lists of several lengths, with a −1."""
    try:
        return np.shape(answer)
    except ValueError:
        return (len(answer), -1)


def _text(answer: Any) -> str:
    if isinstance(answer, str):
        return answer.strip()
    return "" if answer is None or answer != answer else exact(float(answer))  # nan is a blank
