"""Writes SVG (Scalable Vector Graphics): escaped, rounded, and the same bytes for the same picture."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable
from html import escape

from viz.drawing.grid import Box, Point
from viz.drawing.palette import ACTIVE, HATCH, Theme, mixed, sides
from viz.drawing.typography import FONT_STACK

Attribute = str | float | None
STRIPES = "M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2"  # of the pattern for nan and infinity, 6 × 6
# Attributes: in text, quotes are escaped
_HATCHED = f'="url(#{HATCH})"'
_PAIRED = re.compile(r'="light-dark\(([#\w.]+),([#\w.]+)\)"')


def element(tag: str, *children: str, **attributes: Attribute) -> str:
    """One element. `_` in the name of an attribute becomes `-`, None is left out, numbers have 2 decimals.

    >>> element("line", x1=0, x2=1.23456, stroke_width=2, class_="edge")
    '<line x1="0" x2="1.23" stroke-width="2" class="edge"/>'
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    inside = "".join(children)
    return f"<{tag}{written}>{inside}</{tag}>" if inside else f"<{tag}{written}/>"


def text(
    x: float,
    y: float,
    content: str,
    *,
    size: float = 12.0,
    fill: str,
    anchor: str = "middle",
    bold: bool = False,
    **attributes: Attribute,
) -> str:
    """Text with its vertical middle at y, escaped; nothing for an empty text.

    >>> text(0, 0, "a<b", fill="#000000")
    '<text x="0" y="4.2" font-size="12" text-anchor="middle" fill="#000000">a&lt;b</text>'
    """
    if not content:
        return ""
    return element(
        "text",
        escape(content),
        x=x,
        y=y + 0.35 * size,  # the middle of digits and capitals is about 0.35 em above the base line
        font_size=size,
        text_anchor=anchor,
        font_weight="bold" if bold else None,
        fill=fill,
        **attributes,
    )


def rectangle(box: Box, *children: str, **attributes: Attribute) -> str:
    """A box.

    >>> rectangle(Box(5, 5, 10, 10), fill="none")
    '<rect x="0" y="0" width="10" height="10" fill="none"/>'
    """
    return element("rect", *children, x=box.left, y=box.top, width=box.width, height=box.height, **attributes)


def line(start: Point, end: Point, *children: str, **attributes: Attribute) -> str:
    """A straight line.

    >>> line((0, 0), (10, 5), stroke="#000000")
    '<line x1="0" y1="0" x2="10" y2="5" stroke="#000000"/>'
    """
    return element("line", *children, x1=start[0], y1=start[1], x2=end[0], y2=end[1], **attributes)


def arrow(base: Point, tip: Point, **attributes: Attribute) -> str:
    """The head of an arrow, from the end of its line to its tip.

    >>> arrow((0, 0), (10, 0), fill="none").count(",")
    3
    """
    dx, dy = tip[0] - base[0], tip[1] - base[1]
    corners = [tip, (base[0] - dy * 0.45, base[1] + dx * 0.45), (base[0] + dy * 0.45, base[1] - dx * 0.45)]
    return element("polygon", points=" ".join(f"{x:.2f},{y:.2f}" for x, y in corners), **attributes)


def title(content: str) -> str:
    """The tool tip of an element, which screen readers read too.

    >>> title("a < b")
    '<title>a &lt; b</title>'
    """
    return f"<title>{escape(content)}</title>"


def group(*children: str, **attributes: Attribute) -> str:
    """Elements that belong together.

    >>> group("<g/>", class_="edge")
    '<g class="edge"><g/></g>'
    """
    return element("g", *children, **attributes)


def document(
    width: float, height: float, body: Iterable[str], *, title: str, description: str, theme: Theme
) -> str:
    """A whole picture of `width` × `height` px on the background of its theme.

    `title` and `description` are its text alternative, which screen readers read out. The only id, of the
    pattern for nan and infinity, is made of the content, in both themes of the light one: on a page no
    picture takes the pattern of another.

    >>> from viz.drawing.palette import LIGHT
    >>> document(10, 5, [], title="A title", description="What it shows.", theme=LIGHT)[:31]
    '<svg xmlns="http://www.w3.org/2'
    """
    across, down = _attribute(width), _attribute(height)
    content = "\n".join(body)
    defs = []
    if _HATCHED in content:
        light = sides(theme.name)[0] + in_light(content)
        name = f"{HATCH}-{hashlib.sha256(light.encode()).hexdigest()[:12]}"
        content = content.replace(_HATCHED, f'="url(#{name})"')
        defs = [f"<defs>{_hatch(theme, name)}</defs>"]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{across}" height="{down}" '
            f'viewBox="0 0 {across} {down}" role="img" font-family="{FONT_STACK}">',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(description)}</desc>",
            *defs,
            element("rect", width=width, height=height, fill=theme.background),
            content,
            "</svg>\n",
        ]
    )


def in_light(document: str) -> str:
    """A picture in both themes as it is in the light one; one in one theme as it is.

    >>> in_light('<rect fill="light-dark(#FFFFFF,#000000)"/>')
    '<rect fill="#FFFFFF"/>'
    """
    return _PAIRED.sub(lambda pair: f'="{pair[1]}"', document)


def as_its_page(document: str) -> str:
    """A picture in both themes that, as an image, is drawn in the one that its place on a page has.

    That is said by `color-scheme` there (CSS Color Adjustment 1), which the image is asked for (Media
    Queries 5). Every pair of colours is written once.

    >>> as_its_page('<desc></desc><rect fill="light-dark(#FFFFFF,#000000)"/>')[-23:]
    '<rect fill="var(--0)"/>'
    """
    pairs: dict[tuple[str, ...], int] = {}

    def variable(pair: re.Match[str]) -> str:
        return f'="var(--{pairs.setdefault(pair.groups(), len(pairs))})"'

    drawn = _PAIRED.sub(variable, document)
    light, dark = ("".join(f"--{n}:{pair[side]};" for pair, n in pairs.items()) for side in (0, 1))
    style = f"<style>:root{{{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}</style>"
    return drawn.replace("</desc>", f"</desc>{style}", 1)


def size_of(document: str) -> tuple[float, float]:
    """The width and the height of a picture in px.

    >>> from viz.drawing.palette import LIGHT
    >>> size_of(document(10, 5, [], title="A title", description="What it shows.", theme=LIGHT))
    (10.0, 5.0)
    """
    found = re.search(r' width="([\d.]+)" height="([\d.]+)"', document)
    assert found, "document() writes both"
    return float(found[1]), float(found[2])


def _hatch(theme: Theme, name: str) -> str:
    stripe = element("path", d=STRIPES, stroke=mixed(theme.background, ACTIVE, 0.5), stroke_width=2)
    ground = element("rect", width=6, height=6, fill=theme.background)
    return element("pattern", ground, stripe, id=name, width=6, height=6, patternUnits="userSpaceOnUse")


def _attribute(value: str | float) -> str:
    if isinstance(value, str):
        return escape(value)
    if not math.isfinite(value):
        return str(value)
    rounded = round(float(value), 2)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)
