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
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from minigrad.display import html_form, one_line
from minigrad.symbols.numerals import counted, plain
from nn import equations
from nn.delta.comparison import Comparison
from nn.delta.comparison.naming import KINDS, named
from nn.delta.derivatives import activated, cost_gradient_of, cost_of, through_activation
from nn.delta.notation import AnyNotation
from viz.worksheet.exercise import LOSSES, PARTS, Array, Exercise
from viz.worksheet.keys import entries_of, key, names

RIGHT, FOLLOWS, COARSE, WRONG, BLANK, UNREADABLE, MISSHAPEN = (
    "right", "follows", "coarse", "wrong", "blank", "unreadable", "misshapen",
)  # fmt: skip
_WORDS = {
    RIGHT: "right",
    FOLLOWS: "right, from your own numbers before it",
    COARSE: "too few digits to tell",
    WRONG: "wrong",
    BLANK: "not answered",
    UNREADABLE: "not a number",
    MISSHAPEN: "in an array of another shape",
}
_LEAST_DIGIT = 0.1  # a unit is at most this part of the number, or the answer is too coarse
_FLOAT = 1e-6  # how far a computed answer may be off, of float32 as well


@dataclass(frozen=True)
class Mark:
    """What one entry is worth: its verdict is one of RIGHT … MISSHAPEN."""

    name: str
    given: str
    right: float
    verdict: str

    @property
    def point(self) -> int:
        """1 for an answer that is right, or follows from wrong ones, else 0."""
        return int(self.verdict in (RIGHT, FOLLOWS))

    def told(self, show: bool) -> str:
        """The verdict in words, with the right number if that is to be shown."""
        is_beside = show and self.verdict in (WRONG, COARSE, UNREADABLE)
        beside = f"; it is {plain(self.right)}" if is_beside else ""
        return f"{self.name} = {self.given or '…'}: {_WORDS[self.verdict]}{beside}"


@dataclass(frozen=True)
class Marks:
    """The marks of a worksheet, remarks, and, where something is wrong in the backward pass, why.

    As text they have the right numbers only if they `show` them.
    """

    marks: tuple[Mark, ...]
    why: str = ""
    title: str = ""
    remarks: tuple[str, ...] = ()
    show: bool = False

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
        lines = [
            f"{self.title}: " * bool(self.title) + f"{self.points} of {counted(len(self.marks), 'point')}"
        ]
        follow = self.of(FOLLOWS)
        untold = (RIGHT, BLANK, MISSHAPEN, *([FOLLOWS] if len(follow) > 1 else []))
        lines += [mark.told(self.show) for mark in self.marks if mark.verdict not in untold]
        lines += [f"{', '.join(follow)}: right, from your own numbers before them"] * (FOLLOWS in untold)
        lines += self.remarks
        unanswered = len(self.of(BLANK))
        lines += [f"{counted(unanswered, 'number')} not answered"] if unanswered else []
        return "\n".join([*lines, *([self.why] if self.why else [])])


def grade(
    exercise: Exercise,
    answers: Mapping[str, Any],
    parts: Sequence[str] = tuple(PARTS),
    notation: AnyNotation = "002",
    show: bool = False,
) -> Marks:
    """Mark the answers of the parts that are named: "forward", "backward", "gradients".

    `answers` maps arrays to numbers, lists of them or arrays, or entries to one number; a number may be text,
    such as "0.5933", "−1/2" or "½", and None, nan or "" is a blank. Names, indices and the shape of dW are
    those of the notation. An array of another shape has no points, and a remark says which it should have.
    The marks `show` the right numbers, or leave them for another try.

    Raises ValueError for a name that the exercise has not, or another part.

    >>> from viz.worksheet.exercise import mazur
    >>> marks = grade(mazur(), {"z1": ["0.3775", "0.39"], "delta2": [0.1385, 0.7]})
    >>> marks.of("right"), marks.of("wrong"), marks.points
    (['z1_1', 'z1_2', 'delta2_1'], ['delta2_2'], 3)
    """
    for part in parts:
        if part not in PARTS:
            raise ValueError(f"worksheet: there is no part {part!r}; there are {', '.join(PARTS)}")
    given, misshapen = entries_of(exercise, answers, notation)
    kinds = [kind for part in parts for kind in PARTS[part]]
    places = [(kind, l) for kind, l in exercise.places() if kind in kinds]
    expected = _expected(exercise, given, notation)
    marks = [
        _mark(exercise, name, given.get(name, ""), right, own)
        if key(kind, l, notation) not in misshapen
        else Mark(name, "", float(right), MISSHAPEN)
        for kind, l in places
        for name, right, own in zip(
            names(exercise, kind, l, notation), exercise.results(kind, l).flat, np.ravel(expected[kind, l])
        )
    ]
    of_parts = {key(kind, l, notation) for kind, l in places}
    remarks = tuple(remark for name, remark in misshapen.items() if name in of_parts)
    comparison = _compared(exercise, given, expected, marks, notation)
    why = ""
    if comparison is not None:
        held = {} if exercise.is_whole else _held(comparison, exercise, notation)
        marks = [_again(exercise, mark, held.get(mark.name, WRONG)) for mark in marks]
        if not comparison.right:
            why = str(comparison) if show else comparison.words()
    return Marks(tuple(marks), why, exercise.student, remarks, show)


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


