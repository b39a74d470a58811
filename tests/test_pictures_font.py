"""The font that pictures are measured and drawn with: DejaVu Sans, whole."""

from pathlib import Path

import pytest

from viz.drawing.typography import _advances, font_files, width

FACES = {"DejaVuSans.ttf": False, "DejaVuSans-Bold.ttf": True}


def test_the_files_and_their_licence_are_shipped():
    assert [Path(file).name for file in font_files()] == list(FACES)
    folder = Path(font_files()[0]).parent
    assert "Bitstream Vera" in (folder / "LICENSE").read_text(encoding="utf-8")
    assert sum(file.stat().st_size for file in folder.iterdir()) < 1_200_000


@pytest.mark.parametrize("name", FACES)
def test_widths_are_those_of_the_whole_font_to_the_bit(name):
    fonts = pytest.importorskip("fontTools.ttLib")
    matplotlib = pytest.importorskip("matplotlib")
    original = fonts.TTFont(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name)
    glyphs, units = original["hmtx"], original["head"].unitsPerEm
    assert len(original.getBestCmap()) > 5000
    for character, glyph in original.getBestCmap().items():
        assert width(chr(character), 1000.0, FACES[name]) == glyphs[glyph][0] * 1000.0 / units


@pytest.mark.parametrize("name", FACES)
def test_outlines_are_those_of_the_whole_font(name):
    fonts, pens = pytest.importorskip("fontTools.ttLib"), pytest.importorskip("fontTools.pens.recordingPen")
    matplotlib = pytest.importorskip("matplotlib")

    def outline(font, character):
        pen = pens.DecomposingRecordingPen(font.getGlyphSet())
        font.getGlyphSet()[font.getBestCmap()[ord(character)]].draw(pen)
        return pen.value

    original = fonts.TTFont(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name)
    shipped = fonts.TTFont(font_files()[FACES[name]])
    assert all(outline(shipped, c) == outline(original, c) for c in "aÉЖδ∂σ′−×⁽¹⁾₂ⱼ")


@pytest.mark.parametrize("bold", [False, True])
def test_every_sign_that_pictures_write_is_in_the_font(bold):
    signs = "∂δσΣηθλµ′⊙·×−±≈≤≥→←↑↓√∞…‖ᵀˡ⁽⁾⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗ"
    assert set(map(ord, signs)) <= set(_advances(bold))
