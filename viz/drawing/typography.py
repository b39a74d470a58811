"""How wide text is.

Widths are those of DejaVu Sans, in the folder `fonts`, so that every machine computes the same picture.
It has all signs that labels use, and is as wide as Verdana and wider than Helvetica or Arial, which stand in
for it where it is not installed: text never outgrows its box.

The files are those of DejaVu 2.35 with every character, and without the instructions for small screens that
no picture uses: `pyftsubset DejaVuSans.ttf --unicodes="*" --notdef-outline --no-hinting`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from struct import iter_unpack, unpack_from

FONT_STACK = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif"
_EM = 1000.0
_FOLDER = Path(__file__).parent / "fonts"


def font_files() -> list[str]:
    """The files of DejaVu Sans, regular and bold.

    >>> [Path(file).name for file in font_files()]
    ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf']
    """
    return [str(_FOLDER / "DejaVuSans.ttf"), str(_FOLDER / "DejaVuSans-Bold.ttf")]


def width(content: str, size: float, bold: bool = False) -> float:
    """The width of one line of text in px, for a font of `size` px.

    >>> width("00", 10) == 2 * width("0", 10)
    True
    """
    advances = _advances(bold)  # a character of another font is taken as wide as any
    return sum(advances.get(ord(character), _EM) for character in content) * size / _EM


def widest(lines: Iterable[str], size: float, bold: bool = False) -> float:
    """The width of the widest line, 0 for none.

    >>> widest(["a", "aa"], 10) == width("aa", 10)
    True
    """
    return max((width(line, size, bold) for line in lines), default=0.0)


def wrapped(words: str, size: float, room: float) -> list[str]:
    """A sentence as lines of at most `room` px, but for a word that is wider.

    >>> wrapped("one two three", 10, width("one two", 10))
    ['one two', 'three']
    """
    lines: list[str] = []
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def clipped(label: str, length: int = 28) -> str:
    """A label in at most `length` characters, on one line, with a sign for what cannot be printed.

    >>> clipped("a rather long label of a node", 10)
    'a rather …'
    """
    line = "".join(c if c.isprintable() else "\ufffd" for c in " ".join(label.split()))
    return line if len(line) <= length else line[: length - 1] + "…"


# --- the font's file: its parts are described in the OpenType specification -----------------------------


@lru_cache(maxsize=2)
def _advances(bold: bool) -> dict[int, float]:
    font = Path(font_files()[bold]).read_bytes()
    count = unpack_from(">H", font, 4)[0]
    start = {tag: offset for tag, _, offset, _ in iter_unpack(">4sIII", font[12 : 12 + 16 * count])}
    units = unpack_from(">H", font, start[b"head"] + 18)[0]  # to the size
    measured = unpack_from(">H", font, start[b"hhea"] + 34)[0]  # glyphs; the rest are as wide as the last
    glyphs = unpack_from(">" + "Hh" * measured, font, start[b"hmtx"])[::2]
    return {
        character: glyphs[min(glyph, measured - 1)] * _EM / units
        for first, last, first_glyph in _characters(font, start[b"cmap"])
        for glyph, character in enumerate(range(first, last + 1), start=first_glyph)
    }


def _characters(font: bytes, cmap: int) -> Iterable[tuple[int, int, int]]:
    """Runs of characters, first and last, and the glyph of the first: the table of format 12 has them all."""
    count = unpack_from(">H", font, cmap + 2)[0]
    tables = [cmap + offset for _, _, offset in iter_unpack(">HHI", font[cmap + 4 : cmap + 4 + 8 * count])]
    full = next(table for table in tables if unpack_from(">H", font, table)[0] == 12)
    runs = unpack_from(">I", font, full + 12)[0]
    return iter_unpack(">III", font[full + 16 : full + 16 + 12 * runs])
