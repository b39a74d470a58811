"""How wide text is.

After this file you know why no text in a picture is cut: every box is made for the text in it.

Widths are those of DejaVu Sans, which comes with matplotlib, so that every machine computes the same picture.
It has all signs that labels use, and is as wide as Verdana and wider than Helvetica or Arial, which stand in
for it where it is not installed: text never outgrows its box.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import matplotlib
from matplotlib.ft2font import FT2Font

FONT_STACK = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif"
_EM = 1000.0


def font_files() -> list[str]:
    """The files of DejaVu Sans, regular and bold, on this machine.

    >>> [Path(file).name for file in font_files()]
    ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf']
    """
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return [str(folder / "DejaVuSans.ttf"), str(folder / "DejaVuSans-Bold.ttf")]


def width(content: str, size: float, bold: bool = False) -> float:
    """The width of one line of text in px, for a font of `size` px.

    >>> width("00", 10) == 2 * width("0", 10)
    True
    """
    return sum(_advance(character, bold) for character in content) * size / _EM


def widest(lines: Iterable[str], size: float, bold: bool = False) -> float:
    """The width of the widest line, 0 for none.

    >>> widest(["a", "aa"], 10) == width("aa", 10)
    True
    """
    return max((width(line, size, bold) for line in lines), default=0.0)


def clipped(label: str, length: int = 28) -> str:
    """A label in at most `length` characters, on one line, with a sign for what cannot be printed.

    >>> clipped("a rather long label of a node", 10)
    'a rather …'
    """
    line = "".join(c if c.isprintable() else "\ufffd" for c in " ".join(label.split()))
    return line if len(line) <= length else line[: length - 1] + "…"


@lru_cache(maxsize=2)
def _font(bold: bool) -> FT2Font:
    font = FT2Font(font_files()[bold])
    font.set_size(_EM, 72)
    return font


@lru_cache(maxsize=4096)
def _advance(character: str, bold: bool) -> float:
    """The advance of one character in thousandths of the size."""
    font = _font(bold)
    index = font.get_char_index(ord(character))
    if not index:
        return _EM  # a character that another font will draw: as wide as any
    return float(font.load_glyph(index).linearHoriAdvance) / 65536
