"""Backward passes as learners write them, with one mistake each, in NumPy alone: what `compare` has to name.

A flaw is written into the backward pass itself; nothing is shared with the program's table of formulas.
Arrays have an example a column: W[l] (n_l, n_{l−1}), z[l], a[l], δ[l] (n_l, N).
"""

import numpy as np

from nn import MLP, binary_cross_entropy, cross_entropy, squared_error, trace, trace_batch

SIGMA = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "identity": lambda z: z,
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=0),
}
SLOPE = {
    "sigmoid": lambda a: a * (1 - a),
    "tanh": lambda a: 1 - a**2,
    "identity": np.ones_like,
}
OTHER_SLOPE = {"sigmoid": SLOPE["tanh"], "tanh": SLOPE["sigmoid"], "identity": SLOPE["sigmoid"]}

# sizes, σ of the hidden layers, σ of the last, the loss, the number of examples (0: one, and no batch)
NETWORKS = {
    "2-3-2": ((2, 3, 2), "sigmoid", "sigmoid", squared_error, 0),
    "square tanh": ((3, 3, 3), "tanh", "tanh", squared_error, 0),
    "softmax": ((4, 3, 3), "sigmoid", "softmax", cross_entropy, 0),
    "batch": ((2, 3, 2), "sigmoid", "sigmoid", squared_error, 4),
    "4-2-2-1": ((4, 2, 2, 1), "sigmoid", "identity", squared_error, 0),
    "deep batch": ((3, 3, 3, 2), "tanh", "sigmoid", binary_cross_entropy, 5),
}


def traced(name, seed=0):
    sizes, hidden, last, loss, count = NETWORKS[name]
    rng = np.random.default_rng(seed)
    model = MLP(sizes[0], list(sizes[1:]), hidden, last, seed=seed)
    state = {key: rng.normal(size=np.shape(value)) for key, value in model.state_dict().items()}
    model.load_state_dict(state)
    x = rng.normal(size=(max(count, 1), sizes[0]))
    if loss is cross_entropy:
        y = rng.integers(sizes[-1], size=max(count, 1)).tolist()
    else:
        y = rng.integers(2, size=(max(count, 1), sizes[-1])).astype(float)
    return trace_batch(model, x, y, loss) if count else trace(model, x[0], y[0], loss)


