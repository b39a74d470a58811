"""Mistakes of the forward pass are named, what follows is not blamed, and kept gradients are told."""

import numpy as np
import pytest
from learners import NETWORKS, SIGMA, Learner, rounded

from nn import (
    MLP,
    binary_cross_entropy,
    cross_entropy,
    equations,
    half_squared_error,
    trace,
    trace_batch,
)
from nn.delta.comparison.mistakes.variants import ROWS
from nn.delta.comparison.passes import pass_of

FORWARD = {  # how z, a or C goes wrong in a layer, and the kinds that name it
    "bias not added": ("z", lambda L, l: L.W[l] @ L.a[l - 1]),
    "bias subtracted": ("z", lambda L, l: L.W[l] @ L.a[l - 1] - L.b[l]),
    "W transposed forward": ("z", lambda L, l: L.W[l].T @ L.a[l - 1] + L.b[l]),
    "a of the wrong layer": ("z", lambda L, l: L.W[l] @ L.a[l - 2] + L.b[l]),
    "z for a": ("z", lambda L, l: L.W[l] @ L.z[l - 1] + L.b[l]),
    "path left out": ("z", lambda L, l: L.W[l][:, 1:] @ L.a[l - 1][1:] + L.b[l]),
    "straight ahead only": ("z", lambda L, l: np.diag(L.W[l])[:, None] * L.a[l - 1] + L.b[l]),
    "σ left out": ("a", lambda L, l: L.z[l]),
    "σ twice": ("a", lambda L, l: SIGMA[L.sigma[l]](SIGMA[L.sigma[l]](L.z[l]))),
    "another σ": ("a", lambda L, l: SIGMA["tanh" if L.sigma[l] == "sigmoid" else "sigmoid"](L.z[l])),
    "σ of −z": ("a", lambda L, l: SIGMA[L.sigma[l]](-L.z[l])),
}  # fmt: skip
CASES = [(network, flaw, l) for network in NETWORKS for flaw in FORWARD for l in (1, 2)]


class Wrong(Learner):
    """A learner with one mistake in the forward pass, who gives z and a, too."""

    def __init__(self, network, flaw, at):
        super().__init__(network)
        self.flaw, self.at = flaw, at

    def forward(self):
        super().forward()
        kind, formula = FORWARD.get(self.flaw, ("", None))
        for l in range(1, self.L + 1):
            self.z[l] = self.W[l] @ self.a[l - 1] + self.b[l]
            if l == self.at and kind == "z":
                self.z[l] = formula(self, l)
            self.a[l] = formula(self, l) if l == self.at and kind == "a" else SIGMA[self.sigma[l]](self.z[l])

    def __call__(self):
        answer = super().__call__()
        for l in range(1, self.L + 1):
            answer |= {f"z{l}": self.z[l], f"a{l}": self.a[l]}
        return answer


def _applies(network, flaw, at):
    try:
        mine, right = Wrong(network, flaw, at)(), Wrong(network, "", 0)()
    except (KeyError, ValueError):
        return False
    return not np.allclose(mine[f"a{at}"], right[f"a{at}"]) and all(
        np.isfinite(a).all() for a in mine.values()
    )


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("decimals", [None, 4])
def test_a_mistake_on_the_way_there_is_named_and_what_follows_is_not_blamed(network, decimals):
    tried = 0
    for _, flaw, at in [case for case in CASES if case[0] == network and _applies(*case)]:
        learner = Wrong(network, flaw, at)
        mine = learner() if decimals is None else rounded(learner(), decimals)
        comparison = equations.compare(learner.trace, mine)
        kinds = {flaw} | {"another σ": {"sigmoid for softmax"}, "σ of −z": {"sign"}}.get(flaw, set())
        kinds |= {"= for +="} if flaw == "path left out" and NETWORKS[network][0][at - 1] == 2 else set()
        stories = [
            {(m.kind, m.quantity) for m in story} for story in (comparison.mistakes, *comparison.alternatives)
        ]
        where = f"{FORWARD[flaw][0]}{'⁰¹²³'[at]}"
        assert any({q for _, q in s} == {where} and {k for k, _ in s} <= kinds for s in stories), (
            flaw,
            at,
            stories,
        )
        assert {v.state for v in comparison.verdicts if v.quantity != where} <= {"right", "carried"}
        tried += 1
    assert tried >= 8


