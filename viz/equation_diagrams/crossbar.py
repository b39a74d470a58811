"""Draws a crossbar: a matrix whose rows are read forward and whose columns are read backward."""

from __future__ import annotations

import numpy as np

from nn import Trace
from nn.delta.formulas import as_text, equation
from nn.delta.notation import AnyNotation, as_notation, drawn
from viz.drawing import looks, svg
from viz.drawing.grid import Box
from viz.drawing.palette import Scale, Theme, mixed, text_on
from viz.drawing.room import Room
from viz.drawing.typography import widest
from viz.equation_diagrams.crossing import Crossing, printed

TOP = 54.0
MARGIN, NETS = 24.0, 172.0  # at the left, and of the two small networks beside the matrix
NODE = 24.0  # from one neuron of theirs to the next
_SIZE, _LARGE = 10.0, 11.0
_ROW, _SUM, _SLOPE, _DELTA = 52.0, 42.0, 22.0, 52.0  # heights
_SIDE, _WIDEST = 156.0, 136.0  # of what stands at the right of a row, and of a cell
_BAR, _BAR_AT = 11.0, 26.0  # the height of a bar, and its place in a row
_MOST_COLUMNS = 8
_ENTERED, _LIT = 0.08, 0.17  # how much of the colour of its δ a row has, and where it crosses the lit column
_FUNNEL = 0.2


