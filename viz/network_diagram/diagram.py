"""Draws a network: forward and backward ribbons between neurons, and in each the numbers that they bring."""

from __future__ import annotations

from minigrad.symbols.numerals import compact
from nn import Trace
from nn.delta.notation import AnyNotation, as_notation, drawn
from viz.arguments import check_trace
from viz.drawing import looks, svg
from viz.drawing.grid import Box
from viz.drawing.legend import Legend
from viz.drawing.palette import Theme, text_on, theme_named
from viz.drawing.picture import Picture, picture_of
from viz.drawing.room import Asked, Room, room_of
from viz.network_diagram.columns import MOST_LINES, Row, columns_of, weight_derivative
from viz.network_diagram.layout import CELL, HEADING, SIZE, TABLED, TOP, Placed, bottom_of, in_bands, size_of
from viz.network_diagram.legend import add_keys
from viz.network_diagram.ribbons import ribbons
from viz.network_diagram.scales import Scales, scales_of

_MOST_LINES = (MOST_LINES, 12, 8, 0)  # before a layer of blocks: fewer where all is seen at once
_FEWER = (8, 6, 4)  # neurons of a layer, where no fewer lines are enough


def network(
    trace: Trace,
    *,
    notation: AnyNotation = "002",
    theme: str = "auto",
    scale: str = "layer",
    max_neurons: int = 10,
    room: Asked = "page",
) -> Picture:
    """Draw a traced network: w · a forward and w · δ backward as ribbons, δ and ∂C/∂w as numbers in colour.

    A layer into which more than 16 lines lead is a table, with W before it. `scale` is "layer" (each layer
    has its own ±M), "global" (one ±M for all) or "symlog" (one ±M, logarithmic). Of a layer with more than
    `max_neurons` neurons the strongest are drawn, those of the largest |δ|, which the picture says; a network
    that is wider than its `room`, as of `viz.graph`, is broken into bands, and for a slide has
    more tables, and fewer neurons where there is no place for so many.

    Raises TypeError for what is not a trace; ValueError for an unknown notation, theme, scale or room, or
    fewer than 2 `max_neurons`.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(2, [1], seed=0), [1.0, 2.0], y=0.0)
    >>> t.backward()
    >>> "δ₁⁽¹⁾" in network(t).svg
    True
    """
    check_trace("network", trace)
    colours = theme_named(theme)
    scales = scales_of(trace, scale, colours.zero)
    drawing = Drawing(trace, notation, colours, scales, max_neurons, room_of(room))
    sizes, delta = "-".join(map(str, trace.model.sizes)), as_notation(notation).delta
    title = f"Network {sizes}: {delta} of neurons, {weight_derivative(notation)} of weights"
    body, words = drawing.draw(), drawing.description()
    return picture_of(drawing.width, drawing.legend.end, body, title=title, description=words, theme=colours)


