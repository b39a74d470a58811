"""Runs every `bench_*.py` in here, or those named, as in `python -m tests.benchmarks engine`."""

import importlib
import pathlib
import sys


def main(names: list[str]) -> None:
    found = sorted(path.stem for path in pathlib.Path(__file__).parent.glob("bench_*.py"))
    wanted = [f"bench_{name}" for name in names] or found
    unknown = set(wanted) - set(found)
    if unknown:
        sys.exit(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(found)}")
    for name in wanted:
        importlib.import_module(f"tests.benchmarks.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
