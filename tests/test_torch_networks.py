"""Networks as people have them in PyTorch are traced as PyTorch computes them, or refused with the remedy.

The oracle is PyTorch's autograd, through every call of `torch.nn.functional.linear`. These run where PyTorch
is installed.
"""

from __future__ import annotations

import copy
from itertools import pairwise
from types import SimpleNamespace
from unittest import mock

import numpy as np
import pytest
from processes import printed_by

from nn import MLP, equations, from_torch, predict, to_torch, trace_torch

torch = pytest.importorskip("torch", reason="PyTorch is optional and not installed")
prune = pytest.importorskip("torch.nn.utils.prune", reason="PyTorch is optional and not installed")
functional = torch.nn.functional
parametrizations = torch.nn.utils.parametrizations
Linear, Sequential = torch.nn.Linear, torch.nn.Sequential

rng = np.random.default_rng(0)
X = rng.normal(size=(6, 4))
Y = rng.normal(size=(6, 3))
CLASSES = [0, 1, 2, 0, 1, 2]
SQUARED = torch.nn.MSELoss()


def by_autograd(network, x, y, loss):
    """C, δ, ∂C/∂a of the output, ∂C/∂W and ∂C/∂b, as PyTorch has them for loss(network(x), y)."""
    linear, calls = functional.linear, []

    def kept(given, weight, bias=None):
        weight, bias = (
            t if t is None or t.requires_grad else t.detach().requires_grad_() for t in (weight, bias)
        )
        calls.append(SimpleNamespace(weight=weight, bias=bias, z=linear(given, weight, bias)))
        return calls[-1].z.clone()

    with mock.patch("torch.nn.functional.linear", kept):
        output = network(torch.tensor(x, dtype=next(network.parameters()).dtype, requires_grad=True))
    cost = loss(output, y)

    def gradients(tensors):
        found = torch.autograd.grad(cost, tensors, retain_graph=True)
        return [gradient.double().numpy() for gradient in found]

    return SimpleNamespace(
        cost=cost.item(),
        delta=[len(x) * g for g in gradients([call.z for call in calls])],
        cost_gradient=len(x) * gradients([output])[0],
        W=gradients([call.weight for call in calls]),
        b=[gradients([call.bias])[0] if call.bias is not None else np.zeros(0) for call in calls],
        output=output.detach().double().numpy(),
    )


def check_against_autograd(network, x=X, y=Y, loss=SQUARED, share=1.0):
    """`share` is what the mean cost is of PyTorch's: 1/N of a loss that adds up."""
    t = trace_torch(network, x, y, loss)
    targets = torch.tensor(y)
    right = by_autograd(
        network, x, targets.to(torch.float64) if targets.is_floating_point() else targets, loss
    )
    assert t.cost == pytest.approx(share * right.cost, rel=1e-13)
    np.testing.assert_allclose(t.activations(t.depth).T, right.output.reshape(len(x), -1), rtol=1e-14)
    gradient = right.cost_gradient.reshape(len(x), -1)
    np.testing.assert_allclose(t.cost_gradient().T, share * gradient, rtol=0, atol=1e-13)
    assert t.depth == len(right.W)
    for l in range(1, t.depth + 1):
        np.testing.assert_allclose(t.delta(l).T, share * right.delta[l - 1], rtol=0, atol=1e-13)
        np.testing.assert_allclose(t.weight_gradients(l), share * right.W[l - 1], rtol=0, atol=1e-13)
        np.testing.assert_allclose(t.bias_gradients(l), share * right.b[l - 1], rtol=0, atol=1e-13)
    report = equations.report(t)
    assert report.first_wrong() is None
    assert report.largest <= 1e-9
    return t


def small(*between):
    return Sequential(Linear(4, 5), *(between or (torch.nn.Tanh(),)), Linear(5, 3))


def batch_norm(count):
    """As after some training: mean, variance, γ and β are not what they start with."""
    module = torch.nn.BatchNorm1d(count)
    for tensor in (module.running_mean, module.weight, module.bias):
        torch.nn.init.normal_(tensor)
    torch.nn.init.uniform_(module.running_var, 0.5, 2.0)
    return module