class Drawing:
    """A network's picture, part by part."""

    def __init__(
        self,
        trace: Trace,
        notation: AnyNotation,
        theme: Theme,
        scales: Scales,
        max_neurons: int,
        room: Room,
    ) -> None:
        self.trace, self.notation, self.theme, self.scales = trace, notation, theme, scales
        self.letters = as_notation(notation)
        ways = [(max_neurons, lines) for lines in _MOST_LINES]
        ways += [(neurons, 0) for neurons in _FEWER if neurons < max_neurons]
        layouts = (in_bands(columns_of(trace, notation, *way), room) for way in ways)
        self.bands = next(layouts) if room.is_page else room.chosen(layouts, size_of)
        columns = [*{placed.column.layer: placed.column for band in self.bands for placed in band}.values()]
        below = bottom_of(self.bands[-1]) + 32
        self.width = max(*(band[-1].right + 20 for band in self.bands), 640.0)
        self.legend = Legend(24.0, below, self.width - 24, theme)
        add_keys(self.legend, columns, trace, scales, notation)

    def draw(self) -> list[str]:
        """Ribbons first, the neurons over them, then headings and legend."""
        parts = []
        for band in self.bands:
            parts += ribbons(band, self.trace, self.theme, self.letters)
            for column in band:
                draw = self._table_row if column.column.is_table else self._block
                parts += [draw(column, position) for position in range(len(column.column.neurons))]
            parts += self._headings(band)
        return parts + self.legend.keys

    def description(self) -> str:
        """The picture in words: every δ."""
        if not self.scales.reached:
            return "No backward pass has been made yet."
        deltas = {l: self.trace.delta(l).tolist() for l in range(1, self.trace.depth + 1)}
        texts = {l: ", ".join(compact(delta, signed=True) for delta in row) for l, row in deltas.items()}
        return ". ".join(f"{self.letters.delta} of layer {l}: {text}" for l, text in texts.items())

    def _block(self, column: Placed, position: int) -> str:
        """A neuron as rows below one another."""
        neuron, box = column.column.neurons[position], column.neuron(position)
        outline = svg.rectangle(box, rx=5, fill=self.theme.surface, stroke=self.theme.line)
        rows = [self._row(column, column.row(position, row), row) for row in neuron.rows]
        return svg.group(svg.title(neuron.tooltip), outline, *rows, class_="neuron")

    def _text(self, x: float, y: float, words: str, anchor: str = "end", muted: bool = False) -> str:
        ink = self.theme.muted if muted else self.theme.ink
        return svg.text(x, y, words, size=SIZE, fill=ink, anchor=anchor)

    def _row(self, column: Placed, box: Box, row: Row) -> str:
        if row.kind in ("error", "delta"):
            inner = Box(box.x, box.y, box.width - 4, box.height - 3)
            return self._gradient(inner, column.column.layer, row, row.name)
        parts = [self._text(box.left + 7, box.y, row.name, "start", muted=True)]
        if row.kind != "w":
            return svg.group(*parts, self._text(box.right - 7, box.y, row.text), class_=row.kind)
        parts.append(self._text(column.part(box, 1).right - 4, box.y, row.text))
        cell = column.part(box, 2)
        if self.scales.reached:
            scale = self.scales.weight[column.column.layer]
            place = Box(cell.x - 1, cell.y, cell.width - 2, cell.height - 2)
            parts.append(looks.shape("cell", place, row.gradient, self.theme, scale, class_="cell"))
        return svg.group(*parts, self._text(cell.right - 4, cell.y, row.gradient_text), class_="w")

    def _gradient(self, box: Box, layer: int, row: Row, name: str = "") -> str:
        """∂C/∂a, outlined, or δ, filled; with a "?" before a backward pass."""
        parts, ink = [], self.theme.muted
        if self.scales.reached:
            scale = self.scales.delta[layer] if row.kind == "delta" else None
            shape = looks.shape(row.kind, box, row.number, self.theme, scale)
            fill = scale.fill(row.number) if scale else self.theme.surface
            parts, ink = [shape], text_on(fill, self.theme) if scale else self.theme.ink
        bold = looks.LOOKS[row.kind].bold
        parts += [
            svg.text(box.left + 5, box.y, name, size=SIZE, fill=ink, anchor="start", bold=bold),
            svg.text(box.right - 5, box.y, row.text, size=SIZE, fill=ink, anchor="end", bold=bold),
        ]
        return svg.group(*parts, class_=row.kind)

    def _table_row(self, column: Placed, position: int) -> str:
        """A neuron as a row: its weights and their gradients as bars, then a, ∂C/∂a and δ."""
        neuron, box = column.column.neurons[position], column.neuron(position)
        weights = [row for row in neuron.rows if row.kind == "w"]
        first = column.part(box, 0)
        parts = [
            svg.title(neuron.tooltip),
            self._text(first.right - 4, box.y, f"{neuron.index + 1}", muted=True),
        ]
        for number, row in enumerate(weights):
            cell = Box(first.left + (number + 0.5) * CELL, box.y, CELL, box.height)
            parts.append(self._weight(cell, column.column.layer, row))
        for number, kind in enumerate(TABLED, start=1):
            place = column.part(box, number)
            row = next(row for row in neuron.rows if row.kind == kind)
            if kind == "a":
                parts.append(svg.group(self._text(place.right - 7, box.y, row.text), class_="a"))
            else:
                inner = Box(place.x, place.y, place.width - 4, place.height - 4)
                parts.append(self._gradient(inner, column.column.layer, row))
        return svg.group(*parts, class_="neuron")

    def _weight(self, cell: Box, layer: int, row: Row) -> str:
        """w as a grey bar and ∂C/∂w as a tinted one below it, in a cell of the matrix."""
        words = f"{row.name} = {row.text}, {weight_derivative(self.notation)} = {row.gradient_text}"
        frame = svg.rectangle(cell, fill=self.theme.surface, stroke=self.theme.line, stroke_width=0.4)
        share = min(abs(row.number) / (self.scales.largest_weight or 1.0), 1.0)
        bars = [("data", "w", row.number, share, -4.5, 6.0)]
        if self.scales.reached:
            share = self.scales.weight[layer].strength(row.gradient)
            bars.append(("cell", "cell", row.gradient, share, 4.5, 7.0))
        parts = [svg.title(words), frame]
        for kind, class_, number, share, down, high in bars:
            across = max(share * (cell.width - 3), 0.8)
            bar = Box(cell.left + 1.5 + across / 2, cell.y + down, across, high)
            parts.append(looks.shape(kind, bar, number, self.theme, class_=class_))
        return svg.group(*parts, class_="weight")

    def _headings(self, band: list[Placed]) -> list[str]:
        parts, top = [], min(column.top for column in band) - TOP
        for column in band:
            x, ink = column.left + column.width / 2, self.theme.ink
            y = column.top - 12 if column.is_below else top + 24
            parts.append(svg.text(x, y, column.column.heading, size=HEADING, fill=ink, bold=True))
            parts.append(self._text(x, top + 40, column.column.abridged, "middle", muted=True))
            parts += self._table_heads(column) if column.column.is_table else self._block_heads(column)
        if band is not self.bands[0]:
            words = f"{band[0].column.heading} as above; from it the picture goes on"
            parts.append(self._text(20, top + 8, words, "start", muted=True))
        return parts

    def _block_heads(self, column: Placed) -> list[str]:
        """w and ∂C/∂w above the first block of a layer."""
        if not column.parts[2]:
            return []
        y, right = column.top - 9, column.part(column.neuron(0), 1).right - 4
        return [
            self._text(right, y, self.letters.w, muted=True),
            self._text(column.right - 4, y, weight_derivative(self.notation), muted=True),
        ]

    def _table_heads(self, column: Placed) -> list[str]:
        """The numbers of the sources above the matrix, and a, ∂C/∂a, δ above their numbers."""
        l, n = column.column.layer, self.notation
        error = f"∂{self.letters.cost}/∂{self.letters.a}"
        names = [drawn("a", l, notation=n), error, drawn("delta", l, notation=n)]
        box, y = column.neuron(0), column.top - 9
        parts = [
            self._text(column.part(box, number).right - 7, y, name, muted=True)
            for number, name in enumerate(names, start=1)
        ]
        sources = [row.source for row in column.column.neurons[0].rows if row.kind == "w"]
        for number, k in enumerate(sources):
            x = column.left + (number + 0.5) * CELL
            up = 11 * (number % 2) if max(sources) > 8 else 0  # two rows, so that no number touches the next
            parts.append(self._text(x, y - up, str(k + 1), "middle", muted=True))
        w = f"{self.letters.drawn_matrix(drawn('W', l, notation=n))}, from"
        return [*parts, self._text(column.left, y - 25, w, "start")]
