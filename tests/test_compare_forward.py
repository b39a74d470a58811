"""Mistakes of the forward pass are named, what follows is not blamed, and kept gradients are told."""

import numpy as np
import pytest
from learners import NETWORKS, SIGMA, Learner, rounded

from nn import MLP, equations, half_squared_error, trace, trace_batch

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
