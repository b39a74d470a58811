"""What the README shows is what its programs print, and what it links to exists."""

import contextlib
import io
import re
import sys

BLOCK = re.compile(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```)?", re.DOTALL)


def printed_blocks(readme: str, folder) -> list[tuple[str, str, str]]:
    """(program, what the README says it prints, what it prints); later programs go on where earlier ended."""
    namespace: dict[str, object] = {}
    blocks = []
    with contextlib.chdir(folder):
        for program, stated in BLOCK.findall(readme):
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(program, namespace)
            blocks.append((program, stated, out.getvalue()))
    return blocks


def test_every_program_of_the_readme_prints_what_stands_below_it(root, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(root / "examples")
    blocks = printed_blocks((root / "README.md").read_text(encoding="utf-8"), tmp_path)
    assert len(blocks) == 6
    for program, stated, printed in blocks:
        assert printed == stated, program
    assert {path.name for path in tmp_path.iterdir()} == {
        "network.svg",
        "recursion.png",
        "graph.png",
        "page.html",
    }


def test_every_link_of_the_guides_leads_somewhere(root):
    for guide in [root / "README.md", root / "CONTRIBUTING.md", *(root / "examples").rglob("*.md")]:
        text = guide.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)|(?:src|srcset)=\"([^\"]+)\"", text):
            path = "".join(target)
            if "://" not in path:
                assert (guide.parent / path).exists(), f"{guide.name}: {path}"


def test_the_two_commands_are_named(root):
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert "make demo" in readme
    assert "make test" in readme


def figures_of(page: str) -> str:
    """The rows that the README shows of all figures: what each engine takes, as ratios."""
    rows = ["| what | ratio |", "|---|---|"]
    record = re.search(r"micrograd / minigrad │ +([\d.]+)× │ +([\d.]+)×", page)
    moons = re.findall(r"minigrad(?:, \* and \+| through nn) +│ +[\d.]+ │ +([\d.]+)×", page)
    size = re.search(r"│ minigrad +│.* (\d+) │\n│ micrograd +│.* (\d+) │", page)
    rows.append(f"| recording a node, micrograd ÷ minigrad | {record[1]} |")
    rows.append(f"| going backward, micrograd ÷ minigrad | {record[2]} |")
    rows.append(f"| bytes a node, micrograd and minigrad | {size[2]}, {size[1]} |")
    rows.append(f"| micrograd's moons, `*` and `+`: micrograd ÷ minigrad | {moons[0]} |")
    rows.append(f"| the same through `nn`: micrograd ÷ minigrad | {moons[1]} |")
    steps = re.findall(r"│ +(\d+) │ (on|off) +│ minigrad .* ([\d.]+)× │", page)
    for positions, collector, ratio in steps:
        what = f"a scalar GPT's step, {positions} positions, garbage collector {collector}"
        rows.append(f"| {what}: forty lines ÷ minigrad | {ratio} |")
    for network, ratio in re.findall(r"│ ([\d,-]+ @ [\d,]+) +│.*│ +([\d.]+) │ +≤", page):
        rows.append(f"| gradient of {network}: program ÷ hand-written NumPy | {ratio} |")
    trained = re.findall(
        r"^(\w+) +(\S+ \w+) +\d+ +([\d.]+%) +([\d.]+%) +([\d.]+)× +([\d.]+)×", page, re.MULTILINE
    )
    for data, network, ours, theirs, first, later in trained:
        what = (
            f"test accuracy {ours}, scikit-learn's {theirs}; time ÷ scikit-learn's, a first and a later `fit`"
        )
        rows.append(f"| {data}, {network}: {what} | {first}, {later} |")
    for network, ratio in re.findall(
        r"^([\d,]+ × [\d-]+),.*\n +([\d.]+)× scikit-learn's time", page, re.MULTILINE
    ):
        rows.append(f"| {network}: time ÷ scikit-learn's | {ratio} |")
    return "\n".join(rows)


def test_the_figures_of_the_readme_are_those_that_the_benchmark_wrote(root):
    page = (root / "tests" / "benchmarks" / "figures.md").read_text(encoding="utf-8")
    shown = figures_of(page)
    assert shown.count("\n") == 20  # two of a head, five engine, four GPT, six programs, four trainings
    assert f"<!-- figures -->\n\n{shown}\n\n<!--" in (root / "README.md").read_text(encoding="utf-8")


def update(root) -> None:
    """Write what the programs print into the README: `python tests/test_readme.py`."""
    path = root / "README.md"
    text = path.read_text(encoding="utf-8")
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for program, stated, printed in printed_blocks(text, folder):
            before = f"```python\n{program}```\n\n```text\n{stated}```"
            text = text.replace(before, f"```python\n{program}```\n\n```text\n{printed}```")
    page = (root / "tests" / "benchmarks" / "figures.md").read_text(encoding="utf-8")
    around = re.compile(r"<!-- figures -->.*?<!-- end of figures -->", re.DOTALL)
    text = around.sub(f"<!-- figures -->\n\n{figures_of(page)}\n\n<!-- end of figures -->", text)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    from conftest import ROOT

    sys.path[:0] = [str(ROOT), str(ROOT / "examples")]
    update(ROOT)
