"""The network of a worksheet, drawn large: the given numbers on it, and blanks on neurons and lines.

Places are px of a page of 680 px, 180 mm; HTML and LaTeX draw the same items.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from minigrad.symbols.numerals import plain
from nn.delta.formulas import Formula, Quantity
from nn.delta.notation import AnyNotation, as_notation
from viz.worksheet.exercise import Exercise
from viz.worksheet.pages.working import fixed

WIDTH, MARGIN = 680.0, 2.0
INPUT, NEURON, ON_LINE = (64.0, 26.0), (104.0, 86.0), (110.0, 35.0)  # width and height
ROW, TOP = 19.0, 14.0  # of a neuron's lines of text
HEIGHT = 570.0
PX_TO_MM = 180.0 / WIDTH
ROOM_FOR_ROWS = 150.0  # mm on an A4 page for the rows of both tables,
ROOM_OF_A_NEURON = 8.0  # less what each neuron takes in the matrices
HIGHEST_ROW = 15.0
_PLACES = [0.5 + 0.07 * step for step in (0, 1, -1, 2, -2, 3, -3, 4, -4)]  # along a line

_OFFSETS = [9.0 * step for step in (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6)]  # from it


@dataclass(frozen=True)
class Text:
    """A name, and its number, or "" for a blank to fill in; x is the left edge, y the middle."""

    x: float
    y: float
    name: Formula
    number: str


@dataclass(frozen=True)
class Item:
    """A box around its middle, with its lines of text: an input, a neuron, or a label on a line."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    texts: tuple[Text, ...] = ()

    def overlap(self, other: Item) -> float:
        """The area that two boxes share, and a little for those that nearly touch."""
        across = (self.width + other.width) / 2 + 3 - abs(self.x - other.x)
        down = (self.height + other.height) / 2 + 3 - abs(self.y - other.y)
        return max(across, 0.0) * max(down, 0.0)


@dataclass(frozen=True)
class Drawing:
    """Lines (x1, y1, x2, y2) below, items above them."""

    height: float
    lines: tuple[tuple[float, float, float, float], ...]
    items: tuple[Item, ...]


def row_height(exercise: Exercise) -> float:
    """The height of a row of a table in mm; with fewer neurons there is more room to write."""
    neurons = sum(exercise.sizes[1:])
    return min(HIGHEST_ROW, (ROOM_FOR_ROWS - ROOM_OF_A_NEURON * neurons) / (2 * neurons))


@lru_cache(maxsize=16)
def network_of(exercise: Exercise, notation: AnyNotation, is_solution: bool) -> Drawing:
    """The drawing of an exercise, or of its solution."""
    places = _places(exercise)
    height = HEIGHT + 2
    lines, labels = [], []
    for l in range(1, len(places)):
        starts = [(item.x + item.width / 2, item.y) for item in places[l - 1]]
        ends = [(item.x - item.width / 2, item.y) for item in places[l]]
        between = [(*start, *end) for start in starts for end in ends]
        lines += between
        labels += [
            _label(exercise, notation, is_solution, item, l, k, j)
            for item, (k, j) in zip(
                _spread(tuple(between)), [(k, j) for k in range(len(starts)) for j in range(len(ends))]
            )
        ]
    boxes = [
        _filled(exercise, notation, is_solution, item, l, j)
        for l, layer in enumerate(places)
        for j, item in enumerate(layer)
    ]
    return Drawing(height, tuple(lines), (*labels, *boxes))


def _places(exercise: Exercise) -> list[list[Item]]:
    """Empty boxes, a column a layer, neuron 1 on top, each layer in the middle."""
    sizes = exercise.sizes
    layers = []
    for l, size in enumerate(sizes):
        width, own_height = INPUT if l == 0 else NEURON
        first, last = MARGIN + INPUT[0] / 2, WIDTH - MARGIN - NEURON[0] / 2
        x = first + (last - first) * l / (len(sizes) - 1)
        pitch = HEIGHT / size
        ys = [HEIGHT / 2 + (j - (size - 1) / 2) * pitch for j in range(size)]
        layers.append([Item("neuron" if l else "input", x, y + 2, width, own_height) for y in ys])
    return layers


