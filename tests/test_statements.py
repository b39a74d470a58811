"""The map of the documents' 77 statements: no empty cell, and every anchor leads somewhere."""

import ast
import contextlib
import io
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAP = ROOT / "examples" / "statements.md"
COLUMNS = ("number", "statement", "code", "seen", "test")


def rows() -> list[dict[str, str]]:
    lines = MAP.read_text(encoding="utf-8").splitlines()
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| \d", line)
    ]
    assert all(len(row) == len(COLUMNS) for row in cells)
    return [dict(zip(COLUMNS, row)) for row in cells]


@cache
def names_in(path: Path) -> set[str]:
    """Functions, classes, their methods and attributes, and what is assigned at the top of the file."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{name}" for child in node.body for name in _names_of(child)}
            names |= {f"{node.name}.{name}" for name in _attributes_of(node)}
        names |= _names_of(node)
    return names


def _attributes_of(node: ast.ClassDef) -> set[str]:
    stored = [child for child in ast.walk(node) if isinstance(child, ast.Attribute)]
    return {
        child.attr
        for child in stored
        if isinstance(child.ctx, ast.Store) and getattr(child.value, "id", "") == "self"
    }


def _names_of(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


@pytest.fixture(scope="module")
def demo(main_job, tmp_path_factory) -> str:
    """What `make demo` prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        main_job.main(["--out", str(tmp_path_factory.mktemp("demo"))])
    return out.getvalue()


def test_all_77_statements_are_there_in_order_and_no_cell_is_empty():
    assert [int(row["number"]) for row in rows()] == list(range(1, 78))
    assert all(cell for row in rows() for cell in row.values())


@pytest.mark.parametrize("column", ["code", "test"])
def test_every_anchor_to_code_or_test_exists(column):
    for row in rows():
        path, _, name = re.fullmatch(r"`([\w./]+)(::)([\w.]+)`", row[column]).groups()
        assert (ROOT / path).exists(), row
        assert name in names_in(ROOT / path), row


def test_what_is_seen_is_really_printed(demo):
    for row in rows():
        where, text = re.fullmatch(r"`(demo|chapter \d+) › (.+)`", row["seen"]).groups()
        if where == "demo":
            assert text in demo, row
        else:
            (output,) = (ROOT / "examples" / "output").glob(f"chapter_{int(where.split()[1]):02}_*.txt")
            assert text in output.read_text(encoding="utf-8"), row


def test_a_test_in_the_map_is_a_test():
    assert all("::test_" in row["test"] for row in rows())
