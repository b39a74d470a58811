"""Computes places and sizes on a worksheet, for HTML and LaTeX."""

from __future__ import annotations

from viz.worksheet.exercise import Exercise

ROOM_FOR_ROWS = 104.0  # mm on an A4 page for the rows of both tables,
ROOM_OF_A_NEURON = 6.0  # less what each neuron takes in the matrices
HIGHEST_ROW = 12.0


def row_height(exercise: Exercise) -> float:
    """The height of a row of a table in mm; with fewer neurons there is more room to write.

    >>> from viz.worksheet.exercise import make_exercise
    >>> row_height(make_exercise(7, (2, 2, 1)))
    12.0
    """
    neurons = sum(exercise.sizes[1:])
    return min(HIGHEST_ROW, (ROOM_FOR_ROWS - ROOM_OF_A_NEURON * neurons) / (2 * neurons))


def network_places(exercise: Exercise) -> list[list[tuple[float, float]]]:
    """The middle of each circle, layer by layer from the inputs, in pixels from the upper left corner.

    >>> from viz.worksheet.exercise import make_exercise
    >>> network_places(make_exercise(7, (2, 1)))
    [[(20.0, 20.0), (20.0, 62.0)], [(100.0, 41.0)]]
    """
    sizes = exercise.sizes
    across = 80 if len(sizes) <= 3 else 240 / len(sizes)
    middle = 20 + (max(sizes) - 1) * 21
    return [
        [(20.0 + l * across, middle + 42 * (j - (size - 1) / 2)) for j in range(size)]
        for l, size in enumerate(sizes)
    ]
