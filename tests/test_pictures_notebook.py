"""The notebook runs from top to bottom and shows its pictures in place."""

from pathlib import Path
from xml.etree import ElementTree

import notebooks
import pytest
from notebooks import results

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