class Learner:
    """A backward pass with flaws, each a name and its layer: Learner("batch", ("half", 2)).

    It goes back through a trace of its own, or through `of`.
    """

    def __init__(self, network, *flaws, seed=0, of=None):
        self.network, self.flaws = network, flaws
        self.sizes, self.hidden, self.last, self.loss, self.count = NETWORKS[network]
        self.trace = traced(network, seed) if of is None else of
        one = self.trace.traces[0] if self.count else self.trace
        state = one.model.state_dict()
        self.L = len(self.sizes) - 1
        layers = range(1, self.L + 1)
        self.W = {l: state[f"W{l}"] for l in layers}
        self.b = {l: state[f"b{l}"].reshape(-1, 1) for l in layers}
        self.sigma = {l: self.hidden if l < self.L else self.last for l in layers}
        self.N = max(self.count, 1)
        self.x = self.trace.activations(0).reshape(self.sizes[0], -1)
        targets = [t.target for t in self.trace.traces] if self.count else [self.trace.target]
        self.y = np.array([np.eye(self.sizes[-1])[y] if np.ndim(y) == 0 else y for y in targets]).T

    def errs(self, flaw, l=None):
        return any(flaw == name and l in (None, at) for name, at in self.flaws)

    def first(self, l, known, otherwise):
        """What the first flaw of the layer that is among the known ones makes."""
        made = next((known[name] for name, at in self.flaws if at == l and name in known), None)
        return otherwise if made is None else made()

    def forward(self):
        self.z, self.a = {}, {0: self.x}
        for l in range(1, self.L + 1):
            b = 0 if self.errs("biases forgotten") or self.errs("bias of a layer forgotten", l) else self.b[l]
            self.z[l] = self.W[l] @ self.a[l - 1] + b
            sigma = self.sigma[l]
            if self.errs("sigmoid for softmax", l) and sigma == "softmax":
                sigma = "sigmoid"
            self.a[l] = SIGMA[sigma](self.z[l])

    def slope(self, l, error):
        a, z, sigma = self.a[l], self.z[l], self.sigma[l]
        if self.errs("no slope", l):
            return error
        if sigma == "softmax":
            if self.errs("diagonal only", l):
                return error * a * (1 - a)
            through = a * (error - (a * error).sum(axis=0))
            return through * a * (1 - a) if self.errs("slope twice", l) else through
        s = SLOPE[sigma](a)
        named = {
            "slope at a": lambda: SLOPE[sigma](SIGMA[sigma](a)),
            "σ for σ′": lambda: a,
            "slope twice": lambda: s * s,
            "another σ′": lambda: OTHER_SLOPE[sigma](a),
            "1 − a": lambda: 1 - a,
            "σ′ of layer below": lambda: SLOPE[self.sigma[l - 1]](self.a[l - 1]),
            "σ′ of layer above": lambda: SLOPE[self.sigma[l + 1]](self.a[l + 1]),
            "z for σ′": lambda: z,
            "slopes reversed": lambda: s[::-1],
        }
        return error * self.first(l, named, s)

    def error(self):
        """∂C/∂a of the last layer."""
        a, y = self.a[self.L], self.y
        if self.errs("target of another"):
            y = np.roll(y, 1, axis=1 if self.count else 0)
        if self.loss is cross_entropy:
            return -y / a
        return 2 * (a - y) if self.loss is squared_error else (a - y) / (a * (1 - a))

    def start(self):
        """(1): δ of the last layer."""
        if self.errs("a − y at once") or (
            self.errs("sigmoid for softmax", self.L) and self.last == "softmax"
        ):
            return self.a[self.L] - self.y
        factor = 1.0
        for flaw, times in {"y − a": -1, "half": 0.5, "double": 2}.items():
            factor *= times if self.errs(flaw) else 1
        return self.slope(self.L, factor * self.error())

    def back(self, l, W, d):
        """(2): what comes back to layer l from δ of the layer after."""
        step = d @ self.a[l].T / self.N
        named = {
            "W for Wᵀ": lambda: W @ d,
            "last path only": lambda: W[-1][:, None] * d[-1],
            "first path only": lambda: W[0][:, None] * d[0],
            "W of this layer": lambda: self.W[l].T @ d if len(self.W[l]) == len(d) else self.W[l] @ d,
            "W updated": lambda: (W - 0.1 * step).T @ d,
            "W updated oddly": lambda: (W - 0.37 * step).T @ d,
            "error sent back": lambda: (
                W.T @ (self.W[l + 2].T @ self.delta[l + 2] if l + 1 < self.L else self.error())
            ),
            "W left out": lambda: np.ones((W.shape[1], 1)) * d.sum(axis=0),
            "bias added": lambda: W.T @ d + self.b[l],
            "δ reversed": lambda: W.T @ d[::-1],
            "averaged paths": lambda: W.T @ d / len(d),
        }
        return self.first(l, named, W.T @ d)

    def gradients(self, l):
        d, a = self.delta[l], self.a[l - 1]
        inputs = {
            "z for a": lambda: self.z[l - 1],
            "own a": lambda: self.a[l],
            "x for a": lambda: self.a[0],
            "a forgotten": lambda: np.ones_like(a),
            "examples permuted": lambda: np.roll(a, 1, axis=1),
        }
        lefts = {
            "error in dW": lambda: self.W[l + 1].T @ self.delta[l + 1],
            "δ above in dW": lambda: self.delta[l + 1],
        }
        a, d = self.first(l, inputs, a), self.first(l, lefts, d)
        dW, db = d @ a.T / self.N, self.delta[l].mean(axis=1)
        changed = {
            "dW doubled": lambda: (2 * dW, db),
            "dW times 0.1": lambda: (0.1 * dW, db),
            "step given": lambda: (-0.1 * dW, -0.1 * db),
            "dW odd factor": lambda: (1.37 * dW, db),
            "transposed": lambda: (dW.T if min(dW.shape) > 1 else dW, db),
            "rows reversed": lambda: (dW[::-1], db),
            "db is δ a": lambda: (dW, (self.delta[l] * self.a[l]).mean(axis=1)),
            "db of zeros": lambda: (dW, 0 * db),
            "bias column": lambda: (np.column_stack([db, dW]), db),
            "mean times mean": lambda: (np.outer(d.mean(axis=1), a.mean(axis=1)), db),
            "not divided by N": lambda: (self.N * dW, self.N * db),
            "divided twice": lambda: (dW / self.N, db / self.N),
            "last example": lambda: (np.outer(d[:, -1], a[:, -1]) / self.N, d[:, -1] / self.N),
            "first example": lambda: (np.outer(d[:, 0], a[:, 0]), d[:, 0]),
            "new weights": lambda: (self.W[l] - 0.5 * dW, db),
            "weight decay": lambda: (dW + 0.01 * self.W[l], db),
            "db summed over neurons": lambda: (dW, np.full(len(db), db.sum())),
            "sign of the gradient": lambda: (-dW, -db),
        }
        return self.first(l, changed, (dW, db))

    def __call__(self):
        self.forward()
        self.delta = {self.L: self.start()}
        for l in range(self.L - 1, 0, -1):
            self.delta[l] = self.slope(l, self.back(l, self.W[l + 1], self.delta[l + 1]))
        result = {}
        for l in range(1, self.L + 1):
            given = self.delta[l].copy()
            result[f"dW{l}"], result[f"db{l}"] = self.gradients(l)
            if self.errs("δ permuted in the answer", l):
                given = given[::-1]
            if self.errs("examples permuted in δ", l):
                given = given[:, ::-1]
            if self.errs("a sign in one entry", l):
                given[0, 0] *= -1
            if self.errs("a slip in one entry", l):
                given[0, 0] += 0.05
            result[f"delta{l}"] = given if self.count else given[:, 0]
        return result