@lru_cache(maxsize=64)
def _spread(lines: tuple[tuple[float, float, float, float], ...]) -> list[Item]:
    """A label for each line, on it or near it, so that labels cover one another as little as possible."""
    candidates = [[_on(line, t, off) for off in _OFFSETS for t in _PLACES] for line in lines]
    labels = [own[0] for own in candidates]
    for _ in range(8):
        former = list(labels)
        for number, own in enumerate(candidates):
            others = [label for index, label in enumerate(labels) if index != number]
            crossing = [line for index, line in enumerate(lines) if index != number]
            labels[number] = min(own, key=lambda label: _badness(label, others, crossing, lines[number]))
        if labels == former:
            break
    return labels


def _on(line: tuple[float, float, float, float], t: float, off: float) -> Item:
    x1, y1, x2, y2 = line
    width = min(ON_LINE[0], 0.8 * (x2 - x1))
    inside = min(max(x1 + (x2 - x1) * t, x1 + width / 2 + 3), x2 - width / 2 - 3)
    return Item("line", inside, y1 + (y2 - y1) * (inside - x1) / (x2 - x1) + off, width, ON_LINE[1])


def _badness(
    label: Item,
    others: list[Item],
    crossing: list[tuple[float, float, float, float]],
    own: tuple[float, float, float, float],
) -> float:
    """Overlap weighs most, then other lines below the label, then its distance from its own line."""
    overlap = sum(label.overlap(other) for other in others)
    return (
        10 * overlap
        + 60 * sum(_covers(label, line) for line in crossing)
        + 3 * abs(label.y - _height(own, label.x))
    )


def _covers(label: Item, line: tuple[float, float, float, float]) -> bool:
    """Whether a line passes below a label."""
    ends = [_height(line, label.x + side * label.width / 2) for side in (-1, 1)]
    return min(ends) < label.y + label.height / 2 and label.y - label.height / 2 < max(ends)


def _height(line: tuple[float, float, float, float], x: float) -> float:
    x1, y1, x2, y2 = line
    return y1 + (y2 - y1) * (x - x1) / (x2 - x1)


def _label(
    exercise: Exercise, notation: AnyNotation, is_solution: bool, item: Item, l: int, k: int, j: int
) -> Item:
    w = Quantity("w", l, j + 1, k + 1)
    left, top = item.x - item.width / 2 + 3, item.y - item.height / 2
    number = fixed(float(exercise.results("dW", l)[j, k]), exercise.decimals) if is_solution else ""
    if not exercise.asks("dW"):
        return replace(item, texts=(Text(left, item.y, (w,), plain(exercise.weights[l - 1][j][k])),))
    derivative = (f"∂{as_notation(notation).cost}/∂", as_notation(notation).w)
    texts = (
        Text(left, top + 9, (w,), plain(exercise.weights[l - 1][j][k])),
        Text(left, top + 26, derivative, number),
    )
    return replace(item, texts=texts)


def _filled(exercise: Exercise, notation: AnyNotation, is_solution: bool, item: Item, l: int, j: int) -> Item:
    left, top = item.x - item.width / 2 + 5, item.y - item.height / 2
    if l == 0:
        return replace(item, texts=(Text(left, item.y, (Quantity("x", 0, j + 1),), plain(exercise.x[j])),))
    bs = exercise.biases[l - 1]
    texts = [] if bs is None else [Text(left, top + TOP, (Quantity("b", l, j + 1),), plain(bs[j]))]
    for row, kind in enumerate(("z", "a", "delta"), start=1):
        is_given = is_solution or not exercise.asks(*({kind, "z"} if kind == "a" else {kind}))
        number = fixed(float(exercise.results(kind, l)[j]), exercise.decimals) if is_given else ""
        if kind == "delta" and not exercise.asks("da", "delta", "dW", "db"):
            continue
        texts.append(Text(left, top + TOP + ROW * row, (Quantity(kind, l, j + 1),), number))
    return replace(item, texts=tuple(texts))