class Crossbar:
    """The matrix with what enters it on top and δ at its right; below each column what it adds up to.

    δ of a row colours it; each product with w is a bar that begins where the one above it ended.
    """

    def __init__(
        self,
        trace: Trace,
        found: Crossing,
        lit: int | None,
        notation: AnyNotation,
        theme: Theme,
        room: Room,
        most_rows: int,
    ) -> None:
        """`lit` is the neuron, counted from 0, whose column is lit; None chooses that of the largest |δ|."""
        self.trace, self.found, self.notation, self.theme = trace, found, notation, theme
        self.letters = as_notation(notation)
        self.is_weights = found.layer < trace.depth  # else J, or no matrix at all
        self._choose(lit, room.widest - 2 * MARGIN - NETS - _SIDE - 24, most_rows)
        self.left = MARGIN + (NETS if self.is_weights else 0.0)
        self.top = TOP + (44.0 if self.rows else 0.0)
        self.sums_top = self.top + _ROW * len(self.parts) + 6
        self.slopes_top = self.sums_top + (_SUM if self._has_sums else 0.0)
        self.deltas_top = self.slopes_top + (_SLOPE if self._has_sums else 0.0)
        self.right = self.left + self.cell * len(self.columns)
        self.net = 44 + NODE * max(len(self.rows), len(self.columns))
        names = [self._sender(j) for j in self.rows]
        self.side = max(_SIDE, 54 + widest(names, _SIZE, True) + widest(self.texts.sent, _SIZE, True))
        self.end = self.right + 10 + max(self.side, widest((words for _, words in self._words()), _LARGE))
        self.bottom = max(self.deltas_top + _DELTA, TOP + 2 * self.net if self.is_weights else 0.0)
        self._zero, self._unit = self._axis()

    def _choose(self, lit: int | None, room: float, most_rows: int) -> None:
        """The rows and columns that are drawn: as many columns as `room` px have room for."""
        most = _MOST_COLUMNS
        while True:
            self.columns = self.found.strongest_columns(most)
            if lit is not None and lit not in self.columns:
                self.columns = sorted([*self.found.strongest_columns(most - 1), lit])
            self.rows = self.found.strongest_rows(self.columns, most_rows)
            self.texts = printed(self.found, self.rows, self.columns)
            rows = [*self.texts.matrix, *self.texts.parts, self.texts.sums, self.texts.slopes]
            needed = 12 + widest((text for row in rows for text in row), _SIZE)
            needed = max(needed, 10 + widest(self.texts.delta, _LARGE, bold=True))
            if most <= 2 or needed * len(self.columns) <= room:
                break
            most = len(self.columns) - 1
        self.cell = max(needed, min(_WIDEST, (room - 90) / len(self.columns)))
        self.parts = self.found.shown_parts(self.rows)[:, self.columns]
        (strongest,) = looks.strongest(self.found.delta[self.columns], 1)
        self.lit = self.columns[strongest] if lit is None else lit
        self.lit_row = int(np.argmax(np.abs(self.found.parts[self.rows, self.lit]))) if self.rows else 0
        self.rest = len(self.found.sent) - len(self.rows)
        sent = [text.lstrip("+") for text in self.texts.sent]
        self.factors = [[f"{w} × {d}" for w in row] for row, d in zip(self.texts.matrix, sent, strict=True)]
        if widest((text for row in self.factors for text in row), _SIZE) > self.cell - 8:
            self.factors = self.texts.matrix

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

    # --- places, scales and names -----------------------------------------------------------------------

    def _x(self, column: int) -> float:
        return self.left + self.cell * (column + 0.5)

    def _y(self, row: int) -> float:
        return self.top + _ROW * row

    def _axis(self) -> tuple[float, float]:
        """Where 0 is, from the middle of a column, and how many px are 1: one scale for all bars."""
        numbers = [np.cumsum(np.where(np.isfinite(self.parts), self.parts, 0.0), axis=0)]
        numbers += [self.found.delta[self.columns]] + [self.found.sums[self.columns]] * self._has_sums
        every = np.concatenate([each.ravel() for each in numbers])
        every = every[np.isfinite(every)]
        low, high = every.min(initial=0.0), every.max(initial=0.0)
        unit = float((self.cell - 14) / ((high - low) or 1.0))
        return 7 - self.cell / 2 - float(low) * unit, unit

    def name(self, kind: str, neuron: int, layer: int = 0) -> str:
        """The name of a quantity of a neuron, counted from 0."""
        return drawn(kind, layer or self.found.layer, neuron + 1, notation=self.notation)

    def error_name(self, name: str) -> str:
        """∂C/∂ of what has that name."""
        return f"∂{self.letters.cost}/∂{name}"

    def _sender(self, j: int) -> str:
        """The name of what comes back along a row."""
        if self.is_weights:
            return self.name("delta", j, self.found.layer + 1)
        return self.error_name(self.name("a", j))

    def _entry(self, j: int, k: int) -> str:
        if self.is_weights:
            return drawn("w", self.found.layer + 1, j + 1, k + 1, self.notation)
        return f"∂{self.name('a', j)}/∂{self.name('z', k)}"

    # --- drawing ----------------------------------------------------------------------------------------

    def draw(self) -> list[str]:
        """Bands first, then the columns with their sums, what stands beside the rows, and the words."""
        parts = [self._column_band()]
        for column, k in enumerate(self.columns):
            parts += [*(self._column(column, k) if self.rows else []), *self._end(column, k)]
        parts += [self._row_band(), *self._sides()] if self.rows else []
        return parts + [
            self._text(self.right + 10, y, words, anchor="start", size=_LARGE) for y, words in self._words()
        ]

    def _text(self, x: float, y: float, words: str, *, muted: bool = False, **others: object) -> str:
        arguments: dict[str, object] = {"size": _SIZE, "fill": self.theme.muted if muted else self.theme.ink}
        return svg.text(x, y, words, **arguments | others)  # type: ignore[arg-type]  # sizes, anchors, weights

    def _column_band(self) -> str:
        top, bottom = self.top - (40 if self.rows else 4), self.deltas_top + _DELTA
        x = self._x(self.columns.index(self.lit))
        place = Box(x, (top + bottom) / 2, self.cell, bottom - top)
        return svg.rectangle(place, rx=6, fill=self.theme.frame, stroke=self.theme.ink, stroke_width=1.4)

    def _row_band(self) -> str:
        middle, across = (self.left + self.right) / 2, self.right - self.left
        place = Box(middle, self._y(self.lit_row) + _ROW / 2, across, _ROW)
        return svg.rectangle(place, fill="none", stroke=self.theme.ink, stroke_dasharray="4 3")

    def _column(self, column: int, k: int) -> list[str]:
        """What enters it forward, a, or z where the matrix is J; then a cell a row, and what is not drawn."""
        kind, l = ("a" if self.is_weights else "z"), self.found.layer
        numbers = self.trace.activations(l) if self.is_weights else self.trace.pre_activations(l)
        text = looks.column(numbers[self.columns].tolist())[column]
        x, added = self._x(column), 0.0
        drawing = [
            self._text(x, self.top - 26, self.name(kind, k), size=_LARGE),
            self._text(x, self.top - 11, text),
        ]
        for row, part in enumerate(self.parts[:, column].tolist()):
            y = self._y(row)
            cell = self._cell(column, k, row, part) if row < len(self.rows) else []
            bar = self._bar("part", column, y + _BAR_AT, part, added)
            cell += [bar, self._text(x, y + 42, self.texts.parts[row][column])]
            drawing.append(svg.group(*cell, class_="sent" if row < len(self.rows) else "rest"))
            drawing += [self._joint(column, y + _BAR_AT - 7.5, added)] if row else []
            added += part if np.isfinite(part) else 0.0
            drawing.append(self._joint(column, y + _BAR_AT + 7.5, added))
        return drawing

    def _cell(self, column: int, k: int, row: int, part: float) -> list[str]:
        """The frame of a cell, in the colour of the δ that comes along its row, and w, or w × δ."""
        j, x, y = self.rows[row], self._x(column), self._y(row)
        sent, fill = float(self.found.sent[j]), "none"
        if self.is_weights and np.isfinite(sent):
            scale = Scale.of(self.found.sent.tolist(), zero=self.theme.zero)
            fill = mixed(self.theme.background, scale.fill(sent), _LIT if k == self.lit else _ENTERED)
        place = Box(x, y + _ROW / 2, self.cell, _ROW)
        return [
            svg.title(f"{self._entry(j, k)} = {float(self.found.matrix[j, k])!r}, sent back: {part!r}"),
            svg.rectangle(place, fill=fill, stroke=self.theme.line, stroke_width=0.6),
            self._text(x, y + 11, self.factors[row][column], muted=True),
        ]

    def _bar(
        self, kind: str, column: int, y: float, number: float, start: float = 0.0, high: float = _BAR
    ) -> str:
        """A bar, and a tick at 0 through it, so that its side of 0 is seen."""
        zero, ink = self._x(column) + self._zero, self.theme.ink
        bar = looks.bar(kind, zero, y, start, number, self._unit, high, self.theme)
        return bar + svg.line((zero, y - 9), (zero, y + 9), stroke=ink, stroke_width=0.8)

    def _joint(self, column: int, y: float, at: float) -> str:
        """A short line above the beginning of a bar, or below its end: the next one begins there."""
        x = self._x(column) + self._zero + self._unit * at
        return svg.line((x, y - 2), (x, y + 2), stroke=self.theme.muted, class_="joint")

    def _sides(self) -> list[str]:
        """At the right of each row: what leaves it forward, and what comes back along it."""
        l = self.found.layer + self.is_weights
        kind, shape = ("z", "delta") if self.is_weights else ("a", "error")
        forward = (self.trace.pre_activations(l) if self.is_weights else self.trace.activations(l))[self.rows]
        scale = Scale.of(self.found.sent.tolist(), zero=self.theme.zero)
        parts, x = [], self.right + 10
        for row, (j, text) in enumerate(zip(self.rows, looks.column(forward.tolist()), strict=True)):
            y, number, name = self._y(row), float(self.found.sent[j]), self._sender(j)
            left = f"→ {self.name(kind, j, l)} = {text}"
            place = Box(x + 16 + (self.side - 30) / 2, y + 36, self.side - 30, 22)
            look = looks.shape(shape, place, number, self.theme, scale)
            ink = text_on(scale.fill(number), self.theme) if self.is_weights else self.theme.ink
            bold, sent = self.is_weights, self.texts.sent[row]
            words = [
                self._text(place.left + 7, y + 36, name, anchor="start", bold=bold, fill=ink),
                self._text(place.right - 7, y + 36, sent, anchor="end", bold=bold, fill=ink),
            ]
            parts += [
                self._text(x, y + 13, left, anchor="start", muted=True),
                self._text(x, y + 36, "←", anchor="start", size=13),
                svg.group(svg.title(f"{name} = {number!r}"), look, *words, class_="sender"),
            ]
        if self.rest:
            y = self._y(len(self.rows)) + _BAR_AT
            parts.append(self._text(x, y, f"← {self.rest} more rows", anchor="start", muted=True))
        return parts

    def _end(self, column: int, k: int) -> list[str]:
        """Below a column its sum, σ′, which narrows it, and δ."""
        x, error, delta = self._x(column), float(self.found.sums[k]), float(self.found.delta[k])
        parts = []
        if self._has_sums:
            y = self.sums_top + 12
            narrows = self.texts.slopes and np.isfinite([error, delta]).all()  # J mixes neurons
            parts += [self._funnel(column, error, delta)] if narrows else []
            parts += [self._joint(column, y - 7.5, error)] if self.rows and np.isfinite(error) else []
            words = self._text(x, y + 18, self.texts.sums[column])
            bar = self._bar("error", column, y, error)
            parts.append(svg.group(svg.title(repr(error)), bar, words, class_="error"))
            slope = f"× {self.texts.slopes[column]}" if self.texts.slopes else f"{self.letters.jacobian}ᵀ"
            parts.append(svg.group(self._text(x, self.slopes_top + 9, slope, muted=True), class_="slope"))
        bar = self._bar("delta", column, self.deltas_top + 12, delta, high=14)
        words = self._text(x, self.deltas_top + 31, self.texts.delta[column], bold=True, size=_LARGE)
        parts.append(svg.group(svg.title(repr(delta)), bar, words, class_="delta"))
        name = self._text(x, self.deltas_top + 44, self.name("delta", k), bold=True, size=_LARGE)
        return [*parts, name]

    def _funnel(self, column: int, error: float, delta: float) -> str:
        """From the ends of ∂C/∂a to those of δ."""
        zero, above, below = self._x(column) + self._zero, self.sums_top + 18.5, self.deltas_top + 5
        corners = [(0.0, above), (error, above), (delta, below), (0.0, below)]
        points = " ".join(f"{zero + self._unit * number:.2f},{y:.2f}" for number, y in corners)
        fill = mixed(self.theme.background, looks.colour(error, self.theme), _FUNNEL)
        return svg.element("polygon", points=points, fill=fill, class_="funnel")

    def _words(self) -> list[tuple[float, str]]:
        """The equation once more, at the right of what it says, and at which height."""
        l, n = self.found.layer, self.notation
        a, z, delta = (drawn(kind, l, notation=n) for kind in ("a", "z", "delta"))
        error, jacobian, lines = self.error_name(a), f"{self.letters.jacobian} = ∂{a}/∂{z}", []
        if self.is_weights:
            matrix = self.letters.drawn_matrix(drawn("W", l + 1, notation=n))
            lines.append((self.top - 11, f"{matrix}: each {self.letters.w} × {self.letters.delta}, as a bar"))
            product = as_text(equation(2, l, n)[2:5], n)
            lines += [(self.sums_top + 12, f"{product}: a column added"), (self.sums_top + 30, f"= {error}")]
        elif self.rows:
            lines.append((self.top - 11, f"{jacobian}, and its product with {error}"))
        else:
            lines.append((self.sums_top + 12, f"{error}, from the cost"))
        if self._has_sums:
            slope = f"⊙ {self.letters.activation}′({z})" if self.texts.slopes else f"through {jacobian}"
            lines.append((self.slopes_top + 9, slope))
        return [*lines, (self.deltas_top + 12, f"= {delta}")]
