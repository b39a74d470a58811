"""The network of a worksheet, drawn large: the given numbers on it, and blanks on neurons and lines.

Places are px of a page of 680 px, 180 mm; HTML and LaTeX draw the same items.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise, product

from minigrad.symbols.numerals import plain
from nn.delta.formulas import Formula, Quantity
from nn.delta.notation import AnyNotation, as_notation
from viz.drawing.grid import Box
from viz.worksheet.exercise import Exercise
from viz.worksheet.pages.content import derivative_of, number

WIDTH, MARGIN = 680.0, 2.0
INPUT, NEURON, ON_LINE = (64.0, 26.0), (104.0, 86.0), (110.0, 35.0)  # width and height
ROW, TOP = 19.0, 14.0  # of a neuron's lines of text
HEIGHT = 572.0
PX_TO_MM = 180.0 / WIDTH
ROOM_FOR_ROWS = 150.0  # mm on an A4 page for the rows of both tables,
ROOM_OF_A_NEURON = 8.0  # less what each neuron takes in the matrices
HIGHEST_ROW = 15.0
_ROOM = HEIGHT - 2.0  # for the neurons of a layer
_PLACES = [0.5 + 0.07 * step for step in (0, 1, -1, 2, -2, 3, -3, 4, -4)]  # along a line
_OFFSETS = [9.0 * step for step in (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6)]  # from it

Segment = tuple[float, float, float, float]  # x1, y1, x2, y2


@dataclass(frozen=True)
class Text:
    """A name, and its number, or "" for a blank to fill in; x is the left edge, y the middle."""

    x: float
    y: float
    name: Formula
    number: str


@dataclass(frozen=True)
class Item(Box):
    """A box with its lines of text; its `kind` is "input", "neuron", or "line", a label on one."""

    kind: str
    texts: tuple[Text, ...] = ()

    def overlap(self, other: Item) -> float:
        """The area that two boxes share, and a little for those that nearly touch."""
        across = (self.width + other.width) / 2 + 3 - abs(self.x - other.x)
        down = (self.height + other.height) / 2 + 3 - abs(self.y - other.y)
        return max(across, 0.0) * max(down, 0.0)


@dataclass(frozen=True)
class Drawing:
    """Lines below, items above them."""

    lines: tuple[Segment, ...]
    items: tuple[Item, ...]


def row_height(exercise: Exercise) -> float:
    """The height of a row of a table in mm; with fewer neurons there is more room to write."""
    neurons = sum(exercise.sizes[1:])
    return min(HIGHEST_ROW, (ROOM_FOR_ROWS - ROOM_OF_A_NEURON * neurons) / (2 * neurons))


@lru_cache(maxsize=16)
def network_of(exercise: Exercise, notation: AnyNotation, is_solution: bool) -> Drawing:
    """The drawing of an exercise, or of its solution."""
    places = _places(exercise)
    lines, labels = [], []
    for l, (before, layer) in enumerate(pairwise(places), start=1):
        between = [(start.right, start.y, end.left, end.y) for start in before for end in layer]
        lines += between
        pairs = product(range(len(before)), range(len(layer)))
        labels += [
            _label(exercise, notation, is_solution, item, l, k, j)
            for item, (k, j) in zip(_spread(tuple(between)), pairs)
        ]
    boxes = [
        _filled(exercise, notation, is_solution, item, l, j)
        for l, layer in enumerate(places)
        for j, item in enumerate(layer)
    ]
    return Drawing(tuple(lines), (*labels, *boxes))


def _places(exercise: Exercise) -> list[list[Item]]:
    """Empty boxes, a column a layer, neuron 1 on top, each layer in the middle."""
    sizes = exercise.sizes
    layers = []
    for l, size in enumerate(sizes):
        width, own_height = INPUT if l == 0 else NEURON
        first, last = MARGIN + INPUT[0] / 2, WIDTH - MARGIN - NEURON[0] / 2
        x = first + (last - first) * l / (len(sizes) - 1)
        pitch = _ROOM / size
        ys = [_ROOM / 2 + (j - (size - 1) / 2) * pitch for j in range(size)]
        layers.append([Item(x, y + 2, width, own_height, "neuron" if l else "input") for y in ys])
    return layers


@lru_cache(maxsize=64)
def _spread(lines: tuple[Segment, ...]) -> list[Item]:
    """A label for each line, on it or near it, so that labels cover one another as little as possible."""
    candidates = [[_on(line, t, off) for off in _OFFSETS for t in _PLACES] for line in lines]
    labels = [own[0] for own in candidates]
    for _ in range(8):
        former = list(labels)
        for k, own in enumerate(candidates):
            others, crossing = [*labels[:k], *labels[k + 1 :]], [*lines[:k], *lines[k + 1 :]]
            labels[k] = min(own, key=lambda label: _badness(label, others, crossing, lines[k]))
        if labels == former:
            break
    return labels


def _on(line: Segment, t: float, off: float) -> Item:
    x1, _, x2, _ = line
    width = min(ON_LINE[0], 0.8 * (x2 - x1))
    inside = min(max(x1 + (x2 - x1) * t, x1 + width / 2 + 3), x2 - width / 2 - 3)
    return Item(inside, _height(line, inside) + off, width, ON_LINE[1], "line")


def _badness(label: Item, others: list[Item], crossing: list[Segment], own: Segment) -> float:
    """Overlap weighs most, then other lines below the label, then its distance from its own line."""
    overlap = sum(label.overlap(other) for other in others)
    covered = sum(_covers(label, line) for line in crossing)
    return 10 * overlap + 60 * covered + 3 * abs(label.y - _height(own, label.x))


def _covers(label: Item, line: Segment) -> bool:
    """Whether a line passes below a label."""
    ends = [_height(line, label.x + side * label.width / 2) for side in (-1, 1)]
    return min(ends) < label.y + label.height / 2 and label.y - label.height / 2 < max(ends)


def _height(line: Segment, x: float) -> float:
    """The y of a line at x."""
    x1, y1, x2, y2 = line
    return y1 + (y2 - y1) * (x - x1) / (x2 - x1)


def _label(
    exercise: Exercise, notation: AnyNotation, is_solution: bool, item: Item, l: int, k: int, j: int
) -> Item:
    w, given, left = (Quantity("w", l, j + 1, k + 1),), plain(exercise.weights[l - 1][j][k]), item.left + 3
    if not exercise.asks("dW"):
        return replace(item, texts=(Text(left, item.y, w, given),))
    derivative = (derivative_of(notation), as_notation(notation).w)
    found = number(exercise, float(exercise.results("dW", l)[j, k])) if is_solution else ""
    texts = (Text(left, item.top + 9, w, given), Text(left, item.top + 26, derivative, found))
    return replace(item, texts=texts)


def _filled(exercise: Exercise, notation: AnyNotation, is_solution: bool, item: Item, l: int, j: int) -> Item:
    left, top = item.left + 5, item.top
    if l == 0:
        return replace(item, texts=(Text(left, item.y, (Quantity("x", 0, j + 1),), plain(exercise.x[j])),))
    bs = exercise.biases[l - 1]
    texts = [] if bs is None else [Text(left, top + TOP, (Quantity("b", l, j + 1),), plain(bs[j]))]
    for row, kind in enumerate(("z", "a", "delta"), start=1):
        is_given = is_solution or not exercise.asks(*({kind, "z"} if kind == "a" else {kind}))
        found = number(exercise, float(exercise.results(kind, l)[j])) if is_given else ""
        if kind == "delta" and not exercise.asks("da", "delta", "dW", "db"):
            continue
        texts.append(Text(left, top + TOP + ROW * row, (Quantity(kind, l, j + 1),), found))
    return replace(item, texts=tuple(texts))
