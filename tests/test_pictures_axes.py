"""The axes of a training run: whatever its numbers are, they are drawn, or it is said that they are not."""

import math
import random
import re
from decimal import Decimal
from itertools import pairwise

import pytest
from history_readback import check_history, marks
from picture_checks import cut, overlapping
from picture_readback import having, number, read, texts

import viz
from nn import History

NAN, INF = math.nan, math.inf
COSTS = {
    "negative": [-4.0, -4.5, -4.9, -5.0],
    "of both signs": [3.0, 1.0, -1.0, -2.5],
    "negative, far from 0": [-5.0000001, -5.0000003, -5.0000004],
    "one epoch": [0.7],
    "one epoch, negative": [-0.7],
    "one epoch, 0": [0.0],
    "constant": [2.0, 2.0, 2.0],
    "constant and negative": [-2.0, -2.0],
    "constant 0": [0.0, 0.0, 0.0],
    "down to 0": [1.0, 0.1, 0.0, 0.0],
    "a point between gaps": [1.0, NAN, 0.5, INF, 0.25, 0.2],
    "nothing finite": [NAN, INF],
    "huge range": [1.7e300, 1.0, 3e-310],
    "huge range of both signs": [1.7e300, 1.0, -1.7e300],
    "tiny": [3e-310, 1e-312, 5e-314],
    "tiny and negative": [-3e-310, 5e-314],
    "a sixteenth digit": [-1.0, -0.9999999999999999],
    "an eighth": [0.167, 0.1],
}


def is_round(mark: str) -> bool:
    """One or two digits and zeros, such as 0.05 or 12: a number that a person would write at an axis."""
    digits = re.sub(r"·?10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+$", "", mark).replace(".", "").lstrip("−0").rstrip("0")
    return len(digits) <= 2


def labels_of(panel) -> list[str]:
    return [text.text for text in panel.findall("text") if text.get("text-anchor") == "end"]


@pytest.mark.parametrize("name", COSTS)
def test_every_number_is_drawn_or_counted_as_left_out(name: str) -> None:
    history = History(cost=COSTS[name], metric=COSTS[name], stopped="done")
    svg = viz.history(history).svg
    check_history(history, svg)
    for panel in having(read(svg), "panel"):
        logarithmic = "log scale" in texts(panel)
        broken = sum(not math.isfinite(x) for x in COSTS[name])
        zeros = sum(x == 0 for x in COSTS[name]) if logarithmic else 0
        told = " ".join(text for text in texts(panel) if text.startswith("not drawn"))
        assert (f"{broken} × nan or infinite" in told) == (broken > 0)
        assert (f"{zeros} × 0" in told) == (zeros > 0)
        places = re.findall(r"([\d.]+),([\d.]+)", having(panel, "curve")[0].get("d"))
        assert len(places) == len(COSTS[name]) - broken - zeros
        heights = [height for _, height in marks(panel, logarithmic)]
        beyond = abs(heights[1] - heights[0]) if logarithmic else 0.1  # where not every power has a mark
        assert all(min(heights) - beyond <= float(y) <= max(heights) + beyond for _, y in places)
    assert not cut(svg)
    assert not overlapping(svg)


@pytest.mark.parametrize("name", COSTS)
def test_what_has_no_neighbour_is_a_point_that_one_can_see(name: str) -> None:
    svg = viz.history(History(cost=COSTS[name], stopped="done")).svg
    panel = having(read(svg), "panel")[0]
    runs = re.findall(r"M([^M]+)", having(panel, "curve")[0].get("d"))
    alone = [run.strip() for run in runs if "L" not in run]
    points = [f"{number(p, 'cx'):.1f},{number(p, 'cy'):.1f}" for p in having(panel, "point")]
    assert points == alone


def numbers_of(seed: int) -> list[float]:
    rng = random.Random(seed)
    middle, spread = rng.choice([0.0, 1.0, -5.0, 1e5, -3e-7]), 10.0 ** rng.uniform(-6.0, 6.0)
    return [middle + spread * rng.uniform(-1.0, 1.0) for _ in range(rng.randint(1, 30))]


@pytest.mark.parametrize("seed", range(60))
def test_marks_are_round_numbers_at_exactly_the_heights_that_they_say(seed: int) -> None:
    numbers = numbers_of(seed)
    svg = viz.history(History(cost=numbers, metric=numbers, stopped="done")).svg
    for panel in having(read(svg), "panel"):
        known = marks(panel, "log scale" in texts(panel))
        (x1, y1), *_, (x2, y2) = known
        assert 2 <= len(known) <= 9
        assert all(abs(y - (y1 + (y2 - y1) * (x - x1) / (x2 - x1))) < 0.02 for x, y in known)
        labels = labels_of(panel)
        assert len(set(labels)) == len(labels)
        if min(numbers) > 0 or max(numbers) > -0.9 * max(map(abs, numbers)):  # not far from 0
            assert all(map(is_round, labels)), labels
        if "log scale" not in texts(panel):
            steps = {Decimal(str(b)) - Decimal(str(a)) for (a, _), (b, _) in pairwise(known)}
            assert len(steps) == 1
            assert steps.pop().normalize().as_tuple().digits in {(1,), (2,), (5,)}


def test_the_reported_ticks_are_exact() -> None:
    """Of 0 … 0.167 a fourth is 0.04175, and 0.12525 was labelled 0.13."""
    svg = viz.history(History(cost=[1.0], metric=[0.0, 0.167], stopped="done")).svg
    assert labels_of(having(read(svg), "panel")[1]) == ["0", "0.05", "0.1", "0.15", "0.2"]


@pytest.mark.parametrize("numbers", [[1.7e308, 5e-324], [1.7e308, -1.7e308], [-5e-324, 5e-324], [5e-324]])
def test_the_ends_of_floats_are_drawn(numbers: list[float]) -> None:
    svg = viz.history(History(cost=numbers, stopped="done")).svg
    path = having(read(svg), "curve")[0].get("d")
    assert len(re.findall(r"[\d.]+,[\d.]+", path)) == len(numbers)


def test_an_epoch_is_one_epoch() -> None:
    assert viz.history(History(cost=[1.0], stopped="done")).title == "Training of 1 epoch"
