"""When training ends: a cost that no longer falls, and one that has left for good, whatever its sign."""

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# A cost that has risen above the first by so many times the scale of the costs seen has left for good.
DIVERGED = 999.0
LEAST_SCALE = 1e-8  # below, a rise may be rounding


class Patience:
    """Knows the lowest cost so far, the numbers that had it, and how long ago that was.

    >>> patience = Patience(tolerance=1e-3, epochs=2)
    >>> costs = {1: -4.0, 2: -5.0, 3: -5.0, 4: -5.0}
    >>> [patience.is_exhausted(epoch, cost, np.zeros(1)) for epoch, cost in costs.items()]
    [False, False, False, True]
    """

    def __init__(self, tolerance: float, epochs: int | None) -> None:
        self.tolerance, self.epochs = tolerance, epochs
        self.best: Array | None = None
        self.best_cost = self._last_progress = math.inf
        self._since = 0

    def is_exhausted(self, epoch: int, cost: float, numbers: Array) -> bool:
        """Take in one epoch's cost; True if there was no progress for `epochs` epochs."""
        if cost < self.best_cost:
            self.best_cost, self.best = cost, numbers.copy()
        margin = self.tolerance * abs(self._last_progress) if self._since else 0.0
        if cost < self._last_progress - margin:
            self._last_progress, self._since = cost, epoch
        return self.epochs is not None and epoch - self._since >= self.epochs


def has_diverged(first: float, lowest: float, cost: float) -> bool:
    """Whether the cost, of either sign, rose out of proportion to where it began and what it fell by.

    >>> has_diverged(first=-1.0, lowest=-5.0, cost=-4.9), has_diverged(first=-1.0, lowest=-1.0, cost=1000.0)
    (False, True)
    """
    return cost - first > DIVERGED * max(abs(first), first - lowest, LEAST_SCALE)
