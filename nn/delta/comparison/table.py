"""The table of known mistakes: what a learner computes instead, as a formula, and what to tell him.

A quantity is put together from parts, and a mistake puts something else in the place of one of them; several
parts may be wrong at once. To teach a mistake, add a row to `delta_rows` or `gradient_rows`: its part, its
kind, its formula, its sentence. A formula reads a `Place` (and what the parts before have made), and gives
an array; several of them by their names, which the sentence has as {detail}; or a `Line`, start + t ·
direction with any t. One that does not apply to a network gives None, or arrays of shapes that do not fit.
In sentences {q} is what is wrong; {up} and {down} number the layers after and before; {slope} is σ′ of the
layer in letters, {start} what ∂C/∂aᴸ is for this loss.
"""

from __future__ import annotations

from nn.delta.comparison.delta_rows import DELTA_ROWS
from nn.delta.comparison.gradient_rows import GRADIENT_ROWS

ROWS = [*DELTA_ROWS, *GRADIENT_ROWS]

PARTS = {"delta": ("delta", "slope", "error", "start"), "dW": ("dW", "sum", "input", "left"),
         "db": ("db", "sum", "left")}  # fmt: skip


def sentence_of(kind: str, quantity: str) -> str:
    """What to say of a kind of mistake in "delta", "dW" or "db".

    >>> sentence_of("z for a", "dW")
    '{q} multiplies by z of the layer before; it is a that enters a weight'
    """
    rows = {(row.part, row.kind): row.sentence for row in ROWS}
    own = (rows[part, kind] for part in PARTS.get(quantity, ()) if (part, kind) in rows)
    return next(own, "") or SENTENCES.get(kind) or next(row.sentence for row in ROWS if row.kind == kind)


# What is done to the whole result, found by fitting and not by a formula, and what has no formula.
SENTENCES = {
    "sign": "{q} has the wrong sign: {sign}",
    "half": "{q} is half of what it should be: a factor ½ that {factor_of}",
    "double": "{q} is twice what it should be: a factor 2 that {factor_of}",
    "factor": "{q} is {detail} times what it should be{step}",
    "1/N in δ": "{q} is divided by N: here δ belongs to one example, and 1/N stands in (3) and (4) only",
    "1/N missing": "1/N is missing in {q}: the gradient of the mean cost is the mean over the examples",
    "1/N twice": "1/N is there twice in {q}",
    "transposed": "{q} is transposed: row j belongs to neuron j, column k to the neuron it comes from",
    "misread": "{q} has its numbers in the wrong order: filled in column by column, not row by row",
    "permuted": "{q} has the right numbers in another order: {detail}",
    "sign in an entry": "{detail} has the wrong sign, the rest of {q} is right",
    "entry left at 0": "{detail} is left at 0, the rest of {q} is right",
    "point misplaced": "{detail} has its decimal point in the wrong place, the rest of {q} is right",
    "slip": "{detail} is off, the rest of {q} is right: a slip",
    "bias subtracted": "the bias is subtracted in {q}, in the forward pass: z = W a + b",
    "bias not added": "the bias is forgotten in {q}, in the forward pass: z = W a + b",
    "sigmoid for softmax": "{q} is a sigmoid of each z in your forward pass: here it is the softmax of all",
    "σ left out": "σ is left out in {q}, in your forward pass: a = σ(z)",
    "another σ": "{detail} stands for σ in {q}, in your forward pass: in this network it is {sigma}",
    "W transposed forward": "Wᵀ stands for W in {q}, in your forward pass",
    "after the update": "these are the gradients of the next pass, with the W and b after an update ({q})",
    "unknown": "{q} is wrong, in none of the ways known here",
}