def rounded(answer, decimals):
    return {name: np.round(array, decimals) for name, array in answer.items()}


# A flaw, and the kinds that name it; which of them depends on the network.
FLAWS = {
    "y − a": {"sign"}, "half": {"half"}, "double": {"double"}, "target of another": {"targets exchanged"},
    "a − y at once": {"cross-entropy's δ", "half"}, "no slope": {"no slope"}, "slope at a": {"slope at a"},
    "σ for σ′": {"σ for σ′"}, "slope twice": {"slope twice"}, "another σ′": {"wrong formula of σ′"},
    "1 − a": {"wrong formula of σ′"}, "z for σ′": {"z for σ′"},
    "σ′ of layer below": {"slope of the wrong layer"}, "σ′ of layer above": {"slope of the wrong layer"},
    "slopes reversed": {"slope of another neuron"}, "diagonal only": {"diagonal only"},
    "sigmoid for softmax": {"sigmoid for softmax"}, "biases forgotten": {"bias not added"},
    "bias of a layer forgotten": {"bias not added"}, "W for Wᵀ": {"W for Wᵀ"},
    "last path only": {"= for +="}, "first path only": {"one path only"},
    "W of this layer": {"W of the wrong layer"}, "W updated": {"W after the update"},
    "W updated oddly": {"W after the update"}, "error sent back": {"error sent back"},
    "W left out": {"W left out"}, "bias added": {"bias added"}, "δ reversed": {"neurons exchanged"},
    "averaged paths": {"half", "factor"}, "z for a": {"z for a"}, "own a": {"a of the wrong layer"},
    "x for a": {"a of the wrong layer"}, "a forgotten": {"a forgotten"}, "error in dW": {"no slope"},
    "δ above in dW": {"δ of the wrong layer"}, "examples permuted": {"examples exchanged"},
    "dW doubled": {"double"}, "dW times 0.1": {"factor"}, "step given": {"factor"},
    "dW odd factor": {"factor"}, "transposed": {"transposed"},
    "rows reversed": {"permuted", "neurons exchanged"}, "db is δ a": {"a in ∂C/∂b"},
    "db of zeros": {"bias forgotten"}, "bias column": {"bias column"},
    "mean times mean": {"mean times mean"}, "not divided by N": {"1/N missing"},
    "divided twice": {"1/N twice"}, "last example": {"= for +="}, "first example": {"one example only"},
    "new weights": {"new weights"}, "weight decay": {"penalty added"},
    "db summed over neurons": {"wrong axis"}, "sign of the gradient": {"sign"},
    "δ permuted in the answer": {"permuted"}, "examples permuted in δ": {"permuted"},
    "a sign in one entry": {"sign in an entry", "sign"}, "a slip in one entry": {"slip"},
}  # fmt: skip


OF_NO_LAYER = ("y − a", "half", "double", "target of another", "a − y at once", "biases forgotten")


def applicable():
    """Every flaw in every network and layer where it makes a difference: (network, flaw, layer)."""
    for network, (sizes, _, _, _, _) in NETWORKS.items():
        right = Learner(network)
        truth = right()
        for flaw in FLAWS:
            for at in range(1, len(sizes)):
                try:
                    with np.errstate(all="ignore"):
                        mine = Learner(network, (flaw, at), of=right.trace)()
                except (KeyError, ValueError, IndexError, AttributeError):
                    continue
                if (at == 1 or flaw not in OF_NO_LAYER) and not all(_same(mine[n], truth[n]) for n in truth):
                    yield network, flaw, at


def _same(mine, truth):
    return mine.shape == truth.shape and np.allclose(mine, truth, 1e-9)
