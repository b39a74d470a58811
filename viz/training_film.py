"""Training as a film strip: one example's δ, ∂C/∂w and weights at chosen epochs, frame beside frame.

>>> from nn import MLP, fit
>>> model = MLP(2, [2, 1], "tanh", seed=0)
>>> film = TrainingFilm(model, [1.0, 0.0], 1.0, epochs=[1, 3])
>>> history = fit(model, [[0.0, 1.0], [1.0, 0.0]], [0.0, 1.0], epochs=3, on_epoch=film)
>>> film.picture()
<picture: Network 2-2-1 in training: epochs 1, 3>
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from minigrad.display import listed, one_line
from minigrad.files import whole_file
from minigrad.symbols.numerals import compact
from nn import MLP, squared_error, trace
from nn.delta.notation import AnyNotation, as_notation, drawn
from nn.loss_rows import LossFunction, Targets
from viz.drawing import looks, svg
from viz.drawing.export import gif_of
from viz.drawing.grid import Box, Point
from viz.drawing.legend import Legend, bar_key, colour_key, line_key, words_key
from viz.drawing.looks import strongest
from viz.drawing.palette import Scale, Theme, theme_named
from viz.drawing.picture import Picture, picture_of
from viz.drawing.room import Asked, room_of

Arrays = dict[int, NDArray[np.float64]]
_MOST_FRAMES, _MOST_NEURONS, _ACROSS = 12, 6, 4
_FRAME, _MARGIN, _GAP, _HEAD = 190.0, 20.0, 14.0, 44.0
_RADIUS, _ROW, _NARROWEST = 8.0, 15.0, 420.0
_PITCHES = (24.0, 21.0, 18.0)  # px from one neuron to the next: nearer where all is seen at once
_CROWDED = 16  # lines between two layers
_THICKEST, _WIDEST = 3.0, 11.0  # of a weight's line and of the ∂C/∂w under it
_SIZE = 10.0


@dataclass(frozen=True)
class Frame:
    """The network in one epoch: the epoch's cost, and by layer W, ∂C/∂W and δ of the film's example."""

    epoch: int
    cost: float
    weights: Arrays
    gradients: Arrays
    deltas: Arrays


class TrainingFilm:
    """Keeps a network at chosen epochs: give it to `nn.fit` as `on_epoch`, then ask for its `picture`.

    The frame of an epoch has the weights before the epoch's last update. Training is not changed by it.
    """

    def __init__(
        self,
        model: MLP,
        x: Sequence[float],
        y: Targets,
        loss: LossFunction = squared_error,
        epochs: Collection[int] | None = None,
    ) -> None:
        """`x`, n_0 numbers, and `y` are the example whose δ is shown; `epochs` are those to keep, from 1.

        Without `epochs` it keeps 1, 2, 5, 10, 20, 50, … Raises TypeError for what is no MLP, ValueError for
        more than 12 epochs, and what `nn.trace` raises for an example that does not fit.
        """
        if not isinstance(model, MLP):
            raise TypeError(
                f"TrainingFilm: it takes an nn.MLP, whose layers it draws, not {type(model).__name__}"
            )
        if epochs is not None and not 1 <= len(epochs) <= _MOST_FRAMES:
            raise ValueError(f"TrainingFilm: name 1 to {_MOST_FRAMES} epochs, not {len(epochs)}")
        self.model, self.x, self.y, self.loss, self.epochs = model, x, y, loss, epochs
        self.frames: list[Frame] = []
        trace(deepcopy(model), x, y, loss)  # an example that does not fit is told before training

    def __call__(self, epoch: int, cost: float) -> None:
        """Keep the network, if the epoch is one of those that were chosen."""
        if epoch in self.epochs if self.epochs is not None else _is_round(epoch):
            traced = trace(deepcopy(self.model), self.x, self.y, self.loss)
            traced.backward()
            layers = range(1, traced.depth + 1)
            asked = (traced.weights, traced.weight_gradients, traced.delta)
            self.frames.append(Frame(epoch, cost, *({l: of(l) for l in layers} for of in asked)))

    def __repr__(self) -> str:
        kept = ", ".join(str(frame.epoch) for frame in self.frames) or "none yet"
        return one_line(f"<film of {listed(self.model.sizes, '-')}: epochs {kept}>")

    def picture(self, *, notation: AnyNotation = "002", theme: str = "auto", room: Asked = "page") -> Picture:
        """The frames side by side, as many as the `room`, as of `viz.graph`, has place for.

        Each quantity is on one scale in all of them. Raises ValueError if no epoch was kept, and for an
        unknown notation, theme or room.
        """
        place = room_of(room)
        pitches = _PITCHES[:1] if place.is_page else _PITCHES
        strips = [self._strip(notation, theme, pitch) for pitch in pitches]
        ways = ((strip, across) for strip in strips for across in strip.rows())
        strip, across = place.chosen(ways, lambda way: way[0].size(way[1]))
        return strip.picture(strip.frames, across)

    def pictures(self, *, notation: AnyNotation = "002", theme: str = "auto") -> list[Picture]:
        """Each frame as a picture of its own, on the scales of all; raises what `picture` does."""
        strip = self._strip(notation, theme)
        return [strip.picture([frame], 1, zoom=2.0) for frame in strip.frames]

    def save(
        self,
        path: str | Path,
        *,
        seconds: float = 1.0,
        notation: AnyNotation = "002",
        theme: str = "auto",
        room: Asked = "page",
    ) -> Path:
        """Write a .gif in which each epoch is shown for some seconds, or the picture of all; give the path.

        Raises what `picture` and `Picture.save` do; for a GIF, ValueError for a time that is not more than 0,
        and ImportError without Pillow, which says how to install it.
        """
        if Path(path).suffix.lower() != ".gif":
            return self.picture(notation=notation, theme=theme, room=room).save(path)
        shown = [picture.svg for picture in self.pictures(notation=notation, theme=theme)]
        content = gif_of(shown, seconds)
        with whole_file(path) as file:
            file.write(content)
        return Path(path)

    def _strip(self, notation: AnyNotation, theme: str, pitch: float = _PITCHES[0]) -> _Strip:
        if not self.frames:
            how = "give the film to nn.fit, as in fit(…, on_epoch=film)"
            raise ValueError(f"TrainingFilm: no epoch was kept; {how}")
        return _Strip(self.frames[:_MOST_FRAMES], self.model.sizes, notation, theme_named(theme), pitch)


def _is_round(epoch: int) -> bool:
    """Whether an epoch is 1, 2 or 5 times a power of ten.

    >>> [epoch for epoch in range(1, 60) if _is_round(epoch)]
    [1, 2, 5, 10, 20, 50]
    """
    return str(epoch).rstrip("0") in ("1", "2", "5")


class _Strip:
    def __init__(
        self,
        frames: Sequence[Frame],
        sizes: Sequence[int],
        notation: AnyNotation,
        theme: Theme,
        pitch: float,
    ) -> None:
        self.frames, self.sizes, self.notation, self.theme, self.pitch = frames, sizes, notation, theme, pitch
        self.letters = as_notation(notation)
        self.layers = range(1, len(sizes))
        self.deltas = {l: self._scale([f.deltas[l] for f in frames]) for l in self.layers}
        self.gradients = {l: self._scale([f.gradients[l] for f in frames]) for l in self.layers}
        self.weight = self._scale([f.weights[l] for f in frames for l in self.layers])
        self.norms = self._scale([np.array([self._norm(f, l)]) for f in frames for l in self.layers])
        largest = {l: np.max([np.abs(f.deltas[l]) for f in frames], axis=0) for l in self.layers}
        largest[0] = np.max([np.abs(f.gradients[1]).sum(axis=0) for f in frames], axis=0)
        self.shown = {l: strongest(largest[l], _MOST_NEURONS) for l in range(len(sizes))}
        lines = max(len(self.shown[l]) * len(self.shown[l - 1]) for l in self.layers)
        self.widest, self.thickest = (w * min(1.0, _CROWDED / lines) for w in (_WIDEST, _THICKEST))
        self.quiet: dict[str, svg.Attribute] = {"stroke": theme.faint, "stroke_opacity": 0.8}
        self.net = pitch * max(map(len, self.shown.values()))
        self.height = _HEAD + self.net + 8 + _ROW * len(self.layers) + 8

    def _scale(self, numbers: Sequence[NDArray[np.float64]]) -> Scale:
        return Scale.of(np.concatenate([each.ravel() for each in numbers]).tolist(), zero=self.theme.zero)

    def _norm(self, frame: Frame, l: int) -> float:
        return float(np.linalg.norm(frame.deltas[l]))

    def rows(self) -> list[int]:
        """How many frames may be in a row: at most 4, in rows as long as one another, or any other number."""
        usual = -(-len(self.frames) // -(-len(self.frames) // _ACROSS))
        return [usual, *range(len(self.frames), 0, -1)]

    def size(self, across: int) -> tuple[float, float]:
        """Width and height in px of all frames, so many in a row, with their legend."""
        legend = self._legend(across, len(self.frames), 1.0)
        return legend.right + _MARGIN, legend.end

    def _legend(self, across: int, count: int, zoom: float) -> Legend:
        """The legend of all frames, below `count` of them, and as wide as they are, or as its widest key."""
        right = max(_MARGIN + zoom * (across * (_FRAME + _GAP) - _GAP), _NARROWEST - _MARGIN)
        top = _MARGIN + zoom * -(-count // across) * (self.height + _GAP) + 12
        legend = Legend(_MARGIN, top, right, self.theme)
        self._add_keys(legend)
        legend.right = max(right, legend.edge)
        return legend

    def picture(self, frames: Sequence[Frame], across: int, zoom: float = 1.0) -> Picture:
        """Some of the frames, so many in a row, and the legend of all below them."""
        drawn = []
        for position, frame in enumerate(frames):
            row, column = divmod(position, across)
            drawn.append(self._frame((_FRAME + _GAP) * column, (self.height + _GAP) * row, frame))
        shift = f"translate({_MARGIN:g},{_MARGIN:g})" + (f" scale({zoom:g})" if zoom != 1.0 else "")
        legend = self._legend(across, len(frames), zoom)
        title = f"Network {'-'.join(map(str, self.sizes))} in training: "
        title += f"epoch{'s' * (len(frames) > 1)} {', '.join(str(frame.epoch) for frame in frames)}"
        words = "; ".join(f"epoch {frame.epoch}: cost {compact(frame.cost)}" for frame in frames)
        body = [svg.group(*drawn, transform=shift), *legend.keys]
        return picture_of(
            legend.right + _MARGIN, legend.end, body, title=title, description=words, theme=self.theme
        )

    def _frame(self, x: float, y: float, frame: Frame) -> str:
        cost, ink = f"{self.letters.cost} {compact(frame.cost)}", self.theme.ink
        ground = Box(x + _FRAME / 2, y + self.height / 2, _FRAME, self.height)
        parts = [
            svg.rectangle(ground, rx=6, fill=self.theme.surface, stroke=self.theme.line, stroke_width=0.6),
            svg.text(x + 10, y + 15, f"epoch {frame.epoch:,}", size=11, fill=ink, anchor="start", bold=True),
            svg.text(x + _FRAME - 10, y + 15, cost, size=_SIZE, fill=ink, anchor="end"),
        ]
        for l in self.layers:
            parts += self._lines(x, y, frame, l)
        for l in range(len(self.sizes)):
            parts += self._neurons(x, y, frame, l)
        for l in self.layers:
            parts.append(self._bar(x, y + _HEAD + self.net + 8 + _ROW * (l - 0.5), frame, l))
        return svg.group(*parts, class_="frame")

    def _at(self, x: float, y: float, l: int, position: int) -> Point:
        across = x + 20 + (_FRAME - 40) * l / (len(self.sizes) - 1)
        return across, y + _HEAD - 12 + self.net / 2 + self.pitch * (position - (len(self.shown[l]) - 1) / 2)

    def _lines(self, x: float, y: float, frame: Frame, l: int) -> list[str]:
        """Of each weight a grey line as wide as |w|, on a band of colour as wide as |∂C/∂w|."""
        bands, lines = [], []
        for row, j in enumerate(self.shown[l]):
            for column, k in enumerate(self.shown[l - 1]):
                start, end = self._at(x, y, l - 1, column), self._at(x, y, l, row)
                w, gradient = float(frame.weights[l][j, k]), float(frame.gradients[l][j, k])
                name = drawn("w", l, j + 1, k + 1, self.notation)
                band = self.widest * self.gradients[l].strength(gradient)
                colour = looks.attributes("cell", gradient, self.theme)["fill"]
                words = svg.title(f"∂{self.letters.cost}/∂{name} = {gradient!r}")
                bands.append(svg.line(start, end, words, stroke=colour, stroke_width=band, class_="gradient"))
                wide, dash = max(self.thickest * self.weight.strength(w), 0.5), "4 3" if w < 0 else None
                lines.append(svg.line(start, end, svg.title(f"{name} = {w!r}"), stroke_width=wide,
                                      stroke_dasharray=dash, class_="weight", **self.quiet))  # fmt: skip
        return bands + lines

    def _neurons(self, x: float, y: float, frame: Frame, l: int) -> list[str]:
        parts = []
        for position, j in enumerate(self.shown[l]):
            at = self._at(x, y, l, position)
            fill, words = self.theme.background, drawn("x", 0, j + 1, notation=self.notation)
            if l:
                delta = float(frame.deltas[l][j])
                fill = self.deltas[l].fill(delta)
                words = f"{drawn('delta', l, j + 1, notation=self.notation)} = {delta!r}"
            parts.append(svg.element("circle", svg.title(words), cx=at[0], cy=at[1], r=_RADIUS, fill=fill,
                                     stroke=self.theme.muted, class_="delta" if l else None))  # fmt: skip
        return parts

    def _bar(self, x: float, y: float, frame: Frame, l: int) -> str:
        """‖δ‖ of a layer, a bar on one scale for all layers and frames: grey, as it has no sign."""
        norm, room = self._norm(frame, l), _FRAME - 116
        across = max(room * self.norms.strength(norm), 1.0)
        name, ink = f"‖{drawn('delta', l, notation=self.notation)}‖", self.theme.ink
        return svg.group(
            svg.text(x + 10, y, name, size=_SIZE, fill=ink, anchor="start"),
            svg.rectangle(
                Box(x + 52 + across / 2, y, across, 8), rx=min(4, across / 2), fill=self.theme.faint
            ),
            svg.text(x + _FRAME - 10, y, compact(norm), size=_SIZE, fill=ink, anchor="end"),
            class_="norm",
        )

    def _add_keys(self, legend: Legend) -> None:
        w, c = self.letters.w, self.letters.cost
        deltas, gradients = (
            ", ".join(compact(scales[l].maximum) for l in self.layers)
            for scales in (self.deltas, self.gradients)
        )
        thick = f"{w}, dashed if < 0; thickest {compact(self.weight.maximum)}"
        legend.add(colour_key, self.letters.delta)
        legend.add(words_key, f"M by layer, of all frames: {deltas}")
        legend.add(bar_key, f"∂{c}/∂{w}, widest by layer {gradients}", kind="cell")
        legend.add(line_key, thick, stroke_width=self.thickest, dash="4 3", **self.quiet)
        if any(len(self.shown[l]) < size for l, size in enumerate(self.sizes)):
            drawn_of = ", ".join(f"{len(self.shown[l])} of {size}" for l, size in enumerate(self.sizes))
            legend.add(words_key, f"drawn of each layer, the strongest: {drawn_of}")
