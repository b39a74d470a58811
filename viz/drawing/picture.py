"""A picture: SVG, made when it is asked for, to be shown in a notebook or saved.

>>> from minigrad import Value
>>> from viz import graph
>>> picture = graph(Value(2.0, label="a") * 3.0)
>>> picture.dot.splitlines()[0]
'digraph computation {'
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path

from minigrad.files import whole_file
from viz.drawing import svg
from viz.drawing.palette import Theme
from viz.drawing.typography import font_files

_MOST_PIXELS = 4e6
_LEGIBLE_ZOOM = 0.5  # at which text of 11 px has 5


class Picture:
    """A picture of something at the moment it was made; later passes do not change it.

    Attributes:
        title: what the picture is of, its text alternative.
        dot: the graph in Graphviz's language, or None for a picture that is no graph.
    """

    def __init__(self, draw: Callable[[], str], *, title: str, dot: str | None = None) -> None:
        """`draw` gives the SVG; it is called once, when the SVG is first asked for."""
        self._draw = draw
        self.title = title
        self.dot = dot

    @cached_property
    def svg(self) -> str:
        """The picture as an SVG document. Raises RuntimeError where it needs a Graphviz and there is none."""
        return self._draw()

    def png(self, zoom: float | None = None) -> bytes:
        """The picture as PNG, `zoom` pixels to a px, drawn with the same font on every machine.

        By default 2, but less for a picture of more than 1 million px, so that the PNG has 4 million pixels
        at most, and takes no longer than one can wait; a warning says so where its text is too small to read.

        Raises ImportError where resvg-py is not installed, and says how to install it.
        """
        try:
            import resvg_py
        except ImportError:
            raise ImportError(
                "a PNG needs resvg-py: `pip install resvg-py`; an SVG, .svg, does not"
            ) from None
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=self.svg,
                zoom=self._fitting_zoom() if zoom is None else zoom,
                skip_system_fonts=True,
                font_files=font_files(),
                font_family="DejaVu Sans",
            )
        )

    def _fitting_zoom(self) -> float:
        across, down = svg.size_of(self.svg)
        zoom = min(2.0, math.sqrt(_MOST_PIXELS / (across * down)))
        if zoom < _LEGIBLE_ZOOM:
            warnings.warn(
                f"a PNG of {zoom:.0%} of {across:,.0f} × {down:,.0f} px has text too small to read: "
                "save it as .svg, draw a part of it or fold it, or ask for png(zoom=1)",
                stacklevel=3,
            )
        return zoom

    def save(self, path: str | Path) -> Path:
        """Write the picture as what the name says: .svg, .png, or .dot; give the path.

        Folders are made as needed. Raises ValueError for another ending, or .dot of what is no graph.
        """
        path = Path(path)
        content = self._as(path.suffix.lower())
        with whole_file(path) as file:
            file.write(content)
        return path

    def _as(self, suffix: str) -> bytes:
        if suffix == ".svg":
            return self.svg.encode()
        if suffix == ".png":
            return self.png()
        if suffix in (".dot", ".gv") and self.dot is not None:
            return self.dot.encode()
        endings = ".svg, .png" + (", .dot" if self.dot is not None else "")
        raise ValueError(f"a picture is saved as one of {endings}, not {suffix or 'a name without ending'!r}")

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<picture: {self.title}>"


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
