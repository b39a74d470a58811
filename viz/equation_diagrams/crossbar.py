"""Draws a crossbar: a matrix whose rows are read forward and whose columns are read backward."""

from __future__ import annotations

import numpy as np

from nn import Trace
from nn.delta.notation import AnyNotation, as_notation, drawn
from viz.drawing import looks, svg
from viz.drawing.grid import Box
from viz.drawing.looks import PAGE, SMALLEST_TEXT
from viz.drawing.palette import Scale, Theme, text_on
from viz.drawing.typography import widest
from viz.equation_diagrams.crossing import Crossing, printed
from viz.equation_diagrams.two_layers import NODE, TwoLayers

TOP = 54.0
_SIZE = 10.0
_ROW, _SUM, _SLOPE, _DELTA = 52.0, 42.0, 22.0, 52.0  # heights
_MARGIN, _NETS, _SIDE = 24.0, 172.0, 156.0
_BAR = 11.0
_MOST_COLUMNS = 8


class Crossbar:
    """The matrix with what enters it on top and δ at its right; below each column what it adds up to."""

    def __init__(
        self, trace: Trace, found: Crossing, lit: int | None, notation: AnyNotation, theme: Theme
    ) -> None:
        """`lit` is the neuron, counted from 0, whose column is lit; None chooses that of the largest |δ|."""
        self.trace, self.found, self.notation, self.theme = trace, found, notation, theme
        self.letters = as_notation(notation)
        self.is_weights = found.layer < trace.depth  # else J, or no matrix at all
        self._choose(lit)
        self.left = _MARGIN + (_NETS if self.is_weights else 0.0)
        self.top = TOP + (44.0 if self.rows else 0.0)
        self.sums_top = self.top + _ROW * (len(self.rows) + bool(self.rest)) + 6
        self.slopes_top = self.sums_top + (_SUM if self._has_sums else 0.0)
        self.deltas_top = self.slopes_top + (_SLOPE if self._has_sums else 0.0)
        self.right = self.left + self.cell * len(self.columns)
        self.net = 44 + NODE * max(len(self.rows), len(self.columns))
        names = [self._sender(j) for j in self.rows]
        self.side = max(_SIDE, 54 + widest(names, _SIZE, True) + widest(self.texts.sent, _SIZE, True))
        self.end = self.right + 10 + max(self.side, widest((words for _, words in self._words()), 11.0))
        self.bottom = max(self.deltas_top + _DELTA, TOP + 2 * self.net if self.is_weights else 0.0)

    def _choose(self, lit: int | None) -> None:
        """The rows and columns that are drawn: as many columns as have room on a page."""
        room = PAGE * _SIZE / SMALLEST_TEXT - 2 * _MARGIN - _NETS - _SIDE - 24
        most = _MOST_COLUMNS
        while True:
            self.columns = self.found.strongest_columns(most)
            if lit is not None and lit not in self.columns:
                self.columns = sorted([*self.found.strongest_columns(most - 1), lit])
            self.rows = self.found.strongest_rows(self.columns)
            self.texts = printed(self.found, self.rows, self.columns)
            rows = [*self.texts.matrix, *self.texts.parts, self.texts.sums, self.texts.slopes]
            needed = 12 + widest((text for row in rows for text in row), _SIZE)
            needed = max(needed, 10 + widest(self.texts.delta, 11.0, bold=True))
            if most <= 2 or needed * len(self.columns) <= room:
                break
            most = len(self.columns) - 1
        self.cell = max(needed, min(128.0, (room - 90) / len(self.columns)))
        sizes = np.nan_to_num(np.abs(self.found.delta[self.columns]), nan=np.inf)
        self.lit = self.columns[int(np.argmax(sizes))] if lit is None else lit
        self.lit_row = int(np.argmax(np.abs(self.found.parts[self.rows, self.lit]))) if self.rows else 0
        self.rest = len(self.found.sent) - len(self.rows)

    @property
    def _has_sums(self) -> bool:
        """Whether the columns add up to ∂C/∂a; with J they add up to δ at once."""
        return self.is_weights or not self.rows

    def left_out(self) -> list[str]:
        """What is not drawn, in words."""
        words, neurons, senders = [], len(self.found.delta), len(self.found.sent)
        if len(self.columns) < neurons:
            words.append(
                f"drawn: of {neurons} neurons the {len(self.columns)} with the largest |{self.letters.delta}|"
            )
        if self.rest:
            words.append(f"of {senders} rows the {len(self.rows)} that send most, and the others as one")
        return ["; ".join(words)] if words else []

    # --- places and scales ------------------------------------------------------------------------------

    def _x(self, column: int) -> float:
        return self.left + self.cell * (column + 0.5)

    def _y(self, row: int) -> float:
        return self.top + _ROW * row

    def _axis(self) -> tuple[float, float]:
        """Where 0 is, from the middle of a column, and how many px are 1: one scale for all bars."""
        columns = self.columns
        parts = np.vstack([np.zeros(len(columns)), self.found.parts[np.ix_(self.rows, columns)]])
        ends = [np.cumsum(np.where(np.isfinite(parts), parts, 0.0), axis=0), self.found.delta[columns]]
        if self._has_sums:
            ends.append(self.found.sums[columns])
        every = np.concatenate([end.ravel() for end in ends])
        every = every[np.isfinite(every)]
        low, high = every.min(initial=0.0), every.max(initial=0.0)
        unit = float((self.cell - 14) / ((high - low) or 1.0))
        return 7 - self.cell / 2 - float(low) * unit, unit

    def name(self, kind: str, neuron: int, layer: int = 0) -> str:
        """The name of a quantity of a neuron, counted from 0."""
        return drawn(kind, layer or self.found.layer, neuron + 1, notation=self.notation)

    # --- drawing ----------------------------------------------------------------------------------------

    def draw(self) -> list[str]:
        """Bands first, then the matrix, the bars and the words."""
        parts = [self._column_band()]
        if self.rows:
            parts += [self._row_band(), *self._heads(), *self._cells(), *self._sides()]
        parts += [*self._zeros(), *self._ends()]
        parts += [
            self._text(self.right + 10, y, words, anchor="start", size=11) for y, words in self._words()
        ]
        if self.is_weights:
            nets = TwoLayers(self, Box(_MARGIN + (_NETS - 28) / 2, 0, _NETS - 28, self.net))
            parts += [nets.forward(TOP), nets.backward(self.bottom - self.net)]
        return parts

    def _text(self, x: float, y: float, words: str, *, muted: bool = False, **others: object) -> str:
        arguments: dict[str, object] = {"size": _SIZE, "fill": self.theme.muted if muted else self.theme.ink}
        return svg.text(x, y, words, **arguments | others)  # type: ignore[arg-type]  # sizes, anchors, weights

    def _column_band(self) -> str:
        top, bottom = self.top - (40 if self.rows else 4), self.deltas_top + _DELTA
        x = self._x(self.columns.index(self.lit))
        place = Box(x, (top + bottom) / 2, self.cell, bottom - top)
        return svg.rectangle(place, rx=6, fill=self.theme.frame, stroke=self.theme.ink, stroke_width=1.4)

    def _row_band(self) -> str:
        y, across = self._y(self.lit_row) + _ROW / 2, self.right - self.left + self.side
        place = Box(self.left + across / 2, y, across, _ROW)
        return svg.rectangle(place, rx=6, fill="none", stroke=self.theme.muted, stroke_dasharray="4 3")

    def _heads(self) -> list[str]:
        """What enters the columns forward: a, or z where the matrix is J."""
        kind, l = ("a" if self.is_weights else "z"), self.found.layer
        numbers = self.trace.activations(l) if self.is_weights else self.trace.pre_activations(l)
        texts = looks.column(numbers[self.columns].tolist())
        return [
            self._text(self._x(column), self.top - 26, self.name(kind, k), size=11)
            + self._text(self._x(column), self.top - 11, text)
            for column, (k, text) in enumerate(zip(self.columns, texts, strict=True))
        ]

    def _cells(self) -> list[str]:
        zero, unit = self._axis()
        parts = []
        for column, k in enumerate(self.columns):
            x, added = self._x(column), 0.0
            for row, j in enumerate(self.rows):
                y, factor, part = self._y(row), float(self.found.matrix[j, k]), float(self.found.parts[j, k])
                tooltip = f"{self._entry(j, k)} = {factor!r}, sent back: {part!r}"
                place = Box(x, y + _ROW / 2, self.cell, _ROW)
                cell = [
                    svg.title(tooltip),
                    svg.rectangle(place, fill="none", stroke=self.theme.line, stroke_width=0.6),
                    self._text(x, y + 11, self.texts.matrix[row][column], muted=True),
                    looks.bar("part", x + zero, y + 26, added, part, unit, _BAR, self.theme),
                    self._text(x, y + 42, self.texts.parts[row][column]),
                ]
                parts.append(svg.group(*cell, class_="sent"))
                added += part if np.isfinite(part) else 0.0
            if self.rest:
                y, part = self._y(len(self.rows)), float(self.found.sums[k]) - added
                text = looks.one(part, looks.decimals_of(self.found.sums[self.columns].tolist()), signed=True)
                shown = looks.bar("part", x + zero, y + 26, added, part, unit, _BAR, self.theme)
                parts.append(svg.group(shown, self._text(x, y + 42, text), class_="rest"))
        return parts

    def _entry(self, j: int, k: int) -> str:
        if self.is_weights:
            return drawn("w", self.found.layer + 1, j + 1, k + 1, self.notation)
        return f"∂{self.name('a', j)}/∂{self.name('z', k)}"

    def _sides(self) -> list[str]:
        """At the right of each row: what leaves it forward, and what comes back along it."""
        l = self.found.layer + self.is_weights
        kind, shape = ("z", "delta") if self.is_weights else ("a", "error")
        forward = (self.trace.pre_activations(l) if self.is_weights else self.trace.activations(l))[self.rows]
        scale = Scale.of(self.found.sent.tolist(), zero=self.theme.zero)
        parts, x = [], self.right + 10
        for row, (j, text) in enumerate(zip(self.rows, looks.column(forward.tolist()), strict=True)):
            y, number = self._y(row), float(self.found.sent[j])
            name = self._sender(j)
            parts.append(
                self._text(x, y + 13, f"→ {self.name(kind, j, l)} = {text}", anchor="start", muted=True)
            )
            place = Box(x + 16 + (self.side - 30) / 2, y + 36, self.side - 30, 22)
            look = looks.shape(shape, place, number, self.theme, scale)
            ink = text_on(scale.fill(number), self.theme) if self.is_weights else self.theme.ink
            words = [
                self._text(place.left + 7, y + 36, name, anchor="start", bold=self.is_weights, fill=ink),
                self._text(place.right - 7, y + 36, self.texts.sent[row], anchor="end",
                           bold=self.is_weights, fill=ink),
            ]  # fmt: skip
            parts.append(self._text(x, y + 36, "←", anchor="start", size=13))
            parts.append(svg.group(svg.title(f"{name} = {number!r}"), look, *words, class_="sender"))
        if self.rest:
            y = self._y(len(self.rows)) + 26
            parts.append(self._text(x, y, f"← {self.rest} more rows", anchor="start", muted=True))
        return parts

    def _sender(self, j: int) -> str:
        """The name of what comes back along a row."""
        if self.is_weights:
            return self.name("delta", j, self.found.layer + 1)
        return self.error_name(self.name("a", j))

    def error_name(self, name: str) -> str:
        """∂C/∂ of what has that name."""
        return f"∂{self.letters.cost}/∂{name}"

    def _zeros(self) -> list[str]:
        """A tick at 0 through every bar, so that a bar's side of it is seen."""
        zero, _ = self._axis()
        rows = [self._y(row) + 26 for row in range(len(self.rows) + bool(self.rest))]
        rows += [self.sums_top + 12] * self._has_sums + [self.deltas_top + 12]
        columns = range(len(self.columns))
        places = [(self._x(column) + zero, y) for column in columns for y in rows]
        ink = self.theme.ink
        return [svg.line((x, y - 9), (x, y + 9), stroke=ink, stroke_width=0.8) for x, y in places]

    def _ends(self) -> list[str]:
        """Below each column its sum, σ′, and δ."""
        zero, unit = self._axis()
        parts = []
        for column, k in enumerate(self.columns):
            x, error, delta = self._x(column), float(self.found.sums[k]), float(self.found.delta[k])
            if self._has_sums:
                shown = looks.bar("error", x + zero, self.sums_top + 12, 0.0, error, unit, _BAR, self.theme)
                words = self._text(x, self.sums_top + 30, self.texts.sums[column])
                parts.append(svg.group(svg.title(repr(error)), shown, words, class_="error"))
                slope = self.texts.slopes[column] if self.texts.slopes else f"{self.letters.jacobian}ᵀ"
                parts.append(svg.group(self._text(x, self.slopes_top + 9, slope, muted=True), class_="slope"))
            shown = looks.bar("delta", x + zero, self.deltas_top + 12, 0.0, delta, unit, 14, self.theme)
            words = self._text(x, self.deltas_top + 31, self.texts.delta[column], bold=True, size=11)
            parts.append(svg.group(svg.title(repr(delta)), shown, words, class_="delta"))
            name = self.name("delta", k)
            parts.append(self._text(x, self.deltas_top + 44, name, bold=True, size=11))
        return parts

    def _words(self) -> list[tuple[float, str]]:
        """What the cells and the rows below them are, at their right, and at which height."""
        l, n = self.found.layer, self.notation
        a, z, delta = (drawn(kind, l, notation=n) for kind in ("a", "z", "delta"))
        jacobian, lines = f"{self.letters.jacobian} = ∂{a}/∂{z}", []
        if self.is_weights:
            w, matrix = self.letters.w, self.letters.drawn_matrix(drawn("W", l + 1, notation=n))
            lines.append((self.top - 11, f"{matrix}: {w}, and {w} · {self.letters.delta} as a bar"))
        elif self.rows:
            lines.append((self.top - 11, f"{jacobian}, and its product with {self.error_name(a)}"))
        if self._has_sums:
            how = "the column added" if self.is_weights else "from the cost"
            lines.append((self.sums_top + 12, f"= {self.error_name(a)}, {how}"))
            slope = f"× {self.letters.activation}′({z})" if self.texts.slopes else f"through {jacobian}"
            lines.append((self.slopes_top + 9, slope))
        return [*lines, (self.deltas_top + 12, f"= {delta}")]
