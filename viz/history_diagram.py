"""A training run as curves: the cost, the metric, and how large δ and ∂C/∂W were in every layer."""

from __future__ import annotations

from collections.abc import Sequence

from minigrad.symbols.numerals import compact, counted
from nn import History
from nn.delta.notation import cost_letter, drawn
from viz.arguments import check_history
from viz.drawing import grid, svg
from viz.drawing.axes import Curve, of_layer, panel
from viz.drawing.palette import theme_named
from viz.drawing.picture import Picture, picture_of

_WIDTH, _HEIGHT, _GAP = 440.0, 260.0, 28.0


def history(history: History, *, notation: str = "002", theme: str = "light") -> Picture:
    """Draw a training history: cost, metric, ‖δˡ‖ and |∂C/∂Wˡ| per layer over the epochs.

    All but the metric have logarithmic axes where no number is negative. A layer has one colour and one dash
    in all of them. What has no place on an axis is counted beside its title.

    Raises TypeError for what is no History; ValueError for one of no epochs, and for an unknown notation or
    theme.

    >>> from nn import History
    >>> "epoch" in history(History(cost=[1.0, 0.5], stopped="done")).svg
    True
    """
    check_history(history)
    if not history.cost:
        raise ValueError("history: there is nothing to draw; the history has no epochs")
    colours = theme_named(theme)
    panels = _panels(history, notation)
    columns = len(panels) if len(panels) <= 3 else 2
    contents = []
    for number, (title, curves, linear) in enumerate(panels):
        x = 24 + (number % columns) * (_WIDTH + _GAP) + _WIDTH / 2
        y = 24 + (number // columns) * (_HEIGHT + _GAP) + _HEIGHT / 2
        place = grid.Box(x, y, _WIDTH, _HEIGHT)
        contents.append(panel(place, title, curves, colours, linear=linear))
    rows = (len(panels) + columns - 1) // columns
    bottom = 24 + rows * (_HEIGHT + _GAP)
    contents.append(svg.text(24, bottom, str(history), size=11, fill=colours.ink, anchor="start"))
    first, last = compact(history.cost[0]), compact(history.cost[-1])
    title = f"Training of {counted(history.epochs, 'epoch')}"
    words = f"Cost from {first} to {last}: {history.stopped}."
    width = 48 + columns * _WIDTH + (columns - 1) * _GAP
    return picture_of(width, bottom + 24, contents, title=title, description=words, theme=colours)


def _panels(history: History, notation: str) -> list[tuple[str, list[Curve], bool]]:
    c = cost_letter(notation)
    panels = [(f"cost {c}", _trained(history.cost, history.validation_cost), False)]
    if history.metric:
        panels.append(("metric", _trained(history.metric, history.validation_metric), True))
    if history.delta:
        curves = [of_layer(drawn("delta", l, notation=notation), h, l) for l, h in history.delta.items()]
        panels.append(("‖δ‖ of each layer", curves, False))
    if history.gradient:
        curves = [
            of_layer(f"∂{c}/∂{drawn('W', l, notation=notation)}", h, l) for l, h in history.gradient.items()
        ]
        panels.append((f"‖∂{c}/∂W‖ of each layer", curves, False))
    return panels


def _trained(training: Sequence[float], validation: Sequence[float]) -> list[Curve]:
    curves = [Curve("training", training)]
    return [*curves, Curve("validation", validation, dash=1)] if validation else curves
