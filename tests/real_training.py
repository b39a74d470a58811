"""Real data, trained here and by scikit-learn from the same first weights, in the same way.

The first weights are scikit-learn's, read from an estimator that took one step of length 0 (its learning rate
is 1e-300); batches are taken in order by both. scikit-learn's Adam puts its 1e-8 before the bias correction,
PyTorch's and ours after it: the two agree to some 1e-8 a step, not to the bit.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_digits, load_iris, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from nn import (
    MLP,
    Adam,
    accuracy,
    binary_cross_entropy_on_logits,
    cross_entropy_on_logits,
    fit,
    from_sklearn,
    predict,
)


@dataclass(frozen=True)
class Task:
    """A data set and what is trained on it."""

    name: str
    hidden: tuple[int, ...]
    activation: str
    learning_rate: float
    epochs: int
    batch_size: int


TASKS = {
    "iris": Task("iris", (8,), "tanh", 0.02, 100, 50),
    "moons": Task("moons", (8, 8), "relu", 0.02, 60, 100),
    "digits": Task("digits", (16,), "relu", 0.01, 10, 128),
}


@dataclass(frozen=True)
class Outcome:
    """Test accuracy of both, seconds of both, and the largest difference of their test probabilities."""

    ours: float
    theirs: float
    our_seconds: float
    their_seconds: float
    difference: float


def data(name: str):
    """Training and test inputs, training and test labels; standardised by the training inputs."""
    if name == "moons":
        X, y = make_moons(400, noise=0.2, random_state=0)
    else:
        X, y = (load_iris if name == "iris" else load_digits)(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0, stratify=y)
    scaler = StandardScaler().fit(X_train)
    return scaler.transform(X_train), scaler.transform(X_test), y_train, y_test


def classifier(task: Task, seed: int, learning_rate: float, epochs: int) -> MLPClassifier:
    """scikit-learn's network for a task."""
    return MLPClassifier(
        task.hidden,
        activation=task.activation,
        alpha=0.0,
        batch_size=task.batch_size,
        learning_rate_init=learning_rate,
        max_iter=epochs,
        shuffle=False,
        random_state=seed,
        tol=0.0,
        n_iter_no_change=10**6,
    )


def first_weights(task: Task, seed: int, X, y) -> MLP:
    """Our network with scikit-learn's first weights, with logits in place of its probabilities."""
    still = fitted(classifier(task, seed, 1e-300, 1), X, y)
    probabilities = from_sklearn(still)
    model = MLP(X.shape[1], probabilities.sizes[1:], task.activation)
    model.load_state_dict(probabilities.state_dict())
    return model


def fitted(estimator: MLPClassifier, X, y) -> MLPClassifier:
    """The estimator after training."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it says that all epochs were used, as asked
        return estimator.fit(X, y)


def run(task: Task, seed: int = 0, engine: str = "scalar") -> Outcome:
    """Train both, and hold them against each other."""
    X, X_test, y, y_test = data(task.name)
    model = first_weights(task, seed, X, y)
    binary = len(np.unique(y)) == 2
    start = time.perf_counter()
    fit(
        model,
        X,
        y,
        loss=binary_cross_entropy_on_logits if binary else cross_entropy_on_logits,
        optimizer=Adam(task.learning_rate),
        epochs=task.epochs,
        batch_size=task.batch_size,
        shuffle=False,
        patience=None,
        engine=engine,
    )
    middle = time.perf_counter()
    theirs = fitted(classifier(task, seed, task.learning_rate, task.epochs), X, y)
    end = time.perf_counter()
    logits = predict(model, X_test)
    if binary:
        probabilities = 1 / (1 + np.exp(-logits[:, 0]))
        difference = np.abs(probabilities - theirs.predict_proba(X_test)[:, 1]).max()
    else:
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
        difference = np.abs(probabilities - theirs.predict_proba(X_test)).max()
    ours = accuracy(logits, y_test, threshold=0.0)
    return Outcome(ours, theirs.score(X_test, y_test), middle - start, end - middle, float(difference))
