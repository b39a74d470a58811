"""Real training here and by scikit-learn: test accuracy of both, and time as a ratio.

    python -m tests.benchmarks.bench_training

The same first weights, batches, optimizer and epochs; the time is the better of two runs of each.
"""

from __future__ import annotations

from tests.real_training import TASKS, run


def main() -> None:
    """Print a table: a row a data set."""
    print(f"{'data':<8}{'network':<14}{'epochs':>6}{'ours':>9}{'sklearn':>9}{'time, × sklearn':>18}")
    for task in TASKS.values():
        outcomes = [run(task) for _ in range(2)]
        ours = min(outcome.our_seconds for outcome in outcomes)
        theirs = min(outcome.their_seconds for outcome in outcomes)
        shape = "-".join(map(str, task.hidden)) + " " + task.activation
        accuracies = f"{outcomes[0].ours:>9.1%}{outcomes[0].theirs:>9.1%}"
        print(f"{task.name:<8}{shape:<14}{task.epochs:>6}{accuracies}{ours / theirs:>17.0f}×")


if __name__ == "__main__":
    main()
