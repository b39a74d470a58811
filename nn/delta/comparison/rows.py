"""The table of known mistakes: what a learner computes instead, as a formula, and what to tell him.

A quantity is put together from parts, and a mistake puts something else in the place of one of them:
    δˡ       = slope(error)       error: ∂C/∂aᴸ ("start") or (Wˡ⁺¹)ᵀ δˡ⁺¹ ("error"); slope: e ↦ e ⊙ σ′(z)
    ∂C/∂Wˡ   = sum(left, input)   left: δˡ; input: aˡ⁻¹; sum: 1/N Σₙ δₙ aₙᵀ
    ∂C/∂bˡ   = sum(left, ones)
A row of the part "delta", "dW" or "db" stands for the whole. To teach a mistake, add a row: its part, its kind,
its formula, its sentence. A formula reads a `Place` (and what the parts before have made), and gives an array;
several of them by their names, which the sentence has as {detail}; or a `Line`, start + t · direction with any
t. One that does not apply to a network gives None, or arrays of shapes that do not fit.
In sentences {q} is what is wrong; {up} and {down} number the layers after and before; {slope} is σ′ of the
layer in letters, {start} what ∂C/∂aᴸ is for this loss.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nn.activations import SOFTMAX
from nn.delta.comparison.passes import Pass
from nn.delta.derivatives import SLOPES
from nn.losses import (
    binary_cross_entropy,
    cross_entropy,
    half_squared_error,
    squared_error,
)

Array = NDArray[np.float64]
Formula = Callable[..., Any]

ORDERS = 4  # of so many neurons or examples all orders are tried within a formula


class Line(NamedTuple):
    """start + t · direction: what is computed with a number t that is not known, such as ε."""

    start: Array
    direction: Array


class Row(NamedTuple):
    """A mistake: where it is made, what it is called, what is computed, and what to say."""

    part: str
    kind: str
    formula: Formula
    sentence: str


@dataclass(frozen=True)
class Place:
    """Layer l of a pass, with the learner's own δ: what a formula may read. Arrays as in `Pass`."""

    right: Pass
    l: int
    above: Array  # δˡ⁺¹, as the learner has it; empty for the last layer
    delta: Array  # δˡ, as the learner has it; empty while it is looked for

    # fmt: off
    @property
    def W(self) -> Array: return self.right.W[self.l]
    @property
    def W_above(self) -> Array: return self.right.W[self.l + 1]
    @property
    def b(self) -> Array: return self.right.b[self.l]
    @property
    def z(self) -> Array: return self.right.z[self.l]
    @property
    def a(self) -> Array: return self.right.a[self.l]
    @property
    def y(self) -> Any: return self.right.y
    @property
    def z_before(self) -> Array | None: return self.right.z.get(self.l - 1)
    @property
    def a_before(self) -> Array: return self.right.a[self.l - 1]
    @property
    def slope(self) -> Array: return self.right.slope(self.l)
    @property
    def N(self) -> int: return self.right.examples
    # fmt: on

    def through(self, error: Array) -> Array:
        """∂C/∂z from ∂C/∂a, rightly."""
        return self.right.through(self.l, error)

    def others(self, of: Callable[[int], Array], *but: int) -> dict[str, Array]:
        """The same quantity of the other layers, by their numbers, where the shapes fit."""
        found = {}
        for m in range(1, self.right.depth + 1):
            with suppress(ValueError):
                if m not in but:
                    found[str(m)] = of(m)
        return found


def orders(array: Array, axis: int = 0) -> dict[str, Array]:
    """The rows (or columns) in every other order, if there are few of them; else reversed and shifted by one.

    >>> orders(np.array([1.0, 2.0]))
    {'2, 1': array([2., 1.])}
    """
    n = array.shape[axis]
    if n <= ORDERS:
        some = list(itertools.permutations(range(n)))[1:]
    else:
        some = [tuple(range(n)[::-1]), (*range(1, n), 0), (n - 1, *range(n - 1))]
    return {", ".join(str(k + 1) for k in order): np.take(array, order, axis) for order in some}


def each(array: Array, make: Callable[[int], Array]) -> dict[str, Array]:
    """What `make` makes of the number of each row."""
    return {str(k + 1): make(k) for k in range(len(array))}


