"""Training on real data: test accuracy beside scikit-learn's, and both engines' time as a ratio to its."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from real_training import TASKS, run


def main() -> None:
    print("test accuracy, and time as a multiple of scikit-learn's for the same network and epochs")
    print("data    network       epochs     ours  sklearn   compiled   node by node")
    for task in TASKS.values():
        compiled, scalar = run(task, engine="compiled"), run(task, engine="scalar")
        network = f"{'-'.join(map(str, task.hidden))} {task.activation}"
        ratios = [outcome.our_seconds / outcome.their_seconds for outcome in (compiled, scalar)]
        print(
            f"{task.name:<8}{network:<14}{task.epochs:>6}{compiled.ours:>9.1%}{compiled.theirs:>9.1%}"
            f"{ratios[0]:>10.1f}×{ratios[1]:>14.0f}×"
        )


if __name__ == "__main__":
    main()
