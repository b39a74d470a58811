"""What people compute instead of (1) and (2): the rows of the table of mistakes that are about δ.

    δˡ = slope(error)       error: ∂C/∂aᴸ ("start") or (Wˡ⁺¹)ᵀ δˡ⁺¹ ("error"); slope: e ↦ e ⊙ σ′(z)
A row of the part "delta" stands for the whole. How to add a row: see `rows`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nn.activations import SOFTMAX
from nn.delta.comparison.mistakes.rows import Formula, Line, Place, Row, each, orders
from nn.delta.comparison.passes import Array
from nn.delta.derivatives import SLOPES
from nn.losses import binary_cross_entropy, cross_entropy, half_squared_error, squared_error

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
    "1 where a > ½": lambda z, a: np.where(a > 0.5, 1.0, 0.0),
    "1 where z < 0": lambda z, a: np.where(z < 0, 1.0, 0.0),
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
    losses = {"the squared error": squared_error, "the binary cross-entropy": binary_cross_entropy}
    if p.right.loss in (squared_error, half_squared_error):
        losses = {
            "the cross-entropy of classes": cross_entropy,
            "the binary cross-entropy": binary_cross_entropy,
        }
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


def _targets_exchanged(p: Place) -> dict[str, Array | None] | None:
    if p.right.loss is None or p.y is None:
        return None
    columns = {f"in the order {o}": y for o, y in orders(p.y, 1).items()} if p.N > 1 else {}
    rows = {f"of the outputs in the order {o}": y for o, y in orders(p.y).items()}
    return {name: p.right.gradient_at(p.a, tuple(y.T)) for name, y in (columns | rows).items()}


def _coupled(formula: Formula) -> Formula:
    return lambda p, e: formula(p, e) if p.right.sigmas[p.l] == SOFTMAX else None


def _uncoupled(formula: Formula) -> Formula:
    return lambda p, e: None if p.right.couples(p.l) else formula(p, e)


# fmt: off
DELTA_ROWS = [
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
    Row("error", "signs of W lost", lambda p: np.abs(p.W_above).T @ p.above,
        "{q} has |W| for W: each weight goes back with its sign"),
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
        "{q} has only the weights from neuron k to neuron k: every neuron of layer {up} sends something "
        "back"),
    Row("error", "σ′ of the layer after, too",
        lambda p: p.W_above.T @ (p.above * p.right.slope(p.l + 1)),
        "{q} has σ′ of layer {up} in it: δ of layer {up} has it already"),
    Row("error", "bias added", lambda p: p.W_above.T @ p.above + p.b,
        "the bias is added in {q}: on the way back there is none, since ∂z/∂a is W alone"),
    Row("error", "neurons exchanged", lambda p: {o: p.W_above.T @ d for o, d in orders(p.above).items()},
        "{q} takes the δ of layer {up} in the order {detail}"),
    # σ′
    Row("slope", "no slope", lambda p, e: e,
        "σ′ is missing in {q}: that is ∂C/∂a; {through}"),
    Row("slope", "slope at a",
        _uncoupled(lambda p, e: e * p.right.slope(p.l, p.a)),
        "σ′ is taken at a in {q}: take it at z{given_a}"),
    Row("slope", "σ for σ′", lambda p, e: e * p.a, "{q} is multiplied by σ(z), a itself: {through}"),
    Row("slope", "slope twice", lambda p, e: p.through(e) * (p.a * (1 - p.a)
        if p.right.couples(p.l) else p.slope),
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
    Row("delta", "a − y, times a", lambda p: (p.a - p.y) * p.a
        if p.l == p.right.depth and p.right.loss is cross_entropy and p.right.couples(p.l) else None,
        "{q} is a − y times a once more{cancels}"),
    Row("delta", "slope of the wrong layer",
        lambda p: {str(p.l + 1): p.W_above.T @ (p.above * p.right.slope(p.l + 1))},
        "{q} has σ′ of layer {detail}: σ′ belongs to the layer itself, here {slope}"),
    Row("delta", "another layer's", lambda p: p.others(lambda m: p.right.delta[m], p.l),
        "{q} is the δ of layer {detail}: layer 1 is the first after the inputs"),
    Row("delta", "another quantity", lambda p: {"a": p.a, "z": p.z}
        | ({} if p.right.couples(p.l) else {"σ′(z)": p.slope}), "{q} is {detail} of this layer, and no δ"),
    Row("delta", "compared before σ",
        lambda p: p.z - p.y if p.l == p.right.depth and p.right.sigmas[p.l] != "identity" else None,
        "{q} is z − y: it is a, behind {sigma}, that is compared with y"),
    Row("delta", "left at 0", lambda p: 0 * p.z, "{q} is left at 0"),
    Row("delta", "sign lost", lambda p: np.abs(p.right.delta[p.l]), "{q} has lost its signs"),
    Row("delta", "averaged", lambda p: (p.right.delta[p.l] if p.delta.size == 0 else p.delta).mean(axis=1)
        if p.N > 1 else None,
        "{q} is averaged over the examples: δ belongs to one example, and the mean comes in (3) and (4)"),
]
# fmt: on
