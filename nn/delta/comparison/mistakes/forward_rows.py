"""What people compute instead of the forward pass: the rows of the table of mistakes about z, a and C.

    zˡ = Wˡ aˡ⁻¹ + bˡ,    aˡ = σ(zˡ),    C = mean over the examples of Cₙ(aᴸ, y)
How to add a row: see `rows`. A `Place` has the learner's own numbers before it.
"""

from __future__ import annotations

import numpy as np

from nn.activations import SOFTMAX
from nn.delta.comparison.mistakes.rows import Place, Row, each, orders
from nn.delta.comparison.passes import Array
from nn.delta.derivatives import activated
from nn.losses import binary_cross_entropy, cross_entropy, half_squared_error, squared_error

SQUARES = (squared_error, half_squared_error)
LOGARITHMS = (binary_cross_entropy, cross_entropy)


def _another_sigma(p: Place) -> dict[str, Array]:
    names = ["sigmoid", "tanh", "relu"] + ["softmax"] * (len(p.z) > 1)
    return {name: activated(name, p.z) for name in names if p.right.sigmas[p.l] not in (name, SOFTMAX)}


def _softmax_summed_wrongly(p: Place) -> dict[str, Array]:
    powers = np.exp(p.z)
    sums = {"not divided by their sum": 1.0}
    if p.N > 1:
        sums |= {
            "divided by the sum over the examples": powers.sum(axis=1, keepdims=True),
            "divided by the sum over everything": powers.sum(),
        }
    return {words: powers / by for words, by in sums.items()} if p.right.sigmas[p.l] == SOFTMAX else {}


def _of_another_loss(p: Place) -> dict[str, Array]:
    with_y, without = -p.y * np.log(p.a), -(1 - p.y) * np.log(1 - p.a)
    if p.right.loss is binary_cross_entropy:
        terms = {"only −y log a": with_y, "only −(1 − y) log (1 − a)": without}
    else:
        terms = {"the binary cross-entropy": with_y + without}
        if p.right.loss is not cross_entropy:
            terms["the cross-entropy of classes"] = with_y
    if p.right.loss not in SQUARES:
        terms["the squared error"] = (p.a - p.y) ** 2
    return {words: array.sum(axis=0).mean(keepdims=True) for words, array in terms.items()}


def _no_square(p: Place) -> dict[str, Array] | None:
    off = p.a - p.y
    sums = {"|a − y|": np.abs(off), "a − y": off, "a² − y²": p.a**2 - p.y**2}
    found = {words: array.sum(axis=0).mean(keepdims=True) for words, array in sums.items()}
    return found | {"√C": np.sqrt(p.cost)} if p.right.loss in SQUARES else None


def _one_output(p: Place) -> dict[str, Array] | None:
    factor = 0.5 if p.right.loss is half_squared_error else 1.0
    off = factor * (p.a - p.y) ** 2
    return (
        each(off, lambda j: off[j].mean(keepdims=True)) if p.right.loss in SQUARES and len(off) > 1 else None
    )


def _logarithm(p: Place) -> dict[str, Array] | None:
    bases = {"2": p.cost / np.log(2), "10": p.cost / np.log(10)}
    return bases if p.right.loss in LOGARITHMS else None


def _sigmoid_in_part(p: Place) -> dict[str, Array] | None:
    parts = {"e^z, without the 1 + and the division": np.exp(p.z), "1 + e^−z, not divided": 1 + np.exp(-p.z)}
    return parts if p.right.sigmas[p.l] == "sigmoid" else None


