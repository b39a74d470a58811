"""Training beside scikit-learn and NumPy: accuracy, time, memory, the price of validation and of prediction.

Times are the processor's, in one thread; each ratio is the median over pairs that were measured one after the
other, so that a busy machine disturbs it little. scikit-learn trains the same network with the same
optimizer, batches and epochs; recording is part of our time, and so is compiling in a first `fit`. A later
one, of this network or another of its structure, finds the program written.
"""

from __future__ import annotations

import statistics
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parent.parent))

from real_training import TASKS, Task, classifier, data, first_weights, fitted, run

from minigrad.compiler import written
from nn import MLP, Adam, accuracy, binary_cross_entropy_on_logits, cross_entropy_on_logits, fit, predict

PAIRS = 15


def seconds(function: Callable[[], Any]) -> float:
    """The processor's time."""
    start = time.process_time()
    function()
    return time.process_time() - start


def ratio(ours: Callable[[], Any], theirs: Callable[[], Any], pairs: int = PAIRS) -> float:
    """The median of our time as a multiple of theirs."""
    return statistics.median(seconds(ours) / seconds(theirs) for _ in range(pairs))


def real_data() -> None:
    """Print a line for each data set: both test accuracies, and time as a multiple of scikit-learn's.

    `first` and `later` are calls of `fit` for these epochs; with ten times as many, a first one is measured.
    """
    print("test accuracy, and time as a multiple of scikit-learn's for the same network and epochs")
    print("data    network    epochs     ours  sklearn   first   later  10 × epochs  validation  share")
    with threadpool_limits(1):
        for task in TASKS.values():
            print(compared(task))


def compared(task: Task) -> str:
    """The line of a data set."""
    outcome = run(task, engine="compiled")
    X, X_test, y, y_test = data(task.name)
    loss = binary_cross_entropy_on_logits if len(np.unique(y)) == 2 else cross_entropy_on_logits
    start = first_weights(task, 0, X, y).state_dict()
    model = first_weights(task, 0, X, y)

    def train(epochs: int, is_first: bool = True, **settings: Any) -> None:
        if is_first:
            written.forget()
        model.load_state_dict(start)
        fit(
            model,
            X,
            y,
            loss=loss,
            optimizer=Adam(task.learning_rate),
            epochs=epochs,
            batch_size=task.batch_size,
            shuffle=False,
            patience=None,
            **settings,
        )

    def theirs(epochs: int) -> None:
        fitted(classifier(task, 0, task.learning_rate, epochs), X, y)

    epochs, many = task.epochs, 10 * task.epochs
    return (
        f"{task.name:<8}{'-'.join(map(str, task.hidden)) + ' ' + task.activation:<12}{epochs:>5}"
        f"{outcome.ours:>9.1%}{outcome.theirs:>9.1%}"
        f"{ratio(lambda: train(epochs), lambda: theirs(epochs)):>7.2f}×"
        f"{ratio(lambda: train(epochs, is_first=False), lambda: theirs(epochs)):>7.2f}×"
        f"{ratio(lambda: train(many), lambda: theirs(many), pairs=5):>10.2f}×"
        f"{ratio(lambda: train(many, validation=(X_test, y_test)), lambda: train(many), 5):>12.2f}×"
        f"{1 + len(X_test) / len(X):>7.2f}×"
    )


def predictions() -> None:
    """Print a line for each network: `predict` as a multiple of the same by hand, from arrays of weights."""
    print("\npredict, as a multiple of NumPy written by hand")
    for sizes, count in (((4, 8, 3), 150), ((64, 16, 10), 1_797), ((784, 128, 10), 10_000)):
        with threadpool_limits(1):
            found = predicted(sizes, count)
        print(f"{'-'.join(map(str, sizes))} @ {count:,}: {found:.2f}×")


def predicted(sizes: tuple[int, ...], count: int) -> float:
    """The ratio for one network; what takes some µs is done many times, as a clock is not that fine."""
    model = MLP(sizes[0], sizes[1:], "relu", seed=0)
    state, X = model.state_dict(), np.random.default_rng(0).normal(size=(count, sizes[0]))

    def by_hand() -> np.ndarray:
        a = X
        for l in range(1, len(sizes)):
            z = a @ state[f"W{l}"].T + state[f"b{l}"]
            a = np.maximum(z, 0.0) if l < len(sizes) - 1 else z
        return a

    np.testing.assert_allclose(predict(model, X), by_hand(), rtol=1e-9, atol=1e-12)
    times = max(1, 100_000 // X.size)

    def repeated(function: Callable[[], Any]) -> Callable[[], Any]:
        return lambda: [function() for _ in range(times)]

    return ratio(repeated(lambda: predict(model, X)), repeated(by_hand))


def large() -> None:
    """Print time, float32 and memory of 784-128-10 on synthetic images."""
    examples, epochs, pairs = 60_000, 2, 3
    rng = np.random.default_rng(0)
    X, y = rng.uniform(size=(examples, 784)), rng.integers(0, 10, examples)
    model = MLP(784, [128, 10], seed=0)
    start = model.state_dict()

    def train(**settings: Any) -> None:
        model.load_state_dict(start)
        history = fit(
            model,
            X,
            y,
            loss=cross_entropy_on_logits,
            optimizer=Adam(0.001),
            epochs=epochs,
            batch_size=200,
            seed=0,
            metric=accuracy,
            **settings,
        )
        assert len(history.cost) == len(history.metric) == len(history.delta[1]) == epochs

    def theirs() -> None:
        MLPClassifier((128,), alpha=0.0, batch_size=200, max_iter=epochs, random_state=0).fit(X, y)

    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)  # all epochs were used, as asked
        print(f"\n{examples:,} × 784-128-10, {epochs} epochs in batches of 200, with metric and history:")
        print(f"  {ratio(train, theirs, pairs):.2f}× scikit-learn's time")
        faster = ratio(train, lambda: train(dtype="float32"), pairs)
    print(f"  float32 is {faster:.2f} times as fast as float64")
    tracemalloc.start()
    train()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"  memory: {1 + peak / X.nbytes:.2f}× the inputs, these included")


def main() -> None:
    """Print all figures."""
    real_data()
    predictions()
    large()


if __name__ == "__main__":
    main()