class Own(torch.nn.Module):
    """Two layers, and what `between` makes of the first for the second."""

    def __init__(self, between=torch.tanh, after=lambda z: z):
        super().__init__()
        self.first, self.second = Linear(4, 5), Linear(5, 3)
        self.between, self.after = between, after

    def forward(self, x):
        return self.after(self.second(self.between(self.first(x))))


class Functional(torch.nn.Module):
    """A layer without a `Linear`."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(3, 4))

    def forward(self, x):
        return torch.sigmoid(functional.linear(x, self.weight))


def hooked(register, network=None):
    network = small() if network is None else network
    register(network)
    return network


def frozen(*numbers):
    network = small()
    for number in numbers:
        network[number].requires_grad_(False)
    return network


HONOURED = {
    "one Linear": lambda: Linear(4, 3),
    "no biases": lambda: Sequential(Linear(4, 5, bias=False), torch.nn.Tanh(), Linear(5, 3, bias=False)),
    "nested": lambda: Sequential(
        Sequential(Linear(4, 5), torch.nn.Tanh()),
        Sequential(Sequential(Linear(5, 5), torch.nn.SiLU()), Linear(5, 3)),
    ),
    "Identity": lambda: Sequential(
        torch.nn.Identity(), Linear(4, 5), torch.nn.Identity(), torch.nn.Sigmoid(), Linear(5, 3)
    ),
    "Dropout in eval mode": lambda: small(torch.nn.Dropout(), torch.nn.GELU(), torch.nn.AlphaDropout()),
    "Dropout of nothing": lambda: small(torch.nn.Dropout(0.0), torch.nn.GELU()).train(),
    "BatchNorm1d": lambda: small(batch_norm(5), torch.nn.Tanh()),
    "BatchNorm1d before ReLU": lambda: small(batch_norm(5), torch.nn.ReLU()),
    "BatchNorm1d after ReLU": lambda: small(torch.nn.ReLU(inplace=True), batch_norm(5)),
    "BatchNorm1d at the end": lambda: Sequential(Linear(4, 5), torch.nn.Tanh(), Linear(5, 3), batch_norm(3)),
    "PReLU": lambda: small(torch.nn.PReLU(init=0.3)),
    "PReLU, a slope a neuron": lambda: small(
        hooked(lambda m: torch.nn.init.normal_(m.weight), torch.nn.PReLU(5))
    ),
    "Hardtanh": lambda: small(torch.nn.Hardtanh(-0.5, 0.5)),
    "LeakyReLU of another slope": lambda: small(torch.nn.LeakyReLU(0.2)),
    "GELU by tanh": lambda: small(torch.nn.GELU(approximate="tanh")),
    "two activations": lambda: small(torch.nn.Tanh(), torch.nn.ReLU6()),
    "Softmax": lambda: Sequential(small(), torch.nn.Softmax(-1)),
    "LogSoftmax": lambda: Sequential(small(), torch.nn.LogSoftmax(-1)),
    "LayerNorm at the end": lambda: Sequential(small(), torch.nn.LayerNorm(3)),
    "hook on a Linear": lambda: hooked(lambda n: n[0].register_forward_hook(lambda m, given, z: 2 * z)),
    "hook on an activation": lambda: hooked(lambda n: n[1].register_forward_hook(lambda m, given, a: a + 1)),
    "hook on the network": lambda: hooked(lambda n: n.register_forward_hook(lambda m, given, a: a**2)),
    "hook that looks": lambda: hooked(lambda n: n[1].register_forward_hook(lambda m, given, a: None)),
    "pre-hook on a Linear": lambda: hooked(
        lambda n: n[2].register_forward_pre_hook(lambda m, given: (given[0] * 3,))
    ),
    "pre-hook on the network": lambda: hooked(
        lambda n: n.register_forward_pre_hook(lambda m, given: (given[0] * 3,))
    ),
    "backward hooks that look": lambda: hooked(
        lambda n: [m.register_full_backward_hook(lambda m, to, out: None) for m in n.modules()]
    ),
    "weight_norm": lambda: Sequential(
        parametrizations.weight_norm(Linear(4, 5)), torch.nn.Tanh(), Linear(5, 3)
    ),
    "spectral_norm": lambda: Sequential(
        parametrizations.spectral_norm(Linear(4, 5)), torch.nn.Tanh(), Linear(5, 3)
    ),
    "orthogonal": lambda: Sequential(
        parametrizations.orthogonal(Linear(4, 4)), torch.nn.Tanh(), Linear(4, 3)
    ),
    "pruning": lambda: hooked(lambda n: prune.l1_unstructured(n[0], "weight", 0.5)),
    "first layer frozen": lambda: frozen(0),
    "last layer frozen": lambda: frozen(2),
    "all frozen": lambda: frozen(0, 2),
    "own module": Own,
    "own module, SiLU by hand": lambda: Own(lambda z: z * torch.sigmoid(z)),
    "own module, in place": lambda: Own(lambda z: z.mul_(2.0).relu_()),
    "own module, where": lambda: Own(lambda z: torch.where(z > 0, z, 0.3 * z)),
    "own module, log_softmax": lambda: Own(torch.relu, lambda z: functional.log_softmax(z, dim=1)),
    "functional": Functional,
}


@pytest.mark.parametrize("name", HONOURED)
def test_what_is_honoured_has_pytorchs_numbers(name):
    torch.manual_seed(1)
    network = HONOURED[name]().double()
    network = network if "nothing" in name else network.eval()
    if name == "all frozen":  # PyTorch's own graph is empty then; the four equations hold all the same
        assert equations.report(trace_torch(network, X, Y, SQUARED)).first_wrong() is None
        network.requires_grad_(True)
    check_against_autograd(network)


def test_flatten_makes_an_example_a_row():
    torch.manual_seed(0)
    network = Sequential(
        torch.nn.Flatten(), Linear(6, 5), torch.nn.Tanh(), Linear(5, 1), torch.nn.Flatten(0)
    ).double()
    x, y = np.random.default_rng(0).normal(size=(7, 2, 3)), np.arange(7.0)
    t = check_against_autograd(network, x, y)
    np.testing.assert_array_equal(t.activations(0), x.reshape(7, 6).T)


WEIGHT = torch.tensor([1.0, 2.0, 5.0], dtype=torch.float64)
PROBABILITIES = np.abs(Y) / np.abs(Y).sum(axis=1, keepdims=True)
ENTROPY = torch.nn.CrossEntropyLoss
LOSSES = {
    "mean": (ENTROPY(), CLASSES),
    "weight": (ENTROPY(weight=WEIGHT), CLASSES),
    "ignore_index": (ENTROPY(), [0, -100, 2, -100, 1, 2]),
    "ignore_index 1": (ENTROPY(ignore_index=1, weight=WEIGHT), CLASSES),
    "label_smoothing": (ENTROPY(label_smoothing=0.1), CLASSES),
    "all options": (ENTROPY(weight=WEIGHT, label_smoothing=0.2, ignore_index=0), CLASSES),
    "sum": (ENTROPY(reduction="sum"), CLASSES),
    "weight, sum": (ENTROPY(weight=WEIGHT, reduction="sum"), CLASSES),
    "probabilities": (ENTROPY(), PROBABILITIES),
    "a function": (functional.cross_entropy, CLASSES),
    "of one's own, sum": (lambda a, y: ((a - y) ** 2).sum(), Y),
    "of one's own, mean": (lambda a, y: ((a - y) ** 2).sum(dim=1).mean(), Y),
    "L1": (torch.nn.L1Loss(), Y),
    "Huber": (torch.nn.HuberLoss(), Y),
    "logits": (torch.nn.BCEWithLogitsLoss(pos_weight=WEIGHT), (Y > 0).astype(float)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_the_cost_is_pytorchs_loss_of_the_batch(name):
    torch.manual_seed(2)
    loss, y = LOSSES[name]
    check_against_autograd(small().double(), X, y, loss, share=1 / 6 if "sum" in name else 1.0)


@pytest.mark.parametrize(
    "options", [{}, {"weight": WEIGHT}, {"ignore_index": 1}, {"weight": WEIGHT, "ignore_index": 0}]
)
def test_log_softmax_with_nll_is_cross_entropy(options):
    torch.manual_seed(3)
    network = small().double()
    with_log = check_against_autograd(
        Sequential(network, torch.nn.LogSoftmax(-1)), X, CLASSES, torch.nn.NLLLoss(**options)
    )
    on_logits = check_against_autograd(network, X, CLASSES, ENTROPY(**options))
    for l in (1, 2):
        np.testing.assert_allclose(with_log.delta(l), on_logits.delta(l), rtol=0, atol=1e-13)
    assert "J of log_softmax" in str(equations.report(with_log))


def test_integers_for_a_loss_of_numbers_are_numbers():
    torch.manual_seed(0)
    network = Sequential(Linear(4, 1)).double()
    t = trace_torch(network, X, [0, 1, 1, 0, 1, 0], SQUARED)
    assert t.cost == trace_torch(network, X, [[0.0], [1.0], [1.0], [0.0], [1.0], [0.0]], SQUARED).cost


PRECISIONS = [torch.float64, torch.float32, torch.bfloat16, torch.float16]
BETWEEN = [
    torch.nn.Sigmoid,
    torch.nn.Tanh,
    torch.nn.ReLU,
    torch.nn.GELU,
    torch.nn.SiLU,
    torch.nn.PReLU,
    torch.nn.ELU,
]


def deep(dtype, seed, sizes=(20, 40, 30, 20, 5)):
    torch.manual_seed(seed)
    modules = []
    for l, (before, here) in enumerate(pairwise(sizes)):
        modules += [Linear(before, here), BETWEEN[(seed + l) % len(BETWEEN)]()]
    return Sequential(*modules[:-1]).to(dtype)


@pytest.mark.parametrize("dtype", PRECISIONS, ids=str)
@pytest.mark.parametrize("seed", range(10))
def test_a_right_network_is_right_in_every_precision(dtype, seed):
    size = 4.0 if seed % 2 else 1.0  # saturated neurons lose relative precision in σ′
    x = size * np.random.default_rng(seed).normal(size=(32, 20))
    t = trace_torch(deep(dtype, seed), x, [n % 5 for n in range(32)], ENTROPY())
    assert equations.report(t).first_wrong() is None
    assert t.precision.unit == torch.finfo(dtype).eps / 2


@pytest.mark.parametrize("dtype", PRECISIONS, ids=str)
@pytest.mark.parametrize("l", [1, 2, 3, 4])
@pytest.mark.parametrize("factor", [0.0, -1.0, 0.5, 1.1])
def test_a_planted_mistake_is_found_in_every_precision(dtype, l, factor):
    network, x = deep(dtype, 1), np.random.default_rng(1).normal(size=(32, 20))
    linear = network[2 * (l - 1)]
    for parameter, quantity in ((linear.weight, "W"), (linear.bias, "b")):
        handle = parameter.register_hook(lambda gradient: factor * gradient)
        wrong = equations.report(trace_torch(network, x, [n % 5 for n in range(32)], ENTROPY())).first_wrong()
        handle.remove()
        assert wrong is not None
        assert wrong.quantity == f"{quantity}{l}"
    if l < 4:
        network[2 * l - 1].register_full_backward_hook(lambda m, to, out: (factor * to[0],))
        wrong = equations.report(trace_torch(network, x, [n % 5 for n in range(32)], ENTROPY())).first_wrong()
        assert wrong is not None
        assert wrong.quantity == f"δ{l}"


def test_one_wrong_entry_is_found_in_single_precision():
    network, x = deep(torch.float32, 2), np.random.default_rng(1).normal(size=(32, 20))

    def slip(gradient):
        gradient = gradient.clone()
        gradient[3, 4] *= 1.001
        return gradient

    network[2].weight.register_hook(slip)
    assert equations.report(trace_torch(network, x, [0] * 32, ENTROPY())).first_wrong().quantity == "W2"


def test_hooks_of_the_backward_pass_of_a_linear_are_seen():
    network = deep(torch.float64, 1)
    given, classes = np.random.default_rng(1).normal(size=(8, 20)), [0] * 8
    handle = network[4].register_full_backward_hook(lambda m, to, out: (2 * to[0],))
    assert equations.report(trace_torch(network, given, classes, ENTROPY())).first_wrong().quantity == "δ2"
    handle.remove()
    network[4].register_full_backward_pre_hook(lambda m, out: (2 * out[0],))
    assert equations.report(trace_torch(network, given, classes, ENTROPY())).first_wrong().quantity == "δ3"


def test_underflow_in_half_precision_is_rounding():
    torch.manual_seed(0)
    network = Sequential(Linear(8, 4), torch.nn.GELU(), Linear(4, 4), torch.nn.LogSoftmax(-1)).half()
    with torch.no_grad():
        network[0].weight.mul_(6.0)
        network[2].weight.mul_(6.0)
    x = 10.0 * np.random.default_rng(0).normal(size=(40, 8))
    t = trace_torch(network, x, [n % 4 for n in range(40)], torch.nn.NLLLoss())
    assert equations.report(t).first_wrong() is None


def test_a_detached_layer_is_found():
    network = Own(lambda z: torch.relu(z).detach()).double()
    assert equations.report(trace_torch(network, X, Y, SQUARED)).first_wrong().quantity == "δ1"


def test_a_trace_leaves_the_network_as_it_was():
    torch.manual_seed(0)
    network = Sequential(
        parametrizations.spectral_norm(Linear(4, 5)), batch_norm(5).eval(), torch.nn.PReLU(), Linear(5, 3)
    )
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    seed = torch.random.get_rng_state()
    trace_torch(network, X, Y, SQUARED)
    assert torch.equal(seed, torch.random.get_rng_state())
    assert all(torch.equal(tensor, network.state_dict()[name]) for name, tensor in before.items())
    assert all(parameter.grad is None for parameter in network.parameters())
    assert network.training
    assert not network[1].training


def test_a_trace_does_not_change_with_further_training():
    torch.manual_seed(0)
    network = small(torch.nn.PReLU())
    t = trace_torch(network, X, Y, SQUARED)
    weights = t.weights(1).copy()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(1.0)
    np.testing.assert_array_equal(t.weights(1), weights)
    assert equations.report(t).first_wrong() is None


def test_a_trace_is_of_numbers_alone_and_can_be_copied():
    t = trace_torch(small(torch.nn.PReLU()), X, Y, SQUARED)
    assert str(equations.report(copy.deepcopy(t))) == str(equations.report(t))


def test_a_hook_is_called_once_where_nothing_is_unknown():
    calls = []
    network = hooked(lambda n: n[1].register_forward_hook(lambda m, given, a: calls.append(a.shape)))
    trace_torch(network, X, Y, SQUARED)
    assert calls == [(6, 5)]


@pytest.mark.parametrize(
    "kind", [torch.nn.PReLU, torch.nn.ReLU, torch.nn.ELU, torch.nn.Hardtanh, torch.nn.Softshrink]
)
def test_at_a_kink_either_side_is_right(kind):
    torch.manual_seed(0)
    network = Sequential(Linear(4, 5, bias=False), kind(), Linear(5, 3)).double()
    assert (
        equations.report(trace_torch(network, np.zeros((2, 4)), np.ones((2, 3)), SQUARED)).first_wrong()
        is None
    )


@pytest.mark.parametrize("dtype", PRECISIONS, ids=str)
def test_right_numbers_of_every_precision_are_called_right(dtype):
    t = trace_torch(deep(dtype, 3), np.random.default_rng(3).normal(size=(8, 20)), [0] * 8, ENTROPY())
    layers = range(1, t.depth + 1)
    assert equations.compare(t, {"delta": [t.delta(l) for l in layers]}).right
    assert equations.compare(t, {"dW": [t.weight_gradients(l) for l in layers]}).right
    error_for_delta = equations.compare(t, {"delta2": t.activation_gradients(2)})
    assert error_for_delta.kinds == ["no slope"]


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_the_older_weight_norm_is_traced_and_goes_over():
    torch.manual_seed(0)
    network = Sequential(torch.nn.utils.weight_norm(Linear(4, 5)), torch.nn.PReLU(), Linear(5, 3)).double()
    check_against_autograd(network)
    network[1] = torch.nn.Tanh()
    with torch.no_grad():
        network[0].weight_g.mul_(2.0)  # its `weight` is made anew at the next call only
    model = from_torch(network)
    np.testing.assert_allclose(predict(model, X), network(torch.tensor(X)).detach().numpy(), atol=1e-14)


def test_within_autocast_the_precision_is_that_of_the_sums():
    network = small()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        t = trace_torch(network, X, Y, SQUARED)
    assert t.precision.name == "bfloat16"
    assert equations.report(t).first_wrong() is None


def test_one_example_is_traced_as_a_batch_of_one():
    torch.manual_seed(0)
    network = Sequential(Linear(4, 5), torch.nn.PReLU(), Linear(5, 3), torch.nn.LogSoftmax(-1)).double()
    one = trace_torch(network, X[0], 2, torch.nn.NLLLoss())
    batch = trace_torch(network, X[:1], [2], torch.nn.NLLLoss())
    for l in (1, 2):
        np.testing.assert_array_equal(one.delta(l), batch.delta(l)[:, 0])
        np.testing.assert_array_equal(one.weight_gradients(l), batch.weight_gradients(l))
    assert equations.report(one).first_wrong() is None


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_a_trace_needs_no_mode_of_its_own(mode):
    network = small()
    with mode():
        t = trace_torch(network, X, Y, SQUARED)
    assert equations.report(t).first_wrong() is None


class Skip(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = Linear(4, 4), Linear(4, 4), Linear(4, 3)

    def forward(self, x):
        a = torch.tanh(self.first(x))
        return self.third(a + torch.tanh(self.second(a)))


class Twice(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = Linear(4, 4), Linear(4, 3)

    def forward(self, x):
        return self.second(torch.tanh(self.first(torch.tanh(self.first(x)))))


class Gated(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.value, self.gate = Linear(4, 3), Linear(4, 3)

    def forward(self, x):
        return self.value(x) * torch.sigmoid(self.gate(x))


class NoGrad(Own):
    def forward(self, x):
        with torch.no_grad():
            a = torch.tanh(self.first(x))
        return self.second(a)


class Counting(Own):
    calls = 0

    def forward(self, x):
        self.calls += 1
        return self.second(self.first(x) * self.calls)


REFUSED = {
    "a list": (lambda: [Linear(4, 3)], "give a torch.nn.Module"),
    "an MLP of nn": (lambda: MLP(4, [3]), "give a torch.nn.Module"),
    "no layers": (lambda: torch.nn.Tanh(), "no torch.nn.Linear was called"),
    "Dropout in training mode": (
        lambda: small(torch.nn.Dropout()),
        r"dropout in training mode.*network.eval\(\)",
    ),
    "functional dropout": (lambda: Own(functional.dropout), r"dropout in training mode.*network.eval\(\)"),
    "RReLU in training mode": (lambda: small(torch.nn.RReLU()), r"rrelu in training mode.*network.eval\(\)"),
    "BatchNorm1d in training mode": (
        lambda: small(batch_norm(5)),
        r"batch_norm in training mode.*network.eval\(\)",
    ),
    "BatchNorm1d before": (
        lambda: Sequential(batch_norm(4).eval(), Linear(4, 3)),
        "0.weight is used before the first Linear",
    ),
    "a convolution before": (
        lambda: Sequential(
            torch.nn.Unflatten(1, (1, 4)), torch.nn.Conv1d(1, 2, 3), torch.nn.Flatten(), Linear(4, 3)
        ),
        "1.weight is used before the first Linear",
    ),
    "LayerNorm between": (lambda: small(torch.nn.LayerNorm(5)), "layer_norm couples the neurons"),
    "Softmax between": (lambda: small(torch.nn.Softmax(-1)), "softmax couples the neurons"),
    "Softmax over the examples": (lambda: small(torch.nn.Softmax(0)), "each example depend on the others"),
    "GLU": (lambda: Sequential(Linear(4, 6), torch.nn.GLU(), Linear(3, 3)), "6 neurons, and glu makes 3"),
    "pooling": (lambda: Sequential(Linear(4, 6), torch.nn.AvgPool1d(2)), "do the rest in the loss"),
    "a skip connection": (Skip, "layer 3 is given depends on layer 1 too"),
    "a gate": (Gated, "layer 1 has 3 neurons|depends on"),
    "one weight twice": (Twice, "layers 1 and 2 share one weight"),
    "no_grad inside": (NoGrad, "layer 1 is called under torch.no_grad"),
    "a memory": (Counting, "gives other numbers when it is called again"),
    "a value that is overwritten": (
        lambda: Own(lambda z: z.relu_().mul_(2.0)),
        "PyTorch's own backward pass fails",
    ),
    "a tuple": (lambda: Own(after=lambda z: (z, z)), "returns a tuple"),
    "a detached output": (lambda: Own(after=lambda z: z.detach()), "the output has no graph"),
    "two precisions": (
        lambda: hooked(lambda n: n[2].double()),
        r"layer 2 is in torch.float64.*network.double\(\)",
    ),
    "another precision inside": (
        lambda: Own(lambda z: z.float().exp().to(z.dtype)),
        "leave out the conversion",
    ),
    "the device meta": (lambda: Linear(4, 3, device="meta"), "load the weights"),
    "two devices": (lambda: Sequential(Linear(4, 5), Linear(5, 3, device="meta")), "meta"),
    "complex": (lambda: Linear(4, 3, dtype=torch.complex64), "weight is complex"),
    "lazy": (lambda: Sequential(torch.nn.LazyLinear(3)), "call the network once"),
    "too few inputs": (lambda: Linear(5, 3), "layer 1 takes 5 numbers an example, and is given 4"),
    "a hook on .grad": (
        lambda: hooked(lambda n: n[0].weight.register_post_accumulate_grad_hook(lambda p: None)),
        r"0.weight has a hook that runs when .grad is written.*remove\(\)",
    ),
    "a hook on the gradient of a PReLU": (
        lambda: hooked(lambda n: n[1].weight.register_hook(lambda g: 2 * g), small(torch.nn.PReLU())),
        r"1.weight has a hook on its gradient.*remove\(\)",
    ),
    "a hook on what makes a weight": (
        lambda: hooked(
            lambda n: n.parametrizations.weight.original0.register_hook(lambda g: 2 * g),
            parametrizations.weight_norm(Linear(4, 3)),
        ),
        "parametrizations.weight.original0 has a hook",
    ),
    "DataParallel": (lambda: torch.nn.DataParallel(small()), "give its .module"),
    "an LSTM": (lambda: torch.nn.LSTM(4, 3), "no torch.nn.Linear was called"),
    "words": (
        lambda: Sequential(torch.nn.Embedding(5, 4), Linear(4, 3)),
        "the network itself fails on inputs",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_chain_is_refused_with_the_cause(name):
    make, message = REFUSED[name]
    with pytest.raises((ValueError, TypeError), match=message):
        trace_torch(make(), X, Y, SQUARED)


@pytest.mark.parametrize(
    ("loss", "y", "message"),
    [
        (ENTROPY(reduction="none"), CLASSES, "a cost is one number"),
        (ENTROPY(weight=WEIGHT.float()), CLASSES, "the precision of the network"),
        (ENTROPY(), [7] * 6, "out of bounds"),
        (SQUARED, Y[:, 0], "the loss fails on outputs"),
        (SQUARED, "yes", "y must be an array"),
        (lambda a, y: 1.0, Y, "the loss gives float"),
        (lambda a, y: a.detach().sum(), Y, "does not depend on the outputs"),
        ("mse", Y, "one of PyTorch"),
    ],
)
def test_a_loss_that_gives_no_cost_is_refused_in_words(loss, y, message):
    with pytest.raises((ValueError, TypeError), match=message):
        trace_torch(small().double(), X, y, loss)


@pytest.mark.parametrize("x", [3.0, "x", [[1.0, 2.0, 3.0, 4.0], [5.0]]])
def test_inputs_that_are_no_batch_are_refused_in_words(x):
    with pytest.raises(ValueError, match="x "):
        trace_torch(small(), x, Y, SQUARED)


GOES_OVER = [
    "one Linear",
    "no biases",
    "nested",
    "Identity",
    "Dropout in eval mode",
    "Softmax",
    "hook that looks",
    "weight_norm",
    "spectral_norm",
    "orthogonal",
    "pruning",
    "first layer frozen",
    "own module",
]


@pytest.mark.parametrize("name", GOES_OVER)
@pytest.mark.parametrize("dtype", PRECISIONS[:2], ids=str)
def test_an_mlp_gives_what_the_network_gives(name, dtype):
    torch.manual_seed(4)
    network = HONOURED[name]().to(dtype).eval()
    with torch.no_grad():
        outputs = network(torch.tensor(X, dtype=dtype)).double().numpy()
    np.testing.assert_allclose(
        predict(from_torch(network), X), outputs, rtol=0, atol=100 * torch.finfo(dtype).eps
    )


NO_MLP = {
    "BatchNorm1d": "fold BatchNorm",
    "PReLU": "not known here: prelu",
    "LogSoftmax": "cross_entropy_on_logits",
    "Hardtanh": "not known here: hardtanh",
    "LeakyReLU of another slope": "not known here: leaky_relu",
    "GELU by tanh": "not known here: gelu",
    "hook on a Linear": r"hooks on 0 \(Linear\)",
    "hook on an activation": r"hooks on 1 \(Tanh\)",
    "hook on the network": r"hooks on the network \(Sequential\)",
    "pre-hook on a Linear": r"hooks on 2 \(Linear\)",
    "pre-hook on the network": "begin with a Linear",
    "backward hooks that look": "hooks of the backward pass",
    "own module, SiLU by hand": "sigmoid then mul",
}


@pytest.mark.parametrize("name", NO_MLP)
def test_what_no_mlp_has_does_not_become_one(name):
    torch.manual_seed(4)
    with pytest.raises(ValueError, match=NO_MLP[name]):
        from_torch(HONOURED[name]().double().eval())


OF_A_TRACE = ("too few inputs", "a detached output", "a value that is overwritten")  # of its x or gradients


@pytest.mark.parametrize("name", [name for name in REFUSED if name not in OF_A_TRACE])
def test_what_is_no_chain_does_not_become_an_mlp(name):
    with pytest.raises((ValueError, TypeError), match="from_torch: "):
        from_torch(REFUSED[name][0]())


def test_softplus_goes_over_for_large_numbers_too():
    model = MLP(1, [1, 1], "softplus", initial=[[[1.0]], [[1.0]]])
    x = np.array([[19.0], [20.5], [25.0], [50.0]])
    outputs = to_torch(model)(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(outputs, predict(model, x), rtol=1e-15)
    theirs = Sequential(Linear(1, 1), torch.nn.Softplus(), Linear(1, 1)).double()
    assert equations.report(trace_torch(theirs, 30 * x, np.zeros(4), SQUARED)).first_wrong() is None


def test_a_forward_pass_of_ones_own_does_not_go_to_pytorch():
    class Doubled(MLP):
        def __call__(self, x):
            return super().__call__(x) * 2

    with pytest.raises(ValueError, match="a forward pass of its own"):
        to_torch(Doubled(2, [1]))
    with pytest.raises(TypeError, match=r"give an nn\.MLP"):
        to_torch(Linear(2, 1))


def test_nn_is_imported_without_pytorch():
    code = "import sys, nn, viz; print('torch' in sys.modules)"
    assert printed_by(code) == "False\n"


def test_targets_that_pytorch_would_take_with_every_output_are_told():
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.Tanh(), torch.nn.Linear(6, 1))
    x, y = torch.randn(6, 4), torch.randn(6)
    with pytest.warns(UserWarning, match=r"PyTorch's own losses take every one of them with every output"):
        told = trace_torch(network, x, y, torch.nn.MSELoss())
    assert told.cost == trace_torch(network, x, y.unsqueeze(1), torch.nn.MSELoss()).cost
    assert told.cost == trace_torch(network, x, y.tolist(), torch.nn.MSELoss()).cost
