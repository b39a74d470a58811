"""A layer that is written by hand in PyTorch, x @ W + b, is traced and taken over as a Linear is."""

from __future__ import annotations

import numpy as np
import pytest

from nn import equations, from_torch, trace_torch

torch = pytest.importorskip("torch", reason="PyTorch is optional")
functional = torch.nn.functional


class Own(torch.nn.Module):
    """A layer of one's own: its weight is (n_out, n_in), or where `turned` (n_in, n_out)."""

    def __init__(self, n_in, n_out, product, turned=False):
        super().__init__()
        shape = (n_in, n_out) if turned else (n_out, n_in)
        self.w = torch.nn.Parameter(torch.randn(shape, dtype=torch.float64))
        self.b = torch.nn.Parameter(torch.randn(n_out, dtype=torch.float64))
        self.turned, self.product = turned, product

    def forward(self, x):
        return self.product(x, self.w, self.b)

    def weight(self):
        return self.w.T if self.turned else self.w


PRODUCTS = {
    "linear": (lambda x, w, b: functional.linear(x, w, b), False),
    "linear, by name": (lambda x, w, b: functional.linear(weight=w, input=x, bias=b), False),
    "x @ W.T + b": (lambda x, w, b: x @ w.T + b, False),
    "x @ W + b": (lambda x, w, b: x @ w + b, True),
    "b + x @ W": (lambda x, w, b: b + x @ w, True),
    "mm, then add_": (lambda x, w, b: x.mm(w).add_(b), True),
    "addmm": (lambda x, w, b: torch.addmm(b, x, w), True),
    "x @ W": (lambda x, w, b: x @ w, True),
}


def network_of(product, turned):
    torch.manual_seed(0)
    layers = [Own(n_in, n_out, product, turned) for n_in, n_out in ((3, 4), (4, 4), (4, 2))]
    return torch.nn.Sequential(layers[0], torch.nn.Tanh(), layers[1], torch.nn.Sigmoid(), layers[2])


EXAMPLES = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], dtype=torch.float64)
TARGETS = torch.tensor([[0.1, 0.9], [0.8, 0.3]], dtype=torch.float64)


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_trace_has_what_pytorch_leaves_in_grad_and_obeys_the_four_equations(product):
    network = network_of(*PRODUCTS[product])
    trace = trace_torch(network, EXAMPLES, TARGETS, torch.nn.MSELoss())
    torch.nn.MSELoss()(network(EXAMPLES), TARGETS).backward()
    for l, own in enumerate((network[0], network[2], network[4]), start=1):
        gradient = own.w.grad.T if own.turned else own.w.grad
        np.testing.assert_allclose(trace.weights(l), own.weight().detach().numpy(), rtol=0, atol=0)
        np.testing.assert_allclose(trace.weight_gradients(l), gradient.numpy(), rtol=1e-12, atol=1e-15)
        if product == "x @ W":
            assert trace.bias_gradients(l).size == 0
        else:
            np.testing.assert_allclose(trace.biases(l), own.b.detach().numpy(), rtol=0, atol=0)
            np.testing.assert_allclose(trace.bias_gradients(l), own.b.grad.numpy(), rtol=1e-12, atol=1e-15)
    assert [trace.activation(l) for l in (1, 2, 3)] == ["tanh", "sigmoid", "identity"]
    assert equations.report(trace).first_wrong() is None


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_mlp_gives_what_the_network_gives(product):
    network = network_of(*PRODUCTS[product])
    model = from_torch(network)
    for x, wanted in zip(EXAMPLES.tolist(), network(EXAMPLES).tolist(), strict=True):
        np.testing.assert_allclose([a.data for a in model(x)], wanted, rtol=1e-12)


@pytest.mark.parametrize("product", ["x @ W.T + b", "x @ W + b", "addmm"])
def test_a_function_of_ones_own_between_such_layers_is_a_sigma(product):
    network = network_of(*PRODUCTS[product])
    network[1] = torch.nn.Softsign()
    trace = trace_torch(network, EXAMPLES, TARGETS, torch.nn.MSELoss())
    assert [getattr(trace.activation(l), "__name__", "") for l in (1, 2)] == ["softsign", ""]
    assert equations.report(trace).first_wrong() is None


UNKNOWN = [
    lambda x, w, b: torch.einsum("ni,oi->no", x, w) + b,
    lambda x, w, b: torch.addmm(2.0 * b, x, w.T),
    lambda x, w, b: x @ (2.0 * w).T + b,
]


def traced(network):
    return trace_torch(network, EXAMPLES, TARGETS, torch.nn.MSELoss())


@pytest.mark.parametrize("call", [from_torch, traced])
@pytest.mark.parametrize("product", UNKNOWN)
def test_a_product_that_is_not_known_is_named_with_its_module_and_the_remedy(call, product):
    network = network_of(*PRODUCTS["linear"])
    network[4].product = product
    with pytest.raises(ValueError, match=r"4\.w \(of Own\) makes no layer: .*functional\.linear\(x, w, b\)"):
        call(network)


def test_one_matrix_in_two_layers_is_refused_as_a_linear_is():
    network = network_of(*PRODUCTS["x @ W.T + b"])
    network[2].w = network[0].w = torch.nn.Parameter(torch.ones(3, 3, dtype=torch.float64))
    network[0].b = network[2].b = network[4].b = None
    for layer in (network[0], network[2], network[4]):
        layer.product = lambda x, w, b: x @ w.T
    network[4].w = torch.nn.Parameter(torch.ones(2, 3, dtype=torch.float64))
    with pytest.raises(ValueError, match="layers 1 and 2 share one weight"):
        trace_torch(network, EXAMPLES, TARGETS, torch.nn.MSELoss())