# σ′ as it is written with a: which of these is right depends on σ, and the others are mistakes.
IN_LETTERS: dict[str, Callable[[Array, Array], Array]] = {
    "a (1 − a)": lambda z, a: a * (1 - a),
    "1 − a²": lambda z, a: 1 - a**2,
    "1 − a": lambda z, a: 1 - a,
    "a (1 + a)": lambda z, a: a * (1 + a),
    "1 + a²": lambda z, a: 1 + a**2,
    "a²": lambda z, a: a**2,
    "a² − 1": lambda z, a: a**2 - 1,
    "1 + a": lambda z, a: 1 + a,
    "(1 − a)²": lambda z, a: (1 - a) ** 2,
    "z (1 − z)": lambda z, a: z * (1 - z),
    "1 − z²": lambda z, a: 1 - z**2,
    "a (1 − z)": lambda z, a: a * (1 - z),
    "1 where a > ½": lambda z, a: (a > 0.5) * 1.0,
    "1 where z < 0": lambda z, a: (z < 0) * 1.0,
}


def _another_slope(p: Place, error: Array) -> dict[str, Array]:
    found = {name: error * formula(p.z, p.a) for name, formula in IN_LETTERS.items()}
    return found | {f"that of {name}": error * slope(p.z) for name, slope in SLOPES.items()}


def _after_the_update(p: Place) -> Line:
    gradient = p.above @ p.a.T / p.N
    return Line(p.W_above.T @ p.above, -gradient.T @ p.above)


def _another_loss(p: Place) -> dict[str, Array] | None:
    if p.y is None:
        return None
    losses = {"the squared error": squared_error, "the cross-entropy": binary_cross_entropy}
    if p.right.loss in (squared_error, half_squared_error):
        losses = {"the cross-entropy of classes": cross_entropy, "the cross-entropy": binary_cross_entropy}
    with np.errstate(all="ignore"):
        return {name: loss.gradient(p.a, p.y) for name, loss in losses.items()}


def _terms_of_cross_entropy(p: Place) -> dict[str, Array] | None:
    a, y = p.a, p.y
    if p.right.loss is cross_entropy:
        return {"−1 / a, without the target": -1 / a, "y / a, with the wrong sign": y / a}
    if p.right.loss is binary_cross_entropy:
        halves = {"only the term with y": -y / a, "only the term with 1 − y": (1 - y) / (1 - a)}
        return halves | {"both terms with one sign": -y / a - (1 - y) / (1 - a)}
    return None


def _targets_exchanged(p: Place) -> dict[str, Array] | None:
    if p.right.loss is None or p.y is None:
        return None
    columns = {f"in the order {o}": y for o, y in orders(p.y, 1).items()} if p.N > 1 else {}
    rows = {f"of the outputs in the order {o}": y for o, y in orders(p.y).items()}
    return {name: p.right.gradient_at(p.a, tuple(y.T)) for name, y in (columns | rows).items()}


def _with_bias_column(p: Place) -> dict[str, Array]:
    weights, bias = p.delta @ p.a_before.T / p.N, p.delta.mean(axis=1, keepdims=True)
    return {"first": np.hstack([bias, weights]), "last": np.hstack([weights, bias])}


def _not_averaged(p: Place) -> list[Array]:
    each_example = np.einsum("jn,kn->njk", p.delta, p.a_before)
    return [each_example, np.moveaxis(each_example, 0, -1)] if p.N > 1 else []


def _coupled(formula: Formula) -> Formula:
    return lambda p, e: formula(p, e) if p.right.sigmas[p.l] == SOFTMAX else None


def _uncoupled(formula: Formula) -> Formula:
    return lambda p, e: None if p.right.couples(p.l) else formula(p, e)


