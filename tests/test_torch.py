"""A PyTorch network has the same trace and report, its weights go to and fro, and a wrong gradient is found.

PyTorch is optional: these run where it is installed.
"""

from __future__ import annotations

import numpy as np
import pytest

from nn import (
    ACTIVATIONS,
    MLP,
    cross_entropy_on_logits,
    equations,
    from_torch,
    predict,
    squared_error,
    to_torch,
    trace,
    trace_batch,
    trace_torch,
)

torch = pytest.importorskip("torch", reason="PyTorch is optional and not installed")

X = np.random.default_rng(0).normal(size=(6, 4))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_weights_go_to_pytorch_and_back_and_the_outputs_stay(activation):
    model = MLP(4, [5, 3, 2], activation, "softmax", bias=[True, False, True], seed=1)
    sequential = to_torch(model)
    outputs = sequential(torch.tensor(X)).detach().numpy()
    np.testing.assert_allclose(outputs, predict(model, X), rtol=0, atol=1e-12)
    again = from_torch(sequential)
    assert repr(again) == repr(model)
    for name, array in again.state_dict().items():
        np.testing.assert_array_equal(array, model.state_dict()[name])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_pytorchs_deltas_and_gradients_are_ours(activation):
    model = MLP(4, [5, 3, 2], activation, bias=[True, False, True], seed=1)
    Y = np.random.default_rng(1).normal(size=(6, 2))
    theirs = trace_torch(to_torch(model), X, Y, torch.nn.MSELoss(reduction="sum"))
    ours = trace_batch(model, X, Y, squared_error)
    ours.backward()
    assert equations.report(theirs).largest <= 1e-12
    assert theirs.cost == pytest.approx(ours.cost.data, rel=1e-12)
    for l in (1, 2, 3):
        np.testing.assert_allclose(theirs.delta(l), ours.delta(l), rtol=0, atol=1e-12)
        np.testing.assert_allclose(theirs.weight_gradients(l), ours.weight_gradients(l), rtol=0, atol=1e-12)
        np.testing.assert_allclose(theirs.bias_gradients(l), ours.bias_gradients(l), rtol=0, atol=1e-12)
        np.testing.assert_allclose(
            theirs.activation_gradients(l), ours.activation_gradients(l), rtol=0, atol=1e-12
        )


def test_one_example_of_a_classifier_has_our_deltas():
    model = MLP(4, [3, 3], "tanh", seed=1)
    theirs = trace_torch(to_torch(model), X[0], 2, torch.nn.CrossEntropyLoss())
    ours = trace(model, X[0], 2, cross_entropy_on_logits)
    ours.backward()
    for l in (1, 2):
        np.testing.assert_allclose(theirs.delta(l), ours.delta(l), rtol=0, atol=1e-12)
        assert theirs.delta(l).shape == (3,)
    assert equations.report(theirs).largest <= 1e-12


def test_a_network_in_single_precision_is_right_to_single_precision():
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(inplace=True), torch.nn.Linear(8, 3))
    t = trace_torch(network, X, [0, 1, 2, 0, 1, 2], torch.nn.CrossEntropyLoss())
    report = equations.report(t)
    assert report.first_wrong(1e-5) is None  # a float32 has 24 bits, 6e-8; sums of eight lose a little
    assert report.largest < 1e-6


class CarelessSquare(torch.autograd.Function):
    """x², whose backward pass forgot the factor 2."""

    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(context, gradient):
        (x,) = context.saved_tensors
        return gradient * x


class Square(torch.nn.Module):
    """An activation that PyTorch has not, right or careless."""

    def __init__(self, careless):
        super().__init__()
        self.careless = careless

    def forward(self, x):
        return CarelessSquare.apply(x) if self.careless else x * x


@pytest.mark.parametrize("careless", [False, True])
def test_the_first_tensor_that_is_wrong_is_named(careless):
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Linear(4, 3), torch.nn.Tanh(), torch.nn.Linear(3, 3), Square(careless), torch.nn.Linear(3, 1)
    ).double()
    t = trace_torch(network, X, np.zeros((6, 1)), torch.nn.MSELoss())
    report = equations.report(t)
    if careless:
        wrong = report.first_wrong(1e-6)
        assert (wrong.equation, wrong.layer) == (2, 2)
        comparison = equations.compare(t, {f"delta{l}": t.delta(l) for l in (1, 2, 3)})
        assert [(m.kind, m.quantity) for m in comparison.mistakes] == [("half", "δ²")]  # x for 2x
    else:
        assert report.first_wrong(1e-8) is None  # σ′ is a central difference here, good to some 1e-10