# fmt: off
FORWARD_ROWS = [
    # zˡ
    Row("z", "bias not added", lambda p: p.W @ p.a_before,
        "the bias is forgotten in {q}, in the forward pass: z = W a + b"),
    Row("z", "bias subtracted", lambda p: p.W @ p.a_before - p.b,
        "the bias is subtracted in {q}, in the forward pass: z = W a + b"),
    Row("z", "W transposed forward", lambda p: p.W.T @ p.a_before + p.b,
        "Wᵀ stands for W in {q}, in your forward pass"),
    Row("z", "W of the wrong layer", lambda p: p.others(lambda m: p.right.W[m] @ p.a_before + p.b, p.l),
        "{q} has W of layer {detail}: it is that of its own layer"),
    Row("z", "b of the wrong layer", lambda p: p.others(lambda m: p.W @ p.a_before + p.right.b[m], p.l),
        "{q} has b of layer {detail}: it is that of its own layer"),
    Row("z", "z for a", lambda p: p.W @ p.z_before + p.b,
        "{q} is computed from z of layer {down}: it is a, behind σ, that goes on"),
    Row("z", "a of the wrong layer", lambda p: {str(m): p.W @ a + p.b for m, a in p.right.a.items()
        if m < p.l - 1 and len(a) == len(p.a_before)},
        "{q} is computed from a of layer {detail}: what enters it is a of layer {down}"),
    Row("z", "path left out", lambda p: each(p.a_before, lambda k: p.z - p.W[:, k:k + 1] * p.a_before[k]),
        "{q} leaves out what comes from neuron {detail} of layer {down}"),
    Row("z", "= for +=", lambda p: p.W[:, -1:] * p.a_before[-1] + p.b,
        "{q} has only the last of several contributions: = where += belongs"),
    Row("z", "straight ahead only", lambda p: p.W.diagonal()[:, None] * p.a_before + p.b,
        "{q} has only the weights from neuron k to neuron k: z adds up what comes from all of them"),
    Row("z", "neurons exchanged",
        lambda p: {o: p.W @ a + p.b for o, a in orders(p.a_before).items()},
        "{q} takes a of layer {down} in the order {detail}"),
    Row("z", "another quantity", lambda p: {"a": p.a},
        "{q} is {detail} of this layer, and not z: z = W a + b"),
    # aˡ
    Row("a", "σ left out", lambda p: p.z, "σ is left out in {q}, in your forward pass: a = σ(z)"),
    Row("a", "σ twice", lambda p: p.right.activated(p.l, p.a), "σ is taken twice in {q}: a = σ(z)"),
    Row("a", "another σ", _another_sigma,
        "{detail} stands for σ in {q}, in your forward pass: in this network it is {sigma}"),
    Row("a", "sigmoid for softmax",
        lambda p: activated("sigmoid", p.z) if p.right.sigmas[p.l] == SOFTMAX else None,
        "{q} is a sigmoid of each z in your forward pass: here it is the softmax of all"),
    Row("a", "softmax summed wrongly", _softmax_summed_wrongly,
        "the powers of e are {detail} in {q}: of each example they are divided by the sum over its neurons"),
    Row("a", "exp left out",
        lambda p: p.z / p.z.sum(axis=0) if p.right.sigmas[p.l] == SOFTMAX else None,
        "{q} is z / Σ z: a softmax takes exp(z) first, and divides by the sum of these"),
    Row("a", "σ in part", _sigmoid_in_part, "{q} is {detail}: a = 1 / (1 + e^−z)"),
    Row("a", "σ of −z", lambda p: p.right.activated(p.l, -p.z), "{q} is σ(−z): look for a minus in σ"),
    Row("a", "σ′ for σ", lambda p: p.slope, "{q} is σ′(z): on the way forward a = σ(z)"),
    # C
    Row("C", "not squared", _no_square, "{q} is made of {detail}: this loss adds up squares, (a − y)²"),
    Row("C", "one output only", _one_output, "{q} has only output {detail}: add up the outputs"),
    Row("C", "averaged over the outputs", lambda p: p.cost / len(p.a) if len(p.a) > 1 else None,
        "{q} is averaged over the outputs: this loss adds them up"),
    Row("C", "z for a", lambda p: p.right.cost(p.z),
        "{q} compares z with the target: it is a that is compared"),
    Row("C", "target forgotten", lambda p: p.right.cost(p.a, tuple(0 * p.y.T)),
        "the target is forgotten in {q}"),
    Row("C", "+ for −",
        lambda p: None if p.right.loss in LOGARITHMS else p.right.cost(p.a, tuple(-p.y.T)),
        "{q} has a + y where a − y belongs"),
    Row("C", "another loss", _of_another_loss, "{q} is {detail}, which is not the loss here"),
    Row("C", "log of another base", _logarithm,
        "{q} has the logarithm of base {detail}: here it is that of e"),
]
# fmt: on
