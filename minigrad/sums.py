"""Functions of any number of Values as one node each: a neuron's z, a total, log Σ eˣ, a length; a choice."""

from collections.abc import Sequence

from minigrad import rules
from minigrad.number import as_list
from minigrad.value import Operand, Value, apply

NUMBERS = "numbers or Values"


def dot(weights: Sequence[Operand], inputs: Sequence[Operand], bias: Operand | None = None) -> Value:
    """The pre-activation of a neuron as one node, z = Σₖ wₖ xₖ + b, with ∂z/∂wₖ = xₖ, ∂z/∂xₖ = wₖ, ∂z/∂b = 1.

    Raises ValueError unless there are as many inputs as weights, and at least one.

    >>> w = [Value(2.0), Value(-1.0)]
    >>> dot(w, [3.0, 4.0], 0.5).data
    2.5
    """
    weights, inputs = as_list(weights, "dot", NUMBERS), as_list(inputs, "dot", NUMBERS)
    if len(weights) != len(inputs) or not len(weights):
        raise ValueError(f"dot: {len(weights)} weights need as many inputs, not {len(inputs)}")
    operands = (*weights, *inputs) if bias is None else (*weights, *inputs, bias)
    return apply(rules.dot, operands)


def total(terms: Sequence[Operand]) -> Value:
    """Σ x as one node, with local derivatives 1. Raises ValueError for no terms.

    >>> total([Value(1.0), 2.0, 3.0]).data
    6.0
    """
    return apply(rules.total, _terms(terms, "total", "there is nothing to add up; give at least one term"))


def logsumexp(terms: Sequence[Operand]) -> Value:
    """log Σ eˣ as one node; its local derivatives are the softmax of the terms. Raises ValueError for none.

    >>> round(logsumexp([Value(1000.0), 1000.0]).data, 6)
    1000.693147
    """
    return apply(rules.logsumexp, _terms(terms, "logsumexp"))


def norm(terms: Sequence[Operand]) -> Value:
    """√Σ x² as one node, the length of a vector: ∂y/∂xₖ = xₖ / y, taken as 0 at the length 0.

    No square overflows. Raises ValueError for no terms.

    >>> x = [Value(3.0), Value(4.0)]
    >>> norm(x).backward()
    >>> norm(x).data, x[0].grad, x[1].grad
    (5.0, 0.6, 0.8)
    """
    return apply(rules.norm, _terms(terms, "norm"))


def where(condition: Operand, yes: Operand, no: Operand) -> Value:
    """`yes` where the condition is not 0, else `no`, as one node; both have been computed.

    The condition is a bool, as of `x > 0`, which a compiled program keeps as it was, or a Value, such as a
    mask among the inputs or `relu(x)`, which it computes for each example. Its derivative is 0.

    >>> x = Value(-2.0)
    >>> y = where(x > 0, x, 0.1 * x)
    >>> y.backward()
    >>> y.data, x.grad
    (-0.2, 0.1)
    """
    return apply(rules.select, (condition, yes, no))


def _terms(
    given: Sequence[Operand], name: str, none: str = "there are no terms; give at least one"
) -> Sequence[Operand]:
    terms = as_list(given, name, NUMBERS)
    if not terms:
        raise ValueError(f"{name}: {none}")
    return terms
