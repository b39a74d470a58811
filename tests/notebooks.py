"""Runs a notebook in a kernel of this Python, wherever kernels are registered, and reads what it shows."""

import os
import re
import sys
import warnings
from base64 import b64decode

import pytest


def executed(notebook, folder):
    """The notebook's code cells, after they were run in that folder. Raises for a cell that raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the kernel's own libraries
        from jupyter_client.kernelspec import KernelSpec
        from jupyter_client.manager import AsyncKernelManager
        from nbclient import NotebookClient

        class ThisPython(AsyncKernelManager):
            @property
            def kernel_spec(self):
                command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
                return KernelSpec(argv=command, display_name="Python 3", language="python")

        resources = {"metadata": {"path": str(folder)}}
        client = NotebookClient(notebook, timeout=120, kernel_manager_class=ThisPython, resources=resources)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
            client.execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def results(cell, kind):
    """What a cell shows, of one kind."""
    return [output.data[kind] for output in cell.outputs if kind in output.get("data", {})]


def images(html):
    """The SVGs of a page, whose themes are those that the page's places have."""
    return [
        b64decode(data).decode() for data in re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', html)
    ]


def in_theme(svg, theme):
    """Such an SVG with the colours that it has on a light page, or a dark one."""
    style, light, dark = re.search(
        r"<style>:root{(.*?)}@media\(prefers-color-scheme:dark\){:root{(.*?)}}</style>", svg
    ).group(0, 1, 2)
    colours = dict(re.findall(r"(--\d+):([#\w.]+);", {"light": light, "dark": dark}[theme]))
    return re.sub(r"var\((--\d+)\)", lambda name: colours[name[1]], svg.replace(style, ""))
