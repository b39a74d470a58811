"""Speed, as ratios measured in one run: `python -m tests.benchmarks` runs every `bench_*.py` in here."""
