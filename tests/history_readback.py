"""The curves of a training run, read back: each point lies above its epoch, at the height of its number."""

import math
import re
from itertools import chain

from picture_readback import as_number, having, number, place, read

from nn import History

SIGNS = ("#D55E00", "#0072B2")
_POWERS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def check_history(history: History, svg: str) -> None:
    """Panels, axes, curves and their names of `viz.history`."""
    expected = {
        "cost C": {"training": history.cost, "validation": history.validation_cost},
        "metric": {"training": history.metric, "validation": history.validation_metric},
        "‖δ‖ of each layer": history.delta,
        "‖∂C/∂W‖ of each layer": history.gradient,
    }
    expected = {title: {name: c for name, c in curves.items() if c} for title, curves in expected.items()}
    panels = {panel.find("text").text: panel for panel in having(read(svg), "panel")}
    assert set(panels) == {title for title, curves in expected.items() if curves}
    styles: dict = {}
    for title, panel in panels.items():
        curves = having(panel, "curve")
        names = [name_of(curve.find("title").text) for curve in curves]
        assert names == list(expected[title])
        for name, curve in zip(names, curves, strict=True):
            check_curve(panel, curve, expected[title][name])
            assert curve.get("stroke") not in SIGNS  # which would tell a sign
            styles.setdefault(name, style(curve))
            assert style(curve) == styles[name] == style(key_of(panel, curve))
    assert len(set(styles.values())) == len(styles)


def name_of(written: str):
    """The layer of "δ⁽²⁾" or "∂C/∂W⁽²⁾"; other names are their own."""
    return place(written.removeprefix("∂C/∂"))[1] if "⁽" in written else written


def style(line) -> tuple:
    return line.get("stroke"), line.get("stroke-dasharray")


def key_of(panel, curve):
    """The piece of line beside the name of a curve."""
    words = next(text for text in reversed(panel.findall("text")) if text.text == curve.find("title").text)
    middle = number(words, "y") - 0.35 * number(words, "font-size")
    pieces = [line for line in panel.findall("line") if line.get("stroke-width") == "1.8"]
    return min(pieces, key=lambda line: abs(number(line, "y1") - middle))


def check_curve(panel, curve, numbers: list[float]) -> None:
    """One point for every epoch whose number has a place on the axis, and a break where one has none."""
    logarithmic = "log scale" in [text.text for text in panel.findall("text")]
    epochs, heights = ticks(panel), marks(panel, logarithmic)
    runs: list[list] = [[]]
    for epoch, true in enumerate(numbers, start=1):
        if math.isfinite(true) and (true > 0 or not logarithmic):
            y = along(heights, math.log(true) if logarithmic else true)
            runs[-1].append((along(epochs, epoch) if len(numbers) > 1 else epochs[0][1], y))
        elif runs[-1]:
            runs.append([])
    drawn = [run.split(" L") for run in re.split(r" ?M", curve.get("d"))[1:]]
    points = [[tuple(map(float, point.split(","))) for point in run] for run in drawn]
    runs = [run for run in runs if run]
    assert [len(run) for run in points] == [len(run) for run in runs]
    for seen, true in zip(chain(*points), chain(*runs), strict=True):
        assert abs(seen[0] - true[0]) < 0.2, (seen, true)
        assert abs(seen[1] - true[1]) < 0.2, (seen, true)  # in px; what is drawn is rounded to a tenth


def ticks(panel) -> list[tuple[float, float]]:
    """The epochs that are written under the axis, and where."""
    middle = [text for text in panel.findall("text") if text.get("text-anchor") == "middle"]
    written = [text for text in middle if text.text != "epoch"]
    return [(float(text.text.replace(",", "")), number(text, "x")) for text in written]


def marks(panel, logarithmic: bool) -> list[tuple[float, float]]:
    """The numbers at the horizontal lines, their logarithms on a logarithmic axis, and the height of each."""
    lines = [number(line, "y1") for line in panel.findall("line") if line.get("stroke-width") == "0.4"]
    ends = [text for text in panel.findall("text") if text.get("text-anchor") == "end"]
    numbers = [mark(text.text) for text in ends]
    for y, text in zip(lines, ends, strict=True):
        assert abs(number(text, "y") - 0.35 * number(text, "font-size") - y) < 0.02
    return list(zip(map(math.log, numbers) if logarithmic else numbers, lines, strict=True))


def mark(written: str) -> float:
    """The number of a mark: "0.02", "10⁻⁷" or "−1.5·10⁻⁷"."""
    found = re.fullmatch(r"(−?)(?:([\d.]+)·)?10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", written)
    if found is None:
        return as_number(written)
    return float(f"{found[1].replace('−', '-')}{found[2] or 1}e{found[3].translate(_POWERS)}")


def along(known: list[tuple[float, float]], at: float) -> float:
    """The line through the first and the last of the known points."""
    (x1, y1), (x2, y2) = known[0], known[-1]
    return y1 + (y2 - y1) * (at - x1) / (x2 - x1)