# fmt: off
ROWS = [
    # (1): what δᴸ starts from
    Row("start", "another loss", _another_loss,
        "{q} starts from the derivative of {detail}, which is not the loss here: ∂C/∂a is {start}"),
    Row("start", "target forgotten", lambda p: p.right.gradient_at(p.a, tuple(0 * p.y.T)),
        "the target is forgotten in {q}: ∂C/∂a is {start}"),
    Row("start", "+ for −", lambda p: p.right.gradient_at(p.a, tuple(-p.y.T)),
        "{q} has a + y where a − y belongs: ∂C/∂a is {start}"),
    Row("start", "z for a", lambda p: p.right.gradient_at(p.z),
        "{q} compares z with the target: it is a that the loss sees, and ∂C/∂a is {start}"),
    Row("start", "loss for its derivative", lambda p: (p.a - p.y) ** 2,
        "{q} starts from (a − y)², the loss and not its derivative: ∂C/∂a is {start}"),
    Row("start", "size of the error", lambda p: np.abs(p.right.gradient),
        "{q} has |a − y|, without its sign: ∂C/∂a is {start}"),
    Row("start", "terms left out", _terms_of_cross_entropy,
        "{q} has {detail} of the loss: ∂C/∂a is {start}"),
    Row("start", "targets exchanged", _targets_exchanged,
        "{q} has the targets {detail}: each output has its own"),
    # (2): what comes back from the layer after
    Row("error", "W for Wᵀ", lambda p: p.W_above @ p.above,
        "W stands for Wᵀ in {q}: on the way back neuron k gathers column k of W, its outgoing weights"),
    Row("error", "= for +=", lambda p: np.outer(p.W_above[-1], p.above[-1]) if len(p.above) == 1 or p.N == 1
        else p.W_above[-1][:, None] * p.above[-1],
        "{q} has only the last of several contributions: = where += belongs"),
    Row("error", "one path only",
        lambda p: each(p.above[:-1], lambda k: p.W_above[k][:, None] * p.above[k]),
        "{q} has only the path through neuron {detail} of layer {up}: add up the paths through all of them"),
    Row("error", "path left out",
        lambda p: each(p.above, lambda k: p.W_above.T @ p.above - p.W_above[k][:, None] * p.above[k])
        if len(p.above) > 2 else None,
        "{q} leaves out the path through neuron {detail} of layer {up}"),
    Row("error", "W of the wrong layer",
        lambda p: p.others(lambda m: p.right.W[m].T @ p.above if len(p.right.W[m]) == len(p.above) else
                           p.right.W[m] @ p.above, p.l + 1),
        "{q} has W of layer {detail}: δ comes back through W of layer {up}, the one after"),
    Row("error", "error sent back", lambda p: p.W_above.T @ p.right.error(p.l + 1),
        "{q} sends ∂C/∂a of layer {up} back: it is δ, with its σ′, that goes through Wᵀ"),
    Row("error", "δ of the wrong layer",
        lambda p: p.others(lambda m: p.W_above.T @ p.right.delta[m]
                           if p.right.delta[m].shape == p.above.shape else p.above, p.l + 1),
        "{q} has δ of layer {detail} sent back: it is that of layer {up}, the one after"),
    Row("error", "W after the update", _after_the_update,
        "{q} is computed with W of layer {up} after its update (ε = {t}): "
        "compute all δ first, with the W of the forward pass, then update"),
    Row("error", "W left out", lambda p: {"added up": np.ones_like(p.a) * p.above.sum(axis=0)}
        | ({"as it is": p.above} if len(p.above) == len(p.a) else {}),
        "W is left out in {q}: δ of layer {up} is sent back {detail}, without its weights"),
    Row("error", "straight ahead only", lambda p: p.W_above.diagonal()[:, None] * p.above
        if len(p.above) == len(p.a) else None,
        "{q} has only the weights from neuron k to neuron k: every neuron of layer {up} sends something back"),
    Row("error", "index outside the sum", lambda p: {
        "the sum of column k": p.W_above.sum(axis=0)[:, None] * p.above,
        "the sum of row k": p.W_above.sum(axis=1)[:, None] * p.above} if len(p.above) == len(p.a) else None,
        "{q} is {detail} of W times δ of neuron k: the sum runs over the neurons of layer {up}, W and δ together"),
    Row("error", "σ′ of the layer after, too",
        lambda p: p.W_above.T @ (p.above * p.right.slope(p.l + 1)),
        "{q} has σ′ of layer {up} in it: δ of layer {up} has it already"),
    Row("error", "a sent back", lambda p: p.W_above.T @ p.right.a[p.l + 1],
        "{q} sends a of layer {up} back: it is δ that goes through Wᵀ"),
    Row("error", "bias added", lambda p: p.W_above.T @ p.above + p.b,
        "the bias is added in {q}: on the way back there is none, since ∂z/∂a is W alone"),
    Row("error", "neurons exchanged", lambda p: {o: p.W_above.T @ d for o, d in orders(p.above).items()},
        "{q} takes the δ of layer {up} in the order {detail}"),
    Row("error", "|W|", lambda p: np.abs(p.W_above).T @ p.above, "{q} has W without its signs"),
    Row("error", "positive only", lambda p: np.maximum(p.W_above.T @ p.above, 0),
        "{q} keeps only what is positive of what comes back: σ acts on z, and not on the way back"),
    # σ′
    Row("slope", "no slope", lambda p, e: e,
        "σ′ is missing in {q}: that is ∂C/∂a; {through}"),
    Row("slope", "slope at a",
        _uncoupled(lambda p, e: e * p.right.slope(p.l, p.a)),
        "σ′ is taken at a in {q}: take it at z{given_a}"),
    Row("slope", "σ for σ′", lambda p, e: e * p.a, "{q} is multiplied by σ(z), a itself: {through}"),
    Row("slope", "slope twice", lambda p, e: p.through(e) * (p.a * (1 - p.a) if p.right.couples(p.l) else p.slope),
        "σ′ is multiplied in twice in {q}{cancels}"),
    Row("slope", "slope of the wrong layer",
        _uncoupled(lambda p, e: p.others(lambda m: e * p.right.slope(m), p.l)),
        "{q} has σ′ of layer {detail}: σ′ belongs to the layer itself, here {slope}"),
    Row("slope", "wrong formula of σ′", _uncoupled(_another_slope),
        "{q} has {detail} for σ′: of {sigma} σ′ is {slope}"),
    Row("slope", "slope of another neuron",
        _uncoupled(lambda p, e: {o: e * s for o, s in orders(p.slope).items()}
                   | {f"{k}, for all": e * s for k, s in each(p.slope, lambda k: p.slope[k]).items()}),
        "{q} takes σ′ from the neurons {detail}: each δ has that of its own neuron"),
    Row("slope", "slope of another example",
        _uncoupled(lambda p, e: {o: e * s for o, s in orders(p.slope, 1).items()}),
        "{q} takes σ′ from the examples {detail}: each has its own"),
    Row("slope", "divided by σ′", _uncoupled(lambda p, e: e / p.slope), "{q} is divided by σ′: multiply by it"),
    Row("slope", "z for σ′", lambda p, e: e * p.z, "{q} is multiplied by z: {through}"),
    Row("slope", "diagonal only", _coupled(lambda p, e: e * p.a * (1 - p.a)),
        "{q} has only the diagonal of softmax's Jacobian: every output depends on every z{cancels}"),
    Row("slope", "no diagonal", _coupled(lambda p, e: p.through(e) - e * p.a * (1 - p.a)),
        "{q} leaves out the diagonal of softmax's Jacobian{cancels}"),
    Row("slope", "aᵢ aⱼ left out", _coupled(lambda p, e: e * (1 - p.a)),
        "{q} is multiplied by 1 − a: softmax's Jacobian is aᵢ (1 − aᵢ), and −aᵢ aⱼ beside it{cancels}"),
    # δ as a whole
    Row("delta", "cross-entropy's δ", lambda p: p.a - p.y
        if p.l == p.right.depth and p.right.loss not in (binary_cross_entropy, cross_entropy) else None,
        "{q} is a − y, the δ of a cross-entropy: for this loss it is {start} times σ′(z) = {slope}"),
    Row("delta", "slope of the wrong layer",
        lambda p: {str(p.l + 1): p.W_above.T @ (p.above * p.right.slope(p.l + 1))},
        "{q} has σ′ of layer {detail}: σ′ belongs to the layer itself, here {slope}"),
    Row("delta", "another layer's", lambda p: p.others(lambda m: p.right.delta[m], p.l),
        "{q} is the δ of layer {detail}: layer 1 is the first after the inputs"),
    Row("delta", "another quantity", lambda p: {"a": p.a, "z": p.z}
        | ({} if p.right.couples(p.l) else {"σ′(z)": p.slope}), "{q} is {detail} of this layer, and no δ"),
    Row("delta", "left at 0", lambda p: 0 * p.z, "{q} is left at 0"),
    Row("delta", "sign lost", lambda p: np.abs(p.right.delta[p.l]), "{q} has lost its signs"),
    Row("delta", "averaged", lambda p: (p.right.delta[p.l] if p.delta.size == 0 else p.delta).mean(axis=1)
        if p.N > 1 else None,
        "{q} is averaged over the examples: δ belongs to one example, and the mean comes in (3) and (4)"),
    # (3) and (4): δˡ in them
    Row("left", "no slope", lambda p: p.right.error(p.l),
        "σ′ is missing in {q}: that is ∂C/∂a; {through}"),
    Row("left", "slope twice", lambda p: p.delta * p.slope,
        "σ′ is multiplied in twice in {q}: δ has it already"),
    Row("left", "δ of the wrong layer", lambda p: p.others(lambda m: p.right.delta[m], p.l),
        "{q} has δ of layer {detail}: it is that of its own layer"),
    Row("left", "a for δ", lambda p: p.a, "{q} has a where δ belongs"),
    Row("left", "neurons exchanged", lambda p: orders(p.delta), "{q} takes δ in the order {detail}"),
    # (3): aˡ⁻¹ in it
    Row("input", "z for a", lambda p: p.z_before,
        "{q} multiplies by z of the layer before; it is a that enters a weight"),
    Row("input", "a of the wrong layer",
        lambda p: {str(m): a for m, a in p.right.a.items() if m != p.l - 1},
        "{q} multiplies by a of layer {detail}: what enters these weights is a of layer {down}"),
    Row("input", "a forgotten", lambda p: np.ones_like(p.a_before),
        "a is forgotten in {q}: a weight's gradient is δ times what enters it, a of layer {down}"),
    Row("input", "σ′ for a", lambda p: p.right.slope(p.l - 1) if p.l > 1 else None,
        "{q} multiplies by σ′ of the layer before; it is a that enters a weight"),
    Row("input", "1 − a for a", lambda p: 1 - p.a_before, "{q} multiplies by 1 − a; it is a that enters a weight"),
    Row("input", "neurons exchanged", lambda p: orders(p.a_before), "{q} takes a of layer {down} in the order {detail}"),
    Row("input", "δ twice", lambda p: p.right.delta.get(p.l - 1), "{q} multiplies by δ of the layer before; it is a"),
    # (3) and (4): the mean over the examples
    Row("sum", "= for +=", lambda p, d, a: np.outer(d[:, -1], a[:, -1]) / p.N if p.N > 1 else None,
        "{q} has only the last of several contributions: = where += belongs"),
    Row("sum", "one example only",
        lambda p, d, a: each(d.T[:-1], lambda n: np.outer(d[:, n], a[:, n])) if p.N > 1 else None,
        "{q} has only example {detail}: it is the mean over all of them"),
    Row("sum", "example left out",
        lambda p, d, a: each(d.T, lambda n: (d @ a.T - np.outer(d[:, n], a[:, n])) / p.N) if p.N > 2 else None,
        "{q} leaves out example {detail}"),
    Row("sum", "mean times mean", lambda p, d, a: np.outer(d.mean(axis=1), a.mean(axis=1)) if p.N > 1 else None,
        "{q} is the mean of δ times the mean of a: take δ aᵀ of each example first, then the mean"),
    Row("sum", "examples exchanged",
        lambda p, d, a: {o: e @ a.T / p.N for o, e in orders(d, 1).items()} if p.N > 1 else None,
        "{q} takes the δ of the examples in the order {detail} with the a of others: each example has its own"),
    # ∂C/∂W as a whole
    Row("dW", "new weights", lambda p: Line(p.W, -p.delta @ p.a_before.T / p.N),
        "{q} is the new W, after the update (ε = {t}): the gradient is what is subtracted, without ε"),
    Row("dW", "penalty added", lambda p: Line(p.delta @ p.a_before.T / p.N, p.W),
        "{q} has {t} W added, as of a penalty on the weights, which is not in this cost"),
    Row("dW", "penalty added", lambda p: Line(p.delta @ p.a_before.T / p.N, np.sign(p.W)),
        "{q} has {t} times the signs of W added, as of a penalty on |W|, which is not in this cost"),
    Row("dW", "straight ahead only", lambda p: np.diag((p.delta * p.a_before).mean(axis=1)),
        "{q} has only the weights from neuron k to neuron k: δ aᵀ has every δ with every a"),
    Row("dW", "another layer's", lambda p: p.others(p.right.weight_gradient, p.l), "{q} is that of layer {detail}"),
    Row("dW", "left at 0", lambda p: 0 * p.W, "{q} is left at 0"),
    Row("dW", "another quantity", lambda p: {"W": p.W}, "{q} is {detail} itself, and no gradient"),
    Row("dW", "bias column", _with_bias_column,
        "{q} has a column more than W: its {detail} is ∂C/∂b, as of a bias unit that is 1; here b stands apart"),
    Row("dW", "W multiplied in", lambda p: p.delta.mean(axis=1, keepdims=True) * p.W,
        "{q} is δ times W: it is δ times what enters the weight, a of layer {down}"),
    Row("dW", "not averaged", _not_averaged, "{q} is kept for each example: take the mean over them"),
    # ∂C/∂b as a whole
    Row("db", "bias forgotten", lambda p: np.zeros(len(p.b)), "{q} is left at 0: a bias has a gradient too, δ · 1"),
    Row("db", "a in ∂C/∂b", lambda p: {
        "of its own neuron": (p.delta * p.a).mean(axis=1),
        "of the layer before, added up": (p.delta * p.a_before.sum(axis=0)).mean(axis=1)}
        | {f"of neuron {k} of the layer before": product for k, product in
           each(p.a_before, lambda k: (p.delta * p.a_before[k]).mean(axis=1)).items()}
        | ({"of the layer before": (p.delta * p.a_before).mean(axis=1)} if len(p.a_before) == len(p.a) else {}),
        "{q} is multiplied by a ({detail}): what enters a bias is 1, so it is δ alone"),
    Row("db", "b multiplied in", lambda p: (p.delta * p.b).mean(axis=1), "{q} is δ times b: it is δ alone"),
    Row("db", "W multiplied in", lambda p: (p.delta * p.W.sum(axis=1, keepdims=True)).mean(axis=1),
        "{q} is δ times W: it is δ alone"),
    Row("db", "new biases", lambda p: Line(p.b[:, 0], -p.delta.mean(axis=1)),
        "{q} is the new b, after the update (ε = {t}): the gradient is what is subtracted, without ε"),
    Row("db", "another layer's", lambda p: p.others(lambda m: p.right.bias_gradient(m)[:, 0], p.l),
        "{q} is that of layer {detail}"),
    Row("db", "another quantity", lambda p: {"b": p.b[:, 0], "∂C/∂W, added up": (p.delta @ p.a_before.T).sum(axis=1)
        / p.N, "1": np.ones(len(p.b))}, "{q} is {detail}, and no ∂C/∂b: it is δ"),
    Row("db", "wrong axis", lambda p: [p.delta.sum(axis=0), np.full(len(p.b), p.delta.mean(axis=1).sum())],
        "{q} is added up over the neurons: every neuron has its own, a mean over the examples"),
    Row("db", "not averaged", lambda p: p.delta if p.N > 1 else None,
        "{q} is kept for each example: take the mean over them"),
]
# fmt: on

# What is done to the whole result, found by fitting and not by a formula (`fitting`), and what has no formula.
SENTENCES = {row.kind: row.sentence for row in reversed(ROWS) if row.sentence} | {
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
    "sigmoid for softmax": "{q} is a sigmoid of each z in your forward pass: here it is a softmax of all of them",
    "σ left out": "σ is left out in {q}, in your forward pass: a = σ(z)",
    "another σ": "{q} has {detail} for σ in your forward pass",
    "W transposed forward": "Wᵀ stands for W in {q}, in your forward pass",
    "after the update": "these are the gradients of the next pass, with the W and b after an update ({q})",
    "unknown": "{q} is wrong, in none of the ways known here",
}
