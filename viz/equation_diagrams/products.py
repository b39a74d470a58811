"""Draws one ∂C/∂W = δ aᵀ: with numbers, as a map of cells, or as a stamp for each neuron."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nn import Trace
from nn.delta.notation import AnyNotation, as_notation, drawn
from viz.drawing import looks, svg
from viz.drawing.grid import Box
from viz.drawing.looks import strongest
from viz.drawing.palette import Scale, Theme, largest
from viz.drawing.typography import widest, width

Array = NDArray[np.float64]
SIZE = 10.0
_NUMBERED_ROWS, _NUMBERED_COLUMNS = 16, 10
_MOST = 100  # rows and columns of a map
_STAMP, _STAMPS_ACROSS, _MOST_PIXELS = 52.0, 8, 6000
_MAP, _TALL = 700.0, 320.0  # px, the widest map, and the height from which its cells are smaller
_AREA = 28.0  # px, the height of the largest δ


@dataclass(frozen=True)
class Panel:
    """What is drawn, from (0, 0), with its size; `drawn` says which part of the matrix it is, "" for all."""

    content: str
    width: float
    height: float
    drawn: str = ""
    is_numbered: bool = False


def panel_of(
    trace: Trace,
    l: int,
    notation: AnyNotation,
    theme: Theme,
    scale: Scale,
    size: float = 1.0,
    numbers: bool = True,
) -> Panel:
    """The picture of ∂C/∂W of one layer, on the scale of its colours; `size` is that of its cells, 0 … 1.

    Numbers stay as large as they are: a matrix of smaller cells has place for fewer of them.
    """
    product = _Product(trace, l, notation, theme, scale, size, numbers)
    rows, columns = product.gradient.shape
    if numbers and rows <= size * _NUMBERED_ROWS and columns <= size * _NUMBERED_COLUMNS:
        return product.numbered()
    return product.stamps() if l == 1 and math.isqrt(columns) ** 2 == columns else product.map()


class _Product:
    def __init__(
        self,
        trace: Trace,
        l: int,
        notation: AnyNotation,
        theme: Theme,
        scale: Scale,
        size: float,
        numbers: bool,
    ) -> None:
        self.delta, self.a = trace.delta(l), trace.activations(l - 1)
        self.gradient = trace.weight_gradients(l)
        self.layer, self.notation, self.theme, self.scale, self.size = l, notation, theme, scale, size
        self.area, self.stamp, self.numbers = size * _AREA, size * _STAMP, numbers
        self.most = round(size * _MOST)
        self.margins = {"delta": self.delta.tolist(), "a": self.a.tolist()}
        self.largest = {kind: largest(numbers) for kind, numbers in self.margins.items()}

    def _share(self, kind: str, index: int) -> float:
        """|δ| or |a| of a neuron as a part of the largest of its layer."""
        number, largest = self.margins[kind][index], self.largest[kind]
        return min(abs(number) / largest, 1.0) if largest and math.isfinite(number) else 0.0

    def _length(self, kind: str, index: int, longest: float) -> float:
        return max(self._share(kind, index) * longest, 1.0)

    def _name(self, kind: str, j: int, k: int = -1) -> str:
        """The name of a quantity of a neuron, or of a weight, counted from 0."""
        return drawn(kind, self.layer - (kind == "a"), j + 1, k + 1, self.notation)

    def _tooltip(self, j: int, k: int) -> str:
        name = f"∂{as_notation(self.notation).cost}/∂{self._name('w', j, k)}"
        return svg.title(f"{name} = {float(self.gradient[j, k])!r}")

    def _text(self, x: float, y: float, words: str, **others: str | bool) -> str:
        return svg.text(x, y, words, size=SIZE, fill=self.theme.ink, **others)  # type: ignore[arg-type]

    def _margin(self, kind: str, index: int, bar: Box, words: str = "") -> str:
        number = self.margins[kind][index]
        shown = looks.shape("data" if kind == "a" else "delta", bar, number, self.theme)
        return svg.group(svg.title(repr(number)), shown, words, class_="margin-" + kind)

    # --- with numbers -----------------------------------------------------------------------------------

    def numbered(self) -> Panel:
        """Every number; a cell's area is as wide as its a and as high as its δ, on the layer's own scale."""
        of_cells = looks.decimals_of(self.gradient.ravel().tolist())
        shown = [looks.column(row, "cell", of_cells) for row in self.gradient.tolist()]
        pairs = [
            (d, a, text)
            for d, row in zip(self.margins["delta"], shown, strict=True)
            for a, text in zip(self.margins["a"], row, strict=True)
        ]
        decimals = looks.decimals_of_factors(pairs, 4)
        tops = looks.column(self.margins["a"], "data", decimals)
        sides = looks.column(self.margins["delta"], "delta", decimals)
        across = max(
            widest([*tops, *(t for row in shown for t in row)], SIZE) + 4 + 8 * self.size, 58.0 * self.size
        )
        down, top = self.area + 16, 44.0
        names = [self._name("delta", j) for j in range(len(sides))]
        left = widest(names, SIZE, True) + widest(sides, SIZE, True) + 8 + 22
        parts = []
        for k, text in enumerate(tops):
            x = left + (k + 0.5) * across
            words = self._text(x, top - 37, self._name("a", k)) + self._text(x, top - 23, text)
            parts.append(self._margin("a", k, Box(x, top - 9, self._length("a", k, across - 4), 8), words))
        for j, text in enumerate(sides):
            y = top + (j + 0.5) * down
            words = self._text(0, y - 6, names[j], anchor="start", bold=True)
            words += self._text(left - 20, y - 6, text, anchor="end", bold=True)
            bar = Box(left - 9, y - 6, 9, self._length("delta", j, self.area))
            parts.append(self._margin("delta", j, bar, words))
            for k in range(len(tops)):
                parts.append(self._cell(Box(left + (k + 0.5) * across, y, across, down), j, k, shown[j][k]))
        return Panel("".join(parts), left + across * len(tops), top + down * len(sides), is_numbered=True)

    def _cell(self, cell: Box, j: int, k: int, text: str) -> str:
        across, down = self._length("a", k, cell.width - 4), self._length("delta", j, self.area)
        return svg.group(
            self._tooltip(j, k),
            svg.rectangle(cell, fill="none", stroke=self.theme.line, stroke_width=0.5),
            looks.shape(
                "cell", Box(cell.x, cell.y - 6, across, down), float(self.gradient[j, k]), self.theme
            ),
            self._text(cell.x, cell.bottom - 7, text),
            class_="cell",
        )

    # --- as colours -------------------------------------------------------------------------------------

    def _filled(self, cell: Box, j: int, k: int) -> str:
        look = looks.attributes("cell", float(self.gradient[j, k]), self.theme, self.scale)
        return svg.rectangle(cell, self._tooltip(j, k), class_="cell", fill=look["fill"])

    def map(self) -> Panel:
        """A cell for each number, as strong in colour as it is large, with bars for δ and a beside them."""
        rows, columns = strongest(self.delta, self.most), strongest(self.a, self.most)
        side = max(self.size * min(_MAP / max(len(columns), 1), _TALL / max(len(rows), 1), 22.0), 5.0)
        left, top, parts = 64.0, 36.0, []
        for column, k in enumerate(columns):
            height = self._length("a", k, 30)
            bar = Box(left + (column + 0.5) * side, top - 3 - height / 2, side - 1.5, height)
            parts.append(self._margin("a", k, bar))
        for row, j in enumerate(rows):
            y, length = top + (row + 0.5) * side, self._length("delta", j, 56)
            parts.append(self._margin("delta", j, Box(left - 4 - length / 2, y, length, side - 1.5)))
            for column, k in enumerate(columns):
                cell = Box(left + (column + 0.5) * side, y, side - 0.5, side - 0.5)
                parts.append(self._filled(cell, j, k))
        part = "" if len(rows) * len(columns) == self.gradient.size else f"{len(rows)} × {len(columns)}"
        return Panel("".join(parts), left + side * len(columns), top + side * len(rows), part)

    def stamps(self) -> Panel:
        """The image of the inputs, and for each neuron that image times its δ, with δ as a bar below it."""
        side = math.isqrt(len(self.a))
        rows = strongest(self.delta, max(_MOST_PIXELS // len(self.a), 4))
        texts = looks.column(self.delta[rows].tolist(), "delta") if self.numbers else [""] * len(rows)
        names = [self._name("delta", j) for j in rows]
        pixel, wide = self.stamp / side, widest([*texts, *names], SIZE, bold=True)
        step, high = max(self.stamp + 16, wide + 10), self.stamp + (50 if self.numbers else 38)
        left, across = step + 24, min(_STAMPS_ACROSS if self.numbers else len(rows), int(_MAP // step) - 1)
        parts = [svg.group(self._image(pixel, side), transform="translate(0,14)")]
        for position, (j, name, text) in enumerate(zip(rows, names, texts, strict=True)):
            x, y = left + step * (position % across), 14 + high * (position // across)
            middle = x + self.stamp / 2
            parts.append(self._text(middle, y - 8, name, bold=True))
            for k in range(len(self.a)):
                at = Box(x + (k % side + 0.5) * pixel, y + (k // side + 0.5) * pixel, pixel, pixel)
                parts.append(self._filled(at, j, k))
            bar = Box(middle, y + self.stamp + 7, self._length("delta", j, self.stamp), 7)
            words = self._text(middle, y + self.stamp + 19, text, bold=True)
            parts.append(self._margin("delta", j, bar, words))
        deep, part = (len(rows) + across - 1) // across, ""
        if len(rows) < len(self.delta):
            part = f"the {len(rows)} neurons of the largest |{as_notation(self.notation).delta}|"
        return Panel("".join(parts), left + step * min(len(rows), across), high * deep - 4, part)

    def _image(self, pixel: float, side: int) -> str:
        """The inputs as squares, grey and as large as they are."""
        middle = self.stamp / 2
        frame = Box(middle, middle, self.stamp, self.stamp)
        parts = [svg.rectangle(frame, fill="none", stroke=self.theme.line)]
        for k in range(len(self.a)):
            size = max(math.sqrt(self._share("a", k)) * (pixel - 0.5), 0.3)
            at = Box((k % side + 0.5) * pixel, (k // side + 0.5) * pixel, size, size)
            parts.append(self._margin("a", k, at))
        n = as_notation(self.notation)
        words = f"{n.x_vector or n.a}, {side} × {side}"
        x = max(middle, width(words, SIZE) / 2)
        return "".join(parts) + self._text(x, self.stamp + 12, words)