COSTS = [
    (lambda a, y: np.sum((a - y) ** 2), {"double"}),
    (lambda a, y: np.mean(0.5 * (a - y) ** 2), {"half", "averaged over the outputs"}),
    (lambda a, y: 0.5 * np.sum(np.abs(a - y)) * 2, {"not squared"}),
    (lambda a, y: 0.5 * np.sum(a - y) * 2, {"not squared"}),
    (lambda a, y: 0.5 * (a[0] - y[0]) ** 2, {"one output only"}),
    (lambda a, y: 0.5 * np.sum((a + y) ** 2), {"+ for −"}),
    (lambda a, y: -np.sum(y * np.log(a)), {"another loss"}),
]  # fmt: skip


@pytest.mark.parametrize(("cost", "kinds"), COSTS)
def test_a_mistake_in_the_cost_is_named_and_the_sign_of_y_minus_a_is_none(cost, kinds):
    t = trace(MLP(2, [3, 2], "sigmoid", "sigmoid", seed=1), [0.5, -0.3], [0.2, 0.9], half_squared_error)
    a, y = t.activations(2), np.array([0.2, 0.9])
    assert equations.compare(t, {"C": 0.5 * np.sum((y - a) ** 2)}).right
    assert equations.compare(t, {"C": np.round(0.5 * np.sum((y - a) ** 2), 4)}).right
    comparison = equations.compare(t, {"C": cost(a, y)})
    stories = [{m.kind for m in story} for story in (comparison.mistakes, *comparison.alternatives)]
    assert any(story <= kinds for story in stories), stories
    assert "C" in str(comparison)


def test_a_cost_added_up_over_the_examples_is_named():
    model = MLP(2, [2], output_activation="sigmoid", seed=0)
    t = trace_batch(model, [[1.0, 2.0], [0.5, -1.0], [2.0, 0.1]], [[0, 1], [1, 0], [1, 1]])
    assert equations.compare(t, {"C": t.cost.data}).right
    assert equations.compare(t, {"C": 3 * t.cost.data}).kinds == ["1/N missing"]


def test_a_wrong_forward_pass_from_its_cost_alone_stays_unknown_or_is_named():
    learner = Wrong("2-3-2", "bias not added", 1)
    learner()
    C = float(np.sum((learner.a[2] - learner.y) ** 2))
    assert equations.compare(learner.trace, {"C": C}).kinds in (["unknown"], ["bias not added"])


def test_names_and_lists_of_the_forward_pass_are_read():
    t = trace(MLP(2, [3, 1], seed=0), [1.0, 2.0], 0.5)
    z, a = [t.pre_activations(l) for l in (1, 2)], [t.activations(l) for l in (1, 2)]
    for mine in ({"z": z, "a": a}, {"z¹": z[0], "a_2": a[1], "cost": t.cost.data}, {"C": [t.cost.data]}):
        assert equations.compare(t, mine).right, mine


# --- gradients that were kept


def _doubled(model, x, y, step):
    """The gradients that two passes leave, with an update between them, in NumPy's sums."""
    first = trace(model, x, y)
    first.backward()
    kept = [p.grad for p in model.parameters()]
    for p, g in zip(model.parameters(), kept, strict=True):
        p.data -= step * g
    second = trace(model, x, y)
    second.backward()
    for p, g in zip(model.parameters(), kept, strict=True):
        p.grad += g
    return second


@pytest.mark.parametrize(("step", "said"), [(0.0, "2 passes"), (0.1, "ε = 0.1"), (0.5, "ε = 0.5")])
def test_gradients_that_were_kept_from_the_pass_before_are_told(step, said):
    model = MLP(2, [3, 1], "tanh", "sigmoid", seed=0)
    comparison = equations.compare(_doubled(model, [0.5, -1.0], 1.0, step), model)
    assert comparison.kinds == ["gradients kept"]
    assert said in str(comparison)
    assert "zero_grad()" in str(comparison)


# --- what a story must be


def _of_classes():
    model = MLP(2, [2, 2], "sigmoid", "softmax", seed=0)
    return trace(model, [0.5, -0.8], [1.0, 0.0], loss=cross_entropy)


def _by_hand():
    model = MLP(
        2, [2, 2], "sigmoid",
        weights=[[[0.5, -0.8], [0.3, 0.1]], [[0.4, -0.9], [-0.1, 0.5]]], biases=[[0.1, 0.2], [0.3, -0.1]],
    )  # fmt: skip
    return trace(model, [0.5, -0.8], [1.0, 0.0])


