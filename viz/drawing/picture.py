"""A picture: SVG, made when it is asked for, to be shown in a notebook or saved.

>>> from minigrad import Value
>>> from viz import graph
>>> picture = graph(Value(2.0, label="a") * 3.0)
>>> picture.dot.splitlines()[0]
'digraph computation {'
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable
from functools import cached_property
from html import escape
from pathlib import Path

from minigrad.files import whole_file
from viz.drawing import export, svg
from viz.drawing.palette import Theme

SMALLEST = 0.65  # of its own size on a page; below, its numbers cannot be read

# Dark where the page says so: JupyterLab and Notebook, Visual Studio Code, marimo and others, Colab, and the
# pages that Jupyter Book and Quarto make of notebooks. A page that says nothing is white, as nbviewer's.
_DARK = (
    "[data-jp-theme-light=false]", ".vscode-dark", ".vscode-high-contrast", ".dark", "[theme=dark]",
    "[data-theme=dark]", ".quarto-dark",
)  # fmt: skip
# The class twice, to count for more than the page's own rules.
STYLE = (
    ".minigrad.minigrad div{overflow-x:auto}.minigrad.minigrad img{max-width:100%}"
    f":is({','.join(_DARK)}) .minigrad img{{color-scheme:dark!important}}"
)


class Picture:
    """A picture of something at the moment it was made; later passes do not change it.

    Attributes:
        title: what the picture is of, its text alternative.
        dot: the graph in Graphviz's language, or None for a picture that is no graph.
    """

    def __init__(self, draw: Callable[[], str], *, title: str, dot: str | None = None) -> None:
        """`draw` gives the drawing; it is called once, when that is first asked for."""
        self._draw = draw
        self.title = title
        self.dot = dot

    @cached_property
    def drawing(self) -> str:
        """The SVG in the theme that was asked for; if none was, in both, with colours as light-dark(…)."""
        return self._draw()

    @cached_property
    def svg(self) -> str:
        """The picture as an SVG document, in light colours where no theme was asked for."""
        return svg.in_light(self.drawing)

    def png(self, zoom: float | None = None) -> bytes:
        """The picture as PNG, `zoom` pixels to a px, drawn with the same font on every machine.

        By default 2, but less for a picture of more than 1 million px, so that the PNG has 4 million pixels
        at most. Where its text would be too small to read, it is an overview without text, of 1 million
        pixels, which takes no longer than one can wait, and a warning says so.

        Raises ImportError where resvg-py is not installed, and says how to install it.
        """
        return export.png_of(self.svg, zoom)

    def save(
        self,
        path: str | Path,
        *,
        width: export.Length | None = None,
        height: export.Length | None = None,
        transparent: bool = False,
    ) -> Path:
        """Write the picture as what the name says: .svg, .pdf, .png, or .dot; give the path.

        `width` and `height` are numbers of px or lengths such as "12cm"; the picture keeps its proportions,
        and fits into both. A PNG has that many pixels, or 300 to an inch. `transparent` leaves out the
        background. Folders are made as needed, and the file is there whole or not at all.

        Raises ValueError for another ending, .dot of what is no graph, or what is no length; ImportError for
        a PDF without typst, or a PNG without resvg-py, and says how to install it.
        """
        path = Path(path)
        content = self._as(path.suffix.lower(), width, height, transparent)
        with whole_file(path) as file:
            file.write(content)
        return path

    def _as(
        self, suffix: str, width: export.Length | None, height: export.Length | None, transparent: bool
    ) -> bytes:
        if suffix in (".dot", ".gv") and self.dot is not None:
            return self.dot.encode()
        if suffix not in (".svg", ".pdf", ".png"):
            endings = ".svg, .pdf, .png" + (", .dot" if self.dot is not None else "")
            given = suffix or "a name without ending"
            raise ValueError(f"a picture is saved as one of {endings}, not {given!r}")
        drawn = export.without_background(self.svg) if transparent else self.svg
        scale = export.scale_for(drawn, width, height)
        if suffix == ".png":
            return export.png_of(drawn, None if scale is None else export.zoom_for(scale, width, height))
        drawn = drawn if scale is None else export.resized(drawn, scale)
        return drawn.encode() if suffix == ".svg" else export.pdf_of(drawn, self.title)

    def _repr_html_(self) -> str | None:
        """In the theme of the page; None, so that a notebook takes the SVG, where one was asked for."""
        if self.svg == self.drawing:
            return None
        return f'<div class="minigrad"><style>{STYLE}</style>{image_of(self)}</div>'

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<picture: {self.title}>"


def image_of(picture: Picture) -> str:
    """A picture on a page, apart from its styles and ids; scrolled where it would become too small to read.

    With `STYLE` a picture in both themes is dark where the page says that it is. Anywhere else it is light,
    whatever the reader's system prefers, and so it is where styles are removed.

    >>> from viz.drawing.palette import LIGHT
    >>> image_of(picture_of(10, 5, [], title="A title", description="What it shows.", theme=LIGHT))[:40]
    '<div><img alt="A title" src="data:image/'
    """
    drawn = svg.as_its_page(picture.drawing)
    source = f"data:image/svg+xml;base64,{b64encode(drawn.encode(errors='backslashreplace')).decode()}"
    style = f"min-width:{SMALLEST * svg.size_of(drawn)[0]:.0f}px;color-scheme:light"
    return f'<div><img alt="{escape(picture.title)}" src="{source}" style="{style}"></div>'


def picture_of(
    width: float, height: float, body: Iterable[str], *, title: str, description: str, theme: Theme
) -> Picture:
    """The picture of what is drawn already; the arguments are those of `svg.document`.

    >>> from viz.drawing.palette import LIGHT
    >>> picture_of(10, 5, [], title="A title", description="What it shows.", theme=LIGHT)
    <picture: A title>
    """
    drawn = svg.document(width, height, body, title=title, description=description, theme=theme)
    return Picture(lambda: drawn, title=title)
