"""The API reference builds without a warning, and has what it promises."""

import inspect
import re
from importlib import import_module

import api_reference
import pytest

from minigrad import Operation


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The folder of the pages; a warning while they are built is an error, as everywhere in the tests."""
    folder = tmp_path_factory.mktemp("api")
    api_reference.build(folder)
    return folder


def test_every_module_has_a_page(pages):
    for name in api_reference.MODULES:
        assert (pages / f"{name.replace('.', '/')}.html").exists(), name


@pytest.mark.parametrize("package", api_reference.PACKAGES)
def test_every_public_name_is_on_its_packages_page_with_a_docstring(pages, package):
    page = (pages / f"{package}.html").read_text(encoding="utf-8")
    for name in import_module(package).__all__:
        assert f'id="{name}"' in page, name
        thing = getattr(import_module(package), name)
        is_row = isinstance(thing, Operation)  # a row of the table may be a single formula
        assert is_row or not callable(thing) or inspect.getdoc(thing), name


def test_glossaries_keep_their_lines(pages):
    page = (pages / "nn" / "delta" / "equations.html").read_text(encoding="utf-8")
    block = re.search(r"Glossary.*?<pre>(.*?)</pre>", page, flags=re.DOTALL)[1]
    assert re.search(r"delta.*the error term", block)


def test_examples_in_docstrings_are_shown_as_programs(pages):
    page = (pages / "nn.html").read_text(encoding="utf-8")
    assert "&gt;&gt;&gt;" in page
    assert "<blockquote>" not in page  # what Markdown makes of >>> when it is not told
