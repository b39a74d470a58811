"""Compare with your own: what is wrong with a backward pass, in words, by trying the known mistakes.

The way of an answer through the rooms, each of which imports only those before it:

    passes      the pass that is compared with, and `naming`, what its quantities are called
    answers     what was given, in any form: numbers by name, and the bounds that their rounding allows
    mistakes    the table of mistakes, and every way to compute a quantity that it can make
    search      which of these ways explain the numbers: the shortest explanations, layer by layer
    words       the result, in sentences, and your numbers beside the right ones

Glossary
    quantity      zˡ, aˡ, C, δˡ, ∂C/∂Wˡ or ∂C/∂bˡ, named "z2", "a2", "C", "delta2", "dW2", "db2"
    mark          one mistake that was made, of a kind of the table
    finding       what became of one quantity, with its marks
    explanation   the findings about all of them, and its length in bits; the shortest is believed
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from nn.delta.comparison.answers.forms import is_model
from nn.delta.comparison.answers.given import given_by
from nn.delta.comparison.answers.quantities import ZERO, Quantity, quantities_of, readings_of
from nn.delta.comparison.answers.rounded_steps import NEAR, ROUNDED_STEPS
from nn.delta.comparison.mistakes.rows import Place
from nn.delta.comparison.mistakes.variants import variants
from nn.delta.comparison.passes import Pass, pass_of
from nn.delta.comparison.search.best import best_explanations, kept_gradients
from nn.delta.comparison.search.explanation import NOTHING
from nn.delta.comparison.words.conclusion import conclusion
from nn.delta.comparison.words.verdicts import Comparison, Mistake, Verdict
from nn.delta.notation import AnyNotation
from nn.delta.recording import Recording, checked_recording
from nn.delta.rounding import FLOAT64, Precision

__all__ = ["Comparison", "Mistake", "Verdict", "compare"]


def compare(
    trace: Recording, mine: Any, tolerance: float = 1e-6, notation: AnyNotation = "002"
) -> Comparison:
    """Say what is wrong with a backward pass, by trying the known mistakes on the trace's forward pass.

    `mine` has any of zˡ, aˡ and δˡ (of one example (n_l,); over a batch (n_l, N), or an example a row), C,
    ∂C/∂Wˡ (n_l, n_{l−1}) and ∂C/∂bˡ (n_l,), means over the examples:
        a mapping   "z2", "a2", "C", "delta2", "dW2", "db2" and so on, or "delta", "dW", "db" with a list of
                    an array a layer; numbers, or texts such as "0.120"
        a list      of ∂C/∂W, of δ, or of ∂C/∂W and ∂C/∂b in turn: which, is seen from the shapes
        a function  that returns such a thing: mine(W, b, x, y) gets the lists of weights and biases, x of
                    shape (n_0,) or (n_0, N), and y (n_L,) or (n_L, N), where a label is one-hot
        a model     of PyTorch or `nn`, after its backward pass; or another trace
    None, nan or "" is a blank. Numbers agree if they are the right ones as computed, to `tolerance` × the
    largest, or rounded or cut off to the digits that they have, also where the steps before were rounded.
    `notation` is whose letters and indices name them; arrays have the shapes above in every notation.

    The trace needs a target; it needs no backward pass. Raises ValueError for names or shapes that do not
    belong to the network, or if nothing is given; TypeError for no trace. Source: the four equations of
    document 002, section 3.

    >>> from nn import MLP, trace
    >>> t = trace(MLP(1, [1], output_activation="sigmoid", initial=[[[2.0]]]), [0.3], y=1.0)
    >>> z = 2.0 * 0.3
    >>> a = 1 / (1 + np.exp(-z))
    >>> print(compare(t, {"delta1": 2 * (a - 1)}))
    σ′ is missing in δ¹: that is ∂C/∂a; multiply by σ′(z) = a (1 − a).
    <BLANKLINE>
              yours     right
      δ¹₁  −0.70869  −0.16214  off
    >>> compare(t, {"delta1": [-0.162]}).right
    True
    """
    checked_recording(trace, "compare")
    right = pass_of(trace)
    answer, remarks = given_by(trace, mine, right)
    precision: Precision = getattr(trace, "precision", FLOAT64)
    takes = readings_of(right, answer, max(tolerance, 16 * precision.unit))
    quantities = quantities_of(right, answer, takes, NEAR, notation)
    for quantity in quantities.values():
        _check_shape(quantity, right)
    best = best_explanations(right, quantities, takes)
    kept = kept_gradients(right, quantities) if best[0].marks and is_model(mine) else None
    best = [kept] if kept else best
    if best[0].has_unknown:  # then it may be rounding after all, and more of it
        loosely = best_explanations(right, quantities_of(right, answer, takes, np.inf, notation), takes)
        best = best if loosely[0].marks else loosely
    if any(finding.how == ZERO for finding in best[0].findings):  # or it was left at 0
        strictly = {name: _without_zero(quantity) for name, quantity in quantities.items()}
        best = [*best, *(one for one in best_explanations(right, strictly, takes) if not one.has_unknown)]
    return conclusion(best, quantities, right, remarks, notation)


def _without_zero(quantity: Quantity) -> Quantity:
    takes = (take for take in quantity.takes if take[0] not in (ZERO, ROUNDED_STEPS))
    return replace(quantity, takes=tuple(takes))


def _check_shape(quantity: Quantity, right: Pass) -> None:
    """Raises ValueError for a shape that is not the network's, and that no known mistake has."""
    given, wanted, l = quantity.written.numbers.shape, quantity.truth.shape, quantity.layer
    if given != wanted:
        place = Place(right, l, right.delta.get(l + 1, NOTHING), right.delta[l])
        if all(way.array.shape != given for way in variants(quantity.kind, place, 1)):
            raise ValueError(f"compare: {quantity.name} has shape {given}; the network's is {wanted}")