def _mark(exercise: Exercise, name: str, text: str, right: float, own: float) -> Mark:
    if not text:
        return Mark(name, "", right, BLANK)
    read = number_in(text)
    if read is None:
        return Mark(name, text, right, UNREADABLE)
    number, unit = read
    asked, is_coarse = 10.0**-exercise.decimals, False
    for target, verdict in ((right, RIGHT), (own, FOLLOWS)):
        off = abs(number - target)
        if off <= _FLOAT * max(1.0, abs(target)):
            return Mark(name, text, right, verdict)
        if not exercise.is_whole and off <= unit * (1 + 1e-9):  # in whole numbers there is nothing to round
            if off <= asked or _is_fine(exercise, unit, target):
                return Mark(name, text, right, verdict)
            is_coarse = True
    return Mark(name, text, right, COARSE if is_coarse else WRONG)


def _is_fine(exercise: Exercise, unit: float, target: float) -> bool:
    return unit <= max(_LEAST_DIGIT * abs(target), 10.0**-exercise.decimals)


def _again(exercise: Exercise, mark: Mark, verdict: str) -> Mark:
    """A mark with the verdict of the comparison, which knows of rounded steps, where it was WRONG."""
    read = number_in(mark.given)
    if mark.verdict != WRONG or verdict == WRONG or read is None:
        return mark
    return replace(mark, verdict=verdict if _is_fine(exercise, read[1], read[0]) else COARSE)


def _expected(
    exercise: Exercise, given: Mapping[str, str], notation: AnyNotation
) -> dict[tuple[str, int], Array]:
    """What each array should be, by the learner's own numbers before it, as far as there are any."""
    traced, expected, own = exercise.trace, {}, {}
    last = traced.depth

    def put(kind: str, l: int, array: Array) -> Array:
        expected[kind, l] = array
        own[kind, l] = _filled(array, [given.get(name, "") for name in names(exercise, kind, l, notation)])
        return own[kind, l]

    before = {0: traced.activations(0)}
    for l in range(1, last + 1):
        z = put("z", l, traced.weights(l) @ before[l - 1] + traced.biases(l))
        before[l] = put("a", l, activated(traced.activation(l), z))
    loss = LOSSES[exercise.loss]
    if exercise.is_short:  # also of a that are no probabilities
        with np.errstate(all="ignore"):
            put("C", 0, np.array([-np.log(before[last][np.argmax(exercise.y)])]))
    else:
        put("C", 0, np.array([cost_of(loss, before[last], traced.target)]))
    error = cost_gradient_of(loss, before[last], traced.target)
    for l in range(last, 0, -1):
        error = put("da", l, error)
        is_short = exercise.is_short and l == last
        if is_short:  # −1 / a has no way through a = 0
            delta = put("delta", l, before[l] - np.array(exercise.y))
        else:
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


def _compared(
    exercise: Exercise,
    given: Mapping[str, str],
    expected: Mapping[tuple[str, int], Array],
    marks: Iterable[Mark],
    notation: AnyNotation,
) -> Comparison | None:
    """What `nn.equations.compare` finds in the numbers as they are written, if there is one that is wrong.

    It knows no ∂C/∂a: a δ that is blank behind one is what follows from it, in as many digits.
    """
    verdicts = {mark.name: mark.verdict for mark in marks}
    mine = {}
    for kind, l in exercise.all_places():
        called = names(exercise, kind, l, notation)
        texts = [given[name] if verdicts.get(name) in (RIGHT, FOLLOWS, WRONG) else "" for name in called]
        before = [given.get(name, "") for name in names(exercise, "da", l, notation)] if l else []
        if kind == "delta" and not any(texts) and any(before):
            units = [read[1] for text in before if (read := number_in(text))]
            decimals = round(-np.log10(max(units, default=0.0) or _FLOAT**2))
            texts = [f"{number:.{decimals}f}" for number in expected[kind, l].flat]
        if kind != "da" and any(texts):
            mine[f"{kind}{l or ''}"] = np.reshape(texts, exercise.results(kind, l).shape)
    if WRONG not in verdicts.values() or not mine:
        return None
    return equations.compare(exercise.trace, mine, notation=notation)


def _held(comparison: Comparison, exercise: Exercise, notation: AnyNotation) -> dict[str, str]:
    """The entries of arrays that a comparison calls right, or right given the numbers before, with RIGHT or
    FOLLOWS.

    What follows from a mistake in an array that was not given is no right answer: nobody else has that mark.
    """
    states = {verdict.quantity: verdict.state for verdict in comparison.verdicts}
    is_seen = all(states.get(mistake.quantity) == "wrong" for mistake in comparison.mistakes)
    verdicts = {"right": RIGHT} | ({"carried": FOLLOWS} if is_seen else {})
    return {
        name: verdicts[state]
        for kind, l in exercise.all_places()
        if kind in KINDS and (state := states.get(named(f"{kind}{l or ''}", notation))) in verdicts
        for name in names(exercise, kind, l, notation)
    }
