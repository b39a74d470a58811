"""Draws two layers twice: with the lines of one row lit, as forward, and of one column, as backward."""

from __future__ import annotations

import numpy as np

from viz.drawing import looks, svg
from viz.drawing.grid import Box, Point
from viz.drawing.palette import Scale, largest, text_on
from viz.equation_diagrams.crossbar import MARGIN, NETS, NODE, TOP, Crossbar

_RADIUS, _THICKEST = 8.5, 9.0
_LABEL = 10.0


class TwoLayers:
    """The neurons that a crossbar draws, layer l at the left and l + 1 at the right, and their lines."""

    def __init__(self, bar: Crossbar) -> None:
        self.bar, self.theme = bar, bar.theme
        self.left, self.right = MARGIN + 14, MARGIN + NETS - 42  # the middles of the neurons

    def draw(self) -> list[str]:
        """The network as forward, beside the top of the matrix, and as backward, beside its sums."""
        return [self._forward(TOP), self._backward(self.bar.bottom - self.bar.net)]

    def _forward(self, top: float) -> str:
        """The lines into the neuron of the lit row."""
        bar, row = self.bar, self.bar.lit_row
        lines = []
        for column, j in np.ndindex(len(bar.columns), len(bar.rows)):
            start, end = self._ends(top, column, j)
            lit = {"stroke": self.theme.ink, "stroke_width": 1.6, "class_": "row"}
            lines.append(svg.line(start, end, **(lit if j == row else self._faint())))
            lines += [self._head(start, end, self.theme.ink)] if j == row else []
        l = bar.found.layer + 1
        name = bar.name("z", bar.rows[row], l)
        added = f" + {bar.letters.b}" if bar.trace.biases(l).any() else ""
        words = f"row {bar.rows[row] + 1} · {bar.letters.a}{added} gives {name}"
        return self._net(top, "forward: by row", words, lines, None)

    def _backward(self, top: float) -> str:
        """The lines out of the neuron of the lit column, each as wide as |w δ|, in the colour of its sign."""
        bar, k = self.bar, self.bar.lit
        lit = bar.columns.index(k)
        parts = bar.found.parts[bar.rows, k].tolist()
        most = largest(parts) or 1.0
        faint, lines = [], []
        for column, j in np.ndindex(len(bar.columns), len(bar.rows)):
            start, end = self._ends(top, column, j)
            if column != lit:
                faint.append(svg.line(start, end, **self._faint()))
                continue
            share = min(abs(parts[j]) / most, 1.0) if np.isfinite(parts[j]) else 1.0
            fill = looks.attributes("part", parts[j], self.theme)["fill"]
            across = max(_THICKEST * share, 1.0)
            lines.append(svg.line(start, end, stroke=fill, stroke_width=across, class_="column"))
            lines.append(self._head(end, start, looks.colour(parts[j], self.theme)))
        name = bar.error_name(bar.name("a", k))
        return self._net(top, "backward: by column", f"column {k + 1} gives {name}", [*faint, *lines], lit)

    def _faint(self) -> dict[str, svg.Attribute]:
        return {"stroke": self.theme.line, "stroke_width": 0.6}

    def _net(self, top: float, heading: str, words: str, lines: list[str], lit: int | None) -> str:
        """The lines, and over them the neurons; those of a backward pass are filled with their δ."""
        bar, ink = self.bar, self.theme.ink
        title = svg.text(MARGIN, top + 8, heading, size=11, fill=ink, anchor="start", bold=True)
        title += svg.text(MARGIN, top + 23, words, size=_LABEL, fill=ink, anchor="start")
        delta, sent = bar.found.delta.tolist(), bar.found.sent.tolist()
        of_sent = Scale.of(sent, zero=self.theme.zero) if lit is not None else None
        nodes = [self._node(self._right(top, j), n, sent[n], of_sent) for j, n in enumerate(bar.rows)]
        for column, k in enumerate(bar.columns):
            filled = Scale.of([delta[k]]) if column == lit else None
            nodes.append(self._node(self._left(top, column), k, delta[k], filled))
        return svg.group(title, *lines, *nodes, class_="two-layers")

    def _node(self, at: Point, index: int, delta: float, scale: Scale | None) -> str:
        """A neuron with its number; filled with its δ where that has come back to it."""
        place = Box(*at, 2 * _RADIUS, 2 * _RADIUS)
        fill = self.theme.background if scale is None else scale.fill(delta)
        circle = svg.element("circle", cx=place.x, cy=place.y, r=_RADIUS, fill=fill, stroke=self.theme.muted)
        ink = self.theme.ink if scale is None else text_on(fill, self.theme)
        return circle + svg.text(*at, str(index + 1), size=_LABEL, fill=ink)

    def _column(self, top: float, count: int, index: int) -> float:
        return top + 32 + (self.bar.net - 34) / 2 + NODE * (index - (count - 1) / 2)

    def _left(self, top: float, column: int) -> Point:
        return self.left, self._column(top, len(self.bar.columns), column)

    def _right(self, top: float, row: int) -> Point:
        return self.right, self._column(top, len(self.bar.rows), row)

    def _ends(self, top: float, column: int, row: int) -> tuple[Point, Point]:
        (x1, y1), (x2, y2) = self._left(top, column), self._right(top, row)
        return (x1 + _RADIUS, y1), (x2 - _RADIUS, y2)

    def _head(self, start: Point, end: Point, colour: str) -> str:
        """The head of an arrow at the end of a line."""
        dx, dy = end[0] - start[0], end[1] - start[1]
        length = float(np.hypot(dx, dy))
        base = end[0] - 8 * dx / length, end[1] - 8 * dy / length
        return svg.arrow(base, end, fill=colour)
