"""Draws a network as the documents do: neurons on a grid, weights as lines, with δ and ∂C/∂w = δ · a."""

from __future__ import annotations

from dataclasses import replace

from minigrad.symbols.numerals import compact
from nn import Trace
from nn.delta.notation import drawn
from viz.arguments import check_trace
from viz.drawing import svg
from viz.drawing.grid import Box, Point, along, place_labels
from viz.drawing.palette import Theme, text_on, theme_named
from viz.drawing.picture import Picture, picture_of
from viz.drawing.typography import widest
from viz.network_diagram.layout import Cell, columns_of, edges_between, grid_of, headings, weight_derivative
from viz.network_diagram.legend import legend
from viz.network_diagram.scales import Scales, scales_of

LABEL = 10.0
NUMBER = 11.0
LABELLED_EDGES = 16
_LEGEND = 74.0
_HEADER = 46.0


def network(
    trace: Trace, *, notation: str = "002", theme: str = "light", scale: str = "layer", max_neurons: int = 10
) -> Picture:
    """Draw a traced network: z, a and δ on neurons, w and ∂C/∂w on lines.

    `scale` is "layer" (each layer has its own ±M), "global" (one ±M for all) or "symlog" (one ±M,
    logarithmic). Of a layer with more than `max_neurons` neurons some are left out, which the picture says.

    Raises TypeError for what is not a trace; ValueError for an unknown notation, theme or scale, or fewer
    than 2 `max_neurons`.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(2, [1], seed=0), [1.0, 2.0], y=0.0)
    >>> t.backward()
    >>> "δ₁⁽¹⁾" in network(t).svg
    True
    """
    check_trace("network", trace)
    colours = theme_named(theme)
    drawing = _Drawing(trace, notation, colours, scales_of(trace, scale, colours.zero), max_neurons)
    sizes = "-".join(map(str, trace.model.sizes))
    title = f"Network {sizes}: δ on neurons, {weight_derivative(notation)} on weights"
    body, words = drawing.draw(), drawing.description()
    return picture_of(drawing.width, drawing.height, body, title=title, description=words, theme=colours)


