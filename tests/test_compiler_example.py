"""examples/emerging_matrices.py: every step is printed, and the blocks are drawn."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import load_example
from test_compiler_source import DOCUMENT_001


def test_the_steps_lead_from_single_numbers_to_the_source(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load_example("emerging_matrices").main(str(tmp_path / "blocks.svg"))
    printed = capsys.readouterr().out
    assert re.findall(r"^(\d)  (\w+)", printed, re.MULTILINE)[:5] == [
        ("1", "Recorded"),
        ("2", "Read"),
        ("3", "Fused"),
        ("4", "Grouped"),
        ("5", "Emitted"),
    ]
    assert "z2_1 = w2_11·a1_1 + w2_12·a1_2 + b2_1" in printed
    assert DOCUMENT_001 in printed
    assert "agree to 1e-12" in printed


def test_the_picture_has_a_box_a_block_and_an_arrow_a_matrix(tmp_path: Path) -> None:
    load_example("emerging_matrices").main(str(tmp_path / "blocks.svg"))
    words = set(ElementTree.fromstring((tmp_path / "blocks.svg").read_text()).itertext())
    assert {"X", "y", "Z1", "A1", "Z2", "A2", "Z3", "error", "cost", "W1", "W2", "W3"} <= words
