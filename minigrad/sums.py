"""Sums over any number of Values as one node each: a neuron's z, a total, log Σ eˣ."""

from collections.abc import Sequence

from minigrad import rules
from minigrad.value import Operand, Value, apply


def dot(weights: Sequence[Operand], inputs: Sequence[Operand], bias: Operand | None = None) -> Value:
    """The pre-activation of a neuron as one node, z = Σₖ wₖ xₖ + b, with ∂z/∂wₖ = xₖ, ∂z/∂xₖ = wₖ, ∂z/∂b = 1.

    Raises ValueError unless there are as many inputs as weights, and at least one.

    >>> w = [Value(2.0), Value(-1.0)]
    >>> dot(w, [3.0, 4.0], 0.5).data
    2.5
    """
    if len(weights) != len(inputs) or not len(weights):
        raise ValueError(f"dot: {len(weights)} weights need as many inputs, not {len(inputs)}")
    operands = (*weights, *inputs) if bias is None else (*weights, *inputs, bias)
    return apply(rules.dot, operands)


def total(terms: Sequence[Operand]) -> Value:
    """Σ x as one node, with local derivatives 1. Raises ValueError for no terms.

    >>> total([Value(1.0), 2.0, 3.0]).data
    6.0
    """
    if not len(terms):
        raise ValueError("total: there is nothing to add up; give at least one term")
    return apply(rules.total, terms)


def logsumexp(terms: Sequence[Operand]) -> Value:
    """log Σ eˣ as one node; its local derivatives are the softmax of the terms. Raises ValueError for none.

    >>> round(logsumexp([Value(1000.0), 1000.0]).data, 6)
    1000.693147
    """
    if not len(terms):
        raise ValueError("logsumexp: there are no terms; give at least one")
    return apply(rules.logsumexp, terms)
