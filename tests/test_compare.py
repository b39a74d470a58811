"""Every planted mistake is named, the right answer passes, and two mistakes at once get an honest answer."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nn import MLP, binary_cross_entropy, cross_entropy, equations, squared_error, trace, trace_batch

SIZES = (4, 2, 2, 1)  # the main job's: W² is square


def _sigma(z):
    return 1 / (1 + np.exp(-z))


class Learner:
    """A learner's backward pass over examples in columns, written by hand, with mistakes to be switched on.

    A mistake is a name, or a name and the layer where it is made.
    """

    def __init__(self, *flaws):
        self.flaws = flaws

    def errs(self, flaw, l=0):
        return flaw in self.flaws or (flaw, l) in self.flaws

    def slope(self, l, z, a):
        if self.errs("no slope", l):
            return np.ones_like(z)
        if self.errs("slope at a", l):
            return _sigma(a) * (1 - _sigma(a))
        if self.errs("σ for σ′", l):
            return a
        once = a * (1 - a)
        return once * once if self.errs("slope twice", l) else once

    def __call__(self, W, b, x, y):
        single = x.ndim == 1
        a, z = [x.reshape(4, -1)], [None]
        N = a[0].shape[1]
        L = len(W)
        for l in range(1, L + 1):
            bias = 0 if self.errs("bias not added") else b[l - 1][:, None]
            z.append(W[l - 1] @ a[-1] + bias)
            a.append(z[-1] if l == L else _sigma(z[-1]))
        delta = {L: 2 * (a[L] - np.reshape(y, (1, -1)))}
        for flaw, factor in {"half": 0.5, "double": 2.0, "sign": -1.0}.items():
            if self.errs(flaw, L):
                delta[L] = factor * delta[L]
        for l in range(L - 1, 0, -1):
            error = W[l].T @ delta[l + 1]
            if self.errs("W for Wᵀ", l):
                error = W[l] @ delta[l + 1]
            if self.errs("= for +=", l):
                for j in range(len(delta[l + 1])):
                    error = np.outer(W[l][j], delta[l + 1][j])
            delta[l] = error * self.slope(l, z[l], a[l])
        result = {}
        for l in range(1, L + 1):
            left, right = delta[l], z[l - 1] if self.errs("z for a", l) and l > 1 else a[l - 1]
            if self.errs("last example only"):
                left, right = left[:, -1:], right[:, -1:]
            dW, db = left @ right.T, left.sum(axis=1)
            scale = 1 / N
            if self.errs("1/N missing"):
                scale = 1
            if self.errs("1/N twice"):
                scale = 1 / N**2
            if self.errs("sign of the gradient", l):
                scale = -scale
            dW, db = scale * dW, scale * db
            if self.errs("bias forgotten", l):
                db = 0 * db
            if self.errs("transposed", l):
                dW = dW.T
            result[f"delta{l}"] = delta[l][:, 0] if single else delta[l]
            result[f"dW{l}"] = dW
            if l < L:
                result[f"db{l}"] = db
        return result


def _model():
    model = MLP(4, [2, 2, 1], "sigmoid", bias=[True, True, False], seed=0, initial="uniform")
    rng = np.random.default_rng(1)
    state = model.state_dict()
    model.load_state_dict(state | {"b1": rng.normal(size=2), "b2": rng.normal(size=2)})
    return model


def _one():
    return trace(_model(), [-0.4, -0.5, 0.25, -0.2], -1.0)


def _batch(N=5):
    rng = np.random.default_rng(2)
    return trace_batch(_model(), rng.normal(size=(N, 4)), rng.choice([-1.0, 1.0], size=N))


def _without_delta(learner):
    return lambda *args: {k: v for k, v in learner(*args).items() if not k.startswith("delta")}


def _found(comparison):
    return {(mistake.kind, mistake.quantity) for mistake in comparison.mistakes}


@pytest.mark.parametrize("traced", [_one, _batch])
def test_the_right_answer_passes(traced):
    comparison = equations.compare(traced(), Learner())
    assert comparison.right
    assert str(comparison) == "All that was given is right."
    assert equations.compare(traced(), _without_delta(Learner())).right


PLANTED = {
    ("no slope", 1): {("no slope", "δ¹")},
    ("no slope", 2): {("no slope", "δ²")},
    "no slope": {("no slope", "δ²"), ("no slope", "δ¹")},
    ("slope at a", 1): {("slope at a", "δ¹")},
    "slope at a": {("slope at a", "δ²"), ("slope at a", "δ¹")},
    "σ for σ′": {("σ for σ′", "δ²"), ("σ for σ′", "δ¹")},
    "slope twice": {("slope twice", "δ²"), ("slope twice", "δ¹")},
    ("W for Wᵀ", 1): {("W for Wᵀ", "δ¹")},
    ("= for +=", 1): {("= for +=", "δ¹")},
    "half": {("half", "δ³")},
    "double": {("double", "δ³")},
    "sign": {("sign", "δ³")},
    ("z for a", 2): {("z for a", "∂C/∂W²")},
    ("sign of the gradient", 2): {("sign", "∂C/∂W²"), ("sign", "∂C/∂b²")},
    ("bias forgotten", 1): {("bias forgotten", "∂C/∂b¹")},
    "bias forgotten": {("bias forgotten", "∂C/∂b²"), ("bias forgotten", "∂C/∂b¹")},
    "bias not added": {("bias not added", "z")},
    ("transposed", 2): {("transposed", "∂C/∂W²")},
    ("transposed", 1): {("transposed", "∂C/∂W¹")},
}
PLANTED[("slope at a", 2)] = {("slope at a", "δ²")}
PLANTED[("z for a", 3)] = {("z for a", "∂C/∂W³")}
PLANTED[("bias forgotten", 2)] = {("bias forgotten", "∂C/∂b²")}
ALL_GRADIENTS = ("∂C/∂W³", "∂C/∂W²", "∂C/∂b²", "∂C/∂W¹", "∂C/∂b¹")
PLANTED_IN_BATCHES = {
    "1/N missing": {("1/N missing", quantity) for quantity in ALL_GRADIENTS},
    "1/N twice": {("1/N twice", quantity) for quantity in ALL_GRADIENTS},
    "last example only": {("= for +=", quantity) for quantity in ALL_GRADIENTS},
}


@pytest.mark.parametrize("flaw", PLANTED)
@pytest.mark.parametrize("traced", [_one, _batch])
@pytest.mark.parametrize("with_delta", [True, False])
def test_each_planted_mistake_is_named_where_it_is(flaw, traced, with_delta):
    learner = Learner(flaw) if with_delta else _without_delta(Learner(flaw))
    comparison = equations.compare(traced(), learner)
    explanations = [{(m.kind, m.quantity) for m in other} for other in comparison.alternatives]
    explanations.append(_found(comparison))
    assert PLANTED[flaw] in explanations
    if flaw == ("sign of the gradient", 2) and not with_delta:  # or the sign of δ², set right again in δ¹
        explanations.remove({("sign", "δ²"), ("sign", "δ¹")})
    assert len(explanations) == 1


@pytest.mark.parametrize("flaw", PLANTED_IN_BATCHES)
@pytest.mark.parametrize("with_delta", [True, False])
def test_each_planted_mistake_of_averaging_is_named(flaw, with_delta):
    learner = Learner(flaw) if with_delta else _without_delta(Learner(flaw))
    comparison = equations.compare(_batch(), learner)
    assert _found(comparison) == PLANTED_IN_BATCHES[flaw]
    assert comparison.alternatives == ()


def test_two_mistakes_in_one_answer_are_both_named():
    pairs = itertools.combinations(
        [("no slope", 2), ("W for Wᵀ", 1), "sign", ("bias forgotten", 2), ("z for a", 3)], 2
    )
    for first, second in pairs:
        comparison = equations.compare(_one(), Learner(first, second))
        assert _found(comparison) == PLANTED[first] | PLANTED[second], (first, second)


@pytest.mark.parametrize(
    "flaws",
    [
        (("no slope", 1), ("W for Wᵀ", 1)),
        ("double", ("slope at a", 2)),
        ("sign", "bias not added"),
        ("half", ("= for +=", 1), ("no slope", 2)),
    ],
)
@pytest.mark.parametrize("with_delta", [True, False])
def test_several_mistakes_on_one_path_are_named_from_delta_and_from_gradients_alone(flaws, with_delta):
    learner = Learner(*flaws) if with_delta else _without_delta(Learner(*flaws))
    comparison = equations.compare(_batch(), learner)
    assert _found(comparison) == set().union(*(PLANTED[flaw] for flaw in flaws))


def test_three_mistakes_are_found_from_the_gradient_of_the_first_layer_alone():
    learner = Learner("double", ("slope at a", 2), ("no slope", 1))
    comparison = equations.compare(_batch(), lambda *passed: {"dW1": learner(*passed)["dW1"]})
    assert _found(comparison) == {("double", "δ³"), ("slope at a", "δ²"), ("no slope", "δ¹")}
    assert str(comparison).endswith("No ∂C/∂b was given.")


def test_a_mistake_that_no_list_has_is_called_unknown_and_what_follows_is_judged_by_itself():
    t = _one()
    right = Learner()(*_arguments(t))
    wrong = Learner()(*_arguments(t))
    wrong["delta2"] = right["delta2"] + [0.1, -0.3]
    state = t.model.state_dict()
    a1, a0 = t.activations(1), t.activations(0)
    wrong["delta1"] = (state["W2"].T @ wrong["delta2"]) * a1 * (1 - a1)
    wrong["dW2"], wrong["db2"] = np.outer(wrong["delta2"], a1), wrong["delta2"]
    wrong["dW1"], wrong["db1"] = np.outer(wrong["delta1"], a0), wrong["delta1"]
    comparison = equations.compare(t, wrong)
    assert _found(comparison) == {("unknown", "δ²")}
    assert "in none of the ways known here" in str(comparison)
    assert "more than one mistake" in str(comparison)


def _arguments(t):
    layers = range(1, t.depth + 1)
    return [t.weights(l) for l in layers], [t.biases(l) for l in layers], t.activations(0), t.target


def test_numbers_that_cannot_tell_two_mistakes_apart_get_both():
    t = _batch(2)  # two examples: a factor 2 in the δ of the loss, or 1/N missing
    right = Learner()(*(_arguments_of_batch(t)))
    comparison = equations.compare(t, {"dW3": 2 * right["dW3"]})
    kinds = {mistakes[0].kind for mistakes in (comparison.mistakes, *comparison.alternatives)}
    assert kinds == {"double", "1/N missing"}
    assert "these numbers cannot tell" in str(comparison)


def _arguments_of_batch(t):
    layers = range(1, t.depth + 1)
    W, b = [t.weights(l) for l in layers], [t.biases(l) for l in layers]
    return W, b, t.activations(0), [one.target for one in t.traces]


def test_one_over_n_carried_by_delta_is_a_convention_and_not_a_mistake():
    t = _batch()
    mine = Learner()(*_arguments_of_batch(t))
    mine = {name: array / 5 if name.startswith("delta") else array for name, array in mine.items()}
    comparison = equations.compare(t, mine)
    assert comparison.right
    assert "carries the 1/N" in str(comparison)


def test_w_for_w_transposed_is_the_lesson_of_a_square_matrix():
    comparison = equations.compare(_one(), Learner(("W for Wᵀ", 1)))
    assert str(comparison).splitlines() == [
        "W stands for Wᵀ in δ¹: on the way back neuron k gathers column k of W, its outgoing weights.",
        "W is square there, so the shapes fit and nothing fails: only the numbers tell.",
    ]


def test_a_cross_entropy_with_the_slope_kept_is_told():
    t = trace(MLP(3, [2, 1], "tanh", "sigmoid", seed=1), [1.0, 2.0, 3.0], 1.0, binary_cross_entropy)
    a = t.activations(2)
    assert equations.compare(t, {"delta2": a - 1}).right
    assert equations.compare(t, {"delta2": (a - 1) * a * (1 - a)}).kinds == ["slope twice"]


def test_a_softmax_with_its_diagonal_only_is_told():
    t = trace(MLP(3, [3], output_activation="softmax", seed=1), [1.0, 2.0, 3.0], 1, cross_entropy)
    a, y = t.activations(1), np.array([0.0, 1.0, 0.0])
    assert equations.compare(t, {"delta1": a - y}).right
    assert equations.compare(t, {"delta1": -y / a * a * (1 - a)}).kinds == ["diagonal only"]


def test_columns_rows_and_lists_are_all_read():
    t, batch = _one(), _batch()
    mine = Learner()(*_arguments(t))
    assert equations.compare(
        t, {name: np.reshape(a, (-1, 1)) for name, a in mine.items() if a.ndim == 1}
    ).right
    assert equations.compare(t, {"delta": [mine[f"delta{l}"].tolist() for l in (1, 2, 3)]}).right
    rows = Learner()(*_arguments_of_batch(batch))
    assert equations.compare(batch, {"delta1": rows["delta1"].T}).right


def test_a_learner_that_writes_into_its_arguments_does_no_harm():
    t = _one()
    before = t.model.state_dict()

    def careless(W, b, x, y):
        W[0][:] = 7.0
        return {"delta3": np.zeros(1)}

    equations.compare(t, careless)
    for name, array in t.model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_what_does_not_belong_to_the_network_is_refused():
    t = _one()
    with pytest.raises(ValueError, match="no 'delta4'"):
        equations.compare(t, {"delta4": [1.0]})
    with pytest.raises(ValueError, match="shape"):
        equations.compare(t, {"dW1": np.zeros((3, 3))})
    with pytest.raises(ValueError, match="not finite"):
        equations.compare(t, {"delta3": [np.nan]})
    with pytest.raises(ValueError, match="nothing was given"):
        equations.compare(t, {})
    with pytest.raises(TypeError, match="mapping"):
        equations.compare(t, lambda W, b, x, y: 3)
    with pytest.raises(ValueError, match="no target"):
        equations.compare(trace(_model(), [1.0, 2.0, 3.0, 4.0]), {"delta3": [1.0]})
    with pytest.raises(ValueError, match="not an array"):
        equations.compare(t, {"delta3": "text"})


def test_a_slope_of_one_hides_no_mistake_and_invents_none():
    t = trace(MLP(2, [2, 1], "identity", seed=0), [1.0, 2.0], 0.5, squared_error)
    error = t.weights(2).T @ (2 * (t.activations(2) - 0.5))
    assert equations.compare(t, {"delta1": error}).right
