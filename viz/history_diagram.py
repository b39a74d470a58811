"""A training run as curves: the cost, the metric, and how large δ and ∂C/∂W were in every layer."""

from __future__ import annotations

from collections.abc import Sequence

from minigrad.symbols.numerals import compact, counted
from nn import History
from nn.delta.notation import AnyNotation, as_notation, drawn
from viz.arguments import check_history
from viz.drawing import grid, svg
from viz.drawing.axes import Curve, of_layer, panel
from viz.drawing.palette import theme_named
from viz.drawing.picture import Picture, picture_of
from viz.drawing.room import Asked, Room, room_of
from viz.drawing.strips import Strip, height_of, strip_of
from viz.drawing.typography import wrapped

_WIDTH, _GAP = 424.0, 24.0
_HEIGHTS = (250.0, 220.0, 190.0, 160.0)  # px, of a panel without strips: lower where all is seen at once


def history(
    history: History, *, notation: AnyNotation = "002", theme: str = "auto", room: Asked = "page"
) -> Picture:
    """Draw a training history: cost, metric, ‖δˡ‖ and |∂C/∂Wˡ| per layer over the epochs.

    All but the metric have logarithmic axes where they span decades. A layer has one colour and one dash in
    all of them, none of which means a sign; below ‖δ‖ it has a strip of its neurons, the darker the larger
    their δ. What has no place on an axis is counted beside its title. The panels stand in one column, two, or
    a row, as the `room`, as of `viz.graph`, has place for them.

    Raises TypeError for what is no History; ValueError for one of no epochs, and for an unknown notation,
    theme or room.

    >>> from nn import History
    >>> "epoch" in history(History(cost=[1.0, 0.5], stopped="done")).svg
    True
    """
    check_history(history)
    if not history.cost:
        raise ValueError("history: there is nothing to draw; the history has no epochs")
    colours = theme_named(theme)
    contents, bottom, x = [], 0.0, 24.0
    found = room_of(room)
    high, columns = found.chosen(_layouts(_columns(history, notation), found), _size)
    for column in columns:
        y = 24.0
        for title, curves, linear, strips in column:
            tall = high + height_of(strips)
            place = grid.Box(x + _WIDTH / 2, y + tall / 2, _WIDTH, tall)
            contents.append(panel(place, title, curves, colours, linear=linear, strips=strips))
            y += tall + _GAP
        bottom, x = max(bottom, y), x + _WIDTH + _GAP
    across = x - _GAP + 24
    for line in wrapped(str(history), 11, across - 48):
        contents.append(svg.text(24, bottom, line, size=11, fill=colours.ink, anchor="start"))
        bottom += 16
    first, last = compact(history.cost[0]), compact(history.cost[-1])
    title = f"Training of {counted(history.epochs, 'epoch')}"
    words = f"Cost from {first} to {last}: {history.stopped}."
    return picture_of(across, bottom + 8, contents, title=title, description=words, theme=colours)


Panel = tuple[str, list[Curve], bool, list[Strip]]
_Layout = tuple[float, list[list[Panel]]]  # the height of a panel without strips, and the columns


def _layouts(columns: list[list[Panel]], room: Room) -> list[_Layout]:
    """Two columns, a row, and one column; where all is seen at once, of lower panels too."""
    panels = [panel for column in columns for panel in column]
    heights = _HEIGHTS[:1] if room.is_page else _HEIGHTS
    return [(high, each) for high in heights for each in (columns, [[panel] for panel in panels], [panels])]


def _size(layout: _Layout) -> tuple[float, float]:
    """Width and height in px."""
    high, columns = layout
    tallest = max(sum(high + height_of(strips) + _GAP for *_, strips in column) for column in columns)
    return 24 + len(columns) * (_WIDTH + _GAP), 48 + tallest


def _columns(history: History, notation: AnyNotation) -> list[list[Panel]]:
    """Two columns of panels: their titles, curves, whether they are linear, and the strips below them."""
    n = as_notation(notation)
    left: list[Panel] = [(f"cost {n.cost}", _trained(history.cost, history.validation_cost), False, [])]
    right: list[Panel] = []
    if history.metric:
        right.append(("metric", _trained(history.metric, history.validation_metric), True, []))
    if history.delta:
        names = {l: drawn("delta", l, notation=notation) for l in history.delta}
        curves = [of_layer(names[l], numbers, l) for l, numbers in history.delta.items()]
        whole = list(history.neurons) == list(history.delta)
        strips = [strip_of(names[l], history.neurons[l]) for l in history.delta] if whole else []
        right.append((f"‖{n.delta}‖ of each layer", curves, False, strips))
    if history.gradient:
        names = {l: f"∂{n.cost}/∂{drawn('W', l, notation=notation)}" for l in history.gradient}
        curves = [of_layer(names[l], numbers, l) for l, numbers in history.gradient.items()]
        left.append((f"‖∂{n.cost}/∂{n.W}‖ of each layer", curves, False, []))
    return [left, right] if right else [left]


def _trained(training: Sequence[float], validation: Sequence[float]) -> list[Curve]:
    curves = [Curve("training", training)]
    return [*curves, Curve("validation", validation, dash=1)] if validation else curves
