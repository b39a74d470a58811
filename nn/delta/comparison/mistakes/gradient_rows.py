"""What people compute instead of (3) and (4): the rows of the table of mistakes that are about ∂C/∂W and
∂C/∂b.

    ∂C/∂Wˡ = sum(left, input)   left: δˡ; input: aˡ⁻¹; sum: 1/N Σₙ δₙ aₙᵀ
    ∂C/∂bˡ = sum(left, ones)
Rows of the parts "dW" and "db" stand for the whole. How to add a row: see `rows`.
"""

from __future__ import annotations

import numpy as np

from nn.delta.comparison.mistakes.rows import Line, Place, Row, each, orders
from nn.delta.comparison.passes import Array

CLIPS = (5.0, 1.0, 0.5, 0.1, 0.01, 0.001)  # the bounds that people clip gradients to


def _with_bias_column(p: Place) -> dict[str, Array]:
    weights, bias = p.delta @ p.a_before.T / p.N, p.delta.mean(axis=1, keepdims=True)
    return {"first": np.hstack([bias, weights]), "last": np.hstack([weights, bias])}


def _clipped(gradient: Array) -> dict[str, Array]:
    largest = np.abs(gradient).max()
    return {f"±{most:g}": np.clip(gradient, -most, most) for most in CLIPS if most < largest}


def _not_averaged(p: Place) -> list[Array]:
    each_example = np.einsum("jn,kn->njk", p.delta, p.a_before)
    return [each_example, np.moveaxis(each_example, 0, -1)] if p.N > 1 else []


# fmt: off
GRADIENT_ROWS = [
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
    Row("input", "neurons exchanged", lambda p: orders(p.a_before),
        "{q} takes a of layer {down} in the order {detail}"),
    # (3) and (4): the mean over the examples
    Row("sum", "= for +=", lambda p, d, a: np.outer(d[:, -1], a[:, -1]) / p.N if p.N > 1 else None,
        "{q} has only the last of several contributions: = where += belongs"),
    Row("sum", "one example only",
        lambda p, d, a: each(d.T[:-1], lambda n: np.outer(d[:, n], a[:, n])) if p.N > 1 else None,
        "{q} has only example {detail}: it is the mean over all of them"),
    Row("sum", "example left out",
        lambda p, d, a: each(d.T, lambda n: (d @ a.T - np.outer(d[:, n], a[:, n])) / p.N)
        if p.N > 2 else None,
        "{q} leaves out example {detail}"),
    Row("sum", "mean times mean", lambda p, d, a: np.outer(d.mean(axis=1), a.mean(axis=1))
        if p.N > 1 else None,
        "{q} is the mean of δ times the mean of a: take δ aᵀ of each example first, then the mean"),
    Row("sum", "examples exchanged",
        lambda p, d, a: {o: e @ a.T / p.N for o, e in orders(d, 1).items()} if p.N > 1 else None,
        "{q} takes the δ of the examples in the order {detail} with the a of others: each example has its "
        "own"),
    # ∂C/∂W as a whole
    Row("dW", "new weights", lambda p: Line(p.W, -p.delta @ p.a_before.T / p.N),
        "{q} is the new W, after the update (ε = {t}): the gradient is what is subtracted, without ε"),
    Row("dW", "penalty added", lambda p: Line(p.delta @ p.a_before.T / p.N, p.W),
        "{q} has {t} W added, as of a penalty on the weights, which is not in this cost"),
    Row("dW", "penalty on |W| added", lambda p: Line(p.delta @ p.a_before.T / p.N, np.sign(p.W)),
        "{q} has {t} times the signs of W added, as of a penalty on |W|, which is not in this cost"),
    Row("dW", "straight ahead only", lambda p: np.diag((p.delta * p.a_before).mean(axis=1)),
        "{q} has only the weights from neuron k to neuron k: δ aᵀ has every δ with every a"),
    Row("dW", "another layer's", lambda p: p.others(p.right.weight_gradient, p.l),
        "{q} is that of layer {detail}"),
    Row("dW", "signs alone", lambda p: np.sign(p.delta @ p.a_before.T),
        "{q} has the signs of the gradient alone"),
    Row("dW", "clipped", lambda p: _clipped(p.delta @ p.a_before.T / p.N),
        "{q} is clipped to {detail}: the gradient itself has no bounds"),
    Row("dW", "left at 0", lambda p: 0 * p.W, "{q} is left at 0"),
    Row("dW", "another quantity", lambda p: {"W": p.W}, "{q} is {detail} itself, and no gradient"),
    Row("dW", "bias column", _with_bias_column,
        "{q} has a column more than W: its {detail} is ∂C/∂b, as of a bias unit that is 1; here b stands "
        "apart"),
    Row("dW", "not averaged", _not_averaged, "{q} is kept for each example: take the mean over them"),
    # ∂C/∂b as a whole
    Row("db", "bias forgotten", lambda p: np.zeros(len(p.b)),
        "{q} is left at 0: a bias has a gradient too, δ · 1"),
    Row("db", "a in ∂C/∂b", lambda p: {
        "of its own neuron": (p.delta * p.a).mean(axis=1),
        "of the layer before, added up": (p.delta * p.a_before.sum(axis=0)).mean(axis=1)}
        | {f"of neuron {k} of the layer before": product for k, product in
           each(p.a_before, lambda k: (p.delta * p.a_before[k]).mean(axis=1)).items()}
        | ({"of the layer before": (p.delta * p.a_before).mean(axis=1)}
        if len(p.a_before) == len(p.a) else {}),
        "{q} is multiplied by a ({detail}): what enters a bias is 1, so it is δ alone"),
    Row("db", "new biases", lambda p: Line(p.b[:, 0], -p.delta.mean(axis=1)),
        "{q} is the new b, after the update (ε = {t}): the gradient is what is subtracted, without ε"),
    Row("db", "another layer's", lambda p: p.others(lambda m: p.right.bias_gradient(m)[:, 0], p.l),
        "{q} is that of layer {detail}"),
    Row("db", "another quantity", lambda p: {"b": p.b[:, 0],
        "∂C/∂W, added up": (p.delta @ p.a_before.T).sum(axis=1)
        / p.N, "1": np.ones(len(p.b))}, "{q} is {detail}, and no ∂C/∂b: it is δ"),
    Row("db", "wrong axis", lambda p: [p.delta.sum(axis=0), np.full(len(p.b), p.delta.mean(axis=1).sum())],
        "{q} is added up over the neurons: every neuron has its own, a mean over the examples"),
    Row("db", "clipped", lambda p: _clipped(p.delta.mean(axis=1)),
        "{q} is clipped to {detail}: the gradient itself has no bounds"),
    Row("db", "not averaged", lambda p: p.delta if p.N > 1 else None,
        "{q} is kept for each example: take the mean over them"),
]
# fmt: on
