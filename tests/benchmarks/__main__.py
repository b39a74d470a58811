"""Runs every `bench_*.py` in here, or those named, as in `python -m tests.benchmarks engine`.

All of them together also write what they print into figures.md beside this file, to which the readme links.
"""

import contextlib
import importlib
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
HEADING = """# Figures

What `make bench` printed when it was last run for this page. Ratios within a section were measured in one
run; times are those of a shared machine with 2 cores.

"""


class Tee:
    """Writes to the terminal, and keeps what was written."""

    def __init__(self, terminal) -> None:
        self.terminal, self.kept = terminal, []

    def write(self, text: str) -> int:
        self.kept.append(text)
        return self.terminal.write(text)

    def flush(self) -> None:
        self.terminal.flush()


def main(names: list[str]) -> None:
    found = sorted(path.stem for path in HERE.glob("bench_*.py"))
    wanted = [f"bench_{name}" for name in names] or found
    unknown = set(wanted) - set(found)
    if unknown:
        sys.exit(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(found)}")
    page = [HEADING]
    for name in wanted:
        tee = Tee(sys.stdout)
        with contextlib.redirect_stdout(tee):
            importlib.import_module(f"tests.benchmarks.{name}").main()
        lines = "".join(tee.kept).splitlines()
        text = "\n".join(line.rstrip() for line in lines).strip("\n")
        page.append(f"## {name.removeprefix('bench_')}\n\n```text\n{text}\n```\n\n")
    if not names:
        (HERE / "figures.md").write_text("".join(page).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