def test_a_hook_that_scales_a_gradient_is_found():
    network = to_torch(MLP(4, [3, 3, 1], "tanh", seed=1))
    network[2].weight.register_hook(lambda gradient: gradient * 1.5)
    t = trace_torch(network, X, np.zeros((6, 1)), torch.nn.MSELoss())
    assert equations.report(t).first_wrong().quantity == "W2"


def test_what_is_no_chain_of_layers_is_refused():
    loss = torch.nn.MSELoss()
    with pytest.raises(ValueError, match="begin with a Linear"):
        trace_torch(torch.nn.Sequential(torch.nn.Tanh()), [1.0], [1.0], loss)
    with pytest.raises(ValueError, match="no layers"):
        trace_torch(torch.nn.Sequential(), [1.0], [1.0], loss)
    network = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.LayerNorm(3), torch.nn.Linear(3, 1))
    with pytest.raises(ValueError, match="couples the neurons"):
        trace_torch(network, X, np.zeros((6, 1)), loss)
    with pytest.raises(ValueError, match="not known here"):
        from_torch(network)
    with pytest.raises(ValueError, match="one after another"):
        from_torch(torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Tanh(), torch.nn.ReLU()))
    network = to_torch(MLP(4, [1]))
    with pytest.raises(ValueError, match="empty"):
        trace_torch(network, np.zeros((0, 4)), np.zeros((0, 1)), loss)
    with pytest.raises(ValueError, match="as many targets"):
        trace_torch(network, X, np.zeros((5, 1)), loss)
    with pytest.raises(ValueError, match="function of your own"):
        to_torch(MLP(4, [1, 1], activation=lambda z: z * 2))


def own_loss(backward):
    """Cross-entropy with a backward pass of one's own: ∂C/∂z from softmax(z) − y, and the shape of z."""

    class OwnLoss(torch.autograd.Function):
        @staticmethod
        def forward(context, z, y):
            context.save_for_backward(z, y)
            return torch.nn.functional.cross_entropy(z, y)

        @staticmethod
        def backward(context, sent):
            z, y = context.saved_tensors
            right = (torch.softmax(z, 1) - torch.nn.functional.one_hot(y, z.shape[1])) / len(z)
            return sent * backward(right, z), None

    return OwnLoss.apply


WRONG_LOSSES = {
    "another": lambda right, z: -5 * z,
    "no 1/N": lambda right, z: len(z) * right,
    "sign": lambda right, z: -right,
    "3 %": lambda right, z: 0.97 * right,
    "one entry": lambda right, z: (
        right + torch.nn.functional.one_hot(torch.zeros(len(z), dtype=int), z.shape[1]) * 0.01
    ),
    "zero": lambda right, z: 0 * right,
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("backward", [None, *WRONG_LOSSES.values()], ids=["right", *WRONG_LOSSES])
def test_a_wrong_backward_of_a_loss_is_told_and_a_right_one_is_believed(backward, dtype):
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3)).to(dtype)
    x, y = torch.randn(32, 8, dtype=dtype), torch.randint(0, 3, (32,))
    if backward is None:  # warnings are errors here
        for loss in (own_loss(lambda right, z: right), torch.nn.CrossEntropyLoss(label_smoothing=0.1)):
            assert equations.report(trace_torch(network, x, y, loss)).first_wrong() is None
        for loss in (torch.nn.L1Loss(), torch.nn.HuberLoss(), torch.nn.MSELoss(reduction="sum")):
            trace_torch(network, x, network(x).detach(), loss)  # at a kink
        return
    with pytest.warns(UserWarning, match="its backward is wrong"):
        trace_torch(network, x, y, own_loss(backward))


def test_classes_in_floating_point_are_told_what_they_should_be():
    network = torch.nn.Sequential(torch.nn.Linear(2, 3))
    with pytest.raises(ValueError, match=r"y\.long\(\)"):
        trace_torch(network, [[1.0, 2.0]] * 4, [0.0, 1.0, 2.0, 1.0], torch.nn.CrossEntropyLoss())