@pytest.mark.filterwarnings("error")
def test_a_wrong_guess_without_a_doubt_is_no_end_of_the_comparison():
    """−1 / a has no value at a = 0, but δ = a − y has."""
    comparison = equations.compare(_of_classes(), {"a2": [0, 1], "delta2": [-1, 1]})
    assert {v.quantity: v.state for v in comparison.verdicts} == {"a²": "wrong", "δ²": "carried"}
    model = MLP(2, [1], "sigmoid", "sigmoid", seed=0)
    binary = trace(model, [0.5, -0.8], [0.0], loss=binary_cross_entropy)
    comparison = equations.compare(binary, {"a1": ["1.00"], "delta1": ["1.00"]})
    assert {v.quantity: v.state for v in comparison.verdicts} == {"a¹": "wrong", "δ¹": "carried"}


def test_a_number_that_is_not_finite_is_refused_in_letters_too():
    with pytest.raises(ValueError, match="delta2 has numbers that are not finite"):
        equations.compare(_of_classes(), {"delta2": ["inf", 1]})


@pytest.mark.parametrize("k", [0.01, 0.1, 1.0])
def test_a_penalty_is_told_from_the_signs_of_the_weights(k):
    t = _by_hand()
    W, gradient = t.weights(2), pass_of(t).weight_gradient(2)
    assert f"{k:g} W added" in str(equations.compare(t, {"dW2": gradient + k * W}))
    assert f"{k:g} times the signs of W" in str(equations.compare(t, {"dW2": gradient + k * np.sign(W)}))


def test_rows_of_one_part_and_kind_say_the_same():
    """Else the sentence of one would be told of the other."""
    sentences = {}
    for row in ROWS:
        assert sentences.setdefault((row.part, row.kind), row.sentence) == row.sentence, row.kind


def test_a_cost_with_the_wrong_sign_is_told_of_the_cost():
    for t, remedy in [(_of_classes(), "−log a, with the minus"), (_by_hand(), "the loss has no such minus")]:
        cost = float(np.ravel(pass_of(t).quantity("C"))[0])
        assert equations.compare(t, {"C": -cost}).words() == f"C has the wrong sign: {remedy}."


def test_an_update_smaller_than_the_rounding_is_no_story():
    """Of δ¹ off by a unit in its last digit: an ε of 0.00001 would explain it, and nobody takes one."""
    t = _by_hand()
    right = pass_of(t)
    step = -right.weight_gradient(2).T @ right.delta[2] * right.slope(1)
    for t_of_update, decimals in [(2e-5, 5), (6e-5, 6)]:
        mine = np.round(right.delta[1] + t_of_update * step, decimals)[:, 0]
        mine = [f"{number:.{decimals}f}" for number in mine]
        delta2 = [f"{number:.{decimals}f}" for number in right.delta[2][:, 0]]
        comparison = equations.compare(t, {"delta2": delta2, "delta1": mine})
        assert "update" not in str(comparison), (t_of_update, str(comparison))


def test_a_sigmoid_half_done_is_named_and_no_factor_helps_another_mistake():
    t = _by_hand()
    z = t.pre_activations(1)
    assert "e^z, without the 1 + and the division" in str(equations.compare(t, {"a1": np.exp(z).round(4)}))
    assert "1 + e^−z, not divided" in str(equations.compare(t, {"a1": 1 + np.exp(-z)}))
    softmax = np.exp(z) / np.exp(z).sum()
    assert equations.compare(t, {"a1": (1.779 * softmax).round(4)}).kinds == ["unknown"]


def test_a_slope_rounded_after_a_wrong_a_is_carried():
    t = _by_hand()
    a = np.array([1.2969, 0.4819])  # and δ¹ with σ′ = a (1 − a) to 4 decimals
    delta2 = np.round(2 * (t.weights(2) @ a + t.biases(2) - [1.0, 0.0]), 4)
    error = t.weights(2).T @ delta2
    mine = {"a1": a, "delta2": delta2, "delta1": np.round(error * np.round(a * (1 - a), 4), 4)}
    states = {v.quantity: v.state for v in equations.compare(t, mine).verdicts}
    assert states == {"a¹": "wrong", "δ²": "carried", "δ¹": "carried"}
    mine["delta1"] = -mine["delta1"]
    states = {v.quantity: v.state for v in equations.compare(t, mine).verdicts}
    assert states["δ¹"] == "wrong"


@pytest.mark.parametrize("decimals", [None, 3, 4])
def test_a_softmax_without_exp_is_named(decimals):
    t = _of_classes()
    z = t.pre_activations(2)
    a = z / z.sum() if decimals is None else np.round(z / z.sum(), decimals)
    assert equations.compare(t, {"a2": a}).kinds == ["exp left out"]
