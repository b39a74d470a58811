"""The examples of each epoch in batches, shuffled if wanted."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nn.loss_rows import Targets
from nn.training.examples import Examples


class Batches:
    """The examples in batches of one size (the last may be smaller), shuffled in each epoch if wanted.

    >>> batches = Batches(Examples(np.zeros((3, 1)), [0, 1, 2]), size=2, rng=None)
    >>> [(chosen, is_last) for chosen, is_last in batches.of_one_epoch()]
    [(slice(0, 2, None), False), (slice(2, 4, None), True)]
    """

    def __init__(self, examples: Examples, size: int | None, rng: random.Random | None) -> None:
        self.examples = examples
        self.size = size or len(examples)
        self.rng = rng if self.size < len(examples) else None  # a single batch needs no shuffling
        self.order = list(range(len(examples)))

    @property
    def is_single(self) -> bool:
        """Whether one batch has all examples."""
        return self.size >= len(self.examples)

    def of_one_epoch(self) -> Iterator[tuple[slice | NDArray[np.int64], bool]]:
        """(which examples, by number or as a slice, whether it is the last) of each batch."""
        count = len(self.examples)
        numbers = None
        if self.rng is not None:
            self.order = list(range(count))
            self.rng.shuffle(self.order)
            numbers = np.array(self.order)
        for start in range(0, count, self.size):
            part = slice(start, start + self.size)
            yield part if numbers is None else numbers[part], part.stop >= count

    def targets(self) -> list[Targets]:
        """The targets in the order of the epoch."""
        return [self.examples.targets[n] for n in self.order]
