"""The notebook runs from top to bottom and shows its pictures in place, in the theme of its page."""

import re
from base64 import b64encode
from pathlib import Path
from xml.etree import ElementTree

import notebooks
import page_browser
import pytest
from notebooks import images, in_theme, results
from picture_networks import document_001
from picture_readback import having, read

import viz
from minigrad import Value
from nn import MLP, fit, squared_error, trace
from viz.drawing.palette import THEMES, contrast

browser, page = page_browser.browser, page_browser.page  # fixtures
EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture(scope="module")
def executed():
    import nbformat

    return notebooks.executed(nbformat.read(EXAMPLES / "pictures.ipynb", as_version=4), EXAMPLES)


def test_every_cell_that_ends_in_a_picture_shows_it_inline(executed):
    shown = [svg for cell in executed for svg in results(cell, "image/svg+xml")]
    assert len(shown) == 8
    for svg in shown:
        assert ElementTree.fromstring(svg).tag.endswith("svg")


def test_an_explanation_is_shown_as_mathematics(executed):
    formulas = [latex for cell in executed for latex in results(cell, "text/latex")]
    assert len(formulas) == 1
    assert r"\delta_{1}^{(1)} = \frac{\partial C}{\partial z_{1}^{(1)}}" in formulas[0]


def test_the_notebook_is_kept_without_outputs():
    import nbformat

    notebook = nbformat.read(EXAMPLES / "pictures.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)


# --- in the theme of the page ----------------------------------------------------------------------------

TRACED, _ = document_001()
FILM = viz.TrainingFilm(MLP(2, [3, 1], seed=0), [0.5, -1.0], 1.0)
HISTORY = fit(FILM.model, [[0.5, -1.0]], [1.0], epochs=20, on_epoch=FILM, patience=None)
KINDS = {
    "graph": lambda **look: viz.graph(TRACED.cost, **look),
    "operations": lambda **look: viz.graph(TRACED.cost, detail="operations", **look),
    "matrices": lambda **look: viz.graph(TRACED.cost, detail="layers", **look),
    "frame": lambda **look: viz.frames(TRACED.cost, steps=[3], detail="neurons", **look)[0],
    "network": lambda **look: viz.network(TRACED, **look),
    "recursion": lambda **look: viz.recursion(TRACED, 1, **look),
    "outer products": lambda **look: viz.outer_products(TRACED, **look),
    "history": lambda **look: viz.history(HISTORY, **look),
    "film": lambda **look: FILM.picture(**look),
    "frame of a film": lambda **look: FILM.pictures(**look)[0],
}
LIGHT, DARK = '<body data-jp-theme-light="true">', '<body data-jp-theme-light="false">'


def seen(page, start, html):
    """What the first image of a page looks like."""
    page.set_content(f"<!doctype html>{start}{html}")
    return page.locator("img").first.screenshot()


def beside(page, html, theme, kind):
    """The same, with the picture of a theme that was asked for in its place."""
    (old,) = images(html)
    new = KINDS[kind](theme=theme).svg
    return html.replace(b64encode(old.encode()).decode(), b64encode(new.encode()).decode())


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_without_a_theme_is_drawn_once_with_the_colours_of_both(kind):
    picture = KINDS[kind]()
    (svg,) = images(picture._repr_html_())
    for theme in ("light", "dark"):
        assert in_theme(svg, theme) == KINDS[kind](theme=theme).svg
    assert picture.svg == picture._repr_svg_() == KINDS[kind](theme="light").svg  # what a file has


@pytest.mark.parametrize("kind", KINDS)
def test_it_looks_as_the_one_in_the_theme_of_its_page(page, kind):
    html = KINDS[kind]()._repr_html_()
    light, dark = (seen(page, start, html) for start in (LIGHT, DARK))
    assert light == seen(page, LIGHT, beside(page, html, "light", kind))
    assert dark == seen(page, DARK, beside(page, html, "dark", kind))
    assert light != dark


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_whose_theme_was_asked_for_keeps_it(kind):
    for theme in ("light", "dark"):
        picture = KINDS[kind](theme=theme)
        assert picture._repr_html_() is None  # a notebook takes the SVG
        assert picture._repr_svg_() == picture.svg == picture.drawing


def test_a_notebook_is_given_both_forms_or_the_one_that_was_asked_for():
    from IPython.core.formatters import DisplayFormatter

    shown = {
        theme: set(DisplayFormatter().format(viz.network(TRACED, theme=theme))[0])
        for theme in ("auto", "light", "dark")
    }
    alone = {"image/svg+xml", "text/plain"}
    assert shown == {"auto": alone | {"text/html"}, "light": alone, "dark": alone}


def test_it_changes_with_its_page(page):
    html = viz.recursion(TRACED, 1)._repr_html_()
    dark, light = seen(page, DARK, html), seen(page, LIGHT, html)
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    assert page.locator("img").screenshot() == dark
    page.evaluate("document.body.dataset.jpThemeLight = 'true'")
    assert page.locator("img").screenshot() == light


@pytest.mark.parametrize("start", ["<body>", LIGHT])
def test_on_a_page_that_is_not_dark_it_is_light_whatever_the_system_prefers(page, start):
    html = viz.recursion(TRACED, 1)._repr_html_()
    light = seen(page, "<body>", html)
    page.emulate_media(color_scheme="dark")
    assert seen(page, start, html) == light
    page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("removed", [r"<style>.*?</style>", r"<style>.*?</style>| style=\"[^\"]*\""])
def test_where_styles_are_removed_there_is_one_light_picture(page, removed):
    html = viz.recursion(TRACED, 1)._repr_html_()
    assert seen(page, "<body>", re.sub(removed, "", html)) == seen(page, "<body>", html)
    assert page.locator("img").count() == 1


def test_pictures_on_a_page_add_no_ids_to_it_and_have_none_of_its_styles(page):
    broken = Value(2.0, label="x") * float("inf")
    broken.backward()
    html = "".join(picture._repr_html_() for picture in (viz.graph(broken), viz.network(TRACED)))
    (drawn, _), outside = images(html), re.sub(r'src="[^"]*"', "", html)
    (name,) = re.findall(r' id="([^"]*)"', drawn)
    assert not re.search(r"\b(id|name|for)=", outside)
    own = f"<style>:root{{--0:red}}rect,text{{fill:red}}#{name}{{opacity:0}}</style><link id={name}>"
    shots = []
    for styles in ("", own):
        page.set_content(f"<!doctype html>{DARK}{styles}{html}")
        shots.append([image.screenshot() for image in page.locator("img").all()])
    assert shots[0] == shots[1]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_curve_can_be_seen_in_either_theme(theme):
    (svg,) = images(viz.history(HISTORY)._repr_html_())
    curves = {e.get("stroke") for e in having(read(in_theme(svg, theme)), "curve")}
    assert len(curves) == 3
    assert min(contrast(curve, THEMES[theme].background) for curve in curves) >= 3.0  # WCAG 2.2, 1.4.11


def test_both_themes_cost_little_more_than_one():
    model = MLP(64, [32, 10], "tanh", seed=0)
    traced = trace(model, [0.1 * (k % 7) for k in range(64)], [0.0] * 10)
    traced.backward()
    for picture in (viz.network(traced, max_neurons=32), viz.outer_products(traced), viz.network(TRACED)):
        html = picture._repr_html_()
        (svg,) = images(html)
        assert len(svg.encode()) < 1.12 * len(picture.svg.encode())
        assert len(html) < 4 / 3 * len(svg.encode()) + 600  # as base64, and the style


def test_both_themes_are_of_the_moment_at_which_the_picture_was_made():
    x = Value(3.0, label="x")
    y = x * x
    y.backward()
    expected = [viz.graph(y, theme=theme).svg for theme in ("light", "dark")]
    picture = viz.graph(y)
    x.data, x.grad = 5.0, -1.0
    (svg,) = images(picture._repr_html_())
    assert [in_theme(svg, theme) for theme in ("light", "dark")] == expected


@pytest.mark.parametrize(
    "label", ["light-dark(#000000,#FFFFFF)", '="light-dark(#000000,#FFFFFF)"', "var(--0)", "</desc>"]
)
def test_a_label_that_looks_like_a_colour_stays_text(label):
    picture = viz.graph(Value(2.0, label=label) * 3.0)
    assert picture.svg == viz.graph(Value(2.0, label=label) * 3.0, theme="light").svg
    (svg,) = images(picture._repr_html_())
    for drawn in (picture.svg, svg):
        assert label[:20] in "".join(ElementTree.fromstring(drawn).itertext())  # the rest is cut off


def test_micrograds_picture_has_the_theme_of_the_page_too():
    cost = squared_error([Value(0.5)], [1.0])
    (svg,) = images(viz.draw_dot(cost)._repr_html_())
    assert in_theme(svg, "dark") == viz.graph(cost, theme="dark").svg
