"""Marks the answers to an exercise, entry by entry, and says what went wrong.

An answer is right if it agrees with the solution to the decimals in which it is written, or with what follows
from the learner's own numbers before it: a mistake is marked once, and what is carried on from it is not.

Glossary
    array   z2, a2, da2 (∂C/∂a²), delta2, dW2 (∂C/∂W²), db2, or C; layers and indices as in document 002
    entry   one number of an array, by the name that can be typed: z2_1, dw2_12, db2_1, C
    unit    1 in the last decimal that is written
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from minigrad.display import html_form, one_line
from minigrad.symbols.numerals import counted, exact, plain
from nn import equations
from nn.delta.derivatives import activated, cost_gradient_of, cost_of, through_activation
from nn.delta.notation import AnyNotation, as_notation
from viz.worksheet.exercise import LOSSES, Array, Exercise

PARTS = {"forward": ("z", "a", "C"), "backward": ("da", "delta"), "gradients": ("dW", "db")}
RIGHT, FOLLOWS, COARSE, WRONG, BLANK, UNREADABLE = (
    "right", "follows", "coarse", "wrong", "blank", "unreadable",
)  # fmt: skip
_WORDS = {
    RIGHT: "right",
    FOLLOWS: "right, from your own numbers before it",
    COARSE: "too few digits to tell",
    WRONG: "wrong",
    BLANK: "not answered",
    UNREADABLE: "not a number",
}
_LEAST_DIGIT = 0.1  # a unit is at most this part of the number, or the answer is too coarse
_FLOAT = 1e-6  # how far a computed answer may be off, of float32 as well


@dataclass(frozen=True)
class Mark:
    """What one entry is worth: its verdict is right, follows, coarse, wrong, blank or unreadable."""

    name: str
    given: str
    right: float
    verdict: str

    @property
    def point(self) -> int:
        """1 for an answer that is right, or follows from wrong ones, else 0."""
        return int(self.verdict in (RIGHT, FOLLOWS))

    def __str__(self) -> str:
        beside = f"; it is {plain(self.right)}" if self.verdict in (WRONG, COARSE, UNREADABLE) else ""
        return f"{self.name} = {self.given or '…'}: {_WORDS[self.verdict]}{beside}"


@dataclass(frozen=True)
class Marks:
    """The marks of a worksheet, and, where something is wrong in the backward pass, why."""

    marks: tuple[Mark, ...]
    why: str = ""

    @property
    def points(self) -> int:
        """How many entries are right, or follow from wrong ones."""
        return sum(mark.point for mark in self.marks)

    def of(self, verdict: str) -> list[str]:
        """The names of the entries with that verdict."""
        return [mark.name for mark in self.marks if mark.verdict == verdict]

    def __repr__(self) -> str:
        return one_line(f"<marks: {self.points} of {counted(len(self.marks), 'point')}>")

    _repr_html_ = html_form

    def __str__(self) -> str:
        lines = [f"{self.points} of {counted(len(self.marks), 'point')}"]
        lines += [str(mark) for mark in self.marks if mark.verdict not in (RIGHT, BLANK)]
        unanswered = len(self.of(BLANK))
        lines += [f"{counted(unanswered, 'number')} not answered"] if unanswered else []
        return "\n".join([*lines, *([self.why] if self.why else [])])


def grade(
    exercise: Exercise,
    answers: Mapping[str, Any],
    parts: Sequence[str] = tuple(PARTS),
    notation: AnyNotation = "002",
) -> Marks:
    """Mark the answers of the parts that are named: "forward", "backward", "gradients".

    `answers` maps arrays to numbers, lists of them or arrays, or entries to one number; a number may be text,
    such as "0.5933", "−1/2" or "½", and None or "" is a blank. dW has the shape that the notation gives W.

    Raises ValueError for a name that the exercise has not, a shape that does not fit, or another part.

    >>> from viz.worksheet.exercise import mazur
    >>> marks = grade(mazur(), {"z1": ["0.3775", "0.39"], "delta2": [0.1385, 0.7]})
    >>> marks.of("right"), marks.of("wrong"), marks.points
    (['z1_1', 'z1_2', 'delta2_1'], ['delta2_2'], 3)
    """
    for part in parts:
        if part not in PARTS:
            raise ValueError(f"worksheet: there is no part {part!r}; there are {', '.join(PARTS)}")
    given = entries_of(exercise, answers, notation)
    kinds = [kind for part in parts for kind in PARTS[part]]
    expected = _expected(exercise, given)
    marks = [
        _mark(exercise, name, given.get(name, ""), right, own[index])
        for kind, l in exercise.places()
        if kind in kinds
        for own in [np.ravel(expected[kind, l])]
        for index, (name, right) in enumerate(zip(names(exercise, kind, l), exercise.results(kind, l).flat))
    ]
    return Marks(tuple(marks), _why(exercise, given, marks, expected))


def names(exercise: Exercise, kind: str, l: int) -> list[str]:
    """The names of the entries of an array, row by row.

    >>> from viz.worksheet.exercise import mazur
    >>> names(mazur(), "dW", 2), names(mazur(), "da", 1)
    (['dw2_11', 'dw2_12', 'dw2_21', 'dw2_22'], ['da1_1', 'da1_2'])
    """
    if kind == "C":
        return ["C"]
    shape = exercise.results(kind, l).shape
    letter = "dw" if kind == "dW" else kind
    return [f"{letter}{l}_{''.join(str(i + 1) for i in index)}" for index in np.ndindex(shape)]


def entries_of(
    exercise: Exercise, answers: Mapping[str, Any], notation: AnyNotation = "002"
) -> dict[str, str]:
    """Every answer as text, by the name of its entry. Raises ValueError as `grade` does.

    >>> from viz.worksheet.exercise import mazur
    >>> entries_of(mazur(), {"delta1": [0.5, None], "C": "0.2984"})
    {'delta1_1': '0.5', 'delta1_2': '', 'C': '0.2984'}
    """
    arrays = {f"{kind}{l or ''}": (kind, l) for kind, l in exercise.places()}
    known = {name for kind, l in exercise.places() for name in names(exercise, kind, l)}
    found: dict[str, str] = {}
    for name, answer in answers.items():
        if name in known and (name not in arrays or np.ndim(answer) == 0):
            found[name] = _text(answer)
        elif name in arrays:
            kind, l = arrays[name]
            array, shape = np.array(answer, dtype=object), exercise.results(kind, l).shape
            if kind == "dW" and not as_notation(notation).to_first:
                array = array.T
            if array.size != np.prod(shape) or (
                len(shape) == 2 and array.shape not in (shape, (array.size,))
            ):
                raise ValueError(f"worksheet: {name} has shape {np.shape(answer)}; it should be {shape}")
            found |= dict(zip(names(exercise, kind, l), map(_text, array.flat)))
        else:
            raise ValueError(f"worksheet: there is no {name!r}; there are {', '.join(arrays)}, and z1_1, …")
    return found


def number_in(text: str) -> tuple[float, float] | None:
    """The number that is written, and its unit; None for what is no number.

    >>> number_in("−0.50"), number_in("1/4"), number_in("½"), number_in("2,5"), number_in("1.5e-3")
    ((-0.5, 0.01), (0.25, 0.0), (0.5, 0.0), (2.5, 0.1), (0.0015, 0.0001))
    """
    plain_text = text.strip().replace("−", "-").replace("½", "1/2").replace(",", ".").replace(" ", "")
    try:
        if "/" in plain_text:
            return float(Fraction(plain_text)), 0.0
        written = Decimal(plain_text)
        exponent = written.as_tuple().exponent
        if not isinstance(exponent, int):
            return None  # nan and infinity
        return float(written), 10.0 ** min(exponent, 0)
    except (ArithmeticError, ValueError):
        return None


def _text(answer: Any) -> str:
    if answer is None or isinstance(answer, str):
        return (answer or "").strip()
    return exact(float(answer))


def _mark(exercise: Exercise, name: str, text: str, right: float, own: float) -> Mark:
    if not text:
        return Mark(name, "", right, BLANK)
    read = number_in(text)
    if read is None:
        return Mark(name, text, right, UNREADABLE)
    number, unit = read
    is_exact = exercise.is_whole  # where there is nothing to round
    for target, verdict in ((right, RIGHT), (own, FOLLOWS)):
        floor = _FLOAT * max(1.0, abs(target))
        if abs(number - target) <= floor:
            return Mark(name, text, right, verdict)
        if not is_exact and abs(number - target) <= unit * (1 + 1e-9):
            asked = 10.0**-exercise.decimals
            is_fine = abs(number - target) <= asked or unit <= max(_LEAST_DIGIT * abs(target), asked)
            return Mark(name, text, right, verdict if is_fine else COARSE)
    return Mark(name, text, right, WRONG)


def _expected(exercise: Exercise, given: Mapping[str, str]) -> dict[tuple[str, int], Array]:
    """What each array should be, by the learner's own numbers before it, as far as there are any."""
    traced, expected, own = exercise.trace, {}, {}
    last = traced.depth

    def put(kind: str, l: int, array: Array) -> Array:
        expected[kind, l] = array
        own[kind, l] = _filled(array, [given.get(name, "") for name in names(exercise, kind, l)])
        return own[kind, l]

    before = {0: traced.activations(0)}
    for l in range(1, last + 1):
        z = put("z", l, traced.weights(l) @ before[l - 1] + traced.biases(l))
        before[l] = put("a", l, activated(traced.activation(l), z))
    loss = LOSSES[exercise.loss]
    put("C", 0, np.array([cost_of(loss, before[last], traced.target)]))
    error = cost_gradient_of(loss, before[last], traced.target)
    for l in range(last, 0, -1):
        error = put("da", l, error)
        delta = put("delta", l, through_activation(traced.activation(l), error, own["z", l]))
        put("dW", l, equations.weight_gradient(delta, before[l - 1]))
        if exercise.biases[l - 1] is not None:
            put("db", l, delta)
        error = traced.weights(l).T @ delta
    return expected


