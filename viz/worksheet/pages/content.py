"""The content of a worksheet, from which HTML and LaTeX are made.

Both pages have the same tables, with empty cells on the exercise, and filled in on the solution. Numbers that
are worked with are printed with as many digits as it takes for the line to come out as it is printed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from minigrad.symbols.numerals import plain
from nn.delta.formulas import Formula as Written
from nn.delta.formulas import Quantity, equation
from nn.delta.notation import AnyNotation, as_notation
from viz.worksheet.exercise import Array, Exercise
from viz.worksheet.pages.working import (
    digits_of_error,
    digits_of_slope,
    factor,
    factors,
    fixed,
    signed,
    slope_text,
    sum_of_products,
)


@dataclass(frozen=True)
class Matrix:
    """Rows of entries; an entry "" is a blank to fill in."""

    rows: tuple[tuple[str, ...], ...]


BLANK = Matrix((("",),))
NONE = "–"  # where there is no such number

Token = str | Quantity | Matrix
Formula = tuple[Token, ...]


@dataclass(frozen=True)
class Line:
    """One row of a table; in the exercise `worked` and `numbers` are empty."""

    asked: Formula
    worked: Formula
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table: the headings of its columns of numbers, and its lines."""

    headings: tuple[Formula, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Sheet:
    """Two pages: the given numbers and the network; the two tables, the gradients, and one update."""

    exercise: Exercise
    notation: AnyNotation
    is_solution: bool
    given: tuple[Formula, ...]
    forward: Table
    cost: Formula
    backward: Table
    last_error: Formula
    recursion: Written
    gradients: tuple[Formula, ...]
    update: Formula


def make_sheet(exercise: Exercise, notation: AnyNotation = "002", is_solution: bool = False) -> Sheet:
    """The pages of an exercise, or of its solution.

    >>> from viz.worksheet.draws import make_exercise
    >>> make_sheet(make_exercise(7), is_solution=True).forward.lines[0].asked[0].kind
    'z'
    """
    forward, backward = _forward(exercise, notation), _backward(exercise, notation)
    if not is_solution:
        forward = _emptied(forward) if exercise.asks("z", "a") else forward
        backward = _emptied(backward) if exercise.asks("da", "delta") else backward
    n, before = as_notation(notation), _factor_of_the_loss(exercise)
    off: Formula = (n.a, "−", "y") if exercise.is_short or not before else ("(", n.a, "−", "y", ")")
    return Sheet(
        exercise,
        notation,
        is_solution,
        _given(exercise, notation),
        forward,
        _cost(exercise, notation, is_solution),
        backward,
        (n.delta, "=", *off) if exercise.is_short else (derivative_of(notation), n.a, "=", *before, *off),
        equation(2, 0, notation, base="l"),
        _gradients(exercise, notation, is_solution) if exercise.asks("dW", "db") else (),
        _update(exercise, notation, is_solution) if exercise.asks("dW") else (),
    )


def number(exercise: Exercise, value: float) -> str:
    """A number as the exercise asks for it: whole, or with decimals."""
    return fixed(value, exercise.decimals)


def derivative_of(notation: AnyNotation) -> str:
    """The beginning of a partial derivative of the cost."""
    return f"∂{as_notation(notation).cost}/∂"


def _given(exercise: Exercise, notation: AnyNotation) -> tuple[Formula, ...]:
    lines: list[Formula] = [
        (Quantity("x", 0), "=", _vector(exercise.x, notation)),
        ("y", "=", _vector(exercise.y, notation)),
    ]
    for l, bs in enumerate(exercise.biases, start=1):
        lines.append((Quantity("W", l), "=", _matrix(exercise.trace.weights(l), notation)))
        if bs is not None:
            lines.append((Quantity("b", l), "=", _vector(bs, notation)))
    return tuple(lines)


def _forward(exercise: Exercise, notation: AnyNotation) -> Table:
    lines = []
    inputs = list(exercise.x)
    for l, (rows, bs) in enumerate(zip(exercise.weights, exercise.biases), start=1):
        z, a = (exercise.results(kind, l).tolist() for kind in ("z", "a"))
        slopes = _slopes(exercise, l)
        for j, row in enumerate(rows):
            b = None if bs is None else bs[j]
            worked = sum_of_products(row, inputs, z[j], exercise.decimals, b)
            numbers = (number(exercise, z[j]), number(exercise, a[j]), slopes[j])
            lines.append(Line((Quantity("z", l, j + 1), "="), (*worked, "="), numbers))
        inputs = a
    n = as_notation(notation)
    return Table(((n.z,), (n.a,), (f"{n.activation}′",)), tuple(lines))


def _slopes(exercise: Exercise, l: int) -> list[str]:
    """σ′ of each neuron as text; a softmax has none."""
    if exercise.activations[l - 1] == "softmax":
        return [NONE] * exercise.sizes[l]
    return [slope_text(slope) for slope in exercise.results("slope", l).tolist()]


def _cross_entropy(exercise: Exercise, notation: AnyNotation, is_solution: bool) -> Formula:
    """C = −log a of the neuron whose y is 1."""
    last, j = len(exercise.weights), exercise.y.index(max(exercise.y))
    start: Formula = (as_notation(notation).cost, "=", "−", "log", "(", Quantity("a", last, j + 1), ")")
    if not is_solution and exercise.asks("C"):
        return (*start, "=", BLANK)
    cost = exercise.trace.cost.data
    outputs = [float(exercise.results("a", last)[j])]
    (text,) = factors(outputs, lambda numbers: -math.log(numbers[0]), cost, exercise.decimals)
    return (*start, "=", "−", "log", "(", text, ")", "=", number(exercise, cost))


def _cost(exercise: Exercise, notation: AnyNotation, is_solution: bool) -> Formula:
    if exercise.is_short:
        return _cross_entropy(exercise, notation, is_solution)
    last, several = len(exercise.weights), len(exercise.y) > 1
    is_half = exercise.loss == "half_squared_error"
    opening: Formula = ("½", "·") * is_half + ("(",) * (is_half and several)
    closing: Formula = (")",) * (is_half and several)
    start: Formula = (as_notation(notation).cost, "=", *opening)
    for j in range(1, len(exercise.y) + 1):
        y = f"y{j}" if several else "y"
        start += (*(("+",) if j > 1 else ()), "(", Quantity("a", last, j), "−", y, ")", "²")
    start += closing
    if not is_solution and exercise.asks("C"):
        return (*start, "=", BLANK)
    outputs = exercise.results("a", last).tolist()
    cost = exercise.trace.cost.data

    def squares(numbers: Sequence[float]) -> float:
        return (0.5 if is_half else 1.0) * math.fsum((a - y) ** 2 for a, y in zip(numbers, exercise.y))

    texts = factors(outputs, squares, cost, exercise.decimals)
    numbers: Formula = opening
    for j, (a, y_j) in enumerate(zip(texts, exercise.y)):
        numbers += (*(("+",) if j else ()), "(", a, *signed(-y_j), ")", "²")
    return (*start, "=", *numbers, *closing, "=", number(exercise, cost))


def _backward(exercise: Exercise, notation: AnyNotation) -> Table:
    lines = []
    last = len(exercise.weights)
    for l in range(last, 0, -1):
        if exercise.is_short and l == last:
            lines += _outputs_of_softmax(exercise)
            continue
        errors, slopes, deltas = (exercise.results(kind, l).tolist() for kind in ("da", "slope", "delta"))
        for j, (error, slope, delta) in enumerate(zip(errors, slopes, deltas)):
            digits = digits_of_error(error, slope, number(exercise, delta)) if exercise.decimals else 0
            if l == last:
                worked = _error_of_output(exercise, j, error, digits)
            else:
                outgoing = [row[j] for row in exercise.weights[l]]
                sent = exercise.results("delta", l + 1).tolist()
                worked = sum_of_products(outgoing, sent, error, digits)
            total, result = fixed(error, digits), number(exercise, delta)
            slope_printed = slope_text(slope, digits_of_slope(total, slope, result))
            asked = (derivative_of(notation), Quantity("a", l, j + 1), "=")
            lines.append(Line(asked, (*worked, "="), (total, slope_printed, result)))
    n = as_notation(notation)
    return Table(((derivative_of(notation) + n.a,), (f"× {n.activation}′",), (f"= {n.delta}",)), tuple(lines))


def _outputs_of_softmax(exercise: Exercise) -> list[Line]:
    """δ = a − y of each output, with no ∂C/∂a and no σ′ before it."""
    last = len(exercise.weights)
    a, deltas = (exercise.results(kind, last).tolist() for kind in ("a", "delta"))

    def line(j: int, y: float) -> Line:
        (text,) = factors([a[j]], lambda numbers: numbers[0] - y, deltas[j], exercise.decimals)
        numbers = (NONE, NONE, number(exercise, deltas[j]))
        return Line((Quantity("delta", last, j + 1), "="), (text, "−", plain(y), "="), numbers)

    return [line(j, y) for j, y in enumerate(exercise.y)]


def _error_of_output(exercise: Exercise, j: int, error: float, digits: int) -> Formula:
    before = _factor_of_the_loss(exercise)
    times, y = (2.0 if before else 1.0), exercise.y[j]
    output = float(exercise.results("a", len(exercise.weights))[j])
    (text,) = factors([output], lambda numbers: times * (numbers[0] - y), error, digits)
    return (*before, "(", text, *signed(-y), ")") if before else (text, *signed(-y))


def _gradients(exercise: Exercise, notation: AnyNotation, is_solution: bool) -> tuple[Formula, ...]:
    def filled(value: float) -> str:
        return number(exercise, value) if is_solution else ""

    formulas: list[Formula] = []
    symbol = derivative_of(notation)
    for l, bs in enumerate(exercise.biases, start=1):
        matrix = _matrix(exercise.results("dW", l), notation, filled)
        formulas.append((symbol, Quantity("W", l), "=", matrix))
        if bs is not None:
            vector = _vector(exercise.results("db", l).tolist(), notation, filled)
            formulas.append((symbol, Quantity("b", l), "=", vector))
    return tuple(formulas)


def _update(exercise: Exercise, notation: AnyNotation, is_solution: bool) -> Formula:
    weight, before, rate = Quantity("w", 1, 1, 1), exercise.weights[0][0][0], exercise.rate
    gradient = float(exercise.results("dW", 1)[0, 0])
    symbols = (weight, "←", weight, "−", plain(rate), "·", derivative_of(notation), weight, "=")
    if not is_solution:
        return (*symbols, BLANK)
    decimals = exercise.decimals or 1
    after = before - rate * gradient
    (text,) = factors([gradient], lambda numbers: before - rate * numbers[0], after, decimals)
    return (*symbols, plain(before), "−", plain(rate), "·", *factor(text), "=", fixed(after, decimals))


def _factor_of_the_loss(exercise: Exercise) -> Written:
    """What stands before a − y in ∂C/∂a."""
    return () if exercise.loss == "half_squared_error" else ("2", "·")


def _matrix(array: Array, notation: AnyNotation, written: Callable[[float], str] = plain) -> Matrix:
    rows = as_notation(notation).matrix(array).tolist()
    return Matrix(tuple(tuple(map(written, row)) for row in rows))


def _vector(
    numbers: Sequence[float], notation: AnyNotation, written: Callable[[float], str] = plain
) -> Matrix:
    entries = tuple(map(written, numbers))
    is_row = as_notation(notation).vectors == "rows"
    return Matrix((entries,)) if is_row else Matrix(tuple((e,) for e in entries))


def _emptied(table: Table) -> Table:
    lines = tuple(
        Line(line.asked, (), tuple(text if text == NONE else "" for text in line.numbers))
        for line in table.lines
    )
    return Table(table.headings, lines)
