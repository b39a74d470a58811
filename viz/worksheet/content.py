"""The content of a worksheet, from which HTML and LaTeX are made.

Both pages have the same tables, with empty cells on the exercise, and filled in on the solution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nn.delta.notation import cost_letter
from viz.worksheet.exercise import Exercise, Solution, solve

RATE = 0.1


@dataclass(frozen=True)
class Quantity:
    """z, a, b, w, W, x or delta, with its layer, its neuron, and, for a weight, the neuron it leads from."""

    kind: str
    layer: int
    neuron: int = 0
    source: int = 0


@dataclass(frozen=True)
class Matrix:
    """Rows of entries; an entry "" is a blank to fill in."""

    rows: tuple[tuple[str, ...], ...]


BLANK = Matrix((("",),))

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
    """A page: the given numbers, the two tables, the gradients, and one update."""

    exercise: Exercise
    notation: str
    is_solution: bool
    given: tuple[Formula, ...]
    forward: Table
    cost: Formula
    backward: Table
    gradients: tuple[Formula, ...]
    update: Formula


def make_sheet(exercise: Exercise, notation: str = "002", is_solution: bool = False) -> Sheet:
    """The page of an exercise, or of its solution.

    >>> from viz.worksheet.exercise import make_exercise
    >>> make_sheet(make_exercise(7), is_solution=True).forward.lines[0].asked
    (Quantity(kind='z', layer=1, neuron=1, source=0), '=')
    """
    solution = solve(exercise)
    forward, backward = _forward(exercise, solution), _backward(exercise, solution, notation)
    if not is_solution:
        forward, backward = _emptied(forward), _emptied(backward)
    return Sheet(
        exercise,
        notation,
        is_solution,
        _given(exercise),
        forward,
        _cost(exercise, solution, notation, is_solution),
        backward,
        _gradients(solution, notation, is_solution),
        _update(exercise, solution, notation, is_solution),
    )


def whole(number: float) -> str:
    """A whole number with a typographic minus sign.

    >>> whole(-2.0), whole(-0.0)
    ('−2', '0')
    """
    return f"{number:z.0f}".replace("-", "−")


def derivative_of(notation: str) -> str:
    """The beginning of a partial derivative of the cost.

    >>> derivative_of("002"), derivative_of("000")
    ('∂C/∂', '∂E/∂')
    """
    return f"∂{cost_letter(notation)}/∂"


def _given(exercise: Exercise) -> tuple[Formula, ...]:
    lines: list[Formula] = [(Quantity("x", 0), "=", _column(exercise.x)), ("y", "=", _column(exercise.y))]
    for l, (rows, bs) in enumerate(zip(exercise.weights, exercise.biases), start=1):
        entries = Matrix(tuple(tuple(map(whole, row)) for row in rows))
        lines += [(Quantity("W", l), "=", entries), (Quantity("b", l), "=", _column(bs))]
    return tuple(lines)


def _forward(exercise: Exercise, solution: Solution) -> Table:
    lines = []
    inputs: Sequence[float] = exercise.x
    for l, (rows, bs) in enumerate(zip(exercise.weights, exercise.biases), start=1):
        for j, (row, b) in enumerate(zip(rows, bs), start=1):
            worked = (*_sum_of_products(row, inputs), *_signed(b), "=")
            results = (solution.z[l - 1][j - 1], solution.a[l - 1][j - 1])
            numbers = (*map(whole, results), slope_text(solution.slopes[l - 1][j - 1]))
            lines.append(Line((Quantity("z", l, j), "="), worked, numbers))
        inputs = solution.a[l - 1]
    return Table((("z",), ("a",), ("σ′",)), tuple(lines))


def _cost(exercise: Exercise, solution: Solution, notation: str, is_solution: bool) -> Formula:
    last = len(exercise.weights)
    start: Formula = (cost_letter(notation), "=")
    for j in range(1, len(exercise.y) + 1):
        y = "y" if len(exercise.y) == 1 else f"y{j}"
        start += (*(("+",) if j > 1 else ()), "(", Quantity("a", last, j), "−", y, ")", "²")
    if not is_solution:
        return (*start, "=", BLANK)
    numbers: Formula = ()
    for j, (a, y_j) in enumerate(zip(solution.a[-1], exercise.y)):
        numbers += (*(("+",) if j else ()), "(", whole(a), *_signed(-y_j), ")", "²")
    return (*start, "=", *numbers, "=", whole(solution.cost))


def _backward(exercise: Exercise, solution: Solution, notation: str) -> Table:
    lines = []
    last, symbol = len(exercise.weights), derivative_of(notation)
    for l in range(last, 0, -1):
        for j in range(1, len(solution.delta[l - 1]) + 1):
            if l == last:
                error = (whole(solution.a[-1][j - 1]), *_signed(-exercise.y[j - 1]))
                worked: Formula = ("2", "·", "(", *error, ")")
            else:
                outgoing = [row[j - 1] for row in exercise.weights[l]]
                worked = _sum_of_products(outgoing, solution.delta[l])
            results = solution.activation_gradients[l - 1][j - 1], solution.delta[l - 1][j - 1]
            slope = slope_text(solution.slopes[l - 1][j - 1])
            numbers = (whole(results[0]), slope, whole(results[1]))
            lines.append(Line((symbol, Quantity("a", l, j), "="), (*worked, "="), numbers))
    return Table(((symbol + "a",), ("× σ′",), ("= δ",)), tuple(lines))


def _gradients(solution: Solution, notation: str, is_solution: bool) -> tuple[Formula, ...]:
    formulas: list[Formula] = []
    symbol = derivative_of(notation)
    for l, (rows, bs) in enumerate(zip(solution.weight_gradients, solution.bias_gradients), start=1):
        entries = tuple(tuple(whole(g) if is_solution else "" for g in row) for row in rows)
        column = tuple((whole(g) if is_solution else "",) for g in bs)
        formulas.append((symbol, Quantity("W", l), "=", Matrix(entries)))
        formulas.append((symbol, Quantity("b", l), "=", Matrix(column)))
    return tuple(formulas)


def _update(exercise: Exercise, solution: Solution, notation: str, is_solution: bool) -> Formula:
    weight, before = Quantity("w", 1, 1, 1), exercise.weights[0][0][0]
    gradient = solution.weight_gradients[0][0][0]
    symbols = (weight, "←", weight, "−", str(RATE), "·", derivative_of(notation), weight, "=")
    if not is_solution:
        return (*symbols, BLANK)
    after = f"{before - RATE * gradient:z.1f}".replace("-", "−")
    return (*symbols, whole(before), "−", str(RATE), "·", *_factor(gradient), "=", after)


def slope_text(slope: float) -> str:
    """σ′ as text: 1 or ½."""
    return "½" if slope == 0.5 else whole(slope)


def _sum_of_products(xs: Sequence[float], ys: Sequence[float]) -> Formula:
    tokens: Formula = ()
    for index, (x, y) in enumerate(zip(xs, ys)):
        plus = ("+",) if index else ()
        tokens += (*plus, *_factor(x), "·", *_factor(y))
    return tokens


def _factor(number: float) -> Formula:
    return ("(", whole(number), ")") if number < 0 else (whole(number),)


def _signed(number: float) -> Formula:
    return ("−" if number < 0 else "+", whole(abs(number)))


def _column(numbers: Sequence[float]) -> Matrix:
    return Matrix(tuple((whole(number),) for number in numbers))


def _emptied(table: Table) -> Table:
    lines = tuple(Line(line.asked, (), ("",) * len(line.numbers)) for line in table.lines)
    return Table(table.headings, lines)