def _filled(array: Array, texts: Iterable[str]) -> Array:
    """The array, with the learner's numbers where there are any."""
    read = [number_in(text) for text in texts]
    numbers = [right if each is None else each[0] for right, each in zip(array.flat, read, strict=True)]
    return np.array(numbers).reshape(array.shape)


def _why(
    exercise: Exercise,
    given: Mapping[str, str],
    marks: Iterable[Mark],
    expected: dict[tuple[str, int], Array],
) -> str:
    """What `nn.equations.compare` says of the arrays of δ and gradients that are complete."""
    verdicts = {mark.name: mark.verdict for mark in marks}
    if not any(verdicts.get(name) == WRONG for name in verdicts if name.startswith(("delta", "dw", "db"))):
        return ""
    mine = {}
    for kind, l in exercise.places():
        if kind not in ("delta", "dW", "db"):
            continue
        entries = names(exercise, kind, l)
        read = [number_in(given.get(name, "")) for name in entries]
        if any(each is None for each in read):
            continue
        right = exercise.results(kind, l)
        if all(verdicts.get(name) == RIGHT for name in entries):
            mine[f"{kind}{l}"] = right  # to all digits: it is not the rounding that is wrong
        elif all(verdicts.get(name) in (RIGHT, FOLLOWS) for name in entries):
            mine[f"{kind}{l}"] = expected[kind, l]
        else:
            mine[f"{kind}{l}"] = np.array([each[0] for each in read if each]).reshape(right.shape)
    return str(equations.compare(exercise.trace, mine)) if mine else ""
