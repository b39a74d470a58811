"""An explanation as it grows: what became of each quantity, and what it costs to say so, in bits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from nn.delta.comparison.mistakes.variants import Mark
from nn.delta.comparison.passes import Array

NOTHING = np.empty((0, 0))
UNKNOWN = Mark("unknown")
PRICE = 6.0  # bits of a kind of mistake, as there are some sixty; and of those that everybody makes:
COMMON = {
    "sign": 3.0, "no slope": 3.0, "left at 0": 3.0, "bias forgotten": 3.0, "half": 4.0, "double": 4.0,
    "1/N missing": 4.0, "W for Wᵀ": 4.0, "slope at a": 4.5, "= for +=": 4.5, "σ for σ′": 5.0, "z for a": 5.0,
    "transposed": 5.0, "size of the error": 8.0, "sign lost": 8.0,
}  # fmt: skip
UNSEEN = 0.5  # in a δ that was not given
AGAIN = 1.0  # the same mistake in another place


@dataclass(frozen=True)
class Finding:
    """What became of a quantity: `state` is "right", "carried", "wrong", or "hidden", of a δ not given.

    >>> Finding("delta2", "wrong", (Mark("sign"),)).marks[0].kind
    'sign'
    """

    name: str
    state: str
    marks: tuple[Mark, ...] = ()
    how: str = ""


@dataclass(frozen=True)
class Explanation:
    """An explanation so far; `options` are what the last δ, z or a may be that the next step goes on from.

    >>> explanation = Explanation().longer(Finding("delta2", "wrong", (Mark("sign"),)))
    >>> explanation.bits, explanation.has_unknown
    (3.0, False)
    """

    options: tuple[Array, ...] = (NOTHING,)
    findings: tuple[Finding, ...] = ()
    bits: float = 0.0
    is_given: bool = False  # whether δ of the layer reached was given
    is_elsewhere: bool = False  # whether the forward pass is another than the right one

    @property
    def marks(self) -> list[Mark]:
        """All mistakes."""
        return [mark for finding in self.findings for mark in finding.marks]

    @property
    def has_unknown(self) -> bool:
        """Whether something is not explained."""
        return UNKNOWN in self.marks

    def price(self, marks: Iterable[Mark]) -> float:
        """What it costs to say that these mistakes were made, after those that were."""
        known, total = {mark.kind for mark in self.marks}, 0.0
        for mark in marks:
            total += AGAIN if mark.kind in known else COMMON.get(mark.kind, PRICE)
            known.add(mark.kind)
        return total

    def longer(
        self, finding: Finding, bits: float = 0.0, options: tuple[Array, ...] | None = None
    ) -> Explanation:
        """The explanation with one more finding."""
        return replace(
            self,
            findings=(*self.findings, finding),
            bits=self.bits + self.price(finding.marks) + bits + UNSEEN * (finding.state == "hidden"),
            options=self.options if options is None else options,
        )
