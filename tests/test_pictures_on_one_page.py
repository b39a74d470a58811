"""Pictures side by side on one page: none takes an id of another, and each is the same bytes every time."""

import math
import re

import pytest
from traced_networks import random_expression, random_history, random_trace

import viz
from minigrad import Value
from viz.drawing.picture import Picture


def all_pictures(theme: str, broken: bool = True) -> list[Picture]:
    """One of each kind; if `broken`, with gradients that are not finite."""
    traced, root = random_trace(3), random_expression(1)
    if broken:
        traced.z[1][0].grad = traced.z[2][0].grad = math.nan
        traced.model.layers[0].neurons[-1].w[0].grad = root.operands[0].grad = math.inf
    return [
        viz.network(traced, theme=theme),
        viz.recursion(traced, 1, theme=theme),
        viz.outer_products(traced, theme=theme),
        viz.graph(root, theme=theme),
        viz.graph(traced.cost, detail="neurons", theme=theme),
        viz.history(random_history(2), theme=theme),
    ]


def ids(svg: str) -> list[str]:
    return re.findall(r'\bid="([^"]*)"', svg)


def test_no_two_pictures_have_an_id_in_common() -> None:
    svgs = [picture.svg for theme in ("light", "dark") for picture in all_pictures(theme)]
    found = [name for svg in svgs for name in ids(svg)]
    assert len(found) >= 8
    assert len(set(found)) == len(found)


def test_every_reference_of_a_picture_leads_into_itself() -> None:
    for theme in ("light", "dark"):
        for picture in all_pictures(theme):
            assert set(re.findall(r"url\(#([^)]*)\)", picture.svg)) == set(ids(picture.svg))


def test_a_picture_of_finite_numbers_has_no_id_at_all() -> None:
    assert [ids(picture.svg) for picture in all_pictures("light", broken=False)] == [[]] * 6


def test_the_same_picture_is_the_same_bytes() -> None:
    first, again = ([picture.svg for picture in all_pictures("dark")] for _ in range(2))
    assert first == again


@pytest.mark.parametrize("label", ["url(#not-finite)", '"url(#not-finite)"', '="url(#not-finite)"'])
def test_a_label_that_looks_like_a_reference_stays_text(label: str) -> None:
    x = Value(2.0, label=label)
    y = x * Value(math.inf, label="y")
    y.backward()
    svg = viz.graph(y).svg
    assert len(ids(svg)) == 1
    assert re.sub(r"&quot;", '"', svg).count(f">{label[:10]}") >= 2  # in the tool tip and in the box
