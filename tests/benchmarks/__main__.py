"""Runs every `bench_*.py` in here, or those named, as in `python -m tests.benchmarks engine`.

Each runs in a process of its own, so that none is slowed by what another has loaded, and what it prints
becomes its section of figures.md beside this file, to which the readme links. A table alone, as in
`python -m tests.benchmarks training.predictions`, is printed only.
"""

import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
PAGE = HERE / "figures.md"
HEADING = """# Figures

What `make bench` printed when it was last run for this page. Each section is one run, in which its ratios
were measured; times are those of a shared machine with 2 cores.
"""


def sections(page: str) -> dict[str, str]:
    """What the page has, by the name of the benchmark."""
    return dict(re.findall(r"^## (\w+)\n\n```text\n(.*?)\n```$", page, re.DOTALL | re.MULTILINE))


def page_of(texts: dict[str, str]) -> str:
    """The page with these sections, by name."""
    return "\n".join([HEADING, *(f"## {name}\n\n```text\n{texts[name]}\n```\n" for name in sorted(texts))])


def parts(name: str) -> list[str]:
    """The functions of a benchmark that print a table each."""
    text = (HERE / f"bench_{name}.py").read_text(encoding="utf-8")
    return [part for part in re.findall(r"^def (\w+)\(\) -> None:", text, re.MULTILINE) if part != "main"]


def printed_by(name: str, part: str = "main") -> str:
    """Run a benchmark, or a part of it, show what it prints as it comes, and return it."""
    program = f"from tests.benchmarks.bench_{name} import {part}; {part}()"
    command = [sys.executable, "-u", "-c", program]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8", env=environment) as running:
        for line in running.stdout or ():
            print(line, end="", flush=True)
            lines.append(line.rstrip())
    if running.returncode:
        sys.exit(f"the benchmark {name} failed")
    return "\n".join(lines).strip("\n")


def main(names: list[str]) -> None:
    found = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    wanted = [name.split(".") for name in names or found]
    unknown = {name for name, *_ in wanted} - set(found)
    if unknown:
        sys.exit(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(found)}")
    for name, *part in wanted:
        if not set(part) <= set(parts(name)):
            sys.exit(f"{name} has no part {'.'.join(part)}; there are {', '.join(parts(name))}")
    for name, *part in wanted:
        text = printed_by(name, *part)
        if not part:
            texts = sections(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
            PAGE.write_text(page_of({**texts, name: text}), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
