"""In a real browser: MathML is mathematics there, and text keeps within the boxes that were made for it."""

import page_browser
import pytest
from page_browser import needs_browser
from picture_networks import document_001

from viz import explain, graph, network, outer_products, recursion

pytestmark = needs_browser
browser, page = page_browser.browser, page_browser.page  # fixtures

BOXES = ", ".join(f"g.{name}" for name in ("node", "neuron", "cell", "sent", "sender"))


def test_mathml_is_laid_out_and_told_to_screen_readers(page):
    traced, _ = document_001()
    page.set_content("<!doctype html>" + explain(traced.z[1][0], traced.cost).mathml)
    fraction = page.locator("mfrac").first
    top, bottom = (fraction.locator("> *").nth(i).bounding_box() for i in (0, 1))
    assert top["y"] + top["height"] <= bottom["y"] + 1  # a fraction is set above and below a line
    assert page.locator("mtr").count() == 4
    rows = [page.locator("mtr").nth(i).bounding_box()["y"] for i in range(4)]
    assert rows == sorted(rows)
    small = page.locator("msubsup > :nth-child(2)").first.evaluate("e => getComputedStyle(e).fontSize")
    whole = page.locator("math").evaluate("e => getComputedStyle(e).fontSize")
    assert float(small.removesuffix("px")) < float(whole.removesuffix("px"))  # indices are set smaller
    assert "math" in page.locator("body").aria_snapshot()


@pytest.mark.parametrize(
    "draw",
    [lambda t: graph(t.cost), network, outer_products, lambda t: recursion(t, 1)],
    ids=["graph", "network", "outer products", "recursion"],
)
def test_text_keeps_within_its_box_as_a_browser_sets_it(page, draw):
    traced, _ = document_001()
    page.set_content("<!doctype html>" + draw(traced).svg)
    outside = page.evaluate(
        """selector => [...document.querySelectorAll(selector)].flatMap(group => {
            const shape = group.querySelector("rect, path");
            if (!shape) return [];
            const box = shape.getBoundingClientRect();
            return [...group.querySelectorAll("text")].filter(text => {
                const own = text.getBoundingClientRect();
                return own.left < box.left || own.right > box.right;
            }).map(text => text.textContent);
        })""",
        BOXES,
    )
    assert page.locator(BOXES).count() > 3
    assert outside == []
