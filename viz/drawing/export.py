"""From an SVG to a slide or a page: its size, its background, PDF, PNG and GIF.

Glossary: px are those of the picture, 96 to an inch; a length is a number of px, or a text such as "12cm".
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from viz.drawing import svg
from viz.drawing.typography import font_files

Length = float | str

_UNITS = {"px": 1.0, "pt": 96 / 72, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
_LENGTH = re.compile(r"([\d.]+)\s*(px|pt|mm|cm|in)")
_SIZE = re.compile(r' width="[\d.]+" height="[\d.]+"')
_VIEW = re.compile(r' viewBox="[^"]*"')
_BACKGROUND = re.compile(r'\n<rect width="[\d.]+" height="[\d.]+" fill="[^"]+"/>\n')
_DOTS_PER_INCH = 300.0  # of a PNG whose size is given in a unit of length
_TEXT = re.compile(r"<text [^>]*>[^<]*</text>")
_MOST_PIXELS, _OVERVIEW_PIXELS = 4e6, 1e6
_LEGIBLE_ZOOM = 0.6  # at which text of 11 px has 6.6
_TYPST = """#set page(width: auto, height: auto, margin: 0pt, fill: none)
#set document(title: sys.inputs.title, date: none)
#image(bytes(sys.inputs.svg), format: "svg", width: eval(sys.inputs.width), alt: sys.inputs.title)
"""


def pixels(length: Length, name: str = "width") -> float:
    """A length in px.

    >>> pixels(480), pixels("1in"), pixels("72pt")
    (480.0, 96.0, 96.0)

    Raises ValueError for what is no length, or not more than 0.
    """
    found = _LENGTH.fullmatch(length.strip()) if isinstance(length, str) else None
    try:
        size = float(found[1]) * _UNITS[found[2]] if found else float(length)
    except (TypeError, ValueError):
        size = math.nan
    if not 0 < size < math.inf:
        raise ValueError(
            f"a picture's {name} is a number of px, or a length such as '12cm', '120mm', '5in' or '340pt', "
            f"not {length!r}"
        )
    return size


def scale_for(document: str, width: Length | None, height: Length | None) -> float | None:
    """By what a picture grows to be that wide, or that high, or to fit into both; None if neither is said.

    >>> from viz.drawing.palette import LIGHT
    >>> drawn = svg.document(100, 50, [], title="", description="", theme=LIGHT)
    >>> scale_for(drawn, 200, None), scale_for(drawn, 200, 50), scale_for(drawn, None, None)
    (2.0, 1.0, None)
    """
    across, down = svg.size_of(document)
    scales = [
        pixels(asked, name) / size
        for asked, name, size in ((width, "width", across), (height, "height", down))
        if asked is not None
    ]
    return min(scales, default=None)


def resized(document: str, scale: float) -> str:
    """The same drawing, shown `scale` times as large.

    >>> from viz.drawing.palette import LIGHT
    >>> resized(svg.document(100, 50, [], title="", description="", theme=LIGHT), 2.5)[40:107]
    'width="250" height="125" viewBox="0 0 100 50" role="img" font-famil'
    """
    across, down = svg.size_of(document)
    return _SIZE.sub(f' width="{scale * across:.6g}" height="{scale * down:.6g}"', document, count=1)


def on_canvas(document: str, across: float, down: float) -> str:
    """The same drawing with room to the right and below, on a canvas of another size.

    >>> from viz.drawing.palette import LIGHT
    >>> drawn = svg.document(100, 50, [], title="", description="", theme=LIGHT)
    >>> on_canvas(drawn, 200, 80) == svg.document(200, 80, [], title="", description="", theme=LIGHT)
    True
    """
    size = f' width="{across:g}" height="{down:g}"'
    document = _SIZE.sub(size, document, count=1)
    document = _VIEW.sub(f' viewBox="0 0 {across:g} {down:g}"', document, count=1)
    return _BACKGROUND.sub(lambda found: _SIZE.sub(size, found[0]), document, count=1)


def without_background(document: str) -> str:
    """The drawing alone, so that what it is laid on shows between its parts.

    >>> from viz.drawing.palette import LIGHT
    >>> without_background(svg.document(9, 5, [], title="", description="", theme=LIGHT)).count("<rect")
    0
    """
    return _BACKGROUND.sub("\n", document, count=1)


def pdf_of(document: str, title: str) -> bytes:
    """The picture as one page of PDF of just its size; text stays text, in the fonts that are part of it.

    Raises ImportError where typst is not installed, and says how to install it.
    """
    try:
        import typst
    except ImportError:
        raise ImportError("a PDF needs typst: `pip install typst`; .svg and .png do not") from None
    points = svg.size_of(document)[0] / _UNITS["pt"]
    inputs = {"svg": document, "title": title, "width": f"{points:.6g}pt"}
    folder = Path(font_files()[0]).parent
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(folder)])
    made = typst.compile(_TYPST.encode(), format="pdf", sys_inputs=inputs, font_paths=fonts)
    assert isinstance(made, bytes)
    return made


def png_of(document: str, zoom: float | None = None) -> bytes:
    """The picture as PNG, `zoom` pixels to a px; by default what `for_screen` gives.

    Raises ImportError where resvg-py is not installed, and says how to install it.
    """
    try:
        import resvg_py
    except ImportError:
        raise ImportError("a PNG needs resvg-py: `pip install resvg-py`; an SVG, .svg, does not") from None
    if zoom is None:
        document, zoom = for_screen(document)
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=document,
            zoom=zoom,
            skip_system_fonts=True,
            font_files=font_files(),
            font_family="DejaVu Sans",
        )
    )


def gif_of(documents: Sequence[str], seconds: float) -> bytes:
    """Pictures of one size, each shown for some seconds, again and again.

    Raises ValueError for a time that is not more than 0; ImportError where Pillow is not installed, and says
    how to install it.
    """
    if not 0 < seconds < math.inf:
        raise ValueError(f"a frame is shown for more than 0 seconds, not {seconds!r}")
    try:
        from PIL import Image
    except ImportError:
        raise ImportError("a GIF needs Pillow: `pip install pillow`; .svg, .png and .pdf do not") from None
    first, *others = (Image.open(BytesIO(png_of(each))).convert("RGB") for each in documents)
    made = BytesIO()
    first.save(made, "GIF", save_all=True, append_images=others, duration=round(1000 * seconds), loop=0)
    return made.getvalue()


def zoom_for(scale: float, *lengths: Length | None) -> float:
    """Pixels to a px of a PNG that grows by `scale`: one for each px asked for, or 300 to an inch.

    >>> zoom_for(2.0, 640), zoom_for(2.0, "12cm")
    (2.0, 6.25)
    """
    in_units = any(isinstance(length, str) and not length.endswith("px") for length in lengths)
    return scale * (_DOTS_PER_INCH / _UNITS["in"] if in_units else 1.0)


def for_screen(document: str) -> tuple[str, float]:
    """What a PNG is made of, and its pixels to a px: 2, or less so that it has 4 million at most.

    Where text would then be too small to read, it is left out of a smaller PNG, which a warning says.

    >>> from viz.drawing.palette import LIGHT
    >>> for_screen(svg.document(100, 50, [], title="", description="", theme=LIGHT))[1]
    2.0
    """
    across, down = svg.size_of(document)
    zoom = min(2.0, math.sqrt(_MOST_PIXELS / (across * down)))
    if zoom >= _LEGIBLE_ZOOM:
        return document, zoom
    zoom = math.sqrt(_OVERVIEW_PIXELS / (across * down))
    warnings.warn(
        f"a PNG of {zoom:.0%} of {across:,.0f} × {down:,.0f} px is an overview without text, which would be "
        "too small to read: save it as .svg or .pdf, draw a part of it or fold it, or ask for png(zoom=1)",
        stacklevel=4,
    )
    return _TEXT.sub("", document), zoom
