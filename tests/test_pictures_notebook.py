"""The notebook runs from top to bottom and shows its pictures in place."""

import os
import sys
import warnings
from pathlib import Path
from xml.etree import ElementTree

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture(scope="module")
def executed():
    """The notebook's code cells, run in a kernel of this Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the kernel's own libraries
        import nbformat
        from jupyter_client.kernelspec import KernelSpec
        from jupyter_client.manager import AsyncKernelManager
        from nbclient import NotebookClient

        class ThisPython(AsyncKernelManager):
            """A kernel of the running Python, wherever kernels are registered."""

            @property
            def kernel_spec(self):
                command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
                return KernelSpec(argv=command, display_name="Python 3", language="python")

        notebook = nbformat.read(EXAMPLES / "pictures.ipynb", as_version=4)
        client = NotebookClient(
            notebook,
            timeout=120,
            kernel_manager_class=ThisPython,
            resources={"metadata": {"path": str(EXAMPLES)}},
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
            client.execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def results(cell, kind):
    """What a cell shows, of one kind."""
    return [output.data[kind] for output in cell.outputs if kind in output.get("data", {})]


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