class _Drawing:
    def __init__(self, trace: Trace, notation: str, theme: Theme, scales: Scales, max_neurons: int) -> None:
        self.trace, self.notation, self.theme = trace, notation, theme
        self.columns = columns_of(trace, notation, max_neurons)
        crowded = any(edges > LABELLED_EDGES for edges in edges_between(self.columns))
        self.scales = scales = replace(scales, thickest=3.0) if crowded else scales
        self.headings = headings(trace, self.columns, notation)
        self.grid = grid_of(self.columns, self.headings, LABELLED_EDGES, top=_HEADER + 22)
        below = self.grid.top + self.grid.height + 56
        self.legend, legend_width = legend(24.0, below, trace, theme, scales, weight_derivative(notation))
        self.width = max(self.grid.width + 2 * self.grid.left, legend_width + 48)
        self.height = self.grid.top + self.grid.height + _LEGEND + 22

    def draw(self) -> list[str]:
        """Lines first, boxes over them, labels on top."""
        lines, labels = [], []
        for l in range(1, self.trace.depth + 1):
            layer_lines, layer_labels = self._weights(l)
            lines += layer_lines
            labels += layer_labels
        boxes = [
            self._cell(self.grid.box(c, r), cell)
            for c, column in enumerate(self.columns)
            for r, cell in enumerate(column.cells)
        ]
        return [*self._headings(), *lines, *self._cost_line(), *boxes, *labels, *self.legend]

    def description(self) -> str:
        """The picture in words: every δ."""
        if not self.scales.reached:
            return "No backward pass has been made yet."
        deltas = {l: map(float, self.trace.delta(l)) for l in range(1, self.trace.depth + 1)}
        texts = {l: ", ".join(compact(delta, signed=True) for delta in row) for l, row in deltas.items()}
        return ". ".join(f"δ of layer {l}: {text}" for l, text in texts.items())

    def _cell(self, box: Box, cell: Cell) -> str:
        if cell.skipped:
            words, muted = cell.lines[0][0], self.theme.muted
            return svg.text(box.x, box.y, words, size=NUMBER, fill=muted, class_="skipped")
        outline = svg.rectangle(box, rx=7, fill=self.theme.surface, stroke=self.theme.line)
        parts = [svg.title(cell.tooltip), outline]
        band = 22.0 if cell.delta_name else 0.0
        line_height = (box.height - band - 8) / len(cell.lines)
        for number, (name, value) in enumerate(cell.lines):
            y = box.top + 4 + (number + 0.5) * line_height
            ink = self.theme.ink
            parts.append(svg.text(box.left + 8, y, name, size=NUMBER, fill=ink, anchor="start"))
            parts.append(svg.text(box.right - 8, y, value, size=NUMBER, fill=ink, anchor="end"))
        if cell.delta_name:
            parts.append(self._band(box, band, cell))
        return svg.group(*parts, class_="neuron")

    def _band(self, box: Box, height: float, cell: Cell) -> str:
        fill, ink, value = self.theme.background, self.theme.muted, "?"
        if self.scales.reached:
            fill = self.scales.delta[cell.layer].fill(cell.delta)
            ink, value = text_on(fill, self.theme), compact(cell.delta, signed=True)
        top, y = box.bottom - height, box.bottom - height / 2
        area = svg.element(
            "path",
            d=f"M{box.left:.2f},{top:.2f} h{box.width:.2f} v{height - 7:.2f} q0,7 -7,7 "
            f"h{14 - box.width:.2f} q-7,0 -7,-7 z",
            fill=fill,
            stroke=self.theme.line,
        )
        return svg.group(
            area,
            svg.text(box.left + 8, y, cell.delta_name, size=NUMBER, fill=ink, anchor="start", bold=True),
            svg.text(box.right - 8, y, value, size=NUMBER, fill=ink, anchor="end", bold=True),
            class_="delta",
        )

    def _weights(self, l: int) -> tuple[list[str], list[str]]:
        pairs = [(to, source) for to in self._shown_neurons(l) for source in self._shown_neurons(l - 1)]
        edges = []
        for (row, _), (source_row, _) in pairs:
            start, end = self.grid.box(l - 1, source_row), self.grid.box(l, row)
            edges.append(((start.right, start.y), (end.left, end.y)))
        neurons = self.trace.model.layers[l - 1].neurons
        lines, texts = [], []
        for ((_, j), (_, k)), (start_point, end_point) in zip(pairs, edges, strict=True):
            weight = neurons[j].w[k]
            name = drawn("w", l, j + 1, k + 1, self.notation)
            texts.append(self._weight_text(name, weight.data, weight.grad))
            lines.append(self._line(l, start_point, end_point, weight.data, weight.grad, " ".join(texts[-1])))
        if len(pairs) > LABELLED_EDGES:
            return lines, []
        sizes = [(widest(words, LABEL) + 6, 12.5 * len(words)) for words in texts]
        places = place_labels(edges, sizes)
        return lines, [self._label(place, words) for place, words in zip(places, texts, strict=True)]

    def _weight_text(self, name: str, weight: float, gradient: float) -> list[str]:
        back = compact(gradient, signed=True) if self.scales.reached else "?"
        return [f"{name} = {compact(weight)}", f"{weight_derivative(self.notation)} = {back}"]

    def _line(self, l: int, start: Point, end: Point, w: float, grad: float, words: str) -> str:
        colour = self.theme.line
        if self.scales.reached:
            colour = self.scales.weight[l].stroke(grad, self.theme.faint)
        return svg.line(
            start,
            end,
            svg.title(words),
            stroke=colour,
            stroke_width=self.scales.line_width(w),
            stroke_dasharray="7 4" if w < 0 else None,
            class_="weight",
        )

    def _label(self, place: Box, words: list[str]) -> str:
        plate = svg.rectangle(place, rx=3, fill=self.theme.background, fill_opacity=0.88)
        first = place.y - 12.5 * (len(words) - 1) / 2
        lines = [
            svg.text(place.x, first + 12.5 * number, line, size=LABEL, fill=self.theme.ink)
            for number, line in enumerate(words)
        ]
        return svg.group(plate, *lines, class_="label")

    def _cost_line(self) -> list[str]:
        last = self.trace.depth
        if len(self.columns) == last + 1:
            return []
        cost = self.grid.box(last + 1, 0)
        boxes = [self.grid.box(last, row) for row, _ in self._shown_neurons(last)]
        return [
            svg.line((box.right, box.y), (cost.left, cost.y), stroke=self.theme.line, stroke_width=1.2)
            for box in boxes
        ]

    def _shown_neurons(self, l: int) -> list[tuple[int, int]]:
        """(row, index of the neuron) for the neurons of a layer that are drawn."""
        cells = self.columns[l].cells
        return [(row, cell.index) for row, cell in enumerate(cells) if not cell.skipped]

    def _headings(self) -> list[str]:
        lines = [
            svg.text(self.grid.box(number, 0).x, 26, heading, size=13, fill=self.theme.ink, bold=True)
            for number, heading in enumerate(self.headings)
        ]
        return lines + self._scale_lines()

    def _scale_lines(self) -> list[str]:
        if not self.scales.reached:
            return []
        y = self.grid.top + self.grid.height + 22
        lines = []
        for l in range(1, self.trace.depth + 1):
            box, before = self.grid.box(l, 0), self.grid.box(l - 1, 0)
            x, _ = along((before.right, 0), (box.left, 0), 0.5)
            deltas, weights = self.scales.delta[l].maximum, self.scales.weight[l].maximum
            lines.append(svg.text(box.x, y, f"δ: M = {compact(deltas)}", size=LABEL, fill=self.theme.muted))
            words = f"{weight_derivative(self.notation)}: M = {compact(weights)}"
            lines.append(svg.text(x, y, words, size=LABEL, fill=self.theme.muted))
        return lines
